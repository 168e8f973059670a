/// ${env:NAME}, ${env:NAME:-default} and ${file:PATH} inside a config's scalars.
#pragma once

#include "config/node.hpp"

#include "coterie/result.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace coterie::config {

/// The most that a ${file:…} may hold.
constexpr std::size_t kSecretBytesMax = 64U << 10U;

/// The whole of a regular file, never waiting for a pipe or a device.
/// \return Config error "cannot be read: REASON", or that it passes `bytes_max`.
Result<std::string> read_text_file(const std::filesystem::path& file, std::size_t bytes_max);

/// Resolves the references in every scalar of the tree; `$${` becomes the text `${`.
/// \param folder  what relative paths start from: the folder of the file that the tree is from.
void resolve_references(Node& node, const std::filesystem::path& folder,
                        std::vector<Fault>& faults);

}  // namespace coterie::config
