#include "plugin/catalog.hpp"

#include "base/text.hpp"
#include "plugin/permissions.hpp"
#include "plugin/schema_check.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>

namespace coterie::plugin {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kManifestBytesMax = 1U << 20;
/// Folders looked into under one folder of the search path.
constexpr std::size_t kPluginsPerFolderMax = 10'000;

Error config_error(std::string message) {
    return Error{ErrorKind::Config, std::move(message)};
}

Result<std::string> read_small_file(const fs::path& file) {
    std::error_code error;
    const auto size = fs::file_size(file, error);
    if (error) {
        return config_error(fmt::format("{}: cannot be read: {}", file.string(), error.message()));
    }
    if (size > kManifestBytesMax) {
        return config_error(fmt::format("{}: has {} bytes, a manifest may have {}", file.string(),
                                        size, kManifestBytesMax));
    }
    std::ifstream in(file, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (!in) {
        return config_error(fmt::format("{}: cannot be read", file.string()));
    }
    return text;
}

const nlohmann::json& manifest_schema() {
    static const nlohmann::json schema = nlohmann::json::parse(manifest_schema_text());
    return schema;
}

/// \pre The document fits the schema.
Manifest to_manifest(const nlohmann::json& document) {
    Manifest manifest;
    manifest.name = document["name"];
    manifest.version = document["version"];
    manifest.title = document["title"];
    manifest.description = document["description"];
    manifest.kinds = document["kinds"].get<std::vector<std::string>>();
    manifest.hosts = document.value("hosts", std::vector<std::string>());
    manifest.config_schema = document["config_schema"];
    if (const auto info = document.find("destination"); info != document.end()) {
        auto& destination = manifest.destination;
        destination.is_complete = info->at("delivery") == "complete";
        destination.wants_previous = info->value("previous", false);
        destination.has_dry_run = info->value("dry_run", false);
        destination.streams = info->value("streams", destination.streams);
        destination.formats = info->value("formats", destination.formats);
    }
    manifest.streams_in = document.value("streams_in", "");
    for (const auto& stream : document.value("streams", nlohmann::json::array())) {
        manifest.streams.push_back({stream["name"], stream["description"],
                                    stream.value("incremental", false),
                                    stream.value("later_counts", false)});
    }
    return manifest;
}

bool fits_export(const nlohmann::json& config_schema) {
    const auto required = config_schema.value("required", nlohmann::json::array());
    return config_schema.at("properties").contains("path") &&
           std::all_of(required.begin(), required.end(),
                       [](const nlohmann::json& key) { return key == "path"; });
}

/// Adds the config keys that several connectors share, and that no manifest repeats.
Result<void> add_used_keys(const nlohmann::json& document, nlohmann::json& config_schema) {
    for (const auto& name : document.value("uses", nlohmann::json::array())) {
        const auto used = nlohmann::json::parse(
            used_schema_text(name.get_ref<const std::string&>()));  // the schema allows known names
        for (const auto& [key, schema] : used["properties"].items()) {
            if (!config_schema["properties"].emplace(key, schema).second) {
                return config_error(fmt::format("/config_schema/properties/{}: is a key that "
                                                "\"uses\": [\"{}\"] brings; remove one of them",
                                                key, name.get<std::string>()));
            }
        }
        for (const auto& key : used.value("required", nlohmann::json::array())) {
            auto& required = config_schema["required"];
            if (std::find(required.begin(), required.end(), key) == required.end()) {
                required.push_back(key);
            }
        }
    }
    return {};
}

Result<Installed> read_installed(const fs::path& folder) {
    COTERIE_TRY(auto manifest, read_manifest(folder / "manifest.json"));
    if (folder.filename() != manifest.name) {
        return config_error(fmt::format("{}: names the plugin '{}', and its folder is '{}'",
                                        (folder / "manifest.json").string(), manifest.name,
                                        folder.filename().string()));
    }
    Installed installed{std::move(manifest), folder, {}, {}};
    installed.library = folder / (installed.manifest.name + ".so");
    const auto mapping = folder / "mapping.yaml";
    COTERIE_TRY_VOID(refuse_writable_by_others(folder));
    COTERIE_TRY_VOID(refuse_writable_by_others(folder / "manifest.json"));
    COTERIE_TRY_VOID(refuse_writable_by_others(installed.library));
    std::error_code error;
    if (fs::exists(mapping, error)) {
        COTERIE_TRY_VOID(refuse_writable_by_others(mapping));
        installed.default_mapping = mapping;
    }
    return installed;
}

bool may_name_stream(std::string_view name) {
    return !name.empty() && name.size() <= 64 &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == name.npos;
}

/// The folders under `folder` that hold a manifest or a library, in the order of their names.
std::vector<fs::path> plugin_folders(const fs::path& folder) {
    std::vector<fs::path> found;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
        const auto name = entry->path().filename().string();
        if (found.size() < kPluginsPerFolderMax && entry->is_directory(error) &&
            (fs::exists(entry->path() / "manifest.json", error) ||
             fs::exists(entry->path() / (name + ".so"), error))) {
            found.push_back(entry->path());
        }
    }
    std::sort(found.begin(), found.end());
    return found;
}

}  // namespace

bool Manifest::is_source() const {
    return std::find(kinds.begin(), kinds.end(), "source") != kinds.end();
}

bool Manifest::is_destination() const {
    return std::find(kinds.begin(), kinds.end(), "destination") != kinds.end();
}

Result<Manifest> read_manifest(const fs::path& file) {
    COTERIE_TRY(const auto text, read_small_file(file));
    nlohmann::json document;
    try {
        document = nlohmann::json::parse(text);
    } catch (const nlohmann::json::exception& error) {
        return config_error(fmt::format("{}: is no JSON: {}", file.string(), error.what()));
    }
    const auto faults = schema_faults(manifest_schema(), document);
    if (!faults.empty()) {
        return config_error(fmt::format("{}: {}", file.string(), fmt::join(faults, "; ")));
    }
    auto manifest = to_manifest(document);
    COTERIE_TRY_VOID(
        add_used_keys(document, manifest.config_schema).transform_error(within(file.string())));
    if (manifest.is_source() && manifest.streams.empty() && manifest.streams_in.empty()) {
        return config_error(
            fmt::format("{}: /streams: a source needs at least one stream", file.string()));
    }
    if (!manifest.streams_in.empty() && !document.value("streams", nlohmann::json()).is_null()) {
        return config_error(
            fmt::format("{}: /streams_in: the streams stand here or in the config, not in both",
                        file.string()));
    }
    if (manifest.is_destination() != document.contains("destination")) {
        return config_error(fmt::format("{}: /destination: a destination says here how it is "
                                        "delivered to, and nothing else has this key",
                                        file.string()));
    }
    if (!manifest.destination.formats.empty() && !fits_export(manifest.config_schema)) {
        return config_error(fmt::format("{}: /destination/formats: the config of a plugin that "
                                        "writes exports has a key 'path' and requires no other",
                                        file.string()));
    }
    return manifest;
}

Result<std::vector<StreamInfo>> streams_of(const Manifest& manifest, const nlohmann::json& config) {
    if (manifest.streams_in.empty()) {
        return manifest.streams;
    }
    const nlohmann::json::json_pointer place(manifest.streams_in);
    const auto named = config.contains(place) ? config.at(place) : nlohmann::json();
    if (!named.is_object() || named.empty()) {
        return config_error(fmt::format("{}: names no stream; needed: a map with at least one",
                                        manifest.streams_in));
    }
    std::vector<StreamInfo> streams;
    for (const auto& [name, stream] : named.items()) {
        const std::string at = manifest.streams_in + "/" + name;
        if (!may_name_stream(name)) {
            return config_error(fmt::format("{}: is no stream's name; allowed: a-z 0-9 _, at most "
                                            "64 characters",
                                            printable(at, 200)));
        }
        const auto member = [&stream = stream](const char* key) {
            return stream.is_object() ? stream.value(key, nlohmann::json()) : nlohmann::json();
        };
        const auto incremental = member("incremental");
        if (!incremental.is_null() && !incremental.is_boolean()) {
            return config_error(at + "/incremental: is neither true nor false");
        }
        const auto description = member("description");
        streams.push_back({name, description.is_string() ? description.get<std::string>() : "",
                           incremental == true, member("later_counts") == true});
    }
    return streams;
}

Catalog Catalog::discover(const std::vector<fs::path>& search_path) {
    Catalog catalog;
    catalog.searched_ = search_path;
    for (const auto& folder : search_path) {
        for (const auto& plugin : plugin_folders(folder)) {
            auto installed = read_installed(plugin);
            if (!installed) {
                catalog.faults_.push_back(std::move(installed).error());
                continue;
            }
            const auto& name = installed->manifest.name;
            const bool is_known =
                std::any_of(catalog.installed_.begin(), catalog.installed_.end(),
                            [&](const Installed& other) { return other.manifest.name == name; });
            if (!is_known) {
                catalog.installed_.push_back(*std::move(installed));
            }
        }
    }
    return catalog;
}

std::vector<fs::path> Catalog::search_path(const std::vector<fs::path>& from_config) {
    std::vector<fs::path> folders = from_config;
    if (const char* variable = std::getenv("COTERIE_PLUGIN_PATH")) {
        for (const auto part : split(variable, ':')) {
            if (!part.empty()) {
                folders.emplace_back(part);
            }
        }
    }
    std::error_code error;
    const auto program = fs::read_symlink("/proc/self/exe", error);
    if (!error) {
        folders.push_back(program.parent_path().parent_path() / "lib/coterie/plugins");
    }
    return folders;
}

const Installed* Catalog::find_format(const std::string& format) const {
    for (const auto& installed : installed_) {
        const auto& formats = installed.manifest.destination.formats;
        if (std::find(formats.begin(), formats.end(), format) != formats.end()) {
            return &installed;
        }
    }
    return nullptr;
}

std::vector<std::string> Catalog::formats() const {
    std::set<std::string> names;
    for (const auto& installed : installed_) {
        const auto& formats = installed.manifest.destination.formats;
        names.insert(formats.begin(), formats.end());
    }
    return {names.begin(), names.end()};
}

Result<const Installed*> Catalog::find(const std::string& name) const {
    std::vector<std::string> names;
    for (const auto& installed : installed_) {
        if (installed.manifest.name == name) {
            return &installed;
        }
        names.push_back(installed.manifest.name);
    }
    std::string message = fmt::format("no usable plugin '{}' is installed", name);
    if (const auto near = nearest(name, names)) {
        message += fmt::format("; did you mean '{}'?", *near);
    }
    message += searched_.empty() ? "; no folder was searched" : "; looked in";
    const char* separator = " ";
    for (const auto& folder : searched_) {
        std::error_code error;
        message += fmt::format("{}'{}'{}", separator, folder.string(),
                               fs::is_directory(folder, error) ? "" : " (no such folder)");
        separator = ", ";
    }
    for (const auto& fault : faults_) {
        if (fault.message.find("/" + name + "/") != std::string::npos ||
            fault.message.find("/" + name + "'") != std::string::npos) {
            message += "; " + fault.message;
        }
    }
    return config_error(std::move(message));
}

}  // namespace coterie::plugin
