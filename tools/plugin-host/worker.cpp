#include "worker.hpp"

#include "plugin/events.hpp"
#include "plugin/instance.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace coterie::plugin {
namespace {

constexpr std::chrono::milliseconds kBatchAgeMax{100};
constexpr rlim_t kOpenFilesMax = 1024;

/// One command of the core, out of its frame.
struct Command {
    FrameType type = FrameType::Close;
    std::string first;   ///< config or stream
    std::string second;  ///< cursor
    std::string third;   ///< last_state
    WriteRequest write;
};

/// Deliveries from the thread that listens to the core to the thread that runs the plugin. Any
/// thread. As long as it may be: the plugin's thread asks the core for so many bytes.
class DeliveryQueue {
  public:
    /// A write begins: what is left of another one is nothing to it.
    void clear() {
        const std::scoped_lock lock(mutex_);
        payloads_.clear();
        is_at_end_ = false;
    }
    void push(std::string_view payload) {
        {
            const std::scoped_lock lock(mutex_);
            payloads_.emplace_back(payload);
        }
        filled_.notify_one();
    }
    void end() {
        {
            const std::scoped_lock lock(mutex_);
            is_at_end_ = true;
        }
        filled_.notify_one();
    }
    void cancel() { filled_.notify_one(); }

    /// Waits for the next one. Nothing: the end, or the core has asked to stop.
    std::optional<std::string> pop(const std::atomic<bool>& cancelled) {
        std::unique_lock lock(mutex_);
        // Looked at now and then, since who cancels does not hold the mutex.
        while (!filled_.wait_for(lock, kBatchAgeMax, [&] {
            return !payloads_.empty() || is_at_end_ || cancelled.load();
        })) {
        }
        if (payloads_.empty() || cancelled.load()) {
            return std::nullopt;
        }
        std::string payload = std::move(payloads_.front());
        payloads_.pop_front();
        return payload;
    }

  private:
    std::mutex mutex_;  ///< guards all below
    std::condition_variable filled_;
    std::deque<std::string> payloads_;
    bool is_at_end_ = false;
};

/// What the plugin takes and answers in one write, over the socket.
class SocketFeed final : public DeliveryFeed {
  public:
    SocketFeed(FrameSink& sink, DeliveryQueue& queue, const std::atomic<bool>& cancelled)
        : sink_(sink), queue_(queue), cancelled_(cancelled) {}

    Result<std::optional<Delivery>> next() override {
        // As the core counts them: with the frame's header.
        taken_bytes_ += payload_.empty() ? 0 : payload_.size() + kFrameHeaderBytes;
        if (!has_begun_ || taken_bytes_ >= kWantedBytes / 2) {
            sink_.want(has_begun_ ? taken_bytes_ : kWantedBytes);
            taken_bytes_ = 0;
            has_begun_ = true;
        }
        auto payload = queue_.pop(cancelled_);
        payload_ = payload.value_or(std::string());
        if (cancelled_) {
            return Error{ErrorKind::Cancelled, "the core has asked to stop"};
        }
        if (!payload) {
            return std::optional<Delivery>();
        }
        const auto delivery = parse_delivery(payload_);
        if (!delivery) {
            return Error{ErrorKind::Fatal, "the core sent a malformed delivery"};
        }
        return delivery;
    }
    void answered(std::string_view id, Outcome outcome, std::string_view message) override {
        sink_.answered(id, outcome, message);
    }
    void held(std::string_view why) override { sink_.held(why); }
    void log(LogLevel level, std::string_view message) override { sink_.log(level, message); }
    void progress(std::uint64_t done, std::uint64_t total, std::string_view unit) override {
        sink_.progress(done, total, unit);
    }

  private:
    FrameSink& sink_;
    DeliveryQueue& queue_;
    const std::atomic<bool>& cancelled_;
    std::string payload_;  ///< of the delivery that was given last
    std::uint64_t taken_bytes_ = 0;
    bool has_begun_ = false;
};

/// Commands from the thread that listens to the core to the thread that runs the plugin. Any
/// thread.
class CommandQueue {
  public:
    void push(Command command) {
        {
            const std::scoped_lock lock(mutex_);
            commands_.push_back(std::move(command));
        }
        filled_.notify_one();
    }
    Command pop() {
        std::unique_lock lock(mutex_);
        filled_.wait(lock, [this] { return !commands_.empty(); });
        Command command = std::move(commands_.front());
        commands_.pop_front();
        return command;
    }

  private:
    std::mutex mutex_;  ///< guards `commands_`
    std::condition_variable filled_;
    std::deque<Command> commands_;
};

/// Listens to the core beside the running plugin: cancels it, and sends batches that have waited
/// long enough.
class Listener {
  public:
    Listener(CommandQueue& queue, DeliveryQueue& deliveries, FrameSink& sink,
             std::atomic<bool>& cancelled, std::uint64_t record_bytes_max)
        : queue_(queue), deliveries_(deliveries), sink_(sink), cancelled_(cancelled),
          decoder_(command_bytes_max(record_bytes_max)) {}

    void run() {
        while (take_frames() && sink_.flush_if_older(kBatchAgeMax)) {
            pollfd waiting{kFramesDescriptor, POLLIN, 0};
            if (::poll(&waiting, 1, static_cast<int>(kBatchAgeMax.count())) > 0 && !receive()) {
                break;
            }
        }
        // No more words from the core: what runs is to end, and nothing follows it.
        cancelled_ = true;
        deliveries_.cancel();
        queue_.push({FrameType::Close, {}, {}, {}, {}});
    }

  private:
    bool receive() {
        const auto room = decoder_.space();
        const auto got = ::recv(kFramesDescriptor, room.data(), room.size(), MSG_DONTWAIT);
        if (got > 0) {
            decoder_.commit(static_cast<std::size_t>(got));
        }
        return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
    }

    bool take_frames() {
        while (true) {
            const auto frame = decoder_.next();
            if (!frame) {
                return false;
            }
            if (!*frame) {
                return true;
            }
            take(**frame);
        }
    }

    void take(const Frame& frame) {
        switch (frame.type) {
        case FrameType::Cancel:
            cancelled_ = true;
            deliveries_.cancel();
            return;
        case FrameType::Deliver:
            deliveries_.push(frame.payload);
            return;
        case FrameType::DeliverEnd:
            deliveries_.end();
            return;
        default:
            break;
        }
        FieldReader fields(frame.payload);
        Command command{frame.type, {}, {}, {}, {}};
        if (frame.type == FrameType::Open || frame.type == FrameType::Read) {
            command.first = fields.bytes();
        }
        if (frame.type == FrameType::Read) {
            command.second = fields.bytes();
            command.third = fields.bytes();
        }
        if (frame.type == FrameType::Write) {
            deliveries_.clear();
            command.write.is_complete = fields.number() != 0;
            command.write.is_unchanged = fields.number() != 0;
            command.write.total = fields.number();
            command.write.stream = fields.bytes();
            command.write.about = nlohmann::json::parse(fields.bytes(), nullptr, false);
        }
        cancelled_ = false;
        queue_.push(std::move(command));
    }

    CommandQueue& queue_;
    DeliveryQueue& deliveries_;
    FrameSink& sink_;
    std::atomic<bool>& cancelled_;
    FrameDecoder decoder_;
};

int32_t status_of(ErrorKind kind) {
    switch (kind) {
    case ErrorKind::Transient:
        return COTERIE_TRANSIENT;
    case ErrorKind::Config:
        return COTERIE_CONFIG;
    case ErrorKind::Data:
        return COTERIE_DATA;
    case ErrorKind::Fatal:
        return COTERIE_FATAL;
    case ErrorKind::Cancelled:
        return COTERIE_CANCELLED;
    }
    return COTERIE_FATAL;
}

void limit(decltype(RLIMIT_CORE) resource, rlim_t value) {
    rlimit current{};
    if (::getrlimit(resource, &current) == 0 && current.rlim_max != RLIM_INFINITY) {
        value = std::min(value, current.rlim_max);
    }
    const rlimit wanted{value, value};
    ::setrlimit(resource, &wanted);
}

/// Makes this process the first that the kernel ends when the machine's memory runs out.
void volunteer_for_out_of_memory() {
    const int file = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (file >= 0) {
        static_cast<void>(!::write(file, "1000", 4));
        ::close(file);
    }
}

void give_up_rights(const HostSetup& setup, pid_t supervisor) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != supervisor) {
        ::_exit(1);
    }
    ::setpgid(0, 0);
    ::close(kControlDescriptor);
    ::close_range(static_cast<unsigned>(kControlDescriptor) + 1, ~0U, 0);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    volunteer_for_out_of_memory();
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, setup.limits.file_bytes_max);
    limit(RLIMIT_NOFILE, kOpenFilesMax);
}

/// Runs the commands on this thread, which is the plugin's.
class Worker {
  public:
    Worker(const HostSetup& setup, FrameSink& sink, DeliveryQueue& deliveries,
           const std::atomic<bool>& cancelled)
        : setup_(setup), sink_(sink), deliveries_(deliveries), cancelled_(cancelled),
          is_cancelled_([&cancelled] { return cancelled.load(); }) {}

    void run(CommandQueue& queue) {
        while (true) {
            const Command command = queue.pop();
            if (command.type == FrameType::Close) {
                return;
            }
            const auto result = run(command);
            if (result) {
                sink_.finished(COTERIE_OK, 0, {});
            } else {
                const auto& error = result.error();
                const auto wait = error.retry_after.value_or(std::chrono::milliseconds(0)).count();
                sink_.finished(static_cast<std::uint64_t>(status_of(error.kind)),
                               static_cast<std::uint64_t>(wait), error.message);
            }
        }
    }

  private:
    Result<void> run(const Command& command) {
        if (command.type == FrameType::Open) {
            return open(command.first);
        }
        if (instance_ == nullptr) {
            return Error{ErrorKind::Fatal, "the plugin is not open"};
        }
        if (command.type == FrameType::Check) {
            return instance_->check(sink_, is_cancelled_);
        }
        if (command.type == FrameType::Write) {
            SocketFeed feed(sink_, deliveries_, cancelled_);
            return instance_->write(command.write, feed, is_cancelled_);
        }
        return instance_->read({command.first, command.second, command.third}, sink_, is_cancelled_,
                               setup_.limits.record_bytes_max);
    }

    Result<void> open(const std::string& config) {
        if (::chdir(setup_.workspace.c_str()) != 0) {
            return Error{ErrorKind::Config,
                         fmt::format("the workspace '{}' cannot be entered: {}",
                                     setup_.workspace.string(), std::strerror(errno))};
        }
        COTERIE_TRY(instance_, Instance::open(setup_.plugin, config, sink_, is_cancelled_));
        return {};
    }

    const HostSetup& setup_;
    FrameSink& sink_;
    DeliveryQueue& deliveries_;
    const std::atomic<bool>& cancelled_;
    HostCalls::IsCancelled is_cancelled_;
    std::unique_ptr<Instance> instance_;
};

}  // namespace

void work(const HostSetup& setup, pid_t supervisor) {
    give_up_rights(setup, supervisor);
    FrameSink sink(kFramesDescriptor);
    std::atomic<bool> cancelled = false;
    CommandQueue queue;
    DeliveryQueue deliveries;
    Listener listener(queue, deliveries, sink, cancelled, setup.limits.record_bytes_max);
    std::thread([&listener] {
        // Signals are for the plugin's thread.
        sigset_t all;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
        listener.run();
    }).detach();
    try {
        Worker(setup, sink, deliveries, cancelled).run(queue);
    } catch (const ConnectionLost&) {
        ::_exit(kExitConnectionLost);
    }
    // Without the destructors of globals: a plugin's may hang, and nothing is left to save.
    ::_exit(0);
}

}  // namespace coterie::plugin
