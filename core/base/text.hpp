/// Text: UTF-8, folding for comparison, small parsing helpers. Knows nothing of the field.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace coterie {

/// Whether the bytes are well-formed UTF-8 (no surrogates, no overlong forms).
bool is_utf8(std::string_view text);
/// The longest prefix of at most `bytes_max` bytes that ends at a character's end.
std::string_view clip_utf8(std::string_view text, std::size_t bytes_max);
/// Without white space at both ends: ASCII blanks, U+00A0, U+2000-U+200B, U+202F, U+3000, U+FEFF.
std::string_view trim(std::string_view text);
/// ASCII letters in lower case, the rest as it is.
std::string ascii_lower(std::string_view text);
/// As the text of an HTML element or the value of a quoted attribute.
std::string html_escaped(std::string_view text);
/// For comparing: NFKC, case folded, white space runs as one blank, zero-width and control
/// characters and emoji gone. Needs well-formed UTF-8.
std::string fold(std::string_view text);
/// For comparing names across spellings: `fold`, then æ→ae, ø→oe, å→aa, ß→ss, ð, þ, ł …, other
/// marks dropped, other scripts transliterated to Latin; only a-z, 0-9 and single blanks remain.
std::string fold_latin(std::string_view text);
/// Parts between `separator`, untrimmed; "" gives one empty part.
std::vector<std::string_view> split(std::string_view text, char separator);
/// Number of edits (insert, delete, change, swap neighbours) between the texts, by bytes.
std::size_t edit_distance(std::string_view a, std::string_view b);
/// The nearest of `candidates`, where it is near enough to be a typing slip.
std::optional<std::string> nearest(std::string_view word,
                                   const std::vector<std::string>& candidates);
/// The bytes made safe for a terminal or a log line: control characters and broken UTF-8 as \xNN,
/// cut at `bytes_max` with "…".
std::string printable(std::string_view text, std::size_t bytes_max = 200);

}  // namespace coterie
