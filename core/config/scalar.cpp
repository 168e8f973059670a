#include "config/scalar.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace coterie::config {

namespace {

constexpr std::size_t kShownBytesMax = 60;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::string_view without_sign(std::string_view text) {
    return !text.empty() && (text.front() == '-' || text.front() == '+') ? text.substr(1) : text;
}

bool all_digits(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

/// -?12, -?1.5, .5, 1., 1e3: YAML's core schema.
bool is_float(std::string_view text) {
    text = without_sign(text);
    std::size_t i = 0;
    std::size_t digits = 0;
    for (; i < text.size() && (is_digit(text[i]) || (text[i] == '.' && digits == i)); ++i) {
        digits += is_digit(text[i]) ? 1 : 0;
    }
    if (digits == 0) {
        return false;
    }
    if (i == text.size()) {
        return true;
    }
    return (text[i] == 'e' || text[i] == 'E') && all_digits(without_sign(text.substr(i + 1)));
}

template <class T>
std::optional<T> parse_whole(std::string_view text, int base) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

std::optional<nlohmann::json> based_value(std::string_view plain) {
    if (plain.size() > 2 && plain[0] == '0' && (plain[1] == 'x' || plain[1] == 'o')) {
        if (const auto value =
                parse_whole<std::uint64_t>(plain.substr(2), plain[1] == 'x' ? 16 : 8)) {
            return nlohmann::json(*value);
        }
    }
    return std::nullopt;
}

std::optional<nlohmann::json> decimal_value(std::string_view plain) {
    if (!is_float(plain)) {
        return std::nullopt;
    }
    const std::string_view unsigned_text = plain.front() == '+' ? plain.substr(1) : plain;
    if (all_digits(without_sign(plain))) {
        if (const auto value = parse_whole<std::int64_t>(unsigned_text, 10)) {
            return nlohmann::json(*value);
        }
        if (const auto value = parse_whole<std::uint64_t>(unsigned_text, 10)) {
            return nlohmann::json(*value);
        }
    }
    double value = 0;
    const auto [end, error] =
        std::from_chars(unsigned_text.data(), unsigned_text.data() + unsigned_text.size(), value);
    if (error != std::errc{} || end != unsigned_text.data() + unsigned_text.size() ||
        !std::isfinite(value)) {
        return std::nullopt;
    }
    return nlohmann::json(value);
}

}  // namespace

nlohmann::json core_schema_value(std::string_view plain) {
    if (plain.empty() || plain == "~" || plain == "null" || plain == "Null" || plain == "NULL") {
        return nullptr;
    }
    if (plain == "true" || plain == "True" || plain == "TRUE") {
        return true;
    }
    if (plain == "false" || plain == "False" || plain == "FALSE") {
        return false;
    }
    if (auto value = based_value(plain)) {
        return *value;
    }
    if (auto value = decimal_value(plain)) {
        return *value;
    }
    return std::string(plain);
}

nlohmann::json typed_value(const Node& scalar) {
    if (scalar.is_scalar() && (!scalar.quoted || scalar.is_secret)) {
        return core_schema_value(scalar.scalar);
    }
    return scalar.to_json();
}

std::optional<double> number(const Node& node) {
    if (!node.is_scalar()) {
        return std::nullopt;
    }
    const auto value = typed_value(node);
    return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
}

std::optional<std::int64_t> whole_number(const Node& node) {
    if (!node.is_scalar()) {
        return std::nullopt;
    }
    const auto value = typed_value(node);
    constexpr double kExactMax = 9007199254740992.0;  // 2^53: beyond it, floats skip whole numbers
    if (value.is_number_unsigned() &&
        value.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX)) {
        return std::nullopt;
    }
    if (value.is_number_integer()) {
        return value.get<std::int64_t>();
    }
    if (value.is_number_float()) {
        const double real = value.get<double>();
        if (std::trunc(real) == real && std::abs(real) <= kExactMax) {
            return static_cast<std::int64_t>(real);
        }
    }
    return std::nullopt;
}

std::string shown(const Node& node) {
    switch (node.type) {
    case Node::Type::Null:
        return "empty";
    case Node::Type::List:
        return "a list";
    case Node::Type::Map:
        return "a map";
    case Node::Type::Scalar:
        break;
    }
    if (node.is_secret) {
        return "a value from ${…}, not shown";
    }
    const std::string text = printable(node.scalar, kShownBytesMax);
    return node.quoted ? fmt::format("the quoted text \"{}\"", text) : fmt::format("'{}'", text);
}

}  // namespace coterie::config
