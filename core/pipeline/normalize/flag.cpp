#include "pipeline/normalize/fact_text.hpp"
#include "pipeline/normalize/fact_values.hpp"

namespace coterie::normalize {
namespace {

const Lexicon<bool>& flag_words() {
    static const Lexicon<bool> words = [] {
        Lexicon<bool> made;
        // Danish, English, Swedish, Norwegian, German, French, Spanish, Portuguese.
        // French "o" (oui) is left out: it is a zero as often.
        for (const auto word :
             {"ja",  "j",    "yes", "y",       "yep",       "true",  "t",    "1",          "1.0",
              "1,0", "x",    "on",  "checked", "sand",      "sandt", "sant", "jo",         "wahr",
              "oui", "vrai", "si",  "sí",      "verdadero", "s",     "sim",  "verdadeiro", "ok"}) {
            made.emplace(fold(word), true);
        }
        for (const auto word :
             {"nej",    "n",         "no",    "nope",   "false", "f",     "0",     "0.0", "0,0",
              "off",    "unchecked", "falsk", "falskt", "usand", "usant", "osant", "nei", "nein",
              "falsch", "non",       "faux",  "falso",  "não",   "nao",   "not"}) {
            made.emplace(fold(word), false);
        }
        return made;
    }();
    return words;
}

/// Ticks and boxes. A box with a cross (☒) is ticked in one program and refused in another: left
/// out.
std::optional<bool> flag_of_sign(std::string_view text) {
    constexpr std::string_view kVariationSelector = "\xEF\xB8\x8F";
    if (text.ends_with(kVariationSelector)) {
        text.remove_suffix(kVariationSelector.size());
    }
    for (const std::string_view sign : {"✔", "✓", "☑", "✅", "🗹", "👍", "√"}) {
        if (text == sign) {
            return true;
        }
    }
    for (const std::string_view sign : {"☐", "✗", "✘", "❌", "□", "👎", "✖"}) {
        if (text == sign) {
            return false;
        }
    }
    return std::nullopt;
}

}  // namespace

Reading<bool> read_flag(std::string_view raw) {
    constexpr std::size_t kBytesMax = 64;
    const auto shown = trim(raw);
    if (shown.size() > kBytesMax || !is_utf8(shown)) {
        return Reading<bool>::not_understood("no yes or no");
    }
    // Before asking whether the cell says nothing: "no" and "0" say something here.
    if (const auto flag = flag_of_sign(shown)) {
        return Reading<bool>::of(*flag);
    }
    std::string word = fold(shown);
    while (!word.empty() && (word.back() == '.' || word.back() == '!')) {
        word.pop_back();
    }
    const auto found = flag_words().find(word);
    if (found != flag_words().end()) {
        return Reading<bool>::of(found->second);
    }
    if (shown.empty() || says_nothing(shown)) {
        return Reading<bool>::absent();
    }
    return Reading<bool>::not_understood("no yes or no");
}

}  // namespace coterie::normalize
