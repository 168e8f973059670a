/// Hands the store's live records, and what people decided of them, to the match stage.
#pragma once

#include "pipeline/match/match.hpp"
#include "store/store.hpp"

#include "coterie/result.hpp"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace coterie::pipeline {

/// The keys of all live records.
struct LoadedKeys {
    std::string arena;                        ///< what the keys lie in
    std::vector<match::KeyedRecord> records;  ///< by row
};
Result<std::unique_ptr<LoadedKeys>> load_keys(const store::Store& store);

/// Clusters every live record. \par Cost reads all match keys: about 0.2 KB of memory a record.
Result<match::Clusters> match_records(const store::Store& store,
                                      const match::MatchOptions& options);

/// Keeps the pairs that the matching could not settle, in the place of the last one's.
Result<void> keep_review_pairs(store::Store& store, std::span<const match::ReviewPair> pairs);

/// The decisions that hold, on rows: of records that are said to be the same each with the first of
/// them, and one for each two people who are said to be different. A record that is not there joins
/// and parts the others all the same.
/// \param rows  of a and b of each decision, one after the other; 0 where there is none.
/// \return by row, each two rows once.
std::vector<match::Decision> decisions_on_rows(std::span<const store::Decision> decisions,
                                               std::span<const store::Row> rows);

}  // namespace coterie::pipeline
