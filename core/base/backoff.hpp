/// Waiting before another try.
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>

namespace coterie {

/// How long to wait before try `attempt` + 1: as the other side said, else exponentially longer,
/// with jitter so that those that failed together do not come back together. A minute at most.
/// \param attempt  how many tries there were; from 1.
std::chrono::milliseconds backoff(unsigned attempt,
                                  std::optional<std::chrono::milliseconds> retry_after);

/// Waits, but not beyond a request to stop.
void pause(std::chrono::milliseconds wait, const std::stop_token& stop);

}  // namespace coterie
