#include "pipeline/normalize/preview.hpp"

#include <gtest/gtest.h>

#include <array>

namespace coterie::normalize {
namespace {

using nlohmann::json;

TEST(Preview, ShowsRawAndRecordSideBySide) {
    const auto mapping = Mapping::compile(
        config::parse_yaml("{kind: person, name.given: F, phones: T, 'topics': 's[*].t'}", "m"));
    const std::array<std::string_view, 2> records{
        R"({"F":"IDA","T":"4711","s":[{"t":"Mad"}],"x":1.50})", R"({"F":"-"})"};
    const json shown = preview(records, mapping, {});
    const json& first = shown.at("records").at(0);
    const auto phone_issue = first.at("fields").at(1).at("issues").at(0).at("reason");
    EXPECT_EQ(first.at("fields"),
              json::array({
                  {{"from", "F"},
                   {"raw", "IDA"},
                   {"issues", json::array()},
                   {"to", {{{"path", "name.given"}, {"item", 0}, {"value", "Ida"}}}}},
                  {{"from", "T"},
                   {"raw", "4711"},
                   {"issues", {{{"path", "phones[].e164"}, {"reason", phone_issue}}}},
                   {"to", {{{"path", "custom"}, {"item", 0}, {"value", "4711"}}}}},
                  {{"from", "s"},
                   {"raw", {{{"t", "Mad"}}}},
                   {"issues", json::array()},
                   {"to", json::array()}},
                  {{"from", "x"},
                   {"raw", 1.5},
                   {"issues", json::array()},
                   {"to", {{{"path", "custom"}, {"item", 1}, {"value", 1.5}}}}},
                  {{"from", "s[0].t"},
                   {"raw", "Mad"},
                   {"issues", json::array()},
                   {"to", {{{"path", "topics[]"}, {"item", 0}, {"value", "mad"}}}}},
              }));
    EXPECT_EQ(first.at("constants"),
              json::array({{{"path", "kind"}, {"item", 0}, {"value", "person"}}}));
    EXPECT_FALSE(first.contains("refusal"));
    EXPECT_EQ(shown.at("records").at(1).at("refusal"),
              "no name, profile, e-mail or phone: nothing tells who this is; mapped fields: F, T");
    EXPECT_EQ(shown.at("refused"), 1);
    EXPECT_EQ(shown.at("issues"), 1);
    EXPECT_EQ(shown.at("fields").at(0),
              (json{{"from", "F"}, {"records", 2}, {"to", {"name.given"}}, {"issues", 0}}));
}

TEST(Preview, ShowsWhatIsNoRecord) {
    const auto mapping = Mapping::compile(config::parse_yaml("name.display: N", "m"));
    const std::array<std::string_view, 1> records{"{broken"};
    const json shown = preview(records, mapping, {}).at("records").at(0);
    EXPECT_EQ(shown.at("refusal"), "not a JSON object: expected a key in quotes at byte 1");
    EXPECT_EQ(shown.at("raw"), "{broken");
}

TEST(FactsToJson, GivesTheShapeOfTheInfluencerRecord) {
    using record::FieldId;
    const std::array<record::Fact, 9> facts{{
        {FieldId::NameDisplay, 0, "Ida Holm", "N"},
        {FieldId::ProfilePlatform, 3, "x", "H"},
        {FieldId::ProfileFollowers, 3, "12500", "F"},
        {FieldId::ProfilePlatform, 4, "tiktok", "H"},
        {FieldId::ProfileVerified, 4, "true", "V"},
        {FieldId::AudienceCountry, 0, "DK", "L"},
        {FieldId::Topic, 0, "mad", "E"},
        {FieldId::RepresentationAgentEmail, 0, "a@b.dk", "A"},
        {FieldId::Custom, 0, R"({"a":1})", "meta"},
    }};
    EXPECT_EQ(to_json(facts), json::parse(R"({
        "name": {"display": "Ida Holm"},
        "profiles": [{"platform": "x", "followers": 12500}, {"platform": "tiktok", "verified": true}],
        "audience": {"countries": ["DK"]}, "topics": ["mad"],
        "representation": {"agent": {"email": "a@b.dk"}}, "custom": {"meta": {"a": 1}}})"));
}

}  // namespace
}  // namespace coterie::normalize
