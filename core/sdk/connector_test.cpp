#include "coterie/connector.hpp"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace coterie
