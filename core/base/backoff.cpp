#include "base/backoff.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>

namespace coterie {
namespace {

constexpr std::chrono::milliseconds kBackoffFirst{500};
constexpr std::chrono::milliseconds kBackoffMax{60'000};

}  // namespace

std::chrono::milliseconds backoff(unsigned attempt,
                                  std::optional<std::chrono::milliseconds> retry_after) {
    if (retry_after) {
        return std::min(*retry_after, kBackoffMax);
    }
    const auto doublings = std::min(attempt - 1, 16U);
    const auto longest = std::min(kBackoffFirst * (1U << doublings), kBackoffMax);
    std::minstd_rand random{std::random_device{}()};
    return longest / 2 + std::chrono::milliseconds(random() % (longest.count() / 2 + 1));
}

void pause(std::chrono::milliseconds wait, const std::stop_token& stop) {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any().wait_for(lock, stop, wait, [] { return false; });
}

}  // namespace coterie
