#include "body.hpp"
#include "signature.hpp"
#include "tests/support/feeding_host.hpp"
#include "tests/support/loopback_server.hpp"
#include "webhook.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace webhook {
namespace {

using coterie::ErrorKind;
using coterie::test::answer;
using coterie::test::FeedingHost;
using coterie::test::LoopbackServer;
using coterie::test::Received;
using coterie::test::Sent;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kSecret = "a secret of enough length";

std::vector<json> people(int count) {
    std::vector<json> all;
    for (int number = 1; number <= count; ++number) {
        all.push_back(
            {{"id", "inf_" + std::to_string(number)},
             {"revision", number},
             {"name", {{"display", "Person " + std::to_string(number)}, {"given", "P"}}},
             {"emails",
              {{{"address", "p@example.com"}, {"role", "work"}}, {{"address", "q@example.com"}}}}});
    }
    return all;
}

json config_for(const LoopbackServer& server, json more = json::object()) {
    json config{{"url", server.url("/hook?team=7")}, {"secret", kSecret}};
    config.update(more);
    return config;
}

coterie::Result<void> write(FeedingHost& host, const json& config) {
    Webhook destination(config, [] { return std::int64_t{1'772'352'000}; });
    host.is_complete = false;
    return host.write(destination);
}

// --- Signature and body --------------------------------------------------------------------------

TEST(Signature, IsThatOfTheSpecificationsExample) {
    // The example that the specification's own libraries are tested with.
    const auto key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    EXPECT_EQ(
        signature_of("msg_p5jXN8AQM9LWM0D4loKWxJek", 1'614'265'330, R"({"test": 2432232314})", key),
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(Signature, TakesAnyTextAsSecretAndRefusesBrokenBase64) {
    EXPECT_EQ(key_of("plain"), "plain");
    EXPECT_EQ(key_of("whsec_YWJj"), "abc");
    EXPECT_THROW(key_of("whsec_!"), std::invalid_argument);
    EXPECT_THROW(key_of("whsec_"), std::invalid_argument);
}

TEST(Body, HasUpsertsAndRemovals) {
    const std::vector<Change> changes{{"a", R"({"id":"a"})"}, {"b", ""}, {"c", R"({"id":"c"})"}};
    EXPECT_EQ(body_of(changes), R"({"upserts":[{"id":"a"},{"id":"c"}],"removals":["b"]})");
    EXPECT_EQ(body_of({}), R"({"upserts":[],"removals":[]})");
}

TEST(Body, HasTheChosenFieldsAlone) {
    EXPECT_EQ(json::parse(chosen(people(1)[0], {"name.display", "emails.address", "phones"})),
              json::parse(R"({"id":"inf_1","revision":1,"name":{"display":"Person 1"},
                              "emails":[{"address":"p@example.com"},{"address":"q@example.com"}]})"));
}

TEST(Answers, SayEachChangesFateOrNothing) {
    const auto fates = fates_in(
        R"({"results":[{"id":"a","ok":true},{"id":"b","ok":false,"error":"no team"},
                       {"id":"c","error":{"code":7},"retry":true},{"id":5},7]})");
    ASSERT_EQ(fates.size(), 3U);
    EXPECT_EQ(fates.at("a").kind, Fate::Kind::Delivered);
    EXPECT_EQ(fates.at("b").kind, Fate::Kind::Rejected);
    EXPECT_EQ(fates.at("b").why, "no team");
    EXPECT_EQ(fates.at("c").kind, Fate::Kind::Postponed);
    EXPECT_EQ(fates.at("c").why, R"({"code":7})");
    EXPECT_TRUE(fates_in("OK").empty());
    EXPECT_TRUE(fates_in(R"({"results":"fine"})").empty());
    EXPECT_TRUE(fates_in("").empty());
}

// --- On the wire ---------------------------------------------------------------------------------

TEST(Webhook, PostsChangesInSignedBatches) {
    const LoopbackServer server([](const Received&) { return answer(204, ""); });
    FeedingHost host(people(3));
    host.deliveries.push_back({coterie::Delivery::Action::Remove, "inf_gone", ""});
    ASSERT_TRUE(
        write(host, config_for(server, {{"batch", 3}, {"headers", {{"X-Team", "seven"}}}})));
    EXPECT_THAT(host.answers, ElementsAre("inf_1 ok", "inf_2 ok", "inf_3 ok", "inf_gone ok"));
    const auto received = server.received();
    ASSERT_EQ(received.size(), 2U);
    for (const auto& request : received) {
        EXPECT_EQ(request.method, "POST");
        EXPECT_EQ(request.target, "/hook?team=7");
        EXPECT_EQ(request.header("content-type"), "application/json");
        EXPECT_EQ(request.header("x-team"), "seven");
        EXPECT_EQ(request.header("webhook-timestamp"), "1772352000");
        EXPECT_EQ(request.header("idempotency-key"), request.header("webhook-id"));
        EXPECT_EQ(request.header("webhook-signature"),
                  signature_of(request.header("webhook-id"), 1'772'352'000, request.body, kSecret));
    }
    EXPECT_EQ(json::parse(received[0].body).at("upserts").size(), 3U);
    EXPECT_EQ(received[1].body, R"({"upserts":[],"removals":["inf_gone"]})");
    EXPECT_NE(received[0].header("webhook-id"), received[1].header("webhook-id"));
}

TEST(Webhook, SendsTheSameIdAgainWhereNoAnswerCame) {
    int count = 0;
    std::mutex mutex;
    const LoopbackServer server([&](const Received&) {
        const std::lock_guard lock(mutex);
        return ++count == 1 ? answer(503, "busy") : answer(200, "");
    });
    FeedingHost host(people(1));
    ASSERT_TRUE(write(host, config_for(server)));
    const auto received = server.received();
    ASSERT_EQ(received.size(), 2U);
    EXPECT_EQ(received[0].body, received[1].body);
    EXPECT_EQ(received[0].header("webhook-id"), received[1].header("webhook-id"));
    EXPECT_THAT(host.answers, ElementsAre("inf_1 ok"));
}

TEST(Webhook, TellsWhatTheReceiverSaysOfEach) {
    const LoopbackServer server([](const Received&) {
        return answer(200, R"({"results":[{"id":"inf_2","ok":false,"error":"no such team"},
                                          {"id":"inf_3","ok":false,"error":"later","retry":true}]})");
    });
    FeedingHost host(people(3));
    ASSERT_TRUE(write(host, config_for(server)));
    EXPECT_THAT(host.answers,
                ElementsAre("inf_1 ok", "inf_2 rejected: no such team", "inf_3 postponed: later"));
}

TEST(Webhook, FindsTheOneForWhichABatchIsRefused) {
    const LoopbackServer server([](const Received& request) {
        return request.body.find("inf_5") != std::string::npos
                   ? answer(422, R"({"error":"no inf_5 here"})")
                   : answer(200, "{}");
    });
    FeedingHost host(people(8));
    ASSERT_TRUE(write(host, config_for(server)));
    EXPECT_EQ(host.answers.size(), 8U);
    for (const auto& said : host.answers) {
        if (said.starts_with("inf_5")) {
            EXPECT_THAT(said, testing::StartsWith("inf_5 rejected: "));
            EXPECT_THAT(said, HasSubstr("no inf_5 here"));
        } else {
            EXPECT_THAT(said, testing::EndsWith(" ok"));
        }
    }
    EXPECT_LE(server.received().size(), 8U);
}

TEST(Webhook, KeepsBatchesBelowTheirBytes) {
    const LoopbackServer server([](const Received&) { return answer(200, ""); });
    FeedingHost host(people(10));
    ASSERT_TRUE(write(host, config_for(server, {{"batch_bytes_max", 1024}})));
    EXPECT_EQ(host.answers.size(), 10U);
    EXPECT_GT(server.received().size(), 1U);
    for (const auto& request : server.received()) {
        EXPECT_LT(request.body.size(), 1100U);
    }
}

TEST(Webhook, FailsWhereItIsNotLetInAndNamesNoSecret) {
    const LoopbackServer server([](const Received& request) {
        return answer(
            403, json{{"error", "wrong: " + request.header("authorization") + kSecret}}.dump());
    });
    FeedingHost host(people(2));
    const auto config =
        config_for(server, {{"headers", {{"Authorization", "Bearer not-to-be-seen"}}}});
    const auto written = write(host, config);
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().kind, ErrorKind::Config);
    EXPECT_THAT(written.error().message, testing::Not(HasSubstr("not-to-be-seen")));
    EXPECT_THAT(written.error().message, testing::Not(HasSubstr(kSecret)));
    EXPECT_TRUE(host.answers.empty());
    EXPECT_FALSE(Webhook(config).check());
}

TEST(Webhook, IsCheckedByAnEmptyBatch) {
    const LoopbackServer server([](const Received&) { return answer(200, ""); });
    EXPECT_TRUE(Webhook(config_for(server)).check());
    ASSERT_EQ(server.received().size(), 1U);
    EXPECT_EQ(server.received()[0].body, R"({"upserts":[],"removals":[]})");
}

TEST(Webhook, RefusesHeadersThatWouldBeTwo) {
    const json config{
        {"url", "https://a.example"}, {"secret", kSecret}, {"headers", {{"A", "b\r\nC: d"}}}};
    EXPECT_THROW(Webhook{config}, std::invalid_argument);
}

}  // namespace
}  // namespace webhook
