#include "pipeline/normalize/fact_text.hpp"
#include "pipeline/normalize/fact_values.hpp"
#include "pipeline/normalize/number_text.hpp"

namespace coterie::normalize {
namespace {

/// The power of ten of a sign or word for hundredths; nothing if none stands here.
std::optional<int> take_percent_sign(TextCursor& cursor) {
    cursor.skip_blanks();
    if (cursor.take('%') || cursor.take("٪") || cursor.take("％")) {
        return -2;
    }
    if (cursor.take("‰")) {
        return -3;
    }
    if (cursor.take_phrase({"pct", "procent", "prosent", "prozent", "percent", "per cent",
                            "pour cent", "por ciento", "por cento"})) {
        return -2;
    }
    return std::nullopt;
}

bool is_above_one(std::string_view decimal) {
    return decimal != "1" && !decimal.starts_with("0");
}

}  // namespace

Reading<std::string> read_share(std::string_view raw, const ReadingContext& context,
                                bool is_percent) {
    using Share = Reading<std::string>;
    const Cell cell = Cell::open(raw, PlainText::kBytesMax);
    if (!cell.is_usable()) {
        return cell.refusal<std::string>();
    }
    const auto plain = PlainText::of(cell.text);
    if (!plain) {
        return Share::not_understood("no share: too long");
    }
    TextCursor cursor(plain->view());
    cursor.take_phrase({"ca", "cirka", "circa", "~", "≈"});
    // "%12" is how Turkish and Basque write it.
    const bool has_sign_before = cursor.take('%');
    cursor.skip_blanks();
    auto number = scan_number(cursor);
    if (!number) {
        return Share::not_understood("no share: it does not begin with a number");
    }
    const int exponent = scan_exponent(cursor).value_or(0);
    const auto sign = has_sign_before ? std::optional(-2) : take_percent_sign(cursor);
    cursor.skip_blanks();
    if (!cursor.at_end()) {
        return Share::not_understood("no share: text after the number");
    }
    if (!settle_marks(*number, context.decimal, LoneMark::Decimal)) {
        return Share::not_understood("no share: the marks between the digits fit no number");
    }
    const int power = exponent + sign.value_or(is_percent ? -2 : 0);
    if (power < -40 || power > 40) {
        return Share::not_understood("no share: its exponent is out of range");
    }
    auto text = decimal_text(*number, power);
    constexpr std::size_t kTextBytesMax = 40;
    if (text.size() > kTextBytesMax) {
        return Share::not_understood("no share: too many digits");
    }
    if (is_above_one(text)) {
        return Share::not_understood(sign || is_percent
                                         ? "no share: above 100 %"
                                         : "no share: above 1; if the column holds per cent, its "
                                           "mapping must say so");
    }
    return Share::of(std::move(text));
}

}  // namespace coterie::normalize
