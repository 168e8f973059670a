// What every store promises, whatever database stands behind it: run for each factory below.
#include "store/store.hpp"
#include "store/store_test_support.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <ostream>
#include <tuple>

namespace coterie::store {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

struct Factory {
    const char* name;
    /// The address of a store in this folder.
    std::string (*uri)(const TestFolder&);
    friend void PrintTo(const Factory& factory, std::ostream* out) { *out << factory.name; }
};

class StoreContract : public testing::TestWithParam<Factory> {
  protected:
    TestFolder folder_;
    std::string uri_ = GetParam().uri(folder_);
    std::unique_ptr<Store> store_ = must(Store::open(uri_, Store::Access::ReadWrite));
    SourceId crm_ = must(store_->source_id("crm"));

    void reopen() {
        store_.reset();
        store_ = must(Store::open(uri_, Store::Access::ReadWrite));
    }
    std::vector<Row> land(std::vector<LandedRecord> records, RunNumber run = 1,
                          const std::string& stream = "contacts") {
        must(store_->land(crm_, stream, run, records));
        std::vector<Row> rows;
        for (const auto& record : records) {
            rows.push_back(record.row);
        }
        return rows;
    }
    void normalize(const std::vector<Row>& rows, const std::string& facts = "facts") {
        std::vector<Store::Normalized> normalized;
        for (const Row row : rows) {
            normalized.push_back(
                {row, false, facts + std::to_string(row), "k" + std::to_string(row)});
        }
        must(store_->put_normalized(normalized));
    }
    void normalize_as_quarantined(Row row, RunNumber run, const std::string& reason) {
        must(store_->quarantine(entry("normalize", "x:1", reason, run, row)));
        const Store::Normalized normalized{row, true, {}, {}};
        must(store_->put_normalized({&normalized, 1}));
    }
    QuarantineEntry entry(const std::string& stage, const std::string& where,
                          const std::string& reason, RunNumber run, Row row = 0) const {
        QuarantineEntry made;
        made.source = crm_;
        made.stream = "contacts";
        made.row = row;
        made.stage = stage;
        made.where = where;
        made.reason = reason;
        made.raw = "raw " + where;
        made.run = run;
        return made;
    }
    std::vector<Row> pending_rows() const {
        std::vector<Row> rows;
        for (const auto& record : must(store_->pending(0, 1000))) {
            rows.push_back(record.row);
        }
        return rows;
    }
    std::map<Row, Cause> causes() const {
        std::map<Row, Cause> found;
        for (const auto& record : must(store_->pending(0, 1000))) {
            found[record.row] = record.cause;
        }
        return found;
    }
    std::vector<Row> keyed_rows() const {
        std::vector<Row> rows;
        must(store_->for_each_match_keys([&](const MatchKeys& keys) { rows.push_back(keys.row); }));
        return rows;
    }
    std::vector<QuarantineEntry> quarantined() const {
        std::vector<QuarantineEntry> found;
        must(store_->for_each_quarantined(
            [&](const QuarantineEntry& quarantine) { found.push_back(quarantine); }));
        return found;
    }
    GoldenRow put(const std::string& id, const std::string& body = "body", RunNumber run = 1) {
        GoldenRow golden;
        golden.id = id;
        golden.created_run = run;
        golden.updated_run = run;
        golden.revision = 1;
        golden.body = body;
        must(store_->put_golden(golden));
        return golden;
    }
    void expect_sound() const { EXPECT_THAT(must(store_->integrity_faults()), IsEmpty()); }
};

// --- Transactions ----------------------------------------------------------------------------

TEST_P(StoreContract, AStepThatReturnsAValueIsKept) {
    must(store_->transaction([&]() -> Result<void> {
        land(landed_range(1, 2));
        must(store_->set_checkpoint(crm_, "contacts", 1, "2026-01-31"));
        return {};
    }));
    reopen();
    EXPECT_EQ(must(store_->checkpoint(crm_, "contacts")), "2026-01-31");
    EXPECT_EQ(must(store_->live_count(crm_, "contacts")), 2U);
}

TEST_P(StoreContract, AStepThatReturnsAnErrorLeavesNothingBehind) {
    const auto done = store_->transaction([&]() -> Result<void> {
        land(landed_range(1, 2));
        put("a");
        return Error{ErrorKind::Data, "no more of this"};
    });
    ASSERT_FALSE(done.has_value());
    EXPECT_EQ(done.error().message, "no more of this");
    EXPECT_EQ(must(store_->live_count(crm_, "contacts")), 0U);
    EXPECT_EQ(must(store_->golden_count()), 0U);
    EXPECT_THAT(land(landed_range(1, 1)), ElementsAre(1U));  // the stream is made anew
    expect_sound();
}

TEST_P(StoreContract, AStepThatThrowsLeavesNothingBehindAndTheExceptionGoesOn) {
    EXPECT_THROW(static_cast<void>(store_->transaction([&]() -> Result<void> {
                     land(landed_range(1, 2));
                     throw std::runtime_error("thrown");
                 })),
                 std::runtime_error);
    EXPECT_EQ(must(store_->live_count(crm_, "contacts")), 0U);
    must(store_->transaction([]() -> Result<void> { return {}; }));
}

TEST_P(StoreContract, AStepSeesWhatItWrote) {
    must(store_->transaction([&]() -> Result<void> {
        const auto rows = land(landed_range(1, 3));
        EXPECT_EQ(must(store_->pending_count()), 3U);
        normalize(rows);
        EXPECT_EQ(must(store_->pending_count()), 0U);
        return {};
    }));
}

// --- Runs ------------------------------------------------------------------------------------

TEST_P(StoreContract, RunsCountFromOneAndKeepTheirSummary) {
    const auto first = must(store_->begin_run(moment(1000)));
    EXPECT_EQ(first.number, 1U);
    EXPECT_FALSE(first.resumed);
    must(store_->finish_run(1, moment(1060), {{"read", 3}}));
    EXPECT_EQ(must(store_->begin_run(moment(500))).number, 2U);  // the clock was set back

    const auto runs = must(store_->runs(10));
    ASSERT_THAT(runs, SizeIs(2));
    EXPECT_EQ(runs[0].number, 2U);
    EXPECT_EQ(runs[0].finished_at, std::nullopt);
    EXPECT_TRUE(runs[0].summary.is_null());
    EXPECT_EQ(runs[1].started_at, moment(1000));
    EXPECT_EQ(runs[1].finished_at, moment(1060));
    EXPECT_EQ(runs[1].summary, nlohmann::json({{"read", 3}}));
    EXPECT_THAT(must(store_->runs(1)), SizeIs(1));
    EXPECT_EQ(must(store_->run(1))->summary.at("read"), 3);
    EXPECT_FALSE(must(store_->run(7)).has_value());
}

TEST_P(StoreContract, ARunThatWasKilledGoesOnWithItsNumberAndStart) {
    must(store_->begin_run(moment(1000)));
    reopen();
    const auto again = must(store_->begin_run(moment(9000)));
    EXPECT_EQ(again.number, 1U);
    EXPECT_EQ(again.started_at, moment(1000));
    EXPECT_TRUE(again.resumed);
}

// --- Sources and mapping versions ------------------------------------------------------------

TEST_P(StoreContract, ASourceKeepsItsNumber) {
    EXPECT_EQ(must(store_->source_id("agency")), crm_ + 1);
    reopen();
    EXPECT_EQ(must(store_->source_id("crm")), crm_);
    EXPECT_THAT(must(store_->source_names()), ElementsAre("crm", "agency"));
}

TEST_P(StoreContract, ANewMappingVersionPutsThatSourcesRecordsUpForNormalizing) {
    must(store_->set_mapping_version(crm_, "v1"));
    const auto rows = land(landed_range(1, 4));
    const auto agency = must(store_->source_id("agency"));
    auto other = landed_range(1, 2);
    must(store_->land(agency, "contacts", 1, other));
    normalize({rows[0], rows[1], rows[2], other[0].row, other[1].row});
    must(store_->mark_gone(crm_, 2, std::array{rows[1]}));

    EXPECT_EQ(must(store_->set_mapping_version(crm_, "v1")), 0U);
    EXPECT_EQ(must(store_->set_mapping_version(crm_, "v2")), 2U);
    EXPECT_EQ(causes(),
              (std::map<Row, Cause>{
                  {rows[0], Cause::Remapped}, {rows[2], Cause::Remapped}, {rows[3], Cause::New}}));
    EXPECT_EQ(must(store_->set_mapping_version(crm_, "v2")), 0U);
    expect_sound();
}

TEST_P(StoreContract, WhatIsKeptOfAMappingIsThereAgainAndIsReplaced) {
    EXPECT_FALSE(must(store_->kept_mapping(crm_)).has_value());
    must(store_->keep_mapping(crm_, {"v1", "{}", R"({"records":1})", 3, 3, "[]"}));
    must(store_->keep_mapping(crm_, {"v2", "{}", R"({"records":2})", 4, 5, R"(["x"])"}));
    reopen();
    const auto kept = must(store_->kept_mapping(crm_));
    ASSERT_TRUE(kept.has_value());
    EXPECT_EQ(kept->version, "v2");
    EXPECT_EQ(kept->profile, R"({"records":2})");
    EXPECT_EQ(kept->run, 4U);
    EXPECT_EQ(kept->settled_run, 5U);
    EXPECT_EQ(kept->drift, R"(["x"])");
    EXPECT_FALSE(must(store_->kept_mapping(must(store_->source_id("agency")))).has_value());
}

TEST_P(StoreContract, ASampleIsOfThatSourceAndWithoutWhatIsGoneOrLeftOut) {
    const auto rows = land(landed_range(1, 5));
    const auto agency = must(store_->source_id("agency"));
    auto other = landed_range(1, 2);
    must(store_->land(agency, "contacts", 1, other));
    normalize({rows[0], rows[1]});
    must(store_->mark_gone(crm_, 2, std::array{rows[0]}));
    EXPECT_EQ(must(store_->sample(crm_, Sampled::Present, 100)).size(), 4U);
    EXPECT_EQ(must(store_->sample(crm_, Sampled::Pending, 100)).size(), 3U);
    EXPECT_EQ(must(store_->sample(crm_, Sampled::Present, 100, std::array{rows[2]})).size(), 3U);
    const auto all = must(store_->sample(crm_, Sampled::Present, 100));
    const auto some = must(store_->sample(crm_, Sampled::Present, 2));
    EXPECT_EQ(some, std::vector<std::string>(all.begin(), all.begin() + 2));
}

TEST_P(StoreContract, ASampleOfSeveralStreamsIsAsMuchOfEach) {
    land(landed_range(1, 3), 1, "contacts");
    land(landed_range(100, 50), 1, "activities");
    const auto sample = must(store_->sample(crm_, Sampled::Present, 8));
    ASSERT_THAT(sample, SizeIs(8));
    for (const std::uint64_t number : {1, 2, 3}) {
        EXPECT_EQ(std::count(sample.begin(), sample.end(), raw_json(number)), 1) << number;
    }
    EXPECT_THAT(must(store_->sample(crm_, Sampled::Present, 100)), SizeIs(53));
}

// --- Strays ----------------------------------------------------------------------------------

TEST_P(StoreContract, AStrayIsInQuarantineWithItsKeysAndLeavesItAsItWas) {
    const auto rows = land(landed_range(1, 2));
    normalize(rows);
    must(store_->clear_touched());
    const std::array strays{Stray{rows[1], "belongs to 'crm/9', which is not in the roster"}};
    must(store_->set_strays(2, strays));
    EXPECT_EQ(must(store_->record(rows[1], false)).state, RecordState::Quarantined);
    EXPECT_EQ(must(store_->touched()), std::vector<Row>{rows[1]});
    const auto found = must(store_->strays());
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].reason, strays[0].reason);
    std::size_t keys = 0;
    must(store_->for_each_match_keys([&](const MatchKeys&) { ++keys; }));
    EXPECT_EQ(keys, 2U);
    EXPECT_EQ(must(store_->quarantine_count()), 1U);
    must(store_->for_each_quarantined([&](const QuarantineEntry& entry) {
        EXPECT_EQ(entry.stage, "match");
        EXPECT_EQ(entry.record_id, "id-2");
        EXPECT_EQ(entry.raw, raw_json(2));
    }));
    expect_sound();

    must(store_->clear_strays(std::array{rows[1]}));
    EXPECT_EQ(must(store_->record(rows[1], false)).state, RecordState::Live);
    EXPECT_EQ(must(store_->quarantine_count()), 0U);
    expect_sound();
}

TEST_P(StoreContract, AStrayThatIsNormalizedAgainOrGoneIsNoneAnyMore) {
    const auto rows = land(landed_range(1, 3));
    normalize(rows);
    const std::array strays{Stray{rows[0], "x"}, Stray{rows[1], "x"}, Stray{rows[2], "x"}};
    must(store_->set_strays(2, strays));
    normalize({rows[0]});
    must(store_->mark_gone(crm_, 2, std::array{rows[1]}));
    normalize_as_quarantined(rows[2], 2, "no name");
    EXPECT_THAT(must(store_->strays()), IsEmpty());
    EXPECT_EQ(must(store_->record(rows[0], false)).state, RecordState::Live);
    EXPECT_EQ(must(store_->quarantine_count()), 1U);
    expect_sound();
}

TEST_P(StoreContract, WhyARecordThatBelongsToAnotherWasNormalizedIsKnownUntilTheMerge) {
    const auto rows = land(landed_range(1, 2));
    for (const Row row : rows) {
        const Store::Normalized normalized{row, false, "facts", "keys", row == rows[1]};
        must(store_->put_normalized({&normalized, 1}));
    }
    const auto unsettled = must(store_->unsettled());
    ASSERT_THAT(unsettled, SizeIs(1));
    EXPECT_EQ(unsettled[0].row, rows[1]);
    EXPECT_EQ(unsettled[0].cause, Cause::New);
    must(store_->reset_ledger(crm_, "companies", 1));
    EXPECT_THAT(must(store_->unsettled()), SizeIs(1));
    reopen();
    must(store_->clear_touched());
    EXPECT_THAT(must(store_->unsettled()), IsEmpty());
}

TEST_P(StoreContract, AReadThatBeginsAnewForgetsWhyItsRecordsWereNormalized) {
    const auto rows = land(landed_range(1, 1));
    const Store::Normalized normalized{rows[0], false, "facts", "keys", true};
    must(store_->put_normalized({&normalized, 1}));
    must(store_->reset_ledger(crm_, "contacts", 1));
    EXPECT_THAT(must(store_->unsettled()), IsEmpty());
}

TEST_P(StoreContract, ACheckpointKnowsWhetherItIsOfAFullRead) {
    must(store_->set_checkpoint(crm_, "contacts", 1, "7", true));
    reopen();
    EXPECT_TRUE(must(store_->is_checkpoint_of_full_read(crm_, "contacts")));
    must(store_->set_checkpoint(crm_, "contacts", 1, "8"));
    EXPECT_FALSE(must(store_->is_checkpoint_of_full_read(crm_, "contacts")));
    EXPECT_FALSE(must(store_->is_checkpoint_of_full_read(crm_, "companies")));
    must(store_->set_read_finished(crm_, "contacts", 1, true));
    EXPECT_TRUE(must(store_->read_whole(crm_, "contacts", 1)));
    EXPECT_FALSE(must(store_->read_whole(crm_, "contacts", 2)));
}

// --- Landing ---------------------------------------------------------------------------------

TEST_P(StoreContract, NewRecordsGetRowsAndAreFoundInTheIndex) {
    auto records = landed_range(1, 3);
    must(store_->land(crm_, "contacts", 1, records));
    auto elsewhere = landed_range(1, 2);
    must(store_->land(crm_, "companies", 1, elsewhere));
    auto more = landed_range(4, 1);
    must(store_->land(crm_, "contacts", 1, more));

    EXPECT_LT(records[2].row, elsewhere[0].row);
    const auto index = must(store_->load_index(crm_, "contacts"));
    ASSERT_THAT(index, SizeIs(4));
    EXPECT_EQ(index[0].id_hash, hash128("id-1"));
    EXPECT_EQ(index[0].content, records[0].content);
    EXPECT_EQ(index[0].row, records[0].row);
    EXPECT_EQ(index[0].state, RecordState::Live);
    EXPECT_EQ(index[3].row, more[0].row);
    EXPECT_THAT(must(store_->load_index(crm_, "companies")), SizeIs(2));
    EXPECT_THAT(must(store_->load_index(crm_, "nothing")), IsEmpty());
    expect_sound();
}

TEST_P(StoreContract, AChangedRecordKeepsItsRowAndFirstRun) {
    const auto rows = land(landed_range(1, 2));
    normalize(rows);
    land({landed(2, rows[1], 5)}, 3);

    const auto record = must(store_->record(rows[1], true));
    EXPECT_EQ(record.first_run, 1U);
    EXPECT_EQ(record.changed_run, 3U);
    EXPECT_EQ(record.payload, raw_json(2, 5));
    EXPECT_EQ(causes(), (std::map<Row, Cause>{{rows[1], Cause::Changed}}));
    EXPECT_EQ(must(store_->load_index(crm_, "contacts"))[1].content, hash64(raw_json(2, 5)));
    EXPECT_EQ(must(store_->live_count(crm_, "contacts")), 2U);
}

TEST_P(StoreContract, ARecordThatChangesBeforeItWasNormalizedIsStillNew) {
    const auto rows = land(landed_range(1, 1));
    land({landed(1, rows[0], 2)});
    EXPECT_EQ(causes(), (std::map<Row, Cause>{{rows[0], Cause::New}}));
}

TEST_P(StoreContract, NewAndChangedRecordsMayComeInOneBatch) {
    const auto rows = land(landed_range(1, 1));
    normalize(rows);
    const auto both = land({landed(2), landed(1, rows[0], 1), landed(3)}, 2);
    EXPECT_EQ(both[1], rows[0]);
    EXPECT_EQ(causes(),
              (std::map<Row, Cause>{
                  {both[0], Cause::New}, {both[1], Cause::Changed}, {both[2], Cause::New}}));
    EXPECT_EQ(must(store_->record(both[2], true)).payload, raw_json(3));
    expect_sound();
}

TEST_P(StoreContract, SeenRecordsAreRememberedByStreamAndRun) {
    const auto rows = land(landed_range(1, 400));
    must(store_->add_seen(crm_, "contacts", 1, std::array{rows[399], rows[0]}));
    must(store_->add_seen(crm_, "contacts", 1, std::array{rows[7], rows[0]}));
    must(store_->add_seen(crm_, "companies", 1, std::array{rows[9]}));
    reopen();
    EXPECT_THAT(must(store_->seen(crm_, "contacts", 1)), ElementsAre(rows[0], rows[7], rows[399]));
    EXPECT_THAT(must(store_->seen(crm_, "contacts", 2)), IsEmpty());
    must(store_->clear_seen(crm_, "contacts"));
    EXPECT_THAT(must(store_->seen(crm_, "contacts", 1)), IsEmpty());
    EXPECT_THAT(must(store_->seen(crm_, "companies", 1)), SizeIs(1));
}

TEST_P(StoreContract, ATombstoneIsOutOfPendingQuarantineAndKeysAndIsTouched) {
    const auto rows = land(landed_range(1, 3));
    normalize({rows[0]});
    normalize_as_quarantined(rows[1], 1, "no name");
    must(store_->clear_touched());
    must(store_->mark_gone(crm_, 2, rows));

    EXPECT_THAT(pending_rows(), IsEmpty());
    EXPECT_THAT(quarantined(), IsEmpty());
    EXPECT_THAT(keyed_rows(), IsEmpty());
    EXPECT_EQ(must(store_->touched()), rows);
    EXPECT_EQ(must(store_->live_count(crm_, "contacts")), 0U);
    const auto record = must(store_->record(rows[0], true));
    EXPECT_EQ(record.state, RecordState::Gone);
    EXPECT_EQ(record.gone_run, 2U);
    EXPECT_EQ(record.payload, raw_json(1));
    EXPECT_EQ(must(store_->load_index(crm_, "contacts"))[0].state, RecordState::Gone);
    expect_sound();
}

TEST_P(StoreContract, AGoneRecordThatIsBackIsChangedAndKeepsItsRow) {
    const auto rows = land(landed_range(1, 1));
    normalize(rows);
    must(store_->mark_gone(crm_, 2, rows));
    land({landed(1, rows[0])}, 3);

    const auto record = must(store_->record(rows[0], false));
    EXPECT_EQ(record.state, RecordState::Live);
    EXPECT_EQ(record.first_run, 1U);
    EXPECT_EQ(record.changed_run, 3U);
    EXPECT_EQ(record.gone_run, 0U);
    EXPECT_EQ(causes(), (std::map<Row, Cause>{{rows[0], Cause::Changed}}));
    expect_sound();
}

TEST_P(StoreContract, CheckpointsMoveAndAreRemoved) {
    EXPECT_EQ(must(store_->checkpoint(crm_, "contacts")), "");
    must(store_->set_checkpoint(crm_, "contacts", 1, "a"));
    must(store_->set_checkpoint(crm_, "contacts", 1, "b"));
    EXPECT_EQ(must(store_->checkpoint(crm_, "contacts")), "b");
    must(store_->set_checkpoint(crm_, "contacts", 2, ""));
    EXPECT_EQ(must(store_->checkpoint(crm_, "contacts")), "");
}

TEST_P(StoreContract, LedgersAddUpByStreamAndRun) {
    must(store_->add_to_ledger(crm_, "contacts", 1, {10, 5, 1, 2, 1, 1, 0}));
    must(store_->add_to_ledger(crm_, "contacts", 1, {1, 0, 0, 1, 0, 0, 4}));
    const auto ledger = must(store_->ledger(crm_, "contacts", 1));
    EXPECT_EQ(ledger.read, 11U);
    EXPECT_EQ(ledger.unchanged, 3U);
    EXPECT_EQ(ledger.deleted, 4U);
    EXPECT_TRUE(ledger.balances());
    EXPECT_EQ(must(store_->ledger(crm_, "contacts", 2)).read, 0U);

    EXPECT_FALSE(must(store_->read_finished(crm_, "contacts", 1)));
    must(store_->set_read_finished(crm_, "contacts", 1));
    EXPECT_TRUE(must(store_->read_finished(crm_, "contacts", 1)));
    EXPECT_FALSE(must(store_->read_finished(crm_, "contacts", 2)));
    EXPECT_EQ(must(store_->ledger(crm_, "contacts", 1)).read, 11U);
    must(store_->reset_ledger(crm_, "contacts", 1));
    EXPECT_EQ(must(store_->ledger(crm_, "contacts", 1)).read, 0U);
}

TEST_P(StoreContract, ALedgerMayBalanceAtTheEndOfItsStep) {
    must(store_->transaction([&]() -> Result<void> {
        must(store_->add_to_ledger(crm_, "contacts", 1, {2, 0, 0, 0, 0, 0, 0}));
        return store_->add_to_ledger(crm_, "contacts", 1, {0, 2, 0, 0, 0, 0, 0});
    }));
    EXPECT_EQ(must(store_->ledger(crm_, "contacts", 1)).created, 2U);
}

using StoreContractDeathTest = StoreContract;

TEST_P(StoreContractDeathTest, ALedgerThatDoesNotBalanceEndsTheProgram) {
    EXPECT_EXIT(
        static_cast<void>(store_->add_to_ledger(crm_, "contacts", 1, {2, 1, 0, 0, 0, 0, 0})),
        testing::ExitedWithCode(70), "ledger_balances");
}

TEST_P(StoreContractDeathTest, NestedStepsEndTheProgram) {
    EXPECT_EXIT(static_cast<void>(store_->transaction(
                    [&] { return store_->transaction([]() -> Result<void> { return {}; }); })),
                testing::ExitedWithCode(70), "broken invariant");
}

TEST_P(StoreContractDeathTest, LandingOnAnotherStreamsRowEndsTheProgram) {
    const auto rows = land(landed_range(1, 1));
    std::vector<LandedRecord> wrong{landed(1, rows[0])};
    EXPECT_EXIT(static_cast<void>(store_->land(crm_, "companies", 1, wrong)),
                testing::ExitedWithCode(70), "row_is_of_this_stream");
}

// --- Quarantine ------------------------------------------------------------------------------

TEST_P(StoreContract, TheSameQuarantineEntryIsKeptOnceAndItsRunRenewed) {
    must(store_->quarantine(entry("extract", "roster.csv:17", "not UTF-8", 1)));
    must(store_->quarantine(entry("extract", "roster.csv:17", "not UTF-8", 2)));
    must(store_->quarantine(entry("extract", "roster.csv:18", "not UTF-8", 2)));
    const auto found = quarantined();
    ASSERT_THAT(found, SizeIs(2));
    EXPECT_EQ(must(store_->quarantine_count()), 2U);
    EXPECT_EQ(found[0].run, 2U);
    EXPECT_EQ(found[0].source, crm_);
    EXPECT_EQ(found[0].stream, "contacts");
    EXPECT_EQ(found[0].stage, "extract");
    EXPECT_EQ(found[0].where, "roster.csv:17");
    EXPECT_EQ(found[0].reason, "not UTF-8");
    EXPECT_EQ(found[0].raw, "raw roster.csv:17");
}

TEST_P(StoreContract, ALongQuarantinedTextIsCutBetweenCharactersAndSaysItsSize) {
    auto long_entry = entry("land", "x:1", "too long", 1);
    long_entry.raw = std::string(64 * 1024 - 1, 'a') + "æøå" + std::string(1000, 'b');
    must(store_->quarantine(long_entry));
    auto another = long_entry;
    another.raw.back() = 'c';  // differs beyond the cut: another entry
    must(store_->quarantine(another));
    const auto found = quarantined();
    ASSERT_THAT(found, SizeIs(2));
    EXPECT_EQ(found[0].raw, std::string(64 * 1024 - 1, 'a'));
    EXPECT_EQ(found[0].raw_bytes, long_entry.raw.size());
}

TEST_P(StoreContract, WhatAFullReadDidNotBringAgainLeavesQuarantine) {
    const auto rows = land(landed_range(1, 1));
    must(store_->quarantine(entry("extract", "x:1", "bad", 1)));
    must(store_->quarantine(entry("land", "x:2", "bad", 1)));
    must(store_->quarantine(entry("land", "x:3", "bad", 2)));
    must(store_->quarantine(entry("normalize", "x:4", "bad", 1, rows[0])));
    auto elsewhere = entry("land", "x:5", "bad", 1);
    elsewhere.stream = "companies";
    must(store_->quarantine(elsewhere));
    must(store_->clear_quarantine_before(crm_, "contacts", 2));
    std::vector<std::string> places;
    for (const auto& left : quarantined()) {
        places.push_back(left.where);
    }
    EXPECT_THAT(places, ElementsAre("x:3", "x:4", "x:5"));
}

TEST_P(StoreContract, ARecordThatLeavesQuarantineLosesItsEntry) {
    const auto rows = land(landed_range(1, 2));
    normalize_as_quarantined(rows[0], 1, "no name");
    EXPECT_EQ(must(store_->record(rows[0], false)).state, RecordState::Quarantined);
    EXPECT_EQ(must(store_->live_count(crm_, "contacts")), 2U);
    ASSERT_THAT(quarantined(), SizeIs(1));

    normalize(rows);
    EXPECT_EQ(must(store_->record(rows[0], false)).state, RecordState::Live);
    EXPECT_THAT(quarantined(), IsEmpty());
    EXPECT_EQ(keyed_rows(), rows);
}

TEST_P(StoreContract, ANewComplaintReplacesTheOneOfAnEarlierRun) {
    const auto rows = land(landed_range(1, 1));
    normalize_as_quarantined(rows[0], 1, "no name");
    normalize_as_quarantined(rows[0], 2, "no country");
    const auto found = quarantined();
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].reason, "no country");
}

TEST_P(StoreContract, AQuarantinedRecordThatChangesWaitsForNormalizing) {
    const auto rows = land(landed_range(1, 1));
    normalize_as_quarantined(rows[0], 1, "no name");
    land({landed(1, rows[0], 2)}, 2);
    const auto waiting = must(store_->pending(0, 10));
    ASSERT_THAT(waiting, SizeIs(1));
    EXPECT_EQ(waiting[0].state, RecordState::Quarantined);
    EXPECT_EQ(waiting[0].cause, Cause::Changed);
}

// --- Normalizing -----------------------------------------------------------------------------

TEST_P(StoreContract, PendingRecordsComeByRowInBatchesWithTheirPayload) {
    const auto rows = land(landed_range(1, 5));
    EXPECT_EQ(must(store_->pending_count()), 5U);
    const auto first = must(store_->pending(0, 2));
    ASSERT_THAT(first, SizeIs(2));
    EXPECT_EQ(first[0].row, rows[0]);
    EXPECT_EQ(first[0].source, crm_);
    EXPECT_EQ(first[0].record_id, "id-1");
    EXPECT_EQ(first[0].payload, raw_json(1));
    const auto rest = must(store_->pending(first[1].row, 10));
    ASSERT_THAT(rest, SizeIs(3));
    EXPECT_EQ(rest[0].row, rows[2]);
    EXPECT_THAT(must(store_->pending(rows[4], 10)), IsEmpty());
}

TEST_P(StoreContract, ANormalizedRecordHasFactsAndKeysAndIsTouched) {
    const auto rows = land(landed_range(1, 3));
    normalize({rows[2], rows[0]});
    EXPECT_THAT(pending_rows(), ElementsAre(rows[1]));
    EXPECT_THAT(must(store_->touched()), ElementsAre(rows[0], rows[2]));
    EXPECT_EQ(must(store_->touched_count()), 2U);
    const auto facts = must(store_->facts(std::array{rows[2], rows[0], rows[1]}));
    ASSERT_THAT(facts, SizeIs(3));
    EXPECT_EQ(facts[0].facts, "facts3");
    EXPECT_EQ(facts[0].record.record_id, "id-3");
    EXPECT_EQ(facts[0].record.stream, "contacts");
    EXPECT_EQ(facts[0].record.first_run, 1U);
    EXPECT_EQ(facts[1].facts, "facts1");
    EXPECT_EQ(facts[2].facts, "");
    std::string keys;
    must(store_->for_each_match_keys([&](const MatchKeys& found) { keys += found.keys; }));
    EXPECT_EQ(keys, "k1k3");
    must(store_->clear_touched());
    EXPECT_EQ(must(store_->touched_count()), 0U);
}

TEST_P(StoreContract, NormalizingAgainReplacesFactsAndKeys) {
    const auto rows = land(landed_range(1, 1));
    normalize(rows, "old");
    normalize(rows, "new");
    EXPECT_EQ(must(store_->facts(rows))[0].facts, "new1");
    EXPECT_THAT(keyed_rows(), ElementsAre(rows[0]));
    EXPECT_EQ(must(store_->touched_count()), 1U);
}

TEST_P(StoreContract, AQuarantinedRecordLosesItsFactsAndKeysAndIsTouched) {
    const auto rows = land(landed_range(1, 2));
    normalize(rows);
    must(store_->clear_touched());
    normalize_as_quarantined(rows[0], 1, "no name");
    EXPECT_THAT(keyed_rows(), ElementsAre(rows[1]));
    EXPECT_EQ(must(store_->facts(rows))[0].facts, "");
    EXPECT_THAT(must(store_->touched()), ElementsAre(rows[0]));
    EXPECT_THAT(pending_rows(), IsEmpty());
    expect_sound();
}

// --- Golden records --------------------------------------------------------------------------

TEST_P(StoreContract, GoldenRecordsAreFoundByIdAndNumber) {
    auto golden = put("abc", "the body");
    EXPECT_EQ(golden.number, 1U);
    EXPECT_EQ(put("abd").number, 2U);
    golden.state = GoldenState::Merged;
    golden.merged_into = "abd";
    golden.updated_run = 4;
    golden.revision = 2;
    golden.body = "another";
    must(store_->put_golden(golden));

    const auto found = must(store_->golden("abc"));
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->number, 1U);
    EXPECT_EQ(found->state, GoldenState::Merged);
    EXPECT_EQ(found->merged_into, "abd");
    EXPECT_EQ(found->created_run, 1U);
    EXPECT_EQ(found->updated_run, 4U);
    EXPECT_EQ(found->revision, 2U);
    EXPECT_EQ(found->body, "another");
    EXPECT_EQ(must(store_->golden(GoldenNumber{2}))->id, "abd");
    EXPECT_FALSE(must(store_->golden("zzz")).has_value());
    EXPECT_EQ(must(store_->golden_count()), 1U);
}

TEST_P(StoreContract, GoldenRecordsAreVisitedByNumberAndLiveOnesById) {
    put("c");
    put("a");
    auto gone = put("b");
    gone.state = GoldenState::Removed;
    must(store_->put_golden(gone));
    std::string all, live;
    must(store_->for_each_golden([&](const GoldenRow& golden) {
        all += golden.id;
        EXPECT_EQ(golden.body, "");
    }));
    must(store_->for_each_live_golden([&](const GoldenRow& golden) {
        live += golden.id;
        EXPECT_EQ(golden.body, "body");
    }));
    EXPECT_EQ(all, "cab");
    EXPECT_EQ(live, "ac");
}

TEST_P(StoreContract, NumbersGivenInAnUndoneStepAreGivenAgain) {
    static_cast<void>(store_->transaction([&]() -> Result<void> {
        put("a");
        return Error{ErrorKind::Data, "undone"};
    }));
    EXPECT_EQ(put("b").number, 1U);
    EXPECT_EQ(must(store_->golden("b"))->number, 1U);
    expect_sound();
}

TEST_P(StoreContract, LinksAreSetMovedAndRemoved) {
    const auto rows = land(landed_range(1, 4));
    const auto a = put("a").number;
    const auto b = put("b").number;
    using Pair = std::pair<Row, GoldenNumber>;
    must(store_->link(std::array{Pair{rows[3], a}, Pair{rows[0], a}, Pair{rows[1], b}}));
    EXPECT_THAT(must(store_->rows_of(a)), ElementsAre(rows[0], rows[3]));
    must(store_->link(std::array{Pair{rows[3], b}, Pair{rows[0], 0}}));
    EXPECT_THAT(must(store_->rows_of(a)), IsEmpty());
    EXPECT_THAT(must(store_->rows_of(b)), ElementsAre(rows[1], rows[3]));
    EXPECT_EQ(must(store_->link_of(rows[3])), b);
    EXPECT_FALSE(must(store_->link_of(rows[0])).has_value());
    std::vector<Pair> links;
    must(store_->for_each_link(
        [&](Row row, GoldenNumber golden) { links.emplace_back(row, golden); }));
    EXPECT_THAT(links, ElementsAre(Pair{rows[1], b}, Pair{rows[3], b}));
    expect_sound();
}

TEST_P(StoreContract, ChangesAreToldByRunInTheirOrder) {
    must(store_->add_changes(std::array{Change{1, "b", "created", "{}"},
                                        Change{2, "x", "removed", ""},
                                        Change{1, "a", "updated", R"({"path":"/name"})"}}));
    std::vector<std::string> told;
    must(store_->for_each_change(1, [&](const Change& change) {
        told.push_back(change.golden_id + " " + change.kind + " " + change.detail);
    }));
    EXPECT_THAT(told, ElementsAre("b created {}", R"(a updated {"path":"/name"})"));
}

// --- Looking things up -----------------------------------------------------------------------

TEST_P(StoreContract, ARecordIsFoundBySourceAndId) {
    const auto rows = land(landed_range(1, 3));
    const auto found = must(store_->find_record("crm", "id-2"));
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->row, rows[1]);
    EXPECT_EQ(found->stream, "contacts");
    EXPECT_EQ(found->payload, "");
    EXPECT_FALSE(must(store_->find_record("crm", "id-9")).has_value());
    EXPECT_FALSE(must(store_->find_record("nobody", "id-2")).has_value());
    EXPECT_FALSE(store_->record(999, false).has_value());
}

TEST_P(StoreContract, LinksByKeyComeBySourceStreamAndIdWhateverTheOrderOfLanding) {
    const auto agency = must(store_->source_id("agency"));
    const auto contacts = land({landed(2), landed(1), landed(3)});
    const auto companies = land({landed(9)}, 1, "companies");
    std::vector<LandedRecord> theirs{landed(5)};
    must(store_->land(agency, "roster", 1, theirs));
    must(store_->mark_gone(crm_, 2, std::array{contacts[2]}));
    const auto a = put("a").number;
    using Pair = std::pair<Row, GoldenNumber>;
    must(store_->link(std::array{Pair{contacts[0], a}, Pair{theirs[0].row, a}}));
    std::vector<std::string> told;
    must(store_->for_each_link_by_key([&](const Store::Link& link) {
        told.push_back(std::string(link.source) + "/" + std::string(link.stream) + "/" +
                       std::string(link.record_id) + "=" + std::string(link.golden_id));
    }));
    EXPECT_THAT(told, ElementsAre("agency/roster/id-5=a", "crm/companies/id-9=",
                                  "crm/contacts/id-1=", "crm/contacts/id-2=a"));
}

TEST_P(StoreContract, CallbacksMayReadTheSameStore) {
    const auto rows = land(landed_range(1, 3));
    normalize(rows);
    std::size_t visits = 0;
    must(store_->for_each_match_keys([&](const MatchKeys& outer) {
        EXPECT_EQ(must(store_->record(outer.row, true)).row, outer.row);
        EXPECT_THAT(must(store_->facts(rows)), SizeIs(3));
        must(store_->for_each_match_keys([&](const MatchKeys&) { ++visits; }));
    }));
    EXPECT_EQ(visits, 9U);
}

TEST_P(StoreContract, AnOddTextIsKeptAsItIs) {
    const std::string odd = "o'Neill \"\xF0\x9F\x98\x80\" \0 \xff%s;--"s;
    LandedRecord record = landed(1);
    record.record_id = odd;
    const auto rows = land({record});
    EXPECT_EQ(must(store_->record(rows[0], false)).record_id, odd);
    EXPECT_EQ(must(store_->find_record("crm", odd))->row, rows[0]);
    must(store_->set_checkpoint(crm_, odd, 1, odd));
    EXPECT_EQ(must(store_->checkpoint(crm_, odd)), odd);
}

TEST_P(StoreContract, AReaderMayReadWhileAWriterWrites) {
    land(landed_range(1, 2));
    const auto reader = must(Store::open(uri_, Store::Access::ReadOnly));
    EXPECT_EQ(must(reader->pending_count()), 2U);
    must(store_->transaction([&]() -> Result<void> {
        land(landed_range(3, 2));
        EXPECT_EQ(must(reader->pending_count()), 2U);  // not committed yet
        return {};
    }));
    EXPECT_EQ(must(reader->pending_count()), 4U);
    const auto refused = reader->source_id("new");
    ASSERT_FALSE(refused.has_value());
    EXPECT_THAT(refused.error().message, HasSubstr("readonly"));
}

TEST_P(StoreContract, ASecondWriterIsRefusedWithTheFirstOnesProcess) {
    const auto second = Store::open(uri_, Store::Access::ReadWrite);
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error().kind, ErrorKind::Fatal);
    EXPECT_THAT(second.error().message, HasSubstr("process " + std::to_string(::getpid())));
    EXPECT_THAT(second.error().message, HasSubstr("running for"));
    reopen();  // the first one gone, the lock is free
}

INSTANTIATE_TEST_SUITE_P(Stores, StoreContract,
                         testing::Values(Factory{
                             "Sqlite",
                             [](const TestFolder& folder) { return uri_of(folder / "s.db"); }}),
                         [](const auto& test) { return std::string(test.param.name); });
INSTANTIATE_TEST_SUITE_P(Stores, StoreContractDeathTest,
                         testing::Values(Factory{
                             "Sqlite",
                             [](const TestFolder& folder) { return uri_of(folder / "s.db"); }}),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace coterie::store
