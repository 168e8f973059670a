/// The normalize stage: raw source records in, normalized records out. It knows no store.
#pragma once

#include "pipeline/normalize/mapping.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace coterie::normalize {

/// One source record on its way in; all it points to is borrowed for the call.
struct RawRecord {
    std::string_view json;
    const Mapping* mapping = nullptr;
    const MappingOptions* options = nullptr;
};

/// Applies each record's mapping. The results stand in the order of the records, and are the same
/// at any number of threads.
///
/// \param threads  How many to work with, 1 or more; the caller's is one of them.
/// \pre   every record names a mapping and options.
/// \par Cost A few microseconds a record and thread.
std::vector<NormalizedRecord> normalize(std::span<const RawRecord> records, unsigned threads);

}  // namespace coterie::normalize
