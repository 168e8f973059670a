/// One YAML text as a tree, before includes and references are resolved.
#pragma once

#include "config/node.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::config {

/// The most that one file may hold.
constexpr std::size_t kFileBytesMax = 4U << 20U;
/// The most values in a config with all its includes, those that aliases repeat counted each time:
/// a few hundred bytes of nested aliases would otherwise fill any memory.
constexpr std::size_t kNodesMax = 100'000;
/// The deepest nesting; checked while parsing, so that hostile depth never reaches the stack.
constexpr std::size_t kDepthMax = 64;

/// Appends what is wrong to `faults`; goes on after a doubled key or a tag, ends at broken syntax.
/// \param nodes_left  what remains of kNodesMax; lowered by what the text uses.
/// \return the tree; nothing when the text cannot be read as one.
std::optional<Node> build_tree(std::string_view text, const std::string& file,
                               std::size_t& nodes_left, std::vector<Fault>& faults);

}  // namespace coterie::config
