#include "base/text.hpp"
#include "pipeline/normalize/characters.hpp"
#include "pipeline/normalize/identity_values.hpp"

#include <fmt/format.h>
#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include <algorithm>
#include <array>
#include <span>

namespace coterie::normalize {
namespace {

using Result = Reading<PersonName>;

constexpr std::size_t kNameBytesMax = 300;
/// More words than this are a sentence or a list, in which nobody's family name can be told.
constexpr std::size_t kNameWordsMax = 7;
constexpr std::size_t kAliasesMax = 5;

// ---- Words ---------------------------------------------------------------------------------
// Lists are compared without regard to ASCII case and without dots.

/// Before a name; more than one may stand there ("Rt Hon Sir").
constexpr auto kHonorifics = std::to_array<std::string_view>({
    "mr",
    "mrs",
    "ms",
    "miss",
    "mx",
    "master",
    "dr",
    "prof",
    "professor",
    "sir",
    "dame",
    "lord",
    "lady",
    "rt",
    "right",
    "hon",
    "honorable",
    "honourable",
    "the",
    "rep",
    "representative",
    "sen",
    "senator",
    "congressman",
    "congresswoman",
    "mep",
    "mp",
    "hr",
    "fru",
    "frk",
    "frøken",
    "herr",
    "frau",
    "mme",
    "mlle",
    "madame",
    "monsieur",
    "sr",
    "sra",
    "señor",
    "señora",
    "sig",
    "signor",
    "signora",
    "cllr",
    "councillor",
    "councilor",
    "rev",
    "reverend",
    "gov",
    "governor",
    "mayor",
    "borgmester",
    "minister",
    "msgr",
    "ing",
    "dipl-ing",
    "mag",
    "mgr",
    "phdr",
    "judr",
    "mudr",
    "dott",
    "avv",
    "excellency",
});
/// These are honorifics only before another one: "The Honorable", but "The Rock".
constexpr auto kOnlyBeforeHonorific =
    std::to_array<std::string_view>({"the", "rt", "right", "master", "mag"});
/// Behind a name: orders, degrees, offices.
constexpr auto kPostNominals = std::to_array<std::string_view>(
    {"mp", "mep", "mdb",   "mdl", "msp",     "obe", "mbe", "cbe", "kbe", "dbe", "gbe", "qc",
     "kc", "phd", "dphil", "esq", "esquire", "mba", "msc", "bsc", "llm", "cpa", "dds", "frs"});
/// Behind a comma alone: elsewhere these are initials or names.
constexpr auto kDegreesBehindComma = std::to_array<std::string_view>(
    {"ma", "ba", "bfa", "mfa", "md", "rn", "mph", "cfa", "ha", "hd", "edb", "hh"});
/// Begin a degree that is written with dots: "cand.mag.", "stud. jur.", "Dipl.-Ing.", "fil.dr".
constexpr auto kDegreeStarts = std::to_array<std::string_view>(
    {"cand.", "stud.", "dipl.", "lic.", "exam.", "fil.", "civ.", "bac."});
/// The same, but with a name behind them they are titles.
constexpr auto kTitleStarts = std::to_array<std::string_view>({"dr.", "mag."});
constexpr std::size_t kAbbreviationBytesMax = 9;
constexpr auto kGenerations = std::to_array<std::string_view>(
    {"jr", "sr", "ii", "iii", "iv", "junior", "senior", "jnr", "snr"});
/// Belong to the family name that follows.
constexpr auto kParticles = std::to_array<std::string_view>({
    "von",    "van",   "der",   "den", "de",    "del", "della", "di",   "da",  "do",  "dos",
    "das",    "du",    "des",   "la",  "le",    "lo",  "zu",    "zum",  "zur", "ter", "ten",
    "te",     "af",    "av",    "el",  "al",    "bin", "ibn",   "bint", "ben", "'t",  "op",
    "dalla",  "dello", "degli", "dei", "delle", "vom", "los",   "las",  "y",   "i",   "e",
    "vander", "ap",    "st",    "san", "in",    "und", "’t",    "d'",   "d’",
});
/// Written with a capital they are particles too, unless they come first.
constexpr auto kCapitalParticles = std::to_array<std::string_view>(
    {"von", "van", "der", "den", "de",     "del", "della", "di",  "da", "du", "la",  "le",
     "ter", "ten", "dos", "das", "vander", "st",  "mc",    "mac", "Ó",  "Ní", "Nic", "Uí"});
/// Join two family names.
constexpr auto kJoiners = std::to_array<std::string_view>({"y", "i", "e", "und"});
/// In lower case when capitals are mended; "La" and "Le" keep theirs.
constexpr auto kLowerParticles = std::to_array<std::string_view>(
    {"von", "van", "der", "den",  "de",  "del", "della", "di",  "da",  "do",
     "dos", "das", "du",  "zu",   "zum", "zur", "ter",   "ten", "te",  "af",
     "av",  "bin", "ibn", "bint", "'t",  "op",  "vom",   "los", "las", "y",
     "’t",  "of",  "and", "og",   "und", "et",  "the",   "in",  "i",   "e"});
/// A name with one of these is a body's, a channel's or a page's: no given and family name.
constexpr auto kBodyWords = std::to_array<std::string_view>({
    "academy",     "agency",   "association", "band",        "blog",       "bureau",
    "capital",     "channel",  "city",        "club",        "committee",  "community",
    "company",     "concert",  "daily",       "design",      "dk",         "fanpage",
    "fans",        "fashion",  "festival",    "films",       "fitness",    "foods",
    "football",    "forening", "foundation",  "fund",        "games",      "gaming",
    "group",       "gruppen",  "health",      "inc",         "institute",  "kanal",
    "kitchen",     "lab",      "labs",        "life",        "lifestyle",  "live",
    "ltd",         "llc",      "magazine",    "magasinet",   "management", "media",
    "ministry",    "movement", "museum",      "music",       "network",    "news",
    "nyheder",     "official", "party",       "photography", "podcast",    "press",
    "productions", "project",  "radio",       "records",     "review",     "reviews",
    "school",      "science",  "shop",        "show",        "sport",      "sports",
    "store",       "studio",   "studios",     "talks",       "team",       "tech",
    "technology",  "theatre",  "times",       "today",       "travel",     "tv",
    "university",  "uk",       "usa",         "vlog",        "vlogs",      "woodwork",
    "works",       "world",    "aps",         "gmbh",        "museet",     "eu",
    "us",
});
/// At the start of a stage name: "The Rock", "DJ Khaled".
constexpr auto kStageWords = std::to_array<std::string_view>({"the", "dj", "mc", "lil", "mister"});
/// Between two people who share a name.
constexpr auto kDuoWords =
    std::to_array<std::string_view>({"&", "og", "and", "und", "et", "+", "x"});
/// What Wikidata and people add in brackets: says what somebody is, not how he is called.
constexpr auto kQualifiers = std::to_array<std::string_view>({
    "politiker",
    "politician",
    "politikerin",
    "politico",
    "politique",
    "skuespiller",
    "actor",
    "actress",
    "musician",
    "musiker",
    "singer",
    "sanger",
    "sangerinde",
    "forfatter",
    "writer",
    "author",
    "journalist",
    "footballer",
    "fodboldspiller",
    "youtuber",
    "influencer",
    "blogger",
    "podcaster",
    "tiktoker",
    "streamer",
    "official",
    "officiel",
    "real",
    "verified",
    "he",
    "she",
    "they",
    "han",
    "hun",
    "de",
    "comedian",
    "komiker",
    "model",
    "artist",
    "kunstner",
    "creator",
    "fan",
    "parody",
    "band",
    "brand",
    "duo",
    "rapper",
    "dj",
    "chef",
    "kok",
    "athlete",
    "atlet",
    "photographer",
    "fotograf",
    "disambiguation",
    "died",
    "død",
    "født",
    "born",
    "f",
    "b",
    "d",
    "ret",
    "retired",
    "tidl",
    "former",
    "private",
    "privat",
    "new",
});
/// Before a name that somebody had at birth.
constexpr auto kMaidenWords = std::to_array<std::string_view>(
    {"née", "nee", "né", "født", "born", "geb", "f", "geborene", "roz", "fka"});
/// Open a title of nobility behind a comma: "Chris Smith, Baron Smith of Finsbury".
constexpr auto kNobleTitles = std::to_array<std::string_view>(
    {"baron", "baroness", "lord", "lady", "earl", "viscount", "viscountess", "duke", "duchess",
     "count", "countess", "marquess"});
/// Acronyms that would pass for a family name in capitals ("BBC Music" aside, which a body word
/// gives away).
constexpr std::string_view kVowels = "AEIOUYaeiouy";

bool is_in(std::span<const std::string_view> list, std::string_view word) {
    return std::any_of(list.begin(), list.end(),
                       [&](std::string_view entry) { return equals_ignoring_case(entry, word); });
}

/// Without the dots and commas that may end it.
std::string_view core_of(std::string_view word) {
    while (!word.empty() && (word.back() == '.' || word.back() == ','))
        word.remove_suffix(1);
    return word;
}

/// "MP", "Ph.D.", "esq": not "Mp" and "Kc", which would be names.
bool is_post_nominal(std::string_view word) {
    const auto core = core_of(word);
    std::string letters;
    std::size_t capitals = 0;
    for (const char c : core) {
        if (c == '.')
            continue;
        letters += c;
        if (c >= 'A' && c <= 'Z')
            ++capitals;
    }
    const bool is_word = letters.size() > 5 || starts_with_ignoring_case(letters, "esq");
    return (is_word || capitals != 1) && is_in(kPostNominals, letters);
}

/// How many words a degree written with dots takes here: 1 for "cand.mag.", 2 for "cand. mag." and
/// "Dr. phil.", 3 for "Dr. rer. nat."; 0 if there is none, as in "Dr. Ida" and "Dr.Ida".
std::size_t degree_words(std::span<const std::string_view> words) {
    const auto starts_first = [&](std::string_view start) {
        return !words.empty() && starts_with_ignoring_case(words.front(), start);
    };
    const bool is_title = std::any_of(kTitleStarts.begin(), kTitleStarts.end(), starts_first);
    if (!is_title && std::none_of(kDegreeStarts.begin(), kDegreeStarts.end(), starts_first)) {
        return 0;
    }
    const auto behind = words.front().substr(words.front().find('.') + 1);
    if (is_title && !behind.empty() && !(behind.front() >= 'a' && behind.front() <= 'z')) {
        return 0;
    }
    const auto is_abbreviation = [&](std::string_view word) {
        const bool is_small = std::all_of(word.begin(), word.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || c == '.' || c == '-';
        });
        return is_small && word.size() <= kAbbreviationBytesMax &&
               (word.back() == '.' || (behind.empty() && !is_title));
    };
    std::size_t count = 1;
    while (count < words.size() && is_abbreviation(words[count])) {
        ++count;
    }
    return behind.empty() && count == 1 ? 0 : count;
}

// ---- Letter case -----------------------------------------------------------------------------

struct Letters {
    std::size_t upper = 0;
    std::size_t lower = 0;
    std::size_t other = 0;  ///< of scripts without case
    [[nodiscard]] std::size_t count() const { return upper + lower + other; }
};

Letters letters_of(std::string_view word) {
    Letters letters;
    for (std::size_t at = 0; at < word.size();) {
        const char c = word[at];
        if (static_cast<unsigned char>(c) < 0x80) {
            ++at;
            if (c >= 'a' && c <= 'z') {
                ++letters.lower;
            } else if (c >= 'A' && c <= 'Z') {
                ++letters.upper;
            }
            continue;
        }
        const auto wide = static_cast<UChar32>(next_character(word, at));
        if (wide == U'ß')
            continue;  // stands in capitals too
        if (u_isUUppercase(wide) || u_istitle(wide)) {
            ++letters.upper;
        } else if (u_isULowercase(wide)) {
            ++letters.lower;
        } else if (u_isalpha(wide)) {
            ++letters.other;
        }
    }
    return letters;
}

char32_t lower_of(char32_t c) {
    return static_cast<char32_t>(u_tolower(static_cast<UChar32>(c)));
}

char32_t title_of(char32_t c) {
    return static_cast<char32_t>(u_totitle(static_cast<UChar32>(c)));
}

bool is_apostrophe(char32_t c) {
    return c == U'\'' || c == U'’' || c == U'`' || c == U'´';
}

bool has_vowel(std::string_view word) {
    return word.find_first_of(kVowels) != std::string_view::npos || !is_ascii(word);
}

/// "HOLM-JENSEN" as "Holm-Jensen", "O'NEILL" as "O'Neill", "ida" as "Ida".
std::string title_cased(std::string_view word) {
    for (const std::string_view prefix : {"Mac", "d'", "d’"}) {
        if (word.starts_with(prefix) && word.size() > prefix.size() + 2) {
            return std::string(prefix) + title_cased(word.substr(prefix.size()));
        }
    }
    std::string out;
    out.reserve(word.size());
    bool is_start = true;
    std::size_t letters_in_part = 0;
    char32_t before = 0;
    for (std::size_t at = 0; at < word.size();) {
        const char32_t c = next_character(word, at);
        const bool is_letter = u_isalpha(static_cast<UChar32>(c));
        if (!is_letter) {
            // Behind an apostrophe a letter is large after one letter only: O'Neill, but Nya'ba.
            is_start =
                is_apostrophe(c) ? letters_in_part <= 1 : !u_isdigit(static_cast<UChar32>(c));
            const auto type = u_charType(static_cast<UChar32>(c));
            if (type == U_NON_SPACING_MARK)
                is_start = false;
            letters_in_part = 0;
            append_character(out, c);
        } else if (is_start) {
            append_character(out, title_of(c));
            is_start = false;
            letters_in_part = 1;
        } else {
            // A sigma at the end of a word has a form of its own.
            const bool is_final_sigma = c == U'Σ' && at >= word.size() && before != 0;
            append_character(out, is_final_sigma ? U'ς' : lower_of(c));
            ++letters_in_part;
        }
        before = c;
    }
    if (out.size() > 4 && out.starts_with("Mc") && is_ascii_letter(out[2])) {
        out[2] = static_cast<char>(out[2] - ('a' - 'A'));
    }
    return out;
}

/// A word of a text that is all capitals or all small letters, as a name is written.
std::string mended(std::string_view word, bool is_first) {
    if (!is_first && is_in(kLowerParticles, word)) {
        return ascii_lower(word);
    }
    const auto core = core_of(word);
    const auto letters = letters_of(word);
    const bool is_capitals = letters.upper > 0 && letters.lower == 0;
    // "II", "JD", "H.C.", "KC": made of initials.
    const bool is_initials =
        is_capitals && (is_in(kGenerations, core) ? core.front() == 'I'
                                                  : !has_vowel(word) && letters.count() <= 3);
    if (is_initials || word.find('.') < word.size() - 1)
        return std::string(word);
    return title_cased(word);
}

// ---- Pieces of a cell --------------------------------------------------------------------------

struct Parts {
    PersonName name;
    std::string fault;
};

void add_alias(PersonName& name, std::string_view alias) {
    alias = trim(alias);
    while (!alias.empty() && (alias.back() == ',' || alias.back() == ';'))
        alias.remove_suffix(1);
    if (alias.empty() || name.aliases.size() >= kAliasesMax)
        return;
    if (letters_of(alias).count() == 0)
        return;
    if (std::find(name.aliases.begin(), name.aliases.end(), alias) == name.aliases.end()) {
        name.aliases.emplace_back(alias);
    }
}

bool is_handle_character(char c) {
    return is_ascii_letter(c) || is_digit(c) || c == '.' || c == '_' || c == '-';
}

/// "idaholm" of "@idaholm", "(@idaholm)"; "" if the word is no handle.
std::string_view handle_of(std::string_view word) {
    while (!word.empty() && (word.front() == '(' || word.front() == '['))
        word.remove_prefix(1);
    while (!word.empty() &&
           (word.back() == ')' || word.back() == ']' || word.back() == ',' || word.back() == '.')) {
        word.remove_suffix(1);
    }
    if (word.size() < 2 || word.front() != '@')
        return {};
    word.remove_prefix(1);
    return std::all_of(word.begin(), word.end(), is_handle_character) ? word : std::string_view();
}

/// Takes "3. ", "12) ", "#4 " off the start.
std::string_view without_rank(std::string_view text) {
    while (true) {
        std::size_t at = text.starts_with('#') ? 1 : 0;
        const auto digits = at;
        while (at < text.size() && is_digit(text[at]) && at - digits < 5)
            ++at;
        const bool is_marked =
            text.starts_with('#') || (at < text.size() && (text[at] == '.' || text[at] == ')'));
        if (at == digits || !is_marked)
            return text;
        while (at < text.size() && (text[at] == '.' || text[at] == ')' || text[at] == ':'))
            ++at;
        if (at >= text.size() || text[at] != ' ')
            return text;
        text = trim(text.substr(at));
    }
}

/// What stands in brackets: a handle, a name at birth, another name, or what somebody is.
void read_bracket(PersonName& name, std::string_view inside) {
    inside = trim(inside);
    if (const auto handle = handle_of(inside); !handle.empty()) {
        if (name.handle.empty())
            name.handle = handle;
        return;
    }
    const auto words = words_of(inside);
    if (words.empty())
        return;
    const auto first = core_of(words.front());
    if (words.size() > 1 && is_in(kMaidenWords, first) && !has_digit(inside)) {
        const auto at = static_cast<std::size_t>(words[1].data() - inside.data());
        return add_alias(name, inside.substr(at));
    }
    const bool is_pronoun = inside.find('/') != std::string_view::npos;
    if (has_digit(inside) || is_pronoun || is_in(kQualifiers, first))
        return;
    const auto letters = letters_of(inside);
    // "(DK)", "(V)" are countries and parties; small letters say what somebody is.
    const bool is_code = letters.lower == 0 && letters.other == 0 && letters.upper <= 3;
    const bool is_name = letters_of(words.front().substr(0, 4)).lower < 4 &&
                         letters_of(inside.substr(0, 1)).lower == 0;
    if (!is_code && is_name)
        add_alias(name, inside);
}

/// Takes brackets out, and says what they held.
std::string without_brackets(PersonName& name, std::string_view text) {
    std::string out;
    while (true) {
        const auto open = text.find_first_of("([{");
        if (open == std::string_view::npos)
            break;
        const char close_mark = text[open] == '(' ? ')' : text[open] == '[' ? ']' : '}';
        const auto close = text.find(close_mark, open);
        if (close == std::string_view::npos)
            break;
        out += text.substr(0, open);
        out += ' ';
        read_bracket(name, text.substr(open + 1, close - open - 1));
        text.remove_prefix(close + 1);
    }
    out += text;
    return out;
}

struct QuotePair {
    std::string_view open;
    std::string_view close;
};
constexpr auto kQuotes = std::to_array<QuotePair>(
    {{"\"", "\""}, {"“", "”"}, {"„", "“"}, {"”", "”"}, {"«", "»"}, {"»", "«"}, {"''", "''"}});

bool is_word_edge(std::string_view text, std::size_t at) {
    return at >= text.size() || text[at] == ' ' || text[at] == ',';
}

/// Where a nickname between single quotes ends: quotes at the edges of words, so no apostrophe.
std::size_t single_quote_end(std::string_view text, std::size_t open, std::string_view close) {
    for (auto at = text.find(close, open + 1); at != std::string_view::npos;
         at = text.find(close, at + 1)) {
        if (is_word_edge(text, at + close.size()) && text[at - 1] != ' ')
            return at;
    }
    return std::string_view::npos;
}

/// Takes a nickname in quotes out of a name: `Eric A. "Rick" Crawford`.
std::string without_quotes(PersonName& name, std::string_view text) {
    std::string out(text);
    const auto take = [&](std::size_t open, std::size_t inside, std::size_t close,
                          std::size_t end) {
        const auto outside = letters_of(out.substr(0, open)).count() +
                             letters_of(std::string_view(out).substr(end)).count();
        const auto inner = out.substr(inside, close - inside);
        if (outside == 0) {
            // The whole name in quotes: only the quotes go.
            out = out.substr(0, open) + inner + out.substr(end);
        } else {
            add_alias(name, inner);
            out = out.substr(0, open) + " " + out.substr(end);
        }
    };
    for (const auto& quote : kQuotes) {
        for (int rounds = 0; rounds < 4; ++rounds) {
            const auto open = out.find(quote.open);
            if (open == std::string::npos)
                break;
            const auto inside = open + quote.open.size();
            const auto close = out.find(quote.close, inside);
            if (close == std::string::npos)
                break;
            take(open, inside, close, close + quote.close.size());
        }
    }
    for (const QuotePair quote : {QuotePair{"'", "'"}, QuotePair{"‘", "’"}}) {
        for (auto open = out.find(quote.open); open != std::string::npos;
             open = out.find(quote.open, open + 1)) {
            if (open > 0 && out[open - 1] != ' ')
                continue;
            const auto close = single_quote_end(out, open, quote.close);
            if (close == std::string_view::npos || close <= open + quote.open.size())
                continue;
            take(open, open + quote.open.size(), close, close + quote.close.size());
            break;
        }
    }
    return out;
}

// ---- Words of a name ---------------------------------------------------------------------------

using Words = std::vector<std::string_view>;

std::string joined(const Words& words, std::size_t from, std::size_t to) {
    std::string out;
    for (std::size_t i = from; i < to; ++i) {
        if (!out.empty())
            out += ' ';
        out += words[i];
    }
    return out;
}

/// Takes honorifics off the start, as long as a name of two words remains: "Dr. Dre" and "Lady
/// Gaga" are called so.
void drop_honorifics(Words& words) {
    if (const auto degree = degree_words(words); degree > 0 && words.size() >= degree + 2) {
        words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(degree));
    }
    std::size_t count = 0;
    // "MAYOR OREJA Jaime" is a family name.
    const auto is_family = [](std::string_view word) {
        const auto letters = letters_of(word);
        return letters.lower == 0 && letters.upper >= 4;
    };
    while (count < words.size() && is_in(kHonorifics, core_of(words[count])) &&
           !is_family(words[count])) {
        ++count;
    }
    while (count > 0 && is_in(kOnlyBeforeHonorific, core_of(words[count - 1])))
        --count;
    if (words.size() >= count + 2) {
        words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(count));
    }
}

void drop_post_nominals(Words& words) {
    while (words.size() > 2 && is_post_nominal(words.back()))
        words.pop_back();
    for (std::size_t i = 2; i < words.size(); ++i) {
        if (i + degree_words(std::span(words).subspan(i)) == words.size()) {
            words.resize(i);
        }
    }
}

/// "Jr.", "III" at the end, as written in a display name; "" if there is none.
std::string take_generation(Words& words) {
    if (words.size() < 2 || !is_in(kGenerations, core_of(words.back())))
        return {};
    const auto core = core_of(words.back());
    // "Hugo Sr" is a man's generation; "Ana Junior" may be a stage name, and is kept so.
    std::string generation = ascii_lower(core);
    if (generation == "junior" || generation == "jnr")
        generation = "jr";
    if (generation == "senior" || generation == "snr")
        generation = "sr";
    words.pop_back();
    if (generation == "jr")
        return "Jr.";
    if (generation == "sr")
        return "Sr.";
    std::transform(generation.begin(), generation.end(), generation.begin(),
                   [](char c) { return static_cast<char>(c - ('a' - 'A')); });
    return generation;
}

bool is_initial(std::string_view word) {
    return letters_of(word).count() == 1;
}

bool is_particle(std::string_view word) {
    return is_in(kParticles, word);
}

/// Capitals of two letters or more that are no initials: "HOLM", "LI", but not "H.C." or "A.".
bool is_capitals(std::string_view word) {
    for (const std::string_view prefix : {"Mc", "Mac", "d'", "d’", "D’", "l'", "O’"}) {
        if (word.starts_with(prefix) && word.size() > prefix.size() + 2) {
            word.remove_prefix(prefix.size());
            break;
        }
    }
    const auto letters = letters_of(word);
    return letters.upper >= 2 && letters.lower == 0 && letters.other == 0 && !has_digit(word) &&
           word.find('.') == std::string_view::npos;
}

bool is_bicameral(std::string_view word) {
    const auto letters = letters_of(word);
    return letters.other == 0 && letters.count() > 0;
}

/// Whether these words can be somebody's given and family names at all.
bool is_personal(const Words& words) {
    if (words.size() < 2 || words.size() > kNameWordsMax)
        return false;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto word = words[i];
        if (!is_bicameral(word) || has_digit(word) || is_in(kBodyWords, core_of(word)) ||
            is_in(kDuoWords, word) ||
            word.find_first_of("&/+|@#!?:_=<>*") != std::string_view::npos) {
            return false;
        }
        const auto letters = letters_of(word);
        // A small letter at the start belongs to particles and sentences: "my name btw".
        std::size_t at = 0;
        const bool starts_small = u_isULowercase(static_cast<UChar32>(next_character(word, at)));
        if (starts_small && letters.upper == 0 && !is_particle(word))
            return false;
    }
    const auto first = core_of(words.front());
    const bool is_stage_name = is_in(kStageWords, first);
    return !is_stage_name && (!is_in(kHonorifics, first) || words.size() > 2);
}

/// Where the family name of "Given … Family" begins, particles included.
std::size_t family_start(const Words& words) {
    std::size_t start = words.size() - 1;
    while (start > 0) {
        const auto before = words[start - 1];
        const bool is_small = letters_of(before).upper == 0;
        const bool belongs =
            is_small ? is_particle(before) : start > 1 && is_in(kCapitalParticles, core_of(before));
        if (!belongs)
            break;
        --start;
        // "Ortega y Gasset": the name before the joiner belongs too.
        if (start > 1 && is_in(kJoiners, words[start]) && is_small)
            --start;
    }
    return start;
}

/// The words in capitals, with their particles, as the European Parliament writes family names.
struct Capitals {
    std::size_t from = 0;
    std::size_t to = 0;
};
std::optional<Capitals> capital_family(const Words& words) {
    std::size_t from = words.size();
    std::size_t to = 0;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (!is_capitals(words[i]))
            continue;
        from = std::min(from, i);
        to = i + 1;
    }
    if (from >= to)
        return std::nullopt;
    // Every word between must be capitals or a particle, and one word at least must not be.
    for (std::size_t i = from; i < to; ++i) {
        if (!is_capitals(words[i]) && !is_particle(words[i]) && !is_initial(words[i])) {
            return std::nullopt;
        }
    }
    // "Ó RÍORDÁIN"
    if (from > 0 && words[from - 1] == "Ó")
        --from;
    while (from > 0 && letters_of(words[from - 1]).upper == 0 && is_particle(words[from - 1])) {
        --from;
    }
    const bool is_first = from == 0;
    const bool is_last = to == words.size();
    if (is_first == is_last)
        return std::nullopt;
    // "JD Vance", "DJ Ida": two letters before a name are initials. "BTS Fan": no vowel, no name.
    const auto first_word = words[from];
    if (is_first && to - from == 1 &&
        (letters_of(first_word).count() < 3 || !has_vowel(first_word))) {
        return std::nullopt;
    }
    if (is_last && to - from == 1 && !has_vowel(words[from]) &&
        letters_of(words[from]).count() != 2)
        return std::nullopt;
    return Capitals{from, to};
}

std::string mended_words(const Words& words, std::size_t from, std::size_t to) {
    std::string out;
    for (std::size_t i = from; i < to; ++i) {
        if (!out.empty())
            out += ' ';
        out += mended(words[i], false);
    }
    return out;
}

void set_display(PersonName& name, std::string_view generation) {
    name.display = name.given.empty()    ? name.family
                   : name.family.empty() ? name.given
                                         : fmt::format("{} {}", name.given, name.family);
    if (!generation.empty())
        name.display = fmt::format("{} {}", name.display, generation);
}

/// \param is_mended  it was all capitals or all small letters, so neither says anything.
/// \param is_small   it was all small letters: of more than three words, likely a sentence.
/// Given names and family name of words whose order the comma or the capitals do not tell.
void read_words(PersonName& name, Words words, bool is_mended, bool is_small) {
    drop_honorifics(words);
    drop_post_nominals(words);
    const auto generation = take_generation(words);
    if (is_personal(words) && !is_mended) {
        if (const auto block = capital_family(words)) {
            const bool is_first = block->from == 0;
            name.family = mended_words(words, block->from, block->to);
            name.given =
                is_first ? joined(words, block->to, words.size()) : joined(words, 0, block->from);
            return set_display(name, generation);
        }
    }
    name.display = joined(words, 0, words.size());
    if (!generation.empty())
        name.display = fmt::format("{} {}", name.display, generation);
    if (!is_personal(words) || (is_mended && is_small && words.size() > 3))
        return;
    const auto start = family_start(words);
    name.given = joined(words, 0, start);
    // Of "Ida H." the family name is not known, and "H." would match too much.
    if (is_initial(words.back()))
        return;
    name.family = joined(words, start, words.size());
}

/// "Holm, Ida": the words before the comma are the family name.
void read_family_first(PersonName& name, Words family, Words given) {
    drop_honorifics(given);
    const auto generation_behind = take_generation(given);
    auto generation = family.size() > 1 ? take_generation(family) : std::string();
    if (generation.empty())
        generation = generation_behind;
    const auto all_capitals = [](const Words& words) {
        return std::all_of(words.begin(), words.end(), [](std::string_view word) {
            const auto letters = letters_of(word);
            return letters.lower == 0 && letters.other == 0;
        });
    };
    const auto all_small = [](const Words& words) {
        return std::all_of(words.begin(), words.end(), [](std::string_view word) {
            const auto letters = letters_of(word);
            return letters.upper == 0 && letters.other == 0;
        });
    };
    const bool mends_given = all_small(given) || (all_capitals(given) && all_capitals(family));
    const bool mends_family = all_capitals(family) || (all_small(family) && all_small(given));
    name.family =
        mends_family ? mended_words(family, 0, family.size()) : joined(family, 0, family.size());
    name.given =
        mends_given ? mended_words(given, 0, given.size()) : joined(given, 0, given.size());
    set_display(name, generation);
}

/// Whether "A, B" is a family name and given names.
bool is_family_first(const Words& family, const Words& given) {
    if (family.empty() || given.empty() || family.size() > 4 || given.size() > 4)
        return false;
    const auto is_name = [](const Words& words) {
        return std::none_of(words.begin(), words.end(), [](std::string_view word) {
            return has_digit(word) || is_in(kDuoWords, word) || is_in(kBodyWords, core_of(word)) ||
                   word.find_first_of("&/+|@#!?:_=<>*") != std::string_view::npos ||
                   letters_of(word).count() == 0;
        });
    };
    const bool has_qualifier = is_in(kQualifiers, core_of(given.front()));
    return is_name(family) && is_name(given) && !has_qualifier;
}

/// Mends a text that is all capitals or all small letters; one word stays: it is a stage name.
std::string mended_case(std::string_view text, bool& is_mended) {
    const auto words = words_of(text);
    const auto letters = letters_of(text);
    const bool is_uniform = letters.other == 0 && (letters.upper == 0 || letters.lower == 0);
    is_mended = words.size() > 1 && is_uniform && letters.count() > 0;
    if (!is_mended)
        return std::string(text);
    std::string out;
    for (const auto word : words) {
        if (!out.empty())
            out += ' ';
        out += mended(word, out.empty());
    }
    return out;
}

/// "Ida Holm, MA" and "Ida Holm, M.A.", but not "Holm, MA" and "VAN DYKE, JD".
bool is_degree_behind_comma(const Words& before, const Words& words) {
    if (before.size() < 2 || words.size() != 1 || is_particle(before.front())) {
        return false;
    }
    std::string letters(words.front());
    std::erase(letters, '.');
    const auto in_name = letters_of(joined(before, 0, before.size()));
    return in_name.lower > 0 && letters_of(letters).lower == 0 &&
           is_in(kDegreesBehindComma, letters);
}

/// What remains when handles, brackets and quotes are out: parts between commas.
void read_parts(PersonName& name, std::string_view text) {
    std::vector<Words> parts;
    for (const auto part : split(text, ',')) {
        auto words = words_of(part);
        if (!words.empty())
            parts.push_back(std::move(words));
    }
    // Behind the first comma may stand degrees, a generation, a title of nobility.
    for (std::size_t i = 1; i < parts.size();) {
        const auto& words = parts[i];
        const bool is_degree = std::all_of(words.begin(), words.end(), is_post_nominal) ||
                               degree_words(words) == words.size() ||
                               is_degree_behind_comma(parts[0], words);
        if (words.size() == 1 && is_in(kGenerations, core_of(words.front()))) {
            auto& target = parts.size() > 2 && i == 1 ? parts[2] : parts[0];
            target.push_back(words.front());
            parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(i));
        } else if (is_degree || (i == 1 && is_in(kQualifiers, core_of(words.front())))) {
            parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(i));
        } else if (words.size() > 1 && is_in(kNobleTitles, words.front()) && parts[0].size() > 1) {
            add_alias(name, joined(words, 0, words.size()));
            parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(i));
        } else {
            ++i;
        }
    }
    if (parts.empty())
        return;
    if (parts.size() == 2 && is_family_first(parts[0], parts[1])) {
        return read_family_first(name, parts[0], parts[1]);
    }
    if (parts.size() > 1) {
        // A list of people or a sentence: nobody's names can be told.
        std::string display;
        for (const auto& words : parts) {
            if (!display.empty())
                display += ", ";
            display += joined(words, 0, words.size());
        }
        name.display = std::move(display);
        return;
    }
    bool is_mended = false;
    const auto words = joined(parts[0], 0, parts[0].size());
    const auto mended_text = mended_case(words, is_mended);
    read_words(name, words_of(mended_text), is_mended, letters_of(words).upper == 0);
}

/// Takes a name at birth off the end: "Ida Holm, født Jensen", "Ida Holm née Jensen".
std::string_view without_maiden_name(PersonName& name, std::string_view text) {
    const auto words = words_of(text);
    for (std::size_t i = 1; i + 1 < words.size(); ++i) {
        if (!is_in(kMaidenWords, core_of(words[i])))
            continue;
        // "f." is Danish for "født", "F." an initial.
        if (core_of(words[i]).size() == 1 && words[i] != "f.")
            continue;
        const auto at = static_cast<std::size_t>(words[i].data() - text.data());
        const auto behind = static_cast<std::size_t>(words[i + 1].data() - text.data());
        if (has_digit(text.substr(behind)) || letters_of(words[i + 1]).upper == 0)
            continue;
        add_alias(name, text.substr(behind));
        text = trim(text.substr(0, at));
        while (text.ends_with(','))
            text.remove_suffix(1);
        return text;
    }
    return text;
}

/// Takes handles and addresses out of the words, and marks that then hang at an end.
std::string without_handles(PersonName& name, std::string_view text) {
    std::string out;
    for (const auto word : words_of(text)) {
        if (word.find('@') != std::string_view::npos) {
            const auto handle = handle_of(word);
            if (!handle.empty() && name.handle.empty())
                name.handle = handle;
            // What is left of "<ida@x.dk>" is an address: nothing of the name.
            if (!handle.empty() || word.find('.') != std::string_view::npos)
                continue;
        }
        if (!out.empty())
            out += ' ';
        out += word;
    }
    return out;
}

std::string_view without_hanging_marks(std::string_view text) {
    constexpr std::string_view kHanging = " -/|:,;*~=<>_\"`";
    while (!text.empty() && kHanging.find(text.back()) != std::string_view::npos) {
        text.remove_suffix(1);
    }
    while (!text.empty() && kHanging.find(text.front()) != std::string_view::npos) {
        text.remove_prefix(1);
    }
    for (const std::string_view mark : {"–", "—", "·", "•", "|", "“", "”", "„"}) {
        if (text.ends_with(mark))
            return without_hanging_marks(text.substr(0, text.size() - mark.size()));
        if (text.starts_with(mark))
            return without_hanging_marks(text.substr(mark.size()));
    }
    return text;
}

/// Cuts "Ida Holm | mad og rejser" at the mark: what follows is what somebody does.
std::string_view without_tagline(std::string_view text) {
    for (const std::string_view mark : {" | ", " • ", " · ", " ✦ ", " // "}) {
        const auto at = text.find(mark);
        if (at != std::string_view::npos && letters_of(text.substr(0, at)).count() > 1) {
            text = text.substr(0, at);
        }
    }
    return text;
}

bool is_link(std::string_view text) {
    return text.find("://") != std::string_view::npos || starts_with_ignoring_case(text, "www.");
}

Result not_a_name(std::string_view why) {
    return Result::not_understood(fmt::format("no name: {}", why));
}

bool is_simple_word(std::string_view word) {
    if (word.size() < 2 || !(word[0] >= 'A' && word[0] <= 'Z'))
        return false;
    bool has_small = false;
    for (std::size_t i = 1; i < word.size(); ++i) {
        const char c = word[i];
        if (c >= 'a' && c <= 'z') {
            has_small = true;
        } else if (!is_ascii_letter(c) && c != '-') {
            return false;
        }
    }
    return has_small;
}

PersonName read_once(std::string_view text) {
    PersonName name;
    std::string repaired;
    if (!is_ascii(text)) {
        repaired = repaired_mojibake(text);
        if (!repaired.empty())
            text = repaired;
    }
    const std::string plain = plain_text(text);
    std::string_view rest = without_rank(plain);
    // Excel's mark for text; "'t Hooft" begins so as well.
    if (rest.starts_with('\'') && rest.find('\'', 1) == std::string_view::npos &&
        !starts_with_ignoring_case(rest, "'t ") && !starts_with_ignoring_case(rest, "'s ")) {
        rest.remove_prefix(1);
    }
    std::string text_kept;
    if (rest.find_first_of("([{") != std::string_view::npos) {
        text_kept = without_brackets(name, rest);
        rest = text_kept;
    }
    std::string unquoted;
    if (rest.find_first_of("\"'") != std::string_view::npos || !is_ascii(rest)) {
        unquoted = without_quotes(name, rest);
        rest = unquoted;
    }
    std::string without_at;
    if (rest.find('@') != std::string_view::npos) {
        without_at = without_handles(name, rest);
        rest = without_at;
    }
    rest = without_tagline(rest);
    rest = without_hanging_marks(rest);
    rest = without_maiden_name(name, rest);
    if (letters_of(rest).count() == 0)
        return name;
    read_parts(name, rest);
    return name;
}

/// The common case without copies: two or three plain words, "Ida Marie Holm".
bool read_simple(std::string_view text, PersonName& name) {
    if (!is_ascii(text) || text.size() > 60)
        return false;
    std::array<std::string_view, 3> words;
    std::size_t count = 0;
    for (std::size_t start = 0; start <= text.size();) {
        const auto end = std::min(text.find(' ', start), text.size());
        if (count == words.size())
            return false;
        words[count++] = text.substr(start, end - start);
        start = end + 1;
    }
    if (count < 2)
        return false;
    for (std::size_t i = 0; i < count; ++i) {
        const auto word = words[i];
        if (!is_simple_word(word) || is_in(kHonorifics, word) || is_in(kPostNominals, word) ||
            is_in(kGenerations, word) || is_in(kParticles, word) || is_in(kBodyWords, word) ||
            is_in(kDuoWords, word) || is_in(kMaidenWords, word) || is_capitals(word) ||
            is_in(i == 0 ? std::span<const std::string_view>(kStageWords)
                         : std::span<const std::string_view>(kCapitalParticles),
                  word)) {
            return false;
        }
    }
    name.display = text;
    name.family = words[count - 1];
    name.given = text.substr(0, text.size() - name.family.size() - 1);
    return true;
}

}  // namespace

Reading<PersonName> read_person_name(std::string_view raw) {
    const auto text = trim(raw);
    if (says_nothing(text))
        return Result::absent();
    if (text.size() > kNameBytesMax)
        return not_a_name("the text is too long for one");
    PersonName name;
    if (read_simple(text, name))
        return Result::of(std::move(name));
    if (!is_utf8(text))
        return not_a_name("not UTF-8 text");
    if (is_destroyed(text))
        return not_a_name("letters were lost before it came here");
    if (is_link(text))
        return not_a_name("it holds a link");
    name = read_once(text);
    // What comes out must be read as itself, or the next night would change it: taking one
    // decoration off can uncover another.
    constexpr int kRoundsMax = 4;
    for (int round = 0; name.display != text && !name.display.empty(); ++round) {
        auto again = read_once(name.display);
        if (again.display == name.display)
            break;
        if (round == kRoundsMax || again.display.empty())
            return not_a_name("only decoration");
        for (const auto& alias : name.aliases)
            add_alias(again, alias);
        if (again.handle.empty())
            again.handle = name.handle;
        name = std::move(again);
    }
    if (name.display.empty() && name.handle.empty())
        return not_a_name("no letters");
    if (says_nothing(name.display) && name.handle.empty())
        return Result::absent();
    if (is_link(name.display) || is_destroyed(name.display))
        return not_a_name("only decoration");
    return Result::of(std::move(name));
}

namespace {

/// The words of a name in capitals or small letters, mended.
std::string mended_part(std::string_view plain, bool opens_with_name) {
    std::string out;
    for (const auto word : words_of(plain)) {
        if (!out.empty())
            out += ' ';
        // "VAN DER BERG" opens with a particle, "E BERG" with an initial.
        const bool is_first = out.empty() && (opens_with_name || letters_of(word).count() == 1);
        out += mended(word, is_first);
    }
    return out;
}

}  // namespace

Reading<std::string> read_name_part(std::string_view raw) {
    using Part = Reading<std::string>;
    const auto text = trim(raw);
    if (says_nothing(text))
        return Part::absent();
    if (text.size() > kNameBytesMax) {
        return Part::not_understood("no name: the text is too long for one");
    }
    if (!is_utf8(text))
        return Part::not_understood("no name: not UTF-8 text");
    if (is_destroyed(text)) {
        return Part::not_understood("no name: letters were lost before it came here");
    }
    const auto repaired = is_ascii(text) ? std::string() : repaired_mojibake(text);
    const auto plain = plain_text(repaired.empty() ? text : std::string_view(repaired));
    // Both are seen here where something that is not printed hid them above.
    if (says_nothing(plain))
        return Part::absent();
    if (is_destroyed(plain)) {
        return Part::not_understood("no name: letters were lost before it came here");
    }
    const auto letters = letters_of(plain);
    if (letters.count() == 0)
        return Part::not_understood("no name: no letters");
    const bool is_uniform = letters.other == 0 && (letters.upper == 0 || letters.lower == 0);
    if (!is_uniform || letters.count() < 2)
        return Part::of(plain);
    auto out = mended_part(plain, letters.upper == 0);
    // All particles: "DO" and "LE" are families too.
    if (letters_of(out).upper == 0)
        out = mended_part(plain, true);
    return Part::of(std::move(out));
}

}  // namespace coterie::normalize
