// The rules that every plugin is held to.
#pragma once

#include "plugin/catalog.hpp"
#include "reading.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace coterie::conformance {

/// A plugin and the config that the checks run with.
struct Subject {
    plugin::Installed plugin;
    nlohmann::json config;
    std::string stream;
    std::filesystem::path workspace;
    bool is_written = false;  ///< the stream is one that a destination takes
};

/// Nothing, or what is wrong.
using Finding = std::optional<std::string>;

struct Check {
    std::string name;  ///< what holds, as a sentence
    std::function<Finding(const Subject&)> run;
};

/// Of every plugin, first; the first of them must hold for any other to make sense.
const std::vector<Check>& common_checks();
/// Of a source, for each stream that it has.
const std::vector<Check>& source_checks();
/// Of a destination, for each stream that it takes.
const std::vector<Check>& destination_checks();

}  // namespace coterie::conformance
