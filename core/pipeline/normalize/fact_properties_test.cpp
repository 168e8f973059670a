// Properties of the normalizers of facts: writing a value in a form that people use and reading it
// gives the value, what is read reads as itself, and no bytes break anything.
#include "base/text.hpp"
#include "base/time.hpp"
#include "pipeline/normalize/fact_values.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>
#include <thread>

namespace coterie::normalize {
namespace {

constexpr int kRounds = 3000;

std::string grouped(std::int64_t value, std::string_view mark) {
    std::string digits = std::to_string(value);
    for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) {
        digits.insert(static_cast<std::size_t>(at), mark);
    }
    return digits;
}

/// Of all lengths, so that small numbers are as frequent as large ones.
std::int64_t random_count(std::mt19937_64& random) {
    return static_cast<std::int64_t>(random() >> (1 + random() % 63));
}

TEST(FactProperties, ACountWrittenWithGroupsOfAnyKindReadsAsItself) {
    std::mt19937_64 random(1);
    for (int round = 0; round < kRounds; ++round) {
        const std::int64_t value = random_count(random);
        for (const std::string_view mark :
             {"", ".", ",", " ", "'", "’", "\u00A0", "\u202F", "\u2009"}) {
            const std::string text = grouped(value, mark);
            const auto count = read_count(text, {});
            ASSERT_TRUE(count.has_value()) << text;
            ASSERT_EQ(count.value().value, value) << text;
            ASSERT_FALSE(count.value().is_rounded || count.value().is_lower_bound) << text;
        }
    }
}

TEST(FactProperties, ACountWrittenInThousandsOrMillionsIsExact) {
    std::mt19937_64 random(2);
    for (int round = 0; round < kRounds; ++round) {
        const auto tenths = static_cast<std::int64_t>(random() % 10'000);
        for (const char mark : {'.', ','}) {
            const auto text = fmt::format("{}{}{}", tenths / 10, mark, tenths % 10);
            ASSERT_EQ(read_count(text + "K", {}).value().value, tenths * 100) << text;
            ASSERT_EQ(read_count(text + " mio.", {}).value().value, tenths * 100'000) << text;
        }
    }
}

TEST(FactProperties, ADayWrittenInAnyFormReadsAsItself) {
    constexpr std::array<std::string_view, 12> kDanish = {
        "januar", "februar", "marts",     "april",   "maj",      "juni",
        "juli",   "august",  "september", "oktober", "november", "december"};
    std::mt19937_64 random(3);
    for (int round = 0; round < kRounds; ++round) {
        const auto day = Timestamp(std::chrono::days(static_cast<int>(random() % 36'000)));
        const std::string iso = to_rfc3339(day).substr(0, 10);
        const int year = std::stoi(iso.substr(0, 4));
        const auto month = static_cast<unsigned>(std::stoi(iso.substr(5, 2)));
        const int number = std::stoi(iso.substr(8, 2));
        for (const auto& text : {iso, fmt::format("{:02}-{:02}-{}", number, month, year),
                                 fmt::format("{}/{}/{}", number, month, year),
                                 fmt::format("{}.{}.{}", number, month, year),
                                 fmt::format("{}. {} {}", number, kDanish[month - 1], year),
                                 fmt::format("{}{:02}{:02}", year, month, number)}) {
            const auto time = read_time(text, {});
            ASSERT_TRUE(time.has_value()) << text << ": " << time.reason();
            ASSERT_EQ(time.value(), iso) << text;
        }
        const auto days = day.time_since_epoch() / std::chrono::days(1);
        ASSERT_EQ(read_time(std::to_string(days + 25'569), {}, "excel").value(), iso);
        ASSERT_EQ(read_time(std::to_string(days + 24'107), {}, "excel1904").value(), iso);
    }
}

TEST(FactProperties, ATimeInRfc3339ReadsAsItselfWhateverTheSourcesZone) {
    std::mt19937_64 random(4);
    ReadingContext context;
    context.timezone = "America/New_York";
    for (int round = 0; round < kRounds; ++round) {
        const auto time = Timestamp(std::chrono::seconds(random() % 7'000'000'000));
        const std::string text = to_rfc3339(time);
        ASSERT_EQ(read_time(text, context).value(), text);
        ASSERT_EQ(
            read_time(std::to_string(time.time_since_epoch().count()), context, "epoch").value(),
            text);
    }
}

TEST(FactProperties, AShareInPerCentIsAHundredthOfItsDigits) {
    std::mt19937_64 random(5);
    for (int round = 0; round < kRounds; ++round) {
        const auto hundredths = static_cast<int>(random() % 10'000);
        const auto text = fmt::format("{},{:02} %", hundredths / 100, hundredths % 100);
        std::string expected = fmt::format("0.{:04}", hundredths);
        expected.erase(expected.find_last_not_of('0') + 1);
        if (expected == "0.") {
            expected = "0";
        }
        const auto share = read_share(text, {}, false);
        ASSERT_TRUE(share.has_value()) << text;
        ASSERT_EQ(share.value(), expected) << text;
        ASSERT_EQ(read_share(share.value(), {}, false).value(), expected);
    }
}

/// Bytes that normalizers meet: letters, digits and signs of the field, and some that are broken.
std::string random_text(std::mt19937_64& random) {
    constexpr std::array<std::string_view, 46> kPieces = {
        "0",       "1",    "2", "12", "345",    "2024",   ".",    ",",        " ", "-", "/",  ":",
        "'",       "k",    "K", "M",  "mio",    "kr",     "DKK",  "€",        "$", "%", "+",  ">",
        "<",       "ca. ", "t", "E",  "e6",     "mar",    "maj",  "T09",      "Z", "#", "da", "DK",
        "Danmark", "🇩🇰",   "æ", "İ",  "\u0301", "\u00A0", "\xff", "\xf0\x9f", "(", ")"};
    std::string text;
    for (auto left = random() % 9; left > 0; --left) {
        text += kPieces[random() % kPieces.size()];
    }
    return text;
}

TEST(FactProperties, WhatWasReadReadsAsItself) {
    std::mt19937_64 random(6);
    for (int round = 0; round < 40 * kRounds; ++round) {
        const std::string text = random_text(random);
        SCOPED_TRACE(printable(text));
        if (const auto count = read_count(text, {}); count.has_value()) {
            ASSERT_GE(count.value().value, 0);
            ASSERT_EQ(read_count(std::to_string(count.value().value), {}).value().value,
                      count.value().value);
        }
        if (const auto share = read_share(text, {}, false); share.has_value()) {
            ASSERT_EQ(read_share(share.value(), {}, false).value(), share.value());
        }
        if (const auto time = read_time(text, {}); time.has_value()) {
            ASSERT_EQ(read_time(time.value(), {}).value(), time.value());
        }
        if (const auto money = read_money(text, {}); money.has_value()) {
            const auto again = read_money(money.value().amount + " " + money.value().currency, {});
            ASSERT_TRUE(again.has_value()) << money.value().amount;
            ASSERT_EQ(again.value().amount, money.value().amount);
            ASSERT_EQ(again.value().currency, money.value().currency);
        }
        if (const auto country = read_country(text); country.has_value()) {
            ASSERT_EQ(read_country(country.value()).value(), country.value());
        }
        if (const auto topics = read_topics(text); topics.has_value()) {
            for (const auto& topic : topics.value()) {
                ASSERT_TRUE(is_utf8(topic));
                const auto again = read_topics(topic);
                ASSERT_TRUE(again.has_value());
                ASSERT_EQ(again.value(), std::vector{topic});
            }
        }
        if (const auto region = read_region(text); region.has_value()) {
            ASSERT_EQ(read_region(region.value()).value(), region.value());
        }
        if (const auto note = read_text(text); note.has_value()) {
            ASSERT_EQ(read_text(note.value()).value(), note.value());
        }
        if (const auto url = read_url(text); url.has_value()) {
            ASSERT_EQ(read_url(url.value()).value(), url.value());
        }
    }
}

TEST(FactProperties, EveryLanguageThatIsReadReadsAsItself) {
    for (char first = 'a'; first <= 'z'; ++first) {
        for (char second = 'a'; second <= 'z'; ++second) {
            const std::string code = {first, second};
            const auto languages = read_languages(code);
            if (languages.has_value()) {
                const auto& tag = languages.value().front();
                EXPECT_EQ(read_languages(tag).value().front(), tag) << code;
            }
            const auto country = read_country(code);
            if (country.has_value()) {
                EXPECT_EQ(read_country(country.value()).value(), country.value()) << code;
            }
        }
    }
}

TEST(FactProperties, ManyThreadsReadTheSameAtTheirFirstCall) {
    std::vector<std::jthread> threads;
    std::vector<std::string> results(4);
    for (auto& result : results) {
        threads.emplace_back([&result] {
            ReadingContext context;
            context.timezone = "Europe/Copenhagen";
            result = read_country("Storbritannien").value() +
                     read_languages("engelsk").value().front() + read_currency("€").value() +
                     read_relationship_status("Rykket").value() +
                     read_time("1. juli 2024 kl. 12:00", context).value();
        });
    }
    threads.clear();
    for (const auto& result : results) {
        EXPECT_EQ(result, "GBenEURcontacted2024-07-01T10:00:00Z");
    }
}

}  // namespace
}  // namespace coterie::normalize
