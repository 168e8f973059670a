// Options out of a connector's config.
#include "sdk/http/url.hpp"

#include "coterie/http.hpp"

#include <algorithm>
#include <stdexcept>

namespace coterie::http {

namespace {

/// A path that may be written "~/…" .
std::string file_path(std::string path) {
    const char* const home = std::getenv("HOME");
    if (path.starts_with("~/") && home != nullptr) {
        path.replace(0, 1, home);
    }
    return path;
}

}  // namespace

Options Options::from_config(const nlohmann::json& config) {
    Options options;
    options.base_url = config.value("base_url", "");
    while (options.base_url.ends_with('/')) {
        options.base_url.pop_back();
    }
    options.hosts_without_credentials = config.value("hosts", std::vector<std::string>());
    options.proxy = config.value("proxy", "");
    options.ca_file = file_path(config.value("ca_file", ""));
    options.connect_max = std::chrono::seconds(config.value("connect_seconds_max", 30L));
    options.stall_max = std::chrono::seconds(config.value("stall_seconds_max", 60L));
    options.requests_max = config.value("requests_max", std::uint64_t{0});
    options.tries_max = config.value("tries_max", 6U);
    options.wait_first = std::chrono::milliseconds(config.value("wait_first_ms", 1000L));
    options.wait_total_max = std::chrono::seconds(config.value("wait_seconds_max", 900L));
    options.rate_max.requests = config.value("requests_per_second", 0.0);
    options.rate_max.interval = std::chrono::seconds(1);
    options.rate = options.rate_max;
    options.body_bytes_max = config.value("page_bytes_max", options.body_bytes_max);
    options.record_folder = file_path(config.value("record", ""));
    options.replay_folder = file_path(config.value("replay", ""));
    if (const auto hosts = Hosts::create(options.base_url, options.hosts_without_credentials);
        !hosts) {
        throw std::invalid_argument(hosts.error().message);
    }
    return options;
}

}  // namespace coterie::http
