/// What a source yields and a destination answers, as frames and back.
#pragma once

#include "plugin/frames.hpp"
#include "plugin/session.hpp"

#include <chrono>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

namespace coterie::plugin {

/// The socket to the core cannot be written to: closed by the plugin, or the core is gone.
class ConnectionLost : public std::exception {
  public:
    [[nodiscard]] const char* what() const noexcept override {
        return "the connection to the core is closed";
    }
};

/// Writes events as frames to a socket, in batches of kBatchBytes. `flush_if_older` may come from
/// another thread.
class FrameSink final : public EventSink {
  public:
    explicit FrameSink(int socket) : socket_(socket) { batch_.reserve(2 * kBatchBytes); }

    void record(std::string_view id, std::string_view json, std::string_view where) override;
    void deleted(std::string_view id) override;
    void replaces(std::string_view id_prefix) override;
    void quarantine(std::string_view raw, std::string_view where, std::string_view why) override;
    void checkpoint(std::string_view cursor) override;
    void restarted() override;
    void partial() override;
    void log(LogLevel level, std::string_view message) override;
    void progress(std::uint64_t done, std::uint64_t total, std::string_view unit) override;
    void keep_state(std::string_view state) override;
    void unchanged() override;
    void report(ReportLine::Kind kind, std::string_view subject, std::string_view text) override;

    /// Of a write: so many more bytes of deliveries may come. Sent at once, with all before it.
    void want(std::uint64_t bytes);
    void answered(std::string_view id, Outcome outcome, std::string_view message);
    void held(std::string_view why);
    /// The frame that closes a command, sent at once.
    void finished(std::uint64_t status, std::uint64_t retry_after_ms, std::string_view message);
    /// Sends a batch that has waited this long; does nothing while another thread is sending.
    /// \return false when the connection is lost.
    bool flush_if_older(std::chrono::milliseconds age);

  private:
    template <class... Fields>
    void append(FrameType type, Fields... fields);
    void flush();

    const int socket_;
    std::mutex mutex_;  ///< guards all below
    std::string batch_;
    std::chrono::steady_clock::time_point flushed_at_ = std::chrono::steady_clock::now();
};

/// Hands the frame of an answer, or of a log line or progress of a write, to the feed; of a wish
/// for more, adds to `wanted_bytes`. \return As `deliver`.
bool answer(const Frame& frame, DeliveryFeed& feed, std::uint64_t& wanted_bytes);

/// A delivery as a frame and back; nothing where it is none. Its text lives as long as the frame's.
void append_delivery(std::string& out, const Delivery& delivery);
std::optional<Delivery> parse_delivery(std::string_view payload);

/// Hands one event frame to the sink.
/// \return false where the frame is none of an event, or has not the fields of its type.
bool deliver(const Frame& frame, EventSink& sink);

}  // namespace coterie::plugin
