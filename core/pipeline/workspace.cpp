#include "pipeline/workspace.hpp"

#include "base/hash.hpp"
#include "config/redact.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <tuple>
#include <utility>

namespace coterie::pipeline {

namespace {

/// The mapping that is inferred from the records.
constexpr std::string_view kAuto = "auto";

normalize::MappingOptions mapping_options(const config::Source& source,
                                          const config::Defaults& defaults) {
    const auto first = [](const std::string& own, const std::string& fallback) {
        return own.empty() ? fallback : own;
    };
    using Context = normalize::ReadingContext;
    normalize::MappingOptions options;
    options.lawful_basis = source.lawful_basis;
    options.context.country = first(source.country, defaults.country);
    options.context.timezone = first(source.timezone, defaults.timezone);
    options.context.currency = first(source.currency, defaults.currency);
    options.context.date_order = first(source.dates, defaults.dates) == "month_first"
                                     ? Context::DateOrder::MonthFirst
                                     : Context::DateOrder::DayFirst;
    const std::string decimal = first(source.decimal, defaults.decimal);
    options.context.decimal = decimal == "comma"   ? Context::Decimal::Comma
                              : decimal == "point" ? Context::Decimal::Point
                                                   : Context::Decimal::Unknown;
    return options;
}

/// Where a JSON Pointer leads in a config, and the place of the key there: of the last one that
/// there is.
struct NamedPlace {
    const config::Node* node = nullptr;  ///< nullptr: it leads nowhere
    config::Place place;
};

NamedPlace place_of(const config::Node& root, std::string_view pointer) {
    NamedPlace found{&root, root.place};
    while (found.node != nullptr && !pointer.empty()) {
        pointer.remove_prefix(1);
        const auto key = pointer.substr(0, pointer.find('/'));
        pointer.remove_prefix(key.size());
        const config::Node& node = *found.node;
        found.node = node.find(key);
        if (found.node != nullptr) {
            found.place = node.key_place(key);
        }
    }
    return found;
}

/// Collects faults, so that a person sees all of them at once.
class Preparation {
  public:
    Preparation(const config::Config& config, const plugin::Catalog& catalog)
        : config_(config), catalog_(catalog) {}

    PreparedWorkspace prepare() {
        for (const config::Source& source : config_.sources) {
            source_names_.push_back(source.name);
        }
        for (const config::Source& source : config_.sources) {
            add(source);
        }
        for (const config::Destination& destination : config_.destinations) {
            add(destination);
        }
        workspace_.rules = merge::SurvivorshipRules::defaults();
        for (const auto& [path, names] : config_.survivorship) {
            auto& rules = workspace_.rules.by_field[*record::field_by_path(path)];
            rules.clear();
            for (const std::string& name : names) {
                rules.push_back(*merge::rule_named(name));
            }
        }
        set_tiers();
        if (!faults_.empty()) {
            // Any value of the config, so any text of a fault, may have come from a reference.
            for (config::Fault& fault : faults_) {
                fault.message = config::redact(fault.message, config_.secrets);
            }
            std::stable_sort(faults_.begin(), faults_.end(), [](const auto& a, const auto& b) {
                return std::tie(a.place.file, a.place.line, a.place.column) <
                       std::tie(b.place.file, b.place.line, b.place.column);
            });
            throw config::ConfigError(std::move(faults_));
        }
        return std::move(workspace_);
    }

  private:
    void add(const config::Source& source) {
        const auto plugin = catalog_.find(source.connector);
        if (!plugin) {
            faults_.push_back({source.connector_place, plugin.error().message});
            return;
        }
        if (!(*plugin)->manifest.is_source()) {
            faults_.push_back({source.connector_place,
                               fmt::format("connector '{}' is no source", source.connector)});
            return;
        }
        const auto faults_before = faults_.size();
        auto connector_config = config::validate_plugin_config(
            source.connector_config, (*plugin)->manifest.config_schema,
            fmt::format("source '{}'", source.name), faults_, source_names_);
        std::vector<plugin::StreamInfo> streams;
        if (faults_.size() == faults_before) {  // else what is wrong is told already
            streams = streams_of(source, (*plugin)->manifest, connector_config);
        }
        auto compiled = compile(source, **plugin);
        if (compiled.mapping || compiled.is_auto) {
            auto secrets = config::secrets_of(connector_config, (*plugin)->manifest.config_schema);
            secrets.insert(secrets.end(), config_.secrets.begin(), config_.secrets.end());
            workspace_.sources.push_back(
                {&source, *plugin, std::move(connector_config), std::move(streams),
                 std::move(compiled.mapping), compiled.is_auto,
                 mapping_options(source, config_.defaults), std::move(secrets)});
        }
    }

    /// In the order in which the file has them.
    std::vector<plugin::StreamInfo> streams_of(const config::Source& source,
                                               const plugin::Manifest& manifest,
                                               const nlohmann::json& connector_config) {
        auto streams = plugin::streams_of(manifest, connector_config);
        const NamedPlace named = place_of(source.connector_config, manifest.streams_in);
        if (!streams) {
            // A fault of the member itself is told where the member stands.
            const auto& place =
                place_of(source.connector_config,
                         streams.error().message.substr(0, streams.error().message.find(": ")))
                    .place;
            faults_.push_back({place, fmt::format("config of source '{}': {}", source.name,
                                                  streams.error().message)});
            return {};
        }
        if (named.node != nullptr && named.node->is_map()) {
            const auto position = [&](const plugin::StreamInfo& stream) {
                const auto& members = named.node->members;
                return std::find_if(members.begin(), members.end(), [&](const auto& member) {
                    return member.first == stream.name;
                });
            };
            std::stable_sort(streams->begin(), streams->end(), [&](const auto& a, const auto& b) {
                return position(a) < position(b);
            });
        }
        return *std::move(streams);
    }

    void add(const config::Destination& destination) {
        const auto plugin = catalog_.find(destination.connector);
        if (!plugin) {
            faults_.push_back({destination.connector_place, plugin.error().message});
            return;
        }
        if (!(*plugin)->manifest.is_destination()) {
            faults_.push_back({destination.connector_place,
                               fmt::format("connector '{}' is no destination; 'coterie connectors' "
                                           "shows which are",
                                           destination.connector)});
            return;
        }
        const auto& schema = (*plugin)->manifest.config_schema;
        auto connector_config = config::validate_plugin_config(
            destination.connector_config, schema, fmt::format("destination '{}'", destination.name),
            faults_, source_names_);
        auto secrets = config::secrets_of(connector_config, schema);
        secrets.insert(secrets.end(), config_.secrets.begin(), config_.secrets.end());
        workspace_.destinations.push_back(
            {&destination, *plugin, std::move(connector_config), std::move(secrets)});
    }

    /// The mapping of a source; nothing where it is wrong (`faults_` says so) or to be inferred.
    struct Compiled {
        std::optional<normalize::Mapping> mapping;
        bool is_auto = false;
    };

    Compiled compile(const config::Source& source, const plugin::Installed& plugin) {
        try {
            if (source.mapping.type != config::Node::Type::Null) {
                return compile_own(source);
            }
            if (plugin.default_mapping.empty()) {
                faults_.push_back(
                    {source.place, fmt::format("source '{}' needs a 'mapping': connector '{}' "
                                               "brings no default one; 'mapping: auto' infers one",
                                               source.name, source.connector)});
                return {};
            }
            return compile_node(config::load_yaml(plugin.default_mapping.string()));
        } catch (const config::ConfigError& error) {
            faults_.insert(faults_.end(), error.faults().begin(), error.faults().end());
            return {};
        }
    }

    /// `mapping:` of the config: a map, `auto`, or a file beside the config.
    Compiled compile_own(const config::Source& source) {
        const config::Node& node = source.mapping;
        if (!node.is_scalar() || node.scalar == kAuto) {
            return compile_node(node);
        }
        if (!node.scalar.ends_with(".yaml") && !node.scalar.ends_with(".yml")) {
            faults_.push_back(
                {node.place, fmt::format("'mapping' of source '{}' is one word; allowed: "
                                         "a map from record field to source field, "
                                         "auto, or a file that ends with .yaml",
                                         source.name)});
            return {};
        }
        const auto file = (config_.workspace / node.scalar).lexically_normal();
        if (!std::filesystem::exists(file)) {
            faults_.push_back({node.place, fmt::format("no mapping file '{}'; 'coterie preview {} "
                                                       "--write' makes one",
                                                       file.string(), source.name)});
            return {};
        }
        return compile_node(config::load_yaml(file.string()));
    }

    static Compiled compile_node(const config::Node& node) {
        if (node.is_scalar() && node.scalar == kAuto) {
            return {std::nullopt, true};
        }
        return {normalize::Mapping::compile(node), false};
    }

    void set_tiers() {
        const auto set = [&](const char* name, std::int64_t& threshold) {
            if (const auto found = config_.tiers.find(name); found != config_.tiers.end()) {
                threshold = found->second;
            }
        };
        set("micro", workspace_.tiers.micro);
        set("mid", workspace_.tiers.mid);
        set("macro", workspace_.tiers.macro);
        set("mega", workspace_.tiers.mega);
    }

    const config::Config& config_;
    const plugin::Catalog& catalog_;
    std::vector<std::string> source_names_;
    PreparedWorkspace workspace_;
    std::vector<config::Fault> faults_;
};

}  // namespace

std::string PreparedSource::mapping_version() const {
    const auto& context = mapping_options.context;
    return fmt::format("3|{}|{}|{}|{}|{}|{}|{}", mapping->version(), context.country,
                       context.timezone, context.currency, static_cast<int>(context.date_order),
                       static_cast<int>(context.decimal), mapping_options.lawful_basis);
}

normalize::automap::Hints PreparedSource::hints() const {
    normalize::automap::Hints hints;
    hints.texts.push_back(config->name);
    // The one word that every connector of files has for where they are.
    const auto location = connector_config.find("location");
    if (location != connector_config.end() && location->is_string()) {
        hints.texts.push_back(location->get<std::string>());
    }
    return hints;
}

std::string PreparedSource::state_version(std::string_view key) const {
    std::error_code unknown;
    const auto bytes = std::filesystem::file_size(plugin->library, unknown);
    const auto built = std::filesystem::last_write_time(plugin->library, unknown);
    return fmt::format("1|{}|{}|{}|{}|{}", keyed_id(key, connector_config.dump()),
                       plugin->manifest.version, bytes, built.time_since_epoch().count(),
                       config->limits.record_mb);
}

std::string PreparedDestination::version() const {
    const auto& manifest = plugin->manifest;
    const std::string shown = config::redact(connector_config.dump(), secrets);
    return to_hex(
        hash128(fmt::format("{}|{}|{}", manifest.name,
                            manifest.destination.is_complete ? manifest.version : "", shown)));
}

const PreparedSource* PreparedWorkspace::find(std::string_view name) const {
    const auto found = std::find_if(sources.begin(), sources.end(), [&](const PreparedSource& s) {
        return s.config->name == name;
    });
    return found == sources.end() ? nullptr : &*found;
}

std::vector<std::string> PreparedWorkspace::source_names() const {
    std::vector<std::string> names;
    for (const PreparedSource& source : sources) {
        names.push_back(source.config->name);
    }
    return names;
}

std::string PreparedWorkspace::merge_version(const config::Config& config) const {
    std::string version =
        fmt::format("3|{}|{}|{}|{}|{}|{}|{}", config.shared_names_max, config.link_probability,
                    config.review_probability, tiers.micro, tiers.mid, tiers.macro, tiers.mega);
    for (const auto& [field, order] : rules.by_field) {
        fmt::format_to(std::back_inserter(version), "|{}:", static_cast<int>(field));
        for (const merge::Rule rule : order) {
            fmt::format_to(std::back_inserter(version), "{},", static_cast<int>(rule));
        }
    }
    for (const config::Source& source : config.sources) {
        fmt::format_to(std::back_inserter(version), "|{}={}", source.name, source.trust);
    }
    return version;
}

PreparedWorkspace prepare(const config::Config& config, const plugin::Catalog& catalog) {
    return Preparation(config, catalog).prepare();
}

}  // namespace coterie::pipeline
