/// How alike two strings are. Units are what the views hold: bytes of folded names, or code points.
#pragma once

#include <cstddef>
#include <string_view>

namespace coterie::match {

/// Jaro's similarity with Winkler's boost for a common beginning, 0 to 1: Winkler 1990, with a
/// scale of 0.1 over at most four units, given only above a Jaro similarity of 0.7. Two empty
/// strings are 1. Symmetric.
/// \par Cost time O(|a|·|b|), no allocation up to 64 units. Any thread.
double jaro_winkler(std::string_view a, std::string_view b);
double jaro_winkler(std::u32string_view a, std::u32string_view b);

/// How many units must be added, dropped, changed or swapped with their neighbour, no unit touched
/// twice (optimal string alignment: Damerau 1964 as restricted by Boytsov 2011).
/// \return at most `most` + 1: what is farther apart is not counted on.
/// \par Cost time O(|a|·most) once lengths are alike, no allocation up to 64 units. Any thread.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t most = 255);
std::size_t edit_distance(std::u32string_view a, std::u32string_view b, std::size_t most = 255);

}  // namespace coterie::match
