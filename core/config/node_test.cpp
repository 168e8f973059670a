#include "config/node.hpp"
#include "config/redact.hpp"
#include "config/yaml_tree.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace coterie::config {
namespace {

namespace fs = std::filesystem;

/// What ConfigError says of a text; empty when it loads.
std::string complaint(const std::string& text, const std::string& name = "c.yaml") {
    try {
        parse_yaml(text, name);
        return "";
    } catch (const ConfigError& error) {
        return error.what();
    }
}

/// A folder of a test's own, gone at its end.
class Folder : public testing::Test {
  protected:
    void SetUp() override {
        const auto* test = testing::UnitTest::GetInstance()->current_test_info();
        folder_ = fs::path(testing::TempDir()) /
                  fmt::format("coterie-{}-{}", test->test_suite_name(), test->name());
        fs::remove_all(folder_);
        fs::create_directories(folder_);
    }
    void TearDown() override { fs::remove_all(folder_); }

    std::string write(const std::string& name, const std::string& text) {
        fs::create_directories((folder_ / name).parent_path());
        std::ofstream(folder_ / name, std::ios::binary) << text;
        return (folder_ / name).string();
    }
    /// The complaint about a file of the folder, without the folder's own path.
    std::string complaint_of(const std::string& file) {
        std::string message;
        try {
            load_yaml(file);
        } catch (const ConfigError& error) {
            message = error.what();
        }
        const std::string prefix = folder_.string() + "/";
        for (std::size_t at = message.find(prefix); at != std::string::npos;
             at = message.find(prefix)) {
            message.erase(at, prefix.size());
        }
        return message;
    }

    fs::path folder_;
};

using NodeFiles = Folder;

struct BadYaml {
    std::string name;
    std::string text;
    std::string message;
};
std::ostream& operator<<(std::ostream& out, const BadYaml& row) {
    return out << row.name;
}
class BrokenYaml : public testing::TestWithParam<BadYaml> {};

TEST_P(BrokenYaml, IsToldWithItsPlaceAndWhatIsAllowed) {
    EXPECT_EQ(complaint(GetParam().text), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Table, BrokenYaml,
    testing::Values(
        BadYaml{"doubled key", "a: 1\nb: 2\na: 3\n",
                "c.yaml:3:1: key 'a' stands twice in one map, first at c.yaml:1:1; allowed: each "
                "key once"},
        BadYaml{"tag", "a: !secret x\nb: !!str 5\n",
                "c.yaml:1:4: tag '!secret' is not used here; allowed: the value without a tag, in "
                "quotes where it is text\n"
                "c.yaml:2:4: tag '!!str' is not used here; allowed: the value without a tag, in "
                "quotes where it is text"},
        BadYaml{"two documents", "a: 1\n---\nb: 2\n",
                "c.yaml:2:1: a second document begins here; allowed: one document in a file, so "
                "remove the '---' or make two files"},
        BadYaml{"tab", "a:\n\tb: 1\n",
                "c.yaml:2:1: a tab in the indentation; allowed: blanks, two a level"},
        BadYaml{"bad indent", "a:\n    b: 1\n  c: 2\n",
                "c.yaml:3:3: a line that does not fit the map above; allowed: keys of one map "
                "indented alike, each as 'key: value'"},
        BadYaml{"second colon", "note: call: later\n",
                "c.yaml:1:11: a ':' where no value may begin; allowed: one 'key: value' a line, "
                "and quotes around text that holds ': '"},
        BadYaml{"zero byte", std::string("a: b\nc: \0d\n", 11),
                "c.yaml:2:4: control character \\x00; allowed: text in UTF-8, saved as such"},
        BadYaml{"Latin-1",
                "a: ok\nby: K\xF8"
                "benhavn\n",
                "c.yaml:2:6: a byte that is no UTF-8; allowed: text saved as UTF-8 (not Latin-1 or "
                "Windows-1252)"},
        BadYaml{"zero byte by escape", "a: \"x\\0\"\n",
                "c.yaml:1:4: an escape gives a zero byte or no valid character; allowed: text in "
                "UTF-8 without zero bytes"},
        BadYaml{"open bracket", "a: [1, 2\n",
                "c.yaml:1:4: a '[' that is not closed; allowed: [item, item]"},
        BadYaml{"unquoted reference inside braces", "a: {b: ${env:X}}\n",
                "c.yaml:1:4: a '{' that is not closed; allowed: {key: value, key: value}; inside "
                "{ } and [ ], put quotes around \"${…}\""},
        BadYaml{"unknown alias", "a: *b\n",
                "c.yaml:1:4: an alias without its anchor; allowed: '*name' after '&name', and "
                "quotes around text that begins with *"},
        BadYaml{"alias inside its anchor", "a: &x [*x]\n",
                "c.yaml:1:8: this alias stands inside its own anchor; allowed: an alias of a value "
                "that has ended before"},
        BadYaml{"map as key", "[a, b]: c\n",
                "c.yaml:1:1: a key that is no text; allowed: 'key: value', and quotes around a "
                "value that begins with { or ["},
        BadYaml{"column counts characters", "\"æøå\": @x\n",
                "c.yaml:1:8: a character that cannot begin a value; allowed: quotes around text "
                "that begins with @, ` or %"},
        BadYaml{"unknown variable", "a:\n  b: ${env:COTERIE_TEST_UNSET}\n",
                "c.yaml:2:6: environment variable 'COTERIE_TEST_UNSET' is not set; allowed: one "
                "that is set (export "
                "COTERIE_TEST_UNSET=…), or a default (${env:COTERIE_TEST_UNSET:-default})"},
        BadYaml{"unknown reference", "a: ${vault:x}\n",
                "c.yaml:1:4: unknown reference '${vault:x}'; allowed: ${env:NAME}, "
                "${env:NAME:-default}, ${file:PATH}; for the text ${ itself, write $${"},
        BadYaml{"open reference", "a: \"x ${env:HOME\"\n",
                "c.yaml:1:4: '${' without its '}'; allowed: ${env:NAME}, ${env:NAME:-default}, "
                "${file:PATH}; for the text ${ itself, write $${"},
        BadYaml{"variable's name", "a: ${env:MY-KEY}\n",
                "c.yaml:1:4: 'MY-KEY' is no name of an environment variable; allowed: letters, "
                "digits and _, as in ${env:NAME} or ${env:NAME:-default}"},
        BadYaml{"device as secret", "a: ${file:/dev/zero}\n",
                "c.yaml:1:4: file '/dev/zero' cannot be read: it is no regular file; allowed: a "
                "file that this user may read, relative to this config file"},
        BadYaml{"missing include", "include: gone.yaml\na: 1\n",
                "c.yaml:1:10: included file 'gone.yaml' cannot be read: No such file or directory; "
                "allowed: a YAML file, relative to this one"}));

TEST(YamlTree, KnowsTheTypeAndPlaceOfEachPart) {
    const Node root = parse_yaml("a: 1\nb: \"2\"\nc: [x, ~]\nd:\ne: {f: true}\n", "c.yaml");
    ASSERT_TRUE(root.is_map());
    EXPECT_EQ(root.find("a")->place, (Place{"c.yaml", 1, 4}));
    EXPECT_TRUE(root.find("b")->quoted);
    EXPECT_EQ(root.find("c")->items.at(1).type, Node::Type::Null);
    EXPECT_EQ(root.find("d")->type, Node::Type::Null);
    EXPECT_EQ(root.find("d")->place, (Place{"c.yaml", 4, 1}));
    EXPECT_EQ(root.key_place("e"), (Place{"c.yaml", 5, 1}));
    EXPECT_EQ(root.find("nothing"), nullptr);
    EXPECT_EQ(
        root.to_json(),
        (nlohmann::json{
            {"a", 1}, {"b", "2"}, {"c", {"x", nullptr}}, {"d", nullptr}, {"e", {{"f", true}}}}));
}

TEST(YamlTree, ReadsPlainScalarsByTheCoreSchema) {
    const Node root = parse_yaml("[0x1F, 0o17, -3, +3, 1.5, .5, 1e3, 007, no, 1_000, 1.2.3, .inf, "
                                 "18446744073709551615, 99999999999999999999, TRUE]",
                                 "c.yaml");
    EXPECT_EQ(root.to_json(), (nlohmann::json{31, 15, -3, 3, 1.5, 0.5, 1000.0, 7, "no", "1_000",
                                              "1.2.3", ".inf", 18446744073709551615U, 1e20, true}));
}

TEST(YamlTree, AnEmptyTextIsNull) {
    EXPECT_EQ(parse_yaml("", "c.yaml").type, Node::Type::Null);
    EXPECT_EQ(parse_yaml("# only a comment\n", "c.yaml").type, Node::Type::Null);
    EXPECT_EQ(parse_yaml("\xEF\xBB\xBF"
                         "a: 1\n",
                         "c.yaml")
                  .find("a")
                  ->place.column,
              4);
}

TEST(YamlTree, AliasesAndMergeKeysRepeatTheirAnchor) {
    const Node root = parse_yaml("base: &b {x: 1, y: 2}\none: {<<: *b, y: 3}\ntwo: *b\n", "c.yaml");
    EXPECT_EQ(root.find("one")->to_json(), (nlohmann::json{{"x", 1}, {"y", 3}}));
    EXPECT_EQ(root.find("two")->to_json(), (nlohmann::json{{"x", 1}, {"y", 2}}));
}

TEST(YamlTree, AliasesThatMultiplyAreStoppedBeforeTheyFillTheMemory) {
    std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 20; ++i) {
        text += fmt::format("a{0}: &a{0} [*a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}]\n", i, i - 1);
    }
    EXPECT_NE(complaint(text).find("more than 100000 values, aliases counted each time"),
              std::string::npos);
}

TEST(YamlTree, DeepNestingIsRefusedWhateverItsForm) {
    for (const std::string part : {"[", "{a: ", "- ", "? ", "a: &x [", "[? "}) {
        SCOPED_TRACE(part);
        std::string text;
        for (int i = 0; i < 100'000; ++i) {
            text += part;
        }
        EXPECT_NE(complaint(text), "");
    }
    EXPECT_EQ(complaint(std::string(65, '[') + std::string(65, ']')),
              "c.yaml:1:65: nested more than 64 deep; allowed: at most that deep (kDepthMax)");
    std::string deep = "&a0 " + std::string(60, '[') + std::string(60, ']');
    EXPECT_NE(complaint("x: " + deep + "\ny: [[[[[[*a0]]]]]]\n"), "");
}

TEST(YamlTree, AFileThatIsTooLargeIsRefused) {
    EXPECT_EQ(complaint(std::string(kFileBytesMax + 1, '#')),
              "c.yaml: larger than 4194304 bytes; allowed: at most that much (kFileBytesMax)");
}

TEST(References, PutInVariablesAndDefaultsAndLeaveEscapesAlone) {
    ::setenv("COTERIE_TEST_TOKEN", "s3cret-token", 1);
    const Node root = parse_yaml("a: \"Bearer ${env:COTERIE_TEST_TOKEN}\"\n"
                                 "b: ${env:COTERIE_TEST_UNSET:-42}\n"
                                 "c: \"$${env:X} costs $5 or ${env:COTERIE_TEST_UNSET:-}\"\n",
                                 "c.yaml");
    EXPECT_EQ(root.find("a")->scalar, "Bearer s3cret-token");
    EXPECT_TRUE(root.find("a")->is_secret);
    EXPECT_EQ(root.find("a")->secrets, std::vector<std::string>{"s3cret-token"});
    EXPECT_EQ(root.find("b")->to_json(), 42);
    EXPECT_EQ(root.find("c")->scalar, "${env:X} costs $5 or ");
    ::unsetenv("COTERIE_TEST_TOKEN");
}

TEST(References, WhatAVariableHoldsIsNeverResolvedAgain) {
    ::setenv("COTERIE_TEST_TOKEN", "${file:/etc/passwd}", 1);
    EXPECT_EQ(parse_yaml("a: ${env:COTERIE_TEST_TOKEN}", "c.yaml").find("a")->scalar,
              "${file:/etc/passwd}");
    ::unsetenv("COTERIE_TEST_TOKEN");
}

TEST_F(NodeFiles, AFileReferenceIsRelativeToItsOwnFileAndLosesItsLastNewline) {
    write("deep/secret", "abc\ndef\r\n");
    write("deep/more.yaml", "token: ${file:secret}\n");
    const auto file = write("c.yaml", "include: deep/more.yaml\n");
    const Node root = load_yaml(file);
    EXPECT_EQ(root.find("token")->scalar, "abc\ndef");
    EXPECT_EQ(root.find("include"), nullptr);
}

TEST_F(NodeFiles, AFileReferenceThatIsTooLargeIsRefusedWithoutShowingIt) {
    write("big", std::string(70'000, 'x'));
    EXPECT_EQ(complaint_of(write("c.yaml", "a: ${file:big}\n")),
              "c.yaml:1:4: file 'big' is larger than 65536 bytes; allowed: a file that this user "
              "may read, relative to this config file");
}

TEST_F(NodeFiles, TheIncludingFileWinsKeyByKeyAndTheLaterIncludeOverTheEarlier) {
    write("one.yaml", "a: 1\nb: {x: 1, y: 1}\nc: 1\n");
    write("two.yaml", "b: {y: 2, z: 2}\nc: 2\n");
    const Node root =
        load_yaml(write("c.yaml", "include: [one.yaml, two.yaml]\nb: {x: 3}\nd: [3]\n"));
    EXPECT_EQ(
        root.to_json(),
        (nlohmann::json{{"a", 1}, {"b", {{"x", 3}, {"y", 2}, {"z", 2}}}, {"c", 2}, {"d", {3}}}));
    EXPECT_EQ(root.find("c")->place.file, (folder_ / "two.yaml").string());
}

TEST_F(NodeFiles, ACircleOfIncludesIsToldAsAChain) {
    write("a.yaml", "include: b.yaml\n");
    write("b.yaml", "include: [c.yaml]\n");
    const auto file = write("c.yaml", "include: a.yaml\n");
    EXPECT_EQ(complaint_of(file),
              "b.yaml:1:11: includes go in a circle: c.yaml → a.yaml → b.yaml → c.yaml; allowed: a "
              "file that does not include this one");
}

TEST_F(NodeFiles, TheSameFileIncludedTwiceIsNoCircle) {
    write("base.yaml", "a: 1\n");
    write("one.yaml", "include: base.yaml\n");
    EXPECT_EQ(load_yaml(write("c.yaml", "include: [one.yaml, base.yaml]\n")).find("a")->scalar,
              "1");
}

TEST_F(NodeFiles, IncludesThatMultiplyAreStopped) {
    for (int i = 0; i < 20; ++i) {
        write(fmt::format("{}.yaml", i), fmt::format("include: [{0}.yaml, {0}.yaml]\n", i + 1));
    }
    write("20.yaml", "a: 1\n");
    EXPECT_NE(complaint_of((folder_ / "0.yaml").string()).find("more than 64 files"),
              std::string::npos);
}

TEST_F(NodeFiles, AMissingFileAndAFolderAreToldInOneSentence) {
    EXPECT_EQ(complaint_of((folder_ / "gone.yaml").string()),
              "gone.yaml: cannot be read: No such file or directory; allowed: a YAML file that "
              "this user may read");
    fs::create_directory(folder_ / "folder.yaml");
    EXPECT_EQ(complaint_of((folder_ / "folder.yaml").string()),
              "folder.yaml: cannot be read: it is no regular file; allowed: a YAML file that this "
              "user may read");
}

TEST(Redact, ReplacesEachSecretTheLongestFirst) {
    EXPECT_EQ(redact("key abcd and abcdef, abc", {"abcd", "abcdef", "abc", ""}),
              "key *** and ***, abc");
    EXPECT_EQ(redact("abcdabcd", {"abcd"}), "******");
    EXPECT_EQ(redact("****", {"****"}), "***");
}

TEST(Redact, FindsTheSecretsThatASchemaMarks) {
    const nlohmann::json schema = {
        {"properties",
         {{"token", {{"type", "string"}, {"secret", true}}},
          {"path", {{"type", "string"}}},
          {"keys", {{"items", {{"properties", {{"pin", {{"secret", true}}}}}}}}}}}};
    const nlohmann::json config = {
        {"token", "t0ken"}, {"path", "p"}, {"keys", {{{"pin", 1234}}, {{"pin", "abcd"}}}}};
    EXPECT_EQ(secrets_of(config, schema), (std::vector<std::string>{"1234", "abcd", "t0ken"}));
}

}  // namespace
}  // namespace coterie::config
