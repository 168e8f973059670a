#include "sdk/rest/api.hpp"
#include "sdk/rest/read.hpp"
#include "sdk/rest/write.hpp"

#include "coterie/rest.hpp"

#include <algorithm>
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

Result<void> Engine::check() {
    COTERIE_TRY(const auto api, Api::create(impl_->description, impl_->config, nullptr));
    for (const Seen& seen : impl_->description.check) {
        if (!seen.when.holds(*api)) {
            continue;
        }
        auto answer = api->ask(seen.request, *api);
        if (!answer && !seen.is_optional) {
            return std::move(answer).error().within(seen.what);
        }
    }
    return {};
}

}  // namespace coterie::rest
