#include "base/hash.hpp"
#include "pipeline/match/features.hpp"
#include "pipeline/match/likeness.hpp"
#include "pipeline/match/match.hpp"
#include "pipeline/match/model_json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

namespace coterie::match {
namespace {

using record::Fact;
using record::FieldId;

/// A source record of somebody.
struct Someone {
    std::string given, family, email, phone, handle, city, born;
    std::string source = "crm";
};

std::vector<Fact> facts_of(const Someone& one) {
    std::vector<Fact> facts;
    const auto add = [&facts](FieldId field, const std::string& value, std::uint16_t item,
                              const char* from = "") {
        if (!value.empty()) {
            facts.push_back({field, item, value, from});
        }
    };
    add(FieldId::NameGiven, one.given, 0);
    add(FieldId::NameFamily, one.family, 0);
    add(FieldId::EmailAddress, one.email, 1);
    add(FieldId::PhoneE164, one.phone, 1);
    add(FieldId::ProfilePlatform, one.handle.empty() ? "" : "instagram", 1);
    add(FieldId::ProfileHandle, one.handle, 1);
    add(FieldId::LocationCity, one.city, 0);
    add(FieldId::Custom, one.born.empty() ? "" : '"' + one.born + '"', 0, "birth date");
    return facts;
}

/// Records with their keys; rows are places in the list.
class Roster {
  public:
    explicit Roster(const std::vector<Someone>& people, std::uint32_t seed = 0) {
        for (const Someone& one : people) {
            keys_.push_back(make_keys(facts_of(one), one.source));
        }
        for (Row row = 0; row < keys_.size(); ++row) {
            records_.push_back({row, hash64(std::to_string(row)), keys_[row]});
        }
        std::shuffle(records_.begin(), records_.end(), std::mt19937(seed));
    }
    [[nodiscard]] Clusters clustered(std::span<const Decision> decisions = {}) const {
        return cluster(records_, {}, decisions);
    }
    [[nodiscard]] std::span<const KeyedRecord> records() const { return records_; }

  private:
    std::vector<std::string> keys_;
    std::vector<KeyedRecord> records_;
};

std::set<std::set<Row>> sets_of(const Clusters& clusters) {
    std::set<std::set<Row>> sets;
    for (std::size_t i = 0; i < clusters.size(); ++i) {
        const auto rows = clusters.cluster(i);
        sets.emplace(rows.begin(), rows.end());
    }
    return sets;
}

bool are_together(const Clusters& clusters, Row a, Row b) {
    for (const auto& set : sets_of(clusters)) {
        if (set.contains(a)) {
            return set.contains(b);
        }
    }
    return false;
}

/// Made-up people, two or three records each with slips, in three sources.
std::vector<Someone> made_up(std::uint32_t seed, std::size_t people) {
    std::mt19937 random(seed);
    const auto word = [&](std::size_t size) {
        std::string text;
        for (std::size_t i = 0; i < size; ++i) {
            text.push_back(static_cast<char>('a' + random() % 26));
        }
        return text;
    };
    const auto chance = [&](unsigned percent) { return random() % 100 < percent; };
    std::vector<std::string> given(60);
    std::vector<std::string> family(200);
    std::generate(given.begin(), given.end(), [&] { return word(4 + random() % 5); });
    std::generate(family.begin(), family.end(), [&] { return word(5 + random() % 5); });
    std::vector<Someone> all;
    for (std::size_t i = 0; i < people; ++i) {
        Someone one;
        one.given = given[random() % given.size()];
        one.family = family[random() % family.size()];
        one.email =
            one.given + "." + one.family + std::to_string(random() % 9000) + "@mail.example";
        one.phone = "+4520" + std::to_string(100000 + random() % 900000);
        one.city = "city" + word(1);
        one.born = std::to_string(1960 + random() % 45) + "-0" + std::to_string(1 + random() % 9) +
                   "-1" + std::to_string(random() % 10);
        for (std::size_t copy = 0; copy < 2 + random() % 2; ++copy) {
            Someone seen = one;
            seen.source = "source" + std::to_string(copy);
            if (chance(10)) {
                std::swap(seen.family[1], seen.family[2]);
            }
            seen.email = chance(50) ? "" : seen.email;
            seen.phone = chance(60) ? "" : seen.phone;
            seen.born = chance(30) ? "" : seen.born;
            all.push_back(std::move(seen));
        }
    }
    return all;
}

TEST(Features, ComeOutAsTheyWentIn) {
    const auto facts =
        facts_of({"Søren", "von Holm", "S@X.dk", "+4512345678", "Soren.H", "Århus", "1980-01-02"});
    std::vector<record::FactView> views;
    for (const Fact& fact : facts) {
        views.push_back({fact.field, fact.item, fact.value, fact.from});
    }
    std::vector<std::string> seen;
    for_each_feature(encode_features(features_of(views, "crm")), [&](const Feature& feature) {
        seen.push_back(std::string(feature.name) + "=" + std::string(feature.value));
    });
    EXPECT_THAT(seen, testing::UnorderedElementsAre("=soeren", "=holm", "=s@x.dk", "=+4512345678",
                                                    "=instagram/soren.h", "=aarhus", "=crm",
                                                    "birth date=1980 01 02"));
}

TEST(Features, DamagedBytesEndThemEarly) {
    std::mt19937 random(7);
    const std::string good = make_keys(facts_of({"Ida", "Holm", "i@x.dk", "", "", "Ribe", ""}));
    for (int i = 0; i < 3000; ++i) {
        std::string bad(decode_features(good));
        bad[random() % bad.size()] = static_cast<char>(random());
        std::size_t bytes = 0;
        for_each_feature(
            bad, [&](const Feature& one) { bytes += 3 + one.name.size() + one.value.size(); });
        EXPECT_LE(bytes, bad.size());
    }
}

TEST(Likeness, JoinsWhoHasNoIdentifierInCommon) {
    auto people = made_up(1, 400);
    const auto first = static_cast<Row>(people.size());
    people.push_back({"Ida", "Krogholm", "", "", "", "Ribe", "1990-05-06", "a"});
    people.push_back({"Ida", "Kroghlom", "", "", "", "Ribe", "1990-05-06", "b"});
    people.push_back({"Ida", "Krogholm", "", "", "", "Skagen", "1971-11-30", "c"});
    const Clusters found = Roster(people).clustered();
    EXPECT_TRUE(are_together(found, first, first + 1)) << "a slip of the pen";
    EXPECT_FALSE(are_together(found, first, first + 2)) << "a namesake";
}

TEST(Likeness, IsOrderFreeInAllThatItGives) {
    const auto people = made_up(2, 300);
    const Clusters expected = Roster(people).clustered();
    for (std::uint32_t seed = 1; seed < 4; ++seed) {
        const Clusters found = Roster(people, seed).clustered();
        EXPECT_EQ(sets_of(found), sets_of(expected));
        EXPECT_EQ(found.review, expected.review);
        EXPECT_EQ(found.model, expected.model);
    }
}

TEST(Likeness, WeightsAreSymmetricAndTheirPartsAddUp) {
    const auto people = made_up(3, 300);
    const Roster roster(people);
    const Records records(roster.records());
    Likeness likeness(records, 2);
    Scorer& scorer = likeness.scorer();
    std::mt19937 random(3);
    for (int i = 0; i < 20'000; ++i) {
        const Rank a = static_cast<Rank>(random() % people.size());
        const Rank b = static_cast<Rank>(random() % people.size());
        if (a == b) {
            continue;
        }
        ASSERT_EQ(scorer.weight(a, b), scorer.weight(b, a));
        double sum = likeness.model().prior_weight();
        const Agreed agreed = scorer.compare(a, b);
        for (const auto& part : scorer.parts(agreed)) {
            sum += part.weight + part.rarity;
        }
        ASSERT_NEAR(sum, scorer.weight(agreed), 1e-9);
        const Pattern pattern = agreed.pattern(likeness.model().comparisons.size());
        ASSERT_LE(scorer.weight(agreed),
                  scorer.weight_of(pattern) + scorer.rarity_max(pattern) + 1e-9);
    }
}

/// One more identifier that agrees never speaks against two being one.
TEST(Likeness, AnAgreeingIdentifierNeverLowersAWeight) {
    const auto people = made_up(4, 400);
    const Roster roster(people);
    const Records records(roster.records());
    Likeness likeness(records, 1);
    for (const Comparison& comparison : likeness.model().comparisons) {
        using enum ComparisonKind;
        const bool is_identifier = comparison.spec.kind == Email || comparison.spec.kind == Phone ||
                                   comparison.spec.kind == Handle || comparison.spec.kind == UserId;
        if (is_identifier) {
            EXPECT_GE(comparison.levels[0].weight(), 0) << comparison.spec.name;
            EXPECT_GE(comparison.levels[0].weight(), comparison.levels.back().weight())
                << comparison.spec.name;
        }
    }
}

TEST(Likeness, TakesTheBuiltInModelForAFew) {
    const auto model = [](std::size_t people) {
        const Roster roster(made_up(5, people));
        const Records records(roster.records());
        return Likeness(records, 1).model().is_learnt;
    };
    EXPECT_FALSE(model(100));
    EXPECT_TRUE(model(400));
}

TEST(ModelFile, ComesBackAsItWas) {
    const Roster roster(made_up(6, 300));
    const Records records(roster.records());
    const Likeness likeness(records, 1);
    const std::string text = model_json(likeness.model());
    const auto read = read_model(text, likeness.corpus());
    ASSERT_TRUE(read.has_value()) << read.error().message;
    EXPECT_EQ(model_json(*read), text);
}

TEST(ModelFile, SaysWhatIsWrong) {
    const Corpus corpus;
    const auto complaint = [&](const char* text) {
        return read_model(text, corpus).error().message;
    };
    EXPECT_THAT(complaint("no json"), testing::HasSubstr("version"));
    EXPECT_THAT(complaint(R"({"version":1,"prior":2,"comparisons":[]})"),
                testing::HasSubstr("prior"));
    EXPECT_THAT(
        complaint(
            R"({"version":1,"prior":0.1,"comparisons":[{"name":"e-mail","kind":"mail","levels":[]}]})"),
        testing::HasSubstr("comparisons/0/kind: 'mail'"));
    EXPECT_THAT(
        complaint(
            R"({"version":1,"prior":0.1,"comparisons":[{"name":"c","kind":"place","levels":[{"m":2,"u":0},{"m":0,"u":0},{"m":0,"u":0}]}]})"),
        testing::HasSubstr("comparisons/0/levels/0"));
}

TEST(Decisions, GoBeforeAllElse) {
    const auto people = made_up(8, 200);
    const Roster roster(people);
    const Clusters before = roster.clustered();
    std::mt19937 random(8);
    for (int round = 0; round < 6; ++round) {
        std::vector<Decision> decisions;
        // Told apart: two of one cluster; told to be one: two of two clusters, each met once.
        std::set<Row> used;
        for (std::size_t i = 0; i < before.size() && decisions.size() < 12; ++i) {
            const auto rows = before.cluster(random() % before.size());
            const auto others = before.cluster(random() % before.size());
            const bool is_same = random() % 2 == 0;
            const Row a = rows[0];
            const Row b = is_same ? others[0] : rows.back();
            if (a != b && used.insert(a).second && used.insert(b).second) {
                decisions.push_back({a, b, is_same});
            }
        }
        const Clusters after = roster.clustered(decisions);
        for (const Decision& decision : decisions) {
            if (!decision.is_same) {
                EXPECT_FALSE(are_together(after, decision.a, decision.b));
            }
        }
        std::shuffle(decisions.begin(), decisions.end(), random);
        EXPECT_EQ(sets_of(roster.clustered(decisions)), sets_of(after));
        for (const ReviewPair& pair : after.review) {
            EXPECT_FALSE(are_together(after, pair.a, pair.b));
        }
    }
    const std::vector<Decision> one{{0, static_cast<Row>(people.size() - 1), true}};
    EXPECT_TRUE(are_together(roster.clustered(one), one[0].a, one[0].b));
}

/// A booking address on many people joins nobody, however many they are.
TEST(Likeness, PeopleOfOneAgencyStayApart) {
    auto people = made_up(9, 400);
    const auto first = static_cast<Row>(people.size());
    std::mt19937 random(9);
    for (int i = 0; i < 150; ++i) {
        Someone one = people[random() % first];
        one.email = "booking@agency.example";
        one.phone = "+4533333333";
        one.born = "";
        one.given.clear();
        for (int letter = 0; letter < 7; ++letter) {
            one.given.push_back(static_cast<char>('a' + random() % 26));
        }
        people.push_back(one);
    }
    const Clusters found = Roster(people).clustered();
    for (const auto& set : sets_of(found)) {
        EXPECT_LE(std::count_if(set.begin(), set.end(), [&](Row row) { return row >= first; }), 1);
    }
}

/// What a CRM logs of its contacts says nothing of who they are.
TEST(Likeness, ActivitiesChangeNothingAmongPeople) {
    const auto people = made_up(10, 400);
    const auto clustered = [&people](std::size_t activities) {
        std::vector<std::string> keys;
        for (std::size_t i = 0; i < people.size(); ++i) {
            const std::string id = std::to_string(i);
            keys.push_back(
                make_keys(facts_of(people[i]), people[i].source, RecordName{people[i].source, id}));
        }
        for (std::size_t i = 0; i < people.size() * activities; ++i) {
            const Someone& whose = people[i % people.size()];
            const std::vector<Fact> facts{
                {FieldId::SourceBelongsTo, 0, std::to_string(i % people.size()), "who"}};
            const std::string id = "call" + std::to_string(i);
            keys.push_back(make_keys(facts, whose.source, RecordName{whose.source, id}));
        }
        std::vector<KeyedRecord> records;
        for (Row row = 0; row < keys.size(); ++row) {
            records.push_back({row, hash64(std::to_string(row)), keys[row]});
        }
        std::set<std::set<Row>> sets;
        for (const auto& set : sets_of(cluster(records, {}))) {
            std::set<Row> only;
            std::copy_if(set.begin(), set.end(), std::inserter(only, only.end()),
                         [&](Row row) { return row < people.size(); });
            sets.insert(only);
        }
        return sets;
    };
    EXPECT_EQ(clustered(3), clustered(0));
}

TEST(Blocking, IsNeverQuadratic) {
    std::vector<Someone> people;
    for (int i = 0; i < 3000; ++i) {
        people.push_back({"Ida", "Holm", "info@agency.example", "", "", "Ribe", "", "crm"});
    }
    const Roster roster(people);
    const Clusters found = roster.clustered();
    EXPECT_LE(found.candidates, 3000U * kWindow * found.blocking.size());
    const auto rule = std::find_if(found.blocking.begin(), found.blocking.end(),
                                   [](const BlockingRule& one) { return one.name == "e-mail"; });
    ASSERT_NE(rule, found.blocking.end());
    EXPECT_EQ(rule->oversize, 1U);
    EXPECT_EQ(rule->left_out + rule->pairs, 3000U * 2999 / 2);
}

}  // namespace
}  // namespace coterie::match
