#include "pipeline/normalize/reading.hpp"

#include "base/text.hpp"
#include "pipeline/normalize/characters.hpp"

#include <algorithm>
#include <array>

namespace coterie::normalize {
namespace {

/// Lower case, in the order of their bytes.
constexpr auto kNothing = std::to_array<std::string_view>({
    "#bezug!",       "#calc!",
    "#div/0!",       "#division/0!",
    "#error!",       "#getting_data",
    "#n/a",          "#n/a!",
    "#name?",        "#navn?",
    "#null!",        "#num!",
    "#ref!",         "#referans!",
    "#reference!",   "#spill!",
    "#valeur!",      "#valor!",
    "#value!",       "#vÆrdi!",
    "#værdi!",       "#wert!",
    "(blank)",       "(empty)",
    "(none)",        "(null)",
    "(tom)",         "<none>",
    "<null>",        "[null]",
    "aucun",         "aucune",
    "brak",          "desconhecido",
    "desconocida",   "desconocido",
    "ej oplyst",     "geen",
    "hidden",        "i/a",
    "i/t",           "ikke angivet",
    "ikke oplyst",   "ikke tilgængelig",
    "inconnu",       "inconnue",
    "ingen",         "ingenting",
    "intet",         "k.a.",
    "keine",         "keine angabe",
    "keiner",        "mangler",
    "missing",       "n.a",
    "n.a.",          "n.d.",
    "n/a",           "n/d",
    "nan%",          "nenhum",
    "nessuna",       "nessuno",
    "nieznany",      "ninguna",
    "ninguno",       "no data",
    "no disponible", "non disponible",
    "none",          "not applicable",
    "not available", "not found",
    "not known",     "nothing",
    "okänd",         "onbekend",
    "sconosciuto",   "sin datos",
    "skjult",        "t.b.d.",
    "tba",           "tbc",
    "tbd",           "tom",
    "tuntematon",    "ukendt",
    "ukjent",        "unbekannt",
    "undefined",     "unknown",
    "uoplyst",       "ved ikke",
});
static_assert(std::is_sorted(kNothing.begin(), kNothing.end()));

/// "nan" and "null" are what programs write, "Nan" and "Null" are names: the case tells.
constexpr auto kNothingAsWritten = std::to_array<std::string_view>(
    {"NA", "na", "NaN", "NAN", "nan", "null", "NULL", "nil", "NIL", "nul", "NUL"});

/// "-", "–", "...", "?", "??", "***", "_": no letter, no digit, and nothing that could be a value.
bool is_filler(std::string_view text) {
    std::size_t questions = 0;
    for (std::size_t at = 0; at < text.size();) {
        const char32_t c = next_character(text, at);
        constexpr std::u32string_view kFiller = U"-–—―−_./\\*~…·|, ()[]'\"=?";
        if (kFiller.find(c) == std::u32string_view::npos)
            return false;
        if (c == U'?')
            ++questions;
    }
    // A long run of question marks is a text whose letters were lost, which is something.
    return questions <= 3;
}

}  // namespace

bool says_nothing(std::string_view text) {
    constexpr std::size_t kBytesMax = 24;
    text = trim(text);
    if (text.empty())
        return true;
    if (text.size() > kBytesMax)
        return false;
    if (is_digit(text.front()))
        return false;
    if (std::find(kNothingAsWritten.begin(), kNothingAsWritten.end(), text) !=
        kNothingAsWritten.end()) {
        return true;
    }
    // Asked of every value of every record, so nothing is allocated.
    std::array<char, kBytesMax> lower{};
    std::transform(text.begin(), text.end(), lower.begin(), lower_case);
    if (std::binary_search(kNothing.begin(), kNothing.end(),
                           std::string_view(lower.data(), text.size()))) {
        return true;
    }
    return is_utf8(text) && is_filler(text);
}

}  // namespace coterie::normalize
