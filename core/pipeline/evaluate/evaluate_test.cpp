// Figures by hand on small rosters, and against counting pair by pair on random ones.
#include "pipeline/evaluate/evaluate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <utility>

namespace coterie::evaluate {
namespace {

using Records = std::vector<JudgedRecord>;

/// A record of any of so many people, in any of so many clusters.
JudgedRecord any(std::mt19937& random, std::uint32_t entities, std::uint32_t clusters) {
    const auto entity = static_cast<std::uint32_t>(random()) % entities;
    return {entity, static_cast<std::uint32_t>(random()) % clusters};
}

TEST(Measure, OneFalseLinkAndOneMissByHand) {
    // Ada has three records, two of them together; the third is with Bo's only one.
    const Score score = measure(Records{{1, 10}, {1, 10}, {1, 11}, {2, 11}});
    EXPECT_EQ(score.records, 4U);
    EXPECT_EQ(score.clusters, 2U);
    EXPECT_EQ(score.entities, 2U);
    EXPECT_EQ(score.true_pairs, 3U);
    EXPECT_EQ(score.found_pairs, 2U);
    EXPECT_EQ(score.right_pairs, 1U);
    EXPECT_DOUBLE_EQ(score.pairs().precision, 1.0 / 2);
    EXPECT_DOUBLE_EQ(score.pairs().recall, 1.0 / 3);
    EXPECT_DOUBLE_EQ(score.pairs().f1(), 0.4);
    // Precision of the records: 1, 1, 1/2, 1/2; recall: 2/3, 2/3, 1/3, 1.
    EXPECT_DOUBLE_EQ(score.b_cubed.precision, 0.75);
    EXPECT_DOUBLE_EQ(score.b_cubed.recall, (2.0 / 3 + 2.0 / 3 + 1.0 / 3 + 1) / 4);
    EXPECT_EQ(score.false_pairs(), 1U);
    EXPECT_EQ(score.missed_pairs(), 2U);
}

TEST(Measure, AllRightIsOne) {
    const Score score = measure(Records{{1, 7}, {2, 8}, {1, 7}});
    EXPECT_DOUBLE_EQ(score.pairs().f1(), 1);
    EXPECT_DOUBLE_EQ(score.b_cubed.f1(), 1);
}

TEST(Measure, NothingFoundIsPreciseAndRecallsNothing) {
    const Score score = measure(Records{{1, 1}, {1, 2}});
    EXPECT_DOUBLE_EQ(score.pairs().precision, 1);
    EXPECT_DOUBLE_EQ(score.pairs().recall, 0);
    EXPECT_DOUBLE_EQ(score.pairs().f1(), 0);
    EXPECT_DOUBLE_EQ(score.b_cubed.recall, 0.5);
}

TEST(Measure, NoRecordsHaveNothingWrong) {
    const Score score = measure(Records());
    EXPECT_EQ(score.records, 0U);
    EXPECT_DOUBLE_EQ(score.pairs().f1(), 1);
    EXPECT_DOUBLE_EQ(score.b_cubed.f1(), 1);
}

TEST(Measure, AHugeClusterIsCountedAndNotWalkedPairByPair) {
    constexpr std::uint32_t kRecords = 1'000'000;
    Records records(kRecords);
    for (std::uint32_t i = 0; i < kRecords; ++i) {
        records[i] = {i, 1};
    }
    const Score score = measure(records);
    EXPECT_EQ(score.found_pairs, 499'999'500'000U);
    EXPECT_EQ(score.right_pairs, 0U);
    EXPECT_EQ(worst_false_links(records, 10).size(), 10U);
}

TEST(Measure, CountsWhatPairByPairCounts) {
    for (std::uint32_t seed = 0; seed < 200; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937 random(seed);
        Records records(2 + random() % 30);
        for (JudgedRecord& record : records) {
            record = any(random, 8, 8);
        }
        std::uint64_t true_pairs = 0;
        std::uint64_t found_pairs = 0;
        std::uint64_t right_pairs = 0;
        double precision = 0;
        double recall = 0;
        for (std::size_t i = 0; i < records.size(); ++i) {
            double both = 0;
            double in_cluster = 0;
            double in_entity = 0;
            for (std::size_t j = 0; j < records.size(); ++j) {
                const bool is_true = records[i].entity == records[j].entity;
                const bool is_found = records[i].cluster == records[j].cluster;
                both += is_true && is_found ? 1 : 0;
                in_cluster += is_found ? 1 : 0;
                in_entity += is_true ? 1 : 0;
                true_pairs += j > i && is_true ? 1 : 0;
                found_pairs += j > i && is_found ? 1 : 0;
                right_pairs += j > i && is_true && is_found ? 1 : 0;
            }
            precision += both / in_cluster;
            recall += both / in_entity;
        }
        const Score score = measure(records);
        EXPECT_EQ(score.true_pairs, true_pairs);
        EXPECT_EQ(score.found_pairs, found_pairs);
        EXPECT_EQ(score.right_pairs, right_pairs);
        const auto count = static_cast<double>(records.size());
        EXPECT_NEAR(score.b_cubed.precision, precision / count, 1e-12);
        EXPECT_NEAR(score.b_cubed.recall, recall / count, 1e-12);
    }
}

TEST(Mistakes, TheWorstComeFirstWithTheirRecords) {
    // Cluster 1: three of Ada, two of Bo, one of Cy. Cluster 2: one of Bo, one of Dan.
    const Records records{{1, 1}, {2, 1}, {1, 1}, {3, 1}, {2, 1}, {1, 1}, {2, 2}, {4, 2}};
    const auto links = worst_false_links(records, 2);
    ASSERT_EQ(links.size(), 2U);
    EXPECT_EQ(links[0].pairs, 6U);
    EXPECT_EQ(links[0].a, (std::vector<std::size_t>{0, 2, 5}));
    EXPECT_EQ(links[0].b, (std::vector<std::size_t>{1, 4}));
    EXPECT_EQ(links[1].pairs, 3U);
    EXPECT_EQ(links[1].b, (std::vector<std::size_t>{3}));
    const auto misses = worst_misses(records, 10);
    ASSERT_EQ(misses.size(), 1U);
    EXPECT_EQ(misses[0].pairs, 2U);
    EXPECT_EQ(misses[0].a, (std::vector<std::size_t>{1, 4}));
    EXPECT_EQ(misses[0].b, (std::vector<std::size_t>{6}));
    EXPECT_TRUE(worst_misses(records, 0).empty());
}

TEST(Mistakes, AreTheWorstOfAllAndAddUpToWhatIsWrong) {
    for (std::uint32_t seed = 0; seed < 100; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937 random(seed);
        Records records(40);
        for (JudgedRecord& record : records) {
            record = any(random, 9, 4);
        }
        const auto all = worst_false_links(records, 1000);
        std::uint64_t wrong = 0;
        for (const Mistake& mistake : all) {
            wrong += mistake.pairs;
        }
        EXPECT_EQ(wrong, measure(records).false_pairs());
        for (const std::size_t count : {std::size_t{1}, std::size_t{3}, std::size_t{7}}) {
            const auto some = worst_false_links(records, count);
            ASSERT_EQ(some.size(), std::min(count, all.size()));
            for (std::size_t i = 0; i < some.size(); ++i) {
                EXPECT_EQ(some[i].a, all[i].a);
                EXPECT_EQ(some[i].b, all[i].b);
            }
        }
    }
}

}  // namespace
}  // namespace coterie::evaluate
