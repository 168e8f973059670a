#include "pipeline/normalize/mapping_json.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <array>
#include <cstring>
#include <optional>

namespace coterie::normalize {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_blank(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/// The four hex digits after "\u".
std::optional<std::uint32_t> hex4(std::string_view json, std::size_t at) {
    if (at + 4 > json.size()) {
        return std::nullopt;
    }
    std::uint32_t value = 0;
    for (const char c : json.substr(at, 4)) {
        value <<= 4U;
        if (is_digit(c)) {
            value |= static_cast<std::uint32_t>(c - '0');
        } else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) {
            value |= static_cast<std::uint32_t>((c | 0x20) - 'a' + 10);
        } else {
            return std::nullopt;
        }
    }
    return value;
}

void append_utf8(std::string& out, std::uint32_t code) {
    const auto byte = [&out](std::uint32_t bits) { out.push_back(static_cast<char>(bits)); };
    if (code < 0x80) {
        byte(code);
    } else if (code < 0x800) {
        byte(0xC0 | (code >> 6));
        byte(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        byte(0xE0 | (code >> 12));
        byte(0x80 | ((code >> 6) & 0x3F));
        byte(0x80 | (code & 0x3F));
    } else {
        byte(0xF0 | (code >> 18));
        byte(0x80 | ((code >> 12) & 0x3F));
        byte(0x80 | ((code >> 6) & 0x3F));
        byte(0x80 | (code & 0x3F));
    }
}

bool is_high_surrogate(std::uint32_t code) {
    return code >= 0xD800 && code < 0xDC00;
}
bool is_low_surrogate(std::uint32_t code) {
    return code >= 0xDC00 && code < 0xE000;
}

}  // namespace

std::string JsonTree::parse(std::string_view json) {
    if (!simdjson::validate_utf8(json.data(), json.size())) {
        return "not well-formed UTF-8";
    }
    json_ = json;
    bool is_sound = parse_document();
    if (is_sound && !half_surrogates_.empty()) {
        // "\ud83d" and "\ufffd" are equally long, so the rest stays where it was.
        mended_.assign(json);
        for (const std::size_t at : half_surrogates_) {
            mended_.replace(at, 6, "\\ufffd");
        }
        json_ = mended_;
        is_sound = parse_document();
    }
    return is_sound ? std::string() : fmt::format("{} at byte {}", fault_, at_);
}

bool JsonTree::parse_document() {
    at_ = 0;
    fault_ = nullptr;
    nodes_.clear();
    half_surrogates_.clear();
    unescaped_.clear();
    unescaped_.reserve(json_.size());  // an escape is never shorter than what it stands for
    skip_blanks();
    if (!parse_value(add_node(kNoNode, 0), 0)) {
        return false;
    }
    skip_blanks();
    return at_ == json_.size() || fail("unexpected text after the value");
}

bool JsonTree::fail(const char* what) {
    fault_ = what;
    return false;
}

NodeIndex JsonTree::add_node(NodeIndex parent, std::uint32_t position) {
    const auto index = static_cast<NodeIndex>(nodes_.size());
    auto& node = nodes_.emplace_back();
    node.parent = parent;
    node.position = position;
    return index;
}

void JsonTree::skip_blanks() {
    while (at_ < json_.size() && is_blank(json_[at_])) {
        ++at_;
    }
}

bool JsonTree::parse_value(NodeIndex self, unsigned depth) {
    const std::size_t begin = at_;
    const auto finish = [&](JsonType type) {
        nodes_[self].type = type;
        nodes_[self].raw = json_.substr(begin, at_ - begin);
        if (type != JsonType::String) {
            nodes_[self].text = nodes_[self].raw;
        }
        return true;
    };
    switch (peek()) {
    case '{':
        return parse_container(self, depth, '}') && finish(JsonType::Object);
    case '[':
        return parse_container(self, depth, ']') && finish(JsonType::Array);
    case '"': {
        std::string_view text;
        if (!parse_string(text)) {
            return false;
        }
        nodes_[self].text = text;
        return finish(JsonType::String);
    }
    case 't':
        return parse_word("true") && finish(JsonType::Boolean);
    case 'f':
        return parse_word("false") && finish(JsonType::Boolean);
    case 'n':
        return parse_word("null") && finish(JsonType::Null);
    default:
        return parse_number() && finish(JsonType::Number);
    }
}

bool JsonTree::parse_container(NodeIndex self, unsigned depth, char close) {
    if (depth >= kJsonDepthMax) {
        return fail("nested more than 64 deep");
    }
    ++at_;
    skip_blanks();
    if (peek() == close) {
        ++at_;
        return true;
    }
    NodeIndex previous = kNoNode;
    for (std::uint32_t position = 0;; ++position) {
        std::string_view key;
        if (close == '}') {
            if (peek() != '"') {
                return fail("expected a key in quotes");
            }
            if (!parse_string(key)) {
                return false;
            }
            skip_blanks();
            if (peek() != ':') {
                return fail("expected ':'");
            }
            ++at_;
            skip_blanks();
        }
        const NodeIndex child = add_node(self, position);
        nodes_[child].key = key;
        (previous == kNoNode ? nodes_[self].first_child : nodes_[previous].next) = child;
        previous = child;
        if (!parse_value(child, depth + 1)) {
            return false;
        }
        skip_blanks();
        if (peek() == close) {
            ++at_;
            return true;
        }
        if (peek() != ',') {
            return fail("expected ',' or the end of the list");
        }
        ++at_;
        skip_blanks();
    }
}

bool JsonTree::parse_string(std::string_view& text) {
    const std::size_t begin = ++at_;
    bool has_escapes = false;
    for (; at_ < json_.size(); ++at_) {
        const char c = json_[at_];
        if (c == '"') {
            const std::size_t end = at_++;
            if (has_escapes) {
                return unescape(begin, end, text);
            }
            text = json_.substr(begin, end - begin);
            return true;
        }
        if (static_cast<unsigned char>(c) < 0x20) {
            return fail("control character in a string");
        }
        if (c == '\\') {
            has_escapes = true;
            ++at_;
        }
    }
    at_ = json_.size();
    return fail("unfinished string");
}

bool JsonTree::unescape(std::size_t begin, std::size_t end, std::string_view& text) {
    static constexpr std::string_view kLetters = "\"\\/bfnrt";
    static constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    const std::size_t first = unescaped_.size();
    for (std::size_t at = begin; at < end; ++at) {
        if (json_[at] != '\\') {
            unescaped_.push_back(json_[at]);
            continue;
        }
        const std::size_t escape = at++;
        if (const auto letter = kLetters.find(json_[at]); letter != std::string_view::npos) {
            unescaped_.push_back(kMeanings[letter]);
            continue;
        }
        auto code = json_[at] == 'u' ? hex4(json_.substr(0, end), at + 1) : std::nullopt;
        if (!code) {
            at_ = escape;
            return fail("unknown escape in a string");
        }
        at += 4;
        if (is_high_surrogate(*code) && json_.substr(at + 1, 2) == "\\u") {
            const auto low = hex4(json_.substr(0, end), at + 3);
            if (low && is_low_surrogate(*low)) {
                code = 0x10000 + ((*code - 0xD800) << 10) + (*low - 0xDC00);
                at += 6;
            }
        }
        if (is_high_surrogate(*code) || is_low_surrogate(*code)) {
            half_surrogates_.push_back(escape);
            code = 0xFFFD;
        }
        append_utf8(unescaped_, *code);
    }
    text = std::string_view(unescaped_).substr(first);
    return true;
}

bool JsonTree::parse_number() {
    const auto digits = [this] {
        const std::size_t begin = at_;
        while (is_digit(peek())) {
            ++at_;
        }
        return at_ > begin;
    };
    if (peek() == '-') {
        ++at_;
    }
    if (peek() == '0') {
        ++at_;
    } else if (!digits()) {
        return fail("unexpected character");
    }
    if (peek() == '.') {
        ++at_;
        if (!digits()) {
            return fail("expected a digit");
        }
    }
    if (peek() == 'e' || peek() == 'E') {
        ++at_;
        if (peek() == '+' || peek() == '-') {
            ++at_;
        }
        if (!digits()) {
            return fail("expected a digit");
        }
    }
    return true;
}

bool JsonTree::parse_word(std::string_view word) {
    if (json_.substr(at_, word.size()) != word) {
        return fail("unexpected character");
    }
    at_ += word.size();
    return true;
}

NodeIndex JsonTree::find(NodeIndex object, std::string_view key) const {
    if (nodes_[object].type != JsonType::Object) {
        return kNoNode;
    }
    NodeIndex child = nodes_[object].first_child;
    while (child != kNoNode && nodes_[child].key != key) {
        child = nodes_[child].next;
    }
    return child;
}

std::string JsonTree::path(NodeIndex index) const {
    std::array<NodeIndex, kJsonDepthMax + 1> above{};
    std::size_t count = 0;
    for (; nodes_[index].parent != kNoNode; index = nodes_[index].parent) {
        above[count++] = index;
    }
    std::string text;
    while (count > 0) {
        const JsonNode& node = nodes_[above[--count]];
        if (nodes_[node.parent].type == JsonType::Array) {
            text.append("[").append(std::to_string(node.position)).append("]");
        } else {
            text.append(text.empty() ? "" : ".").append(node.key);
        }
    }
    return text;
}

void JsonTree::mark(NodeIndex index, NodeUse use) {
    if (nodes_[index].use < use) {
        nodes_[index].use = use;
    }
    for (index = nodes_[index].parent; index != kNoNode && nodes_[index].use == NodeUse::Unread;
         index = nodes_[index].parent) {
        nodes_[index].use = NodeUse::Partly;
    }
}

std::string compact_json(std::string_view raw) {
    std::string out;
    out.reserve(raw.size());
    bool is_quoted = false;
    for (std::size_t at = 0; at < raw.size(); ++at) {
        const char c = raw[at];
        if (is_quoted && c == '\\') {
            out.push_back(c);
            out.push_back(raw[++at]);
            continue;
        }
        if (c == '"') {
            is_quoted = !is_quoted;
        }
        if (is_quoted || !is_blank(c)) {
            out.push_back(c);
        }
    }
    return out;
}

}  // namespace coterie::normalize
