#include "pipeline/normalize/mapping.hpp"
#include "pipeline/normalize/mapping_read.hpp"
#include "pipeline/normalize/normalize.hpp"
#include "record/fields.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <random>

namespace coterie::normalize {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

MappingOptions danish() {
    MappingOptions options;
    options.context.country = "DK";
    options.context.currency = "DKK";
    return options;
}

NormalizedRecord applied(const std::string& yaml, std::string_view json,
                         const MappingOptions& options = danish()) {
    const auto mapping = Mapping::compile(config::parse_yaml(yaml, "m.yaml"));
    Mapping::Scratch scratch;
    return mapping.apply(json, options, scratch);
}

/// "profiles[1].handle = idaholm < Insta"
std::vector<std::string> lines_of(const NormalizedRecord& record) {
    std::vector<std::string> lines;
    for (const auto& fact : record.facts) {
        std::string path(record::info(fact.field).path);
        if (const auto at = path.find("[]"); at != std::string::npos) {
            path.insert(at + 1, std::to_string(fact.item));
        }
        lines.push_back(fmt::format("{} = {} < {}", path, fact.value, fact.from));
    }
    return lines;
}

std::vector<std::string> issues_of(const NormalizedRecord& record) {
    std::vector<std::string> lines;
    for (const auto& issue : record.issues) {
        lines.push_back(
            fmt::format("{} < {}: {}", record::info(issue.field).path, issue.from, issue.reason));
    }
    return lines;
}

/// One rule, one record, the facts besides the name.
struct Case {
    const char* name;
    const char* yaml;
    const char* json;
    std::vector<std::string> facts;
};
std::ostream& operator<<(std::ostream& out, const Case& row) {
    return out << row.name;
}

class MappingApply : public testing::TestWithParam<Case> {};

TEST_P(MappingApply, GivesTheFacts) {
    const auto record = applied(std::string("name.aliases: N\n") + GetParam().yaml,
                                std::string(R"({"N":"N",)") + GetParam().json + "}");
    auto facts = lines_of(record);
    std::erase(facts, "name.aliases[0] = N < N");
    EXPECT_EQ(facts, GetParam().facts) << testing::PrintToString(issues_of(record));
    EXPECT_THAT(record.issues, IsEmpty()) << testing::PrintToString(issues_of(record));
}

INSTANTIATE_TEST_SUITE_P(
    Paths, MappingApply,
    testing::Values(Case{"AField", "notes: Noter", R"("Noter":"sød")", {"notes[0] = sød < Noter"}},
                    Case{"ANestedField",
                         "notes: properties.remark",
                         R"("properties":{"remark":"x"})",
                         {"notes[0] = x < properties.remark"}},
                    Case{"TheExactKeyWins",
                         "notes: a.b",
                         R"("a":{"b":"nested"},"a.b":"exact")",
                         {"notes[0] = exact < a.b", R"(custom = {"b":"nested"} < a)"}},
                    Case{"AnElement",
                         "notes: 'a[1].v'",
                         R"("a":[{"v":"0"},{"v":"1"}])",
                         {"notes[0] = 1 < a[1].v", R"(custom = {"v":"0"} < a[0])"}},
                    Case{"AllElements",
                         "notes: 'a[*].v'",
                         R"("a":[{"v":"x"},{"v":"y"}])",
                         {"notes[0] = x < a[0].v", "notes[1] = y < a[1].v"}},
                    Case{"AnArrayIsItsElements",
                         "notes: a",
                         R"("a":["x",null,"y"])",
                         {"notes[0] = x < a[0]", "notes[1] = y < a[2]"}},
                    Case{"AKeyThatIsNoPath",
                         "notes: 'ER (%).'",
                         R"("ER (%).":"x")",
                         {"notes[0] = x < ER (%)."}},
                    Case{"AMissingField", "notes: B", R"("A":1)", {"custom = 1 < A"}}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Sources, MappingApply,
    testing::Values(Case{"AConstant", "kind: person", R"("A":null)", {"kind = person < "}},
                    Case{"AConstantRule",
                         "location.country: {const: DK}",
                         R"("A":"")",
                         {"location.country = DK < "}},
                    Case{"TheFirstThatIsNotEmpty",
                         "location.city: {from: [A, B, C]}",
                         R"("A":" ","B":"-","C":"Aarhus")",
                         {"location.city = Aarhus < C"}},
                    Case{"WhatStandsBehindTheFirstIsKept",
                         "location.city: {from: [A, B]}",
                         R"("A":"Aarhus","B":"Odense")",
                         {"location.city = Aarhus < A", R"(custom = "Odense" < B)"}},
                    Case{"EveryOne",
                         "notes: {all: [A, B]}",
                         R"("A":"x","B":"y")",
                         {"notes[0] = x < A", "notes[1] = y < B"}},
                    Case{"Joined",
                         "name.display: {join: [F, M, E]}",
                         R"("F":"Ida","M":"","E":"Holm")",
                         {"name.display = Ida Holm < F + E", "name.given = Ida < F + E",
                          "name.family = Holm < F + E"}},
                    Case{"JoinedWith",
                         "relationship.next_step: {join: [A, B], with: ': '}",
                         R"("A":"mail","B":2)",
                         {"relationship.next_step = mail: 2 < A + B"}},
                    Case{"ShortCapitalsBesideANameThatIsWritten",
                         "name: {given: A, family: B}",
                         R"("A":"GOB","B":"Bluth")",
                         {"name.display = GOB Bluth < A + B", "name.given = GOB < A",
                          "name.family = Bluth < B"}},
                    Case{"ShortCapitalsBesideCapitals",
                         "name: {given: A, family: B}",
                         R"("A":"IDA","B":"HOLM")",
                         {"name.display = Ida Holm < A + B", "name.given = Ida < A",
                          "name.family = Holm < B"}},
                    Case{"AGroupHasNoFamilyName",
                         "kind: {const: group}\nname.display: A",
                         R"("A":"Harborview Tenants Union")",
                         {"kind = group < ", "name.display = Harborview Tenants Union < A"}},
                    Case{"ABrandWhoseNameStandsInOneOfThePartsOfAPersons",
                         "kind: {const: brand}\nname.family: A",
                         R"("A":"Fieldwright")",
                         {"kind = brand < ", "name.display = Fieldwright < A"}},
                    Case{"NestedTargets",
                         "location: {city: A}\nrelationship: {owner: B}",
                         R"("A":"Aarhus","B":"Bo")",
                         {"location.city = Aarhus < A", "relationship.owner = Bo < B"}}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Transforms, MappingApply,
    testing::Values(
        Case{"Split",
             "notes: {from: A, split: ';'}",
             R"("A":"x; y;;z")",
             {"notes[0] = x < A", "notes[1] = y < A", "notes[2] = z < A"}},
        Case{"SplitBySeveral",
             "notes: {from: A, split: [' og ', ',']}",
             R"("A":"x og y, z")",
             {"notes[0] = x < A", "notes[1] = y < A", "notes[2] = z < A"}},
        Case{"RegexWithGroup",
             "location.city: {from: A, regex: '^(\\d+) (.+)$', group: 2}",
             R"("A":"8000 Aarhus")",
             {"location.city = Aarhus < A"}},
        Case{"RegexThatFindsNothing",
             "location.city: {from: A, regex: '^\\d+ (.+)$'}",
             R"("A":"Aarhus")",
             {R"(custom = "Aarhus" < A)"}},
        Case{"RegexReplace",
             "notes: {from: A, regex: '\\s*\\((.*?)\\)', replace: ', \\1'}",
             R"json("A":"x (y)")json",
             {"notes[0] = x, y < A"}},
        Case{"LowerCase",
             "notes: {from: A, case: lower}",
             R"("A":"ABC ÆØÅ")",
             {"notes[0] = abc æøå < A"}},
        Case{"UpperCase",
             "notes: {from: A, case: upper}",
             R"("A":"abc æøå")",
             {"notes[0] = ABC ÆØÅ < A"}},
        Case{"Table",
             "relationship.status: {from: A, table: {Ja: agreed}}",
             R"("A":" ja ")",
             {"relationship.status = agreed < A"}},
        Case{"TableWithNull", "relationship.status: {from: A, table: {x: ~}}", R"("A":"x")", {}},
        Case{"TableWithElse",
             "relationship.status: {from: A, table: {x: agreed}, else: declined}",
             R"("A":"z")",
             {"relationship.status = declined < A"}},
        Case{"TableLetsTheRestThrough",
             "relationship.status: {from: A, table: {x: agreed}}",
             R"("A":"declined")",
             {"relationship.status = declined < A"}},
        Case{"TheOrderIsSplitRegexCaseTable",
             "notes: {from: A, table: {x: ex, y: why}, case: lower, regex: '(\\w)!', split: ','}",
             R"("A":"X!,Y!")",
             {"notes[0] = ex < A", "notes[1] = why < A"}},
        Case{"Date",
             "updated_at: {from: A, date: '%m/%d/%Y'}",
             R"("A":"02/03/2024")",
             {"updated_at = 2024-02-03 < A"}},
        Case{"Unit",
             "audience.total_followers: {from: A, unit: K}",
             R"("A":"12,5")",
             {"audience.total_followers = 12500 < A"}},
        Case{"UnitOfANumber",
             "audience.total_followers: {from: A, unit: K}",
             R"("A":12.5)",
             {"audience.total_followers = 12500 < A"}},
        Case{"Country",
             "phones: {from: A, country: SE}",
             R"("A":"070-174 06 05")",
             {"phones[0].e164 = +46701740605 < A"}}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Json, MappingApply,
    testing::Values(
        Case{"NumbersKeepTheirDigits",
             "profiles: [{platform: facebook, user_id: A}]",
             R"("A":100012345678901234567890)",
             {"profiles[0].platform = facebook < ",
              "profiles[0].user_id = 100012345678901234567890 < A"}},
        Case{"WholeNumbersOfFloatColumns",
             "audience.total_followers: A",
             R"("A":125000.0)",
             {"audience.total_followers = 125000 < A"}},
        Case{"Exponents",
             "audience.total_followers: A",
             R"("A":1.25e5)",
             {"audience.total_followers = 125000 < A"}},
        Case{"TheMarkOfANumberIsThePoint",
             "profiles: [{platform: tiktok, handle: H, "
             "engagement_rate: A}]",
             R"("H":"idaholm","A":0.0452)",
             {"profiles[0].platform = tiktok < H", "profiles[0].handle = idaholm < H",
              "profiles[0].url = https://www.tiktok.com/@idaholm < H",
              "profiles[0].engagement_rate = 0.0452 < A"}},
        Case{"Booleans",
             "emails: [{address: M, opted_out: A}]",
             R"("M":"ida@x.dk","A":true)",
             {"emails[0].address = ida@x.dk < M", "emails[0].opted_out = true < A"}},
        Case{"NullsAndBlanksGiveNothing",
             "notes: A",
             R"("A":null,"B":"","C":[],"D":{},"E":" ")",
             {}},
        Case{
            "NestedUnmapped", "notes: A", R"("B": {"c": [1, 2]})", {R"(custom = {"c":[1,2]} < B)"}},
        Case{"TheRestOfAnObject",
             "notes: p.a",
             R"("p":{"a":"x","b":"y","c":{"d":1}})",
             {"notes[0] = x < p.a", R"(custom = "y" < p.b)", R"(custom = {"d":1} < p.c)"}},
        Case{"TheSecondOfTwoEqualKeys",
             "notes: A",
             R"("A":"x","A":"y")",
             {"notes[0] = x < A", R"(custom = "y" < A)"}},
        Case{"Ignored", "ignore: [B, p.a]", R"("B":1,"p":{"a":1,"b":2})", {"custom = 2 < p.b"}},
        Case{"NoCustom", "custom: false\nnotes: A", R"("A":"x","B":1)", {"notes[0] = x < A"}}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Lists, MappingApply,
    testing::Values(
        Case{"SeveralMailsInACell",
             "emails: A",
             R"("A":"ida@x.dk; bo@x.dk")",
             {"emails[0].address = ida@x.dk < A", "emails[1].address = bo@x.dk < A"}},
        Case{"TheSameMailTwiceIsOneItem",
             "emails: [A, {address: B, role: work}]",
             R"("A":"ida@x.dk","B":"ida@x.dk")",
             {"emails[0].address = ida@x.dk < A", "emails[0].role = work < "}},
        Case{"APlainItemTwice",
             "topics: [A, B]",
             R"("A":"mad, rejser","B":"mad")",
             {"topics[0] = mad < A", "topics[1] = rejser < A"}},
        Case{
            "Each",
            "profiles: [{each: 'social[*]', platform: .type, handle: .name, "
            "followers: .n}]",
            R"("social":[{"type":"Instagram","name":"ida","n":"1,2K"},{"type":"x","name":"bo_h"}])",
            {"profiles[0].platform = instagram < social[0].name",
             "profiles[1].platform = x < social[1].name",
             "profiles[0].handle = ida < social[0].name",
             "profiles[1].handle = bo_h < social[1].name",
             "profiles[0].url = https://www.instagram.com/ida/ < social[0].name",
             "profiles[1].url = https://x.com/bo_h < social[1].name",
             "profiles[0].followers = 1200 < social[0].n"}},
        Case{"EachOfPlainValues",
             "topics: {each: tags, value: .name}",
             R"("tags":[{"name":"mad"},{"name":"rejser"}])",
             {"topics[0] = mad < tags[0].name", "topics[1] = rejser < tags[1].name"}},
        Case{"EachItemItself",
             "profiles: [{each: links, url: .}]",
             R"("links":["https://instagram.com/ida"])",
             {"profiles[0].platform = instagram < links[0]", "profiles[0].handle = ida < links[0]",
              "profiles[0].url = https://www.instagram.com/ida/ < links[0]"}},
        Case{"UrlAndHandleOfOneAccount",
             "profiles: [{platform: instagram, url: U, handle: H}]",
             R"("U":"instagram.com/idaholm?hl=da","H":"@IdaHolm")",
             {"profiles[0].platform = instagram < U", "profiles[0].handle = idaholm < U",
              "profiles[0].url = https://www.instagram.com/idaholm/ < U"}},
        Case{"AnEmptyProfileIsNone",
             "profiles: [{platform: instagram, handle: H}]",
             R"("H":"-")",
             {}},
        Case{"FeeAndCurrency",
             "collaborations: [{campaign: C, fee: F}]",
             R"("C":"Valg","F":"€1,250.00")",
             {"collaborations[0].campaign = Valg < C", "collaborations[0].fee = 1250 < F",
              "collaborations[0].currency = EUR < F"}},
        Case{"FeeInTheCurrencyBesideIt",
             "collaborations: [{fee: F, currency: V}]",
             R"("F":"1250","V":"SEK")",
             {"collaborations[0].fee = 1250 < F", "collaborations[0].currency = SEK < F"}},
        Case{"AnInteraction",
             "relationship.interactions: [{at: D, channel: dm, note: T}]",
             R"("D":"2024-02-03","T":"svarede")",
             {"relationship.interactions[0].at = 2024-02-03 < D",
              "relationship.interactions[0].channel = dm < ",
              "relationship.interactions[0].note = svarede < T"}},
        Case{"NoInteractionOfConstants",
             "relationship.interactions: [{at: D, channel: dm}]",
             R"("D":"")",
             {}}),
    [](const auto& row) { return row.param.name; });

TEST(MappingNames, AWholeNameGivesItsParts) {
    const auto record = applied("name.display: Navn", R"({"Navn":"HOLM, Ida Marie"})");
    EXPECT_THAT(lines_of(record),
                ElementsAre("name.display = Ida Marie Holm < Navn", "name.given = Ida Marie < Navn",
                            "name.family = Holm < Navn"));
}

TEST(MappingNames, AFieldOfItsOwnCountsMoreThanThePartOfTheWholeName) {
    const auto record =
        applied("{name.display: N, name.family: E}", R"({"N":"Ida Marie Holm","E":"Marie Holm"})");
    EXPECT_THAT(lines_of(record),
                ElementsAre("name.display = Ida Marie Holm < N", "name.given = Ida Marie < N",
                            "name.family = Marie Holm < E"));
}

TEST(MappingNames, TwoPartsGiveAWholeName) {
    const auto record = applied("{name.given: F, name.family: E}", R"({"F":"Ida","E":"Holm"})");
    EXPECT_THAT(lines_of(record), ElementsAre("name.display = Ida Holm < F + E",
                                              "name.given = Ida < F", "name.family = Holm < E"));
}

TEST(MappingNames, AHandleInTheNameIsAProfileWhereThePlatformIsKnown) {
    const auto record =
        applied("name.display: {from: N, platform: instagram}", R"({"N":"Ida Holm @idaholm"})");
    EXPECT_THAT(lines_of(record),
                ElementsAre("name.display = Ida Holm < N", "name.given = Ida < N",
                            "name.family = Holm < N", "profiles[0].platform = instagram < N",
                            "profiles[0].handle = idaholm < N",
                            "profiles[0].url = https://www.instagram.com/idaholm/ < N"));
}

TEST(MappingNames, AHandleOfAnUnknownPlatformIsKeptRaw) {
    const auto record = applied("name.display: N", R"({"N":"Ida Holm @idaholm"})");
    EXPECT_THAT(lines_of(record),
                ElementsAre("name.display = Ida Holm < N", "name.given = Ida < N",
                            "name.family = Holm < N", R"(custom = "Ida Holm @idaholm" < N)"));
}

TEST(MappingIssues, AValueNotUnderstoodIsKeptRawAndReported) {
    const auto record = applied("{name.aliases: N, phones: T}", R"({"N":"Ida","T":"4711"})");
    EXPECT_THAT(lines_of(record),
                ElementsAre("name.aliases[0] = Ida < N", R"(custom = "4711" < T)"));
    ASSERT_EQ(record.issues.size(), 1U);
    EXPECT_EQ(record.issues[0].from, "T");
    EXPECT_EQ(record.issues[0].field, record::FieldId::PhoneE164);
    EXPECT_EQ(record.issues[0].reason.find("4711"), std::string::npos);
}

TEST(MappingIssues, TextReadInAnotherEncodingIsRepairedAndReported) {
    const auto record = applied("name.aliases: N\nlocation.city: By\nnotes: Note\n",
                                R"({"N": "Ida", "By": "KÃ¸benhavn", "Note": "Ringer pÃ¥ mandag"})");
    EXPECT_THAT(lines_of(record), testing::Contains("location.city = København < By"));
    EXPECT_THAT(lines_of(record), testing::Contains("notes[0] = Ringer på mandag < Note"));
    EXPECT_THAT(issues_of(record),
                ElementsAre("location.city < By: repaired: it was written as UTF-8 and read as "
                            "another encoding",
                            "notes[] < Note: repaired: it was written as UTF-8 and read as another "
                            "encoding"));
}

TEST(MappingIssues, DestroyedTextIsKeptRawAndNoValue) {
    const auto record = applied("name.aliases: N\nlocation.city: By\nnotes: Note\n",
                                R"({"N": "Ida", "By": "????", "Note": "Hvem er hun????"})");
    EXPECT_THAT(issues_of(record),
                ElementsAre("location.city < By: letters were lost before it came here"));
    EXPECT_THAT(lines_of(record), testing::Contains("notes[0] = Hvem er hun???? < Note"));
}

TEST(MappingIssues, ACellThatTwoRulesMisunderstandIsKeptOnce) {
    const auto record =
        applied("{name.aliases: N, emails: X, phones: X}", R"({"N":"Ida","X":"se profil"})");
    EXPECT_THAT(lines_of(record),
                ElementsAre("name.aliases[0] = Ida < N", R"(custom = "se profil" < X)"));
    EXPECT_EQ(record.issues.size(), 2U);
}

TEST(MappingIssues, AProfileWithoutHandleLeavesItsValuesUnderCustom) {
    const auto record =
        applied("name.aliases: N\nprofiles: [{platform: instagram, handle: H, followers: F}]",
                R"({"N":"Ida","H":"","F":"12K"})");
    EXPECT_THAT(lines_of(record),
                ElementsAre("name.aliases[0] = Ida < N", R"(custom = "12K" < F)"));
    EXPECT_THAT(
        issues_of(record),
        ElementsAre("profiles[].followers < F: followers without a handle, url or user_id"));
}

TEST(MappingIssues, AnObjectIsNoValue) {
    const auto record = applied("{name.aliases: N, notes: O}", R"({"N":"Ida","O":{"a":1}})");
    EXPECT_THAT(lines_of(record),
                ElementsAre("name.aliases[0] = Ida < N", R"(custom = {"a":1} < O)"));
    EXPECT_THAT(issues_of(record),
                ElementsAre("notes[] < O: a nested value stands where one value is expected"));
}

TEST(MappingIssues, AFieldThatHoldsOneValueTakesTheFirstOfSeveral) {
    const auto record =
        applied("{name.aliases: N, location.city: C}", R"({"N":"Ida","C":["Aarhus","Odense"]})");
    EXPECT_THAT(lines_of(record),
                ElementsAre("name.aliases[0] = Ida < N", "location.city = Aarhus < C[0]",
                            R"(custom = "Odense" < C[1])"));
    EXPECT_THAT(issues_of(record), ElementsAre("location.city < C[1]: the field holds one value, "
                                               "and has one already"));
}

TEST(MappingIssues, AListHasItsMost) {
    nlohmann::json tags = nlohmann::json::array();
    for (int i = 0; i < 1002; ++i) {
        tags.push_back("t" + std::to_string(i));
    }
    const auto record = applied("{name.aliases: N, occupations: T}",
                                nlohmann::json{{"N", "Ida"}, {"T", tags}}.dump());
    EXPECT_EQ(record.facts.size(), 1U + 1000U + 2U);
    EXPECT_THAT(issues_of(record),
                ElementsAre("occupations[] < T[1000]: more than 1000 items in one list",
                            "occupations[] < T[1001]: more than 1000 items in one list"));
}

TEST(MappingProfiles, OneAccountNamedThreeTimesIsOneItem) {
    const auto record = applied("profiles: [{platform: youtube, url: U, user_id: I}, "
                                "{platform: youtube, user_id: J, followers: F}]",
                                R"({"U":"https://www.youtube.com/@idaholm",
                                    "I":"UCabcdefghijklmnopqrstuv","J":"UCabcdefghijklmnopqrstuv",
                                    "F":"1.2M"})");
    EXPECT_THAT(issues_of(record), IsEmpty());
    EXPECT_THAT(lines_of(record),
                ElementsAre("profiles[0].platform = youtube < U",
                            "profiles[0].handle = idaholm < U",
                            "profiles[0].url = https://www.youtube.com/@idaholm < U",
                            "profiles[0].user_id = UCabcdefghijklmnopqrstuv < I",
                            "profiles[0].followers = 1200000 < F"));
}

TEST(MappingProfiles, AUserIdNeedsAPlatform) {
    const auto record = applied("{name.aliases: N, profiles: [{user_id: I, verified: V}]}",
                                R"({"N":"Ida","I":"17841","V":true})");
    EXPECT_THAT(lines_of(record), ElementsAre("name.aliases[0] = Ida < N",
                                              R"(custom = "17841" < I)", "custom = true < V"));
    EXPECT_EQ(record.issues.size(), 2U);
}

TEST(MappingProfiles, AListLongerThanItsMostLosesNothing) {
    nlohmann::json links = nlohmann::json::array();
    for (int i = 0; i < 1002; ++i) {
        links.push_back("https://x.com/user" + std::to_string(i));
    }
    const auto record =
        applied("profiles: [{each: links, url: .}]", nlohmann::json{{"links", links}}.dump());
    EXPECT_EQ(record.facts.size(), 1000U * 3 + 2);
    EXPECT_EQ(record.issues.size(), 2U);
}

TEST(MappingPrivacy, OpinionsWithoutALawfulBasisGoNowhere) {
    const std::string yaml = "name.aliases: N\naffinities: [{cause: {from: [P, Q]}, stance: S}]";
    const std::string_view json = R"({"N":"Ida","P":"Havmiljø","Q":"Klima","S":"for"})";
    const auto refused = applied(yaml, json);
    EXPECT_THAT(lines_of(refused), ElementsAre("name.aliases[0] = Ida < N"));
    const std::string why = ": special-category data is kept only where the source names a "
                            "lawful_basis; it was dropped";
    EXPECT_THAT(issues_of(refused),
                ElementsAre("affinities[].cause < P" + why, "affinities[].cause < Q" + why,
                            "affinities[].stance < S" + why));
    auto options = danish();
    options.lawful_basis = "explicit consent";
    EXPECT_THAT(lines_of(applied(yaml, json, options)),
                ElementsAre("name.aliases[0] = Ida < N", "affinities[0].cause = Havmiljø < P",
                            "affinities[0].stance = for < S", R"(custom = "Klima" < Q)"));
}

TEST(MappingPrivacy, OpinionsBelowEachGoNowhereEither) {
    const auto record = applied("name.aliases: N\naffinities: [{each: a, cause: .c}]",
                                R"({"N":"Ida","a":[{"c":"Klima"},{"c":"Havmiljø"}]})");
    EXPECT_THAT(lines_of(record), ElementsAre("name.aliases[0] = Ida < N"));
    EXPECT_EQ(record.issues.size(), 2U);
}

TEST(MappingPrivacy, CprNumbersAreMaskedInFreeTextAndUnderCustom) {
    const auto record =
        applied("{name.aliases: N, notes: T}",
                R"({"N":"Ida","T":"cpr 010190-1234 ok","U":"310290-1234 311290-1234"})");
    EXPECT_THAT(lines_of(record),
                ElementsAre("name.aliases[0] = Ida < N", "notes[0] = cpr XXXXXX-XXXX ok < T",
                            R"(custom = "310290-1234 XXXXXX-XXXX" < U)"));
    EXPECT_THAT(issues_of(record),
                ElementsAre("notes[] < T: a Danish personal identity number (CPR) was masked",
                            "custom < U: a Danish personal identity number (CPR) was masked"));
}

TEST(MappingPrivacy, CprNumbersNeedADateAndTheirBounds) {
    for (const char* text : {"010190-123", "1010190-1234", "010190-12345", "001290-1234",
                             "011390-1234", "010190 1234", "-1234", "310490-1234"}) {
        EXPECT_FALSE(holds_cpr_number(text)) << text;
    }
    for (const char* text : {"010190-1234", "x290200-1234y", "a-b 311299-0000"}) {
        EXPECT_TRUE(holds_cpr_number(text)) << text;
    }
}

TEST(MappingRefusal, ARecordOfNobodyIsRefused) {
    const auto record = applied(
        "{name.display: Navn, emails: Mail, profiles: [{each: 's[*]', url: .u}], topics: E}",
        R"({"Navn":"-","E":"mad","x":1})");
    EXPECT_EQ(record.refusal, "no name, profile, e-mail or phone: nothing tells who this is; "
                              "mapped fields: Navn, Mail, s[*].u");
    EXPECT_THAT(record.facts, IsEmpty());
}

TEST(MappingRefusal, WhatIsNoObjectIsRefused) {
    EXPECT_EQ(applied("name.display: N", "[1]").refusal,
              "not a JSON object, but another JSON value");
    EXPECT_EQ(applied("name.display: N", "{\"N\":}").refusal,
              "not a JSON object: unexpected character at byte 5");
}

struct Plain {
    const char* token;
    const char* plain;
};
class PlainNumber : public testing::TestWithParam<Plain> {};
TEST_P(PlainNumber, IsExact) {
    EXPECT_EQ(plain_number(GetParam().token), GetParam().plain);
}
INSTANTIATE_TEST_SUITE_P(Tokens, PlainNumber,
                         testing::Values(Plain{"0", "0"}, Plain{"1250.0", "1250"},
                                         Plain{"1.25e4", "12500"}, Plain{"1.25E+1", "12.5"},
                                         Plain{"-0.50", "-0.5"}, Plain{"5e-3", "0.005"},
                                         Plain{"120e-2", "1.2"}, Plain{"1e999", "1e999"},
                                         Plain{"1.10", "1.1"}, Plain{"0e0", "0"}),
                         [](const auto& row) { return "Row" + std::to_string(row.index); });

// The whole language in one mapping and one record.
constexpr const char* kWholeMapping = R"(
kind: person
name:
  display: {from: [Kunstnernavn, Navn], regex: '\s*\(.*\)$', replace: ''}
  aliases: Kaldes
emails:
  - {address: Mail, role: personal}
  - {address: {from: Booking, split: '|'}, role: booking, opted_out: 'Nej tak'}
phones: {all: [Mobil, Fastnet]}
profiles:
  - {platform: instagram, handle: Insta, followers: {from: 'Følgere (K)', unit: K},
     engagement_rate: {from: 'ER (%)', percent: true}}
  - {each: 'social[*]', platform: .type, url: .url, observed_at: .seen}
location.country: {const: DK}
location.city: {from: By, regex: '^\d{4} (.+)$'}
languages: {from: Sprog, split: '/'}
topics: [Emne, Emne2]
relationship.status: {from: Svar, table: {Ja: agreed, Nej: declined}, else: contacted}
relationship.owner: {from: Ansvarlig, case: lower}
relationship.last_contact: {from: Kontaktet, date: '%d-%m-%Y'}
relationship.interactions: [{at: Møde, channel: meeting, note: {join: [Sted, Referat], with: ': '}}]
collaborations: [{campaign: Kampagne, fee: Honorar}]
ignore: [Nr, meta.etag]
)";

constexpr const char* kWholeRecord = R"json({
"Nr": 17, "Kunstnernavn": "", "Navn": "Ida Marie Holm (ny)", "Kaldes": "Idas Køkken",
"Mail": "ida@example.dk", "Booking": "booking@agency.example|ida@example.dk", "Nej tak": false,
"Mobil": "20 12 34 56", "Fastnet": 4587654321,
"Insta": "@IdaHolm", "Følgere (K)": 12.5, "ER (%)": "4,52",
"social": [{"type": "TikTok", "url": "https://www.tiktok.com/@idaholm?lang=da", "seen": "2024-02-03",
            "likes": 9}],
"By": "8000 Aarhus C", "Sprog": "dansk/engelsk", "Emne": "Mad", "Emne2": "rejser",
"Svar": "ja", "Ansvarlig": "BO", "Kontaktet": "03-02-2024",
"Møde": "2024-03-01", "Sted": "Aarhus", "Referat": "talte om valget",
"Kampagne": "Valg 2024", "Honorar": "1.250 kr.", "meta": {"etag": "x", "rev": [1, 2]},
"Køn": "K"})json";

TEST(MappingWhole, TheWholeLanguageInOneExample) {
    const auto record = applied(kWholeMapping, kWholeRecord);
    EXPECT_THAT(issues_of(record), IsEmpty());
    EXPECT_THAT(
        lines_of(record),
        ElementsAre(
            "kind = person < ", "name.display = Ida Marie Holm < Navn",
            "name.given = Ida Marie < Navn", "name.family = Holm < Navn",
            "name.aliases[0] = Idas Køkken < Kaldes", "emails[0].address = ida@example.dk < Mail",
            "emails[1].address = booking@agency.example < Booking", "emails[0].role = personal < ",
            "emails[1].role = booking < ", "emails[0].opted_out = false < Nej tak",
            "emails[1].opted_out = false < Nej tak", "phones[0].e164 = +4520123456 < Mobil",
            "phones[1].e164 = +4587654321 < Fastnet", "profiles[0].platform = instagram < Insta",
            "profiles[1].platform = tiktok < social[0].url", "profiles[0].handle = IdaHolm < Insta",
            "profiles[1].handle = idaholm < social[0].url",
            "profiles[0].url = https://www.instagram.com/IdaHolm/ < Insta",
            "profiles[1].url = https://www.tiktok.com/@idaholm < social[0].url",
            "profiles[0].followers = 12500 < Følgere (K)",
            "profiles[0].engagement_rate = 0.0452 < ER (%)",
            "profiles[1].observed_at = 2024-02-03 < social[0].seen", "location.country = DK < ",
            "location.city = Aarhus C < By", "languages[0] = da < Sprog",
            "languages[1] = en < Sprog", "topics[0] = mad < Emne", "topics[1] = rejser < Emne2",
            "relationship.status = agreed < Svar", "relationship.owner = bo < Ansvarlig",
            "relationship.last_contact = 2024-02-03 < Kontaktet",
            "relationship.interactions[0].at = 2024-03-01 < Møde",
            "relationship.interactions[0].channel = meeting < ",
            "relationship.interactions[0].note = Aarhus: talte om valget < Sted + Referat",
            "collaborations[0].campaign = Valg 2024 < Kampagne",
            "collaborations[0].fee = 1250 < Honorar", "collaborations[0].currency = DKK < Honorar",
            R"(custom = "K" < Køn)", "custom = [1,2] < meta.rev", "custom = 9 < social[0].likes"));
}

TEST(MappingProperty, TheOrderOfARecordsFieldsChangesNothing) {
    const auto mapping = Mapping::compile(config::parse_yaml(kWholeMapping, "m.yaml"));
    Mapping::Scratch scratch;
    const auto expected = mapping.apply(kWholeRecord, danish(), scratch);
    const auto fields = nlohmann::json::parse(kWholeRecord);
    for (std::uint32_t seed = 0; seed < 100; ++seed) {
        SCOPED_TRACE(seed);
        std::vector<std::string> parts;
        for (const auto& [key, value] : fields.items()) {
            parts.push_back(nlohmann::json(key).dump() + ":" + value.dump());
        }
        std::shuffle(parts.begin(), parts.end(), std::mt19937{seed});
        const auto record =
            mapping.apply(fmt::format("{{{}}}", fmt::join(parts, ",")), danish(), scratch);
        EXPECT_EQ(record.facts, expected.facts);
        EXPECT_EQ(issues_of(record), issues_of(expected));
    }
}

/// Random records of the mapping's own fields, with values that fit and values that do not.
std::string random_record(std::mt19937& random) {
    static const std::vector<std::string> names{
        "Navn",        "Kaldes", "Mail",    "Booking", "Mobil",  "Insta",
        "Følgere (K)", "ER (%)", "By",      "Sprog",   "Emne",   "Svar",
        "Kontaktet",   "Møde",   "Honorar", "meta",    "social", "andet"};
    static const std::vector<std::string> values{R"("Ida Holm")",
                                                 R"("ida@x.dk;bo@x.dk")",
                                                 R"("20 12 34 56")",
                                                 R"("@ida")",
                                                 "12.5",
                                                 "null",
                                                 "true",
                                                 R"("-")",
                                                 R"("4,5%")",
                                                 R"({"etag":1,"b":[1]})",
                                                 R"("dansk/engelsk")",
                                                 R"([{"type":"x","url":"https://x.com/ida"},7])",
                                                 R"("010190-1234")",
                                                 R"("1.250 kr.")",
                                                 "[]"};
    std::string json = "{";
    for (const auto& name : names) {
        if (random() % 3 != 0) {
            json += fmt::format("{}\"{}\":{}", json.size() > 1 ? "," : "", name,
                                values[random() % values.size()]);
        }
    }
    return json + "}";
}

/// Nothing is lost: a leaf is a fact's source, an issue's, or under custom; or it says nothing.
TEST(MappingProperty, EveryFieldOfARecordComesToSomething) {
    const auto mapping = Mapping::compile(config::parse_yaml(kWholeMapping, "m.yaml"));
    Mapping::Scratch scratch;
    std::mt19937 random{20240203};
    std::size_t kept = 0;
    for (int round = 0; round < 2000; ++round) {
        const std::string json = random_record(random);
        SCOPED_TRACE(json);
        const auto record = mapping.apply(json, danish(), scratch);
        if (!record.refusal.empty()) {
            continue;
        }
        ++kept;
        const auto document = nlohmann::json::parse(json);
        for (const auto& [name, value] : document.items()) {
            if (value.is_null() || value == "-" || value.empty()) {
                continue;
            }
            const auto names_it = [&key = name](const auto& each) {
                return each.from.starts_with(key);
            };
            const auto says_the_same = [&raw = value](const auto& other) { return other == raw; };
            // What two fields both say is one item, which names the first of them.
            EXPECT_TRUE(std::count_if(document.begin(), document.end(), says_the_same) > 1 ||
                        std::any_of(record.facts.begin(), record.facts.end(), names_it) ||
                        std::any_of(record.issues.begin(), record.issues.end(), names_it))
                << name;
        }
    }
    EXPECT_GT(kept, 1000U);
}

TEST(NormalizeStage, AnyNumberOfThreadsGivesTheSame) {
    const auto mapping = Mapping::compile(config::parse_yaml(kWholeMapping, "m.yaml"));
    const auto options = danish();
    std::mt19937 random{7};
    std::vector<std::string> texts;
    for (int i = 0; i < 3000; ++i) {
        texts.push_back(random_record(random));
    }
    std::vector<RawRecord> records;
    for (const auto& text : texts) {
        records.push_back({text, &mapping, &options});
    }
    const auto alone = normalize(records, 1);
    for (const unsigned threads : {2U, 5U}) {
        const auto together = normalize(records, threads);
        ASSERT_EQ(together.size(), alone.size());
        for (std::size_t i = 0; i < alone.size(); ++i) {
            EXPECT_EQ(together[i].facts, alone[i].facts);
            EXPECT_EQ(together[i].refusal, alone[i].refusal);
        }
    }
    EXPECT_TRUE(normalize({}, 4).empty());
}

// --- Records that belong to each other ---------------------------------------------------------

constexpr const char* kCrm = R"(
name.display: name
emails: email
phones: phone
relationship.owner: owner
relationship.interactions: [{at: start, channel: type, note: body}]
notes: remark
source: {belongs_to: contact.id, merged_ids: {from: merged, split: ";"}}
)";

TEST(MappingOfLinks, AnActivityNeedsNoNameAndTellsWhatHappenedAlone) {
    const auto record = applied(kCrm, R"({"id":1,"contact":{"id":101},"name":"Call with Bo",
        "email":"bo@agency.example","phone":"+4512345678","owner":"Eva","subject":"x",
        "start":"2026-03-02","type":"call","body":"Talked","remark":"nice"})");
    EXPECT_EQ(record.refusal, "");
    EXPECT_THAT(lines_of(record),
                ElementsAre("relationship.interactions[0].at = 2026-03-02 < start",
                            "relationship.interactions[0].channel = call < type",
                            "relationship.interactions[0].note = Talked < body",
                            "notes[0] = nice < remark", "source.belongs_to = 101 < contact.id"));
    EXPECT_THAT(record.issues, IsEmpty());
}

TEST(MappingOfLinks, AContactHasTheIdsThatWereMergedIntoIt) {
    const auto record = applied(kCrm, R"({"id":1,"name":"Ida Holm","merged":"45;0046; 47 ;45"})");
    EXPECT_THAT(lines_of(record),
                ElementsAre("name.display = Ida Holm < name", "name.given = Ida < name",
                            "name.family = Holm < name", "source.merged_ids[0] = 45 < merged",
                            "source.merged_ids[1] = 0046 < merged",
                            "source.merged_ids[2] = 47 < merged", "custom = 1 < id"));
    const auto numbers = applied(kCrm, R"({"name":"Ida Holm","merged":[45,1.0e3]})");
    EXPECT_THAT(lines_of(numbers),
                testing::IsSupersetOf({"source.merged_ids[0] = 45 < merged[0]",
                                       "source.merged_ids[1] = 1000 < merged[1]"}));
}

TEST(MappingOfLinks, IdsAreKeptAsTheyStand) {
    const auto of = [](const std::string& id) {
        return lines_of(applied(kCrm, R"({"contact":{"id":)" + id + "}}"));
    };
    EXPECT_THAT(of("12345678901234567890"),
                ElementsAre("source.belongs_to = 12345678901234567890 < contact.id"));
    EXPECT_THAT(of(R"("003Xx/AbC d")"),
                ElementsAre("source.belongs_to = 003Xx/AbC d < contact.id"));
    EXPECT_THAT(of(R"("SÃ¸ren???")"), ElementsAre("source.belongs_to = SÃ¸ren??? < contact.id"));
}

TEST(MappingOfLinks, WithoutAnIdItIsARecordLikeAnyOther) {
    for (const char* id : {"null", "\"\"", "[]", "{}"}) {
        const auto record =
            applied(kCrm, std::string(R"({"start":"2026-03-02","contact":{"id":)") + id + "}}");
        EXPECT_THAT(record.refusal, testing::HasSubstr("nothing tells who this is")) << id;
    }
}

TEST(MappingOfLinks, AMappingKnowsWhetherItLinksRecords) {
    EXPECT_TRUE(Mapping::compile(config::parse_yaml(kCrm, "m.yaml")).links_records());
    EXPECT_TRUE(
        Mapping::compile(config::parse_yaml("name.display: N\nsource.merged_ids: M", "m.yaml"))
            .links_records());
    EXPECT_FALSE(Mapping::compile(config::parse_yaml("name.display: N", "m.yaml")).links_records());
}

}  // namespace
}  // namespace coterie::normalize
