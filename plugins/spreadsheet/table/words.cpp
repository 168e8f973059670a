#include "words.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <span>

namespace spreadsheet {

namespace {

using Words = std::span<const std::string_view>;
using List = std::initializer_list<std::string_view>;

Words words_of(List list) {
    return {list.begin(), list.size()};
}

bool is_one_of(std::string_view text, Words words) {
    return std::find(words.begin(), words.end(), text) != words.end();
}

bool is_one_of(std::string_view text, List list) {
    return is_one_of(text, words_of(list));
}

bool is_end_of_word(std::string_view text, std::size_t at) {
    return at >= text.size() ||
           !(static_cast<unsigned char>(text[at]) >= 0x80 || (text[at] >= 'a' && text[at] <= 'z'));
}

bool opens_with(std::string_view text, std::string_view word) {
    return text.starts_with(word) && is_end_of_word(text, word.size());
}

bool opens_with_one_of(std::string_view text, Words words) {
    return std::any_of(words.begin(), words.end(),
                       [&](std::string_view word) { return opens_with(text, word); });
}

bool opens_with_one_of(std::string_view text, List list) {
    return opens_with_one_of(text, words_of(list));
}

bool ends_with_one_of(std::string_view text, Words words) {
    return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
        return text.size() > word.size() && text.ends_with(word) &&
               text[text.size() - word.size() - 1] == ' ';
    });
}

/// Each word of the text, for "any of its words is …".
template <class Holds>
bool any_word(std::string_view text, Holds holds) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find_first_of(" /-,:()&+"), text.size());
        if (end > 0 && holds(text.substr(0, end))) {
            return true;
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return false;
}

constexpr std::string_view kIdentityWords[] = {
    "name",         "names",        "full name",   "navn",        "namn",         "nom",
    "nombre",       "nome",         "vorname",     "nachname",    "first name",   "last name",
    "fornavn",      "efternavn",    "förnamn",     "efternamn",   "etternavn",    "prénom",
    "apellido",     "apellidos",    "given name",  "family name", "surname",      "handle",
    "username",     "user name",    "user",        "profile",     "profil",       "perfil",
    "influencer",   "influencers",  "creator",     "creators",    "talent",       "artist",
    "channel",      "kanal",        "account",     "konto",       "email",        "e-mail",
    "mail",         "emails",       "phone",       "mobile",      "telefon",      "mobil",
    "tlf",          "tlf.",         "teléfono",    "telefone",    "correo",       "courriel",
    "contact",      "kontakt",      "url",         "link",        "person",       "company",
    "firma",        "nickname",     "alias",       "brugernavn",  "display name", "stage name",
    "kunstnernavn", "organisation", "organization"};

/// Each begins with a letter from a to z.
constexpr std::string_view kTotalLabels[] = {
    "total",        "totals",        "i alt",    "ialt",       "gesamt",     "gesamtsumme",
    "summe",        "sum",           "summa",    "suma",       "somme",      "soma",
    "totalt",       "totalsumme",    "totaler",  "subtotal",   "sub-total",  "sous-total",
    "grand total",  "zwischensumme", "average",  "gennemsnit", "genomsnitt", "gjennomsnitt",
    "durchschnitt", "moyenne",       "promedio", "média",      "median",     "insgesamt",
    "samlet",       "totaux",        "totales",  "totais"};

constexpr std::string_view kPlatforms[] = {
    "instagram", "insta",    "ig",       "tiktok",  "tik tok",  "tt",        "youtube",
    "yt",        "facebook", "fb",       "twitter", "x",        "x/twitter", "linkedin",
    "threads",   "bluesky",  "mastodon", "twitch",  "snapchat", "snap",      "pinterest",
    "telegram",  "substack", "podcast",  "blog",    "website"};

constexpr std::string_view kDimensions[] = {
    "month",    "måned",  "månad", "monat",   "mois",    "mes",      "mês",       "week",
    "uge",      "vecka",  "woche", "date",    "dato",    "datum",    "day",       "dag",
    "year",     "år",     "jahr",  "quarter", "kvartal", "country",  "land",      "pays",
    "país",     "age",    "alder", "gender",  "køn",     "platform", "platforms", "category",
    "kategori", "metric", "kpi",   "type",    "region",  "tier"};

constexpr std::string_view kOtherHeaders[] = {"followers",
                                              "follower",
                                              "follower count",
                                              "følgere",
                                              "følgere (k)",
                                              "subscribers",
                                              "abonnenter",
                                              "abonnenten",
                                              "seguidores",
                                              "abonnés",
                                              "reach",
                                              "views",
                                              "likes",
                                              "er",
                                              "er%",
                                              "er %",
                                              "engagement",
                                              "engagement rate",
                                              "city",
                                              "by",
                                              "town",
                                              "ort",
                                              "stadt",
                                              "ville",
                                              "ciudad",
                                              "cidade",
                                              "state",
                                              "address",
                                              "adresse",
                                              "zip",
                                              "postnr",
                                              "postnr.",
                                              "language",
                                              "languages",
                                              "sprog",
                                              "språk",
                                              "sprache",
                                              "topic",
                                              "topics",
                                              "emne",
                                              "emner",
                                              "niche",
                                              "tags",
                                              "status",
                                              "stage",
                                              "notes",
                                              "note",
                                              "noter",
                                              "comments",
                                              "comment",
                                              "kommentar",
                                              "bemærkninger",
                                              "bemærkning",
                                              "notiz",
                                              "notizen",
                                              "notas",
                                              "price",
                                              "pris",
                                              "rate",
                                              "fee",
                                              "honorar",
                                              "budget",
                                              "agency",
                                              "bureau",
                                              "agent",
                                              "manager",
                                              "owner",
                                              "ansvarlig",
                                              "responsible",
                                              "id",
                                              "nr",
                                              "nr.",
                                              "no",
                                              "no.",
                                              "#",
                                              "title",
                                              "titel",
                                              "job title",
                                              "stilling",
                                              "occupation",
                                              "birthday",
                                              "age",
                                              "contacted",
                                              "kontaktet",
                                              "last contact",
                                              "first contact",
                                              "source",
                                              "kilde",
                                              "campaign",
                                              "kampagne",
                                              "deliverable",
                                              "deliverables",
                                              "posts",
                                              "opslag",
                                              "group",
                                              "gruppe",
                                              "total",
                                              "count",
                                              "antal",
                                              "bio",
                                              "description",
                                              "beskrivelse"};

}  // namespace

std::string folded(std::string_view text) {
    std::string out;
    bool blank = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool no_break_space = c == '\xC2' && i + 1 < text.size() && text[i + 1] == '\xA0';
        if (c == ' ' || c == '_' || (c >= '\t' && c <= '\r') || no_break_space) {
            blank = !out.empty();
            i += no_break_space ? 1 : 0;
            continue;
        }
        if (blank) {
            out.push_back(' ');
            blank = false;
        }
        const bool after_c3 = i > 0 && text[i - 1] == '\xC3';
        const auto byte = static_cast<unsigned char>(c);
        const bool capital =
            (c >= 'A' && c <= 'Z') || (after_c3 && byte >= 0x80 && byte <= 0x9E && byte != 0x97);
        out.push_back(capital ? static_cast<char>(byte + 0x20) : c);
    }
    return out;
}

bool is_total_label(std::string_view text) {
    return opens_with_one_of(text, kTotalLabels);
}

bool may_be_total_label(std::string_view text) {
    static const auto kFirstLetters = [] {
        std::array<bool, 256> letters{};
        for (const std::string_view label : kTotalLabels) {
            letters[static_cast<unsigned char>(label.front())] = true;
            letters[static_cast<unsigned char>(label.front() - 'a' + 'A')] = true;
        }
        for (const char blank : {' ', '_', '\t', '\n', '\v', '\f', '\r', '\xC2'}) {
            letters[static_cast<unsigned char>(blank)] = true;  // folding takes it off
        }
        return letters;
    }();
    return !text.empty() && kFirstLetters[static_cast<unsigned char>(text.front())];
}

bool is_identity_word(std::string_view text) {
    return is_one_of(text, kIdentityWords) || ends_with_one_of(text, kIdentityWords) ||
           opens_with_one_of(text, {"name", "navn", "e-mail", "email", "handle", "username"});
}

bool is_dimension_word(std::string_view text) {
    return is_one_of(text, kDimensions);
}

bool is_platform_word(std::string_view text) {
    return is_one_of(text, kPlatforms);
}

bool is_header_word(std::string_view text) {
    while (!text.empty() && (text.back() == ':' || text.back() == '*' || text.back() == ' ')) {
        text.remove_suffix(1);
    }
    return is_identity_word(text) || is_one_of(text, kPlatforms) || is_one_of(text, kDimensions) ||
           is_one_of(text, kOtherHeaders) || ends_with_one_of(text, kOtherHeaders) ||
           (opens_with_one_of(text, kOtherHeaders) && text.find('(') != std::string_view::npos);
}

bool is_dimension_value(std::string_view text) {
    static constexpr std::string_view kMonths[] = {
        "jan",     "feb",       "mar",      "apr",       "may",      "maj",      "mai",
        "jun",     "jul",       "aug",      "sep",       "sept",     "oct",      "okt",
        "nov",     "dec",       "dez",      "januar",    "februar",  "marts",    "april",
        "juni",    "juli",      "august",   "september", "oktober",  "november", "december",
        "january", "february",  "march",    "june",      "july",     "october",  "monday",
        "tuesday", "wednesday", "thursday", "friday",    "saturday", "sunday",   "mandag",
        "tirsdag", "onsdag",    "torsdag",  "fredag",    "lørdag",   "søndag",   "mon",
        "tue",     "wed",       "thu",      "fri",       "sat",      "sun",      "q1",
        "q2",      "q3",        "q4",       "male",      "female",   "mænd",     "kvinder",
        "men",     "women",     "other",    "nano",      "micro",    "mid",      "macro",
        "mega"};
    const auto is_part = [](std::string_view word) {
        return is_one_of(word, kMonths) ||
               word.find_first_not_of("0123456789.'+–") == std::string_view::npos;
    };
    return is_platform_word(text) ||
           (any_word(text, is_part) && !any_word(text, [&](std::string_view word) {
                return !is_part(word) && !is_one_of(word, {"week", "uge", "woche", "vecka"});
            }));
}

bool has_section_word(std::string_view text) {
    return is_platform_word(text) || any_word(text, [](std::string_view word) {
               return is_platform_word(word) ||
                      is_one_of(word, {"micro",        "macro",    "nano",       "mega",
                                       "mid-tier",     "tier",     "influencer", "influencers",
                                       "influencere",  "creators", "creator",    "talents",
                                       "talenter",     "bloggers", "bloggere",   "youtubers",
                                       "podcasters",   "group",    "gruppe",     "team",
                                       "category",     "kategori", "region",     "ambassadors",
                                       "ambassadører", "models",   "artists",    "athletes",
                                       "beauty",       "fashion",  "food",       "travel",
                                       "lifestyle",    "gaming",   "fitness"});
           });
}

bool is_comment(std::string_view text) {
    return text.starts_with("*") || text.starts_with("†") || text.starts_with("# ");
}

bool is_note_opening(std::string_view text) {
    return is_comment(text) ||
           opens_with_one_of(text,
                             {"note",         "notes",     "nb",        "n.b.",   "obs",
                              "kilde",        "source",    "sources",   "quelle", "updated",
                              "last updated", "opdateret", "stand",     "bemærk", "exported",
                              "generated",    "created",   "copyright", "©",      "confidential",
                              "fortroligt",   "ps",        "see",       "se",     "remember",
                              "husk",         "data"});
}

}  // namespace spreadsheet
