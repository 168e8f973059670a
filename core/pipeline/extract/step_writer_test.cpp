// What becomes of a stream's state: it stands for what the store holds, or it is not there.
#include "pipeline/extract/step_writer.hpp"
#include "store/store_test_support.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace coterie::extract {
namespace {

using store::must;

constexpr const char* kStream = "people";
constexpr const char* kVersion = "config 1";

class StreamState : public testing::Test {
  protected:
    StreamState() : store_(store::open_store(folder_ / "s.db")) {
        source_ = must(store_->source_id("roster"));
        run_ = must(store_->begin_run(store::moment(1))).number;
        first_read();
    }

    /// A read of 100 records that keeps a state.
    void first_read() {
        Step step = end_of(100);
        for (RecordIndex::Slot slot = 0; slot < 100; ++slot) {
            StepRecord record;
            record.slot = slot;
            record.record = store::landed(slot);
            step.records.push_back(std::move(record));
        }
        step.counts.read = step.counts.created = 100;
        step.state = "\"first\"";
        must(writer({}).write(std::move(step)));
        ASSERT_EQ(state(), "\"first\"");
    }

    StepWriter writer(std::vector<store::Row> rows) {
        StepWriter::Options options;
        options.source = source_;
        options.source_name = "roster";
        options.stream = kStream;
        options.run = run_;
        options.state_version = kVersion;
        return {*store_, options, std::move(rows)};
    }
    static Step end_of(std::uint64_t present) {
        Step step;
        step.is_end = true;
        step.present_before = present;
        return step;
    }
    static Step one_changed() {
        Step step;
        StepRecord record;
        record.slot = 0;
        record.record = store::landed(0, 1, 2);
        step.records.push_back(std::move(record));
        return step;
    }
    std::string state(const char* version = kVersion) {
        return must(store_->state(source_, kStream, version));
    }

    store::TestFolder folder_;
    std::unique_ptr<store::Store> store_;
    store::SourceId source_ = 0;
    store::RunNumber run_ = 0;
};

TEST_F(StreamState, HoldsForItsVersionAlone) {
    EXPECT_EQ(state("config 2"), "");
    EXPECT_EQ(state(), "\"first\"");
}

/// Where the next run's read of the stream goes on.
class NextCursor : public StreamState {
  protected:
    std::string after(bool is_full_read, bool is_incremental, std::string first_cursor,
                      std::initializer_list<const char*> cursors) {
        StepWriter::Options options;
        options.source = source_;
        options.source_name = "roster";
        options.stream = kStream;
        options.run = run_;
        options.is_incremental = is_incremental;
        options.first_cursor = std::move(first_cursor);
        StepWriter writing(*store_, options, {});
        for (const char* cursor : cursors) {
            Step step;
            step.cursor = cursor;
            step.is_full_read = is_full_read;
            must(writing.write(std::move(step)));
        }
        Step end = end_of(100);
        end.is_full_read = is_full_read;
        must(writing.write(std::move(end)));
        return must(store_->checkpoint(source_, kStream));
    }
};

TEST_F(NextCursor, IsTheLastOneOfAnIncrementalStreamAlsoAfterItsFirstRead) {
    EXPECT_EQ(after(true, true, "", {"10", "20"}), "20");
    EXPECT_EQ(after(false, true, "20", {"30"}), "30");
    EXPECT_EQ(after(false, true, "30", {}), "30") << "nothing new came";
    EXPECT_EQ(after(true, true, "", {}), "") << "it says none: all is read again";
}

TEST_F(NextCursor, IsNoneOfAStreamThatIsAlwaysReadWhole) {
    EXPECT_EQ(after(true, false, "", {"10", "20"}), "");
}

TEST_F(StreamState, IsForgottenWithTheFirstThatLands) {
    auto writing = writer({1});
    must(writing.write(one_changed()));  // and now the run is killed
    EXPECT_EQ(state(), "");
}

TEST_F(StreamState, IsForgottenWithAFirstCursor) {
    auto writing = writer({});
    Step step;
    step.cursor = "1";
    must(writing.write(std::move(step)));
    EXPECT_EQ(state(), "");
}

TEST_F(StreamState, StaysWhereAReadFailsBeforeAnythingLands) {
    auto writing = writer({});
    must(writing.write(Step{}));  // what Landing::abandon hands over
    EXPECT_EQ(state(), "\"first\"");
}

TEST_F(StreamState, IsReplacedAtTheEndOfTheNextRead) {
    auto writing = writer({1});
    must(writing.write(one_changed()));
    Step end = end_of(100);
    end.state = "\"second\"";
    must(writing.write(std::move(end)));
    EXPECT_EQ(state(), "\"second\"");
}

TEST_F(StreamState, IsForgottenWhereTheNextReadKeepsNone) {
    must(writer({}).write(end_of(100)));
    EXPECT_EQ(state(), "");
}

TEST_F(StreamState, IsForgottenWhereTheSourceIsHeld) {
    auto writing = writer({});
    Step end = end_of(100);
    end.state = "\"second\"";
    for (store::Row row = 1; row <= 90; ++row) {
        end.unseen.push_back(row);
    }
    must(writing.write(std::move(end)));
    EXPECT_TRUE(writing.is_held());
    EXPECT_EQ(state(), "");
}

TEST_F(StreamState, StaysWhereNothingChanged) {
    Step end = end_of(100);
    end.unchanged = true;
    end.counts.read = end.counts.unchanged = 100;
    must(writer({}).write(std::move(end)));
    EXPECT_EQ(state(), "\"first\"");
}

TEST_F(StreamState, WhatCouldNotBeReadThenIsCountedAgain) {
    for (const char* where : {"roster.csv:7", "roster.csv:9"}) {
        store::QuarantineEntry entry;
        entry.source = source_;
        entry.stream = kStream;
        entry.stage = "extract";
        entry.where = where;
        entry.run = run_;
        must(store_->quarantine(entry));
    }
    must(store_->reset_ledger(source_, kStream, run_));
    Step end = end_of(100);
    end.unchanged = true;
    end.counts.read = end.counts.unchanged = 100;
    must(writer({}).write(std::move(end)));
    const auto ledger = must(store_->ledger(source_, kStream, run_));
    EXPECT_EQ(ledger.read, 102);
    EXPECT_EQ(ledger.unchanged, 100);
    EXPECT_EQ(ledger.quarantined, 2);
    EXPECT_EQ(must(store_->quarantine_count()), 2U);
}

/// Records of which one of the source's makes several.
class Replaced : public StreamState {
  protected:
    static store::LandedRecord with_id(const std::string& id) {
        store::LandedRecord record = store::landed(0);
        record.record_id = id;
        return record;
    }
    /// Lands these under slots 0, 1, 2 …, and ends the read of changes that saw some of them.
    std::vector<std::string> after(const std::vector<std::string>& ids,
                                   std::vector<std::string> replaced, std::vector<bool> seen,
                                   config::Brake brake = {}) {
        StepWriter::Options options;
        options.source = source_;
        options.source_name = "roster";
        options.stream = "calls";
        options.run = run_;
        options.is_incremental = true;
        options.brake = brake;
        std::vector<store::LandedRecord> landed;
        for (const auto& id : ids) {
            landed.push_back(with_id(id));
        }
        must(store_->land(source_, "calls", run_, landed));
        std::vector<store::Row> rows;
        for (const auto& record : landed) {
            rows.push_back(record.row);
        }
        StepWriter writing(*store_, options, rows);
        Step end = end_of(ids.size());
        end.is_full_read = false;
        end.replaced = std::move(replaced);
        end.is_seen = std::move(seen);
        must(writing.write(std::move(end)));
        held_ = writing.held_message();
        std::vector<std::string> left;
        for (const auto& entry : must(store_->load_index(source_, "calls"))) {
            if (entry.state != store::RecordState::Gone) {
                left.push_back(must(store_->record_ids(std::array{entry.row})).front());
            }
        }
        return left;
    }
    std::string held_;
};

using Ids = std::vector<std::string>;

TEST_F(Replaced, RecordsThatDidNotComeAgainAreGoneAndTheirNeighboursStay) {
    EXPECT_EQ(after({"1:a", "1:b", "10:a", "2:a", "1", "3:a"}, {"1:", "3:"},
                    {true, false, false, false, false, false}),
              (Ids{"1:a", "10:a", "2:a", "1"}));
}

TEST_F(Replaced, OfBeginningsThatBeginEachOtherTheShortestSaysItAll) {
    EXPECT_EQ(
        after({"1:a:x", "1:b", "1;", "2"}, {"1:", "1:a:", "1:b"}, {false, false, false, false}),
        (Ids{"1;", "2"}));
}

TEST_F(Replaced, TheBrakeCountsThem) {
    EXPECT_EQ(after({"1:a", "1:b", "2:a"}, {"1:"}, {false, false, false}, {0.1, 1}),
              (Ids{"1:a", "1:b", "2:a"}));
    EXPECT_NE(held_.find("2 of 3 records"), std::string::npos) << held_;
}

}  // namespace
}  // namespace coterie::extract
