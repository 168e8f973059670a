// Destinations that misbehave: each ends its own write only, with a sentence that says what
// happened, and what it is believed to have is what it was given and said it has.
#include "support.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <map>
#include <ostream>

namespace coterie::plugin {
namespace {

using testing::HasSubstr;

/// Gives `count` records and keeps the answers.
class KeepingFeed final : public DeliveryFeed {
  public:
    explicit KeepingFeed(std::size_t count, std::size_t bytes = 10)
        : count_(count), bytes_(bytes) {}

    Result<std::optional<Delivery>> next() override {
        if (fails_at && given == *fails_at) {
            return Error{ErrorKind::Fatal, "the store cannot be read"};
        }
        if (given == count_) {
            return std::optional<Delivery>();
        }
        id_ = "inf_" + std::to_string(++given);
        json_ = R"({"id":")" + id_ + R"(","text":")" + std::string(bytes_, 'x') + "\"}";
        if (on_next) {
            on_next();
        }
        return std::optional(Delivery{Delivery::Action::Upsert, id_, json_, {}});
    }
    void answered(std::string_view id, Outcome outcome, std::string_view message) override {
        ++answers[outcome];
        last_id = id;
        last_message = message;
    }
    void held(std::string_view why) override { holds.emplace_back(why); }
    void log(LogLevel, std::string_view) override { ++logged; }
    void progress(std::uint64_t, std::uint64_t, std::string_view) override {}

    std::size_t given = 0;
    std::size_t logged = 0;
    std::map<Outcome, std::size_t> answers;
    std::string last_id, last_message;
    std::vector<std::string> holds;
    std::optional<std::size_t> fails_at;
    std::function<void()> on_next;

  private:
    std::size_t count_, bytes_;
    std::string id_, json_;
};

Installed destination() {
    static const Catalog catalog = Catalog::discover({DESTINATIONS_FOLDER});
    return **catalog.find("careless");
}

Result<void> write(const nlohmann::json& config, SessionOptions options, KeepingFeed& feed,
                   std::size_t total, bool is_dry_run = false, bool is_complete = false) {
    COTERIE_TRY(auto session, Session::open(destination(), config, std::move(options)));
    WriteRequest request;
    request.stream = "golden";
    request.total = total;
    request.is_complete = is_complete;
    request.about["dry_run"] = is_dry_run;
    return session->write(request, feed);
}

struct Row {
    std::string how;
    ErrorKind kind = ErrorKind::Fatal;
    std::string sentence;
    bool needs_a_process = false;  ///< in the core's own it would end the core

    friend std::ostream& operator<<(std::ostream& out, const Row& row) { return out << row.how; }
};

class HostileDestination : public testing::TestWithParam<Row> {
  protected:
    void expect_failure(Isolation isolation) {
        SessionOptions options;
        options.isolation = isolation;
        options.limits.silence_max = std::chrono::seconds(1);
        options.limits.memory_bytes_max = 384ULL << 20;
        KeepingFeed feed(10);
        const auto result = write({{"how", GetParam().how}, {"after", 3}}, options, feed, 10);
        ASSERT_FALSE(result);
        EXPECT_THAT(result.error().message, HasSubstr(GetParam().sentence));
        EXPECT_EQ(result.error().kind, GetParam().kind) << result.error().message;
        // A crash may take answers along that were on their way; more than it gave it never has.
        EXPECT_LE(feed.answers[Outcome::Delivered], 4U);
    }
};

TEST_P(HostileDestination, FailsItsOwnWriteWithAClearSentence) {
    expect_failure(Isolation::Process);
}
TEST_P(HostileDestination, OrInTheCoresOwnProcess) {
    if (!GetParam().needs_a_process) {
        expect_failure(Isolation::InProcess);
    }
}

const std::vector<Row> kRows = {
    {"segfaults", ErrorKind::Fatal,
     "plugin 'careless' was ended by SIGSEGV (Segmentation fault) while it took stream 'golden'",
     true},
    {"exits", ErrorKind::Fatal,
     "plugin 'careless' ended with exit code 0 while it took stream 'golden'", true},
    {"hangs", ErrorKind::Fatal,
     "plugin 'careless' said nothing for 1 s (silence_max) and was ended while it took", true},
    {"hangs_at_once", ErrorKind::Fatal, "said nothing for 1 s (silence_max)", true},
    {"allocates", ErrorKind::Fatal, "passed memory_bytes_max", true},
    {"closes_descriptors", ErrorKind::Fatal, "closed its connection to the core", true},
    {"throws", ErrorKind::Fatal, "an exception that is no std::exception"},
    {"fails", ErrorKind::Fatal, "the disk is on fire"},
    {"is_down", ErrorKind::Transient, "http status 503"},
    {"claims_strangers", ErrorKind::Fatal,
     "answered a delivery 'inf_stranger' that it was not given"},
    {"answers_twice", ErrorKind::Fatal,
     "answered a delivery 'inf_4' that it was not given, or had answered before"},
    {"never_answers", ErrorKind::Fatal,
     "said that all is well, but did not say what became of 7 of 10 deliveries"},
    {"plans", ErrorKind::Fatal, "planned 'inf_4', and this is no dry run"},
    {"takes_nothing", ErrorKind::Fatal, "said that all is well, but took 0 of 10 deliveries"},
};
/// "claims_strangers" → "ClaimsStrangers"
std::string name_of_row(const testing::TestParamInfo<Row>& of) {
    std::string name;
    bool is_first = true;
    for (const char letter : of.param.how) {
        if (letter != '_') {
            name += is_first ? static_cast<char>(letter - 'a' + 'A') : letter;
        }
        is_first = letter == '_';
    }
    return name;
}
INSTANTIATE_TEST_SUITE_P(Rows, HostileDestination, testing::ValuesIn(kRows), name_of_row);

TEST(DestinationSession, StoppingEarlyIsNoSuccess) {
    // What the core has sent ahead is not taken; either sentence is true of it.
    KeepingFeed feed(10);
    const auto result = write({{"how", "stops_early"}, {"after", 3}}, {}, feed, 10);
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error().message, HasSubstr("said that all is well, but"));
    EXPECT_EQ(feed.answers[Outcome::Delivered], 4U);
}

TEST(DestinationSession, RejectionsAndPostponementsAreAnswersAndHideSecrets) {
    for (const auto isolation : {Isolation::Process, Isolation::InProcess}) {
        SessionOptions options;
        options.isolation = isolation;
        options.secrets = {"s3cret-token"};
        KeepingFeed feed(5);
        const auto result =
            write({{"how", "rejects"}, {"after", 2}, {"token", "s3cret-token"}}, options, feed, 5);
        ASSERT_TRUE(result) << result.error().message;
        EXPECT_EQ(feed.answers[Outcome::Delivered], 2U);
        EXPECT_EQ(feed.answers[Outcome::Rejected], 3U);
        EXPECT_EQ(feed.last_message, "no e-mail address (***)");
        KeepingFeed postponed(5);
        ASSERT_TRUE(write({{"how", "postpones"}, {"after", 2}}, options, postponed, 5));
        EXPECT_EQ(postponed.answers[Outcome::Postponed], 3U);
    }
}

TEST(DestinationSession, ADryRunIsPlannedAndNothingIsDelivered) {
    for (const auto isolation : {Isolation::Process, Isolation::InProcess}) {
        SessionOptions options;
        options.isolation = isolation;
        options.secrets = {"s3cret-token"};
        KeepingFeed feed(5);
        const auto planned =
            write({{"how", "plans"}, {"token", "s3cret-token"}}, options, feed, 5, true);
        ASSERT_TRUE(planned) << planned.error().message;
        EXPECT_EQ(feed.answers[Outcome::Planned], 5U);
        EXPECT_EQ(feed.last_message, R"({"action":"create","token":"***"})");

        KeepingFeed delivered(5);
        const auto lied = write(nlohmann::json::object(), options, delivered, 5, true);
        ASSERT_FALSE(lied);
        EXPECT_THAT(lied.error().message, HasSubstr("said in a dry run that it has 'inf_1'"));
        EXPECT_EQ(delivered.answers[Outcome::Delivered], 0U);

        KeepingFeed lengthy(5);
        const auto too_long = write({{"how", "plans_at_length"}}, options, lengthy, 5, true);
        ASSERT_FALSE(too_long);
        EXPECT_THAT(too_long.error().message, HasSubstr("allowed are 1048576"));
    }
}

TEST(DestinationSession, AHoldEndsTheWriteWellAndWhatWasAnsweredStays) {
    for (const auto isolation : {Isolation::Process, Isolation::InProcess}) {
        SessionOptions options;
        options.isolation = isolation;
        options.secrets = {"s3cret-token"};
        KeepingFeed feed(10);
        const auto held =
            write({{"how", "holds"}, {"after", 3}, {"token", "s3cret-token"}}, options, feed, 10);
        ASSERT_TRUE(held) << held.error().message;
        EXPECT_EQ(feed.holds, std::vector<std::string>{"7 of 10 records would change (***)"});
        EXPECT_EQ(feed.answers[Outcome::Delivered], 3U);

        KeepingFeed complete(10);
        const auto refused = write({{"how", "holds"}}, options, complete, 10, false, true);
        ASSERT_FALSE(refused);
        EXPECT_THAT(refused.error().message, HasSubstr("held a complete write"));
        EXPECT_TRUE(complete.holds.empty());
    }
}

TEST(DestinationSession, AFloodOfLogLinesIsWorkedOff) {
    SessionOptions options;
    options.limits.total_max = std::chrono::seconds(1);
    KeepingFeed feed(5);
    const auto result = write({{"how", "floods"}}, options, feed, 5);
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error().message, HasSubstr("total_max"));
    EXPECT_GT(feed.logged, 0U);
}

TEST(DestinationSession, ACancelIsPrompt) {
    for (const std::string how : {"", "hangs"}) {
        std::stop_source stop;
        SessionOptions options;
        options.stop = stop.get_token();
        KeepingFeed feed(1'000'000);
        feed.on_next = [&] {
            if (feed.given == 1000) {
                stop.request_stop();
            }
        };
        const auto began = std::chrono::steady_clock::now();
        const auto result = write({{"how", how}, {"after", 100}}, options, feed, 1'000'000);
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().kind, ErrorKind::Cancelled) << result.error().message;
        EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10));
        EXPECT_LT(feed.given, 100'000U) << "nothing is given after the stop";
    }
}

TEST(DestinationSession, AFeedThatFailsEndsTheWriteWithItsError) {
    for (const auto isolation : {Isolation::Process, Isolation::InProcess}) {
        SessionOptions options;
        options.isolation = isolation;
        KeepingFeed feed(10);
        feed.fails_at = 4;
        const auto result = write(nlohmann::json::object(), options, feed, 10);
        ASSERT_FALSE(result);
        EXPECT_THAT(result.error().message, HasSubstr("the store cannot be read"));
    }
}

TEST(DestinationSession, TheCoreGivesNoMoreThanIsTaken) {
    // One that hangs at its first record has been sent a window, not all of it.
    SessionOptions options;
    options.limits.silence_max = std::chrono::seconds(1);
    KeepingFeed feed(1000, 100'000);
    ASSERT_FALSE(write({{"how", "hangs"}}, options, feed, 1000));
    EXPECT_GT(feed.given, 5U);
    EXPECT_LT(feed.given, 40U) << "a window of 1 MiB, and what the sockets hold";
}

TEST(DestinationSession, ManySmallAndSomeLargeDeliveriesArrive) {
    KeepingFeed small(300'000);
    ASSERT_TRUE(write(nlohmann::json::object(), {}, small, 300'000));
    EXPECT_EQ(small.answers[Outcome::Delivered], 300'000U);
    KeepingFeed large(20, 5'000'000);
    ASSERT_TRUE(write(nlohmann::json::object(), {}, large, 20));
    EXPECT_EQ(large.answers[Outcome::Delivered], 20U);
}

TEST(DestinationSession, SaysOfASourceThatItIsNone) {
    const TemporaryFolder folder;
    for (const auto isolation : {Isolation::Process, Isolation::InProcess}) {
        SessionOptions options;
        options.isolation = isolation;
        auto session = Session::open(installed("well_behaved"), nlohmann::json::object(), options);
        ASSERT_TRUE(session);
        KeepingFeed feed(1);
        const auto written = (*session)->write({}, feed);
        ASSERT_FALSE(written);
        EXPECT_THAT(written.error().message, HasSubstr("is no destination"));
        auto of_destination = Session::open(destination(), nlohmann::json::object(), options);
        ASSERT_TRUE(of_destination);
        KeepingSink sink;
        const auto read = (*of_destination)->read({"golden", std::nullopt}, sink);
        ASSERT_FALSE(read);
        EXPECT_THAT(read.error().message, HasSubstr("is no source"));
    }
}

}  // namespace
}  // namespace coterie::plugin
