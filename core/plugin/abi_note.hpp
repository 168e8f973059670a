/// The ABI version that a plugin was built for, read from its file without running any of its code.
#pragma once

#include "coterie/abi.h"
#include "coterie/result.hpp"

#include <filesystem>
#include <string_view>

namespace coterie::plugin {

/// Reads the note out of a library file.
/// \return Config error where the file is no shared library of this machine, or has no note.
Result<coterie_abi_note> read_abi_note(const std::filesystem::path& library);

/// The same from the file's bytes, whatever they are.
Result<coterie_abi_note> find_abi_note(std::string_view elf);

/// Whether this Coterie can load a plugin with the note; else a Config error with both versions.
Result<void> check_abi(const coterie_abi_note& note);

}  // namespace coterie::plugin
