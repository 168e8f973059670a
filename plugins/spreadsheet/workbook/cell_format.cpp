#include "cell_format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <optional>

namespace spreadsheet {

namespace {

constexpr std::int64_t kSecondsPerDay = 86'400;
/// 9999-12-31 counted from 1900, the last day that spreadsheet programs know.
constexpr double kSerialMax = 2'958'466.0;
/// More digits than any identifier has.
constexpr std::size_t kWholeDigitsMax = 40;

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool starts_with_word(std::string_view text, std::string_view word) {
    return text.size() >= word.size() && std::equal(word.begin(), word.end(), text.begin(),
                                                    [](char a, char b) { return a == lower(b); });
}

/// Walks over the first section of a format code, which is that of positive numbers.
class CodeReader {
  public:
    explicit CodeReader(std::string_view code) : rest_(code) {}

    CellFormat read() {
        while (!rest_.empty() && rest_.front() != ';') {
            step();
        }
        end_run();
        settle_m();
        // Only numbers have optional digits; "d" and its kin are then a unit that nobody quoted.
        if (is_number_) {
            return {.is_percent = format_.is_percent};
        }
        return format_;
    }

  private:
    void step() {
        const char c = rest_.front();
        if (c == '"') {
            const std::size_t close = rest_.find('"', 1);
            rest_.remove_prefix(close == std::string_view::npos ? rest_.size() : close + 1);
        } else if (c == '\\' || c == '_' || c == '*') {
            rest_.remove_prefix(std::min<std::size_t>(2, rest_.size()));
        } else if (c == '[') {
            bracket();
        } else if (starts_with_word(rest_, "general") || starts_with_word(rest_, "standard")) {
            rest_.remove_prefix(lower(c) == 'g' ? 7 : 8);
        } else if (starts_with_word(rest_, "am/pm") || starts_with_word(rest_, "a/p")) {
            end_run();
            format_.has_time = true;
            rest_.remove_prefix(lower(rest_[1]) == 'm' ? 5 : 3);
        } else if (lower(c) == 'e' && rest_.size() > 1 && (rest_[1] == '+' || rest_[1] == '-')) {
            is_number_ = true;
            rest_.remove_prefix(2);
        } else {
            letter(lower(c));
            rest_.remove_prefix(1);
        }
    }

    /// [h] is elapsed time; a colour, a condition, a currency or a language says nothing here.
    void bracket() {
        const std::size_t close = rest_.find(']');
        const std::string_view inside =
            rest_.substr(1, close == std::string_view::npos ? close : close - 1);
        const char unit = inside.empty() ? '\0' : lower(inside.front());
        if ((unit == 'h' || unit == 'm' || unit == 's') &&
            std::all_of(inside.begin(), inside.end(), [&](char c) { return lower(c) == unit; })) {
            end_run();
            format_.is_elapsed = true;
            previous_ = unit;
        }
        rest_.remove_prefix(close == std::string_view::npos ? rest_.size() : close + 1);
    }

    void letter(char c) {
        if (c != run_ && run_ != '\0') {
            end_run();
        }
        switch (c) {
        case 'y':
        case 'd':
        case 'b':
        case 'e':
        case 'g':
        case 'a':
            format_.has_date = true;
            previous_ = c;
            break;
        case 'h':
        case 's':
            format_.has_time = true;
            if (c == 's' && has_open_m_) {  // "mm:ss": the m before it were minutes
                has_open_m_ = false;
            }
            previous_ = c;
            break;
        case 'm':
            run_ = 'm';
            ++run_length_;
            break;
        case '%':
            format_.is_percent = true;
            break;
        case '#':
        case '?':
            is_number_ = true;
            break;
        default:
            break;
        }
    }

    /// A run of m is minutes behind h, or before s, else months.
    void end_run() {
        if (run_ == 'm') {
            settle_m();
            if (run_length_ >= 3) {
                format_.has_date = true;
            } else if (previous_ == 'h') {
                format_.has_time = true;
            } else {
                has_open_m_ = true;
            }
            previous_ = 'm';
        }
        run_ = '\0';
        run_length_ = 0;
    }

    void settle_m() {
        format_.has_date = format_.has_date || has_open_m_;
        has_open_m_ = false;
    }

    std::string_view rest_;
    CellFormat format_;
    bool is_number_ = false;
    bool has_open_m_ = false;
    char run_ = '\0';
    char previous_ = '\0';
    std::size_t run_length_ = 0;
};

/// \return Nothing for a day that no calendar has.
std::optional<std::chrono::sys_days> day_of(std::int64_t serial, Epoch epoch) {
    using std::chrono::days;
    using std::chrono::sys_days;
    using std::chrono::year;
    if (epoch == Epoch::Year1904) {
        return sys_days(year(1904) / 1 / 1) + days(serial);
    }
    if (serial < 1 || serial == 60) {
        return std::nullopt;
    }
    return sys_days(year(1899) / 12 / (serial < 60 ? 31 : 30)) + days(serial);
}

std::string clock_text(std::int64_t seconds) {
    return fmt::format("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

/// \return Nothing where the number is no date, whatever its format says.
std::optional<std::string> date_text(double serial, CellFormat format, Epoch epoch) {
    if (!(serial >= 0.0 && serial < kSerialMax)) {
        return std::nullopt;
    }
    const auto total =
        static_cast<std::int64_t>(std::llround(serial * static_cast<double>(kSecondsPerDay)));
    const std::int64_t days = total / kSecondsPerDay;
    const std::int64_t seconds = total % kSecondsPerDay;
    if (format.is_elapsed && !format.has_date) {
        return clock_text(total);
    }
    const bool is_time_alone = epoch == Epoch::Year1900 || !format.has_date;
    if (days == 0 && is_time_alone) {
        if (format.has_time || seconds != 0) {
            return clock_text(seconds);
        }
        return std::nullopt;
    }
    const auto day = day_of(days, epoch);
    if (!day) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date(*day);
    std::string text =
        fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    if (format.has_time || seconds != 0) {
        text += "T" + clock_text(seconds);
    }
    return text;
}

/// Digits of a fixed count at the front of `text`, which loses them.
std::optional<unsigned> take_digits(std::string_view& text, std::size_t count) {
    unsigned value = 0;
    if (text.size() < count) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < count; ++i) {
        if (!is_digit(text[i])) {
            return std::nullopt;
        }
        value = value * 10 + static_cast<unsigned>(text[i] - '0');
    }
    text.remove_prefix(count);
    return value;
}

bool take(std::string_view& text, char c) {
    if (text.empty() || text.front() != c) {
        return false;
    }
    text.remove_prefix(1);
    return true;
}

bool take_date(std::string_view& text) {
    const auto year = take_digits(text, 4);
    if (!year || !take(text, '-')) {
        return false;
    }
    const auto month = take_digits(text, 2);
    if (!month || !take(text, '-')) {
        return false;
    }
    const auto day = take_digits(text, 2);
    return day && std::chrono::year_month_day(std::chrono::year(static_cast<int>(*year)),
                                              std::chrono::month(*month), std::chrono::day(*day))
                      .ok();
}

/// "10:30", "10:30:00", "10:30:00.000", each with or without Z. Fractions are cut off.
std::optional<std::string> take_clock(std::string_view text) {
    const auto hour = take_digits(text, 2);
    if (!hour || *hour > 24 || !take(text, ':')) {
        return std::nullopt;
    }
    const auto minute = take_digits(text, 2);
    unsigned second = 0;
    if (!minute || *minute > 59) {
        return std::nullopt;
    }
    if (take(text, ':')) {
        const auto found = take_digits(text, 2);
        if (!found || *found > 60) {
            return std::nullopt;
        }
        second = *found;
        if (take(text, '.') || take(text, ',')) {
            text.remove_prefix(std::min(text.find_first_not_of("0123456789"), text.size()));
        }
    }
    take(text, 'Z');
    return text.empty() ? std::optional(fmt::format("{:02}:{:02}:{:02}", *hour, *minute, second))
                        : std::nullopt;
}

/// "PT10H30M15.5S", "P1DT2H"; what is shorter than a second is cut off.
std::optional<std::string> duration_text(std::string_view text) {
    if (!take(text, 'P')) {
        return std::nullopt;
    }
    std::int64_t total = 0;
    bool is_time = false;
    bool is_empty = true;
    while (!text.empty()) {
        if (!is_time && take(text, 'T')) {
            is_time = true;
            continue;
        }
        std::int64_t value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc() || value < 0 || value > 1'000'000'000) {
            return std::nullopt;
        }
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        if (take(text, '.') || take(text, ',')) {
            text.remove_prefix(std::min(text.find_first_not_of("0123456789"), text.size()));
        }
        if (!is_time && take(text, 'D')) {
            total += value * kSecondsPerDay;
        } else if (is_time && take(text, 'H')) {
            total += value * 3600;
        } else if (is_time && take(text, 'M')) {
            total += value * 60;
        } else if (is_time && take(text, 'S')) {
            total += value;
        } else {
            return std::nullopt;
        }
        is_empty = false;
    }
    return is_empty ? std::nullopt : std::optional(clock_text(total));
}

/// "-1250", without a zero in front: what any reader of decimals gives back digit by digit.
bool is_whole(std::string_view literal) {
    if (literal.starts_with('-')) {
        literal.remove_prefix(1);
    }
    return !literal.empty() && literal.size() <= kWholeDigitsMax &&
           std::all_of(literal.begin(), literal.end(), is_digit) &&
           (literal.front() != '0' || literal.size() == 1);
}

}  // namespace

CellFormat format_of_code(std::string_view code) {
    return CodeReader(code).read();
}

CellFormat format_of_builtin(std::uint32_t id) {
    if (id == 9 || id == 10) {
        return {.is_percent = true};
    }
    // 27 to 36 and 50 to 58 are dates, and some of them times, of Chinese, Japanese and Korean.
    if ((id >= 14 && id <= 17) || (id >= 27 && id <= 36) || (id >= 50 && id <= 58)) {
        return {.has_date = true};
    }
    if ((id >= 18 && id <= 21) || id == 45 || id == 47) {
        return {.has_time = true};
    }
    if (id == 22) {
        return {.has_date = true, .has_time = true};
    }
    if (id == 46) {
        return {.has_time = true, .is_elapsed = true};
    }
    return {};
}

std::string number_text(double value) {
    char buffer[64];
    const double size = std::fabs(value);
    const bool is_plain = size == 0.0 || (size >= 1e-7 && size < 1e21);
    const auto end = is_plain ? std::to_chars(std::begin(buffer), std::end(buffer), value + 0.0,
                                              std::chars_format::fixed)
                              : std::to_chars(std::begin(buffer), std::end(buffer), value);
    return {std::begin(buffer), end.ptr};
}

void set_number(Cell& cell, double value, CellFormat format, Epoch epoch) {
    if (format.is_date()) {
        if (auto text = date_text(value, format, epoch)) {
            cell.kind = CellKind::Date;
            cell.text = std::move(*text);
            return;
        }
    }
    cell.kind = CellKind::Number;
    cell.is_percent = format.is_percent;
    cell.text = number_text(value);
}

void set_number(Cell& cell, std::string_view literal, CellFormat format, Epoch epoch) {
    if (!format.is_date() && is_whole(literal)) {
        cell.kind = CellKind::Number;
        cell.is_percent = format.is_percent;
        cell.text = literal == "-0" ? "0" : literal;
        return;
    }
    double value = 0.0;
    const std::string_view digits = literal.starts_with('+') ? literal.substr(1) : literal;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size() || !std::isfinite(value)) {
        cell.kind = CellKind::Text;
        cell.text = literal;
        return;
    }
    set_number(cell, value, format, epoch);
}

void set_iso_date(Cell& cell, std::string_view literal) {
    std::string_view rest = literal;
    std::optional<std::string> text;
    if (take_date(rest)) {
        const std::string_view date = literal.substr(0, 10);
        if (rest.empty()) {
            text = std::string(date);
        } else if (take(rest, 'T') || take(rest, ' ')) {
            if (const auto clock = take_clock(rest)) {
                text = fmt::format("{}T{}", date, *clock);
            }
        }
    } else if (auto clock = take_clock(literal)) {
        text = std::move(clock);
    } else {
        text = duration_text(literal);
    }
    cell.kind = text ? CellKind::Date : CellKind::Text;
    cell.text = text ? std::move(*text) : std::string(literal);
}

}  // namespace spreadsheet
