/// Which plugins are installed: found by their manifests, without running any of their code.
#pragma once

#include "coterie/result.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace coterie::plugin {

/// One kind of thing that a source yields.
struct StreamInfo {
    std::string name;
    std::string description;
    /// Whether a read can go on from an earlier night's cursor; else every read is a full one.
    bool incremental = false;
    bool later_counts = false;  ///< of one record twice in one read
};

/// What the core has to know of a destination.
struct DestinationInfo {
    bool is_complete = false;     ///< each write brings all records, else what differs
    bool wants_previous = false;  ///< an update comes with what was delivered before
    bool has_dry_run = false;     ///< says what it would send, and sends nothing
    std::vector<std::string> streams{"golden"};
    std::vector<std::string> formats;  ///< of `coterie export`; its config has a key `path`
};

/// manifest.json (schemas/plugin-manifest.schema.json), read before any plugin code runs.
struct Manifest {
    std::string name;
    std::string version;
    std::string title;
    std::string description;
    std::vector<std::string> kinds;   ///< "source", "destination"
    std::vector<StreamInfo> streams;  ///< of a source; empty where `streams_in` is not
    /// A JSON Pointer into the config, whose members there are the streams; see streams_of.
    std::string streams_in;
    DestinationInfo destination;     ///< of a destination
    std::vector<std::string> hosts;  ///< that it talks to
    /// JSON Schema; "secret": true marks secrets. With the keys of what the manifest `uses`.
    nlohmann::json config_schema;

    [[nodiscard]] bool is_source() const;
    [[nodiscard]] bool is_destination() const;
};

/// A plugin's folder: manifest.json, mapping.yaml and the library.
struct Installed {
    Manifest manifest;
    std::filesystem::path folder;
    std::filesystem::path library;          ///< FOLDER/NAME.so
    std::filesystem::path default_mapping;  ///< FOLDER/mapping.yaml; empty where there is none
};

/// Reads and checks one manifest. \return Config error with the file's name and what is wrong.
Result<Manifest> read_manifest(const std::filesystem::path& file);

/// The streams of a source with this config: the manifest's, or those that the config itself names
/// (`streams_in`), by name. \return Config error with the JSON Pointer of what is wrong.
Result<std::vector<StreamInfo>> streams_of(const Manifest& manifest, const nlohmann::json& config);

/// What was found under a search path. Immutable; any thread.
class Catalog {
  public:
    /// Looks for FOLDER/NAME/manifest.json in each folder in turn; the first of a name wins.
    static Catalog discover(const std::vector<std::filesystem::path>& search_path);
    /// Config's paths, then COTERIE_PLUGIN_PATH (':' between), then ../lib/coterie/plugins beside
    /// the running program.
    static std::vector<std::filesystem::path>
    search_path(const std::vector<std::filesystem::path>& from_config);

    /// \return Config error naming every folder tried and the nearest name.
    [[nodiscard]] Result<const Installed*> find(const std::string& name) const;
    /// The destination that writes this format of export; nullptr: there is none.
    [[nodiscard]] const Installed* find_format(const std::string& format) const;
    /// All formats that destinations write, sorted.
    [[nodiscard]] std::vector<std::string> formats() const;
    [[nodiscard]] const std::vector<Installed>& all() const { return installed_; }
    /// Folders that hold something that is no usable plugin, with the reason.
    [[nodiscard]] const std::vector<Error>& faults() const { return faults_; }

  private:
    std::vector<Installed> installed_;
    std::vector<Error> faults_;
    std::vector<std::filesystem::path> searched_;
};

}  // namespace coterie::plugin
