#include "record/facts.hpp"
#include "record/fields.hpp"

#include <gtest/gtest.h>

#include <random>

namespace coterie::record {
namespace {

TEST(Fields, EveryPathFindsItsField) {
    for (const FieldInfo& field : all_fields()) {
        EXPECT_EQ(field_by_path(field.path), field.id) << field.path;
        EXPECT_FALSE(field.description.empty()) << field.path;
        EXPECT_EQ(field.choices.empty(), field.kind != ValueKind::Choice) << field.path;
    }
    EXPECT_EQ(field_by_path("profiles.handle"), FieldId::ProfileHandle);
    EXPECT_EQ(field_by_path("profiles"), std::nullopt);
    EXPECT_EQ(field_by_path(""), std::nullopt);
}

TEST(Fields, ListsKnowTheirPathsAndFields) {
    EXPECT_EQ(list_path(ListId::Profiles), "profiles");
    EXPECT_EQ(list_path(ListId::Aliases), "name.aliases");
    EXPECT_EQ(list_by_path("relationship.interactions"), ListId::Interactions);
    EXPECT_EQ(list_by_path("name"), std::nullopt);
    EXPECT_TRUE(holds_objects(ListId::Emails));
    EXPECT_FALSE(holds_objects(ListId::Topics));
    EXPECT_FALSE(holds_objects(ListId::None));
    EXPECT_EQ(fields_of(ListId::Emails).size(), 3U);
}

TEST(Fields, ChoicesAreWholeWords) {
    const FieldInfo& role = info(FieldId::EmailRole);
    EXPECT_TRUE(is_choice(role, "booking"));
    EXPECT_TRUE(is_choice(role, "unknown"));
    EXPECT_FALSE(is_choice(role, "book"));
    EXPECT_FALSE(is_choice(role, ""));
    EXPECT_FALSE(is_choice(role, "work|booking"));
}

std::vector<Fact> random_facts(std::mt19937& random) {
    std::vector<Fact> facts(random() % 40);
    for (Fact& fact : facts) {
        fact.field = static_cast<FieldId>(random() % static_cast<unsigned>(FieldId::Count_));
        fact.item = static_cast<std::uint16_t>(random());
        fact.value.resize(random() % 300, static_cast<char>(random()));
        fact.from.resize(random() % 20, static_cast<char>(random()));
    }
    return facts;
}

TEST(Facts, WriteThenReadIsIdentity) {
    for (std::uint32_t seed = 0; seed < 200; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937 random(seed);
        const auto facts = random_facts(random);
        std::string encoded;
        encode_facts(facts, encoded);
        const auto decoded = decode_facts(encoded);
        ASSERT_TRUE(decoded);
        ASSERT_EQ(decoded->size(), facts.size());
        for (std::size_t i = 0; i < facts.size(); ++i) {
            EXPECT_EQ((*decoded)[i],
                      (FactView{facts[i].field, facts[i].item, facts[i].value, facts[i].from}));
        }
    }
}

TEST(Facts, DamagedBytesAreAnErrorAndNoCrash) {
    EXPECT_FALSE(decode_facts(""));
    EXPECT_FALSE(decode_facts("\x07"));
    for (std::uint32_t seed = 0; seed < 500; ++seed) {
        std::mt19937 random(seed);
        std::string encoded;
        encode_facts(random_facts(random), encoded);
        encoded.resize(random() % (encoded.size() + 1));
        if (!encoded.empty()) {
            encoded[random() % encoded.size()] = static_cast<char>(random());
        }
        const auto decoded = decode_facts(encoded);
        if (!decoded) {
            EXPECT_FALSE(decoded.error().message.empty());
        }
    }
}

}  // namespace
}  // namespace coterie::record
