#include "../tests/support/shared_data.hpp"
#include "pipeline/normalize/identity_values.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <phonenumbers/phonenumberutil.h>

#include <array>
#include <fstream>
#include <ostream>
#include <random>

namespace coterie::normalize {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

ReadingContext in(std::string_view country) {
    ReadingContext context;
    context.country = country;
    return context;
}

std::string read(std::string_view cell, std::string_view country) {
    const auto reading = read_phones(cell, in(country));
    if (reading.is_absent())
        return "absent";
    if (reading.is_not_understood())
        return "not understood";
    std::string out;
    for (const auto& number : reading.value())
        out += (out.empty() ? "" : " ") + number;
    return out;
}

struct Row {
    const char* cell;
    const char* country;
    const char* expected;
    friend std::ostream& operator<<(std::ostream& out, const Row& row) {
        return out << row.cell << " in " << row.country;
    }
};
class Phones : public testing::TestWithParam<Row> {};
TEST_P(Phones, AreReadFromWhatStandsInCells) {
    EXPECT_EQ(read(GetParam().cell, GetParam().country), GetParam().expected);
}
INSTANTIATE_TEST_SUITE_P(
    Cells, Phones,
    testing::Values(
        Row{"12 34 56 78", "DK", "not understood"}, Row{"22 34 56 78", "DK", "+4522345678"},
        Row{"2234 5678", "DK", "+4522345678"}, Row{"22345678", "DK", "+4522345678"},
        Row{"+45 22345678", "", "+4522345678"}, Row{"004522345678", "DK", "+4522345678"},
        Row{"004522345678", "", "+4522345678"}, Row{"(45) 22 34 56 78", "DK", "+4522345678"},
        Row{"4522345678", "DK", "+4522345678"}, Row{"+298 201234", "DK", "+298201234"},
        Row{"+299 321234", "DK", "+299321234"}, Row{"003222845384", "BE", "+3222845384"},
        Row{"020 7219 8268", "GB", "+442072198268"},
        Row{"+44 (0)20 7219 8268", "DK", "+442072198268"},
        Row{"020 7219 7146; 020 7219 6487", "GB", "+442072197146 +442072196487"},
        Row{"020 7219 5135; Fax 020 7219 4780", "GB", "+442072195135"},
        Row{"202-225-3864", "US", "+12022253864"}, Row{"030/12345678", "DE", "+493012345678"},
        Row{"Tlf. 22 34 56 78", "DK", "+4522345678"}, Row{"Mobil: 22345678", "DK", "+4522345678"},
        Row{"tel:+4522345678", "", "+4522345678"},
        Row{"WhatsApp +45 22 34 56 78", "", "+4522345678"},
        Row{"22345678 (mobil)", "DK", "+4522345678"}, Row{"'+4522345678", "DK", "+4522345678"},
        Row{"https://wa.me/4522345678", "", "+4522345678"},
        Row{"22345678/33456789", "DK", "+4522345678 +4533456789"},
        Row{"22345678 eller 33456789", "DK", "+4522345678 +4533456789"},
        Row{"+4522345678 +4533456789", "", "+4522345678 +4533456789"},
        Row{"22345678, 2234 5678", "DK", "+4522345678"},
        Row{"+45\u00a022\u00a034\u00a056\u00a078", "", "+4522345678"},
        Row{"4.522345678E9", "DK", "+4522345678"}, Row{"4,522345678E+09", "DK", "+4522345678"},
        Row{"4.52235E+09", "DK", "not understood"}, Row{"22345678.0", "DK", "+4522345678"},
        Row{"4711", "DE", "not understood"}, Row{"4711", "DK", "not understood"},
        Row{"22345678 lok. 12", "DK", "not understood"},
        Row{"1-800-FLOWERS", "US", "not understood"}, Row{"22345678", "", "not understood"},
        Row{"020 7219 5046/6062", "GB", "not understood"},
        Row{"ring til mor", "DK", "not understood"}, Row{"22345678; ?!", "DK", "not understood"},
        Row{"010190-1234", "DK", "not understood"}, Row{"-", "DK", "absent"},
        Row{"", "DK", "absent"}, Row{"ukendt", "DK", "absent"},
        Row{"\xff\xfe", "DK", "not understood"}));

TEST(PhoneReasons, SayWhatIsWrongWithoutTheNumber) {
    EXPECT_EQ(read_phones("4711", in("DK")).reason(),
              "no phone number: fewer than 6 digits (an internal extension?)");
    EXPECT_NE(read_phones("4.52235E+09", in("DK")).reason().find("lost digits"), std::string::npos);
    EXPECT_NE(read_phones("22345678", in("")).reason().find("country is not known"),
              std::string::npos);
}

/// What libphonenumber alone makes of the text.
std::string library(const std::string& text, const std::string& country) {
    const auto& util = *PhoneNumberUtil::GetInstance();
    PhoneNumber number;
    if (util.Parse(text, country, &number) != PhoneNumberUtil::NO_PARSING_ERROR ||
        !util.IsValidNumber(number)) {
        return "not understood";
    }
    std::string out;
    util.Format(number, PhoneNumberUtil::E164, &out);
    return out;
}

struct Country {
    const char* code;
    int calling_code;
};
constexpr Country kCountries[] = {{"DK", 45},  {"NO", 47},  {"SE", 46},  {"DE", 49},  {"GB", 44},
                                  {"NL", 31},  {"FR", 33},  {"ES", 34},  {"PL", 48},  {"BE", 32},
                                  {"CH", 41},  {"FO", 298}, {"GL", 299}, {"IS", 354}, {"IT", 39},
                                  {"IE", 353}, {"US", 1},   {"AT", 43},  {"PT", 351}, {"FI", 358}};

/// The fast path must give what the library gives, for numbers of any shape.
TEST(PhoneProperty, EveryAnswerIsTheLibrarys) {
    std::mt19937_64 random(7);
    const auto digits = [&](std::size_t count, char first) {
        std::string out(1, first);
        while (out.size() < count)
            out += static_cast<char>('0' + random() % 10);
        return out;
    };
    for (const auto& country : kCountries) {
        int valid = 0;
        for (int i = 0; i < 3000; ++i) {
            const auto first = static_cast<char>('1' + random() % 9);
            const std::string national = digits(6 + random() % 6, first);
            const auto home = kCountries[random() % std::size(kCountries)].code;
            const std::string texts[] = {fmt::format("+{}{}", country.calling_code, national),
                                         national, "0" + national};
            const std::string countries[] = {home, country.code, country.code};
            for (std::size_t form = 0; form < 3; ++form) {
                const auto expected = library(texts[form], countries[form]);
                ASSERT_EQ(read(texts[form], countries[form]), expected)
                    << texts[form] << " in " << countries[form];
                if (expected != "not understood")
                    ++valid;
            }
        }
        EXPECT_GT(valid, 50) << country.code;
    }
}

/// The remembered answers hold for all numbers of a prefix only if the first digits decide: every
/// Danish, Faroese and Greenlandic prefix, and many of the other plans.
TEST(PhoneProperty, PrefixesDecideAsTheLibraryDoes) {
    std::mt19937_64 random(11);
    for (int prefix = 20; prefix < 100; ++prefix) {
        for (int i = 0; i < 40; ++i) {
            const auto text = fmt::format("+45{}{:06}", prefix, random() % 1'000'000);
            ASSERT_EQ(read(text, "DK"), library(text, "DK")) << text;
        }
    }
    const std::pair<const char*, int> plans[] = {
        {"47", 8},  {"46", 9},  {"44", 10}, {"491", 9},  {"491", 10}, {"33", 9}, {"31", 9},
        {"32", 8},  {"32", 9},  {"346", 8}, {"347", 8},  {"48", 9},   {"41", 9}, {"298", 6},
        {"299", 6}, {"354", 7}, {"447", 9}, {"3538", 8}, {"393", 9}};
    for (const auto& [start, length] : plans) {
        for (int i = 0; i < 6000; ++i) {
            std::string text = fmt::format("+{}", start);
            for (int digit = 0; digit < length; ++digit)
                text +=
                    static_cast<char>((digit == 0 ? '1' : '0') + random() % (digit == 0 ? 9 : 10));
            ASSERT_EQ(read(text, ""), library(text, "ZZ")) << text;
        }
    }
}

TEST(PhoneCorpus, OfLibphonenumberIsValidButForOneNumber) {
    COTERIE_SHARED_OR_SKIP(folder, "phones-libphonenumber");
    int total = 0;
    int valid = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        const auto name = entry.path().filename().string();
        const auto dash = name.find("-examples.csv");
        if (dash == std::string::npos)
            continue;
        std::ifstream file(entry.path());
        for (std::string line; std::getline(file, line);) {
            const auto open = line.find('"');
            const auto close = line.rfind('"');
            if (open == std::string::npos || close == open)
                continue;
            ++total;
            const auto number =
                "+" + name.substr(0, dash) + line.substr(open + 1, close - open - 1);
            if (read(number, "") == number)
                ++valid;
        }
    }
    EXPECT_EQ(total, 274);
    EXPECT_EQ(valid, 273);
}

}  // namespace
}  // namespace coterie::normalize
