#include "../tests/support/shared_data.hpp"
#include "pipeline/normalize/identity_values.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <ostream>

namespace coterie::normalize {
namespace {

/// "display|given|family|aliases and @handle"
std::string read(std::string_view cell) {
    const auto reading = read_person_name(cell);
    if (reading.is_absent())
        return "absent";
    if (reading.is_not_understood())
        return "not understood";
    const auto& name = reading.value();
    std::string out = name.display + "|" + name.given + "|" + name.family + "|";
    for (const auto& alias : name.aliases)
        out += alias + ";";
    if (!name.handle.empty())
        out += "@" + name.handle;
    return out;
}

struct Row {
    const char* cell;
    const char* expected;
    friend std::ostream& operator<<(std::ostream& out, const Row& row) { return out << row.cell; }
};
class Names : public testing::TestWithParam<Row> {};
TEST_P(Names, AreReadFromWhatStandsInCells) {
    EXPECT_EQ(read(GetParam().cell), GetParam().expected);
}
INSTANTIATE_TEST_SUITE_P(
    Order, Names,
    testing::Values(Row{"Ida Holm", "Ida Holm|Ida|Holm|"},
                    Row{"Ida Marie Holm", "Ida Marie Holm|Ida Marie|Holm|"},
                    Row{"Holm, Ida", "Ida Holm|Ida|Holm|"}, Row{"HOLM, Ida", "Ida Holm|Ida|Holm|"},
                    Row{"HOLM, IDA", "Ida Holm|Ida|Holm|"}, Row{"holm, ida", "Ida Holm|Ida|Holm|"},
                    Row{"BAY Christophe", "Christophe Bay|Christophe|Bay|"},
                    Row{"Christophe BAY", "Christophe Bay|Christophe|Bay|"},
                    Row{"Kira Marie PETER-HANSEN",
                        "Kira Marie Peter-Hansen|Kira Marie|Peter-Hansen|"},
                    Row{"CORREA ZAMORA María Auxiliadora",
                        "María Auxiliadora Correa Zamora|María Auxiliadora|Correa Zamora|"},
                    Row{"BOẞDORF Irmhild", "Irmhild Boßdorf|Irmhild|Boßdorf|"},
                    Row{"Wolfgang NUßBAUMER", "Wolfgang Nußbaumer|Wolfgang|Nußbaumer|"},
                    Row{"MAYOR OREJA Jaime", "Jaime Mayor Oreja|Jaime|Mayor Oreja|"},
                    Row{"McCARTHY Arlene", "Arlene McCarthy|Arlene|McCarthy|"},
                    Row{"O'NEILL Tip", "Tip O'Neill|Tip|O'Neill|"},
                    Row{"Seán Ó NEACHTAIN", "Seán Ó Neachtain|Seán|Ó Neachtain|"},
                    Row{"Holm Jensen, Ida Marie", "Ida Marie Holm Jensen|Ida Marie|Holm Jensen|"},
                    Row{"Джонсон, Борис", "Борис Джонсон|Борис|Джонсон|"}));
INSTANTIATE_TEST_SUITE_P(
    Particles, Names,
    testing::Values(Row{"Jan van der Berg", "Jan van der Berg|Jan|van der Berg|"},
                    Row{"van der Berg, Jan", "Jan van der Berg|Jan|van der Berg|"},
                    Row{"VON DER LEYEN Ursula", "Ursula von der Leyen|Ursula|von der Leyen|"},
                    Row{"Sophia in 't VELD", "Sophia in 't Veld|Sophia|in 't Veld|"},
                    Row{"José Ortega y Gasset", "José Ortega y Gasset|José|Ortega y Gasset|"},
                    Row{"Chris Van Hollen", "Chris Van Hollen|Chris|Van Hollen|"},
                    Row{"John Mc Nally", "John Mc Nally|John|Mc Nally|"},
                    Row{"Mac Thornberry", "Mac Thornberry|Mac|Thornberry|"},
                    Row{"Lil Wayne", "Lil Wayne|||"}, Row{"The Rock", "The Rock|||"},
                    Row{"Fernand St. Germain", "Fernand St. Germain|Fernand|St. Germain|"},
                    Row{"Viola von Cramon-Taubadel",
                        "Viola von Cramon-Taubadel|Viola|von Cramon-Taubadel|"}));
INSTANTIATE_TEST_SUITE_P(
    Titles, Names,
    testing::Values(Row{"Mr Ida Holm MP", "Ida Holm|Ida|Holm|"},
                    Row{"Rt Hon Sir Alan Meale", "Alan Meale|Alan|Meale|"},
                    Row{"The Honorable Ida Holm", "Ida Holm|Ida|Holm|"},
                    Row{"Dr Thérèse Coffey", "Thérèse Coffey|Thérèse|Coffey|"},
                    Row{"Ida Holm, Ph.D.", "Ida Holm|Ida|Holm|"},
                    Row{"Henrik Guldager, cand.mag.", "Henrik Guldager|Henrik|Guldager|"},
                    Row{"Henrik Guldager, Cand. Mag.", "Henrik Guldager|Henrik|Guldager|"},
                    Row{"Henrik Guldager cand. scient. pol.", "Henrik Guldager|Henrik|Guldager|"},
                    Row{"cand.jur. Ida Holm, MBA", "Ida Holm|Ida|Holm|"},
                    Row{"Holm, Ida, cand.it", "Ida Holm|Ida|Holm|"},
                    Row{"Ida Holm, stud. med.", "Ida Holm|Ida|Holm|"},
                    Row{"Dr. rer. nat. Ida Holm", "Ida Holm|Ida|Holm|"},
                    Row{"Dipl.-Ing. Ida Holm", "Ida Holm|Ida|Holm|"},
                    Row{"Ida Holm, dr.phil.", "Ida Holm|Ida|Holm|"},
                    Row{"Ida Holm, M.A.", "Ida Holm|Ida|Holm|"},
                    Row{"Holm, MA", "MA Holm|MA|Holm|"}, Row{"holm, dr. ida", "Ida Holm|Ida|Holm|"},
                    Row{"Dr.Ida Marie Holm", "Dr.Ida Marie Holm|Dr.Ida Marie|Holm|"},
                    Row{"Ian Paisley, Jr.", "Ian Paisley Jr.|Ian|Paisley|"},
                    Row{"Harry F. Byrd, Jr.", "Harry F. Byrd Jr.|Harry F.|Byrd|"},
                    Row{"John D. Rockefeller, IV", "John D. Rockefeller IV|John D.|Rockefeller|"},
                    Row{"Holm, Ida, Jr.", "Ida Holm Jr.|Ida|Holm|"},
                    Row{"Chris Smith, Baron Smith of Finsbury",
                        "Chris Smith|Chris|Smith|Baron Smith of Finsbury;"},
                    Row{"Jack Ma", "Jack Ma|Jack|Ma|"}, Row{"Dr. Dre", "Dr. Dre|||"},
                    Row{"Lady Gaga", "Lady Gaga|||"}, Row{"The Rock", "The Rock|||"},
                    Row{"DJ Khaled", "DJ Khaled|||"}));
INSTANTIATE_TEST_SUITE_P(
    OtherNames, Names,
    testing::Values(Row{"Eric A. \"Rick\" Crawford", "Eric A. Crawford|Eric A.|Crawford|Rick;"},
                    Row{"Jesús G. “Chuy” García", "Jesús G. García|Jesús G.|García|Chuy;"},
                    Row{"Henry C. \"Hank\" Johnson, Jr.",
                        "Henry C. Johnson Jr.|Henry C.|Johnson|Hank;"},
                    Row{"Ida 'Idi' Holm", "Ida Holm|Ida|Holm|Idi;"},
                    Row{"Ida Holm (født Jensen)", "Ida Holm|Ida|Holm|Jensen;"},
                    Row{"Ida Holm née Jensen", "Ida Holm|Ida|Holm|Jensen;"},
                    Row{"Ida Holm (Idi)", "Ida Holm|Ida|Holm|Idi;"},
                    Row{"Ida Holm (politiker)", "Ida Holm|Ida|Holm|"},
                    Row{"Ida Holm (født 1971)", "Ida Holm|Ida|Holm|"},
                    Row{"Ida Holm (she/her)", "Ida Holm|Ida|Holm|"},
                    Row{"Ida Holm (DK)", "Ida Holm|Ida|Holm|"},
                    Row{"Ida Holm @idaholm", "Ida Holm|Ida|Holm|@idaholm"},
                    Row{"3. Ida Holm (@ida.holm_)", "Ida Holm|Ida|Holm|@ida.holm_"},
                    Row{"@idaholm", "||"
                                    "|@idaholm"},
                    Row{"Ida Holm <ida@x.dk>", "Ida Holm|Ida|Holm|"}));
INSTANTIATE_TEST_SUITE_P(Decoration, Names,
                         testing::Values(Row{"𝓘𝓭𝓪 𝓗𝓸𝓵𝓶 ✨", "Ida Holm|Ida|Holm|"},
                                         Row{"✨ Ida Holm | mad og rejser 🍰", "Ida Holm|Ida|Holm|"},
                                         Row{"Ｉｄａ Ｈｏｌｍ", "Ida Holm|Ida|Holm|"},
                                         Row{"ɪᴅᴀ ʜᴏʟᴍ", "Ida Holm|Ida|Holm|"},
                                         Row{"I\u200bda Holm\ufeff", "Ida Holm|Ida|Holm|"},
                                         Row{"Ida Holm 🇩🇰", "Ida Holm|Ida|Holm|"},
                                         Row{"IDA MARIE HOLM", "Ida Marie Holm|Ida Marie|Holm|"},
                                         Row{"ida holm", "Ida Holm|Ida|Holm|"},
                                         Row{"J. D. VANCE", "J. D. Vance|J. D.|Vance|"},
                                         Row{"JosÃ© GarcÃ\u00ada", "José García|José|García|"},
                                         Row{"José", "José|||"},
                                         Row{"Jose\u0301 Holm", "José Holm|José|Holm|"},
                                         Row{"choan 🍉", "choan|||"},
                                         Row{"'vjmorochoo", "vjmorochoo|||"}));
INSTANTIATE_TEST_SUITE_P(
    NotTold, Names,
    testing::Values(Row{"Holm", "Holm|||"}, Row{"KSI", "KSI|||"}, Row{"MrBeast", "MrBeast|||"},
                    Row{"50 Cent", "50 Cent|||"}, Row{"山田 太郎", "山田 太郎|||"},
                    Row{"محمد علي", "محمد علي|||"}, Row{"Ida & Bo Holm", "Ida & Bo Holm|||"},
                    Row{"Ida og Bo", "Ida og Bo|||"},
                    Row{"Abdullahi is my name btw", "Abdullahi is my name btw|||"},
                    Row{"BBC Music", "BBC Music|||"}, Row{"Daily Woodwork", "Daily Woodwork|||"},
                    Row{"Ida H.", "Ida H.|Ida||"}, Row{"???????", "not understood"},
                    Row{"Jos? García", "not understood"}, Row{"Vâ??â BT", "not understood"},
                    Row{"Ida \ufffd", "not understood"}, Row{"🍉🍉", "not understood"},
                    Row{"ida@x.dk", "not understood"}, Row{"https://x.com/ida", "not understood"},
                    Row{"\xff", "not understood"}, Row{"-", "absent"}, Row{"N/A", "absent"},
                    Row{"ukendt", "absent"}));

TEST(NameParts, HaveTheirCapitalsMendedOnlyWhereAllOrNoneAre) {
    EXPECT_EQ(read_name_part("IDA MARIE").value(), "Ida Marie");
    EXPECT_EQ(read_name_part("ida").value(), "Ida");
    EXPECT_EQ(read_name_part("SØVNDAL").value(), "Søvndal");
    EXPECT_EQ(read_name_part("PETER-HANSEN").value(), "Peter-Hansen");
    EXPECT_EQ(read_name_part("O'NEILL").value(), "O'Neill");
    EXPECT_EQ(read_name_part("van der Berg").value(), "van der Berg");
    EXPECT_EQ(read_name_part("LaRocco").value(), "LaRocco");
    EXPECT_EQ(read_name_part("VAN DER BERG").value(), "van der Berg");
    EXPECT_EQ(read_name_part("DO").value(), "Do");
    EXPECT_EQ(read_name_part("JP").value(), "JP");
    for (const char* initials : {"e c", "i", "'t o", "Y. Q", "DO", "DO LE"}) {
        const auto once = read_name_part(initials).value();
        EXPECT_EQ(read_name_part(once).value(), once) << initials;
    }
    EXPECT_EQ(read_name_part("Nan").value(), "Nan");
    EXPECT_EQ(read_name_part("Ida ✨").value(), "Ida");
    EXPECT_TRUE(read_name_part("??").is_absent());
    EXPECT_TRUE(read_name_part("123").is_not_understood());
    EXPECT_TRUE(read_name_part("?\x01 f").is_not_understood());
    EXPECT_TRUE(read_name_part("\x01tbc").is_absent());
}

/// The columns of a line without quotes.
std::vector<std::string> columns(const std::string& line) {
    std::vector<std::string> out(1);
    bool is_quoted = false;
    for (const char c : line) {
        if (c == '"') {
            is_quoted = !is_quoted;
        } else if (c == ',' && !is_quoted) {
            out.emplace_back();
        } else {
            out.back() += c;
        }
    }
    return out;
}

std::string without_case(const std::string& family) {
    return read_name_part(family).has_value() ? read_name_part(family).value() : family;
}

/// 4,589 members since 1979, written in both orders: the capitals tell the family name.
TEST(NameCorpus, OfTheEuropeanParliamentIsToldApartInBothOrders) {
    COTERIE_SHARED_OR_SKIP(path, "mep/meps.all.csv");
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    int total = 0;
    int right[2] = {0, 0};
    while (std::getline(file, line)) {
        const auto row = columns(line);
        if (row.size() < 3)
            continue;
        ++total;
        for (const int order : {0, 1}) {
            const auto cell = order == 0 ? row[1] + " " + row[2] : row[2] + " " + row[1];
            const auto reading = read_person_name(cell);
            if (!reading.has_value())
                continue;
            // Case is compared loosely: particles and "Mc" mend differently alone.
            auto expected = without_case(row[2]);
            auto family = reading.value().family;
            const auto lower = [](std::string text) {
                for (auto& c : text)
                    if (c >= 'A' && c <= 'Z')
                        c = static_cast<char>(c + 32);
                return text;
            };
            if (lower(expected) == lower(family) && reading.value().given == row[1])
                ++right[order];
        }
    }
    EXPECT_EQ(total, 4589);
    std::printf("European Parliament: %d and %d of %d names as their columns say\n", right[0],
                right[1], total);
    EXPECT_GE(right[0], 4500);
    EXPECT_GE(right[1], 4500);
}

TEST(NameCorpus, OfTheCongressIsToldApart) {
    COTERIE_SHARED_OR_SKIP(path, "us-congress/people.csv");
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    int total = 0;
    int right = 0;
    while (std::getline(file, line)) {
        // unique_id, source, country, full_name, given_name, family_name
        std::string unescaped = line;
        for (auto at = unescaped.find("\"\""); at != std::string::npos;
             at = unescaped.find("\"\"", at))
            unescaped.replace(at, 2, "\x01");
        auto row = columns(unescaped);
        if (row.size() < 6 || row[3].empty() || row[5].empty())
            continue;
        for (auto& c : row[3])
            if (c == '\x01')
                c = '"';
        ++total;
        const auto reading = read_person_name(row[3]);
        if (reading.has_value() && reading.value().family == row[5])
            ++right;
    }
    std::printf("Congress: %d of %d family names as their column says\n", right, total);
    EXPECT_GE(total, 2300);
    // The rest are double names without a hyphen ("Wasserman Schultz"), which nothing tells.
    EXPECT_GE(right * 100, total * 98);
}

TEST(NameCorpus, OfNaughtyStringsIsReadWithoutHarmAndTheSameAgain) {
    COTERIE_SHARED_OR_SKIP(path, "naughty-strings/blns.txt");
    std::ifstream file(path);
    int total = 0;
    for (std::string line; std::getline(file, line); ++total) {
        const auto name = read_person_name(line);
        if (name.has_value() && !name.value().display.empty()) {
            const auto again = read_person_name(name.value().display);
            ASSERT_TRUE(again.has_value()) << line;
            EXPECT_EQ(again.value().display, name.value().display) << line;
        }
        const auto part = read_name_part(line);
        if (part.has_value()) {
            const auto again = read_name_part(part.value());
            ASSERT_TRUE(again.has_value()) << line;
            EXPECT_EQ(again.value(), part.value()) << line;
        }
        for (const char* platform : {"", "instagram", "youtube", "mastodon", "website"}) {
            const auto profiles = read_profiles(line, platform);
            if (!profiles.has_value())
                continue;
            for (const auto& profile : profiles.value()) {
                if (profile.url.empty())
                    continue;
                const auto again = read_profiles(profile.url, "");
                ASSERT_TRUE(again.has_value()) << line << " → " << profile.url;
                EXPECT_EQ(again.value().front().url, profile.url) << line;
            }
        }
        (void)read_emails(line);
        (void)read_phones(line, {});
    }
    EXPECT_GT(total, 500);
}

}  // namespace
}  // namespace coterie::normalize
