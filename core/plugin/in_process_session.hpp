/// A session without a process of its own: for debugging, and to measure what isolation costs.
#pragma once

#include "plugin/session.hpp"

namespace coterie::plugin {

/// \copydoc Session::open. Keeps the limits on records only: nothing guards against a crash, a
/// hang or greed.
Result<std::unique_ptr<Session>>
open_in_process(const Installed& plugin, const nlohmann::json& config, SessionOptions options);

}  // namespace coterie::plugin
