// What a recording keeps of an exchange.
#include "sdk/http/scrub.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace coterie::http {
namespace {

using nlohmann::json;
using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

class Scrub : public testing::Test {
  protected:
    static Options options() {
        Options made;
        made.secrets = {"hunter22/x"};
        return made;
    }
    static Hosts own_hosts() { return *Hosts::create("https://api.example.com", {}); }
    static Scrubber::Key key() {
        Scrubber::Key made{};
        made.fill(7);
        return made;
    }
    json made_up(const json& body) {
        return json::parse(scrubber_.body("application/json", body.dump()));
    }
    std::string value(const std::string& name, const std::string& text) {
        return scrubber_.value(name, text);
    }

    Secrets secrets_{options()};
    Hosts hosts_ = own_hosts();
    Scrubber scrubber_{secrets_, hosts_, Scrubber::Put::MadeUp, key()};
    Scrubber stars_{secrets_, hosts_, Scrubber::Put::Stars};
    Scrubber as_it_was_{secrets_, hosts_, Scrubber::Put::AsItWas};
};

TEST_F(Scrub, WhatIsAboutAPersonIsReplacedAndKeepsItsShape) {
    EXPECT_THAT(value("firstname", "Jane"), MatchesRegex("[A-Z][a-z][a-z][a-z]"));
    EXPECT_NE(value("firstname", "Jane"), "Jane");
    EXPECT_THAT(value("email", "jane.doe@acme.dk"),
                MatchesRegex("[a-z]{4}\\.[a-z]{3}@example\\.com"));
    EXPECT_THAT(value("phone", "+45 12 34 56 78"), MatchesRegex("\\+45 [0-9 ]+"));
    EXPECT_THAT(value("phone", "+45 12 34 56 78"), Not(HasSubstr("12 34 56 78")));
    EXPECT_THAT(value("city", "Aarhus"), Not(HasSubstr("Aarhus")));
    EXPECT_THAT(value("note", "Søren called, mail him at s@x.dk"), Not(HasSubstr("called")));
    EXPECT_THAT(value("date_of_birth", "1985-03-12"), MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}"));
    EXPECT_NE(value("date_of_birth", "1985-03-12"), "1985-03-12");
    EXPECT_NE(value("lastname", "HANSEN"), "HANSEN") << "a name in capitals is no enumeration";
    EXPECT_THAT(value("profile", "https://instagram.com/janedoe"),
                testing::AllOf(StartsWith("https://instagram.com/"), Not(HasSubstr("janedoe"))));
}

TEST_F(Scrub, TheSameTextIsReplacedAlikeWhateverItsCase) {
    EXPECT_EQ(value("email", "jane@acme.dk"), value("other", "jane@acme.dk"));
    EXPECT_EQ(value("email", "Jane@Acme.dk"), value("email", "jane@acme.dk"));
    EXPECT_NE(value("email", "info@acme.dk"), value("email", "info@other.dk"));
    const std::string whole = value("name", "Jane Doe");
    EXPECT_THAT(whole, StartsWith(value("first", "Jane")));
    EXPECT_THAT(whole, EndsWith(value("last", "Doe")));
    Scrubber::Key another = key();
    another[0] = 8;
    EXPECT_NE(Scrubber(secrets_, hosts_, Scrubber::Put::MadeUp, another).value("name", "Jane"),
              value("name", "Jane"));
}

TEST_F(Scrub, WhatTheExchangeWorksByIsKept) {
    for (const auto& [name, text] : Pairs{
             {"id", "12345678901"},
             {"ownerId", "rec1A2b3C"},
             {"x", "2b1f0a52-52f2-4c1c-9a5e-3b8f2f0f8d11"},
             {"after", "NTI1Cg%3D%3D"},
             {"next_page_token", "abcDEF"},
             {"updated_at", "2026-11-08T01:02:03.000Z"},
             {"createdate", "1731027723000"},
             {"enabled", "true"},
             {"lifecycle", "MARKETING_QUALIFIED"},
             {"type", "contact"},
             {"followers", "104500"},
             {"latitude", "55.676098"},
             {"next", "https://api.example.com/crm/v3/contacts?limit=100&after=525"},
             {"$filter", "lastModified gt 2026-01-31T00:00:00Z"},
             {"properties", "email,firstname"},
             {"orderby", "modified desc"},
         }) {
        EXPECT_EQ(value(name, text), text) << name;
    }
}

TEST_F(Scrub, PeopleAreNotKeptInWhatIsKeptOtherwise) {
    EXPECT_THAT(value("id", "jane@acme.dk"), Not(HasSubstr("jane")));
    EXPECT_THAT(value("next", "https://api.example.com/p?email=jane%40acme.dk&page=2"),
                testing::AllOf(Not(HasSubstr("jane")), HasSubstr("page=2")));
    EXPECT_THAT(value("self", "https://api.example.com/p/jane@acme.dk"), Not(HasSubstr("jane")));
    EXPECT_THAT(value("q", "SELECT Id FROM Contact WHERE Name = 'Jane Doe' AND x > 1"),
                MatchesRegex(
                    "SELECT Id FROM Contact WHERE Name = '[A-Z][a-z]{3} [A-Z][a-z]{2}' AND x > 1"));
    EXPECT_THAT(value("q", "jane doe"), Not(HasSubstr("jane")));
    EXPECT_THAT(value("note", "please select the one ' eq ' her"), Not(HasSubstr("select")));
    EXPECT_THAT(value("fields", "Jane Doe"), Not(HasSubstr("Jane")));
}

TEST_F(Scrub, SecretsAreStarsWhereverTheyStand) {
    EXPECT_EQ(value("access_token", "abc"), "***");
    EXPECT_EQ(value("client_secret", "abc"), "***");
    EXPECT_EQ(scrubber_.query("grant_type=refresh_token&refresh_token=r1&client_id=c1"),
              "grant_type=refresh_token&refresh_token=%2A%2A%2A&client_id=c1");
    EXPECT_THAT(value("id", "x-hunter22/x"), Not(HasSubstr("hunter22")));
    EXPECT_THAT(scrubber_.path("/hooks/hunter22%2Fx/run"), Not(HasSubstr("hunter22")));
}

TEST_F(Scrub, JsonKeepsItsKeysAndTheirOrder) {
    const std::string text = scrubber_.body(
        "application/json; charset=utf-8",
        R"({"z":{"name":"Jane","ids":[1,2],"phone":4512345678},"a":[{"Email":"j@x.dk"}],)"
        R"("n":null,"t":true,"c":"{\"name\":\"Jane\"}"})");
    EXPECT_THAT(text, StartsWith(R"({"z":{"name":)"));
    EXPECT_THAT(text, HasSubstr(R"("ids":[1,2],"phone":4)"));
    EXPECT_THAT(text, Not(HasSubstr("4512345678")));
    EXPECT_THAT(text, Not(HasSubstr("Jane")));
    EXPECT_THAT(text, HasSubstr("@example.com"));
    EXPECT_THAT(text, HasSubstr(R"("n":null,"t":true)"));
}

TEST_F(Scrub, EveryFormOfBodyIsReplaced) {
    const std::string csv = scrubber_.body(
        "text/csv", "id;name;email\r\n17;\"Doe, \"\"Jane\"\"\";jane@x.dk\r\n18;Ole;ole@x.dk\r\n");
    EXPECT_THAT(csv, StartsWith("id;name;email\r\n17;\""));
    EXPECT_THAT(csv, Not(testing::AnyOf(HasSubstr("Jane"), HasSubstr("Ole"), HasSubstr("x.dk"))));
    const std::string lines =
        scrubber_.body("application/x-ndjson", "{\"name\":\"Jane\"}\n{\"name\":\"Ole\"}\n");
    EXPECT_THAT(lines, MatchesRegex(
                           "\\{\"name\":\"[A-Z][a-z]{3}\"\\}\n\\{\"name\":\"[A-Z][a-z]{2}\"\\}\n"));
    const std::string xml =
        scrubber_.body("application/xml", R"(<p name="Jane"><id>17</id><city>Aarhus</city></p>)");
    EXPECT_THAT(xml, testing::AllOf(StartsWith("<p name=\""), HasSubstr("<id>17</id><city>"),
                                    Not(HasSubstr("Jane")), Not(HasSubstr("Aarhus"))));
    EXPECT_THAT(scrubber_.body("text/plain", "Jane of Aarhus"), Not(HasSubstr("Jane")));
    EXPECT_EQ(scrubber_.body("application/zip", "PK\3\4 Jane"), "") << "left out";
}

TEST_F(Scrub, ATextThatWasReplacedWouldBeReplacedAgain) {
    for (const auto& [name, text] : Pairs{{"a", "Jane Doe"},
                                          {"email", "jane@x.dk"},
                                          {"phone", "+45 12 34 56 78"},
                                          {"p", "1234567890123"},
                                          {"id", "jane@x.dk"},
                                          {"dob", "1985-03-12"},
                                          {"u", "https://instagram.com/janedoe"},
                                          {"q", "x eq 'Jane'"},
                                          {"k", "Ærø"}}) {
        EXPECT_EQ(stars_.value(name, text), stars_.value(name, value(name, text))) << name;
        EXPECT_EQ(as_it_was_.value(name, text), text) << name;
    }
}

TEST_F(Scrub, BrokenTextsDoNoHarm) {
    for (const char* const text : {"\xff\xfe", "{\"a\":", "%zz=%", "\"", "<", "@", "+", "''"}) {
        for (const char* const type : {"application/json", "text/csv", "text/html",
                                       "application/x-www-form-urlencoded", "text/plain", ""}) {
            (void)scrubber_.body(type, text);
            (void)stars_.body(type, text);
        }
        (void)scrubber_.links(text);
        (void)scrubber_.url(text);
    }
}

}  // namespace
}  // namespace coterie::http
