/// One content line of a card: group, name, parameters, value.
#pragma once

#include "text.hpp"

#include "coterie/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vcard {

struct Parameter {
    std::string name;                 ///< capitals; TYPE for a bare word of 2.1
    std::vector<std::string> values;  ///< one at least
};

struct Property {
    std::string group;  ///< "item1", as written
    std::string name;   ///< capitals
    std::vector<Parameter> parameters;
    /// UTF-8, out of its transfer encoding, with the backslashes that it has in the file.
    std::string value;
    /// The size of a binary value, which is left out: `value` is then empty.
    std::uint64_t binary_bytes = 0;
    bool is_binary = false;
    std::uint64_t line = 0;

    /// The first value of a parameter; "" without one.
    [[nodiscard]] std::string parameter(std::string_view wanted) const;
    [[nodiscard]] bool has(std::string_view wanted) const;
};

struct Card {
    Version version = Version::V30;
    std::uint64_t line = 0;
    std::vector<Property> properties;
    std::vector<Card> agents;  ///< cards inside of this one
};

/// Where the header of a content line ends: the colon outside of quotes. npos: there is none.
/// A quote that never closes is none.
std::size_t header_end(std::string_view line);

/// More of them break the card.
constexpr std::size_t kParametersMax = 256;

/// What a header says before its value is there.
struct Header {
    Property property;  ///< without value
    bool is_quoted_printable = false;
    bool is_base64 = false;
    std::string charset;
};

/// \return Data error where it is no header.
coterie::Result<Header> parse_header(std::string_view header, Version version,
                                     const std::string& fallback);

/// Whether a property's base64 is no text: photos, sounds, keys, and what nobody knows.
bool holds_binary(std::string_view name);

}  // namespace vcard
