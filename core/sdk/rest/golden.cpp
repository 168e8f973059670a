#include "sdk/rest/golden.hpp"

#include <algorithm>

namespace coterie::rest {

namespace {

using Json = nlohmann::json;

using Found = std::vector<std::pair<std::string, const Json*>>;  ///< pointer, value

void find_at(const Json& value, std::string pointer, std::string_view path, Found& found);

/// Within "[…]": an index, `key=value` (the first that has what is asked for), or `*`.
void pick(const Json& list, const std::string& pointer, std::string_view which,
          std::string_view rest, Found& found) {
    if (!list.is_array()) {
        return;
    }
    const auto element_at = [&](std::size_t index) {
        find_at(list[index], pointer + "/" + std::to_string(index), rest, found);
    };
    const auto equals = which.find('=');
    if (which == "*" || equals != std::string_view::npos) {
        for (std::size_t i = 0; i < list.size(); ++i) {
            if (which == "*") {
                element_at(i);
                continue;
            }
            const auto value = at_path(list[i], which.substr(0, equals));
            if (found.empty() && value && text_of(*value) == which.substr(equals + 1)) {
                element_at(i);
            }
        }
        return;
    }
    if (which.empty() || which.size() > 6 ||
        which.find_first_not_of("0123456789") != std::string_view::npos) {
        return;
    }
    if (const auto index = std::stoul(std::string(which)); index < list.size()) {
        element_at(index);
    }
}

void find_at(const Json& value, std::string pointer, std::string_view path, Found& found) {
    if (path.empty()) {
        if (!value.is_null()) {
            found.emplace_back(std::move(pointer), &value);
        }
        return;
    }
    if (path.front() == '[') {
        const auto close = path.find(']');
        if (close != std::string_view::npos) {
            auto rest = path.substr(close + 1);
            rest.remove_prefix(rest.starts_with('.') ? 1 : 0);
            pick(value, pointer, path.substr(1, close - 1), rest, found);
        }
        return;
    }
    const auto end = std::min(path.find_first_of(".["), path.size());
    const auto member = value.is_object() ? value.find(path.substr(0, end)) : value.end();
    if (member == value.end()) {
        return;
    }
    auto rest = path.substr(end);
    rest.remove_prefix(rest.starts_with('.') ? 1 : 0);
    find_at(*member, pointer + "/" + member.key(), rest, found);
}

bool is_of_somebody_else(const Json& contact) {
    const std::string role = contact.value("role", std::string());
    return role == "booking" || role == "agent";
}

}  // namespace

std::optional<nlohmann::json> at_path(const nlohmann::json& golden, std::string_view path) {
    Found found;
    find_at(golden, {}, path, found);
    if (found.empty()) {
        return std::nullopt;
    }
    if (path.find("[*]") == std::string_view::npos) {
        return *found.front().second;
    }
    Json list = Json::array();
    for (const auto& [pointer, value] : found) {
        list.push_back(*value);
    }
    return list;
}

std::vector<std::string> pointers_at(const nlohmann::json& golden, std::string_view path) {
    Found found;
    find_at(golden, {}, path, found);
    std::vector<std::string> pointers;
    for (auto& [pointer, value] : found) {
        pointers.push_back(std::move(pointer));
    }
    return pointers;
}

namespace {

/// Pointers of what says that the person wants no contact: do_not_contact, a withdrawn consent, an
/// opt-out of an address of their own.
std::vector<std::string> opt_outs(const Json& golden) {
    std::vector<std::string> pointers;
    if (at_path(golden, "relationship.status") == Json("do_not_contact")) {
        pointers.emplace_back("/relationship/status");
    }
    if (at_path(golden, "consent.status") == Json("withdrawn")) {
        pointers.emplace_back("/consent/status");
    }
    const auto emails = at_path(golden, "emails").value_or(Json::array());
    for (std::size_t i = 0; i < emails.size(); ++i) {
        if (!is_of_somebody_else(emails[i]) && emails[i].value("opted_out", false)) {
            pointers.push_back("/emails/" + std::to_string(i) + "/opted_out");
        }
    }
    return pointers;
}

/// Where a value is from; null where nobody says so.
const Json* provenance_of(const Json& golden, const std::string& pointer) {
    const auto all = golden.find("provenance");
    if (all == golden.end() || !all->is_object()) {
        return nullptr;
    }
    const auto found = all->find(pointer);
    return found == all->end() || !found->is_object() ? nullptr : &*found;
}

}  // namespace

bool stands_in(const nlohmann::json& golden, const std::string& pointer, std::string_view source,
               std::string_view record_id) {
    const Json* const from = provenance_of(golden, pointer);
    return from != nullptr && from->value("source", "") == source &&
           from->value("record_id", "") == record_id && from->value("rule", "") != "derived" &&
           !from->value("field", "").empty();
}

bool is_opted_out(const nlohmann::json& golden) {
    return !opt_outs(golden).empty();
}

bool says_opted_out(const nlohmann::json& golden, std::string_view field, std::string_view source,
                    std::string_view record_id) {
    const auto pointers = opt_outs(golden);
    return std::any_of(pointers.begin(), pointers.end(), [&](const std::string& pointer) {
        const Json* const from = provenance_of(golden, pointer);
        if (from == nullptr || !stands_in(golden, pointer, source, record_id)) {
            return false;
        }
        const std::string path = from->value("field", std::string());
        return path == field || path.ends_with("." + std::string(field));
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
