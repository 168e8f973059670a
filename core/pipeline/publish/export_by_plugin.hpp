/// The roster as a file whose format a destination plugin writes.
#pragma once

#include "pipeline/publish/export.hpp"
#include "plugin/catalog.hpp"
#include "plugin/session.hpp"
#include "store/store.hpp"

#include "coterie/result.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <functional>
#include <string>

namespace coterie::publish {

struct PluginExport {
    std::uint64_t rows = 0;
    std::uint64_t rejected = 0;
    std::string rejected_because;  ///< the first reason
};

/// Writes `what` by the plugin, as a complete write of the stream of that name. Nothing is noted in
/// the store.
/// \param told  gets the plugin's log.
/// \return Config error where the plugin does not take that stream; else as Session::write.
Result<PluginExport> export_by_plugin(const store::Store& store, What what,
                                      const plugin::Installed& plugin, const nlohmann::json& config,
                                      const plugin::SessionOptions& options,
                                      const std::function<void(LogLevel, std::string_view)>& told);

}  // namespace coterie::publish
