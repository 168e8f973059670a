#include "pipeline/normalize/characters.hpp"

#include <gtest/gtest.h>
#include <unicode/ucnv.h>

#include <ostream>
#include <string>

namespace coterie::normalize {
namespace {

/// UTF-8 read as another encoding and written as UTF-8 again.
std::string misread(const std::string& text, const char* encoding) {
    UErrorCode status = U_ZERO_ERROR;
    std::string bytes(text.size() * 4 + 8, '\0');
    const auto size =
        ucnv_convert("utf-8", encoding, bytes.data(), static_cast<std::int32_t>(bytes.size()),
                     text.data(), static_cast<std::int32_t>(text.size()), &status);
    bytes.resize(static_cast<std::size_t>(size));
    return bytes;
}

struct Words {
    const char* language;
    const char* text;
};
std::ostream& operator<<(std::ostream& out, const Words& words) {
    return out << words.language;
}

class Mojibake : public testing::TestWithParam<Words> {};

TEST_P(Mojibake, IsRepairedOnceAndTwice) {
    for (const char* const encoding : {"windows-1252", "macintosh"}) {
        SCOPED_TRACE(encoding);
        const std::string once = misread(GetParam().text, encoding);
        EXPECT_EQ(repaired_mojibake(once), GetParam().text) << once;
        const std::string twice = misread(once, encoding);
        EXPECT_EQ(repaired_mojibake(twice), GetParam().text) << twice;
    }
}

TEST_P(Mojibake, RightTextIsLeftAlone) {
    EXPECT_EQ(repaired_mojibake(GetParam().text), "");
}

INSTANTIATE_TEST_SUITE_P(
    Languages, Mojibake,
    testing::Values(Words{"English", "Zoë’s café – naïve"}, Words{"Danish", "Søren Kjær på Ærø"},
                    Words{"DanishCapitals", "ÆBLEGRØD OG ÅL"},
                    Words{"Swedish", "Björn Ångström, Växjö"},
                    Words{"Norwegian", "Øystein Bråten og Kåre Sæther"},
                    Words{"German", "Jürgen Weiß aus Köln, Übersee, Ärger"},
                    Words{"French", "François, Hélène, Noël, Benoît, sœur, là-bas, où"},
                    Words{"Spanish", "¿Qué? Íñigo Núñez, José Peña, ¡olé!"},
                    Words{"Portuguese", "João Conceição, Inês Araújo, avô, às"}));

TEST(MojibakeOfOneLetter, IsRepairedInEachEncoding) {
    for (const char* const letter : {"å", "ø", "æ", "ö", "ä", "ü", "é", "ñ", "ç", "ã", "Å", "Ø"}) {
        for (const char* const encoding : {"windows-1252", "macintosh"}) {
            EXPECT_EQ(repaired_mojibake("p" + misread(letter, encoding)), std::string("p") + letter)
                << encoding;
        }
    }
}

TEST(MojibakeThatIsNone, IsLeftAlone) {
    for (const char* const text :
         {"√2 ≠ 2", "Ã", "™ and ©", "Smørrebrød", "Ida ✨ Holm", "", "plain", "½ √ ¬", "Â"}) {
        EXPECT_EQ(repaired_mojibake(text), "") << text;
    }
}

TEST(LostLetters, AreFoundInTextOfAnyKind) {
    EXPECT_TRUE(has_lost_letters("K\xEF\xBF\xBD"
                                 "benhavn"));
    EXPECT_TRUE(has_lost_letters("????"));
    EXPECT_TRUE(has_lost_letters("ýýýýý"));
    EXPECT_FALSE(has_lost_letters("Who? Me?"));
    EXPECT_FALSE(has_lost_letters("Call again???"));
    EXPECT_FALSE(has_lost_letters("Kýr"));
}

}  // namespace
}  // namespace coterie::normalize
