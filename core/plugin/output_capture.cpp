#include "plugin/output_capture.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <array>
#include <cerrno>

namespace coterie::plugin {

void OutputKeeper::append(std::string_view piece) {
    const std::scoped_lock lock(mutex_);
    keep(redactor_.push(piece));
}

void OutputKeeper::finish() {
    const std::scoped_lock lock(mutex_);
    keep(redactor_.finish());
}

void OutputKeeper::keep(std::string_view text) {
    kept_ += text;
    // Cut only when twice as much is there: cutting moves all that is kept.
    if (kept_.size() > 2 * bytes_max_) {
        const auto surplus = kept_.size() - bytes_max_;
        kept_.erase(0, surplus);
        dropped_bytes_ += surplus;
    }
}

PluginOutput OutputKeeper::output() const {
    const std::scoped_lock lock(mutex_);
    const auto surplus = kept_.size() > bytes_max_ ? kept_.size() - bytes_max_ : 0;
    return {kept_.substr(surplus), dropped_bytes_ + surplus};
}

OutputCapture::OutputCapture(FileDescriptor pipe, OutputKeeper& keeper)
    : pipe_(std::move(pipe)), stop_event_(::eventfd(0, EFD_CLOEXEC)), keeper_(keeper) {
    ::fcntl(pipe_.get(), F_SETFL, O_NONBLOCK);
    thread_ = std::thread([this] { run(); });
}

void OutputCapture::stop() {
    if (!thread_.joinable()) {
        return;
    }
    ::eventfd_write(stop_event_.get(), 1);
    thread_.join();
    keeper_.finish();
}

void OutputCapture::run() {
    // After the stop, the pipe's buffer is the most that can still be in it; a process that
    // outlived all our kills could otherwise fill it for ever.
    constexpr int kReadsAfterStopMax = 16;
    std::vector<char> buffer(std::size_t{64} << 10);
    int reads_after_stop = 0;
    bool stopped = false;
    while (reads_after_stop < kReadsAfterStopMax) {
        const auto got = ::read(pipe_.get(), buffer.data(), buffer.size());
        if (got > 0) {
            keeper_.append({buffer.data(), static_cast<std::size_t>(got)});
            reads_after_stop += stopped ? 1 : 0;
            if (stopped) {
                continue;
            }
        } else if (got == 0 || (errno != EAGAIN && errno != EINTR) || stopped) {
            return;
        }
        std::array<pollfd, 2> waiting{pollfd{pipe_.get(), POLLIN, 0},
                                      pollfd{stop_event_.get(), POLLIN, 0}};
        ::poll(waiting.data(), waiting.size(), -1);
        stopped = (waiting[1].revents & POLLIN) != 0;
    }
}

}  // namespace coterie::plugin
