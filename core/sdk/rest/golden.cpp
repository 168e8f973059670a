#include "sdk/rest/golden.hpp"

#include <algorithm>

namespace coterie::rest {

namespace {

using Json = nlohmann::json;

/// Within "[…]": an index, `key=value`, or `*`.
std::optional<Json> pick(const Json& list, std::string_view which, std::string_view rest) {
    if (!list.is_array()) {
        return std::nullopt;
    }
    if (which == "*") {
        Json found = Json::array();
        for (const Json& element : list) {
            if (auto value = at_path(element, rest)) {
                found.push_back(std::move(*value));
            }
        }
        return found.empty() ? std::nullopt : std::optional<Json>(std::move(found));
    }
    if (const auto equals = which.find('='); equals != std::string_view::npos) {
        const auto key = which.substr(0, equals);
        for (const Json& element : list) {
            const auto value = at_path(element, key);
            if (value && text_of(*value) == which.substr(equals + 1)) {
                if (auto found = at_path(element, rest)) {
                    return found;
                }
            }
        }
        return std::nullopt;
    }
    if (which.empty() || which.size() > 6 ||
        which.find_first_not_of("0123456789") != std::string_view::npos) {
        return std::nullopt;
    }
    const auto index = std::stoul(std::string(which));
    return index < list.size() ? at_path(list[index], rest) : std::nullopt;
}

bool is_of_somebody_else(const Json& contact) {
    const std::string role = contact.value("role", std::string());
    return role == "booking" || role == "agent";
}

}  // namespace

std::optional<nlohmann::json> at_path(const nlohmann::json& golden, std::string_view path) {
    if (path.empty()) {
        return golden.is_null() ? std::nullopt : std::optional<Json>(golden);
    }
    if (path.front() == '[') {
        const auto close = path.find(']');
        if (close == std::string_view::npos) {
            return std::nullopt;
        }
        auto rest = path.substr(close + 1);
        rest.remove_prefix(rest.starts_with('.') ? 1 : 0);
        return pick(golden, path.substr(1, close - 1), rest);
    }
    const auto end = std::min(path.find_first_of(".["), path.size());
    if (!golden.is_object()) {
        return std::nullopt;
    }
    const auto member = golden.find(path.substr(0, end));
    if (member == golden.end()) {
        return std::nullopt;
    }
    auto rest = path.substr(end);
    rest.remove_prefix(rest.starts_with('.') ? 1 : 0);
    return at_path(*member, rest);
}

bool is_opted_out(const nlohmann::json& golden) {
    if (at_path(golden, "relationship.status") == Json("do_not_contact") ||
        at_path(golden, "consent.status") == Json("withdrawn")) {
        return true;
    }
    const auto emails = at_path(golden, "emails").value_or(Json::array());
    return std::any_of(emails.begin(), emails.end(), [](const Json& email) {
        return !is_of_somebody_else(email) && email.value("opted_out", false);
    });
}

std::optional<nlohmann::json> own_email(const nlohmann::json& golden) {
    for (const Json& email : at_path(golden, "emails").value_or(Json::array())) {
        if (!is_of_somebody_else(email)) {
            return at_path(email, "address");
        }
    }
    return std::nullopt;
}

}  // namespace coterie::rest
