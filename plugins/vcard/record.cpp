#include "record.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>
#include <utility>

namespace vcard {

using json = nlohmann::ordered_json;

namespace {

/// X-… properties that hold an account, and the word for its service.
struct ServiceName {
    std::string_view property;
    std::string_view service;
};
constexpr std::array kServices{
    ServiceName{"X-AIM", "aim"},
    ServiceName{"X-BLUESKY", "bluesky"},
    ServiceName{"X-DISCORD", "discord"},
    ServiceName{"X-FACEBOOK", "facebook"},
    ServiceName{"X-GADUGADU", "gadu-gadu"},
    ServiceName{"X-GITHUB", "github"},
    ServiceName{"X-GOOGLE-TALK", "google-talk"},
    ServiceName{"X-GROUPWISE", "groupwise"},
    ServiceName{"X-GTALK", "google-talk"},
    ServiceName{"X-ICQ", "icq"},
    ServiceName{"X-INSTAGRAM", "instagram"},
    ServiceName{"X-JABBER", "xmpp"},
    ServiceName{"X-LINKEDIN", "linkedin"},
    ServiceName{"X-MASTODON", "mastodon"},
    ServiceName{"X-MATRIX", "matrix"},
    ServiceName{"X-MS-IMADDRESS", "im"},
    ServiceName{"X-MSN", "msn"},
    ServiceName{"X-PINTEREST", "pinterest"},
    ServiceName{"X-QQ", "qq"},
    ServiceName{"X-SIP", "sip"},
    ServiceName{"X-SKYPE", "skype"},
    ServiceName{"X-SKYPE-USERNAME", "skype"},
    ServiceName{"X-SNAPCHAT", "snapchat"},
    ServiceName{"X-TELEGRAM", "telegram"},
    ServiceName{"X-THREADS", "threads"},
    ServiceName{"X-TIKTOK", "tiktok"},
    ServiceName{"X-TWITCH", "twitch"},
    ServiceName{"X-TWITTER", "twitter"},
    ServiceName{"X-WHATSAPP", "whatsapp"},
    ServiceName{"X-YAHOO", "yahoo"},
    ServiceName{"X-YOUTUBE", "youtube"},
};
/// Where people have a public profile; an account of any other service only takes messages.
constexpr std::array<std::string_view, 18> kSocial{
    "bluesky",  "discord", "facebook",  "github", "instagram", "linkedin",
    "mastodon", "patreon", "pinterest", "reddit", "snapchat",  "spotify",
    "telegram", "threads", "tiktok",    "twitch", "twitter",   "youtube"};

bool is_social(std::string_view service) {
    return service == "x" || std::find(kSocial.begin(), kSocial.end(), service) != kSocial.end();
}

std::string_view service_of(std::string_view property) {
    const auto found =
        std::find_if(kServices.begin(), kServices.end(),
                     [&](const ServiceName& known) { return known.property == property; });
    return found == kServices.end() ? std::string_view() : found->service;
}

std::string plain(const Property& property, Version version) {
    return std::string(trimmed(unescaped(property.value, version)));
}

bool has_scheme(std::string_view text, std::string_view scheme) {
    return text.size() > scheme.size() && same_ignoring_case(text.substr(0, scheme.size()), scheme);
}

bool is_link(std::string_view text) {
    return has_scheme(text, "http://") || has_scheme(text, "https://");
}

std::string without_scheme(const std::string& text, std::string_view scheme) {
    return has_scheme(text, scheme) ? text.substr(scheme.size()) : text;
}

/// Apple's own labels stand in wrappings: _$!<HomePage>!$_
std::string label_text(std::string label) {
    if (label.starts_with("_$!<") && label.ends_with(">!$_")) {
        label = label.substr(4, label.size() - 8);
    }
    return label;
}

/// 20120305T131933Z as 2012-03-05T13:19:33Z; anything else as it is.
std::string extended_time(const std::string& text) {
    const auto digits = [&](std::size_t from, std::size_t count) {
        return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(from),
                           text.begin() + static_cast<std::ptrdiff_t>(from + count),
                           [](char c) { return c >= '0' && c <= '9'; });
    };
    if (text.size() < 15 || text[8] != 'T' || !digits(0, 8) || !digits(9, 6)) {
        return text;
    }
    return text.substr(0, 4) + "-" + text.substr(4, 2) + "-" + text.substr(6, 2) + "T" +
           text.substr(9, 2) + ":" + text.substr(11, 2) + ":" + text.substr(13);
}

/// Puts what is not empty.
void put(json& to, const char* name, std::string value) {
    if (!value.empty()) {
        to[name] = std::move(value);
    }
}

class RecordMaker {
  public:
    explicit RecordMaker(const Card& card) : card_(card) {
        for (const Property& property : card.properties) {
            if (property.name == "X-ABLABEL" && !property.group.empty()) {
                labels_.emplace(lower(property.group), label_text(plain(property, card.version)));
            } else if (!property.group.empty()) {
                labelled_.insert(lower(property.group));
            }
        }
    }

    json make() {
        for (const Property& property : card_.properties) {
            if (!(property.is_binary ? binary(property) : take(property))) {
                keep(property);
            }
        }
        settle_name();
        sort_addresses();
        sort_languages();
        json record = json::object();
        static constexpr std::array kOrder{
            "version",    "product",   "uid",           "kind",   "name",     "nicknames",
            "emails",     "phones",    "faxes",         "pagers", "profiles", "messengers",
            "urls",       "addresses", "organizations", "titles", "roles",    "languages",
            "categories", "notes",     "birthday",      "gender", "revision", "members",
            "agents",     "binaries",  "parameters",    "other"};
        for (const Card& agent : card_.agents) {
            list("agents").push_back(record_of(agent));
        }
        for (const char* name : kOrder) {
            if (fields_.contains(name) && !fields_[name].empty()) {
                record[name] = std::move(fields_[name]);
            }
        }
        return record;
    }

  private:
    json& list(const char* name) {
        json& values = fields_[name];
        if (values.is_null()) {
            values = json::array();
        }
        return values;
    }

    /// One place in the record: the first property that fills it counts.
    bool single(const char* name, std::string value) {
        if (value.empty()) {
            return true;
        }
        if (fields_.contains(name)) {
            return false;
        }
        fields_[name] = std::move(value);
        return true;
    }

    /// What the property says of its value: home or work, other types, preference, label.
    void describe(json& item, const Property& property, std::string_view default_type,
                  std::initializer_list<std::string_view> understood = {}) {
        json types = json::array();
        int preference = 0;
        for (const Parameter& parameter : property.parameters) {
            if (parameter.name == "PREF") {
                preference = std::clamp(std::atoi(parameter.values.front().c_str()), 1, 100);
            }
            for (const std::string& type : types_in(parameter)) {
                if (type == "pref") {
                    preference = 1;
                } else if ((type == "home" || type == "work") && !item.contains("use")) {
                    item["use"] = type;
                } else if (type != default_type && !type.empty()) {
                    types.push_back(type);
                }
            }
        }
        if (!types.empty()) {
            item["types"] = std::move(types);
        }
        if (preference > 0) {
            item["preference"] = preference;
        }
        put(item, "label", label_of(property));
        json rest = other_parameters(property, understood);
        if (!rest.empty()) {
            item["parameters"] = std::move(rest);
        }
    }

    static std::vector<std::string> types_in(const Parameter& parameter) {
        std::vector<std::string> types;
        if (parameter.name != "TYPE") {
            return types;
        }
        for (const std::string& value : parameter.values) {
            for (const std::string_view type : split(value, ',')) {
                types.push_back(lower(trimmed(type)));
            }
        }
        return types;
    }

    static bool has_type(const Property& property, std::string_view wanted) {
        for (const Parameter& parameter : property.parameters) {
            const auto types = types_in(parameter);
            if (std::find(types.begin(), types.end(), wanted) != types.end()) {
                return true;
            }
        }
        return false;
    }

    static json other_parameters(const Property& property,
                                 std::initializer_list<std::string_view> understood) {
        static constexpr std::array<std::string_view, 5> kUnderstood{"TYPE", "PREF", "ENCODING",
                                                                     "CHARSET", "VALUE"};
        json rest = json::object();
        for (const Parameter& parameter : property.parameters) {
            if (std::find(kUnderstood.begin(), kUnderstood.end(), parameter.name) !=
                    kUnderstood.end() ||
                std::find(understood.begin(), understood.end(), parameter.name) !=
                    understood.end()) {
                continue;
            }
            if (parameter.values.size() == 1) {
                rest[parameter.name] = parameter.values.front();
            } else {
                rest[parameter.name] = parameter.values;
            }
        }
        return rest;
    }

    /// For properties whose values have no room for parameters.
    void keep_parameters(const Property& property) {
        json rest = other_parameters(property, {});
        put(rest, "label", label_of(property));
        if (!rest.empty()) {
            list("parameters")
                .push_back({{"property", property.name}, {"values", std::move(rest)}});
        }
    }

    std::string label_of(const Property& property) const {
        const auto found = labels_.find(lower(property.group));
        return property.group.empty() || found == labels_.end() ? "" : found->second;
    }

    bool take(const Property& property) {
        const std::string& name = property.name;
        if (name == "N") {
            return take_name(property);
        }
        if (name == "ADR") {
            return take_address(property);
        }
        if (name == "EMAIL" || name == "TEL" || name == "URL") {
            return take_reachable(property);
        }
        if (name == "X-SOCIALPROFILE" || name == "SOCIALPROFILE") {
            return take_profile(property);
        }
        if (name == "IMPP" || !service_of(name).empty()) {
            return take_messenger(property);
        }
        if (name == "ORG") {
            return take_organization(property);
        }
        if (name == "X-ABLABEL") {
            return labelled_.count(lower(property.group)) > 0;
        }
        return take_list(property) || take_single(property);
    }

    bool take_single(const Property& property) {
        struct Place {
            std::string_view property;
            const char* field;
        };
        static constexpr std::array kPlaces{
            Place{"VERSION", "version"}, Place{"PRODID", "product"},
            Place{"UID", "uid"},         Place{"BDAY", "birthday"},
            Place{"GENDER", "gender"},   Place{"REV", "revision"},
            Place{"KIND", "kind"},       Place{"X-ADDRESSBOOKSERVER-KIND", "kind"},
            Place{"FN", "formatted"},    Place{"X-ABSHOWAS", "kind"}};
        const auto place = std::find_if(kPlaces.begin(), kPlaces.end(), [&](const Place& known) {
            return known.property == property.name;
        });
        if (place == kPlaces.end()) {
            return false;
        }
        std::string value = plain(property, card_.version);
        if (property.name == "X-ABSHOWAS") {
            if (!same_ignoring_case(value, "company")) {
                return false;
            }
            value = "org";
        } else if (std::string_view(place->field) == "kind") {
            value = lower(value);
        } else if (property.name == "REV") {
            value = extended_time(value);
        }
        if (!single(place->field, std::move(value))) {
            return false;
        }
        keep_parameters(property);
        return true;
    }

    bool take_list(const Property& property) {
        const std::string& name = property.name;
        const bool several = name == "NICKNAME" || name == "CATEGORIES";
        const char* const field = name == "NICKNAME"     ? "nicknames"
                                  : name == "CATEGORIES" ? "categories"
                                  : name == "NOTE"       ? "notes"
                                  : name == "TITLE"      ? "titles"
                                  : name == "ROLE"       ? "roles"
                                  : name == "LANG"       ? "languages"
                                  : name == "MEMBER" || name == "X-ADDRESSBOOKSERVER-MEMBER"
                                      ? "members"
                                      : nullptr;
        if (field == nullptr) {
            return take_android(property);
        }
        if (name == "LANG") {
            const int preference = std::atoi(property.parameter("PREF").c_str());
            language_order_.push_back(preference > 0 ? preference : 101);
        }
        if (several) {
            for (const std::string_view part : split(property.value, ',')) {
                add_text(field, unescaped(part, card_.version));
            }
        } else {
            add_text(field, unescaped(property.value, card_.version));
        }
        keep_parameters(property);
        return true;
    }

    /// Android writes what 2.1 has no property for as rows of its own database.
    bool take_android(const Property& property) {
        constexpr std::string_view kNickname = "vnd.android.cursor.item/nickname;";
        if (property.name != "X-ANDROID-CUSTOM" || !property.value.starts_with(kNickname)) {
            return false;
        }
        const auto parts = split(property.value, ';');
        add_text("nicknames", unescaped(parts[1], card_.version));
        return true;
    }

    void add_text(const char* field, const std::string& text) {
        const std::string_view value = trimmed(text);
        if (!value.empty() || std::string_view(field) == "languages") {
            list(field).push_back(std::string(value));
        }
    }

    bool take_name(const Property& property) {
        if (!name_parts_.empty()) {
            return false;
        }
        static constexpr std::array kParts{"family", "given", "additional", "prefixes", "suffixes"};
        const auto parts = split(property.value, ';');
        for (std::size_t i = 0; i < std::min(parts.size(), kParts.size()); ++i) {
            put(name_parts_, kParts[i], name_part(parts[i]));
        }
        keep_parameters(property);
        return true;
    }

    /// "Philip,Paul": several names of one kind.
    std::string name_part(std::string_view text) const {
        if (card_.version == Version::V21) {
            return std::string(trimmed(unescaped(text, card_.version)));
        }
        std::string out;
        for (const std::string_view one : split(text, ',')) {
            const std::string name(trimmed(unescaped(one, card_.version)));
            out.append(out.empty() || name.empty() ? "" : " ").append(name);
        }
        return out;
    }

    bool take_address(const Property& property) {
        static constexpr std::array kParts{"po_box", "extended",    "street", "city",
                                           "region", "postal_code", "country"};
        const auto parts = split(property.value, ';');
        json address = json::object();
        for (std::size_t i = 0; i < std::min(parts.size(), kParts.size()); ++i) {
            put(address, kParts[i], std::string(trimmed(unescaped(parts[i], card_.version))));
        }
        std::string code = property.parameter("CC");
        for (const Property& other : card_.properties) {
            const bool beside = other.name == "X-ABADR" && !property.group.empty() &&
                                same_ignoring_case(other.group, property.group);
            if (beside && code.empty() && other.value.size() == 2) {
                code = other.value;
            }
        }
        put(address, "country_code", upper(code));
        put(address, "formatted", property.parameter("LABEL"));
        if (address.empty()) {
            return true;
        }
        describe(address, property, "", {"LABEL", "CC"});
        list("addresses").push_back(std::move(address));
        return true;
    }

    bool take_reachable(const Property& property) {
        std::string value = plain(property, card_.version);
        if (value.empty()) {
            return true;
        }
        json item = json::object();
        if (property.name == "EMAIL") {
            item["address"] = without_scheme(value, "mailto:");
            describe(item, property, "internet");
            list("emails").push_back(std::move(item));
        } else if (property.name == "URL") {
            item["url"] = value;
            describe(item, property, "");
            list("urls").push_back(std::move(item));
        } else {
            value = without_scheme(value, "tel:");
            const auto extension = value.find(";ext=");
            item["number"] = value.substr(0, extension);
            if (extension != std::string::npos) {
                put(item, "extension", value.substr(extension + 5));
            }
            describe(item, property, "voice");
            list(has_type(property, "fax")     ? "faxes"
                 : has_type(property, "pager") ? "pagers"
                                               : "phones")
                .push_back(std::move(item));
        }
        return true;
    }

    /// Apple: X-SOCIALPROFILE;type=twitter;x-user=ida:https://twitter.com/ida, or x-apple:ida as
    /// the value. RFC 9554: SOCIALPROFILE;SERVICE-TYPE=…;USERNAME=….
    bool take_profile(const Property& property) {
        const std::string value = without_scheme(plain(property, card_.version), "x-apple:");
        std::string service = lower(property.parameter("SERVICE-TYPE"));
        for (const Parameter& parameter : property.parameters) {
            for (const std::string& type : types_in(parameter)) {
                const bool says_where = type == "home" || type == "work" || type == "pref";
                if (service.empty() && !says_where) {
                    service = type;
                }
            }
        }
        std::string user = property.parameter("X-USER");
        if (user.empty()) {
            user = property.parameter("USERNAME");
        }
        json profile = json::object();
        put(profile, "service", service);
        put(profile, "user", user.empty() && !is_link(value) ? value : user);
        put(profile, "user_id", property.parameter("X-USERID"));
        put(profile, "url", is_link(value) ? value : "");
        if (!profile.contains("user") && !profile.contains("url") && !profile.contains("user_id")) {
            return value.empty();
        }
        describe(profile, property, service, {"X-USER", "X-USERID", "USERNAME", "SERVICE-TYPE"});
        list("profiles").push_back(std::move(profile));
        return true;
    }

    bool take_messenger(const Property& property) {
        std::string value = plain(property, card_.version);
        if (value.empty()) {
            return true;
        }
        std::string service(service_of(property.name));
        if (property.name == "IMPP") {
            const auto colon = is_link(value) ? std::string::npos : value.find(':');
            std::string scheme = lower(value.substr(0, colon));
            if (colon == std::string::npos || scheme.find('@') != std::string::npos) {
                scheme.clear();
            } else {
                value = value.substr(colon + 1);
            }
            const bool apple = scheme == "x-apple";
            service = lower(property.parameter("X-SERVICE-TYPE"));
            if (service.empty()) {
                service = lower(property.parameter("SERVICE-TYPE"));
            }
            if (service.empty() && !apple) {
                service = scheme;
            }
        }
        json item = json::object();
        put(item, "service", service);
        item[is_link(value) ? "url" : "user"] = value;
        describe(item, property, service, {"X-SERVICE-TYPE", "SERVICE-TYPE"});
        list(is_social(service) ? "profiles" : "messengers").push_back(std::move(item));
        return true;
    }

    bool take_organization(const Property& property) {
        json organization = json::object();
        json units = json::array();
        const auto parts = split(property.value, ';');
        put(organization, "name", std::string(trimmed(unescaped(parts.front(), card_.version))));
        for (std::size_t i = 1; i < parts.size(); ++i) {
            const std::string unit(trimmed(unescaped(parts[i], card_.version)));
            if (!unit.empty()) {
                units.push_back(unit);
            }
        }
        if (!units.empty()) {
            organization["units"] = std::move(units);
        }
        if (!organization.empty()) {
            describe(organization, property, "");
            list("organizations").push_back(std::move(organization));
        }
        return true;
    }

    bool binary(const Property& property) {
        json item = {{"property", property.name}};
        std::string type = property.parameter("MEDIATYPE");
        put(item, "media_type", type.empty() ? property.parameter("TYPE") : std::move(type));
        item["bytes"] = property.binary_bytes;
        list("binaries").push_back(std::move(item));
        return true;
    }

    /// As it stands: nobody knows what its backslashes mean.
    void keep(const Property& property) {
        if (property.value.empty()) {
            return;
        }
        json item = {{"property", property.name}, {"value", property.value}};
        put(item, "label", label_of(property));
        put(item, "group", property.group);
        json parameters = json::object();
        for (const Parameter& parameter : property.parameters) {
            if (parameter.name == "ENCODING" || parameter.name == "CHARSET") {
                continue;
            }
            json& values = parameters[parameter.name];
            if (values.is_null()) {
                values = json::array();
            }
            for (const std::string& value : parameter.values) {
                values.push_back(value);
            }
        }
        if (!parameters.empty()) {
            item["parameters"] = std::move(parameters);
        }
        list("other").push_back(std::move(item));
    }

    /// A card with neither FN nor N is its organization's.
    void settle_name() {
        json name = json::object();
        if (fields_.contains("formatted")) {
            name["formatted"] = std::move(fields_["formatted"]);
        } else if (name_parts_.empty() && fields_.contains("organizations") &&
                   fields_["organizations"][0].contains("name")) {
            name["formatted"] = fields_["organizations"][0]["name"];
            single("kind", "org");
        }
        for (auto& [part, value] : name_parts_.items()) {
            name[part] = value;
        }
        fields_["name"] = std::move(name);
    }

    /// Where the person lives comes first: home, then unsaid, then work; among them the preferred.
    void sort_addresses() {
        if (!fields_.contains("addresses")) {
            return;
        }
        const auto rank = [](const json& address) {
            const std::string use = address.value("use", "");
            return std::pair(use == "home" ? 0
                             : use.empty() ? 1
                                           : 2,
                             address.value("preference", 101));
        };
        auto& addresses = fields_["addresses"].get_ref<json::array_t&>();
        std::stable_sort(addresses.begin(), addresses.end(),
                         [&](const json& a, const json& b) { return rank(a) < rank(b); });
    }

    void sort_languages() {
        if (!fields_.contains("languages")) {
            return;
        }
        auto& languages = fields_["languages"].get_ref<json::array_t&>();
        std::vector<std::pair<int, std::string>> ranked;
        for (std::size_t i = 0; i < languages.size(); ++i) {
            ranked.emplace_back(language_order_[i], languages[i].get<std::string>());
        }
        std::stable_sort(ranked.begin(), ranked.end(),
                         [](const auto& a, const auto& b) { return a.first < b.first; });
        languages.clear();
        for (auto& [order, language] : ranked) {
            if (!language.empty()) {
                languages.push_back(std::move(language));
            }
        }
    }

    const Card& card_;
    std::map<std::string, std::string> labels_;  ///< of groups, in small letters
    std::set<std::string> labelled_;             ///< groups with a property beside the label
    std::map<std::string, json> fields_;
    json name_parts_ = json::object();
    std::vector<int> language_order_;
};

}  // namespace

json record_of(const Card& card) {
    return RecordMaker(card).make();
}

std::string id_of(const Card& card) {
    for (const Property& property : card.properties) {
        if (property.name == "UID" && !property.is_binary) {
            std::string id = plain(property, card.version);
            if (!id.empty()) {
                return id;
            }
        }
    }
    return {};
}

}  // namespace vcard
