#include "pipeline/normalize/fact_values.hpp"

#include <gtest/gtest.h>

namespace coterie::normalize {
namespace {

std::string joined(const Reading<std::vector<std::string>>& reading) {
    if (!reading.has_value()) {
        return reading.is_absent() ? "absent" : "not understood";
    }
    std::string text;
    for (const auto& each : reading.value()) {
        text += (text.empty() ? "" : " ") + each;
    }
    return text;
}

struct PlaceRow {
    std::string_view raw;
    std::string_view expected;  ///< "" not understood
};

std::ostream& operator<<(std::ostream& out, const PlaceRow& row) {
    return out << '"' << row.raw << '"';
}

class CountryWords : public testing::TestWithParam<PlaceRow> {};

TEST_P(CountryWords, AreIsoCodes) {
    const auto country = read_country(GetParam().raw);
    EXPECT_EQ(country.has_value() ? country.value() : "", GetParam().expected);
    EXPECT_FALSE(country.is_absent());
}

constexpr PlaceRow kCountries[] = {
    {"DK", "DK"},
    {"dk", "DK"},
    {" Dk ", "DK"},
    {"DNK", "DK"},
    {"Danmark", "DK"},
    {"DANMARK", "DK"},
    {"Denmark", "DK"},
    {"Dänemark", "DK"},
    {"Danemark", "DK"},
    {"Dinamarca", "DK"},
    {"Kbh", "DK"},
    {"Kbh.", "DK"},
    {"🇩🇰", "DK"},
    {"🇩🇰 Danmark", "DK"},
    {"Denmark 🇩🇰", "DK"},
    {"Denmark (DK)", "DK"},
    {"Дания", "DK"},
    {"Storbritannien", "GB"},
    {"Reino Unido", "GB"},
    {"Royaume-Uni", "GB"},
    {"Großbritannien", "GB"},
    {"UK", "GB"},
    {"U.K.", "GB"},
    {"England", "GB"},
    {"Scotland", "GB"},
    {"🏴\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F", "GB"},
    {"USA", "US"},
    {"U.S.A.", "US"},
    {"United States", "US"},
    {"Estados Unidos", "US"},
    {"États-Unis", "US"},
    {"Etats-Unis", "US"},
    {"Österreich", "AT"},
    {"Osterreich", "AT"},
    {"Oesterreich", "AT"},
    {"España", "ES"},
    {"Espana", "ES"},
    {"Sverige", "SE"},
    {"Norge", "NO"},
    {"Island", "IS"},
    {"Irland", "IE"},
    {"Tyskland", "DE"},
    {"Holland", "NL"},
    {"The Netherlands", "NL"},
    {"Tjekkiet", "CZ"},
    {"Grønland", "GL"},
    {"Færøerne", "FO"},
    {"EL", "GR"},
    {"RU", "RU"},
    {"Kongo", ""},
    {"Trinidad & Tobago", "TT"},
    {"Côte d’Ivoire", "CI"},
    {"Türkiye", "TR"},
    // Nothing of the kind.
    {"Atlantis", ""},
    {"Denmark, Sweden", ""},
    {"Denmark (SE)", ""},
    {"🇩🇰 Sverige", ""},
    {"🇩🇰🇸🇪", ""},
    {"🇿🇿", ""},
    {"208", ""},
    {"+45", ""},
    {"dansk", ""},
    {"ZZ", ""},
    {"x", ""},
    {"\xff\xff", ""},
};
INSTANTIATE_TEST_SUITE_P(Table, CountryWords, testing::ValuesIn(kCountries));

class CountryLists : public testing::TestWithParam<PlaceRow> {};

TEST_P(CountryLists, AreEachOnceInOrder) {
    EXPECT_EQ(joined(read_countries(GetParam().raw)), GetParam().expected);
}

constexpr PlaceRow kCountryLists[] = {
    {"Danmark", "DK"},
    {"Danmark, Sverige; Norge", "DK SE NO"},
    {"DK/SE|NO\nFI", "DK SE NO FI"},
    {"DK SE NO", "DK SE NO"},
    {"Danmark og Sverige", "DK SE"},
    {"Denmark, Sweden and Norway", "DK SE NO"},
    {"Denmark, DK, danmark", "DK"},
    {"🇩🇰🇸🇪", "DK SE"},
    {"🇩🇰 🇸🇪", "DK SE"},
    {"Denmark (45%), Sweden 20,5 %, NO: 3%", "DK SE NO"},
    {"Bosnia & Herzegovina", "BA"},
    {"Trinidad and Tobago, Denmark", "TT DK"},
    {"-", "absent"},
    {"", "absent"},
    {"Denmark, Atlantis", "not understood"},
    {"all of Europe", "not understood"},
};
INSTANTIATE_TEST_SUITE_P(Table, CountryLists, testing::ValuesIn(kCountryLists));

TEST(Region, KeepsWhatIsWrittenAndMendsBlanksAndCapitals) {
    EXPECT_EQ(read_region(" Region  Hovedstaden ").value(), "Region Hovedstaden");
    EXPECT_EQ(read_region("REGION HOVEDSTADEN").value(), "Region Hovedstaden");
    EXPECT_EQ(read_region("lolland og falster").value(), "Lolland og Falster");
    EXPECT_EQ(read_region("NORDRHEIN-WESTFALEN").value(), "Nordrhein-Westfalen");
    EXPECT_EQ(read_region("ÆRØ KOMMUNE").value(), "Ærø Kommune");
    EXPECT_EQ(read_region("NRW").value(), "NRW");
    EXPECT_EQ(read_region("McLean County").value(), "McLean County");
    EXPECT_TRUE(read_region("-").is_absent());
    EXPECT_TRUE(read_region("N\x03/A").is_absent());
    EXPECT_TRUE(read_region("12345").is_not_understood());
    EXPECT_TRUE(read_region("https://example.com").is_not_understood());
    EXPECT_TRUE(read_region("https:\x01//example.com").is_not_understood());
}

TEST(City, HasNoPostCode) {
    EXPECT_EQ(read_city("8000 Aarhus C").value(), "Aarhus C");
    EXPECT_EQ(read_city("DK-2100 KØBENHAVN Ø").value(), "København Ø");
    EXPECT_EQ(read_city("københavn").value(), "København");
    EXPECT_EQ(read_city("Kbh. N").value(), "København N");
    EXPECT_EQ(read_city("Kbh").value(), "København");
    EXPECT_EQ(read_city("frankfurt am main").value(), "Frankfurt am Main");
    EXPECT_EQ(read_city("LA").value(), "LA");
    EXPECT_EQ(read_city("29 Palms").value(), "29 Palms");
    EXPECT_TRUE(read_city("8000").is_not_understood());
    EXPECT_TRUE(read_city("@aarhus").is_not_understood());
}

}  // namespace
}  // namespace coterie::normalize
