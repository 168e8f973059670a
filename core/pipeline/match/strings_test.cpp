#include "pipeline/match/strings.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace coterie::match {
namespace {

// --- The same from the books, written without regard to speed ----------------------------------

template <class String>
double plain_jaro_winkler(String a, String b) {
    if (a.empty() || b.empty()) {
        return a.empty() && b.empty() ? 1 : 0;
    }
    if (b.size() < a.size() || (a.size() == b.size() && b < a)) {
        std::swap(a, b);
    }
    const int window = std::max(0, static_cast<int>(std::max(a.size(), b.size()) / 2) - 1);
    std::vector<bool> used(b.size());
    String from_a;
    for (int i = 0; i < static_cast<int>(a.size()); ++i) {
        for (int j = 0; j < static_cast<int>(b.size()); ++j) {
            const auto at = static_cast<std::size_t>(j);
            if (std::abs(i - j) <= window && !used[at] && a[static_cast<std::size_t>(i)] == b[at]) {
                used[at] = true;
                from_a.push_back(b[at]);
                break;
            }
        }
    }
    String from_b;
    for (std::size_t j = 0; j < b.size(); ++j) {
        if (used[j]) {
            from_b.push_back(b[j]);
        }
    }
    if (from_a.empty()) {
        return 0;
    }
    std::size_t differ = 0;
    for (std::size_t i = 0; i < from_a.size(); ++i) {
        differ += from_a[i] != from_b[i] ? 1U : 0U;
    }
    const auto m = static_cast<double>(from_a.size());
    const double jaro = (m / static_cast<double>(a.size()) + m / static_cast<double>(b.size()) +
                         (m - static_cast<double>(differ / 2)) / m) /
                        3;
    std::size_t prefix = 0;
    while (prefix < 4 && prefix < a.size() && prefix < b.size() && a[prefix] == b[prefix]) {
        ++prefix;
    }
    return jaro > 0.7 ? jaro + static_cast<double>(prefix) * 0.1 * (1 - jaro) : jaro;
}

template <class String>
std::size_t plain_edit_distance(const String& a, const String& b) {
    std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) {
        for (std::size_t j = 0; j <= b.size(); ++j) {
            if (i == 0 || j == 0) {
                d[i][j] = i + j;
                continue;
            }
            d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1,
                                d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U)});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
            }
        }
    }
    return d[a.size()][b.size()];
}

// --- Tests ---------------------------------------------------------------------------------------

TEST(JaroWinkler, GivesThePublishedValues) {
    EXPECT_NEAR(jaro_winkler("martha", "marhta"), 0.9611, 0.0001);  // Winkler 1990
    EXPECT_NEAR(jaro_winkler("dwayne", "duane"), 0.84, 0.0001);
    EXPECT_NEAR(jaro_winkler("dixon", "dicksonx"), 0.8133, 0.0001);
    EXPECT_EQ(jaro_winkler("", ""), 1);
    EXPECT_EQ(jaro_winkler("", "a"), 0);
    EXPECT_EQ(jaro_winkler("abc", "xyz"), 0);
}

TEST(EditDistance, CountsASwapOnceAndNoUnitTwice) {
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
    EXPECT_EQ(edit_distance("holm", "hlom"), 1U);
    EXPECT_EQ(edit_distance("ca", "abc"), 3U);  // Damerau without the restriction says 2
    EXPECT_EQ(edit_distance("", "abc"), 3U);
    EXPECT_EQ(edit_distance("abcdef", "ghijkl", 2), 3U) << "more than two";
}

/// Of a random pair the second is often the first with a few edits: where the cases lie.
template <class Char>
std::pair<std::basic_string<Char>, std::basic_string<Char>> random_pair(std::mt19937& random) {
    static const std::u32string alphabet = U"abcdeæøåßλя中😀";
    const auto unit = [&] {
        const std::size_t size = sizeof(Char) == 1 ? 5 : alphabet.size();
        return static_cast<Char>(alphabet[random() % size]);
    };
    const auto fresh = [&] {
        const std::size_t longest = random() % 20 == 0 ? 90 : 12;
        std::basic_string<Char> text(random() % (longest + 1), Char{});
        std::generate(text.begin(), text.end(), unit);
        return text;
    };
    auto a = fresh();
    if (random() % 3 == 0) {
        return {a, fresh()};
    }
    auto b = a;
    for (std::size_t edits = random() % 4; edits > 0 && !b.empty(); --edits) {
        const std::size_t at = random() % b.size();
        switch (random() % 4) {
        case 0:
            b.erase(at, 1);
            break;
        case 1:
            b.insert(at, 1, unit());
            break;
        case 2:
            b[at] = unit();
            break;
        default:
            std::swap(b[at], b[std::min(at + 1, b.size() - 1)]);
        }
    }
    return {a, b};
}

template <class Char>
void check_random_pairs(std::uint32_t seed, int count) {
    std::mt19937 random(seed);
    for (int i = 0; i < count; ++i) {
        const auto [a, b] = random_pair<Char>(random);
        const std::basic_string_view<Char> x = a;
        const std::basic_string_view<Char> y = b;
        ASSERT_DOUBLE_EQ(jaro_winkler(x, y), plain_jaro_winkler(a, b));
        ASSERT_EQ(jaro_winkler(x, y), jaro_winkler(y, x));
        const std::size_t edits = plain_edit_distance(a, b);
        ASSERT_EQ(edit_distance(x, y), edits);
        ASSERT_EQ(edit_distance(y, x), edits);
        const std::size_t most = random() % 4;
        ASSERT_EQ(edit_distance(x, y, most), std::min(edits, most + 1));
    }
}

TEST(StringKernels, AreAsTheBooksSayOnRandomBytes) {
    check_random_pairs<char>(1, 30'000);
}
TEST(StringKernels, AreAsTheBooksSayOnRandomCodePoints) {
    check_random_pairs<char32_t>(2, 30'000);
}

}  // namespace
}  // namespace coterie::match
