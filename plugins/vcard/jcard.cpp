#include "jcard.hpp"

#include <algorithm>
#include <utility>

namespace vcard {

using coterie::Error;
using coterie::ErrorKind;
using coterie::Result;
using nlohmann::json;

namespace {

/// With the backslashes that the value would have in a .vcf.
std::string escaped(const json& value) {
    const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    std::string out;
    for (const char c : text) {
        if (c == '\n') {
            out.append("\\n");
            continue;
        }
        if (c == '\\' || c == ';' || c == ',') {
            out.push_back('\\');
        }
        out.push_back(c);
    }
    return out;
}

template <class Part>
std::string joined(const json& values, char separator, Part&& text_of) {
    std::string out;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (i > 0) {
            out.push_back(separator);
        }
        out.append(text_of(values[i]));
    }
    return out;
}

/// ["Holm", "Ida", "", "", ["M.Sc.", "Ph.D."]]: parts, each of which may be several.
std::string value_text(const json& value) {
    if (!value.is_array()) {
        return escaped(value);
    }
    return joined(value, ';', [](const json& part) {
        return part.is_array() ? joined(part, ',', escaped) : escaped(part);
    });
}

std::vector<std::string> texts(const json& value) {
    std::vector<std::string> all;
    for (const json& one : value.is_array() ? value : json::array({value})) {
        all.push_back(one.is_string() ? one.get<std::string>() : one.dump());
    }
    return all.empty() ? std::vector<std::string>{""} : all;
}

/// Leaves a data: URI's content out.
void drop_binary(Property& property) {
    const std::string start = lower(std::string_view(property.value).substr(0, 200));
    const auto digits = start.starts_with("data:") ? start.find("\\;base64\\,") : std::string::npos;
    if (digits == std::string::npos || !holds_binary(property.name)) {
        return;
    }
    const auto count =
        std::count_if(property.value.begin() + static_cast<std::ptrdiff_t>(digits + 10),
                      property.value.end(), [](char c) { return is_base64_digit(c); });
    property.is_binary = true;
    property.binary_bytes = static_cast<std::uint64_t>(count) * 3 / 4;
    property.parameters.push_back({"MEDIATYPE", {property.value.substr(5, digits - 5)}});
    property.value.clear();
}

/// \return Whether it was a property: [name, parameters, type, value, …].
bool add_property(Card& card, const json& element) {
    if (!element.is_array() || element.size() < 4 || !element[0].is_string() ||
        !element[1].is_object() || element[1].size() > kParametersMax || !element[2].is_string()) {
        return false;
    }
    Property property;
    property.name = upper(element[0].get_ref<const std::string&>());
    property.line = card.line;
    for (const auto& [name, value] : element[1].items()) {
        if (name == "group") {
            property.group = texts(value).front();
        } else {
            property.parameters.push_back({upper(name), texts(value)});
        }
    }
    json values = element;
    values.erase(values.begin(), values.begin() + 3);
    property.value = joined(values, ',', value_text);
    if (property.name == "VERSION") {
        card.version = Version::V40;
    }
    drop_binary(property);
    card.properties.push_back(std::move(property));
    return true;
}

/// How deep brackets stand in each other, counted without a tree.
std::size_t depth_of(std::string_view document) {
    std::size_t depth = 0;
    std::size_t deepest = 0;
    bool in_text = false;
    for (std::size_t i = 0; i < document.size(); ++i) {
        const char c = document[i];
        if (in_text && c == '\\') {
            ++i;
        } else if (c == '"') {
            in_text = !in_text;
        } else if (!in_text && (c == '[' || c == '{')) {
            deepest = std::max(deepest, ++depth);
        } else if (!in_text && (c == ']' || c == '}')) {
            depth -= depth > 0 ? 1 : 0;
        }
    }
    return deepest;
}

bool is_jcard(const json& value) {
    return value.is_array() && !value.empty() && value[0] == "vcard";
}

Part part_of(const json& element, std::uint64_t number) {
    Part part;
    part.line = number;
    part.card.line = number;
    part.card.version = Version::V40;
    if (!is_jcard(element) || element.size() != 2 || !element[1].is_array()) {
        part.why = "no jCard: expected [\"vcard\", […]]";
    } else if (element[1].size() > kPropertiesMax) {
        part.why = "more than " + std::to_string(kPropertiesMax) + " properties";
    } else {
        for (const json& property : element[1]) {
            if (!add_property(part.card, property)) {
                part.why = "a property is not [name, {parameters}, type, value]";
                break;
            }
        }
    }
    if (!part.why.empty()) {
        part.raw =
            element.dump(-1, ' ', false, json::error_handler_t::replace).substr(0, kRawBytesMax);
    }
    return part;
}

}  // namespace

bool looks_like_json(std::string_view head) {
    const auto first = head.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && (head[first] == '[' || head[first] == '{');
}

Result<JcardDocument> JcardDocument::parse(std::string_view document) {
    if (depth_of(document) > kJcardDepthMax) {
        return Error{ErrorKind::Config, "it is JSON nested deeper than " +
                                            std::to_string(kJcardDepthMax) + " levels, no jCard"};
    }
    json parsed = json::parse(document, nullptr, false);
    if (parsed.is_discarded()) {
        return Error{ErrorKind::Config, "it opens like JSON and is none; a vCard opens with "
                                        "BEGIN:VCARD"};
    }
    if (is_jcard(parsed)) {
        return JcardDocument(json::array({std::move(parsed)}));
    }
    const bool several = parsed.is_array() && std::any_of(parsed.begin(), parsed.end(), is_jcard);
    if (!several && !(parsed.is_array() && parsed.empty())) {
        return Error{ErrorKind::Config, "it is JSON without any jCard ([\"vcard\", […]]); the "
                                        "jsonl connector reads other JSON"};
    }
    return JcardDocument(std::move(parsed));
}

Part JcardDocument::part(std::size_t index) const {
    return part_of(elements_[index], index + 1);
}

}  // namespace vcard
