#include "property.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace vcard {

using coterie::Error;
using coterie::ErrorKind;
using coterie::Result;

namespace {

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

bool is_name(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_name_character);
}

/// A header cut at its semicolons, quotes respected where they close.
std::vector<std::string_view> header_parts(std::string_view header) {
    std::vector<std::string_view> parts;
    std::size_t start = 0;
    for (std::size_t i = 0; i <= header.size(); ++i) {
        if (i < header.size() && header[i] == '"') {
            const auto close = header.find('"', i + 1);
            i = close == std::string_view::npos ? i : close;
        } else if (i == header.size() || header[i] == ';') {
            parts.push_back(header.substr(start, i - start));
            start = i + 1;
        }
    }
    return parts;
}

std::string parameter_text(std::string_view text, Version version) {
    return version == Version::V21 ? std::string(text) : caret_decoded(text);
}

/// `a,b`, `"a,b"`, `"a",b`: what stands between commas outside of quotes, without the quotes.
std::vector<std::string> parameter_values(std::string_view text, Version version) {
    std::vector<std::string> values(1);
    std::size_t i = 0;
    std::string raw;
    const auto close_value = [&] {
        values.back() = parameter_text(trimmed(raw), version);
        raw.clear();
    };
    while (i < text.size()) {
        if (text[i] == '"') {
            const auto close = text.find('"', i + 1);
            if (close != std::string_view::npos) {
                raw.append(text.substr(i + 1, close - i - 1));
                i = close + 1;
                continue;
            }
        }
        if (text[i] == ',') {
            close_value();
            values.emplace_back();
        } else {
            raw.push_back(text[i]);
        }
        ++i;
    }
    close_value();
    return values;
}

bool is_transfer_encoding(std::string_view word) {
    static constexpr std::array kWords{"QUOTED-PRINTABLE", "BASE64", "B", "8BIT", "7BIT"};
    return std::any_of(kWords.begin(), kWords.end(),
                       [&](const char* known) { return same_ignoring_case(word, known); });
}

}  // namespace

std::string Property::parameter(std::string_view wanted) const {
    for (const Parameter& one : parameters) {
        if (one.name == wanted) {
            return one.values.front();
        }
    }
    return {};
}

bool Property::has(std::string_view wanted) const {
    return std::any_of(parameters.begin(), parameters.end(),
                       [&](const Parameter& one) { return one.name == wanted; });
}

std::size_t header_end(std::string_view line) {
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '"') {
            const auto close = line.find('"', i + 1);
            i = close == std::string_view::npos ? i : close;
        } else if (line[i] == ':') {
            return i;
        }
    }
    return std::string_view::npos;
}

Result<Header> parse_header(std::string_view header, Version version, const std::string& fallback) {
    const std::string text = to_utf8(header, "", fallback);
    const auto parts = header_parts(text);
    std::string_view name = trimmed(parts.front());
    Header out;
    if (const auto dot = name.rfind('.'); dot != std::string_view::npos) {
        out.property.group = name.substr(0, dot);
        name.remove_prefix(dot + 1);
    }
    if (!is_name(name)) {
        return Error{ErrorKind::Data, "is no property"};
    }
    if (parts.size() > kParametersMax + 1) {
        return Error{ErrorKind::Data,
                     "has more than " + std::to_string(kParametersMax) + " parameters"};
    }
    out.property.name = upper(name);
    for (std::size_t i = 1; i < parts.size(); ++i) {
        const std::string_view part = trimmed(parts[i]);
        const auto equals = part.find('=');
        if (part.empty()) {
            continue;
        }
        if (equals == std::string_view::npos) {
            const bool encoding = is_transfer_encoding(part);
            out.property.parameters.push_back(
                {encoding ? "ENCODING" : "TYPE", {parameter_text(part, version)}});
        } else {
            out.property.parameters.push_back({upper(trimmed(part.substr(0, equals))),
                                               parameter_values(part.substr(equals + 1), version)});
        }
    }
    const std::string encoding = upper(out.property.parameter("ENCODING"));
    out.is_quoted_printable = encoding == "QUOTED-PRINTABLE";
    out.is_base64 = encoding == "BASE64" || encoding == "B";
    out.charset = out.property.parameter("CHARSET");
    return out;
}

bool holds_binary(std::string_view name) {
    static constexpr std::array kText{
        "FN",   "N",      "NICKNAME", "ORG",  "TITLE",   "ROLE",  "EMAIL", "TEL",        "ADR",
        "URL",  "NOTE",   "LABEL",    "IMPP", "VERSION", "UID",   "BDAY",  "CATEGORIES", "REV",
        "KIND", "X-NOTE", "MAILER",   "TZ",   "GEO",     "AGENT", "LANG",  "X-ABLABEL"};
    return std::find(kText.begin(), kText.end(), name) == kText.end();
}

}  // namespace vcard
