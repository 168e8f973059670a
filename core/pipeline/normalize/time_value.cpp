#include "base/time.hpp"
#include "pipeline/normalize/fact_text.hpp"
#include "pipeline/normalize/fact_values.hpp"
#include "pipeline/normalize/number_text.hpp"

#include <fmt/format.h>
#include <unicode/basictz.h>
#include <unicode/timezone.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <memory>

namespace coterie::normalize {
namespace {

using Time = Reading<std::string>;
using std::chrono::year_month_day;

constexpr int kYearMin = 1800;
constexpr int kYearMax = 2199;

/// What a text says of a time, before a zone is applied.
struct Moment {
    int year = 0;
    int month = 0;
    int day = 0;
    bool has_clock = false;
    int hour = 0;
    int minute = 0;
    int second = 0;
    bool has_zone = false;
    int offset_minutes = 0;
};

Time not_a_time(std::string reason) {
    return Time::not_understood(std::move(reason));
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// ---- from a moment to the text that is kept ------------------------------------------------

/// The offsets of a place's clocks. ICU's zones cost microseconds to make, so each thread keeps the
/// one it used last: a source has one.
class Zone {
  public:
    /// Nothing for a name that the IANA database does not have.
    static const Zone* of(const std::string& name) {
        thread_local Zone last;
        if (last.name_ != name || last.name_.empty()) {
            last = Zone();
            last.name_ = name;
            std::unique_ptr<icu::TimeZone> made(
                icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(name)));
            if (made && *made != icu::TimeZone::getUnknown()) {
                last.zone_.reset(dynamic_cast<icu::BasicTimeZone*>(made.get()));
                if (last.zone_) {
                    static_cast<void>(made.release());
                }
            }
        }
        return last.zone_ ? &last : nullptr;
    }

    /// A time that the clocks skip is read as if they had not been moved yet (02:30 becomes 03:30),
    /// one that they show twice is the first of the two.
    [[nodiscard]] Timestamp to_utc(std::chrono::seconds local) const {
        std::int32_t raw = 0;
        std::int32_t saving = 0;
        UErrorCode status = U_ZERO_ERROR;
        zone_->getOffsetFromLocal(static_cast<double>(local.count()) * 1000.0, UCAL_TZ_LOCAL_FORMER,
                                  UCAL_TZ_LOCAL_FORMER, raw, saving, status);
        return Timestamp(local - std::chrono::seconds((raw + saving) / 1000));
    }

  private:
    std::string name_;
    std::unique_ptr<icu::BasicTimeZone> zone_;
};

bool is_valid_clock(const Moment& moment) {
    return moment.hour >= 0 && moment.hour <= 23 && moment.minute >= 0 && moment.minute <= 59 &&
           moment.second >= 0 && moment.second <= 59;
}

std::chrono::sys_days day_of(const Moment& moment) {
    return year_month_day{std::chrono::year{moment.year},
                          std::chrono::month{static_cast<unsigned>(moment.month)},
                          std::chrono::day{static_cast<unsigned>(moment.day)}};
}

bool is_valid_date(const Moment& moment) {
    return moment.year >= kYearMin && moment.year <= kYearMax && moment.month >= 1 &&
           moment.day >= 1 &&
           year_month_day{std::chrono::year{moment.year},
                          std::chrono::month{static_cast<unsigned>(moment.month)},
                          std::chrono::day{static_cast<unsigned>(moment.day)}}
               .ok();
}

void append_padded(std::string& out, int value, int digits) {
    std::array<char, 4> text{};
    for (int at = digits - 1; at >= 0; --at) {
        text[static_cast<std::size_t>(at)] = static_cast<char>('0' + value % 10);
        value /= 10;
    }
    out.append(text.data(), static_cast<std::size_t>(digits));
}

std::string date_text(const Moment& moment) {
    std::string text;
    append_padded(text, moment.year, 4);
    text.push_back('-');
    append_padded(text, moment.month, 2);
    text.push_back('-');
    append_padded(text, moment.day, 2);
    return text;
}

Time time_of(Timestamp time) {
    const year_month_day date{std::chrono::floor<std::chrono::days>(time)};
    const int year = static_cast<int>(date.year());
    if (year < kYearMin || year > kYearMax) {
        return not_a_time("no time between the years 1800 and 2199");
    }
    return Time::of(to_rfc3339(time));
}

Time local_time(std::chrono::seconds local, const ReadingContext& context) {
    if (context.timezone.empty()) {
        return time_of(Timestamp(local));
    }
    const Zone* zone = Zone::of(context.timezone);
    if (zone == nullptr) {
        return not_a_time("the source's timezone '" + context.timezone +
                          "' is no name of the IANA database, such as Europe/Copenhagen");
    }
    return time_of(zone->to_utc(local));
}

Time finish(const Moment& moment, const ReadingContext& context) {
    if (!is_valid_date(moment)) {
        return not_a_time("no date of the calendar between the years 1800 and 2199");
    }
    if (!moment.has_clock) {
        return moment.has_zone ? not_a_time("no time: a zone without a clock time")
                               : Time::of(date_text(moment));
    }
    if (!is_valid_clock(moment)) {
        return not_a_time("no time of a day");
    }
    const std::chrono::seconds local =
        day_of(moment).time_since_epoch() + std::chrono::hours(moment.hour) +
        std::chrono::minutes(moment.minute) + std::chrono::seconds(moment.second);
    if (moment.has_zone) {
        return time_of(Timestamp(local - std::chrono::minutes(moment.offset_minutes)));
    }
    return local_time(local, context);
}

// ---- words ----------------------------------------------------------------------------------

struct MonthWord {
    std::string_view words;  ///< '|' between them, folded
    int month;
};

// Danish, English, Swedish, Norwegian, German, French, Spanish, Portuguese, and what they shorten.
constexpr MonthWord kMonthWords[] = {
    {"jan|januar|january|januari|jänner|janvier|janv|enero|ene|janeiro", 1},
    {"feb|februar|february|februari|feber|février|févr|fév|fevrier|febrero|fevereiro|fev", 2},
    {"mar|marts|march|mars|märz|mrz|mär|maerz|marzo|março|marco", 3},
    {"apr|april|avril|avr|abril|abr", 4},
    {"maj|may|mai|mayo|maio", 5},
    {"jun|juni|june|juin|junio|junho", 6},
    {"jul|juli|july|juillet|juil|julio|julho", 7},
    {"aug|august|augusti|août|aout|agosto|ago", 8},
    {"sep|sept|september|septembre|septiembre|setiembre|setembro|set", 9},
    {"okt|oct|oktober|october|octobre|octubre|outubro|out", 10},
    {"nov|november|novembre|noviembre|novembro", 11},
    {"dec|dez|des|dic|déc|december|dezember|desember|décembre|decembre|diciembre|dezembro", 12},
};

/// Weekdays and what else stands in dates without a meaning of its own. The shortened Spanish
/// Tuesday, "mar", is a month to the others, so no weekday.
constexpr std::string_view kFillWords =
    "mandag|tirsdag|onsdag|torsdag|fredag|lørdag|søndag|man|tir|tirs|ons|tor|tors|fre|lør|søn|"
    "monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tue|tues|wed|thu|thur|thurs|fri|"
    "sat|sun|måndag|tisdag|torsdag|lördag|söndag|mån|tis|lör|sön|montag|dienstag|mittwoch|"
    "donnerstag|"
    "freitag|samstag|sonnabend|sonntag|mo|di|mi|do|fr|sa|so|lundi|mardi|mercredi|jeudi|vendredi|"
    "samedi|dimanche|lun|mer|jeu|ven|sam|dim|lunes|martes|miércoles|jueves|viernes|sábado|domingo|"
    "segunda|terça|quarta|quinta|sexta|segunda-feira|terça-feira|quarta-feira|quinta-feira|"
    "sexta-feira|d|den|de|del|of|the|le|el|am|st|nd|rd|th|er|º|ª";

constexpr int kFill = 0;

/// Months by name (1-12), and 0 for words that are skipped.
const Lexicon<int>& date_words() {
    static const Lexicon<int> words = [] {
        Lexicon<int> made;
        for (const auto& row : kMonthWords) {
            for (const auto word : split(row.words, '|')) {
                made.emplace(word, row.month);
            }
        }
        for (const auto word : split(kFillWords, '|')) {
            made.emplace(word, kFill);
        }
        return made;
    }();
    return words;
}

std::optional<int> month_of(std::string_view word) {
    const auto found = date_words().find(word);
    return found == date_words().end() || found->second == kFill ? std::nullopt
                                                                 : std::optional(found->second);
}

// ---- pieces ---------------------------------------------------------------------------------

struct Number {
    int value = 0;
    std::size_t digits = 0;
};

/// At most nine digits; `digits` is 0 where none or more stand here.
Number take_number(TextCursor& cursor) {
    Number number;
    auto ahead = cursor;
    while (is_digit(ahead.peek())) {
        if (++number.digits > 9) {
            return {};
        }
        number.value = number.value * 10 + (ahead.peek() - '0');
        ahead.skip(1);
    }
    cursor = ahead;
    return number;
}

/// As POSIX has it for %y: 69-99 are 1969-1999, 00-68 are 2000-2068.
int full_year(int two_digits) {
    return two_digits + (two_digits >= 69 ? 1900 : 2000);
}

/// A fraction of a second is cut off: times are kept in whole seconds.
void skip_fraction(TextCursor& cursor) {
    auto ahead = cursor;
    if (!ahead.take('.') && !ahead.take(',')) {
        return;
    }
    if (!is_digit(ahead.peek())) {
        return;
    }
    while (is_digit(ahead.peek())) {
        ahead.skip(1);
    }
    cursor = ahead;
}

/// "am", "p.m."; false where the hour does not go with it.
bool take_half_day(TextCursor& cursor, Moment& moment) {
    auto ahead = cursor;
    ahead.skip_blanks();
    const bool is_am = ahead.take_phrase({"am", "a.m"});
    const bool is_pm = !is_am && ahead.take_phrase({"pm", "p.m"});
    if (!is_am && !is_pm) {
        return true;
    }
    cursor = ahead;
    if (moment.hour < 1 || moment.hour > 12) {
        // "00:00:00 AM" is what programs write that mix the two clocks: midnight all the same.
        return is_am && moment.hour == 0;
    }
    moment.hour = moment.hour % 12 + (is_pm ? 12 : 0);
    return true;
}

/// "+02:00", "-0800", "+01", after an optional "gmt".
bool take_offset(TextCursor& cursor, Moment& moment) {
    const bool is_negative = cursor.peek() == '-';
    if (!cursor.take('+') && !cursor.take('-')) {
        return false;
    }
    const Number first = take_number(cursor);
    int hours = first.value;
    int minutes = 0;
    if (first.digits == 4) {
        minutes = hours % 100;
        hours /= 100;
    } else if (first.digits == 2 || first.digits == 1) {
        if (cursor.take(':')) {
            const Number second = take_number(cursor);
            if (second.digits != 2) {
                return false;
            }
            minutes = second.value;
        }
    } else {
        return false;
    }
    if (hours > 14 || minutes > 59) {
        return false;
    }
    moment.has_zone = true;
    moment.offset_minutes = (hours * 60 + minutes) * (is_negative ? -1 : 1);
    return true;
}

/// False where something stands here that is no zone. Shortened names of zones mean several ("EST",
/// "IST"), so but for those of Central Europe they are not understood.
bool take_zone(TextCursor& cursor, Moment& moment) {
    cursor.skip_blanks();
    if (cursor.at_end()) {
        return true;
    }
    const auto fixed = [&](int hours) {
        moment.has_zone = true;
        moment.offset_minutes = hours * 60;
        return true;
    };
    if (cursor.peek() == '+' || cursor.peek() == '-') {
        return take_offset(cursor, moment);
    }
    if (cursor.take_phrase({"cest"})) {
        return fixed(2);
    }
    if (cursor.take_phrase({"cet"})) {
        return fixed(1);
    }
    if (cursor.take_phrase({"utc", "gmt", "z"})) {
        return cursor.at_end() ? fixed(0) : take_offset(cursor, moment);
    }
    return false;
}

/// The clock time and zone that end a text; false where it ends otherwise.
/// \param marks  What may stand between hours and minutes.
bool take_clock(TextCursor& cursor, Moment& moment, std::string_view marks) {
    const Number hour = take_number(cursor);
    if (hour.digits < 1 || hour.digits > 2 || marks.find(cursor.peek()) == std::string_view::npos ||
        cursor.at_end()) {
        return false;
    }
    const char mark = cursor.peek();
    cursor.skip(1);
    const Number minute = take_number(cursor);
    if (minute.digits != 2) {
        return false;
    }
    moment.has_clock = true;
    moment.hour = hour.value;
    moment.minute = minute.value;
    if (cursor.take(mark)) {
        const Number second = take_number(cursor);
        if (second.digits != 2) {
            return false;
        }
        moment.second = second.value;
        skip_fraction(cursor);
    }
    return is_valid_clock(moment) && take_half_day(cursor, moment) && take_zone(cursor, moment);
}

/// What follows a whole date: nothing, or a clock time.
bool take_rest(TextCursor& cursor, Moment& moment) {
    if (cursor.at_end()) {
        return true;
    }
    if (cursor.peek() == 't' && cursor.rest().size() > 1 && is_digit(cursor.rest()[1])) {
        cursor.skip(1);
        return take_clock(cursor, moment, ":") && cursor.at_end();
    }
    const bool is_parted = cursor.take(',') || cursor.peek() == ' ';
    if (!is_parted) {
        return false;
    }
    cursor.skip_blanks();
    if (cursor.at_end()) {
        return true;
    }
    cursor.take_phrase({"kl", "at", "um", "klokken", "-"});
    cursor.skip_blanks();
    return take_clock(cursor, moment, ":.") && cursor.at_end();
}

// ---- dates ----------------------------------------------------------------------------------

Time unreadable() {
    return not_a_time("no date or time in a known form; the mapping can name its format");
}

/// "20240312" and "20240312t093000z". Day-first digits cannot be meant: their last four would be a
/// year before 1300.
Time read_compact(TextCursor cursor, int digits, const ReadingContext& context) {
    Moment moment{.year = digits / 10000, .month = digits / 100 % 100, .day = digits % 100};
    if (cursor.take('t')) {
        const Number clock = take_number(cursor);
        if (clock.digits != 6 && clock.digits != 4) {
            return unreadable();
        }
        const int value = clock.digits == 6 ? clock.value : clock.value * 100;
        moment.has_clock = true;
        moment.hour = value / 10000;
        moment.minute = value / 100 % 100;
        moment.second = value % 100;
        skip_fraction(cursor);
        if (!take_zone(cursor, moment)) {
            return unreadable();
        }
    }
    return cursor.at_end() ? finish(moment, context) : unreadable();
}

/// Takes '.', '-', '/' and blanks around; false where none stands here.
bool take_date_mark(TextCursor& cursor) {
    const auto before = cursor.rest().size();
    cursor.skip_blanks();
    if (!cursor.take('.') && !cursor.take('-')) {
        cursor.take('/');
    }
    cursor.skip_blanks();
    return cursor.rest().size() != before;
}

/// Which of two numbers is the day, by the source's order; nothing where that is undecidable.
bool settle_order(Moment& moment, int first, int second, ReadingContext::DateOrder order) {
    switch (order) {
    case ReadingContext::DateOrder::DayFirst:
        moment.day = first;
        moment.month = second;
        return true;
    case ReadingContext::DateOrder::MonthFirst:
        moment.month = first;
        moment.day = second;
        return true;
    case ReadingContext::DateOrder::Unknown:
        break;
    }
    if (first <= 12 && second <= 12 && first != second) {
        return false;
    }
    moment.day = std::max(first, second);
    moment.month = std::min(first, second);
    return true;
}

/// "12-03-2024", "12/3-24", "3/12/24".
Time read_three_numbers(TextCursor cursor, Number first, Number second,
                        const ReadingContext& context) {
    const Number third = take_number(cursor);
    const bool is_short_year = third.digits == 2;
    if (third.digits != 4 && !is_short_year) {
        return unreadable();
    }
    if (is_short_year && context.date_order == ReadingContext::DateOrder::Unknown) {
        return not_a_time("undecidable: day, month and year of two digits each; the source's "
                          "date_order must tell");
    }
    Moment moment;
    moment.year = is_short_year ? full_year(third.value) : third.value;
    if (!settle_order(moment, first.value, second.value, context.date_order)) {
        return not_a_time("undecidable: which is the day; the source's date_order must tell");
    }
    if (moment.month > 12 && moment.day <= 12) {
        return not_a_time("the month is above 12 in the source's date_order; is it another?");
    }
    return take_rest(cursor, moment) ? finish(moment, context) : unreadable();
}

/// "2024-03-12", "2024/3/12", with or without a clock time.
Time read_year_first(TextCursor cursor, int year, const ReadingContext& context) {
    const char mark = cursor.peek();
    Moment moment{.year = year};
    if (mark != '-' && mark != '/' && mark != '.') {
        return unreadable();
    }
    cursor.skip(1);
    const Number month = take_number(cursor);
    if (month.digits == 0 || month.digits > 2 || !cursor.take(mark)) {
        return unreadable();
    }
    const Number day = take_number(cursor);
    if (day.digits == 0 || day.digits > 2) {
        return unreadable();
    }
    moment.month = month.value;
    moment.day = day.value;
    return take_rest(cursor, moment) ? finish(moment, context) : unreadable();
}

/// A date with its month's name, in any order: "12. marts 2024", "dec 8, 2022", "31-oct-23".
Time read_named_month(TextCursor cursor, const ReadingContext& context) {
    Moment moment;
    bool has_year = false;
    while (!(moment.month != 0 && moment.day != 0 && has_year)) {
        while (cursor.peek() == ' ' || cursor.peek() == '.' || cursor.peek() == ',' ||
               cursor.peek() == '-' || cursor.peek() == '/' || cursor.peek() == '\'') {
            cursor.skip(1);
        }
        if (is_digit(cursor.peek())) {
            const Number number = take_number(cursor);
            if (number.digits == 4 && !has_year) {
                moment.year = number.value;
                has_year = true;
            } else if (number.digits >= 1 && number.digits <= 2 && moment.day == 0) {
                moment.day = number.value;
            } else if (number.digits == 2 && !has_year && moment.month != 0) {
                moment.year = full_year(number.value);
                has_year = true;
            } else {
                return unreadable();
            }
            continue;
        }
        const auto word = cursor.take_word();
        const auto found = date_words().find(word);
        if (word.empty() || found == date_words().end()) {
            return unreadable();
        }
        if (found->second != kFill) {
            if (moment.month != 0) {
                return unreadable();
            }
            moment.month = found->second;
        }
    }
    if (cursor.peek() == '.') {
        cursor.skip(1);
    }
    return take_rest(cursor, moment) ? finish(moment, context) : unreadable();
}

Time read_known_forms(std::string_view text, const ReadingContext& context) {
    TextCursor cursor(text);
    const Number first = take_number(cursor);
    if (first.digits == 0) {
        return read_named_month(TextCursor(text), context);
    }
    if (cursor.at_end() && first.digits != 8) {
        return not_a_time(
            "a bare number; the mapping must name its format: excel, excel1904, epoch "
            "or epoch_ms");
    }
    if (first.digits == 8) {
        return read_compact(cursor, first.value, context);
    }
    if (first.digits == 4 && !cursor.rest().starts_with(' ')) {
        auto ahead = cursor;
        ahead.skip(1);
        if (is_digit(ahead.peek())) {
            return read_year_first(cursor, first.value, context);
        }
    }
    if (first.digits > 2) {
        return read_named_month(TextCursor(text), context);
    }
    auto ahead = cursor;
    if (!take_date_mark(ahead)) {
        return read_named_month(TextCursor(text), context);
    }
    const Number second = take_number(ahead);
    if (second.digits == 0 || second.digits > 2 || !take_date_mark(ahead)) {
        return read_named_month(TextCursor(text), context);
    }
    if (!is_digit(ahead.peek())) {
        return unreadable();
    }
    return read_three_numbers(ahead, first, second, context);
}

// ---- formats --------------------------------------------------------------------------------

constexpr std::string_view kDirectives = "YymdeHIMSfbBhaAzpFTR%";

/// Reads one text by one strptime-like format.
class FormatReader {
  public:
    FormatReader(std::string_view text, std::string_view format) : cursor_(text), format_(format) {}

    std::optional<Moment> read() {
        if (!read_format(format_) || !cursor_.at_end() || !has_date_) {
            return std::nullopt;
        }
        if (is_pm_ && moment_.hour < 12) {
            moment_.hour += 12;
        } else if (is_am_ && moment_.hour == 12) {
            moment_.hour = 0;
        }
        return moment_;
    }

  private:
    bool read_format(std::string_view format) {
        for (std::size_t at = 0; at < format.size(); ++at) {
            if (format[at] == '%' && at + 1 < format.size()) {
                if (!read_directive(format[++at])) {
                    return false;
                }
            } else if (format[at] == ' ') {
                cursor_.skip_blanks();
            } else if (!cursor_.take(lower(format[at]))) {
                return false;
            }
        }
        return true;
    }

    static char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

    /// At most `digits` digits, so that "%Y%m%d" reads eight in a row.
    bool take_digits(std::size_t digits, int& value) {
        value = 0;
        std::size_t count = 0;
        while (count < digits && is_digit(cursor_.peek())) {
            value = value * 10 + (cursor_.peek() - '0');
            cursor_.skip(1);
            ++count;
        }
        return count > 0;
    }

    bool take_clock_part(int& value) {
        moment_.has_clock = true;
        return take_digits(2, value);
    }

    bool read_directive(char directive) {
        switch (directive) {
        case 'Y':
            has_date_ = true;
            return take_digits(4, moment_.year);
        case 'y': {
            has_date_ = true;
            int year = 0;
            const bool is_read = take_digits(2, year);
            moment_.year = full_year(year);
            return is_read;
        }
        case 'm':
            return take_digits(2, moment_.month);
        case 'd':
        case 'e':
            cursor_.skip_blanks();
            return take_digits(2, moment_.day);
        case 'H':
        case 'I':
            return take_clock_part(moment_.hour);
        case 'M':
            return take_clock_part(moment_.minute);
        case 'S':
            return take_clock_part(moment_.second);
        case 'f': {
            int ignored = 0;
            return take_digits(9, ignored);
        }
        case 'b':
        case 'B':
        case 'h':
            return take_month();
        case 'a':
        case 'A':
            return take_weekday();
        case 'z':
            return take_zone_of_format();
        case 'p':
            return take_half();
        case 'F':
            return read_format("%Y-%m-%d");
        case 'T':
            return read_format("%H:%M:%S");
        case 'R':
            return read_format("%H:%M");
        case '%':
            return cursor_.take('%');
        default:
            return false;
        }
    }

    bool take_month() {
        const auto month = month_of(cursor_.take_word());
        cursor_.take('.');
        moment_.month = month.value_or(0);
        return month.has_value();
    }

    bool take_weekday() {
        const auto found = date_words().find(cursor_.take_word());
        return found != date_words().end() && found->second == kFill;
    }

    bool take_zone_of_format() {
        if (cursor_.take('z') || cursor_.take("utc") || cursor_.take("gmt")) {
            moment_.has_zone = true;
            return true;
        }
        return take_offset(cursor_, moment_);
    }

    bool take_half() {
        is_am_ = cursor_.take_phrase({"am", "a.m"});
        is_pm_ = !is_am_ && cursor_.take_phrase({"pm", "p.m"});
        return is_am_ || is_pm_;
    }

    TextCursor cursor_;
    std::string_view format_;
    Moment moment_;
    bool has_date_ = false;
    bool is_am_ = false;
    bool is_pm_ = false;
};

/// A whole number with perhaps a fraction, as programs write it: no groups.
struct Serial {
    std::int64_t whole = 0;
    std::string_view fraction;
};

std::optional<Serial> serial_of(std::string_view text) {
    Serial serial;
    const auto mark = text.find_first_of(".,");
    auto whole = text.substr(0, mark);
    if (mark != std::string_view::npos) {
        serial.fraction = text.substr(mark + 1);
    }
    const bool is_negative = whole.starts_with('-');
    whole.remove_prefix(is_negative ? 1 : 0);
    constexpr std::size_t kDigitsMax = 15;
    if (whole.empty() || whole.size() > kDigitsMax ||
        !std::all_of(whole.begin(), whole.end(), is_digit) ||
        !std::all_of(serial.fraction.begin(), serial.fraction.end(), is_digit)) {
        return std::nullopt;
    }
    for (const char c : whole) {
        serial.whole = serial.whole * 10 + (c - '0');
    }
    serial.whole = is_negative ? -serial.whole : serial.whole;
    return serial;
}

/// The fraction of a day in seconds, rounded: Excel keeps 09:30 as 0.395833333333333.
std::int64_t seconds_of_day(std::string_view fraction) {
    constexpr std::size_t kDigitsUsed = 12;
    std::int64_t value = 0;
    std::int64_t unit = 1;
    for (const char c : fraction.substr(0, kDigitsUsed)) {
        value = value * 10 + (c - '0');
        unit *= 10;
    }
    return (value * 86400 + unit / 2) / unit;
}

/// Days since 30 December 1899, which is what Excel's count comes to after the 29 February 1900
/// that it has and the calendar has not; or days since 1904.
Time read_excel(std::string_view text, bool is_1904, const ReadingContext& context) {
    const auto serial = serial_of(text);
    constexpr std::int64_t kPhantomDay = 60;
    constexpr std::int64_t kSerialMax = 2958465;
    if (!serial || serial->whole < (is_1904 ? 0 : 1) || serial->whole > kSerialMax ||
        (!is_1904 && serial->whole == kPhantomDay)) {
        return not_a_time("no serial number of a day in Excel");
    }
    using std::chrono::sys_days;
    using namespace std::chrono_literals;
    const bool is_before_phantom = !is_1904 && serial->whole < kPhantomDay;
    const sys_days start = is_1904 ? sys_days{1904y / 1 / 1} : sys_days{1899y / 12 / 30};
    const sys_days day = start + std::chrono::days(serial->whole + (is_before_phantom ? 1 : 0));
    const std::int64_t seconds = seconds_of_day(serial->fraction);
    if (seconds == 0) {
        const year_month_day date{day};
        Moment moment;
        moment.year = static_cast<int>(date.year());
        moment.month = static_cast<int>(static_cast<unsigned>(date.month()));
        moment.day = static_cast<int>(static_cast<unsigned>(date.day()));
        return finish(moment, context);
    }
    return local_time(day.time_since_epoch() + std::chrono::seconds(seconds), context);
}

Time read_epoch(std::string_view text, std::int64_t units_per_second) {
    const auto serial = serial_of(text);
    if (!serial) {
        return not_a_time("no whole number of seconds or milliseconds since 1970");
    }
    const std::int64_t cut = serial->whole / units_per_second;
    const bool is_below = serial->whole < 0 && cut * units_per_second != serial->whole;
    const std::int64_t seconds = is_below ? cut - 1 : cut;
    // 1800 to 2199; also keeps the calendar's arithmetic in range.
    if (seconds < -5364662400 || seconds > 7258118399) {
        return not_a_time("no time between the years 1800 and 2199");
    }
    return time_of(Timestamp(std::chrono::seconds(seconds)));
}

Time read_format(std::string_view text, std::string_view format, const ReadingContext& context) {
    if (format == "excel" || format == "excel1904") {
        return read_excel(text, format == "excel1904", context);
    }
    if (format == "epoch" || format == "epoch_ms") {
        return read_epoch(text, format == "epoch" ? 1 : 1000);
    }
    if (auto fault = time_format_fault(format); !fault.empty()) {
        return not_a_time(std::move(fault));
    }
    const auto moment = FormatReader(text, format).read();
    return moment ? finish(*moment, context)
                  : not_a_time("no time of the format '" + std::string(format) + "'");
}

}  // namespace

std::string time_format_fault(std::string_view format) {
    if (format.empty() || format == "excel" || format == "excel1904" || format == "epoch" ||
        format == "epoch_ms") {
        return {};
    }
    std::string seen;
    for (std::size_t at = format.find('%'); at != std::string_view::npos;
         at = format.find('%', at + 2)) {
        const auto directive = format.substr(at + 1, 1);
        if (directive.empty() || kDirectives.find(directive) == std::string_view::npos) {
            return "unknown directive '%" + std::string(directive) +
                   "' in a time format; allowed: %Y %y %m %d %e %H %I %M %S %f %b %B %a %A %z %p "
                   "%F "
                   "%T %R %%, or one of excel, excel1904, epoch, epoch_ms";
        }
        seen.append(directive);
    }
    const auto has = [&](std::string_view any) {
        return seen.find_first_of(any) != std::string::npos;
    };
    if (!has("F") && !(has("Yy") && has("mbBh") && has("de"))) {
        return "a time format needs a year (%Y), a month (%m, %b) and a day (%d)";
    }
    if (has("I") && !has("p")) {
        return "a time format with %I needs %p: which half of the day";
    }
    return {};
}

Reading<std::string> read_time(std::string_view raw, const ReadingContext& context,
                               std::string_view format) {
    const Cell cell = Cell::open(raw, PlainText::kBytesMax);
    if (!cell.is_usable()) {
        return cell.refusal<std::string>();
    }
    const auto plain = PlainText::of(cell.text);
    if (!plain) {
        return not_a_time("no date or time: too long");
    }
    return format.empty() ? read_known_forms(plain->view(), context)
                          : read_format(plain->view(), format, context);
}

}  // namespace coterie::normalize
