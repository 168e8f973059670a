#include "sdk/rest/api.hpp"
#include "sdk/rest/read.hpp"
#include "sdk/rest/write.hpp"

#include "coterie/rest.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>

namespace coterie::rest {

namespace {

using Json = nlohmann::json;

/// The config with what the manifest's schema says of keys that are not there.
Json with_defaults(Json config, std::string_view manifest) {
    const Json parsed = Json::parse(manifest, nullptr, false);
    const Pointer properties("/config_schema/properties");
    const Json* all = parsed.is_discarded() ? nullptr : properties.locate(parsed);
    if (all != nullptr) {
        for (const auto& [key, property] : all->items()) {
            if (property.is_object() && property.contains("default") && !config.contains(key)) {
                config[key] = property.at("default");
            }
        }
    }
    return config;
}

}  // namespace

struct Engine::Impl {
    Json config;
    Description description;
};

Engine::Engine(const nlohmann::json& config, std::string_view api_yaml, std::string_view manifest)
    : impl_(std::make_unique<Impl>()) {
    impl_->config = with_defaults(config, manifest);
    impl_->description = Description::compile(json_of_yaml(api_yaml));
}

Engine::Engine(const nlohmann::json& config) : impl_(std::make_unique<Impl>()) {
    impl_->config = config;
    Json described = Json::object();
    for (const char* key : {"base_url", "hosts", "auth", "headers", "rate", "errors", "lookups",
                            "streams", "write", "check"}) {
        if (config.contains(key)) {
            described[key] = config.at(key);
        }
    }
    impl_->description = Description::compile(described);
}

Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;
Engine::~Engine() = default;

Result<void> Engine::read(const ReadRequest& request, Sink& sink) {
    const Stream* stream = impl_->description.stream(request.stream);
    if (stream == nullptr) {
        return Error{ErrorKind::Fatal, "there is no stream '" + request.stream + "'"};
    }
    COTERIE_TRY(const auto api, Api::create(impl_->description, impl_->config, &sink));
    return read_stream(*api, *stream, request, impl_->config, sink);
}

Result<void> Engine::write(const WriteRequest& request, Deliveries& deliveries) {
    if (!impl_->description.write) {
        return Error{ErrorKind::Fatal, "this API is described as a source alone"};
    }
    return write_changes(impl_->description, impl_->config, request, deliveries);
}

namespace {

/// What a refusal says of the scopes that are missing; otherwise the one that the description
/// names.
std::string missing_scope(const Description& description, const Seen& seen,
                          const http::Response& response) {
    if (description.errors.missing_scopes) {
        const Json body = Json::parse(response.body, nullptr, false);
        const auto scopes = description.errors.missing_scopes->find(body);
        if (scopes && !is_empty(*scopes)) {
            std::string names;
            for (const Json& one : scopes->is_array() ? *scopes : Json::array({*scopes})) {
                names.append(names.empty() ? "" : ", ").append(text_of(one));
            }
            return names;
        }
    }
    return seen.scope.empty() ? "the right to see " + seen.what : seen.scope;
}

std::string left_of(double left, std::optional<double> all) {
    const auto whole = [](double value) { return std::to_string(std::llround(value)); };
    return whole(left) + (all ? " of " + whole(*all) : std::string()) + " left";
}

void report_limits(const http::LimitsLeft& limits, CheckReport& report) {
    if (limits.remaining) {
        report.limit("requests at once", left_of(*limits.remaining, limits.limit));
    }
    if (limits.daily_remaining) {
        report.limit("requests a day", left_of(*limits.daily_remaining, limits.daily_limit));
    }
}

}  // namespace

Result<void> Engine::check(CheckReport& report) {
    COTERIE_TRY(const auto api, Api::create(impl_->description, impl_->config, nullptr));
    for (const Seen& seen : impl_->description.check) {
        if (!seen.when.holds(*api)) {
            continue;
        }
        std::set<std::string> names, lookups;
        seen.request.names(names);
        lookup_names(names, lookups);
        COTERIE_TRY_VOID(api->load_lookups(lookups));
        const auto request = api->request(seen.request, *api);
        COTERIE_TRY(const auto response, api->client().send(request));
        if (response.status == 403 || (response.status == 401 && api->is_denied(response))) {
            report.scope_missing(missing_scope(impl_->description, seen, response),
                                 "without it " + seen.what + " cannot be read",
                                 seen.is_optional ? CheckReport::Need::Optional
                                                  : CheckReport::Need::Required);
            continue;
        }
        if (!response.ok()) {
            if (!seen.is_optional) {
                return api->client().error_of(request, response).within(seen.what);
            }
            report.note(seen.what, api->client().error_of(request, response).message);
            continue;
        }
        const Json body = Json::parse(response.body, nullptr, false);
        const auto total = seen.total ? seen.total->find(body) : std::nullopt;
        report.sees(seen.what, total && !is_empty(*total) ? text_of(*total) : std::string());
    }
    report_limits(api->client().limits(), report);
    return {};
}

}  // namespace coterie::rest
