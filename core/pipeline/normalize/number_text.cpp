#include "pipeline/normalize/number_text.hpp"

#include "pipeline/normalize/fact_text.hpp"

#include <unicode/uchar.h>

#include <algorithm>
#include <limits>

namespace coterie::normalize {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80;
}

bool is_mark(char c) {
    return c == '.' || c == ',' || c == '\'' || c == ' ';
}

char32_t plain_character(char32_t c) {
    switch (c) {
    case '\t':
    case '\n':
    case '\r':
    case 0x00A0:
    case 0x202F:
    case 0x3000:
        return ' ';
    case '_':  // 1_234_567, as programs write it
    case 0x2019:
    case 0x2018:
    case 0x02BC:
    case 0x00B4:
    case '`':
    case 0x066C:
        return '\'';
    case 0x2010:
    case 0x2011:
    case 0x2012:
    case 0x2013:
    case 0x2014:
    case 0x2212:
        return '-';
    default:
        break;
    }
    if (c >= 0x2000 && c <= 0x200A) {
        return ' ';
    }
    const int digit = u_charDigitValue(static_cast<UChar32>(c));
    if (digit >= 0) {
        return static_cast<char32_t>('0' + digit);
    }
    return static_cast<char32_t>(u_tolower(static_cast<UChar32>(c)));
}

bool is_invisible(char32_t c) {
    return c == 0x200B || c == 0x200E || c == 0x200F || c == 0xFEFF || c == 0x2060;
}

/// Whether the first `count` groups are written as groups are: 1-3 digits and then threes, or as
/// in India 1-2 digits, twos and a last three.
bool are_groups(const NumberText& number, std::size_t count, char mark) {
    const auto& sizes = number.group_sizes;
    if (sizes[0] == 0 || sizes[0] > 3 || number.digits[0] == '0' || sizes[count - 1] != 3) {
        return false;
    }
    const auto all_are = [&](std::size_t size) {
        return std::all_of(sizes.begin() + 1,
                           sizes.begin() + static_cast<std::ptrdiff_t>(count) - 1,
                           [size](std::size_t each) { return each == size; });
    };
    return all_are(3) || (mark == ',' && sizes[0] <= 2 && all_are(2));
}

bool is_decimal_mark(char mark) {
    return mark == '.' || mark == ',';
}

bool is_lone_decimal(const NumberText& number, ReadingContext::Decimal decimal, LoneMark lone) {
    const bool looks_like_group = number.group_sizes[1] == 3 && number.group_sizes[0] >= 1 &&
                                  number.group_sizes[0] <= 3 && number.digits[0] != '0';
    if (!looks_like_group) {
        return true;
    }
    switch (decimal) {
    case ReadingContext::Decimal::Comma:
        return number.marks[0] == ',';
    case ReadingContext::Decimal::Point:
        return number.marks[0] == '.';
    case ReadingContext::Decimal::Unknown:
        break;
    }
    return lone == LoneMark::Decimal;
}

struct Unit {
    std::string_view word;
    int power;
};

// Sorted by use: the first ones are nearly all that is met. "billion" is 10^9 here although it is
// 10^12 in Danish and German: no count of people comes near that.
constexpr Unit kUnits[] = {
    {"k", 3},         {"m", 6},          {"mio", 6},     {"t", 3},         {"b", 9},
    {"mia", 9},       {"mill", 6},       {"mn", 6},      {"mln", 6},       {"bn", 9},
    {"mrd", 9},       {"mio.", 6},       {"тыс", 3},     {"тысяч", 3},     {"млн", 6},
    {"млрд", 9},      {"тис", 3},        {"к", 3},       {"tsd", 3},       {"tus", 3},
    {"tusind", 3},    {"tusinde", 3},    {"tusen", 3},   {"tausend", 3},   {"thousand", 3},
    {"mille", 3},     {"mi", 6},         {"mm", 6},      {"million", 6},   {"millions", 6},
    {"millioner", 6}, {"millionen", 6},  {"miljon", 6},  {"miljoner", 6},  {"milj", 6},
    {"millón", 6},    {"millones", 6},   {"milhão", 6},  {"milhões", 6},   {"milioni", 6},
    {"milione", 6},   {"md", 9},         {"billion", 9}, {"milliard", 9},  {"milliarder", 9},
    {"milliards", 9}, {"milliarden", 9}, {"miljard", 9}, {"miljarder", 9}, {"mld", 9},
    {"lakh", 5},      {"lakhs", 5},      {"lac", 5},     {"crore", 7},     {"crores", 7},
    {"万", 4},        {"萬", 4},         {"億", 8},      {"亿", 8},        {"tys", 3},
};

constexpr std::string_view kMilIsThousand[] = {"ES", "PT", "BR", "MX", "AR", "CL", "CO", "PE",
                                               "UY", "VE", "EC", "BO", "PY", "CR", "PA", "GT",
                                               "HN", "NI", "SV", "DO", "CU", "PR", "AO", "MZ"};
constexpr std::string_view kMilIsMillion[] = {"US", "GB", "IE", "AU", "NZ", "NG", "IN", "GH", "KE"};

std::optional<int> power_of_mil(const NumberText& number, const ReadingContext& context) {
    const auto is_one_of = [&](const auto& countries) {
        return std::find(std::begin(countries), std::end(countries), context.country) !=
               std::end(countries);
    };
    if (is_one_of(kMilIsThousand)) {
        return 3;
    }
    if (is_one_of(kMilIsMillion)) {
        return 6;
    }
    // Nobody who writes English writes a decimal comma.
    const bool has_decimal_comma =
        number.mark_count == 1 && number.marks[0] == ',' && number.group_sizes[1] != 3;
    return has_decimal_comma ? std::optional(3) : std::nullopt;
}

}  // namespace

bool PlainText::append(char32_t character) {
    if (size_ + 4 > kBytesMax) {
        return false;
    }
    auto at = static_cast<std::int32_t>(size_);
    U8_APPEND_UNSAFE(bytes_.data(), at, static_cast<UChar32>(character));
    size_ = static_cast<std::size_t>(at);
    return true;
}

std::optional<PlainText> PlainText::of(std::string_view raw) {
    std::optional<PlainText> result{std::in_place};
    if (raw.size() > 4 * kBytesMax) {
        return std::nullopt;
    }
    for (std::size_t at = 0; at < raw.size();) {
        const char byte = raw[at];
        if (is_digit(byte) || (byte >= 'a' && byte <= 'z') || byte == '.' || byte == ',' ||
            byte == '-' || byte == ':' || byte == ' ') {
            ++at;
            if (!result->append(static_cast<char32_t>(byte))) {
                return std::nullopt;
            }
            continue;
        }
        const UChar32 character = take_character(raw, at);
        if (character < 0) {
            return std::nullopt;
        }
        const auto code = static_cast<char32_t>(character);
        if (!is_invisible(code) && !result->append(plain_character(code))) {
            return std::nullopt;
        }
    }
    return result;
}

void TextCursor::skip_blanks() {
    while (peek() == ' ') {
        skip(1);
    }
}

bool TextCursor::take(char expected) {
    if (peek() != expected || at_end()) {
        return false;
    }
    skip(1);
    return true;
}

bool TextCursor::take(std::string_view expected) {
    if (!rest_.starts_with(expected)) {
        return false;
    }
    skip(expected.size());
    return true;
}

std::string_view TextCursor::take_word() {
    std::size_t length = 0;
    while (length < rest_.size() && (is_letter(rest_[length]) ||
                                     (length > 0 && rest_[length] == '.' &&
                                      length + 1 < rest_.size() && is_letter(rest_[length + 1])))) {
        ++length;
    }
    const auto word = rest_.substr(0, length);
    skip(length);
    return word;
}

bool TextCursor::take_phrase(std::initializer_list<std::string_view> phrases) {
    for (const auto phrase : phrases) {
        if (!rest_.starts_with(phrase)) {
            continue;
        }
        const bool ends_in_letter = is_letter(phrase.back());
        if (ends_in_letter && rest_.size() > phrase.size() && is_letter(rest_[phrase.size()])) {
            continue;
        }
        skip(phrase.size());
        if (ends_in_letter) {
            take('.');
        }
        skip_blanks();
        return true;
    }
    return false;
}

std::optional<NumberText> scan_number(TextCursor& cursor) {
    const auto text = cursor.rest();
    std::optional<NumberText> result{std::in_place};
    NumberText& number = *result;
    number.group_sizes[0] = 0;
    std::size_t at = 0;
    const auto digit_at = [&](std::size_t where) {
        return where < text.size() && is_digit(text[where]);
    };
    while (at < text.size()) {
        const char c = text[at];
        if (is_digit(c)) {
            if (number.digit_count == NumberText::kDigitsMax) {
                return std::nullopt;
            }
            number.digits[number.digit_count++] = c;
            ++number.group_sizes[number.mark_count];
        } else if (is_mark(c) && digit_at(at + 1) && (at > 0 || is_decimal_mark(c))) {
            // A blank holds a number together only before exactly three digits.
            const bool is_group_of_three =
                digit_at(at + 2) && digit_at(at + 3) && !digit_at(at + 4);
            if (c == ' ' && !is_group_of_three) {
                break;
            }
            if (number.mark_count == NumberText::kMarksMax) {
                return std::nullopt;
            }
            number.marks[number.mark_count++] = c;
            number.group_sizes[number.mark_count] = 0;
        } else {
            break;
        }
        ++at;
    }
    if (number.digit_count == 0) {
        return std::nullopt;
    }
    cursor.skip(at);
    return result;
}

bool settle_marks(NumberText& number, ReadingContext::Decimal decimal, LoneMark lone) {
    number.fraction_count = 0;
    const std::size_t marks = number.mark_count;
    if (marks == 0) {
        return true;
    }
    const char last = number.marks[marks - 1];
    const auto first_mark = number.marks.begin();
    const bool is_last_alone =
        std::find(first_mark, first_mark + static_cast<std::ptrdiff_t>(marks) - 1, last) ==
        first_mark + static_cast<std::ptrdiff_t>(marks) - 1;
    if (marks == 1) {
        if (is_decimal_mark(last) && is_lone_decimal(number, decimal, lone)) {
            number.fraction_count = number.group_sizes[1];
            return true;
        }
        return are_groups(number, 2, last);
    }
    const char group = number.marks[0];
    const std::size_t group_marks = is_last_alone ? marks - 1 : marks;
    const bool is_one_kind =
        std::all_of(first_mark, first_mark + static_cast<std::ptrdiff_t>(group_marks),
                    [group](char mark) { return mark == group; });
    if (!is_one_kind || !are_groups(number, group_marks + 1, group)) {
        return false;
    }
    if (is_last_alone) {
        if (!is_decimal_mark(last)) {
            return false;
        }
        number.fraction_count = number.group_sizes[marks];
    }
    return true;
}

std::optional<int> scan_exponent(TextCursor& cursor) {
    auto ahead = cursor;
    if (!ahead.take('e')) {
        return std::nullopt;
    }
    const bool is_negative = ahead.take('-');
    if (!is_negative) {
        ahead.take('+');
    }
    int exponent = 0;
    int digits = 0;
    while (is_digit(ahead.peek())) {
        exponent = exponent * 10 + (ahead.peek() - '0');
        ahead.skip(1);
        if (++digits > 2) {
            return std::nullopt;
        }
    }
    if (digits == 0) {
        return std::nullopt;
    }
    cursor = ahead;
    return is_negative ? -exponent : exponent;
}

std::optional<std::int64_t> whole_value(const NumberText& number, int power) {
    auto digits = number.all_digits();
    int zeros = power - static_cast<int>(number.fraction_count);
    while (zeros < 0 && !digits.empty()) {
        if (digits.back() != '0') {
            return std::nullopt;
        }
        digits.remove_suffix(1);
        ++zeros;
    }
    constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
    std::int64_t value = 0;
    for (const char c : digits) {
        const int digit = c - '0';
        if (value > (kMax - digit) / 10) {
            return std::nullopt;
        }
        value = value * 10 + digit;
    }
    for (; zeros > 0 && value != 0; --zeros) {
        if (value > kMax / 10) {
            return std::nullopt;
        }
        value *= 10;
    }
    return value;
}

std::string decimal_text(const NumberText& number, int power) {
    const auto digits = number.all_digits();
    const int point = static_cast<int>(digits.size()) - static_cast<int>(number.fraction_count) +
                      power;  // digits before the decimal mark
    std::string whole;
    std::string fraction;
    if (point <= 0) {
        fraction.append(static_cast<std::size_t>(-point), '0').append(digits);
    } else if (point >= static_cast<int>(digits.size())) {
        whole.append(digits).append(static_cast<std::size_t>(point) - digits.size(), '0');
    } else {
        whole = digits.substr(0, static_cast<std::size_t>(point));
        fraction = digits.substr(static_cast<std::size_t>(point));
    }
    whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size()));
    fraction.erase(fraction.find_last_not_of('0') + 1);
    std::string text = whole.empty() ? "0" : std::move(whole);
    if (!fraction.empty()) {
        text.append(1, '.').append(fraction);
    }
    return text;
}

std::optional<int> power_of_unit(std::string_view word, const NumberText& number,
                                 const ReadingContext& context) {
    if (word == "mil") {
        return power_of_mil(number, context);
    }
    for (const Unit& unit : kUnits) {
        if (unit.word == word) {
            return unit.power;
        }
    }
    return std::nullopt;
}

}  // namespace coterie::normalize
