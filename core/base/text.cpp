#include "base/text.hpp"

#include "base/check.hpp"

#include <fmt/format.h>
#include <unicode/normalizer2.h>
#include <unicode/translit.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <numeric>

namespace coterie {

namespace {

constexpr bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

constexpr bool is_ascii_blank(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool is_blank(UChar32 c) {
    return (c >= 0x09 && c <= 0x0d) || c == 0x20 || c == 0x85 || c == 0xa0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200b) || c == 0x2028 || c == 0x2029 || c == 0x202f ||
           c == 0x205f || c == 0x3000 || c == 0xfeff;
}

/// Characters that a comparison ignores: controls, zero-width and bidi marks, emoji and their
/// parts.
bool is_ignored(UChar32 c) {
    const auto category = u_charType(c);
    if (category == U_CONTROL_CHAR || category == U_FORMAT_CHAR || category == U_UNASSIGNED ||
        category == U_PRIVATE_USE_CHAR || category == U_SURROGATE) {
        return true;
    }
    if (c >= 0xfe00 && c <= 0xfe0f) {  // variation selectors
        return true;
    }
    // Digits, '#' and '*' are emoji too by the standard, but not decoration.
    return c >= 0x2190 && u_hasBinaryProperty(c, UCHAR_EMOJI);
}

template <class Visit>
void for_each_code_point(std::string_view text, Visit&& visit) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
    const auto size = static_cast<std::int32_t>(text.size());
    for (std::int32_t at = 0; at < size;) {
        UChar32 c = 0;
        U8_NEXT(bytes, at, size, c);
        visit(c);
    }
}

void append_code_point(std::string& out, UChar32 c) {
    std::array<std::uint8_t, 4> bytes{};
    std::int32_t length = 0;
    U8_APPEND_UNSAFE(bytes.data(), length, c);
    out.append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(length));
}

const icu::Normalizer2& nfkc_casefold() {
    static const icu::Normalizer2* normalizer = [] {
        UErrorCode status = U_ZERO_ERROR;
        const auto* made = icu::Normalizer2::getNFKCCasefoldInstance(status);
        COTERIE_CHECK(U_SUCCESS(status));
        return made;
    }();
    return *normalizer;
}

/// Folded ASCII: lower case, blanks as one, controls gone.
std::string fold_ascii(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    bool blank_pending = false;
    for (const char c : text) {
        if (is_ascii_blank(c)) {
            blank_pending = !out.empty();
        } else if (c >= ' ' && c != 0x7f) {
            if (blank_pending) {
                out.push_back(' ');
                blank_pending = false;
            }
            out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
        }
    }
    return out;
}

/// Letters that decomposition leaves alone, and what people write for them.
std::string_view latin_spelling(UChar32 c) {
    switch (c) {
    case 0xe6:
        return "ae";
    case 0xf8:
        return "oe";
    case 0xe5:
        return "aa";
    case 0xdf:
        return "ss";
    case 0xf0:
        return "d";
    case 0xfe:
        return "th";
    case 0x142:
        return "l";
    case 0x111:
        return "d";
    case 0x131:
        return "i";
    case 0x153:
        return "oe";
    case 0x127:
        return "h";
    default:
        return {};
    }
}

icu::Transliterator& to_latin() {
    // Transliterators are not safe to share between threads.
    thread_local const std::unique_ptr<icu::Transliterator> transliterator = [] {
        UErrorCode status = U_ZERO_ERROR;
        std::unique_ptr<icu::Transliterator> made(icu::Transliterator::createInstance(
            "Any-Latin; Latin-ASCII; Lower", UTRANS_FORWARD, status));
        COTERIE_CHECK(U_SUCCESS(status) && made != nullptr);
        return made;
    }();
    return *transliterator;
}

/// Keeps a-z and 0-9; anything else separates words, apostrophes and dots join them.
std::string letters_and_digits(std::string_view ascii) {
    std::string out;
    out.reserve(ascii.size());
    bool blank_pending = false;
    for (const char c : ascii) {
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
            if (blank_pending && !out.empty()) {
                out.push_back(' ');
            }
            blank_pending = false;
            out.push_back(c);
        } else if (c != '\'' && c != '.' && c != '`') {
            blank_pending = true;
        }
    }
    return out;
}

}  // namespace

bool is_utf8(std::string_view text) {
    if (is_ascii(text)) {
        return true;
    }
    bool is_well_formed = true;
    for_each_code_point(text, [&](UChar32 c) { is_well_formed = is_well_formed && c >= 0; });
    return is_well_formed;
}

std::string_view clip_utf8(std::string_view text, std::size_t bytes_max) {
    if (text.size() <= bytes_max) {
        return text;
    }
    std::size_t end = bytes_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) {
        --end;
    }
    return text.substr(0, end);
}

std::string_view trim(std::string_view text) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
    const auto size = static_cast<std::int32_t>(text.size());
    std::int32_t begin = 0;
    while (begin < size) {
        std::int32_t next = begin;
        UChar32 c = 0;
        U8_NEXT(bytes, next, size, c);
        if (c < 0 || !is_blank(c)) {
            break;
        }
        begin = next;
    }
    std::int32_t end = size;
    while (end > begin) {
        std::int32_t previous = end;
        UChar32 c = 0;
        U8_PREV(bytes, begin, previous, c);
        if (c < 0 || !is_blank(c)) {
            break;
        }
        end = previous;
    }
    return text.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
}

std::string ascii_lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') {
            c = static_cast<char>(c + 32);
        }
    }
    return out;
}

std::string fold(std::string_view text) {
    if (is_ascii(text)) {
        return fold_ascii(text);
    }
    UErrorCode status = U_ZERO_ERROR;
    const icu::UnicodeString folded =
        nfkc_casefold().normalize(icu::UnicodeString::fromUTF8(icu::StringPiece(
                                      text.data(), static_cast<std::int32_t>(text.size()))),
                                  status);
    COTERIE_CHECK(U_SUCCESS(status));
    std::string out;
    bool blank_pending = false;
    for (std::int32_t at = 0; at < folded.length(); at = folded.moveIndex32(at, 1)) {
        const UChar32 c = folded.char32At(at);
        if (is_blank(c)) {
            blank_pending = !out.empty();
        } else if (!is_ignored(c)) {
            if (blank_pending) {
                out.push_back(' ');
                blank_pending = false;
            }
            append_code_point(out, c);
        }
    }
    return out;
}

std::string fold_latin(std::string_view text) {
    const std::string folded = fold(text);
    if (is_ascii(folded)) {
        return letters_and_digits(folded);
    }
    std::string spelled;
    bool is_plain = true;
    for_each_code_point(folded, [&](UChar32 c) {
        const auto spelling = latin_spelling(c);
        if (!spelling.empty()) {
            spelled += spelling;
        } else {
            append_code_point(spelled, c);
            is_plain = is_plain && c < 0x80;
        }
    });
    if (!is_plain) {
        icu::UnicodeString unicode = icu::UnicodeString::fromUTF8(spelled);
        to_latin().transliterate(unicode);
        spelled.clear();
        unicode.toUTF8String(spelled);
        spelled = ascii_lower(spelled);
    }
    return letters_and_digits(spelled);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        const auto end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) {
            return parts;
        }
        text.remove_prefix(end + 1);
    }
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
    // Optimal string alignment, three rows.
    std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), now(b.size() + 1);
    std::iota(last.begin(), last.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        now[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t cost = a[i - 1] == b[j - 1] ? 0 : 1;
            now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + cost});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                now[j] = std::min(now[j], before[j - 2] + 1);
            }
        }
        before.swap(last);
        last.swap(now);
    }
    return last[b.size()];
}

std::optional<std::string> nearest(std::string_view word,
                                   const std::vector<std::string>& candidates) {
    std::optional<std::string> best;
    // A third of the word may be wrong, two letters of a short one.
    std::size_t distance_max = std::max<std::size_t>(2, word.size() / 3);
    if (word.size() <= 2) {
        distance_max = 1;
    }
    const std::string lower = ascii_lower(word);
    for (const std::string& candidate : candidates) {
        const std::size_t distance = edit_distance(lower, ascii_lower(candidate));
        if (distance <= distance_max && distance < std::max(word.size(), candidate.size())) {
            best = candidate;
            if (distance == 0) {
                break;
            }
            distance_max = distance - 1;
        }
    }
    return best;
}

std::string printable(std::string_view text, std::size_t bytes_max) {
    std::string out;
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
    const auto size = static_cast<std::int32_t>(text.size());
    for (std::int32_t at = 0; at < size;) {
        if (out.size() >= bytes_max) {
            out += "…";
            break;
        }
        const std::int32_t begin = at;
        UChar32 c = 0;
        U8_NEXT(bytes, at, size, c);
        const int category = c < 0 ? int{U_CONTROL_CHAR} : int{u_charType(c)};
        if (category == U_CONTROL_CHAR || category == U_FORMAT_CHAR ||
            category == U_LINE_SEPARATOR || category == U_PARAGRAPH_SEPARATOR) {
            for (std::int32_t i = begin; i < at; ++i) {
                fmt::format_to(std::back_inserter(out), "\\x{:02x}", bytes[i]);
            }
        } else {
            out.append(text, static_cast<std::size_t>(begin), static_cast<std::size_t>(at - begin));
        }
    }
    return out;
}

std::string html_escaped(std::string_view text) {
    std::string safe;
    const std::string shown = is_utf8(text) ? std::string(text) : printable(text, text.size() * 4);
    for (const char c : shown) {
        switch (c) {
        case '&':
            safe += "&amp;";
            break;
        case '<':
            safe += "&lt;";
            break;
        case '>':
            safe += "&gt;";
            break;
        case '"':
            safe += "&quot;";
            break;
        default:
            safe.push_back(c);
        }
    }
    return safe;
}

}  // namespace coterie
