#include "document.hpp"
#include "jsonl.hpp"
#include "tests/support/recording_host.hpp"
#include "tests/support/scratch_folder.hpp"
#include "tests/support/shared_data.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace jsonl {
namespace {

using coterie::ErrorKind;
using coterie::test::RecordingHost;
using coterie::test::ScratchFolder;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Reads one text as a file.
class JsonFile : public testing::Test {
  protected:
    coterie::Result<void> read(std::string_view text, json config = json::object()) {
        config["location"] = folder_.write("people.json", text);
        config_ = config;
        host_ = RecordingHost();
        Jsonl source(config);
        return host_.read(source);
    }
    /// The error's message, or "" where all went well.
    std::string fault(std::string_view text, json config = json::object()) {
        const auto result = read(text, std::move(config));
        return result ? "" : result.error().message;
    }
    std::string where(std::size_t index) {
        return std::filesystem::path(host_.quarantined.at(index).where).filename();
    }
    std::vector<std::string> ids() const {
        std::vector<std::string> all;
        for (const auto& record : host_.records) {
            all.push_back(record.id);
        }
        return all;
    }

    ScratchFolder folder_;
    json config_;
    RecordingHost host_;
};

const json kDocument = {{"pointer", ""}};

TEST_F(JsonFile, EachLineIsARecordAsItStands) {
    ASSERT_TRUE(read("\xEF\xBB\xBF{\"id\": 1,  \"n\":\"Åse\"}\r\n\n  \n{\"id\":2}"));
    EXPECT_THAT(host_.jsons(), ElementsAre("{\"id\": 1,  \"n\":\"Åse\"}", "{\"id\":2}"));
    EXPECT_THAT(host_.quarantined, IsEmpty());
}

TEST_F(JsonFile, EachRecordSaysWhereItStands) {
    ASSERT_TRUE(read("{\"a\":1}\n\n{\"a\":2}\n"));
    ASSERT_EQ(host_.records.size(), 2U);
    EXPECT_THAT(host_.records.at(0).where, testing::EndsWith("people.json:1"));
    EXPECT_THAT(host_.records.at(1).where, testing::EndsWith("people.json:3"));
    ASSERT_TRUE(read("[{\"a\":1}]", kDocument));
    EXPECT_THAT(host_.records.at(0).where, testing::EndsWith("people.json:element 1"));
}

TEST_F(JsonFile, ZeroBytesAreZeroLines) {
    ASSERT_TRUE(read(""));
    EXPECT_THAT(host_.records, IsEmpty());
}

TEST_F(JsonFile, BrokenLinesAreQuarantinedWithLineAndColumn) {
    ASSERT_TRUE(read("{\"a\":1}\n{\"a\":}\n[1]\n\"x\"\n{\"a\":\"\xFF\"}\n{\"b\":2}\n{\"c\":"));
    EXPECT_THAT(host_.jsons(), ElementsAre("{\"a\":1}", "{\"b\":2}"));
    ASSERT_EQ(host_.quarantined.size(), 5U);
    EXPECT_EQ(where(0), "people.json:2:6");
    EXPECT_EQ(host_.quarantined[0].why, "not valid JSON");
    EXPECT_EQ(host_.quarantined[1].why, "not a JSON object");
    EXPECT_EQ(where(2), "people.json:4");
    EXPECT_EQ(host_.quarantined[3].why, "not valid UTF-8");
    EXPECT_EQ(host_.quarantined[3].raw, "{\"a\":\"\\xFF\"}");
    EXPECT_EQ(host_.quarantined[4].raw, "{\"c\":");
}

TEST_F(JsonFile, ALineThatIsTooLongIsQuarantinedAndTheNextIsRead) {
    const std::string head = "{\"a\":\"";
    const std::string fits = head + std::string(2048 - head.size() - 2, 'x') + "\"}";
    ASSERT_TRUE(read(fits + "\n" + head + std::string(3'000'000, 'x') + "\"}\n{\"b\":2}\n",
                     {{"record_bytes_max", 2048}}));
    EXPECT_THAT(host_.jsons(), ElementsAre(fits, "{\"b\":2}"));
    ASSERT_EQ(host_.quarantined.size(), 1U);
    EXPECT_EQ(where(0), "people.json:2");
    EXPECT_THAT(host_.quarantined[0].why, HasSubstr("record_bytes_max (2048 bytes)"));
}

TEST_F(JsonFile, NestingWithoutEndIsQuarantined) {
    const std::string deep(100'000, '[');
    ASSERT_TRUE(read("{\"a\":" + deep + "\n{\"b\":" + deep + std::string(100'000, ']') + "}\n"));
    EXPECT_THAT(host_.records, IsEmpty());
    ASSERT_EQ(host_.quarantined.size(), 2U);
    EXPECT_EQ(host_.quarantined[1].why, "nested deeper than 1024 levels");
}

TEST_F(JsonFile, TheKeyMayBeTextNumberPointerOrSeveral) {
    const std::string text =
        "{\"id\":\"007\",\"c\":{\"n\":12},\"d\":1.5,\"l\":[]}\n{\"id\":null}\n";
    ASSERT_TRUE(read(text, {{"key", "id"}}));
    EXPECT_THAT(ids(), ElementsAre("007", ""));
    ASSERT_TRUE(read(text, {{"key", "/c/n"}}));
    EXPECT_THAT(ids(), ElementsAre("12", ""));
    ASSERT_TRUE(read(text, {{"key", {"d", "id"}}}));
    EXPECT_THAT(ids(), ElementsAre("[\"1.5\",\"007\"]", ""));
    ASSERT_TRUE(read(text, {{"key", "l"}}));
    EXPECT_THAT(ids(), ElementsAre("", ""));
}

TEST_F(JsonFile, AnArrayReadAsLinesIsAConfigErrorThatNamesTheKey) {
    const auto result = read("[\n {\"a\":1}\n]");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::Config);
    EXPECT_THAT(result.error().message, HasSubstr("set pointer: \"\""));
}

TEST_F(JsonFile, Utf16IsRefusedWithTheWayOut) {
    EXPECT_THAT(fault(std::string_view("\xFF\xFE{\0", 4)), HasSubstr("is UTF-16"));
}

TEST_F(JsonFile, ElementsOfADocumentAreCutAsTheyStand) {
    ASSERT_TRUE(read(" [ {\"a\": \"]}\\\"\" } , {\n \"b\": [1, {}]\n} ]  \n", kDocument));
    EXPECT_THAT(host_.jsons(), ElementsAre("{\"a\": \"]}\\\"\" }", "{\n \"b\": [1, {}]\n}"));
    ASSERT_TRUE(read("[]", kDocument));
    EXPECT_THAT(host_.records, IsEmpty());
    EXPECT_THAT(host_.quarantined, IsEmpty());
}

TEST_F(JsonFile, APointerLeadsToTheArray) {
    const std::string text =
        R"({"meta":{"people":[0]},"d~a/t":[7,{"people":[{"x":1},{"y":2}],"z":0}],"e":[]})";
    ASSERT_TRUE(read(text, {{"pointer", "/d~0a~1t/1/people"}}));
    EXPECT_THAT(host_.jsons(), ElementsAre("{\"x\":1}", "{\"y\":2}"));
}

TEST_F(JsonFile, APointerToNowhereIsAConfigErrorThatSaysWhereItEnds) {
    EXPECT_THAT(fault(R"({"a":{"b":1}})", {{"pointer", "/a/c"}}),
                HasSubstr("'/a' has no member 'c'"));
    EXPECT_THAT(fault(R"({"a":[1]})", {{"pointer", "/a/1"}}),
                HasSubstr("the array '/a' has no element 1"));
    EXPECT_THAT(fault(R"({"a":[1]})", {{"pointer", "/a/x"}}), HasSubstr("no number of an element"));
    EXPECT_THAT(fault(R"({"a":7})", {{"pointer", "/a/x"}}), HasSubstr("neither an object nor"));
    EXPECT_THAT(fault(R"({"a":7})", {{"pointer", "/a"}}), HasSubstr("no list of records"));
    EXPECT_THAT(fault(R"({"a":7})", kDocument), HasSubstr("set entries: true"));
    EXPECT_THAT(fault("[]", {{"entries", true}}), HasSubstr("leave out entries"));
    EXPECT_THAT(fault("[]", {{"pointer", "a"}}), HasSubstr("is no JSON Pointer"));
    EXPECT_THAT(fault("[]", {{"pointer", "/a~2"}}), HasSubstr("is no JSON Pointer"));
}

TEST_F(JsonFile, MembersOfAnObjectAreRecordsUnderTheirNames) {
    const std::string text = R"({"p":{"ida":{"n":1},"b\u00f8":{"n":2},"no":3}})";
    ASSERT_TRUE(read(text, {{"pointer", "/p"}, {"entries", true}}));
    EXPECT_THAT(ids(), ElementsAre("ida", "bø"));
    ASSERT_EQ(host_.quarantined.size(), 1U);
    EXPECT_EQ(where(0), "people.json:element 3");
    ASSERT_TRUE(read(text, {{"pointer", "/p"}, {"entries", true}, {"key", "n"}}));
    EXPECT_THAT(ids(), ElementsAre("1", "2"));
}

TEST_F(JsonFile, BrokenElementsAreQuarantinedAndTheRestIsRead) {
    ASSERT_TRUE(read("[{\"a\":tru},{\"b\":1},nul,,[{}],{\"c\":1},]x", kDocument));
    EXPECT_THAT(host_.jsons(), ElementsAre("{\"b\":1}", "{\"c\":1}"));
    ASSERT_EQ(host_.quarantined.size(), 6U);
    EXPECT_EQ(where(0), "people.json:element 1, byte 9");
    EXPECT_EQ(host_.quarantined[1].why, "not valid JSON");
    EXPECT_EQ(host_.quarantined[2].why, "a comma without an element");
    EXPECT_EQ(host_.quarantined[3].why, "not a JSON object");
    EXPECT_EQ(host_.quarantined[4].why, "a comma without an element");
    EXPECT_EQ(host_.quarantined[5].why, "text behind the end of the document");
}

TEST_F(JsonFile, ADocumentThatEndsTooSoonIsFatalAndSaysWhere) {
    EXPECT_THAT(fault("[{\"a\":1},{\"b\":", kDocument), HasSubstr("ends inside element 2"));
    EXPECT_EQ(host_.records.size(), 1U);
    EXPECT_THAT(host_.checkpoints, IsEmpty());
    EXPECT_THAT(fault("[{\"a\":1}", kDocument), HasSubstr("ends too soon"));
    EXPECT_THAT(fault("[{\"a\":1},", kDocument), HasSubstr("behind element 1"));
    EXPECT_THAT(fault("", kDocument), HasSubstr("ends too soon"));
    EXPECT_THAT(fault("{\"p\":[{}]", {{"pointer", "/p"}}), HasSubstr("ends too soon"));
    EXPECT_THAT(fault("{\"p", {{"pointer", "/p"}}), HasSubstr("ends too soon"));
    EXPECT_THAT(fault("[{} {}]", kDocument), HasSubstr("the document is broken"));
}

TEST_F(JsonFile, AnElementThatIsTooLargeIsSkippedWhereverBlocksEnd) {
    const std::string large = "{\"a\":\"" + std::string(2'500'000, ']') + "\"}";
    ASSERT_TRUE(
        read("[{\"x\":1}," + large + ",{\"y\":2}]", {{"pointer", ""}, {"record_bytes_max", 4096}}));
    EXPECT_THAT(host_.jsons(), ElementsAre("{\"x\":1}", "{\"y\":2}"));
    ASSERT_EQ(host_.quarantined.size(), 1U);
    EXPECT_THAT(host_.quarantined[0].why, HasSubstr("record_bytes_max (4096 bytes)"));
}

/// Larger than several blocks, with strings that would mislead a scanner that loses count.
std::string large_array(std::size_t elements) {
    std::string text = "{\"skip\":[\"]\",{\"x\":\"\\\\\"}],\"people\":[";
    for (std::size_t i = 0; i < elements; ++i) {
        text += (i == 0       ? ""
                 : i % 3 == 0 ? " ,\n"
                              : ",") +
                std::string("{\"id\":") + std::to_string(i) + ",\"t\":\"" +
                std::string(i % 400, i % 7 == 0 ? '}' : 'x') + "\\\"\\\\\",\"l\":[[],{}]}";
        text += i % 1000 == 999 ? ",7" : "";
    }
    return text + "],\"after\":[{}]}";
}

TEST_F(JsonFile, EveryCheckpointOfADocumentResumesExactly) {
    ASSERT_TRUE(read(large_array(21'000), {{"pointer", "/people"}, {"key", "id"}}));
    ASSERT_EQ(host_.records.size(), 21'000U);
    ASSERT_EQ(host_.quarantined.size(), 21U);
    ASSERT_EQ(host_.checkpoints.size(), 5U);
    for (const auto& checkpoint : host_.checkpoints) {
        Jsonl source(config_);
        RecordingHost rest;
        ASSERT_TRUE(rest.read(source, checkpoint.cursor));
        EXPECT_EQ(rest.restarts, 0);
        ASSERT_EQ(checkpoint.records + rest.records.size(), host_.records.size());
        EXPECT_TRUE(
            std::equal(rest.records.begin(), rest.records.end(),
                       host_.records.begin() + static_cast<std::ptrdiff_t>(checkpoint.records)));
        EXPECT_TRUE(std::equal(rest.quarantined.begin(), rest.quarantined.end(),
                               host_.quarantined.begin() +
                                   static_cast<std::ptrdiff_t>(checkpoint.quarantined),
                               host_.quarantined.end()));
    }
}

TEST_F(JsonFile, EveryCheckpointOfLinesResumesExactly) {
    std::string text;
    for (int i = 0; i < 12'000; ++i) {
        text += i % 100 == 0 ? "broken\n" : "{\"id\":" + std::to_string(i) + "}\n";
    }
    ASSERT_TRUE(read(text, {{"key", "id"}}));
    ASSERT_EQ(host_.checkpoints.size(), 3U);
    for (const auto& checkpoint : host_.checkpoints) {
        Jsonl source(config_);
        RecordingHost rest;
        ASSERT_TRUE(rest.read(source, checkpoint.cursor));
        ASSERT_EQ(checkpoint.records + rest.records.size(), host_.records.size());
        ASSERT_EQ(checkpoint.quarantined + rest.quarantined.size(), host_.quarantined.size());
        if (!rest.quarantined.empty()) {
            EXPECT_EQ(rest.quarantined.back(), host_.quarantined.back());
        }
    }
}

TEST_F(JsonFile, ACursorOfAnotherFileStartsAnew) {
    ASSERT_TRUE(read("{\"a\":1}\n"));
    const json cursor = host_.checkpoints.back().cursor;
    folder_.write("people.json", "{\"a\":1}\n{\"b\":2}\n");
    for (const json& stale : {cursor, json(3), json{{"file", 3}}, json::object()}) {
        Jsonl source(config_);
        RecordingHost again;
        ASSERT_TRUE(again.read(source, stale));
        EXPECT_EQ(again.restarts, 1);
        EXPECT_EQ(again.records.size(), 2U);
    }
}

TEST_F(JsonFile, AFileThatChangesWhileItIsReadEndsTheReadAsTransient) {
    const std::string path = folder_.write("a.jsonl", "{\"a\":1}\n");
    Jsonl source(json{{"location", path}});
    host_.on_record = [&] { std::ofstream(path, std::ios::app) << "{}\n"; };
    const auto result = host_.read(source);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::Transient);
}

TEST_F(JsonFile, CheckGoesToTheFirstRecordOfEachFile) {
    folder_.write("a.json", "{\"p\":[]}");
    folder_.write("b.json", "{\"q\":[]}");
    Jsonl source(json{{"location", folder_.file("*.json")}, {"pointer", "/p"}});
    const auto result = source.check();
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error().message, HasSubstr("b.json: pointer: '' has no member 'p'"));
}

TEST_F(JsonFile, AskedToStopItStops) {
    host_.stop_after = 10;
    const std::string path = folder_.write("people.json", large_array(100));
    Jsonl source(json{{"location", path}, {"pointer", "/people"}});
    const auto result = host_.read(source);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::Cancelled);
    EXPECT_EQ(host_.record_count, 10U);
}

// Real files.

std::string content_of(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

TEST_F(JsonFile, WhatTheJsonTestSuiteAcceptsIsAcceptedAsAnElement) {
    COTERIE_SHARED_OR_SKIP(suite, "json-test-suite/test_parsing");
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(suite)) {
        if (!entry.path().filename().string().starts_with("y_")) {
            continue;
        }
        SCOPED_TRACE(entry.path().filename());
        const auto result = read("[" + content_of(entry.path()) + "]", kDocument);
        ASSERT_TRUE(result) << result.error().message;
        EXPECT_EQ(host_.records.size() + host_.quarantined.size(), 1U);
        for (const auto& quarantined : host_.quarantined) {
            EXPECT_EQ(quarantined.why, "not a JSON object");
        }
        ++files;
    }
    EXPECT_EQ(files, 95U);
}

TEST_F(JsonFile, WhatTheJsonTestSuiteRefusesNeverBecomesARecord) {
    COTERIE_SHARED_OR_SKIP(suite, "json-test-suite");
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(suite)) {
        if (!entry.is_regular_file() || entry.path().extension() != ".json") {
            continue;
        }
        SCOPED_TRACE(entry.path().filename());
        const bool refused = entry.path().filename().string().starts_with("n_");
        const std::string text = content_of(entry.path());
        const std::vector<std::pair<std::string, json>> ways = {{text, json::object()},
                                                                {text, kDocument},
                                                                {"[" + text + "]", kDocument},
                                                                {text, {{"entries", true}}}};
        for (const auto& [as_written, config] : ways) {
            static_cast<void>(fault(as_written, config));
            for (const auto& record : host_.records) {
                EXPECT_TRUE(json::accept(record.json)) << record.json;
                EXPECT_FALSE(refused && record.json == text);
            }
        }
        ++files;
    }
    EXPECT_EQ(files, 318U + 22U);
}

struct CountedFile {
    const char* name;
    std::size_t records;
    json config;
    friend std::ostream& operator<<(std::ostream& out, const CountedFile& file) {
        return out << file.name;
    }
};

class JsonCounts : public testing::TestWithParam<CountedFile> {};

TEST_P(JsonCounts, AreAsTheFilesAuthorsSay) {
    COTERIE_SHARED_OR_SKIP(path, GetParam().name);
    json config = GetParam().config;
    config["location"] = path.string();
    Jsonl source(config);
    RecordingHost host;
    const auto result = host.read(source);
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(host.records.size(), GetParam().records);
    EXPECT_THAT(host.quarantined, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    RealLists, JsonCounts,
    testing::Values(CountedFile{"influencers-open/estreamers-coders.json", 27, kDocument},
                    CountedFile{"influencers-open/tech-content-creators.json", 10, kDocument},
                    CountedFile{"influencers-open/tech-youtubers.json", 778, kDocument},
                    CountedFile{"mep/wikidata.json", 1107, {{"pointer", ""}, {"key", "wdid"}}},
                    CountedFile{"mep/eugroups.json", 9, {{"entries", true}}}));

}  // namespace
}  // namespace jsonl
