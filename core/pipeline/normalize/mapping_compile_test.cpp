#include "../tests/support/source_dir.hpp"
#include "pipeline/normalize/mapping.hpp"
#include "pipeline/normalize/mapping_schema.hpp"
#include "record/fields.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace coterie::normalize {
namespace {

/// All faults of a mapping, one a line.
std::string faults_of(const std::string& yaml) {
    try {
        (void)Mapping::compile(config::parse_yaml(yaml, "m.yaml"));
        return "";
    } catch (const config::ConfigError& error) {
        std::string text;
        for (const auto& fault : error.faults()) {
            text += fault.text() + "\n";
        }
        return text;
    }
}

struct Faulty {
    const char* name;
    const char* yaml;
    const char* faults;
};
std::ostream& operator<<(std::ostream& out, const Faulty& row) {
    return out << row.name;
}

class MappingFaults : public testing::TestWithParam<Faulty> {};

TEST_P(MappingFaults, AreSaidWithTheirPlaces) {
    EXPECT_EQ(faults_of(GetParam().yaml), GetParam().faults);
}

INSTANTIATE_TEST_SUITE_P(
    Table, MappingFaults,
    testing::Values(
        Faulty{"NotAMap", "[a]",
               "m.yaml:1:1: a mapping is a map from record field to source field, found a list\n"},
        Faulty{"UnknownTarget", "name.display: Navn\nnam.given: Fornavn\n",
               "m.yaml:2:1: unknown target 'nam.given'; did you mean 'name.given'? allowed: "
               "affinities, audience.…, collaborations, consent.…, custom, emails, ignore, kind, "
               "languages, location.…, name.…, notes, occupations, phones, profiles, "
               "relationship.…, representation.…, source.…, topics, updated_at\n"},
        Faulty{"UnknownTargetOfAGroup", "name:\n  display: Navn\n  givn: Fornavn\n",
               "m.yaml:3:3: unknown target 'name.givn'; did you mean 'name.given'? allowed: "
               "name.aliases, name.display, name.family, name.given\n"},
        Faulty{"AGroup", "name.display: Navn\nlocation: By\n",
               "m.yaml:2:1: 'location' is no field of its own; it holds: location.city, "
               "location.country, location.region\n"},
        Faulty{"AFieldOfAList", "profiles.handle: Insta\n",
               "m.yaml:1:1: 'profiles.handle' is a field of the list 'profiles'; write profiles: "
               "[{handle: …}]\n"},
        Faulty{"MappedTwice", "name.display: A\nname: {display: B}\n",
               "m.yaml:2:8: 'name.display' is mapped twice; put both source fields into one "
               "rule\n"},
        Faulty{"CustomAsATarget", "name.display: A\ncustom: {a: b}\n",
               "m.yaml:2:9: 'custom' takes true (keep source fields that no rule reads; the "
               "default) or false (drop them), found a map\n"},
        Faulty{"NothingThere", "name.display:\nemails: [Mail]\n",
               "m.yaml:1:1: 'name.display' takes a source field or a rule such as {from: Field}, "
               "found nothing\n"},
        Faulty{"AListForAField", "name.display: [A, B]\nemails: Mail\n",
               "m.yaml:1:15: 'name.display' takes a source field or a rule such as {from: Field}, "
               "found a list\n"},
        Faulty{
            "UnknownTransform", "name.display: {from: A, splitt: x}\n",
            "m.yaml:1:25: unknown key 'splitt' in the rule of 'name.display'; did you mean "
            "'split'? allowed: from, all, join, with, const, split, regex, group, replace, case, "
            "table, else, date, percent, unit, country, platform\n"},
        Faulty{"NoSource", "name.display: {splitt: x}\n",
               "m.yaml:1:1: the rule of 'name.display' names no source: give one of from, all, "
               "join, const; unknown key 'splitt'\n"},
        Faulty{"TwoSources", "name.display: {from: A, join: [B, C]}\n",
               "m.yaml:1:25: 'join' beside 'from': a rule takes its value from one of from, all, "
               "join, const\n"},
        Faulty{"BadRegex", "name.display: {from: A, regex: '(['}\n",
               "m.yaml:1:32: 'regex' is not sound: missing ]: [\n"},
        Faulty{"NoSuchGroup", "name.display: {from: A, regex: '(a)', group: 2}\n",
               "m.yaml:1:46: 'group' takes 0 to 1, the groups of the regex, found '2'\n"},
        Faulty{"BadReplacement", "name.display: {from: A, regex: 'a', replace: '\\3'}\n",
               "m.yaml:1:46: 'replace' is not sound: Rewrite schema requests 3 matches, but the "
               "regexp only has 0 parenthesized subexpressions.\n"},
        Faulty{"Lonely", "name.display: {from: A, group: 1, with: ',', else: x}\n",
               "m.yaml:1:25: 'group' needs 'regex' beside it\n"
               "m.yaml:1:35: 'with' needs 'join' beside it\n"
               "m.yaml:1:46: 'else' needs 'table' beside it\n"},
        Faulty{"SeveralForOne",
               "name.display: {all: [A, B]}\nlocation.city: {from: C, split: ';'}\n",
               "m.yaml:1:16: 'all' gives several values, but 'name.display' holds one; use from or "
               "join\n"
               "m.yaml:2:26: 'split' gives several values, but 'location.city' holds one; use "
               "regex with group\n"},
        Faulty{"NotForThisField",
               "name.display: {from: A, date: '%Y', percent: true, unit: K, "
               "country: DK}\n",
               "m.yaml:1:25: 'date' is for times; 'name.display' is none\n"
               "m.yaml:1:31: 'date' is not sound: a time format needs a year (%Y), a month (%m, "
               "%b) and a day (%d)\n"
               "m.yaml:1:37: 'percent' is for shares; 'name.display' is none\n"
               "m.yaml:1:52: 'unit' is for counts; 'name.display' is none\n"
               "m.yaml:1:61: 'country' is for phone numbers; 'name.display' is none\n"},
        Faulty{"BadUnit", "name.display: A\naudience.total_followers: {from: F, unit: T}\n",
               "m.yaml:2:43: 'unit' takes K (thousands) or M (millions), found 'T'\n"},
        Faulty{"BadCountry", "phones: {from: Tlf, country: dk}\n",
               "m.yaml:1:30: 'country' takes two capital letters (ISO 3166-1) such as SE, found "
               "'dk'\n"},
        Faulty{"BadConstant", "name.display: A\nkind: {const: persn}\n",
               "m.yaml:2:15: 'persn' is no kind; did you mean 'person'? allowed: person, group, "
               "brand, unknown\n"},
        Faulty{"UnknownItemKey", "profiles: [{platform: instagram, handel: Insta, handle: B}]\n",
               "m.yaml:1:34: unknown key 'handel' in an item of 'profiles'; did you mean 'handle'? "
               "allowed: platform, handle, url, user_id, followers, engagement_rate, verified, "
               "observed_at, each\n"},
        Faulty{"ItemWithoutIdentity", "profiles: [{platform: instagram, followers: F}]\n",
               "m.yaml:1:12: an item of 'profiles' needs handle, url or user_id\n"},
        Faulty{"ItemAndRuleMixed", "emails: {from: Mail, role: work}\n",
               "m.yaml:1:22: 'role' beside 'from': an item of 'emails' is either fields ({address: "
               "…}) or one rule ({from: …})\n"},
        Faulty{"RelativeWithoutEach", "profiles: [{url: .link}]\n",
               "m.yaml:1:18: '.link' is relative to an item of 'each', but there is no 'each' "
               "here\n"},
        Faulty{"RelativeEach", "profiles: [{each: '.a', url: .link}]\n",
               "m.yaml:1:19: 'each' takes a path from the record's top, not a relative one\n"},
        Faulty{"OnlyConstants", "name.display: A\ncollaborations: [{campaign: {const: X}}]\n",
               "m.yaml:2:18: every field of this item of 'collaborations' is a constant, so each "
               "record would get the same; name a source field\n"},
        Faulty{"TellsNobody", "topics: Emne\n",
               "m.yaml:1:1: no rule gives a name, profile, e-mail or phone, so every record would "
               "be refused; map at least one of name.display, profiles, emails, phones\n"}),
    [](const auto& row) { return row.param.name; });

TEST(MappingCompile, SaysAllFaultsOfAMappingInTheirOrder) {
    EXPECT_EQ(faults_of("nam: A\ntopics: {form: B}\nemails: []\n"),
              "m.yaml:1:1: unknown target 'nam'; allowed: affinities, audience.…, collaborations, "
              "consent.…, custom, emails, ignore, kind, languages, location.…, name.…, notes, "
              "occupations, phones, profiles, relationship.…, representation.…, source.…, topics, "
              "updated_at\n"
              "m.yaml:2:9: the rule of 'topics' names no source: give one of from, all, join, "
              "const; unknown key 'form'\n"
              "m.yaml:3:9: 'emails' is an empty list; leave it out\n");
}

TEST(MappingCompile, GivenTheSameTextElsewhereThenTheVersionIsTheSame) {
    const auto version = [](const char* yaml) {
        return Mapping::compile(config::parse_yaml(yaml, "m.yaml")).version();
    };
    EXPECT_EQ(version("name.display: A"), version("\n# a remark\nname.display:   A\n"));
    EXPECT_NE(version("name.display: A"), version("name.display: B"));
    EXPECT_NE(version("{name.display: A, notes: B}"), version("{name.display: A, topics: B}"));
}

std::filesystem::path source_folder() {
    return test::source_dir();
}

std::string read_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// Rewritten with COTERIE_UPDATE_GOLDEN=1; the difference is for review.
TEST(MappingSchema, ItsCommittedCopyIsWhatTheFieldsGive) {
    const auto file = source_folder() / "schemas" / "mapping.schema.json";
    const std::string expected = mapping_schema().dump(2) + "\n";
    if (std::getenv("COTERIE_UPDATE_GOLDEN")) {
        std::ofstream(file, std::ios::binary) << expected;
    }
    EXPECT_EQ(read_file(file), expected);
}

TEST(MappingSchema, EveryPropertyThatItNamesCompiles) {
    const auto schema = mapping_schema();
    for (const auto& [key, unused] : schema.at("properties").items()) {
        SCOPED_TRACE(key);
        if (key == "custom" || unused.value("type", "") == "object") {
            continue;
        }
        const std::string rest = key == "name.display" ? "" : "\nname.display: Navn";
        EXPECT_EQ(faults_of("'" + key + "': Felt" + rest), "");
    }
}

/// Each YAML block of the guide is a mapping that compiles, or a whole config, which the test of
/// the documents checks.
TEST(MappingGuide, ItsExamplesCompile) {
    const std::string guide = read_file(source_folder() / "docs" / "guides" / "mapping.md");
    std::size_t count = 0;
    const std::string open = "```yaml\n";
    for (auto at = guide.find(open); at != std::string::npos; at = guide.find(open, at)) {
        const auto begin = at + open.size();
        const auto end = guide.find("```", begin);
        ASSERT_NE(end, std::string::npos);
        const std::string block = guide.substr(begin, end - begin);
        at = end;
        if (block.starts_with("version:")) {
            continue;
        }
        SCOPED_TRACE(block);
        EXPECT_EQ(faults_of(block), "");
        ++count;
    }
    EXPECT_GE(count, 5U);
}

}  // namespace
}  // namespace coterie::normalize
