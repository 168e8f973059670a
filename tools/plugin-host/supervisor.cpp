#include "supervisor.hpp"

#include "plugin/file_descriptor.hpp"
#include "plugin/frames.hpp"
#include "plugin/host_protocol.hpp"
#include "process_tree.hpp"
#include "worker.hpp"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <optional>

namespace coterie::plugin {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// How often the tree's memory is looked at: the second, once half of what is allowed is used.
constexpr milliseconds kMemoryLookEvery{50};
constexpr milliseconds kMemoryLookEveryNearLimit{10};
/// A process that even SIGKILL does not end is stuck in the kernel; longer waits help nobody.
constexpr milliseconds kKillPatience{10'000};

/// The worker's process and the channel to the core.
class Supervisor {
  public:
    Supervisor(const Limits& limits, pid_t worker, int signals, pid_t core)
        : limits_(limits), worker_(worker), signals_(signals), core_(core) {}

    /// Until the worker has ended; all its descendants then have too.
    WorkerEnd watch() {
        while (true) {
            std::array<pollfd, 2> waiting{pollfd{signals_, POLLIN, 0},
                                          pollfd{kControlDescriptor, POLLIN, 0}};
            ::poll(waiting.data(), waiting.size(), static_cast<int>(look_every_.count()));
            const bool must_end = core_wants_end() || core_is_gone();
            reap();
            if (exit_status_) {
                return end_of_worker();
            }
            if (must_end) {
                return end_tree(WorkerEnd::How::Killed);
            }
            resident_bytes_ = resident_bytes(descendants());
            if (resident_bytes_ > limits_.memory_bytes_max) {
                return end_tree(WorkerEnd::How::MemoryLimit);
            }
            look_every_ = resident_bytes_ > limits_.memory_bytes_max / 2 ? kMemoryLookEveryNearLimit
                                                                         : kMemoryLookEvery;
        }
    }

  private:
    /// Takes signals, and says whether one means the core's end. PDEATHSIG comes when the *thread*
    /// that started us ends, so the parent is looked at.
    bool core_is_gone() const {
        signalfd_siginfo signal{};
        while (::read(signals_, &signal, sizeof(signal)) == sizeof(signal)) {
        }
        return ::getppid() != core_;
    }

    bool core_wants_end() {
        const auto room = commands_.space();
        const auto got = ::recv(kControlDescriptor, room.data(), room.size(), MSG_DONTWAIT);
        if (got <= 0) {
            return got == 0 || (errno != EAGAIN && errno != EINTR);
        }
        commands_.commit(static_cast<std::size_t>(got));
        for (auto frame = commands_.next(); frame && *frame; frame = commands_.next()) {
            if ((*frame)->type == FrameType::Kill) {
                return true;
            }
            if ((*frame)->type == FrameType::Terminate) {
                ::kill(-worker_, SIGTERM);
            }
        }
        return false;
    }

    /// Buries the dead, orphans of the worker among them. \return Whether children are left.
    bool reap() {
        int status = 0;
        pid_t dead = 0;
        while ((dead = ::waitpid(-1, &status, WNOHANG)) > 0) {
            if (dead == worker_) {
                exit_status_ = status;
            }
        }
        return dead == 0;
    }

    /// Kills round by round: what was started during a round is found in the next.
    void kill_all() {
        const auto deadline = steady_clock::now() + kKillPatience;
        while (reap() && steady_clock::now() < deadline) {
            for (const auto process : descendants()) {
                ::kill(process, SIGKILL);
            }
            const timespec pause{0, 1'000'000};
            ::nanosleep(&pause, nullptr);
        }
    }

    WorkerEnd end_tree(WorkerEnd::How why) {
        kill_all();
        return {why, 0, resident_bytes_};
    }

    WorkerEnd end_of_worker() {
        kill_all();
        const int status = *exit_status_;
        if (WIFSIGNALED(status)) {
            return {WorkerEnd::How::Signalled, static_cast<std::uint64_t>(WTERMSIG(status)),
                    resident_bytes_};
        }
        return {WorkerEnd::How::Exited, static_cast<std::uint64_t>(WEXITSTATUS(status)),
                resident_bytes_};
    }

    const Limits limits_;
    const pid_t worker_;
    const int signals_;
    const pid_t core_;
    FrameDecoder commands_{kControlBytesMax};
    std::optional<int> exit_status_;
    std::uint64_t resident_bytes_ = 0;
    milliseconds look_every_ = kMemoryLookEvery;
};

std::optional<HostSetup> receive_setup() {
    FrameDecoder decoder(kControlBytesMax);
    while (true) {
        const auto frame = decoder.next();
        if (!frame) {
            return std::nullopt;
        }
        if (*frame) {
            return parse_setup(**frame);
        }
        const auto room = decoder.space();
        const auto got = ::recv(kControlDescriptor, room.data(), room.size(), 0);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return std::nullopt;
        }
        decoder.commit(static_cast<std::size_t>(got));
    }
}

FileDescriptor watch_signals() {
    sigset_t watched;
    ::sigemptyset(&watched);
    for (const int signal : {SIGCHLD, SIGTERM, SIGINT, SIGHUP}) {
        ::sigaddset(&watched, signal);
    }
    ::sigprocmask(SIG_BLOCK, &watched, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
    return FileDescriptor(::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
}

}  // namespace

int supervise() {
    const pid_t core = ::getppid();
    ::close_range(static_cast<unsigned>(kControlDescriptor) + 1, ~0U, 0);
    const FileDescriptor signals = watch_signals();
    // Orphans of the worker, daemons too, become our children and so stay in reach.
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    const auto setup = receive_setup();
    if (!setup) {
        return 2;
    }
    const pid_t supervisor = ::getpid();
    const pid_t worker = ::fork();
    if (worker < 0) {
        std::perror("coterie-plugin-host: cannot start the plugin's process");
        return 1;
    }
    if (worker == 0) {
        work(*setup, supervisor);
    }
    ::setpgid(worker, worker);
    ::close(kFramesDescriptor);
    // The plugin has our user: without this it could take our descriptors and speak for us.
    ::prctl(PR_SET_DUMPABLE, 0);
    const WorkerEnd end = Supervisor(setup->limits, worker, signals.get(), core).watch();
    std::string message;
    append_worker_end(message, end);
    return send_all(kControlDescriptor, message) ? 0 : 1;
}

}  // namespace coterie::plugin
