/// What must hold of any workbook, whatever its bytes are.
#pragma once

#include "plugins/spreadsheet/workbook/grid.hpp"
#include "tests/support/memory_file.hpp"

#include <unicode/utf8.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace coterie::test {

inline void require_workbook(bool holds) {
    if (!holds) {
        std::abort();
    }
}

inline bool is_utf8(std::string_view text) {
    const auto size = static_cast<std::int32_t>(text.size());
    for (std::int32_t at = 0; at < size;) {
        UChar32 c = 0;
        U8_NEXT(text.data(), at, size, c);
        if (c < 0) {
            return false;
        }
    }
    return true;
}

/// Small ones, so that a bounded read is a short one too.
inline spreadsheet::WorkbookLimits fuzz_limits() {
    spreadsheet::WorkbookLimits limits;
    limits.text_bytes_max = 8U << 20;
    limits.unpacked_bytes_max = 8U << 20;
    return limits;
}

/// A sheet's cells in one number, so that two readings can be compared.
inline std::size_t check_sheet(spreadsheet::Workbook& workbook, std::size_t index) {
    constexpr std::uint64_t kRowsRead = 20'000;  // of repeated ones: enough to see
    const auto sheet = workbook.open(index);
    if (!sheet) {
        require_workbook(!sheet.error().message.empty() && is_utf8(sheet.error().message));
        return 0;
    }
    spreadsheet::Row row;
    std::uint64_t previous = 0;
    std::size_t sum = 0;
    for (std::uint64_t rows = 0; rows < kRowsRead; ++rows) {
        const auto is_row = (*sheet)->next(row);
        if (!is_row) {
            require_workbook(!is_row.error().message.empty());
            return sum + 1;
        }
        if (!*is_row) {
            break;
        }
        require_workbook(row.number > previous && row.number <= 1'048'576 && !row.cells.empty());
        previous = row.number;
        std::int64_t column = -1;
        for (const spreadsheet::Cell& cell : row.cells) {
            require_workbook(cell.column > column && cell.column < 16'384);
            require_workbook(!cell.text.empty() && is_utf8(cell.text) && is_utf8(cell.link));
            column = cell.column;
            sum = sum * 31 + std::hash<std::string>()(cell.text) + cell.column +
                  static_cast<std::size_t>(cell.kind) + row.number;
        }
    }
    return sum;
}

inline std::size_t check_workbook_once(const std::string& path) {
    constexpr std::size_t kSheetsRead = 4;
    const auto opened = spreadsheet::open_workbook(path, "fuzz", fuzz_limits());
    if (!opened) {
        require_workbook(!opened.error().message.empty() && is_utf8(opened.error().message));
        return 0;
    }
    if (!*opened) {
        return 0;
    }
    spreadsheet::Workbook& workbook = ***opened;
    std::size_t sum = workbook.sheets().size();
    for (std::size_t i = 0; i < workbook.sheets().size() && i < kSheetsRead; ++i) {
        require_workbook(is_utf8(workbook.sheets()[i].name));
        sum = sum * 17 + check_sheet(workbook, i);
    }
    return sum;
}

inline void check_workbook(const std::string& bytes) {
    static const MemoryFile file;
    const std::string& path = file.write(bytes);
    require_workbook(check_workbook_once(path) == check_workbook_once(path));
}

}  // namespace coterie::test
