#include "base/check.hpp"
#include "base/environment.hpp"
#include "base/hash.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "base/time.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <string>

namespace coterie {
namespace {

TEST(CheckDeathTest, GivenABrokenInvariantThenTheProgramEndsAsABug) {
    EXPECT_EXIT(COTERIE_CHECK(1 + 1 == 3), testing::ExitedWithCode(70),
                "broken invariant: 1 \\+ 1 == 3");
}

TEST(Hash, HexIsThirtyTwoDigitsAndDiffersByContent) {
    EXPECT_EQ(to_hex(hash128("a")).size(), 32U);
    EXPECT_NE(to_hex(hash128("a")), to_hex(hash128("b")));
    EXPECT_EQ(to_hex({0x0123456789abcdefULL, 0xfedcba9876543210ULL}),
              "0123456789abcdeffedcba9876543210");
}

TEST(KeyedId, DependsOnKeyAndMessageAndKeepsItsAlphabet) {
    const std::string id = keyed_id("key", "message");
    EXPECT_EQ(id.size(), 16U);
    EXPECT_EQ(id.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567"), std::string::npos);
    EXPECT_EQ(id, keyed_id("key", "message"));
    EXPECT_NE(id, keyed_id("other", "message"));
    EXPECT_NE(id, keyed_id("key", "messages"));
    EXPECT_EQ(keyed_id("key", "message", 51).substr(0, 16), id);
}

TEST(Time, WritesAndReadsRfc3339) {
    const auto time = from_rfc3339("2026-02-28T23:59:58Z");
    ASSERT_TRUE(time);
    EXPECT_EQ(to_rfc3339(*time), "2026-02-28T23:59:58Z");
    for (const char* bad :
         {"", "2026-02-29T00:00:00Z", "2026-02-28 00:00:00Z", "2026-02-28T24:00:00Z",
          "2026-02-28T00:00:00", "2026-2-28T00:00:00ZZ"}) {
        EXPECT_FALSE(from_rfc3339(bad)) << bad;
    }
}

TEST(JsonWriter, WritesWhatAJsonParserReadsBack) {
    std::string out;
    JsonWriter json(out);
    json.begin_object();
    json.key("text");
    json.string("a\"b\\c\n\x01 æ");
    json.key("list");
    json.begin_array();
    json.integer(-7);
    json.boolean(true);
    json.raw("1.50");
    json.end_array();
    json.key("empty");
    json.begin_object();
    json.end_object();
    json.end_object();
    EXPECT_EQ(out, "{\"text\":\"a\\\"b\\\\c\\n\\u0001 æ\",\"list\":[-7,true,1.50],\"empty\":{}}");
    EXPECT_EQ(nlohmann::json::parse(out).at("text"), "a\"b\\c\n\x01 æ");
}

TEST(Environment, WhatTheConfigTookOutOfItIsWithheldFromChildren) {
    ::setenv("COTERIE_TEST_TOKEN", "tiger-lily", 1);
    ::setenv("COTERIE_TEST_TOKEN_2", "harebell", 1);
    const auto has = [](std::string_view entry) {
        const auto all = environment_of_children();
        return std::find(all.begin(), all.end(), entry) != all.end();
    };
    EXPECT_TRUE(has("COTERIE_TEST_TOKEN=tiger-lily"));
    withhold_from_children("COTERIE_TEST_TOKEN");
    EXPECT_FALSE(has("COTERIE_TEST_TOKEN=tiger-lily"));
    EXPECT_TRUE(has("COTERIE_TEST_TOKEN_2=harebell"));
    const std::string path = std::string("PATH=") + std::getenv("PATH");
    withhold_from_children("PATH");
    EXPECT_TRUE(has(path)) << "every program needs it";
}

TEST(Utf8, TellsWellFormedFromBroken) {
    EXPECT_TRUE(is_utf8(""));
    EXPECT_TRUE(is_utf8("Søren 🇩🇰"));
    for (const char* bad : {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "a\xe2\x82"}) {
        EXPECT_FALSE(is_utf8(bad));
    }
}

TEST(ClipUtf8, NeverCutsACharacter) {
    EXPECT_EQ(clip_utf8("aøb", 2), "a");
    EXPECT_EQ(clip_utf8("aøb", 3), "aø");
    EXPECT_EQ(clip_utf8("aøb", 99), "aøb");
}

TEST(Trim, TakesBlanksOfAllKinds) {
    EXPECT_EQ(trim(" \t\u00a0\u200b\ufeffIda Holm\u202f\n"), "Ida Holm");
    EXPECT_EQ(trim("   "), "");
    EXPECT_EQ(trim(""), "");
}

TEST(Fold, MakesDecorationAndCaseEqual) {
    EXPECT_EQ(fold("  Ida\u00a0 HOLM ✨"), "ida holm");
    EXPECT_EQ(fold("𝓘𝓭𝓪"), "ida");
    EXPECT_EQ(fold("I\u200bda"), "ida");
    EXPECT_EQ(fold("SØREN"), "søren");
    EXPECT_EQ(fold("route 66 #1"), "route 66 #1");
}

TEST(FoldLatin, MakesSpellingsEqual) {
    EXPECT_EQ(fold_latin("Søren Ærø-Ågård"), "soeren aeroe aagaard");
    EXPECT_EQ(fold_latin("Jesús O'Brien"), "jesus obrien");
    EXPECT_EQ(fold_latin("BOẞDORF"), "bossdorf");
    EXPECT_EQ(fold_latin("Łukasz"), "lukasz");
    EXPECT_EQ(fold_latin("Владимир"), fold_latin("Vladimir"));
    EXPECT_EQ(fold_latin("✨"), "");
}

TEST(Nearest, FindsTypingSlipsAndNothingElse) {
    const std::vector<std::string> keys{"page_size", "path", "key"};
    EXPECT_EQ(nearest("page_sze", keys), "page_size");
    EXPECT_EQ(nearest("Path", keys), "path");
    EXPECT_EQ(nearest("colour", keys), std::nullopt);
    EXPECT_EQ(edit_distance("ab", "ba"), 1U);
    EXPECT_EQ(edit_distance("", "abc"), 3U);
}

TEST(Printable, ShowsWhatATerminalMustNotInterpret) {
    EXPECT_EQ(printable("a\x1b[31mb\xff"), "a\\x1b[31mb\\xff");
    EXPECT_EQ(printable("Søren"), "Søren");
    EXPECT_EQ(printable("abcdef", 3), "abc…");
}

TEST(Split, KeepsEmptyParts) {
    EXPECT_EQ(split("a,,b", ',').size(), 3U);
    EXPECT_EQ(split("", ',').size(), 1U);
}

}  // namespace
}  // namespace coterie
