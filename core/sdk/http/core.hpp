/// The core, as several threads may speak to it through a Sink that belongs to one of them.
#pragma once

#include "coterie/connector.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace coterie::http {

using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;

/// Any thread, unless said otherwise.
class Core {
  public:
    /// The thread that calls this is the one that uses the sink. \param sink  May be null.
    explicit Core(Sink* sink) : sink_(sink), owner_(std::this_thread::get_id()) {}

    void stop();
    [[nodiscard]] bool is_stopped() const { return stopped_.load(std::memory_order_relaxed); }
    /// Looks whether the core wants to stop, where this thread may. \return Whether it does.
    bool look();
    /// \throws Sink::Stopped
    void throw_if_stopped();

    /// A line for the log: at once, or when the sink's thread comes by.
    void log(LogLevel level, std::string message);

    /// \throws Sink::Stopped
    void wait_until(Time time);
    /// Waits on a condition of the caller's, looking at the core now and then.
    /// \throws Sink::Stopped
    template <class Ready>
    void wait(std::unique_lock<std::mutex>& lock, std::condition_variable& changed, Ready&& ready) {
        while (!ready()) {
            throw_if_stopped();
            changed.wait_for(lock, kLookEvery);
        }
    }

    static constexpr std::chrono::milliseconds kLookEvery{50};

  private:
    void tell_kept_lines();

    Sink* const sink_;
    const std::thread::id owner_;
    std::atomic<bool> stopped_ = false;
    std::mutex mutex_;  ///< guards what follows
    std::condition_variable stopping_;
    std::vector<std::pair<LogLevel, std::string>> lines_;
};

}  // namespace coterie::http
