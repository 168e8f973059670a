/// Normalizers of the values that say something about somebody: counts, shares, times, places,
/// languages, topics, yes/no, money, states. All are pure functions of their arguments, for any
/// thread, and never throw on any bytes. Rules and traps: docs/guides/values.md.
#pragma once

#include "pipeline/normalize/reading.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::normalize {

struct CountValue {
    std::int64_t value = 0;       ///< of a range, its lower end
    bool is_lower_bound = false;  ///< "10k-50k", ">100k", "10K+"
    bool is_upper_bound = false;  ///< "<1000": the value is that bound
    bool is_rounded = false;      ///< "12,5K", "ca. 10.000"
};
/// "12,5K", "1.2M", "1.234.567", "12 500", "1,2 mio.", "12,5 t", "10k-50k", "<1000". Integers all
/// the way, no float. One separator and three digits after it ("1.234") is decided by
/// `context.decimal`; where that is unknown it reads as thousands only for a `.` or `,` or blank
/// group of exactly three digits, since people are counted in whole numbers.
Reading<CountValue> read_count(std::string_view raw, const ReadingContext& context);

/// "4,52%", "4.52 %", "0.0452" → "0.0452" (decimal text, no float). \param is_percent the header
/// says that plain numbers are percentages ("ER (%)"). Above 1 is not understood.
Reading<std::string> read_share(std::string_view raw, const ReadingContext& context,
                                bool is_percent);

/// "12-03-2024", "12. marts 2024", "2024-03-15 09:30", "3/12/24": RFC 3339 UTC, or "YYYY-MM-DD"
/// where only a day is given. Undecidable: not understood. \param format  From the mapping:
/// strptime's ("%d.%m.%Y %H:%M"), or "excel", "excel1904", "epoch",
///                "epoch_ms" for bare numbers; "" tries all known forms.
Reading<std::string> read_time(std::string_view raw, const ReadingContext& context,
                               std::string_view format = {});
/// What is wrong with a time format of a mapping ("unknown directive %Q; allowed: …"); "" if
/// nothing.
std::string time_format_fault(std::string_view format);

/// ISO 3166-1 alpha-2 of "Danmark", "DK", "DNK", "Storbritannien", "UK", "England", a flag.
Reading<std::string> read_country(std::string_view raw);
/// One or several in a cell.
Reading<std::vector<std::string>> read_countries(std::string_view raw);
/// A region or municipality as written, white space and capitals mended ("Region Hovedstaden").
Reading<std::string> read_region(std::string_view raw);
/// A city as written, likewise; a post code before it removed ("8000 Aarhus C").
Reading<std::string> read_city(std::string_view raw);
/// BCP 47 of "dansk", "Danish", "da", "da-DK", "eng"; one or several in a cell.
Reading<std::vector<std::string>> read_languages(std::string_view raw);
/// Topics of a cell ("Beauty/Fashion", "mad, rejser; hverdag"): trimmed, lower case, '#' removed.
Reading<std::vector<std::string>> read_topics(std::string_view raw);
/// "ja", "Y", "✔", "x", "TRUE", "1" / "nej", "N", "0", "FALSE", "☐".
Reading<bool> read_flag(std::string_view raw);

struct MoneyValue {
    std::string amount;    ///< decimal text: "1234.50"
    std::string currency;  ///< ISO 4217; "" where unknown
};
/// "1.250 kr.", "DKK 1250,50", "€1,250.00", "5 tkr", "1.2k USD". Ranges are not understood.
Reading<MoneyValue> read_money(std::string_view raw, const ReadingContext& context);
/// ISO 4217 of "DKK", "€", "US$", "danske kroner". "kr" and "$" are many currencies': the context's
/// currency or country tells which "kr" (else not understood); "$" is USD unless it tells another.
Reading<std::string> read_currency(std::string_view raw, const ReadingContext& context = {});

/// relationship.status of the words that sheets use ("Rykket", "Takket nej", "Signed").
Reading<std::string> read_relationship_status(std::string_view raw);

/// One word of `choices` ('|' between them, as in record::FieldInfo), whatever its capitals,
/// blanks, hyphens and underscores: "Do not contact" is do_not_contact. No other words are
/// understood; "unknown" is absent.
Reading<std::string> read_choice(std::string_view raw, std::string_view choices);
/// Free text: trimmed, NFC, control characters but line ends and tabs gone, line ends as "\n".
Reading<std::string> read_text(std::string_view raw);
/// An http or https address with its scheme, the host in lower case. Other schemes and addresses
/// that hold a user's name or password are not understood.
Reading<std::string> read_url(std::string_view raw);

}  // namespace coterie::normalize
