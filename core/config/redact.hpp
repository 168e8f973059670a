/// Keeping secrets out of logs, errors and reports.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace coterie::config {

/// Shorter ones are not replaced: they would blacken every second word and hide nothing.
constexpr std::size_t kRedactedBytesMin = 4;

/// The text with each secret as ***, the longest first, so that none leaves its end behind.
std::string redact(std::string_view text, const std::vector<std::string>& secrets);

/// The values of a plugin's config that its manifest's schema marks `"secret": true`, also where
/// the config file has them in plain text.
std::vector<std::string> secrets_of(const nlohmann::json& config, const nlohmann::json& schema);

}  // namespace coterie::config
