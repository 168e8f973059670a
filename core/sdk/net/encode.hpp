/// Percent-encoding (RFC 3986).
#pragma once

#include <string>
#include <string_view>

namespace coterie::net {

/// Percent-encodes all that is not a letter, a digit or one of -._~.
std::string encode_part(std::string_view text);

}  // namespace coterie::net
