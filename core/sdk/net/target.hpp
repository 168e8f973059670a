/// A file that is filled by what comes over the network.
#pragma once

#include "coterie/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace coterie::net {

/// A file that is being filled. Moves only.
class Target {
  public:
    /// Makes the file. \return Fatal error where it cannot be.
    static Result<Target> create(const std::string& path);
    Target(Target&& other) noexcept;
    Target& operator=(Target&&) = delete;
    ~Target();

    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    /// The first bytes of it, at most 64.
    [[nodiscard]] std::string beginning() const;
    bool append(std::string_view text);
    /// Empties it: what came is of no use.
    bool restart();
    /// \return Fatal error where the disk is full.
    Result<void> close();

  private:
    explicit Target(int descriptor) : descriptor_(descriptor) {}
    int descriptor_;
    std::uint64_t bytes_ = 0;
};

}  // namespace coterie::net
