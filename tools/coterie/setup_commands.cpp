// init, check, connectors: setting a workspace up.
#include "cli.hpp"
#include "connect.hpp"
#include "embedded_schemas.hpp"
#include "pipeline/workspace.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>

namespace coterie::cli {

namespace {

constexpr std::string_view kStarterCrm =
    R"({"id":"1001","name":"Ida Marie Holm","email":"ida@example.com","phone":"+45 32 12 34 56","instagram":"@idaholm","followers":"12,5K","country":"Danmark","status":"Replied"}
{"id":"1002","name":"HOLM, Bo","email":"bo.holm@example.org","tiktok":"https://www.tiktok.com/@boholm?lang=da","country":"DK","status":"Contacted"}
)";
constexpr std::string_view kStarterSheet = R"(Navn;Insta;Følgere;E-mail;Emne
Ida Holm;idaholm;12.700;;Mad, rejser
Karla Lund ✨;https://instagram.com/karla.lund/?hl=da;8.950;karla@example.net;Sport
)";

/// Makes a file that is not there yet. \throws CommandError when it is, or cannot be written.
void write_new(const std::filesystem::path& file, std::string_view text) {
    if (std::filesystem::exists(file)) {
        throw CommandError(
            Nothing, fmt::format("'{}' is there already; nothing was overwritten", file.string()));
    }
    std::ofstream out(file, std::ios::binary);
    out << text;
    out.close();
    if (!out) {
        throw CommandError(Nothing, fmt::format("'{}' cannot be written: {}", file.string(),
                                                std::strerror(errno)));
    }
}

nlohmann::json manifest_json(const plugin::Installed& plugin) {
    const plugin::Manifest& manifest = plugin.manifest;
    nlohmann::json streams = nlohmann::json::array();
    for (const auto& stream : manifest.streams) {
        streams.push_back({{"name", stream.name},
                           {"description", stream.description},
                           {"incremental", stream.incremental}});
    }
    nlohmann::json destination;
    if (manifest.is_destination()) {
        const auto& info = manifest.destination;
        destination = {{"delivery", info.is_complete ? "complete" : "changes"},
                       {"dry_run", info.has_dry_run},
                       {"streams", info.streams},
                       {"formats", info.formats}};
    }
    std::string mapping;
    if (!plugin.default_mapping.empty()) {
        std::ifstream in(plugin.default_mapping, std::ios::binary);
        mapping.assign(std::istreambuf_iterator<char>(in), {});
    }
    return {{"name", manifest.name},
            {"version", manifest.version},
            {"title", manifest.title},
            {"description", manifest.description},
            {"kinds", manifest.kinds},
            {"streams", streams},
            {"streams_in",
             manifest.streams_in.empty() ? nlohmann::json() : nlohmann::json(manifest.streams_in)},
            {"destination", destination},
            {"hosts", manifest.hosts},
            {"config", manifest.config_schema},
            {"default_mapping", mapping},
            {"folder", plugin.folder.string()}};
}

std::string type_of(const nlohmann::json& property) {
    if (!property.contains("type")) {
        return property.contains("enum") ? "one of " + property.at("enum").dump() : "any";
    }
    const auto& type = property.at("type");
    return type.is_string() ? type.get<std::string>() : type.dump();
}

void print_connector(const Context& context, const plugin::Installed& plugin) {
    const plugin::Manifest& manifest = plugin.manifest;
    std::string text = fmt::format("{} {}: {}\n{}\n\nconfig:\n", manifest.name, manifest.version,
                                   manifest.title, manifest.description);
    const auto properties = manifest.config_schema.value("properties", nlohmann::json::object());
    const auto required = manifest.config_schema.value("required", nlohmann::json::array());
    for (const auto& [key, property] : properties.items()) {
        const bool is_required =
            std::find(required.begin(), required.end(), nlohmann::json(key)) != required.end();
        fmt::format_to(std::back_inserter(text), "  {} ({}{}{}){}\n      {}\n", key,
                       type_of(property), is_required ? ", required" : "",
                       property.value("secret", false) ? ", secret" : "",
                       property.contains("default") ? " = " + property.at("default").dump() : "",
                       property.value("description", ""));
    }
    const auto json = manifest_json(plugin);
    if (manifest.is_source()) {
        text += "\nstreams:\n";
        if (!manifest.streams_in.empty()) {
            fmt::format_to(std::back_inserter(text), "  those that the config names in {}\n",
                           manifest.streams_in);
        }
        for (const auto& stream : manifest.streams) {
            fmt::format_to(std::back_inserter(text), "  {}: {}{}\n", stream.name,
                           stream.description, stream.incremental ? " (incremental)" : "");
        }
        text += "\ndefault mapping:\n" + json.at("default_mapping").get<std::string>();
    }
    if (manifest.is_destination()) {
        const auto& info = manifest.destination;
        fmt::format_to(std::back_inserter(text), "\nas a destination: {}\n",
                       info.is_complete ? "written whole, when anything has changed"
                                        : "told what differs from what it has");
        if (info.has_dry_run) {
            text += "  says in a dry run what it would send\n";
        }
        if (!info.formats.empty()) {
            fmt::format_to(std::back_inserter(text), "  coterie export --format {}\n",
                           fmt::join(info.formats, ", "));
        }
    }
    print_text(context, text);
    if (context.json) {
        print_json(json);
    }
}

/// The config's plugin folders, if there is a config here: listing connectors needs none.
plugin::Catalog catalog_for_listing(const Context& context) {
    if (std::filesystem::exists(context.config_file)) {
        return load_catalog(load_config(context));
    }
    return plugin::Catalog::discover(plugin::Catalog::search_path({}));
}

/// What `check` found of the sources, or of the destinations.
struct Checked {
    std::string text;
    nlohmann::json list = nlohmann::json::array();
    bool all_good = true;
};

template <class Prepared>
Checked check_each(const config::Config& config, const std::vector<Prepared>& all, bool connects,
                   std::string_view what) {
    Checked checked;
    for (const auto& prepared : all) {
        const auto& manifest = prepared.plugin->manifest;
        const Connection connection = connects ? connect(config, prepared) : Connection();
        const std::string& failure = connection.failure;
        const bool is_good = failure.empty();
        checked.all_good = checked.all_good && is_good;
        fmt::format_to(std::back_inserter(checked.text), "  {} {}{} ({} {}){}\n",
                       is_good ? "ok" : "!!", what, prepared.config->name, manifest.name,
                       manifest.version, is_good ? "" : ": " + failure);
        checked.text += connection.text();
        checked.list.push_back({{"name", prepared.config->name},
                                {"connector", manifest.name},
                                {"ok", is_good},
                                {"message", is_good ? nlohmann::json() : nlohmann::json(failure)},
                                {"report", connection.report_json()},
                                {"samples", connection.samples_json()}});
    }
    return checked;
}

}  // namespace

int init(const Context& context, const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder / "search", error);
    std::filesystem::create_directories(folder / ".coterie", error);
    if (error) {
        throw CommandError(
            Nothing, fmt::format("'{}' cannot be made: {}", folder.string(), error.message()));
    }
    write_new(folder / "coterie.yaml", config::starter_config("./.coterie/config.schema.json"));
    write_new(folder / ".coterie/config.schema.json", kConfigSchema);
    write_new(folder / "crm.jsonl", kStarterCrm);
    write_new(folder / "search/roster.csv", kStarterSheet);
    print_text(
        context,
        fmt::format("wrote a workspace to '{}': coterie.yaml, and two small example sources\n"
                    "next: {}coterie check && coterie run && coterie export --format csv\n",
                    folder.string(),
                    folder == "." ? "" : fmt::format("cd {} && ", folder.string())));
    if (context.json) {
        print_json(
            {{"workspace", folder.string()}, {"config", (folder / "coterie.yaml").string()}});
    }
    return Done;
}

int check(const Context& context, bool connects) {
    const config::Config config = load_config(context);
    const plugin::Catalog catalog = load_catalog(config);
    const auto workspace = pipeline::prepare(config, catalog);
    const auto sources = check_each(config, workspace.sources, connects, "");
    const auto destinations = check_each(config, workspace.destinations, connects, "destination ");
    const bool all_good = sources.all_good && destinations.all_good;
    print_text(context, fmt::format("{}: {}\n{}{}", config.file.string(),
                                    all_good           ? "good"
                                    : sources.all_good ? "destinations cannot be reached"
                                                       : "sources cannot be reached",
                                    sources.text, destinations.text));
    if (context.json) {
        print_json({{"ok", all_good},
                    {"config", config.file.string()},
                    {"connected", connects},
                    {"sources", sources.list},
                    {"destinations", destinations.list}});
    }
    return all_good ? Done : Invalid;
}

int connectors(const Context& context, const std::string& name) {
    const plugin::Catalog catalog = catalog_for_listing(context);
    if (!name.empty()) {
        print_connector(context, *or_end(catalog.find(name)));
        return Done;
    }
    std::vector<std::vector<std::string>> rows;
    nlohmann::json list = nlohmann::json::array();
    for (const plugin::Installed& plugin : catalog.all()) {
        const plugin::Manifest& manifest = plugin.manifest;
        rows.push_back({manifest.name, manifest.version,
                        fmt::format("{}", fmt::join(manifest.kinds, ", ")), manifest.title});
        list.push_back(manifest_json(plugin));
    }
    nlohmann::json faults = nlohmann::json::array();
    for (const Error& fault : catalog.faults()) {
        fmt::print(stderr, "warning: {}\n", fault.message);
        faults.push_back(fault.message);
    }
    print_text(context, table({"connector", "version", "kinds", "what"}, rows, terminal_width()));
    if (context.json) {
        print_json({{"connectors", list}, {"faults", faults}});
    }
    return Done;
}

}  // namespace coterie::cli
