/// From a library file to its table of functions. Runs the plugin's code: in the plugin host, or in
/// the core where the isolation is in_process.
#pragma once

#include "plugin/catalog.hpp"

#include "coterie/abi.h"
#include "coterie/result.hpp"

namespace coterie::plugin {

/// Loads the library and checks what it exports against the ABI and the manifest. A library is
/// loaded once and never unloaded: code that it registered elsewhere (thread-local destructors,
/// atexit) would be gone under its caller. Any thread.
/// \return Config error that names the plugin, the file and what is wrong.
Result<const coterie_plugin*> load_plugin(const Installed& plugin);

/// Whether a table that load_plugin gave has a `write`.
bool is_destination(const coterie_plugin& table);

}  // namespace coterie::plugin
