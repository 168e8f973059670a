/// The coterie-plugin-host process as the core sees it: started, told what to do, ended, reaped.
#pragma once

#include "plugin/file_descriptor.hpp"
#include "plugin/host_protocol.hpp"

#include "coterie/result.hpp"

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>

namespace coterie::plugin {

/// One host process. Its destructor leaves no process and no descriptor behind. One thread at a
/// time.
class HostProcess {
  public:
    /// Starts `program` (empty: coterie-plugin-host beside the running program).
    static Result<std::unique_ptr<HostProcess>> start(const std::filesystem::path& program,
                                                      const HostSetup& setup);
    ~HostProcess();
    HostProcess(const HostProcess&) = delete;
    HostProcess& operator=(const HostProcess&) = delete;

    [[nodiscard]] int frames() const { return frames_.get(); }
    [[nodiscard]] int control() const { return control_.get(); }
    /// The read end of the worker's stdout and stderr; once.
    FileDescriptor take_output() { return std::move(output_); }

    /// Asks the worker's process group to end (SIGTERM).
    void terminate();
    /// Takes what the supervisor has said by now, without waiting.
    void hear_supervisor();
    /// How the worker ended, once the supervisor has said so.
    [[nodiscard]] const std::optional<WorkerEnd>& worker_end() const { return worker_end_; }
    /// Whether the supervisor's side of the control channel is closed.
    [[nodiscard]] bool supervisor_is_gone() const { return supervisor_is_gone_; }
    /// Ends the worker and everything that it started, waits for it and reaps the host.
    void kill();
    /// Waits so long for the host to come to its end by itself.
    void wait_for_end(std::chrono::milliseconds patience);

  private:
    HostProcess() = default;
    void say(FrameType command);
    void reap();

    FileDescriptor frames_;
    FileDescriptor control_;
    FileDescriptor output_;
    pid_t process_ = -1;
    FrameDecoder reports_{kControlBytesMax};
    std::optional<WorkerEnd> worker_end_;
    bool supervisor_is_gone_ = false;
};

}  // namespace coterie::plugin
