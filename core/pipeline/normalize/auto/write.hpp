/// A proposal in the mapping language: as a document that Mapping::compile takes, as YAML that a
/// person keeps, as JSON that a program reads.
#pragma once

#include "config/node.hpp"
#include "pipeline/normalize/auto/decide.hpp"
#include "pipeline/normalize/auto/infer.hpp"

#include <map>
#include <string>
#include <vector>

namespace coterie::normalize::automap {

/// One item of `profiles`: which column is which of its fields.
struct ProfileItem {
    std::string each;
    std::string platform;
    std::map<record::FieldId, std::size_t> fields;  ///< → place among the candidates
    std::size_t first = 0;
};

nlohmann::ordered_json write_mapping(const std::vector<Candidate>& candidates,
                                     const std::vector<ProfileItem>& profiles);

/// A mapping document as config::load_yaml would give it, without a text in between.
config::Node to_node(const nlohmann::ordered_json& mapping);

/// The mapping as YAML with each column's confidence and reason as comments, questions last.
/// It holds no values of records. \pre it is not refused.
std::string to_yaml(const Proposal& proposal, const std::string& source);

/// {"refusal", "known_export", "records", "columns": [{"column", "outcome", "field", "platform",
/// "role", "confidence", "reason", "question", "fill", "examples"}], "mapping"}.
/// \param with_examples  a few values of each column: for the terminal, not for logs or stores.
nlohmann::json to_json(const Proposal& proposal, bool with_examples);

}  // namespace coterie::normalize::automap
