#include "base/text.hpp"
#include "pipeline/normalize/characters.hpp"
#include "pipeline/normalize/identity_values.hpp"

#include <fmt/format.h>
#include <phonenumbers/phonenumberutil.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

namespace coterie::normalize {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

constexpr std::size_t kCellBytesMax = 512;
constexpr std::size_t kNumbersMax = 20;
/// E.164 allows 15 digits; the rest is room for an international prefix and a trunk zero.
constexpr std::size_t kDigitsMax = 20;

constexpr std::string_view kNone = "no phone number: ";

Reading<std::string> none(std::string_view why) {
    return Reading<std::string>::not_understood(fmt::format("{}{}", kNone, why));
}

// ---- Validity ------------------------------------------------------------------------------
// libphonenumber needs 1 to 10 µs to say whether a number is valid, and about 6 µs to parse one.
// In closed numbering plans its patterns look at the first few digits only, so one answer holds
// for all numbers that begin alike: it is asked once a prefix and then remembered. A test draws
// numbers of every rule and asks both.

/// In `country_code`, whether a number of `length` digits is valid depends on the first
/// `decisive` digits. \param first  the first digit the rule is for; '*' any.
struct PrefixRule {
    int country_code;
    std::size_t length;
    char first;
    unsigned decisive;
};
constexpr auto kPrefixRules = std::to_array<PrefixRule>({
    {45, 8, '*', 2},  {298, 6, '*', 4}, {299, 6, '*', 2}, {47, 8, '*', 5},  {46, 9, '*', 4},
    {354, 7, '*', 4}, {49, 10, '1', 5}, {49, 11, '1', 5}, {44, 10, '7', 6}, {33, 9, '*', 5},
    {31, 9, '*', 4},  {32, 8, '*', 4},  {32, 9, '*', 4},  {34, 9, '6', 3},  {34, 9, '7', 3},
    {48, 9, '*', 5},  {41, 9, '*', 4},  {353, 9, '8', 4}, {39, 10, '3', 3},
});

bool ask_library(int country_code, std::string_view national) {
    thread_local PhoneNumber number;
    std::uint64_t value = 0;
    for (const char digit : national)
        value = value * 10 + static_cast<std::uint64_t>(digit - '0');
    number.set_country_code(country_code);
    number.set_national_number(value);
    return PhoneNumberUtil::GetInstance()->IsValidNumber(number);
}

/// The remembered answers of one rule, by the number's first digits. Any thread.
class PrefixAnswers {
  public:
    explicit PrefixAnswers(const PrefixRule& rule) : rule_(rule) {
        std::size_t count = 1;
        for (unsigned i = 0; i < rule.decisive; ++i)
            count *= 10;
        answers_ = std::make_unique<std::atomic<std::uint8_t>[]>(count);
    }
    [[nodiscard]] bool is_for(int country_code, std::string_view national) const {
        return rule_.country_code == country_code && rule_.length == national.size() &&
               (rule_.first == '*' || rule_.first == national.front());
    }
    /// Two threads that ask at once come to the same answer, so no order is needed.
    [[nodiscard]] bool is_valid(std::string_view national) const {
        std::size_t prefix = 0;
        for (unsigned i = 0; i < rule_.decisive; ++i)
            prefix = prefix * 10 + static_cast<std::size_t>(national[i] - '0');
        auto& known = answers_[prefix];
        if (const auto answer = known.load(std::memory_order_relaxed); answer != kUnknown) {
            return answer == kValid;
        }
        const bool is_valid = ask_library(rule_.country_code, national);
        known.store(is_valid ? kValid : kInvalid, std::memory_order_relaxed);
        return is_valid;
    }

  private:
    static constexpr std::uint8_t kUnknown = 0;
    static constexpr std::uint8_t kValid = 1;
    static constexpr std::uint8_t kInvalid = 2;
    PrefixRule rule_;
    std::unique_ptr<std::atomic<std::uint8_t>[]> answers_;
};

bool is_valid(int country_code, std::string_view national) {
    static const auto kAnswers = [] {
        std::vector<PrefixAnswers> answers;
        for (const auto& rule : kPrefixRules)
            answers.emplace_back(rule);
        return answers;
    }();
    for (const auto& answers : kAnswers) {
        if (answers.is_for(country_code, national))
            return answers.is_valid(national);
    }
    return ask_library(country_code, national);
}

// ---- One number ----------------------------------------------------------------------------

/// How the numbers of a country are written, for those that need no library to take apart.
struct NumberingPlan {
    std::string_view country;
    std::string_view calling_code;
    int country_code;
    bool has_trunk_zero;
    std::size_t national_min;
    std::size_t national_max;
};
constexpr auto kPlans = std::to_array<NumberingPlan>({
    {"DK", "45", 45, false, 8, 8},
    {"NO", "47", 47, false, 8, 8},
    {"SE", "46", 46, true, 7, 9},
    {"DE", "49", 49, true, 10, 11},
    {"GB", "44", 44, true, 10, 10},
    {"NL", "31", 31, true, 9, 9},
    {"FR", "33", 33, true, 9, 9},
    {"ES", "34", 34, false, 9, 9},
    {"PL", "48", 48, false, 9, 9},
    {"BE", "32", 32, true, 8, 9},
    {"CH", "41", 41, true, 9, 9},
    {"FO", "298", 298, false, 6, 6},
    {"GL", "299", 299, false, 6, 6},
    {"IS", "354", 354, false, 7, 7},
});

/// What is left of a number when only its digits are.
struct Digits {
    std::array<char, kDigitsMax> buffer{};
    std::size_t count = 0;
    bool has_plus = false;
    [[nodiscard]] std::string_view text() const { return {buffer.data(), count}; }
};

/// Nothing where the text is more than digits and the usual marks between them.
std::optional<Digits> plain_digits(std::string_view text) {
    Digits digits;
    if (!text.empty() && text.front() == '+') {
        digits.has_plus = true;
        text.remove_prefix(1);
    }
    for (const char c : text) {
        if (is_digit(c)) {
            if (digits.count == kDigitsMax)
                return std::nullopt;
            digits.buffer[digits.count++] = c;
        } else if (c != ' ' && c != '-' && c != '.' && c != '(' && c != ')') {
            return std::nullopt;
        }
    }
    return digits;
}

std::string e164(const NumberingPlan& plan, std::string_view national) {
    std::string out;
    out.reserve(1 + plan.calling_code.size() + national.size());
    out += '+';
    out += plan.calling_code;
    out += national;
    return out;
}

/// The number in E.164 where it is one of the plain cases, and valid; "" leaves it to the library.
/// \param is_refused  set where the library need not be asked any more.
std::string read_plain(const Digits& digits, std::string_view country, bool& is_refused) {
    std::string_view text = digits.text();
    const auto fits = [](const NumberingPlan& plan, std::string_view national) {
        return national.size() >= plan.national_min && national.size() <= plan.national_max &&
               national.front() != '0' && is_valid(plan.country_code, national);
    };
    const bool has_double_zero = !digits.has_plus && text.starts_with("00");
    if (has_double_zero)
        text.remove_prefix(2);
    if (digits.has_plus || has_double_zero) {
        for (const auto& plan : kPlans) {
            if (!text.starts_with(plan.calling_code))
                continue;
            const auto national = text.substr(plan.calling_code.size());
            // 00 means "abroad" in the countries of these plans, and where no country is known.
            const bool is_abroad = digits.has_plus || country.empty() ||
                                   std::any_of(kPlans.begin(), kPlans.end(),
                                               [&](const auto& p) { return p.country == country; });
            if (is_abroad && fits(plan, national))
                return e164(plan, national);
            // The library would only say again that the number is not valid.
            is_refused = is_abroad && !national.empty() && national.front() != '0' &&
                         national.size() >= plan.national_min &&
                         national.size() <= plan.national_max;
            return {};
        }
        return {};
    }
    for (const auto& plan : kPlans) {
        if (plan.country != country)
            continue;
        if (plan.has_trunk_zero) {
            if (!text.starts_with('0'))
                return {};
            text.remove_prefix(1);
        }
        return fits(plan, text) ? e164(plan, text) : std::string();
    }
    return {};
}

std::optional<std::string> ask_library_for_e164(const std::string& text,
                                                const std::string& country) {
    const auto& util = *PhoneNumberUtil::GetInstance();
    thread_local PhoneNumber number;
    number.Clear();
    if (util.Parse(text, country.empty() ? "ZZ" : country, &number) !=
        PhoneNumberUtil::NO_PARSING_ERROR) {
        return std::nullopt;
    }
    if (number.has_extension() || !util.IsValidNumber(number))
        return std::nullopt;
    std::string out;
    util.Format(number, PhoneNumberUtil::E164, &out);
    return out;
}

/// Labels that people write before a number.
constexpr auto kLabels = std::to_array<std::string_view>({"a",
                                                          "arbejde",
                                                          "c",
                                                          "call",
                                                          "cell",
                                                          "direct",
                                                          "direkte",
                                                          "fon",
                                                          "h",
                                                          "handy",
                                                          "hjem",
                                                          "home",
                                                          "kontor",
                                                          "m",
                                                          "mob",
                                                          "mobil",
                                                          "mobile",
                                                          "nr",
                                                          "office",
                                                          "p",
                                                          "ph",
                                                          "phone",
                                                          "privat",
                                                          "private",
                                                          "sms",
                                                          "t",
                                                          "tel",
                                                          "telefon",
                                                          "telefonnummer",
                                                          "telephone",
                                                          "telf",
                                                          "tfn",
                                                          "tlf",
                                                          "tlfnr",
                                                          "w",
                                                          "wa",
                                                          "whatsapp",
                                                          "work",
                                                          "wp"});

bool is_label(std::string_view word) {
    return std::any_of(kLabels.begin(), kLabels.end(),
                       [&](std::string_view label) { return equals_ignoring_case(label, word); });
}

/// Takes "Tlf.: ", "tel:", "WhatsApp " off the start.
std::string_view without_labels(std::string_view text) {
    while (true) {
        std::size_t end = 0;
        while (end < text.size() && is_ascii_letter(text[end]))
            ++end;
        if (end == 0 || !is_label(text.substr(0, end)))
            return text;
        while (end < text.size() &&
               (text[end] == '.' || text[end] == ':' || text[end] == ' ' || text[end] == '/')) {
            ++end;
        }
        text.remove_prefix(end);
    }
}

/// Takes "(mobil)" off the end, and an apostrophe of Excel's off the start.
std::string_view without_remark(std::string_view text) {
    text = trim(text);
    if (text.starts_with('\''))
        text.remove_prefix(1);
    if (text.ends_with(')')) {
        const auto open = text.rfind('(');
        if (open != std::string_view::npos && !has_digit(text.substr(open))) {
            text = trim(text.substr(0, open));
        }
    }
    return text;
}

/// "wa.me/4512345678" as "+4512345678", with the scheme or without.
std::string_view number_of_link(std::string_view text) {
    for (const std::string_view start : {"https://", "http://"}) {
        if (starts_with_ignoring_case(text, start))
            text.remove_prefix(start.size());
    }
    if (!starts_with_ignoring_case(text, "wa.me/"))
        return {};
    text.remove_prefix(6);
    return text.substr(0, text.find_first_of("?/"));
}

/// What kind of text the library could not read, as a reason that says what to do.
std::string_view why_not(std::string_view text, const Digits* digits, std::string_view country) {
    const auto count = std::count_if(text.begin(), text.end(), is_digit);
    if (count == 0)
        return "no digits";
    if (count < 6)
        return "fewer than 6 digits (an internal extension?)";
    if (std::any_of(text.begin(), text.end(), is_ascii_letter))
        return "letters in it";
    if (count > 15)
        return "more than 15 digits";
    if (country.empty() && (digits == nullptr || !digits->has_plus)) {
        return "it has no international prefix, and the source's country is not known";
    }
    return "no number of that country begins so or has so many digits";
}

bool has_extension(std::string_view text) {
    constexpr auto kWords = std::to_array<std::string_view>({"ext", "lok", "x", "#", "intern"});
    const auto digits_before = [&](std::size_t at) {
        return std::count_if(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at),
                             is_digit) >= 6;
    };
    for (const auto word : kWords) {
        for (std::size_t at = 1; at + word.size() <= text.size(); ++at) {
            if (starts_with_ignoring_case(text.substr(at), word) &&
                !is_ascii_letter(text[at - 1]) && digits_before(at) && has_digit(text.substr(at))) {
                return true;
            }
        }
    }
    return false;
}

Reading<std::string> read_one(std::string_view text, const ReadingContext& context) {
    text = without_remark(without_labels(without_remark(text)));
    if (const auto linked = number_of_link(text); !linked.empty()) {
        return read_one(fmt::format("+{}", linked), context);
    }
    const auto digits = plain_digits(text);
    if (digits && digits->count >= 6) {
        bool is_refused = false;
        if (auto plain = read_plain(*digits, context.country, is_refused); !plain.empty()) {
            return Reading<std::string>::of(std::move(plain));
        }
        if (is_refused)
            return none(why_not(text, &*digits, context.country));
    }
    const Digits* known = digits ? &*digits : nullptr;
    const auto count = std::count_if(text.begin(), text.end(), is_digit);
    const bool has_letters = std::any_of(text.begin(), text.end(), is_ascii_letter);
    if (has_extension(text)) {
        return none("it ends with an extension, which the international form cannot hold");
    }
    // The library would read letters as digits ("1-800-FLOWERS") and 4711 as a German number.
    if (is_ascii(text) && (count < 6 || has_letters)) {
        return none(why_not(text, known, context.country));
    }
    if (auto found = ask_library_for_e164(std::string(text), context.country)) {
        return Reading<std::string>::of(std::move(*found));
    }
    if (text.starts_with("00")) {
        if (auto found = ask_library_for_e164("+" + std::string(text.substr(2)), context.country))
            return Reading<std::string>::of(std::move(*found));
    }
    return none(why_not(text, known, context.country));
}

// ---- A cell --------------------------------------------------------------------------------

/// "4.512345678E9", "4,51E+09": a number that a spreadsheet took for a quantity.
struct Scientific {
    std::string digits;     ///< of the mantissa
    std::size_t whole = 0;  ///< how many digits the number has
};
std::optional<Scientific> scientific(std::string_view cell) {
    const auto e = cell.find_first_of("eE");
    if (e == std::string_view::npos || e < 1 || !is_digit(cell.front()))
        return std::nullopt;
    Scientific out;
    std::size_t marks = 0;
    for (const char c : cell.substr(0, e)) {
        if (is_digit(c)) {
            out.digits += c;
        } else if ((c == '.' || c == ',') && out.digits.size() == 1) {
            ++marks;
        } else {
            return std::nullopt;
        }
    }
    auto exponent = cell.substr(e + 1);
    if (exponent.starts_with('+'))
        exponent.remove_prefix(1);
    if (exponent.empty() || exponent.size() > 2 || marks > 1)
        return std::nullopt;
    if (marks == 0 && out.digits.size() != 1)
        return std::nullopt;
    std::size_t power = 0;
    for (const char c : exponent) {
        if (!is_digit(c))
            return std::nullopt;
        power = power * 10 + static_cast<std::size_t>(c - '0');
    }
    out.whole = power + 1;
    return out;
}

/// A spreadsheet shows six digits; programs that write all of them leave out zeros at the end only.
constexpr std::size_t kDigitsShown = 7;

Reading<std::vector<std::string>> read_scientific(const Scientific& number,
                                                  const ReadingContext& context) {
    using Result = Reading<std::vector<std::string>>;
    const bool is_whole = number.digits.size() <= number.whole && number.whole <= 15;
    if (!is_whole ||
        (number.digits.size() <= kDigitsShown && number.digits.size() < number.whole)) {
        return Result::not_understood(fmt::format(
            "{}a spreadsheet made a quantity of it and lost digits; format the column as text",
            kNone));
    }
    std::string digits = number.digits;
    digits.append(number.whole - digits.size(), '0');
    auto read = read_one(digits, context);
    if (!read.has_value())
        return Result::not_understood(read.reason());
    return Result::of({std::move(read.value())});
}

std::ptrdiff_t count_digits(std::string_view text) {
    return std::count_if(text.begin(), text.end(), is_digit);
}

/// How many bytes at `i` part two numbers; 0 if none.
std::size_t separator_at(std::string_view cell, std::size_t start, std::size_t i) {
    const char c = cell[i];
    if (c == ';' || c == ',' || c == '\n' || c == '\r' || c == '|')
        return 1;
    constexpr std::ptrdiff_t kDigitsOfNumber = 7;
    const auto before = cell.substr(start, i - start);
    if (c == '/' || c == '&') {
        // "030/1234567" is one number.
        const auto end = cell.find_first_of(";,\n\r|/&", i + 1);
        const bool is_between = count_digits(before) >= kDigitsOfNumber &&
                                count_digits(cell.substr(i + 1, end - i - 1)) >= kDigitsOfNumber;
        return is_between ? 1 : 0;
    }
    if (c != ' ')
        return 0;
    if (i + 1 < cell.size() && cell[i + 1] == '+' && count_digits(before) >= kDigitsOfNumber) {
        return 1;
    }
    if (starts_with_ignoring_case(cell.substr(i + 1), "fax") &&
        count_digits(before) >= kDigitsOfNumber) {
        return 1;
    }
    for (const std::string_view word : {" or ", " og ", " eller ", " and "}) {
        if (starts_with_ignoring_case(cell.substr(i), word))
            return word.size();
    }
    return 0;
}

/// "020 7219 5046/6062": a number, and another that ends otherwise. \return the second one in full;
/// "" where the text is nothing of the kind. Leaves the first in `text`.
std::string take_other_ending(std::string_view& text) {
    constexpr std::size_t kEndingMin = 2;
    constexpr std::size_t kEndingMax = 4;
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) {
        return {};
    }
    const auto first = trim(text.substr(0, slash));
    const auto ending = trim(text.substr(slash + 1));
    if (ending.size() < kEndingMin || ending.size() > kEndingMax ||
        !std::all_of(ending.begin(), ending.end(), is_digit) || count_digits(first) < 7) {
        return {};
    }
    const auto tail = first.substr(first.size() - ending.size());
    if (!std::all_of(tail.begin(), tail.end(), is_digit)) {
        return {};
    }
    std::string second(first.substr(0, first.size() - ending.size()));
    second += ending;
    text = first;
    return second;
}

}  // namespace

Reading<std::vector<std::string>> read_phones(std::string_view raw, const ReadingContext& context) {
    using Result = Reading<std::vector<std::string>>;
    auto cell = trim(raw);
    if (says_nothing(cell))
        return Result::absent();
    if (cell.size() > kCellBytesMax) {
        return Result::not_understood(fmt::format("{}the text is too long for one", kNone));
    }
    if (!is_utf8(cell))
        return Result::not_understood(fmt::format("{}not UTF-8 text", kNone));
    if (const auto number = scientific(cell))
        return read_scientific(*number, context);
    if ((cell.ends_with(".0") || cell.ends_with(",0")) &&
        std::all_of(cell.begin(), cell.end() - 2, is_digit)) {
        cell.remove_suffix(2);
    }
    std::vector<std::string> numbers;
    for (std::size_t start = 0, i = 0; i <= cell.size(); ++i) {
        const std::size_t width = i < cell.size() ? separator_at(cell, start, i) : 1;
        if (width == 0)
            continue;
        auto piece = trim(cell.substr(start, i - start));
        i += width - 1;
        start = i + 1;
        // A fax is no phone, and says so.
        if (piece.empty() || starts_with_ignoring_case(piece, "fax"))
            continue;
        const std::string other = take_other_ending(piece);
        for (const std::string_view text : {piece, std::string_view(other)}) {
            if (text.empty())
                continue;
            auto read = read_one(text, context);
            if (!read.has_value())
                return Result::not_understood(read.reason());
            if (std::find(numbers.begin(), numbers.end(), read.value()) == numbers.end()) {
                numbers.push_back(std::move(read.value()));
            }
        }
    }
    if (numbers.empty())
        return Result::not_understood(fmt::format("{}no digits", kNone));
    if (numbers.size() > kNumbersMax) {
        return Result::not_understood(
            fmt::format("{} phone numbers in one cell, at most {}", numbers.size(), kNumbersMax));
    }
    return Result::of(std::move(numbers));
}

}  // namespace coterie::normalize
