#include "sdk/http/rate_limit.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>

namespace coterie::http {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

namespace {

/// Beyond it only the pace counts: so many times are not kept.
constexpr double kCountMax = 100'000;
constexpr nanoseconds kMarginMin = milliseconds(5);
constexpr nanoseconds kMarginMax = milliseconds(250);
/// How much faster than the limit the pace is, so that the limit and not the pace decides.
constexpr double kPace = 1.05;
/// The part of the limit that may go at once.
constexpr double kBurst = 0.1;
constexpr std::size_t kBurstMax = 10;
/// A vendor's day may end while we run: after so long one request asks again.
constexpr std::chrono::minutes kAskAgainAfter{60};

/// The number at the beginning of a header: "100", "100;w=10".
std::optional<double> number_of(std::string_view text) {
    double number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    if (parsed.ec != std::errc() || !std::isfinite(number) || number < 0) {
        return std::nullopt;
    }
    return number;
}

std::optional<double> header_number(const Response& response, const std::string& name) {
    return name.empty() ? std::nullopt : number_of(response.header(name));
}

std::size_t burst_of(std::size_t count_max) {
    const auto tenth = static_cast<std::size_t>(static_cast<double>(count_max) * kBurst);
    return std::clamp<std::size_t>(tenth, 1, kBurstMax);
}

}  // namespace

// --- Window --------------------------------------------------------------------------------------

Window::Window(Rate rate) {
    set(rate);
}

void Window::set(Rate rate) {
    rate_ = rate;
    count_max_ = 0;
    if (!(rate.requests > 0) || rate.interval.count() <= 0) {
        return;
    }
    // 2.5 in a second are 2 in 0.8 seconds; 0.5 in a second are 1 in 2.
    const double whole = std::clamp(std::floor(rate.requests), 1.0, kCountMax);
    const double interval =
        static_cast<double>(nanoseconds(rate.interval).count()) * whole / rate.requests;
    count_max_ = static_cast<std::size_t>(whole);
    const nanoseconds plain{static_cast<std::int64_t>(interval)};
    interval_ = plain + std::clamp(plain / 100, kMarginMin, kMarginMax);
    gap_ = nanoseconds(static_cast<std::int64_t>(interval / whole / kPace));
}

void Window::change(Rate rate) {
    set(rate);
}

Window::Time Window::next(Time now) const {
    if (!has_limit()) {
        return now;
    }
    Time time = now;
    if (sent_.size() >= count_max_) {
        time = std::max(time, sent_[sent_.size() - count_max_] + interval_);
    }
    // Of `burst` in a row the next comes no sooner than their share of the interval after the
    // first.
    const std::size_t burst = burst_of(count_max_);
    if (sent_.size() >= burst) {
        const Time first = sent_[sent_.size() - burst];
        time = std::max(time, first + gap_ * static_cast<std::int64_t>(burst));
    }
    return time;
}

void Window::add(Time time) {
    if (!has_limit()) {
        return;
    }
    sent_.insert(std::upper_bound(sent_.begin(), sent_.end(), time), time);
    const Time old = sent_.back() - 2 * interval_;
    while (sent_.size() > count_max_ && sent_.front() < old) {
        sent_.pop_front();
    }
}

void Window::correct(Time taken, Time sent) {
    const auto found = std::lower_bound(sent_.begin(), sent_.end(), taken);
    if (found != sent_.end() && *found == taken && sent > taken) {
        sent_.erase(found);
        sent_.insert(std::upper_bound(sent_.begin(), sent_.end(), sent), sent);
    }
}

std::size_t Window::count_until(Time time) const {
    const auto begin = std::upper_bound(sent_.begin(), sent_.end(), time - interval_);
    const auto end = std::upper_bound(sent_.begin(), sent_.end(), time);
    return static_cast<std::size_t>(end - begin);
}

// --- RateLimiter ---------------------------------------------------------------------------------

RateLimiter::RateLimiter(Rate rate, Rate rate_max, RateHeaders headers, unsigned at_once_max)
    : headers_(std::move(headers)), at_once_max_(std::max(1U, at_once_max)),
      is_persons_(rate.requests == rate_max.requests && rate.interval == rate_max.interval),
      vendor_(rate), person_(rate_max) {}

std::optional<RateLimiter::Time> RateLimiter::take(Time now) {
    Time next = std::max({closed_until_, vendor_.next(now), person_.next(now)});
    if (remaining_ && reset_at_ > now && *remaining_ <= static_cast<double>(sent_since_)) {
        next = std::max(next, reset_at_);
    }
    if (next > now) {
        return next;
    }
    if (remaining_ && reset_at_ <= now) {
        remaining_.reset();
    }
    ++sent_since_;
    last_taken_.push_back(now);
    if (last_taken_.size() > at_once_max_) {
        last_taken_.pop_front();
    }
    vendor_.add(now);
    person_.add(now);
    return std::nullopt;
}

void RateLimiter::correct(Time taken, Time sent) {
    vendor_.correct(taken, sent);
    person_.correct(taken, sent);
}

void RateLimiter::close(Time until) {
    closed_until_ = std::max(closed_until_, until);
}

void RateLimiter::learn(const Response& response, Time sent, Time now, std::int64_t unix_now) {
    learn_rate(response);
    learn_day(response, now);
    if (const auto remaining = header_number(response, headers_.remaining)) {
        left_.remaining = remaining;
        learn_others(*remaining, sent);
        learn_reset(response, sent, now, unix_now);
    }
}

void RateLimiter::learn_rate(const Response& response) {
    const auto limit = header_number(response, headers_.limit);
    const auto interval = header_number(response, headers_.interval_ms);
    if (limit) {
        left_.limit = limit;
    }
    Rate rate = vendor_.rate();
    rate.requests = limit.value_or(rate.requests);
    if (interval && *interval >= 1 && *interval <= 1e11) {
        rate.interval = milliseconds(static_cast<std::int64_t>(*interval));
    } else if (!vendor_.has_limit() || is_persons_) {
        return;  // so many in how long?
    }
    if (rate.requests > 0 &&
        (rate.requests != vendor_.rate().requests || rate.interval != vendor_.rate().interval)) {
        vendor_.change(rate);
    }
}

/// Others use the same key where less remains than we left over. What they sent counts as sent.
void RateLimiter::learn_others(double remaining, Time sent) {
    if (!vendor_.has_limit() || (others_seen_ && sent <= *others_seen_)) {
        return;  // an answer on its way when they were found has seen them too
    }
    const auto count_max = static_cast<double>(vendor_.count_max());
    if (vendor_.rate().requests != count_max || (left_.limit && *left_.limit != count_max)) {
        return;  // told of a limit that is another one than ours
    }
    const double ours = count_max - static_cast<double>(vendor_.count_until(sent));
    // Requests overtake each other on their way.
    const double slack = std::min<double>(at_once_max_, std::max(1.0, count_max / 10));
    const double others = std::min(ours, count_max) - remaining;
    if (others <= slack) {
        return;
    }
    others_seen_ = sent;
    for (double i = 0; i < others; ++i) {
        vendor_.add(sent);
    }
}

void RateLimiter::learn_reset(const Response& response, Time sent, Time now,
                              std::int64_t unix_now) {
    const auto reset = header_number(response, headers_.reset);
    if (vendor_.has_limit() || !reset || (remaining_ && sent < remaining_of_)) {
        return;
    }
    double seconds = *reset;
    if (seconds > 1e9) {  // since 1970; some vendors write milliseconds
        seconds = (seconds > 1e11 ? seconds / 1000 : seconds) -
                  static_cast<double>(response.server_time().value_or(unix_now));
    }
    if (!(seconds >= 0 && seconds < 1e8)) {
        return;
    }
    remaining_ = left_.remaining;
    remaining_of_ = sent;
    // A second longer: vendors cut the reset to whole seconds.
    reset_at_ = now + milliseconds(static_cast<std::int64_t>(seconds * 1000)) + milliseconds(1000);
    sent_since_ = static_cast<std::size_t>(std::count_if(last_taken_.begin(), last_taken_.end(),
                                                         [&](Time time) { return time > sent; }));
}

void RateLimiter::learn_day(const Response& response, Time now) {
    if (const auto limit = header_number(response, headers_.daily_limit)) {
        left_.daily_limit = limit;
    }
    auto remaining = header_number(response, headers_.daily_remaining);
    if (!headers_.usage.empty()) {  // "api-usage=18/5000"
        std::string_view text = response.header(headers_.usage);
        const auto slash = text.find('/');
        if (slash != std::string_view::npos) {
            std::string_view used = text.substr(0, slash);
            used.remove_prefix(used.find_last_not_of("0123456789.") + 1);
            const auto count = number_of(used);
            const auto limit = number_of(text.substr(slash + 1));
            if (count && limit) {
                left_.daily_limit = limit;
                remaining = std::max(0.0, *limit - *count);
            }
        }
    }
    if (remaining) {
        left_.daily_remaining = remaining;
        day_ended_ = *remaining < 1 ? std::optional<Time>(now) : std::nullopt;
    }
}

std::optional<std::string> RateLimiter::day_is_used_up(Time now) const {
    if (!day_ended_ || now - *day_ended_ > kAskAgainAfter) {
        return std::nullopt;
    }
    std::string limit;
    if (left_.daily_limit) {
        limit =
            " of " + std::to_string(static_cast<std::int64_t>(*left_.daily_limit)) + " requests";
    }
    return "the day's limit" + limit + " is used up";
}

}  // namespace coterie::http
