#include "coterie/connector.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>

namespace coterie {
namespace {

/// A host that keeps the last record it was given, and through which call.
struct LastRecord {
    explicit LastRecord(bool knows_record_at) {
        host.size = knows_record_at ? sizeof host : detail::kHostBytesMin;
        host.context = this;
        host.record = [](void* self, coterie_bytes id, coterie_bytes json) {
            return keep(self, "record", id, json, {nullptr, 0});
        };
        host.record_at = [](void* self, coterie_bytes id, coterie_bytes json, coterie_bytes where) {
            return keep(self, "record_at", id, json, where);
        };
    }
    static int32_t keep(void* self, const char* call, coterie_bytes id, coterie_bytes json,
                        coterie_bytes where) {
        auto& last = static_cast<LastRecord*>(self)->last;
        last = call;
        for (const auto part : {id, json, where}) {
            last.append(1, '|').append(detail::view(part));
        }
        return COTERIE_OK;
    }

    coterie_host host{};
    std::string last;
};

TEST(Sink, TellsWhereARecordStandsToAHostThatCanHearIt) {
    LastRecord newest(true);
    Sink sink(newest.host);
    sink.record("{}", "7", "roster.csv:17");
    EXPECT_EQ(newest.last, "record_at|7|{}|roster.csv:17");
    sink.record("{}", "7");
    EXPECT_EQ(newest.last, "record|7|{}|");
}

TEST(Sink, LeavesOutWhereARecordStandsForAHostOfTheFirstVersion) {
    LastRecord first(false);
    Sink sink(first.host);
    sink.record("{}", "7", "roster.csv:17");
    EXPECT_EQ(first.last, "record|7|{}|");
}

/// One that only says whether it can be read, and one that says what it sees.
struct Taciturn final : Source {
    Result<void> check() override { return Error{ErrorKind::Config, "no"}; }
    Result<void> read(const ReadRequest&, Sink&) override { return {}; }
};
struct Talkative final : Source {
    Result<void> check(CheckReport& report) override {
        report.sees("contacts", "3 records");
        report.scope_missing("owners.read", "owners stay numbers", CheckReport::Need::Optional);
        return {};
    }
    Result<void> read(const ReadRequest&, Sink&) override { return {}; }
};

/// A host that keeps the lines of a check.
struct KeptReport {
    explicit KeptReport(bool knows_report) {
        host.size = knows_report ? sizeof host : offsetof(coterie_host, report);
        host.context = this;
        host.report = [](void* self, int32_t kind, coterie_bytes subject, coterie_bytes text) {
            static_cast<KeptReport*>(self)->lines += std::to_string(kind) + "|" +
                                                     std::string(detail::view(subject)) + "|" +
                                                     std::string(detail::view(text)) + "\n";
        };
    }
    coterie_host host{};
    std::string lines;
};

TEST(CheckReport, SaysWhatIsSeenAndLackedToAHostThatCanHearIt) {
    KeptReport newest(true);
    CheckReport report(newest.host);
    Talkative talkative;
    Source& source = talkative;
    EXPECT_TRUE(source.check(report));
    EXPECT_EQ(newest.lines, "0|contacts|3 records\n2|owners.read|owners stay numbers\n");

    KeptReport older(false);
    CheckReport unheard(older.host);
    EXPECT_TRUE(source.check(unheard));
    EXPECT_EQ(older.lines, "");
}

TEST(CheckReport, TheOldCheckIsCalledWhereThereIsNoOther) {
    KeptReport host(true);
    CheckReport report(host.host);
    Taciturn taciturn;
    Source& source = taciturn;
    const auto checked = source.check(report);
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().message, "no");
}

}  // namespace
}  // namespace coterie
