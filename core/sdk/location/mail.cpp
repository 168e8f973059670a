#include "sdk/location/mail.hpp"

#include "coterie/files.hpp"

#include <iconv.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

namespace coterie::location {

namespace {

constexpr unsigned kDepthMax = 8;
constexpr std::size_t kPartsMax = 1000;
constexpr std::size_t kHeaderBytesMax = std::size_t{1} << 20;
constexpr std::size_t kTextBytesMax = 4096;  ///< of a name or subject

std::string lower(std::string_view text) {
    std::string lowered(text);
    std::transform(lowered.begin(), lowered.end(), lowered.begin(), [](unsigned char c) {
        return static_cast<char>(c < 0x80 ? std::tolower(c) : c);
    });
    return lowered;
}

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

int hex_digit(char c) {
    const char l = lower(std::string_view(&c, 1)).front();
    return l >= '0' && l <= '9' ? l - '0' : l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

/// As UTF-8; what cannot be read is shown byte by byte.
std::string from_charset(const std::string& charset, std::string_view text) {
    const ::iconv_t converter = ::iconv_open("UTF-8", charset.c_str());
    if (lower(charset) == "utf-8" || converter == reinterpret_cast<::iconv_t>(-1)) {
        if (converter != reinterpret_cast<::iconv_t>(-1)) {
            ::iconv_close(converter);
        }
        return files::printable(text);
    }
    std::string in(text);
    std::string out(in.size() * 4 + 16, '\0');
    char* from = in.data();
    std::size_t from_left = in.size();
    char* to = out.data();
    std::size_t to_left = out.size();
    const bool good =
        ::iconv(converter, &from, &from_left, &to, &to_left) != static_cast<std::size_t>(-1);
    ::iconv_close(converter);
    out.resize(out.size() - to_left);
    return good ? out : files::printable(text);
}

std::string from_base64(std::string_view text) {
    std::string out;
    out.reserve(text.size() * 3 / 4);
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const char c : text) {
        std::uint32_t value = 0;
        if (c >= 'A' && c <= 'Z') {
            value = static_cast<std::uint32_t>(c - 'A');
        } else if (c >= 'a' && c <= 'z') {
            value = static_cast<std::uint32_t>(c - 'a') + 26;
        } else if (c >= '0' && c <= '9') {
            value = static_cast<std::uint32_t>(c - '0') + 52;
        } else if (c == '+' || c == '/') {
            value = c == '+' ? 62 : 63;
        } else if (c == '=') {
            break;
        } else {
            continue;
        }
        bits = (bits << 6U) | value;
        held += 6;
        if (held >= 8) {
            held -= 8;
            out += static_cast<char>((bits >> held) & 0xffU);
        }
    }
    return out;
}

/// \param in_word  Of RFC 2047, where _ is a blank.
std::string from_quoted_printable(std::string_view text, bool in_word) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '_' && in_word) {
            out += ' ';
        } else if (text[i] != '=') {
            out += text[i];
        } else if (i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
                   hex_digit(text[i + 2]) >= 0) {
            out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
            i += 2;
        } else {  // a line end that is none, with blanks before it or not
            const auto end = text.find_first_not_of(" \t", i + 1);
            if (end != std::string_view::npos && text[end] == '\n') {
                i = end;
            } else if (end != std::string_view::npos && text[end] == '\r' &&
                       end + 1 < text.size() && text[end + 1] == '\n') {
                i = end + 1;
            } else if (end != std::string_view::npos) {
                out += '=';
            }
        }
    }
    return out;
}

/// One "=?charset?encoding?text?=", of RFC 2047.
struct Word {
    std::string text;
    std::size_t bytes = 0;
};
std::optional<Word> word_at(std::string_view text) {
    if (!text.starts_with("=?")) {
        return std::nullopt;
    }
    const auto charset_end = text.find('?', 2);
    if (charset_end == std::string_view::npos || charset_end + 2 >= text.size() ||
        text[charset_end + 2] != '?') {
        return std::nullopt;
    }
    const auto end = text.find("?=", charset_end + 3);
    if (end == std::string_view::npos) {
        return std::nullopt;
    }
    std::string charset(text.substr(2, charset_end - 2));
    charset = charset.substr(0, charset.find('*'));  // a language (RFC 2231)
    const std::string_view body = text.substr(charset_end + 3, end - charset_end - 3);
    const bool is_base64 = text[charset_end + 1] == 'B' || text[charset_end + 1] == 'b';
    const std::string bytes = is_base64 ? from_base64(body) : from_quoted_printable(body, true);
    return Word{from_charset(charset, bytes), end + 2};
}

std::string decode_words(std::string_view text) {
    std::string out;
    bool behind_word = false;
    for (std::size_t i = 0; i < text.size();) {
        const auto next = text.find_first_not_of(" \t\r\n", i);
        const std::size_t at = next == std::string_view::npos ? text.size() : next;
        // Blanks between two encoded words belong to neither.
        if (const auto word = word_at(text.substr(at))) {
            out.append(behind_word ? std::string_view() : text.substr(i, at - i));
            out += word->text;
            i = at + word->bytes;
            behind_word = true;
        } else {
            const std::size_t end = std::max(at, i) + 1;
            out += text.substr(i, std::min(end, text.size()) - i);
            i = end;
            behind_word = false;
        }
    }
    return files::printable(std::string_view(out).substr(0, kTextBytesMax));
}

/// A header's value and its parameters, by lower-case name.
struct Value {
    std::string value;
    std::map<std::string, std::string> parameters;
};

/// "a.csv" or a"b\"c.
std::string unquote(std::string_view text) {
    text = trim(text);
    if (text.size() < 2 || text.front() != '"') {
        return std::string(text);
    }
    std::string out;
    for (std::size_t i = 1; i < text.size() && text[i] != '"'; ++i) {
        i += text[i] == '\\' && i + 1 < text.size() ? 1 : 0;
        out += text[i];
    }
    return out;
}

std::vector<std::string_view> split_outside_quotes(std::string_view text) {
    std::vector<std::string_view> parts;
    bool quoted = false;
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= text.size(); ++i) {
        if (i == text.size() || (text[i] == ';' && !quoted)) {
            parts.push_back(text.substr(begin, i - begin));
            begin = i + 1;
        } else if (text[i] == '\\' && quoted) {
            ++i;
        } else if (text[i] == '"') {
            quoted = !quoted;
        }
    }
    return parts;
}

std::string percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
            hex_digit(text[i + 2]) >= 0) {
            out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

/// Joins the sections of RFC 2231: name*0*, name*1, …, and name*.
std::string extended_parameter(const std::map<std::string, std::string>& parameters,
                               const std::string& name) {
    std::string bytes;
    std::string charset = "utf-8";
    const auto take = [&](const std::string& text, bool encoded, bool first) {
        std::string_view rest = text;
        if (encoded && first) {
            const auto language = rest.find('\'');
            const auto begin =
                language == std::string_view::npos ? language : rest.find('\'', language + 1);
            if (begin != std::string_view::npos) {
                charset = std::string(rest.substr(0, language));
                rest.remove_prefix(begin + 1);
            }
        }
        bytes += encoded ? percent_decoded(rest) : std::string(rest);
    };
    if (const auto whole = parameters.find(name + "*"); whole != parameters.end()) {
        take(whole->second, true, true);
        return from_charset(charset, bytes);
    }
    for (std::size_t section = 0; section < kPartsMax; ++section) {
        const std::string key = name + "*" + std::to_string(section);
        const auto encoded = parameters.find(key + "*");
        const auto plain = parameters.find(key);
        if (encoded == parameters.end() && plain == parameters.end()) {
            break;
        }
        take(encoded != parameters.end() ? encoded->second : plain->second,
             encoded != parameters.end(), section == 0);
    }
    return bytes.empty() ? bytes : from_charset(charset, bytes);
}

Value parse_value(std::string_view text) {
    Value value;
    const auto parts = split_outside_quotes(text);
    value.value = lower(trim(parts.front()));
    for (std::size_t i = 1; i < parts.size() && i < kPartsMax; ++i) {
        const auto equals = parts[i].find('=');
        if (equals != std::string_view::npos) {
            value.parameters.emplace(lower(trim(parts[i].substr(0, equals))),
                                     unquote(parts[i].substr(equals + 1)));
        }
    }
    return value;
}

std::string file_name(const Value& value, const std::string& parameter) {
    std::string name = extended_parameter(value.parameters, parameter);
    if (name.empty()) {
        const auto plain = value.parameters.find(parameter);
        name = plain == value.parameters.end() ? "" : decode_words(plain->second);
    }
    name = name.substr(std::min(name.find_last_of("/\\") + 1, name.size()));
    name.erase(std::remove_if(name.begin(), name.end(),
                              [](unsigned char c) { return c < 0x20 || c == 0x7f; }),
               name.end());
    return name.substr(0, kTextBytesMax);
}

/// Headers and what is behind them.
struct Part {
    std::map<std::string, std::string>
        headers;  ///< unfolded, by lower-case name; the first of each
    std::string_view body;

    [[nodiscard]] std::string_view header(const std::string& name) const {
        const auto found = headers.find(name);
        return found == headers.end() ? std::string_view() : std::string_view(found->second);
    }
};

Part split_part(std::string_view raw) {
    Part part;
    std::string name;
    std::size_t at = 0;
    std::size_t header_bytes = 0;
    while (at < raw.size()) {
        const auto end = std::min(raw.find('\n', at), raw.size());
        std::string_view line = raw.substr(at, end - at);
        at = std::min(end + 1, raw.size());
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        if (line.empty()) {
            break;
        }
        header_bytes += line.size();
        if (header_bytes > kHeaderBytesMax) {
            continue;
        }
        const auto colon = line.find(':');
        if ((line.front() == ' ' || line.front() == '\t') && !name.empty()) {
            part.headers[name].append(" ").append(trim(line));
        } else if (colon != std::string_view::npos) {
            name = lower(trim(line.substr(0, colon)));
            if (!part.headers.emplace(name, trim(line.substr(colon + 1))).second) {
                name.clear();  // its further lines are not the first one's
            }
        }
    }
    part.body = raw.substr(at);
    return part;
}

class Parser {
  public:
    explicit Parser(std::vector<Attachment>& attachments) : attachments_(attachments) {}

    void take(std::string_view raw, unsigned depth) {
        if (depth > kDepthMax || ++parts_ > kPartsMax) {
            return;
        }
        const Part part = split_part(raw);
        const Value type = parse_value(part.header("content-type"));
        if (const auto boundary = type.parameters.find("boundary");
            type.value.starts_with("multipart/") && boundary != type.parameters.end()) {
            take_parts(part.body, "--" + boundary->second, depth);
            return;
        }
        const Value disposition = parse_value(part.header("content-disposition"));
        std::string name = file_name(disposition, "filename");
        name = name.empty() ? file_name(type, "name") : name;
        if (!name.empty()) {
            attachments_.push_back({std::move(name), content_of(part)});
        } else if (type.value == "message/rfc822") {
            take(content_of(part), depth + 1);
        }
    }

  private:
    void take_parts(std::string_view body, const std::string& boundary, unsigned depth) {
        std::optional<std::size_t> begin;
        std::size_t at = 0;
        while (at < body.size() && parts_ <= kPartsMax) {
            const auto end = std::min(body.find('\n', at), body.size());
            const std::string_view line = trim(body.substr(at, end - at));
            const bool closes = line == boundary + "--";
            if (closes || line == boundary) {
                if (begin) {
                    take(without_line_end(body.substr(*begin, at - *begin)), depth + 1);
                }
                begin = std::min(end + 1, body.size());
                if (closes) {
                    return;
                }
            }
            at = end + 1;
        }
        if (begin && parts_ <= kPartsMax) {  // cut off
            take(body.substr(*begin), depth + 1);
        }
    }

    /// The line end before a boundary is the boundary's.
    static std::string_view without_line_end(std::string_view text) {
        if (text.ends_with('\n')) {
            text.remove_suffix(1);
        }
        if (text.ends_with('\r')) {
            text.remove_suffix(1);
        }
        return text;
    }

    static std::string content_of(const Part& part) {
        const std::string encoding = lower(trim(part.header("content-transfer-encoding")));
        if (encoding == "base64") {
            return from_base64(part.body);
        }
        return encoding == "quoted-printable" ? from_quoted_printable(part.body, false)
                                              : std::string(part.body);
    }

    std::vector<Attachment>& attachments_;
    std::size_t parts_ = 0;
};

/// "Agency <mail@agency.example>" or the bare address.
std::string address_of(std::string_view from) {
    const auto open = from.rfind('<');
    const auto close = from.rfind('>');
    if (open != std::string_view::npos && close != std::string_view::npos && close > open) {
        return std::string(trim(from.substr(open + 1, close - open - 1)));
    }
    return std::string(trim(from.substr(0, from.find('('))));
}

}  // namespace

Mail parse_mail(std::string_view raw) {
    Mail mail;
    const Part part = split_part(raw);
    mail.sender = address_of(part.header("from"));
    mail.subject = decode_words(part.header("subject"));
    Parser(mail.attachments).take(raw, 0);
    return mail;
}

}  // namespace coterie::location
