/// What the normalizers of facts have in common: opening a cell, lexicons, lists in a cell.
#pragma once

#include "base/text.hpp"
#include "pipeline/normalize/reading.hpp"

#include <unicode/utf8.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace coterie::normalize {

/// The character at `at`, which moves behind it; below 0 where the bytes are no UTF-8.
/// \pre at < text.size()
inline UChar32 take_character(std::string_view text, std::size_t& at) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
    auto next = static_cast<std::int64_t>(at);
    UChar32 character = 0;
    U8_NEXT(bytes, next, static_cast<std::int64_t>(text.size()), character);
    at = static_cast<std::size_t>(next);
    return character;
}

/// A raw value, looked at once: trimmed, and what is wrong with it as a whole.
struct Cell {
    enum class State { Usable, Absent, TooLong, NotUtf8 };
    std::string_view text;
    State state = State::Usable;

    /// \param bytes_max  More is no value of this kind.
    static Cell open(std::string_view raw, std::size_t bytes_max);
    [[nodiscard]] bool is_usable() const { return state == State::Usable; }
    /// The reading of a cell that is not usable.
    template <class T>
    [[nodiscard]] Reading<T> refusal() const {
        if (state == State::Absent) {
            return Reading<T>::absent();
        }
        return Reading<T>::not_understood(state == State::TooLong
                                              ? "the text is too long for a value of this kind"
                                              : "the bytes are not UTF-8");
    }
};

struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
        return std::hash<std::string_view>{}(text);
    }
};
/// Words (folded) and what they mean; looked up by string_view without a copy.
template <class T>
using Lexicon = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

/// The folded text as letters and digits with single blanks between ("Follow-up (1)" → "follow up
/// 1"): what a lexicon of phrases is looked up with. Needs well-formed UTF-8.
std::string phrase_key(std::string_view text);

/// A lexicon out of rows of '|'-separated phrases and their meaning, each under its phrase_key.
template <class T, class Rows>
Lexicon<T> phrase_lexicon(const Rows& rows) {
    Lexicon<T> lexicon;
    for (const auto& [phrases, meaning] : rows) {
        for (const auto phrase : split(phrases, '|')) {
            lexicon.emplace(phrase_key(phrase), T(meaning));
        }
    }
    return lexicon;
}

/// Parts of a cell that holds a list: between , ; | / newline and bullets; ',' and '/' part
/// nothing between digits ("24/7", "20,5 %"). Trimmed, empty ones left out.
std::vector<std::string_view> list_parts(std::string_view text);
/// Parts between words and signs that join a list ("og", "and", "und", "&", "+").
std::vector<std::string_view> joined_parts(std::string_view text);

/// NFC, outer blanks and control characters gone, runs of blanks as one. Needs well-formed UTF-8.
std::string clean_line(std::string_view text);
/// NFC only. Needs well-formed UTF-8.
std::string to_nfc(std::string_view text);
/// Lower case by Unicode's rules, of no particular language. Needs well-formed UTF-8.
std::string to_lower(std::string_view text);

}  // namespace coterie::normalize
