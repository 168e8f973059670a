/// The tables of a store, by version, and how an older one becomes the newest.
#pragma once

#include "store/database.hpp"

#include "coterie/result.hpp"

#include <span>

namespace coterie::store {

/// One step from version - 1 to version. Steps are only ever appended: stores of every version
/// lie on people's disks.
struct Migration {
    int version = 0;
    const char* sql = nullptr;
};

/// All steps, by version, without gaps.
std::span<const Migration> migrations();

/// What the file is, by its header.
struct StoreKind {
    bool empty = false;  ///< nothing in it yet
    int version = 0;
};

/// \return Config when the file is something else than a store, Fatal when it is damaged.
Result<StoreKind> identify(Database& database);

/// Applies the steps that the store lacks, each in its own transaction: interrupted, the next
/// opening goes on.
/// \return Fatal when the store is newer than the last step, or a step fails.
Result<void> migrate(Database& database, std::span<const Migration> steps);

/// The refusal of a store that is newer than this program.
Error newer_store(const std::filesystem::path& path, int version, int known);

}  // namespace coterie::store
