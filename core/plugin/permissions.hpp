/// Who may change a plugin's files.
#pragma once

#include "coterie/result.hpp"

#include <filesystem>

namespace coterie::plugin {

/// Refuses a file or folder that its group or others can write to: whoever can change it would run
/// code as us. \return Config error that names the path and the remedy.
Result<void> refuse_writable_by_others(const std::filesystem::path& path);

}  // namespace coterie::plugin
