/// A file that is nowhere on a disk, for tests that write one thousands of times.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <string_view>

namespace coterie::test {

/// Has a path while the object lives; a write replaces the content. On a disk, truncating a file
/// and writing it anew costs a flush, which took over 95 % of a fuzzer's time.
class MemoryFile {
  public:
    MemoryFile() : descriptor_(::memfd_create("coterie-test", MFD_CLOEXEC)) {
        if (descriptor_ < 0) {
            throw std::runtime_error("cannot make a file in memory");
        }
        path_ = "/proc/self/fd/" + std::to_string(descriptor_);
    }
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;
    ~MemoryFile() { ::close(descriptor_); }

    /// \return The path.
    const std::string& write(std::string_view content) const {
        if (::ftruncate(descriptor_, 0) != 0 ||
            ::pwrite(descriptor_, content.data(), content.size(), 0) !=
                static_cast<ssize_t>(content.size())) {
            throw std::runtime_error("cannot write the file in memory");
        }
        return path_;
    }

  private:
    int descriptor_;
    std::string path_;
};

}  // namespace coterie::test
