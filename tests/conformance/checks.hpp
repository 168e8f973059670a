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
};

/// Nothing, or what is wrong.
using Finding = std::optional<std::string>;

struct Check {
    std::string name;  ///< what holds, as a sentence
    std::function<Finding(const Subject&)> run;
};

/// In the order in which they are run; the first must hold for the others to make sense.
const std::vector<Check>& all_checks();

}  // namespace coterie::conformance
