#include "plugin/host_process.hpp"

#include "base/environment.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>
#include <vector>

namespace coterie::plugin {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// How long the supervisor may take to end a tree of processes before it is ended itself.
constexpr milliseconds kSupervisorPatience{15'000};

Error system_error(std::string_view what) {
    return Error{ErrorKind::Fatal, fmt::format("{}: {}", what, std::strerror(errno))};
}

/// Two ends of a channel. Both numbers lie above those that the host process is given, so that
/// handing one over never overwrites another.
struct Channel {
    FileDescriptor ours;
    FileDescriptor theirs;
};

constexpr int kLowestDescriptor = 10;

Result<Channel> lifted(const int (&pair)[2]) {
    const FileDescriptor first(pair[0]);
    const FileDescriptor second(pair[1]);
    Channel channel{FileDescriptor(::fcntl(first.get(), F_DUPFD_CLOEXEC, kLowestDescriptor)),
                    FileDescriptor(::fcntl(second.get(), F_DUPFD_CLOEXEC, kLowestDescriptor))};
    if (!channel.ours || !channel.theirs) {
        return system_error("the plugin host's channel cannot be made");
    }
    return channel;
}

Result<Channel> make_socket_pair() {
    int pair[2] = {-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        return system_error("the plugin host's channel cannot be made");
    }
    // Room for several batches, so that core and plugin seldom wait for each other.
    const int bytes = 1 << 20;
    for (const int end : pair) {
        ::setsockopt(end, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
    }
    return lifted(pair);
}

Result<Channel> make_pipe() {
    int pair[2] = {-1, -1};
    if (::pipe2(pair, O_CLOEXEC) != 0) {
        return system_error("the plugin host's pipe cannot be made");
    }
    return lifted(pair);
}

Result<fs::path> find_program(const fs::path& wished) {
    fs::path program = wished;
    std::error_code error;
    if (program.empty()) {
        program = fs::read_symlink("/proc/self/exe", error).parent_path() / "coterie-plugin-host";
    }
    if (::access(program.c_str(), X_OK) != 0) {
        return Error{
            ErrorKind::Config,
            fmt::format("the plugin host '{}' cannot be run: {}; install it beside coterie, "
                        "or name it with host_program",
                        program.string(), std::strerror(errno))};
    }
    return program;
}

/// The attributes and file actions of posix_spawn, freed at the end.
struct SpawnPlan {
    posix_spawnattr_t attributes{};
    posix_spawn_file_actions_t actions{};

    SpawnPlan() {
        ::posix_spawnattr_init(&attributes);
        ::posix_spawn_file_actions_init(&actions);
        sigset_t none;
        sigset_t all;
        ::sigemptyset(&none);
        ::sigfillset(&all);
        ::posix_spawnattr_setsigmask(&attributes, &none);
        ::posix_spawnattr_setsigdefault(&attributes, &all);
        // A session of its own: Ctrl-C at the terminal is for the core, which then ends its hosts.
        ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                    POSIX_SPAWN_SETSID);
    }
    ~SpawnPlan() {
        ::posix_spawn_file_actions_destroy(&actions);
        ::posix_spawnattr_destroy(&attributes);
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;

    void hand_over(const FileDescriptor& from, int to) {
        ::posix_spawn_file_actions_adddup2(&actions, from.get(), to);
    }
};

Result<pid_t> spawn(const fs::path& program, const Channel& frames, const Channel& control,
                    const Channel& output) {
    SpawnPlan plan;
    ::posix_spawn_file_actions_addopen(&plan.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    plan.hand_over(output.theirs, STDOUT_FILENO);
    plan.hand_over(output.theirs, STDERR_FILENO);
    plan.hand_over(frames.theirs, kFramesDescriptor);
    plan.hand_over(control.theirs, kControlDescriptor);
    std::string name = program.native();
    std::array<char*, 2> arguments{name.data(), nullptr};
    // Each plugin is given its own secrets by its config: those of the others are none of its
    // business, and whoever may look into /proc sees the environment.
    std::vector<std::string> variables = environment_of_children();
    std::vector<char*> environment;
    for (std::string& variable : variables) {
        environment.push_back(variable.data());
    }
    environment.push_back(nullptr);
    pid_t process = -1;
    const int failed = ::posix_spawn(&process, program.c_str(), &plan.actions, &plan.attributes,
                                     arguments.data(), environment.data());
    if (failed != 0) {
        errno = failed;
        return system_error(fmt::format("the plugin host '{}' cannot be started", name));
    }
    return process;
}

}  // namespace

Result<std::unique_ptr<HostProcess>> HostProcess::start(const fs::path& program,
                                                        const HostSetup& setup) {
    COTERIE_TRY(const auto found, find_program(program));
    COTERIE_TRY(auto frames, make_socket_pair());
    COTERIE_TRY(auto control, make_socket_pair());
    COTERIE_TRY(auto output, make_pipe());
    // The output's reading end comes first in a pipe, as ours does in a channel.
    COTERIE_TRY(const auto process, spawn(found, frames, control, output));
    std::unique_ptr<HostProcess> host(new HostProcess());
    host->process_ = process;
    host->frames_ = std::move(frames.ours);
    host->control_ = std::move(control.ours);
    host->output_ = std::move(output.ours);
    std::string message;
    append_setup(message, setup);
    if (!send_all(host->control_.get(), message)) {
        return system_error("the plugin host ended before it could be told what to load");
    }
    return host;
}

HostProcess::~HostProcess() {
    kill();
}

void HostProcess::say(FrameType command) {
    std::string message;
    append_frame(message, command);
    if (!send_all(control_.get(), message)) {
        supervisor_is_gone_ = true;
    }
}

void HostProcess::terminate() {
    say(FrameType::Terminate);
}

void HostProcess::hear_supervisor() {
    while (!supervisor_is_gone_) {
        const auto room = reports_.space();
        const auto got = ::recv(control_.get(), room.data(), room.size(), MSG_DONTWAIT);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            return;
        }
        if (got <= 0) {
            supervisor_is_gone_ = true;
            return;
        }
        reports_.commit(static_cast<std::size_t>(got));
        for (auto frame = reports_.next(); frame && *frame; frame = reports_.next()) {
            if (const auto end = parse_worker_end(**frame)) {
                worker_end_ = end;
            }
        }
    }
}

void HostProcess::wait_for_end(milliseconds patience) {
    const auto deadline = steady_clock::now() + patience;
    while (!supervisor_is_gone_) {
        const auto left =
            std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now()).count();
        if (left <= 0) {
            return;
        }
        pollfd waiting{control_.get(), POLLIN, 0};
        ::poll(&waiting, 1, static_cast<int>(left) + 1);
        hear_supervisor();
    }
    reap();
}

void HostProcess::kill() {
    if (process_ < 0) {
        return;
    }
    hear_supervisor();
    if (!supervisor_is_gone_) {
        say(FrameType::Kill);
        wait_for_end(kSupervisorPatience);
    }
    reap();
}

void HostProcess::reap() {
    if (process_ < 0) {
        return;
    }
    // Its descendants are gone, or it would not be: closing its channel is the last thing it does.
    // If it has not done so, it hangs.
    ::kill(process_, SIGKILL);
    int status = 0;
    while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
    process_ = -1;
}

}  // namespace coterie::plugin
