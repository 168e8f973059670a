#include "text.hpp"

#include "coterie/files.hpp"

#include <unicode/ucnv.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <memory>

namespace vcard {
namespace {

struct CloseConverter {
    void operator()(UConverter* converter) const { ucnv_close(converter); }
};
using Converter = std::unique_ptr<UConverter, CloseConverter>;

Converter open_converter(const std::string& name) {
    UErrorCode status = U_ZERO_ERROR;
    Converter converter(ucnv_open(name.c_str(), &status));
    return U_SUCCESS(status) ? std::move(converter) : nullptr;
}

bool is_utf8_name(std::string_view name) {
    return same_ignoring_case(name, "utf-8") || same_ignoring_case(name, "utf8");
}

/// \return Nothing where `strict` and the bytes are not of that encoding.
std::optional<std::string> decoded(std::string_view bytes, const std::string& encoding,
                                   bool strict) {
    const Converter converter = open_converter(encoding);
    if (converter == nullptr) {
        return std::nullopt;
    }
    UErrorCode status = U_ZERO_ERROR;
    if (strict) {
        ucnv_setToUCallBack(converter.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr,
                            &status);
    }
    const icu::UnicodeString text(bytes.data(), static_cast<std::int32_t>(bytes.size()),
                                  converter.get(), status);
    if (U_FAILURE(status)) {
        return std::nullopt;
    }
    std::string out;
    text.toUTF8String(out);
    return out;
}

/// UTF-8 with damaged places as U+FFFD; nothing where more bytes are wrong than characters of
/// several bytes are right, so that one damaged byte does not turn a whole text to mojibake.
std::optional<std::string> mostly_utf8(std::string_view bytes) {
    std::string out;
    std::size_t right = 0;
    std::size_t wrong = 0;
    const char* const end = bytes.data() + bytes.size();
    for (const char* at = bytes.data(); at != end;) {
        const std::size_t length = coterie::files::utf8_sequence(at, end);
        right += length > 1 ? 1 : 0;
        wrong += length == 0 ? 1 : 0;
        if (length == 0) {
            out.append("\xEF\xBF\xBD");
            ++at;
        } else {
            out.append(at, length);
            at += length;
        }
    }
    return wrong > 0 && right <= wrong ? std::nullopt : std::optional(std::move(out));
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char low = static_cast<char>(c | 0x20);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

int base64_value(char c) {
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

}  // namespace

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    }
    return out;
}

std::string upper(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    }
    return out;
}

bool same_ignoring_case(std::string_view a, std::string_view b) {
    const auto low = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](char x, char y) { return low(x) == low(y); });
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<std::string> from_quoted_printable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '=') {
            out.push_back(text[i]);
            continue;
        }
        if (i + 1 == text.size()) {
            break;
        }
        const int high = hex_digit(text[i + 1]);
        const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
        if (high < 0 || low < 0) {
            return std::nullopt;
        }
        const char byte = static_cast<char>(high * 16 + low);
        i += 2;
        if (byte == '\n' && out.ends_with('\r')) {
            out.back() = '\n';
        } else {
            out.push_back(byte);
        }
    }
    return out;
}

bool is_base64_digit(char c) {
    return base64_value(c) >= 0;
}

std::optional<std::string> from_base64(std::string_view text) {
    std::string out;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : text) {
        if (c == '=' || c == ' ' || c == '\t' || c == '\r') {
            continue;
        }
        const int value = base64_value(c);
        if (value < 0) {
            return std::nullopt;
        }
        bits = (bits << 6U) | static_cast<std::uint32_t>(value);
        count += 6;
        if (count >= 8) {
            count -= 8;
            out.push_back(static_cast<char>((bits >> static_cast<unsigned>(count)) & 0xFFU));
        }
    }
    return out;
}

bool is_encoding(const std::string& name) {
    return open_converter(name) != nullptr;
}

std::string to_utf8(std::string_view bytes, const std::string& charset,
                    const std::string& fallback) {
    if (!charset.empty() && !is_utf8_name(charset)) {
        if (auto text = decoded(bytes, charset, true)) {
            return *std::move(text);
        }
    }
    if (auto text = mostly_utf8(bytes)) {
        return *std::move(text);
    }
    return decoded(bytes, fallback, false).value_or(coterie::files::printable(bytes));
}

std::string unescaped(std::string_view text, Version version) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char next = text[i] == '\\' && i + 1 < text.size() ? text[i + 1] : '\0';
        const bool newer = version != Version::V21;
        if (next == ';' || next == ',' || next == ':' || (newer && (next == '\\' || next == '"'))) {
            out.push_back(next);
            ++i;
        } else if (newer && (next == 'n' || next == 'N')) {
            out.push_back('\n');
            ++i;
        } else {
            out.push_back(text[i]);
        }
    }
    return out;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    std::size_t start = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\') {
            ++i;
        } else if (text[i] == separator) {
            parts.push_back(text.substr(start, i - start));
            start = i + 1;
        }
    }
    parts.push_back(text.substr(start));
    return parts;
}

std::string caret_decoded(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char next = text[i] == '^' && i + 1 < text.size() ? text[i + 1] : '\0';
        if (next == 'n' || next == '^' || next == '\'') {
            out.push_back(next == 'n' ? '\n' : next == '^' ? '^' : '"');
            ++i;
        } else {
            out.push_back(text[i]);
        }
    }
    return out;
}

}  // namespace vcard
