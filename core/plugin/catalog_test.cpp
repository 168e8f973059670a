#include "plugin/catalog.hpp"
#include "plugin/schema_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace coterie::plugin {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

nlohmann::json manifest_of(const std::string& name) {
    return {{"name", name},
            {"version", "1.2.3"},
            {"title", "A title"},
            {"description", "Reads things."},
            {"kinds", {"source"}},
            {"streams", {{{"name", "contacts"}, {"description", "One contact."}}}},
            {"hosts", {"api.example.org"}},
            {"config_schema",
             {{"type", "object"},
              {"additionalProperties", false},
              {"required", {"path"}},
              {"properties",
               {{"path", {{"type", "string"}, {"description", "Where the file is."}}},
                {"page_size",
                 {{"type", "integer"}, {"description", "Records a page."}, {"minimum", 1}}}}}}}};
}

/// A folder of plugin folders, gone at the test's end.
class CatalogTest : public testing::Test {
  protected:
    CatalogTest() {
        std::string name = (fs::temp_directory_path() / "coterie_catalog_XXXXXX").string();
        root_ = ::mkdtemp(name.data());
    }
    ~CatalogTest() override { fs::remove_all(root_); }

    fs::path add(const fs::path& where, const std::string& manifest) {
        const auto folder = root_ / where;
        const auto name = where.filename().string();
        fs::create_directories(folder);
        std::ofstream(folder / "manifest.json") << manifest;
        std::ofstream(folder / (name + ".so")) << "no library";
        for (const auto& path : {folder, folder / "manifest.json", folder / (name + ".so")}) {
            fs::permissions(path, fs::perms::group_write | fs::perms::others_write,
                            fs::perm_options::remove);
        }
        return folder;
    }

    fs::path root_;
};

TEST_F(CatalogTest, ReadsEverythingThatAManifestSays) {
    const auto folder = add("jsonl", manifest_of("jsonl").dump());
    const auto catalog = Catalog::discover({root_});
    ASSERT_THAT(catalog.faults(), IsEmpty());
    const auto found = catalog.find("jsonl");
    ASSERT_TRUE(found) << found.error().message;
    const auto& manifest = (*found)->manifest;
    EXPECT_EQ(manifest.version, "1.2.3");
    EXPECT_TRUE(manifest.is_source());
    EXPECT_THAT(manifest.hosts, ElementsAre("api.example.org"));
    ASSERT_EQ(manifest.streams.size(), 1U);
    EXPECT_EQ(manifest.streams[0].name, "contacts");
    EXPECT_FALSE(manifest.streams[0].incremental);
    EXPECT_EQ((*found)->library, folder / "jsonl.so");
    EXPECT_TRUE((*found)->default_mapping.empty());
}

TEST_F(CatalogTest, AnUnknownNameComesWithTheNearestAndEveryFolderTried) {
    add("delimited", manifest_of("delimited").dump());
    const auto catalog = Catalog::discover({root_, "/nowhere/at/all"});
    const auto found = catalog.find("delimted");
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().kind, ErrorKind::Config);
    EXPECT_EQ(found.error().message, "no usable plugin 'delimted' is installed; did you mean "
                                     "'delimited'?; looked in '" +
                                         root_.string() + "', '/nowhere/at/all' (no such folder)");
}

TEST_F(CatalogTest, FilesThatOthersCanWriteToAreRefused) {
    const auto folder = add("open", manifest_of("open").dump());
    fs::permissions(folder / "open.so", fs::perms::group_write, fs::perm_options::add);
    const auto catalog = Catalog::discover({root_});
    ASSERT_EQ(catalog.faults().size(), 1U);
    EXPECT_THAT(catalog.faults()[0].message, HasSubstr("chmod go-w"));
    EXPECT_THAT(catalog.find("open").error().message, HasSubstr("chmod go-w"));
}

TEST_F(CatalogTest, FaultyManifestsAreNamedWithThePlace) {
    add("broken", "{");
    auto misspelt = manifest_of("misspelt");
    misspelt["verzion"] = "1";
    add("misspelt", misspelt.dump());
    auto versionless = manifest_of("versionless");
    versionless["version"] = "one";
    add("versionless", versionless.dump());
    auto other = manifest_of("other_name");
    add("othername", other.dump());
    const auto catalog = Catalog::discover({root_});
    EXPECT_THAT(catalog.all(), IsEmpty());
    ASSERT_EQ(catalog.faults().size(), 4U);
    EXPECT_THAT(catalog.faults()[0].message, HasSubstr("is no JSON"));
    EXPECT_THAT(catalog.faults()[1].message,
                HasSubstr("/verzion: unknown key 'verzion'; did you mean 'version'? allowed: "));
    EXPECT_THAT(catalog.faults()[2].message, HasSubstr("names the plugin 'other_name'"));
    EXPECT_THAT(catalog.faults()[3].message, HasSubstr("manifest.json: /version: "));
}

TEST_F(CatalogTest, StreamsStandInTheManifestOrInTheConfigAndNotInBoth) {
    auto described = manifest_of("described");
    described.erase("streams");
    described["streams_in"] = "/api/streams";
    add("described", described.dump());
    auto both = manifest_of("both");
    both["streams_in"] = "/streams";
    add("both", both.dump());
    const auto catalog = Catalog::discover({root_});
    ASSERT_EQ(catalog.all().size(), 1U);
    EXPECT_EQ(catalog.all()[0].manifest.streams_in, "/api/streams");
    ASSERT_EQ(catalog.faults().size(), 1U);
    EXPECT_THAT(catalog.faults()[0].message, HasSubstr("manifest.json: /streams_in: "));
}

TEST_F(CatalogTest, AManifestGetsTheKeysOfWhatItUses) {
    auto manifest = manifest_of("talks");
    manifest["uses"] = {"http"};
    add("talks", manifest.dump());
    auto doubled = manifest_of("doubled");
    doubled["uses"] = {"http"};
    doubled["config_schema"]["properties"]["proxy"] = {{"description", "My own."}};
    add("doubled", doubled.dump());
    const auto catalog = Catalog::discover({root_});
    ASSERT_EQ(catalog.all().size(), 1U);
    const auto& schema = catalog.all()[0].manifest.config_schema;
    EXPECT_EQ(schema["properties"]["tries_max"]["default"], 6);
    EXPECT_EQ(schema["properties"]["proxy"]["secret"], true);
    EXPECT_EQ(schema["required"], nlohmann::json({"path"}));
    ASSERT_EQ(catalog.faults().size(), 1U);
    EXPECT_THAT(catalog.faults()[0].message, HasSubstr("/config_schema/properties/proxy: "));
}

TEST(HttpKeys, PlainHttpIsForThisMachineAlone) {
    Manifest manifest;
    manifest.name = "talks";
    manifest.config_schema = nlohmann::json::parse(used_schema_text("http"));
    for (const char* good :
         {"https://api.crm.example", "https://api.crm.example:8443/v2/", "http://localhost:8080",
          "http://127.0.0.1:8080/api", "http://[::1]"}) {
        EXPECT_TRUE(check_config(manifest, {{"base_url", good}})) << good;
    }
    for (const char* bad :
         {"http://api.crm.example", "api.crm.example", "http://localhost.evil.example",
          "https://user@api.crm.example", "https://api.crm.example/?key=1",
          "http://127.0.0.1@evil.example", "ftp://localhost", "https://"}) {
        EXPECT_FALSE(check_config(manifest, {{"base_url", bad}})) << bad;
    }
}

TEST(StreamsOf, AreTheManifestsOrThoseThatTheConfigNames) {
    Manifest manifest;
    manifest.streams = {{"contacts", "One contact.", true}};
    const auto fixed = streams_of(manifest, nlohmann::json::object());
    ASSERT_TRUE(fixed);
    EXPECT_EQ(fixed->at(0).name, "contacts");

    manifest.streams.clear();
    manifest.streams_in = "/api/streams";
    const auto named = streams_of(
        manifest, {{"api",
                    {{"streams",
                      {{"leads", {{"path", "/leads"}}},
                       {"contacts", {{"incremental", true}, {"description", "One."}}}}}}}});
    ASSERT_TRUE(named) << named.error().message;
    ASSERT_EQ(named->size(), 2U);
    EXPECT_EQ(named->at(0).name, "contacts");
    EXPECT_EQ(named->at(0).description, "One.");
    EXPECT_TRUE(named->at(0).incremental);
    EXPECT_FALSE(named->at(1).incremental);
}

TEST(StreamsOf, WhatIsWrongIsSaidWithItsPlace) {
    Manifest manifest;
    manifest.streams_in = "/streams";
    const auto why = [&](const nlohmann::json& config) {
        const auto streams = streams_of(manifest, config);
        return streams ? std::string() : streams.error().message;
    };
    EXPECT_THAT(why(nlohmann::json::object()), HasSubstr("/streams: names no stream"));
    EXPECT_THAT(why({{"streams", nlohmann::json::object()}}), HasSubstr("names no stream"));
    EXPECT_THAT(why({{"streams", {"contacts"}}}), HasSubstr("names no stream"));
    EXPECT_THAT(why({{"streams", {{"Con tacts", nullptr}}}}), HasSubstr("/streams/Con tacts: "));
    EXPECT_THAT(why({{"streams", {{"contacts", {{"incremental", "yes"}}}}}}),
                HasSubstr("/streams/contacts/incremental: "));
}

TEST_F(CatalogTest, TheFirstOfANameWins) {
    add("first/same", manifest_of("same").dump());
    add("second/same", manifest_of("same").dump());
    const auto catalog = Catalog::discover({root_ / "first", root_ / "second"});
    ASSERT_EQ(catalog.all().size(), 1U);
    EXPECT_EQ(catalog.all()[0].folder, root_ / "first" / "same");
}

TEST(SchemaCheck, AMisspeltConfigKeyIsNamedWithTheNearest) {
    Manifest manifest;
    manifest.name = "jsonl";
    manifest.config_schema = manifest_of("jsonl")["config_schema"];
    EXPECT_TRUE(check_config(manifest, {{"path", "a"}, {"page_size", 3}}));
    const auto wrong = check_config(manifest, {{"path", "a"}, {"page_sze", 3}});
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().message,
              "config of connector 'jsonl': /page_sze: unknown key 'page_sze'; did you mean "
              "'page_size'? allowed: page_size, path");
}

TEST(SchemaCheck, AWrongTypeIsSaidWithoutItsValue) {
    Manifest manifest;
    manifest.config_schema = manifest_of("jsonl")["config_schema"];
    const auto wrong = check_config(manifest, {{"path", 4711}});
    ASSERT_FALSE(wrong);
    EXPECT_THAT(wrong.error().message, HasSubstr("/path: "));
    EXPECT_THAT(wrong.error().message, testing::Not(HasSubstr("4711")));
}

}  // namespace
}  // namespace coterie::plugin
