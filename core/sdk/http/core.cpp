#include "sdk/http/core.hpp"

#include <algorithm>

namespace coterie::http {

namespace {

/// Lines of other threads that wait for the sink's thread; more are left out.
constexpr std::size_t kLinesMax = 1000;

}  // namespace

void Core::stop() {
    stopped_ = true;
    const std::lock_guard lock(mutex_);
    stopping_.notify_all();
}

bool Core::look() {
    if (!is_stopped() && sink_ != nullptr && std::this_thread::get_id() == owner_ &&
        sink_->cancelled()) {
        stop();
    }
    return is_stopped();
}

void Core::throw_if_stopped() {
    tell_kept_lines();
    if (look()) {
        throw Sink::Stopped{COTERIE_CANCELLED};
    }
}

void Core::log(LogLevel level, std::string message) {
    if (sink_ == nullptr) {
        return;
    }
    if (std::this_thread::get_id() == owner_) {
        tell_kept_lines();
        sink_->log(level, message);
        return;
    }
    const std::lock_guard lock(mutex_);
    if (lines_.size() < kLinesMax) {
        lines_.emplace_back(level, std::move(message));
    }
}

void Core::tell_kept_lines() {
    if (sink_ == nullptr || std::this_thread::get_id() != owner_) {
        return;
    }
    std::vector<std::pair<LogLevel, std::string>> lines;
    {
        const std::lock_guard lock(mutex_);
        lines.swap(lines_);
    }
    for (const auto& [level, message] : lines) {
        sink_->log(level, message);
    }
}

void Core::wait_until(Time time) {
    while (true) {
        throw_if_stopped();
        std::unique_lock lock(mutex_);
        const Time now = Clock::now();
        if (now >= time) {
            return;
        }
        if (!is_stopped()) {
            stopping_.wait_until(lock, std::min(time, now + kLookEvery));
        }
    }
}

}  // namespace coterie::http
