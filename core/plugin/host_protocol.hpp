/// What the core and the host's supervisor tell each other, beside the plugin's frames.
#pragma once

#include "plugin/catalog.hpp"
#include "plugin/frames.hpp"
#include "plugin/session.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace coterie::plugin {

// The descriptors that the host process is started with.
inline constexpr int kFramesDescriptor = 3;   ///< the core and the worker: frames
inline constexpr int kControlDescriptor = 4;  ///< the core and the supervisor; no plugin sees it

/// The worker's exit code when it cannot write to the core any more.
inline constexpr int kExitConnectionLost = 113;
/// Longest frame on the control channel.
inline constexpr std::size_t kControlBytesMax = std::size_t{256} << 10;

/// The first frame on the control channel.
struct HostSetup {
    Installed plugin;  ///< name, version, kinds and paths only
    std::filesystem::path workspace;
    Limits limits;
};

void append_setup(std::string& out, const HostSetup& setup);
std::optional<HostSetup> parse_setup(const Frame& frame);

/// How the worker came to its end, as the supervisor saw it.
struct WorkerEnd {
    enum class How : std::uint8_t { Exited, Signalled, MemoryLimit, Killed };
    How how = How::Exited;
    std::uint64_t value = 0;  ///< exit code or signal number
    std::uint64_t resident_bytes = 0;
};

void append_worker_end(std::string& out, const WorkerEnd& end);
std::optional<WorkerEnd> parse_worker_end(const Frame& frame);

}  // namespace coterie::plugin
