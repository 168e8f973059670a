/// Short and pet forms of given names that their first letters do not give away.
#pragma once

#include <cstdint>

namespace coterie::match {

/// Whether two given names are forms of one: "mike" and "michael", "peggy" and "margaret".
/// \param a  the hash of a NameToken: folded to a-z.
/// \par Cost a binary search each, no allocation but at the first call; any thread.
bool are_nicknames(std::uint32_t a, std::uint32_t b);

}  // namespace coterie::match
