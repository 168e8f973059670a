// What is read out of headers, and encoding.
#include "sdk/http/retry.hpp"
#include "sdk/net/encode.hpp"

#include "coterie/http.hpp"

#include <algorithm>
#include <cctype>

namespace coterie::http {

namespace {

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    const auto last = text.find_last_not_of(" \t");
    return first == std::string_view::npos ? std::string_view()
                                           : text.substr(first, last - first + 1);
}

bool is_same(std::string_view text, std::string_view lower) {
    return text.size() == lower.size() &&
           std::equal(text.begin(), text.end(), lower.begin(),
                      [](unsigned char a, char b) { return std::tolower(a) == b; });
}

/// Where a parameter or a link ends: at `end`, but not inside quotes.
std::size_t end_of_part(std::string_view text, std::string_view ends) {
    bool is_quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_quoted && text[i] == '\\') {
            ++i;
        } else if (text[i] == '"') {
            is_quoted = !is_quoted;
        } else if (!is_quoted && ends.find(text[i]) != std::string_view::npos) {
            return i;
        }
    }
    return text.size();
}

/// Whether the parameters of a link have rel=next; takes them off.
bool take_parameters(std::string_view& text) {
    bool is_next = false;
    bool has_rel = false;
    while (text.starts_with(';')) {
        text.remove_prefix(1);
        const std::string_view part = text.substr(0, end_of_part(text, ";,"));
        text.remove_prefix(part.size());
        const auto equals = part.find('=');
        if (has_rel || equals == std::string_view::npos ||
            !is_same(trimmed(part.substr(0, equals)), "rel")) {
            continue;  // of several rel, the first one counts
        }
        has_rel = true;
        std::string_view value = trimmed(part.substr(equals + 1));
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
            value = value.substr(1, value.size() - 2);
        }
        while (!value.empty()) {
            const std::size_t end = std::min(value.find(' '), value.size());
            is_next = is_next || is_same(value.substr(0, end), "next");
            value.remove_prefix(std::min(end + 1, value.size()));
        }
    }
    return is_next;
}

}  // namespace

std::string_view Response::header(std::string_view name) const {
    for (const auto& [known, value] : headers) {
        if (known == name) {
            return value;
        }
    }
    return {};
}

std::optional<std::int64_t> Response::server_time() const {
    return http_date(header("date"));
}

std::string encode(std::string_view text) {
    return net::encode_part(text);
}

std::string next_link(std::string_view link_header) {
    for (std::string_view text = link_header; !text.empty();) {
        const auto begin = text.find('<');
        const auto end = text.find('>', begin == std::string_view::npos ? text.size() : begin);
        if (end == std::string_view::npos) {
            break;
        }
        const std::string_view target = text.substr(begin + 1, end - begin - 1);
        text = trimmed(text.substr(end + 1));
        if (take_parameters(text)) {
            return std::string(target);
        }
        text.remove_prefix(text.empty() ? 0 : 1);
    }
    return {};
}

}  // namespace coterie::http
