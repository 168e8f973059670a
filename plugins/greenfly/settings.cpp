#include "settings.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>
#include <string_view>

namespace greenfly {

namespace {

using nlohmann::json;

/// What people know the fields as. Nothing public says what Greenfly itself calls them.
std::vector<Column> usual_profile() {
    return {{"First Name", "given", {}},
            {"Last Name", "family", {}},
            {"Email", "email", {}},
            {"Mobile", "mobile", {}},
            {"External ID", "external_id", {}},
            {"Groups", "groups", {}},
            {"Time Zone", "time_zone", {}},
            {"Status", "status", {}}};
}

std::vector<Column> profile_of(const json& columns) {
    std::vector<Column> profile;
    std::set<std::string> headers;
    for (const auto& given : columns) {
        Column column{given.at("header"), given.value("field", ""), given.value("value", "")};
        if (given.contains("field") == given.contains("value")) {
            throw std::invalid_argument("profile: the column '" + column.header +
                                        "' needs either a field or a value");
        }
        if (!headers.insert(column.header).second) {
            throw std::invalid_argument("profile: two columns are called '" + column.header + "'");
        }
        profile.push_back(std::move(column));
    }
    const auto has = [&](std::string_view field) {
        return std::any_of(profile.begin(), profile.end(),
                           [&](const Column& column) { return column.field == field; });
    };
    if (!has("email") && !has("mobile")) {
        throw std::invalid_argument("profile: no column holds the field email or mobile, so nobody "
                                    "could be invited");
    }
    return profile;
}

}  // namespace

Settings Settings::parse(const json& config) {
    Settings settings;
    settings.path = config.at("path");
    if (const auto upload = config.find("upload"); upload != config.end()) {
        settings.upload = *upload;
    }
    settings.profile =
        config.contains("profile") ? profile_of(config.at("profile")) : usual_profile();
    const json groups = config.value("groups", json::object());
    settings.groups.by = groups.value("by", std::vector<std::string>{"topic"});
    settings.groups.prefix = groups.value("prefix", "");
    settings.groups.max = groups.value("max", std::size_t{20});
    settings.groups.separator = groups.value("separator", ";");
    settings.time_zone = config.value("time_zone", "");
    const json words = config.value("status_words", json::object());
    settings.active = words.value("active", "active");
    settings.removed = words.value("removed", "removed");
    settings.list_removed = config.value("list_removed", true);
    const std::string delimiter = config.value("delimiter", "comma");
    settings.delimiter = delimiter == "semicolon" ? ';' : delimiter == "tab" ? '\t' : ',';
    settings.byte_order_mark = config.value("byte_order_mark", false);
    if (settings.active == settings.removed) {
        throw std::invalid_argument("status_words: active and removed are the same");
    }
    return settings;
}

std::optional<std::string> Settings::header_of(std::string_view field) const {
    const auto column = std::find_if(profile.begin(), profile.end(), [&](const Column& candidate) {
        return candidate.field == field;
    });
    return column == profile.end() ? std::nullopt : std::optional(column->header);
}

}  // namespace greenfly
