#include "plugin/schema_check.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace coterie::plugin {
namespace {

/// valijson names places as "<root>[streams][0]"; people and editors know "/streams/0".
std::string json_pointer(const std::string& context) {
    std::string pointer;
    for (const char character : context.substr(std::min<std::size_t>(context.size(), 6))) {
        if (character == '[') {
            pointer += '/';
        } else if (character != ']') {
            pointer += character;
        }
    }
    return pointer;
}

bool forbids_unknown_keys(const nlohmann::json& schema) {
    return schema.is_object() && schema.value("additionalProperties", nlohmann::json()) == false &&
           schema.contains("properties") && schema["properties"].is_object();
}

/// Unknown keys, said with the known ones: the commonest fault, and the schema library's message
/// for it helps nobody. Follows `properties` and `items`, which is what configs are made of.
void add_unknown_keys(const nlohmann::json& schema, const nlohmann::json& document,
                      const std::string& place, std::vector<std::string>& faults) {
    if (!schema.is_object()) {
        return;
    }
    if (document.is_array() && schema.contains("items")) {
        for (std::size_t i = 0; i < document.size(); ++i) {
            add_unknown_keys(schema["items"], document[i], fmt::format("{}/{}", place, i), faults);
        }
    }
    if (!document.is_object() || !schema.contains("properties")) {
        return;
    }
    std::vector<std::string> known;
    for (const auto& [key, unused] : schema["properties"].items()) {
        known.push_back(key);
    }
    for (const auto& [key, value] : document.items()) {
        if (schema["properties"].contains(key)) {
            add_unknown_keys(schema["properties"][key], value, place + "/" + key, faults);
        } else if (forbids_unknown_keys(schema)) {
            const auto near = nearest(key, known);
            faults.push_back(fmt::format("{}/{}: unknown key '{}';{} allowed: {}", place, key, key,
                                         near ? fmt::format(" did you mean '{}'?", *near) : "",
                                         fmt::join(known, ", ")));
        }
    }
}

}  // namespace

std::vector<std::string> schema_faults(const nlohmann::json& schema,
                                       const nlohmann::json& document) {
    std::vector<std::string> faults;
    add_unknown_keys(schema, document, "", faults);
    valijson::Schema parsed;
    valijson::ValidationResults results;
    try {
        valijson::SchemaParser parser;
        parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(schema), parsed);
        valijson::Validator validator;
        if (validator.validate(parsed, valijson::adapters::NlohmannJsonAdapter(document),
                               &results)) {
            return faults;
        }
    } catch (const std::exception& error) {
        faults.push_back(fmt::format("the schema itself is no JSON Schema: {}", error.what()));
        return faults;
    }
    const bool unknown_keys_said = !faults.empty();
    for (const auto& result : results) {
        std::string context;
        for (const auto& part : result.context) {
            context += part;
        }
        // The library tells a fault once for each schema around it; the innermost says it all, and
        // unknown keys are said above.
        const auto says = [&](const char* words) {
            return result.description.find(words) != std::string::npos;
        };
        if (!says("Failed to validate against schema") &&
            !(unknown_keys_said && says("'additionalProperties'"))) {
            faults.push_back(fmt::format("{}: {}", json_pointer(context), result.description));
        }
    }
    if (faults.empty()) {
        faults.emplace_back(": does not fit the schema");
    }
    return faults;
}

Result<void> check_config(const Manifest& manifest, const nlohmann::json& config) {
    const auto faults = schema_faults(manifest.config_schema, config);
    if (faults.empty()) {
        return {};
    }
    return Error{ErrorKind::Config, fmt::format("config of connector '{}': {}", manifest.name,
                                                fmt::join(faults, "; "))};
}

}  // namespace coterie::plugin
