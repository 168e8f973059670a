#include "sdk/rest/values.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <stdexcept>

namespace coterie::rest {

namespace {

constexpr Millis kSecond = 1000;
constexpr Millis kDay = 24 * 60 * 60 * kSecond;
/// Numbers from here on are milliseconds: as seconds it would be the year 5138.
constexpr double kMillisFrom = 1e11;
constexpr std::size_t kTextBytesMax = 64;

/// Reads `digits` digits; false where there are others.
bool take_number(std::string_view& text, std::size_t digits, int& value) {
    if (text.size() < digits) {
        return false;
    }
    const auto [end, error] = std::from_chars(text.data(), text.data() + digits, value);
    if (error != std::errc() || end != text.data() + digits || text.front() == '-') {
        return false;
    }
    text.remove_prefix(digits);
    return true;
}

bool take(std::string_view& text, char wanted) {
    if (text.empty() || text.front() != wanted) {
        return false;
    }
    text.remove_prefix(1);
    return true;
}

std::optional<Millis> millis_of_day(int year, unsigned month, unsigned day) {
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                           std::chrono::day(day)};
    if (!date.ok()) {
        return std::nullopt;
    }
    return std::chrono::sys_days(date).time_since_epoch().count() * kDay;
}

/// "+02:00", "+0200", "+02", "Z" or nothing.
std::optional<Millis> take_zone(std::string_view text) {
    if (text.empty() || text == "Z" || text == "z" || text == " UTC") {
        return 0;
    }
    const bool is_behind = text.front() == '-';
    if (!is_behind && text.front() != '+') {
        return std::nullopt;
    }
    text.remove_prefix(1);
    int hours = 0;
    int minutes = 0;
    if (!take_number(text, 2, hours)) {
        return std::nullopt;
    }
    take(text, ':');
    if ((!text.empty() && !take_number(text, 2, minutes)) || !text.empty() || hours > 14) {
        return std::nullopt;
    }
    const Millis offset = (hours * 60 + minutes) * 60 * kSecond;
    return is_behind ? -offset : offset;
}

std::optional<Millis> of_number(double number) {
    if (!(number > 0) || number > 1e15) {
        return std::nullopt;
    }
    return static_cast<Millis>(number >= kMillisFrom ? number : number * kSecond);
}

}  // namespace

std::optional<Millis> parse_time(std::string_view text) {
    if (text.empty() || text.size() > kTextBytesMax) {
        return std::nullopt;
    }
    if (text.find_first_not_of("0123456789.") == std::string_view::npos &&
        text.find('.') >= 9) {  // 9 digits and more: not a date with dots
        return of_number(std::strtod(std::string(text).c_str(), nullptr));
    }
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
    if (!take_number(text, 4, year) || !take(text, '-') || !take_number(text, 2, month) ||
        !take(text, '-') || !take_number(text, 2, day)) {
        return std::nullopt;
    }
    auto time = millis_of_day(year, static_cast<unsigned>(month), static_cast<unsigned>(day));
    if (!time || text.empty()) {
        return time;
    }
    if ((!take(text, 'T') && !take(text, ' ') && !take(text, 't')) || !take_number(text, 2, hour) ||
        !take(text, ':') || !take_number(text, 2, minute)) {
        return std::nullopt;
    }
    if (take(text, ':') && !take_number(text, 2, second)) {
        return std::nullopt;
    }
    if (hour > 24 || minute > 59 || second > 60) {
        return std::nullopt;
    }
    Millis millis = 0;
    if (take(text, '.') || take(text, ',')) {
        Millis place = 100;
        bool has_digit = false;
        while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
            millis += (text.front() - '0') * place;
            place /= 10;
            has_digit = true;
            text.remove_prefix(1);
        }
        if (!has_digit) {
            return std::nullopt;
        }
    }
    const auto zone = take_zone(text);
    if (!zone) {
        return std::nullopt;
    }
    return *time + ((hour * 60 + minute) * 60 + second) * kSecond + millis - *zone;
}

std::optional<Millis> parse_time(const nlohmann::json& value) {
    if (value.is_number()) {
        return of_number(value.get<double>());
    }
    return value.is_string() ? parse_time(std::string_view(value.get_ref<const std::string&>()))
                             : std::nullopt;
}

std::string format_time(Millis time, bool with_millis) {
    std::string text = format_time(time, std::string("%Y-%m-%dT%H:%M:%S"));
    if (const Millis millis = ((time % kSecond) + kSecond) % kSecond; millis != 0 || with_millis) {
        std::array<char, 8> part{};
        std::snprintf(part.data(), part.size(), ".%03d", static_cast<int>(millis));
        text += part.data();
    }
    return text + "Z";
}

std::string format_time(Millis time, const std::string& format) {
    const auto seconds = static_cast<std::time_t>(
        std::chrono::floor<std::chrono::seconds>(std::chrono::milliseconds(time)).count());
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 128> text{};
    const std::size_t bytes = std::strftime(text.data(), text.size(), format.c_str(), &parts);
    return {text.data(), bytes};
}

std::optional<Millis> parse_http_date(std::string_view text) {
    static constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    // "Sun, 06 Nov 1994 08:49:37 GMT", the one form that servers send.
    if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT") {
        return std::nullopt;
    }
    text.remove_prefix(5);
    int day = 0, year = 0, hour = 0, minute = 0, second = 0;
    if (!take_number(text, 2, day) || !take(text, ' ')) {
        return std::nullopt;
    }
    unsigned month = 0;
    while (month < kMonths.size() && !text.starts_with(kMonths[month])) {
        ++month;
    }
    text.remove_prefix(3);
    if (month == kMonths.size() || !take(text, ' ') || !take_number(text, 4, year) ||
        !take(text, ' ') || !take_number(text, 2, hour) || !take(text, ':') ||
        !take_number(text, 2, minute) || !take(text, ':') || !take_number(text, 2, second)) {
        return std::nullopt;
    }
    const auto time = millis_of_day(year, month + 1, static_cast<unsigned>(day));
    if (!time) {
        return std::nullopt;
    }
    return *time + ((hour * 60 + minute) * 60 + second) * kSecond;
}

Pointer::Pointer(std::string_view text) : text_(text) {
    if (text.empty()) {
        return;
    }
    const std::string fault = "'" + text_ + "' is no JSON Pointer; it starts with '/', as in /data";
    if (text.front() != '/') {
        throw std::invalid_argument(fault);
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '/') {
            tokens_.emplace_back();
        } else if (text[i] != '~') {
            tokens_.back() += text[i];
        } else if (++i < text.size() && (text[i] == '0' || text[i] == '1')) {
            tokens_.back() += text[i] == '0' ? '~' : '/';
        } else {
            throw std::invalid_argument(fault);
        }
    }
    for (const std::string& token : tokens_) {
        has_star_ = has_star_ || token == "*";
    }
}

namespace {

const nlohmann::json* child(const nlohmann::json& in, const std::string& token) {
    if (in.is_object()) {
        const auto found = in.find(token);
        return found == in.end() ? nullptr : &*found;
    }
    if (in.is_array() && !token.empty() && token.size() < 10 &&
        token.find_first_not_of("0123456789") == std::string::npos) {
        const auto index = std::stoul(token);
        return index < in.size() ? &in[index] : nullptr;
    }
    return nullptr;
}

void collect(const nlohmann::json& in, const std::vector<std::string>& tokens, std::size_t at,
             nlohmann::json& found) {
    if (at == tokens.size()) {
        found.push_back(in);
    } else if (tokens[at] == "*") {
        if (in.is_structured()) {
            for (const nlohmann::json& element : in) {
                collect(element, tokens, at + 1, found);
            }
        }
    } else if (const auto* next = child(in, tokens[at])) {
        collect(*next, tokens, at + 1, found);
    }
}

}  // namespace

const nlohmann::json* Pointer::locate(const nlohmann::json& in) const {
    const nlohmann::json* at = &in;
    for (const std::string& token : tokens_) {
        at = child(*at, token);
        if (at == nullptr) {
            return nullptr;
        }
    }
    return at;
}

nlohmann::json* Pointer::locate(nlohmann::json& in) const {
    return const_cast<nlohmann::json*>(locate(std::as_const(in)));
}

std::optional<nlohmann::json> Pointer::find(const nlohmann::json& in) const {
    if (has_star_) {
        nlohmann::json found = nlohmann::json::array();
        collect(in, tokens_, 0, found);
        return found;
    }
    const auto* at = locate(in);
    return at == nullptr ? std::nullopt : std::optional<nlohmann::json>(*at);
}

std::string text_of(const nlohmann::json& value) {
    if (value.is_string()) {
        return value.get<std::string>();
    }
    return value.is_null() ? std::string() : value.dump();
}

bool is_empty(const nlohmann::json& value) {
    return value.is_null() || (value.is_string() && value.get_ref<const std::string&>().empty()) ||
           (value.is_structured() && value.empty());
}

}  // namespace coterie::rest
