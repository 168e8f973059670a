/// Turns clusters into golden records in the store: ids, values, links, history.
#pragma once

#include "observe/observer.hpp"
#include "pipeline/match/match.hpp"
#include "pipeline/merge/survivorship.hpp"
#include "store/store.hpp"

#include "coterie/result.hpp"

#include <map>
#include <stop_token>
#include <string>

namespace coterie::pipeline {

struct MergeOptions {
    match::MatchOptions match;
    merge::SurvivorshipRules rules;
    merge::Tiers tiers;
    std::map<std::string, double> trust;  ///< by source name; 0.5 where there is none
    std::string id_key;
    unsigned threads = 1;
    std::stop_token stop;
};

/// Merges the clusters that differ from last night's, or hold a touched record, a step a
/// transaction; the others cost nothing. What happened is in the store's changes of this run.
Result<void> merge_clusters(store::Store& store, store::RunNumber run,
                            const match::Clusters& clusters, const MergeOptions& options,
                            observe::Observer& observer);

}  // namespace coterie::pipeline
