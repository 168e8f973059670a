/// Puts records that belong to one that is not there into quarantine, and takes those out whose
/// record has come.
#pragma once

#include "pipeline/match/match.hpp"
#include "store/store.hpp"

#include "coterie/result.hpp"

#include <map>
#include <set>
#include <span>
#include <string>

namespace coterie::pipeline {

/// By source, the streams of which a run has read every record.
using StreamsRead = std::map<store::SourceId, std::set<std::string, std::less<>>>;

/// Between matching and merging. \param strays  all there are tonight, by row. What differs from
/// last night is written, a batch a transaction, and the run's counts are put right with it.
Result<void> settle_strays(store::Store& store, store::RunNumber run,
                           std::span<const match::Stray> strays, const StreamsRead& read_whole);

}  // namespace coterie::pipeline
