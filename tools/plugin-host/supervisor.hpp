/// The process that watches a plugin's process and all that it starts.
#pragma once

namespace coterie::plugin {

/// Starts the worker as the core says, and stays until the worker has ended or the core has gone.
/// Leaves no descendant behind. \return The process's exit code.
int supervise();

}  // namespace coterie::plugin
