/// One raw cell → canonical values, by the field's kind of value.
#pragma once

#include "pipeline/normalize/mapping_rules.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace coterie::normalize {

/// A raw value on its way to a reader.
struct RawText {
    std::string_view text;
    bool is_number = false;  ///< a JSON number: its mark is the point, whatever the source's is
};

/// One value of a cell.
struct ReadValue {
    std::string text;
    std::string extra;  ///< of an e-mail its role, of money its currency; "" where unknown
};

/// Appends the values that the cell holds to `out` (nothing when it says that there is nothing).
/// For all kinds but whole names and profiles, which come to facts of several fields.
/// \return "" or why it is not understood.
std::string read_cell(const Rule& rule, const RawText& raw, const ReadingContext& context,
                      std::vector<ReadValue>& out);

/// Danish personal identity numbers (CPR: a date DDMMYY, "-", four digits), overwritten with X in
/// `text`, which need not be UTF-8. \return how many there were.
/// \par Cost One pass for '-'.
std::size_t mask_cpr_numbers(std::string& text);
/// Whether there is one.
bool holds_cpr_number(std::string_view text);

/// "1.25e4" → "12500", "1250.0" → "1250", exactly; the token itself where that would be long.
std::string plain_number(std::string_view token);

}  // namespace coterie::normalize
