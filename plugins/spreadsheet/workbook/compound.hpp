/// Compound files, the container of XLS workbooks and of encrypted XLSX ones ([MS-CFB]).
#pragma once

#include "coterie/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spreadsheet {

/// A file held in memory. What it says about itself is believed only where it fits its size.
class CompoundFile {
  public:
    /// \return Config error where it is damaged.
    static coterie::Result<CompoundFile> parse(std::string bytes);

    /// Whether there is a stream of this name, whichever case it is written in.
    [[nodiscard]] bool has(std::string_view name) const { return find(name) != nullptr; }
    /// \pre has(name)
    [[nodiscard]] coterie::Result<std::string> read(std::string_view name) const;

  private:
    struct Entry {
        std::string name;  ///< ASCII in lower case; other characters as '?'
        std::uint8_t type = 0;
        std::uint32_t left = 0, right = 0, child = 0;
        std::uint32_t start = 0;
        std::uint64_t size = 0;
    };

    [[nodiscard]] const Entry* find(std::string_view name) const;
    [[nodiscard]] std::optional<std::string_view> sector(std::uint32_t index) const;
    coterie::Result<void> read_table();
    coterie::Result<void> read_directory(std::uint32_t start);
    coterie::Result<void> read_mini(std::uint32_t table_start);
    [[nodiscard]] coterie::Result<std::string> read_chain(std::uint32_t start,
                                                          std::uint64_t size_max) const;
    [[nodiscard]] coterie::Result<std::string> read_mini_chain(std::uint32_t start,
                                                               std::uint64_t size) const;

    std::string bytes_;
    std::uint32_t sector_bytes_ = 512;
    std::uint32_t mini_sector_bytes_ = 64;
    std::uint32_t mini_size_ = 4096;         ///< streams below this size are in the mini stream
    std::vector<std::uint32_t> table_;       ///< the sector behind each sector
    std::vector<std::uint32_t> mini_table_;  ///< the same of the mini stream
    std::string mini_stream_;
    std::vector<Entry> entries_;
};

}  // namespace spreadsheet
