/// Writes a made-up workspace.
#pragma once

#include "synth/records.hpp"

#include <cstdint>
#include <filesystem>

namespace coterie::synth {

/// What was written, of one night.
struct Written {
    std::uint64_t records = 0;
    std::uint64_t broken_rows = 0;
    std::uint64_t entities = 0;
    std::uint64_t bytes = 0;
};

/// Writes sources, truth.csv and coterie.yaml of one night into `folder`, which it creates.
///
/// \param night  1, or 2: some records changed, a few new, a few gone; its coterie.yaml keeps the
///               first night's store, `../coterie.db`.
/// \throws std::system_error that names the file, where one cannot be written.
Written write_workspace(const Request& request, int night, const std::filesystem::path& folder);

}  // namespace coterie::synth
