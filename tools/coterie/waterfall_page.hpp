/// Two records' match weight drawn as a page.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace coterie::cli {

/// A self-contained page: no script, nothing from a network.
/// \param waterfall  as StoreWeigher::weigh gives it.
/// \param evidence   as evidence_between gives it.
std::string waterfall_page(const std::string& a, const std::string& b, bool is_same,
                           const nlohmann::json& waterfall, const nlohmann::json& evidence);

}  // namespace coterie::cli
