#include "pipeline/normalize/mapping_read.hpp"

#include "base/text.hpp"
#include "pipeline/normalize/fact_values.hpp"
#include "pipeline/normalize/identity_values.hpp"

#include <fmt/format.h>

#include <charconv>

namespace coterie::normalize {
namespace {

using record::FieldId;
using record::ListId;
using record::ValueKind;

/// No number that people keep on people has more digits.
constexpr int kPlainDigitsMax = 40;
/// As landing keeps of an id.
constexpr std::size_t kRecordIdBytesMax = 1024;

using Values = std::vector<ReadValue>;

std::string take(Reading<std::string> reading, Values& out) {
    if (reading.has_value()) {
        out.push_back({std::move(reading.value()), {}});
    }
    return reading.reason();
}

std::string take(Reading<std::vector<std::string>> reading, Values& out) {
    if (reading.has_value()) {
        for (auto& text : reading.value()) {
            out.push_back({std::move(text), {}});
        }
    }
    return reading.reason();
}

std::string take_count(const Rule& rule, std::string_view text, const ReadingContext& context,
                       Values& out) {
    const std::string_view trimmed = trim(text);
    std::string scaled;
    if (!rule.unit.empty() && !trimmed.empty() && trimmed.back() >= '0' && trimmed.back() <= '9') {
        scaled.append(trimmed).append(rule.unit);
        text = scaled;
    }
    auto reading = read_count(text, context);
    if (reading.has_value()) {
        out.push_back({std::to_string(reading.value().value), {}});
    }
    return reading.reason();
}

std::string take_money(std::string_view text, const ReadingContext& context, Values& out) {
    auto reading = read_money(text, context);
    if (reading.has_value()) {
        out.push_back({std::move(reading.value().amount), std::move(reading.value().currency)});
    }
    return reading.reason();
}

std::string take_emails(std::string_view text, Values& out) {
    auto reading = read_emails(text);
    if (reading.has_value()) {
        for (auto& email : reading.value()) {
            out.push_back({std::move(email.address), std::move(email.role)});
        }
    }
    return reading.reason();
}

std::string take_flag(std::string_view text, Values& out) {
    auto reading = read_flag(text);
    if (reading.has_value()) {
        out.push_back({reading.value() ? "true" : "false", {}});
    }
    return reading.reason();
}

std::string take_platform(std::string_view text, Values& out) {
    if (says_nothing(text)) {
        return "";
    }
    auto platform = platform_of(text);
    if (platform.empty()) {
        return "no platform that is known";
    }
    out.push_back({std::move(platform), {}});
    return "";
}

std::string take_choice(const Rule& rule, std::string_view text, Values& out) {
    if (rule.field == FieldId::RelationshipStatus) {
        return take(read_relationship_status(text), out);
    }
    return take(read_choice(text, record::info(rule.field).choices), out);
}

/// A platform's own id: kept digit by digit.
std::string take_user_id(std::string_view text, Values& out) {
    const std::string_view id = trim(text);
    if (says_nothing(id)) {
        return "";
    }
    if (id.size() > 128 || id.find_first_of(" \t\r\n") != std::string_view::npos) {
        return "no user id: it holds blanks or is longer than 128 bytes";
    }
    out.push_back({std::string(id), {}});
    return "";
}

/// The id of a record, as the connector of the same source gives it: nothing is made of it.
std::string take_record_id(std::string_view text, Values& out) {
    const std::string_view id = trim(text);
    if (says_nothing(id)) {
        return "";
    }
    if (id.size() > kRecordIdBytesMax) {
        return fmt::format("no record id: {} bytes, and at most {} are kept of one", id.size(),
                           kRecordIdBytesMax);
    }
    out.push_back({std::string(id), {}});
    return "";
}

std::string read_text_cell(const Rule& rule, std::string_view text, const ReadingContext& context,
                           Values& out) {
    switch (rule.kind) {
    case ValueKind::Text:
    case ValueKind::PersonName:
    case ValueKind::Json:
        return take(read_text(text), out);
    case ValueKind::GivenName:
    case ValueKind::FamilyName:
        return take(read_name_part(text), out);
    case ValueKind::Email:
        return take_emails(text, out);
    case ValueKind::Phone:
        if (!rule.country.empty()) {
            ReadingContext abroad = context;
            abroad.country = rule.country;
            return take(read_phones(text, abroad), out);
        }
        return take(read_phones(text, context), out);
    case ValueKind::Platform:
        return take_platform(text, out);
    case ValueKind::Handle:
    case ValueKind::Url:
        return take(read_url(text), out);
    case ValueKind::UserId:
        return take_user_id(text, out);
    case ValueKind::Count:
        return take_count(rule, text, context, out);
    case ValueKind::Share:
        return take(read_share(text, context, rule.is_percent), out);
    case ValueKind::Flag:
        return take_flag(text, out);
    case ValueKind::Time:
        return take(read_time(text, context, rule.date_format), out);
    case ValueKind::Country:
        return record::info(rule.field).list == ListId::None ? take(read_country(text), out)
                                                             : take(read_countries(text), out);
    case ValueKind::Region:
        return take(read_region(text), out);
    case ValueKind::City:
        return take(read_city(text), out);
    case ValueKind::Language:
        return take(read_languages(text), out);
    case ValueKind::Topic:
        return take(read_topics(text), out);
    case ValueKind::Money:
        return take_money(text, context, out);
    case ValueKind::Currency:
        return take(read_currency(text, context), out);
    case ValueKind::Choice:
        return take_choice(rule, text, out);
    case ValueKind::RecordId:
        return take_record_id(text, out);
    }
    return "no reader for this kind of value";
}

bool is_numeric(ValueKind kind) {
    return kind == ValueKind::Count || kind == ValueKind::Share || kind == ValueKind::Money;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Where a CPR number begins whose hyphen is at `hyphen`; npos if there is none.
std::size_t cpr_at(std::string_view text, std::size_t hyphen) {
    constexpr auto kNone = std::string_view::npos;
    if (hyphen < 6 || hyphen + 4 >= text.size()) {
        return kNone;
    }
    const std::size_t begin = hyphen - 6;
    for (std::size_t at = begin; at < hyphen + 5; ++at) {
        if (at != hyphen && !is_digit(text[at])) {
            return kNone;
        }
    }
    if ((begin > 0 && is_digit(text[begin - 1])) ||
        (hyphen + 5 < text.size() && is_digit(text[hyphen + 5]))) {
        return kNone;
    }
    const auto two = [&](std::size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); };
    const int day = two(begin);
    const int month = two(begin + 2);
    if (month < 1 || month > 12) {
        return kNone;
    }
    // The century stands in the seventh digit and is not worked out: 29 February passes any year.
    constexpr int kDays[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return day >= 1 && day <= kDays[month - 1] ? begin : kNone;
}

}  // namespace

std::string read_cell(const Rule& rule, const RawText& raw, const ReadingContext& context,
                      std::vector<ReadValue>& out) {
    if (raw.is_number && is_numeric(rule.kind)) {
        ReadingContext pointed = context;
        pointed.decimal = ReadingContext::Decimal::Point;
        return read_text_cell(rule, plain_number(raw.text), pointed, out);
    }
    if (raw.is_number && rule.kind == ValueKind::RecordId) {
        return read_text_cell(rule, plain_number(raw.text), context, out);
    }
    return read_text_cell(rule, raw.text, context, out);
}

bool holds_cpr_number(std::string_view text) {
    for (auto at = text.find('-'); at != std::string_view::npos; at = text.find('-', at + 1)) {
        if (cpr_at(text, at) != std::string_view::npos) {
            return true;
        }
    }
    return false;
}

std::size_t mask_cpr_numbers(std::string& text) {
    std::size_t count = 0;
    for (auto at = text.find('-'); at != std::string::npos; at = text.find('-', at + 1)) {
        const std::size_t begin = cpr_at(text, at);
        if (begin != std::string_view::npos) {
            text.replace(begin, 11, "XXXXXX-XXXX");
            ++count;
        }
    }
    return count;
}

std::string plain_number(std::string_view token) {
    const bool is_negative = token.starts_with('-');
    std::string_view rest = token.substr(is_negative ? 1 : 0);
    int exponent = 0;
    if (const auto e = rest.find_first_of("eE"); e != std::string_view::npos) {
        std::string_view digits = rest.substr(e + 1);
        digits.remove_prefix(digits.starts_with('+') ? 1 : 0);
        const auto [end, fault] =
            std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
        if (fault != std::errc() || exponent > kPlainDigitsMax || exponent < -kPlainDigitsMax) {
            return std::string(token);
        }
        rest = rest.substr(0, e);
    }
    const auto point = rest.find('.');
    std::string digits(rest.substr(0, point));
    int whole = static_cast<int>(digits.size()) + exponent;
    if (point != std::string_view::npos) {
        digits.append(rest.substr(point + 1));
    }
    if (digits.size() > static_cast<std::size_t>(kPlainDigitsMax)) {
        return std::string(token);
    }
    if (whole < 1) {
        digits.insert(0, static_cast<std::size_t>(1 - whole), '0');
        whole = 1;
    }
    if (digits.size() < static_cast<std::size_t>(whole)) {
        digits.append(static_cast<std::size_t>(whole) - digits.size(), '0');
    }
    std::string fraction = digits.substr(static_cast<std::size_t>(whole));
    digits.resize(static_cast<std::size_t>(whole));
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
    fraction.erase(fraction.find_last_not_of('0') + 1);
    return (is_negative ? "-" : "") + digits + (fraction.empty() ? "" : "." + fraction);
}

}  // namespace coterie::normalize
