#include "body.hpp"

#include "coterie/files.hpp"

#include <cstddef>

namespace webhook {

using nlohmann::json;

namespace {

constexpr std::size_t kWhyBytesMax = 500;

/// Copies what `path` leads to from one value into another of the same form.
void copy(const json& from, std::string_view path, json& to) {
    if (from.is_array()) {
        if (!to.is_array()) {
            to = json::array();
        }
        for (std::size_t i = 0; i < from.size(); ++i) {
            if (to.size() <= i) {
                to.push_back(json::object());
            }
            copy(from[i], path, to[i]);
        }
        return;
    }
    const std::string name(path.substr(0, path.find('.')));
    const auto found = from.is_object() ? from.find(name) : from.end();
    if (!from.is_object() || found == from.end()) {
        return;
    }
    if (name.size() == path.size()) {
        to[name] = *found;
    } else {
        json below = to.value(name, json());
        copy(*found, path.substr(name.size() + 1), below);
        if (!below.is_null()) {
            to[name] = std::move(below);
        }
    }
}

}  // namespace

std::string chosen(const json& golden, const std::vector<std::string>& paths) {
    json made = json::object();
    copy(golden, "id", made);
    copy(golden, "revision", made);
    for (const auto& path : paths) {
        copy(golden, path, made);
    }
    return made.dump();
}

std::string body_of(std::span<const Change> changes) {
    std::string upserts;
    std::string removals;
    for (const auto& change : changes) {
        std::string& list = change.json.empty() ? removals : upserts;
        list += list.empty() ? "" : ",";
        list += change.json.empty() ? json(change.id).dump() : change.json;
    }
    return R"({"upserts":[)" + upserts + R"(],"removals":[)" + removals + "]}";
}

std::map<std::string, Fate> fates_in(std::string_view answer) {
    std::map<std::string, Fate> fates;
    const json parsed = json::parse(answer, nullptr, false);
    if (!parsed.is_object() || !parsed.contains("results") || !parsed.at("results").is_array()) {
        return fates;
    }
    for (const auto& result : parsed.at("results")) {
        if (!result.is_object() || !result.contains("id") || !result.at("id").is_string()) {
            continue;
        }
        Fate fate;
        const auto flag = [&](const char* name, bool without) {
            const auto found = result.find(name);
            return found != result.end() && found->is_boolean() ? found->get<bool>() : without;
        };
        if (!flag("ok", !result.contains("error"))) {
            fate.kind = flag("retry", false) ? Fate::Kind::Postponed : Fate::Kind::Rejected;
            const auto error = result.find("error");
            fate.why = error == result.end() ? "the receiver gives no reason"
                       : error->is_string()  ? error->get<std::string>()
                                             : error->dump();
            fate.why.resize(coterie::files::utf8_valid_bytes(
                std::string_view(fate.why).substr(0, kWhyBytesMax)));
        }
        fates[result.at("id").get<std::string>()] = std::move(fate);
    }
    return fates;
}

}  // namespace webhook
