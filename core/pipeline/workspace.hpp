/// A workspace made ready to run: connectors found, their configs and mappings checked and
/// compiled.
#pragma once

#include "config/config.hpp"
#include "pipeline/merge/survivorship.hpp"
#include "pipeline/normalize/auto/infer.hpp"
#include "pipeline/normalize/mapping.hpp"
#include "plugin/catalog.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::pipeline {

/// One source, ready to be read and normalized.
struct PreparedSource {
    const config::Source* config = nullptr;
    const plugin::Installed* plugin = nullptr;
    nlohmann::json connector_config;
    std::vector<plugin::StreamInfo> streams;  ///< the connector's, or those that the config names
    /// Nothing while `is_auto`: then the store keeps it, or the source's first night makes it.
    std::optional<normalize::Mapping> mapping;
    bool is_auto = false;
    normalize::MappingOptions mapping_options;
    std::vector<std::string>
        secrets;  ///< of the whole config and of this connector's, to be redacted

    /// What the facts of its records depend on: the mapping and what values are read with.
    /// \pre it has a mapping.
    [[nodiscard]] std::string mapping_version() const;
    /// What helps to understand its columns: its name, and where its files lie.
    [[nodiscard]] normalize::automap::Hints hints() const;
    /// What a state that the connector keeps depends on: its config (under `key`, since it may hold
    /// secrets), the plugin and its library, what becomes of a record that is too long.
    [[nodiscard]] std::string state_version(std::string_view key) const;
};

/// One destination, ready to be delivered to.
struct PreparedDestination {
    const config::Destination* config = nullptr;
    const plugin::Installed* plugin = nullptr;
    nlohmann::json connector_config;
    std::vector<std::string> secrets;  ///< as a source's

    /// What it holds depends on beside the roster: the connector and its config, secrets apart; of
    /// one that is written whole the connector's version too, which may lay it out otherwise.
    [[nodiscard]] std::string version() const;
};

struct PreparedWorkspace {
    std::vector<PreparedSource> sources;            ///< in the config's order
    std::vector<PreparedDestination> destinations;  ///< in the config's order
    merge::SurvivorshipRules rules;
    merge::Tiers tiers;

    [[nodiscard]] const PreparedSource* find(std::string_view name) const;
    [[nodiscard]] std::vector<std::string> source_names() const;
    /// What golden records depend on beside the facts: rules, tiers, trust, matching options.
    [[nodiscard]] std::string merge_version(const config::Config& config) const;
};

/// Finds the plugins, checks every connector's config against its manifest, compiles every mapping.
/// \throws config::ConfigError with all faults, in the order of their places.
PreparedWorkspace prepare(const config::Config& config, const plugin::Catalog& catalog);

}  // namespace coterie::pipeline
