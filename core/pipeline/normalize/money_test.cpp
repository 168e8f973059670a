#include "pipeline/normalize/fact_values.hpp"

#include <gtest/gtest.h>

namespace coterie::normalize {
namespace {

struct MoneyRow {
    std::string_view raw;
    std::string_view expected;  ///< "1250 DKK"; "" not understood
    std::string_view country = "DK";
    std::string_view currency = "";
};

std::ostream& operator<<(std::ostream& out, const MoneyRow& row) {
    return out << '"' << row.raw << "\" in " << row.country;
}

class MoneyForms : public testing::TestWithParam<MoneyRow> {};

TEST_P(MoneyForms, AreAmountAndCurrency) {
    const MoneyRow& row = GetParam();
    ReadingContext context;
    context.country = row.country;
    context.currency = row.currency;
    const auto money = read_money(row.raw, context);
    const std::string text =
        money.has_value() ? money.value().amount + " " + money.value().currency : "";
    EXPECT_EQ(text, row.expected) << money.reason();
    EXPECT_FALSE(money.is_absent());
}

constexpr MoneyRow kMoney[] = {
    {"1.250 kr.", "1250 DKK"},
    {"1.250,00 kr", "1250 DKK"},
    {"1.250,- kr.", "1250 DKK"},
    {"1250,-", "1250 "},
    {"1250.-", "1250 "},
    {"kr. 1.250,50", "1250.50 DKK"},
    {"kr.1250", "1250 DKK"},
    {"DKK 1250,50", "1250.50 DKK"},
    {"1250.5 DKK", "1250.50 DKK"},
    {"1 250 kr", "1250 DKK"},
    {"1\u00A0250\u00A0kr", "1250 DKK"},
    {"1250 danske kroner", "1250 DKK"},
    {"1250 kr", "1250 SEK", "SE"},
    {"1250 kr", "1250 NOK", "NO"},
    {"1250 kr", "1250 SEK", "DK", "SEK"},
    {"1250 kr", "1250 ", ""},
    {"€1,250.00", "1250 EUR"},
    {"1.250,00 €", "1250 EUR"},
    {"EUR 1.250", "1250 EUR"},
    {"£500", "500 GBP"},
    {"$1,250.50", "1250.50 USD"},
    {"US$ 500", "500 USD"},
    {"$500", "500 AUD", "AU"},
    {"R$ 1.250,00", "1250 BRL"},
    {"5 tkr", "5000 DKK"},
    {"5,5 tkr.", "5500 DKK"},
    {"5 t.kr.", "5000 DKK"},
    {"t.kr. 5", "5000 DKK"},
    {"1,2 mio. kr.", "1200000 DKK"},
    {"1.2k USD", "1200 USD"},
    {"$1.2k", "1200 USD"},
    {"1,5k", "1500 DKK", "DK", "DKK"},
    {"1250", "1250 ", "DK"},
    {"1250", "1250 EUR", "DK", "EUR"},
    {"0 kr", "0 DKK"},
    {"0,5 €", "0.50 EUR"},
    {"1.250 kr. ekskl. moms", "1250 DKK"},
    {"1.250 kr. + moms", "1250 DKK"},
    {"₹1,00,000", "100000 INR"},
    {"12.500 Ft", "12500 HUF"},
    // Not guessed.
    {"500-1000 kr", ""},
    {"500 - 1000", ""},
    {"5k-10k", ""},
    {"-500 kr", ""},
    {"(500)", ""},
    {"1.250 kr. inkl. moms", ""},
    {"500 kr/post", ""},
    {"500 kr + produkt", ""},
    {"DKK 500 EUR", ""},
    {"gratis", ""},
    {"kr", ""},
    {"1.250 KWD", ""},
    {"1.2.3 kr", ""},
    {"0500 kr", ""},
    {"1,0040 INR", ""},
    {"1234567890123456 kr", ""},
    {"12-03-2024", ""},
    {"\xff", ""},
};
INSTANTIATE_TEST_SUITE_P(Table, MoneyForms, testing::ValuesIn(kMoney));

TEST(Money, OfACellThatSaysNothingIsAbsent) {
    EXPECT_TRUE(read_money("", {}).is_absent());
    EXPECT_TRUE(read_money("-", {}).is_absent());
}

TEST(Currency, IsReadFromCodesSignsAndWords) {
    for (const auto& [raw, expected] : {std::pair("DKK", "DKK"),
                                        {"dkk", "DKK"},
                                        {"€", "EUR"},
                                        {"euro", "EUR"},
                                        {"US$", "USD"},
                                        {"$", "USD"},
                                        {"£", "GBP"},
                                        {"svenska kronor", "SEK"},
                                        {"CHF", "CHF"},
                                        {"zł", "PLN"}}) {
        const auto currency = read_currency(raw);
        ASSERT_TRUE(currency.has_value()) << raw;
        EXPECT_EQ(currency.value(), expected);
    }
}

TEST(Currency, GivenKronerThenTheContextTellsWhose) {
    ReadingContext danish;
    danish.country = "DK";
    ReadingContext swedish;
    swedish.currency = "SEK";
    EXPECT_EQ(read_currency("kr", danish).value(), "DKK");
    EXPECT_EQ(read_currency("kr.", swedish).value(), "SEK");
    EXPECT_TRUE(read_currency("kr").is_not_understood());
}

TEST(Currency, IsNotGuessed) {
    for (const std::string_view raw : {"XYZ", "DEM", "¥", "money", "500", "\xff"}) {
        EXPECT_TRUE(read_currency(raw).is_not_understood()) << raw;
    }
    EXPECT_TRUE(read_currency("").is_absent());
}

}  // namespace
}  // namespace coterie::normalize
