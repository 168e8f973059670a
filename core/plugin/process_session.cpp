#include "plugin/process_session.hpp"

#include "base/text.hpp"
#include "plugin/deliveries.hpp"
#include "plugin/events.hpp"
#include "plugin/host_process.hpp"
#include "plugin/output_capture.hpp"
#include "plugin/session_sink.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <utility>

namespace coterie::plugin {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// From asking a plugin to stop to SIGTERM, and from there to SIGKILL.
constexpr milliseconds kCancelGrace{2'000};
/// From one side of the host closing to the other side's word.
constexpr milliseconds kEndGrace{2'000};

std::string signal_text(std::uint64_t number) {
    const int signal = static_cast<int>(number);
    const char* name = ::sigabbrev_np(signal);
    const char* description = ::sigdescr_np(signal);
    return name == nullptr ? fmt::format("signal {}", signal)
                           : fmt::format("SIG{} ({})", name, description);
}

ErrorKind kind_of(std::uint64_t status) {
    switch (status) {
    case COTERIE_TRANSIENT:
        return ErrorKind::Transient;
    case COTERIE_CONFIG:
        return ErrorKind::Config;
    case COTERIE_DATA:
        return ErrorKind::Data;
    case COTERIE_CANCELLED:
        return ErrorKind::Cancelled;
    default:
        return ErrorKind::Fatal;
    }
}

/// The worker's closing frame.
struct Closing {
    std::uint64_t status = COTERIE_OK;
    std::uint64_t retry_after_ms = 0;
    std::string message;
};

std::optional<Closing> parse_closing(const Frame& frame) {
    FieldReader fields(frame.payload);
    Closing closing;
    closing.status = fields.number();
    closing.retry_after_ms = fields.number();
    closing.message = fields.bytes();
    return fields.complete() ? std::optional(std::move(closing)) : std::nullopt;
}

/// What the core and the plugin say to each other in one call, beside its beginning and its end.
class Conversation {
  public:
    virtual ~Conversation() = default;
    /// Takes a frame. \return What was wrong with it; nothing: it was good.
    virtual std::optional<std::string> hear(const Frame& frame) = 0;
    /// Appends the frames that the core has to say by now, a batch at most.
    virtual Result<void> speak(std::string& out) = 0;
};

std::string malformed(const Frame& frame) {
    return fmt::format("broke the frame protocol (a malformed frame of type {})",
                       static_cast<unsigned>(frame.type));
}

/// All but a write: the plugin speaks alone.
class Listening final : public Conversation {
  public:
    explicit Listening(EventSink& sink) : sink_(sink) {}
    std::optional<std::string> hear(const Frame& frame) override {
        return deliver(frame, sink_) ? std::nullopt : std::optional(malformed(frame));
    }
    Result<void> speak(std::string&) override { return {}; }

  private:
    EventSink& sink_;
};

/// A write: as many deliveries as the worker wants, and their answers.
class Delivering final : public Conversation {
  public:
    explicit Delivering(WatchedFeed& feed) : feed_(feed) {}

    std::optional<std::string> hear(const Frame& frame) override {
        return answer(frame, feed_, wanted_bytes_) ? feed_.fault()
                                                   : std::optional(malformed(frame));
    }

    Result<void> speak(std::string& out) override {
        while (wanted_bytes_ > 0 && !is_at_end_ && out.size() < kBatchBytes) {
            COTERIE_TRY(const auto delivery, feed_.next());
            const auto before = out.size();
            if (delivery) {
                append_delivery(out, *delivery);
            } else {
                append_frame(out, FrameType::DeliverEnd);
                is_at_end_ = true;
            }
            wanted_bytes_ -= std::min<std::uint64_t>(wanted_bytes_, out.size() - before);
        }
        return {};
    }

  private:
    WatchedFeed& feed_;
    std::uint64_t wanted_bytes_ = 0;
    bool is_at_end_ = false;
};

/// How far the session is with stopping a plugin.
enum class Stopping { No, Asked, Terminated };

class ProcessSession final : public Session {
  public:
    ProcessSession(const Installed& plugin, SessionOptions options)
        : plugin_(plugin.manifest.name), options_(std::move(options)), redactor_(options_.secrets),
          keeper_(options_.secrets, options_.limits.log_bytes_max), log_only_(keeper_),
          wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
          frames_(frame_bytes_max(options_.limits.record_bytes_max)) {}
    ~ProcessSession() override;
    ProcessSession(const ProcessSession&) = delete;
    ProcessSession& operator=(const ProcessSession&) = delete;

    Result<void> open(const HostSetup& setup, const std::string& config);
    Result<void> check(std::vector<ReportLine>& report) override {
        ReportSink lines(keeper_, report);
        RedactingSink redacting(lines, redactor_);
        Listening listening(redacting);
        return call("while it was checked", FrameType::Check, listening);
    }
    Result<void> read(const ReadRequest& request, EventSink& sink) override;
    Result<void> write(const WriteRequest& request, DeliveryFeed& feed) override;
    PluginOutput output() const override { return keeper_.output(); }

  private:
    template <class... Fields>
    Result<void> call(const std::string& doing, FrameType command, Conversation& conversation,
                      Fields... fields);
    Result<void> await_closing(Conversation& conversation);
    Result<std::optional<Closing>> hear_received(Conversation& conversation);
    bool receive();
    bool send();
    std::optional<Error> ending();
    std::optional<Error> passed_limit(steady_clock::time_point now) const;
    void stop_further(steady_clock::time_point now);
    void wait(steady_clock::time_point now);
    Result<void> result_of(Closing closing) const;
    Error give_up(Error error);
    Error error_of_end() const;
    Error fatal(std::string_view what) const {
        return Error{ErrorKind::Fatal, fmt::format("plugin '{}' {} {}", plugin_, what, doing_)};
    }

    const std::string plugin_;
    const SessionOptions options_;
    const Redactor redactor_;
    OutputKeeper keeper_;
    LogOnlySink log_only_;
    FileDescriptor wake_;  ///< written to when the core asks to stop
    std::unique_ptr<HostProcess> host_;
    std::unique_ptr<OutputCapture> capture_;
    FrameDecoder frames_;
    /// What the worker is still to be sent. Sent as it has room, never waiting: one that takes
    /// nothing must not stop the core from looking at the clock.
    std::string unsent_;
    /// Why no call can succeed any more.
    std::optional<Error> over_;

    // Of the call that is running.
    std::string doing_;  ///< "in the middle of stream 'contacts'"
    steady_clock::time_point began_;
    steady_clock::time_point heard_;
    steady_clock::time_point stopping_since_;
    Stopping stopping_ = Stopping::No;
    std::optional<steady_clock::time_point> half_closed_since_;
    bool frames_ended_ = false;
};

ProcessSession::~ProcessSession() {
    if (host_ != nullptr && !over_) {
        append_frame(unsent_, FrameType::Close);
        send();
        if (unsent_.empty()) {
            host_->wait_for_end(kCancelGrace);
        }
    }
    host_.reset();
}

Result<void> ProcessSession::open(const HostSetup& setup, const std::string& config) {
    COTERIE_TRY(host_, HostProcess::start(options_.host_program, setup));
    capture_ = std::make_unique<OutputCapture>(host_->take_output(), keeper_);
    Listening listening(log_only_);
    return call("while it was opened", FrameType::Open, listening, std::string_view(config));
}

Result<void> ProcessSession::read(const ReadRequest& request, EventSink& sink) {
    RedactingSink redacting(sink, redactor_);
    const std::string cursor = request.resume_from ? request.resume_from->dump() : "";
    const std::string state = request.last_state ? request.last_state->dump() : "";
    Listening listening(redacting);
    return call(fmt::format("in the middle of stream '{}'", request.stream), FrameType::Read,
                listening, std::string_view(request.stream), std::string_view(cursor),
                std::string_view(state));
}

Result<void> ProcessSession::write(const WriteRequest& request, DeliveryFeed& feed) {
    WatchedFeed watched(feed, request, redactor_);
    Delivering delivering(watched);
    const std::string about = request.about.dump();
    COTERIE_TRY_VOID(call(fmt::format("while it took stream '{}'", request.stream),
                          FrameType::Write, delivering, std::uint64_t{request.is_complete},
                          std::uint64_t{request.is_unchanged}, request.total,
                          std::string_view(request.stream), std::string_view(about)));
    if (const auto why = watched.unfinished()) {
        return Error{ErrorKind::Fatal, fmt::format("plugin '{}' {}", plugin_, *why)};
    }
    return {};
}

template <class... Fields>
Result<void> ProcessSession::call(const std::string& doing, FrameType command,
                                  Conversation& conversation, Fields... fields) {
    if (over_) {
        return *over_;
    }
    doing_ = doing;
    began_ = heard_ = steady_clock::now();
    stopping_ = Stopping::No;
    append_frame(unsent_, command, fields...);
    const std::stop_callback wake(options_.stop, [this] { ::eventfd_write(wake_.get(), 1); });
    try {
        return await_closing(conversation);
    } catch (...) {
        // The receiver's failure: the plugin is in the middle of a call that nobody follows.
        give_up(fatal("was ended because the core failed"));
        throw;
    }
}

Result<void> ProcessSession::await_closing(Conversation& conversation) {
    while (true) {
        COTERIE_TRY(auto closing, hear_received(conversation));
        if (closing) {
            return result_of(*std::move(closing));
        }
        if (stopping_ == Stopping::No) {
            if (auto spoken = conversation.speak(unsent_); !spoken) {
                return give_up(std::move(spoken).error());
            }
        }
        const bool sent = send();
        const bool received = receive();
        const auto now = steady_clock::now();
        if (received || sent) {
            // Who is given something has to be given time for it.
            heard_ = now;
        } else if (auto error = ending()) {
            if (stopping_ != Stopping::No) {
                error->kind = ErrorKind::Cancelled;
            }
            return give_up(*std::move(error));
        }
        if (options_.stop.stop_requested()) {
            stop_further(now);
            if (over_) {
                return Error{ErrorKind::Cancelled, over_->message};
            }
        } else if (auto error = passed_limit(now)) {
            return give_up(*std::move(error));
        }
        if (!received && !sent) {
            wait(now);
        }
    }
}

/// Hands on all whole frames. While the plugin is being stopped its events are dropped: the core
/// wants no more of them.
Result<std::optional<Closing>> ProcessSession::hear_received(Conversation& conversation) {
    for (bool delivered = false; true; delivered = true) {
        auto frame = frames_.next();
        if (!frame) {
            return give_up(
                fatal(fmt::format("broke the frame protocol ({})", frame.error().message)));
        }
        if (!*frame) {
            if (delivered) {
                // The receiver may have taken long, which is not the plugin's silence.
                heard_ = steady_clock::now();
            }
            return std::optional<Closing>();
        }
        if ((*frame)->type == FrameType::Finished) {
            if (auto closing = parse_closing(**frame)) {
                return std::optional<Closing>(std::move(closing));
            }
            return give_up(fatal("broke the frame protocol (a malformed closing frame)"));
        }
        if (stopping_ == Stopping::No) {
            if (const auto fault = conversation.hear(**frame)) {
                return give_up(fatal(*fault));
            }
        }
    }
}

/// \return Whether bytes came.
bool ProcessSession::receive() {
    if (frames_ended_) {
        return false;
    }
    const auto room = frames_.space();
    const auto got = ::recv(host_->frames(), room.data(), room.size(), MSG_DONTWAIT);
    if (got > 0) {
        frames_.commit(static_cast<std::size_t>(got));
        return true;
    }
    if (got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) {
        frames_ended_ = true;
    }
    return false;
}

/// \return Whether bytes went.
bool ProcessSession::send() {
    if (unsent_.empty()) {
        return false;
    }
    const auto sent =
        ::send(host_->frames(), unsent_.data(), unsent_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) {
        unsent_.erase(0, static_cast<std::size_t>(sent));
        return true;
    }
    if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
        // The plugin has ended; what is received, or not any more, tells how.
        unsent_.clear();
    }
    return false;
}

/// With all frames taken: whether the plugin has come to its end, and how. The frames and the
/// supervisor's word come by two channels, so the second is waited for a little.
std::optional<Error> ProcessSession::ending() {
    host_->hear_supervisor();
    const bool supervisor_done = host_->worker_end() || host_->supervisor_is_gone();
    if (!frames_ended_ && !supervisor_done) {
        return std::nullopt;
    }
    const auto now = steady_clock::now();
    if (!half_closed_since_) {
        half_closed_since_ = now;
    }
    if (!(frames_ended_ && supervisor_done) && now - *half_closed_since_ < kEndGrace) {
        return std::nullopt;
    }
    return error_of_end();
}

Error ProcessSession::error_of_end() const {
    const auto& end = host_->worker_end();
    const auto& limits = options_.limits;
    if (!end) {
        return fatal(host_->supervisor_is_gone() ? "lost its host process"
                                                 : "closed its connection to the core");
    }
    switch (end->how) {
    case WorkerEnd::How::MemoryLimit:
        return fatal(fmt::format("passed memory_bytes_max ({} bytes allowed, {} resident) and was "
                                 "ended",
                                 limits.memory_bytes_max, end->resident_bytes));
    case WorkerEnd::How::Signalled:
        if (end->value == SIGXFSZ) {
            return fatal(fmt::format("passed file_bytes_max ({} bytes) and was ended",
                                     limits.file_bytes_max));
        }
        return fatal(fmt::format("was ended by {}", signal_text(end->value)));
    case WorkerEnd::How::Killed:
        return fatal("was ended by the core");
    case WorkerEnd::How::Exited:
        break;
    }
    if (end->value == static_cast<std::uint64_t>(kExitConnectionLost)) {
        return fatal("closed its connection to the core");
    }
    return fatal(fmt::format("ended with exit code {}", end->value));
}

std::optional<Error> ProcessSession::passed_limit(steady_clock::time_point now) const {
    const auto& limits = options_.limits;
    // Once a channel is closed, silence is no news: the end's cause is on its way.
    if (!half_closed_since_ && now - heard_ >= limits.silence_max) {
        return fatal(fmt::format("said nothing for {} s (silence_max) and was ended",
                                 limits.silence_max.count()));
    }
    if (now - began_ >= limits.total_max) {
        return fatal(fmt::format("took longer than {} s (total_max) and was ended",
                                 limits.total_max.count()));
    }
    return std::nullopt;
}

/// Asks the plugin to stop, and then asks less kindly.
void ProcessSession::stop_further(steady_clock::time_point now) {
    if (stopping_ == Stopping::No) {
        append_frame(unsent_, FrameType::Cancel);
        send();
    } else if (now - stopping_since_ < kCancelGrace) {
        return;
    } else if (stopping_ == Stopping::Asked) {
        host_->terminate();
    } else {
        give_up(fatal("did not stop when it was asked to, and was ended"));
        return;
    }
    stopping_ = stopping_ == Stopping::No ? Stopping::Asked : Stopping::Terminated;
    stopping_since_ = now;
}

void ProcessSession::wait(steady_clock::time_point now) {
    auto until = std::min(heard_ + options_.limits.silence_max, began_ + options_.limits.total_max);
    if (stopping_ != Stopping::No) {
        until = stopping_since_ + kCancelGrace;
    }
    if (half_closed_since_) {
        until = std::min(until, *half_closed_since_ + kEndGrace);
    }
    const auto left = std::chrono::duration_cast<milliseconds>(until - now).count();
    constexpr std::int64_t kWaitMsMax = 60'000;
    // A channel that is closed is always ready: it is left out, or the wait would spin.
    std::array<pollfd, 3> waiting{
        pollfd{frames_ended_ ? -1 : host_->frames(),
               static_cast<short>(unsent_.empty() ? POLLIN : POLLIN | POLLOUT), 0},
        pollfd{host_->supervisor_is_gone() ? -1 : host_->control(), POLLIN, 0},
        pollfd{stopping_ == Stopping::No ? wake_.get() : -1, POLLIN, 0}};
    ::poll(waiting.data(), waiting.size(),
           static_cast<int>(std::clamp<std::int64_t>(left + 1, 0, kWaitMsMax)));
}

Result<void> ProcessSession::result_of(Closing closing) const {
    if (stopping_ != Stopping::No) {
        return Error{ErrorKind::Cancelled,
                     fmt::format("plugin '{}' was stopped {}", plugin_, doing_)};
    }
    if (closing.status == COTERIE_OK) {
        return {};
    }
    Error error{kind_of(closing.status), redactor_.redact(closing.message)};
    if (closing.retry_after_ms > 0) {
        constexpr std::uint64_t kWaitMsMax = 24ULL * 3600 * 1000;
        error.retry_after =
            milliseconds(static_cast<std::int64_t>(std::min(closing.retry_after_ms, kWaitMsMax)));
    }
    if (error.kind == ErrorKind::Cancelled) {
        error = fatal("ended its call as cancelled, and nobody had asked it to");
    }
    return error;
}

/// Ends the host and all that the plugin started; every later call gives this error too.
Error ProcessSession::give_up(Error error) {
    host_->kill();
    capture_->stop();
    over_ = error;
    return error;
}

}  // namespace

Result<std::unique_ptr<Session>>
open_isolated(const Installed& plugin, const nlohmann::json& config, SessionOptions options) {
    std::error_code error;
    HostSetup setup{plugin, std::filesystem::absolute(options.workspace, error), options.limits};
    setup.plugin.library = std::filesystem::absolute(plugin.library, error);
    auto session = std::make_unique<ProcessSession>(plugin, std::move(options));
    COTERIE_TRY_VOID(session->open(setup, config.dump()));
    return std::unique_ptr<Session>(std::move(session));
}

}  // namespace coterie::plugin
