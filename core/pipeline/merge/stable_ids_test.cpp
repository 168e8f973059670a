#include "base/hash.hpp"
#include "pipeline/merge/stable_ids.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <set>

namespace coterie::merge {
namespace {

using Known = std::unordered_map<std::uint32_t, KnownId>;
using Cluster = std::vector<AgedRow>;

std::string key_of(std::uint32_t row) {
    return "crm\x1f"
           "contacts\x1f" +
           std::to_string(1000 + row);
}

AgedRow aged(std::uint32_t row, std::uint32_t first_run, std::uint32_t golden) {
    return {row, first_run, key_of(row), golden};
}

std::vector<Assignment> assign(const std::vector<Cluster>& clusters, const Known& known) {
    const auto is_taken = [&](const std::string& id) {
        return std::any_of(known.begin(), known.end(),
                           [&](const auto& entry) { return entry.second.id == id; });
    };
    return assign_ids(clusters, known, is_taken, "key");
}

std::string fresh_id(std::uint32_t row) {
    return "inf_" + keyed_id("key", key_of(row));
}

TEST(StableIds, ANewClusterGetsTheKeyedHashOfItsEldestRow) {
    const auto ids = assign({{aged(7, 2, 0), aged(9, 1, 0), aged(3, 2, 0)}}, {});
    ASSERT_EQ(ids.size(), 1U);
    EXPECT_EQ(ids[0].id, fresh_id(9));
    EXPECT_EQ(ids[0].kept, 0U);
    EXPECT_EQ(ids[0].split_from, 0U);
}

TEST(StableIds, OfTwoRowsOfTheSameRunTheSmallerKeyIsTheElder) {
    EXPECT_EQ(assign({{aged(7, 1, 0), aged(3, 1, 0)}}, {})[0].id, fresh_id(3));
}

TEST(StableIds, OnAMergeTheElderIdWinsAndTheOtherBecomesAnAlias) {
    const Known known{{1, {1, "inf_young", 5}}, {2, {2, "inf_old", 4}}};
    const auto ids = assign({{aged(1, 5, 1), aged(2, 5, 1), aged(3, 4, 2)}}, known);
    EXPECT_EQ(ids[0].id, "inf_old");
    EXPECT_EQ(ids[0].kept, 2U);
    EXPECT_EQ(ids[0].merged, std::vector<std::uint32_t>{1});
}

TEST(StableIds, OnAMergeOfIdsOfOneAgeTheLargerClusterWinsThenTheSmallerText) {
    const Known known{{1, {1, "inf_a", 1}}, {2, {2, "inf_b", 1}}};
    EXPECT_EQ(assign({{aged(1, 1, 1), aged(2, 1, 2), aged(3, 1, 2)}}, known)[0].id, "inf_b");
    EXPECT_EQ(assign({{aged(1, 1, 1), aged(2, 1, 2)}}, known)[0].id, "inf_a");
}

TEST(StableIds, OnASplitThePartWithMostOldRowsKeepsTheId) {
    const Known known{{1, {1, "inf_a", 1}}};
    const auto ids =
        assign({{aged(1, 1, 1)}, {aged(2, 2, 1), aged(3, 2, 1)}, {aged(4, 9, 0)}}, known);
    EXPECT_EQ(ids[1].kept, 1U);
    EXPECT_EQ(ids[0].id, fresh_id(1));
    EXPECT_EQ(ids[0].split_from, 1U);
    EXPECT_EQ(ids[2].split_from, 0U);
}

TEST(StableIds, OnASplitIntoEqualPartsTheEldestRecordKeepsTheId) {
    const Known known{{1, {1, "inf_a", 1}}};
    const auto ids =
        assign({{aged(1, 2, 1), aged(4, 2, 1)}, {aged(2, 1, 1), aged(3, 2, 1)}}, known);
    EXPECT_EQ(ids[1].kept, 1U);
    EXPECT_EQ(ids[0].kept, 0U);
}

TEST(StableIds, AnIdThatLosesAMergeDoesNotLiveOnInAnotherPart) {
    const Known known{{1, {1, "inf_a", 1}}, {2, {2, "inf_b", 2}}};
    const auto ids =
        assign({{aged(1, 1, 1), aged(2, 2, 2), aged(3, 2, 2)}, {aged(4, 2, 2)}}, known);
    EXPECT_EQ(ids[0].kept, 1U);
    EXPECT_EQ(ids[0].merged, std::vector<std::uint32_t>{2});
    EXPECT_EQ(ids[1].kept, 0U);
    EXPECT_EQ(ids[1].split_from, 2U);
}

TEST(StableIds, ATakenIdIsNotGivenAgain) {
    const Known known{{1, {1, fresh_id(1), 1}}};
    const auto ids = assign({{aged(1, 1, 1)}, {aged(2, 2, 1), aged(3, 2, 1)}}, known);
    EXPECT_EQ(ids[1].id, fresh_id(1));
    EXPECT_EQ(ids[0].id, "inf_" + keyed_id("key", key_of(1) + "\x1f"
                                                              "1"));
}

/// The same written down without thought for speed.
std::vector<Assignment> naive_assign(const std::vector<Cluster>& clusters, const Known& known) {
    std::vector<Assignment> out(clusters.size());
    std::map<std::size_t, std::vector<std::uint32_t>> claims;
    std::map<std::uint32_t, std::size_t> total;
    for (const auto& [number, id] : std::map<std::uint32_t, KnownId>(known.begin(), known.end())) {
        // (rows, -eldest) of every part; the greatest keeps the id
        std::size_t home = clusters.size();
        for (std::size_t i = 0; i < clusters.size(); ++i) {
            const auto measure = [&, n = number](std::size_t c) {
                std::size_t rows = 0;
                std::pair<std::uint32_t, std::string> eldest{~0U, ""};
                for (const AgedRow& row : clusters[c]) {
                    if (row.golden == n) {
                        ++rows;
                        eldest = std::min(eldest, std::pair(row.first_run, row.key));
                    }
                }
                return std::pair(rows, eldest);
            };
            const auto [rows, eldest] = measure(i);
            total[number] += rows;
            if (rows == 0) {
                continue;
            }
            if (home == clusters.size()) {
                home = i;
                continue;
            }
            const auto [best_rows, best_eldest] = measure(home);
            if (rows > best_rows || (rows == best_rows && eldest < best_eldest)) {
                home = i;
            }
        }
        if (home != clusters.size()) {
            claims[home].push_back(number);
        }
    }
    for (auto& [i, numbers] : claims) {
        const auto rank = [&](std::uint32_t n) {
            return std::tuple(known.at(n).created_run, ~total[n], known.at(n).id);
        };
        std::sort(numbers.begin(), numbers.end(),
                  [&](std::uint32_t a, std::uint32_t b) { return rank(a) < rank(b); });
        out[i].kept = numbers[0];
        out[i].id = known.at(numbers[0]).id;
        out[i].merged.assign(numbers.begin() + 1, numbers.end());
    }
    return out;
}

/// Twelve nights of clusters that merge and split at random, against the naive form; the order of
/// clusters and rows must not matter, and no id may ever stand for two clusters.
TEST(StableIds, RandomHistoriesFollowTheRulesInAnyOrder) {
    for (std::uint32_t seed = 0; seed < 150; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937 random(seed);
        Known known;
        std::set<std::string> ever;
        std::map<std::uint32_t, std::pair<std::uint32_t, std::uint32_t>> rows;  // row: run, golden
        std::uint32_t next_number = 1;
        for (std::uint32_t run = 1; run <= 12; ++run) {
            for (std::uint32_t fresh = random() % 8; fresh > 0; --fresh) {
                rows.try_emplace(static_cast<std::uint32_t>(random() % 60), run, 0U);
            }
            std::map<std::uint32_t, Cluster> by_group;
            const auto groups = static_cast<std::uint32_t>(1 + random() % 10);
            for (const auto& [row, state] : rows) {
                const bool stays = state.second != 0 && random() % 3 != 0;
                const auto group =
                    stays ? 100 + state.second : static_cast<std::uint32_t>(random() % groups);
                by_group[group].push_back(aged(row, state.first, state.second));
            }
            std::vector<Cluster> clusters;
            for (auto& [group, cluster] : by_group) {
                clusters.push_back(cluster);
            }
            const auto is_taken = [&](const std::string& id) { return ever.contains(id); };
            const auto ids = assign_ids(clusters, known, is_taken, "key");
            const auto expected = naive_assign(clusters, known);
            auto shuffled = clusters;
            std::vector<std::size_t> order(clusters.size());
            std::iota(order.begin(), order.end(), std::size_t{0});
            std::shuffle(order.begin(), order.end(), random);
            for (std::size_t i = 0; i < order.size(); ++i) {
                shuffled[i] = clusters[order[i]];
                std::shuffle(shuffled[i].begin(), shuffled[i].end(), random);
            }
            const auto again = assign_ids(shuffled, known, is_taken, "key");
            std::set<std::string> tonight;
            for (std::size_t i = 0; i < clusters.size(); ++i) {
                EXPECT_EQ(ids[i].kept, expected[i].kept);
                EXPECT_EQ(ids[i].merged, expected[i].merged);
                EXPECT_TRUE(tonight.insert(ids[i].id).second);
                if (ids[i].kept == 0) {
                    EXPECT_FALSE(ever.contains(ids[i].id));
                }
            }
            for (std::size_t i = 0; i < order.size(); ++i) {
                EXPECT_EQ(again[i].id, ids[order[i]].id);
                EXPECT_EQ(again[i].kept, ids[order[i]].kept);
                EXPECT_EQ(again[i].merged, ids[order[i]].merged);
                EXPECT_EQ(again[i].split_from, ids[order[i]].split_from);
            }
            Known tomorrow;
            for (std::size_t i = 0; i < clusters.size(); ++i) {
                const std::uint32_t number = ids[i].kept != 0 ? ids[i].kept : next_number++;
                tomorrow[number] = {number, ids[i].id,
                                    ids[i].kept != 0 ? known.at(number).created_run : run};
                ever.insert(ids[i].id);
                for (const AgedRow& row : clusters[i]) {
                    rows[row.row].second = number;
                }
            }
            known = std::move(tomorrow);
        }
    }
}

AgedRow belonging(AgedRow row) {
    row.belongs = true;
    return row;
}

TEST(StableIds, APersonsIdIsMadeOfPeoplesRecordsHoweverOldTheActivities) {
    EXPECT_EQ(assign({{belonging(aged(1, 1, 0)), aged(7, 3, 0), aged(9, 2, 0)}}, {})[0].id,
              fresh_id(9));
}

TEST(StableIds, ActivitiesHaveNoSayInWhoKeepsAnId) {
    const Known known{{1, {1, "inf_one", 1}}, {2, {2, "inf_two", 2}}};
    // One person's activities have gone to another: that one keeps its own id, and takes no other.
    const auto moved =
        assign({{aged(5, 1, 2), belonging(aged(1, 1, 1)), belonging(aged(2, 1, 1))}}, known);
    EXPECT_EQ(moved[0].id, "inf_two");
    EXPECT_TRUE(moved[0].merged.empty());
    // On a split the many activities of the younger part count for nothing.
    const auto split = assign(
        {{aged(4, 2, 1), belonging(aged(1, 1, 1)), belonging(aged(2, 1, 1))}, {aged(3, 1, 1)}},
        known);
    EXPECT_EQ(split[1].id, "inf_one");
    EXPECT_EQ(split[0].split_from, 1U);
}

}  // namespace
}  // namespace coterie::merge
