/// Writing the roster's changes back by a described API.
#pragma once

#include "sdk/rest/description.hpp"

#include "coterie/connector.hpp"

namespace coterie::rest {

Result<void> write_changes(const Description& description, const nlohmann::json& config,
                           const WriteRequest& request, Deliveries& deliveries);

}  // namespace coterie::rest
