/// An archive (zip) as the folder of its files.
#pragma once

#include "sdk/net/folder.hpp"

#include "coterie/files.hpp"
#include "coterie/result.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace coterie::location {

/// Whether a file is a zip of files: by its content, and not one of the documents that are zips
/// inside (XLSX, ODS and their kin). Of a damaged one the name says what it was.
bool is_archive(const files::Found& file);

struct ArchiveLimits {
    std::string inside;           ///< pattern of the names to take
    std::uint64_t bytes_max = 0;  ///< of all that is taken
};

/// The files of an archive, and of archives in it, unpacked into `folder`: "NAME/north/a.csv".
/// Hidden files and what macOS adds are left out.
/// \return Config error for a damaged or encrypted archive, a name that leads out of it, more than
///         the limits, an archive in an archive in an archive, or nothing that fits the pattern.
Result<std::vector<files::Found>> unpack(const files::Found& archive, const ArchiveLimits& limits,
                                         net::TemporaryFolder& folder);

/// Gives a file a stamp that stands for its content: the same again whenever it is fetched again.
/// \return The hash of the content, in hex.
Result<std::string> stamp_by_content(files::Found& file);
/// The hash of a file's content, in hex.
Result<std::string> content_hash(const files::Found& file);

}  // namespace coterie::location
