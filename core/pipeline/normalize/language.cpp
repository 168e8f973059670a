#include "pipeline/normalize/fact_text.hpp"
#include "pipeline/normalize/fact_values.hpp"
#include "pipeline/normalize/icu_names.hpp"

#include <unicode/locid.h>

#include <algorithm>

namespace coterie::normalize {
namespace {

using Languages = Reading<std::vector<std::string>>;

constexpr std::size_t kCellBytesMax = 1024;

struct LanguageWord {
    std::string_view words;  ///< '|' between them
    std::string_view tag;
};

/// What people write and the Unicode data does not have, and codes of the older standards.
constexpr LanguageWord kFieldWords[] = {
    {"da|dan|dk sprog|dansk tale", "da"},
    {"no|nor|norsk|norwegian|norsk (bokmål/nynorsk)", "no"},
    {"nb|nob|bokmål|norsk bokmål", "nb"},
    {"nn|nno|nynorsk|norsk nynorsk", "nn"},
    {"ger|deu", "de"},
    {"fre|fra", "fr"},
    {"dut|nld", "nl"},
    {"cze|ces", "cs"},
    {"gre|ell", "el"},
    {"ice|isl", "is"},
    {"rum|ron|mo|moldovan|moldavian", "ro"},
    {"slo|slk", "sk"},
    {"alb|sqi", "sq"},
    {"mac|mkd", "mk"},
    {"wel|cym", "cy"},
    {"per|fas|farsi|dari (farsi)", "fa"},
    {"chi|zho|mandarin|mandarin chinese|cmn|kinesisk (mandarin)|putonghua", "zh"},
    {"cantonese|kantonesisk|kantonesiska", "yue"},
    {"iw", "he"},
    {"in|bahasa indonesia|bahasa", "id"},
    {"ji", "yi"},
    {"tagalog|tl|tgl|filipino|pilipino", "fil"},
    {"brazilian portuguese|portuguese (brazil)|portuguese brazil|brasiliansk portugisisk", "pt-BR"},
    {"british english|english (uk)|english uk|britisk engelsk", "en-GB"},
    {"american english|us english|english (us)|english us|amerikansk engelsk", "en-US"},
    {"flemish|flamsk|vlaams", "nl-BE"},
    {"swiss german|schwyzerdütsch|schweizerdeutsch", "gsw"},
    {"castilian|castellano", "es"},
    {"grønlandsk|greenlandic", "kl"},
    {"færøsk|faroese", "fo"},
    {"panjabi|punjabi", "pa"},
    {"pashto|pashtu", "ps"},
};

const Lexicon<std::string>& language_words() {
    static const Lexicon<std::string> words = [] {
        Lexicon<std::string> made;
        for (const auto& name : language_names()) {
            const auto [at, is_new] = made.emplace(name.key, name.code);
            // The same word for two languages in two languages: nobody can tell which.
            if (!is_new && at->second != name.code && name.key != at->second) {
                at->second = name.key == name.code ? name.code : std::string();
            }
        }
        for (const auto& row : kFieldWords) {
            for (const auto word : split(row.words, '|')) {
                made.insert_or_assign(fold(word), std::string(row.tag));
            }
        }
        return made;
    }();
    return words;
}

bool are_letters(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

bool are_digits(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_country(std::string_view capitals) {
    static const Lexicon<bool> codes = [] {
        Lexicon<bool> made;
        for (const char* const* code = icu::Locale::getISOCountries(); *code != nullptr; ++code) {
            made.emplace(*code, true);
        }
        return made;
    }();
    return codes.contains(capitals);
}

std::string capitals(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
    });
    return result;
}

/// The canonical form of "da_DK", "zh-hant-tw"; "" where the folded text is no such tag.
std::string tag_of(std::string folded) {
    std::replace(folded.begin(), folded.end(), '_', '-');
    const auto parts = split(folded, '-');
    if (parts.size() < 2 || parts.size() > 3 || parts[0].size() < 2 || parts[0].size() > 3) {
        return {};
    }
    const auto language = language_words().find(parts[0]);
    if (language == language_words().end() || language->second.empty()) {
        return {};
    }
    std::string tag = language->second;
    bool has_region = false;
    for (const auto part : std::vector(parts.begin() + 1, parts.end())) {
        if (has_region) {
            return {};
        }
        if (part.size() == 4 && are_letters(part) && tag == language->second) {
            tag.append("-").append(capitals(part.substr(0, 1))).append(part.substr(1));
        } else if ((part.size() == 2 && is_country(capitals(part))) ||
                   (part.size() == 3 && are_digits(part))) {
            tag.append("-").append(capitals(part));
            has_region = true;
        } else {
            return {};
        }
    }
    return tag;
}

/// "" where the part names no language.
std::string language_of(std::string_view part) {
    // In capitals these are Sweden and the United Kingdom, not Northern Sami and Ukrainian.
    if (part == "SE" || part == "UK") {
        return {};
    }
    const auto& words = language_words();
    std::string folded = fold(part);
    auto found = words.find(folded);
    if (found == words.end()) {
        found = words.find(fold_latin(part));
    }
    if (found != words.end()) {
        return found->second;
    }
    return tag_of(std::move(folded));
}

void add_new(std::vector<std::string>& tags, std::string tag) {
    if (std::find(tags.begin(), tags.end(), tag) == tags.end()) {
        tags.push_back(std::move(tag));
    }
}

/// "DA EN": only short codes are parted at blanks.
std::vector<std::string> languages_of_codes(std::string_view part) {
    std::vector<std::string> tags;
    for (const auto word : split(part, ' ')) {
        if (word.empty()) {
            continue;
        }
        auto tag = word.size() == 2 ? language_of(word) : std::string();
        if (tag.empty()) {
            return {};
        }
        add_new(tags, std::move(tag));
    }
    return tags;
}

std::vector<std::string> languages_of(std::string_view part) {
    if (auto tag = language_of(part); !tag.empty()) {
        return {std::move(tag)};
    }
    const auto joined = joined_parts(part);
    if (joined.size() < 2) {
        return languages_of_codes(part);
    }
    std::vector<std::string> tags;
    for (const auto each : joined) {
        auto tag = language_of(each);
        if (tag.empty()) {
            return {};
        }
        add_new(tags, std::move(tag));
    }
    return tags;
}

}  // namespace

Reading<std::vector<std::string>> read_languages(std::string_view raw) {
    // "No" is Norwegian here before it is nothing.
    if (ascii_lower(trim(raw.substr(0, 8))) == "no" && raw.size() <= 8) {
        return Languages::of({"no"});
    }
    const Cell cell = Cell::open(raw, kCellBytesMax);
    if (!cell.is_usable()) {
        return cell.refusal<std::vector<std::string>>();
    }
    if (auto whole = languages_of(cell.text); !whole.empty()) {
        return Languages::of(std::move(whole));
    }
    std::vector<std::string> all;
    for (const auto part : list_parts(cell.text)) {
        auto found = languages_of(part);
        if (found.empty()) {
            if (says_nothing(part)) {
                continue;
            }
            return Languages::not_understood("a part that is no name or code of a language");
        }
        for (auto& tag : found) {
            add_new(all, std::move(tag));
        }
    }
    return all.empty() ? Languages::absent() : Languages::of(std::move(all));
}

}  // namespace coterie::normalize
