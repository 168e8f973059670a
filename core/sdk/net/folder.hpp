/// A folder of one's own for files that are fetched, gone when it is no longer needed.
#pragma once

#include "coterie/result.hpp"

#include <string>

namespace coterie::net {

/// Readable by its user alone; removed with all that is in it by the destructor. What a process
/// that was killed left behind is removed when the next one makes its own. Moves only.
class TemporaryFolder {
  public:
    /// Under TMPDIR, else /tmp. \return Fatal error where it cannot be made.
    static Result<TemporaryFolder> create();
    TemporaryFolder(TemporaryFolder&& other) noexcept;
    TemporaryFolder& operator=(TemporaryFolder&& other) noexcept;
    ~TemporaryFolder();

    /// A path in it that was not given out before.
    [[nodiscard]] std::string next_path();

  private:
    TemporaryFolder(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}
    std::string path_;
    int lock_ = -1;  ///< held while the folder is in use
    unsigned given_out_ = 0;
};

}  // namespace coterie::net
