#include "pipeline/normalize/fact_values.hpp"

#include <gtest/gtest.h>

namespace coterie::normalize {
namespace {

struct LanguageRow {
    std::string_view raw;
    std::string_view expected;
};

std::ostream& operator<<(std::ostream& out, const LanguageRow& row) {
    return out << '"' << row.raw << '"';
}

class LanguageWords : public testing::TestWithParam<LanguageRow> {};

TEST_P(LanguageWords, AreBcp47Tags) {
    const auto languages = read_languages(GetParam().raw);
    std::string text = languages.is_absent() ? "absent" : "not understood";
    if (languages.has_value()) {
        text.clear();
        for (const auto& tag : languages.value()) {
            text += (text.empty() ? "" : " ") + tag;
        }
    }
    EXPECT_EQ(text, GetParam().expected);
}

constexpr LanguageRow kLanguages[] = {
    {"dansk", "da"},
    {"Dansk", "da"},
    {"Danish", "da"},
    {"Dänisch", "da"},
    {"danés", "da"},
    {"da", "da"},
    {"DA", "da"},
    {"dan", "da"},
    {"da-DK", "da-DK"},
    {"da_dk", "da-DK"},
    {"eng", "en"},
    {"engelsk", "en"},
    {"English", "en"},
    {"British English", "en-GB"},
    {"EN-us", "en-US"},
    {"pt-br", "pt-BR"},
    {"Brazilian Portuguese", "pt-BR"},
    {"zh-hant-tw", "zh-Hant-TW"},
    {"zh-Hans", "zh-Hans"},
    {"es-419", "es-419"},
    {"ger", "de"},
    {"deu", "de"},
    {"Deutsch", "de"},
    {"français", "fr"},
    {"Francais", "fr"},
    {"svenska", "sv"},
    {"no", "no"},
    {"NO", "no"},
    {"norsk", "no"},
    {"nb", "nb"},
    {"bokmål", "nb"},
    {"русский", "ru"},
    {"العربية", "ar"},
    {"iw", "he"},
    {"Tagalog", "fil"},
    {"farsi", "fa"},
    {"uk", "uk"},
    {"ukrainsk", "uk"},
    {"grønlandsk", "kl"},
    {"🇩🇰 dansk", "da"},
    {"Dansk, engelsk", "da en"},
    {"da/en", "da en"},
    {"DA EN", "da en"},
    {"dansk og engelsk", "da en"},
    {"Danish; English; dansk", "da en"},
    {"dansk og dansk", "da"},
    {"", "absent"},
    {"-", "absent"},
    {"none", "absent"},
    {"UK", "not understood"},
    {"SE", "not understood"},
    {"Danmark", "not understood"},
    {"klingonsk, dansk", "not understood"},
    {"da-DK-x-private", "not understood"},
    {"speaks a little Danish", "not understood"},
    {"42", "not understood"},
    {"\xff", "not understood"},
};
INSTANTIATE_TEST_SUITE_P(Table, LanguageWords, testing::ValuesIn(kLanguages));

}  // namespace
}  // namespace coterie::normalize
