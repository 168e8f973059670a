/// The lock that lets one process at a time write a store.
#pragma once

#include "base/time.hpp"

#include "coterie/result.hpp"

#include <filesystem>

namespace coterie::store {

/// An advisory lock on a file beside the store, held as long as this lives. The kernel lets go of
/// it when the process ends in whatever way, so a lock never has to be removed by hand. The file
/// says who holds it; it stays behind, since removing it would race with the next holder.
class RunLock {
  public:
    /// \return Fatal, naming the process and how long it has run, when another one holds it.
    static Result<RunLock> take(const std::filesystem::path& store, Timestamp now);
    RunLock(RunLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    RunLock& operator=(RunLock&&) = delete;
    ~RunLock();

  private:
    explicit RunLock(int descriptor) : descriptor_(descriptor) {}
    int descriptor_;
};

}  // namespace coterie::store
