// The table of plugins that misbehave: each ends its own call only, with a sentence that says what
// happened.
#include "support.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <ostream>

namespace coterie::plugin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

enum class Step { Open, Check, Read };

struct Row {
    std::string plugin;
    Step fails_in = Step::Open;
    ErrorKind kind = ErrorKind::Fatal;
    std::string sentence;  ///< a part of the error
    /// Of the one record that some hand over: a crash may take it along before it was sent.
    std::size_t records_min = 0;

    friend std::ostream& operator<<(std::ostream& out, const Row& row) { return out << row.plugin; }
};

std::string name_of_row(const testing::TestParamInfo<Row>& info) {
    std::string name;
    bool is_first = true;
    for (const char letter : info.param.plugin) {
        if (letter == '_') {
            is_first = true;
        } else {
            name += is_first ? static_cast<char>(letter - 'a' + 'A') : letter;
            is_first = false;
        }
    }
    return name + (info.param.fails_in == Step::Check ? "InCheck" : "");
}

class HostilePlugin : public testing::TestWithParam<Row> {
  protected:
    Result<void> run(Isolation isolation) {
        SessionOptions options;
        options.isolation = isolation;
        options.limits.silence_max = std::chrono::seconds(1);
        options.limits.memory_bytes_max = 384ULL << 20;
        auto session =
            Session::open(installed(GetParam().plugin), nlohmann::json::object(), options);
        if (!session) {
            EXPECT_EQ(GetParam().fails_in, Step::Open) << session.error().message;
            return std::move(session).error();
        }
        EXPECT_NE(GetParam().fails_in, Step::Open);
        if (GetParam().fails_in == Step::Check) {
            return (*session)->check();
        }
        // The others are given a state, so that they may say what they say.
        const bool has_state = GetParam().plugin != "unchanged_without_state";
        return (*session)->read(
            {"contacts", std::nullopt, has_state ? std::optional<nlohmann::json>(1) : std::nullopt},
            sink_);
    }
    KeepingSink sink_;
};

TEST_P(HostilePlugin, FailsItsOwnCallWithAClearSentence) {
    const auto result = run(Isolation::Process);
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error().message, HasSubstr(GetParam().sentence));
    EXPECT_EQ(result.error().kind, GetParam().kind) << result.error().message;
    EXPECT_GE(sink_.records.size(), GetParam().records_min);
    EXPECT_LE(sink_.records.size(), 1U);
}

const std::vector<Row> kRefused = {
    {"no_entry_point", Step::Open, ErrorKind::Config,
     "it exports no function coterie_plugin_entry; build it with COTERIE_EXPORT_SOURCE"},
    {"no_note", Step::Open, ErrorKind::Config,
     "it has no section .coterie_abi, so it is no plugin of Coterie"},
    {"abi_newer", Step::Open, ErrorKind::Config,
     "it was built for ABI 1.5, and this Coterie speaks 1.2; install a newer Coterie"},
    {"abi_older", Step::Open, ErrorKind::Config,
     "it was built for ABI 0.9, and this Coterie speaks 1.2; build the plugin anew"},
    {"struct_too_small", Step::Open, ErrorKind::Config,
     "its table of functions has 24 bytes, ABI 1.0 needs 96"},
    {"null_functions", Step::Open, ErrorKind::Config, "its table of functions lacks check, read"},
    {"says_no", Step::Open, ErrorKind::Config, "gave no table of functions: not on a Monday"},
    {"wrong_name", Step::Open, ErrorKind::Config,
     "its name is 'another', and manifest.json says 'wrong_name'"},
    {"throws_in_open", Step::Open, ErrorKind::Fatal,
     "plugin 'throws_in_open' let an exception escape from open: thrown on purpose"},
};
INSTANTIATE_TEST_SUITE_P(Refused, HostilePlugin, testing::ValuesIn(kRefused), name_of_row);

const std::vector<Row> kThrowing = {
    {"throws", Step::Check, ErrorKind::Fatal,
     "plugin 'throws' let an exception escape from check: thrown on purpose"},
    {"throws", Step::Read, ErrorKind::Fatal, "plugin 'throws' let an exception escape from read"},
    {"throws_through_sdk", Step::Check, ErrorKind::Fatal, "check fell over"},
    {"throws_through_sdk", Step::Read, ErrorKind::Fatal, "an exception that is no std::exception"},
    {"unknown_status", Step::Read, ErrorKind::Fatal,
     "plugin 'unknown_status' returned the unknown status 77 from read"},
};
INSTANTIATE_TEST_SUITE_P(Throwing, HostilePlugin, testing::ValuesIn(kThrowing), name_of_row);

const std::vector<Row> kUntrue = {
    {"unchanged_without_state", Step::Read, ErrorKind::Fatal,
     "it said 'unchanged', and was given no last_state to compare with"},
    {"unchanged_after_records", Step::Read, ErrorKind::Fatal,
     "it said 'unchanged' after its first record", 1},
    {"records_after_unchanged", Step::Read, ErrorKind::Fatal,
     "it handed over data after it had said 'unchanged'"},
    {"replaces_everything", Step::Read, ErrorKind::Fatal,
     "it said 'replaces' of ids that begin with 0 bytes; allowed are 1 to 8192"},
    {"partial_after_records", Step::Read, ErrorKind::Fatal,
     "it said 'partial' after its first record", 1},
    {"huge_state", Step::Read, ErrorKind::Fatal,
     "its state has 2097154 bytes, allowed are 1048576"},
};
INSTANTIATE_TEST_SUITE_P(Untrue, HostilePlugin, testing::ValuesIn(kUntrue), name_of_row);

const std::vector<Row> kCrashing = {
    {"segfaults", Step::Read, ErrorKind::Fatal,
     "plugin 'segfaults' was ended by SIGSEGV (Segmentation fault) in the middle of stream "
     "'contacts'"},
    {"aborts", Step::Read, ErrorKind::Fatal,
     "plugin 'aborts' was ended by SIGABRT (Aborted) in the middle of stream 'contacts'"},
    {"exits", Step::Read, ErrorKind::Fatal,
     "plugin 'exits' ended with exit code 0 in the middle of stream 'contacts'"},
    {"sleeps", Step::Read, ErrorKind::Fatal,
     "plugin 'sleeps' said nothing for 1 s (silence_max) and was ended in the middle of stream "
     "'contacts'",
     1},
    {"ignores_everything", Step::Read, ErrorKind::Fatal,
     "plugin 'ignores_everything' said nothing for 1 s (silence_max) and was ended", 1},
    {"closes_descriptors", Step::Read, ErrorKind::Fatal,
     "plugin 'closes_descriptors' closed its connection to the core in the middle of stream "
     "'contacts'"},
    {"closes_and_waits", Step::Read, ErrorKind::Fatal,
     "plugin 'closes_and_waits' closed its connection to the core in the middle of stream "
     "'contacts'"},
    {"forges_frames", Step::Read, ErrorKind::Fatal,
     "plugin 'forges_frames' broke the frame protocol (a frame of 4294967295 bytes, allowed are "},
};
INSTANTIATE_TEST_SUITE_P(Crashing, HostilePlugin, testing::ValuesIn(kCrashing), name_of_row);

/// What needs no process of its own to be survived.
class HostilePluginInProcess : public HostilePlugin {};

TEST_P(HostilePluginInProcess, FailsItsOwnCallWithTheSameSentence) {
    const auto result = run(Isolation::InProcess);
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error().message, HasSubstr(GetParam().sentence));
    EXPECT_EQ(result.error().kind, GetParam().kind) << result.error().message;
}
INSTANTIATE_TEST_SUITE_P(Refused, HostilePluginInProcess, testing::ValuesIn(kRefused), name_of_row);
INSTANTIATE_TEST_SUITE_P(Untrue, HostilePluginInProcess, testing::ValuesIn(kUntrue), name_of_row);
INSTANTIATE_TEST_SUITE_P(Throwing, HostilePluginInProcess, testing::ValuesIn(kThrowing),
                         name_of_row);

/// A plugin whose library is whatever the test writes.
Result<std::unique_ptr<Session>> open_with_library(const std::filesystem::path& folder,
                                                   std::string_view bytes) {
    auto plugin = installed("well_behaved");
    plugin.folder = folder;
    plugin.library = folder / "well_behaved.so";
    std::ofstream(plugin.library, std::ios::binary) << bytes;
    std::filesystem::permissions(plugin.library, std::filesystem::perms::owner_all);
    return Session::open(plugin, nlohmann::json::object(), {});
}

TEST(HostileFile, WhatIsNoLibraryIsNotLoaded) {
    const TemporaryFolder folder;
    for (const std::string_view bytes : {"", "#!/bin/sh\nexit 1\n",
                                         "\x7f"
                                         "ELF"}) {
        const auto session = open_with_library(folder.path(), bytes);
        ASSERT_FALSE(session);
        EXPECT_EQ(session.error().kind, ErrorKind::Config);
        EXPECT_EQ(session.error().message,
                  "plugin 'well_behaved': " + (folder.path() / "well_behaved.so").string() +
                      ": it is not a shared library (no ELF header)");
    }
}

TEST(HostileFile, ALibraryThatIsCutOffIsNotLoaded) {
    const TemporaryFolder folder;
    std::ifstream in(installed("well_behaved").library, std::ios::binary);
    const std::string whole{std::istreambuf_iterator<char>(in), {}};
    ASSERT_GT(whole.size(), 1000U);
    for (const std::size_t size : {std::size_t{64}, whole.size() / 2, whole.size() - 100}) {
        const auto session = open_with_library(folder.path(), whole.substr(0, size));
        ASSERT_FALSE(session);
        EXPECT_THAT(session.error().message, HasSubstr("plugin 'well_behaved'"));
    }
}

TEST(HostileFile, AMissingLibraryIsNamed) {
    auto plugin = installed("well_behaved");
    plugin.library = "/nowhere/well_behaved.so";
    const auto session = Session::open(plugin, nlohmann::json::object(), {});
    ASSERT_FALSE(session);
    EXPECT_THAT(session.error().message, HasSubstr("/nowhere"));
}

TEST(HostileFile, AMissingHostProgramIsNamedWithTheRemedy) {
    SessionOptions options;
    options.host_program = "/nowhere/coterie-plugin-host";
    const auto session =
        Session::open(installed("well_behaved"), nlohmann::json::object(), options);
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().message,
              "the plugin host '/nowhere/coterie-plugin-host' cannot be run: No such file or "
              "directory; install it beside coterie, or name it with host_program");
}

TEST(HostileData, BrokenJsonReachesTheReceiverAsItIs) {
    KeepingSink sink;
    auto session = Session::open(installed("broken_json"), nlohmann::json::object(), {});
    ASSERT_TRUE(session) << session.error().message;
    const auto result = (*session)->read({"contacts", std::nullopt}, sink);
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_THAT(sink.records, ElementsAre("{\"a\":", "", "[1]"));
}

TEST(HostileData, InvalidTextReachesTheReceiverAsItIs) {
    KeepingSink sink;
    auto session = Session::open(installed("invalid_utf8"), nlohmann::json::object(), {});
    ASSERT_TRUE(session) << session.error().message;
    const auto result = (*session)->read({"contacts", std::nullopt}, sink);
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_THAT(sink.records, ElementsAre("{\"a\":\"\xff\xc0\x80\"}"));
    EXPECT_THAT(sink.ids, ElementsAre("\xfe"));
}

/// What a plugin's read hands over with this isolation.
KeepingSink read_of(const std::string& plugin, Isolation isolation, SessionOptions options = {}) {
    KeepingSink sink;
    options.isolation = isolation;
    auto session = Session::open(installed(plugin), nlohmann::json::object(), std::move(options));
    EXPECT_TRUE(session) << session.error().message;
    if (session) {
        const auto done = (*session)->read({"contacts", std::nullopt}, sink);
        EXPECT_TRUE(done) << done.error().message;
    }
    return sink;
}

TEST(Abi, APluginBuiltForTheFirstVersionWorks) {
    for (const auto isolation : {Isolation::Process, Isolation::InProcess}) {
        const KeepingSink sink = read_of("abi_first", isolation);
        EXPECT_THAT(sink.records, ElementsAre("{\"a\":1}"));
        EXPECT_THAT(sink.places, ElementsAre(""));
        EXPECT_THAT(sink.cursors, ElementsAre("1"));
    }
}

TEST(Abi, WhereARecordStandsReachesTheReceiverWithoutSecrets) {
    for (const auto isolation : {Isolation::Process, Isolation::InProcess}) {
        const KeepingSink sink = read_of("well_behaved", isolation);
        ASSERT_EQ(sink.places.size(), 10U);
        EXPECT_EQ(sink.places.back(), "line 9");
        SessionOptions options;
        options.secrets = {"line"};
        EXPECT_EQ(read_of("well_behaved", isolation, options).places.back(), "*** 9");
    }
}

TEST(HostileData, ARecordThatIsTooLongIsQuarantinedAndTheRestGoesOn) {
    KeepingSink sink;
    auto session = Session::open(installed("huge_record"), nlohmann::json::object(), {});
    ASSERT_TRUE(session) << session.error().message;
    const auto result = (*session)->read({"contacts", std::nullopt}, sink);
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_THAT(sink.ids, ElementsAre("before", "after"));
    EXPECT_THAT(
        sink.quarantined,
        ElementsAre("4096|record 'huge'|the record has 100000000 bytes, record_bytes_max is "
                    "16777216; its first 4096 bytes are kept",
                    "2|a record with a very long id|the id has 100000 bytes, allowed are "
                    "8192"));
}

}  // namespace
}  // namespace coterie::plugin
