/// CSV files that people bring: whatever encoding, delimiter and order of columns they have.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace coterie::cli {

/// One row of a CSV file.
struct CsvRow {
    std::uint64_t line = 0;              ///< on which it begins
    std::span<const std::string> cells;  ///< beside the columns that were asked for
    std::string fault;                   ///< why it cannot be read; empty: it can
};

/// Reads the rows below the header, in bounded memory. Of `columns` all must be there; others are
/// passed over. A cell is as it stands, blanks too; the ' that guards a formula goes.
/// \throws CommandError where the file cannot be read, or lacks a column.
void read_csv(const std::filesystem::path& file, const std::vector<std::string>& columns,
              const std::function<void(const CsvRow&)>& visit);

/// The cell for a file that `read_csv` reads again exactly, and no spreadsheet computes: the rest
/// of guarding is publish::csv_cell's.
std::string guarded_cell(const std::string& text);

}  // namespace coterie::cli
