#include "plugin/host_protocol.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace coterie::plugin {

void append_setup(std::string& out, const HostSetup& setup) {
    const auto& [plugin, workspace, limits] = setup;
    const std::string kinds = fmt::format("{}", fmt::join(plugin.manifest.kinds, ","));
    append_frame(out, FrameType::Setup, std::string_view(plugin.manifest.name),
                 std::string_view(plugin.manifest.version), std::string_view(kinds),
                 std::string_view(plugin.library.native()), std::string_view(workspace.native()),
                 limits.memory_bytes_max, limits.file_bytes_max, limits.record_bytes_max);
}

std::optional<HostSetup> parse_setup(const Frame& frame) {
    FieldReader fields(frame.payload);
    HostSetup setup;
    setup.plugin.manifest.name = fields.bytes();
    setup.plugin.manifest.version = fields.bytes();
    // As one text: it is only ever compared with what the library says.
    setup.plugin.manifest.kinds = {std::string(fields.bytes())};
    setup.plugin.library = fields.bytes();
    setup.workspace = fields.bytes();
    setup.limits.memory_bytes_max = fields.number();
    setup.limits.file_bytes_max = fields.number();
    setup.limits.record_bytes_max = fields.number();
    if (frame.type != FrameType::Setup || !fields.complete()) {
        return std::nullopt;
    }
    return setup;
}

void append_worker_end(std::string& out, const WorkerEnd& end) {
    append_frame(out, FrameType::Ended, static_cast<std::uint64_t>(end.how), end.value,
                 end.resident_bytes);
}

std::optional<WorkerEnd> parse_worker_end(const Frame& frame) {
    FieldReader fields(frame.payload);
    const auto how = fields.number();
    const auto value = fields.number();
    const auto resident_bytes = fields.number();
    if (frame.type != FrameType::Ended || !fields.complete() ||
        how > static_cast<std::uint64_t>(WorkerEnd::How::Killed)) {
        return std::nullopt;
    }
    return WorkerEnd{static_cast<WorkerEnd::How>(how), value, resident_bytes};
}

}  // namespace coterie::plugin
