// What destinations have: kept by golden record, out of date under another version.
#include "store/store_test_support.hpp"

namespace coterie::store {
namespace {

GoldenNumber put_person(Store& store, const std::string& id) {
    GoldenRow golden;
    golden.id = id;
    golden.created_run = golden.updated_run = 1;
    golden.revision = 1;
    golden.body = "body";
    must(store.put_golden(golden));
    return golden.number;
}

DeliveredRecord taken(GoldenNumber golden, std::int64_t revision, RunNumber run = 1) {
    DeliveredRecord record;
    record.golden = golden;
    record.taken = revision;
    record.run = run;
    return record;
}

std::vector<DeliveredRecord> all(const Store& store, DestinationId destination) {
    std::vector<DeliveredRecord> found;
    must(store.for_each_delivered(destination, [&](const auto& row) { found.push_back(row); }));
    return found;
}

TEST(StoreDestinations, WhatWasDeliveredIsThereAfterOpeningAgain) {
    const TestFolder folder;
    DestinationId id = 0;
    {
        const auto store = open_store(folder / "s.db");
        id = must(store->destination("crm", "v1")).id;
        auto record = taken(put_person(*store, "inf_a"), 3);
        record.payload = R"({"id":"inf_a"})";
        must(store->put_delivered(id, std::array{record}));
        must(store->set_written_whole(id, 7));
    }
    const auto store = open_store(folder / "s.db");
    const auto state = must(store->destination("crm", "v1"));
    EXPECT_EQ(state.id, id);
    EXPECT_EQ(state.whole_run, 7U);
    const auto found = all(*store, id);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].taken, 3);
    EXPECT_FALSE(found[0].payload) << "left out of the list";
    EXPECT_EQ(must(store->delivered(id, found[0].golden))->payload, R"({"id":"inf_a"})");
    EXPECT_FALSE(must(store->delivered(id, 99)));
}

TEST(StoreDestinations, AnotherVersionPutsAllOutOfDateAndForgetsRefusals) {
    const TestFolder folder;
    const auto store = open_store(folder / "s.db");
    const auto id = must(store->destination("crm", "v1")).id;
    const auto ada = put_person(*store, "inf_a");
    const auto bo = put_person(*store, "inf_b");
    auto refused = taken(bo, 0);
    refused.rejected = 2;
    refused.reason = "no e-mail";
    must(store->put_delivered(id, std::array{taken(ada, 3), refused}));
    must(store->set_written_whole(id, 1));
    EXPECT_EQ(must(store->rejection_count()), 1U);
    const auto state = must(store->destination("crm", "v2"));
    EXPECT_EQ(state.whole_run, 0U);
    const auto found = all(*store, id);
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].taken, kRevisionUnknown) << "it has some revision, and is told again";
    EXPECT_EQ(found[1].taken, 0);
    EXPECT_EQ(must(store->rejection_count()), 0U);
}

TEST(StoreDestinations, RefusalsNameTheDestinationAndTheGoldenRecord) {
    const TestFolder folder;
    const auto store = open_store(folder / "s.db");
    const auto id = must(store->destination("crm", "v1")).id;
    auto refused = taken(put_person(*store, "inf_a"), 0, 4);
    refused.rejected = 1;
    refused.reason = "no e-mail";
    must(store->put_delivered(id, std::array{refused}));
    std::vector<Rejection> found;
    must(store->for_each_rejection([&](const Rejection& each) { found.push_back(each); }));
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].destination, "crm");
    EXPECT_EQ(found[0].golden_id, "inf_a");
    EXPECT_EQ(found[0].reason, "no e-mail");
    EXPECT_EQ(found[0].run, 4U);
}

TEST(StoreDestinations, RemovalsAreToldInTheirRunAndThenForgotten) {
    const TestFolder folder;
    const auto store = open_store(folder / "s.db");
    const auto id = must(store->destination("crm", "v1")).id;
    const auto ada = put_person(*store, "inf_a");
    must(store->put_delivered(id, std::array{taken(ada, 0, 5)}));
    must(store->forget_removed(id, 5));
    EXPECT_EQ(all(*store, id).size(), 1U);
    must(store->forget_removed(id, 6));
    EXPECT_TRUE(all(*store, id).empty());
}

}  // namespace
}  // namespace coterie::store
