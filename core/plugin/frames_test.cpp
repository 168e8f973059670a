#include "plugin/events.hpp"
#include "plugin/frames.hpp"
#include "plugin/host_protocol.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace coterie::plugin {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

/// Writes down what it is told, one line a call.
class WritingSink final : public EventSink {
  public:
    void record(std::string_view id, std::string_view json, std::string_view where) override {
        line({"record", id, json, where});
    }
    void deleted(std::string_view id) override { line({"deleted", id}); }
    void replaces(std::string_view id_prefix) override { line({"replaces", id_prefix}); }
    void quarantine(std::string_view raw, std::string_view where, std::string_view why) override {
        line({"quarantine", raw, where, why});
    }
    void checkpoint(std::string_view cursor) override { line({"checkpoint", cursor}); }
    void partial() override { line({"partial"}); }
    void restarted() override { line({"restarted"}); }
    void log(LogLevel level, std::string_view message) override {
        line({"log", std::to_string(static_cast<int>(level)), message});
    }
    void progress(std::uint64_t done, std::uint64_t total, std::string_view unit) override {
        line({"progress", std::to_string(done), std::to_string(total), unit});
    }
    void keep_state(std::string_view state) override { line({"state", state}); }
    void unchanged() override { line({"unchanged"}); }
    void report(ReportLine::Kind kind, std::string_view subject, std::string_view text) override {
        line({"report", std::to_string(static_cast<int>(kind)), subject, text});
    }

    std::vector<std::string> lines;

  private:
    void line(std::initializer_list<std::string_view> parts) {
        std::string joined;
        for (const auto part : parts) {
            joined.append(part).append("|");
        }
        lines.push_back(joined);
    }
};

std::string one_frame_of_each_event() {
    std::string bytes;
    append_frame(bytes, FrameType::Record, "id"sv, "{\"a\":1}"sv, "x.csv:2"sv);
    append_frame(bytes, FrameType::Record, ""sv, "{}"sv, ""sv);
    append_frame(bytes, FrameType::Deleted, "gone"sv);
    append_frame(bytes, FrameType::Replaces, "17:"sv);
    append_frame(bytes, FrameType::Quarantine, "a;b"sv, "x.csv:3"sv, "too short"sv);
    append_frame(bytes, FrameType::Checkpoint, "17"sv);
    append_frame(bytes, FrameType::Restarted);
    append_frame(bytes, FrameType::Partial);
    append_frame(bytes, FrameType::Log, std::uint64_t{2}, "careful"sv);
    append_frame(bytes, FrameType::Progress, std::uint64_t{1}, std::uint64_t{9}, "pages"sv);
    append_frame(bytes, FrameType::KeepState, "{\"etag\":1}"sv);
    append_frame(bytes, FrameType::Unchanged);
    append_frame(bytes, FrameType::Report, std::uint64_t{1}, "crm.read"sv, "nothing is read"sv);
    return bytes;
}

std::vector<std::string> events_in(FrameDecoder& decoder) {
    WritingSink sink;
    for (auto frame = decoder.next(); frame && *frame; frame = decoder.next()) {
        EXPECT_TRUE(deliver(**frame, sink));
    }
    return sink.lines;
}

TEST(Frames, EachEventComesOutAsItWentIn) {
    FrameDecoder decoder(1000);
    decoder.feed(one_frame_of_each_event());
    EXPECT_EQ(events_in(decoder),
              (std::vector{"record|id|{\"a\":1}|x.csv:2|"s, "record||{}||"s, "deleted|gone|"s,
                           "replaces|17:|"s, "quarantine|a;b|x.csv:3|too short|"s,
                           "checkpoint|17|"s, "restarted|"s, "partial|"s, "log|2|careful|"s,
                           "progress|1|9|pages|"s, "state|{\"etag\":1}|"s, "unchanged|"s,
                           "report|1|crm.read|nothing is read|"s}));
    EXPECT_FALSE(decoder.has_partial_frame());
}

TEST(Frames, AnySplitOfTheBytesGivesTheSameFrames) {
    const auto bytes = one_frame_of_each_event();
    FrameDecoder whole(1000);
    whole.feed(bytes);
    const auto expected = events_in(whole);
    for (std::uint32_t seed = 1; seed <= 200; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937 random(seed);
        FrameDecoder decoder(1000);
        std::vector<std::string> found;
        for (std::string_view rest = bytes; !rest.empty();) {
            const std::size_t part = 1 + random() % 9;
            decoder.feed(rest.substr(0, part));
            rest.remove_prefix(std::min(part, rest.size()));
            for (auto& event : events_in(decoder)) {
                found.push_back(event);
            }
        }
        EXPECT_EQ(found, expected);
    }
}

TEST(Frames, AFrameLongerThanAllowedIsAnErrorBeforeItsBytesAreThere) {
    FrameDecoder decoder(100);
    decoder.feed("\xff\xff\xff\xff\x10"sv);
    const auto frame = decoder.next();
    ASSERT_FALSE(frame);
    EXPECT_EQ(frame.error().message, "a frame of 4294967295 bytes, allowed are 100");
}

TEST(Frames, FieldsThatDoNotFillTheirFrameAreRefused) {
    WritingSink sink;
    std::string bytes;
    append_frame(bytes, FrameType::Record, "id"sv);
    EXPECT_FALSE(deliver({FrameType::Record, std::string_view(bytes).substr(5)}, sink));
    bytes.clear();
    append_frame(bytes, FrameType::Deleted, "id"sv, "more"sv);
    EXPECT_FALSE(deliver({FrameType::Deleted, std::string_view(bytes).substr(5)}, sink));
    EXPECT_FALSE(deliver({FrameType::Deleted, "\xff\xff\xff\xff"sv}, sink));
    bytes.clear();
    append_frame(bytes, FrameType::Report, std::uint64_t{9}, "of no kind"sv, ""sv);
    EXPECT_FALSE(deliver({FrameType::Report, std::string_view(bytes).substr(5)}, sink));
    EXPECT_FALSE(deliver({static_cast<FrameType>(200), ""sv}, sink));
    EXPECT_TRUE(sink.lines.empty());
}

TEST(Frames, RandomBytesAreTakenOrRefusedAndNothingElse) {
    for (std::uint32_t seed = 1; seed <= 500; ++seed) {
        std::mt19937 random(seed);
        std::string bytes = one_frame_of_each_event();
        for (int change = 0; change < 8; ++change) {
            bytes[random() % bytes.size()] = static_cast<char>(random());
        }
        FrameDecoder decoder(1000);
        decoder.feed(bytes);
        WritingSink sink;
        std::size_t frames = 0;
        for (auto frame = decoder.next(); frame && *frame; frame = decoder.next()) {
            deliver(**frame, sink);
            ++frames;
        }
        EXPECT_LE(sink.lines.size(), frames) << "seed " << seed;
    }
}

TEST(HostProtocol, TheSetupComesOutAsItWentIn) {
    HostSetup setup;
    setup.plugin.manifest.name = "jsonl";
    setup.plugin.manifest.version = "1.2.3";
    setup.plugin.manifest.kinds = {"source", "destination"};
    setup.plugin.library = "/plugins/jsonl/jsonl.so";
    setup.workspace = "/home/a b";
    setup.limits.memory_bytes_max = 1;
    setup.limits.file_bytes_max = 2;
    setup.limits.record_bytes_max = 3;
    std::string bytes;
    append_setup(bytes, setup);
    const auto parsed = parse_setup({FrameType::Setup, std::string_view(bytes).substr(5)});
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->plugin.manifest.name, "jsonl");
    EXPECT_EQ(parsed->plugin.manifest.version, "1.2.3");
    EXPECT_EQ(parsed->plugin.manifest.kinds, std::vector{"source,destination"s});
    EXPECT_EQ(parsed->plugin.library, setup.plugin.library);
    EXPECT_EQ(parsed->workspace, setup.workspace);
    EXPECT_EQ(parsed->limits.memory_bytes_max, 1U);
    EXPECT_EQ(parsed->limits.file_bytes_max, 2U);
    EXPECT_EQ(parsed->limits.record_bytes_max, 3U);
}

TEST(HostProtocol, AWorkersEndOfAnUnknownKindIsRefused) {
    std::string bytes;
    append_frame(bytes, FrameType::Ended, std::uint64_t{9}, std::uint64_t{0}, std::uint64_t{0});
    EXPECT_FALSE(parse_worker_end({FrameType::Ended, std::string_view(bytes).substr(5)}));
}

}  // namespace
}  // namespace coterie::plugin
