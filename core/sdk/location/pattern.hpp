/// Patterns of file names, and which of several versions of a file is the newest.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace coterie::location {

enum class Capitals { Matter, DoNotMatter };

/// Whether `text` holds * ? or [.
bool is_pattern(std::string_view text);

/// Whether all of `text` fits `pattern`: * (any but /), ? (one but /), [a-z] and [!a-z], and **
/// (any at all; before a / also nothing). \par Cost O(pattern × text), whatever they are.
bool matches(std::string_view pattern, std::string_view text, Capitals capitals = Capitals::Matter);

/// The longest part of a pattern that stands for itself.
std::string_view longest_plain_part(std::string_view pattern);

/// The last date in a file's name, as yyyymmdd: 2026-11-08, 20261108, 08.11.2026, 2026-11 (its
/// first day). \return 0 where there is none.
std::uint32_t date_in_name(std::string_view name);

}  // namespace coterie::location
