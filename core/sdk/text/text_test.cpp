#include "sdk/text/charset.hpp"

#include "coterie/text/dialect.hpp"

#include <gtest/gtest.h>
#include <unicode/ucnv.h>

#include <ostream>
#include <string>
#include <vector>

namespace coterie::text {
namespace {

std::string encoded(const std::string& utf8, const char* encoding) {
    UErrorCode status = U_ZERO_ERROR;
    std::string bytes(utf8.size() * 4 + 8, '\0');
    const auto size =
        ucnv_convert(encoding, "utf-8", bytes.data(), static_cast<std::int32_t>(bytes.size()),
                     utf8.data(), static_cast<std::int32_t>(utf8.size()), &status);
    bytes.resize(static_cast<std::size_t>(size));
    return bytes;
}

/// One text and the encodings that it is written in and found again.
struct Writing {
    const char* language;
    const char* text;
};
std::ostream& operator<<(std::ostream& out, const Writing& writing) {
    return out << writing.language;
}

class CharsetOf : public testing::TestWithParam<Writing> {};

TEST_P(CharsetOf, IsFoundByTheLetters) {
    for (const char* const encoding : {"windows-1252", "macintosh"}) {
        EXPECT_EQ(charset_of(encoded(GetParam().text, encoding)).name, encoding);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Languages, CharsetOf,
    testing::Values(Writing{"Danish", "Navn;By\nSøren Kjær;Århus\nÅse Bøgh;Ærø\n"},
                    Writing{"OneDanishName", "Name,Handle\nJonas Kjær,@jonask\n"},
                    Writing{"DanishCapitals", "SØREN KJÆR,ÅRHUS\n"},
                    Writing{"Swedish", "Namn;Ort\nBjörn Ångström;Malmö\nMärta Öberg;Växjö\n"},
                    Writing{"Norwegian", "Navn\nØystein Bråten\nKåre Sæther\n"},
                    Writing{"German",
                            "Name;Straße\nJürgen Weiß;Königsstraße 5\nBärbel Öl;Übersee\n"},
                    Writing{"French", "Prénom\nFrançois\nHélène\nNoël\nZoé\nBenoît\n"},
                    Writing{"Spanish", "Nombre\nÍñigo Núñez\nJosé Peña\nMartín Gómez\n"},
                    Writing{"Portuguese", "Nome\nJoão Conceição\nInês Araújo\nAntónio\n"},
                    Writing{"Apostrophe", "Name\nLawal’s list\nD’Arcy\n"}));

TEST(CharsetOfOtherScripts, IsWhatIcuFinds) {
    const std::string japanese = "名前,住所\n権兵衛,東京都千代田区\n花子,大阪府大阪市\nこんにちは,"
                                 "ありがとうございます\n";
    EXPECT_EQ(charset_of(encoded(japanese, "shift_jis")).name, "Shift_JIS");
    const std::string russian = "имя,город\nАлександр Пушкин,Москва\nНиколай Гоголь,Полтава\n";
    EXPECT_EQ(charset_of(encoded(russian, "windows-1251")).name, "windows-1251");
}

/// Numbers of one column and how they are written.
struct Numbers {
    const char* name;
    std::vector<std::string> cells;
    DecimalStyle style;
};
std::ostream& operator<<(std::ostream& out, const Numbers& numbers) {
    return out << numbers.name;
}

class DecimalStyleOf : public testing::TestWithParam<Numbers> {};

TEST_P(DecimalStyleOf, IsWhatTheCellsAgreeOn) {
    DecimalEvidence evidence;
    for (const std::string& cell : GetParam().cells) {
        evidence.add(cell);
    }
    EXPECT_EQ(static_cast<int>(evidence.style()), static_cast<int>(GetParam().style));
}

INSTANTIATE_TEST_SUITE_P(
    Columns, DecimalStyleOf,
    testing::Values(Numbers{"Comma", {"4,52", "12"}, DecimalStyle::Comma},
                    Numbers{"Point", {"4.52", "1,250.5"}, DecimalStyle::Point},
                    Numbers{"ThousandsAlone", {"1.250", "12"}, DecimalStyle::Unknown},
                    Numbers{"ThousandsBesideDecimals", {"1.250", "12,5"}, DecimalStyle::Comma},
                    Numbers{"Millions", {"1.250.000"}, DecimalStyle::Comma},
                    Numbers{"Contradiction", {"4,52", "4.52"}, DecimalStyle::Unknown},
                    Numbers{"AWord", {"4,52", "about 3"}, DecimalStyle::Unknown},
                    Numbers{"Whole", {"12", "7"}, DecimalStyle::Unknown},
                    Numbers{"AnAddress", {"192.168.1.20"}, DecimalStyle::Unknown}));

TEST(PlainDecimal, TurnsAStyleIntoPointsAlone) {
    EXPECT_EQ(plain_decimal("1.250,5", DecimalStyle::Comma), "1250.5");
    EXPECT_EQ(plain_decimal("-4,52", DecimalStyle::Comma), "-4.52");
    EXPECT_EQ(plain_decimal("1,250", DecimalStyle::Point), "1250");
    EXPECT_EQ(plain_decimal("12.5.1", DecimalStyle::Comma), std::nullopt);
    EXPECT_EQ(plain_decimal("4,52", DecimalStyle::Unknown), std::nullopt);
}

Dialect found(const std::string& text) {
    const Sample sample(text, true);
    Dialect dialect;
    dialect.quote = find_quote(sample);
    dialect.backslash = find_backslash(sample, dialect);
    dialect.delimiter = find_delimiter(sample, dialect);
    return dialect;
}

TEST(FindDialect, ADecimalCommaIsNoDelimiter) {
    EXPECT_EQ(found("Navn;ER\nIda;4,52\nBo;3,1\n").delimiter, ";");
}

TEST(FindDialect, ABackslashEscapesWhereRowsComeOutEvenWithIt) {
    EXPECT_TRUE(found("a,b\n\"say \\\"hi, you\\\" now\",1\n\"x\",2\n").backslash);
    EXPECT_FALSE(found("a,b\n\"say \"\"hi\"\"\",1\n\"c:\\\",2\n").backslash);
}

TEST(FindDialect, ApostrophesQuoteWhereSeveralCellsAreEnclosed) {
    EXPECT_EQ(found("a,b\n'x, y','1'\n'z','2'\n").quote, '\'');
    EXPECT_EQ(found("a,b\nD'Arcy,1\n").quote, '"');
}

}  // namespace
}  // namespace coterie::text
