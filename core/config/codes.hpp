/// Codes that a config may name: countries, currencies, time zones. As the ICU library knows them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace coterie::config {

/// ISO 3166-1 alpha-2, in capitals ("DK").
bool is_country(std::string_view code);
/// ISO 4217, in capitals, in use today ("DKK").
bool is_currency(std::string_view code);
/// A time zone of the IANA database ("Europe/Copenhagen").
bool is_timezone(std::string_view name);
/// The time zone that was probably meant.
std::optional<std::string> nearest_timezone(std::string_view name);

}  // namespace coterie::config
