#include "pipeline/normalize/fact_values.hpp"

#include <gtest/gtest.h>

namespace coterie::normalize {
namespace {

struct ShareRow {
    std::string_view raw;
    std::string_view expected;  ///< "" not understood
    bool is_percent = false;
    ReadingContext::Decimal decimal = ReadingContext::Decimal::Unknown;
};

std::ostream& operator<<(std::ostream& out, const ShareRow& row) {
    return out << '"' << row.raw << '"' << (row.is_percent ? " in per cent" : "");
}

class Shares : public testing::TestWithParam<ShareRow> {};

TEST_P(Shares, AreDecimalTextFromZeroToOne) {
    const ShareRow& row = GetParam();
    ReadingContext context;
    context.decimal = row.decimal;
    const auto share = read_share(row.raw, context, row.is_percent);
    if (row.expected.empty()) {
        EXPECT_TRUE(share.is_not_understood());
    } else {
        ASSERT_TRUE(share.has_value()) << share.reason();
        EXPECT_EQ(share.value(), row.expected);
    }
}

constexpr ShareRow kShares[] = {
    {"4,52%", "0.0452"},
    {"4.52 %", "0.0452"},
    {"4.52\u00A0%", "0.0452"},
    {"4,52 pct.", "0.0452"},
    {"4 procent", "0.04"},
    {"0.0452", "0.0452"},
    {"0,0452", "0.0452"},
    {".5", "0.5"},
    {"0.045200000000000004", "0.045200000000000004"},
    {"4.52E-2", "0.0452"},
    {"100%", "1"},
    {"100,00 %", "1"},
    {"0%", "0"},
    {"0", "0"},
    {"1", "1"},
    {"1.0", "1"},
    {"ca. 4%", "0.04"},
    {"~4 %", "0.04"},
    {"3 ‰", "0.003"},
    {"%12", "0.12"},
    {"4,52", "0.0452", true},
    {"4.52", "0.0452", true},
    {"4.52%", "0.0452", true},
    {"0.5", "0.005", true},
    {"0.123", "0.123"},
    {"1.234%", "0.01234"},
    // Refused: above one, below zero, ranges, words.
    {"1.234%", "", false, ReadingContext::Decimal::Comma},
    {"4.52", ""},
    {"101%", ""},
    {"-4%", ""},
    {"4-5%", ""},
    {"<1%", ""},
    {"4% 5%", ""},
    {"high", ""},
    {"4% of fans", ""},
    {"1e-90", ""},
    {"0.04520000000000000452000045200000000000000000000004", ""},
    {"\xff%", ""},
};
INSTANTIATE_TEST_SUITE_P(Table, Shares, testing::ValuesIn(kShares));

TEST(Share, OfACellThatSaysNothingIsAbsent) {
    for (const std::string_view raw : {"", "-", "N/A", "NaN%"}) {
        EXPECT_TRUE(read_share(raw, {}, false).is_absent()) << raw;
    }
}

}  // namespace
}  // namespace coterie::normalize
