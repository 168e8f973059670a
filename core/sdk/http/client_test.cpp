// The client against servers on loopback that answer byte for byte what a test says.
#include "../tests/support/loopback_server.hpp"
#include "../tests/support/scratch_folder.hpp"

#include "coterie/http.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <zlib.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace coterie::http {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::answer;
using test::LoopbackServer;
using test::Received;
using test::Sent;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kToken = "tok-3e1f77aa";

/// Quick, so that a test that tries again takes no time.
Options options_for(const LoopbackServer& server) {
    Options options;
    options.base_url = server.url();
    options.auth = TokenAuth{kToken};
    options.wait_first = milliseconds(1);
    options.wait_max = milliseconds(2);
    options.connect_max = seconds(10);
    options.stall_max = seconds(20);
    return options;
}

Client client_for(Options options, Sink* sink = nullptr) {
    auto client = Client::create(std::move(options), sink);
    if (!client) {
        throw std::runtime_error(client.error().message);
    }
    return *std::move(client);
}

Request get(std::string url) {
    Request request;
    request.url = std::move(url);
    return request;
}

Request post(std::string url, std::string body) {
    Request request;
    request.method = "POST";
    request.url = std::move(url);
    request.body = std::move(body);
    request.content_type = "application/json";
    return request;
}

std::string gzip(const std::string& text) {
    z_stream stream{};
    EXPECT_EQ(::deflateInit2(&stream, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    std::string out(text.size() + 1024, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(::deflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    ::deflateEnd(&stream);
    return out;
}

std::string content_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// A core that hears log lines and can ask to stop. Used on the test's thread alone, as a Sink is.
class TestCore {
  public:
    TestCore() {
        host_.size = sizeof host_;
        host_.context = this;
        host_.log = [](void* self, std::int32_t, coterie_bytes text) {
            auto& core = *static_cast<TestCore*>(self);
            EXPECT_EQ(std::this_thread::get_id(), core.owner_);
            core.log += std::string(text.data, text.size) + "\n";
        };
        host_.cancelled = [](void* self) -> std::int32_t {
            auto& core = *static_cast<TestCore*>(self);
            EXPECT_EQ(std::this_thread::get_id(), core.owner_);
            return core.is_stopping() ? 1 : 0;
        };
    }

    std::string log;
    std::function<bool()> is_stopping = [] { return false; };
    Sink& sink() { return sink_; }

  private:
    const std::thread::id owner_ = std::this_thread::get_id();
    coterie_host host_{};
    Sink sink_{host_};
};

/// Answers one after the other, the last one again and again.
LoopbackServer::Handler in_turn(std::vector<Sent> answers) {
    auto count = std::make_shared<std::atomic<std::size_t>>(0);
    return [answers = std::move(answers), count](const Received&) {
        return answers[std::min(count->fetch_add(1), answers.size() - 1)];
    };
}

// --- Sending -------------------------------------------------------------------------------------

TEST(HttpClient, ARequestGoesOutAsSaidAndItsAnswerComesBackWhole) {
    LoopbackServer server(in_turn(
        {answer(200, R"({"a":1})", {"X-Total: 7", "Date: Sun, 06 Nov 1994 08:49:37 GMT"})}));
    auto client = client_for(options_for(server));
    Request request = post(server.url("/people?x=1"), "{}");
    request.query = {{"name", "a b&c"}, {"$top", "2"}};
    request.headers = {{"Prefer", "odata"}};
    const auto response = client.send(request);
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->body, R"({"a":1})");
    EXPECT_EQ(response->header("x-total"), "7");
    EXPECT_EQ(response->server_time(), 784111777);
    const auto received = server.received();
    ASSERT_EQ(received.size(), 1U);
    EXPECT_EQ(received[0].target, "/people?x=1&name=a%20b%26c&%24top=2");
    EXPECT_EQ(received[0].method, "POST");
    EXPECT_EQ(received[0].body, "{}");
    EXPECT_EQ(received[0].header("authorization"), std::string("Bearer ") + kToken);
    EXPECT_EQ(received[0].header("content-type"), "application/json");
    EXPECT_EQ(received[0].header("prefer"), "odata");
    EXPECT_EQ(received[0].header("expect"), "");
}

TEST(HttpClient, AConnectionIsUsedAgain) {
    LoopbackServer server(in_turn({answer(200, "{}")}));
    auto client = client_for(options_for(server));
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(client.send(get(server.url("/"))));
    }
    for (const auto& request : server.received()) {
        EXPECT_EQ(request.connection, 1U);
    }
}

TEST(HttpClient, EveryMethodGoesOutWithItsBody) {
    LoopbackServer server(in_turn({answer(204, "", {})}));
    auto client = client_for(options_for(server));
    std::vector<std::string> sent;
    for (const char* const method : {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "GET"}) {
        Request request = get(server.url("/"));
        request.method = method;
        request.body = std::string(method) == "PATCH" ? "{}" : "";
        ASSERT_TRUE(client.send(request)) << method;
    }
    for (const auto& request : server.received()) {
        sent.push_back(request.method + " " + request.header("content-length") + request.body);
        EXPECT_EQ(request.header("content-type"), "");
    }
    EXPECT_THAT(sent,
                ElementsAre("GET ", "POST 0", "PUT 0", "PATCH 2{}", "DELETE ", "HEAD ", "GET "));
}

TEST(HttpClient, ALargeAnswerGoesToAFileThatLivesAsLongAsItsOwner) {
    const std::string rows(3'000'000, 'r');
    LoopbackServer server(
        in_turn({answer(200, rows), answer(200, ""), answer(404, R"({"message":"gone"})")}));
    auto client = client_for(options_for(server));
    Request request = get(server.url("/export.csv"));
    request.to_file = true;
    auto response = client.send(request);
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body, "");
    EXPECT_EQ(content_of(response->file), rows);
    const std::string path = response->file;
    response->owner.reset();
    EXPECT_FALSE(std::filesystem::exists(path));
    const auto empty = client.send(request);
    ASSERT_TRUE(empty);
    EXPECT_TRUE(std::filesystem::exists(empty->file));
    const auto missing = client.send(request);
    ASSERT_TRUE(missing);
    EXPECT_EQ(missing->file, "") << "an error's words are wanted in memory";
    EXPECT_THAT(client.error_of(request, *missing).message, HasSubstr("gone"));
}

TEST(HttpClient, ACompressedAnswerIsTakenApart) {
    const std::string text(200'000, 'x');
    LoopbackServer server(in_turn({answer(200, gzip(text), {"Content-Encoding: gzip"})}));
    auto client = client_for(options_for(server));
    const auto response = client.send(get(server.url("/")));
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body, text);
    EXPECT_LT(client.stats().bytes, 2000U);
    EXPECT_EQ(server.received()[0].header("accept-encoding"), "gzip");
}

TEST(HttpClient, MoreThanTheMaximumIsRefusedHoweverSmallItCame) {
    LoopbackServer server([](const Received& request) {
        const std::string text(1 << 20, 'x');
        return request.target == "/bomb" ? answer(200, gzip(text), {"Content-Encoding: gzip"})
                                         : answer(200, text);
    });
    Options options = options_for(server);
    options.body_bytes_max = 100'000;
    auto client = client_for(options);
    for (const char* const path : {"/bomb", "/plain"}) {
        const auto response = client.send(get(server.url(path)));
        ASSERT_FALSE(response);
        EXPECT_EQ(response.error().kind, ErrorKind::Config);
        EXPECT_THAT(response.error().message, HasSubstr("page_bytes_max"));
    }
    EXPECT_EQ(server.received().size(), 2U) << "not tried again";
}

// --- Trying again --------------------------------------------------------------------------------

struct Cut {
    const char* name;
    Sent sent;
    friend std::ostream& operator<<(std::ostream& out, const Cut& cut) { return out << cut.name; }
};

std::vector<Cut> cuts() {
    const std::string whole = gzip(std::string(5000, 'x') + "end");
    const std::string part = whole.substr(0, whole.size() - 9);
    const std::string length = std::to_string(part.size());
    const std::string head = "HTTP/1.1 200 OK\r\n";
    char chunk[16];
    std::snprintf(chunk, sizeof chunk, "%zx\r\n", part.size());
    return {
        {"BeforeTheStatus", {"", true}},
        {"InTheStatus", {"HTTP/1.1 2", true}},
        {"InTheHeaders", {head + "Content-Le", true}},
        {"InTheBody", {head + "Content-Length: 10\r\n\r\nhalf", true}},
        {"InAChunk", {head + "Transfer-Encoding: chunked\r\n\r\na\r\nhalf", true}},
        {"AfterAChunk", {head + "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", true}},
        {"InGzip",
         {head + "Content-Encoding: gzip\r\nContent-Length: " + length + "\r\n\r\n" + part, true}},
        {"InGzipWithoutLength",
         {head + "Content-Encoding: gzip\r\nConnection: close\r\n\r\n" + part, true}},
        {"InGzipInWholeChunks",
         {head + "Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk + part +
              "\r\n0\r\n\r\n",
          true}},
        {"NoGzipAtAll", {head + "Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd", true}},
    };
}

class AnswerCut : public testing::TestWithParam<Cut> {};

TEST_P(AnswerCut, IsTriedAgainAndNeverSeen) {
    for (const bool to_file : {false, true}) {
        LoopbackServer server(in_turn({GetParam().sent, GetParam().sent, answer(200, "whole")}));
        auto client = client_for(options_for(server));
        Request request = get(server.url("/"));
        request.to_file = to_file;
        const auto response = client.send(request);
        ASSERT_TRUE(response) << response.error().message;
        EXPECT_EQ(to_file ? content_of(response->file) : response->body, "whole");
        EXPECT_EQ(client.stats().retries, 2U);
    }
}

TEST(Client, SendsNothingTwiceThatAKeptConnectionLost) {
    LoopbackServer server(in_turn({answer(200, "first"), {"", true}, answer(200, "second")}));
    auto client = client_for(options_for(server));
    ASSERT_TRUE(client.send(get(server.url("/"))));
    EXPECT_FALSE(client.send(post(server.url("/"), "{}")));
    EXPECT_EQ(server.received().size(), 2U);
}

TEST_P(AnswerCut, IsNotTriedAgainWhereItMayHaveBeenDone) {
    LoopbackServer server(in_turn({GetParam().sent, answer(200, "whole")}));
    auto client = client_for(options_for(server));
    Request request = post(server.url("/"), "{}");
    const auto refused = client.send(request);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::Transient);
    EXPECT_THAT(refused.error().message, HasSubstr("may have been done"));
    EXPECT_EQ(server.received().size(), 1U);
    request.is_repeatable = true;
    EXPECT_TRUE(client.send(request));
}

INSTANTIATE_TEST_SUITE_P(, AnswerCut, testing::ValuesIn(cuts()),
                         [](const auto& cut) { return std::string(cut.param.name); });

TEST(HttpClient, AServersTroubleIsWaitedOut) {
    LoopbackServer server(in_turn({answer(500, ""), answer(502, "<html>"), answer(503, "{}"),
                                   answer(408, ""), answer(200, "ok")}));
    TestCore core;
    auto client = client_for(options_for(server), &core.sink());
    const auto response = client.send(get(server.url("/people?email=jane@acme.dk")));
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(client.stats().requests, 5U);
    EXPECT_EQ(client.stats().retries, 4U);
    EXPECT_THAT(core.log, HasSubstr("http status 502; trying again in"));
    EXPECT_THAT(core.log, HasSubstr("(try 3 of 6)"));
    EXPECT_THAT(core.log, Not(HasSubstr("jane")));
}

TEST(HttpClient, AllTriesThatFailAreAnErrorThatSaysSo) {
    LoopbackServer server(
        in_turn({answer(503, R"({"message":"down for jane@acme.dk"})", {"Retry-After: 0"})}));
    Options options = options_for(server);
    options.tries_max = 3;
    auto client = client_for(options);
    const auto response = client.send(get(server.url("/people")));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().kind, ErrorKind::Transient);
    EXPECT_THAT(response.error().message, HasSubstr("/people: http status 503: down for ***"));
    EXPECT_THAT(response.error().message, HasSubstr("(3 tries in"));
    EXPECT_EQ(server.received().size(), 3U);
}

TEST(HttpClient, WhatIsNoTroubleComesBackAsItIs) {
    LoopbackServer server([](const Received& request) {
        return answer(std::stoi(request.target.substr(1)), R"({"message":"m"})");
    });
    auto client = client_for(options_for(server));
    for (const int status : {200, 201, 207, 304, 400, 401, 403, 404, 409, 422, 501}) {
        const auto response = client.send(get(server.url("/" + std::to_string(status))));
        ASSERT_TRUE(response) << status;
        EXPECT_EQ(response->status, status);
    }
    EXPECT_EQ(client.stats().retries, 0U);
    Request request = get(server.url("/503"));
    request.accepts = {503};
    EXPECT_EQ(client.send(request)->status, 503);
}

TEST(HttpClient, ARefusalIsTriedAgainWhateverTheMethod) {
    LoopbackServer server(in_turn({answer(429, ""), answer(200, "{}")}));
    auto client = client_for(options_for(server));
    ASSERT_TRUE(client.send(post(server.url("/"), "{}")));
    EXPECT_EQ(client.stats().refused, 1U);
}

TEST(HttpClient, RetryAfterIsWaitedForInBothForms) {
    LoopbackServer server(in_turn({answer(429, "", {"Retry-After: 1"}),
                                   answer(503, "",
                                          {"Retry-After: Sun, 06 Nov 1994 08:49:38 GMT",
                                           "Date: Sun, 06 Nov 1994 08:49:37 GMT"}),
                                   answer(200, "{}")}));
    auto client = client_for(options_for(server));
    const auto begun = std::chrono::steady_clock::now();
    ASSERT_TRUE(client.send(get(server.url("/"))));
    EXPECT_GE(std::chrono::steady_clock::now() - begun, seconds(2));
}

TEST(HttpClient, AWaitThatTakesTooLongIsAnErrorThatSaysUntilWhen) {
    LoopbackServer server(in_turn({answer(429, "", {"Retry-After: 3600"})}));
    Options options = options_for(server);
    options.wait_total_max = seconds(100);
    auto client = client_for(options);
    const auto response = client.send(get(server.url("/")));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().kind, ErrorKind::Transient);
    EXPECT_THAT(response.error().message, HasSubstr("UTC"));
    EXPECT_THAT(response.error().message, HasSubstr("wait_seconds_max"));
    EXPECT_GE(response.error().retry_after.value(), seconds(3590));
    const auto next = client.send(get(server.url("/other")));
    ASSERT_FALSE(next) << "the gate is closed for all";
    EXPECT_EQ(server.received().size(), 1U);
}

TEST(HttpClient, AServerThatSaysNothingIsLeft) {
    LoopbackServer server([](const Received& request) {
        return request.target == "/half"
                   ? Sent{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", false, true}
                   : Sent{"", false, true};
    });
    Options options = options_for(server);
    options.stall_max = seconds(1);
    options.tries_max = 1;
    auto client = client_for(options);
    for (const char* const path : {"/half", "/nothing"}) {
        const auto response = client.send(get(server.url(path)));
        ASSERT_FALSE(response);
        EXPECT_EQ(response.error().kind, ErrorKind::Transient);
        EXPECT_THAT(response.error().message, HasSubstr("stall_seconds_max is 1"));
    }
}

TEST(HttpClient, AServerThatIsNotThereIsTriedAgainWhateverTheMethod) {
    auto server = std::make_unique<LoopbackServer>(in_turn({answer(200, "")}));
    Options options = options_for(*server);
    options.tries_max = 2;
    const std::string url = server->url("/");
    server.reset();
    auto client = client_for(options);
    const auto response = client.send(post(url, "{}"));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().kind, ErrorKind::Transient);
    EXPECT_EQ(client.stats().retries, 1U);
}

// --- Verdicts and budgets ------------------------------------------------------------------------

TEST(HttpClient, AnErrorInsideA200IsJudged) {
    LoopbackServer server(
        in_turn({answer(200, "BUSY"), answer(200, "fine"), answer(500, "fine too"),
                 answer(403, R"({"message":"REQUEST_LIMIT_EXCEEDED"})")}));
    Options options = options_for(server);
    options.judge = [](const Response& response) {
        return response.body == "BUSY"       ? Verdict::TryAgain
               : response.body == "fine too" ? Verdict::Good
               : response.status == 403      ? Verdict::LimitEnds
                                             : Verdict::ByStatus;
    };
    auto client = client_for(options);
    EXPECT_EQ(client.send(post(server.url("/"), "{}"))->body, "fine");
    EXPECT_EQ(client.stats().refused, 1U);
    EXPECT_EQ(client.send(get(server.url("/")))->status, 500);
    const auto ended = client.send(get(server.url("/")));
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().kind, ErrorKind::Transient);
    EXPECT_THAT(
        ended.error().message,
        HasSubstr("the service's limit is used up: REQUEST_LIMIT_EXCEEDED; the next run goes on"));
}

TEST(HttpClient, ABudgetEndsTheRequestsRetriesIncluded) {
    LoopbackServer server(in_turn({answer(500, ""), answer(200, "1"), answer(200, "2")}));
    Options options = options_for(server);
    options.requests_max = 3;
    auto client = client_for(options);
    ASSERT_TRUE(client.send(get(server.url("/"))));
    ASSERT_TRUE(client.send(get(server.url("/"))));
    const auto over = client.send(get(server.url("/")));
    ASSERT_FALSE(over);
    EXPECT_EQ(over.error().kind, ErrorKind::Transient);
    EXPECT_THAT(over.error().message, HasSubstr("requests_max"));
    EXPECT_EQ(server.received().size(), 3U);
}

TEST(HttpClient, ADaysLimitThatIsUsedUpEndsTheRequests) {
    LoopbackServer server(in_turn({answer(200, "", {"X-Daily: 0", "X-Daily-Max: 500"})}));
    Options options = options_for(server);
    options.rate_headers.daily_remaining = "x-daily";
    options.rate_headers.daily_limit = "x-daily-max";
    auto client = client_for(options);
    ASSERT_TRUE(client.send(get(server.url("/"))));
    EXPECT_EQ(client.limits().daily_limit, 500);
    const auto over = client.send(get(server.url("/")));
    ASSERT_FALSE(over);
    EXPECT_EQ(over.error().kind, ErrorKind::Transient);
    EXPECT_THAT(over.error().message, HasSubstr("the day's limit of 500 requests is used up"));
    EXPECT_EQ(server.received().size(), 1U);
}

TEST(HttpClient, ARateIsKeptByAllThreadsTogether) {
    LoopbackServer server(in_turn({answer(200, "{}")}));
    Options options = options_for(server);
    options.rate = {20, milliseconds(500)};
    auto client = client_for(options);
    const auto begun = std::chrono::steady_clock::now();
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int k = 0; k < 10; ++k) {
                EXPECT_TRUE(client.send(get(server.url("/"))));
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    EXPECT_GE(std::chrono::steady_clock::now() - begun, milliseconds(900));
}

// --- Redirects and hosts -------------------------------------------------------------------------

TEST(HttpClient, ARedirectIsFollowed) {
    LoopbackServer server([](const Received& request) {
        return request.target == "/a"       ? answer(301, "", {"Location: b?x=1"})
               : request.target == "/b?x=1" ? answer(307, "", {"Location: /c"})
                                            : answer(200, "there");
    });
    auto client = client_for(options_for(server));
    const auto response = client.send(get(server.url("/a")));
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body, "there");
    EXPECT_EQ(response->url, server.url("/c"));
    for (const auto& request : server.received()) {
        EXPECT_NE(request.header("authorization"), "");
    }
}

TEST(HttpClient, ARedirectAfterAPostIsAnAnswerUnlessTheVerySameIsWanted) {
    LoopbackServer server([](const Received& request) {
        return request.target == "/same"    ? answer(308, "", {"Location: /there"})
               : request.target == "/there" ? answer(200, request.method + request.body)
                                            : answer(302, "", {"Location: /people/17"});
    });
    auto client = client_for(options_for(server));
    const auto found = client.send(post(server.url("/people/find"), "{}"));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->status, 302);
    EXPECT_EQ(found->header("location"), "/people/17");
    EXPECT_EQ(client.send(post(server.url("/same"), "{}"))->body, "POST{}");
}

TEST(HttpClient, ARedirectToAHostThatIsNotAllowedIsRefused) {
    LoopbackServer server(
        in_turn({answer(302, "", {"Location: https://evil.example/x?secret=1"})}));
    auto client = client_for(options_for(server));
    const auto response = client.send(get(server.url("/")));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().kind, ErrorKind::Config);
    EXPECT_THAT(response.error().message, HasSubstr("evil.example is not allowed"));
    EXPECT_THAT(response.error().message, Not(HasSubstr("secret")));
    LoopbackServer plain(in_turn({answer(302, "", {"Location: http://example.com/"})}));
    auto other = client_for(options_for(plain));
    EXPECT_THAT(other.send(get(plain.url("/"))).error().message, HasSubstr("not encrypted"));
}

TEST(HttpClient, CredentialsStayWhereTheyBelong) {
    LoopbackServer elsewhere(in_turn({answer(200, "file")}));
    LoopbackServer server(
        in_turn({answer(302, "", {"Location: " + elsewhere.url("/file?signed=1", "localhost")})}));
    Options options = options_for(server);
    options.hosts = {"localhost:" + std::to_string(elsewhere.port())};
    options.headers = {{"X-PW-AccessToken", "other-secret"}, {"X-Version", "3"}};
    auto client = client_for(options);
    Request request = get(server.url("/"));
    request.headers = {{"Cookie", "a=b"}, {"Accept", "text/csv"}};
    ASSERT_TRUE(client.send(request));
    const auto there = elsewhere.received();
    ASSERT_EQ(there.size(), 1U);
    EXPECT_EQ(there[0].header("authorization"), "");
    EXPECT_EQ(there[0].header("x-pw-accesstoken"), "");
    EXPECT_EQ(there[0].header("cookie"), "");
    EXPECT_EQ(there[0].header("x-version"), "3");
    EXPECT_EQ(there[0].header("accept"), "text/csv");
    EXPECT_EQ(server.received()[0].header("x-pw-accesstoken"), "other-secret");
    // Asked for directly, an allowed host gets them; a pre-signed link does not.
    ASSERT_TRUE(client.send(get(elsewhere.url("/", "localhost"))));
    EXPECT_NE(elsewhere.received()[1].header("authorization"), "");
    Request signed_link = get(elsewhere.url("/", "localhost"));
    signed_link.is_signed_in = false;
    ASSERT_TRUE(client.send(signed_link));
    EXPECT_EQ(elsewhere.received()[2].header("authorization"), "");
    EXPECT_EQ(elsewhere.received()[2].header("x-pw-accesstoken"), "");
    std::swap(options.hosts, options.hosts_without_credentials);
    auto other = client_for(options);
    ASSERT_TRUE(other.send(get(elsewhere.url("/", "localhost"))));
    EXPECT_EQ(elsewhere.received()[3].header("authorization"), "");
    EXPECT_EQ(elsewhere.received()[3].header("x-pw-accesstoken"), "");
}

TEST(HttpClient, RedirectsInACircleEnd) {
    LoopbackServer server(in_turn({answer(302, "", {"Location: /"})}));
    auto client = client_for(options_for(server));
    const auto response = client.send(get(server.url("/")));
    ASSERT_FALSE(response);
    EXPECT_THAT(response.error().message, HasSubstr("more than 5 redirects"));
    EXPECT_EQ(server.received().size(), 6U);
}

TEST(HttpClient, AHostThatIsNotAllowedIsNotSpokenTo) {
    LoopbackServer server(in_turn({answer(200, "")}));
    auto client = client_for(options_for(server));
    const auto response = client.send(get(server.url("/", "localhost")));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().kind, ErrorKind::Config);
    EXPECT_THAT(response.error().message, HasSubstr("add it to 'hosts'"));
    EXPECT_EQ(server.received().size(), 0U);
}

// --- Sign-in -------------------------------------------------------------------------------------

Options oauth_options(const LoopbackServer& server, OAuth::Grant grant) {
    Options options = options_for(server);
    OAuth auth;
    auth.grant = grant;
    auth.token_url = server.url("/token", "localhost");  // another host than the API's
    auth.client_id = "client-1";
    auth.client_secret = "cs-51f0c1a8";
    auth.refresh_token = "rt-77aa31c0";
    auth.username = "jane";
    auth.password = "pw-9c1b2d44";
    options.auth = auth;
    return options;
}

/// Gives token after token, and lets in who has the newest.
class TokenServer {
  public:
    Sent operator()(const Received& request) {
        if (request.target == "/token") {
            const int number = ++tokens;
            std::this_thread::sleep_for(delay);
            return answer(200, json{{"access_token", "at-" + std::to_string(number) + "-5e5e5e"},
                                    {"expires_in", expires_in},
                                    {"instance_url", "https://na1.example"}}
                                   .dump());
        }
        const bool is_in =
            request.header("authorization") == "Bearer at-" + std::to_string(tokens) + "-5e5e5e";
        return is_in && !refuses ? answer(200, "{}") : answer(401, R"({"message":"expired"})");
    }
    std::atomic<int> tokens = 0;
    std::atomic<bool> refuses = false;
    milliseconds delay{0};
    json expires_in = 3600;
};

TEST(OAuthSignIn, EightThreadsWhoNeedATokenFetchOne) {
    TokenServer tokens;
    tokens.delay = milliseconds(50);
    LoopbackServer server(std::ref(tokens));
    Options options = oauth_options(server, OAuth::Grant::ClientCredentials);
    options.at_once_max = 8;
    auto client = client_for(options);
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&] { EXPECT_EQ(client.send(get(server.url("/")))->status, 200); });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(tokens.tokens, 1);
    ++tokens.tokens;  // the token is void now: all get a 401, and one fetches another
    threads.clear();
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&] { EXPECT_EQ(client.send(get(server.url("/")))->status, 200); });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(tokens.tokens, 3);
    EXPECT_EQ(client.stats().sign_ins, 2U);
}

TEST(OAuthSignIn, EachGrantSaysWhatItsStandardWants) {
    TokenServer tokens;
    LoopbackServer server(std::ref(tokens));
    const auto form_of = [&](const Options& options) {
        auto client = client_for(options);
        EXPECT_EQ(client.send(get(server.url("/")))->status, 200);
        const auto received = server.received();
        const auto found =
            std::find_if(received.rbegin(), received.rend(),
                         [](const auto& request) { return request.target == "/token"; });
        EXPECT_EQ(found->header("content-type"), "application/x-www-form-urlencoded");
        return found->body + " " + found->header("authorization");
    };
    EXPECT_EQ(form_of(oauth_options(server, OAuth::Grant::RefreshToken)),
              "grant_type=refresh_token&refresh_token=rt-77aa31c0&client_id=client-1&client_secret="
              "cs-51f0c1a8 ");
    Options basic = oauth_options(server, OAuth::Grant::ClientCredentials);
    std::get<OAuth>(basic.auth).client_in_body = false;
    std::get<OAuth>(basic.auth).scope = "crm.read";
    std::get<OAuth>(basic.auth).extra = {{"audience", "x"}};
    EXPECT_EQ(form_of(basic), "grant_type=client_credentials&scope=crm.read&audience=x Basic "
                              "Y2xpZW50LTE6Y3MtNTFmMGMxYTg=");
    EXPECT_EQ(form_of(oauth_options(server, OAuth::Grant::Password)),
              "grant_type=password&username=jane&password=pw-9c1b2d44&client_id=client-1&client_"
              "secret=cs-51f0c1a8 ");
}

TEST(OAuthSignIn, AServiceAccountSignsItsAssertion) {
    TokenServer tokens;
    LoopbackServer server(std::ref(tokens));
    const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(::EVP_RSA_gen(2048), ::EVP_PKEY_free);
    const std::unique_ptr<BIO, int (*)(BIO*)> bio(::BIO_new(::BIO_s_mem()), ::BIO_free);
    ::PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    char* pem = nullptr;
    const long size = ::BIO_get_mem_data(bio.get(), &pem);
    Options options = oauth_options(server, OAuth::Grant::JwtBearer);
    auto& auth = std::get<OAuth>(options.auth);
    auth.client_id.clear();
    auth.jwt.private_key = "no key";
    const auto refused = Client::create(options, nullptr);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::Config);
    EXPECT_THAT(refused.error().message, Not(HasSubstr("no key")));
    auth.jwt.private_key = std::string(pem, static_cast<std::size_t>(size));
    auth.jwt.claims = {{"iss", "robot@project.example"}};
    auto client = client_for(options);
    ASSERT_EQ(client.send(get(server.url("/")))->status, 200);
    EXPECT_THAT(
        server.received()[0].body,
        testing::StartsWith(
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=ey"));
}

TEST(OAuthSignIn, ATokenIsRenewedBeforeItEnds) {
    TokenServer tokens;
    tokens.expires_in = "1";  // some write it as text
    LoopbackServer server(std::ref(tokens));
    auto client = client_for(oauth_options(server, OAuth::Grant::ClientCredentials));
    ASSERT_EQ(client.send(get(server.url("/")))->status, 200);
    ASSERT_EQ(client.send(get(server.url("/")))->status, 200);
    EXPECT_EQ(tokens.tokens, 1);
    client.wait(milliseconds(920));
    ASSERT_EQ(client.send(get(server.url("/")))->status, 200);
    EXPECT_EQ(tokens.tokens, 2);
    EXPECT_EQ(client.stats().requests, 5U) << "no 401 in between";
}

TEST(OAuthSignIn, AFreshTokenThatIsRefusedTooIsAConfigError) {
    TokenServer tokens;
    tokens.refuses = true;
    LoopbackServer server(std::ref(tokens));
    auto client = client_for(oauth_options(server, OAuth::Grant::ClientCredentials));
    const auto response = client.send(get(server.url("/")));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().kind, ErrorKind::Config);
    EXPECT_THAT(response.error().message, HasSubstr("expired"));
    EXPECT_EQ(tokens.tokens, 2);
    EXPECT_EQ(server.received().size(), 4U);
}

TEST(OAuthSignIn, ARefusedSignInIsToldOnceAndNotAskedAgain) {
    LoopbackServer server(in_turn({answer(
        400, R"({"error":"invalid_grant","error_description":"rt-77aa31c0 has expired"})")}));
    auto client = client_for(oauth_options(server, OAuth::Grant::RefreshToken));
    for (int i = 0; i < 2; ++i) {
        const auto response = client.send(get(server.url("/")));
        ASSERT_FALSE(response);
        EXPECT_EQ(response.error().kind, ErrorKind::Config);
        EXPECT_THAT(response.error().message, HasSubstr("invalid_grant: *** has expired"));
    }
    EXPECT_EQ(server.received().size(), 1U);
}

TEST(OAuthSignIn, ATokenEndpointInTroubleIsTriedAgain) {
    TokenServer tokens;
    std::atomic<int> count = 0;
    LoopbackServer server([&](const Received& request) {
        return request.target == "/token" && count++ < 2 ? answer(503, "") : tokens(request);
    });
    auto client = client_for(oauth_options(server, OAuth::Grant::ClientCredentials));
    EXPECT_EQ(client.send(get(server.url("/")))->status, 200);
    const auto answered = client.sign_in();
    ASSERT_TRUE(answered);
    EXPECT_EQ((*answered)["instance_url"], "https://na1.example");
    EXPECT_FALSE(answered->contains("access_token"));
}

TEST(OAuthSignIn, ANewRefreshTokenIsUsedAndTold) {
    std::atomic<int> count = 0;
    LoopbackServer server([&](const Received& request) {
        if (request.target != "/token") {
            return answer(request.header("authorization") == "Bearer at-2" ? 200 : 401, "{}");
        }
        const std::string number = std::to_string(++count);
        return answer(
            200,
            json{{"access_token", "at-" + number}, {"refresh_token", "rt-new-" + number}}.dump());
    });
    TestCore core;
    auto client = client_for(oauth_options(server, OAuth::Grant::RefreshToken), &core.sink());
    ASSERT_EQ(client.send(get(server.url("/")))->status, 200);
    EXPECT_THAT(server.received()[2].body, HasSubstr("refresh_token=rt-new-1"));
    EXPECT_THAT(core.log, HasSubstr("may be void now"));
    EXPECT_THAT(core.log, Not(HasSubstr("rt-")));
}

TEST(HttpClient, OtherKindsOfSignInAreSentAsTheirVendorsWantThem) {
    LoopbackServer server(in_turn({answer(200, "{}")}));
    Options options = options_for(server);
    options.auth = BasicAuth{"app", "key|1"};
    ASSERT_TRUE(client_for(options).send(get(server.url("/"))));
    options.auth = TokenAuth{kToken, "OSDI-API-Token", ""};
    ASSERT_TRUE(client_for(options).send(get(server.url("/"))));
    options.auth = QueryAuth{"api_key", "s3cr+t value"};
    const auto response = client_for(options).send(get(server.url("/?a=1")));
    ASSERT_TRUE(response);
    EXPECT_EQ(response->url, server.url("/?a=1")) << "without the credentials";
    const auto received = server.received();
    EXPECT_EQ(received[0].header("authorization"), "Basic YXBwOmtleXwx");
    EXPECT_EQ(received[1].header("osdi-api-token"), kToken);
    EXPECT_EQ(received[2].target, "/?a=1&api_key=s3cr%2Bt%20value");
}

// --- Errors for people ---------------------------------------------------------------------------

TEST(HttpClient, AnErrorSaysWhatToDoAndShowsNoSecretAndNobody) {
    LoopbackServer server([](const Received& request) {
        return answer(
            std::stoi(request.target.substr(1, 3)),
            R"({"error":{"message":"token tok-3e1f77aa of jane@acme.dk lacks a scope"}})");
    });
    auto client = client_for(options_for(server));
    for (const auto& [status, kind] : std::map<int, ErrorKind>{{400, ErrorKind::Config},
                                                               {401, ErrorKind::Config},
                                                               {403, ErrorKind::Config},
                                                               {404, ErrorKind::Config},
                                                               {422, ErrorKind::Config}}) {
        const Request request =
            get(server.url("/" + std::to_string(status) + "/jane@acme.dk?q=jane"));
        const Error error = client.error_of(request, *client.send(request));
        EXPECT_EQ(error.kind, kind);
        EXPECT_THAT(error.message, HasSubstr("token *** of *** lacks a scope"));
        EXPECT_THAT(error.message, HasSubstr("http status " + std::to_string(status)));
        EXPECT_THAT(error.message, Not(HasSubstr("jane")));
    }
}

TEST(HttpClient, WhatCannotBeSentIsRefused) {
    LoopbackServer server(in_turn({answer(200, "")}));
    auto client = client_for(options_for(server));
    Request request = get(server.url("/"));
    request.headers = {{"X", "a\r\nEvil: 1"}};
    EXPECT_FALSE(client.send(request));
    request = get(server.url("/"));
    request.method = "GET / HTTP/1.1\r\nEvil: 1";
    EXPECT_FALSE(client.send(request));
    EXPECT_FALSE(client.send(get("not an address")));
    EXPECT_FALSE(client.send(get(server.url("/a b"))));
    Options options = options_for(server);
    options.auth = TokenAuth{"secret-of-ours\n"};
    const auto line_end = Client::create(options, nullptr);
    ASSERT_FALSE(line_end);
    EXPECT_THAT(line_end.error().message, HasSubstr("line end"));
    EXPECT_THAT(line_end.error().message, Not(HasSubstr("secret-of-ours")));
    options = options_for(server);
    options.ca_file = "/nowhere/ca.pem";
    EXPECT_THAT(Client::create(options, nullptr).error().message, HasSubstr("ca_file"));
    EXPECT_EQ(server.received().size(), 0U);
}

TEST(HttpOptions, AreReadFromAConfig) {
    const Options options = Options::from_config({{"base_url", "https://api.example.com/v3/"},
                                                  {"hosts", {"*.example.net"}},
                                                  {"proxy", "http://p:1"},
                                                  {"ca_file", "ca.pem"},
                                                  {"connect_seconds_max", 5},
                                                  {"stall_seconds_max", 6},
                                                  {"requests_max", 7},
                                                  {"wait_first_ms", 500},
                                                  {"tries_max", 8},
                                                  {"wait_seconds_max", 9},
                                                  {"requests_per_second", 2.5},
                                                  {"page_bytes_max", 10},
                                                  {"record", "r"},
                                                  {"replay", "p"}});
    EXPECT_EQ(options.base_url, "https://api.example.com/v3");
    EXPECT_EQ(options.connect_max, seconds(5));
    EXPECT_EQ(options.stall_max, seconds(6));
    EXPECT_EQ(options.requests_max, 7U);
    EXPECT_EQ(options.tries_max, 8U);
    EXPECT_EQ(options.wait_total_max, seconds(9));
    EXPECT_EQ(options.wait_first, milliseconds(500));
    EXPECT_EQ(options.rate_max.requests, 2.5);
    EXPECT_EQ(options.rate.requests, 2.5);
    EXPECT_THAT(options.hosts_without_credentials, ElementsAre("*.example.net"));
    EXPECT_EQ(options.body_bytes_max, 10U);
    EXPECT_EQ(options.record_folder, "r");
    EXPECT_EQ(options.replay_folder, "p");
    EXPECT_THROW(Options::from_config({{"base_url", "example.com"}}), std::invalid_argument);
    EXPECT_THROW(Options::from_config({{"hosts", {"*"}}}), std::invalid_argument);
}

// --- Stopping ------------------------------------------------------------------------------------

TEST(HttpClient, StopsWithinASecondWhateverItWaitsFor) {
    LoopbackServer server([](const Received& request) {
        return request.target == "/hang" ? Sent{"", false, true}
                                         : answer(503, "", {"Retry-After: 60"});
    });
    for (const char* const path : {"/hang", "/busy"}) {
        TestCore core;
        const auto begun = std::chrono::steady_clock::now();
        core.is_stopping = [&] {
            return std::chrono::steady_clock::now() - begun > milliseconds(300);
        };
        auto client = client_for(options_for(server), &core.sink());
        EXPECT_THROW((void)client.send(get(server.url(path))), Sink::Stopped);
        EXPECT_LT(std::chrono::steady_clock::now() - begun, milliseconds(1300));
    }
}

TEST(HttpClient, OtherThreadsStopToo) {
    LoopbackServer server(in_turn({Sent{"", false, true}}));
    TestCore core;
    std::atomic<bool> is_over = false;
    core.is_stopping = [&] { return is_over.load(); };
    auto client = client_for(options_for(server), &core.sink());
    std::atomic<int> stopped = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) {
        threads.emplace_back([&] {
            try {
                (void)client.send(get(server.url("/")));
            } catch (const Sink::Stopped&) {
                ++stopped;
            }
        });
    }
    client.wait(milliseconds(100));
    is_over = true;
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_THROW(client.wait(seconds(60)), Sink::Stopped);
    for (auto& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(stopped, 3);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, seconds(1));
    EXPECT_THROW((void)client.send(get(server.url("/"))), Sink::Stopped) << "for good";
}

// --- Proxies and certificates --------------------------------------------------------------------

TEST(HttpClient, AProxyIsAskedInstead) {
    LoopbackServer proxy([](const Received& request) {
        return request.header("proxy-authorization").empty() ? answer(407, "")
                                                             : answer(200, "by proxy");
    });
    LoopbackServer server(in_turn({answer(200, "direct")}));
    Options options = options_for(server);
    options.proxy = "http://user:pr0xy-pass@127.0.0.1:" + std::to_string(proxy.port());
    auto client = client_for(options);
    EXPECT_EQ(client.send(get(server.url("/x")))->body, "by proxy");
    EXPECT_EQ(proxy.received()[0].target, server.url("/x"));
    EXPECT_EQ(server.received().size(), 0U);
    options.proxy = proxy.url();
    const auto refused = client_for(options).send(get(server.url("/x")));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::Config);
    EXPECT_THAT(refused.error().message, HasSubstr("proxy wants a user"));
}

/// openssl's own server with a certificate of an authority that is made for it.
class TlsServer {
  public:
    explicit TlsServer(const test::ScratchFolder& folder) : ca(folder.file("ca.pem")) {
        folder.write("ext", "subjectAltName=IP:127.0.0.1\n");
        const std::string at = folder.path().string();
        run("openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=Test -keyout " + at +
            "/ca.key -out " + ca);
        run("openssl req -newkey rsa:2048 -nodes -subj /CN=server -keyout " + at + "/key -out " +
            at + "/csr");
        run("openssl x509 -req -in " + at + "/csr -CA " + ca + " -CAkey " + at +
            "/ca.key -CAcreateserial -days 2 -extfile " + at + "/ext -out " + at + "/pem");
        // exec: what is ended then is openssl itself. It writes the port that it found.
        pipe_ = ::popen(("echo $$; exec openssl s_server -accept 127.0.0.1:0 -www -cert " + at +
                         "/pem -key " + at + "/key 2>&1")
                            .c_str(),
                        "r");
        char line[512];
        while (port == 0 && std::fgets(line, sizeof line, pipe_) != nullptr) {
            const std::string text = line;
            pid_ = pid_ == 0 ? std::stoi(text) : pid_;
            if (text.starts_with("ACCEPT ")) {
                port = std::stoi(text.substr(text.rfind(':') + 1));
            }
        }
    }
    TlsServer(const TlsServer&) = delete;
    TlsServer& operator=(const TlsServer&) = delete;
    ~TlsServer() {
        ::kill(pid_, SIGKILL);
        ::pclose(pipe_);
    }
    const std::string ca;
    int port = 0;

  private:
    static void run(const std::string& command) {
        ASSERT_EQ(std::system((command + " 2>/dev/null").c_str()), 0) << command;
    }
    FILE* pipe_ = nullptr;
    int pid_ = 0;
};

TEST(HttpClient, ACertificateIsTrustedWhereItsAuthorityIsNamed) {
    const test::ScratchFolder folder;
    const TlsServer server(folder);
    ASSERT_NE(server.port, 0);
    Options options;
    options.base_url = "https://127.0.0.1:" + std::to_string(server.port);
    options.wait_first = milliseconds(1);
    const auto refused = client_for(options).send(get(options.base_url + "/"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::Config);
    EXPECT_THAT(refused.error().message, HasSubstr("ca_file"));
    options.ca_file = server.ca;
    const auto trusted = client_for(options).send(get(options.base_url + "/"));
    ASSERT_TRUE(trusted) << trusted.error().message;
    EXPECT_EQ(trusted->status, 200);
    // Its name must be right as well.
    options.base_url = "https://localhost:" + std::to_string(server.port);
    EXPECT_FALSE(client_for(options).send(get(options.base_url + "/")));
}

// --- Recordings ----------------------------------------------------------------------------------

std::string recorded(const std::string& folder) {
    std::string text;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        text += content_of(entry.path().string());
    }
    return text;
}

/// What a connector does: signs in, walks two pages, searches, fetches a file, asks in vain.
std::vector<std::string> walk(Client& client, const std::string& base) {
    std::vector<std::string> seen;
    std::string next = base + "/people?limit=2&email=owner@acme.dk";
    while (!next.empty()) {
        const auto page = client.send(get(next));
        if (!page) {
            return {page.error().message};
        }
        const json body = json::parse(page->body);
        for (const auto& person : body["results"]) {
            seen.push_back(person["id"].get<std::string>());
            const auto one = client.send(
                get(base + "/people/by-email/" + encode(person["email"].get<std::string>())));
            seen.push_back(one ? std::to_string(one->status) : one.error().message);
        }
        next = body.value("next", "");
    }
    Request search = post(base + "/search",
                          R"({"filters":[{"property":"name","value":"Jane Doerksen"}],"limit":1})");
    const auto found = client.send(search);
    seen.push_back(found ? std::to_string(found->status) : found.error().message);
    Request file = get(base + "/export");
    file.to_file = true;
    const auto exported = client.send(file);
    seen.push_back(exported ? content_of(exported->file).substr(0, 8) : exported.error().message);
    return seen;
}

TEST(HttpRecording, IsFreeOfSecretsAndPeopleAndIsReplayedWithoutANetwork) {
    const std::vector<std::string> people = {"Jane",    "Doerksen",     "jane.doerksen",
                                             "acme.dk", "12 34 56 78",  "45123456",
                                             "Aarhus",  "private words"};
    const std::vector<std::string> secrets = {"at-1-5e5e5e", "cs-51f0c1a8", "rt-77aa31c0"};
    TokenServer tokens;
    std::atomic<int> busy = 0;
    LoopbackServer* self = nullptr;
    LoopbackServer server([&](const Received& request) {
        const auto is = [&](const char* path) { return request.target.starts_with(path); };
        const json person = {{"id", "17"},
                             {"email", "jane.doerksen@acme.dk"},
                             {"name", "Jane Doerksen"},
                             {"phone", "+45 12 34 56 78"},
                             {"mobile", 4512345678},
                             {"city", "Aarhus"},
                             {"note", "private words"},
                             {"updated", "2026-11-08T01:02:03Z"}};
        if (is("/token")) {
            return tokens(request);
        }
        if (busy++ == 1) {
            return answer(503, "", {"Retry-After: 0"});
        }
        if (is("/people/by-email/")) {
            return answer(200, person.dump(),
                          {"Content-Type: application/json", "Set-Cookie: session=1234",
                           "X-RateLimit-Remaining: 9"});
        }
        if (is("/people?limit=2&after=2")) {
            return answer(200, json{{"results", {person}}}.dump());
        }
        if (is("/people?")) {
            return answer(200,
                          json{{"results", {person}},
                               {"next", self->url("/people?limit=2&after=2&email=owner%40acme.dk")}}
                              .dump());
        }
        if (is("/export")) {
            return answer(200, "id,name\n17,Jane Doerksen\n", {"Content-Type: text/csv"});
        }
        return answer(404, R"({"message":"nobody called Jane"})");
    });
    self = &server;
    const test::ScratchFolder folder;
    Options options = oauth_options(server, OAuth::Grant::ClientCredentials);
    options.record_folder = folder.file("recording");
    std::vector<std::string> seen;
    {
        auto client = client_for(options);
        seen = walk(client, server.url());
    }
    EXPECT_THAT(seen, ElementsAre("17", "200", "17", "200", "404", "id,name\n"));
    const std::string text = recorded(options.record_folder);
    for (const auto& words : {people, secrets}) {
        for (const std::string& word : words) {
            EXPECT_THAT(text, Not(HasSubstr(word)));
        }
    }
    EXPECT_THAT(text, testing::AllOf(HasSubstr("2026-11-08T01:02:03Z"),
                                     HasSubstr("x-ratelimit-remaining"), Not(HasSubstr("cookie")),
                                     Not(HasSubstr("\"status\":503"))));
    const auto count = server.received().size();

    // Replayed by somebody who has neither the secrets nor the server.
    Options replaying = options;
    replaying.record_folder.clear();
    replaying.replay_folder = options.record_folder;
    auto& auth = std::get<OAuth>(replaying.auth);
    auth.client_secret = "another";
    for (int i = 0; i < 2; ++i) {
        auto client = client_for(replaying);
        EXPECT_EQ(walk(client, server.url()), seen);
        EXPECT_EQ((*client.sign_in())["instance_url"], "https://na1.example/");
        const auto more = client.send(get(server.url("/export")));
        ASSERT_FALSE(more);
        EXPECT_THAT(more.error().message, HasSubstr("more often than it was recorded"));
        const auto unknown = client.send(get(server.url("/companies?q=Jane")));
        ASSERT_FALSE(unknown);
        EXPECT_THAT(unknown.error().message,
                    HasSubstr("/companies with this query is not in the recording"));
        EXPECT_THAT(unknown.error().message, Not(HasSubstr("Jane")));
    }
    EXPECT_EQ(server.received().size(), count);
}

TEST(HttpRecording, RepeatsAreAnsweredInTheirOrder) {
    const test::ScratchFolder folder;
    LoopbackServer server(
        in_turn({answer(200, R"({"state":"PENDING"})"), answer(200, R"({"state":"DONE"})")}));
    Options options = options_for(server);
    options.record_folder = folder.file("r");
    {
        auto client = client_for(options);
        ASSERT_TRUE(client.send(get(server.url("/job"))));
        ASSERT_TRUE(client.send(get(server.url("/job"))));
    }
    std::swap(options.record_folder, options.replay_folder);
    auto client = client_for(options);
    EXPECT_THAT(client.send(get(server.url("/job")))->body, HasSubstr("PENDING"));
    EXPECT_THAT(client.send(get(server.url("/job")))->body, HasSubstr("DONE"));
    EXPECT_THAT(client.send(get(server.url("/jobs"))).error().message,
                HasSubstr("not in the recording"));
}

TEST(HttpRecording, WhatIsNoRecordingIsRefused) {
    const test::ScratchFolder folder;
    Options options;
    options.base_url = "https://api.example.com";
    options.replay_folder = folder.path().string();
    EXPECT_THAT(Client::create(options, nullptr).error().message,
                HasSubstr("there is no recording"));
    folder.write("exchanges-0001.ndjson", "\n{\"request\":{}}\n");
    EXPECT_THAT(Client::create(options, nullptr).error().message,
                HasSubstr("exchanges-0001.ndjson:2: no recorded exchange"));
    options.replay_folder.clear();
    options.record_folder = folder.file("exchanges-0001.ndjson");
    EXPECT_EQ(Client::create(options, nullptr).error().kind, ErrorKind::Config);
}

}  // namespace
}  // namespace coterie::http
