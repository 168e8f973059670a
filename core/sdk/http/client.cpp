#include "sdk/http/core.hpp"
#include "sdk/http/rate_limit.hpp"
#include "sdk/http/recording.hpp"
#include "sdk/http/retry.hpp"
#include "sdk/http/secrets.hpp"
#include "sdk/http/sign_in.hpp"
#include "sdk/http/transfer.hpp"
#include "sdk/http/url.hpp"
#include "sdk/net/encode.hpp"

#include "coterie/files.hpp"
#include "coterie/http.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <random>
#include <utility>

namespace coterie::http {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr unsigned kRedirectsMax = 5;
/// A body in which an error's words are looked for.
constexpr std::size_t kErrorBytesMax = std::size_t{1} << 20;

std::int64_t unix_now() {
    return duration_cast<seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string lower(std::string_view text) {
    std::string name(text);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return name;
}

bool is_repeatable(const Request& request) {
    static constexpr std::array kMethods = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS"};
    return request.is_repeatable ||
           std::find(kMethods.begin(), kMethods.end(), request.method) != kMethods.end();
}

/// "in 2.5 s", "in 43 min (14:05 UTC)".
std::string shown(milliseconds time) {
    char text[64];
    const double in_seconds = static_cast<double>(time.count()) / 1000;
    if (in_seconds < 120) {
        std::snprintf(text, sizeof text, "%.1f s", in_seconds);
        return text;
    }
    const std::time_t at = unix_now() + time.count() / 1000;
    std::tm utc{};
    ::gmtime_r(&at, &utc);
    char clock[32];
    std::strftime(clock, sizeof clock, "%Y-%m-%d %H:%M UTC", &utc);
    std::snprintf(text, sizeof text, "%.0f min (%s)", std::ceil(in_seconds / 60), clock);
    return text;
}

/// Whether an answer leads on, and the request may be sent there: what was sent by another method
/// than GET is sent again only where the server wants the very same.
bool leads_on(const Response& response, const Request& request) {
    if (response.header("location").empty()) {
        return false;
    }
    switch (response.status) {
    case 301:
    case 302:
    case 303:
        return request.method == "GET" || request.method == "HEAD";
    case 307:
    case 308:
        return true;
    default:
        return false;
    }
}

bool is_method(std::string_view text) {
    return !text.empty() && text.size() <= 20 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
    });
}

std::string query_of(const Pairs& pairs) {
    std::string text;
    for (const auto& [name, value] : pairs) {
        text += (text.empty() ? "" : "&") + net::encode_part(name) + "=" + net::encode_part(value);
    }
    return text;
}

void set_header(Pairs& headers, const std::string& name, const std::string& value) {
    const auto same = std::find_if(headers.begin(), headers.end(), [&](const auto& known) {
        return lower(known.first) == lower(name);
    });
    if (same == headers.end()) {
        headers.emplace_back(name, value);
    } else {
        same->second = value;
    }
}

/// Whether a header is for the one host alone that it was meant for.
bool is_credential(const Secrets& secrets, const std::string& name, const std::string& value) {
    const std::string text = lower(name);
    static constexpr std::array kWords = {"auth", "token", "key", "secret", "cookie", "session"};
    return secrets.are_in(value) ||
           std::any_of(kWords.begin(), kWords.end(),
                       [&](const char* word) { return text.find(word) != std::string::npos; });
}

}  // namespace

// --- One request ---------------------------------------------------------------------------------

struct Client::Impl {
    Impl(Options its_options, Sink* sink)
        : options(std::move(its_options)), core(sink), secrets(options),
          limiter(options.rate, options.rate_max, options.rate_headers, options.at_once_max) {}

    Result<void> open();

    /// A request on its way, over all its tries.
    struct Sending {
        const Request& request;
        Url url;  ///< without credentials
        std::string doing;
        bool is_token_request = false;
        Backoff backoff;
        Time begun = Clock::now();
        milliseconds waited{0};
        SignIn::Token token;
        bool has_renewed = false;
    };
    /// What is to be done after a try.
    struct Next {
        std::optional<Error> error;  ///< why it did not do
        bool may_try_again = false;
        bool is_refusal = false;  ///< the server wants less of us
        std::optional<milliseconds> wait;
        bool is_renewal = false;  ///< the token was refused: another one, at once
    };

    enum class Kind { Ordinary, Token };
    Result<Response> send(const Request& request, Kind kind);
    Result<Url> address_of(const Request& request, Kind kind) const;
    Result<Answer> follow(Sending& sending);
    Result<Answer> once(Sending& sending, const Url& url, bool has_credentials);
    Result<Answer> once_replayed(Sending& sending, const Url& url);
    Result<void> record(const Request& request, const Response& response);
    Result<void> pass_gate(Sending& sending, Time& taken);
    Result<void> count_request();
    Ask ask_of(const Sending& sending, const Url& url, bool has_credentials);
    void add_credentials(Ask& ask, Url& url, const Sending& sending) const;
    Next judge(Sending& sending, const Answer& answer);
    Next judge_status(Sending& sending, const Response& response);
    Result<void> wait_for_next(Sending& sending, unsigned attempt, const Next& next);
    Result<void> wait(Sending& sending, Time until, std::string_view why);
    Error given_up(const Sending& sending, unsigned attempt, Error error) const;
    [[nodiscard]] std::string words_of(const Response& response) const;
    [[nodiscard]] std::string said(const Response& response) const;

    const Options options;
    Core core;
    Secrets secrets;
    Hosts hosts;
    Hosts signed_in;  ///< those of them that credentials go to
    std::unique_ptr<Transfers> transfers;
    std::unique_ptr<SignIn> sign_in;
    std::shared_ptr<Recorder> recorder;
    std::unique_ptr<Replay> replay;

    mutable std::mutex limits;  ///< guards the limiter
    RateLimiter limiter;
    std::atomic<std::uint64_t> requests = 0, refused = 0, retries = 0, sign_ins = 0, bytes = 0;
};

Result<void> Client::Impl::open() {
    COTERIE_TRY(signed_in, Hosts::create(options.base_url, options.hosts));
    std::vector<std::string> all = options.hosts;
    all.insert(all.end(), options.hosts_without_credentials.begin(),
               options.hosts_without_credentials.end());
    COTERIE_TRY(hosts, Hosts::create(options.base_url, all));
    struct stat status {};
    if (!options.ca_file.empty() &&
        (::stat(options.ca_file.c_str(), &status) != 0 || !S_ISREG(status.st_mode))) {
        return Error{ErrorKind::Config, "ca_file: there is no file " +
                                            files::printable(options.ca_file) +
                                            " to read; it is relative to the workspace"};
    }
    Pairs headers = options.headers;
    if (const auto* const auth = std::get_if<TokenAuth>(&options.auth)) {
        headers.emplace_back(auth->header, auth->prefix + auth->token);
    } else if (const auto* const oauth = std::get_if<OAuth>(&options.auth)) {
        headers.emplace_back(oauth->header, oauth->prefix);
    }
    for (const auto& [name, value] : headers) {
        if (!is_header_text(name) || !is_header_text(value)) {
            return Error{ErrorKind::Config, "the header '" + files::printable(name) +
                                                "' would hold a line end; is there one too many "
                                                "at the end of a token?"};
        }
    }
    if (!options.replay_folder.empty()) {
        COTERIE_TRY(replay, Replay::open(options.replay_folder, secrets, hosts));
    } else if (!options.record_folder.empty()) {
        COTERIE_TRY(recorder, Recorder::open(options.record_folder));
    }
    COTERIE_TRY(transfers, Transfers::create(options, core));
    if (const auto* const auth = std::get_if<OAuth>(&options.auth)) {
        COTERIE_TRY(sign_in, SignIn::create(*auth, replay != nullptr, core, secrets,
                                            [this](const Request& request) {
                                                ++sign_ins;
                                                return send(request, Kind::Token);
                                            }));
    }
    return {};
}

Result<Url> Client::Impl::address_of(const Request& request, Kind kind) const {
    COTERIE_TRY(Url url, Url::parse(request.url));
    if (!is_method(request.method)) {
        return Error{ErrorKind::Fatal, "'" + files::printable(request.method) + "' is no method"};
    }
    for (const auto& [name, value] : request.headers) {
        if (!is_header_text(name) || !is_header_text(value)) {
            return Error{ErrorKind::Config,
                         "the header '" + files::printable(name) + "' holds a line end"};
        }
    }
    const std::string more = query_of(request.query);
    url.query += (url.query.empty() || more.empty() ? "" : "&") + more;
    if (kind == Kind::Ordinary) {
        COTERIE_TRY_VOID(hosts.check(url));
    }
    return url;
}

Result<Response> Client::Impl::send(const Request& request, Kind kind) {
    core.throw_if_stopped();
    COTERIE_TRY(Url url, address_of(request, kind));
    const std::string doing = secrets.clean(request.method + " " + url.shown());
    const milliseconds wait_max = std::max(options.wait_max, options.wait_first);
    Sending sending{request,
                    std::move(url),
                    doing,
                    kind == Kind::Token,
                    Backoff(options.wait_first, wait_max, std::random_device{}()),
                    Clock::now(),
                    milliseconds(0),
                    {},
                    false};
    for (unsigned attempt = 1;; ++attempt) {
        if (sign_in != nullptr && kind == Kind::Ordinary && request.is_signed_in) {
            COTERIE_TRY(sending.token, sign_in->current());
        }
        COTERIE_TRY(Answer answer, follow(sending));
        const Next next = judge(sending, answer);
        if (!next.error) {
            COTERIE_TRY_VOID(record(request, answer.response));
            return std::move(answer.response);
        }
        if (!next.may_try_again) {
            return *next.error;
        }
        if (next.is_renewal) {
            core.log(LogLevel::Info, next.error->message + "; signing in anew");
            --attempt;
            continue;
        }
        if (next.is_refusal) {
            ++refused;
        }
        if (attempt >= std::max(1U, options.tries_max)) {
            Error error = given_up(sending, attempt, *next.error);
            error.retry_after = next.wait;
            return error;
        }
        COTERIE_TRY_VOID(wait_for_next(sending, attempt, next));
        ++retries;
    }
}

/// Sends it, and goes where the answer leads, as far as that is allowed.
Result<Answer> Client::Impl::follow(Sending& sending) {
    const Request& request = sending.request;
    Url at = sending.url;
    bool has_credentials =
        !sending.is_token_request && request.is_signed_in && signed_in.has(sending.url);
    for (unsigned redirects = 0;; ++redirects) {
        COTERIE_TRY(Answer answer, once(sending, at, has_credentials));
        answer.response.url = at.text();
        const bool is_accepted = std::find(request.accepts.begin(), request.accepts.end(),
                                           answer.response.status) != request.accepts.end();
        if (!answer.is_whole() || sending.is_token_request || is_accepted ||
            !leads_on(answer.response, request)) {
            return answer;
        }
        COTERIE_TRY_VOID(record(request, answer.response));
        const auto refuse = [&](const std::string& why) {
            return Error{ErrorKind::Config, sending.doing + ": " + why};
        };
        if (redirects == kRedirectsMax) {
            return refuse("more than " + std::to_string(kRedirectsMax) +
                          " redirects, one after the other");
        }
        COTERIE_TRY(Url next, at.resolve(std::string(answer.response.header("location")))
                                  .transform_error(within(sending.doing)));
        if (const auto allowed = hosts.check(next); !allowed) {
            return refuse("a redirect leads elsewhere: " + allowed.error().message);
        }
        if (next.origin() != sending.url.origin()) {
            has_credentials = false;
            if (secrets.are_in(next.text())) {
                return refuse("a redirect to " + next.host + " would take a secret there");
            }
        }
        at = std::move(next);
    }
}

/// What is tried again is not recorded: a replay takes no time.
Result<void> Client::Impl::record(const Request& request, const Response& response) {
    if (recorder == nullptr) {
        return {};
    }
    COTERIE_TRY(const Url url, Url::parse(response.url));
    return recorder->keep(secrets, hosts, request, url, response);
}

Result<Answer> Client::Impl::once_replayed(Sending& sending, const Url& url) {
    COTERIE_TRY_VOID(count_request().transform_error(within(sending.doing)));
    Answer answer;
    answer.begun = answer.sent = Clock::now();
    answer.was_sent = true;
    COTERIE_TRY(answer.response, replay->answer_to(sending.request, url, sending.is_token_request,
                                                   transfers->files()));
    answer.bytes = answer.response.body.size();
    bytes += answer.bytes;
    return answer;
}

Result<void> Client::Impl::count_request() {
    if (options.requests_max > 0 && requests >= options.requests_max) {
        return Error{ErrorKind::Transient,
                     "the budget of " + std::to_string(options.requests_max) +
                         " requests (requests_max) is used up; the next run goes on"};
    }
    ++requests;
    return {};
}

/// Waits until the limits let a request go.
Result<void> Client::Impl::pass_gate(Sending& sending, Time& taken) {
    while (true) {
        Time until;
        {
            const std::lock_guard lock(limits);
            taken = Clock::now();
            if (!sending.is_token_request) {
                if (const auto used_up = limiter.day_is_used_up(taken)) {
                    return Error{ErrorKind::Transient,
                                 sending.doing + ": " + *used_up + "; the next run goes on"};
                }
                const auto later = limiter.take(taken);
                if (later) {
                    until = *later;
                } else {
                    return count_request().transform_error(within(sending.doing));
                }
            } else {
                return count_request().transform_error(within(sending.doing));
            }
        }
        COTERIE_TRY_VOID(wait(sending, until, "the rate limit"));
    }
}

Result<Answer> Client::Impl::once(Sending& sending, const Url& url, bool has_credentials) {
    if (replay != nullptr) {
        return once_replayed(sending, url);
    }
    const Ask ask = ask_of(sending, url, has_credentials);
    auto lease = transfers->lease();
    Time taken{};
    COTERIE_TRY_VOID(pass_gate(sending, taken));
    Answer answer = lease.perform(ask);
    bytes += answer.bytes;
    if (!sending.is_token_request) {
        const std::lock_guard lock(limits);
        limiter.correct(taken, taken + (answer.sent - answer.begun));
        if (answer.is_whole()) {
            limiter.learn(answer.response, taken + (answer.sent - answer.begun), Clock::now(),
                          unix_now());
        }
    }
    answer.why = secrets.clean(std::move(answer.why));
    return answer;
}

Ask Client::Impl::ask_of(const Sending& sending, const Url& url, bool has_credentials) {
    const Request& request = sending.request;
    Ask ask;
    ask.method = request.method;
    ask.is_loopback = url.is_loopback();
    ask.to_file = request.to_file;
    ask.only_once = !is_repeatable(request);
    const bool is_elsewhere = url.origin() != sending.url.origin();
    for (const Pairs* const headers : {&options.headers, &request.headers}) {
        const bool is_ours = headers == &options.headers;
        if (is_ours && sending.is_token_request) {
            continue;
        }
        for (const auto& [name, value] : *headers) {
            const bool may_go = is_ours ? has_credentials : !is_elsewhere;
            if (may_go || !is_credential(secrets, name, value)) {
                set_header(ask.headers, name, value);
            }
        }
    }
    const bool has_body = !request.body.empty() || request.method == "POST" ||
                          request.method == "PUT" || request.method == "PATCH";
    if (has_body) {
        ask.body = &request.body;
        if (!request.content_type.empty()) {
            set_header(ask.headers, "Content-Type", request.content_type);
        }
    }
    Url target = url;
    if (has_credentials) {
        add_credentials(ask, target, sending);
    }
    ask.url = target.text();
    return ask;
}

void Client::Impl::add_credentials(Ask& ask, Url& url, const Sending& sending) const {
    struct Visitor {
        Ask& ask;
        Url& url;
        const Sending& sending;
        void operator()(const NoAuth&) const {}
        void operator()(const TokenAuth& auth) const {
            set_header(ask.headers, auth.header, auth.prefix + auth.token);
        }
        void operator()(const BasicAuth& auth) const {
            set_header(ask.headers, "Authorization",
                       "Basic " + base64(auth.username + ":" + auth.password));
        }
        void operator()(const QueryAuth& auth) const {
            url.query += (url.query.empty() ? "" : "&") + query_of({{auth.name, auth.value}});
        }
        void operator()(const OAuth& auth) const {
            set_header(ask.headers, auth.header, auth.prefix + sending.token.value);
        }
    };
    std::visit(Visitor{ask, url, sending}, options.auth);
}

// --- What an answer means ------------------------------------------------------------------------

Client::Impl::Next Client::Impl::judge(Sending& sending, const Answer& answer) {
    const Request& request = sending.request;
    if (!answer.is_whole()) {
        Error error = http::error_of(answer, options, sending.doing);
        error.message = secrets.clean(std::move(error.message));
        const bool may_try_again =
            error.kind == ErrorKind::Transient && (is_repeatable(request) || !answer.was_sent);
        if (error.kind == ErrorKind::Transient && !may_try_again) {
            error.message += "; it may have been done, so it is not sent again";
        }
        return Next{std::move(error), may_try_again, false, std::nullopt};
    }
    const Response& response = answer.response;
    if (std::find(request.accepts.begin(), request.accepts.end(), response.status) !=
        request.accepts.end()) {
        return {};
    }
    const Verdict verdict =
        options.judge && !sending.is_token_request ? options.judge(response) : Verdict::ByStatus;
    switch (verdict) {
    case Verdict::Good:
        return {};
    case Verdict::LimitEnds:
        return Next{Error{ErrorKind::Transient, sending.doing + ": the service's limit is used up" +
                                                    said(response) + "; the next run goes on"},
                    false, false, std::nullopt};
    case Verdict::TryAgain:
        return Next{Error{ErrorKind::Transient,
                          sending.doing + ": the service wants a pause" + said(response)},
                    true, true, retry_after(response, unix_now())};
    case Verdict::ByStatus:
        break;
    }
    return judge_status(sending, response);
}

Client::Impl::Next Client::Impl::judge_status(Sending& sending, const Response& response) {
    if (response.ok()) {
        return {};  // its body is not looked at for words of an error
    }
    const std::string what =
        sending.doing + ": http status " + std::to_string(response.status) + said(response);
    if (response.status == 407) {
        return Next{Error{ErrorKind::Config, what + "; the proxy wants a user and a password; "
                                                    "write them into 'proxy'"},
                    false, false, std::nullopt};
    }
    if (response.status == 401 && sign_in != nullptr && sending.request.is_signed_in &&
        !sending.is_token_request && signed_in.has(sending.url)) {
        sign_in->refused(sending.token.generation);
        if (!std::exchange(sending.has_renewed, true)) {
            return Next{Error{ErrorKind::Transient, what}, true, false, std::nullopt, true};
        }
        return Next{Error{ErrorKind::Config, what + "; a fresh sign-in is refused too: check what "
                                                    "the credentials may do"},
                    false, false, std::nullopt};
    }
    if (!is_passing(response.status)) {
        return {};
    }
    Next next;
    next.error = Error{ErrorKind::Transient, what};
    next.is_refusal = is_refusal(response.status);
    next.wait = retry_after(response, unix_now());
    next.may_try_again = next.is_refusal || is_repeatable(sending.request);
    if (!next.may_try_again) {
        next.error->message += "; it may have been done, so it is not sent again";
        next.error->retry_after = next.wait;
    }
    return next;
}

/// The body's own words, after a colon.
std::string Client::Impl::said(const Response& response) const {
    const std::string words = words_of(response);
    return words.empty() ? std::string() : ": " + words;
}

std::string Client::Impl::words_of(const Response& response) const {
    static const std::vector<std::string> kUsual = {
        "/message",          "/error/message",   "/error_description", "/detail",    "/error",
        "/errors/0/message", "/errors/0/detail", "/errors/0/text",     "/0/message", "/title"};
    const auto& body = response.body;
    const auto first = body.find_first_not_of(" \t\r\n");
    if (body.size() > kErrorBytesMax || first == std::string::npos ||
        (body[first] != '{' && body[first] != '[')) {
        return {};
    }
    const auto parsed = nlohmann::json::parse(body, nullptr, false);
    for (const std::string& text :
         options.error_pointers.empty() ? kUsual : options.error_pointers) {
        try {
            const nlohmann::json::json_pointer pointer(text);
            if (!parsed.contains(pointer)) {
                continue;
            }
            const nlohmann::json& found = parsed.at(pointer);
            const std::string words = found.is_string()   ? found.get<std::string>()
                                      : found.is_number() ? found.dump()
                                                          : std::string();
            if (!words.empty()) {
                return for_people(secrets, words);
            }
        } catch (const nlohmann::json::exception&) {
            continue;  // no pointer, or one that leads nowhere
        }
    }
    return {};
}

Error Client::Impl::given_up(const Sending& sending, unsigned attempt, Error error) const {
    if (attempt > 1) {
        const auto time = duration_cast<milliseconds>(Clock::now() - sending.begun);
        error.message += " (" + std::to_string(attempt) + " tries in " + shown(time) + ")";
    }
    return error;
}

// --- Waiting -------------------------------------------------------------------------------------

Result<void> Client::Impl::wait(Sending& sending, Time until, std::string_view why) {
    const Time now = Clock::now();
    const auto time = duration_cast<milliseconds>(until - now) + milliseconds(until > now ? 1 : 0);
    if (sending.waited + time > options.wait_total_max) {
        return Error{ErrorKind::Transient,
                     sending.doing + ": " + std::string(why) + " would let it through in " +
                         shown(time) + ", and it may wait " +
                         std::to_string(options.wait_total_max.count()) +
                         " s in all (wait_seconds_max); the next run goes on",
                     time};
    }
    core.wait_until(until);
    sending.waited += std::max(milliseconds(0), time);
    return {};
}

Result<void> Client::Impl::wait_for_next(Sending& sending, unsigned attempt, const Next& next) {
    const milliseconds backoff = sending.backoff.after(attempt);
    // What the server asks for, and a little that differs from one to the next who asked.
    const milliseconds wait_for =
        next.wait ? *next.wait + std::min(*next.wait, backoff) / 20 : backoff;
    const Time until = Clock::now() + wait_for;
    if (next.is_refusal || next.wait.value_or(milliseconds(0)).count() > 0) {
        const std::lock_guard lock(limits);
        if (!sending.is_token_request) {
            limiter.close(until);  // for all
        }
    }
    core.log(LogLevel::Info, next.error->message + "; trying again in " + shown(wait_for) +
                                 " (try " + std::to_string(attempt + 1) + " of " +
                                 std::to_string(options.tries_max) + ")");
    return wait(sending, until, "the server");
}

// --- Client --------------------------------------------------------------------------------------

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

Result<Client> Client::create(Options options, Sink* sink) {
    auto impl = std::make_unique<Impl>(std::move(options), sink);
    COTERIE_TRY_VOID(impl->open());
    return Client(std::move(impl));
}

Result<Response> Client::send(const Request& request) {
    return impl_->send(request, Impl::Kind::Ordinary);
}

Error Client::error_of(const Request& request, const Response& response) const {
    const auto url = Url::parse(response.url.empty() ? request.url : response.url);
    std::string message = request.method + " " + (url ? url->shown() : std::string("…")) +
                          ": http status " + std::to_string(response.status) +
                          impl_->said(response);
    ErrorKind kind = ErrorKind::Config;
    switch (response.status) {
    case 401:
        message += "; the sign-in is refused: check the credentials and whether they still hold";
        break;
    case 403:
        message += "; the credentials may not do this: check their scopes or permissions";
        break;
    case 404:
    case 410:
        message += "; there is no such thing: check base_url and what the config names";
        break;
    default:
        kind = is_passing(response.status) ? ErrorKind::Transient : ErrorKind::Config;
        break;
    }
    Error error{kind, impl_->secrets.clean(std::move(message))};
    if (kind == ErrorKind::Transient) {
        error.retry_after = retry_after(response, unix_now());
    }
    return error;
}

Result<nlohmann::json> Client::sign_in() {
    if (impl_->sign_in == nullptr) {
        return nlohmann::json(nlohmann::json::object());
    }
    return impl_->sign_in->answer();
}

LimitsLeft Client::limits() const {
    const std::lock_guard lock(impl_->limits);
    return impl_->limiter.left();
}

Stats Client::stats() const {
    return Stats{impl_->requests, impl_->refused, impl_->retries, impl_->sign_ins, impl_->bytes};
}

const Options& Client::options() const {
    return impl_->options;
}

void Client::wait(std::chrono::milliseconds time) {
    impl_->core.wait_until(Clock::now() + time);
}

void Client::stop() {
    impl_->core.stop();
}

}  // namespace coterie::http
