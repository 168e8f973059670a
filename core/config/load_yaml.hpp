/// Loading without throwing: for the typed config, which adds its own faults to those of the file.
#pragma once

#include "config/node.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::config {

/// The most files that one config may consist of, and the longest chain of includes.
constexpr std::size_t kFilesMax = 64;

/// As load_yaml and parse_yaml, with the faults appended. \return nothing when there is no tree;
/// with faults, a tree may still come back, and is good for finding more of them.
std::optional<Node> load_tree(const std::string& path, std::vector<Fault>& faults);
std::optional<Node> parse_tree(std::string_view text, const std::string& name,
                               std::vector<Fault>& faults);

}  // namespace coterie::config
