// The parts of the engine that need no server: times, templates, pages, paging, golden records.
#include "sdk/rest/api.hpp"
#include "sdk/rest/golden.hpp"
#include "sdk/rest/page.hpp"

#include <gtest/gtest.h>

#include <ostream>

namespace coterie::rest {
namespace {

using Json = nlohmann::json;

class Fixed final : public Scope {
  public:
    explicit Fixed(Json values) : values_(std::move(values)) {}
    [[nodiscard]] std::optional<Json> find(std::string_view name) const override {
        const auto found = values_.find(name);
        return found == values_.end() ? std::nullopt : std::optional<Json>(*found);
    }
    [[nodiscard]] std::optional<Json> find(const Pointer& pointer) const override {
        return pointer.find(values_);
    }

  private:
    Json values_;
};

struct TimeCase {
    Json written;
    std::optional<Millis> millis;
    friend std::ostream& operator<<(std::ostream& out, const TimeCase& c) {
        return out << c.written;
    }
};
class ApiTimes : public testing::TestWithParam<TimeCase> {};
TEST_P(ApiTimes, AreReadAsApisWriteThem) {
    EXPECT_EQ(parse_time(GetParam().written), GetParam().millis);
}
INSTANTIATE_TEST_SUITE_P(
    Values, ApiTimes,
    testing::Values(TimeCase{"2020-10-22T21:03:23.000+0000", 1603400603000},
                    TimeCase{"2020-10-22T21:03:23Z", 1603400603000},
                    TimeCase{"2020-10-22T23:03:23.250+02:00", 1603400603250},
                    TimeCase{"2023-02-22 10:44:49", 1677062689000},
                    TimeCase{"2023-02-22", 1677024000000}, TimeCase{1603400603, 1603400603000},
                    TimeCase{1603400603250, 1603400603250},
                    TimeCase{"1603400603250", 1603400603250},
                    TimeCase{"1969-12-31T23:59:59Z", -1000}, TimeCase{"2023-02-30", std::nullopt},
                    TimeCase{"yesterday", std::nullopt}, TimeCase{"", std::nullopt},
                    TimeCase{"2023-02-22T25:61", std::nullopt}, TimeCase{nullptr, std::nullopt}));

TEST(ApiDates, OfADateHeaderAreRead) {
    EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777000);
    EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994"), std::nullopt);
}

TEST(ApiTemplates, OneAloneKeepsItsType) {
    const Fixed scope(Json({{"ids", {1, 2}}, {"since", "2026-01-31T02:30:00Z"}}));
    EXPECT_EQ(Template("{ids}").evaluate(scope), Json({1, 2}));
    EXPECT_EQ(Template("{ids|objects:id}").evaluate(scope), Json::parse(R"([{"id":1},{"id":2}])"));
    EXPECT_EQ(Template("ids={ids|join:,}").text(scope), "ids=1,2");
    EXPECT_EQ(Template("{since|minus:60|epoch_ms}").evaluate(scope), Json(1769826540000));
    EXPECT_EQ(Template("LAST_MODIFIED_TIME()>'{since|date:%Y-%m-%d}' {{x}}").text(scope),
              "LAST_MODIFIED_TIME()>'2026-01-31' {x}");
    EXPECT_EQ(Template("{name|default:nobody}").text(scope), "nobody");
}

TEST(ApiTemplates, WithoutAValueAreLeftOutOfObjectsAndNamedElsewhere) {
    const Fixed scope(Json::object());
    EXPECT_EQ(JsonTemplate({{"after", "{cursor}"}, {"limit", 100}}).evaluate(scope),
              Json({{"limit", 100}}));
    try {
        static_cast<void>(Template("/contacts/{target}").text(scope));
        FAIL() << "no error";
    } catch (const std::runtime_error& error) {
        EXPECT_STREQ(error.what(), "'/contacts/{target}': there is no value for '{target}'");
    }
    EXPECT_THROW(Template("{cursor"), std::invalid_argument);
    EXPECT_THROW(Template("{cursor|upcase}"), std::invalid_argument);
}

TEST(ApiTemplates, QuoteWhatComesFromOutside) {
    const Fixed scope(Json({{"name", "O'Brien\\"}}));
    EXPECT_EQ(Template("Name = {name|quote:\\}").text(scope), R"(Name = 'O\'Brien\\')");
    EXPECT_EQ(Template("name eq {name|quote:'}").text(scope), R"(name eq 'O''Brien\')");
    EXPECT_EQ(Template("/people/{name}").text(scope, &http::encode), "/people/O%27Brien%5C");
}

TEST(ApiTemplates, MatchTakesWhatAnExpressionFindsInATextOrAList) {
    const Fixed scope(
        {{"ids", {"foreign:7", "ours:a-1"}}, {"link", "https://x.example/people/b-2"}});
    EXPECT_EQ(Template("{ids|match:^ours:(.+)$}").evaluate(scope), Json("a-1"));
    EXPECT_EQ(Template("{link|match:[^/]+$}").evaluate(scope), Json("b-2"));
    EXPECT_EQ(Template("{link|match:^nothing}").evaluate(scope), std::nullopt);
    EXPECT_EQ(Template("{link|match:^nothing|or:link}").evaluate(scope),
              Json("https://x.example/people/b-2"));
    EXPECT_THROW(Template("{link|match:(}"), std::invalid_argument);
}

TEST(ApiTemplates, ParseLooksIntoATextThatIsJson) {
    const Fixed scope({{"key", R"({"a":{"b":5}})"}, {"text", "no JSON"}});
    EXPECT_EQ(Template("{key|parse:/a/b}").evaluate(scope), Json(5));
    EXPECT_EQ(Template("{key|parse:/c}").evaluate(scope), std::nullopt);
    EXPECT_THROW(static_cast<void>(Template("{text|parse:/a}").evaluate(scope)),
                 std::runtime_error);
    EXPECT_THROW(Template("{key|parse:a}"), std::invalid_argument);
}

TEST(ApiTemplates, SpreadObjects) {
    const Fixed scope(Json({{"fields", {{"Phone", "1"}}}, {"key", "Ext__c"}, {"id", "x"}}));
    EXPECT_EQ(JsonTemplate({{"...", "{fields}"}, {"{key}", "{id}"}}).evaluate(scope),
              Json({{"Phone", "1"}, {"Ext__c", "x"}}));
}

TEST(ApiPages, AreCutWithoutReadingTheirRecords) {
    const std::string body =
        R"({"a":"]}\"","data":[ {"id":1,"t":"},{"} , {"id":2} ],"next":{"after":"x"}})";
    const auto page = cut_page(body, Pointer("/data"), false);
    ASSERT_TRUE(page);
    EXPECT_EQ(page->records,
              (std::vector<std::string_view>{R"({"id":1,"t":"},{"})", R"({"id":2})"}));
    EXPECT_EQ(Pointer("/next/after").find(page->envelope), Json("x"));
    EXPECT_TRUE(page->has_records);
}

TEST(ApiPages, OfAWholeBodyAnObjectsValuesAndOneRecord) {
    EXPECT_EQ(cut_page("[{\"id\":1}]", Pointer(""), false)->records.size(), 1U);
    EXPECT_EQ(cut_page(R"({"x":{"p":{"id":1},"q":{"id":2}}})", Pointer("/x"), true)->records.size(),
              2U);
    EXPECT_EQ(cut_page(R"({"x":{"id":1}})", Pointer("/x"), false)->records.front(), R"({"id":1})");
    EXPECT_FALSE(cut_page(R"({"error":"no"})", Pointer("/x"), false)->has_records);
    EXPECT_TRUE(cut_page(R"({"x":null})", Pointer("/x"), false)->has_records);
}

TEST(ApiPages, BrokenOffAreAnError) {
    for (const char* body :
         {"", "{", R"({"data":[{"id":1},)", R"({"data":[{"id":1}],"ne)", "<html>502</html>"}) {
        const auto page = cut_page(body, Pointer("/data"), false);
        ASSERT_FALSE(page) << body;
        EXPECT_EQ(page.error().kind, ErrorKind::Transient) << body;
    }
}

http::Response response() {
    http::Response response;
    response.status = 200;
    return response;
}

TEST(ApiPaging, ByCursorEndsWhereThereIsNoneAndRefusesOneThatComesAgain) {
    Paging paging;
    paging.kind = Paging::Kind::Cursor;
    paging.next = Pointer("/next");
    PageState state(paging, nullptr, Fixed(Json::object()));
    EXPECT_TRUE(*state.advance(response(), {{"next", "a"}}, 2, std::nullopt));
    EXPECT_EQ(state.stored().at("cursor"), "a");
    EXPECT_TRUE(*state.advance(response(), {{"next", "b"}}, 2, std::nullopt));
    EXPECT_FALSE(*PageState(paging, state.stored(), Fixed(Json::object()))
                      .advance(response(), {{"next", nullptr}}, 2, std::nullopt));
    const auto again = state.advance(response(), {{"next", "a"}}, 2, std::nullopt);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().kind, ErrorKind::Fatal);
}

TEST(ApiPaging, ByKeysetEndsWithAnEmptyPageNotWithAShortOne) {
    Paging paging;
    paging.kind = Paging::Kind::Keyset;
    paging.last = Pointer("/id");
    PageState state(paging, nullptr, Fixed(Json::object()));
    EXPECT_TRUE(*state.advance(response(), Json::object(), 1, Json(7)));
    EXPECT_FALSE(*state.advance(response(), Json::object(), 0, std::nullopt));
}

TEST(ApiPaging, EndsWithAPageThatIsNotFullWhereAFullOneIsSaid) {
    Paging paging;
    paging.kind = Paging::Kind::Keyset;
    paging.last = Pointer("/id");
    paging.full_page = Template("{config.page_size|default:3}");
    PageState state(paging, nullptr, Fixed(Json::object()));
    EXPECT_TRUE(*state.advance(response(), Json::object(), 3, Json(7)));
    EXPECT_FALSE(*state.advance(response(), Json::object(), 2, Json(9)));
}

TEST(ApiPaging, GivesUpOnPagesThatRepeat) {
    Paging paging;
    PageState state(paging, nullptr, Fixed(Json::object()));
    EXPECT_TRUE(state.note(1, 5));
    EXPECT_TRUE(state.note(1, 5));  // a page that was sent twice
    EXPECT_TRUE(state.note(2, 5));
    EXPECT_TRUE(state.note(2, 5));
    EXPECT_TRUE(state.note(2, 5));
    EXPECT_FALSE(state.note(2, 5));
}

struct WithoutCase {
    const char* pointer;
    const char* json;
    const char* expected;
};
TEST(ApiPages, TextWithoutSomethingIsTheSameButForIt) {
    for (const auto& [pointer, json, expected] : {
             WithoutCase{"/a", R"({"a":1,"b":2})", R"({"b":2})"},
             WithoutCase{"/b", R"({"a": [1, {"b": 2}], "b" : {"c":"}"}, "d":null})",
                         R"({"a":[1, {"b": 2}],"d":null})"},
             WithoutCase{"/a/b", R"({"a":{"b":1,"c":{"b":2}},"b":3})",
                         R"({"a":{"c":{"b":2}},"b":3})"},
             WithoutCase{"/a/b", R"({"a":{"b":1},"a":{"x":0,"b":2}})", R"({"a":{},"a":{"x":0}})"},
             WithoutCase{"/\u00e6\"", R"({"\u00e6\"":1,"b":2})", R"({"b":2})"},
             WithoutCase{"/a\"", R"({"a\"":1,"b":2})", R"({"b":2})"},
             WithoutCase{"/*/*/url", R"({"p":[{"url":"x","n":1},{"url":"y"}],"url":"z"})",
                         R"({"p":[{"n":1},{}],"url":"z"})"},
             WithoutCase{"/l/1/x", R"({"l":[{"x":1},{"x":2}]})", R"({"l":[{"x":1},{}]})"},
             WithoutCase{"/l/1", R"({"l":[1,2,3]})", R"({"l":[1,2,3]})"},
             WithoutCase{"/l/*", R"({"l":[1,2,3]})", R"({"l":[]})"},
             WithoutCase{"/a", "{}", "{}"},
             WithoutCase{"/a", R"({"a":1})", "{}"},
         }) {
        EXPECT_EQ(without(json, Pointer(pointer)), expected) << pointer << " of " << json;
        EXPECT_FALSE(Json::parse(without(json, Pointer(pointer)), nullptr, false).is_discarded());
    }
}

TEST(ApiGolden, PathsPickElements) {
    const Json golden = {{"name", {{"given", "Ida"}}},
                         {"emails",
                          {{{"address", "b@example.com"}, {"role", "booking"}},
                           {{"address", "i@example.com"}, {"role", "personal"}}}},
                         {"profiles",
                          {{{"platform", "instagram"}, {"handle", "ida"}},
                           {{"platform", "tiktok"}, {"handle", "idatok"}}}}};
    EXPECT_EQ(at_path(golden, "name.given"), Json("Ida"));
    EXPECT_EQ(at_path(golden, "profiles[platform=tiktok].handle"), Json("idatok"));
    EXPECT_EQ(at_path(golden, "profiles[*].handle"), Json({"ida", "idatok"}));
    EXPECT_EQ(at_path(golden, "emails[1].address"), Json("i@example.com"));
    EXPECT_EQ(at_path(golden, "emails[9].address"), std::nullopt);
    EXPECT_EQ(own_email(golden), Json("i@example.com"));
    EXPECT_FALSE(is_opted_out(golden));
}

TEST(ApiGolden, KnowsWhatStandsInASourceRecord) {
    const Json golden = {
        {"emails", {{{"address", "b@example.com"}}, {{"address", "i@example.com"}}}},
        {"profiles", {{{"platform", "x"}, {"followers", 3}}}},
        {"audience", {{"tier", "nano"}}},
        {"provenance",
         {{"/emails/0/address",
           {{"source", "crm"}, {"record_id", "7"}, {"field", "Email"}, {"rule", "union"}}},
          {"/audience/tier",
           {{"source", "crm"}, {"record_id", "7"}, {"field", "X"}, {"rule", "derived"}}},
          {"/kind", {{"source", "crm"}, {"record_id", "7"}, {"field", ""}, {"rule", "only"}}}}}};
    EXPECT_EQ(pointers_at(golden, "emails[*].address"),
              (std::vector<std::string>{"/emails/0/address", "/emails/1/address"}));
    EXPECT_EQ(pointers_at(golden, "profiles[platform=x].followers"),
              std::vector<std::string>{"/profiles/0/followers"});
    EXPECT_EQ(pointers_at(golden, "config.x"), std::vector<std::string>{});
    EXPECT_TRUE(stands_in(golden, "/emails/0/address", "crm", "7"));
    EXPECT_FALSE(stands_in(golden, "/emails/0/address", "crm", "8"));
    EXPECT_FALSE(stands_in(golden, "/emails/1/address", "crm", "7"));
    EXPECT_FALSE(stands_in(golden, "/audience/tier", "crm", "7"));
    EXPECT_FALSE(stands_in(golden, "/kind", "crm", "7"));
}

TEST(ApiGolden, KnowsWhetherARecordSaysItselfThatNoContactIsWanted) {
    const Json golden = {{"emails", {{{"address", "i@example.com"}, {"opted_out", true}}}},
                         {"provenance",
                          {{"/emails/0/opted_out",
                            {{"source", "crm"},
                             {"record_id", "7"},
                             {"field", "properties.optout"},
                             {"rule", "only"}}}}}};
    EXPECT_TRUE(says_opted_out(golden, "optout", "crm", "7"));
    EXPECT_FALSE(says_opted_out(golden, "out", "crm", "7"));
    EXPECT_FALSE(says_opted_out(golden, "optout", "crm", "8"));
    EXPECT_FALSE(says_opted_out(golden, "optout", "desk", "7"));
}

TEST(ApiGolden, SaysWhoWantsNoContact) {
    EXPECT_TRUE(is_opted_out({{"relationship", {{"status", "do_not_contact"}}}}));
    EXPECT_TRUE(is_opted_out({{"consent", {{"status", "withdrawn"}}}}));
    EXPECT_TRUE(is_opted_out({{"emails", {{{"address", "a"}, {"opted_out", true}}}}}));
    EXPECT_FALSE(
        is_opted_out({{"emails", {{{"address", "a"}, {"role", "booking"}, {"opted_out", true}}}}}));
}

TEST(ApiDescriptions, TellAllThatIsWrongWithItsPlace) {
    try {
        Description::compile({{"streams",
                               {{"contacts",
                                 {{"records", "data"},
                                  {"paging", {{"kind", "offset"}}},
                                  {"request", {{"path", "/c"}, {"qeury", 1}}}}}}}});
        FAIL() << "no error";
    } catch (const std::invalid_argument& error) {
        const std::string all = error.what();
        EXPECT_NE(all.find("streams.contacts.full.records: 'data' is no JSON Pointer"),
                  std::string::npos)
            << all;
        EXPECT_NE(all.find("qeury: unknown key; allowed: "), std::string::npos) << all;
        EXPECT_NE(all.find("paging.size: is missing"), std::string::npos) << all;
        EXPECT_NE(all.find("id: is missing"), std::string::npos) << all;
    }
}

}  // namespace
}  // namespace coterie::rest
