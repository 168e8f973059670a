#include "pipeline/normalize/icu_names.hpp"

#include "base/text.hpp"

#include <unicode/localpointer.h>
#include <unicode/locdspnm.h>
#include <unicode/locid.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

namespace coterie::normalize {
namespace {

// Browsers translate pages while people copy from them, so one list mixes many languages.
constexpr std::array kNameLocales = {"en", "da", "sv", "nb", "de", "fr", "es", "pt", "it",
                                     "nl", "fi", "pl", "is", "cs", "hu", "ro", "et", "lv",
                                     "lt", "sk", "sl", "hr", "bg", "el", "tr", "ru", "uk"};

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// Names of Latin script without accents too: people leave them out ("Osterreich", "Espana").
bool is_mostly_latin(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

void add(std::vector<NamedCode>& names, std::string_view name, std::string_view code) {
    std::string key = fold(name);
    if (key.empty()) {
        return;
    }
    if (!is_ascii(key) && is_mostly_latin(key)) {
        names.push_back({fold_latin(key), std::string(code)});
    }
    if (const auto sign = key.find(" & "); sign != std::string::npos) {
        names.push_back({std::string(key).replace(sign, 3, " and "), std::string(code)});
    }
    names.push_back({std::move(key), std::string(code)});
}

std::string to_utf8(const icu::UnicodeString& text) {
    std::string result;
    text.toUTF8String(result);
    return result;
}

using DisplayNames = std::unique_ptr<icu::LocaleDisplayNames>;

/// The full and the short names ("United Kingdom", "UK") of one language.
std::array<DisplayNames, 2> display_names(const char* locale) {
    const auto with_length = [&](UDisplayContext length) {
        // A name missing in one language must not come out as its code.
        std::array contexts = {UDISPCTX_NO_SUBSTITUTE, length};
        return DisplayNames(icu::LocaleDisplayNames::createInstance(
            icu::Locale(locale), contexts.data(), static_cast<std::int32_t>(contexts.size())));
    };
    return {with_length(UDISPCTX_LENGTH_FULL), with_length(UDISPCTX_LENGTH_SHORT)};
}

}  // namespace

std::vector<NamedCode> country_names() {
    std::vector<NamedCode> names;
    names.reserve(16384);
    std::vector<std::string_view> codes;
    for (const char* const* code = icu::Locale::getISOCountries(); *code != nullptr; ++code) {
        codes.emplace_back(*code);
        add(names, *code, *code);
        add(names, icu::Locale("", *code).getISO3Country(), *code);
    }
    for (const char* locale : kNameLocales) {
        for (const auto& names_of_locale : display_names(locale)) {
            for (const auto code : codes) {
                icu::UnicodeString name;
                names_of_locale->regionDisplayName(code.data(), name);
                if (!name.isBogus()) {
                    add(names, to_utf8(name), code);
                }
            }
        }
    }
    return names;
}

std::vector<NamedCode> language_names() {
    constexpr std::array<std::string_view, 4> kNoLanguages = {"und", "mul", "zxx", "root"};
    std::vector<NamedCode> names;
    names.reserve(32768);
    std::vector<std::string_view> codes;
    for (const char* const* code = icu::Locale::getISOLanguages(); *code != nullptr; ++code) {
        const std::string_view text = *code;
        if (std::find(kNoLanguages.begin(), kNoLanguages.end(), text) == kNoLanguages.end()) {
            codes.push_back(text);
            add(names, text, text);
            add(names, icu::Locale(*code).getISO3Language(), text);
        }
    }
    const auto add_name = [&](const DisplayNames& names_of_locale, std::string_view code) {
        icu::UnicodeString name;
        names_of_locale->languageDisplayName(code.data(), name);
        if (!name.isBogus()) {
            add(names, to_utf8(name), code);
        }
    };
    for (const char* locale : kNameLocales) {
        const auto names_of_locale = display_names(locale);
        for (const auto code : codes) {
            add_name(names_of_locale[0], code);
        }
    }
    // Each language's name for itself.
    for (const char* locale :
         {"ar", "fa", "he", "hi", "ur", "zh", "ja", "ko", "th", "vi", "id", "ms",
          "sw", "so", "am", "sq", "sr", "bs", "mk", "ca", "eu", "gl", "ga", "cy",
          "mt", "ka", "hy", "az", "kk", "uz", "ku", "ps", "bn", "ta", "te", "mr",
          "pa", "gu", "ne", "fo", "kl", "nn", "se", "lb", "be", "af", "fil"}) {
        add_name(display_names(locale)[0], locale);
    }
    return names;
}

}  // namespace coterie::normalize
