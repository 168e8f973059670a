#include "greenfly.hpp"
#include "person.hpp"
#include "roster.hpp"
#include "tests/support/feeding_host.hpp"
#include "tests/support/scratch_folder.hpp"
#include "time_zones.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>
#include <string>
#include <vector>

namespace greenfly {
namespace {

using coterie::ErrorKind;
using coterie::test::FeedingHost;
using coterie::test::ScratchFolder;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

json person(int number) {
    const std::string text = std::to_string(number);
    return {{"id", "inf_" + text},
            {"kind", "person"},
            {"name", {{"display", "Ida Holm"}, {"given", "Ida"}, {"family", "Holm"}}},
            {"emails", {{{"address", "ida" + text + "@example.com"}, {"role", "personal"}}}},
            {"phones", {{{"e164", "+451234567" + text}}}},
            {"location", {{"country", "DK"}, {"city", "Aarhus"}}},
            {"audience", {{"tier", "micro"}}},
            {"topics", {"food", "travel"}},
            {"sources", json::array()},
            {"provenance", json::object()},
            {"revision", 1}};
}

Settings settings_of(json config = json::object()) {
    config["path"] = "roster.csv";
    return Settings::parse(config);
}

/// The person's cells, or why there are none.
coterie::Result<Person> told(const json& golden, const json& config = json::object()) {
    Taken taken;
    return person_of(golden, settings_of(config), taken);
}

std::string cell(const json& golden, const char* field, const json& config = json::object()) {
    const auto made = told(golden, config);
    if (!made) {
        return "rejected: " + made.error().message;
    }
    const auto found = made->find(field);
    return found == made->end() ? "" : found->second;
}

// --- Persons -------------------------------------------------------------------------------------

TEST(Person, HasTheCellsOfTheRecord) {
    const auto made = told(person(1));
    ASSERT_TRUE(made);
    EXPECT_EQ(*made, (Person{{"given", "Ida"},
                             {"family", "Holm"},
                             {"display", "Ida Holm"},
                             {"email", "ida1@example.com"},
                             {"mobile", "+4512345671"},
                             {"external_id", "inf_1"},
                             {"groups", "food;travel"},
                             {"time_zone", "Europe/Copenhagen"},
                             {"status", "active"},
                             {"country", "DK"},
                             {"city", "Aarhus"}}));
}

TEST(Person, WithAStageNameHasThatAsGivenName) {
    auto golden = person(1);
    golden["name"] = {{"display", "Kiki & Bo"}};
    EXPECT_EQ(cell(golden, "given"), "Kiki & Bo");
    EXPECT_EQ(cell(golden, "family"), "");
}

TEST(Person, IsWrittenToAtTheirOwnAddressBeforeAnAgencys) {
    auto golden = person(1);
    golden["emails"] = {{{"address", "booking@agency.example"}, {"role", "booking"}},
                        {{"address", "plain@example.com"}},
                        {{"address", "work@example.com"}, {"role", "work"}},
                        {{"address", "own@example.com"}, {"role", "personal"}}};
    EXPECT_EQ(cell(golden, "email"), "own@example.com");
    golden["emails"].erase(3);
    EXPECT_EQ(cell(golden, "email"), "work@example.com");
    golden["emails"].erase(2);
    EXPECT_EQ(cell(golden, "email"), "plain@example.com");
    golden["emails"].erase(1);
    EXPECT_EQ(cell(golden, "email"), "booking@agency.example");
}

TEST(Person, HasAnAddressThatNobodyElseHas) {
    auto first = person(1);
    auto second = person(2);
    first["emails"] =
        second["emails"] = {{{"address", "Booking@agency.example"}, {"role", "booking"}}};
    first.erase("phones");
    const auto settings = settings_of();
    Taken taken;
    EXPECT_EQ(person_of(first, settings, taken)->at("email"), "Booking@agency.example");
    EXPECT_EQ(person_of(second, settings, taken)->count("email"), 0U) << "the number has to do";
    second.erase("phones");
    const auto made = person_of(second, settings, taken);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().kind, ErrorKind::Data);
    EXPECT_THAT(made.error().message, HasSubstr("already that of inf_1"));
}

struct LeftOut {
    const char* name;
    json patch;
    const char* why;  ///< empty: is not left out
    friend std::ostream& operator<<(std::ostream& out, const LeftOut& l) { return out << l.name; }
};
class WhoIsLeftOut : public testing::TestWithParam<LeftOut> {};

TEST_P(WhoIsLeftOut, IsToldWhy) {
    auto golden = person(1);
    golden.merge_patch(GetParam().patch);
    const auto made = told(golden);
    EXPECT_EQ(!made, *GetParam().why != '\0');
    if (!made) {
        EXPECT_THAT(made.error().message, HasSubstr(GetParam().why));
    }
}
INSTANTIATE_TEST_SUITE_P(
    Reasons, WhoIsLeftOut,
    testing::Values(
        LeftOut{"do not contact", {{"relationship", {{"status", "do_not_contact"}}}}, "status"},
        LeftOut{"declined is no opt-out", {{"relationship", {{"status", "declined"}}}}, ""},
        LeftOut{"withdrawn", {{"consent", {{"status", "withdrawn"}}}}, "withdrawn"},
        LeftOut{"not asked", {{"consent", {{"status", "not_asked"}}}}, ""},
        LeftOut{"opted out",
                {{"emails", {{{"address", "a@example.com"}, {"opted_out", true}}}}},
                "opted out"},
        LeftOut{"opted out at another address",
                {{"emails",
                  {{{"address", "a@example.com"}, {"opted_out", true}, {"role", "work"}},
                   {{"address", "b@example.com"}}}}},
                "opted out"},
        LeftOut{"an agency that opted out",
                {{"emails",
                  {{{"address", "a@agency.example"}, {"opted_out", true}, {"role", "agent"}}}}},
                ""},
        LeftOut{"no contact", {{"emails", nullptr}, {"phones", nullptr}}, "no e-mail address"},
        LeftOut{"only a number", {{"emails", nullptr}}, ""},
        LeftOut{"only an address", {{"phones", nullptr}}, ""},
        LeftOut{"no mail wished and no number",
                {{"phones", nullptr}, {"consent", {{"channels", {"dm"}}}}},
                "no e-mail address"}));

TEST(Person, WhoWantsNoMailIsGivenByNumberAlone) {
    auto golden = person(1);
    golden["consent"] = {{"channels", {"call"}}};
    EXPECT_EQ(cell(golden, "email"), "");
    EXPECT_EQ(cell(golden, "mobile"), "+4512345671");
}

TEST(Groups, AreByTopicTierOrBothWithPrefixAndUpToALimit) {
    const auto golden = person(1);
    EXPECT_EQ(cell(golden, "groups", {{"groups", {{"by", {"tier"}}}}}), "micro");
    EXPECT_EQ(
        cell(golden, "groups",
             {{"groups",
               {{"by", {"tier", "topic"}}, {"prefix", "C: "}, {"max", 2}, {"separator", "|"}}}}),
        "C: micro|C: food");
    EXPECT_EQ(cell(golden, "groups", {{"groups", {{"by", json::array()}}}}), "");
}

TEST(Groups, HoldNoSeparatorAndNoUnknownTier) {
    auto golden = person(1);
    golden["topics"] = {"food;drink", "food drink"};
    golden["audience"]["tier"] = "unknown";
    EXPECT_EQ(cell(golden, "groups", {{"groups", {{"by", {"topic", "tier"}}}}}), "food drink");
}

TEST(TimeZone, IsTheCountrysWhereItHasOne) {
    EXPECT_EQ(time_zone_of("DK"), "Europe/Copenhagen");
    EXPECT_EQ(time_zone_of("AD"), "Europe/Andorra");
    EXPECT_EQ(time_zone_of("ZW"), "Africa/Harare");
    EXPECT_EQ(time_zone_of("US"), "");
    EXPECT_EQ(time_zone_of(""), "");
    auto golden = person(1);
    golden["location"]["country"] = "US";
    EXPECT_EQ(cell(golden, "time_zone"), "");
    EXPECT_EQ(cell(golden, "time_zone", {{"time_zone", "America/Chicago"}}), "America/Chicago");
}

TEST(CsvCell, IsNoFormula) {
    EXPECT_EQ(csv_cell("=1+1", ','), "'=1+1");
    EXPECT_EQ(csv_cell("  @here", ','), "'@here");
    EXPECT_EQ(csv_cell("\t=1", ','), "'=1");
    EXPECT_EQ(csv_cell("\uFF1D1", ','), "'\uFF1D1");
    EXPECT_EQ(csv_cell("-cmd|x", ','), "'-cmd|x");
    EXPECT_EQ(csv_cell("+4512345678", ','), "+4512345678");
    EXPECT_EQ(csv_cell("a,\"b\"\nc", ','), "\"a,\"\"b\"\" c\"");
    EXPECT_EQ(csv_cell("a,b", ';'), "a,b");
    EXPECT_EQ(csv_cell("a;b", ';'), "\"a;b\"");
}

TEST(Config, SaysWhatTheSchemaCannot) {
    const auto fault = [](const json& config) -> std::string {
        try {
            settings_of(config);
            return "";
        } catch (const std::invalid_argument& error) {
            return error.what();
        }
    };
    EXPECT_THAT(fault({{"profile", {{{"header", "A"}, {"field", "given"}}}}}),
                HasSubstr("email or mobile"));
    EXPECT_THAT(fault({{"profile", {{{"header", "A"}}}}}), HasSubstr("a field or a value"));
    EXPECT_THAT(
        fault({{"profile",
                {{{"header", "A"}, {"field", "email"}}, {{"header", "A"}, {"value", ""}}}}}),
        HasSubstr("two columns"));
    EXPECT_THAT(fault({{"status_words", {{"active", "x"}, {"removed", "x"}}}}),
                HasSubstr("the same"));
    EXPECT_EQ(fault(json::object()), "");
}

// --- Files ---------------------------------------------------------------------------------------

class RosterFile : public testing::Test {
  protected:
    coterie::Result<void> write(FeedingHost& host, json config = json::object()) {
        config["path"] = path();
        Greenfly destination(config);
        return host.write(destination);
    }
    void write_all(const std::vector<json>& records, const json& config = json::object()) {
        FeedingHost host(records);
        ASSERT_TRUE(write(host, config));
        answers = host.answers;
    }
    [[nodiscard]] std::string path() const { return folder_.file("roster.csv"); }
    [[nodiscard]] std::string content() const {
        std::ifstream in(path(), std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    [[nodiscard]] std::size_t files() const {
        return static_cast<std::size_t>(
            std::distance(std::filesystem::directory_iterator(folder_.path()), {}));
    }
    std::vector<std::string> answers;
    ScratchFolder folder_;
};

constexpr const char* kHeader =
    "First Name,Last Name,Email,Mobile,External ID,Groups,Time Zone,Status\n";
constexpr const char* kIda = "Ida,Holm,ida1@example.com,+4512345671,inf_1,food;travel,"
                             "Europe/Copenhagen,active\n";

TEST_F(RosterFile, HasARowForEachPersonAndAnAnswer) {
    auto other = person(2);
    other["relationship"] = {{"status", "do_not_contact"}};
    write_all({person(1), other});
    EXPECT_EQ(content(), std::string(kHeader) + kIda);
    EXPECT_THAT(answers,
                ElementsAre("inf_1 ok", "inf_2 rejected: left out: the person is not to be "
                                        "contacted (relationship.status)"));
    EXPECT_EQ(files(), 1U);
}

TEST_F(RosterFile, HasTheColumnsOfTheProfile) {
    write_all({person(1)}, {{"profile",
                             {{{"header", "E-mail"}, {"field", "email"}},
                              {{"header", "Role; kind"}, {"value", "=A"}}}},
                            {"delimiter", "semicolon"},
                            {"byte_order_mark", true}});
    EXPECT_EQ(content(), "\xEF\xBB\xBF"
                         "E-mail;\"Role; kind\"\nida1@example.com;'=A\n");
}

TEST_F(RosterFile, TellsWhoLeftByIdAlone) {
    write_all({person(1), person(2), person(3)});
    auto second = person(2);
    second["consent"] = {{"status", "withdrawn"}};
    write_all({person(1), second});
    const std::string removed =
        std::string(kHeader) + kIda + ",,,,inf_2,,,removed\n" + ",,,,inf_3,,,removed\n";
    EXPECT_EQ(content(), removed);
    write_all({person(1), second});
    EXPECT_EQ(content(), removed) << "for good, and the same again";
    write_all({person(1), person(3)});
    EXPECT_THAT(content(), HasSubstr("inf_3,food;travel"));
    EXPECT_THAT(content(), testing::Not(HasSubstr("inf_3,,,removed"))) << "who is back is active";
    write_all({person(1)}, {{"list_removed", false}});
    EXPECT_EQ(content(), std::string(kHeader) + kIda);
}

TEST_F(RosterFile, TellsWhoLeftInAFileOfAnotherForm) {
    const json config{{"delimiter", "tab"},
                      {"byte_order_mark", true},
                      {"status_words", {{"active", "A"}, {"removed", "R"}}},
                      {"profile",
                       {{{"header", "Member \"ID\""}, {"field", "external_id"}},
                        {{"header", "Email"}, {"field", "email"}},
                        {{"header", "Status"}, {"field", "status"}}}}};
    write_all({person(1), person(2)}, config);
    write_all({person(1)}, config);
    EXPECT_THAT(content(), HasSubstr("inf_1\tida1@example.com\tA\ninf_2\t\tR\n"));
}

TEST_F(RosterFile, IsLetBeWhereNothingChanged) {
    folder_.write("roster.csv", "somebody's own");
    FeedingHost host(std::vector{person(1)});
    host.is_unchanged = true;
    ASSERT_TRUE(write(host));
    EXPECT_EQ(content(), "somebody's own");
}

TEST_F(RosterFile, StaysAsItWasWhereTheWriteIsStopped) {
    folder_.write("roster.csv", "yesterday's");
    for (std::size_t call = 1; call < 5; ++call) {
        FeedingHost host(std::vector{person(1), person(2)});
        host.stop_at_call = call;
        const auto written = write(host);
        ASSERT_FALSE(written);
        EXPECT_EQ(written.error().kind, ErrorKind::Cancelled);
        EXPECT_EQ(content(), "yesterday's");
        EXPECT_EQ(files(), 1U);
    }
}

TEST_F(RosterFile, StaysAsItWasWhereTheServerCannotBeReached) {
    folder_.write("roster.csv", "yesterday's");
    FeedingHost host(std::vector{person(1)});
    const auto written =
        write(host, {{"upload", {{"location", "sftp://127.0.0.1/x.csv"}, {"username", "a"}}}});
    ASSERT_FALSE(written);
    EXPECT_THAT(written.error().message, HasSubstr("password or key_file is missing"));
    EXPECT_EQ(content(), "yesterday's");
    EXPECT_EQ(files(), 1U);
}

TEST_F(RosterFile, IntoAFolderThatIsNotThereIsAPersonsFault) {
    Greenfly destination(json{{"path", folder_.file("nowhere/roster.csv")}});
    FeedingHost host(std::vector{person(1)});
    const auto written = host.write(destination);
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().kind, ErrorKind::Config);
    EXPECT_FALSE(destination.check());
}

TEST_F(RosterFile, RejectsWhatIsNoRecord) {
    FeedingHost host(std::vector{person(1)});
    host.deliveries.push_back({coterie::Delivery::Action::Upsert, "inf_bad", "[1]"});
    ASSERT_TRUE(write(host));
    EXPECT_THAT(host.answers,
                ElementsAre("inf_1 ok", "inf_bad rejected: the record is no JSON object"));
}

}  // namespace
}  // namespace greenfly
