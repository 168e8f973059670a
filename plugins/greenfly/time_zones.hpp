/// Time zones of countries that have one.
#pragma once

#include <string_view>

namespace greenfly {

/// The IANA name; empty for a country that has several, or is none.
/// \param country  ISO 3166-1, two capitals.
std::string_view time_zone_of(std::string_view country);

}  // namespace greenfly
