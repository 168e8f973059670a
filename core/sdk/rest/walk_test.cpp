// Reads of a described API on this machine: what passes do beyond asking for pages.
#include "../tests/support/loopback_server.hpp"
#include "../tests/support/recording_host.hpp"

#include "coterie/rest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace coterie::rest {
namespace {

using Json = nlohmann::json;
using test::answer;
using test::LoopbackServer;
using test::Received;
using test::RecordingHost;
using test::Sent;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

/// Answers by target.
class Answers {
  public:
    explicit Answers(std::map<std::string, Sent> answers)
        : answers_(std::move(answers)),
          server_([this](const Received& request) { return find(request.target); }) {}

    /// \return The source `stream` of a description whose base URL is this server's.
    SourceConnector source(Json description) const {
        description["base_url"] = server_.url();
        return SourceConnector(Engine(description));
    }
    void set(const std::string& target, Sent sent) {
        const std::lock_guard lock(mutex_);
        answers_[target] = std::move(sent);
    }
    [[nodiscard]] std::vector<std::string> asked() const {
        std::vector<std::string> targets;
        for (const Received& request : server_.received()) {
            targets.push_back(request.target);
        }
        return targets;
    }

  private:
    Sent find(const std::string& target) {
        const std::lock_guard lock(mutex_);
        const auto found = answers_.find(target);
        return found == answers_.end() ? answer(404, "{}") : found->second;
    }
    mutable std::mutex mutex_;
    std::map<std::string, Sent> answers_;
    LoopbackServer server_;
};

std::vector<std::string> ids_of(const RecordingHost& host) {
    std::vector<std::string> ids;
    for (const auto& record : host.records) {
        ids.push_back(record.id);
    }
    return ids;
}

// The host reads the stream "records".
Json one_stream(Json stream) {
    return {{"streams", {{"records", std::move(stream)}}}};
}

Json sheets(Json stream) {
    Json description = one_stream(std::move(stream));
    description["lookups"] = {
        {"sheets",
         {{"request", {{"path", "/sheets"}}}, {"key", "/id"}, {"value", {{"title", "{/title}"}}}}}};
    return description;
}

TEST(ForEach, WalksAPassForEachElementOfALookup) {
    Answers answers(
        {{"/sheets", answer(200, R"([{"id":"b","title":"Two"},{"id":"a","title":"One"}])")},
         {"/of/One", answer(200, R"([{"n":1},{"n":2}])")},
         {"/of/Two", answer(200, R"([{"n":1}])")}});
    auto source = answers.source(sheets({{"for_each", "sheets"},
                                         {"id", "{item.key}-{/n}"},
                                         {"request", {{"path", "/of/{item.title}"}}},
                                         {"add", {{"sheet", "{item.title}"}}}}));
    RecordingHost host;
    ASSERT_TRUE(host.read(source));
    EXPECT_THAT(ids_of(host), ElementsAre("a-1", "a-2", "b-1"));
    EXPECT_EQ(host.records[2].json, R"({"n":1,"sheet":"Two"})");
}

TEST(ForEach, SaysWhatThePersonNamedAndTheApiDoesNotHave) {
    Answers answers(
        {{"/sheets", answer(200, R"([{"id":"a","title":"One"},{"id":"b","title":"Two"}])")},
         {"/of/One", answer(200, R"([{"n":1}])")}});
    Json description = sheets({{"for_each", "sheets"},
                               {"id", "{item.key}-{/n}"},
                               {"request", {{"path", "/of/{item.title}"}}}});
    description["lookups"]["sheets"]["where"] = {{"at", "/title"}, {"in", "{config.wanted}"}};
    description["wanted"] = {"One", "Tow"};
    auto source = answers.source(description);
    RecordingHost host;
    ASSERT_TRUE(host.read(source));
    EXPECT_THAT(ids_of(host), ElementsAre("a-1"));
    EXPECT_THAT(host.logs, ElementsAre("'Tow' is none of the API's 'sheets'"));
}

TEST(ForEach, GoesOnInTheElementWhereItWasInterrupted) {
    Answers answers(
        {{"/sheets", answer(200, R"([{"id":"a","title":"One"},{"id":"b","title":"Two"}])")},
         {"/of/One?page=1", answer(200, R"([{"n":1}])")},
         {"/of/One?page=2", answer(200, "[]")},
         {"/of/Two?page=1", answer(200, R"([{"n":1}])")},
         {"/of/Two?page=2", answer(200, R"([{"n":2}])")},
         {"/of/Two?page=3", answer(200, "[]")}});
    auto source = answers.source(
        sheets({{"for_each", "sheets"},
                {"id", "{item.key}-{/n}"},
                {"request", {{"path", "/of/{item.title}"}, {"query", {{"page", "{page}"}}}}},
                {"paging", {{"kind", "page"}, {"until_empty", true}}}}));
    RecordingHost whole;
    ASSERT_TRUE(whole.read(source));
    EXPECT_THAT(ids_of(whole), ElementsAre("a-1", "b-1", "b-2"));
    for (const auto& checkpoint : whole.checkpoints) {
        RecordingHost rest;
        ASSERT_TRUE(rest.read(source, checkpoint.cursor));
        std::vector<std::string> ids = ids_of(whole);
        ids.erase(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(checkpoint.records));
        EXPECT_EQ(ids_of(rest), ids);
    }
}

TEST(ForEach, AReadOfChangesAsksOnlyForTheElementsThatItsConditionsLetBy) {
    Answers answers(
        {{"/sheets", answer(200, R"([{"id":"a","title":"One","at":"2026-01-01T00:00:00Z"},
                                                 {"id":"b","title":"Two","at":"2026-01-11T00:00:00Z"},
                                                 {"id":"c","title":"Old"}])")},
         {"/of/One", answer(200, R"([{"n":1,"at":"2026-01-10T00:00:00Z"}])")},
         {"/of/Two", answer(200, R"([{"n":1,"at":"2026-01-10T00:00:00Z"}])")}});
    Json description =
        sheets({{"for_each", "sheets"},
                {"for_each_where",
                 {{{"at", "/title"}, {"is_not", "Old"}}, {{"at", "/at"}, {"since", true}}}},
                {"incremental", true},
                {"id", "{item.key}-{/n}"},
                {"changed_at", "/at"},
                {"request", {{"path", "/of/{item.title}"}}}});
    description["lookups"]["sheets"]["value"] = {{"title", "{/title}"}, {"at", "{/at}"}};
    auto source = answers.source(description);
    RecordingHost full;
    ASSERT_TRUE(full.read(source));
    EXPECT_THAT(ids_of(full), ElementsAre("a-1", "b-1"));
    RecordingHost changes;
    ASSERT_TRUE(changes.read(source, full.checkpoints.back().cursor));
    EXPECT_THAT(ids_of(changes), ElementsAre("b-1"));
}

TEST(Join, AsksOnlyAboutTheRecordsThatItsConditionsLetBy) {
    Answers answers({{"/feed", answer(200, R"([{"id":1,"of":9},{"id":2},{"id":3,"of":0}])")},
                     {"/people?ids=1", answer(200, R"([{"id":1,"name":"Ida"}])")}});
    auto source = answers.source(one_stream(
        {{"id", "/id"},
         {"request", {{"path", "/feed"}}},
         {"join",
          {{{"name", "person"},
            {"only", {{"at", "/of"}, {"over", 0}}},
            {"key", "/id"},
            {"request", {{"path", "/people"}, {"query", {{"ids", "{ids|join:,}"}}}}}}}},
         {"record", {{"...", "{join.person/0}"}, {"merged_ids", Json::array({"{/of}"})}}},
         {"where", {{"at", "/name"}, {"exists", true}}}}));
    RecordingHost host;
    ASSERT_TRUE(host.read(source));
    ASSERT_THAT(ids_of(host), ElementsAre("1"));
    EXPECT_EQ(Json::parse(host.records[0].json),
              Json::parse(R"({"id":1,"merged_ids":[9],"name":"Ida"})"));
    EXPECT_TRUE(host.quarantined.empty());
    EXPECT_THAT(answers.asked(), ElementsAre("/feed", "/people?ids=1"));
}

TEST(Key, OfTheConfigIsTheIdAndWithoutOneTheCoreMakesIt) {
    Answers answers(
        {{"/rows", answer(200, R"({"values":[["Nr.","Name"],["7","Ida"],[],["","Bo"]]})")}});
    Json description = one_stream({{"format", "rows"},
                                   {"key", "{config.key}"},
                                   {"records", "/values"},
                                   {"request", {{"path", "/rows"}}}});
    description["key"] = "Nr.";
    auto keyed = answers.source(description);
    RecordingHost host;
    ASSERT_TRUE(host.read(keyed));
    EXPECT_THAT(ids_of(host), ElementsAre("7"));
    ASSERT_EQ(host.quarantined.size(), 1U) << "a row without a value is none";
    EXPECT_EQ(host.quarantined[0].why, "nothing in 'Nr.', which is the key");
    description.erase("key");
    auto plain = answers.source(description);
    RecordingHost other;
    ASSERT_TRUE(other.read(plain));
    EXPECT_THAT(ids_of(other), ElementsAre("", ""));
}

TEST(Again, FindsWhatMovedOntoAPageThatWasRead) {
    // Between the first page and the second one somebody deletes record 1: record 3 moves.
    Answers answers({{"/p?page=1", answer(200, R"([{"id":1},{"id":2}])")},
                     {"/p?page=2", answer(200, R"([{"id":4},{"id":5}])")},
                     {"/p?page=3", answer(200, "[]")}});
    Json stream{{"id", "/id"},
                {"request", {{"path", "/p"}, {"query", {{"page", "{page}"}}}}},
                {"paging", {{"kind", "page"}, {"until_empty", true}, {"again", true}}}};
    auto source = answers.source(one_stream(stream));
    RecordingHost first;
    ASSERT_TRUE(first.read(source));
    EXPECT_THAT(ids_of(first), ElementsAre("1", "2", "4", "5")) << "nothing comes twice";
    EXPECT_THAT(answers.asked(),
                ElementsAre("/p?page=1", "/p?page=2", "/p?page=1", "/p?page=3", "/p?page=2"));

    std::size_t asked_for_first = 0;
    LoopbackServer moving([&](const Received& request) {
        if (request.target == "/p?page=1") {
            return ++asked_for_first == 1 ? answer(200, R"([{"id":1},{"id":2}])")
                                          : answer(200, R"([{"id":2},{"id":3}])");
        }
        return request.target == "/p?page=2" ? answer(200, R"([{"id":4},{"id":5}])")
                                             : answer(200, "[]");
    });
    Json description = one_stream(stream);
    description["base_url"] = moving.url();
    SourceConnector other{Engine(description)};
    RecordingHost second;
    ASSERT_TRUE(second.read(other));
    EXPECT_THAT(ids_of(second), UnorderedElementsAre("1", "2", "3", "4", "5"));
}

TEST(Each, ReadsOfChangesTakeThePlaceOfAllThatOneRecordMade) {
    Answers answers({{"/all", answer(200, R"([{"id":1,"who":[4,9]},{"id":2,"who":[4]}])")},
                     {"/changed", answer(200, R"([{"id":1,"who":[9]},{"id":3,"who":[]},
                                                  {"id":5,"who":[4],"cancelled":true}])")},
                     {"/gone", answer(200, R"([{"id":2}])")}});
    auto source =
        answers.source(one_stream({{"id", "/id"},
                                   {"each", "{/who}"},
                                   {"deleted_when", {{"at", "/cancelled"}, {"is", true}}},
                                   {"full", {{"request", {{"path", "/all"}}}}},
                                   {"changes",
                                    {{{"request", {{"path", "/changed"}}}},
                                     {{"request", {{"path", "/gone"}}}, {"emit", "deleted"}}}}}));
    RecordingHost first;
    ASSERT_TRUE(first.read(source));
    EXPECT_THAT(ids_of(first), ElementsAre("1:4", "1:9", "2:4"));
    EXPECT_THAT(first.replaced, ElementsAre()) << "what a full read does not bring is gone anyway";
    RecordingHost second;
    ASSERT_TRUE(second.read(source, first.checkpoints.back().cursor));
    EXPECT_THAT(ids_of(second), ElementsAre("1:9"));
    EXPECT_THAT(second.replaced, ElementsAre("1:", "3:", "5:", "2:"));
}

TEST(Whole, AFullReadOfAFeedThatReachesBackSomeDaysSaysThatItIsPartial) {
    Answers answers({{"/changed", answer(200, R"([{"id":1}])")}});
    Json stream{{"id", "/id"},
                {"whole", "config.everyone"},
                {"incremental", true},
                {"request", {{"path", "/changed"}}}};
    auto source = answers.source(one_stream(stream));
    RecordingHost host;
    ASSERT_TRUE(host.read(source));
    EXPECT_EQ(host.partials, 1);
    stream.erase("whole");
    auto whole = answers.source(one_stream(stream));
    RecordingHost other;
    ASSERT_TRUE(other.read(whole));
    EXPECT_EQ(other.partials, 0);
}

TEST(Unchanged, IsAskedForBeforeAReadAndKeptAfterIt) {
    Answers answers(
        {{"/version", answer(200, R"({"version":"5"})")}, {"/p", answer(200, R"([{"id":1}])")}});
    auto source = answers.source(
        one_stream({{"id", "/id"},
                    {"request", {{"path", "/p"}}},
                    {"unchanged", {{"request", {{"path", "/version"}}}, {"at", "/version"}}}}));
    RecordingHost first;
    ASSERT_TRUE(first.read(source));
    EXPECT_EQ(first.state, Json("5"));
    RecordingHost second;
    ASSERT_TRUE(second.read(source, {}, first.state));
    EXPECT_EQ(second.unchanged, 1);
    EXPECT_EQ(second.record_count, 0U);
    answers.set("/version", answer(200, R"({"version":"6"})"));
    RecordingHost third;
    ASSERT_TRUE(third.read(source, {}, second.state));
    EXPECT_EQ(third.record_count, 1U);
    EXPECT_EQ(third.state, Json("6"));
    answers.set("/version", answer(403, "{}"));
    RecordingHost fourth;
    ASSERT_TRUE(fourth.read(source, {}, third.state));
    EXPECT_EQ(fourth.record_count, 1U) << "who may not see it reads all";
    EXPECT_EQ(fourth.state, std::nullopt);
}

TEST(Records, MayBeMissingWhereThatIsSaid) {
    Answers answers({{"/p", answer(200, R"({"range":"A1"})")}});
    Json stream{{"id", "/id"}, {"records", "/values"}, {"request", {{"path", "/p"}}}};
    auto strict = answers.source(one_stream(stream));
    RecordingHost host;
    EXPECT_FALSE(host.read(strict));
    stream["records_optional"] = true;
    auto lenient = answers.source(one_stream(stream));
    EXPECT_TRUE(host.read(lenient));
}

TEST(Drop, TakesAwayWhatAStarLeadsTo) {
    Answers answers(
        {{"/p",
          answer(200, R"([{"id":1,"photo":[{"url":"x","name":"a"},{"url":"y"}],"url":"z"}])")}});
    auto source = answers.source(
        one_stream({{"id", "/id"}, {"request", {{"path", "/p"}}}, {"drop", {"/*/*/url"}}}));
    RecordingHost host;
    ASSERT_TRUE(host.read(source));
    EXPECT_EQ(Json::parse(host.records[0].json),
              Json::parse(R"({"id":1,"photo":[{"name":"a"},{}],"url":"z"})"));
}

}  // namespace
}  // namespace coterie::rest
