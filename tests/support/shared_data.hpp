/// The real inputs that some tests read: never part of the project, so they may be missing.
#pragma once

#include "source_dir.hpp"

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace coterie::test {

/// A file or folder of the shared data, such as "mep/meps.csv": under $COTERIE_SHARED/data, else
/// under ../shared/data beside the source tree. \return Nothing where it is missing.
inline std::optional<std::filesystem::path> shared_file(std::string_view name) {
    const char* const named = std::getenv("COTERIE_SHARED");
    const std::filesystem::path beside = source_dir().parent_path() / "shared";
    const std::filesystem::path path = (named != nullptr ? named : beside) / "data" / name;
    return std::filesystem::exists(path) ? std::optional(path) : std::nullopt;
}

}  // namespace coterie::test

/// Opens a test that needs shared data: `variable` is where `name` lies, or the test is skipped.
#define COTERIE_SHARED_OR_SKIP(variable, name)                                                     \
    const auto variable##_found = coterie::test::shared_file(name);                                \
    if (!variable##_found) {                                                                       \
        GTEST_SKIP() << "shared data is missing: " << (name);                                      \
    }                                                                                              \
    const std::filesystem::path variable = *variable##_found
