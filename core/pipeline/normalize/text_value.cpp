#include "pipeline/normalize/fact_text.hpp"
#include "pipeline/normalize/fact_values.hpp"

#include <unicode/uchar.h>

#include <algorithm>

namespace coterie::normalize {
namespace {

using Text = Reading<std::string>;

constexpr std::size_t kTextBytesMax = std::size_t{1} << 20;
constexpr std::size_t kUrlBytesMax = 2048;

bool is_joint(char c) {
    return c == ' ' || c == '_' || c == '-';
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

/// Whether the two are one word but for capitals and what joins its parts.
bool is_same_word(std::string_view a, std::string_view b) {
    std::size_t i = 0;
    std::size_t k = 0;
    while (true) {
        while (i < a.size() && is_joint(a[i])) {
            ++i;
        }
        while (k < b.size() && is_joint(b[k])) {
            ++k;
        }
        if (i == a.size() || k == b.size()) {
            return i == a.size() && k == b.size();
        }
        if (lower(a[i++]) != lower(b[k++])) {
            return false;
        }
    }
}

bool is_plain_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7f; });
}

std::string without_controls(std::string_view text) {
    std::string kept;
    kept.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        const bool is_c1 = static_cast<unsigned char>(c) == 0xC2 && at + 1 < text.size() &&
                           static_cast<unsigned char>(text[at + 1]) < 0xA0;
        if (is_c1) {
            ++at;
        } else if (c == '\r') {
            if (at + 1 == text.size() || text[at + 1] != '\n') {
                kept.push_back('\n');
            }
        } else if (static_cast<unsigned char>(c) >= ' ' ? c != 0x7f : c == '\n' || c == '\t') {
            kept.push_back(c);
        }
    }
    return kept;
}

Text not_a_url(const char* reason) {
    return Text::not_understood(reason);
}

bool starts_with_word(std::string_view text, std::string_view start) {
    return text.size() >= start.size() && ascii_lower(text.substr(0, start.size())) == start;
}

/// A scheme and two slashes, also written twice, are taken off. \return "" for a scheme that is
/// none of ours.
std::string_view take_scheme(std::string_view& text) {
    std::string_view scheme = "https";
    for (bool goes_on = true; goes_on;) {
        goes_on = false;
        for (const std::string_view known : {"https", "http"}) {
            for (const std::string_view joint : {"://", ":/", "//"}) {
                const std::string start = std::string(known).append(joint);
                if (!goes_on && starts_with_word(text, start)) {
                    text.remove_prefix(start.size());
                    scheme = known;
                    goes_on = true;
                }
            }
        }
    }
    while (text.starts_with('/')) {
        text.remove_prefix(1);
    }
    return scheme;
}

/// Letters, digits, hyphens and other scripts in labels of 1-63 bytes, two at least, and a letter
/// in the last one: no numbers of machines, no names of the local network.
bool is_public_host(std::string_view host) {
    if (host.size() > 253) {
        return false;
    }
    const auto labels = split(host, '.');
    if (labels.size() < 2) {
        return false;
    }
    for (const auto label : labels) {
        if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') {
            return false;
        }
        for (const char c : label) {
            const bool is_allowed = static_cast<unsigned char>(c) >= 0x80 || c == '-' || c == '_' ||
                                    (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
            if (!is_allowed) {
                return false;
            }
        }
    }
    const auto top = labels.back();
    return top.size() >= 2 && std::any_of(top.begin(), top.end(), [](char c) {
               return static_cast<unsigned char>(c) >= 0x80 || (c >= 'a' && c <= 'z');
           });
}

bool is_port(std::string_view port) {
    return !port.empty() && port.size() <= 5 &&
           std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool holds_blank_or_control(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const UChar32 c = take_character(text, at);
        if (c < 0 || u_isUWhiteSpace(c) || u_iscntrl(c) || u_charType(c) == U_FORMAT_CHAR ||
            c == '<' || c == '>' || c == '"' || c == '\\') {
            return true;
        }
    }
    return false;
}

}  // namespace

Reading<std::string> read_choice(std::string_view raw, std::string_view choices) {
    const auto text = trim(raw);
    for (const auto choice : split(choices, '|')) {
        if (!choice.empty() && is_same_word(text, choice)) {
            return choice == "unknown" ? Text::absent() : Text::of(std::string(choice));
        }
    }
    const Cell cell = Cell::open(raw, kUrlBytesMax);
    if (!cell.is_usable()) {
        return cell.refusal<std::string>();
    }
    return Text::not_understood(
        std::string("none of the words that can stand here: ").append(choices));
}

Reading<std::string> read_text(std::string_view raw) {
    const Cell cell = Cell::open(raw, kTextBytesMax);
    if (!cell.is_usable()) {
        return cell.refusal<std::string>();
    }
    if (is_plain_ascii(cell.text)) {
        return Text::of(std::string(cell.text));
    }
    std::string text = to_nfc(without_controls(cell.text));
    const auto shown = trim(text);
    if (shown.empty() || says_nothing(shown)) {
        return Text::absent();
    }
    if (shown.size() != text.size()) {
        text = std::string(shown);
    }
    return Text::of(std::move(text));
}

Reading<std::string> read_url(std::string_view raw) {
    const Cell cell = Cell::open(raw, kUrlBytesMax);
    if (!cell.is_usable()) {
        return cell.refusal<std::string>();
    }
    auto text = cell.text;
    if (text.starts_with('<') && text.ends_with('>')) {
        text = trim(text.substr(1, text.size() - 2));
    }
    const auto scheme = take_scheme(text);
    if (holds_blank_or_control(text)) {
        return not_a_url("no address: blanks or signs in it that addresses do not hold");
    }
    const auto authority = text.substr(0, text.find_first_of("/?#"));
    const auto rest = text.substr(authority.size());
    if (authority.find('@') != std::string_view::npos) {
        return not_a_url("no web address: it holds a user's name, or is an e-mail address");
    }
    auto host_text = authority;
    std::string_view port;
    if (const auto colon = authority.find(':'); colon != std::string_view::npos) {
        host_text = authority.substr(0, colon);
        port = authority.substr(colon + 1);
        if (!is_port(port)) {
            return not_a_url("no web address: only http and https are read");
        }
    }
    if (host_text.ends_with('.')) {
        host_text.remove_suffix(1);
    }
    const std::string host = to_lower(host_text);
    if (!is_public_host(host)) {
        return not_a_url("no web address: no public host name in it");
    }
    std::string url = std::string(scheme).append("://").append(host);
    const bool is_usual_port =
        (scheme == "https" && port == "443") || (scheme == "http" && port == "80");
    if (!port.empty() && !is_usual_port) {
        url.append(1, ':').append(port);
    }
    return Text::of(url.append(rest));
}

}  // namespace coterie::normalize
