/// Hands the store's live records to the match stage.
#pragma once

#include "pipeline/match/match.hpp"
#include "store/store.hpp"

#include "coterie/result.hpp"

namespace coterie::pipeline {

/// Clusters every live record. \par Cost reads all match keys: about 0.2 KB of memory a record.
Result<match::Clusters> match_records(const store::Store& store,
                                      const match::MatchOptions& options);

}  // namespace coterie::pipeline
