#include "../tests/support/source_dir.hpp"
#include "pipeline/merge/golden.hpp"
#include "pipeline/merge/random_facts_test.hpp"

#include <gtest/gtest.h>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include <cstdio>
#include <fstream>

namespace coterie::merge {
namespace {

using nlohmann::json;
using record::FieldId;

const std::filesystem::path kSourceRoot = test::source_dir();
const std::filesystem::path kSchema = kSourceRoot / "schemas" / "influencer-record.schema.json";

Timestamp day(int n) {
    return Timestamp{std::chrono::days(20'000 + n)};
}

GoldenRecord ida() {
    return {{{3, 1, 2}, {9, 1, 2}},
            {{FieldId::Kind, 0, Rule::Only, 0, "person", "Type"},
             {FieldId::NameDisplay, 0, Rule::Longest, 1, "Ida \"Idé\" Holm", "Navn"},
             {FieldId::EmailAddress, 0, Rule::Union, 0, "ida@example.dk", "Email"},
             {FieldId::EmailAddress, 1, Rule::Union, 1, "ida@work.example", "Mail"},
             {FieldId::EmailOptedOut, 1, Rule::Only, 1, "true", "Nej tak"},
             {FieldId::ProfilePlatform, 0, Rule::Union, 0, "instagram", "IG"},
             {FieldId::ProfileFollowers, 0, Rule::Recent, 1, "12500", "Følgere"},
             {FieldId::ProfileEngagementRate, 0, Rule::Only, 1, "0.045", "ER"},
             {FieldId::AudienceTotalFollowers, 0, Rule::Derived, 1, "12500", "Følgere"},
             {FieldId::Topic, 0, Rule::Union, 0, "food", "Topics"},
             {FieldId::RepresentationAgentName, 0, Rule::Only, 0, "Bo", "Agent"},
             {FieldId::Custom, 0, Rule::Only, 1, "{\"a\":\n1}", "Score/~"}}};
}

std::vector<MemberKey> keys() {
    return {{"crm", "contacts", "7", day(0), day(5), day(2)},
            {"agency", "roster", "x", day(1), day(5), day(3)}};
}

std::string document(const GoldenRecord& golden, const std::vector<MemberKey>& member_keys) {
    std::string out;
    write_json({"inf_abc", 4, day(0), day(5), {"inf_old"}}, golden, member_keys, out);
    return out;
}

TEST(GoldenJson, HoldsEveryValueInTheDesignsOrderWithItsProvenance) {
    EXPECT_EQ(
        document(ida(), keys()),
        R"({"id":"inf_abc","kind":"person","name":{"display":"Ida \"Idé\" Holm"},)"
        R"("emails":[{"address":"ida@example.dk"},{"address":"ida@work.example","opted_out":true}],)"
        R"("profiles":[{"platform":"instagram","followers":12500,"engagement_rate":0.045}],)"
        R"("audience":{"total_followers":12500},"topics":["food"],)"
        R"("representation":{"agent":{"name":"Bo"}},"custom":{"agency":{"Score/~":{"a": 1}}},)"
        R"("sources":[{"source":"crm","stream":"contacts","record_id":"7","first_seen":"2024-10-04T00:00:00Z","last_seen":"2024-10-09T00:00:00Z"},)"
        R"({"source":"agency","stream":"roster","record_id":"x","first_seen":"2024-10-05T00:00:00Z","last_seen":"2024-10-09T00:00:00Z"}],)"
        R"("provenance":{"/kind":{"source":"crm","record_id":"7","field":"Type","rule":"only","seen_at":"2024-10-06T00:00:00Z"},)"
        R"("/name/display":{"source":"agency","record_id":"x","field":"Navn","rule":"longest","seen_at":"2024-10-07T00:00:00Z"},)"
        R"("/emails/0/address":{"source":"crm","record_id":"7","field":"Email","rule":"union","seen_at":"2024-10-06T00:00:00Z"},)"
        R"("/emails/1/address":{"source":"agency","record_id":"x","field":"Mail","rule":"union","seen_at":"2024-10-07T00:00:00Z"},)"
        R"("/emails/1/opted_out":{"source":"agency","record_id":"x","field":"Nej tak","rule":"only","seen_at":"2024-10-07T00:00:00Z"},)"
        R"("/profiles/0/platform":{"source":"crm","record_id":"7","field":"IG","rule":"union","seen_at":"2024-10-06T00:00:00Z"},)"
        R"("/profiles/0/followers":{"source":"agency","record_id":"x","field":"Følgere","rule":"recent","seen_at":"2024-10-07T00:00:00Z"},)"
        R"("/profiles/0/engagement_rate":{"source":"agency","record_id":"x","field":"ER","rule":"only","seen_at":"2024-10-07T00:00:00Z"},)"
        R"("/audience/total_followers":{"source":"agency","record_id":"x","field":"Følgere","rule":"derived","seen_at":"2024-10-07T00:00:00Z"},)"
        R"("/topics/0":{"source":"crm","record_id":"7","field":"Topics","rule":"union","seen_at":"2024-10-06T00:00:00Z"},)"
        R"("/representation/agent/name":{"source":"crm","record_id":"7","field":"Agent","rule":"only","seen_at":"2024-10-06T00:00:00Z"},)"
        R"("/custom/agency/Score~1~0":{"source":"agency","record_id":"x","field":"Score/~","rule":"only","seen_at":"2024-10-07T00:00:00Z"}},)"
        R"("created_at":"2024-10-04T00:00:00Z","updated_at":"2024-10-09T00:00:00Z","revision":4,"former_ids":["inf_old"]})");
}

std::vector<std::string> random_documents(std::uint32_t count) {
    std::vector<std::string> out;
    for (std::uint32_t seed = 0; seed < count; ++seed) {
        const RandomPerson person = FactMaker(seed).person();
        const GoldenRecord golden =
            merge(person.contributions, SurvivorshipRules::defaults(), Tiers{});
        out.push_back(document(golden, keys_of(person, golden)));
    }
    return out;
}

/// Every value of the document, by JSON Pointer, has provenance and nothing else has.
TEST(GoldenJson, EveryPointerOfTheProvenanceLeadsToAValueAndEveryValueHasOne) {
    for (const std::string& text : random_documents(200)) {
        SCOPED_TRACE(text);
        EXPECT_EQ(text.find('\n'), std::string::npos);
        json parsed = json::parse(text);
        const json provenance = parsed.at("provenance");
        for (const char* heading : {"id", "sources", "provenance", "created_at", "updated_at",
                                    "revision", "former_ids"}) {
            parsed.erase(heading);
        }
        for (const auto& [pointer, origin] : provenance.items()) {
            EXPECT_TRUE(parsed.contains(json::json_pointer(pointer))) << pointer;
        }
        json custom = json::object();
        if (parsed.contains("custom")) {
            custom = parsed["custom"];
            parsed.erase("custom");  // its values may be documents themselves
        }
        const json flat = parsed.flatten();
        for (const auto& [pointer, value] : flat.items()) {
            EXPECT_TRUE(provenance.contains(pointer)) << pointer;
            EXPECT_NE(value, "") << pointer;
        }
        for (const auto& [source, fields] : custom.items()) {
            for (const auto& [name, value] : fields.items()) {
                const auto pointer = json::json_pointer("/custom") / source / name;
                EXPECT_TRUE(provenance.contains(pointer.to_string())) << pointer;
            }
        }
    }
}

TEST(GoldenJson, RandomRecordsFollowTheSchema) {
    const json schema_document = json::parse(std::ifstream(kSchema));
    valijson::Schema schema;
    valijson::SchemaParser parser;
    parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(schema_document), schema);
    for (const std::string& text : random_documents(60)) {
        const json parsed = json::parse(text);
        valijson::Validator validator;
        valijson::ValidationResults results;
        const bool is_valid =
            validator.validate(schema, valijson::adapters::NlohmannJsonAdapter(parsed), &results);
        valijson::ValidationResults::Error error;
        results.popError(error);
        EXPECT_TRUE(is_valid) << error.description << "\n" << text;
    }
    json broken = json::parse(random_documents(1).front());
    broken["kind"] = "robot";
    valijson::Validator validator;
    EXPECT_FALSE(
        validator.validate(schema, valijson::adapters::NlohmannJsonAdapter(broken), nullptr));
}

/// The second opinion: another language's validator, which knows the schema's draft.
TEST(GoldenJson, RandomRecordsPassAnIndependentValidator) {
    ASSERT_EQ(std::system("python3 -c 'import jsonschema'"), 0)
        << "python3-jsonschema is not installed: run tools/setup";
    const auto file = std::filesystem::path(testing::TempDir()) / "golden_records.jsonl";
    {
        std::ofstream out(file);
        for (const std::string& text : random_documents(300)) {
            out << text << '\n';
        }
    }
    const std::string command = "python3 '" +
                                (kSourceRoot / "tests/schema/validate_records.py").string() +
                                "' '" + kSchema.string() + "' '" + file.string() + "'";
    EXPECT_EQ(std::system(command.c_str()), 0);
    std::ofstream(file, std::ios::app) << R"({"id":"inf_x","emails":[{"adress":"typo"}]})" << '\n';
    EXPECT_NE(std::system((command + " 2>/dev/null").c_str()), 0) << "it must not accept anything";
    std::filesystem::remove(file);
}

TEST(GoldenEncoding, WriteThenReadIsIdentity) {
    for (std::uint32_t seed = 0; seed < 100; ++seed) {
        const RandomPerson person = FactMaker(seed).person();
        const GoldenRecord golden =
            merge(person.contributions, SurvivorshipRules::defaults(), Tiers{});
        std::string bytes;
        encode(golden, bytes);
        const auto read = decode(bytes);
        ASSERT_TRUE(read) << read.error().message;
        EXPECT_EQ(read->facts, golden.facts);
        std::string again;
        encode(*read, again);
        EXPECT_EQ(again, bytes);
    }
}

TEST(GoldenEncoding, DamagedBytesAreAnErrorOrAnotherRecordNeverACrash) {
    std::string bytes;
    encode(ida(), bytes);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FALSE(decode(std::string_view(bytes).substr(0, size))) << size;
    }
    EXPECT_FALSE(decode(bytes + "x"));
    std::mt19937 random(1);
    for (int i = 0; i < 20'000; ++i) {
        std::string damaged = bytes;
        for (int flips = 1 + static_cast<int>(random() % 3); flips > 0; --flips) {
            damaged[random() % damaged.size()] = static_cast<char>(random());
        }
        if (const auto read = decode(damaged)) {
            for (const GoldenFact& fact : read->facts) {
                ASSERT_LT(fact.member, read->members.size());
                ASSERT_LT(fact.field, FieldId::Count_);
            }
        }
    }
}

TEST(GoldenDifferences, NameWhatCameWhatWentAndWhatChanged) {
    const GoldenRecord before = ida();
    GoldenRecord after = ida();
    after.facts[1].value = "Ida Holm";            // changed
    after.facts[6].value = "13000";               // a field of an item
    after.facts.erase(after.facts.begin() + 10);  // the agent went
    after.facts.erase(after.facts.begin() + 2);   // the first e-mail went: the second moves up
    for (GoldenFact& fact : after.facts) {
        if (fact.field == FieldId::EmailAddress || fact.field == FieldId::EmailOptedOut) {
            fact.item = 0;
        }
    }
    after.facts.push_back({FieldId::Custom, 1, Rule::Only, 0, "2", "Tier"});
    EXPECT_EQ(json::parse(differences(before, after)), json::parse(R"([
                {"path": "/custom/Tier", "before": null, "after": 2},
                {"path": "/name/display", "before": "Ida \"Idé\" Holm", "after": "Ida Holm"},
                {"path": "/representation/agent/name", "before": "Bo", "after": null},
                {"path": "/emails/0/address", "before": "ida@example.dk", "after": null},
                {"path": "/profiles/0/followers", "before": 12500, "after": 13000}])"));
    EXPECT_EQ(differences(before, before), "[]");
}

}  // namespace
}  // namespace coterie::merge
