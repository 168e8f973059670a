#include "pipeline/normalize/fact_values.hpp"
#include "pipeline/normalize/number_text.hpp"

#include <gtest/gtest.h>

namespace coterie::normalize {
namespace {

using Decimal = ReadingContext::Decimal;

ReadingContext with_decimal(Decimal decimal) {
    ReadingContext context;
    context.decimal = decimal;
    return context;
}

struct CountRow {
    std::string_view raw;
    std::int64_t value;
    std::string_view marks = "";  ///< '>' lower bound, '<' upper bound, '~' rounded
    Decimal decimal = Decimal::Unknown;
    std::string_view country = "";
};

std::ostream& operator<<(std::ostream& out, const CountRow& row) {
    return out << '"' << row.raw << '"';
}

class CountForms : public testing::TestWithParam<CountRow> {};

TEST_P(CountForms, AreUnderstood) {
    const CountRow& row = GetParam();
    ReadingContext context = with_decimal(row.decimal);
    context.country = row.country;
    const auto count = read_count(row.raw, context);
    ASSERT_TRUE(count.has_value()) << count.reason();
    EXPECT_EQ(count.value().value, row.value);
    std::string marks;
    marks += count.value().is_lower_bound ? ">" : "";
    marks += count.value().is_upper_bound ? "<" : "";
    marks += count.value().is_rounded ? "~" : "";
    EXPECT_EQ(marks, row.marks);
}

constexpr CountRow kCounts[] = {
    // Plain digits and groups of every kind.
    {"0", 0},
    {"7", 7},
    {"12500", 12500},
    {" 88,312,004 ", 88312004},
    {"1.234.567", 1234567},
    {"1 234 567", 1234567},
    {"1\u00A0234\u00A0567", 1234567},
    {"1\u202F234\u202F567", 1234567},
    {"12\u2009500", 12500},
    {"1'234'567", 1234567},
    {"1’234’567", 1234567},
    {"1_234_567", 1234567},
    {"12,34,567", 1234567},
    {"1,00,000", 100000},
    {"１２３４", 1234},
    {"١٢٣٤", 1234},
    {"1.234.567,00", 1234567},
    {"1,234,567.0", 1234567},
    {"1234.0", 1234},
    {"12,0", 12},
    // One mark and three digits: groups, unless the source's decimal mark says otherwise.
    {"1.234", 1234},
    {"1,234", 1234},
    {"1 234", 1234},
    {"1.234", 1234, "", Decimal::Comma},
    {"1,234", 1234, "", Decimal::Point},
    {"1.000", 1, "", Decimal::Point},
    // Units.
    {"10.4M", 10400000, "~"},
    {"25,7M", 25700000, "~"},
    {"12,5K", 12500, "~"},
    {"12.5k", 12500, "~"},
    {"466.8K", 466800, "~"},
    {"1.2B", 1200000000, "~"},
    {"2.0b", 2000000000, "~"},
    {"0.9k", 900, "~"},
    {"1.1M", 1100000, "~"},
    {"1,234M", 1234000, "~"},
    {"1,2 mio.", 1200000, "~"},
    {"1,2 Mio", 1200000, "~"},
    {"3 mia.", 3000000000, "~"},
    {"12,5 t", 12500, "~"},
    {"12 тыс.", 12000, "~"},
    {"1,5 млн", 1500000, "~"},
    {"12 tusind", 12000, "~"},
    {"3 Millionen", 3000000, "~"},
    {"1,5 Mrd.", 1500000000, "~"},
    {"5 lakh", 500000, "~"},
    {"1.5 crore", 15000000, "~"},
    {"12万", 120000, "~"},
    {"0K", 0},
    {"1,2 mil", 1200, "~"},
    {"12 mil", 12000, "~", Decimal::Unknown, "ES"},
    {"1.2 mil", 1200000, "~", Decimal::Unknown, "US"},
    // Bounds and rounding.
    {"10K+", 10000, ">~"},
    {"10.000+", 10000, ">"},
    {">100k", 100000, ">~"},
    {"> 100.000", 100000, ">"},
    {"≥ 500", 500, ">"},
    {"over 5.000", 5000, ">"},
    {"mere end 10.000", 10000, ">"},
    {"+10K", 10000, ">~"},
    {"<1000", 1000, "<"},
    {"op til 5k", 5000, "<~"},
    {"ca. 10.000", 10000, "~"},
    {"ca 10.000", 10000, "~"},
    {"~12k", 12000, "~"},
    {"ca. >5k", 5000, ">~"},
    {"10-15k", 10000, ">~"},
    {"10k-50k", 10000, ">~"},
    {"10.000 – 50.000", 10000, ">"},
    {"500-1000", 500, ">"},
    {"10k til 50k", 10000, ">~"},
    {"1,5-2 mio.", 1500000, ">~"},
    // Words after it, Excel's exponents, the largest there is.
    {"12.345 følgere", 12345},
    {"12.5K followers", 12500, "~"},
    {"1.2345E6", 1234500, "~"},
    {"1,2345E+06", 1234500, "~"},
    {"1.234567E+06", 1234567},
    {"9223372036854775807", 9223372036854775807},
};
INSTANTIATE_TEST_SUITE_P(Table, CountForms, testing::ValuesIn(kCounts));

class NoCounts : public testing::TestWithParam<std::string_view> {};

TEST_P(NoCounts, AreRefusedWithAReason) {
    const auto count = read_count(GetParam(), {});
    EXPECT_TRUE(count.is_not_understood());
    // A reason never holds the value itself.
    EXPECT_EQ(count.reason().find(GetParam()), std::string::npos);
}

constexpr std::string_view kNoCounts[] = {
    "abc",
    "12abc",
    "-5",
    "(5)",
    "007",
    "1.5",
    "12,34",
    "0.123",
    "1.23.456",
    "1,2345,678",
    "1.234,567.890",
    "12-03-2024",
    "12-2024",
    "3-12",
    "50-10",
    "10-",
    "+4512345678",
    "12 34 56 78",
    "45%",
    "5 tkr",
    "500 kr",
    "$500",
    "1,200 likes",
    "9223372036854775808",
    "99999999999B",
    "1.23456789E6",
    "1E99",
    "1.2345E",
    "12 mil",
    "1.2 mil",
    "0x10",
    "1/2",
    "uge 12",
    "10 K 20 K",
    "\xff\xfe",
    "1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234"
    "567",
};
INSTANTIATE_TEST_SUITE_P(Table, NoCounts, testing::ValuesIn(kNoCounts));

TEST(Count, GivenThreeDecimalsInASourceWithDecimalPointsThenAFractionIsNoCount) {
    EXPECT_TRUE(read_count("1.234", with_decimal(Decimal::Point)).is_not_understood());
    EXPECT_TRUE(read_count("1,234", with_decimal(Decimal::Comma)).is_not_understood());
}

TEST(Count, OfACellThatSaysNothingIsAbsent) {
    for (const std::string_view raw : {"", "  ", "-", "–", "?", "N/A", "hidden", "Skjult"}) {
        EXPECT_TRUE(read_count(raw, {}).is_absent()) << raw;
    }
}

TEST(NumberText, KeepsAllDigitsOfALongFraction) {
    TextCursor cursor("0.045200000000000004");
    auto number = scan_number(cursor);
    ASSERT_TRUE(number);
    ASSERT_TRUE(settle_marks(*number, Decimal::Unknown, LoneMark::Decimal));
    EXPECT_EQ(decimal_text(*number, 0), "0.045200000000000004");
    EXPECT_EQ(decimal_text(*number, -2), "0.00045200000000000004");
    EXPECT_EQ(decimal_text(*number, 2), "4.5200000000000004");
}

}  // namespace
}  // namespace coterie::normalize
