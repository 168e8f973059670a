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
    Listener(CommandQueue& queue, FrameSink& sink, std::atomic<bool>& cancelled)
        : queue_(queue), sink_(sink), cancelled_(cancelled) {}

    void run() {
        while (take_frames() && sink_.flush_if_older(kBatchAgeMax)) {
            pollfd waiting{kFramesDescriptor, POLLIN, 0};
            if (::poll(&waiting, 1, static_cast<int>(kBatchAgeMax.count())) > 0 && !receive()) {
                break;
            }
        }
        // No more words from the core: what runs is to end, and nothing follows it.
        cancelled_ = true;
        queue_.push({FrameType::Close, {}, {}, {}});
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
        if (frame.type == FrameType::Cancel) {
            cancelled_ = true;
            return;
        }
        FieldReader fields(frame.payload);
        Command command{frame.type, {}, {}, {}};
        if (frame.type == FrameType::Open || frame.type == FrameType::Read) {
            command.first = fields.bytes();
        }
        if (frame.type == FrameType::Read) {
            command.second = fields.bytes();
            command.third = fields.bytes();
        }
        cancelled_ = false;
        queue_.push(std::move(command));
    }

    CommandQueue& queue_;
    FrameSink& sink_;
    std::atomic<bool>& cancelled_;
    FrameDecoder decoder_{kCommandBytesMax};
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
    Worker(const HostSetup& setup, FrameSink& sink, const std::atomic<bool>& cancelled)
        : setup_(setup), sink_(sink), is_cancelled_([&cancelled] { return cancelled.load(); }) {}

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
    HostCalls::IsCancelled is_cancelled_;
    std::unique_ptr<Instance> instance_;
};

}  // namespace

void work(const HostSetup& setup, pid_t supervisor) {
    give_up_rights(setup, supervisor);
    FrameSink sink(kFramesDescriptor);
    std::atomic<bool> cancelled = false;
    CommandQueue queue;
    Listener listener(queue, sink, cancelled);
    std::thread([&listener] {
        // Signals are for the plugin's thread.
        sigset_t all;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
        listener.run();
    }).detach();
    try {
        Worker(setup, sink, cancelled).run(queue);
    } catch (const ConnectionLost&) {
        ::_exit(kExitConnectionLost);
    }
    // Without the destructors of globals: a plugin's may hang, and nothing is left to save.
    ::_exit(0);
}

}  // namespace coterie::plugin
