/// What a plugin's process writes to stdout and stderr.
#pragma once

#include "plugin/file_descriptor.hpp"
#include "plugin/redactor.hpp"
#include "plugin/session.hpp"

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace coterie::plugin {

/// Keeps the last bytes of a text, secrets replaced, and counts the rest. Any thread.
class OutputKeeper {
  public:
    OutputKeeper(std::vector<std::string> secrets, std::uint64_t bytes_max)
        : bytes_max_(bytes_max), redactor_(std::move(secrets)) {}

    void append(std::string_view piece);
    void finish();
    [[nodiscard]] PluginOutput output() const;

  private:
    void keep(std::string_view text);

    const std::uint64_t bytes_max_;
    mutable std::mutex mutex_;  ///< guards all below
    Redactor redactor_;
    std::string kept_;
    std::uint64_t dropped_bytes_ = 0;
};

/// Reads a pipe on a thread of its own, so that the plugin never waits for it, until the pipe's
/// end or the capture's.
class OutputCapture {
  public:
    OutputCapture(FileDescriptor pipe, OutputKeeper& keeper);
    ~OutputCapture() { stop(); }
    OutputCapture(const OutputCapture&) = delete;
    OutputCapture& operator=(const OutputCapture&) = delete;

    /// Takes what is in the pipe by now and ends the thread.
    void stop();

  private:
    void run();

    FileDescriptor pipe_;
    FileDescriptor stop_event_;
    OutputKeeper& keeper_;
    std::thread thread_;
};

}  // namespace coterie::plugin
