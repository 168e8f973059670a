/// What the commands about decisions share.
#pragma once

#include "store/store.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace coterie::cli {

/// Who sits here, by the login name.
std::string login_name();
nlohmann::json decision_json(const store::Decision& decision);
/// "crm/20101 and sheet/7 are the same person".
std::string decision_text(const store::Decision& decision);

}  // namespace coterie::cli
