/// How OOXML writes text into XML.
#pragma once

#include <string>
#include <string_view>

namespace spreadsheet {

/// Appends text of which "_x000D_" and its kin are characters that XML cannot hold.
void append_unescaped(std::string& out, std::string_view text);

/// Without the blanks around it, which count only under xml:space="preserve".
std::string_view without_blanks(std::string_view text);

/// Appends a code point as UTF-8; what is none, and NUL, as U+FFFD.
void append_utf8(std::string& out, char32_t c);

}  // namespace spreadsheet
