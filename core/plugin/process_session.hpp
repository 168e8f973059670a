/// A session whose plugin runs in a coterie-plugin-host process.
#pragma once

#include "plugin/session.hpp"

namespace coterie::plugin {

/// \copydoc Session::open
Result<std::unique_ptr<Session>>
open_isolated(const Installed& plugin, const nlohmann::json& config, SessionOptions options);

}  // namespace coterie::plugin
