/// Where this source tree lies, for tests that read its files.
#pragma once

#include <filesystem>

namespace coterie::test {

/// Absolute. A function and not a macro on each command line: a compiler cache then serves every
/// clone of the project. Not __FILE__: the cache may make that relative to a folder of its own.
std::filesystem::path source_dir();

}  // namespace coterie::test
