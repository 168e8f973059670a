#include "pipeline/normalize/characters.hpp"

#include "base/text.hpp"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace coterie::normalize {
namespace {

/// Letters that NFKC leaves as they are, though people use them as styled Latin ones.
constexpr struct {
    char32_t styled;
    char plain;
} kSmallCapitals[] = {
    {U'ᴀ', 'A'}, {U'ʙ', 'B'}, {U'ᴄ', 'C'},   {U'ᴅ', 'D'}, {U'ᴇ', 'E'}, {U'ꜰ', 'F'}, {U'ɢ', 'G'},
    {U'ʜ', 'H'}, {U'ɪ', 'I'}, {U'ᴊ', 'J'},   {U'ᴋ', 'K'}, {U'ʟ', 'L'}, {U'ᴍ', 'M'}, {U'ɴ', 'N'},
    {U'ᴏ', 'O'}, {U'ᴘ', 'P'}, {U'ꞯ', 'Q'}, {U'ʀ', 'R'}, {U'ꜱ', 'S'}, {U'ᴛ', 'T'}, {U'ᴜ', 'U'},
    {U'ᴠ', 'V'}, {U'ᴡ', 'W'}, {U'ʏ', 'Y'},   {U'ᴢ', 'Z'},
};

/// Windows-1252's 0x80 to 0x9F; 0 where it has no character.
constexpr std::array<char16_t, 32> kWindows1252 = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

/// Mac Roman's 0x80 to 0xFF.
constexpr std::array<char16_t, 128> kMacRoman = {
    0x00C4, 0x00C5, 0x00C7, 0x00C9, 0x00D1, 0x00D6, 0x00DC, 0x00E1, 0x00E0, 0x00E2, 0x00E4, 0x00E3,
    0x00E5, 0x00E7, 0x00E9, 0x00E8, 0x00EA, 0x00EB, 0x00ED, 0x00EC, 0x00EE, 0x00EF, 0x00F1, 0x00F3,
    0x00F2, 0x00F4, 0x00F6, 0x00F5, 0x00FA, 0x00F9, 0x00FB, 0x00FC, 0x2020, 0x00B0, 0x00A2, 0x00A3,
    0x00A7, 0x2022, 0x00B6, 0x00DF, 0x00AE, 0x00A9, 0x2122, 0x00B4, 0x00A8, 0x2260, 0x00C6, 0x00D8,
    0x221E, 0x00B1, 0x2264, 0x2265, 0x00A5, 0x00B5, 0x2202, 0x2211, 0x220F, 0x03C0, 0x222B, 0x00AA,
    0x00BA, 0x03A9, 0x00E6, 0x00F8, 0x00BF, 0x00A1, 0x00AC, 0x221A, 0x0192, 0x2248, 0x2206, 0x00AB,
    0x00BB, 0x2026, 0x00A0, 0x00C0, 0x00C3, 0x00D5, 0x0152, 0x0153, 0x2013, 0x2014, 0x201C, 0x201D,
    0x2018, 0x2019, 0x00F7, 0x25CA, 0x00FF, 0x0178, 0x2044, 0x20AC, 0x2039, 0x203A, 0xFB01, 0xFB02,
    0x2021, 0x00B7, 0x201A, 0x201E, 0x2030, 0x00C2, 0x00CA, 0x00C1, 0x00CB, 0x00C8, 0x00CD, 0x00CE,
    0x00CF, 0x00CC, 0x00D3, 0x00D4, 0xF8FF, 0x00D2, 0x00DA, 0x00DB, 0x00D9, 0x0131, 0x02C6, 0x02DC,
    0x00AF, 0x02D8, 0x02D9, 0x02DA, 0x00B8, 0x02DD, 0x02DB, 0x02C7};

/// The byte that Windows-1252 has for the character, or -1.
int windows_1252_byte(char32_t character) {
    if (character < 0x80 || (character >= 0xA0 && character <= 0xFF)) {
        return static_cast<int>(character);
    }
    // The C1 controls stand for the bytes that the code page leaves free.
    if (character <= 0x9F)
        return static_cast<int>(character);
    for (std::size_t i = 0; i < kWindows1252.size(); ++i) {
        if (kWindows1252[i] != 0 && kWindows1252[i] == character)
            return static_cast<int>(0x80 + i);
    }
    return -1;
}

bool is_styled_letter(char32_t c) {
    return (c >= 0x1D400 && c <= 0x1D7FF) || (c >= 0xFF01 && c <= 0xFF5E) ||
           (c >= 0x24B6 && c <= 0x24E9);
}

/// Enclosed letters that NFKC does not open: 🄰 🅐 🅰.
char enclosed_letter(char32_t c) {
    if (c >= 0x1F130 && c <= 0x1F149)
        return static_cast<char>('A' + (c - 0x1F130));
    if (c >= 0x1F150 && c <= 0x1F169)
        return static_cast<char>('A' + (c - 0x1F150));
    if (c >= 0x1F170 && c <= 0x1F189)
        return static_cast<char>('A' + (c - 0x1F170));
    return '\0';
}

char small_capital(char32_t c) {
    for (const auto& row : kSmallCapitals) {
        if (row.styled == c)
            return row.plain;
    }
    return '\0';
}

bool is_mark(char32_t c) {
    const auto type = u_charType(static_cast<UChar32>(c));
    return type == U_NON_SPACING_MARK || type == U_COMBINING_SPACING_MARK;
}

bool is_joiner(char32_t c) {
    return c == 0x200C || c == 0x200D;
}

enum class Treatment { Keep, Blank, Remove };

Treatment treatment_of(char32_t c) {
    switch (u_charType(static_cast<UChar32>(c))) {
    case U_CONTROL_CHAR:
    case U_SPACE_SEPARATOR:
    case U_LINE_SEPARATOR:
    case U_PARAGRAPH_SEPARATOR:
        return Treatment::Blank;
    case U_FORMAT_CHAR:
    case U_ENCLOSING_MARK:
    case U_SURROGATE:
    case U_PRIVATE_USE_CHAR:
    case U_UNASSIGNED:
        return Treatment::Remove;
    case U_OTHER_SYMBOL:
        return Treatment::Blank;
    case U_MODIFIER_SYMBOL:
    case U_MATH_SYMBOL:
    case U_CURRENCY_SYMBOL:
        return c < 0x80 ? Treatment::Keep : Treatment::Blank;
    default:
        // Variation selectors are marks, but only tell an emoji from a letter.
        return c >= 0xFE00 && c <= 0xFE0F ? Treatment::Remove : Treatment::Keep;
    }
}

/// Appends, with white space runs as one blank and none at the beginning.
class PlainText {
  public:
    explicit PlainText(std::size_t bytes) { text_.reserve(bytes); }
    void blank() { blank_pending_ = !text_.empty(); }
    void put(char32_t c) {
        if (blank_pending_)
            text_ += ' ';
        blank_pending_ = false;
        append_character(text_, c);
    }
    std::string take() { return std::move(text_); }

  private:
    std::string text_;
    bool blank_pending_ = false;
};

std::string plain_ascii(std::string_view text) {
    PlainText out(text.size());
    for (const char c : text) {
        if (static_cast<unsigned char>(c) <= ' ' || c == '\x7f') {
            out.blank();
        } else {
            out.put(static_cast<unsigned char>(c));
        }
    }
    return out.take();
}

/// Marks beyond these on one letter are decoration ("Z̸̢͝a̷l̵g̶o̸"). Vietnamese needs two, Hebrew three.
constexpr int kMarksMax = 3;

void put_plain(PlainText& out, char32_t c) {
    if (const char small = small_capital(c); small != '\0') {
        out.put(static_cast<unsigned char>(small));
    } else if (const char enclosed = enclosed_letter(c); enclosed != '\0') {
        out.put(static_cast<unsigned char>(enclosed));
    } else {
        switch (treatment_of(c)) {
        case Treatment::Keep:
            out.put(c);
            break;
        case Treatment::Blank:
            out.blank();
            break;
        case Treatment::Remove:
            break;
        }
    }
}

std::string normalized(std::string_view text, bool compatibility) {
    UErrorCode status = U_ZERO_ERROR;
    const auto* form = compatibility ? icu::Normalizer2::getNFKCInstance(status)
                                     : icu::Normalizer2::getNFCInstance(status);
    std::string out;
    if (U_FAILURE(status))
        return std::string(text);
    form->normalize(icu::UnicodeString::fromUTF8(
                        icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size()))),
                    status)
        .toUTF8String(out);
    return U_FAILURE(status) ? std::string(text) : out;
}

/// Styled letters as plain ones, and accents composed.
std::string composed(std::string_view text) {
    std::string unstyled;
    unstyled.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t start = at;
        const char32_t c = next_character(text, at);
        if (is_styled_letter(c)) {
            unstyled += normalized(text.substr(start, at - start), true);
        } else {
            unstyled += text.substr(start, at - start);
        }
    }
    return normalized(unstyled, false);
}

/// Whether characters before and after a joiner belong to a script that is written with joiners.
bool joins(char32_t before, std::string_view text, std::size_t after) {
    if (before < 0x0590 || after >= text.size())
        return false;
    const char32_t next = next_character(text, after);
    return next >= 0x0590 && u_isalpha(static_cast<UChar32>(before)) &&
           u_isalpha(static_cast<UChar32>(next));
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    const char lower = lower_case(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

char32_t next_character(std::string_view text, std::size_t& at) {
    const auto byte = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    const std::uint32_t first = byte(at);
    if (first < 0x80) {
        ++at;
        return first;
    }
    const int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
    std::uint32_t character = first & (0x3FU >> more);
    for (int i = 1; i <= more; ++i)
        character = character << 6 | (byte(at + static_cast<std::size_t>(i)) & 0x3F);
    at = std::min(text.size(), at + static_cast<std::size_t>(more) + 1);
    return character;
}

void append_character(std::string& out, char32_t character) {
    const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
    if (character < 0x80) {
        put(character);
    } else if (character < 0x800) {
        put(0xC0 | character >> 6);
        put(0x80 | (character & 0x3F));
    } else if (character < 0x10000) {
        put(0xE0 | character >> 12);
        put(0x80 | (character >> 6 & 0x3F));
        put(0x80 | (character & 0x3F));
    } else {
        put(0xF0 | character >> 18);
        put(0x80 | (character >> 12 & 0x3F));
        put(0x80 | (character >> 6 & 0x3F));
        put(0x80 | (character & 0x3F));
    }
}

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool has_digit(std::string_view text) {
    return std::any_of(text.begin(), text.end(), is_digit);
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
               return lower_case(x) == lower_case(y);
           });
}

bool starts_with_ignoring_case(std::string_view text, std::string_view start) {
    return text.size() >= start.size() && equals_ignoring_case(text.substr(0, start.size()), start);
}

bool is_letters_digits_or(std::string_view text, std::string_view also) {
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t start = at;
        const char32_t c = next_character(text, at);
        if (c < 0x80) {
            const char ascii = text[start];
            if (!is_ascii_letter(ascii) && !is_digit(ascii) &&
                also.find(ascii) == std::string_view::npos) {
                return false;
            }
        } else if (!u_isalnum(static_cast<UChar32>(c)) && !is_mark(c) &&
                   also.find(text.substr(start, at - start)) == std::string_view::npos) {
            return false;
        }
    }
    return true;
}

std::string plain_text(std::string_view text) {
    if (is_ascii(text))
        return plain_ascii(text);
    const std::string source = composed(text);
    PlainText out(source.size());
    char32_t before = 0;
    int marks = 0;
    for (std::size_t at = 0; at < source.size();) {
        const char32_t c = next_character(source, at);
        marks = is_mark(c) ? marks + 1 : 0;
        if (is_joiner(c)) {
            if (joins(before, source, at))
                out.put(c);
        } else if (marks <= kMarksMax) {
            put_plain(out, c);
        }
        before = c;
    }
    // Taking characters out can bring a letter and an accent together.
    return normalized(out.take(), false);
}

namespace {

/// The byte that Mac Roman has for the character, or -1.
int mac_roman_byte(char32_t character) {
    if (character < 0x80)
        return static_cast<int>(character);
    const auto* const found = std::find(kMacRoman.begin(), kMacRoman.end(), character);
    return found != kMacRoman.end() ? 0x80 + static_cast<int>(found - kMacRoman.begin()) : -1;
}

/// What UTF-8 was before it was read as an encoding of one byte a character; "" where it cannot
/// have been.
template <class ByteOf>
std::string read_back(std::string_view text, ByteOf byte_of) {
    std::string bytes;
    bool has_high = false;
    for (std::size_t at = 0; at < text.size();) {
        const int byte = byte_of(next_character(text, at));
        if (byte < 0)
            return {};
        has_high = has_high || byte >= 0x80;
        bytes += static_cast<char>(byte);
    }
    return has_high && is_utf8(bytes) && bytes.size() < text.size() ? bytes : std::string();
}

/// Whether what is not ASCII are Latin letters and the signs beside them.
bool is_latin(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const char32_t c = next_character(text, at);
        const bool is_sign = (c >= 0x2010 && c <= 0x2044) || c == 0x20AC || c == 0x2122;
        if (c >= 0x80 && !(c >= 0xA0 && c <= 0x17F) && !is_sign)
            return false;
    }
    return true;
}

std::string repaired_once(std::string_view text) {
    std::string windows = read_back(text, windows_1252_byte);
    std::string mac = read_back(text, mac_roman_byte);
    if (windows.empty() || mac.empty())
        return windows.empty() ? mac : windows;
    // "Ã¥" can be "å" or, by Mac Roman, an accent that no letter bears. Two good answers are none.
    const bool is_windows = is_latin(windows);
    if (is_windows == is_latin(mac))
        return {};
    return is_windows ? windows : mac;
}

}  // namespace

std::string repaired_mojibake(std::string_view text) {
    std::string repaired = repaired_once(text);
    if (!repaired.empty()) {
        std::string again = repaired_once(repaired);
        if (!again.empty())
            return again;
    }
    return repaired;
}

bool has_lost_letters(std::string_view text) {
    int lost_run = 0;
    std::size_t questions = 0;
    std::size_t others = 0;
    for (std::size_t at = 0; at < text.size();) {
        const char32_t c = next_character(text, at);
        if (c == 0xFFFD)
            return true;
        lost_run = c == U'ý' ? lost_run + 1 : 0;
        if (lost_run >= 3)
            return true;
        questions += c == U'?' ? 1 : 0;
        others += c != U'?' && c != U' ' ? 1 : 0;
    }
    return questions >= 3 && others == 0;
}

bool is_destroyed(std::string_view text) {
    int lost_run = 0;
    for (std::size_t at = 0; at < text.size();) {
        const char32_t c = next_character(text, at);
        if (c == 0xFFFD || (c >= 0xE000 && c <= 0xF8FF))
            return true;
        lost_run = c == U'?' || c == U'ý' ? lost_run + 1 : 0;
        if (lost_run >= 3)
            return true;
        if (c != U'?' || at >= text.size())
            continue;
        std::size_t after = at;
        const char32_t next = next_character(text, after);
        // "Jos? García" lost a letter; "Who?" asks.
        if (next == U'?' || next == U' ' || u_isalpha(static_cast<UChar32>(next)))
            return true;
    }
    return false;
}

std::string percent_decoded(std::string_view text) {
    if (text.find('%') == std::string_view::npos)
        return std::string(text);
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool has_code = text[i] == '%' && i + 2 < text.size();
        const int high = has_code ? hex_digit(text[i + 1]) : -1;
        const int low = has_code ? hex_digit(text[i + 2]) : -1;
        if (high >= 0 && low >= 0) {
            out += static_cast<char>(high * 16 + low);
            i += 2;
        } else {
            out += text[i];
        }
    }
    const bool has_control = std::any_of(out.begin(), out.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == '\x7f';
    });
    return is_utf8(out) && !has_control ? out : std::string(text);
}

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view kUnreserved = "-._~/@:+!$,";
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        if (is_ascii_letter(c) || is_digit(c) || kUnreserved.find(c) != std::string_view::npos) {
            out += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out += '%';
            out += kHex[byte >> 4];
            out += kHex[byte & 0xF];
        }
    }
    return out;
}

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    for (std::size_t i = 0; i < text.size();) {
        while (i < text.size() && is_ascii_blank(text[i]))
            ++i;
        const std::size_t start = i;
        while (i < text.size() && !is_ascii_blank(text[i]))
            ++i;
        if (i > start)
            words.push_back(text.substr(start, i - start));
    }
    return words;
}

}  // namespace coterie::normalize
