#include "sdk/http/sign_in.hpp"

#include "sdk/http/url.hpp"
#include "sdk/net/encode.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

namespace coterie::http {

using std::chrono::seconds;

namespace {

constexpr seconds kEarlyMax{60};
/// Of its life a token's last tenth is not used, since a request may be long on its way.
constexpr int kEarlyPart = 10;

std::string_view name_of(OAuth::Grant grant) {
    switch (grant) {
    case OAuth::Grant::RefreshToken:
        return "refresh_token";
    case OAuth::Grant::ClientCredentials:
        return "client_credentials";
    case OAuth::Grant::Password:
        return "password";
    case OAuth::Grant::JwtBearer:
        return "urn:ietf:params:oauth:grant-type:jwt-bearer";
    }
    return "";
}

std::string form(const Pairs& fields) {
    std::string text;
    for (const auto& [name, value] : fields) {
        text += (text.empty() ? "" : "&") + net::encode_part(name) + "=" + net::encode_part(value);
    }
    return text;
}

/// Seconds, as a number or, with some vendors, as text.
std::optional<double> lifetime_of(const nlohmann::json& answer) {
    const auto found = answer.find("expires_in");
    if (found == answer.end()) {
        return std::nullopt;
    }
    double value = 0;
    if (found->is_number()) {
        value = found->get<double>();
    } else if (found->is_string()) {
        const auto& text = found->get_ref<const std::string&>();
        if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc()) {
            return std::nullopt;
        }
    }
    return value > 0 && value < 1e9 ? std::optional<double>(value) : std::nullopt;
}

std::string text_at(const nlohmann::json& answer, const char* key) {
    const auto found = answer.find(key);
    return found != answer.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::int64_t unix_now() {
    return std::chrono::duration_cast<seconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

}  // namespace

Result<std::unique_ptr<SignIn>> SignIn::create(const OAuth& auth, bool is_replay, Core& core,
                                               Secrets& secrets, Send send) {
    COTERIE_TRY(const Url url, Url::parse(auth.token_url).transform_error(within("token_url")));
    COTERIE_TRY_VOID(Hosts::check_encryption(url).transform_error(within("token_url")));
    std::unique_ptr<SignIn> made(new SignIn(auth, is_replay, core, secrets, std::move(send)));
    if (auth.grant == OAuth::Grant::JwtBearer && !is_replay) {
        COTERIE_TRY(made->key_, SigningKey::read(auth.jwt.private_key));
    }
    return made;
}

Result<SignIn::Token> SignIn::current() {
    std::unique_lock lock(mutex_);
    while (true) {
        if (held_ && Clock::now() < held_->renew_at) {
            return held_->token;
        }
        if (for_good_) {
            return *for_good_;
        }
        if (!is_fetching_) {
            break;
        }
        const std::uint64_t before = fetches_;
        core_.wait(lock, changed_, [&] { return fetches_ != before; });
        if (last_error_ && !(held_ && Clock::now() < held_->ends_at)) {
            return *last_error_;  // not each of those who waited asks again
        }
    }
    struct Fetching {
        SignIn& sign_in;
        std::unique_lock<std::mutex>& lock;
        ~Fetching() {
            if (!lock.owns_lock()) {
                lock.lock();
            }
            sign_in.is_fetching_ = false;
            ++sign_in.fetches_;
            sign_in.changed_.notify_all();
        }
    };
    is_fetching_ = true;
    last_error_.reset();
    const Fetching fetching{*this, lock};
    lock.unlock();
    auto fetched = fetch();
    lock.lock();
    if (!fetched) {
        last_error_ = fetched.error();
        if (fetched.error().kind == ErrorKind::Config) {
            for_good_ = fetched.error();
        }
        if (held_ && Clock::now() < held_->ends_at) {
            held_->renew_at = std::min(held_->ends_at, Clock::now() + seconds(5));
            return held_->token;  // the old one still holds
        }
        return std::move(fetched).error();
    }
    held_ = *std::move(fetched);
    held_->token.generation = ++generation_;
    return held_->token;
}

void SignIn::refused(std::uint64_t generation) {
    const std::lock_guard lock(mutex_);
    if (held_ && held_->token.generation == generation) {
        held_->renew_at = held_->ends_at = Time::min();
    }
}

Result<nlohmann::json> SignIn::answer() {
    COTERIE_TRY_VOID(current());
    const std::lock_guard lock(mutex_);
    return held_->answer;
}

Result<Request> SignIn::request() {
    Request request;
    request.method = "POST";
    request.url = auth_.token_url;
    request.is_repeatable = true;
    request.is_signed_in = false;
    request.content_type = "application/x-www-form-urlencoded";
    request.headers = {{"Accept", "application/json"}};
    Pairs fields = {{"grant_type", std::string(name_of(auth_.grant))}};
    switch (auth_.grant) {
    case OAuth::Grant::RefreshToken:
        fields.emplace_back("refresh_token", refresh_token_);
        break;
    case OAuth::Grant::ClientCredentials:
        break;
    case OAuth::Grant::Password:
        fields.emplace_back("username", auth_.username);
        fields.emplace_back("password", auth_.password);
        break;
    case OAuth::Grant::JwtBearer: {
        Jwt jwt = auth_.jwt;
        if (!jwt.claims.contains("aud")) {
            jwt.claims["aud"] = auth_.token_url;
        }
        std::string assertion = "***";
        if (!is_replay_) {
            COTERIE_TRY(assertion, signed_jwt(*key_, jwt, unix_now()));
            secrets_.add(assertion);
        }
        fields.emplace_back("assertion", std::move(assertion));
        break;
    }
    }
    if (!auth_.client_id.empty() && auth_.client_in_body) {
        fields.emplace_back("client_id", auth_.client_id);
        if (!auth_.client_secret.empty()) {
            fields.emplace_back("client_secret", auth_.client_secret);
        }
    } else if (!auth_.client_id.empty()) {  // RFC 6749, 2.3.1
        request.headers.emplace_back("Authorization",
                                     "Basic " + base64(net::encode_part(auth_.client_id) + ":" +
                                                       net::encode_part(auth_.client_secret)));
    }
    if (!auth_.scope.empty()) {
        fields.emplace_back("scope", auth_.scope);
    }
    fields.insert(fields.end(), auth_.extra.begin(), auth_.extra.end());
    request.body = form(fields);
    return request;
}

Result<SignIn::Held> SignIn::fetch() {
    COTERIE_TRY(const Request asked, request());
    const Time begun = Clock::now();
    COTERIE_TRY(const Response response, send_(asked).transform_error(within("sign-in")));
    if (!response.ok()) {
        return refusal(response);
    }
    return read(response, begun);
}

Result<SignIn::Held> SignIn::read(const Response& response, Time asked) {
    auto answer = nlohmann::json::parse(response.body, nullptr, false);
    Held held;
    held.token.value = answer.is_object() ? text_at(answer, "access_token") : std::string();
    if (held.token.value.empty() || !is_header_text(held.token.value)) {
        return refusal(response);
    }
    secrets_.add(held.token.value);
    if (const auto lifetime = lifetime_of(answer)) {
        const auto life = std::chrono::milliseconds(static_cast<std::int64_t>(*lifetime * 1000));
        held.ends_at = asked + life;
        held.renew_at =
            held.ends_at - std::min<std::chrono::milliseconds>(kEarlyMax, life / kEarlyPart);
    }
    take_refresh_token(answer);
    for (const char* const secret : {"access_token", "refresh_token", "id_token"}) {
        secrets_.add(text_at(answer, secret));
        answer.erase(secret);
    }
    held.answer = std::move(answer);
    return held;
}

void SignIn::take_refresh_token(const nlohmann::json& answer) {
    const std::string token = text_at(answer, "refresh_token");
    if (token.empty() || token == refresh_token_ || auth_.grant != OAuth::Grant::RefreshToken ||
        is_replay_) {
        return;
    }
    secrets_.add(token);
    refresh_token_ = token;
    core_.log(LogLevel::Warning,
              "the service gave a new refresh token in place of the configured one, which may be "
              "void now. The new one is kept in memory only: if the next run cannot sign in, "
              "authorize anew, with an application whose refresh tokens stay as they are");
}

Error SignIn::refusal(const Response& response) const {
    const auto answer = nlohmann::json::parse(response.body, nullptr, false);
    std::string said;
    if (answer.is_object()) {
        const auto nested = answer.find("error");
        said = text_at(answer, "error");
        if (nested != answer.end() && nested->is_object()) {
            said = text_at(*nested, "message");
        }
        const std::string more = text_at(answer, "error_description");
        said += (said.empty() || more.empty() ? "" : ": ") + more;
    }
    std::string message = "sign-in: " + response.url.substr(0, response.url.find('?'));
    message += response.ok() ? " answered without an access token"
                             : " answered http status " + std::to_string(response.status);
    if (!said.empty()) {
        message += ": " + for_people(secrets_, said);
    }
    if (response.ok() || response.status < 500) {
        message += "; check the credentials and whether they still hold";
    }
    return Error{response.status >= 500 ? ErrorKind::Transient : ErrorKind::Config,
                 secrets_.clean(std::move(message))};
}

}  // namespace coterie::http
