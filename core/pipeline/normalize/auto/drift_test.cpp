#include "config/node.hpp"
#include "pipeline/normalize/auto/drift.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace coterie::normalize::automap {
namespace {

using nlohmann::ordered_json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int kRecords = 40;

struct Table {
    std::vector<std::string> texts;
    [[nodiscard]] TableProfile profile() const {
        static const Mapping mapping = Mapping::compile(config::parse_yaml(
            "{name.display: Navn, emails: Mail, profiles: [{platform: instagram, handle: Insta}]}",
            "test"));
        const std::vector<std::string_view> views(texts.begin(), texts.end());
        return automap::profile(views, mapping, {});
    }
};

/// Forty people; `change` has the last word on each record.
template <class Change>
Table people(const Change& change) {
    Table table;
    for (int i = 0; i < kRecords; ++i) {
        const std::string letters{static_cast<char>('a' + i % 26), static_cast<char>('a' + i / 26)};
        ordered_json record{{"Navn", "Ida H" + letters + "lm"},
                            {"Mail", letters + "@holm.example"},
                            {"Insta", "@ida_" + letters},
                            {"Farve", i % 2 == 0 ? "rød" : "blå"}};
        change(record, i);
        table.texts.push_back(record.dump());
    }
    return table;
}

Table people() {
    return people([](ordered_json&, int) {});
}

Drift drift(const Table& now) {
    return compare(people().profile(), now.profile(), now.profile());
}

TEST(Drift, TheSamePeopleOrOthersLikeThemAreNone) {
    EXPECT_THAT(drift(people()).changes, IsEmpty());
    auto fewer = people();
    fewer.texts.resize(12);
    EXPECT_THAT(drift(fewer).changes, IsEmpty());
}

TEST(Drift, AMappedColumnThatIsGoneHoldsAndItsNewNameIsGuessed) {
    const auto found = drift(people([](ordered_json& record, int) {
        record["IG"] = record["Insta"];
        record.erase("Insta");
    }));
    ASSERT_THAT(found.holds, ElementsAre(HasSubstr("'Insta' (profiles[].handle")));
    EXPECT_THAT(found.holds.front(), HasSubstr("'IG' is new and holds alike values: renamed?"));
}

TEST(Drift, AnUnmappedColumnThatIsGoneIsToldAlone) {
    const auto found = drift(people([](ordered_json& record, int) { record.erase("Farve"); }));
    EXPECT_THAT(found.changes, ElementsAre(HasSubstr("'Farve' is gone")));
    EXPECT_THAT(found.holds, IsEmpty());
}

TEST(Drift, ANewColumnIsToldAlone) {
    const auto found = drift(people([](ordered_json& record, int) { record["By"] = "Aarhus"; }));
    EXPECT_THAT(found.changes, ElementsAre(HasSubstr("'By' is new")));
    EXPECT_THAT(found.holds, IsEmpty());
}

TEST(Drift, ValuesOfAnotherKindUnderAMappedHeaderHold) {
    const auto found = drift(people(
        [](ordered_json& record, int i) { record["Mail"] = "ring på " + std::to_string(i); }));
    ASSERT_THAT(found.holds, ElementsAre(HasSubstr("'Mail'")));
}

TEST(Drift, HandlesWhereNamesStoodHold) {
    const auto found =
        drift(people([](ordered_json& record, int) { record["Navn"] = record["Insta"]; }));
    EXPECT_THAT(found.holds, ElementsAre(HasSubstr("'Navn'")));
}

TEST(Drift, RecordsThatNameNobodyHold) {
    const auto kept = people().profile();
    auto pending = people([](ordered_json& record, int i) {
        record = {{"Farve", "rød " + std::to_string(i)}};
    });
    const auto found = compare(kept, kept, pending.profile());
    ASSERT_THAT(found.holds, ElementsAre(HasSubstr("named somebody")));
}

TEST(Drift, AColumnInAnotherPlaceIsToldAlone) {
    Table moved;
    for (const auto& text : people().texts) {
        const auto record = ordered_json::parse(text);
        moved.texts.push_back(ordered_json{
            {"Farve", record["Farve"]},
            {"Insta", record["Insta"]},
            {"Mail", record["Mail"]},
            {"Navn",
             record["Navn"]}}.dump());
    }
    const auto found = drift(moved);
    EXPECT_THAT(found.changes, ElementsAre(HasSubstr("another order")));
    EXPECT_THAT(found.holds, IsEmpty());
}

TEST(Drift, AProfileIsTheSameAfterItWasKeptAndHoldsNoValues) {
    const auto profile = people().profile();
    const auto text = to_json(profile).dump();
    const auto again = profile_from(text);
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(to_json(*again), to_json(profile));
    EXPECT_THAT(text, testing::Not(HasSubstr("holm")));
    EXPECT_FALSE(profile_from("{}").has_value());
    EXPECT_FALSE(profile_from("[").has_value());
}

// A CRM says of each person whether they opted out; that they did not is no fact of them.
TEST(Drift, ANightInWhichAColumnHasNothingToSayIsNone) {
    static const Mapping mapping =
        Mapping::compile(config::parse_yaml("{name.display: name, consent.status: {from: out, "
                                            "table: {'true': withdrawn, 'false': null}}}",
                                            "test"));
    const auto profile_of = [](int count, int each_so_many_is_out, const char* no) {
        std::vector<std::string> texts;
        for (int i = 0; i < count; ++i) {
            const std::string letter{static_cast<char>('a' + i % 26)};
            texts.push_back(ordered_json{
                {"name", "Ida H" + letter + "lm"},
                {"out", i % each_so_many_is_out == each_so_many_is_out - 1 ? "true" : no}}
                                .dump());
        }
        const std::vector<std::string_view> views(texts.begin(), texts.end());
        return automap::profile(views, mapping, {});
    };
    const auto kept = profile_of(60, 12, "false");
    EXPECT_THAT(compare(kept, profile_of(80, 12, "false"), profile_of(20, 1000, "false")).changes,
                IsEmpty());
    EXPECT_THAT(compare(kept, kept, profile_of(20, 1000, "nej tak")).holds,
                ElementsAre(HasSubstr("'out' (consent.status) held values that fit, 100 %")));
    EXPECT_THAT(compare(kept, profile_of(60, 1000, "false"), profile_of(20, 1000, "false")).holds,
                ElementsAre(HasSubstr("'out' (consent.status) held values that fit, 100 %")))
        << "none of all";
}

// --- Records that belong to others -------------------------------------------------------------

TableProfile crm_profile(int contacts, int activities, const char* start = "start") {
    static const Mapping mapping = Mapping::compile(config::parse_yaml(
        "{name.display: name, relationship.owner: owner, source.belongs_to: contact, "
        "relationship.interactions: [{at: start, note: body}]}",
        "test"));
    std::vector<std::string> texts;
    for (int i = 0; i < contacts; ++i) {
        const std::string letters{static_cast<char>('a' + i % 26), static_cast<char>('a' + i / 26)};
        texts.push_back(ordered_json{{"name", "Ida H" + letters + "lm"}, {"owner", "Eva"}}.dump());
    }
    for (int i = 0; i < activities; ++i) {
        const auto number = std::to_string(i);
        texts.push_back(ordered_json{{"contact", i},
                                     {"name", number + "@call.example"},
                                     {"owner", "Bo"},
                                     {start, "2026-03-" + std::to_string(i % 28 + 1)},
                                     {"body", "Talked " + number}}
                            .dump());
    }
    const std::vector<std::string_view> views(texts.begin(), texts.end());
    return automap::profile(views, mapping, {});
}

TEST(Drift, ANightOfActivitiesAloneIsNoneThoughTheyShareColumnsWithContacts) {
    const auto kept = crm_profile(40, 40);
    EXPECT_THAT(compare(kept, crm_profile(40, 40), crm_profile(0, 20)).changes, IsEmpty());
    EXPECT_THAT(compare(kept, crm_profile(40, 40), crm_profile(20, 0)).changes, IsEmpty());
    EXPECT_THAT(compare(kept, crm_profile(40, 25), crm_profile(2, 30)).changes, IsEmpty());
}

TEST(Drift, AMappedColumnOfActivitiesThatIsGoneHolds) {
    const auto now = crm_profile(40, 40, "began");
    EXPECT_THAT(
        compare(crm_profile(40, 40), now, now).holds,
        ElementsAre(HasSubstr("column 'start (activities)' (relationship.interactions[].at) "
                              "is gone; 'began (activities)' is new")));
}

}  // namespace
}  // namespace coterie::normalize::automap
