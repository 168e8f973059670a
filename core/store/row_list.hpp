/// Lists of row numbers as compact bytes: sorted, each as its distance from the one before.
#pragma once

#include "coterie/result.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::store {

/// The rows (in any order, each at least 1) as bytes: one byte a row where they lie close.
std::string encode_rows(std::span<const std::uint32_t> rows);

/// Appends the rows that `encoded` holds, ascending.
/// \return Fatal when it is damaged.
Result<void> decode_rows(std::string_view encoded, std::vector<std::uint32_t>& rows);

/// Sorts and leaves each row once.
void sort_unique(std::vector<std::uint32_t>& rows);

}  // namespace coterie::store
