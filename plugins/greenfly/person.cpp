#include "person.hpp"

#include "time_zones.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace greenfly {

using coterie::Error;
using coterie::ErrorKind;
using coterie::Result;
using nlohmann::json;

namespace {

/// Whose contact is used first. The last two are the agency's.
constexpr std::array<std::string_view, 5> kRoles{"personal", "work", "unknown", "booking", "agent"};

bool is_agencys(std::string_view role) {
    return role == "booking" || role == "agent";
}

std::string text_at(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

const json& member(const json& object, const char* name) {
    static const json kNone = json::object();
    const auto found = object.find(name);
    return found == object.end() ? kNone : *found;
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return text;
}

/// Why the person wants nothing from us, in the words of the record.
std::optional<std::string> refusal(const json& golden) {
    if (text_at(member(golden, "relationship"), "status") == "do_not_contact") {
        return "is not to be contacted (relationship.status)";
    }
    if (text_at(member(golden, "consent"), "status") == "withdrawn") {
        return "has withdrawn the consent (consent.status)";
    }
    for (const auto& email : member(golden, "emails")) {
        // Who unsubscribed an agency's address spoke for the agency.
        if (email.value("opted_out", false) && !is_agencys(text_at(email, "role"))) {
            return "has opted out of mail (emails[].opted_out)";
        }
    }
    return std::nullopt;
}

/// Whether the person has said by which channels alone we may come, and this is none of them.
bool is_closed(const json& golden, std::string_view channel) {
    const json& channels = member(member(golden, "consent"), "channels");
    return channels.is_array() &&
           std::find(channels.begin(), channels.end(), channel) == channels.end();
}

struct Choice {
    std::string contact;  ///< empty: there is none
    std::string owner;    ///< of one that would have done but is another person's
};

/// The contact of the best role that is nobody else's.
Choice choose(const json& contacts, const char* name, std::string_view id, Taken& taken) {
    Choice choice;
    for (const std::string_view role : kRoles) {
        for (const auto& item : contacts) {
            const std::string contact = text_at(item, name);
            const std::string given = text_at(item, "role");
            if (contact.empty() || (given.empty() ? "unknown" : given) != role ||
                item.value("opted_out", false)) {
                continue;
            }
            if (taken.take(lower(contact), id)) {
                choice.contact = contact;
                return choice;
            }
            choice.owner = taken.owner(lower(contact));
        }
    }
    return choice;
}

std::string group_name(std::string_view name, const Groups& groups) {
    std::string group = groups.prefix;
    for (std::size_t begin = 0; begin <= name.size();) {
        const std::size_t end = std::min(name.find(groups.separator, begin), name.size());
        group.append(begin == 0 ? "" : " ").append(name.substr(begin, end - begin));
        begin = end + groups.separator.size();
    }
    return group;
}

std::string groups_of(const json& golden, const Groups& groups) {
    std::vector<std::string> names;
    const auto add = [&](const std::string& name) {
        const std::string group = group_name(name, groups);
        if (names.size() < groups.max &&
            std::find(names.begin(), names.end(), group) == names.end()) {
            names.push_back(group);
        }
    };
    for (const auto& kind : groups.by) {
        if (kind == "tier") {
            const std::string tier = text_at(member(golden, "audience"), "tier");
            if (!tier.empty() && tier != "unknown") {
                add(tier);
            }
        } else {
            for (const auto& topic : member(golden, "topics")) {
                add(topic.get<std::string>());
            }
        }
    }
    std::string text;
    for (const auto& name : names) {
        text += (text.empty() ? "" : groups.separator) + name;
    }
    return text;
}

void add_names(const json& name, Person& person) {
    person["given"] = text_at(name, "given");
    person["family"] = text_at(name, "family");
    person["display"] = text_at(name, "display");
    if (person["given"].empty() && person["family"].empty()) {
        person["given"] = person["display"];  // a stage name, or one word
    }
    if (person["display"].empty()) {
        person["display"] =
            person["given"] + (person["given"].empty() ? "" : " ") + person["family"];
    }
}

}  // namespace

bool Taken::take(const std::string& contact, std::string_view id) {
    return owners_.emplace(contact, id).first->second == id;
}

std::string Taken::owner(const std::string& contact) const {
    const auto found = owners_.find(contact);
    return found == owners_.end() ? std::string() : found->second;
}

Result<Person> person_of(const json& golden, const Settings& settings, Taken& taken) {
    if (const auto why = refusal(golden)) {
        return Error{ErrorKind::Data, "left out: the person " + *why};
    }
    const std::string id = text_at(golden, "id");
    Choice email;
    if (settings.header_of("email") && !is_closed(golden, "email")) {
        email = choose(member(golden, "emails"), "address", id, taken);
    }
    Choice mobile;
    if (settings.header_of("mobile")) {
        mobile = choose(member(golden, "phones"), "e164", id, taken);
    }
    if (email.contact.empty() && mobile.contact.empty()) {
        const std::string& owner = email.owner.empty() ? mobile.owner : email.owner;
        return Error{ErrorKind::Data,
                     owner.empty() ? "left out: no e-mail address or phone number that may be used"
                                   : "left out: the e-mail address or phone number is already that "
                                     "of " +
                                         owner};
    }
    Person person;
    add_names(member(golden, "name"), person);
    person["email"] = email.contact;
    person["mobile"] = mobile.contact;
    person["external_id"] = id;
    person["groups"] = groups_of(golden, settings.groups);
    person["status"] = settings.active;
    const json& location = member(golden, "location");
    person["country"] = text_at(location, "country");
    person["city"] = text_at(location, "city");
    const std::string_view zone = time_zone_of(person["country"]);
    person["time_zone"] = zone.empty() ? settings.time_zone : std::string(zone);
    if (const json& languages = member(golden, "languages");
        languages.is_array() && !languages.empty()) {
        person["language"] = languages[0];
    }
    std::erase_if(person, [](const auto& cell) { return cell.second.empty(); });
    return person;
}

}  // namespace greenfly
