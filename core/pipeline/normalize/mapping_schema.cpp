#include "pipeline/normalize/mapping_schema.hpp"

#include "base/text.hpp"
#include "pipeline/normalize/identity_values.hpp"
#include "pipeline/normalize/mapping_rules.hpp"
#include "record/fields.hpp"

namespace coterie::normalize {
namespace {

using json = nlohmann::ordered_json;
using record::FieldInfo;
using record::ListId;
using record::ValueKind;

json reference(const char* name) {
    return {{"$ref", std::string("#/$defs/") + name}};
}

json any_of(std::initializer_list<json> choices) {
    return {{"anyOf", json(choices)}};
}

json list_of(json items) {
    return {{"type", "array"}, {"minItems", 1}, {"items", std::move(items)}};
}

json text(const char* description) {
    return {{"type", "string"}, {"minLength", 1}, {"description", description}};
}

json described(json schema, std::string_view description) {
    schema["description"] = description;
    return schema;
}

json table_value() {
    return {{"type", json::array({"string", "number", "boolean", "null"})}};
}

json rule_properties() {
    json names = any_of({reference("source_field"), list_of(reference("source_field"))});
    json properties = json::object();
    properties["from"] =
        described(names, "a source field, or several: the first that is not empty");
    properties["all"] = described(names, "several source fields: the values of every one (lists)");
    properties["join"] = described(names, "several source fields, put together to one value");
    properties["with"] = text("what stands between joined values; a blank if left out");
    properties["const"] = {{"type", json::array({"string", "number", "boolean"})},
                           {"description", "the same value for each record"}};
    properties["split"] = described(any_of({text("a separator"), list_of(text("a separator"))}),
                                    "one cell holds several values with this between them (lists)");
    properties["regex"] = text("RE2 expression that finds the value within the cell");
    properties["group"] = {{"type", "integer"},
                           {"minimum", 0},
                           {"maximum", 9},
                           {"description", "which group of the regex is the value; 1 by default"}};
    properties["replace"] = {
        {"type", "string"}, {"description", "what each match of the regex becomes; \\1 its group"}};
    properties["case"] = {{"enum", json::array({"lower", "upper"})},
                          {"description", "the letters' case"}};
    properties["table"] = {{"type", "object"},
                           {"minProperties", 1},
                           {"additionalProperties", table_value()},
                           {"description", "raw value → value; null: it says nothing"}};
    properties["else"] = described(table_value(), "what values that the table has not become");
    properties["date"] =
        text("strptime's format of the time, or excel, excel1904, epoch, epoch_ms");
    properties["percent"] = {{"type", "boolean"},
                             {"description", "plain numbers are percentages (shares)"}};
    properties["unit"] = {{"enum", json::array({"K", "M"})},
                          {"description", "plain numbers are thousands or millions (counts)"}};
    properties["country"] = {{"type", "string"},
                             {"pattern", "^[A-Z]{2}$"},
                             {"description", "country of phone numbers without a prefix"}};
    properties["platform"] = described(reference("platform"), "platform of bare handles");
    return properties;
}

json definitions() {
    json words = json::array();
    for (const auto& platform : platforms()) {
        words.push_back(platform);
    }
    json rule{{"type", "object"},
              {"description", "a value of one or several source fields, and what is done to it"},
              {"additionalProperties", false},
              {"properties", rule_properties()},
              {"oneOf", json::array()}};
    for (const char* key : {"from", "all", "join", "const"}) {
        rule["oneOf"].push_back({{"required", json::array({key})}});
    }
    return {{"source_field",
             text("a source field's name, or a path: properties.firstname, social[*].name")},
            {"platform", {{"enum", words}}},
            {"rule", rule},
            {"value", any_of({reference("source_field"), reference("rule")})}};
}

std::string last_part(std::string_view path) {
    return std::string(path.substr(path.rfind('.') + 1));
}

/// An item of a list of objects by its fields, or of plain values below `each`.
json item_schema(ListId list) {
    json properties{{"each", text("makes an item of each element: social[*]; fields may then be "
                                  "relative to it: .handle")}};
    if (!record::holds_objects(list)) {
        properties["value"] = described(reference("value"), "the value, such as .name");
        return {{"type", "object"},
                {"additionalProperties", false},
                {"required", json::array({"each", "value"})},
                {"properties", properties}};
    }
    for (const FieldInfo& info : record::fields_of(list)) {
        std::string description(info.description);
        if (info.kind == ValueKind::Choice) {
            description += "; a source field, or one of: " + std::string(info.choices);
        }
        properties[last_part(info.path)] = described(reference("value"), description);
    }
    return {{"type", "object"}, {"additionalProperties", false}, {"properties", properties}};
}

json list_schema(ListId list) {
    json item = any_of({reference("value"), item_schema(list)});
    return any_of({item, list_of(item)});
}

/// Puts a target's schema where its dotted path says, as one key and as nested keys.
void add_target(json& properties, std::string_view path, const json& schema) {
    properties[std::string(path)] = schema;
    json* level = &properties;
    const auto parts = split(path, '.');
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
        json& group = (*level)[std::string(parts[i])];
        if (group.is_null()) {
            group = {{"type", "object"},
                     {"additionalProperties", false},
                     {"properties", json::object()}};
        }
        level = &group["properties"];
        std::string rest;
        for (std::size_t j = i + 1; j < parts.size(); ++j) {
            rest.append(rest.empty() ? "" : ".").append(parts[j]);
        }
        (*level)[rest] = schema;
    }
}

}  // namespace

json mapping_schema() {
    json properties = json::object();
    ListId last_list = ListId::None;
    for (const FieldInfo& info : record::all_fields()) {
        if (info.list == ListId::None) {
            add_target(properties, info.path, described(reference("value"), info.description));
        } else if (info.list != last_list && info.list != ListId::Custom) {
            const auto description = record::holds_objects(info.list)
                                         ? "items of the list; a bare value is their " +
                                               last_part(record::info(main_field(info.list)).path)
                                         : std::string(info.description);
            add_target(properties, record::list_path(info.list),
                       described(list_schema(info.list), description));
        }
        last_list = info.list;
    }
    properties["ignore"] =
        described(any_of({reference("source_field"), list_of(reference("source_field"))}),
                  "source fields that go nowhere, not even under custom");
    properties["custom"] = {{"type", "boolean"},
                            {"description", "whether source fields that no rule reads are kept "
                                            "under custom; true by default"}};
    return {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
            {"title", "Coterie mapping"},
            {"description", "which source field becomes which field of the influencer record"},
            {"type", "object"},
            {"additionalProperties", false},
            {"properties", properties},
            {"$defs", definitions()}};
}

}  // namespace coterie::normalize
