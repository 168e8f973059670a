/// Golden records as rows.
#pragma once

#include "workbook.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace xlsx {

/// The sheet Influencers: one row a golden record.
std::vector<std::string> influencer_columns();
std::vector<Cell> influencer_row(const nlohmann::json& golden);

/// The sheet Profiles: one row a profile.
std::vector<std::string> profile_columns();
std::vector<std::vector<Cell>> profile_rows(const nlohmann::json& golden);

/// The sheet Provenance: one row a value.
std::vector<std::string> provenance_columns();
std::vector<std::vector<Cell>> provenance_rows(const nlohmann::json& golden);

}  // namespace xlsx
