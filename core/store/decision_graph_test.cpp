// What decisions say of records that no decision names together.
#include "store/decision_graph.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <random>
#include <set>

namespace coterie::store {
namespace {

RecordKey key(const std::string& id) {
    return {"crm", "contacts", id};
}

Decision decided(DecisionNumber number, Verdict verdict, const std::string& a,
                 const std::string& b) {
    Decision decision;
    decision.number = number;
    decision.verdict = verdict;
    decision.a = key(a);
    decision.b = key(b);
    return decision;
}

std::vector<DecisionNumber> numbers_of(const std::optional<DecisionGraph::Settled>& settled) {
    std::vector<DecisionNumber> numbers;
    for (const Decision& decision : settled ? settled->chain : std::vector<Decision>()) {
        numbers.push_back(decision.number);
    }
    return numbers;
}

using Numbers = std::vector<DecisionNumber>;

TEST(DecisionGraph, SameIsPassedOnFromRecordToRecord) {
    const DecisionGraph graph(std::vector{decided(1, Verdict::Same, "a", "b"),
                                          decided(2, Verdict::Same, "c", "b"),
                                          decided(3, Verdict::Same, "c", "d")});
    const auto settled = graph.settled(key("a"), key("d"));
    ASSERT_TRUE(settled);
    EXPECT_EQ(settled->verdict, Verdict::Same);
    EXPECT_EQ(numbers_of(settled), (Numbers{1, 2, 3}));
    EXPECT_FALSE(graph.settled(key("a"), key("e")));
}

TEST(DecisionGraph, DifferentHoldsForAllThatIsTheSameAsEither) {
    const DecisionGraph graph(
        std::vector{decided(1, Verdict::Same, "a", "b"), decided(2, Verdict::Different, "b", "c"),
                    decided(3, Verdict::Same, "c", "d"), decided(4, Verdict::Different, "d", "e")});
    const auto settled = graph.settled(key("d"), key("a"));
    ASSERT_TRUE(settled);
    EXPECT_EQ(settled->verdict, Verdict::Different);
    EXPECT_EQ(numbers_of(settled), (Numbers{3, 2, 1}));
    EXPECT_FALSE(graph.settled(key("b"), key("e"))) << "two differences settle nothing";
}

TEST(DecisionGraph, WhatWasSaidOfTheTwoThemselvesComesFirst) {
    const DecisionGraph graph(std::vector{decided(1, Verdict::Same, "b", "c"),
                                          decided(2, Verdict::Different, "a", "c"),
                                          decided(3, Verdict::Different, "a", "b")});
    EXPECT_EQ(numbers_of(graph.settled(key("a"), key("b"))), (Numbers{3}));
}

TEST(DecisionGraph, WhatWasUndoneSaysNothing) {
    Decision undone = decided(1, Verdict::Same, "a", "b");
    undone.undone_at = Timestamp(std::chrono::seconds(1));
    EXPECT_FALSE(DecisionGraph(std::vector{undone}).settled(key("a"), key("b")));
}

TEST(DecisionGraph, AChainIsSaidInWordsAndAVeryLongOneIsCut) {
    std::vector<Decision> chain{decided(3, Verdict::Same, "1", "9"),
                                decided(5, Verdict::Different, "9", "2")};
    EXPECT_EQ(shown_chain(chain), "decisions 3 (crm/1 is the same as crm/9) and 5 (crm/9 is "
                                  "different from crm/2)");
    chain.resize(1);
    EXPECT_EQ(shown_chain(chain), "decision 3 (crm/1 is the same as crm/9)");
    EXPECT_TRUE(shown_chain(std::vector<Decision>(20, chain.front())).ends_with(" and 12 more"));
}

/// Against groups that are simply repainted.
TEST(DecisionGraph, AnyDecisionsSettleWhatRepaintingDoes) {
    for (std::uint32_t seed = 0; seed < 200; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937 random(seed);
        constexpr int kRecords = 12;
        std::vector<int> group(kRecords);
        std::iota(group.begin(), group.end(), 0);
        std::vector<std::pair<int, int>> apart;
        std::vector<Decision> decisions;
        for (DecisionNumber number = 1; number <= 14; ++number) {
            const int a = static_cast<int>(random() % kRecords);
            const int b = static_cast<int>(random() % kRecords);
            const auto verdict = random() % 3 == 0 ? Verdict::Different : Verdict::Same;
            decisions.push_back(decided(number, verdict, std::to_string(a), std::to_string(b)));
            if (verdict == Verdict::Same) {
                std::replace(group.begin(), group.end(), int{group[static_cast<std::size_t>(a)]},
                             int{group[static_cast<std::size_t>(b)]});
            } else {
                apart.emplace_back(a, b);
            }
        }
        const auto group_of = [&](int record) { return group[static_cast<std::size_t>(record)]; };
        const DecisionGraph graph(decisions);
        for (int a = 0; a < kRecords; ++a) {
            for (int b = 0; b < kRecords; ++b) {
                const bool is_same = group_of(a) == group_of(b);
                bool is_apart = false;
                for (const auto& [x, y] : apart) {
                    const std::set between{group_of(x), group_of(y)};
                    is_apart = is_apart || between == std::set{group_of(a), group_of(b)};
                }
                const bool is_named = [&] {
                    bool has_a = false;
                    bool has_b = false;
                    for (const Decision& decision : decisions) {
                        has_a = has_a || decision.a == key(std::to_string(a)) ||
                                decision.b == key(std::to_string(a));
                        has_b = has_b || decision.a == key(std::to_string(b)) ||
                                decision.b == key(std::to_string(b));
                    }
                    return has_a && has_b;
                }();
                EXPECT_EQ(graph.settled(key(std::to_string(a)), key(std::to_string(b))).has_value(),
                          is_named && (is_same || is_apart));
            }
        }
    }
}

}  // namespace
}  // namespace coterie::store
