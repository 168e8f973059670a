#include "pipeline/normalize/fact_text.hpp"
#include "pipeline/normalize/fact_values.hpp"
#include "pipeline/normalize/number_text.hpp"

#include <unicode/ucurr.h>
#include <unicode/uenum.h>

#include <algorithm>
#include <array>
#include <unordered_set>

namespace coterie::normalize {
namespace {

using Money = Reading<MoneyValue>;

/// Signs that several currencies share; the context tells which.
constexpr std::string_view kKroner = "kr";
constexpr std::string_view kDollars = "$";

struct CurrencyWord {
    std::string_view words;  ///< '|' between them, in lower case
    std::string_view code;
};

constexpr CurrencyWord kCurrencyWords[] = {
    {"€|euro|euros|eur.", "EUR"},
    {"£|pound|pounds|pund|gbp£|pound sterling", "GBP"},
    {"us$|u.s.$|$us|usd$|us dollar|us dollars|dollar us", "USD"},
    {"kr|kr.|krone|kroner|kronor|krona|krónur", kKroner},
    {"$|dollar|dollars", kDollars},
    {"danske kroner|dkr|dkr.|d.kr|d.kr.|danish kroner|danish krone", "DKK"},
    {"svenske kroner|svenska kronor|skr|skr.|swedish kronor|swedish krona", "SEK"},
    {"norske kroner|nkr|nkr.|norwegian kroner|norwegian krone", "NOK"},
    {"íslenskar krónur|islandske kroner|ikr|ikr.", "ISK"},
    {"a$|au$|aud$", "AUD"},
    {"c$|ca$|cad$|can$", "CAD"},
    {"nz$", "NZD"},
    {"hk$", "HKD"},
    {"s$|sg$", "SGD"},
    {"r$|real|reais", "BRL"},
    {"sfr|sfr.|fr.|franken|schweizer franken|swiss francs", "CHF"},
    {"zł|zl|złoty|zloty|złotych", "PLN"},
    {"₹|rs|rs.|rupees|rupee", "INR"},
    {"₦|naira", "NGN"},
    {"₽|руб|руб.", "RUB"},
    {"₴|грн|грн.", "UAH"},
    {"₺|tl", "TRY"},
    {"₩|won", "KRW"},
    {"₪", "ILS"},
    {"฿|baht", "THB"},
    {"₫", "VND"},
    {"₱", "PHP"},
    {"kč|kc", "CZK"},
    {"ft|forint", "HUF"},
};

/// All that names a currency: the words above and each code of ISO 4217 in use.
const Lexicon<std::string>& currency_words() {
    static const Lexicon<std::string> words = [] {
        Lexicon<std::string> made;
        for (const auto& row : kCurrencyWords) {
            for (const auto word : split(row.words, '|')) {
                made.emplace(word, row.code);
            }
        }
        UErrorCode status = U_ZERO_ERROR;
        UEnumeration* codes = ucurr_openISOCurrencies(UCURR_COMMON | UCURR_NON_DEPRECATED, &status);
        std::int32_t length = 0;
        while (const char* code = uenum_next(codes, &length, &status)) {
            const std::string_view word(code, static_cast<std::size_t>(length));
            made.insert_or_assign(ascii_lower(word), std::string(word));
        }
        uenum_close(codes);
        return made;
    }();
    return words;
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

/// \return "" where the context does not tell.
std::string kroner_of(const ReadingContext& context) {
    if (is_one_of(context.currency, {"DKK", "SEK", "NOK", "ISK"})) {
        return context.currency;
    }
    const auto& country = context.country;
    if (is_one_of(country, {"DK", "FO", "GL"})) {
        return "DKK";
    }
    if (country == "SE") {
        return "SEK";
    }
    if (is_one_of(country, {"NO", "SJ"})) {
        return "NOK";
    }
    return country == "IS" ? "ISK" : "";
}

std::string dollars_of(const ReadingContext& context) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kDollarCountries = {
        {{"AU", "AUD"},
         {"CA", "CAD"},
         {"NZ", "NZD"},
         {"HK", "HKD"},
         {"SG", "SGD"},
         {"MX", "MXN"},
         {"CL", "CLP"},
         {"CO", "COP"},
         {"AR", "ARS"},
         {"TW", "TWD"}}};
    for (const auto& [country, currency] : kDollarCountries) {
        if (context.currency == currency ||
            (context.currency.empty() && context.country == country)) {
            return std::string(currency);
        }
    }
    return "USD";
}

/// The code for what a word stands for; "" for a sign that the context does not decide.
std::string currency_of(std::string_view meaning, const ReadingContext& context) {
    if (meaning == kKroner) {
        return kroner_of(context);
    }
    if (meaning == kDollars) {
        return dollars_of(context);
    }
    return std::string(meaning);
}

/// The text at the cursor up to a digit, a mark before a digit, or the end; blanks trimmed.
std::string_view take_words(TextCursor& cursor) {
    const auto text = cursor.rest();
    std::size_t length = 0;
    const auto is_digit = [&](std::size_t at) {
        return at < text.size() && text[at] >= '0' && text[at] <= '9';
    };
    while (length < text.size() && !is_digit(length)) {
        const bool is_mark = text[length] == '-' || text[length] == '(' || text[length] == '<' ||
                             text[length] == '>';
        if (is_mark) {
            break;
        }
        ++length;
    }
    const auto words = text.substr(0, length);
    cursor.skip(length);
    return trim(words);
}

/// "t.kr" is a thousand kroner, "tkr" and "mkr" likewise.
struct Unit {
    int power = 0;
    std::string_view currency;  ///< its meaning in currency_words, "" none
};

/// Fees are agreed without value-added tax; to say so changes nothing.
std::string_view without_tax_remark(std::string_view words) {
    for (const std::string_view remark :
         {"ekskl. moms", "ekskl.moms", "eks. moms",  "ex. moms",    "ex moms",
          "excl. moms",  "u. moms",    "uden moms",  "+ moms",      "+moms",
          "exkl. moms",  "excl. vat",  "excl vat",   "ex. vat",     "ex vat",
          "+ vat",       "+vat",       "zzgl. mwst", "zzgl. mwst.", "netto"}) {
        if (words.ends_with(remark)) {
            return trim(words.substr(0, words.size() - remark.size()));
        }
    }
    return words;
}

/// Nothing where the words are no currency and no unit.
std::optional<Unit> unit_of(std::string_view words, const NumberText& number,
                            const ReadingContext& context) {
    words = trim(words);
    if (words.empty()) {
        return Unit{};
    }
    const auto& lexicon = currency_words();
    const auto as_currency = [&](std::string_view word) -> std::string_view {
        const auto found = lexicon.find(word);
        return found == lexicon.end() ? std::string_view() : std::string_view(found->second);
    };
    if (const auto currency = as_currency(words); !currency.empty()) {
        return Unit{0, currency};
    }
    if (is_one_of(words, {"tkr", "tkr.", "t.kr", "t.kr.", "t kr", "t kr.", "tkr,-"})) {
        return Unit{3, kKroner};
    }
    if (is_one_of(words, {"mkr", "mkr.", "m.kr", "m.kr."})) {
        return Unit{6, kKroner};
    }
    if (is_one_of(words, {"tdkk", "t.dkk", "kdkk"})) {
        return Unit{3, "DKK"};
    }
    // A unit, then perhaps a currency: "k usd", "mio. kr.", "k$".
    TextCursor cursor(words);
    const auto word = cursor.take_word();
    const auto power = power_of_unit(word, number, context);
    if (!power) {
        return std::nullopt;
    }
    cursor.take('.');
    cursor.skip_blanks();
    if (cursor.at_end()) {
        return Unit{*power, {}};
    }
    const auto currency = as_currency(cursor.rest());
    return currency.empty() ? std::nullopt : std::optional(Unit{*power, currency});
}

bool has_three_decimals(std::string_view currency) {
    return is_one_of(currency, {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"});
}

/// "1250" or "1234.50": no fraction, or one of two digits at least, so that equal amounts are equal
/// texts.
std::string amount_text(const NumberText& number, int power) {
    std::string text = decimal_text(number, power);
    const auto point = text.find('.');
    if (point != std::string::npos && text.size() - point == 2) {
        text.push_back('0');
    }
    return text;
}

Money not_money(const char* reason) {
    return Money::not_understood(reason);
}

Money read_plain(std::string_view text, const ReadingContext& context) {
    TextCursor cursor(text);
    const auto before = take_words(cursor);
    auto number = scan_number(cursor);
    if (!number) {
        return not_money(cursor.peek() == '-' || cursor.peek() == '('
                             ? "no amount: negative"
                             : "no amount: no number at its beginning or after the currency");
    }
    // "1.250,-" and "1250.-"
    if (!cursor.take(",-")) {
        cursor.take(".-");
    }
    const auto after = without_tax_remark(take_words(cursor));
    if (!cursor.at_end()) {
        return not_money("no amount: more than one number, or text after it");
    }
    // "t.kr. 5" has its unit before the number.
    const auto first = unit_of(before, *number, context);
    const auto second = unit_of(after, *number, context);
    if (!first || !second) {
        return not_money("no amount: words beside the number that are no currency");
    }
    if ((!first->currency.empty() && !second->currency.empty() &&
         first->currency != second->currency) ||
        (first->power != 0 && second->power != 0)) {
        return not_money("no amount: two currencies or units");
    }
    const int power = first->power + second->power;
    const auto meaning = first->currency.empty() ? second->currency : first->currency;
    MoneyValue money;
    money.currency = meaning.empty() ? context.currency : currency_of(meaning, context);
    const bool is_lone_three = number->mark_count == 1 && number->group_sizes[1] == 3;
    if (is_lone_three && has_three_decimals(money.currency) &&
        context.decimal == ReadingContext::Decimal::Unknown) {
        return not_money("no amount: its currency has three decimals, so the mark is undecidable");
    }
    const bool is_settled =
        power != 0 ? settle_marks(*number, ReadingContext::Decimal::Unknown, LoneMark::Decimal)
                   : settle_marks(*number, context.decimal, LoneMark::Group);
    if (!is_settled) {
        return not_money("no amount: the marks between the digits fit no number");
    }
    if (number->has_leading_zero()) {
        return not_money("no amount: it begins with a zero, as ids and codes do");
    }
    money.amount = amount_text(*number, power);
    const auto point = money.amount.find('.');
    constexpr std::size_t kWholeDigitsMax = 15;
    // "1,0040" would come out as "1.004", which reads as a thousand and four.
    constexpr std::size_t kFractionDigitsMax = 2;
    if (std::min(point, money.amount.size()) > kWholeDigitsMax ||
        (point != std::string::npos && money.amount.size() - point - 1 > kFractionDigitsMax)) {
        return not_money("no amount: more than two decimals, or too many digits");
    }
    return Money::of(std::move(money));
}

}  // namespace

Reading<MoneyValue> read_money(std::string_view raw, const ReadingContext& context) {
    const Cell cell = Cell::open(raw, PlainText::kBytesMax);
    if (!cell.is_usable()) {
        return cell.refusal<MoneyValue>();
    }
    const auto plain = PlainText::of(cell.text);
    if (!plain) {
        return not_money("no amount: too long");
    }
    return read_plain(plain->view(), context);
}

Reading<std::string> read_currency(std::string_view raw, const ReadingContext& context) {
    using Currency = Reading<std::string>;
    const Cell cell = Cell::open(raw, PlainText::kBytesMax);
    if (!cell.is_usable()) {
        return cell.refusal<std::string>();
    }
    const auto plain = PlainText::of(cell.text);
    const auto& words = currency_words();
    const auto found = plain ? words.find(plain->view()) : words.end();
    if (found == words.end()) {
        return Currency::not_understood("no currency of ISO 4217");
    }
    auto currency = currency_of(found->second, context);
    if (currency.empty()) {
        return Currency::not_understood(
            "kroner of Denmark, Sweden, Norway or Iceland: the source's currency or country must "
            "tell which");
    }
    return Currency::of(std::move(currency));
}

}  // namespace coterie::normalize
