/// Reading one stream of a described API: passes, pages, checkpoints.
#pragma once

#include "sdk/rest/api.hpp"

#include "coterie/connector.hpp"

namespace coterie::rest {

/// Reads the stream from where the request says, to its end.
Result<void> read_stream(Api& api, const Stream& stream, const ReadRequest& request,
                         const nlohmann::json& config, Sink& sink);

}  // namespace coterie::rest
