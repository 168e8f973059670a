#include "sdk/rest/api.hpp"

#include "coterie/files.hpp"

#include <algorithm>
#include <stdexcept>

namespace coterie::rest {

namespace {

using Json = nlohmann::json;

/// Elements of lookups that are kept; a table with more is no small one.
constexpr std::size_t kLookupRowsMax = 200'000;
/// Pages in a row that bring what another one brought: a server that sends one for ever.
constexpr unsigned kRepeatedPagesMax = 3;

/// "a.b.c" within a value.
std::optional<Json> member(const Json& in, std::string_view path) {
    const Json* at = &in;
    while (!path.empty()) {
        const auto dot = std::min(path.find('.'), path.size());
        if (!at->is_object()) {
            return std::nullopt;
        }
        const auto found = at->find(path.substr(0, dot));
        if (found == at->end()) {
            return std::nullopt;
        }
        at = &*found;
        path.remove_prefix(std::min(dot + 1, path.size()));
    }
    return at->is_null() ? std::nullopt : std::optional<Json>(*at);
}

/// The lookup that a template's name asks for.
void add_lookup_name(const std::string& name, std::set<std::string>& into) {
    constexpr std::string_view kHead = "lookup.";
    if (name.starts_with(kHead)) {
        const auto end = std::min(name.find_first_of("/["), name.size());
        into.insert(name.substr(kHead.size(), end - kHead.size()));
    }
}

std::string as_text(const std::optional<Json>& value) {
    return value ? text_of(*value) : std::string();
}

}  // namespace

std::optional<nlohmann::json> Names::find(std::string_view name) const {
    const auto dot = name.find('.');
    if (const auto found = values_.find(name.substr(0, dot)); found != values_.end()) {
        return dot == std::string_view::npos ? found->second
                                             : member(found->second, name.substr(dot + 1));
    }
    return outer_.find(name);
}

std::optional<nlohmann::json> ElementScope::find(std::string_view name) const {
    return name == "." ? element_ : outer_.find(name);
}

std::optional<nlohmann::json> ElementScope::find(const Pointer& pointer) const {
    return pointer.find(element_);
}

const nlohmann::json* LookupTable::find(std::string_view key) const {
    const auto found = values.find(key);
    return found == values.end() ? nullptr : &found->second;
}

// --- Paging --------------------------------------------------------------------------------------

PageState::PageState(const Paging& paging, const nlohmann::json& stored, const Scope& scope)
    : paging_(paging) {
    if (const auto size = paging.full_page ? paging.full_page->evaluate(scope) : std::nullopt) {
        full_page_ = std::strtoul(text_of(*size).c_str(), nullptr, 10);
    }
    number_ = paging.kind == Paging::Kind::Page ? paging.first : 0;
    if (!stored.is_object()) {
        return;
    }
    cursor_ = stored.value("cursor", std::string());
    url_ = stored.value("url", std::string());
    last_ = stored.value("last", Json());
    number_ = stored.value("number", number_);
    records_ = stored.value("records", std::uint64_t{0});
    pages_ = stored.value("pages", std::uint64_t{0});
}

void PageState::fill(Names& names) const {
    const auto set = [&names](const char* name, bool is_there, Json value) {
        if (is_there) {
            names.set(name, std::move(value));
        } else {
            names.unset(name);
        }
    };
    set("cursor", !cursor_.empty(), cursor_);
    set("page", paging_.kind == Paging::Kind::Page, number_);
    set("offset", paging_.kind == Paging::Kind::Offset, number_);
    set("last", !last_.is_null(), last_);
}

nlohmann::json PageState::stored() const {
    Json stored = {{"records", records_}, {"pages", pages_}};
    switch (paging_.kind) {
    case Paging::Kind::None:
        break;
    case Paging::Kind::Cursor:
        stored["cursor"] = cursor_;
        break;
    case Paging::Kind::Url:
        stored["url"] = url_;
        break;
    case Paging::Kind::Page:
    case Paging::Kind::Offset:
        stored["number"] = number_;
        break;
    case Paging::Kind::Keyset:
        stored["last"] = last_;
        break;
    }
    return stored;
}

Result<bool> PageState::go_on_with(std::string next, std::string& into) {
    if (next.empty() || (paging_.end && next == *paging_.end)) {
        return false;
    }
    if (!seen_.insert(files::text_hash(next)).second) {
        return Error{ErrorKind::Fatal,
                     "the API gave the same cursor a second time; it would go on for ever"};
    }
    into = std::move(next);
    return true;
}

bool PageState::at_end(const nlohmann::json& envelope, std::size_t records) const {
    if (paging_.more) {
        const auto value =
            paging_.more->at ? paging_.more->at->find(envelope) : std::optional<Json>();
        if (!paging_.more->holds(value)) {
            return true;
        }
    }
    const auto number_at = [&](const std::optional<Pointer>& pointer) -> std::optional<double> {
        const Json* value = pointer ? pointer->locate(envelope) : nullptr;
        if (value == nullptr || value->is_null()) {
            return std::nullopt;
        }
        return value->is_number() ? value->get<double>()
                                  : std::strtod(text_of(*value).c_str(), nullptr);
    };
    if (const auto total = number_at(paging_.total)) {
        const auto reached = paging_.kind == Paging::Kind::Offset
                                 ? static_cast<double>(number_ + paging_.size)
                                 : static_cast<double>(records_);
        if (reached >= *total) {
            return true;
        }
    }
    if (const auto pages = number_at(paging_.pages)) {
        const auto walked = paging_.kind == Paging::Kind::Page
                                ? static_cast<double>(number_ + 1 - paging_.first)
                                : static_cast<double>(pages_);
        if (walked >= *pages) {
            return true;
        }
    }
    if (records < full_page_) {
        return true;
    }
    return records == 0 && (paging_.until_empty || paging_.kind == Paging::Kind::Keyset);
}

Result<bool> PageState::advance(const http::Response& response, const nlohmann::json& envelope,
                                std::size_t records, const std::optional<nlohmann::json>& last) {
    records_ += records;
    if (++pages_ > paging_.pages_max) {
        return Error{ErrorKind::Fatal,
                     "more than " + std::to_string(paging_.pages_max) + " pages (pages_max)"};
    }
    if (paging_.kind == Paging::Kind::None || at_end(envelope, records)) {
        return false;
    }
    const auto next = [&]() -> std::string {
        if (paging_.by_link) {
            return http::next_link(response.header("link"));
        }
        if (!paging_.next_header.empty()) {
            return std::string(response.header(paging_.next_header));
        }
        return as_text(paging_.next ? paging_.next->find(envelope) : std::nullopt);
    };
    switch (paging_.kind) {
    case Paging::Kind::Cursor:
        return go_on_with(next(), cursor_);
    case Paging::Kind::Url:
        return go_on_with(next(), url_);
    case Paging::Kind::Page:
        ++number_;
        return true;
    case Paging::Kind::Offset:
        number_ += paging_.size;
        return true;
    case Paging::Kind::Keyset:
        if (!last || last->is_null()) {
            return Error{ErrorKind::Fatal, "the page's last record has no '" +
                                               paging_.last->text() +
                                               "', by which the next page is asked for"};
        }
        if (*last == last_) {
            return Error{ErrorKind::Fatal,
                         "the API gave the same page a second time; it would go on for ever"};
        }
        last_ = *last;
        return true;
    case Paging::Kind::None:
        break;
    }
    return false;
}

Result<void> PageState::note(std::uint64_t ids_hash, std::size_t records) {
    if (records == 0 || pages_seen_.insert(ids_hash).second) {
        repeated_ = 0;
        return {};
    }
    if (++repeated_ < kRepeatedPagesMax) {
        return {};
    }
    return Error{ErrorKind::Fatal, "the API gave the same records " +
                                       std::to_string(repeated_ + 1) +
                                       " times under different cursors; it would go on for ever"};
}

// --- The API -------------------------------------------------------------------------------------

Result<std::unique_ptr<Api>> Api::create(const Description& description,
                                         const nlohmann::json& config, Sink* sink) {
    std::unique_ptr<Api> api(new Api(description, config, sink));
    COTERIE_TRY_VOID(api->connect());
    return api;
}

std::optional<nlohmann::json> Api::find(std::string_view name) const {
    const auto dot = name.find('.');
    const auto head = name.substr(0, dot);
    const auto rest = dot == std::string_view::npos ? std::string_view() : name.substr(dot + 1);
    if (head == "config") {
        return member(config_, rest);
    }
    if (head == "token") {
        return member(token_, rest);
    }
    if (head == "lookup") {
        const auto slash = rest.find_first_of("/[");
        const auto table = lookups_.find(rest.substr(0, slash));
        if (table == lookups_.end()) {
            return std::nullopt;
        }
        if (slash != std::string_view::npos && rest[slash] == '[' && rest.ends_with(']')) {
            const Json* value = table->second.find(rest.substr(slash + 1, rest.size() - slash - 2));
            return value == nullptr ? std::nullopt : std::optional<Json>(*value);
        }
        Json list = Json::array();
        const Pointer column(slash == std::string_view::npos ? std::string_view()
                                                             : rest.substr(slash));
        for (const std::string& key : table->second.keys) {
            if (slash == std::string_view::npos) {
                list.push_back(key);
            } else if (auto value = column.find(table->second.values.at(key))) {
                list.push_back(std::move(*value));
            }
        }
        return list;
    }
    return std::nullopt;
}

http::Auth Api::auth() const {
    for (const AuthChoice& choice : description_.auth) {
        if (!choice.when.holds(*this)) {
            continue;
        }
        const auto filled = JsonTemplate(choice.auth).evaluate(*this).value_or(Json::object());
        const auto text = [&](const char* key, const char* otherwise = "") {
            return filled.contains(key) ? text_of(filled.at(key)) : std::string(otherwise);
        };
        const auto need = [&](const char* key) {
            if (text(key).empty()) {
                throw std::invalid_argument(std::string("the sign-in has no ") + key);
            }
            return text(key);
        };
        const std::string kind = text("kind");
        if (kind == "none") {
            return http::NoAuth{};
        }
        if (kind == "bearer") {
            return http::TokenAuth{need("token"), text("header", "Authorization"),
                                   text("prefix", "Bearer ")};
        }
        if (kind == "basic") {
            return http::BasicAuth{need("username"), text("password")};
        }
        if (kind == "query") {
            return http::QueryAuth{need("name"), need("value")};
        }
        if (kind != "oauth") {
            throw std::invalid_argument("auth.kind '" + kind +
                                        "'; allowed: none, bearer, basic, query, oauth");
        }
        http::OAuth oauth;
        const std::string grant = text("grant", "client_credentials");
        if (grant == "refresh_token") {
            oauth.grant = http::OAuth::Grant::RefreshToken;
            oauth.refresh_token = need("refresh_token");
        } else if (grant == "client_credentials") {
            oauth.grant = http::OAuth::Grant::ClientCredentials;
        } else if (grant == "password") {
            oauth.grant = http::OAuth::Grant::Password;
            oauth.username = need("username");
            oauth.password = need("password");
        } else if (grant == "jwt_bearer") {
            oauth.grant = http::OAuth::Grant::JwtBearer;
            const Json jwt = filled.value("jwt", Json::object());
            oauth.jwt.private_key = jwt.value("private_key", std::string());
            oauth.jwt.key_id = jwt.value("key_id", std::string());
            oauth.jwt.claims = jwt.value("claims", Json::object());
            oauth.jwt.lifetime = std::chrono::seconds(jwt.value("seconds", 3600));
        } else {
            throw std::invalid_argument(
                "auth.grant '" + grant +
                "'; allowed: refresh_token, client_credentials, password, jwt_bearer");
        }
        oauth.token_url = need("token_url");
        oauth.client_id = text("client_id");
        oauth.client_secret = text("client_secret");
        oauth.client_in_body = text("client_in", "body") != "basic";
        oauth.scope = text("scope");
        oauth.header = text("header", "Authorization");
        oauth.prefix = text("prefix", "Bearer ");
        if (filled.contains("extra")) {
            for (const auto& [name, value] : filled.at("extra").items()) {
                oauth.extra.emplace_back(name, text_of(value));
            }
        }
        return oauth;
    }
    if (description_.auth.empty()) {
        return http::NoAuth{};
    }
    throw std::invalid_argument("no credentials: none of the ways to sign in has what it needs");
}

Result<void> Api::connect() {
    try {
        http::Options options = http::Options::from_config(config_);
        options.auth = auth();
        for (const Template& host : description_.hosts) {
            if (const auto value = host.evaluate(*this)) {
                options.hosts.push_back(text_of(*value));
            }
        }
        for (const Field& field : description_.headers) {
            if (const auto text = field.value.evaluate(*this)) {
                options.headers.emplace_back(field.name, text_of(*text));
            }
        }
        if (description_.rate && options.rate.requests == 0) {
            const auto rate = description_.rate->evaluate(*this).value_or(Json::object());
            const auto number = [&](const char* key, double otherwise) {
                return rate.contains(key) ? std::strtod(text_of(rate.at(key)).c_str(), nullptr)
                                          : otherwise;
            };
            options.rate.requests = number("requests", 0);
            options.rate.interval =
                std::chrono::milliseconds(static_cast<std::int64_t>(number("seconds", 1) * 1000));
            options.at_once_max = static_cast<unsigned>(number("at_once", options.at_once_max));
        }
        options.rate_headers = description_.rate_headers;
        options.error_pointers = description_.errors.text;
        options.judge = [this](const http::Response& response) { return judge(response); };
        std::set<std::string> names;
        description_.base_url.names(names);
        const bool is_in_token = std::any_of(names.begin(), names.end(), [](const auto& name) {
            return name.starts_with("token.");
        });
        if (!options.base_url.empty()) {
            base_url_ = options.base_url;
        } else if (!is_in_token) {
            base_url_ = description_.base_url.text(*this);
            options.base_url = base_url_;
        }
        if (auto* const oauth = std::get_if<http::OAuth>(&options.auth);
            oauth != nullptr && oauth->token_url.starts_with('/')) {
            oauth->token_url = options.base_url + oauth->token_url;
        }
        COTERIE_TRY(client_, http::Client::create(std::move(options), sink_));
        if (is_in_token) {
            COTERIE_TRY(token_, client_->sign_in());
            if (base_url_.empty()) {
                base_url_ = description_.base_url.text(*this);
            }
        }
    } catch (const std::exception& error) {
        return Error{ErrorKind::Config, error.what()};
    }
    while (base_url_.ends_with('/')) {
        base_url_.pop_back();
    }
    return {};
}

http::Verdict Api::judge(const http::Response& response) const {
    const Errors& errors = description_.errors;
    if (response.ok() ||
        (errors.try_again.empty() && errors.limit_ends.empty() && errors.denied.empty())) {
        return http::Verdict::ByStatus;
    }
    const Json body = Json::parse(response.body, nullptr, false);
    const auto any = [&](const Conditions& conditions) {
        return std::any_of(conditions.begin(), conditions.end(), [&](const Condition& condition) {
            return condition.holds(response, body);
        });
    };
    return any(errors.limit_ends)  ? http::Verdict::LimitEnds
           : any(errors.try_again) ? http::Verdict::TryAgain
           : any(errors.denied)    ? http::Verdict::Good
                                   : http::Verdict::ByStatus;
}

bool Api::is_denied(const http::Response& response) const {
    const Json body = Json::parse(response.body, nullptr, false);
    const auto& denied = description_.errors.denied;
    return std::any_of(denied.begin(), denied.end(),
                       [&](const Condition& condition) { return condition.holds(response, body); });
}

http::Request Api::request(const RequestTemplate& described, const Scope& scope) const {
    http::Request request;
    request.method = described.method;
    request.is_repeatable = described.is_repeatable;
    if (described.is_url) {
        request.url = described.target.text(scope);
    } else {
        const std::string path = described.target.text(scope, &http::encode);
        request.url = base_url_ + (path.starts_with('/') || path.empty() ? "" : "/") + path;
    }
    const auto fill = [&scope](const Fields& fields, http::Pairs& into) {
        for (const Field& field : fields) {
            const auto value = field.value.evaluate(scope);
            if (!value) {
                continue;
            }
            if (field.is_json || !value->is_array()) {
                into.emplace_back(field.name, text_of(*value));
                continue;
            }
            for (const Json& one : *value) {
                into.emplace_back(field.name, text_of(one));
            }
        }
    };
    fill(described.query, request.query);
    fill(described.headers, request.headers);
    if (described.body) {
        request.body = described.body->evaluate(scope).value_or(Json::object()).dump();
        request.content_type = "application/json";
    } else if (!described.form.empty()) {
        http::Pairs form;
        fill(described.form, form);
        for (const auto& [name, value] : form) {
            request.body.append(request.body.empty() ? "" : "&")
                .append(http::encode(name))
                .append("=")
                .append(http::encode(value));
        }
        request.content_type = "application/x-www-form-urlencoded";
    } else if (described.text) {
        request.body = described.text->text(scope);
        request.content_type = "text/plain";
    }
    if (!described.content_type.empty()) {
        request.content_type = described.content_type;
    }
    return request;
}

void Api::follow(http::Request& request, const std::string& link) const {
    // A path is one of the server's, not one below the base URL (RFC 3986, 4.2).
    const auto origin_end = base_url_.find('/', base_url_.find("://") + 3);
    request.url = link.starts_with('/') ? base_url_.substr(0, origin_end) + link : link;
    request.query.clear();
}

Result<http::Response> Api::send(const http::Request& request, const std::vector<long>& accepts) {
    COTERIE_TRY(auto response, client_->send(request));
    if (const auto time = response.server_time(); time && request.is_signed_in) {
        server_time_ = *time * 1000;
    }
    const bool is_accepted =
        std::find(accepts.begin(), accepts.end(), response.status) != accepts.end();
    if (!response.ok() && !is_accepted) {
        return client_->error_of(request, response);
    }
    const auto& failed = description_.errors.failed;
    if (!failed.empty() && !response.body.empty() && response.body.front() == '{') {
        const bool may_be = std::any_of(failed.begin(), failed.end(), [&](const Condition& one) {
            return one.is_of(response.status);
        });
        const Json body = may_be ? Json::parse(response.body, nullptr, false) : Json();
        if (may_be && std::any_of(failed.begin(), failed.end(), [&](const Condition& condition) {
                return condition.holds(response, body);
            })) {
            Error error = client_->error_of(request, response);
            error.kind = ErrorKind::Transient;
            return error;
        }
    }
    return response;
}

Result<nlohmann::json> Api::ask(const RequestTemplate& described, const Scope& scope) {
    COTERIE_TRY(const auto response, send(request(described, scope)));
    if (response.body.empty()) {
        return Json();
    }
    Json body = Json::parse(response.body, nullptr, false);
    if (body.is_discarded()) {
        return Error{ErrorKind::Transient, described.method + " " + described.target.source() +
                                               ": the answer is no JSON"};
    }
    return body;
}

namespace {

/// Visits what stands at `records`. \return How many there were, and what `last` names of the last.
std::pair<std::size_t, std::optional<Json>>
visit_page(const Json& body, const Pointer& records, bool entries,
           const std::optional<Pointer>& last, const std::function<void(const Json&)>& visit) {
    const auto found = records.find(body);
    if (found && (found->is_array() || (entries && found->is_object()))) {
        for (const Json& element : *found) {
            visit(element);
        }
        return {found->size(), last && !found->empty() ? last->find(found->back()) : std::nullopt};
    }
    if (found && found->is_object()) {
        visit(*found);
        return {1, std::nullopt};
    }
    return {0, std::nullopt};
}

}  // namespace

Result<void> Api::each_element(const RequestTemplate& described, const Paging& paging,
                               const Pointer& records, bool entries,
                               const std::function<void(const nlohmann::json&)>& visit) {
    PageState state(paging, Json(), Names(*this));
    std::optional<http::Request> before;
    for (;;) {
        Names names(*this);
        state.fill(names);
        http::Request wanted = request(described, names);
        if (!state.url().empty()) {
            follow(wanted, state.url());
        }
        COTERIE_TRY(const auto response, send(wanted));
        const Json body = Json::parse(response.body, nullptr, false);
        if (body.is_discarded()) {
            return Error{ErrorKind::Transient, "the answer is no JSON"};
        }
        const auto [count, last] = visit_page(body, records, entries, paging.last, visit);
        if (paging.again && before) {
            COTERIE_TRY(const auto again, send(*before));
            visit_page(Json::parse(again.body, nullptr, false), records, entries, paging.last,
                       visit);
        }
        before = std::move(wanted);
        COTERIE_TRY(const bool goes_on, state.advance(response, body, count, last));
        if (!goes_on) {
            return {};
        }
    }
}

namespace {

/// What a person named for a lookup (`in: "{config.lists}"`), and nothing had: a slip of the pen.
class Named {
  public:
    Named(const Lookup& lookup, const Scope& scope) {
        for (const Condition& condition : lookup.where) {
            if (!condition.in_value || !condition.at) {
                continue;
            }
            const Json list = condition.in_value->evaluate(scope).value_or(Json::array());
            for (const Json& one : list.is_array() ? list : Json::array({list})) {
                missing_.emplace(&*condition.at, text_of(one));
            }
        }
    }
    void found(const Json& element) {
        std::erase_if(missing_, [&element](const auto& one) {
            const auto value = one.first->find(element);
            return value && text_of(*value) == one.second;
        });
    }
    [[nodiscard]] std::vector<std::string> missing() const {
        std::vector<std::string> names;
        for (const auto& [at, name] : missing_) {
            names.push_back(name);
        }
        return names;
    }

  private:
    std::set<std::pair<const Pointer*, std::string>> missing_;
};

}  // namespace

Result<void> Api::load_lookup(const std::string& name, const Lookup& lookup) {
    LookupTable table;
    if (!lookup.when.holds(*this)) {
        lookups_.emplace(name, std::move(table));
        return {};
    }
    bool is_too_long = false;
    Named named(lookup, *this);
    const auto take = [&](const Json& element) {
        const ElementScope scope(*this, element);
        for (const Condition& condition : lookup.where) {
            if (!condition.holds(scope)) {
                return;
            }
        }
        named.found(element);
        const auto key = lookup.key.evaluate(scope);
        if (!key || is_empty(*key)) {
            return;
        }
        is_too_long = is_too_long || table.keys.size() >= kLookupRowsMax;
        if (is_too_long) {
            return;
        }
        auto value = lookup.value ? lookup.value->evaluate(scope) : std::optional<Json>(element);
        const auto [place, is_new] =
            table.values.try_emplace(text_of(*key), lookup.is_many ? Json::array() : Json());
        if (lookup.is_many) {
            place->second.push_back(value.value_or(Json()));
        } else {
            place->second = value.value_or(Json());
        }
        if (is_new) {
            table.keys.push_back(place->first);
        }
    };
    auto read = each_element(lookup.request, lookup.paging, lookup.records, lookup.entries, take);
    if (is_too_long) {
        return Error{ErrorKind::Fatal, "lookup '" + name + "' has more than " +
                                           std::to_string(kLookupRowsMax) + " rows"};
    }
    if (!read) {
        if (!lookup.is_optional || read.error().kind == ErrorKind::Transient) {
            return std::move(read).transform_error(within("lookup '" + name + "'"));
        }
        log(LogLevel::Warning, "lookup '" + name + "' is left empty: " + read.error().message);
    } else {
        for (const std::string& one : named.missing()) {
            log(LogLevel::Warning, "'" + files::printable(one.substr(0, 200)) +
                                       "' is none of the API's '" + name + "'");
        }
    }
    lookups_.emplace(name, std::move(table));
    return {};
}

Result<void> Api::load_lookups(const std::set<std::string>& names) {
    for (const std::string& name : names) {
        const auto described = description_.lookups.find(name);
        if (described == description_.lookups.end() || lookups_.contains(name)) {
            continue;
        }
        std::set<std::string> inner;
        described->second.request.names(inner);
        std::set<std::string> first;
        for (const std::string& one : inner) {
            add_lookup_name(one, first);
        }
        first.erase(name);
        if (!first.empty()) {
            COTERIE_TRY_VOID(load_lookups(first));
        }
        COTERIE_TRY_VOID(load_lookup(name, described->second));
    }
    return {};
}

const LookupTable* Api::lookup(const std::string& name) const {
    const auto found = lookups_.find(name);
    return found == lookups_.end() ? nullptr : &found->second;
}

void Api::log(LogLevel level, std::string_view message) {
    if (sink_ != nullptr) {
        sink_->log(level, message);
    }
}

void lookup_names(const Stream& stream, const Pass& pass, std::set<std::string>& into) {
    std::set<std::string> names;
    pass.request.names(names);
    for (const auto* conditions : {&pass.where, &pass.deleted_when}) {
        for (const Condition& condition : *conditions) {
            condition.names(names);
        }
    }
    if (pass.job) {
        pass.job->create.names(names);
        if (pass.job->poll) {
            pass.job->poll->names(names);
        }
    }
    for (const Join& join : pass.joins) {
        if (join.request) {
            join.request->names(names);
        }
        join.when.names(names);
    }
    for (const Add& add : pass.adds) {
        add.value.names(names);
        if (!add.lookup.empty()) {
            into.insert(add.lookup);
        }
    }
    for (const Decode& decode : pass.decodes) {
        into.insert(decode.lookup);
    }
    pass.when.names(names);
    if (!pass.for_each.empty()) {
        into.insert(pass.for_each);
    }
    for (const auto& [name, value] : stream.with) {
        if (names.contains("with." + name)) {
            value.names(names);
        }
    }
    lookup_names(names, into);
}

void lookup_names(const std::set<std::string>& names, std::set<std::string>& into) {
    for (const std::string& name : names) {
        add_lookup_name(name, into);
    }
}

}  // namespace coterie::rest
