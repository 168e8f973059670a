// Decisions: kept for ever, by name, without contradictions; and the pairs that wait for one.
#include "store/store_test_support.hpp"

#include <gmock/gmock.h>

namespace coterie::store {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Kind = DecisionOutcome::Kind;

RecordKey key(const std::string& id) {
    return {"crm", "contacts", id};
}

Decision decided(Verdict verdict, const std::string& a, const std::string& b,
                 std::int64_t at = 100) {
    Decision decision;
    decision.verdict = verdict;
    decision.a = key(a);
    decision.b = key(b);
    decision.who = "ida";
    decision.at = moment(at);
    return decision;
}

DecisionOutcome add(Store& store, const Decision& decision) {
    return must(store.add_decisions(std::array{decision})).front();
}

/// Records id-0, id-1, … normalized, so that matching knows them.
std::vector<Row> land_people(Store& store, std::uint64_t count) {
    const auto source = must(store.source_id("crm"));
    auto records = landed_range(0, count);
    std::vector<Row> rows;
    std::vector<Store::Normalized> normalized;
    must(store.transaction([&]() -> Result<void> {
        must(store.land(source, "contacts", 1, records));
        return {};
    }));
    for (const auto& record : records) {
        rows.push_back(record.row);
        normalized.push_back({record.row, false, "facts", "keys", false});
    }
    must(store.put_normalized(normalized));
    must(store.clear_touched());
    return rows;
}

TEST(StoreDecisions, WhatWasDecidedIsThereAfterOpeningAgain) {
    const TestFolder folder;
    Decision decision = decided(Verdict::Different, "1", "2");
    decision.note = "father and son\n=SUM(1)";
    EXPECT_EQ(add(*open_store(folder / "s.db"), decision).number, 1U);
    const auto store = open_store(folder / "s.db");
    decision.number = 1;
    EXPECT_THAT(must(store->decisions()), ElementsAre(decision));
}

TEST(StoreDecisions, TheSameVerdictAgainIsNotAddedWhicheverIsNamedFirst) {
    const TestFolder folder;
    const auto store = open_store(folder / "s.db");
    add(*store, decided(Verdict::Same, "1", "2"));
    const auto again = add(*store, decided(Verdict::Same, "2", "1", 200));
    EXPECT_EQ(again.kind, Kind::AlreadyThere);
    EXPECT_EQ(again.number, 1U);
    EXPECT_EQ(must(store->decisions()).size(), 1U);
}

TEST(StoreDecisions, DifferentIsRefusedWhereAChainMakesThemTheSame) {
    const TestFolder folder;
    const auto store = open_store(folder / "s.db");
    add(*store, decided(Verdict::Same, "1", "2"));
    add(*store, decided(Verdict::Same, "3", "2"));
    const auto refused = add(*store, decided(Verdict::Different, "1", "3"));
    EXPECT_EQ(refused.kind, Kind::Refused);
    EXPECT_EQ(refused.message,
              "'crm/1' and 'crm/3' are one person by decisions 1 (crm/1 is the same as crm/2) and "
              "2 (crm/3 is the same as crm/2); undo one of them first, such as: coterie decide "
              "undo 1");
    EXPECT_EQ(must(store->decisions()).size(), 2U);
}

TEST(StoreDecisions, SameIsRefusedWhereADifferenceStandsBetween) {
    const TestFolder folder;
    const auto store = open_store(folder / "s.db");
    add(*store, decided(Verdict::Same, "1", "2"));
    add(*store, decided(Verdict::Different, "2", "3"));
    const auto refused = add(*store, decided(Verdict::Same, "3", "1"));
    EXPECT_EQ(refused.kind, Kind::Refused);
    EXPECT_THAT(refused.message,
                AllOf(HasSubstr("are two people by decisions 2"), HasSubstr("1 (")));
    must(store->undo_decision(2, moment(300), "bo"));
    EXPECT_EQ(add(*store, decided(Verdict::Same, "3", "1")).kind, Kind::Added);
}

TEST(StoreDecisions, OneRecordIsNotTwo) {
    const TestFolder folder;
    const auto store = open_store(folder / "s.db");
    EXPECT_EQ(add(*store, decided(Verdict::Different, "1", "1")).kind, Kind::Refused);
}

TEST(StoreDecisions, UndoingMarksAndDeletesNothing) {
    const TestFolder folder;
    const auto store = open_store(folder / "s.db");
    add(*store, decided(Verdict::Same, "1", "2"));
    must(store->undo_decision(1, moment(300), "bo"));
    const auto all = must(store->decisions());
    ASSERT_EQ(all.size(), 1U);
    EXPECT_FALSE(all[0].holds());
    EXPECT_EQ(all[0].undone_at, moment(300));
    EXPECT_EQ(all[0].undone_by, "bo");
    const auto again = store->undo_decision(1, moment(400), "bo");
    ASSERT_FALSE(again.has_value());
    EXPECT_THAT(again.error().message,
                HasSubstr("decision 1 was undone on 1970-01-01T00:05:00Z by bo already"));
    EXPECT_THAT(store->undo_decision(7, moment(1), "bo").error().message,
                HasSubstr("no decision 7; 'coterie decisions' lists them"));
    const auto anew = add(*store, decided(Verdict::Same, "1", "2", 500));
    EXPECT_EQ(anew.kind, Kind::Added);
    EXPECT_EQ(anew.number, 2U) << "numbers are not reused";
}

TEST(StoreDecisions, AnotherStoreTakesThemOverWithTheirNumbersAndOnce) {
    const TestFolder folder;
    std::vector<Decision> decisions;
    {
        const auto store = open_store(folder / "s.db");
        add(*store, decided(Verdict::Same, "1", "2"));
        must(store->undo_decision(1, moment(100), "bo"));
        add(*store, decided(Verdict::Same, "1", "2"));  // in the same second
        add(*store, decided(Verdict::Different, "1", "3"));
        decisions = must(store->decisions());
    }
    const auto other = open_store(folder / "other.db");
    for (const auto& outcome : must(other->add_decisions(decisions))) {
        EXPECT_EQ(outcome.kind, Kind::Added);
    }
    EXPECT_EQ(must(other->decisions()), decisions);
    for (const auto& outcome : must(other->add_decisions(decisions))) {
        EXPECT_EQ(outcome.kind, Kind::AlreadyThere);
    }
    EXPECT_EQ(must(other->decisions()), decisions);
}

TEST(StoreDecisions, ANumberThatIsTakenIsGivenAnew) {
    const TestFolder folder;
    const auto store = open_store(folder / "s.db");
    add(*store, decided(Verdict::Same, "1", "2"));
    Decision foreign = decided(Verdict::Same, "7", "8");
    foreign.number = 1;
    EXPECT_EQ(add(*store, foreign).number, 2U);
    foreign = decided(Verdict::Same, "8", "9");
    foreign.number = kDecisionNumberMax;
    EXPECT_EQ(add(*store, foreign).number, kDecisionNumberMax);
    EXPECT_EQ(add(*store, decided(Verdict::Same, "3", "4")).kind, Kind::Refused);
}

TEST(StoreDecisions, UndoneElsewhereIsUndoneHereAndNeverTheOtherWayRound) {
    const TestFolder folder;
    const auto store = open_store(folder / "s.db");
    add(*store, decided(Verdict::Same, "1", "2"));
    const Decision before = must(store->decisions()).front();
    Decision undone = before;
    undone.undone_at = moment(300);
    undone.undone_by = "bo";
    EXPECT_EQ(add(*store, undone).kind, Kind::Undone);
    EXPECT_EQ(must(store->decisions()).front(), undone);
    EXPECT_EQ(add(*store, before).kind, Kind::AlreadyThere);
    EXPECT_FALSE(must(store->decisions()).front().holds());
}

TEST(StoreDecisions, TheyMarkTheirRecordsAsTouchedWhenMadeAndWhenUndone) {
    const TestFolder folder;
    const auto store = open_store(folder / "s.db");
    const auto rows = land_people(*store, 4);
    add(*store, decided(Verdict::Same, "id-3", "id-1"));
    EXPECT_THAT(must(store->touched()), ElementsAre(rows[1], rows[3]));
    must(store->clear_touched());
    add(*store, decided(Verdict::Same, "id-1", "id-3"));
    EXPECT_THAT(must(store->touched()), IsEmpty()) << "nothing new was said";
    must(store->undo_decision(1, moment(1), "bo"));
    EXPECT_THAT(must(store->touched()), ElementsAre(rows[1], rows[3]));
    must(store->clear_touched());
    EXPECT_EQ(add(*store, decided(Verdict::Same, "id-1", "unknown")).kind, Kind::Added);
    EXPECT_THAT(must(store->touched()), ElementsAre(rows[1]));
}

TEST(StoreDecisions, RecordsAreFoundByNameWhileTheyLive) {
    const TestFolder folder;
    const auto store = open_store(folder / "s.db");
    const auto rows = land_people(*store, 3);
    must(store->mark_gone(must(store->source_id("crm")), 2, std::array{rows[1]}));
    const std::vector<RecordKey> keys{key("id-2"),
                                      key("id-1"),
                                      key("id-0"),
                                      key("id-2"),
                                      {"crm", "companies", "id-0"},
                                      {"other", "contacts", "id-0"}};
    EXPECT_THAT(must(store->live_rows(keys)), ElementsAre(rows[2], 0, rows[0], rows[2], 0, 0));
}

TEST(StoreDecisions, PairsToReviewAreReplacedWholeAndKeepTheirOrder) {
    const TestFolder folder;
    const auto store = open_store(folder / "s.db");
    const auto rows = land_people(*store, 3);
    const std::vector<ReviewPair> pairs{{rows[2], rows[0], 1.25F, 0.7F, "names differ"},
                                        {rows[0], rows[1], -0.1F, 0.48F, "one e-mail"}};
    must(store->replace_review_pairs(pairs));
    EXPECT_EQ(must(store->review_pairs()), pairs);
    must(store->mark_gone(must(store->source_id("crm")), 2, std::array{rows[1]}));
    EXPECT_THAT(must(store->review_pairs()), ElementsAre(pairs[0])) << "nobody can judge the other";
    must(store->replace_review_pairs({}));
    EXPECT_THAT(must(store->review_pairs()), IsEmpty());
}

TEST(StoreDecisions, EveryRecordIsPlacedAlsoThoseInNoGoldenRecord) {
    const TestFolder folder;
    const auto store = open_store(folder / "s.db");
    const auto rows = land_people(*store, 2);
    GoldenRow golden;
    golden.id = "inf_a";
    must(store->put_golden(golden));
    must(store->link(std::array{std::pair{rows[1], golden.number}}));
    std::vector<std::string> seen;
    must(store->for_each_placed_record([&](const Store::PlacedRecord& record) {
        seen.push_back(std::string(record.source) + '/' + std::string(record.stream) + '/' +
                       std::string(record.record_id) + '=' + std::to_string(record.golden));
    }));
    EXPECT_THAT(seen, ElementsAre("crm/contacts/id-0=0",
                                  "crm/contacts/id-1=" + std::to_string(golden.number)));
}

}  // namespace
}  // namespace coterie::store
