#include "pipeline/steps/match_records.hpp"

#include "base/check.hpp"
#include "pipeline/steps/normalize_records.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace coterie::pipeline {

namespace {

using store::Row;

/// Records that decisions say are the same, as a forest.
class SameRecords {
  public:
    std::size_t add(const store::RecordKey& key, Row row) {
        const auto [found, is_new] = places_.emplace(key, parents_.size());
        if (is_new) {
            parents_.push_back(found->second);
            rows_.push_back(row);
        }
        return found->second;
    }
    void join(std::size_t a, std::size_t b) { parents_[root(a)] = root(b); }
    std::size_t root(std::size_t place) {
        while (parents_[place] != place) {
            parents_[place] = parents_[parents_[place]];
            place = parents_[place];
        }
        return place;
    }
    /// By root, the rows of those that are there, sorted.
    std::map<std::size_t, std::vector<Row>> groups() {
        std::map<std::size_t, std::vector<Row>> groups;
        for (std::size_t place = 0; place < rows_.size(); ++place) {
            if (rows_[place] != 0) {
                groups[root(place)].push_back(rows_[place]);
            }
        }
        for (auto& [root, rows] : groups) {
            std::sort(rows.begin(), rows.end());
        }
        return groups;
    }

  private:
    std::map<store::RecordKey, std::size_t> places_;
    std::vector<std::size_t> parents_;
    std::vector<Row> rows_;
};

/// \param records  by row
Result<std::vector<match::Decision>> read_decisions(const store::Store& store,
                                                    std::span<const match::KeyedRecord> records) {
    COTERIE_TRY(auto decisions, store.decisions());
    std::erase_if(decisions, [](const store::Decision& decision) { return !decision.holds(); });
    std::vector<store::RecordKey> keys;
    for (const store::Decision& decision : decisions) {
        keys.push_back(decision.a);
        keys.push_back(decision.b);
    }
    COTERIE_TRY(auto rows, store.live_rows(keys));
    // A live record that was never normalized has nothing to be matched by.
    for (Row& row : rows) {
        const auto found = std::lower_bound(
            records.begin(), records.end(), row,
            [](const match::KeyedRecord& record, Row wanted) { return record.row < wanted; });
        if (found == records.end() || found->row != row) {
            row = 0;
        }
    }
    return decisions_on_rows(decisions, rows);
}

}  // namespace

Result<std::unique_ptr<LoadedKeys>> load_keys(const store::Store& store) {
    auto loaded = std::make_unique<LoadedKeys>();
    std::vector<std::size_t> starts;
    COTERIE_TRY_VOID(store.for_each_match_keys([&](const store::MatchKeys& stored) {
        const StoredKeys keys = read_stored_keys(stored.keys);
        loaded->records.push_back({stored.row, keys.stable_key, {}});
        starts.push_back(loaded->arena.size());
        loaded->arena += keys.keys;
    }));
    starts.push_back(loaded->arena.size());
    const std::string_view arena = loaded->arena;
    for (std::size_t i = 0; i < loaded->records.size(); ++i) {
        loaded->records[i].keys = arena.substr(starts[i], starts[i + 1] - starts[i]);
    }
    return loaded;
}

Result<match::Clusters> match_records(const store::Store& store,
                                      const match::MatchOptions& options) {
    COTERIE_TRY(const auto loaded, load_keys(store));
    COTERIE_TRY(const auto decisions, read_decisions(store, loaded->records));
    return match::cluster(loaded->records, options, decisions);
}

Result<void> keep_review_pairs(store::Store& store, std::span<const match::ReviewPair> pairs) {
    std::vector<store::ReviewPair> kept;
    kept.reserve(pairs.size());
    for (const match::ReviewPair& pair : pairs) {
        kept.push_back({pair.a, pair.b, pair.weight, pair.probability, pair.reason});
    }
    return store.replace_review_pairs(kept);
}

std::vector<match::Decision> decisions_on_rows(std::span<const store::Decision> decisions,
                                               std::span<const store::Row> rows) {
    COTERIE_CHECK(rows.size() == 2 * decisions.size());
    SameRecords same;
    std::vector<std::pair<std::size_t, std::size_t>> different;
    for (std::size_t i = 0; i < decisions.size(); ++i) {
        if (!decisions[i].holds()) {
            continue;
        }
        const std::size_t a = same.add(decisions[i].a, rows[2 * i]);
        const std::size_t b = same.add(decisions[i].b, rows[2 * i + 1]);
        if (decisions[i].verdict == store::Verdict::Same) {
            same.join(a, b);
        } else {
            different.emplace_back(a, b);
        }
    }
    const auto groups = same.groups();
    std::set<std::pair<Row, Row>> joined;
    std::set<std::pair<Row, Row>> parted;
    for (const auto& [root, members] : groups) {
        for (std::size_t i = 1; i < members.size(); ++i) {
            joined.emplace(members.front(), members[i]);
        }
    }
    for (const auto& [a, b] : different) {
        const auto group_a = groups.find(same.root(a));
        const auto group_b = groups.find(same.root(b));
        if (group_a != groups.end() && group_b != groups.end()) {
            // The store keeps no decisions that contradict each other.
            COTERIE_CHECK(group_a != group_b);
            parted.insert(std::minmax(group_a->second.front(), group_b->second.front()));
        }
    }
    std::vector<match::Decision> found;
    for (const auto& [a, b] : joined) {
        found.push_back({a, b, true});
    }
    for (const auto& [a, b] : parted) {
        found.push_back({a, b, false});
    }
    std::sort(found.begin(), found.end(), [](const auto& x, const auto& y) {
        return std::pair(x.a, x.b) < std::pair(y.a, y.b);
    });
    return found;
}

}  // namespace coterie::pipeline
