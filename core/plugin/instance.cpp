#include "plugin/instance.hpp"

#include "plugin/loader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

namespace coterie::plugin {
namespace {

std::optional<ErrorKind> kind_of(int32_t status) {
    switch (status) {
    case COTERIE_TRANSIENT:
        return ErrorKind::Transient;
    case COTERIE_CONFIG:
        return ErrorKind::Config;
    case COTERIE_DATA:
        return ErrorKind::Data;
    case COTERIE_FATAL:
        return ErrorKind::Fatal;
    case COTERIE_CANCELLED:
        return ErrorKind::Cancelled;
    default:
        return std::nullopt;
    }
}

Error error_of(const std::string& plugin, std::string_view function, int32_t status,
               const HostCalls& calls) {
    const auto kind = kind_of(status);
    if (!kind) {
        return Error{ErrorKind::Fatal, fmt::format("plugin '{}' returned the unknown status {} "
                                                   "from {}",
                                                   plugin, status, function)};
    }
    Error error{*kind, calls.error_message()};
    if (error.message.empty()) {
        error.message = fmt::format("plugin '{}' ended {} with the status '{}' and did not say why",
                                    plugin, function, name_of(*kind));
    }
    if (calls.retry_after_ms() > 0) {
        constexpr std::uint64_t kWaitMsMax = 24ULL * 3600 * 1000;
        error.retry_after = std::chrono::milliseconds(
            static_cast<std::int64_t>(std::min(calls.retry_after_ms(), kWaitMsMax)));
    }
    return error;
}

/// Runs one function of a plugin.
template <class Call>
Result<void> run(const std::string& plugin, std::string_view function, const HostCalls& calls,
                 Call&& call) {
    int32_t status = COTERIE_OK;
    try {
        status = call();
    } catch (const std::exception& error) {
        return Error{ErrorKind::Fatal,
                     fmt::format("plugin '{}' let an exception escape from {}: {}", plugin,
                                 function, error.what())};
    } catch (...) {
        return Error{ErrorKind::Fatal,
                     fmt::format("plugin '{}' let an exception escape from {}", plugin, function)};
    }
    if (calls.sink_failure()) {
        std::rethrow_exception(calls.sink_failure());
    }
    if (status == COTERIE_OK && calls.stop_status() == COTERIE_OK) {
        return {};
    }
    // A plugin that was told to stop and says that all is well has still not done its work.
    return error_of(plugin, function, status == COTERIE_OK ? calls.stop_status() : status, calls);
}

}  // namespace

Result<std::unique_ptr<Instance>> Instance::open(const Installed& plugin, std::string_view config,
                                                 EventSink& sink,
                                                 HostCalls::IsCancelled is_cancelled) {
    COTERIE_TRY(const auto* functions, load_plugin(plugin));
    std::unique_ptr<Instance> made(new Instance(plugin.manifest.name, *functions));
    HostCalls calls(&sink, std::move(is_cancelled));
    COTERIE_TRY_VOID(run(made->name_, "open", calls, [&] {
        return functions->open(calls.host(), {config.data(), config.size()}, &made->instance_);
    }));
    made->is_open_ = true;
    return made;
}

Instance::~Instance() {
    if (!is_open_) {
        return;
    }
    try {
        functions_.close(instance_);
    } catch (...) {  // The plugin is done for either way, and nobody is left to tell.
        is_open_ = false;
    }
}

Result<void> Instance::check(EventSink& sink, HostCalls::IsCancelled is_cancelled) {
    HostCalls calls(&sink, std::move(is_cancelled));
    return run(name_, "check", calls, [&] { return functions_.check(instance_, calls.host()); });
}

Result<void> Instance::read(const Reading& reading, EventSink& sink,
                            HostCalls::IsCancelled is_cancelled, std::uint64_t record_bytes_max) {
    if (functions_.read == nullptr) {
        return Error{ErrorKind::Config, fmt::format("plugin '{}' is no source", name_)};
    }
    HostCalls calls(sink, std::move(is_cancelled), record_bytes_max, !reading.last_state.empty());
    const coterie_read_request request{sizeof(coterie_read_request), Sink::bytes(reading.stream),
                                       Sink::bytes(reading.cursor),
                                       Sink::bytes(reading.last_state)};
    return run(name_, "read", calls,
               [&] { return functions_.read(instance_, calls.host(), &request); });
}

Result<void> Instance::write(const WriteRequest& request, DeliveryFeed& feed,
                             HostCalls::IsCancelled is_cancelled) {
    if (!is_destination(functions_)) {
        return Error{ErrorKind::Config, fmt::format("plugin '{}' is no destination", name_)};
    }
    HostCalls calls(feed, std::move(is_cancelled));
    const std::string about = request.about.dump();
    const coterie_write_request asked = calls.write_request(request, about);
    return run(name_, "write", calls,
               [&] { return functions_.write(instance_, calls.host(), &asked); });
}

}  // namespace coterie::plugin
