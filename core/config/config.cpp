#include "config/config.hpp"

#include "base/text.hpp"
#include "config/codes.hpp"
#include "config/config_keys.hpp"
#include "config/load_yaml.hpp"
#include "config/scalar.hpp"
#include "record/fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace coterie::config {

namespace {

namespace fs = std::filesystem;
using keys::Keys;

constexpr std::int64_t kVersion = 1;
constexpr std::size_t kNameBytesMax = 64;
constexpr std::size_t kIdKeyBytesMin = 8;
constexpr std::int64_t kMegabytesMax = 1 << 20;
constexpr std::int64_t kRecordMegabytesMax = 1024;
constexpr std::int64_t kSecondsMax = 7 * 24 * 3600;
constexpr std::int64_t kThreadsMax = 1024;
constexpr std::int64_t kWholeMax = std::int64_t{1} << 53;

using Faults = std::vector<Fault>;

/// A map whose keys are known: reads its members into typed values and notes what does not fit.
class Section {
  public:
    /// \param what  as a message names it: "source 'crm'".
    Section(const Node& node, std::string what, const Keys& allowed, Faults& faults)
        : node_(node), what_(std::move(what)), faults_(faults) {
        if (node.type != Node::Type::Null && !node.is_map()) {
            fault(node.place,
                  fmt::format("{} is {}; allowed: a map{}{}", what_, shown(node),
                              allowed.empty() ? "" : " with the keys ", fmt::join(allowed, ", ")));
            return;
        }
        for (std::size_t i = 0; i < node.members.size(); ++i) {
            const std::string& key = node.members[i].first;
            if (std::find(allowed.begin(), allowed.end(), key) == allowed.end()) {
                fault(node.key_places[i],
                      fmt::format("unknown key '{}' in {}{}", printable(key, 60), what_,
                                  suggestion(key, allowed)));
            }
        }
    }

    /// The member, unless it is missing or empty.
    [[nodiscard]] const Node* member(std::string_view key) const {
        const Node* found = node_.find(key);
        return found == nullptr || found->type == Node::Type::Null ? nullptr : found;
    }
    [[nodiscard]] const Place& key_place(std::string_view key) const {
        return node_.key_place(key);
    }
    [[nodiscard]] const std::string& what() const { return what_; }

    void fault(const Place& place, std::string message) const {
        faults_.push_back({place, std::move(message)});
    }
    /// "'trust' in source 'crm' is 'high'; allowed: a number from 0 to 1"
    void wrong(std::string_view key, const Node& value, std::string_view allowed) const {
        fault(value.place,
              fmt::format("'{}' in {} is {}; allowed: {}", key, what_, shown(value), allowed));
    }

    /// Text that is not empty.
    const Node* text(std::string_view key, std::string& out, std::string_view allowed) const {
        const Node* value = member(key);
        if (value == nullptr) {
            return nullptr;
        }
        if (!value->is_scalar() || trim(value->scalar).empty()) {
            wrong(key, *value, allowed);
            return nullptr;
        }
        out = value->scalar;
        return value;
    }

    void share(std::string_view key, double& out) const {
        if (const Node* value = member(key)) {
            const auto found = number(*value);
            if (!found || !(*found >= 0 && *found <= 1)) {
                wrong(key, *value, "a number from 0 to 1");
                return;
            }
            out = *found;
        }
    }

    std::optional<std::int64_t> whole(std::string_view key, std::int64_t min,
                                      std::int64_t max) const {
        const Node* value = member(key);
        if (value == nullptr) {
            return std::nullopt;
        }
        const auto found = whole_number(*value);
        if (!found || *found < min || *found > max) {
            wrong(key, *value, fmt::format("a whole number from {} to {}", min, max));
            return std::nullopt;
        }
        return found;
    }

    void flag(std::string_view key, bool& out) const {
        if (const Node* value = member(key)) {
            const auto found = typed_value(*value);
            if (!found.is_boolean()) {
                wrong(key, *value, "true or false");
                return;
            }
            out = found.get<bool>();
        }
    }

    void choice(std::string_view key, const Keys& allowed, std::string& out) const {
        if (const Node* value = member(key)) {
            out = one_of(key, *value, allowed);
        }
    }

    std::string one_of(std::string_view key, const Node& value, const Keys& allowed) const {
        if (value.is_scalar() &&
            std::find(allowed.begin(), allowed.end(), value.scalar) != allowed.end()) {
            return value.scalar;
        }
        const bool may_show = value.is_scalar() && !value.is_secret;
        fault(value.place, fmt::format("'{}' in {} is {}{}", key, what_, shown(value),
                                       suggestion(may_show ? value.scalar : "", allowed)));
        return {};
    }

  private:
    const Node& node_;
    std::string what_;
    Faults& faults_;
};

const Node& null_node() {
    static const Node node;
    return node;
}

const Node& or_null(const Node* node) {
    return node == nullptr ? null_node() : *node;
}

bool is_name(std::string_view name) {
    const auto is_letter_or_digit = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    };
    return !name.empty() && name.size() <= kNameBytesMax && is_letter_or_digit(name.front()) &&
           std::all_of(name.begin(), name.end(),
                       [&](char c) { return is_letter_or_digit(c) || c == '_' || c == '-'; });
}

// ---- values that name something in the world ---------------------------------------------------

void read_country(const Section& section, std::string& out) {
    std::string code;
    const Node* value = section.text("country", code, "a country's two letters, such as DK");
    if (value == nullptr) {
        return;
    }
    if (is_country(code)) {
        out = code;
        return;
    }
    std::string capitals(code);
    std::transform(capitals.begin(), capitals.end(), capitals.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    const std::string hint = is_country(capitals) && !value->is_secret
                                 ? fmt::format("did you mean '{}'? ", capitals)
                                 : "";
    section.fault(value->place,
                  fmt::format("'country' in {} is {}; {}allowed: a country's two capital letters "
                              "by ISO 3166-1, such as DK",
                              section.what(), shown(*value), hint));
}

void read_timezone(const Section& section, std::string& out) {
    std::string name;
    const Node* value =
        section.text("timezone", name, "a time zone's name, such as Europe/Copenhagen");
    if (value == nullptr) {
        return;
    }
    if (is_timezone(name)) {
        out = name;
        return;
    }
    const auto near = value->is_secret ? std::nullopt : nearest_timezone(name);
    section.fault(value->place,
                  fmt::format("'timezone' in {} is {}; {}allowed: a time zone of the IANA "
                              "database, such as Europe/Copenhagen",
                              section.what(), shown(*value),
                              near ? fmt::format("did you mean '{}'? ", *near) : ""));
}

void read_currency(const Section& section, std::string& out) {
    std::string code;
    const Node* value = section.text("currency", code, "a currency's three letters, such as DKK");
    if (value == nullptr) {
        return;
    }
    if (!is_currency(code)) {
        section.wrong("currency", *value,
                      "a currency's three capital letters by ISO 4217, such as DKK");
        return;
    }
    out = code;
}

fs::path absolute_path(const fs::path& path, const fs::path& folder) {
    return (folder / path).lexically_normal();
}

// ---- sections ----------------------------------------------------------------------------------

void read_version(const Section& top, const Node& root) {
    const Node* value = top.member("version");
    if (value == nullptr) {
        top.fault(root.place, "key 'version' is missing; allowed: version: 1");
        return;
    }
    const auto version = whole_number(*value);
    if (version && *version > kVersion) {
        top.fault(
            value->place,
            fmt::format("version {} of the config format is newer than this Coterie; allowed: "
                        "version: {}, or update Coterie",
                        *version, kVersion));
    } else if (version != kVersion) {
        top.wrong("version", *value, fmt::format("{}", kVersion));
    }
}

void read_store(const Section& top, Config& config) {
    constexpr std::string_view kAllowed = "sqlite:PATH, such as sqlite:coterie.db";
    std::string store = "sqlite:coterie.db";
    const Node* value = top.text("store", store, kAllowed);
    const Place& place = value == nullptr ? top.key_place("store") : value->place;
    constexpr std::string_view kScheme = "sqlite:";
    // The location may hold a password, so that only its scheme is ever shown.
    if (store.starts_with("postgresql:") || store.starts_with("postgres:")) {
        top.fault(place, fmt::format("a PostgreSQL store is planned, but this version cannot use "
                                     "one yet; allowed: {}",
                                     kAllowed));
    } else if (!store.starts_with(kScheme)) {
        top.fault(place, fmt::format("'store' does not begin with a kind of store that is known; "
                                     "allowed: {}",
                                     kAllowed));
    } else if (store.size() == kScheme.size()) {
        top.fault(place, fmt::format("'store' names no file; allowed: {}", kAllowed));
    } else {
        config.store =
            "sqlite:" + absolute_path(store.substr(kScheme.size()), config.workspace).string();
    }
}

template <class Into>
void read_region_settings(const Section& section, Into& into) {
    read_country(section, into.country);
    read_timezone(section, into.timezone);
    read_currency(section, into.currency);
    section.choice("dates", keys::kDates, into.dates);
    section.choice("decimal", keys::kDecimal, into.decimal);
}

void read_plugins(const Node& node, Config& config, Faults& faults) {
    const Section section(node, "'plugins'", keys::kPlugins, faults);
    const Node* path = section.member("path");
    if (path == nullptr) {
        return;
    }
    const std::vector<Node> one{path->is_list() ? Node{} : *path};
    for (const Node& folder : path->is_list() ? path->items : one) {
        if (!folder.is_scalar() || folder.scalar.empty()) {
            section.wrong("path", folder, "a folder, or a list of folders");
            continue;
        }
        config.plugin_paths.push_back(absolute_path(folder.scalar, config.workspace));
    }
}

void read_connector(const Section& section, std::string_view kind, std::string& out, Place& place) {
    place = section.key_place("connector");
    const Node* value = section.text("connector", out, "a connector's name");
    if (value != nullptr) {
        place = value->place;
        if (!is_name(out)) {
            section.wrong(
                "connector", *value,
                "a connector's name (a-z, 0-9, _ and -); 'coterie connectors' lists them");
        }
    } else if (section.member("connector") == nullptr) {
        section.fault(place, fmt::format("{} has no connector; allowed: connector: NAME, where "
                                         "'coterie connectors' lists the names of each {}",
                                         section.what(), kind));
    }
}

/// The plugin's own config. What is missing in it is told at its `config:` key.
Node read_connector_config(const Section& section, const Place& without) {
    const Node* value = section.member("config");
    Node node = or_null(value);
    if (value != nullptr && !value->is_map()) {
        section.wrong("config", *value, "a map of the connector's own keys");
        node = Node{};
    }
    const Place& key = section.key_place("config");
    node.place = value != nullptr ? key : without;
    return node;
}

void read_limits(const Node& node, const std::string& of, PluginLimits& limits, Faults& faults) {
    const Section section(node, "'limits' of " + of, keys::kLimits, faults);
    const auto megabytes = [&](std::string_view key, std::int64_t max, std::uint64_t& out) {
        if (const auto found = section.whole(key, 1, max)) {
            out = static_cast<std::uint64_t>(*found);
        }
    };
    megabytes("memory_mb", kMegabytesMax, limits.memory_mb);
    megabytes("file_mb", kMegabytesMax, limits.file_mb);
    megabytes("record_mb", kRecordMegabytesMax, limits.record_mb);
    if (const auto found = section.whole("silence_seconds", 1, kSecondsMax)) {
        limits.silence = std::chrono::seconds{*found};
    }
    if (const auto found = section.whole("total_seconds", 1, kSecondsMax)) {
        limits.total = std::chrono::seconds{*found};
    }
}

void read_brake(const Node& node, const std::string& of, Brake& brake, Faults& faults) {
    const Section section(node, "'brake' of " + of, keys::kBrake, faults);
    section.share("share", brake.share);
    if (const auto found = section.whole("records", 0, kWholeMax)) {
        brake.records = static_cast<std::uint64_t>(*found);
    }
}

Source read_source(const std::string& name, const Place& place, const Node& node, Faults& faults) {
    Source source;
    source.name = name;
    source.place = place;
    const std::string what = fmt::format("source '{}'", name);
    Node located = node;
    if (node.type == Node::Type::Null) {
        located.place = place;
    }
    const Section section(located, what, keys::kSource, faults);
    if (!located.is_map() && located.type != Node::Type::Null) {
        return source;
    }
    read_connector(section, "source", source.connector, source.connector_place);
    source.connector_config = read_connector_config(section, source.connector_place);
    source.mapping = or_null(section.member("mapping"));
    section.share("trust", source.trust);
    std::string isolation;
    section.choice("isolation", keys::kIsolation, isolation);
    source.in_process = isolation == "in_process";
    read_limits(or_null(section.member("limits")), what, source.limits, faults);
    read_brake(or_null(section.member("brake")), what, source.brake, faults);
    section.choice("lawful_basis", keys::kLawfulBases, source.lawful_basis);
    read_region_settings(section, source);
    section.flag("enabled", source.enabled);
    return source;
}

Destination read_destination(const std::string& name, const Place& place, const Node& node,
                             Faults& faults) {
    Destination destination;
    destination.name = name;
    destination.place = place;
    Node located = node;
    if (node.type == Node::Type::Null) {
        located.place = place;
    }
    const std::string what = fmt::format("destination '{}'", name);
    const Section section(located, what, keys::kDestination, faults);
    if (!located.is_map() && located.type != Node::Type::Null) {
        return destination;
    }
    read_connector(section, "destination", destination.connector, destination.connector_place);
    destination.connector_config = read_connector_config(section, destination.connector_place);
    std::string isolation;
    section.choice("isolation", keys::kIsolation, isolation);
    destination.in_process = isolation == "in_process";
    read_limits(or_null(section.member("limits")), what, destination.limits, faults);
    section.flag("enabled", destination.enabled);
    return destination;
}

/// Sources or destinations: a map from the names that a person gives.
template <class Read>
void read_named(const Node& node, std::string_view plural, std::string_view kind, Faults& faults,
                const Read& read) {
    if (node.type != Node::Type::Null && !node.is_map()) {
        faults.push_back({node.place, fmt::format("'{}' is {}; allowed: a map from a name to what "
                                                  "it is, as in 'crm: {{connector: NAME}}'",
                                                  plural, shown(node))});
        return;
    }
    for (std::size_t i = 0; i < node.members.size(); ++i) {
        const auto& [name, member] = node.members[i];
        if (!is_name(name)) {
            faults.push_back({node.key_places[i],
                              fmt::format("name '{}' of a {} does not fit; allowed: at most {} of "
                                          "a-z, 0-9, _ and -, a letter or digit first",
                                          printable(name, 60), kind, kNameBytesMax)});
            continue;
        }
        read(name, node.key_places[i], member);
    }
}

/// One or two digits; more no field of cron has.
std::optional<int> digits_value(std::string_view text) {
    if (text.empty() || text.size() > 2) {
        return std::nullopt;
    }
    int value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') {
            return std::nullopt;
        }
        value = value * 10 + (c - '0');
    }
    return value;
}

/// One of cron's five fields: *, */15, 1-5, 1,15 or names of days and months.
bool is_cron_field(std::string_view field, int min, int max, const Keys& names) {
    const auto value_of = [&](std::string_view text) -> std::optional<int> {
        const auto name = std::find(names.begin(), names.end(), ascii_lower(text));
        if (name != names.end()) {
            return min + static_cast<int>(name - names.begin());
        }
        const auto value = digits_value(text);
        return value && *value >= min && *value <= max ? value : std::nullopt;
    };
    for (const std::string_view part : split(field, ',')) {
        const auto steps = split(part, '/');
        if (steps.size() > 2 || (steps.size() == 2 && digits_value(steps[1]).value_or(0) == 0)) {
            return false;
        }
        const auto ends = split(steps[0], '-');
        if (steps[0] == "*") {
            continue;
        }
        const auto first = value_of(ends[0]);
        const auto last = value_of(ends.back());
        if (ends.size() > 2 || !first || !last || *first > *last) {
            return false;
        }
    }
    return true;
}

bool is_cron(std::string_view text) {
    static const Keys kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                 "jul", "aug", "sep", "oct", "nov", "dec"};
    static const Keys kDays = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
    std::vector<std::string_view> fields;
    for (const std::string_view field : split(text, ' ')) {
        if (!field.empty()) {
            fields.push_back(field);
        }
    }
    return fields.size() == 5 && is_cron_field(fields[0], 0, 59, {}) &&
           is_cron_field(fields[1], 0, 23, {}) && is_cron_field(fields[2], 1, 31, {}) &&
           is_cron_field(fields[3], 1, 12, kMonths) && is_cron_field(fields[4], 0, 7, kDays);
}

void check_schedule(const Node& node, Faults& faults) {
    if (node.type == Node::Type::Null) {
        return;
    }
    const Section section(node, "'schedule'", keys::kSchedule, faults);
    constexpr std::string_view kAllowed =
        "minute, hour, day, month and weekday, as in \"30 2 * * *\" for 2.30 every night";
    std::string cron;
    const Node* value = section.text("cron", cron, kAllowed);
    if (value != nullptr && !is_cron(cron)) {
        section.wrong("cron", *value, kAllowed);
    } else if (node.is_map() && section.member("cron") == nullptr) {
        section.fault(node.place, fmt::format("'schedule' has no 'cron'; allowed: {}", kAllowed));
    }
    std::string timezone;
    read_timezone(section, timezone);
}

void refuse_unknown_field(const std::string& path, const Place& place, Faults& faults) {
    std::vector<std::string> paths;
    for (const record::FieldInfo& field : record::all_fields()) {
        if (!record::is_of_source(field.id)) {
            paths.emplace_back(field.path);
        }
    }
    const auto near = nearest(path, paths);
    faults.push_back({place, fmt::format("unknown field '{}' in 'merge.fields'; {}allowed: a field "
                                         "of the influencer record, such as name.display or "
                                         "profiles[].followers",
                                         printable(path, 60),
                                         near ? fmt::format("did you mean '{}'? ", *near) : "")});
}

/// The rules of one field, in the order in which they are tried.
std::vector<std::string> read_rules(const Section& section, const std::string& path,
                                    const Node& node) {
    std::vector<std::string> rules;
    if (!node.is_list()) {
        rules.push_back(section.one_of(path, node, keys::kRules));
        return rules;
    }
    for (const Node& rule : node.items) {
        rules.push_back(section.one_of(path, rule, keys::kRules));
    }
    if (rules.empty()) {
        section.fault(node.place, fmt::format("'{}' in {} is an empty list; allowed: {}", path,
                                              section.what(), fmt::join(keys::kRules, ", ")));
    }
    return rules;
}

void read_survivorship(const Node& node, Config& config, Faults& faults) {
    Keys given;
    for (const auto& member : node.members) {
        given.push_back(member.first);
    }
    const Section section(node, "'merge.fields'", given, faults);
    for (std::size_t i = 0; i < node.members.size(); ++i) {
        const auto& [path, rules] = node.members[i];
        const auto field = record::field_by_path(path);
        if (field && !record::is_of_source(*field)) {
            config.survivorship[path] = read_rules(section, path, rules);
        } else {
            refuse_unknown_field(path, node.key_places[i], faults);
        }
    }
}

void read_tiers(const Node& node, Config& config, Faults& faults) {
    const Section section(node, "'merge.tiers'", keys::kTiers, faults);
    // merge::Tiers' own defaults, against which those that are given must fit.
    static const std::map<std::string, std::int64_t> kDefaults = {
        {"micro", 10'000}, {"mid", 50'000}, {"macro", 500'000}, {"mega", 1'000'000}};
    std::string previous = "nano";
    std::int64_t floor = 0;
    for (const std::string& tier : keys::kTiers) {
        const auto given = section.whole(tier, 1, kWholeMax);
        const std::int64_t begins = given.value_or(kDefaults.at(tier));
        if (given) {
            config.tiers[tier] = *given;
        }
        if (begins <= floor && section.member(tier) == nullptr) {
            section.fault(section.key_place(previous),
                          fmt::format("tier '{}' begins at {}, but '{}' at {} by default; allowed: "
                                      "each tier above the one before, so give '{}' too",
                                      previous, floor, tier, begins, tier));
        } else if (begins <= floor) {
            section.fault(section.member(tier)->place,
                          fmt::format("tier '{}' begins at {}, which is not above '{}' at {}; "
                                      "allowed: micro < mid < macro < mega",
                                      tier, begins, previous, floor));
        }
        previous = tier;
        floor = begins;
    }
}

void read_ids(const Node& node, Config& config, Faults& faults) {
    const Section section(node, "'ids'", keys::kIds, faults);
    const Node* key = section.text("key", config.id_key, "text that keys the ids");
    if (key == nullptr) {
        return;
    }
    if (key->scalar.size() < kIdKeyBytesMin) {
        section.fault(key->place, fmt::format("'key' in 'ids' is too short; allowed: at least {} "
                                              "characters that others cannot guess",
                                              kIdKeyBytesMin));
    }
    config.secrets.push_back(key->scalar);
}

void collect_secrets(const Node& node, std::vector<std::string>& out) {
    out.insert(out.end(), node.secrets.begin(), node.secrets.end());
    for (const Node& item : node.items) {
        collect_secrets(item, out);
    }
    for (const auto& member : node.members) {
        collect_secrets(member.second, out);
    }
}

Config read_config(const Node& root, const fs::path& file, Faults& faults) {
    Config config;
    config.file = file;
    std::error_code error;
    const fs::path absolute = fs::absolute(file, error);
    config.workspace = (error ? file : absolute).lexically_normal().parent_path();
    collect_secrets(root, config.secrets);

    const Section top(root, "the config", keys::kTop, faults);
    if (!root.is_map() && root.type != Node::Type::Null) {
        return config;
    }
    const auto section = [&](std::string_view key) -> const Node& {
        return or_null(top.member(key));
    };
    read_version(top, root);
    read_store(top, config);
    read_region_settings(Section(section("defaults"), "'defaults'", keys::kDefaults, faults),
                         config.defaults);
    read_plugins(section("plugins"), config, faults);
    read_named(section("sources"), "sources", "source", faults,
               [&](const std::string& name, const Place& place, const Node& node) {
                   config.sources.push_back(read_source(name, place, node, faults));
               });
    read_named(section("destinations"), "destinations", "destination", faults,
               [&](const std::string& name, const Place& place, const Node& node) {
                   config.destinations.push_back(read_destination(name, place, node, faults));
               });
    config.schedule = section("schedule");
    check_schedule(config.schedule, faults);
    const Section merge(section("merge"), "'merge'", keys::kMerge, faults);
    read_survivorship(or_null(merge.member("fields")), config, faults);
    read_tiers(or_null(merge.member("tiers")), config, faults);
    const Section match(section("match"), "'match'", keys::kMatch, faults);
    if (const auto found = match.whole("shared_names_max", 1, 1'000'000)) {
        config.shared_names_max = static_cast<std::uint32_t>(*found);
    }
    match.share("link_probability", config.link_probability);
    match.share("review_probability", config.review_probability);
    if (config.review_probability > config.link_probability) {
        match.fault(match.key_place("review_probability"),
                    "'review_probability' in 'match' is above 'link_probability'; allowed: at most "
                    "as much: who is linked is not asked about");
    }
    read_ids(section("ids"), config, faults);
    const Section performance(section("performance"), "'performance'", keys::kPerformance, faults);
    if (const auto found = performance.whole("threads", 0, kThreadsMax)) {
        config.threads = static_cast<unsigned>(*found);
    }
    return config;
}

}  // namespace

Config from_node(const Node& root, const fs::path& file) {
    Faults faults;
    Config config = read_config(root, file, faults);
    if (!faults.empty()) {
        throw ConfigError(std::move(faults));
    }
    return config;
}

Config load(const fs::path& file) {
    Faults faults;
    const auto tree = load_tree(file.string(), faults);
    if (!tree) {
        throw ConfigError(std::move(faults));
    }
    Faults of_values;
    Config config = read_config(*tree, file, of_values);
    // A value that could not be resolved is empty now: what that breaks is no news.
    for (Fault& fault : of_values) {
        const bool is_told = std::any_of(faults.begin(), faults.end(), [&](const Fault& told) {
            return told.place == fault.place;
        });
        if (!is_told) {
            faults.push_back(std::move(fault));
        }
    }
    if (!faults.empty()) {
        throw ConfigError(std::move(faults));
    }
    return config;
}

}  // namespace coterie::config
