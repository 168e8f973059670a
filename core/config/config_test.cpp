#include "../tests/support/source_dir.hpp"
#include "config/config.hpp"
#include "config/config_keys.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>

namespace coterie::config {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const fs::path kRoot = test::source_dir();

Config config_of(const std::string& text) {
    return from_node(parse_yaml(text, "c.yaml"), "/workspace/c.yaml");
}

std::string complaint(const std::string& text) {
    try {
        config_of(text);
        return "";
    } catch (const ConfigError& error) {
        return error.what();
    }
}

constexpr const char* kGood = R"(version: 1
store: sqlite:data/coterie.db
defaults: {country: DK, timezone: Europe/Copenhagen, currency: DKK, dates: day_first, decimal: comma}
plugins: {path: [plugins, /opt/plugins]}
sources:
  crm:
    connector: jsonl
    config: {path: crm.jsonl}
    trust: 0.9
    isolation: in_process
    limits: {memory_mb: 512, file_mb: 10, record_mb: 1, silence_seconds: 30, total_seconds: 60}
    brake: {share: 0.5, records: 100}
    lawful_basis: explicit_consent
    country: SE
    timezone: Europe/Stockholm
    currency: SEK
    dates: month_first
    decimal: point
    enabled: false
    mapping: {name.display: Navn}
  2nd-agency: {connector: delimited}
destinations:
  everyone: {connector: xlsx, config: {path: roster.xlsx}}
schedule: {cron: "*/15 2-4 1,15 jan-mar mon", timezone: Europe/Copenhagen}
merge:
  fields: {name.display: [trust, longest], "profiles[].followers": recent}
  tiers: {micro: 5000, mid: 25000}
match: {shared_names_max: 5}
ids: {key: a-long-enough-key}
performance: {threads: 2}
)";

TEST(Config, ReadsEveryKey) {
    const Config config = config_of(kGood);
    EXPECT_EQ(config.workspace, "/workspace");
    EXPECT_EQ(config.store, "sqlite:/workspace/data/coterie.db");
    EXPECT_EQ(config.defaults.country, "DK");
    EXPECT_EQ(config.defaults.timezone, "Europe/Copenhagen");
    EXPECT_EQ(config.defaults.currency, "DKK");
    EXPECT_EQ(config.defaults.decimal, "comma");
    EXPECT_EQ(config.plugin_paths, (std::vector<fs::path>{"/workspace/plugins", "/opt/plugins"}));
    ASSERT_EQ(config.sources.size(), 2U);
    const Source& crm = config.sources[0];
    EXPECT_EQ(crm.name, "crm");
    EXPECT_EQ(crm.place, (Place{"c.yaml", 6, 3}));
    EXPECT_EQ(crm.connector, "jsonl");
    EXPECT_EQ(crm.connector_place, (Place{"c.yaml", 7, 16}));
    EXPECT_EQ(crm.connector_config.place, (Place{"c.yaml", 8, 5}));
    EXPECT_EQ(crm.connector_config.to_json(), (json{{"path", "crm.jsonl"}}));
    EXPECT_EQ(crm.trust, 0.9);
    EXPECT_TRUE(crm.in_process);
    EXPECT_EQ(crm.limits.memory_mb, 512U);
    EXPECT_EQ(crm.limits.file_mb, 10U);
    EXPECT_EQ(crm.limits.record_mb, 1U);
    EXPECT_EQ(crm.limits.silence, std::chrono::seconds{30});
    EXPECT_EQ(crm.limits.total, std::chrono::seconds{60});
    EXPECT_EQ(crm.brake.share, 0.5);
    EXPECT_EQ(crm.brake.records, 100U);
    EXPECT_EQ(crm.lawful_basis, "explicit_consent");
    EXPECT_EQ(crm.country, "SE");
    EXPECT_EQ(crm.timezone, "Europe/Stockholm");
    EXPECT_EQ(crm.currency, "SEK");
    EXPECT_EQ(crm.dates, "month_first");
    EXPECT_EQ(crm.decimal, "point");
    EXPECT_FALSE(crm.enabled);
    EXPECT_TRUE(crm.mapping.is_map());
    EXPECT_EQ(config.sources[1].name, "2nd-agency");
    ASSERT_EQ(config.destinations.size(), 1U);
    EXPECT_EQ(config.destinations[0].connector, "xlsx");
    EXPECT_EQ(config.schedule.find("cron")->scalar, "*/15 2-4 1,15 jan-mar mon");
    EXPECT_EQ(config.survivorship.at("name.display"),
              (std::vector<std::string>{"trust", "longest"}));
    EXPECT_EQ(config.survivorship.at("profiles[].followers"), std::vector<std::string>{"recent"});
    EXPECT_EQ(config.tiers, (std::map<std::string, std::int64_t>{{"micro", 5000}, {"mid", 25000}}));
    EXPECT_EQ(config.shared_names_max, 5U);
    EXPECT_EQ(config.id_key, "a-long-enough-key");
    EXPECT_EQ(config.secrets, std::vector<std::string>{"a-long-enough-key"});
    EXPECT_EQ(config.threads, 2U);
}

TEST(Config, NeedsNothingButItsVersion) {
    const Config config = config_of("version: 1\nsources:\ndefaults:\n");
    EXPECT_EQ(config.store, "sqlite:/workspace/coterie.db");
    EXPECT_TRUE(config.sources.empty());
    EXPECT_EQ(config.defaults.dates, "day_first");
}

TEST(Config, AQuotedSecretMayStillBeANumber) {
    ::setenv("COTERIE_TEST_TRUST", "0.75", 1);
    const Config config = config_of("version: 1\nsources: {a: {connector: jsonl, trust: "
                                    "\"${env:COTERIE_TEST_TRUST}\"}}\n");
    EXPECT_EQ(config.sources.at(0).trust, 0.75);
    EXPECT_EQ(config.secrets, std::vector<std::string>{"0.75"});
    ::unsetenv("COTERIE_TEST_TRUST");
}

struct BadConfig {
    std::string name;
    std::string text;  ///< below "version: 1"
    std::string message;
};
std::ostream& operator<<(std::ostream& out, const BadConfig& row) {
    return out << row.name;
}
class WrongConfig : public testing::TestWithParam<BadConfig> {};

TEST_P(WrongConfig, IsToldWithItsPlaceAndWhatIsAllowed) {
    EXPECT_EQ(complaint("version: 1\n" + GetParam().text), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Table, WrongConfig,
    testing::Values(
        BadConfig{
            "unknown key at the top", "sorces: {}\n",
            "c.yaml:2:1: unknown key 'sorces' in the config; did you mean 'sources'? allowed: "
            "version, include, store, defaults, plugins, sources, destinations, schedule, "
            "merge, match, ids, performance"},
        BadConfig{"unknown key of a source",
                  "sources:\n  crm:\n    connector: jsonl\n    trsut: 1\n",
                  "c.yaml:5:5: unknown key 'trsut' in source 'crm'; did you mean 'trust'? allowed: "
                  "connector, config, mapping, trust, isolation, limits, brake, lawful_basis, "
                  "country, timezone, currency, dates, decimal, enabled"},
        BadConfig{"no connector", "sources:\n  crm: {trust: 1}\n",
                  "c.yaml:3:8: source 'crm' has no connector; allowed: connector: NAME, where "
                  "'coterie connectors' lists the names of each source"},
        BadConfig{"empty source", "sources:\n  crm:\n",
                  "c.yaml:3:3: source 'crm' has no connector; allowed: connector: NAME, where "
                  "'coterie connectors' lists the names of each source"},
        BadConfig{"source is text", "sources:\n  crm: jsonl\n",
                  "c.yaml:3:8: source 'crm' is 'jsonl'; allowed: a map with the keys connector, "
                  "config, mapping, trust, isolation, limits, brake, lawful_basis, country, "
                  "timezone, currency, dates, decimal, enabled"},
        BadConfig{"sources is a list", "sources: [crm]\n",
                  "c.yaml:2:10: 'sources' is a list; allowed: a map from a name to what it is, as "
                  "in 'crm: {connector: NAME}'"},
        BadConfig{"name", "sources: {CRM: {connector: jsonl}}\n",
                  "c.yaml:2:11: name 'CRM' of a source does not fit; allowed: at most 64 of a-z, "
                  "0-9, _ and -, a letter or digit first"},
        BadConfig{"connector's name", "destinations: {a: {connector: My Plugin}}\n",
                  "c.yaml:2:31: 'connector' in destination 'a' is 'My Plugin'; allowed: a "
                  "connector's name (a-z, 0-9, _ and -); 'coterie connectors' lists them"},
        BadConfig{"config is text", "sources: {a: {connector: jsonl, config: x.csv}}\n",
                  "c.yaml:2:41: 'config' in source 'a' is 'x.csv'; allowed: a map of the "
                  "connector's own keys"},
        BadConfig{"trust too high", "sources: {a: {connector: jsonl, trust: 90}}\n",
                  "c.yaml:2:40: 'trust' in source 'a' is '90'; allowed: a number from 0 to 1"},
        BadConfig{
            "quoted number", "sources: {a: {connector: jsonl, trust: \"0.9\"}}\n",
            "c.yaml:2:40: 'trust' in source 'a' is the quoted text \"0.9\"; allowed: a number "
            "from 0 to 1"},
        BadConfig{"isolation", "sources: {a: {connector: jsonl, isolation: proces}}\n",
                  "c.yaml:2:44: 'isolation' in source 'a' is 'proces'; did you mean 'process'? "
                  "allowed: process, in_process"},
        BadConfig{"enabled", "sources: {a: {connector: jsonl, enabled: yes}}\n",
                  "c.yaml:2:42: 'enabled' in source 'a' is 'yes'; allowed: true or false"},
        BadConfig{"limit", "sources: {a: {connector: jsonl, limits: {memory_mb: 1.5}}}\n",
                  "c.yaml:2:53: 'memory_mb' in 'limits' of source 'a' is '1.5'; allowed: a whole "
                  "number from 1 to 1048576"},
        BadConfig{
            "brake", "sources: {a: {connector: jsonl, brake: {share: 20%}}}\n",
            "c.yaml:2:48: 'share' in 'brake' of source 'a' is '20%'; allowed: a number from 0 "
            "to 1"},
        BadConfig{"lawful basis",
                  "sources: {a: {connector: jsonl, lawful_basis: explicit-consent}}\n",
                  "c.yaml:2:47: 'lawful_basis' in source 'a' is 'explicit-consent'; did you mean "
                  "'explicit_consent'? allowed: consent, contract, legal_obligation, "
                  "vital_interests, public_task, legitimate_interests, explicit_consent, "
                  "not_for_profit_body, manifestly_public, substantial_public_interest"},
        BadConfig{"country in small letters", "defaults: {country: dk}\n",
                  "c.yaml:2:21: 'country' in 'defaults' is 'dk'; did you mean 'DK'? allowed: a "
                  "country's two capital letters by ISO 3166-1, such as DK"},
        BadConfig{"country", "defaults: {country: Danmark}\n",
                  "c.yaml:2:21: 'country' in 'defaults' is 'Danmark'; allowed: a country's two "
                  "capital letters by ISO 3166-1, such as DK"},
        BadConfig{"time zone", "defaults: {timezone: Europe/Copenhagn}\n",
                  "c.yaml:2:22: 'timezone' in 'defaults' is 'Europe/Copenhagn'; did you mean "
                  "'Europe/Copenhagen'? allowed: a time zone of the IANA database, such as "
                  "Europe/Copenhagen"},
        BadConfig{"currency", "defaults: {currency: kr}\n",
                  "c.yaml:2:22: 'currency' in 'defaults' is 'kr'; allowed: a currency's three "
                  "capital letters by ISO 4217, such as DKK"},
        BadConfig{"PostgreSQL", "store: postgresql://me:hunter2@db/coterie\n",
                  "c.yaml:2:8: a PostgreSQL store is planned, but this version cannot use one yet; "
                  "allowed: sqlite:PATH, such as sqlite:coterie.db"},
        BadConfig{"unknown store", "store: mysql://me:hunter2@db/coterie\n",
                  "c.yaml:2:8: 'store' does not begin with a kind of store that is known; allowed: "
                  "sqlite:PATH, such as sqlite:coterie.db"},
        BadConfig{"store without a file", "store: \"sqlite:\"\n",
                  "c.yaml:2:8: 'store' names no file; allowed: sqlite:PATH, such as "
                  "sqlite:coterie.db"},
        BadConfig{"plugin path", "plugins: {path: [[a]]}\n",
                  "c.yaml:2:18: 'path' in 'plugins' is a list; allowed: a folder, or a list of "
                  "folders"},
        BadConfig{
            "cron", "schedule: {cron: \"30 25 * * *\"}\n",
            "c.yaml:2:18: 'cron' in 'schedule' is the quoted text \"30 25 * * *\"; allowed: "
            "minute, hour, day, month and weekday, as in \"30 2 * * *\" for 2.30 every night"},
        BadConfig{
            "cron step", "schedule: {cron: \"*/0 * * * *\"}\n",
            "c.yaml:2:18: 'cron' in 'schedule' is the quoted text \"*/0 * * * *\"; allowed: "
            "minute, hour, day, month and weekday, as in \"30 2 * * *\" for 2.30 every night"},
        BadConfig{"no cron", "schedule: {timezone: Europe/Oslo}\n",
                  "c.yaml:2:11: 'schedule' has no 'cron'; allowed: minute, hour, day, month and "
                  "weekday, as in \"30 2 * * *\" for 2.30 every night"},
        BadConfig{
            "survivorship rule", "merge: {fields: {name.display: [trust, newest]}}\n",
            "c.yaml:2:40: 'name.display' in 'merge.fields' is 'newest'; allowed: only, trust, "
            "recent, frequent, longest, max, min, union, strictest"},
        BadConfig{"field of the record", "merge: {fields: {name.dispaly: trust}}\n",
                  "c.yaml:2:18: unknown field 'name.dispaly' in 'merge.fields'; did you mean "
                  "'name.display'? allowed: a field of the influencer record, such as name.display "
                  "or profiles[].followers"},
        BadConfig{"field of the source", "merge: {fields: {source.belongs_to: trust}}\n",
                  "c.yaml:2:18: unknown field 'source.belongs_to' in 'merge.fields'; allowed: a "
                  "field of the influencer record, such as name.display or profiles[].followers"},
        BadConfig{"tiers do not rise", "merge: {tiers: {micro: 5000, mid: 5000}}\n",
                  "c.yaml:2:35: tier 'mid' begins at 5000, which is not above 'micro' at 5000; "
                  "allowed: micro < mid < macro < mega"},
        BadConfig{"tier above the next default", "merge: {tiers: {micro: 60000}}\n",
                  "c.yaml:2:17: tier 'micro' begins at 60000, but 'mid' at 50000 by default; "
                  "allowed: each tier above the one before, so give 'mid' too"},
        BadConfig{"a probability", "match: {link_probability: 0.5,\n  review_probability: 0.7}\n",
                  "c.yaml:3:3: 'review_probability' in 'match' is above 'link_probability'; "
                  "allowed: at most as much: who is linked is not asked about"},
        BadConfig{"shared names", "match: {shared_names_max: 0}\n",
                  "c.yaml:2:27: 'shared_names_max' in 'match' is '0'; allowed: a whole number from "
                  "1 to 1000000"},
        BadConfig{"short id key", "ids: {key: hunter2}\n",
                  "c.yaml:2:12: 'key' in 'ids' is too short; allowed: at least 8 characters that "
                  "others cannot guess"},
        BadConfig{"threads", "performance: {threads: -1}\n",
                  "c.yaml:2:24: 'threads' in 'performance' is '-1'; allowed: a whole number from 0 "
                  "to 1024"},
        BadConfig{
            "three faults, by their places",
            "performance: {threads: all}\nsources:\n  a: {connector: jsonl, trust: 2}\n"
            "match: 3\n",
            "c.yaml:2:24: 'threads' in 'performance' is 'all'; allowed: a whole number from 0 "
            "to 1024\n"
            "c.yaml:4:32: 'trust' in source 'a' is '2'; allowed: a number from 0 to 1\n"
            "c.yaml:5:8: 'match' is '3'; allowed: a map with the keys link_probability, "
            "review_probability, shared_names_max"}));

TEST(Config, TheVersionIsRequiredAndANewerOneIsRefusedWithASentence) {
    EXPECT_EQ(complaint("store: sqlite:a.db\n"),
              "c.yaml:1:1: key 'version' is missing; allowed: version: 1");
    EXPECT_EQ(complaint(""), "c.yaml:1:1: key 'version' is missing; allowed: version: 1");
    EXPECT_EQ(complaint("version: 2\n"),
              "c.yaml:1:10: version 2 of the config format is newer than this Coterie; allowed: "
              "version: 1, or update Coterie");
    EXPECT_EQ(complaint("version: one\n"),
              "c.yaml:1:10: 'version' in the config is 'one'; allowed: 1");
    EXPECT_EQ(complaint("- 1\n").substr(0, 33), "c.yaml:1:1: the config is a list;");
}

TEST(Config, ASecretThatDoesNotFitIsNotShown) {
    ::setenv("COTERIE_TEST_SECRET", "hunter2-hunter2", 1);
    const std::string secret = "\"${env:COTERIE_TEST_SECRET}\"";
    for (const std::string& text :
         {"store: " + secret, "defaults: {country: " + secret + ", timezone: " + secret + "}",
          "sources: {a: {connector: " + secret + ", trust: " + secret + ", isolation: " + secret +
              ", config: " + secret + "}}",
          "schedule: {cron: " + secret + "}", "match: " + secret, secret}) {
        const std::string message = complaint("version: 1\n" + text + "\n");
        EXPECT_NE(message, "");
        EXPECT_EQ(message.find("hunter2"), std::string::npos) << message;
    }
    ::unsetenv("COTERIE_TEST_SECRET");
}

// ---- files -------------------------------------------------------------------------------------

class ConfigFiles : public testing::Test {
  protected:
    void SetUp() override {
        const auto* test = testing::UnitTest::GetInstance()->current_test_info();
        folder_ = fs::path(testing::TempDir()) / fmt::format("coterie-config-{}", test->name());
        fs::remove_all(folder_);
        fs::create_directories(folder_);
    }
    void TearDown() override { fs::remove_all(folder_); }
    fs::path write(const std::string& name, const std::string& text) {
        std::ofstream(folder_ / name, std::ios::binary) << text;
        return folder_ / name;
    }
    fs::path folder_;
};

TEST_F(ConfigFiles, FaultsOfTheFileAndOfItsValuesAreToldAtOnce) {
    const auto file = write("c.yaml", "version: 1\nstore: ${env:COTERIE_TEST_UNSET}\n"
                                      "match: {shared_names_max: many}\nmatch: {}\n");
    try {
        load(file);
        FAIL() << "loads";
    } catch (const ConfigError& error) {
        ASSERT_EQ(error.faults().size(), 3U);
        EXPECT_EQ(error.faults()[0].place.line, 2);
        EXPECT_EQ(error.faults()[1].place.line, 3);
        EXPECT_EQ(error.faults()[2].place.line, 4);
    }
}

TEST_F(ConfigFiles, TheWorkspaceIsTheFolderOfTheFileAlsoForIncludes) {
    fs::create_directory(folder_ / "sub");
    write("sub/common.yaml", "version: 1\nstore: sqlite:x.db\n");
    const Config config = load(write("c.yaml", "include: sub/common.yaml\n"));
    EXPECT_EQ(config.workspace, folder_);
    EXPECT_EQ(config.store, "sqlite:" + (folder_ / "x.db").string());
}

TEST_F(ConfigFiles, TheStarterLoadsAndTellsEditorsItsSchema) {
    const std::string text = starter_config("schemas/config.schema.json");
    EXPECT_TRUE(text.starts_with("# yaml-language-server: $schema=schemas/config.schema.json\n"));
    const Config config = load(write("coterie.yaml", text));
    EXPECT_EQ(config.sources.size(), 2U);
}

TEST_F(ConfigFiles, TheStarterLoadsWithItsCommentsTakenAway) {
    // A line "# key: …" of the starter is an example that a person uncomments, so it must be right.
    ::setenv("HUBSPOT_TOKEN", "token-of-a-test", 1);
    std::istringstream lines(starter_config("x"));
    std::string text;
    for (std::string line; std::getline(lines, line);) {
        const std::size_t hash = line.find("# ");
        const bool is_example =
            hash != std::string::npos && line.find_first_not_of(' ') == hash &&
            (line.find(": ") != std::string::npos || line.ends_with(':')) &&
            std::islower(static_cast<unsigned char>(line[line.find_first_not_of(' ', hash + 1)])) !=
                0 &&
            line.find("$schema") == std::string::npos &&
            line.find("code, a time") == std::string::npos;
        text += (is_example ? line.erase(hash, 2) : line) + "\n";
    }
    const Config config = load(write("coterie.yaml", text));
    EXPECT_EQ(config.sources.size(), 3U);
    EXPECT_EQ(config.destinations.size(), 1U);
    EXPECT_TRUE(config.schedule.is_map());
    EXPECT_TRUE(config.sources[1].mapping.is_map());
    ::unsetenv("HUBSPOT_TOKEN");
}

// ---- the schema that editors read
// ----------------------------------------------------------------

json config_schema() {
    std::ifstream file(kRoot / "schemas/config.schema.json");
    return json::parse(file);
}

keys::Keys sorted(keys::Keys list) {
    std::sort(list.begin(), list.end());
    return list;
}

keys::Keys words_of(const json& list) {
    return sorted(list.get<keys::Keys>());
}

TEST(ConfigSchema, KnowsTheLoadersKeysAndNoOthers) {
    const json schema = config_schema();
    const auto expect_keys = [&](const std::string& pointer, const keys::Keys& known) {
        SCOPED_TRACE(pointer);
        const json& section = schema.at(json::json_pointer(pointer));
        keys::Keys found;
        for (const auto& property : section.at("properties").items()) {
            found.push_back(property.key());
        }
        EXPECT_EQ(sorted(found), sorted(known));
        EXPECT_EQ(section.at("additionalProperties"), false);
    };
    expect_keys("", keys::kTop);
    expect_keys("/properties/defaults", keys::kDefaults);
    expect_keys("/properties/plugins", keys::kPlugins);
    expect_keys("/definitions/source", keys::kSource);
    expect_keys("/definitions/source/properties/limits", keys::kLimits);
    expect_keys("/definitions/source/properties/brake", keys::kBrake);
    expect_keys("/definitions/destination", keys::kDestination);
    expect_keys("/properties/schedule", keys::kSchedule);
    expect_keys("/properties/merge", keys::kMerge);
    expect_keys("/properties/merge/properties/tiers", keys::kTiers);
    expect_keys("/properties/match", keys::kMatch);
    expect_keys("/properties/ids", keys::kIds);
    expect_keys("/properties/performance", keys::kPerformance);
}

TEST(ConfigSchema, KnowsTheLoadersWordsAndDefaults) {
    const json schema = config_schema();
    const auto at = [&](const std::string& pointer) {
        return schema.at(json::json_pointer(pointer));
    };
    const std::string source = "/definitions/source/properties/";
    EXPECT_EQ(words_of(at(source + "dates/enum")), sorted(keys::kDates));
    EXPECT_EQ(words_of(at(source + "decimal/enum")), sorted(keys::kDecimal));
    EXPECT_EQ(words_of(at(source + "isolation/enum")), sorted(keys::kIsolation));
    EXPECT_EQ(words_of(at(source + "lawful_basis/enum")), sorted(keys::kLawfulBases));
    EXPECT_EQ(words_of(at("/definitions/rule/enum")), sorted(keys::kRules));
    const Source defaults;
    EXPECT_EQ(at(source + "trust/default"), defaults.trust);
    EXPECT_EQ(at(source + "enabled/default"), defaults.enabled);
    EXPECT_EQ(at(source + "brake/properties/share/default"), defaults.brake.share);
    EXPECT_EQ(at(source + "brake/properties/records/default"), defaults.brake.records);
    const std::string limits = source + "limits/properties/";
    EXPECT_EQ(at(limits + "memory_mb/default"), defaults.limits.memory_mb);
    EXPECT_EQ(at(limits + "file_mb/default"), defaults.limits.file_mb);
    EXPECT_EQ(at(limits + "record_mb/default"), defaults.limits.record_mb);
    EXPECT_EQ(at(limits + "silence_seconds/default"), defaults.limits.silence.count());
    EXPECT_EQ(at(limits + "total_seconds/default"), defaults.limits.total.count());
    EXPECT_EQ(at("/properties/match/properties/shared_names_max/default"),
              Config{}.shared_names_max);
    EXPECT_EQ(at("/properties/match/properties/link_probability/default"),
              Config{}.link_probability);
    EXPECT_EQ(at("/properties/match/properties/review_probability/default"),
              Config{}.review_probability);
    EXPECT_EQ(at("/properties/defaults/properties/dates/default"), Defaults{}.dates);
    EXPECT_EQ(at("/properties/performance/properties/threads/default"), Config{}.threads);
    EXPECT_EQ("/workspace/" + at("/properties/store/default").get<std::string>().substr(7),
              config_of("version: 1\n").store.substr(7));
}

void expect_described(const json& schema, const std::string& pointer) {
    if (schema.contains("properties")) {
        for (const auto& [key, property] : schema["properties"].items()) {
            const std::string at = pointer + "/" + key;
            EXPECT_TRUE(property.contains("description") || property.contains("$ref")) << at;
            EXPECT_TRUE(property.contains("examples") || property.contains("$ref")) << at;
            expect_described(property, at);
        }
    }
}

TEST(ConfigSchema, DescribesEachKeyWithAnExample) {
    const json schema = config_schema();
    expect_described(schema, "");
    expect_described(schema.at("definitions").at("source"), "source");
    expect_described(schema.at("definitions").at("destination"), "destination");
}

TEST(ConfigSchema, ItsExamplesLoad) {
    ::setenv("COTERIE_ID_KEY", "a-long-enough-key", 1);
    const json schema = config_schema();
    for (const auto& [key, property] : schema.at("properties").items()) {
        if (key == "version" || key == "include") {
            continue;
        }
        for (const json& example : property.at("examples")) {
            SCOPED_TRACE(key + ": " + example.dump());
            EXPECT_EQ(complaint(json{{"version", 1}, {key, example}}.dump()), "");
        }
    }
    for (const auto& [key, property] :
         schema.at("/definitions/source/properties"_json_pointer).items()) {
        for (const json& example : property.at("examples")) {
            json source = {{"connector", "jsonl"}};
            source[key] = example;
            SCOPED_TRACE(source.dump());
            EXPECT_EQ(complaint(json{{"version", 1}, {"sources", {{"a", source}}}}.dump()), "");
        }
    }
    ::unsetenv("COTERIE_ID_KEY");
}

// ---- property
// ------------------------------------------------------------------------------------

std::string mutated(std::string text, std::mt19937& random) {
    const auto below = [&](std::size_t n) { return random() % n; };
    static const std::vector<std::string> kPieces = {
        "\n",  "  ", "\t", ": ", "- ", "[",   "]", "{",  "}", "\"",  "'",         "&a ", "*a",
        "!t ", "#",  "|",  ">",  "? ", "<<",  "~", "\0", "%", "@",   "\xFF",      "æ",   "---\n",
        "...", "${", "}",  "1",  "-1", "1e9", ".", ",",  "/", "$${", "include: ", "null"};
    const std::size_t edits = 1 + below(3);
    for (std::size_t i = 0; i < edits && !text.empty(); ++i) {
        const std::size_t at = below(text.size());
        switch (below(4)) {
        case 0:
            text.erase(at, 1 + below(20));
            break;
        case 1:
            text.insert(at, kPieces[below(kPieces.size())]);
            break;
        case 2:
            text.insert(at, text.substr(below(text.size()), below(60)));
            break;
        default:
            text[at] = static_cast<char>(below(256));
        }
    }
    return text;
}

TEST(Config, AnyMutationOfAGoodConfigLoadsOrIsToldAsConfigError) {
    std::size_t loaded = 0;
    std::size_t refused = 0;
    for (std::uint32_t seed = 0; seed < 5000; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937 random{seed};
        const std::string text = mutated(kGood, random);
        try {
            config_of(text);
            ++loaded;
        } catch (const ConfigError& error) {
            ++refused;
            ASSERT_FALSE(error.faults().empty());
            for (const Fault& fault : error.faults()) {
                EXPECT_GT(fault.place.line, 0) << fault.text();
                EXPECT_GT(fault.place.column, 0) << fault.text();
                EXPECT_NE(fault.message.find("allowed: "), std::string::npos) << fault.text();
            }
        }
    }
    EXPECT_GT(loaded, 100U);
    EXPECT_GT(refused, 100U);
}

}  // namespace
}  // namespace coterie::config
