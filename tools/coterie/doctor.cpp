// doctor: what is wrong with this installation and workspace, and what to do about it.
#include "base/time.hpp"
#include "cli.hpp"
#include "pipeline/workspace.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <chrono>
#include <functional>

namespace coterie::cli {

namespace {

struct Finding {
    std::string what;
    bool is_good = true;
    std::string detail;  ///< what was found; what to do, where it is not good
};

class Doctor {
  public:
    explicit Doctor(const Context& context) : context_(context) {}

    std::vector<Finding> examine() {
        examine_time_zones();
        if (const auto config = examine_config()) {
            examine_plugins(load_catalog(*config));
            examine_workspace(*config);
            examine_store(*config);
        } else {
            examine_plugins(plugin::Catalog::discover(plugin::Catalog::search_path({})));
        }
        return std::move(findings_);
    }

  private:
    void add(std::string what, bool is_good, std::string detail) {
        findings_.push_back({std::move(what), is_good, std::move(detail)});
    }

    void examine_time_zones() {
        const bool there = std::filesystem::exists("/usr/share/zoneinfo/Europe/Copenhagen");
        add("time zones", there,
            there ? "/usr/share/zoneinfo" : "no time zone data; install the package tzdata");
    }

    std::optional<config::Config> examine_config() {
        try {
            auto config = load_config(context_);
            struct stat status {};
            const bool is_open = stat(config.file.c_str(), &status) == 0 &&
                                 (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
            add("config", !is_open,
                is_open ? fmt::format("{} can be written by others; chmod go-w it",
                                      config.file.string())
                        : config.file.string());
            return config;
        } catch (const config::ConfigError& error) {
            for (const auto& fault : error.faults()) {
                add("config", false, fault.text());
            }
            return std::nullopt;
        }
    }

    void examine_plugins(const plugin::Catalog& catalog) {
        std::string names;
        for (const auto& plugin : catalog.all()) {
            names += (names.empty() ? "" : ", ") + plugin.manifest.name;
        }
        add("plugins", !names.empty(),
            names.empty() ? "none found; set plugins.path or COTERIE_PLUGIN_PATH" : names);
        for (const Error& fault : catalog.faults()) {
            add("plugins", false, fault.message);
        }
    }

    void examine_workspace(const config::Config& config) {
        try {
            const auto workspace = pipeline::prepare(config, load_catalog(config));
            add("sources", !workspace.sources.empty(),
                workspace.sources.empty() ? "none; add one under 'sources'"
                                          : fmt::format("{} ready", workspace.sources.size()));
        } catch (const config::ConfigError& error) {
            for (const auto& fault : error.faults()) {
                add("sources", false, fault.text());
            }
        }
        std::error_code error;
        const auto space = std::filesystem::space(config.workspace, error);
        constexpr std::uintmax_t kFreeBytesMin = 1ULL << 30;
        add("disk", !error && space.available >= kFreeBytesMin,
            error ? error.message()
                  : fmt::format("{} MB free in {}{}", space.available >> 20,
                                config.workspace.string(),
                                space.available < kFreeBytesMin ? "; make room" : ""));
    }

    void examine_store(const config::Config& config) {
        const std::string path = config.store.substr(config.store.find(':') + 1);
        if (!std::filesystem::exists(path)) {
            add("store", true, "none yet; 'coterie run' makes it");
            return;
        }
        auto store = store::Store::open(config.store, store::Store::Access::ReadOnly);
        if (!store) {
            add("store", false, store.error().message);
            return;
        }
        const auto faults = (*store)->integrity_faults();
        if (!faults) {
            add("store", false, faults.error().message);
            return;
        }
        for (const std::string& fault : *faults) {
            add("store", false, fault + "; restore it from a backup");
        }
        struct stat status {};
        const bool is_open = stat(path.c_str(), &status) == 0 && (status.st_mode & 077) != 0;
        add("store", !is_open && faults->empty(),
            is_open
                ? fmt::format("{} holds personal data and others can read it; chmod 600 it", path)
                : fmt::format("{}, {} MB, sound", path, std::filesystem::file_size(path) >> 20));
        examine_runs(**store);
    }

    void examine_runs(const store::Store& store) {
        const auto runs = store.runs(1);
        if (!runs || runs->empty()) {
            return;
        }
        const store::Run& last = runs->front();
        add("last run", last.finished_at.has_value(),
            last.finished_at
                ? fmt::format("run {} at {}: {}", last.number, to_rfc3339(last.started_at),
                              last.summary.value("status", "unknown"))
                : fmt::format("run {} of {} did not finish; 'coterie run' goes on with it",
                              last.number, to_rfc3339(last.started_at)));
        add("clock", system_now() >= last.started_at,
            system_now() >= last.started_at
                ? to_rfc3339(system_now())
                : "the clock stands before the last run; mend the machine's clock");
    }

    const Context& context_;
    std::vector<Finding> findings_;
};

}  // namespace

int doctor(const Context& context) {
    const auto findings = Doctor(context).examine();
    bool is_good = true;
    std::vector<std::vector<std::string>> rows;
    nlohmann::json list = nlohmann::json::array();
    for (const Finding& finding : findings) {
        is_good = is_good && finding.is_good;
        rows.push_back({finding.is_good ? "ok" : "!!", finding.what, finding.detail});
        list.push_back(
            {{"what", finding.what}, {"ok", finding.is_good}, {"detail", finding.detail}});
    }
    print_text(context, fmt::format("coterie {}\n{}", COTERIE_VERSION,
                                    table({"", "what", "found"}, rows, terminal_width())));
    if (context.json) {
        print_json({{"version", COTERIE_VERSION}, {"ok", is_good}, {"findings", list}});
    }
    return is_good ? Done : Partial;
}

}  // namespace coterie::cli
