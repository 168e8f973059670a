/// Sends as fast as a limit allows and no faster. Pure: the clock is handed in.
#pragma once

#include "coterie/http.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>

namespace coterie::http {

/// So many sends in any stretch of an interval.
///
/// It keeps the times of the sends and lets the next one go when the one that many before it has
/// left the interval, so no server that counts in fixed or sliding windows sees more than allowed.
/// The interval is taken a little longer (1 %, 5 to 250 ms), since what is sent evenly does not
/// arrive evenly. A pace, somewhat faster than the limit, keeps the sends of one interval from
/// going all at once, for servers that allow only small bursts.
class Window {
  public:
    using Time = std::chrono::steady_clock::time_point;

    explicit Window(Rate rate);
    [[nodiscard]] bool has_limit() const { return count_max_ > 0; }
    [[nodiscard]] const Rate& rate() const { return rate_; }
    /// Keeps what was sent.
    void change(Rate rate);

    /// When the next may go; not after `now`: at once.
    [[nodiscard]] Time next(Time now) const;
    void add(Time time);
    /// One that was let go at `taken` went in truth at `sent`, not before.
    void correct(Time taken, Time sent);
    /// How many went in the interval that ended at `time`.
    [[nodiscard]] std::size_t count_until(Time time) const;
    [[nodiscard]] std::size_t count_max() const { return count_max_; }

  private:
    void set(Rate rate);

    Rate rate_;
    std::size_t count_max_ = 0;
    std::chrono::nanoseconds interval_{0}, gap_{0};
    std::deque<Time> sent_;  ///< in order; of the last two intervals
};

/// The limits of one vendor. One thread at a time.
class RateLimiter {
  public:
    using Time = Window::Time;

    /// \param at_once_max  So many answers may be on their way.
    RateLimiter(Rate rate, Rate rate_max, RateHeaders headers, unsigned at_once_max);

    /// Lets one go at `now`, or tells when to ask again.
    std::optional<Time> take(Time now);
    /// The one that was let go at `taken` went at `sent`: it had to connect before.
    void correct(Time taken, Time sent);
    /// What an answer says of the limits. \param sent  When its request went. \param unix_now
    /// Seconds since 1970, for answers without a Date.
    void learn(const Response& response, Time sent, Time now, std::int64_t unix_now);
    /// The server refused: nothing goes before `until`.
    void close(Time until);

    /// What the day's limit says, where it is used up.
    [[nodiscard]] std::optional<std::string> day_is_used_up(Time now) const;
    [[nodiscard]] const LimitsLeft& left() const { return left_; }
    [[nodiscard]] const Rate& rate() const { return vendor_.rate(); }

  private:
    void learn_rate(const Response& response);
    void learn_others(double remaining, Time sent);
    void learn_reset(const Response& response, Time sent, Time now, std::int64_t unix_now);
    void learn_day(const Response& response, Time now);

    const RateHeaders headers_;
    const unsigned at_once_max_;
    const bool is_persons_;  ///< the rate that the vendor's is taken for
    Window vendor_, person_;
    LimitsLeft left_;
    Time closed_until_{};
    std::optional<Time> others_seen_;  ///< the last time that others were found to use the limit
    /// Of vendors that tell what remains and until when, but not the interval.
    std::optional<double> remaining_;
    Time reset_at_{};
    Time remaining_of_{};  ///< when the request went that it was told to
    std::size_t sent_since_ = 0;
    std::deque<Time> last_taken_;  ///< whose answers may still be on their way
    std::optional<Time> day_ended_;
};

}  // namespace coterie::http
