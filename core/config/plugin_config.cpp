#include "base/text.hpp"
#include "config/config.hpp"
#include "config/scalar.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <set>

namespace coterie::config {

namespace {

using nlohmann::json;

/// The keywords that are checked, then those that only inform people and editors.
const std::set<std::string, std::less<>> kCheckedKeywords = {
    "type",      "properties", "required",        "additionalProperties",
    "items",     "minItems",   "maxItems",        "enum",
    "const",     "minimum",    "maximum",         "exclusiveMinimum",
    "minLength", "maxLength",  "pattern",         "default",
    "oneOf",     "anyOf",      "exclusiveMaximum"};
const std::set<std::string, std::less<>> kInformingKeywords = {
    "$schema", "$id",    "$comment", "title",      "description",      "examples",
    "format",  "secret", "unit",     "deprecated", "enumDescriptions", "names"};

/// A keyword's value where it has the expected form. A manifest is checked when it is read; here a
/// broken one must only do no harm.
const json* keyword(const json& schema, const char* name, bool (json::*is_form)() const noexcept) {
    if (!schema.is_object()) {
        return nullptr;
    }
    const auto found = schema.find(name);
    return found != schema.end() && ((*found).*is_form)() ? &*found : nullptr;
}

const json* branches_of(const json& schema) {
    for (const char* name : {"oneOf", "anyOf"}) {
        if (const json* found = keyword(schema, name, &json::is_array)) {
            return found;
        }
    }
    return nullptr;
}

std::set<std::string> types_of(const json& schema) {
    std::set<std::string> types;
    if (const json* one = keyword(schema, "type", &json::is_string)) {
        types.insert(one->get<std::string>());
    } else if (const json* many = keyword(schema, "type", &json::is_array)) {
        for (const json& type : *many) {
            if (type.is_string()) {
                types.insert(type.get<std::string>());
            }
        }
    }
    return types;
}

bool is_secret(const json& schema) {
    const json* found = keyword(schema, "secret", &json::is_boolean);
    return found != nullptr && found->get<bool>();
}

std::string text_keyword(const json& schema, const char* name) {
    const json* found = keyword(schema, name, &json::is_string);
    return found == nullptr ? "" : found->get<std::string>();
}

std::string as_written(const json& value) {
    return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string joined(const json& values) {
    std::vector<std::string> words;
    for (const json& value : values) {
        words.push_back(as_written(value));
    }
    return fmt::format("{}", fmt::join(words, ", "));
}

/// " from 1 to 9", " of at least 1", " of at most 9", or nothing.
std::string range(const json& schema, const char* min_name, const char* max_name) {
    const json* min = keyword(schema, min_name, &json::is_number);
    const json* max = keyword(schema, max_name, &json::is_number);
    if (min != nullptr && max != nullptr) {
        return fmt::format(" from {} to {}", min->dump(), max->dump());
    }
    if (min != nullptr) {
        return fmt::format(" of at least {}", min->dump());
    }
    return max == nullptr ? "" : fmt::format(" of at most {}", max->dump());
}

/// What the schema lets through, in a person's words: "a whole number from 1 to 100".
std::string allowed_by(const json& schema);

std::string allowed_type(const std::string& type, const json& schema) {
    if (type == "string") {
        const std::string length = range(schema, "minLength", "maxLength");
        const std::string pattern = text_keyword(schema, "pattern");
        return "text" + (length.empty() ? "" : length + " characters") +
               (pattern.empty() ? "" : fmt::format(" that matches {}", pattern));
    }
    if (type == "integer" || type == "number") {
        const std::string above = range(schema, "exclusiveMinimum", "exclusiveMaximum");
        return (type == "integer" ? "a whole number" : "a number") +
               range(schema, "minimum", "maximum") +
               (above.empty() ? "" : above + " without that itself");
    }
    if (type == "boolean") {
        return "true or false";
    }
    if (type == "array") {
        const std::string count = range(schema, "minItems", "maxItems");
        const json* items = keyword(schema, "items", &json::is_object);
        return "a list" + (count.empty() ? "" : count + " items") +
               (items == nullptr || items->empty() ? "" : ", each " + allowed_by(*items));
    }
    return type == "null" ? "nothing" : "a map";
}

std::string allowed_by(const json& schema) {
    std::vector<std::string> forms;
    if (const json* values = keyword(schema, "enum", &json::is_array)) {
        return joined(*values);
    }
    if (schema.is_object() && schema.contains("const")) {
        return as_written(schema["const"]);
    }
    for (const std::string& type : types_of(schema)) {
        forms.push_back(allowed_type(type, schema));
    }
    if (const json* branches = branches_of(schema); branches != nullptr && forms.empty()) {
        for (const json& branch : *branches) {
            forms.push_back(allowed_by(branch));
        }
    }
    return forms.empty() ? "a value" : fmt::format("{}", fmt::join(forms, ", or "));
}

/// `allowed_by` with the first example that the manifest gives.
std::string allowed_with_example(const json& schema) {
    std::string out = allowed_by(schema);
    const json* examples = keyword(schema, "examples", &json::is_array);
    if (examples != nullptr && !examples->empty() && examples->front().is_primitive()) {
        out += ", such as " + as_written(examples->front());
    }
    return out;
}

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

/// Whether a branch of oneOf is for this shape of value at all.
bool is_for_shape(const json& branch, const Node& node) {
    const auto types = types_of(branch);
    if (types.empty()) {
        return true;
    }
    if (node.is_map()) {
        return types.contains("object");
    }
    if (node.is_list()) {
        return types.contains("array");
    }
    return !(types.size() == 1 && (types.contains("object") || types.contains("array")));
}

/// Walks config and schema side by side.
class Walker {
  public:
    Walker(std::string what, std::vector<Fault>& faults, const std::vector<std::string>& sources)
        : what_(std::move(what)), faults_(&faults), sources_(sources) {}

    /// \param path  of the value in the plugin's config: "auth.token"; empty for the whole.
    /// \param is_partial  a branch beside the schema's own properties: it does not know all keys.
    json value(const Node& node, const json& schema, const std::string& path,
               bool is_partial = false) {
        const auto types = types_of(schema);
        const json* branches = branches_of(schema);
        if (branches != nullptr && types.empty() && !schema.contains("properties")) {
            return value_of_branch(node, schema, *branches, path);
        }
        json out;
        if (node.is_map() && (types.empty() || types.contains("object"))) {
            out = object(node, schema, path, is_partial);
        } else if (node.is_list() && (types.empty() || types.contains("array"))) {
            out = array(node, schema, path);
        } else if (const auto found = scalar(node, schema, types)) {
            out = *found;
            check_scalar(out, node, schema, path);
        } else {
            wrong(node, schema, path);
            return nullptr;
        }
        check_listed(out, node, schema, path);
        if (branches != nullptr) {
            check_branches(node, schema, *branches, path);
        }
        return out;
    }

  private:
    [[nodiscard]] std::string name_of(const std::string& path) const {
        return path.empty() ? "the config of " + what_ : fmt::format("'{}' in {}", path, what_);
    }

    static std::string below(const std::string& path, const std::string& key) {
        return path.empty() ? key : path + "." + key;
    }

    static std::string shown_or_hidden(const Node& node, const json& schema) {
        return node.is_scalar() && is_secret(schema) ? "a secret, not shown" : shown(node);
    }

    void fault(const Place& place, std::string message) {
        faults_->push_back({place, std::move(message)});
    }

    void wrong(const Node& node, const json& schema, const std::string& path) {
        fault(node.place, fmt::format("{} is {}; allowed: {}", name_of(path),
                                      shown_or_hidden(node, schema), allowed_with_example(schema)));
    }

    /// The scalar as the first of the wanted types that it can be. Plain text wanted as text is
    /// text whatever it looks like: a password of digits, a version 1.10.
    static std::optional<json> scalar(const Node& node, const json& schema,
                                      const std::set<std::string>& types) {
        if (node.type == Node::Type::Null) {
            return types.empty() || types.contains("null") ? std::optional(json(nullptr))
                                                           : std::nullopt;
        }
        if (!node.is_scalar()) {
            return std::nullopt;
        }
        json typed = typed_value(node);
        if (types.empty()) {
            const json* values = keyword(schema, "enum", &json::is_array);
            const json text = node.scalar;
            const bool is_listed_text =
                values != nullptr &&
                std::find(values->begin(), values->end(), text) != values->end();
            return is_listed_text ? text : typed;
        }
        if (typed.is_boolean() && types.contains("boolean")) {
            return typed;
        }
        if (types.contains("integer")) {
            if (const auto whole = whole_number(node)) {
                return json(*whole);
            }
        }
        if (typed.is_number() && types.contains("number")) {
            return typed;
        }
        return types.contains("string") ? std::optional(json(node.scalar)) : std::nullopt;
    }

    void check_scalar(const json& found, const Node& node, const json& schema,
                      const std::string& path) {
        bool fits = true;
        if (found.is_number()) {
            const double number = found.get<double>();
            const auto limit = [&](const char* name, double otherwise) {
                const json* value = keyword(schema, name, &json::is_number);
                return value == nullptr ? otherwise : value->get<double>();
            };
            fits = number >= limit("minimum", number) && number <= limit("maximum", number) &&
                   number > limit("exclusiveMinimum", number - 1) &&
                   number < limit("exclusiveMaximum", number + 1);
        } else if (found.is_string()) {
            fits = text_fits(found.get_ref<const std::string&>(), schema);
        }
        if (!fits) {
            wrong(node, schema, path);
        } else if (text_keyword(schema, "names") == "source") {
            check_source(node, path);
        }
    }

    void check_source(const Node& node, const std::string& path) {
        if (std::find(sources_.begin(), sources_.end(), node.scalar) == sources_.end()) {
            fault(node.place,
                  fmt::format("{} is to name a source, and there is no '{}'{}", name_of(path),
                              node.is_secret ? "***" : printable(node.scalar, 60),
                              suggestion(node.is_secret ? "" : node.scalar, sources_)));
        }
    }

    static bool text_fits(const std::string& text, const json& schema) {
        const auto length = static_cast<double>(characters(text));
        const json* min = keyword(schema, "minLength", &json::is_number);
        const json* max = keyword(schema, "maxLength", &json::is_number);
        if ((min != nullptr && length < min->get<double>()) ||
            (max != nullptr && length > max->get<double>())) {
            return false;
        }
        const std::string pattern = text_keyword(schema, "pattern");
        if (pattern.empty()) {
            return true;
        }
        const RE2 expression(pattern, RE2::Quiet);
        return !expression.ok() || RE2::PartialMatch(text, expression);
    }

    /// `enum` and `const`.
    void check_listed(const json& found, const Node& node, const json& schema,
                      const std::string& path) {
        const json* values = keyword(schema, "enum", &json::is_array);
        if (values != nullptr &&
            std::find(values->begin(), values->end(), found) == values->end()) {
            std::vector<std::string> words;
            for (const json& value : *values) {
                words.push_back(as_written(value));
            }
            const bool may_compare = node.is_scalar() && !node.is_secret && !is_secret(schema);
            fault(node.place,
                  fmt::format("{} is {}{}", name_of(path), shown_or_hidden(node, schema),
                              suggestion(may_compare ? node.scalar : "", words)));
        }
        if (schema.is_object() && schema.contains("const") && schema["const"] != found) {
            wrong(node, schema, path);
        }
    }

    json array(const Node& node, const json& schema, const std::string& path) {
        json out = json::array();
        const json* items = keyword(schema, "items", &json::is_object);
        for (std::size_t i = 0; i < node.items.size(); ++i) {
            out.push_back(items == nullptr
                              ? node.items[i].to_json()
                              : value(node.items[i], *items, fmt::format("{}[{}]", path, i)));
        }
        const auto count = static_cast<double>(out.size());
        const json* min = keyword(schema, "minItems", &json::is_number);
        const json* max = keyword(schema, "maxItems", &json::is_number);
        if ((min != nullptr && count < min->get<double>()) ||
            (max != nullptr && count > max->get<double>())) {
            fault(node.place, fmt::format("{} is a list of {}; allowed: {}", name_of(path),
                                          out.size(), allowed_by(schema)));
        }
        return out;
    }

    json object(const Node& node, const json& schema, const std::string& path, bool is_partial) {
        static const json kNone = json::object();
        const json* known = keyword(schema, "properties", &json::is_object);
        const json& properties = known == nullptr ? kNone : *known;
        json out = json::object();
        for (std::size_t i = 0; i < node.members.size(); ++i) {
            const auto& [key, member] = node.members[i];
            if (!properties.contains(key)) {
                additional(node, i, schema, properties, path, is_partial, out);
                continue;
            }
            // `key:` with nothing after it is a key that is not there.
            const auto types = types_of(properties[key]);
            if (member.type != Node::Type::Null || types.contains("null")) {
                out[key] = value(member, properties[key], below(path, key));
            }
        }
        for (const auto& [key, property] : properties.items()) {
            if (!is_partial && !out.contains(key) && property.is_object() &&
                property.contains("default")) {
                out[key] = property["default"];
            }
        }
        check_required(out, node, schema, properties, path);
        return out;
    }

    /// A key that the schema does not name. Only where it says so are others allowed: a misspelt
    /// key that nobody reads would be a setting that silently does nothing.
    void additional(const Node& node, std::size_t index, const json& schema, const json& properties,
                    const std::string& path, bool is_partial, json& out) {
        const auto& [key, member] = node.members[index];
        const auto rule = schema.is_object() ? schema.find("additionalProperties") : schema.end();
        if (schema.is_object() && rule != schema.end() && rule->is_object()) {
            out[key] = value(member, *rule, below(path, key));
            return;
        }
        const bool is_open = schema.is_object() && rule != schema.end() && *rule == true;
        if (is_open || is_partial || properties.empty()) {
            if (!(schema.is_object() && rule != schema.end() && *rule == false)) {
                out[key] = member.to_json();
                return;
            }
        }
        std::vector<std::string> names;
        for (const auto& property : properties.items()) {
            names.push_back(property.key());
        }
        const std::string in = path.empty() ? what_ : fmt::format("'{}' of {}", path, what_);
        fault(node.key_places[index],
              names.empty() ? fmt::format("unknown key '{}' in {}; allowed: no keys at all",
                                          printable(key, 60), in)
                            : fmt::format("unknown key '{}' in {}{}", printable(key, 60), in,
                                          suggestion(key, names)));
    }

    void check_required(const json& found, const Node& node, const json& schema,
                        const json& properties, const std::string& path) {
        const json* required = keyword(schema, "required", &json::is_array);
        if (required == nullptr) {
            return;
        }
        for (const json& name : *required) {
            if (!name.is_string() || found.contains(name.get<std::string>())) {
                continue;
            }
            const std::string key = name.get<std::string>();
            // Given, but wrong: that is told already.
            if (const Node* given = node.find(key);
                given != nullptr && given->type != Node::Type::Null) {
                continue;
            }
            const json property = properties.contains(key) ? properties[key] : json::object();
            std::string description = text_keyword(property, "description");
            while (description.ends_with('.')) {
                description.pop_back();
            }
            fault(node.place,
                  fmt::format("key '{}' is missing in {}{}; allowed: {}{}", key,
                              path.empty() ? what_ : fmt::format("'{}' of {}", path, what_),
                              description.empty() ? "" : ": " + description,
                              allowed_with_example(property),
                              is_secret(property) ? ", best as \"${env:NAME}\"" : ""));
        }
    }

    /// oneOf or anyOf that decides what the value is: the first branch that it fits.
    json value_of_branch(const Node& node, const json& schema, const json& branches,
                         const std::string& path) {
        std::vector<Fault> fewest;
        bool is_shape_known = false;
        for (const json& branch : branches) {
            if (!is_for_shape(branch, node)) {
                continue;
            }
            std::vector<Fault> faults;
            Walker walker(what_, faults, sources_);
            json out = walker.value(node, branch, path);
            if (faults.empty()) {
                return out;
            }
            if (!is_shape_known || faults.size() < fewest.size()) {
                fewest = std::move(faults);
            }
            is_shape_known = true;
        }
        if (is_shape_known && !node.is_scalar()) {
            faults_->insert(faults_->end(), fewest.begin(), fewest.end());
        } else {
            wrong(node, schema, path);
        }
        return nullptr;
    }

    /// oneOf or anyOf beside the schema's own type: most often "either this key or those".
    void check_branches(const Node& node, const json& schema, const json& branches,
                        const std::string& path) {
        std::size_t fitting = 0;
        std::vector<std::string> choices;
        for (const json& branch : branches) {
            std::vector<Fault> faults;
            Walker walker(what_, faults, sources_);
            walker.value(node, branch, path, true);
            fitting += faults.empty() ? 1 : 0;
            const json* required = keyword(branch, "required", &json::is_array);
            choices.push_back(required == nullptr ? allowed_by(branch)
                                                  : fmt::format("'{}'", joined(*required)));
        }
        const bool is_exclusive = keyword(schema, "oneOf", &json::is_array) != nullptr;
        if (fitting == 0) {
            fault(node.place, fmt::format("{} fits none of its forms; allowed: {}", name_of(path),
                                          fmt::join(choices, ", or ")));
        } else if (is_exclusive && fitting > 1) {
            fault(node.place, fmt::format("{} fits more than one of its forms; allowed: only one "
                                          "of {}",
                                          name_of(path), fmt::join(choices, ", or ")));
        }
    }

    std::string what_;
    std::vector<Fault>* faults_;
    const std::vector<std::string>& sources_;
};

void collect_schema_faults(const json& schema, const std::string& pointer,
                           std::vector<std::string>& out) {
    const std::string place = pointer.empty() ? "the top" : pointer;
    if (!schema.is_object()) {
        out.push_back(
            fmt::format("the schema at {} is no object; allowed: an object of keywords", place));
        return;
    }
    for (const auto& [name, value] : schema.items()) {
        if (!kCheckedKeywords.contains(name) && !kInformingKeywords.contains(name)) {
            out.push_back(fmt::format("keyword '{}' at {} is not checked by Coterie; allowed: {}",
                                      name, place, fmt::join(kCheckedKeywords, ", ")));
        }
    }
    if (const std::string pattern = text_keyword(schema, "pattern");
        !pattern.empty() && !RE2(pattern, RE2::Quiet).ok()) {
        out.push_back(fmt::format("pattern at {} is no RE2 expression; allowed: one without "
                                  "lookahead and back references",
                                  place));
    }
    for (const char* branches : {"oneOf", "anyOf"}) {
        if (const json* found = keyword(schema, branches, &json::is_array)) {
            for (std::size_t i = 0; i < found->size(); ++i) {
                collect_schema_faults((*found)[i], fmt::format("{}/{}/{}", pointer, branches, i),
                                      out);
            }
        }
    }
    if (const json* properties = keyword(schema, "properties", &json::is_object)) {
        for (const auto& [name, property] : properties->items()) {
            collect_schema_faults(property, pointer + "/properties/" + name, out);
        }
    }
    for (const char* name : {"items", "additionalProperties"}) {
        if (schema.contains(name) && !schema[name].is_boolean()) {
            collect_schema_faults(schema[name], pointer + "/" + name, out);
        }
    }
}

}  // namespace

json validate_plugin_config(const Node& node, const json& schema, const std::string& what,
                            std::vector<Fault>& faults, const std::vector<std::string>& sources) {
    Walker walker(what, faults, sources);
    if (node.type != Node::Type::Null) {
        return walker.value(node, schema, "");
    }
    Node empty = node;
    empty.type = Node::Type::Map;
    return walker.value(empty, schema, "");
}

std::vector<std::string> plugin_schema_faults(const json& schema) {
    std::vector<std::string> out;
    collect_schema_faults(schema, "", out);
    return out;
}

}  // namespace coterie::config
