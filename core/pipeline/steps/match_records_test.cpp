// What decisions on names mean for the records that are there.
#include "pipeline/steps/match_records.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <tuple>

namespace coterie::pipeline {
namespace {

using store::Verdict;
using Rows = std::vector<std::tuple<store::Row, store::Row, bool>>;

/// Records are called by their rows; those in `gone` are not there.
struct Said {
    Verdict verdict;
    store::Row a, b;
};

Rows applied(const std::vector<Said>& said, const std::vector<store::Row>& gone = {}) {
    std::vector<store::Decision> decisions;
    std::vector<store::Row> rows;
    for (const Said& one : said) {
        store::Decision decision;
        decision.verdict = one.verdict;
        decision.a = {"crm", "contacts", std::to_string(one.a)};
        decision.b = {"crm", "contacts", std::to_string(one.b)};
        decisions.push_back(decision);
        for (const store::Row row : {one.a, one.b}) {
            rows.push_back(std::find(gone.begin(), gone.end(), row) == gone.end() ? row : 0);
        }
    }
    Rows found;
    for (const match::Decision& decision : decisions_on_rows(decisions, rows)) {
        found.emplace_back(decision.a, decision.b, decision.is_same);
    }
    return found;
}

TEST(DecisionsOnRows, AreThoseThatWereMade) {
    EXPECT_EQ(applied({{Verdict::Same, 5, 2}, {Verdict::Different, 9, 7}}),
              (Rows{{2, 5, true}, {7, 9, false}}));
}

TEST(DecisionsOnRows, ARecordThatIsGoneTakesItsOwnAlong) {
    EXPECT_EQ(applied({{Verdict::Same, 5, 2}, {Verdict::Different, 9, 7}}, {5, 9}), Rows());
}

TEST(DecisionsOnRows, ARecordThatIsGoneJoinsAndPartsTheOthersAllTheSame) {
    EXPECT_EQ(
        applied({{Verdict::Same, 1, 2}, {Verdict::Same, 2, 3}, {Verdict::Different, 2, 8}}, {2}),
        (Rows{{1, 3, true}, {1, 8, false}}));
}

TEST(DecisionsOnRows, EachTwoRowsAreThereOnce) {
    EXPECT_EQ(applied({{Verdict::Same, 1, 2},
                       {Verdict::Same, 3, 1},
                       {Verdict::Same, 3, 2},
                       {Verdict::Different, 1, 8},
                       {Verdict::Different, 8, 3}}),
              (Rows{{1, 2, true}, {1, 3, true}, {1, 8, false}}));
}

}  // namespace
}  // namespace coterie::pipeline
