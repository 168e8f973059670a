// What destinations are to be told: the roster beside what they have.
#include "pipeline/publish/plan.hpp"
#include "store/store_test_support.hpp"

#include <ostream>

namespace coterie::publish {
namespace {

using store::DeliveryKind;
using store::must;

/// A store with golden records and one destination.
class Plan : public testing::Test {
  protected:
    store::GoldenNumber person(const std::string& id, std::uint32_t revision,
                               store::GoldenState state = store::GoldenState::Live) {
        store::GoldenRow golden;
        golden.id = id;
        golden.state = state;
        golden.created_run = golden.updated_run = 1;
        golden.revision = revision;
        golden.body = "body";
        must(store_->put_golden(golden));
        return golden.number;
    }
    void has(store::GoldenNumber golden, std::int64_t taken, std::int64_t rejected = 0,
             store::RunNumber run = 1, DeliveryKind kind = DeliveryKind::Create) {
        const store::DeliveredRecord record{golden, taken, rejected, kind, run, "", {}};
        must(store_->put_delivered(destination_, std::array{record}));
    }
    std::string plan(bool is_complete, store::RunNumber run = 2) {
        std::string text;
        for (const auto& planned : must(make_plan(*store_, destination_, run, is_complete))) {
            text += planned.is_settled                     ? "="
                    : planned.kind == DeliveryKind::Create ? "+"
                    : planned.kind == DeliveryKind::Update ? "~"
                                                           : "-";
            text += planned.id + " ";
        }
        return text;
    }

    store::TestFolder folder_;
    std::unique_ptr<store::Store> store_ = store::open_store(folder_ / "s.db");
    store::DestinationId destination_ = must(store_->destination("crm", "v")).id;
};

TEST_F(Plan, TellsWhatDiffersById) {
    person("b-new", 1);
    has(person("a-newer", 3), 2);
    has(person("c-same", 2), 2);
    has(person("0-gone", 2, store::GoldenState::Removed), 2);
    has(person("1-merged", 2, store::GoldenState::Merged), 1);
    person("2-gone-before-it-was-told", 2, store::GoldenState::Removed);
    EXPECT_EQ(plan(false), "~a-newer +b-new -0-gone -1-merged ");
    EXPECT_EQ(plan(true), "~a-newer +b-new =c-same -0-gone -1-merged ");
}

TEST_F(Plan, DoesNotRepeatWhatWasRefusedUntilItChanges) {
    has(person("a-refused", 3), 0, 3);
    has(person("b-refused-before", 4), 2, 3);
    has(person("c-removal-refused", 2, store::GoldenState::Removed), 2, store::kRevisionUnknown);
    EXPECT_EQ(plan(false), "~b-refused-before -c-removal-refused ");
    EXPECT_EQ(plan(true), "=a-refused ~b-refused-before -c-removal-refused ");
}

TEST_F(Plan, TellsAllAnewUnderAnotherVersion) {
    has(person("a", 1), 1);
    has(person("b", 1), 0, 1);
    has(person("c", 2, store::GoldenState::Removed), 1);
    must(store_->destination("crm", "another"));
    EXPECT_EQ(plan(false), "~a +b -c ");
}

TEST_F(Plan, WhatARunCreatedBeforeItWasKilledIsStillItsCreation) {
    has(person("a", 2), 1, 0, 2, DeliveryKind::Create);
    EXPECT_EQ(plan(false, 2), "+a ");
    EXPECT_EQ(plan(false, 3), "~a ");
}

TEST_F(Plan, TheStandingCountsEachRecordOnce) {
    has(person("created", 1), 1, 0, 2, DeliveryKind::Create);
    has(person("updated", 2), 2, 0, 2, DeliveryKind::Update);
    has(person("unchanged", 2), 2, 0, 1);
    has(person("refused", 2), 1, 2, 1);
    has(person("waiting", 2), 1, 0, 1);
    person("new", 1);
    has(person("removed", 1, store::GoldenState::Removed), 0, 0, 2, DeliveryKind::Remove);
    has(person("to-be-removed", 1, store::GoldenState::Merged), 1, 0, 1);
    const auto standing = must(standing_of(*store_, destination_, 2));
    EXPECT_EQ(standing.created, 1U);
    EXPECT_EQ(standing.updated, 1U);
    EXPECT_EQ(standing.unchanged, 1U);
    EXPECT_EQ(standing.rejected, 1U);
    EXPECT_EQ(standing.waiting, 3U);
    EXPECT_EQ(standing.removed, 1U);
}

}  // namespace
}  // namespace coterie::publish
