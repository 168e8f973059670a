/// Drains the store's pending records through the normalize stage.
#pragma once

#include "observe/observer.hpp"
#include "pipeline/normalize/mapping.hpp"
#include "store/store.hpp"

#include "coterie/result.hpp"

#include <map>
#include <set>
#include <stop_token>
#include <string>

namespace coterie::pipeline {

/// What one source's records are normalized with.
struct SourceMapping {
    std::string source_name;
    normalize::Mapping mapping;
    normalize::MappingOptions options;
    /// The streams of which this run read every record, so that its counts hold all of them.
    std::set<std::string, std::less<>> streams_read_whole;
};

/// By source, how many values of each record field (by its path) were not understood.
using ValueIssues = std::map<store::SourceId, std::map<std::string, std::uint64_t>>;

/// Normalizes all pending records, a batch a transaction, and corrects the run's counts for records
/// that turn out to be unusable. Records of sources without a mapping stay pending.
Result<ValueIssues> normalize_pending(store::Store& store, store::RunNumber run,
                                      const std::map<store::SourceId, SourceMapping>& mappings,
                                      unsigned threads, std::stop_token stop,
                                      observe::Observer& observer);

/// The keys that the store keeps for the matcher: the record's stable key, then match::make_keys.
struct StoredKeys {
    std::uint64_t stable_key = 0;
    std::string_view keys;
};
StoredKeys read_stored_keys(std::string_view stored);

}  // namespace coterie::pipeline
