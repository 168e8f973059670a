#include "compound.hpp"

#include "little_endian.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace spreadsheet {

using coterie::Error;
using coterie::ErrorKind;
using coterie::Result;

namespace {

constexpr std::size_t kHeaderBytes = 512;
constexpr std::size_t kEntryBytes = 128;
constexpr std::size_t kHeaderTableSectors = 109;
constexpr std::uint32_t kSectorMax = 0xFFFFFFFA;  ///< what is beyond says "end" or "free"
constexpr std::uint32_t kNoEntry = 0xFFFFFFFF;
constexpr std::uint8_t kStream = 2;

Error damaged(std::string_view what) {
    return {ErrorKind::Config,
            fmt::format("the file is damaged or cut short ({}); get it again, or open it in a "
                        "spreadsheet program and save it as .xlsx",
                        what)};
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](char c) { return lower(c); });
    return out;
}

std::string entry_name(std::string_view entry) {
    const std::size_t bytes = std::min<std::size_t>(u16_at(entry, 64), 64);
    std::string name;
    for (std::size_t i = 0; i + 2 < bytes; i += 2) {  // the last unit is the NUL
        const std::uint16_t unit = u16_at(entry, i);
        name += unit < 0x80 ? lower(static_cast<char>(unit)) : '?';
    }
    return name;
}

}  // namespace

Result<CompoundFile> CompoundFile::parse(std::string bytes) {
    CompoundFile file;
    file.bytes_ = std::move(bytes);
    const std::string_view head = file.bytes_;
    if (head.size() < kHeaderBytes) {
        return damaged("its header is cut short");
    }
    const std::uint16_t sector_shift = u16_at(head, 30);
    const std::uint16_t mini_shift = u16_at(head, 32);
    if ((sector_shift != 9 && sector_shift != 12) || mini_shift != 6) {
        return damaged("its header is of no known kind");
    }
    file.sector_bytes_ = 1U << sector_shift;
    file.mini_sector_bytes_ = 1U << mini_shift;
    file.mini_size_ = u32_at(head, 56);
    COTERIE_TRY_VOID(file.read_table());
    COTERIE_TRY_VOID(file.read_directory(u32_at(head, 48)));
    COTERIE_TRY_VOID(file.read_mini(u32_at(head, 60)));
    return file;
}

std::optional<std::string_view> CompoundFile::sector(std::uint32_t index) const {
    const std::uint64_t first = (static_cast<std::uint64_t>(index) + 1) * sector_bytes_;
    if (index >= kSectorMax || first >= bytes_.size()) {
        return std::nullopt;
    }
    // The last one may be cut short by programs that do not pad.
    return std::string_view(bytes_).substr(first, sector_bytes_);
}

/// The table lies in sectors that the header names, and behind those in a chain of lists.
Result<void> CompoundFile::read_table() {
    const std::size_t sectors = bytes_.size() / sector_bytes_ + 1;
    const std::size_t entries = sector_bytes_ / 4;
    const auto add = [&](std::uint32_t index) {
        const auto part = sector(index);
        for (std::size_t i = 0; part && i < entries && table_.size() < sectors; ++i) {
            table_.push_back(part->size() < (i + 1) * 4 ? kNoEntry : u32_at(*part, i * 4));
        }
        return part.has_value();
    };
    for (std::size_t i = 0; i < kHeaderTableSectors; ++i) {
        if (!add(u32_at(bytes_, 76 + i * 4))) {
            break;
        }
    }
    std::uint32_t list = u32_at(bytes_, 68);
    for (std::size_t steps = 0; list < kSectorMax && steps < sectors; ++steps) {
        const auto part = sector(list);
        if (!part) {
            return damaged("its table of sectors is cut short");
        }
        for (std::size_t i = 0; i + 1 < entries; ++i) {
            if (!add(u32_at(*part, i * 4))) {
                break;
            }
        }
        list = part->size() < sector_bytes_ ? kNoEntry : u32_at(*part, sector_bytes_ - 4);
    }
    return {};
}

Result<std::string> CompoundFile::read_chain(std::uint32_t start, std::uint64_t size_max) const {
    std::string out;
    std::size_t steps = 0;
    for (std::uint32_t index = start; index < kSectorMax && out.size() < size_max;) {
        const auto part = sector(index);
        if (!part || index >= table_.size() || ++steps > table_.size()) {
            return damaged("a chain of sectors leads nowhere");
        }
        out += *part;
        index = table_[index];
    }
    out.resize(std::min<std::uint64_t>(out.size(), size_max));
    return out;
}

Result<void> CompoundFile::read_directory(std::uint32_t start) {
    COTERIE_TRY(const std::string directory, read_chain(start, bytes_.size()));
    for (std::size_t at = 0; at + kEntryBytes <= directory.size(); at += kEntryBytes) {
        const std::string_view entry = std::string_view(directory).substr(at, kEntryBytes);
        entries_.push_back({.name = entry_name(entry),
                            .type = u8_at(entry, 66),
                            .left = u32_at(entry, 68),
                            .right = u32_at(entry, 72),
                            .child = u32_at(entry, 76),
                            .start = u32_at(entry, 116),
                            // Files of small sectors may have rubbish in the upper half.
                            .size = u32_at(entry, 120)});
    }
    return entries_.empty() ? Result<void>(damaged("it has no directory")) : Result<void>();
}

Result<void> CompoundFile::read_mini(std::uint32_t table_start) {
    COTERIE_TRY(const std::string table, read_chain(table_start, bytes_.size()));
    for (std::size_t at = 0; at + 4 <= table.size(); at += 4) {
        mini_table_.push_back(u32_at(table, at));
    }
    COTERIE_TRY(mini_stream_, read_chain(entries_.front().start, entries_.front().size));
    return {};
}

Result<std::string> CompoundFile::read_mini_chain(std::uint32_t start, std::uint64_t size) const {
    std::string out;
    std::size_t steps = 0;
    for (std::uint32_t index = start; index < kSectorMax && out.size() < size;) {
        const std::uint64_t first = static_cast<std::uint64_t>(index) * mini_sector_bytes_;
        if (index >= mini_table_.size() || first >= mini_stream_.size() ||
            ++steps > mini_table_.size()) {
            return damaged("a chain of small sectors leads nowhere");
        }
        out += std::string_view(mini_stream_).substr(first, mini_sector_bytes_);
        index = mini_table_[index];
    }
    out.resize(std::min<std::uint64_t>(out.size(), size));
    return out;
}

/// Among the streams at the top: an embedded workbook has streams of the same names farther down.
const CompoundFile::Entry* CompoundFile::find(std::string_view name) const {
    const std::string wanted = lower(name);
    std::vector<bool> is_seen(entries_.size());
    std::vector<std::uint32_t> open = {entries_.front().child};
    while (!open.empty()) {
        const std::uint32_t index = open.back();
        open.pop_back();
        if (index >= entries_.size() || is_seen[index]) {
            continue;
        }
        is_seen[index] = true;
        const Entry& entry = entries_[index];
        if (entry.type == kStream && entry.name == wanted) {
            return &entry;
        }
        open.push_back(entry.left);
        open.push_back(entry.right);
    }
    return nullptr;
}

Result<std::string> CompoundFile::read(std::string_view name) const {
    const Entry& entry = *find(name);
    if (entry.size < mini_size_) {
        return read_mini_chain(entry.start, entry.size);
    }
    return read_chain(entry.start, entry.size);
}

}  // namespace spreadsheet
