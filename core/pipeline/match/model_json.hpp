/// The model as a file: readable, to be kept, compared and edited.
#pragma once

#include "pipeline/match/corpus.hpp"
#include "pipeline/match/model.hpp"

#include "coterie/result.hpp"

#include <string>
#include <string_view>

namespace coterie::match {

/// The version of the form that model_json writes.
constexpr int kModelVersion = 1;

/// {"version", "learnt", "records", "prior", "comparisons": [{"name", "kind", "levels": [{"level",
/// "m", "u", "weight"}]}]}; the same model gives the same bytes.
std::string model_json(const Model& model);

/// Reads what model_json wrote. Comparisons of fields that the corpus does not have are left out.
/// \return Config, with what is wrong and where, when it is no such text.
Result<Model> read_model(std::string_view json, const Corpus& corpus);

}  // namespace coterie::match
