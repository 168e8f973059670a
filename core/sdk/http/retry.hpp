/// When a request is sent again, and after how long. Pure: no clock, no network.
#pragma once

#include "coterie/http.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string_view>

namespace coterie::http {

/// A date of HTTP (RFC 9110, 5.6.7) in any of its three forms, as seconds since 1970.
std::optional<std::int64_t> http_date(std::string_view text);

/// What Retry-After asks for: seconds, or a date, which is held against the answer's own Date, so
/// that neither clock needs to be right. \param now  Where the answer has no Date: seconds since
/// 1970. \return Nothing where it asks for nothing; never less than 0.
std::optional<std::chrono::milliseconds> retry_after(const Response& response, std::int64_t now);

/// Whether a status says that the same request may be answered later: 408, 425, 429 and 5xx but
/// for those that say "never".
bool is_passing(long status);
/// Whether the server said that it did nothing: so it does no harm to ask again.
bool is_refusal(long status);

/// The waits between the tries of one request: exponential, "equal jitter" (at least half of it),
/// so that many who were refused together do not come back together.
class Backoff {
  public:
    Backoff(std::chrono::milliseconds first, std::chrono::milliseconds max, std::uint32_t seed)
        : first_(first), max_(max), random_(seed) {}
    /// \param attempt  1 after the first try.
    std::chrono::milliseconds after(unsigned attempt);

  private:
    std::chrono::milliseconds first_, max_;
    std::minstd_rand random_;
};

}  // namespace coterie::http
