#include "store/run_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

namespace coterie::store {

namespace {

/// What the holder wrote: "PID HOST STARTED\n".
struct Holder {
    std::string process, host, started;
};

Holder read_holder(int descriptor) {
    std::array<char, 512> buffer{};
    const ssize_t size = ::pread(descriptor, buffer.data(), buffer.size() - 1, 0);
    std::string_view text(buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    text = text.substr(0, text.find('\n'));
    const auto next_word = [&text] {
        const auto word = text.substr(0, text.find(' '));
        text.remove_prefix(std::min(text.size(), word.size() + 1));
        return std::string(word);
    };
    Holder holder;
    holder.process = next_word();
    holder.host = next_word();
    holder.started = next_word();
    return holder;
}

std::string span_text(std::chrono::seconds span) {
    const auto seconds = std::max<std::int64_t>(0, span.count());
    if (seconds < 60) {
        return fmt::format("{} s", seconds);
    }
    if (seconds < 3600) {
        return fmt::format("{} min", seconds / 60);
    }
    return fmt::format("{} h {} min", seconds / 3600, seconds / 60 % 60);
}

Error refusal(const std::filesystem::path& store, const Holder& holder, Timestamp now) {
    std::string who = "another process";
    if (!holder.process.empty()) {
        who = fmt::format("process {} on {}", holder.process, holder.host);
        if (const auto started = from_rfc3339(holder.started)) {
            who += fmt::format(", running for {}", span_text(now - *started));
        }
    }
    return Error{ErrorKind::Fatal,
                 fmt::format("store '{}' is being written by another run ({}); wait for it to end, "
                             "or stop it",
                             store.string(), who)};
}

std::string holder_text(Timestamp now) {
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) != 0) {
        std::strcpy(host.data(), "unknown");
    }
    return fmt::format("{} {} {}\n", ::getpid(), host.data(), to_rfc3339(now));
}

}  // namespace

Result<RunLock> RunLock::take(const std::filesystem::path& store, Timestamp now) {
    const auto path = store.string() + ".lock";
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0) {
        return Error{ErrorKind::Fatal,
                     fmt::format("store '{}': opening its lock '{}': {}; the folder must exist and "
                                 "be writable by this user",
                                 store.string(), path, std::strerror(errno))};
    }
    RunLock lock(descriptor);
    int failed = 0;
    do {
        failed = ::flock(descriptor, LOCK_EX | LOCK_NB);
    } while (failed != 0 && errno == EINTR);
    if (failed != 0 && errno == EWOULDBLOCK) {
        return refusal(store, read_holder(descriptor), now);
    }
    if (failed != 0) {
        return Error{ErrorKind::Fatal,
                     fmt::format("store '{}': locking '{}': {}; a file system that knows locks is "
                                 "needed (not every network share does)",
                                 store.string(), path, std::strerror(errno))};
    }
    // Who holds the lock is a courtesy to whoever is refused; the lock holds without it, so a full
    // disk does not matter here (the database's own writing will say so).
    const auto text = holder_text(now);
    if (::ftruncate(descriptor, 0) == 0) {
        [[maybe_unused]] const auto written = ::pwrite(descriptor, text.data(), text.size(), 0);
    }
    return lock;
}

RunLock::~RunLock() {
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

}  // namespace coterie::store
