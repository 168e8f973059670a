/// The processes that descend from this one.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace coterie::plugin {

/// All living descendants of this process. Orphans count while this process is a subreaper.
std::vector<pid_t> descendants();

/// Resident memory of the processes together; pages that they share count once for each.
std::uint64_t resident_bytes(const std::vector<pid_t>& processes);

}  // namespace coterie::plugin
