#include "config/config.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace coterie::config {
namespace {

using nlohmann::json;

const json& schema() {
    static const json manifest = json::parse(R"({
      "type": "object",
      "required": ["path", "token"],
      "additionalProperties": false,
      "properties": {
        "path": {"type": "string", "description": "File or glob to read.", "minLength": 1, "examples": ["search/*.csv"]},
        "token": {"type": "string", "description": "A private app's access token.", "secret": true, "minLength": 4},
        "page_size": {"type": "integer", "minimum": 1, "maximum": 100, "default": 50},
        "ratio": {"type": "number", "exclusiveMinimum": 0},
        "verbose": {"type": "boolean", "default": false},
        "format": {"enum": ["csv", "tsv", 3]},
        "id": {"type": "string", "pattern": "^[a-z]+$"},
        "columns": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 2},
        "since": {"oneOf": [{"type": "integer"}, {"enum": ["start", "now"]}]},
        "files": {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
        "headers": {"type": "object", "additionalProperties": {"type": "string"}},
        "limit": {"type": ["integer", "null"]},
        "beside": {"type": "string", "names": "source"},
        "between": {"type": "array", "items": {"type": "string", "names": "source"}},
        "auth": {"type": "object", "properties": {"user": {"type": "string"}, "password": {"type": "string", "secret": true}, "key": {"type": "string"}},
                 "oneOf": [{"required": ["user", "password"]}, {"required": ["key"]}]},
        "retry": {"type": "object", "required": ["times"], "properties": {"times": {"type": "integer"}, "wait": {"type": "integer", "default": 5}}}
      }
    })");
    return manifest;
}

struct Outcome {
    json value;
    std::string faults;
};

Outcome validate(const std::string& yaml) {
    Node node = parse_yaml(yaml, "c.yaml");
    std::vector<Fault> faults;
    Outcome outcome;
    outcome.value =
        validate_plugin_config(node, schema(), "source 'crm'", faults, {"agency", "manual"});
    for (const Fault& fault : faults) {
        outcome.faults += (outcome.faults.empty() ? "" : "\n") + fault.text();
    }
    return outcome;
}

TEST(PluginConfig, ATextThatNamesASourceMustNameOneThatThereIs) {
    EXPECT_EQ(validate("{path: a, token: abcd, beside: agency, between: [manual, agency]}").faults,
              "");
    EXPECT_EQ(validate("{path: a, token: abcd, beside: agncy}").faults,
              "c.yaml:1:32: 'beside' in source 'crm' is to name a source, and there is no 'agncy'; "
              "did you mean 'agency'? allowed: agency, manual");
    EXPECT_EQ(validate("{path: a, token: abcd, between: [manual, crm]}").faults,
              "c.yaml:1:42: 'between[1]' in source 'crm' is to name a source, and there is no "
              "'crm'; allowed: agency, manual");
}

TEST(PluginConfig, TakesWhatFitsAndFillsInTheDefaults) {
    const auto outcome = validate("path: 2024\ntoken: \"12345\"\ncolumns: [a, 1.10]\nsince: now\n"
                                  "files: x.csv\nheaders: {X-A: b}\nlimit: ~\nratio: 2\n"
                                  "auth: {key: k}\nretry: {times: 3.0}\nformat: 3\n");
    EXPECT_EQ(outcome.faults, "");
    EXPECT_EQ(outcome.value, (json{{"path", "2024"},
                                   {"token", "12345"},
                                   {"page_size", 50},
                                   {"verbose", false},
                                   {"columns", {"a", "1.10"}},
                                   {"since", "now"},
                                   {"files", "x.csv"},
                                   {"headers", {{"X-A", "b"}}},
                                   {"limit", nullptr},
                                   {"ratio", 2},
                                   {"auth", {{"key", "k"}}},
                                   {"retry", {{"times", 3}, {"wait", 5}}},
                                   {"format", 3}}));
}

struct Row {
    std::string name;
    std::string yaml;  ///< beside path and token
    std::string message;
};
std::ostream& operator<<(std::ostream& out, const Row& row) {
    return out << row.name;
}
class WrongPluginConfig : public testing::TestWithParam<Row> {};

TEST_P(WrongPluginConfig, IsToldWithItsPlaceAndWhatIsAllowed) {
    EXPECT_EQ(validate("path: a\ntoken: abcdef\n" + GetParam().yaml).faults, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Table, WrongPluginConfig,
    testing::Values(
        Row{"unknown key", "page_sze: 1\n",
            "c.yaml:3:1: unknown key 'page_sze' in source 'crm'; did you mean 'page_size'? "
            "allowed: "
            "auth, columns, files, format, headers, id, limit, page_size, path, ratio, retry, "
            "since, token, verbose"},
        Row{"unknown key below", "retry: {times: 1, wiat: 2}\n",
            "c.yaml:3:19: unknown key 'wiat' in 'retry' of source 'crm'; did you mean 'wait'? "
            "allowed: times, wait"},
        Row{"range", "page_size: 500\n",
            "c.yaml:3:12: 'page_size' in source 'crm' is '500'; allowed: a whole number from 1 to "
            "100"},
        Row{"type", "page_size: many\nverbose: yes\n",
            "c.yaml:3:12: 'page_size' in source 'crm' is 'many'; allowed: a whole number from 1 to "
            "100\n"
            "c.yaml:4:10: 'verbose' in source 'crm' is 'yes'; allowed: true or false"},
        Row{"quoted number", "page_size: \"5\"\n",
            "c.yaml:3:12: 'page_size' in source 'crm' is the quoted text \"5\"; allowed: a whole "
            "number from 1 to 100"},
        Row{"exclusive limit", "ratio: 0\n",
            "c.yaml:3:8: 'ratio' in source 'crm' is '0'; allowed: a number of at least 0 without "
            "that itself"},
        Row{"enumeration", "format: csw\n",
            "c.yaml:3:9: 'format' in source 'crm' is 'csw'; did you mean 'csv'? allowed: csv, tsv, "
            "3"},
        Row{"pattern", "id: A1\n",
            "c.yaml:3:5: 'id' in source 'crm' is 'A1'; allowed: text that matches ^[a-z]+$"},
        Row{"list item", "columns: [a, [b]]\n",
            "c.yaml:3:14: 'columns[1]' in source 'crm' is a list; allowed: text"},
        Row{"list's length", "columns: [a, b, c]\n",
            "c.yaml:3:10: 'columns' in source 'crm' is a list of 3; allowed: a list from 1 to 2 "
            "items, each text"},
        Row{"one of simple types", "since: later\n",
            "c.yaml:3:8: 'since' in source 'crm' is 'later'; allowed: a whole number, or start, "
            "now"},
        Row{"one of shapes", "files: {a: b}\n",
            "c.yaml:3:8: 'files' in source 'crm' is a map; allowed: text, or a list, each text"},
        Row{"neither form", "auth: {user: u}\n",
            "c.yaml:3:7: 'auth' in source 'crm' fits none of its forms; allowed: 'user, password', "
            "or 'key'"},
        Row{"both forms", "auth: {user: u, password: pppp, key: k}\n",
            "c.yaml:3:7: 'auth' in source 'crm' fits more than one of its forms; allowed: only one "
            "of 'user, password', or 'key'"},
        Row{"missing below", "retry: {wait: 1}\n",
            "c.yaml:3:8: key 'times' is missing in 'retry' of source 'crm'; allowed: a whole "
            "number"}));

TEST(PluginConfig, MissingKeysAreToldAtTheConfigsPlaceWithTheirDescription) {
    EXPECT_EQ(validate("page_size: 1\npath:\n").faults,
              "c.yaml:1:1: key 'path' is missing in source 'crm': File or glob to read; allowed: "
              "text of at least 1 characters, such as search/*.csv\n"
              "c.yaml:1:1: key 'token' is missing in source 'crm': A private app's access token; "
              "allowed: text of at least 4 characters, best as \"${env:NAME}\"");
    Node nothing;
    nothing.place = {"c.yaml", 7, 3};
    std::vector<Fault> faults;
    validate_plugin_config(nothing, schema(), "source 'crm'", faults);
    ASSERT_EQ(faults.size(), 2U);
    EXPECT_EQ(faults[0].place, nothing.place);
}

TEST(PluginConfig, NeverShowsASecret) {
    ::setenv("COTERIE_TEST_SECRET", "hunter2", 1);
    const auto outcome =
        validate("path: a\ntoken: hun\npage_size: \"${env:COTERIE_TEST_SECRET}\"\n"
                 "format: ${env:COTERIE_TEST_SECRET}\nid: \"${env:COTERIE_TEST_SECRET}\"\n");
    EXPECT_EQ(outcome.faults.find("hun"), std::string::npos) << outcome.faults;
    EXPECT_NE(outcome.faults.find("c.yaml:2:8: 'token' in source 'crm' is a secret, not shown"),
              std::string::npos)
        << outcome.faults;
    ::unsetenv("COTERIE_TEST_SECRET");
}

TEST(PluginConfig, AQuotedSecretMayStillBeANumber) {
    ::setenv("COTERIE_TEST_PAGE", "7", 1);
    const auto outcome =
        validate("{path: a, token: abcd, page_size: \"${env:COTERIE_TEST_PAGE}\"}");
    EXPECT_EQ(outcome.faults, "");
    EXPECT_EQ(outcome.value.at("page_size"), 7);
    ::unsetenv("COTERIE_TEST_PAGE");
}

TEST(PluginSchema, TellsWhatTheCheckCouldNotHoldAConfigTo) {
    EXPECT_TRUE(plugin_schema_faults(schema()).empty());
    const json unfit = {
        {"properties",
         {{"a", {{"allOf", json::array()}, {"type", "string"}}}, {"b", {{"pattern", "(?=x)"}}}}}};
    const auto faults = plugin_schema_faults(unfit);
    ASSERT_EQ(faults.size(), 2U);
    EXPECT_TRUE(faults[0].starts_with("keyword 'allOf' at /properties/a is not checked"));
    EXPECT_TRUE(faults[1].starts_with("pattern at /properties/b is no RE2 expression"));
}

}  // namespace
}  // namespace coterie::config
