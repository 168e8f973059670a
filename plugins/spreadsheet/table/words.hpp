/// The few words that help where structure alone is unsure. Data about fields belongs into
/// mappings.
#pragma once

#include <string>
#include <string_view>

namespace spreadsheet {

/// Lower case (Latin letters), white space and underscores as one blank each, none at the ends.
std::string folded(std::string_view text);

/// Whether is_total_label(folded(text)) is worth asking: told by the first byte.
bool may_be_total_label(std::string_view text);

/// The functions below take folded text.

/// "total", "i alt", "gesamt" and their kin, alone or before something else ("total micro").
bool is_total_label(std::string_view text);
/// Whether the text is what columns of rosters are called, or opens or ends with such a word.
bool is_header_word(std::string_view text);
/// Whether a header says that its column names people or profiles.
bool is_identity_word(std::string_view text);
/// Whether a header says what a breakdown is by: month, country, age.
bool is_dimension_word(std::string_view text);
/// A month, weekday, quarter, platform or age band: what a breakdown's rows are called.
bool is_dimension_value(std::string_view text);
bool is_platform_word(std::string_view text);
/// Whether one of its words is one of groups of people: "micro", "influencers", "tier", a platform.
bool has_section_word(std::string_view text);
/// Whether a sign says that it is a note, wherever it stands: "* as of May", "# exported".
bool is_comment(std::string_view text);
/// Whether it opens as notes do: "*", "note", "kilde", "updated".
bool is_note_opening(std::string_view text);

}  // namespace spreadsheet
