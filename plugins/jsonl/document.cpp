#include "document.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace jsonl {

using coterie::Error;
using coterie::ErrorKind;
using coterie::Result;

namespace {

constexpr std::size_t kNameBytesMax = 64U << 10;
constexpr std::size_t kShownBytesMax = 4096;
constexpr int kEnd = -1;

bool is_space(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

bool ends_scalar(char c) {
    return is_space(c) || c == ',' || c == ']' || c == '}' || c == ':' || c == '[' || c == '{' ||
           c == '"';
}

std::string shown(int c) {
    if (c == kEnd) {
        return "the end of the file";
    }
    return c > ' ' && c < 127 ? std::string("'") + static_cast<char>(c) + "'"
                              : "byte " + std::to_string(c);
}

}  // namespace

const char* ValueEnd::find(const char* at, const char* end) {
    if (kind_ == Kind::Unknown && at != end) {
        kind_ = *at == '"'                 ? Kind::String
                : *at == '{' || *at == '[' ? Kind::Container
                                           : Kind::Scalar;
        if (kind_ == Kind::String) {
            in_string_ = true;
            ++at;
        } else if (kind_ == Kind::Scalar) {
            ++at;  // whatever it is, so that each value has at least one byte
        }
    }
    if (kind_ == Kind::Scalar) {
        at = std::find_if(at, end, ends_scalar);
        return at == end ? nullptr : at;
    }
    while (at != end) {
        const char c = *at++;
        if (in_string_) {
            if (escaped_) {
                escaped_ = false;
            } else if (c == '\\') {
                escaped_ = true;
            } else if (c == '"') {
                in_string_ = false;
                if (kind_ == Kind::String) {
                    return at;
                }
            }
        } else if (c == '"') {
            in_string_ = true;
        } else if (c == '{' || c == '[') {
            ++depth_;
        } else if ((c == '}' || c == ']') && --depth_ == 0) {
            return at;
        }
    }
    return nullptr;
}

Result<std::vector<std::string>> pointer_tokens(std::string_view pointer) {
    std::vector<std::string> tokens;
    if (pointer.empty()) {
        return tokens;
    }
    const Error fault{ErrorKind::Config,
                      "pointer '" + coterie::files::printable(pointer) +
                          "' is no JSON Pointer; write \"\" for the whole document or such as "
                          "/data/people"};
    if (pointer.front() != '/') {
        return fault;
    }
    for (std::size_t i = 0; i < pointer.size(); ++i) {
        if (pointer[i] == '/') {
            tokens.emplace_back();
        } else if (pointer[i] != '~') {
            tokens.back().push_back(pointer[i]);
        } else {
            ++i;
            if (i == pointer.size() || (pointer[i] != '0' && pointer[i] != '1')) {
                return fault;
            }
            tokens.back().push_back(pointer[i] == '0' ? '~' : '/');
        }
    }
    return tokens;
}

Document::Document(Window& window, std::vector<std::string> pointer, bool entries,
                   std::size_t element_bytes_max, Heartbeat heartbeat)
    : window_(window), pointer_(std::move(pointer)), entries_(entries),
      element_bytes_max_(element_bytes_max), heartbeat_(std::move(heartbeat)) {}

std::string Document::here() const {
    const std::string byte = "byte " + std::to_string(window_.offset() + 1);
    return inside_container_ ? byte + ", behind element " + std::to_string(index_) : byte;
}

Error Document::broken(const std::string& expected, int found) const {
    const std::string what =
        found == kEnd ? "the file ends too soon: " : "the document is broken: ";
    return Error{ErrorKind::Fatal,
                 what + expected + " expected, " + shown(found) + " found at " + here()};
}

/// The next byte that is no blank, or kEnd.
Result<int> Document::peek() {
    while (true) {
        const char* const found = std::find_if_not(window_.at(), window_.end(), is_space);
        const bool any = found != window_.end();
        const int byte = any ? static_cast<unsigned char>(*found) : kEnd;
        window_.drop(static_cast<std::size_t>(found - window_.at()));
        if (any || window_.ended()) {
            return byte;
        }
        heartbeat_(window_.offset());
        COTERIE_TRY_VOID(window_.fill());
    }
}

Result<void> Document::expect(char wanted, const char* where) {
    COTERIE_TRY(const int found, peek());
    if (found != wanted) {
        return broken(shown(wanted) + " " + where, found);
    }
    window_.drop(1);
    return {};
}

Result<void> Document::skip_value() {
    COTERIE_TRY(const int first, peek());
    if (first == kEnd) {
        return broken("a value", first);
    }
    ValueEnd value;
    while (true) {
        const char* const end = value.find(window_.at(), window_.end());
        if (end != nullptr) {
            window_.drop(static_cast<std::size_t>(end - window_.at()));
            return {};
        }
        window_.drop(window_.size());
        if (window_.ended()) {
            return value.may_end_here() ? Result<void>() : broken("the end of a value", kEnd);
        }
        heartbeat_(window_.offset());
        COTERIE_TRY_VOID(window_.fill());
    }
}

/// Cuts the value at the window's place; of one that is too large only the beginning is kept.
Result<void> Document::cut_value(Element& element) {
    ValueEnd value;
    std::size_t looked = 0;
    bool is_overlong = false;
    while (true) {
        const char* end = value.find(window_.at() + looked, window_.end());
        const bool at_end = end == nullptr && window_.ended();
        if (at_end && !value.may_end_here()) {
            window_.drop(window_.size());
            return Error{ErrorKind::Fatal, "the file ends inside element " +
                                               std::to_string(index_ + 1) +
                                               "; is it written completely?"};
        }
        end = at_end ? window_.end() : end;
        const auto size =
            end != nullptr ? static_cast<std::size_t>(end - window_.at()) : window_.size();
        if (!is_overlong && size > element_bytes_max_) {
            is_overlong = true;
            overlong_.assign(window_.at(), std::min(size, kShownBytesMax));
        }
        if (end != nullptr) {
            element.json =
                is_overlong ? std::string_view(overlong_) : std::string_view(window_.at(), size);
            element.why = is_overlong ? "the element is larger than record_bytes_max (" +
                                            std::to_string(element_bytes_max_) + " bytes)"
                                      : "";
            window_.drop(size);
            return {};
        }
        looked = is_overlong ? 0 : size;
        if (is_overlong) {
            window_.drop(window_.size());
        }
        heartbeat_(window_.offset());
        COTERIE_TRY_VOID(window_.fill());
    }
}

/// A member's name and its colon. \pre peek() gave '"'
Result<std::string> Document::name() {
    while (true) {
        ValueEnd value;
        const char* const end = value.find(window_.at(), window_.end());
        const auto size =
            static_cast<std::size_t>((end != nullptr ? end : window_.end()) - window_.at());
        if (size > kNameBytesMax) {
            return Error{ErrorKind::Fatal, "a member's name is longer than " +
                                               std::to_string(kNameBytesMax) + " bytes at " +
                                               here()};
        }
        if (end == nullptr && window_.ended()) {
            return broken("the end of a member's name", kEnd);
        }
        if (end != nullptr) {
            const auto parsed = nlohmann::json::parse(window_.at(), end, nullptr, false);
            if (!parsed.is_string()) {
                return Error{ErrorKind::Fatal,
                             "a member's name is no valid JSON string at " + here()};
            }
            window_.drop(size);
            COTERIE_TRY_VOID(expect(':', "behind a member's name"));
            return parsed.get<std::string>();
        }
        COTERIE_TRY_VOID(window_.fill());
    }
}

Result<void> Document::find_member(const std::string& token, const std::string& path) {
    COTERIE_TRY_VOID(expect('{', "of an object"));
    while (true) {
        COTERIE_TRY(const int next, peek());
        if (next == '}') {
            return Error{ErrorKind::Config, "pointer: '" + path + "' has no member '" + token +
                                                "'; see the file for what it has"};
        }
        if (next != '"') {
            return broken("a member's name", next);
        }
        COTERIE_TRY(const std::string found, name());
        if (found == token) {
            return {};
        }
        COTERIE_TRY_VOID(skip_value());
        COTERIE_TRY(const int behind, peek());
        if (behind != ',' && behind != '}') {
            return broken("',' or '}'", behind);
        }
        window_.drop(behind == ',' ? 1 : 0);
    }
}

Result<void> Document::find_element(const std::string& token, const std::string& path) {
    const bool number = !token.empty() && token.size() <= 9 &&
                        token.find_first_not_of("0123456789") == std::string::npos;
    if (!number) {
        return Error{ErrorKind::Config, "pointer: '" + path + "' is an array, and '" + token +
                                            "' is no number of an element"};
    }
    COTERIE_TRY_VOID(expect('[', "of an array"));
    for (unsigned long left = std::stoul(token);; --left) {
        COTERIE_TRY(const int next, peek());
        if (next == ']') {
            return Error{ErrorKind::Config,
                         "pointer: the array '" + path + "' has no element " + token};
        }
        if (left == 0) {
            return {};
        }
        COTERIE_TRY_VOID(skip_value());
        COTERIE_TRY(const int behind, peek());
        if (behind != ',' && behind != ']') {
            return broken("',' or ']'", behind);
        }
        window_.drop(behind == ',' ? 1 : 0);
    }
}

Result<void> Document::step_into(const std::string& token, const std::string& path) {
    COTERIE_TRY(const int next, peek());
    if (next == '{') {
        return find_member(token, path);
    }
    if (next == '[') {
        return find_element(token, path);
    }
    if (next == kEnd) {
        return broken("a JSON document", next);
    }
    return Error{ErrorKind::Config, "pointer: '" + path + "' is neither an object nor an array"};
}

Result<void> Document::enter() {
    std::string path;
    for (const std::string& token : pointer_) {
        COTERIE_TRY_VOID(step_into(token, path));
        path += "/" + token;
    }
    COTERIE_TRY(const int opening, peek());
    const bool fits = opening == (entries_ ? '{' : '[');
    if (!fits && opening == kEnd) {
        return broken("a JSON document", opening);
    }
    if (!fits) {
        const bool other = opening == (entries_ ? '[' : '{');
        return Error{ErrorKind::Config,
                     "pointer: '" + path + "' leads to " +
                         (!other     ? "a value that is no list of records"
                          : entries_ ? "an array; leave out entries"
                                     : "an object; name the array in it, or set entries: true if "
                                       "its members are the records")};
    }
    window_.drop(1);
    inside_container_ = true;
    place_ = Place::Opened;
    return {};
}

Result<bool> Document::next(Element& element) {
    inside_container_ = true;
    const char closing = entries_ ? '}' : ']';
    COTERIE_TRY(int found, peek());
    if (place_ == Place::BehindElement && found == ',') {
        window_.drop(1);
        place_ = Place::BehindComma;
        COTERIE_TRY(found, peek());
    } else if (place_ == Place::BehindElement && found != closing) {
        return broken(std::string("',' or ") + shown(closing), found);
    }
    if (found == kEnd) {
        return broken(std::string("an element or ") + shown(closing), found);
    }
    // A comma too many is a fault of one place, not of the document.
    const bool nothing_there = found == ',' || (found == closing && place_ == Place::BehindComma);
    if (nothing_there) {
        element = {",", "", ++index_, "a comma without an element"};
        place_ = Place::BehindElement;
        return true;
    }
    if (found == closing) {
        window_.drop(1);
        place_ = Place::Closed;
        inside_container_ = false;
        return false;
    }
    return cut_element(element);
}

Result<bool> Document::cut_element(Element& element) {
    element.name.clear();
    if (entries_) {
        COTERIE_TRY(const int quote, peek());
        if (quote != '"') {
            return broken("a member's name", quote);
        }
        COTERIE_TRY(element.name, name());
    }
    COTERIE_TRY(const int first, peek());
    if (first == kEnd || first == ']' || first == '}' || first == ',' || first == ':') {
        return broken("a value", first);
    }
    COTERIE_TRY_VOID(cut_value(element));
    element.index = ++index_;
    place_ = Place::BehindElement;
    return true;
}

Result<std::string> Document::finish() {
    for (std::size_t depth = pointer_.size(); depth > 0;) {
        COTERIE_TRY(const int found, peek());
        if (found == '}' || found == ']') {
            --depth;
            window_.drop(1);
        } else if (found == ',' || found == ':') {
            window_.drop(1);
        } else {
            COTERIE_TRY_VOID(skip_value());  // says so where the file ends
        }
    }
    COTERIE_TRY(const int found, peek());
    if (found == kEnd) {
        return std::string();
    }
    return std::string(window_.at(), std::min(window_.size(), kShownBytesMax));
}

}  // namespace jsonl
