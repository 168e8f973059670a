#include "pipeline/merge/random_facts_test.hpp"
#include "pipeline/merge/survivorship.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace coterie::merge {
namespace {

using record::FactView;
using record::FieldId;

struct Said {
    std::vector<FactView> facts;
    double trust = 0.5;
    std::uint32_t changed_run = 1;
    std::string_view source = "crm";
};

constexpr std::array<std::string_view, 6> kKeys{"a", "b", "c", "d", "e", "f"};

GoldenRecord merged(const std::vector<Said>& records,
                    const SurvivorshipRules& rules = SurvivorshipRules::defaults()) {
    std::vector<Contribution> contributions;
    for (std::uint32_t i = 0; i < records.size(); ++i) {
        contributions.push_back({{i, 1, 1},
                                 records[i].trust,
                                 records[i].changed_run,
                                 kKeys.at(i),
                                 records[i].facts,
                                 records[i].source});
    }
    return merge(contributions, rules, Tiers{});
}

std::vector<GoldenFact> all_of(const GoldenRecord& golden, FieldId field) {
    std::vector<GoldenFact> facts;
    for (const GoldenFact& fact : golden.facts) {
        if (fact.field == field) {
            facts.push_back(fact);
        }
    }
    return facts;
}

std::vector<std::string> values_of(const GoldenRecord& golden, FieldId field) {
    std::vector<std::string> values;
    for (const GoldenFact& fact : all_of(golden, field)) {
        values.push_back(fact.value);
    }
    return values;
}

std::string value_of(const GoldenRecord& golden, FieldId field) {
    const auto values = values_of(golden, field);
    return values.size() == 1 ? values[0] : "(" + std::to_string(values.size()) + " values)";
}

using Values = std::vector<std::string>;

TEST(Survivorship, TheMostTrustedSourceNamesThePersonAndOtherSpellingsBecomeAliases) {
    const auto golden = merged({{{{FieldId::NameDisplay, 0, "Ida Marie Holm", "Navn"}}},
                                {{{FieldId::NameDisplay, 0, "Ida Holm", "Name"}}, 0.9},
                                {{{FieldId::NameDisplay, 0, "IDA HOLM", "Name"}}}});
    const auto display = all_of(golden, FieldId::NameDisplay);
    ASSERT_EQ(display.size(), 1U);
    EXPECT_EQ(display[0].value, "Ida Holm");
    EXPECT_EQ(display[0].rule, Rule::Trust);
    EXPECT_EQ(display[0].member, 1);
    EXPECT_EQ(display[0].from, "Name");
    EXPECT_EQ(values_of(golden, FieldId::NameAlias), Values{"Ida Marie Holm"});
}

TEST(Survivorship, AmongEquallyTrustedNamesTheMostFrequentWinsThenTheLongest) {
    const FactView brief{FieldId::NameDisplay, 0, "Ida Holm", ""};
    const FactView full{FieldId::NameDisplay, 0, "Ida Marie Holm", ""};
    EXPECT_EQ(value_of(merged({{{brief}}, {{brief}}, {{full}}}), FieldId::NameDisplay), "Ida Holm");
    const auto golden = merged({{{brief}}, {{full}}});
    EXPECT_EQ(value_of(golden, FieldId::NameDisplay), "Ida Marie Holm");
    EXPECT_EQ(all_of(golden, FieldId::NameDisplay)[0].rule, Rule::Longest);
}

TEST(Survivorship, GivenAndFamilyNameComeFromTheRecordThatNamesThePerson) {
    const auto golden = merged({{{{FieldId::NameDisplay, 0, "Ida Jensen", ""},
                                  {FieldId::NameGiven, 0, "Ida", ""},
                                  {FieldId::NameFamily, 0, "Jensen", ""}},
                                 0.9},
                                {{{FieldId::NameDisplay, 0, "Ida Marie Holm", ""},
                                  {FieldId::NameGiven, 0, "Ida Marie", ""},
                                  {FieldId::NameFamily, 0, "Holm", ""}}}});
    EXPECT_EQ(value_of(golden, FieldId::NameGiven), "Ida");
    EXPECT_EQ(value_of(golden, FieldId::NameFamily), "Jensen");
}

TEST(Survivorship, ANameInPartsOnlyIsPutTogether) {
    const auto golden = merged({{{{FieldId::NameGiven, 0, "Ida", "Fornavn"},
                                  {FieldId::NameFamily, 0, "Holm", "Efternavn"}}}});
    EXPECT_EQ(value_of(golden, FieldId::NameDisplay), "Ida Holm");
    EXPECT_EQ(all_of(golden, FieldId::NameDisplay)[0].rule, Rule::Derived);
    EXPECT_EQ(all_of(golden, FieldId::NameDisplay)[0].item, 0);
}

TEST(Survivorship, WhenNobodySaysTheKindItIsUnknown) {
    EXPECT_EQ(value_of(merged({{{{FieldId::Note, 0, "x", ""}}}}), FieldId::Kind), "unknown");
    EXPECT_EQ(value_of(merged({{{{FieldId::Kind, 0, "unknown", ""}}, 0.9},
                               {{{FieldId::Kind, 0, "group", ""}}}}),
                       FieldId::Kind),
              "group");
}

TEST(Survivorship, AnOptOutAndDoNotContactWinWhoeverSaysSo) {
    const auto golden = merged({{{{FieldId::EmailAddress, 0, "ida@example.dk", ""},
                                  {FieldId::EmailOptedOut, 0, "false", ""},
                                  {FieldId::RelationshipStatus, 0, "agreed", ""},
                                  {FieldId::ConsentStatus, 0, "given", ""}},
                                 0.9,
                                 7},
                                {{{FieldId::EmailAddress, 3, "IDA@example.dk", ""},
                                  {FieldId::EmailOptedOut, 3, "true", ""},
                                  {FieldId::RelationshipStatus, 0, "do_not_contact", ""},
                                  {FieldId::ConsentStatus, 0, "withdrawn", ""}},
                                 0.1}});
    EXPECT_EQ(values_of(golden, FieldId::EmailAddress).size(), 1U);
    EXPECT_EQ(value_of(golden, FieldId::EmailOptedOut), "true");
    EXPECT_EQ(value_of(golden, FieldId::RelationshipStatus), "do_not_contact");
    EXPECT_EQ(all_of(golden, FieldId::RelationshipStatus)[0].rule, Rule::Strictest);
    EXPECT_EQ(value_of(golden, FieldId::ConsentStatus), "withdrawn");
}

TEST(Survivorship, OnlyChannelsThatEveryRecordAllowsRemain) {
    const auto golden = merged(
        {{{{FieldId::ConsentChannel, 0, "email", ""}, {FieldId::ConsentChannel, 1, "dm", ""}}},
         {{{FieldId::ConsentChannel, 0, "dm", ""}}}});
    EXPECT_EQ(values_of(golden, FieldId::ConsentChannel), Values{"dm"});
}

TEST(Survivorship, WithoutDoNotContactTheMostRecentStatusWins) {
    const auto golden = merged({{{{FieldId::RelationshipStatus, 0, "agreed", ""},
                                  {FieldId::UpdatedAt, 0, "2026-01-02T00:00:00Z", ""}},
                                 0.9},
                                {{{FieldId::RelationshipStatus, 0, "declined", ""},
                                  {FieldId::UpdatedAt, 0, "2026-01-03T00:00:00Z", ""}},
                                 0.1}});
    EXPECT_EQ(value_of(golden, FieldId::RelationshipStatus), "declined");
    EXPECT_EQ(all_of(golden, FieldId::RelationshipStatus)[0].rule, Rule::Recent);
}

std::vector<FactView> profile(std::string_view handle, std::string_view user_id,
                              std::string_view followers, std::string_view observed_at) {
    std::vector<FactView> facts{{FieldId::ProfilePlatform, 0, "instagram", ""}};
    const auto add = [&](FieldId field, std::string_view value) {
        if (!value.empty()) {
            facts.push_back({field, 0, value, "f"});
        }
    };
    add(FieldId::ProfileHandle, handle);
    add(FieldId::ProfileUserId, user_id);
    add(FieldId::ProfileFollowers, followers);
    add(FieldId::ProfileObservedAt, observed_at);
    return facts;
}

TEST(Survivorship, FollowersAreThoseSeenLastWithTheTimeTheyWereSeen) {
    const auto golden = merged({{profile("ida", "", "900", "2026-01-01T00:00:00Z"), 0.9},
                                {profile("IDA", "", "1200", "2026-01-05T00:00:00Z")}});
    EXPECT_EQ(value_of(golden, FieldId::ProfileFollowers), "1200");
    EXPECT_EQ(value_of(golden, FieldId::ProfileObservedAt), "2026-01-05T00:00:00Z");
    EXPECT_EQ(value_of(golden, FieldId::AudienceTotalFollowers), "1200");
}

TEST(Survivorship, AProfileWithOnlyAHandleIsTheOneWithThatHandleAndAUserId) {
    const auto golden = merged({{profile("ida", "77", "", "")},
                                {profile("Ida", "", "5", "")},
                                {profile("idaholm", "77", "", "2026-01-01")}});
    EXPECT_EQ(values_of(golden, FieldId::ProfilePlatform).size(), 1U);
    EXPECT_EQ(value_of(golden, FieldId::ProfileFollowers), "5");
}

TEST(Survivorship, ProfilesWithDifferentUserIdsStayApart) {
    const auto golden = merged({{profile("ida", "77", "", "")}, {profile("ida", "78", "", "")}});
    EXPECT_EQ(values_of(golden, FieldId::ProfileUserId), (Values{"77", "78"}));
}

TEST(Survivorship, TheTierIsThatOfTheLargestProfileAndClosedBelow) {
    const auto tier = [](std::string_view first, std::string_view second) {
        return value_of(merged({{profile("a", "", first, "")}, {profile("b", "", second, "")}}),
                        FieldId::AudienceTier);
    };
    EXPECT_EQ(tier("9999", "9999"), "nano");
    EXPECT_EQ(tier("10000", "1"), "micro");
    EXPECT_EQ(tier("1", "50000"), "mid");
    EXPECT_EQ(tier("500000", "1"), "macro");
    EXPECT_EQ(tier("1000000", "1"), "mega");
}

TEST(Survivorship, ACityIsNotPutBesideAnotherRecordsCountry) {
    const auto golden = merged(
        {{{{FieldId::LocationCountry, 0, "DK", ""}}, 0.9},
         {{{FieldId::LocationCountry, 0, "SE", ""}, {FieldId::LocationCity, 0, "Lund", ""}}}});
    EXPECT_EQ(value_of(golden, FieldId::LocationCountry), "DK");
    EXPECT_TRUE(values_of(golden, FieldId::LocationCity).empty());
}

TEST(Survivorship, AFeeKeepsItsOwnCurrency) {
    const auto deal = [](std::string_view fee, std::string_view currency) {
        return std::vector<FactView>{{FieldId::CollaborationCampaign, 0, "Spring", ""},
                                     {FieldId::CollaborationFee, 0, fee, ""},
                                     {FieldId::CollaborationCurrency, 0, currency, ""}};
    };
    const auto golden = merged({{deal("1500", "DKK"), 0.5, 2}, {deal("200", "EUR"), 0.9, 1}});
    EXPECT_EQ(value_of(golden, FieldId::CollaborationFee), "1500");
    EXPECT_EQ(value_of(golden, FieldId::CollaborationCurrency), "DKK");
}

TEST(Survivorship, TopicsAreOneWhateverTheirCase) {
    const auto golden = merged({{{{FieldId::Topic, 0, "Food", ""}, {FieldId::Topic, 1, "Art", ""}}},
                                {{{FieldId::Topic, 0, "food", ""}}},
                                {{{FieldId::Topic, 0, "food", ""}}}});
    EXPECT_EQ(values_of(golden, FieldId::Topic), (Values{"Art", "food"}));
}

TEST(Survivorship, CustomFieldsAreKeptBySource) {
    const auto golden = merged({{{{FieldId::Custom, 0, "\"7\"", "Score"}}, 0.5, 1, "crm"},
                                {{{FieldId::Custom, 0, "\"8\"", "Score"}}, 0.5, 2, "crm"},
                                {{{FieldId::Custom, 0, "\"9\"", "Score"}}, 0.5, 1, "agency"}});
    EXPECT_EQ(values_of(golden, FieldId::Custom), (Values{"\"9\"", "\"8\""}));
}

TEST(Survivorship, AConfiguredRuleReplacesTheDefault) {
    SurvivorshipRules rules = SurvivorshipRules::defaults();
    rules.by_field[FieldId::Topic] = {Rule::Trust};
    rules.by_field[FieldId::RelationshipOwner] = {Rule::Frequent};
    const FactView mia{FieldId::RelationshipOwner, 0, "Mia", ""};
    const auto golden = merged(
        {{{mia, {FieldId::Topic, 0, "Art", ""}}},
         {{mia}},
         {{{FieldId::RelationshipOwner, 0, "Bo", ""}, {FieldId::Topic, 0, "Food", ""}}, 0.9, 9}},
        rules);
    EXPECT_EQ(value_of(golden, FieldId::RelationshipOwner), "Mia");
    EXPECT_EQ(values_of(golden, FieldId::Topic), Values{"Food"});
}

TEST(Survivorship, RulesAreNamedAsProvenanceNamesThem) {
    EXPECT_EQ(rule_named("recent"), Rule::Recent);
    EXPECT_EQ(rule_named("strictest"), Rule::Strictest);
    EXPECT_EQ(rule_named("derived"), std::nullopt) << "an outcome, which nobody can ask for";
    EXPECT_EQ(rule_named(""), std::nullopt);
}

TEST(Survivorship, AnyOrderOfContributionsGivesTheSameGoldenRecord) {
    for (std::uint32_t seed = 0; seed < 400; ++seed) {
        SCOPED_TRACE(seed);
        RandomPerson person = FactMaker(seed).person();
        const auto rules = SurvivorshipRules::defaults();
        const GoldenRecord expected = merge(person.contributions, rules, Tiers{});
        std::mt19937 random(seed);
        std::shuffle(person.contributions.begin(), person.contributions.end(), random);
        for (Contribution& contribution : person.contributions) {
            std::shuffle(contribution.facts.begin(), contribution.facts.end(), random);
        }
        const GoldenRecord again = merge(person.contributions, rules, Tiers{});
        EXPECT_EQ(again.facts, expected.facts);
        ASSERT_EQ(again.members.size(), expected.members.size());
        for (std::size_t i = 0; i < expected.members.size(); ++i) {
            EXPECT_EQ(again.members[i].row, expected.members[i].row);
        }
    }
}

/// Invariant 8: a value stands in the record that its provenance names, or is derived.
TEST(Survivorship, EveryValueStandsInTheRecordThatItNames) {
    for (std::uint32_t seed = 0; seed < 200; ++seed) {
        SCOPED_TRACE(seed);
        const RandomPerson person = FactMaker(seed).person();
        const GoldenRecord golden =
            merge(person.contributions, SurvivorshipRules::defaults(), Tiers{});
        for (const GoldenFact& fact : golden.facts) {
            const auto& facts = person.contributions[golden.members.at(fact.member).row].facts;
            const bool is_said = std::any_of(facts.begin(), facts.end(), [&](const FactView& said) {
                return said.value == fact.value && said.from == fact.from;
            });
            const bool is_name_as_alias = fact.field == FieldId::NameAlias;  // may be put together
            EXPECT_TRUE(is_said || fact.rule == Rule::Derived || is_name_as_alias) << fact.value;
        }
        EXPECT_TRUE(std::is_sorted(golden.facts.begin(), golden.facts.end(),
                                   [](const auto& a, const auto& b) {
                                       return std::tie(a.field, a.item) < std::tie(b.field, b.item);
                                   }));
    }
}

TEST(Survivorship, FirstAndLastContactAreThoseOfTheInteractionsWhereNoSourceSaysThem) {
    const std::vector<FactView> calls{{FieldId::InteractionAt, 0, "2026-03-02T10:00:00Z", "start"},
                                      {FieldId::InteractionAt, 1, "2026-01-05", "start"}};
    const auto derived = merged({{{{FieldId::NameDisplay, 0, "Ida Holm", "name"}}}, {calls}});
    const auto first = all_of(derived, FieldId::RelationshipFirstContact);
    const auto last = all_of(derived, FieldId::RelationshipLastContact);
    ASSERT_EQ(first.size() + last.size(), 2U);
    EXPECT_EQ(first[0], (GoldenFact{FieldId::RelationshipFirstContact, 0, Rule::Derived, 1,
                                    "2026-01-05", "start"}));
    EXPECT_EQ(last[0], (GoldenFact{FieldId::RelationshipLastContact, 0, Rule::Derived, 1,
                                   "2026-03-02T10:00:00Z", "start"}));
    const auto said =
        merged({{{{FieldId::RelationshipLastContact, 0, "2025-12-24", "last"}}}, {calls}});
    EXPECT_EQ(value_of(said, FieldId::RelationshipLastContact), "2025-12-24");
    EXPECT_EQ(value_of(said, FieldId::RelationshipFirstContact), "2026-01-05");
}

TEST(Survivorship, AnInteractionThatTwoRecordsTellIsOneAndTheyStandByTime) {
    const auto call = [](std::string_view at, std::string_view note) {
        return std::vector<FactView>{{FieldId::InteractionAt, 0, at, "start"},
                                     {FieldId::InteractionNote, 0, note, "body"}};
    };
    const auto golden = merged({{call("2026-03-02", "Later")},
                                {call("2026-01-05", "Same")},
                                {call("2026-01-05", "Same")},
                                {call("2026-01-05", "Other")}});
    EXPECT_EQ(values_of(golden, FieldId::InteractionAt),
              (Values{"2026-01-05", "2026-01-05", "2026-03-02"}));
    EXPECT_EQ(values_of(golden, FieldId::InteractionNote), (Values{"Other", "Same", "Later"}));
}

TEST(Survivorship, HowRecordsHangTogetherIsNoPartOfTheInfluencer) {
    const auto golden = merged({{{{FieldId::NameDisplay, 0, "Ida Holm", "name"},
                                  {FieldId::SourceBelongsTo, 0, "7", "contact"},
                                  {FieldId::SourceMergedId, 0, "8", "merged"}}}});
    EXPECT_TRUE(std::none_of(golden.facts.begin(), golden.facts.end(), [](const GoldenFact& fact) {
        return record::is_of_source(fact.field);
    }));
}

}  // namespace
}  // namespace coterie::merge
