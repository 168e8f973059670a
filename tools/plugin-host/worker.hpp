/// The process that runs a plugin's code.
#pragma once

#include "plugin/host_protocol.hpp"

#include <sys/types.h>

namespace coterie::plugin {

/// Gives up rights, loads the plugin and does what the core says on kFramesDescriptor, until it
/// says Close or goes away.
[[noreturn]] void work(const HostSetup& setup, pid_t supervisor);

}  // namespace coterie::plugin
