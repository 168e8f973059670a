/// The JSON Schema of the mapping language, for editors.
#pragma once

#include <nlohmann/json.hpp>

namespace coterie::normalize {

/// The schema, made from the table of fields; schemas/mapping.schema.json is its committed copy.
nlohmann::ordered_json mapping_schema();

}  // namespace coterie::normalize
