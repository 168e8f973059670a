/// What a mapping makes of records, for people: raw fields and record fields side by side.
#pragma once

#include "pipeline/normalize/mapping.hpp"

#include <nlohmann/json.hpp>

#include <span>
#include <string_view>

namespace coterie::normalize {

/// The facts as a document in the shape of the influencer record (without id, sources,
/// provenance and what else merging adds); `custom` holds the source fields by name.
nlohmann::json to_json(std::span<const record::Fact> facts);

/// Applies the mapping to a few records and shows what became of each source field:
///     {"records": [{"fields": [{"from": "Navn", "raw": "IDA HOLM",
///                               "to": [{"path": "name.display", "item": 0, "value": "Ida Holm"}],
///                               "issues": [{"path": "name.display", "reason": "…"}]}],
///                   "constants": [{"path": …, "item": …, "value": …}],
///                   "record": {…}, "refusal": "…"}],
///      "fields": [{"from": "Navn", "records": 3, "to": ["name.display"], "issues": 0}],
///      "refused": 0, "issues": 1}
/// `refusal` stands only in records that were refused. Fields come in the record's order (those
/// below the top, such as "social[0].name", after them), and in `fields` as they were first seen.
/// It holds people's values: it is for the terminal, not for logs.
nlohmann::json preview(std::span<const std::string_view> records, const Mapping& mapping,
                       const MappingOptions& options);

}  // namespace coterie::normalize
