#include "../tests/support/shared_data.hpp"
#include "pipeline/normalize/mapping_json.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <iterator>
#include <string>

namespace coterie::normalize {
namespace {

std::string read_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// Writes the tree out again, through the unescaped texts.
nlohmann::json rebuilt(const JsonTree& tree, NodeIndex index) {
    const JsonNode& node = tree[index];
    if (node.type == JsonType::String) {
        return node.text;
    }
    if (node.type != JsonType::Array && node.type != JsonType::Object) {
        return nlohmann::json::parse(node.raw);
    }
    auto out = node.type == JsonType::Array ? nlohmann::json::array() : nlohmann::json::object();
    for (NodeIndex child = node.first_child; child != kNoNode; child = tree[child].next) {
        if (node.type == JsonType::Array) {
            out.push_back(rebuilt(tree, child));
        } else {
            out[std::string(tree[child].key)] = rebuilt(tree, child);
        }
    }
    return out;
}

TEST(MappingJson, ReadsWhatAnotherReaderReads) {
    const std::string text = R"( {"a": [1, -2.50, 1e9, true, false, null, {}, []],
        "b\u00e6\n": "x\"y\\z\/ \ud83d\ude00 \u20ac", "c": {"d": {"e": ""}}} )";
    JsonTree tree;
    ASSERT_EQ(tree.parse(text), "");
    EXPECT_EQ(rebuilt(tree, tree.root()), nlohmann::json::parse(text));
}

TEST(MappingJson, KeepsTheDigitsOfNumbers) {
    JsonTree tree;
    ASSERT_EQ(tree.parse(R"({"id":123456789012345678901234567890,"fee":1.10})"), "");
    EXPECT_EQ(tree[1].raw, "123456789012345678901234567890");
    EXPECT_EQ(tree[2].raw, "1.10");
}

TEST(MappingJson, ReadsHalfASurrogatePairAsTheReplacementCharacter) {
    JsonTree tree;
    ASSERT_EQ(tree.parse(R"({"a":"x\ud83d","b":"\ude00\ud83d\ude00"})"), "");
    EXPECT_EQ(tree[1].text, "x\xEF\xBF\xBD");
    EXPECT_EQ(tree[1].raw, R"("x\ufffd")");
    EXPECT_EQ(tree[2].text, "\xEF\xBF\xBD\xF0\x9F\x98\x80");
}

TEST(MappingJson, NamesPlacesFromTheTop) {
    JsonTree tree;
    ASSERT_EQ(tree.parse(R"({"social":[{"name":"x"}]})"), "");
    EXPECT_EQ(tree.path(3), "social[0].name");
}

struct Broken {
    const char* text;
    const char* what;
};
class MappingJsonBroken : public testing::TestWithParam<Broken> {};

TEST_P(MappingJsonBroken, IsRefusedWithItsPlace) {
    JsonTree tree;
    EXPECT_EQ(tree.parse(GetParam().text), GetParam().what);
}

INSTANTIATE_TEST_SUITE_P(
    Forms, MappingJsonBroken,
    testing::Values(Broken{"", "unexpected character at byte 0"},
                    Broken{"{\"a\":1,}", "expected a key in quotes at byte 7"},
                    Broken{"{\"a\" 1}", "expected ':' at byte 5"},
                    Broken{"[1 2]", "expected ',' or the end of the list at byte 3"},
                    Broken{"{\"a\":01}", "expected ',' or the end of the list at byte 6"},
                    Broken{"[1.]", "expected a digit at byte 3"},
                    Broken{"[\"\\x\"]", "unknown escape in a string at byte 2"},
                    Broken{"[\"a\nb\"]", "control character in a string at byte 3"},
                    Broken{"[\"ab", "unfinished string at byte 4"},
                    Broken{"{} {}", "unexpected text after the value at byte 3"},
                    Broken{"[\"\xFF\"]", "not well-formed UTF-8"},
                    Broken{"nul", "unexpected character at byte 0"}),
    [](const auto& row) { return "Row" + std::to_string(row.index); });

TEST(MappingJson, RefusesBottomlessNesting) {
    JsonTree tree;
    EXPECT_EQ(tree.parse(std::string(100000, '[')), "nested more than 64 deep at byte 64");
}

/// The corpus of json-test-suite: y_ must be read, n_ refused, i_ may be either.
TEST(MappingJson, AgreesWithTheJsonTestSuite) {
    const auto folder = test::shared_file("json-test-suite");
    if (!folder) {
        GTEST_SKIP() << "shared data json-test-suite is missing; set COTERIE_SHARED";
    }
    std::size_t count = 0;
    JsonTree tree;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(*folder)) {
        const std::string name = entry.path().filename().string();
        if (entry.path().extension() != ".json" || (name[0] != 'y' && name[0] != 'n') ||
            name[1] != '_') {
            continue;
        }
        SCOPED_TRACE(name);
        const std::string what = tree.parse(read_file(entry.path()));
        EXPECT_EQ(what.empty(), name[0] == 'y') << what;
        ++count;
    }
    EXPECT_GT(count, 200U);
}

TEST(MappingJson, DropsBlanksBetweenTokensOnly) {
    EXPECT_EQ(compact_json("{ \"a b\" : [ 1 ,\n \"x \\\" y\" ] }"), "{\"a b\":[1,\"x \\\" y\"]}");
}

}  // namespace
}  // namespace coterie::normalize
