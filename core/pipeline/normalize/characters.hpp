/// Characters of well-formed UTF-8, one at a time, and what the normalizers ask about them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::normalize {

/// The character at `at`, which moves behind it. \pre `text` is well-formed and `at` inside it.
char32_t next_character(std::string_view text, std::size_t& at);
/// Appends the character as UTF-8.
void append_character(std::string& out, char32_t character);

inline bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
inline bool is_ascii_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
inline char lower_case(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
inline bool is_ascii_blank(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}
bool is_ascii(std::string_view text);
bool has_digit(std::string_view text);
/// Whether the two are equal but for the case of ASCII letters.
bool equals_ignoring_case(std::string_view a, std::string_view b);
bool starts_with_ignoring_case(std::string_view text, std::string_view start);
/// Whether all of it is letters and marks of any script, digits, or one of `also`.
bool is_letters_digits_or(std::string_view text, std::string_view also);

/// The text with the decoration of profiles gone: emoji, zero-width, bidi and control characters
/// and line breaks removed, styled letters (𝓘𝓭𝓪, ｆｕｌｌ, Ⓒ, ꜱᴍᴀʟʟ ᴄᴀᴘꜱ) as plain ones, accents
/// composed (NFC), white space runs as one blank, none at the ends. \pre well-formed UTF-8.
std::string plain_text(std::string_view text);
/// Text that was UTF-8, read as Windows-1252 ("JosÃ©") or Mac Roman ("Jos√©"), once or twice, as it
/// was meant ("José"); only where every character can have come about in that way, and in one way
/// alone. "" otherwise. \pre well-formed UTF-8.
std::string repaired_mojibake(std::string_view text);
/// Whether letters were lost before the text came here: U+FFFD, "Jos? García", "????", "ýýý",
/// characters of private use. Nothing can bring them back, and "????" must not match "????".
bool is_destroyed(std::string_view text);

/// The same of text of any kind, where a question mark may ask: U+FFFD, "ýýý", or question marks
/// and nothing else.
bool has_lost_letters(std::string_view text);

/// "%C3%B8" as bytes, where the result is well-formed UTF-8 without control characters; otherwise
/// the text as it is.
std::string percent_decoded(std::string_view text);
/// All but unreserved characters, "/" and "@" as %XX.
std::string percent_encoded(std::string_view text);

/// The words between blanks.
std::vector<std::string_view> words_of(std::string_view text);

}  // namespace coterie::normalize
