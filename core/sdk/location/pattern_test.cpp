#include "sdk/location/pattern.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <string>

namespace coterie::location {
namespace {

struct Case {
    std::string pattern, text;
    bool fits = false;
    friend std::ostream& operator<<(std::ostream& out, const Case& c) {
        return out << c.pattern << " ~ " << c.text;
    }
};
class Pattern : public testing::TestWithParam<Case> {};

TEST_P(Pattern, FitsOrNot) {
    EXPECT_EQ(matches(GetParam().pattern, GetParam().text), GetParam().fits);
}
INSTANTIATE_TEST_SUITE_P(
    All, Pattern,
    testing::Values(Case{"*.csv", "a.csv", true}, Case{"*.csv", "a.csvx", false},
                    Case{"*.csv", "north/a.csv", false}, Case{"**.csv", "north/a.csv", true},
                    Case{"**", "north/west/a.csv", true}, Case{"**/*.csv", "a.csv", true},
                    Case{"**/*.csv", "north/west/a.csv", true},
                    Case{"north/**/a.csv", "north/a.csv", true},
                    Case{"north/**/a.csv", "north/x/y/a.csv", true},
                    Case{"north/**/a.csv", "south/a.csv", false}, Case{"a?.csv", "ab.csv", true},
                    Case{"a?.csv", "a/.csv", false}, Case{"[a-c].csv", "b.csv", true},
                    Case{"[!a-c].csv", "b.csv", false}, Case{"[!a-c].csv", "d.csv", true},
                    Case{"[a-c", "[a-c", true}, Case{"", "", true}, Case{"*", "", true},
                    Case{"A.CSV", "a.csv", false}));

TEST(Pattern, CapitalsMatterOnlyWhereTheyAreSaidTo) {
    EXPECT_TRUE(matches("*@Agency.example", "Mail@AGENCY.Example", Capitals::DoNotMatter));
    EXPECT_TRUE(matches("[A-C]*", "bo", Capitals::DoNotMatter));
    EXPECT_FALSE(matches("*@Agency.example", "Mail@AGENCY.Example"));
}

TEST(Pattern, ManyStarsCostNoMoreThanTheirNumberTimesTheText) {
    std::string pattern;
    for (int i = 0; i < 200; ++i) {
        pattern += "a*";
    }
    EXPECT_FALSE(matches(pattern + "b", std::string(2000, 'a')));
}

TEST(Pattern, TheLongestPlainPartIsFound) {
    EXPECT_EQ(longest_plain_part("*@agency.example"), "@agency.example");
    EXPECT_EQ(longest_plain_part("a[bcdefgh]ij*k"), "ij");
    EXPECT_EQ(longest_plain_part("*"), "");
    EXPECT_EQ(longest_plain_part("plain"), "plain");
}

struct Dated {
    std::string name;
    std::uint32_t date = 0;
    friend std::ostream& operator<<(std::ostream& out, const Dated& c) { return out << c.name; }
};
class DateInName : public testing::TestWithParam<Dated> {};

TEST_P(DateInName, IsFound) {
    EXPECT_EQ(date_in_name(GetParam().name), GetParam().date);
}
INSTANTIATE_TEST_SUITE_P(All, DateInName,
                         testing::Values(Dated{"roster-2026-11-08.xlsx", 20261108},
                                         Dated{"roster_20261108.xlsx", 20261108},
                                         Dated{"roster 08.11.2026.xlsx", 20261108},
                                         Dated{"2026_11_8 roster.csv", 20261108},
                                         Dated{"roster-2026-11.csv", 20261101},
                                         Dated{"roster-2025-01-02 to 2026-03-04.csv", 20260304},
                                         Dated{"roster-2026-13-08.xlsx", 0},
                                         Dated{"roster v2.xlsx", 0}, Dated{"555-1234.csv", 0},
                                         Dated{"99999999999.csv", 0}));

}  // namespace
}  // namespace coterie::location
