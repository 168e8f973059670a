/// Columns of text for a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace coterie {

/// How many columns of a terminal it takes; good for the scripts of the field's sources.
std::size_t width_of(std::string_view text);

/// Cut to `width` columns, with "…" where something is missing.
std::string clipped(const std::string& text, std::size_t width);

/// Columns under headers, two blanks between; the last one is cut to fit `width` characters. No
/// line ends in blanks.
std::string table(const std::vector<std::string>& headers,
                  const std::vector<std::vector<std::string>>& rows, std::size_t width);

}  // namespace coterie
