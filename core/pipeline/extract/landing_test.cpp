#include "pipeline/extract/landing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace coterie::extract {
namespace {

using testing::HasSubstr;

/// A stream's landing that keeps its steps.
struct Stream {
    explicit Stream(std::vector<store::IndexEntry> known = {}, bool is_full_read = true,
                    bool later_counts = false)
        : index(std::move(known)),
          landing(
              {1, "people", 7, is_full_read, later_counts, {}}, index,
              [this](Step step) { steps.push_back(std::move(step)); }, [](const ReadProgress&) {},
              [](LogLevel, std::string_view) {}) {}

    /// All counts that were handed over.
    [[nodiscard]] store::Ledger counts() const {
        store::Ledger sum;
        for (const Step& step : steps) {
            sum += step.counts;
        }
        return sum;
    }
    /// What the store would hold: raw JSON by record id, the last one handed over.
    [[nodiscard]] std::map<std::string, std::string> landed() const {
        store::Codec codec;
        std::map<std::string, std::string> found;
        for (const Step& step : steps) {
            for (const StepRecord& record : step.records) {
                found[record.record.record_id] = codec.decompress(record.record.payload).value();
            }
        }
        return found;
    }

    RecordIndex index;
    std::vector<Step> steps;
    Landing landing;
};

store::IndexEntry known(std::string_view id, std::string_view json, store::Row row,
                        store::RecordState state = store::RecordState::Live) {
    return {hash128(id), hash64(json), row, state, store::Cause::None};
}

TEST(Landing, TellsNewChangedUnchangedAndGoneApart) {
    Stream stream({known("a", R"({"n":1})", 1), known("b", R"({"n":1})", 2),
                   known("c", R"({"n":1})", 3),
                   known("d", R"({"n":1})", 4, store::RecordState::Gone)});
    stream.landing.record("a", R"({"n":1})", {});
    stream.landing.record("b", R"({"n":2})", {});
    stream.landing.record("d", R"({"n":1})", {});
    stream.landing.record("e", R"({"n":1})", {});
    stream.landing.finish();
    EXPECT_EQ(stream.counts(), (store::Ledger{4, 1, 2, 1, 0, 0, 0}));
    EXPECT_EQ(stream.steps.back().unseen, (std::vector<store::Row>{3}));
    EXPECT_EQ(stream.steps.back().present_before, 3U);
}

TEST(Landing, WhatIsReplacedIsAppliedAtTheEndAndAskedForAgainAfterABreak) {
    Stream stream({known("1:a", R"({"n":1})", 1), known("1:b", R"({"n":1})", 2)}, false);
    stream.landing.checkpoint("10");
    stream.landing.replaces("1:");
    stream.landing.record("1:a", R"({"n":1})", {});
    stream.landing.checkpoint("20");
    EXPECT_EQ(stream.landing.resume_cursor(), "10") << "what 20 stands for would be forgotten";
    stream.landing.rewind();
    stream.landing.replaces("1:");
    stream.landing.record("1:b", R"({"n":1})", {});
    stream.landing.checkpoint("30");
    stream.landing.finish();
    const Step& end = stream.steps.back();
    EXPECT_EQ(end.replaced, (std::vector<std::string>{"1:"}));
    EXPECT_EQ(end.is_seen, (std::vector<bool>{false, true}));
    EXPECT_EQ(end.cursor, "30");
}

TEST(Landing, GroupsWithoutEndAreRefusedAndTakeBoundedMemory) {
    Stream stream({known("1:a", R"({"n":1})", 1)}, false);
    EXPECT_TRUE(stream.landing.kept_all());
    for (int i = 0; i < 1'000'000; ++i) {
        stream.landing.replaces(std::to_string(i) + ":");
    }
    const auto kept = stream.landing.kept_all();
    ASSERT_FALSE(kept);
    EXPECT_EQ(kept.error().kind, ErrorKind::Fatal);
    EXPECT_THAT(kept.error().message, HasSubstr("groups of records of stream 'people'"));
    stream.landing.rewind();
    EXPECT_TRUE(stream.landing.kept_all());
}

TEST(Landing, WhatNoIdBeginsWithReplacesNothing) {
    Stream stream({known("1:a", R"({"n":1})", 1)}, false);
    stream.landing.replaces("");
    stream.landing.replaces(std::string(2000, 'x'));
    stream.landing.finish();
    EXPECT_TRUE(stream.steps.back().replaced.empty());
}

TEST(Landing, WhatAPartialReadDoesNotBringStays) {
    Stream stream({known("a", R"({"n":1})", 1), known("b", R"({"n":1})", 2)});
    stream.landing.restarted();
    stream.landing.partial();
    stream.landing.record("b", R"({"n":1})", {});
    stream.landing.finish();
    EXPECT_TRUE(stream.steps.back().unseen.empty());
    EXPECT_FALSE(stream.steps.back().is_full_read);
}

TEST(Landing, AFullReadReplacesAllAnyway) {
    Stream stream({known("1:a", R"({"n":1})", 1)});
    stream.landing.replaces("1:");
    stream.landing.checkpoint("20");
    EXPECT_EQ(stream.landing.resume_cursor(), "20");
    stream.landing.finish();
    EXPECT_TRUE(stream.steps.back().replaced.empty());
    EXPECT_EQ(stream.steps.back().unseen, (std::vector<store::Row>{1}));
}

TEST(Landing, WhatIsNoJsonObjectIsQuarantinedWithTheReason) {
    Stream stream;
    for (const char* raw : {"{", "[1]", "\"x\"", "{\"a\":\"\xff\"}"}) {
        stream.landing.record("x", raw, {});
    }
    stream.landing.finish();
    EXPECT_EQ(stream.counts().quarantined, 4);
    EXPECT_TRUE(stream.counts().balances());
    EXPECT_THAT(stream.steps.back().quarantined.front().reason, HasSubstr("not valid JSON"));
    EXPECT_EQ(stream.steps.back().quarantined[1].reason, "not a JSON object");
    EXPECT_TRUE(stream.landed().empty());
}

TEST(Landing, AStoredRecordThatTurnsUnreadableIsKeptAndNotGone) {
    Stream stream({known("a", R"({"n":1})", 1)});
    stream.landing.record("a", "{broken", {});
    stream.landing.finish();
    EXPECT_EQ(stream.counts().quarantined, 1);
    EXPECT_TRUE(stream.steps.back().unseen.empty());
}

TEST(Landing, WhereARecordStandsIsKeptAndIsNoPartOfItsContent) {
    Stream stream({known("a", R"({"n":1})", 1)});
    stream.landing.record("a", R"({"n":1})", "people.csv:9");
    stream.landing.record("b", R"({"n":2})", "people.csv:2");
    stream.landing.record("c", "[1]", "people.csv:3");
    stream.landing.record("b", R"({"n":3})", "caf\xe9.csv:4");
    stream.landing.finish();
    EXPECT_EQ(stream.counts(), (store::Ledger{4, 1, 0, 1, 2, 0, 0}));
    ASSERT_EQ(stream.steps.back().records.size(), 1U);
    ASSERT_EQ(stream.steps.back().quarantined.size(), 2U);
    EXPECT_EQ(stream.steps.back().quarantined[0].where, "people.csv:3");
    const std::set<std::string> places{stream.steps.back().records[0].record.where,
                                       stream.steps.back().quarantined[1].where};
    EXPECT_EQ(places, (std::set<std::string>{"people.csv:2", "caf\\xe9.csv:4"}));
}

TEST(Landing, TwinsWithoutAnIdAreTwoRecords) {
    Stream stream;
    for (int i = 0; i < 3; ++i) {
        stream.landing.record("", R"({"same":true})", {});
    }
    stream.landing.finish();
    EXPECT_EQ(stream.counts().created, 3);
    EXPECT_EQ(stream.landed().size(), 3U);
}

TEST(Landing, OfTwoRecordsUnderOneIdTheSameOneStaysInAnyOrder) {
    std::vector<std::string> rivals{R"({"n":1})", R"({"n":2})", R"({"n":3})"};
    std::map<std::string, std::string> expected;
    std::sort(rivals.begin(), rivals.end());
    do {
        Stream stream;
        for (const std::string& json : rivals) {
            stream.landing.record("a", json, {});
        }
        stream.landing.finish();
        EXPECT_EQ(stream.counts(), (store::Ledger{3, 1, 0, 0, 2, 0, 0}));
        if (expected.empty()) {
            expected = stream.landed();
        }
        EXPECT_EQ(stream.landed(), expected);
    } while (std::next_permutation(rivals.begin(), rivals.end()));
}

TEST(Landing, CountsTravelOnlyWithACheckpointOrTheEnd) {
    Stream stream;
    // Poorly compressible text, so that a step is handed over for its size alone.
    std::string noise;
    for (std::uint64_t i = 0; noise.size() < (1U << 20); ++i) {
        noise += to_hex(hash128(std::to_string(i)));
    }
    for (int i = 0; i < 80; ++i) {
        stream.landing.record(std::to_string(i), "{\"n\":\"" + noise + std::to_string(i) + "\"}",
                              {});
    }
    ASSERT_FALSE(stream.steps.empty()) << "a step is handed over without a checkpoint";
    EXPECT_EQ(stream.counts(), store::Ledger{});
    EXPECT_FALSE(stream.steps.front().cursor);
    stream.landing.finish();
    EXPECT_EQ(stream.counts().created, 80);
}

TEST(Landing, AfterARewindTheReadCountsNothingTwice) {
    Stream stream;
    stream.landing.record("a", R"({"n":1})", {});
    stream.landing.checkpoint("1");
    stream.landing.record("b", R"({"n":1})", {});
    stream.landing.rewind();
    EXPECT_EQ(stream.landing.resume_cursor(), "1");
    stream.landing.record("b", R"({"n":1})", {});
    stream.landing.record("c", R"({"n":1})", {});
    stream.landing.finish();
    EXPECT_EQ(stream.counts(), (store::Ledger{3, 3, 0, 0, 0, 0, 0}));
}

TEST(Landing, AReadThatStartsAnewForgetsWhatItSaw) {
    Stream stream({known("a", R"({"n":1})", 1)});
    stream.landing.record("a", R"({"n":1})", {});
    stream.landing.restarted();
    stream.landing.finish();
    EXPECT_TRUE(stream.steps.back().restarted);
    EXPECT_EQ(stream.counts().read, 0);
    EXPECT_EQ(stream.steps.back().unseen, (std::vector<store::Row>{1}));
}

TEST(Landing, WhatLandedBeforeAReadStartedAnewIsNotLost) {
    Stream stream;
    stream.landing.record("a", R"({"n":1})", {});
    stream.landing.restarted();
    stream.landing.record("a", R"({"n":1})", {});
    stream.landing.finish();
    EXPECT_EQ(stream.landed().size(), 1U);
    EXPECT_EQ(stream.counts(), (store::Ledger{1, 1, 0, 0, 0, 0, 0}));
}

TEST(RecordIndex, FindsWhatWasAddedThroughManyGrowths) {
    RecordIndex index({});
    for (int i = 0; i < 5000; ++i) {
        EXPECT_TRUE(index.find_or_add(hash128(std::to_string(i))).is_new);
    }
    for (int i = 0; i < 5000; ++i) {
        EXPECT_EQ(index.find(hash128(std::to_string(i))), static_cast<RecordIndex::Slot>(i));
    }
    EXPECT_EQ(index.find(hash128("none")), std::nullopt);
}

TEST(Landing, AnUnchangedSourceHasAllThatItHadAndNothingIsGone) {
    Stream stream({known("a", R"({"n":1})", 1),
                   known("b", R"({"n":1})", 2, store::RecordState::Quarantined),
                   known("c", R"({"n":1})", 3, store::RecordState::Gone)});
    stream.landing.unchanged();
    stream.landing.keep_state(R"({"etag":"x"})");
    stream.landing.finish();
    ASSERT_EQ(stream.steps.size(), 1U);
    const Step& end = stream.steps.back();
    EXPECT_TRUE(end.unchanged);
    EXPECT_EQ(end.state, R"({"etag":"x"})");
    EXPECT_TRUE(end.unseen.empty());
    EXPECT_TRUE(end.records.empty());
    store::Ledger expected;
    expected.read = 2;
    expected.unchanged = expected.quarantined = 1;
    EXPECT_EQ(end.counts, expected);
}

TEST(Landing, AReadThatFailsAfterItsStateIsRetriedWithoutIt) {
    Stream stream({known("a", R"({"n":1})", 1)});
    stream.landing.unchanged();
    stream.landing.keep_state("1");
    stream.landing.rewind();
    EXPECT_TRUE(stream.landing.is_untouched());
    stream.landing.record("a", R"({"n":1})", {});
    EXPECT_FALSE(stream.landing.is_untouched());
    stream.landing.finish();
    EXPECT_FALSE(stream.steps.back().unchanged);
    EXPECT_EQ(stream.steps.back().state, std::nullopt);
    EXPECT_EQ(stream.counts().read, 1);
}

// --- Reads of what changed ---------------------------------------------------------------------

constexpr bool kChanges = false;
constexpr bool kLaterCounts = true;

TEST(LandingOfChanges, AReadThatStartsAnewIsAFullOne) {
    Stream stream({known("a", R"({"n":1})", 1), known("b", R"({"n":1})", 2)}, kChanges,
                  kLaterCounts);
    stream.landing.restarted();
    stream.landing.record("a", R"({"n":1})", {});
    stream.landing.checkpoint("7");
    stream.landing.finish();
    const Step& end = stream.steps.back();
    EXPECT_TRUE(end.restarted);
    EXPECT_TRUE(end.is_full_read);
    EXPECT_EQ(end.unseen, (std::vector<store::Row>{2}));
    EXPECT_EQ(end.cursor, "7");
}

TEST(LandingOfChanges, OneThatBreaksOffBeforeItsFirstCheckpointMayBeNoFullOneNextTime) {
    Stream stream({known("a", R"({"n":1})", 1), known("b", R"({"n":1})", 2)}, kChanges,
                  kLaterCounts);
    stream.landing.restarted();
    stream.landing.record("a", R"({"n":1})", {});
    stream.landing.rewind();
    stream.landing.record("a", R"({"n":2})", {});
    stream.landing.finish();
    EXPECT_FALSE(stream.steps.back().is_full_read);
    EXPECT_TRUE(stream.steps.back().unseen.empty());
}

TEST(LandingOfChanges, OfOneRecordTwiceTheLaterCountsAndItIsOneRecord) {
    for (const bool is_known : {false, true}) {
        for (const bool is_step_between : {false, true}) {
            SCOPED_TRACE(testing::Message() << is_known << is_step_between);
            std::vector<store::IndexEntry> before;
            if (is_known) {
                before.push_back(known("a", R"({"n":0})", 1));
            }
            Stream stream(before, kChanges, kLaterCounts);
            stream.landing.record("a", R"({"n":9})", {});
            if (is_step_between) {
                for (int i = 0; i < 10'000; ++i) {
                    stream.landing.record("x" + std::to_string(i), "{}", {});
                }
                stream.landing.checkpoint("1");
            }
            stream.landing.record("a", R"({"n":1})", {});
            stream.landing.record("a", R"({"n":5})", {});
            stream.landing.finish();
            EXPECT_EQ(stream.landed()["a"], R"({"n":5})");
            const auto counts = stream.counts();
            EXPECT_TRUE(counts.balances());
            EXPECT_EQ(counts.quarantined, 0);
            EXPECT_EQ(counts.unchanged, 2);
            EXPECT_EQ(counts.changed, is_known ? 1 : 0);
        }
    }
}

TEST(LandingOfChanges, ARecordThatEndsAsItWasIsUnchanged) {
    Stream stream({known("a", R"({"n":1})", 1)}, kChanges, kLaterCounts);
    stream.landing.record("a", R"({"n":2})", {});
    stream.landing.record("a", R"({"n":1})", {});
    stream.landing.finish();
    EXPECT_EQ(stream.counts(), (store::Ledger{2, 0, 0, 2, 0, 0, 0}));
    EXPECT_TRUE(stream.landed().empty());
}

TEST(LandingOfChanges, ARecordThatCameAsItWasAndThenChangedIsChanged) {
    Stream stream({known("a", R"({"n":1})", 1)}, kChanges, kLaterCounts);
    stream.landing.record("a", R"({"n":1})", {});
    stream.landing.record("a", R"({"n":2})", {});
    stream.landing.finish();
    EXPECT_EQ(stream.counts(), (store::Ledger{2, 0, 1, 1, 0, 0, 0}));
    EXPECT_EQ(stream.landed()["a"], R"({"n":2})");
}

TEST(LandingOfChanges, WhatIsDeletedAndComesAgainIsThereAndTheOtherWayRoundIsGone) {
    Stream stream({known("a", R"({"n":1})", 1), known("b", R"({"n":1})", 2),
                   known("c", R"({"n":1})", 3, store::RecordState::Gone)},
                  kChanges, kLaterCounts);
    stream.landing.deleted("nobody");
    stream.landing.deleted("c");
    stream.landing.deleted("a");
    stream.landing.record("a", R"({"n":1})", {});
    stream.landing.record("b", R"({"n":2})", {});
    stream.landing.deleted("b");
    stream.landing.deleted("b");
    stream.landing.record("new", R"({"n":2})", {});
    stream.landing.deleted("new");
    stream.landing.checkpoint("4");
    stream.landing.finish();
    const Step& end = stream.steps.back();
    EXPECT_EQ(end.deleted, (std::vector<RecordIndex::Slot>{1, 3}));
    EXPECT_EQ(end.deleted_of_before, 1U) << "one came and went";
    EXPECT_EQ(end.cursor, "4") << "the deletions are stored with it";
    EXPECT_EQ(stream.landing.resume_cursor(), std::nullopt) << "which a retry must bring again";
    EXPECT_TRUE(stream.counts().balances());
}

TEST(LandingOfChanges, TheLastCheckpointTravelsWithTheEnd) {
    Stream stream({}, kChanges, kLaterCounts);
    for (int i = 0; i < 10'000; ++i) {
        stream.landing.record(std::to_string(i), "{}", {});
    }
    stream.landing.checkpoint("1");  // and the step goes with it
    stream.landing.finish();
    ASSERT_EQ(stream.steps.size(), 2U);
    EXPECT_EQ(stream.steps.back().cursor, "1");
}

}  // namespace
}  // namespace coterie::extract
