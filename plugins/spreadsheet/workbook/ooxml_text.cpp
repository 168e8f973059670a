#include "ooxml_text.hpp"

#include <cstdint>
#include <optional>

namespace spreadsheet {

namespace {

constexpr std::size_t kEscapeSize = 7;  // _x000D_

/// The UTF-16 unit that an escape at the front of `text` stands for.
std::optional<char32_t> escape_at(std::string_view text) {
    if (text.size() < kEscapeSize || text[0] != '_' || (text[1] != 'x' && text[1] != 'X') ||
        text[6] != '_') {
        return std::nullopt;
    }
    char32_t unit = 0;
    for (const char c : text.substr(2, 4)) {
        const int digit = c >= '0' && c <= '9'   ? c - '0'
                          : c >= 'A' && c <= 'F' ? c - 'A' + 10
                          : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                                 : -1;
        if (digit < 0) {
            return std::nullopt;
        }
        unit = unit * 16 + static_cast<char32_t>(digit);
    }
    return unit;
}

}  // namespace

void append_utf8(std::string& out, char32_t c) {
    if (c == 0 || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) {
        c = 0xFFFD;
    }
    if (c < 0x80) {
        out += static_cast<char>(c);
    } else if (c < 0x800) {
        out += static_cast<char>(0xC0U | (c >> 6U));
        out += static_cast<char>(0x80U | (c & 0x3FU));
    } else if (c < 0x10000) {
        out += static_cast<char>(0xE0U | (c >> 12U));
        out += static_cast<char>(0x80U | ((c >> 6U) & 0x3FU));
        out += static_cast<char>(0x80U | (c & 0x3FU));
    } else {
        out += static_cast<char>(0xF0U | (c >> 18U));
        out += static_cast<char>(0x80U | ((c >> 12U) & 0x3FU));
        out += static_cast<char>(0x80U | ((c >> 6U) & 0x3FU));
        out += static_cast<char>(0x80U | (c & 0x3FU));
    }
}

void append_unescaped(std::string& out, std::string_view text) {
    while (!text.empty()) {
        const std::size_t at = text.find('_');
        if (at == std::string_view::npos) {
            out += text;
            return;
        }
        out += text.substr(0, at);
        text.remove_prefix(at);
        const auto unit = escape_at(text);
        if (!unit) {
            out += '_';
            text.remove_prefix(1);
            continue;
        }
        text.remove_prefix(kEscapeSize);
        const auto low = *unit >= 0xD800 && *unit < 0xDC00 ? escape_at(text) : std::nullopt;
        if (low && *low >= 0xDC00 && *low < 0xE000) {
            text.remove_prefix(kEscapeSize);
            append_utf8(out, 0x10000 + ((*unit - 0xD800) << 10U) + (*low - 0xDC00));
        } else {
            append_utf8(out, *unit);
        }
    }
}

std::string_view without_blanks(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r\n";
    const std::size_t first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

}  // namespace spreadsheet
