#include "sdk/http/rate_limit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>
#include <string>

namespace coterie::http {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using testing::HasSubstr;
using Time = RateLimiter::Time;

/// Some time; the clock is ours.
constexpr Time kBegin = Time(100'000s);

RateHeaders headers() {
    RateHeaders names;
    names.limit = "x-limit";
    names.remaining = "x-remaining";
    names.interval_ms = "x-interval";
    names.reset = "x-reset";
    names.daily_limit = "x-daily-limit";
    names.daily_remaining = "x-daily";
    return names;
}

RateLimiter limiter_of(double requests, milliseconds interval, unsigned at_once = 1) {
    return {Rate{requests, interval}, Rate{}, headers(), at_once};
}

Response response(Pairs pairs) {
    Response made;
    made.status = 200;
    made.headers = std::move(pairs);
    return made;
}

/// Goes as soon as it may. \return When.
Time take(RateLimiter& limiter, Time& now) {
    while (const auto later = limiter.take(now)) {
        now = *later;
    }
    return now;
}

/// What a server refuses that counts in windows that slide or begin at fixed times.
class Server {
  public:
    Server(std::size_t count_max, milliseconds interval, bool slides)
        : count_max_(count_max), interval_(interval), slides_(slides) {}
    bool take(Time time) {
        if (!slides_) {
            const auto window = time.time_since_epoch() / interval_;
            count_ = window == window_ ? count_ : 0;
            window_ = window;
            return ++count_ <= count_max_;
        }
        while (!times_.empty() && times_.front() <= time - interval_) {
            times_.pop_front();
        }
        if (times_.size() >= count_max_) {
            return false;
        }
        times_.push_back(time);
        return true;
    }

  private:
    std::size_t count_max_;
    nanoseconds interval_;
    bool slides_;
    std::deque<Time> times_;
    std::size_t count_ = 0;
    std::int64_t window_ = -1;
};

struct Vendor {
    const char* name;
    double requests;
    milliseconds interval;
    bool slides;
    milliseconds jitter;
    friend std::ostream& operator<<(std::ostream& out, const Vendor& vendor) {
        return out << vendor.name;
    }
};

class RateOf : public testing::TestWithParam<Vendor> {};

TEST_P(RateOf, NothingIsRefusedAndNearlyAllIsUsedFromTheBeginning) {
    const Vendor& vendor = GetParam();
    auto limiter = limiter_of(vendor.requests, vendor.interval);
    Server server(static_cast<std::size_t>(vendor.requests), vendor.interval, vendor.slides);
    std::minstd_rand random(7);
    Time now = kBegin;
    Time arrived = kBegin;
    std::size_t sent = 0;
    std::size_t refused = 0;
    const Time end = kBegin + 20 * vendor.interval;
    while (true) {
        const Time at = take(limiter, now);
        if (at >= end) {
            break;
        }
        // On its way for so long; they do not overtake each other.
        const auto way = 5ms + nanoseconds(vendor.jitter) * static_cast<int>(random() % 100) / 100;
        arrived = std::max(arrived, at + way);
        refused += server.take(arrived) ? 0 : 1;
        ++sent;
    }
    EXPECT_EQ(refused, 0U);
    EXPECT_GE(static_cast<double>(sent), vendor.requests * 20 * 0.97);
}

INSTANTIATE_TEST_SUITE_P(, RateOf,
                         testing::Values(Vendor{"HundredInTenSecondsSliding", 100, 10s, true, 40ms},
                                         Vendor{"HundredInTenSecondsFixed", 100, 10s, false, 40ms},
                                         Vendor{"FourInASecond", 4, 1s, true, 4ms},
                                         Vendor{"SixThousandInFiveMinutes", 6000, 300s, true,
                                                200ms},
                                         Vendor{"OneAtATime", 1, 200ms, true, 3ms}),
                         [](const auto& vendor) { return vendor.param.name; });

TEST(RateLimiter, WithoutALimitEverythingGoesAtOnce) {
    auto limiter = limiter_of(0, 1s);
    for (int i = 0; i < 1000; ++i) {
        ASSERT_FALSE(limiter.take(kBegin));
    }
}

TEST(RateLimiter, OnlyATenthGoesAtOnce) {
    auto limiter = limiter_of(100, 10s);
    Time now = kBegin;
    int at_once = 0;
    while (!limiter.take(now)) {
        ++at_once;
    }
    EXPECT_EQ(at_once, 10);
}

TEST(RateLimiter, HalfARequestASecondIsOneInTwo) {
    auto limiter = limiter_of(0.5, 1s);
    Time now = kBegin;
    take(limiter, now);
    take(limiter, now);
    EXPECT_GE(now - kBegin, 2s);
    EXPECT_LE(now - kBegin, 2100ms);
}

TEST(RateLimiter, WhatHadToConnectFirstCountsFromWhenItWasSent) {
    auto limiter = limiter_of(1, 1s);
    ASSERT_FALSE(limiter.take(kBegin));
    limiter.correct(kBegin, kBegin + 300ms);
    EXPECT_GE(limiter.take(kBegin + 1100ms).value(), kBegin + 1300ms);
}

TEST(RateLimiter, TheVendorsHeadersHoldAgainstTheConfiguredRate) {
    auto limiter = limiter_of(100, 10s);
    limiter.learn(response({{"x-limit", "190"}, {"x-interval", "5000"}}), kBegin, kBegin, 0);
    EXPECT_EQ(limiter.rate().requests, 190);
    EXPECT_EQ(limiter.rate().interval, 5s);
    EXPECT_EQ(limiter.left().limit, 190);
}

TEST(RateLimiter, APersonsOwnRateIsNeverPassedWhateverTheVendorAllows) {
    RateLimiter limiter(Rate{}, Rate{2, 1s}, headers(), 1);
    limiter.learn(response({{"x-limit", "1000"}, {"x-interval", "1000"}}), kBegin, kBegin, 0);
    Time now = kBegin;
    for (int i = 0; i < 21; ++i) {
        take(limiter, now);
    }
    EXPECT_GE(now - kBegin, 10s);
}

TEST(RateLimiter, APersonsOwnRateStandsForTheVendorsUntilAHeaderWithAnIntervalTellsIt) {
    RateLimiter limiter(Rate{50, 1s}, Rate{50, 1s}, headers(), 1);
    limiter.learn(response({{"x-limit", "100"}, {"x-remaining", "1"}}), kBegin, kBegin, 0);
    EXPECT_EQ(limiter.rate().requests, 50) << "a hundred in how long?";
    EXPECT_FALSE(limiter.take(kBegin));
    limiter.learn(response({{"x-limit", "100"}, {"x-interval", "10000"}}), kBegin, kBegin, 0);
    EXPECT_EQ(limiter.rate().requests, 100);
    EXPECT_EQ(limiter.rate().interval, 10s);
}

TEST(RateLimiter, OthersThatUseTheSameKeySlowItDown) {
    auto limiter = limiter_of(100, 10s);
    Time now = kBegin;
    // Somebody else took 60 of the 100.
    for (int i = 0; i < 40; ++i) {
        const Time at = take(limiter, now);
        limiter.learn(response({{"x-remaining", std::to_string(100 - 60 - i - 1)}}), at, now, 0);
    }
    EXPECT_LE(now - kBegin, 10s);
    take(limiter, now);
    EXPECT_GE(now - kBegin, 10s) << "the hundred were sent";
}

TEST(RateLimiter, WhatRemainsSlowsNothingDownWhereNobodyElseIsThere) {
    auto limiter = limiter_of(100, 10s, 4);
    Server server(100, 10s, true);
    std::deque<std::pair<Time, Time>> on_their_way;  // sent, answered
    Time now = kBegin;
    int sent = 0;
    std::deque<Time> counted;
    while (now < kBegin + 100s) {
        const Time at = take(limiter, now);
        ++sent;
        counted.push_back(at);
        while (counted.front() <= at - 10s) {
            counted.pop_front();
        }
        const auto remaining = 100 - static_cast<int>(counted.size());
        on_their_way.emplace_back(at, at + 900ms);
        if (on_their_way.size() == 4) {  // slow answers, four at once
            const auto [from, to] = on_their_way.front();
            on_their_way.pop_front();
            now = std::max(now, from + 60ms);
            limiter.learn(
                response({{"x-limit", "100"}, {"x-remaining", std::to_string(remaining + 3)}}),
                from, now, 0);
        }
    }
    EXPECT_GE(sent, 970);
}

TEST(RateLimiter, WhereOnlyWhatRemainsIsToldItWaitsForTheReset) {
    auto limiter = limiter_of(0, 1s);
    ASSERT_FALSE(limiter.take(kBegin));
    limiter.learn(response({{"x-remaining", "2"}, {"x-reset", "30"}}), kBegin, kBegin + 1ms, 0);
    EXPECT_FALSE(limiter.take(kBegin + 2ms));
    EXPECT_FALSE(limiter.take(kBegin + 3ms));
    EXPECT_GE(limiter.take(kBegin + 4ms).value(), kBegin + 30s);
    EXPECT_FALSE(limiter.take(kBegin + 32s));
}

TEST(RateLimiter, AResetSince1970IsHeldAgainstTheServersClock) {
    auto limiter = limiter_of(0, 1s);
    ASSERT_FALSE(limiter.take(kBegin));
    limiter.learn(response({{"x-remaining", "0"},
                            {"x-reset", "1731027743"},
                            {"date", "Fri, 08 Nov 2024 01:02:03 GMT"}}),
                  kBegin, kBegin, 1'900'000'000);
    const Time later = limiter.take(kBegin).value();
    EXPECT_GE(later, kBegin + 20s);
    EXPECT_LE(later, kBegin + 22s);
}

TEST(RateLimiter, ARefusalClosesTheGateForAll) {
    auto limiter = limiter_of(100, 10s);
    limiter.close(kBegin + 7s);
    limiter.close(kBegin + 3s);  // another thread's, of less
    EXPECT_EQ(limiter.take(kBegin).value(), kBegin + 7s);
    EXPECT_FALSE(limiter.take(kBegin + 7s));
}

TEST(RateLimiter, ADayThatIsUsedUpIsTold) {
    auto limiter = limiter_of(0, 1s);
    limiter.learn(response({{"x-daily-limit", "5000"}, {"x-daily", "1"}}), kBegin, kBegin, 0);
    EXPECT_FALSE(limiter.day_is_used_up(kBegin));
    limiter.learn(response({{"x-daily", "0"}}), kBegin, kBegin, 0);
    EXPECT_THAT(limiter.day_is_used_up(kBegin).value(), HasSubstr("5000"));
    EXPECT_FALSE(limiter.day_is_used_up(kBegin + 2h)) << "another day may have begun";
}

TEST(RateLimiter, UsedOfALimitInOneHeaderIsRead) {
    RateHeaders names;
    names.usage = "sforce-limit-info";
    RateLimiter limiter(Rate{}, Rate{}, names, 1);
    limiter.learn(response({{"sforce-limit-info", "api-usage=18/5000"}}), kBegin, kBegin, 0);
    EXPECT_EQ(limiter.left().daily_limit, 5000);
    EXPECT_EQ(limiter.left().daily_remaining, 4982);
    limiter.learn(
        response({{"sforce-limit-info", "api-usage=5000/5000 (per-app-api-usage=17/250)"}}), kBegin,
        kBegin, 0);
    EXPECT_TRUE(limiter.day_is_used_up(kBegin));
}

TEST(RateLimiter, HeadersThatAreNoNumbersAreLeftAlone) {
    auto limiter = limiter_of(100, 10s);
    for (const char* const text : {"", "many", "-5", "nan", "1e999", "inf"}) {
        limiter.learn(response({{"x-limit", text},
                                {"x-remaining", text},
                                {"x-interval", text},
                                {"x-reset", text},
                                {"x-daily", text}}),
                      kBegin, kBegin, 0);
    }
    EXPECT_EQ(limiter.rate().requests, 100);
    EXPECT_EQ(limiter.rate().interval, 10s);
    EXPECT_FALSE(limiter.day_is_used_up(kBegin));
}

}  // namespace
}  // namespace coterie::http
