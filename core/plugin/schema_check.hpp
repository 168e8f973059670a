/// JSON Schema, applied to manifests and to connectors' configs.
#pragma once

#include "plugin/catalog.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace coterie::plugin {

/// What is wrong with `document` under `schema` (draft 7): one sentence a fault, with the JSON
/// Pointer of the place; empty: nothing. Unknown keys come with the nearest known one. Values are
/// not shown: they may be secrets.
std::vector<std::string> schema_faults(const nlohmann::json& schema,
                                       const nlohmann::json& document);

/// Whether a connector's config fits its manifest. \return Config error with every fault.
Result<void> check_config(const Manifest& manifest, const nlohmann::json& config);

/// schemas/plugin-manifest.schema.json as of the build.
const char* manifest_schema_text();
/// What a manifest gets by "uses": [name], as of the build: a JSON Schema whose properties are
/// config keys. \return Null for a name that nothing stands behind.
const char* used_schema_text(std::string_view name);

}  // namespace coterie::plugin
