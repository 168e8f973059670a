#include "pipeline/normalize/fact_text.hpp"

#include "base/check.hpp"

#include <unicode/bytestream.h>
#include <unicode/casemap.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>

#include <algorithm>
#include <array>

namespace coterie::normalize {
namespace {

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Length of the list separator at `at`, 0 where there is none.
std::size_t separator_at(std::string_view text, std::size_t at) {
    constexpr std::array<std::string_view, 6> kSigns = {"•", "·", "、", "，", "；", "‧"};
    const char c = text[at];
    if (c == ';' || c == '|' || c == '\n' || c == '\r') {
        return 1;
    }
    if (c == '/' || c == ',') {
        const bool is_between_digits =
            at > 0 && at + 1 < text.size() && is_digit(text[at - 1]) && is_digit(text[at + 1]);
        return is_between_digits ? 0 : 1;
    }
    if (static_cast<unsigned char>(c) >= 0x80) {
        for (const auto sign : kSigns) {
            if (text.substr(at).starts_with(sign)) {
                return sign.size();
            }
        }
    }
    return 0;
}

/// Length of the joining word or sign at `at` with its blanks, 0 where there is none.
std::size_t joint_at(std::string_view text, std::size_t at) {
    constexpr std::array<std::string_view, 10> kJoints = {
        " & ", " + ", " og ", " and ", " och ", " und ", " et ", " con ", " y ", " e "};
    if (text[at] != ' ') {
        return 0;
    }
    for (const auto joint : kJoints) {
        if (text.size() - at > joint.size() &&
            ascii_lower(text.substr(at, joint.size())) == joint) {
            return joint.size();
        }
    }
    return 0;
}

template <class LengthAt>
std::vector<std::string_view> parts_between(std::string_view text, LengthAt&& length_at) {
    std::vector<std::string_view> parts;
    std::size_t begin = 0;
    const auto add = [&](std::size_t end) {
        const auto part = trim(text.substr(begin, end - begin));
        if (!part.empty()) {
            parts.push_back(part);
        }
    };
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = length_at(text, at);
        if (length == 0) {
            ++at;
            continue;
        }
        add(at);
        at += length;
        begin = at;
    }
    add(text.size());
    return parts;
}

}  // namespace

Cell Cell::open(std::string_view raw, std::size_t bytes_max) {
    if (raw.size() > 4 * bytes_max) {
        return {raw, State::TooLong};
    }
    if (!is_utf8(raw)) {
        return {raw, State::NotUtf8};
    }
    const auto text = trim(raw);
    if (text.empty()) {
        return {text, State::Absent};
    }
    if (text.size() > bytes_max) {
        return {text, State::TooLong};
    }
    // No number says that there is nothing: spare the lexicon for the most frequent cells.
    if (!is_digit(text.front()) && says_nothing(text)) {
        return {text, State::Absent};
    }
    return {text, State::Usable};
}

std::string phrase_key(std::string_view text) {
    const std::string folded = fold(text);
    std::string key;
    key.reserve(folded.size());
    bool is_blank_pending = false;
    for (std::size_t at = 0; at < folded.size();) {
        const std::size_t begin = at;
        const UChar32 c = take_character(folded, at);
        if (c < 0 || !(u_isalnum(c) || u_charType(c) == U_NON_SPACING_MARK)) {
            is_blank_pending = !key.empty();
            continue;
        }
        if (is_blank_pending) {
            key.push_back(' ');
            is_blank_pending = false;
        }
        key.append(folded, begin, at - begin);
    }
    return key;
}

std::vector<std::string_view> list_parts(std::string_view text) {
    return parts_between(text, separator_at);
}

std::vector<std::string_view> joined_parts(std::string_view text) {
    return parts_between(text, joint_at);
}

std::string to_nfc(std::string_view text) {
    if (is_ascii(text)) {
        return std::string(text);
    }
    UErrorCode status = U_ZERO_ERROR;
    const auto* nfc = icu::Normalizer2::getNFCInstance(status);
    COTERIE_CHECK(U_SUCCESS(status));
    std::string result;
    icu::StringByteSink<std::string> sink(&result);
    nfc->normalizeUTF8(0, icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())),
                       sink, nullptr, status);
    COTERIE_CHECK(U_SUCCESS(status));
    return result;
}

std::string to_lower(std::string_view text) {
    if (is_ascii(text)) {
        return ascii_lower(text);
    }
    UErrorCode status = U_ZERO_ERROR;
    std::string result;
    icu::StringByteSink<std::string> sink(&result);
    icu::CaseMap::utf8ToLower("", 0,
                              icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())),
                              sink, nullptr, status);
    COTERIE_CHECK(U_SUCCESS(status));
    return result;
}

std::string clean_line(std::string_view text) {
    const std::string normal = to_nfc(trim(text));
    std::string line;
    line.reserve(normal.size());
    bool is_blank_pending = false;
    for (std::size_t at = 0; at < normal.size();) {
        const std::size_t begin = at;
        const UChar32 c = take_character(normal, at);
        if (u_isUWhiteSpace(c)) {
            is_blank_pending = !line.empty();
        } else if (u_charType(c) != U_CONTROL_CHAR && c != 0xFEFF && c != 0x200B) {
            if (is_blank_pending) {
                line.push_back(' ');
                is_blank_pending = false;
            }
            line.append(normal, begin, at - begin);
        }
    }
    return line;
}

}  // namespace coterie::normalize
