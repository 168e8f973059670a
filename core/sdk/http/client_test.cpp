// The client against servers on loopback that answer byte for byte what a test says.
#include "../tests/support/loopback_server.hpp"
#include "../tests/support/recording_host.hpp"

#include "coterie/http.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <iterator>
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
    }
    EXPECT_THAT(sent,
                ElementsAre("GET ", "POST 0", "PUT 0", "PATCH 2{}", "DELETE ", "HEAD ", "GET "));
}

}  // namespace
}  // namespace coterie::http
