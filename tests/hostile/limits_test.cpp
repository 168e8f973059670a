// Limits, cancelling, and that nothing is left behind.
#include "support.hpp"

#include <gmock/gmock.h>
#include <sys/wait.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <set>
#include <stdexcept>
#include <thread>

namespace coterie::plugin {
namespace {

using testing::Each;
using testing::HasSubstr;
using testing::Not;

std::set<std::string> open_descriptors() {
    std::set<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        found.insert(entry.path().filename().string());
    }
    return found;
}

bool is_alive(pid_t process) {
    return ::kill(process, 0) == 0;
}

/// What a read of the plugin gives, with these options.
Result<void> read_all(const std::string& plugin, const nlohmann::json& config,
                      const SessionOptions& options, EventSink& sink) {
    COTERIE_TRY(const auto session, Session::open(installed(plugin), config, options));
    return session->read({"contacts", std::nullopt}, sink);
}

TEST(Limits, APluginThatAllocatesWithoutEndIsEnded) {
    SessionOptions options;
    options.limits.memory_bytes_max = 256ULL << 20;
    KeepingSink sink;
    const auto result = read_all("allocates", nlohmann::json::object(), options, sink);
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error().message,
                HasSubstr("plugin 'allocates' passed memory_bytes_max (268435456 bytes allowed, "));
}

TEST(Limits, APluginThatFillsTheDiskIsEnded) {
    const TemporaryFolder folder;
    SessionOptions options;
    options.workspace = folder.path();
    options.limits.file_bytes_max = 4 << 20;
    KeepingSink sink;
    const auto result = read_all("writes_a_huge_file", {{"path", "big"}}, options, sink);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().message, "plugin 'writes_a_huge_file' passed file_bytes_max (4194304 "
                                      "bytes) and was ended in the middle of stream 'contacts'");
    EXPECT_LE(std::filesystem::file_size(folder.path() / "big"), 4U << 20);
}

TEST(Limits, AReadThatTakesTooLongIsEnded) {
    SessionOptions options;
    options.limits.total_max = std::chrono::seconds(1);
    KeepingSink sink;
    const auto result = read_all("sleeps", nlohmann::json::object(), options, sink);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().message, "plugin 'sleeps' took longer than 1 s (total_max) and was "
                                      "ended in the middle of stream 'contacts'");
}

TEST(Output, AFloodIsKeptInPartCountedAndWithoutSecrets) {
    SessionOptions options;
    options.secrets = {"tiger-lily"};
    options.limits.log_bytes_max = 10'000;
    auto session = Session::open(installed("floods_stderr"), {{"token", "tiger-lily"}}, options);
    ASSERT_TRUE(session) << session.error().message;
    KeepingSink sink;
    const auto result = (*session)->read({"contacts", std::nullopt}, sink);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::Config);
    EXPECT_EQ(result.error().message, "the token *** is refused");
    EXPECT_THAT(sink.logged, testing::ElementsAre("the token is ***"));
    const auto output = (*session)->output();
    EXPECT_LE(output.text.size(), 10'000U);
    EXPECT_GT(output.dropped_bytes, 10'000'000U);
    EXPECT_THAT(output.text, HasSubstr("nobody asked for, with ***"));
    EXPECT_THAT(output.text, Not(HasSubstr("tiger")));
}

TEST(Processes, NoChildOfAPluginOutlivesItsSession) {
    const TemporaryFolder folder;
    SessionOptions options;
    options.workspace = folder.path();
    pid_t child = -1;
    pid_t daemon = -1;
    {
        auto session = Session::open(installed("leaves_children"), {{"path", "ids"}}, options);
        ASSERT_TRUE(session) << session.error().message;
        KeepingSink sink;
        const auto result = (*session)->read({"contacts", std::nullopt}, sink);
        ASSERT_TRUE(result) << result.error().message;
        std::ifstream(folder.path() / "ids") >> child >> daemon;
        ASSERT_GT(child, 0);
        ASSERT_GT(daemon, 0);
        EXPECT_TRUE(is_alive(child));
        EXPECT_TRUE(is_alive(daemon));
    }
    EXPECT_FALSE(is_alive(child));
    EXPECT_FALSE(is_alive(daemon));
}

TEST(Processes, NeitherZombiesNorDescriptorsAreLeft) {
    const auto before = open_descriptors();
    for (const std::string plugin : {"well_behaved", "segfaults", "forges_frames", "abi_newer"}) {
        KeepingSink sink;
        static_cast<void>(read_all(plugin, nlohmann::json::object(), {}, sink));
    }
    EXPECT_EQ(open_descriptors(), before);
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
}

TEST(Sessions, ReadAgainAndResume) {
    auto session = Session::open(installed("well_behaved"), {{"records", 5}}, {});
    ASSERT_TRUE(session) << session.error().message;
    ASSERT_TRUE((*session)->check());
    KeepingSink first;
    ASSERT_TRUE((*session)->read({"contacts", std::nullopt}, first));
    EXPECT_THAT(first.ids, testing::ElementsAre("0", "1", "2", "3", "4"));
    KeepingSink resumed;
    ASSERT_TRUE(
        (*session)->read({"contacts", nlohmann::json::parse(first.cursors.at(2))}, resumed));
    EXPECT_THAT(resumed.ids, testing::ElementsAre("3", "4"));
}

TEST(Sessions, ACrashEndsOneSessionAndNotTheOtherThatRunsBesideIt) {
    auto good = Session::open(installed("well_behaved"), {{"records", 20'000}}, {});
    ASSERT_TRUE(good) << good.error().message;
    KeepingSink crashed;
    KeepingSink sink;
    Result<void> crash;
    sink.on_record = [&, done = false]() mutable {
        if (!std::exchange(done, true)) {
            crash = read_all("segfaults", nlohmann::json::object(), {}, crashed);
        }
    };
    const auto result = (*good)->read({"contacts", std::nullopt}, sink);
    EXPECT_TRUE(result) << result.error().message;
    EXPECT_EQ(sink.records.size(), 20'000U);
    EXPECT_FALSE(crash);
}

TEST(Sessions, AfterACrashEveryCallSaysWhy) {
    auto session = Session::open(installed("exits"), nlohmann::json::object(), {});
    ASSERT_TRUE(session) << session.error().message;
    KeepingSink sink;
    const auto first = (*session)->read({"contacts", std::nullopt}, sink);
    const auto second = (*session)->check();
    ASSERT_FALSE(first);
    ASSERT_FALSE(second);
    EXPECT_EQ(first.error().message, second.error().message);
}

TEST(Sessions, WhatTheReceiverThrowsComesThroughBothKindsOfIsolation) {
    for (const auto isolation : {Isolation::Process, Isolation::InProcess}) {
        SessionOptions options;
        options.isolation = isolation;
        KeepingSink sink;
        sink.on_record = [] { throw std::runtime_error("the disk is full"); };
        EXPECT_THROW(
            static_cast<void>(read_all("well_behaved", nlohmann::json::object(), options, sink)),
            std::runtime_error);
        EXPECT_EQ(sink.records.size(), 1U);
    }
}

TEST(Sessions, ConstructorsThatThrowAreConfigErrorsWithoutSecrets) {
    SessionOptions options;
    options.secrets = {"not welcome"};
    const auto session = Session::open(installed("throws_through_sdk"), {{"token", "x"}}, options);
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().kind, ErrorKind::Config);
    EXPECT_EQ(session.error().message, "the token is ***");
}

/// Asks to stop at the first record.
Result<void> stop_at_first_record(const std::string& plugin, const nlohmann::json& config,
                                  Isolation isolation) {
    std::stop_source stop;
    SessionOptions options;
    options.isolation = isolation;
    options.stop = stop.get_token();
    KeepingSink sink;
    sink.on_record = [&stop] { stop.request_stop(); };
    return read_all(plugin, config, options, sink);
}

TEST(Cancelling, AReadThatLooksAtItsSinkEndsSoon) {
    for (const auto isolation : {Isolation::Process, Isolation::InProcess}) {
        const auto began = std::chrono::steady_clock::now();
        const auto result =
            stop_at_first_record("well_behaved", {{"records", 2'000'000'000}}, isolation);
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().kind, ErrorKind::Cancelled) << result.error().message;
        EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(2));
    }
}

TEST(Cancelling, AReadThatDoesNotIsEndedBySignal) {
    const auto result =
        stop_at_first_record("sleeps", nlohmann::json::object(), Isolation::Process);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::Cancelled) << result.error().message;
}

TEST(Cancelling, AReadThatIgnoresSignalsIsEndedByForce) {
    const auto result =
        stop_at_first_record("ignores_everything", nlohmann::json::object(), Isolation::Process);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::Cancelled) << result.error().message;
}

}  // namespace
}  // namespace coterie::plugin
