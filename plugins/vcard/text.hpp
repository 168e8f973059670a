/// The encodings and escapes that text in a vCard goes through.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vcard {

/// Which rules a card is read by. A card that does not say is read as 3.0.
enum class Version { V21, V30, V40 };

/// ASCII letters only.
std::string lower(std::string_view text);
std::string upper(std::string_view text);
bool same_ignoring_case(std::string_view a, std::string_view b);
/// Without blanks and tabs on both sides.
std::string_view trimmed(std::string_view text);

/// The bytes of quoted-printable text whose soft line breaks are gone already; CRLF becomes LF.
/// \return Nothing where a '=' is followed by no two hexadecimal digits; a '=' at the very end is
///         what a soft break left and is dropped.
std::optional<std::string> from_quoted_printable(std::string_view text);
/// Nothing where it holds something else than base64 and blanks.
std::optional<std::string> from_base64(std::string_view text);
bool is_base64_digit(char c);

/// Whether ICU knows an encoding of that name.
bool is_encoding(const std::string& name);
/// Text in UTF-8.
///
/// \param charset   What the property declares; "" or a name that ICU does not know: nothing.
/// \param fallback  What undeclared bytes are that are no UTF-8. \pre is_encoding(fallback)
/// Bytes that do not fit the declared charset are read like undeclared ones. A place that is
/// damaged in text that is UTF-8 otherwise becomes U+FFFD.
std::string to_utf8(std::string_view bytes, const std::string& charset,
                    const std::string& fallback);

/// Takes the backslashes away: in 2.1 those before ; , and :, later also \n, \\ and \".
std::string unescaped(std::string_view text, Version version);
/// The parts between the separators that no backslash protects, still escaped.
std::vector<std::string_view> split(std::string_view text, char separator);

/// ^n, ^' and ^^ in a parameter (RFC 6868); other carets stand for themselves.
std::string caret_decoded(std::string_view text);

}  // namespace vcard
