#include "sdk/rest/page.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace coterie::rest {

namespace {

/// Walks over JSON text without reading it: knows strings, escapes and brackets. What it cuts out
/// is for a real parser.
class Scanner {
  public:
    explicit Scanner(std::string_view text) : at_(text.data()), end_(at_ + text.size()) {}

    void skip_space() {
        while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) {
            ++at_;
        }
    }
    [[nodiscard]] char peek() {
        skip_space();
        return at_ == end_ ? '\0' : *at_;
    }
    bool take(char wanted) {
        if (peek() != wanted) {
            return false;
        }
        ++at_;
        return true;
    }
    /// The value at this place, whole; empty where the text ends before it does.
    std::string_view value() {
        skip_space();
        const char* const start = at_;
        if (at_ == end_) {
            return {};
        }
        if (*at_ == '"') {
            return skip_string() ? since(start) : std::string_view();
        }
        if (*at_ != '{' && *at_ != '[') {
            at_ = std::find_if(at_, end_, [](char c) {
                return c == ',' || c == ']' || c == '}' || c == ' ' || c == '\n' || c == '\r' ||
                       c == '\t';
            });
            return since(start);
        }
        std::size_t depth = 0;
        while (at_ != end_) {
            switch (*at_) {
            case '"':
                if (!skip_string()) {
                    return {};
                }
                continue;
            case '{':
            case '[':
                ++depth;
                break;
            case '}':
            case ']':
                if (--depth == 0) {
                    ++at_;
                    return since(start);
                }
                break;
            default:
                break;
            }
            ++at_;
        }
        return {};
    }
    [[nodiscard]] const char* at() const { return at_; }

  private:
    [[nodiscard]] std::string_view since(const char* start) const {
        return {start, static_cast<std::size_t>(at_ - start)};
    }
    bool skip_string() {
        for (++at_; at_ != end_; ++at_) {
            if (*at_ == '\\') {
                if (++at_ == end_) {
                    return false;
                }
            } else if (*at_ == '"') {
                ++at_;
                return true;
            }
        }
        return false;
    }

    const char* at_;
    const char* end_;
};

/// Whether a name in its quotes is this one.
bool is_named(std::string_view quoted, const std::string& name) {
    const auto plain = quoted.substr(1, quoted.size() - 2);
    return plain == name || (plain.find('\\') != std::string_view::npos &&
                             nlohmann::json::parse(quoted, nullptr, false) == name);
}

/// The value that the tokens lead to; empty where there is none.
std::string_view locate(std::string_view value, const std::vector<std::string>& tokens) {
    for (const std::string& token : tokens) {
        Scanner scanner(value);
        std::string_view found;
        if (scanner.take('{')) {
            while (found.empty() && scanner.peek() == '"') {
                const auto name = scanner.value();
                if (name.size() < 2 || !scanner.take(':')) {
                    return {};
                }
                const auto member = scanner.value();
                if (is_named(name, token)) {
                    found = member;
                } else if (!scanner.take(',')) {
                    break;
                }
            }
        } else if (scanner.take('[')) {
            for (std::size_t index = 0; scanner.peek() != ']'; ++index) {
                const auto element = scanner.value();
                if (element.empty()) {
                    return {};
                }
                if (std::to_string(index) == token) {
                    found = element;
                    break;
                }
                if (!scanner.take(',')) {
                    break;
                }
            }
        }
        if (found.empty()) {
            return {};
        }
        value = found;
    }
    Scanner scanner(value);
    return scanner.value();
}

/// The elements of the array, or the values of the object.
std::vector<std::string_view> elements_of(std::string_view container) {
    std::vector<std::string_view> elements;
    Scanner scanner(container);
    const bool is_object = scanner.take('{');
    if (!is_object) {
        scanner.take('[');
    }
    while (scanner.peek() != '\0' && scanner.peek() != ']' && scanner.peek() != '}') {
        if (is_object) {
            scanner.value();
            scanner.take(':');
        }
        const auto element = scanner.value();
        if (element.empty()) {
            break;
        }
        elements.push_back(element);
        if (!scanner.take(',')) {
            break;
        }
    }
    return elements;
}

/// Copies the value, but for what the tokens lead to.
void copy_without(std::string_view value, std::span<const std::string> tokens, std::string& out) {
    Scanner scanner(value);
    const bool is_object = scanner.take('{');
    if (tokens.empty() || (!is_object && !scanner.take('['))) {
        out.append(value);
        return;
    }
    const std::string& first = tokens.front();
    const bool is_each = first == "*";
    const bool is_last = tokens.size() == 1;
    out.push_back(is_object ? '{' : '[');
    const std::size_t begin = out.size();
    for (std::size_t index = 0; scanner.peek() != '}' && scanner.peek() != ']'; ++index) {
        std::string_view name;
        if (is_object) {
            name = scanner.value();
            scanner.take(':');
        }
        const auto element = scanner.value();
        const bool is_it =
            is_each || (is_object ? is_named(name, first) : std::to_string(index) == first);
        if (!is_it || !is_last || (!is_object && !is_each)) {
            out.append(out.size() == begin ? "" : ",").append(name).append(is_object ? ":" : "");
            copy_without(element, is_it && !is_last ? tokens.subspan(1) : tokens.first(0), out);
        }
        if (element.empty() || !scanner.take(',')) {
            break;
        }
    }
    out.push_back(is_object ? '}' : ']');
}

}  // namespace

std::string without(std::string_view json, const Pointer& pointer) {
    std::string out;
    out.reserve(json.size());
    copy_without(json, pointer.tokens(), out);
    return out;
}

std::string_view cut_value(std::string_view json, const Pointer& pointer) {
    return locate(json, pointer.tokens());
}

Result<Page> cut_page(std::string_view body, const Pointer& records, bool entries) {
    Page page;
    const auto found = locate(body, records.tokens());
    std::string envelope;
    if (!found.empty() && found != "null") {
        page.has_records = true;
        if (found.front() == '[' || (found.front() == '{' && entries)) {
            page.records = elements_of(found);
        } else {
            page.records.push_back(found);
        }
        // Whatever stands in a record's place is looked at with the record.
        const auto start = static_cast<std::size_t>(found.data() - body.data());
        envelope.append(body.substr(0, start))
            .append(found.front() == '{' ? "{}" : "[]")
            .append(body.substr(start + found.size()));
    } else {
        page.has_records = found == "null";
        envelope = body;
    }
    page.envelope = nlohmann::json::parse(envelope, nullptr, false);
    if (page.envelope.is_discarded()) {
        return Error{ErrorKind::Transient, "the answer is no JSON, or broken off"};
    }
    return page;
}

namespace {

nlohmann::json json_of(simdjson::dom::element element) {
    using simdjson::dom::element_type;
    switch (element.type()) {
    case element_type::STRING:
        return std::string(std::string_view(element));
    case element_type::INT64:
        return std::int64_t(element);
    case element_type::UINT64:
        return std::uint64_t(element);
    case element_type::DOUBLE:
        return double(element);
    case element_type::BOOL:
        return bool(element);
    case element_type::NULL_VALUE:
        return nullptr;
    case element_type::ARRAY: {
        nlohmann::json list = nlohmann::json::array();
        for (const auto one : simdjson::dom::array(element)) {
            list.push_back(json_of(one));
        }
        return list;
    }
    case element_type::OBJECT: {
        nlohmann::json object = nlohmann::json::object();
        for (const auto& [key, value] : simdjson::dom::object(element)) {
            object[std::string(key)] = json_of(value);
        }
        return object;
    }
    }
    return nullptr;
}

}  // namespace

bool RecordView::assign(std::string_view json) {
    text_ = json;
    tree_.reset();
    return parser_.parse(json.data(), json.size()).get(root_) == simdjson::SUCCESS &&
           root_.is_object();
}

std::optional<nlohmann::json> RecordView::find(const Pointer& pointer) const {
    if (pointer.has_star()) {
        return pointer.find(tree());
    }
    simdjson::dom::element element = root_;
    for (const std::string& token : pointer.tokens()) {
        if (element.is_object()) {
            if (element.at_key(token).get(element) != simdjson::SUCCESS) {
                return std::nullopt;
            }
        } else if (element.is_array() && !token.empty() && token.size() < 10 &&
                   token.find_first_not_of("0123456789") == std::string::npos) {
            if (simdjson::dom::array(element).at(std::stoul(token)).get(element) !=
                simdjson::SUCCESS) {
                return std::nullopt;
            }
        } else {
            return std::nullopt;
        }
    }
    return json_of(element);
}

const nlohmann::json& RecordView::tree() const {
    if (!tree_) {
        tree_ = json_of(root_);
    }
    return *tree_;
}

}  // namespace coterie::rest
