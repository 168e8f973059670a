#include "sdk/http/retry.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <string>

namespace coterie::http {

namespace {

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// The number at the beginning, of so many digits at most, which is taken off.
std::optional<int> take_number(std::string_view& text, std::size_t digits_max) {
    while (text.starts_with(' ')) {  // asctime: "Nov  6"
        text.remove_prefix(1);
    }
    const std::size_t digits =
        std::min({text.find_first_not_of("0123456789"), text.size(), digits_max});
    int number = 0;
    if (digits == 0 ||
        std::from_chars(text.data(), text.data() + digits, number).ec != std::errc()) {
        return std::nullopt;
    }
    text.remove_prefix(digits);
    return number;
}

bool take(std::string_view& text, char c) {
    const bool is_there = text.starts_with(c);
    text.remove_prefix(is_there ? 1 : 0);
    return is_there;
}

/// 1 to 12.
std::optional<int> take_month(std::string_view& text) {
    const auto* const found = std::find(kMonths.begin(), kMonths.end(), text.substr(0, 3));
    if (found == kMonths.end()) {
        return std::nullopt;
    }
    text.remove_prefix(3);
    return static_cast<int>(found - kMonths.begin()) + 1;
}

struct Moment {
    std::optional<int> year, month, day, hour, minute, second;
};

void take_clock(std::string_view& text, Moment& moment) {
    moment.hour = take_number(text, 2);
    take(text, ':');
    moment.minute = take_number(text, 2);
    take(text, ':');
    moment.second = take_number(text, 2);
}

std::optional<std::int64_t> seconds_of(const Moment& m) {
    if (!m.year || !m.month || !m.day || !m.hour || !m.minute || !m.second) {
        return std::nullopt;
    }
    const std::chrono::year_month_day day{std::chrono::year(*m.year),
                                          std::chrono::month(static_cast<unsigned>(*m.month)),
                                          std::chrono::day(static_cast<unsigned>(*m.day))};
    if (!day.ok() || *m.hour > 23 || *m.minute > 59 || *m.second > 60) {
        return std::nullopt;
    }
    const auto days = std::chrono::sys_days(day).time_since_epoch().count();
    return std::int64_t{days} * 86'400 + *m.hour * 3'600 + *m.minute * 60 + *m.second;
}

}  // namespace

std::optional<std::int64_t> http_date(std::string_view text) {
    Moment moment;
    const auto comma = text.find(',');
    if (comma == std::string_view::npos) {  // asctime: "Sun Nov  6 08:49:37 1994"
        text.remove_prefix(std::min<std::size_t>(text.size(), 4));
        moment.month = take_month(text);
        moment.day = take_number(text, 2);
        take(text, ' ');
        take_clock(text, moment);
        moment.year = take_number(text, 4);
        return text.empty() ? seconds_of(moment) : std::nullopt;
    }
    text.remove_prefix(comma + 1);
    moment.day = take_number(text, 2);
    const bool is_old = text.starts_with('-');  // "Sunday, 06-Nov-94 08:49:37 GMT"
    text.remove_prefix(text.empty() ? 0 : 1);
    moment.month = take_month(text);
    text.remove_prefix(text.empty() ? 0 : 1);
    moment.year = take_number(text, 4);
    if (is_old && moment.year && *moment.year < 100) {
        *moment.year += *moment.year < 70 ? 2000 : 1900;
    }
    take(text, ' ');
    take_clock(text, moment);
    return text == " GMT" || text == " UTC" ? seconds_of(moment) : std::nullopt;
}

std::optional<std::chrono::milliseconds> retry_after(const Response& response, std::int64_t now) {
    const std::string_view text = response.header("retry-after");
    double seconds = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (failed == std::errc() && end == text.data() + text.size()) {
        if (!(seconds >= 0 && seconds <= 1e8)) {
            return std::nullopt;
        }
        return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
    }
    const auto date = http_date(text);
    if (!date) {
        return std::nullopt;
    }
    const std::int64_t wait = *date - response.server_time().value_or(now);
    return std::chrono::seconds(std::clamp<std::int64_t>(wait, 0, 100'000'000));
}

bool is_passing(long status) {
    return status == 408 || status == 425 || status == 429 ||
           (status >= 500 && status != 501 && status != 505 && status != 511);
}

bool is_refusal(long status) {
    return status == 425 || status == 429;
}

std::chrono::milliseconds Backoff::after(unsigned attempt) {
    std::chrono::milliseconds wait = first_;
    for (unsigned i = 1; i < attempt && wait < max_; ++i) {
        wait *= 2;
    }
    wait = std::max(std::min(wait, max_), std::chrono::milliseconds(1));
    const std::int64_t half = wait.count() / 2;
    return std::chrono::milliseconds(wait.count() - half) +
           std::chrono::milliseconds(static_cast<std::int64_t>(random_()) % (half + 1));
}

}  // namespace coterie::http
