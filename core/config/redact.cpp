#include "config/redact.hpp"

#include <algorithm>

namespace coterie::config {

namespace {

void collect_strings(const nlohmann::json& value, std::vector<std::string>& out) {
    if (value.is_string()) {
        out.push_back(value.get<std::string>());
    } else if (value.is_structured()) {
        for (const auto& item : value) {
            collect_strings(item, out);
        }
    } else if (value.is_number()) {
        out.push_back(value.dump());
    }
}

void collect_secrets(const nlohmann::json& value, const nlohmann::json& schema,
                     std::vector<std::string>& out) {
    if (!schema.is_object()) {
        return;
    }
    if (schema.value("secret", nlohmann::json(false)) == true) {
        collect_strings(value, out);
        return;
    }
    for (const char* branches : {"oneOf", "anyOf", "allOf"}) {
        if (const auto found = schema.find(branches); found != schema.end()) {
            for (const auto& branch : *found) {
                collect_secrets(value, branch, out);
            }
        }
    }
    const auto properties = schema.find("properties");
    const auto additional = schema.find("additionalProperties");
    if (value.is_object()) {
        for (const auto& [key, member] : value.items()) {
            if (properties != schema.end() && properties->contains(key)) {
                collect_secrets(member, (*properties)[key], out);
            } else if (additional != schema.end()) {
                collect_secrets(member, *additional, out);
            }
        }
    }
    if (const auto items = schema.find("items"); items != schema.end() && value.is_array()) {
        for (const auto& item : value) {
            collect_secrets(item, *items, out);
        }
    }
}

}  // namespace

std::string redact(std::string_view text, const std::vector<std::string>& secrets) {
    std::vector<std::string_view> longest_first(secrets.begin(), secrets.end());
    std::erase_if(longest_first, [](std::string_view s) { return s.size() < kRedactedBytesMin; });
    std::stable_sort(longest_first.begin(), longest_first.end(),
                     [](std::string_view a, std::string_view b) { return a.size() > b.size(); });
    std::string out(text);
    for (const std::string_view secret : longest_first) {
        for (std::size_t at = out.find(secret); at != std::string::npos;
             at = out.find(secret, at + 3)) {
            out.replace(at, secret.size(), "***");
        }
    }
    return out;
}

std::vector<std::string> secrets_of(const nlohmann::json& config, const nlohmann::json& schema) {
    std::vector<std::string> out;
    collect_secrets(config, schema, out);
    return out;
}

}  // namespace coterie::config
