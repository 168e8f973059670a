/// Guessing the encoding of text that is neither UTF-8 nor UTF-16.
#pragma once

#include <string>
#include <string_view>

namespace coterie::text {

struct Charset {
    std::string name;  ///< as ICU knows it
    std::string why;
};

/// The encoding in which the bytes beyond ASCII are the letters that people write.
///
/// Windows-1252 (whose letters are Latin-1's too) and Mac Roman are told apart by what each byte
/// would be: "Søren" with BF for ø is Mac Roman, since Windows-1252 has an inverted question mark
/// there, in the middle of a word. Where neither gives letters, ICU's detector is asked. Where
/// nothing is clear it is Windows-1252.
Charset charset_of(std::string_view sample);

}  // namespace coterie::text
