/// The zip file that an XLSX or ODS workbook is.
#pragma once

#include "byte_source.hpp"
#include "grid.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct zip;
struct zip_file;

namespace spreadsheet {

/// A part's index in its archive.
using PartIndex = std::uint64_t;

/// One part as it is unpacked, held to the limits. Its check sum is checked at its end. Must not
/// outlive its archive.
class PartStream final : public ByteSource {
  public:
    ~PartStream() override;
    PartStream(const PartStream&) = delete;
    PartStream& operator=(const PartStream&) = delete;

    coterie::Result<std::size_t> read(char* buffer, std::size_t size) override;
    /// How much of the packed part has been read, estimated from what it unpacks to.
    [[nodiscard]] std::uint64_t bytes_done() const override;

  private:
    friend class Archive;
    PartStream() = default;

    zip_file* file_ = nullptr;
    std::string name_;
    std::uint64_t packed_bytes_ = 0;
    std::uint64_t unpacked_bytes_ = 0;  ///< as the archive claims
    std::uint64_t bytes_ = 0;
    WorkbookLimits limits_;
};

/// Parts by their names, whichever slash and case they are written in. One thread.
class Archive {
  public:
    /// \return Config error where it is damaged.
    static coterie::Result<std::shared_ptr<Archive>> open(const std::string& path,
                                                          const WorkbookLimits& limits);
    Archive(const Archive&) = delete;
    Archive& operator=(const Archive&) = delete;
    ~Archive();

    [[nodiscard]] std::optional<PartIndex> find(std::string_view name) const;
    /// The bytes that the part takes in the file.
    [[nodiscard]] std::uint64_t packed_bytes(PartIndex part) const;
    coterie::Result<std::unique_ptr<PartStream>> stream(PartIndex part);
    /// A part that is small in any workbook. \return Config error beyond `bytes_max`.
    coterie::Result<std::string> read_all(PartIndex part, std::size_t bytes_max);

  private:
    explicit Archive(zip* handle, const WorkbookLimits& limits)
        : handle_(handle), limits_(limits) {}

    zip* handle_;
    WorkbookLimits limits_;
    std::uint64_t file_bytes_ = 0;
    std::map<std::string, PartIndex, std::less<>> parts_;
};

}  // namespace spreadsheet
