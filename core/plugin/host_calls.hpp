/// What a plugin sees of the host: the C functions of coterie_host over an EventSink.
#pragma once

#include "plugin/session.hpp"

#include "coterie/abi.h"

#include <cstdint>
#include <exception>
#include <functional>
#include <string>
#include <string_view>

namespace coterie::plugin {

// What a plugin hands over beyond these is cut, or put into quarantine.
inline constexpr std::size_t kIdBytesMax = 8192;
inline constexpr std::size_t kCursorBytesMax = std::size_t{1} << 20;
inline constexpr std::size_t kStateBytesMax = std::size_t{1} << 20;
inline constexpr std::size_t kMessageBytesMax = std::size_t{16} << 10;
inline constexpr std::size_t kPlanBytesMax = std::size_t{1} << 20;
inline constexpr std::size_t kQuarantineRawBytesMax = std::size_t{64} << 10;
inline constexpr std::size_t kQuarantineTextBytesMax = std::size_t{4} << 10;
/// What is kept of a record that is too long.
inline constexpr std::size_t kOversizeRecordHeadBytes = std::size_t{4} << 10;

/// The host of one call of one plugin. Limits are kept here, so that both kinds of isolation keep
/// the same ones. No exception leaves the functions: what a sink throws stops the plugin and waits
/// in `sink_failure`.
class HostCalls {
  public:
    using IsCancelled = std::function<bool()>;

    /// For a call that may not hand over records: only log, progress and what a check reports
    /// reach the sink, if any.
    explicit HostCalls(EventSink* sink = nullptr, IsCancelled is_cancelled = {});
    /// For a read. \param has_last_state  Whether the plugin was given one: else nothing can be
    ///                                   unchanged.
    HostCalls(EventSink& sink, IsCancelled is_cancelled, std::uint64_t record_bytes_max,
              bool has_last_state);
    /// For a write.
    HostCalls(DeliveryFeed& feed, IsCancelled is_cancelled);
    HostCalls(const HostCalls&) = delete;
    HostCalls& operator=(const HostCalls&) = delete;

    [[nodiscard]] const coterie_host* host() const { return &host_; }
    /// The request of a write, its `next` over the feed. Borrows from `request` and `about`.
    coterie_write_request write_request(const WriteRequest& request, std::string_view about);
    /// What the plugin said by `error`, cut at kMessageBytesMax.
    [[nodiscard]] const std::string& error_message() const { return error_message_; }
    [[nodiscard]] std::uint64_t retry_after_ms() const { return retry_after_ms_; }
    /// The status that told the plugin to stop; COTERIE_OK when none did.
    [[nodiscard]] int32_t stop_status() const { return stop_status_; }
    /// What a sink or feed threw.
    [[nodiscard]] std::exception_ptr sink_failure() const { return sink_failure_; }

  private:
    static HostCalls& self(void* context) { return *static_cast<HostCalls*>(context); }
    static int32_t record(void* context, coterie_bytes id, coterie_bytes json) noexcept;
    static int32_t record_at(void* context, coterie_bytes id, coterie_bytes json,
                             coterie_bytes where) noexcept;
    static int32_t deleted(void* context, coterie_bytes id) noexcept;
    static int32_t quarantine(void* context, coterie_bytes raw, coterie_bytes where,
                              coterie_bytes why) noexcept;
    static int32_t checkpoint(void* context, coterie_bytes cursor) noexcept;
    static void log(void* context, int32_t level, coterie_bytes message) noexcept;
    static void progress(void* context, std::uint64_t done, std::uint64_t total,
                         coterie_bytes unit) noexcept;
    static int32_t cancelled(void* context) noexcept;
    static int32_t restarted(void* context) noexcept;
    static int32_t keep_state(void* context, coterie_bytes state) noexcept;
    static int32_t unchanged(void* context) noexcept;
    static void error(void* context, coterie_bytes message, std::uint64_t retry_after_ms) noexcept;
    static int32_t delivered(void* context, coterie_bytes id, int32_t status,
                             coterie_bytes message) noexcept;
    static void report(void* context, int32_t kind, coterie_bytes subject,
                       coterie_bytes text) noexcept;
    static int32_t planned(void* context, coterie_bytes id, coterie_bytes json) noexcept;
    static int32_t hold(void* context, coterie_bytes why) noexcept;
    static int32_t partial(void* context) noexcept;
    static int32_t replaces(void* context, coterie_bytes id_prefix) noexcept;
    static int32_t next(void* context, coterie_delivery* delivery) noexcept;

    template <class Call>
    int32_t hand_over(Call&& call) noexcept;
    template <class Call>
    int32_t unless_stopped(bool may_call, std::string_view why_not, Call&& call) noexcept;
    void fill(coterie_delivery& delivery);
    template <class Call>
    int32_t hand_over_data(Call&& call) noexcept;
    template <class Call>
    void tell(Call&& call) noexcept;
    int32_t stop_with(int32_t status, std::string_view message);

    coterie_host host_{};
    EventSink* sink_ = nullptr;
    DeliveryFeed* feed_ = nullptr;
    IsCancelled is_cancelled_;
    std::uint64_t record_bytes_max_ = 0;
    bool may_hand_over_ = false;
    bool has_handed_over_ = false;
    bool has_last_state_ = false;
    bool is_unchanged_ = false;
    int32_t stop_status_ = COTERIE_OK;
    std::string error_message_;
    std::uint64_t retry_after_ms_ = 0;
    std::exception_ptr sink_failure_;
};

}  // namespace coterie::plugin
