// When to try again, and what headers say.
#include "sdk/http/retry.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace coterie::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::int64_t kInNovember = 784'111'777;

Response with(Pairs headers) {
    Response response;
    response.headers = std::move(headers);
    return response;
}

TEST(HttpDate, IsReadInItsThreeForms) {
    EXPECT_EQ(http_date("Sun, 06 Nov 1994 08:49:37 GMT"), kInNovember);
    EXPECT_EQ(http_date("Sunday, 06-Nov-94 08:49:37 GMT"), kInNovember);
    EXPECT_EQ(http_date("Sun Nov  6 08:49:37 1994"), kInNovember);
    EXPECT_EQ(http_date("Thu, 29 Feb 2024 00:00:00 GMT"), 1'709'164'800);
}

TEST(HttpDate, WhatIsNoneIsNone) {
    for (const char* const text :
         {"", "120", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 CET",
          "Sun, 31 Feb 2024 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT", "tomorrow", ","}) {
        EXPECT_EQ(http_date(text), std::nullopt) << text;
    }
}

TEST(RetryAfter, MayBeSeconds) {
    EXPECT_EQ(retry_after(with({{"retry-after", "120"}}), 0), seconds(120));
    EXPECT_EQ(retry_after(with({{"retry-after", "0"}}), 0), seconds(0));
    EXPECT_EQ(retry_after(with({{"retry-after", "1.5"}}), 0), milliseconds(1500));
}

TEST(RetryAfter, ADateIsHeldAgainstTheServersOwn) {
    const Pairs headers = {{"retry-after", "Sun, 06 Nov 1994 08:50:07 GMT"},
                           {"date", "Sun, 06 Nov 1994 08:49:37 GMT"}};
    EXPECT_EQ(retry_after(with(headers), 1'900'000'000), seconds(30));
    EXPECT_EQ(retry_after(with({headers[0]}), kInNovember + 10), seconds(20)) << "no Date";
    EXPECT_EQ(retry_after(with({headers[0]}), kInNovember + 1000), seconds(0)) << "long ago";
}

TEST(RetryAfter, WhatIsNeitherAsksForNothing) {
    for (const char* const text : {"", "-1", "soon", "1e300", "nan", "12 s"}) {
        EXPECT_EQ(retry_after(with({{"retry-after", text}}), 0), std::nullopt) << text;
    }
}

TEST(Backoff, DoublesWithJitterUpToItsMaximum) {
    Backoff backoff(milliseconds(1000), milliseconds(5000), 1);
    for (unsigned attempt = 1; attempt < 100; ++attempt) {
        const auto wait = backoff.after(attempt);
        const auto full = std::min(1000LL << std::min(attempt - 1, 20U), 5000LL);
        EXPECT_GE(wait.count(), full / 2) << attempt;
        EXPECT_LE(wait.count(), full) << attempt;
    }
}

TEST(Backoff, TwoWhoWereRefusedTogetherDoNotComeBackTogether) {
    Backoff one(milliseconds(60'000), milliseconds(60'000), 1);
    Backoff other(milliseconds(60'000), milliseconds(60'000), 2);
    EXPECT_NE(one.after(1), other.after(1));
}

TEST(Status, WhatPassesIsTriedAgain) {
    for (const long status : {408L, 425L, 429L, 500L, 502L, 503L, 504L, 520L}) {
        EXPECT_TRUE(is_passing(status)) << status;
    }
    for (const long status : {200L, 302L, 400L, 401L, 403L, 404L, 409L, 422L, 501L}) {
        EXPECT_FALSE(is_passing(status)) << status;
    }
}

TEST(NextLink, IsTheTargetOfRelNext) {
    EXPECT_EQ(next_link(R"(<https://a.example/p?x=1,2;3>; rel="prev", </p?page=3>; rel="next")"),
              "/p?page=3");
    EXPECT_EQ(next_link("<b>;rel=next"), "b");
    EXPECT_EQ(next_link(R"(<b>; title="a, rel=next"; REL="last Next")"), "b");
    EXPECT_EQ(next_link(R"(<b>; title="x; rel=next")"), "");
    EXPECT_EQ(next_link(R"(<b>; rel="prev"; rel="next")"), "") << "the first rel counts";
    EXPECT_EQ(next_link(""), "");
    EXPECT_EQ(next_link("<b"), "");
    EXPECT_EQ(next_link(">;rel=next,<"), "");
}

TEST(Encode, LeavesOnlyWhatIsUnreserved) {
    EXPECT_EQ(encode("a-Z.0_~ /?&=+æ"), "a-Z.0_~%20%2F%3F%26%3D%2B%C3%A6");
}

}  // namespace
}  // namespace coterie::http
