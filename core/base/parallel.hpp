/// Doing one thing to many items on several threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace coterie {

/// As many as the machine runs at once, where `wanted` is 0.
inline unsigned thread_count(unsigned wanted) {
    return wanted != 0 ? wanted : std::max(1U, std::thread::hardware_concurrency());
}

/// Work on items 0 … count-1, started by the constructor and waited for by join(). The caller may
/// do something else in between.
class ParallelWork {
  public:
    /// \param make_worker  called once a thread, on that thread; what it returns is called with
    /// each
    ///                     item's number. Items are handed out in blocks, in no fixed order, so
    ///                     each writes only to a place of its own.
    template <class MakeWorker>
    ParallelWork(unsigned threads, std::size_t count, MakeWorker make_worker) {
        constexpr std::size_t kBlock = 64;
        const std::size_t blocks = (count + kBlock - 1) / kBlock;
        const std::size_t used = std::min<std::size_t>(threads, blocks);
        for (std::size_t t = 0; t < used; ++t) {
            workers_.emplace_back([this, count, make_worker] {
                try {
                    auto work = make_worker();
                    for (std::size_t begin = next_.fetch_add(kBlock); begin < count;
                         begin = next_.fetch_add(kBlock)) {
                        for (std::size_t i = begin; i < std::min(count, begin + kBlock); ++i) {
                            work(i);
                        }
                    }
                } catch (...) {
                    const std::lock_guard lock(mutex_);
                    failure_ = std::current_exception();
                }
            });
        }
    }
    ParallelWork(const ParallelWork&) = delete;
    ParallelWork& operator=(const ParallelWork&) = delete;
    ~ParallelWork() = default;

    /// Waits for all items. \throws what a worker threw (one of them).
    void join() {
        workers_.clear();
        if (failure_) {
            std::rethrow_exception(std::exchange(failure_, nullptr));
        }
    }

  private:
    std::atomic<std::size_t> next_{0};
    std::mutex mutex_;
    std::exception_ptr failure_;
    std::vector<std::jthread> workers_;  // last: joins before the rest goes
};

}  // namespace coterie
