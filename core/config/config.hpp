/// The typed configuration of a workspace (schemas/config.schema.json).
#pragma once

#include "config/fault.hpp"
#include "config/node.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace coterie::config {

/// When a source that lost records is held for a person: more than `share` of them and more than
/// `records`.
struct Brake {
    double share = 0.2;  ///< 0-1
    std::uint64_t records = 10;
};

/// What one plugin may use; the config's words are memory_mb, file_mb, silence_seconds,
/// total_seconds, record_mb.
struct PluginLimits {
    std::uint64_t memory_mb = 1024;
    std::uint64_t file_mb = 1024;
    std::uint64_t record_mb = 16;
    std::chrono::seconds silence{300};
    std::chrono::seconds total{6 * 3600};
};

struct Source {
    std::string name;  ///< a-z 0-9 _ -, at most 64
    Place place;       ///< of its key
    std::string connector;
    Place connector_place;
    Node connector_config;  ///< `config:`, validated against the manifest by validate_plugin_config
    Node mapping;           ///< Null: the connector's default
    double trust = 0.5;     ///< 0-1
    bool in_process = false;  ///< `isolation: in_process`
    PluginLimits limits;
    Brake brake;
    std::string lawful_basis;  ///< GDPR art. 6/9 basis; empty: special-category values are refused
    std::string country, timezone, currency;  ///< as in defaults, for this source
    std::string dates;                        ///< "day_first", "month_first"; empty: default
    std::string decimal;                      ///< "comma", "point"; empty: unknown
    bool enabled = true;
};

struct Destination {
    std::string name;
    Place place;
    std::string connector;
    Place connector_place;
    Node connector_config;    ///< as a source's
    bool in_process = false;  ///< `isolation: in_process`
    PluginLimits limits;
    bool enabled = true;
};

struct Defaults {
    std::string country, timezone, currency;
    std::string dates = "day_first";
    std::string decimal;
};

struct Config {
    std::filesystem::path file;       ///< as given
    std::filesystem::path workspace;  ///< the folder it is in, absolute
    std::string store;                ///< "sqlite:/absolute/path"
    Defaults defaults;
    std::vector<std::filesystem::path> plugin_paths;  ///< absolute
    std::vector<Source> sources;                      ///< in the file's order
    std::vector<Destination> destinations;
    Node schedule;  ///< checked in shape; the daemon's
    std::map<std::string, std::vector<std::string>> survivorship;  ///< `merge.fields`: path → rules
    std::map<std::string, std::int64_t> tiers;                     ///< `merge.tiers`
    std::uint32_t shared_names_max = 3;                            ///< `match.shared_names_max`
    /// `match.link_probability`, `match.review_probability`: from which on two records are one
    /// person, and from which on a person is asked.
    double link_probability = 0.89;
    double review_probability = 0.11;
    std::string id_key;                ///< `ids.key`: keys the ids; default: a fixed text
    unsigned threads = 0;              ///< `performance.threads`; 0: as many as the machine has
    std::vector<std::string> secrets;  ///< every resolved secret, for redaction
};

/// Reads and checks a config file. \throws ConfigError with all faults.
Config load(const std::filesystem::path& file);
/// The same from a tree.
Config from_node(const Node& root, const std::filesystem::path& file);

/// Checks a plugin's `config:` against its manifest's JSON Schema: each fault at its own line and
/// column, unknown keys with a suggestion. Fills in the schema's defaults. Appends to `faults`.
/// \param sources  what a text may be that the schema says names one ("names": "source").
/// \return the config as the plugin gets it.
nlohmann::json validate_plugin_config(const Node& node, const nlohmann::json& schema,
                                      const std::string& what, std::vector<Fault>& faults,
                                      const std::vector<std::string>& sources = {});

/// What in a manifest's JSON Schema validate_plugin_config could not hold a config to: unknown
/// keywords, patterns that are no RE2 expression. Empty: all is well.
std::vector<std::string> plugin_schema_faults(const nlohmann::json& schema);

/// The commented starter workspace's coterie.yaml, with the schema comment that editors read.
std::string starter_config(const std::string& schema_location);

}  // namespace coterie::config
