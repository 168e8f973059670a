#include "pipeline/steps/match_records.hpp"

#include "pipeline/steps/normalize_records.hpp"

#include <string>
#include <vector>

namespace coterie::pipeline {

Result<match::Clusters> match_records(const store::Store& store,
                                      const match::MatchOptions& options) {
    std::string arena;
    std::vector<match::KeyedRecord> records;
    std::vector<std::size_t> starts;
    COTERIE_TRY_VOID(store.for_each_match_keys([&](const store::MatchKeys& stored) {
        const StoredKeys keys = read_stored_keys(stored.keys);
        records.push_back({stored.row, keys.stable_key, {}});
        starts.push_back(arena.size());
        arena += keys.keys;
    }));
    starts.push_back(arena.size());
    for (std::size_t i = 0; i < records.size(); ++i) {
        records[i].keys = std::string_view(arena).substr(starts[i], starts[i + 1] - starts[i]);
    }
    return match::cluster(records, options);
}

}  // namespace coterie::pipeline
