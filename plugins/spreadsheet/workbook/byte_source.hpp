/// Bytes in order, from wherever they come.
#pragma once

#include "coterie/result.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace spreadsheet {

class ByteSource {
  public:
    virtual ~ByteSource() = default;
    /// Fills up to `size` bytes. \return How many; 0 at the end.
    virtual coterie::Result<std::size_t> read(char* buffer, std::size_t size) = 0;
    /// How much of the file that it reads has been read; 0 where there is none.
    [[nodiscard]] virtual std::uint64_t bytes_done() const { return 0; }
};

/// Bytes that are in memory; they must live as long as this.
class MemorySource final : public ByteSource {
  public:
    explicit MemorySource(std::string_view bytes) : rest_(bytes) {}

    coterie::Result<std::size_t> read(char* buffer, std::size_t size) override {
        const std::size_t taken = std::min(size, rest_.size());
        std::memcpy(buffer, rest_.data(), taken);
        rest_.remove_prefix(taken);
        return taken;
    }

  private:
    std::string_view rest_;
};

}  // namespace spreadsheet
