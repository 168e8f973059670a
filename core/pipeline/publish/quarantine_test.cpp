#include "pipeline/publish/quarantine.hpp"

#include <gtest/gtest.h>

namespace coterie::publish {
namespace {

TEST(Place, IsTakenApartAsFarAsItSays) {
    EXPECT_EQ(parse_place("search/roster.csv:17"), (Place{"search/roster.csv", "", "17", ""}));
    EXPECT_EQ(parse_place("crm.jsonl:3:14"), (Place{"crm.jsonl", "", "3", "14"}));
    EXPECT_EQ(parse_place("roster.xlsx, sheet 'Emner, nye', row 17, column 'Insta'"),
              (Place{"roster.xlsx", "Emner, nye", "17", "Insta"}));
    EXPECT_EQ(parse_place("roster.xlsx, sheet 'Emner', row 17"),
              (Place{"roster.xlsx", "Emner", "17", ""}));
    EXPECT_EQ(parse_place("people.json:element 4"), (Place{"people.json:element 4", "", "", ""}));
    EXPECT_EQ(parse_place(""), Place{});
}

store::QuarantineEntry entry_of(std::string raw) {
    store::QuarantineEntry entry;
    entry.raw_bytes = raw.size();
    entry.raw = std::move(raw);
    return entry;
}

std::string corrected(const std::string& raw, const std::map<std::string, std::string>& cells) {
    const auto record = corrected_record(entry_of(raw), cells);
    return record && *record ? **record : "";
}

TEST(CorrectedRecord, TakesOverWhatTheCellsSayAndNothingElse) {
    const std::string raw = R"({"Navn":"","Insta":"@x","Følgere":12,"tags":["a"],"old":"y"})";
    EXPECT_EQ(corrected(raw, {{"Navn", "Ida Holm"},
                              {"Insta", "'@idaholm"},
                              {"Følgere", "1300"},
                              {"tags", R"(["a","b"])"},
                              {"old", ""},
                              {"reason", "nothing"},
                              {"raw", "nothing"}}),
              R"({"Navn":"Ida Holm","Insta":"@idaholm","Følgere":1300,"tags":["a","b"]})");
    EXPECT_EQ(corrected(raw, {{"Insta", "'@x"}, {"Følgere", "12"}, {"tags", R"(["a"])"}}), "");
    EXPECT_EQ(corrected(raw, {{"Følgere", "12k"}}),
              R"({"Navn":"","Insta":"@x","Følgere":"12k","tags":["a"],"old":"y"})");
}

TEST(CorrectedRecord, IsMadeOfTheCellsAloneWhereTheRawTextIsNoRecord) {
    EXPECT_EQ(corrected("a;b", {{"Navn", "Ida"}, {"Insta", ""}, {"field reason", "why"}}),
              R"({"Navn":"Ida","reason":"why"})");
    EXPECT_EQ(corrected("a;b", {{"Navn", ""}}), "");
}

TEST(CorrectedRecord, OfACutTextNothingIsMade) {
    auto entry = entry_of("{\"a\":\"b");
    entry.raw_bytes = 100'000;
    const auto record = corrected_record(entry, {{"a", "c"}});
    ASSERT_FALSE(record);
    EXPECT_EQ(record.error().kind, ErrorKind::Data);
}

}  // namespace
}  // namespace coterie::publish
