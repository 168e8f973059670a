#include "pipeline/normalize/fact_text.hpp"
#include "pipeline/normalize/fact_values.hpp"
#include "pipeline/normalize/number_text.hpp"

namespace coterie::normalize {
namespace {

using Count = Reading<CountValue>;

enum class Bound { None, Lower, Upper };

/// One number with its unit, not yet turned into a value: "10k", "1.234.567", "1.2e6".
struct Quantity {
    NumberText number;
    std::optional<int> power;  ///< of its own unit or exponent
    bool has_exponent = false;
};

struct Opening {
    Bound bound = Bound::None;
    bool is_rounded = false;
};

/// What stands before the number: "ca.", ">", "op til".
Opening take_opening(TextCursor& cursor) {
    Opening opening;
    for (bool goes_on = true; goes_on && !cursor.at_end();) {
        cursor.skip_blanks();
        const char c = cursor.peek();
        if (c >= '0' && c <= '9') {
            break;
        }
        if (cursor.take_phrase({"ca", "cirka", "circa", "c.", "approx", "approximately", "about",
                                "around", "omkring", "omtrent", "ungefär", "etwa", "environ",
                                "aprox", "~", "≈", "±"})) {
            opening.is_rounded = true;
        } else if (cursor.take_phrase({">=", "≥", ">", "over", "more than", "at least", "mere end",
                                       "mindst", "minst", "über", "mehr als", "mindestens",
                                       "plus de", "más de", "mais de", "min"})) {
            opening.bound = Bound::Lower;
        } else if (cursor.take_phrase({"<=", "≤", "<", "under", "less than", "up to", "mindre end",
                                       "op til", "upp till", "bis zu", "unter", "moins de",
                                       "menos de", "max"})) {
            opening.bound = Bound::Upper;
        } else {
            goes_on = false;
        }
    }
    return opening;
}

/// Nothing where no number stands here.
std::optional<Quantity> scan_quantity(TextCursor& cursor, const ReadingContext& context) {
    const auto number = scan_number(cursor);
    if (!number) {
        return std::nullopt;
    }
    Quantity quantity{*number, scan_exponent(cursor), false};
    quantity.has_exponent = quantity.power.has_value();
    if (quantity.power) {
        return quantity;
    }
    auto ahead = cursor;
    ahead.skip_blanks();
    const auto word = ahead.take_word();
    if (const auto power = power_of_unit(word, *number, context)) {
        ahead.take('.');
        cursor = ahead;
        quantity.power = power;
    }
    return quantity;
}

Count not_a_count(const char* reason) {
    return Count::not_understood(reason);
}

/// With a unit or an exponent one mark is the decimal one ("1,234M"); without, people are counted
/// in whole numbers, so it parts groups.
Count value_of(Quantity quantity, const ReadingContext& context) {
    NumberText& number = quantity.number;
    const bool is_settled =
        quantity.power ? settle_marks(number, ReadingContext::Decimal::Unknown, LoneMark::Decimal)
                       : settle_marks(number, context.decimal, LoneMark::Group);
    if (!is_settled) {
        return not_a_count("no count: the marks between the digits are no groups of three");
    }
    if (number.has_leading_zero()) {
        return not_a_count("no count: it begins with a zero, as ids and codes do");
    }
    const int power = quantity.power.value_or(0);
    const auto value = whole_value(number, power);
    if (!value) {
        return not_a_count("no count: not a whole number below 2^63");
    }
    CountValue count;
    count.value = *value;
    count.is_rounded = quantity.power && *value != 0 &&
                       (!quantity.has_exponent || power > static_cast<int>(number.fraction_count));
    return Count::of(count);
}

/// "12-2024" and "3-12" are dates rather than ranges of followers.
bool could_be_date(std::int64_t low, std::int64_t high) {
    return high <= 31 || (low <= 12 && high >= 1900 && high <= 2100);
}

Count range_of(Quantity low, const Quantity& high, const ReadingContext& context) {
    if (low.has_exponent || high.has_exponent) {
        return not_a_count("no count: a range of numbers with exponents");
    }
    const bool has_unit = high.power.has_value();
    if (!low.power) {
        low.power = high.power;  // "10-15k"
    }
    auto from = value_of(low, context);
    const auto to = value_of(high, context);
    if (!from.has_value() || !to.has_value()) {
        return from.has_value() ? to : from;
    }
    if (from.value().value > to.value().value) {
        return not_a_count("no count: a range whose lower end is above its upper end");
    }
    if (!has_unit && could_be_date(from.value().value, to.value().value)) {
        return not_a_count("no count: a range that could as well be a date");
    }
    from.value().is_lower_bound = true;
    return from;
}

/// What people write after a number of people; likes are not followers, so they stay out.
bool take_noun(TextCursor& cursor) {
    cursor.skip_blanks();
    return cursor.take_phrase(
        {"followers",   "follower",   "følgere",      "følger",     "följare",    "følgjarar",
         "subscribers", "subscriber", "subs",         "abonnenter", "abonnenten", "abonnés",
         "abonnees",    "seguidores", "suscriptores", "inscritos",  "fans",       "views",
         "visninger",   "members",    "medlemmer"});
}

bool take_range_sign(TextCursor& cursor) {
    auto ahead = cursor;
    ahead.skip_blanks();
    if (!ahead.take_phrase({"-", "to", "til", "till", "bis", "à"})) {
        return false;
    }
    ahead.skip_blanks();
    cursor = ahead;
    return true;
}

Count read_words(std::string_view text, const ReadingContext& context) {
    TextCursor cursor(text);
    auto opening = take_opening(cursor);
    const bool has_plus_before = cursor.take('+');
    const auto first = scan_quantity(cursor, context);
    if (!first) {
        return not_a_count("no count: it does not begin with a number");
    }
    if (has_plus_before) {
        // "+10K" is "more than"; "+4512345678" is a phone number.
        if (!first->power || first->has_exponent) {
            return not_a_count("no count: a plus sign before a plain number");
        }
        opening.bound = Bound::Lower;
    }
    Count count = Count::absent();
    if (opening.bound == Bound::None && take_range_sign(cursor)) {
        const auto second = scan_quantity(cursor, context);
        if (!second) {
            return not_a_count("no count: a range without an upper end");
        }
        count = range_of(*first, *second, context);
    } else {
        count = value_of(*first, context);
        cursor.skip_blanks();
        if (cursor.take('+')) {
            opening.bound = Bound::Lower;
        }
    }
    take_noun(cursor);
    cursor.skip_blanks();
    if (!cursor.at_end()) {
        return not_a_count(cursor.peek() == '%' ? "no count: a share in per cent"
                                                : "no count: text after the number");
    }
    if (count.has_value()) {
        CountValue& value = count.value();
        value.is_rounded = value.is_rounded || opening.is_rounded;
        value.is_lower_bound = value.is_lower_bound || opening.bound == Bound::Lower;
        value.is_upper_bound = opening.bound == Bound::Upper;
    }
    return count;
}

}  // namespace

Reading<CountValue> read_count(std::string_view raw, const ReadingContext& context) {
    const Cell cell = Cell::open(raw, PlainText::kBytesMax);
    if (!cell.is_usable()) {
        return cell.refusal<CountValue>();
    }
    const auto plain = PlainText::of(cell.text);
    if (!plain) {
        return not_a_count("no count: too long");
    }
    const auto text = plain->view();
    if (text == "hidden" || text == "skjult" || text == "dold" || text == "private") {
        return Count::absent();  // YouTube lets a channel hide its subscribers
    }
    return read_words(text, context);
}

}  // namespace coterie::normalize
