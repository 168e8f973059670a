#include "pipeline/normalize/fact_text.hpp"
#include "pipeline/normalize/fact_values.hpp"
#include "pipeline/normalize/icu_names.hpp"

#include <unicode/uchar.h>

#include <algorithm>
#include <array>

namespace coterie::normalize {
namespace {

using Country = Reading<std::string>;
using Countries = Reading<std::vector<std::string>>;

constexpr std::size_t kNameBytesMax = 120;
constexpr std::size_t kListBytesMax = 2048;

struct CountryWord {
    std::string_view words;  ///< '|' between them
    std::string_view code;
};

/// What people write and the Unicode data does not have. Parts of the United Kingdom are countries
/// to those who write them; "Kbh" is what Danes write for their capital and means nothing else.
constexpr CountryWord kFieldWords[] = {
    {"UK|U.K.|Great Britain|GB|Britain|England|Scotland|Wales|Northern Ireland|Storbritannia|"
     "Skotland|Skottland|Schottland|Nordirland|Écosse|Angleterre|Inglaterra|Escocia|Gales|"
     "Inghilterra|Großbritannien|Grande-Bretagne|Gran Bretaña|Grã-Bretanha|Gran Bretagna|"
     "Groot-Brittannië|Det Forenede Kongerige|The United Kingdom",
     "GB"},
    {"USA|U.S.A.|US|U.S.|United States of America|The United States|America|Amerika|"
     "De Forenede Stater|Estados Unidos de América|EUA|EE.UU.|EE. UU.|EEUU|États-Unis d'Amérique|"
     "Vereinigte Staaten von Amerika|Stati Uniti d'America",
     "US"},
    {"Danmark|Kbh|Kbh.|København|Copenhagen|Kingdom of "
     "Denmark|Dänemark|Daenemark|Dinamarca|Danemark",
     "DK"},
    {"Holland|The Netherlands|Nederlandene|Pays Bas|Hollanda|Ολλανδία", "NL"},
    {"Czech Republic|Den Tjekkiske Republik|Tschechische Republik|République tchèque|Tjekkia",
     "CZ"},
    {"Republic of Ireland|Eire|Éire", "IE"},
    {"South Korea|Republic of Korea|Korea, Republic of|Korea (South)", "KR"},
    {"North Korea", "KP"},
    {"Russian Federation", "RU"},
    {"UAE|U.A.E.|Emirates|Dubai|Emiraterne", "AE"},
    {"KSA", "SA"},
    {"RSA", "ZA"},
    {"Viet Nam", "VN"},
    {"Turkey|Türkiye|Tuerkei", "TR"},
    {"Ivory Coast|Cote d'Ivoire", "CI"},
    {"Cape Verde", "CV"},
    {"Swaziland", "SZ"},
    {"Burma", "MM"},
    {"Macedonia|FYROM|Makedonien|Makedonia", "MK"},
    {"Bosnia|Bosnien", "BA"},
    {"Palestine|Palæstina|Palestina", "PS"},
    {"Kosovo|XK|XKX", "XK"},
    {"Iran, Islamic Republic of", "IR"},
    {"Moldova, Republic of", "MD"},
    {"EL", "GR"},  // what the European Union writes for Greece
    {"Brasil", "BR"},
    {"Oesterreich", "AT"},
    {"Hong Kong|Hongkong", "HK"},
    {"Macau|Macao", "MO"},
    {"DR Congo|DRC|Democratic Republic of the Congo", "CD"},
    {"Faroe Islands|Færøerne|Faroes", "FO"},
};

class CountryNames {
  public:
    CountryNames() {
        for (const auto& name : country_names()) {
            const auto [at, is_new] = codes_.emplace(name.key, name.code);
            // The same word for two countries in two languages: nobody can tell which. But codes,
            // which come first, stay: "RU" is Russia, whatever is shortened so elsewhere.
            constexpr std::size_t kCodeLettersMax = 3;
            if (!is_new && at->second != name.code && name.key.size() > kCodeLettersMax) {
                at->second.clear();
            }
        }
        for (const auto& row : kFieldWords) {
            for (const auto word : split(row.words, '|')) {
                codes_.insert_or_assign(fold(word), std::string(row.code));
                codes_.insert_or_assign(fold_latin(word), std::string(row.code));
            }
        }
    }

    /// "" where the name is unknown or means several countries.
    [[nodiscard]] std::string_view find(std::string_view text) const {
        if (const auto found = codes_.find(fold(text)); found != codes_.end()) {
            return found->second;
        }
        const auto found = codes_.find(fold_latin(text));
        return found == codes_.end() ? std::string_view() : std::string_view(found->second);
    }

    [[nodiscard]] bool is_code(std::string_view capitals) const {
        const auto found = codes_.find(ascii_lower(capitals));
        return found != codes_.end() && found->second == capitals;
    }

  private:
    Lexicon<std::string> codes_;
};

const CountryNames& names() {
    static const CountryNames made;  // built at the first need, some milliseconds
    return made;
}

/// The two letters of a flag at `at`; moves behind it. "" where none stands there.
std::string take_flag(std::string_view text, std::size_t& at) {
    const std::size_t size = text.size();
    std::size_t next = at;
    const auto character = [&] { return take_character(text, next); };
    const auto letter = [](UChar32 c, UChar32 base) { return static_cast<char>('A' + (c - base)); };
    constexpr UChar32 kRegionalA = 0x1F1E6;
    constexpr UChar32 kBlackFlag = 0x1F3F4;
    constexpr UChar32 kTagA = 0xE0061;
    constexpr UChar32 kTagEnd = 0xE007F;
    const UChar32 first = next < size ? character() : 0;
    const UChar32 second = next < size ? character() : 0;
    const auto is_letter = [](UChar32 c, UChar32 base) { return c >= base && c < base + 26; };
    if (is_letter(first, kRegionalA) && is_letter(second, kRegionalA)) {
        at = next;
        return {letter(first, kRegionalA), letter(second, kRegionalA)};
    }
    if (first != kBlackFlag || !is_letter(second, kTagA) || next >= size) {
        return {};
    }
    // England, Scotland, Wales: a black flag and "gbeng" in invisible letters.
    const UChar32 third = character();
    while (next < size) {
        if (character() == kTagEnd) {
            break;
        }
    }
    if (!is_letter(third, kTagA)) {
        return {};
    }
    at = next;
    return {letter(second, kTagA), letter(third, kTagA)};
}

bool holds_flag(std::string_view text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (static_cast<unsigned char>(text[at]) == 0xF0 && !take_flag(text, at).empty()) {
            return true;
        }
    }
    return false;
}

/// A flag is decoration to the rest of the field, so a cell of flags alone may count as empty; here
/// it says everything.
bool says_no_country(std::string_view text) {
    return says_nothing(text) && !holds_flag(text);
}

/// The flags of a text and what it says besides.
struct Flagged {
    std::vector<std::string> flags;
    std::string words;
};

Flagged part_flags(std::string_view text) {
    Flagged result;
    for (std::size_t at = 0; at < text.size();) {
        if (static_cast<unsigned char>(text[at]) == 0xF0) {
            if (auto flag = take_flag(text, at); !flag.empty()) {
                result.flags.push_back(std::move(flag));
                continue;
            }
        }
        result.words.push_back(text[at++]);
    }
    result.words = std::string(trim(result.words));
    return result;
}

bool is_letter_pair(std::string_view text) {
    return text.size() == 2 && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
           });
}

/// "Denmark (DK)": both must say the same.
std::string_view bracketed_country(std::string_view text) {
    const auto open = text.find('(');
    if (open == std::string_view::npos || !text.ends_with(')')) {
        return {};
    }
    const auto outside = names().find(text.substr(0, open));
    const auto inside = names().find(text.substr(open + 1, text.size() - open - 2));
    return outside == inside ? outside : std::string_view();
}

/// "" where the words, which hold no flag, name no country.
std::string_view country_of_words(std::string_view words) {
    const auto found = names().find(words);
    return found.empty() ? bracketed_country(words) : found;
}

/// All countries that the part names by flags and words together; empty where it names none, or
/// two that differ.
std::vector<std::string> countries_of_part(std::string_view part) {
    if (is_letter_pair(part)) {
        const auto code = names().find(part);
        return code.empty() ? std::vector<std::string>() : std::vector{std::string(code)};
    }
    auto [flags, words] = part_flags(part);
    for (const auto& flag : flags) {
        if (!names().is_code(flag)) {
            return {};
        }
    }
    if (words.empty()) {
        return flags;
    }
    const auto code = country_of_words(words);
    if (code.empty() || flags.size() > 1 || (flags.size() == 1 && flags.front() != code)) {
        return {};
    }
    return {std::string(code)};
}

/// "Denmark 45%", "DK (45,2 %)", "DK: 45%": audience tables name the share too, which is another
/// fact.
std::string_view without_share(std::string_view part) {
    auto rest = trim(part);
    const bool is_bracketed = rest.ends_with(')');
    if (is_bracketed) {
        rest = trim(rest.substr(0, rest.size() - 1));
    }
    if (!rest.ends_with('%')) {
        return part;
    }
    rest = trim(rest.substr(0, rest.size() - 1));
    const auto last = rest.find_last_not_of("0123456789.,");
    if (last == std::string_view::npos || last + 1 == rest.size()) {
        return part;
    }
    rest = trim(rest.substr(0, last + 1));
    if (is_bracketed && rest.ends_with('(')) {
        rest.remove_suffix(1);
    } else if (is_bracketed) {
        return part;
    }
    while (rest.ends_with(':') || rest.ends_with('-')) {
        rest.remove_suffix(1);
    }
    return trim(rest);
}

void add_new(std::vector<std::string>& list, std::vector<std::string> more) {
    for (auto& each : more) {
        if (std::find(list.begin(), list.end(), each) == list.end()) {
            list.push_back(std::move(each));
        }
    }
}

/// "DK SE NO": only codes in capitals are parted at blanks.
std::vector<std::string> countries_of_codes(std::string_view part) {
    std::vector<std::string> codes;
    for (const auto word : split(part, ' ')) {
        if (word.empty()) {
            continue;
        }
        const bool is_code = is_letter_pair(word) && word[0] <= 'Z' && word[1] <= 'Z';
        const auto code = is_code ? names().find(word) : std::string_view();
        if (code.empty()) {
            return {};
        }
        codes.emplace_back(code);
    }
    return codes;
}

Cell open_country_cell(std::string_view raw, std::size_t bytes_max) {
    Cell cell = Cell::open(raw, bytes_max);
    if (cell.state == Cell::State::Absent && holds_flag(cell.text)) {
        cell.state = Cell::State::Usable;
    }
    return cell;
}

/// The part as a whole, then as names joined by words, then as codes.
std::vector<std::string> countries_of(std::string_view part) {
    part = without_share(part);
    if (auto whole = countries_of_part(part); !whole.empty()) {
        return whole;
    }
    std::vector<std::string> all;
    const auto joined = joined_parts(part);
    if (joined.size() < 2) {
        return countries_of_codes(part);
    }
    for (const auto each : joined) {
        auto found = countries_of_part(without_share(each));
        if (found.empty()) {
            return {};
        }
        add_new(all, std::move(found));
    }
    return all;
}

// ---- regions and cities ---------------------------------------------------------------------

/// Written small inside names of places.
bool is_particle(std::string_view word) {
    constexpr std::array<std::string_view, 24> kParticles = {
        "og", "i",  "af",  "på",  "ved", "and", "of",  "the", "und", "an",  "am", "der",
        "de", "la", "les", "sur", "du",  "des", "del", "do",  "da",  "dos", "en", "upon"};
    return std::find(kParticles.begin(), kParticles.end(), word) != kParticles.end();
}

struct Letters {
    bool has_upper = false;
    bool has_lower = false;
    std::size_t count = 0;
};

Letters letters_of(std::string_view text) {
    Letters letters;
    for (std::size_t at = 0; at < text.size();) {
        const UChar32 c = take_character(text, at);
        letters.has_upper = letters.has_upper || u_isUUppercase(c);
        letters.has_lower = letters.has_lower || u_isULowercase(c);
        letters.count += u_isUAlphabetic(c) ? 1 : 0;
    }
    return letters;
}

void append(std::string& out, UChar32 c) {
    std::array<char, 4> bytes{};
    std::int32_t length = 0;
    U8_APPEND_UNSAFE(bytes.data(), length, c);
    out.append(bytes.data(), static_cast<std::size_t>(length));
}

void append_capitalized(std::string& out, std::string_view lower_word) {
    std::size_t at = 0;
    append(out, u_totitle(take_character(lower_word, at)));
    out.append(lower_word.substr(at));
}

/// Capitals mended where all letters are capitals (but "NRW", "LA" stay), or none is.
std::string with_capitals(std::string line) {
    const Letters letters = letters_of(line);
    constexpr std::size_t kAbbreviationLettersMax = 3;
    const bool is_shouted =
        letters.has_upper && !letters.has_lower && letters.count > kAbbreviationLettersMax;
    const bool is_whispered = letters.has_lower && !letters.has_upper;
    if (!is_shouted && !is_whispered) {
        return line;
    }
    const std::string small = to_lower(line);
    std::string mended;
    std::size_t begin = 0;
    while (begin <= small.size()) {
        const auto end = std::min(small.find_first_of(" -/(", begin), small.size());
        const auto word = std::string_view(small).substr(begin, end - begin);
        if (word.empty() || (begin > 0 && is_particle(word))) {
            mended.append(word);
        } else {
            append_capitalized(mended, word);
        }
        if (end < small.size()) {
            mended.push_back(small[end]);
        }
        begin = end + 1;
    }
    return to_nfc(mended);
}

Country read_place(std::string_view raw, std::string (*mend)(std::string)) {
    const Cell cell = Cell::open(raw, kNameBytesMax);
    if (!cell.is_usable()) {
        return cell.refusal<std::string>();
    }
    auto name = mend(clean_line(cell.text));
    if (says_nothing(name)) {
        return Country::absent();
    }
    if (name.find("://") != std::string::npos || name.find('@') != std::string::npos) {
        return Country::not_understood("no name of a place: an address or a handle");
    }
    if (letters_of(name).count == 0) {
        return Country::not_understood("no name of a place: no letters");
    }
    return Country::of(with_capitals(std::move(name)));
}

/// "8000 Aarhus C", "DK-2100 København Ø": the post code is no part of the city's name.
std::string without_post_code(std::string name) {
    std::string_view rest = name;
    if (rest.size() > 3 && rest[2] == '-' && is_letter_pair(rest.substr(0, 2))) {
        rest.remove_prefix(3);
    }
    const auto digits = rest.find_first_not_of("0123456789");
    if (digits == std::string_view::npos || digits < 3 || digits > 5 || rest[digits] != ' ') {
        return name;
    }
    return std::string(rest.substr(digits + 1));
}

std::string mend_city(std::string name) {
    std::string city = without_post_code(std::move(name));
    for (const std::string_view word : {"kbh.", "kbh"}) {
        const bool is_it = ascii_lower(city).starts_with(word);
        if (is_it && (city.size() == word.size() || city[word.size()] == ' ')) {
            return "København" + city.substr(word.size());
        }
    }
    return city;
}

}  // namespace

Reading<std::string> read_country(std::string_view raw) {
    const Cell cell = open_country_cell(raw, kNameBytesMax);
    if (!cell.is_usable()) {
        return cell.refusal<std::string>();
    }
    auto found = countries_of_part(cell.text);
    if (found.size() == 1) {
        return Country::of(std::move(found.front()));
    }
    return Country::not_understood(found.empty() ? "no name or code of one country"
                                                 : "several countries where one can stand");
}

Reading<std::vector<std::string>> read_countries(std::string_view raw) {
    const Cell cell = open_country_cell(raw, kListBytesMax);
    if (!cell.is_usable()) {
        return cell.refusal<std::vector<std::string>>();
    }
    // "Trinidad & Tobago" and "Korea, Republic of" are one, whatever the signs in them.
    if (auto whole = countries_of(cell.text); !whole.empty()) {
        return Countries::of(std::move(whole));
    }
    std::vector<std::string> all;
    for (const auto part : list_parts(cell.text)) {
        if (says_no_country(part)) {
            continue;
        }
        auto found = countries_of(part);
        if (found.empty()) {
            return Countries::not_understood("a part that is no name or code of a country");
        }
        add_new(all, std::move(found));
    }
    return all.empty() ? Countries::absent() : Countries::of(std::move(all));
}

Reading<std::string> read_region(std::string_view raw) {
    return read_place(raw, [](std::string name) { return name; });
}

Reading<std::string> read_city(std::string_view raw) {
    return read_place(raw, mend_city);
}

}  // namespace coterie::normalize
