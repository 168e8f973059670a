/// What a workbook of any format gives: sheets, each a stream of rows of typed cells. The formats
/// stand behind this; finding the table in it stands before it.
#pragma once

#include "coterie/result.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace spreadsheet {

enum class CellKind : std::uint8_t {
    Text,
    /// text: the shortest decimal that gives the value back ("1250", "0.0452"); a whole number with
    /// all digits that the file holds, since it may be an identifier
    Number,
    /// text: "2026-11-01", "2026-11-01T09:30:00" (no zone), or "09:30:00" for a time alone; elapsed
    /// time may have more than 24 hours
    Date,
    Bool,   ///< text: "true" or "false"
    Error,  ///< text: "#N/A" and its kin: a formula that failed
};

/// A cell that holds something.
struct Cell {
    std::uint32_t column = 0;  ///< from 0
    CellKind kind = CellKind::Text;
    std::string text;             ///< UTF-8
    std::string link;             ///< where a click leads; empty: nowhere
    bool is_percent = false;      ///< a number that is shown with %
    bool is_merged_copy = false;  ///< covered by the merged cell whose value it repeats
    bool is_hidden = false;       ///< its column is hidden
};

/// A row that holds something.
struct Row {
    std::uint64_t number = 0;  ///< as a person counts: from 1
    bool is_hidden = false;
    bool is_known_utf8 = false;  ///< its reader has looked
    std::vector<Cell> cells;     ///< by column, empty ones left out
};

/// A table that the workbook itself names, or a database range: both corners are in it.
struct NamedTable {
    std::string name;
    std::uint32_t first_column = 0, last_column = 0;  ///< from 0
    std::uint64_t first_row = 1, last_row = 1;        ///< from 1
    std::uint32_t header_rows = 1;
    std::uint32_t totals_rows = 0;
};

struct Sheet {
    std::string name;  ///< UTF-8; of a CSV file: empty
    bool is_hidden = false;
    std::vector<NamedTable> tables;
};

/// Reads one sheet from its first row to its last. One thread.
class SheetReader {
  public:
    virtual ~SheetReader() = default;
    /// The next row that holds something, into `row`, whose memory is used again.
    /// \return false at the sheet's end. Data error where the file is damaged from here on: what
    /// came
    ///         before it is good.
    virtual coterie::Result<bool> next(Row& row) = 0;
    /// How far it is, for progress: bytes of the file as it is read.
    [[nodiscard]] virtual std::uint64_t bytes_done() const = 0;
    /// Formulas so far whose value the file does not hold: their cells are left out as empty.
    [[nodiscard]] virtual std::uint64_t formulas_without_value() const { return 0; }
};

/// An open workbook. One thread; one open sheet at a time.
class Workbook {
  public:
    virtual ~Workbook() = default;
    [[nodiscard]] virtual const std::vector<Sheet>& sheets() const = 0;
    /// \pre index < sheets().size()
    virtual coterie::Result<std::unique_ptr<SheetReader>> open(std::size_t index) = 0;
    /// Of the whole file, for progress; 0 where unknown.
    [[nodiscard]] virtual std::uint64_t bytes_total() const = 0;
};

/// What reading a workbook may cost. Passing one ends that file with an error that names the limit.
struct WorkbookLimits {
    std::uint64_t text_bytes_max = 512ULL << 20;    ///< of shared strings held in memory
    std::uint64_t unpacked_bytes_max = 8ULL << 30;  ///< of one part, decompressed
    std::uint32_t unpacked_ratio_max = 1000;        ///< decompressed to compressed, beyond 16 MiB
    std::uint64_t cells_in_row_max = 16'384;
};

/// Opens XLSX, XLSM, ODS, XLS or XML-2003 workbooks, told apart by their bytes, not by their name.
/// \param path  As the system wants it.
/// \param name  For messages, UTF-8.
/// \return nothing where the bytes are of no workbook (it may be delimited text). Config error
/// where a
///         person must act: password, damaged, a format that is not read (names it, says to save as
///         .xlsx), a limit passed.
coterie::Result<std::optional<std::unique_ptr<Workbook>>>
open_workbook(const std::string& path, const std::string& name, const WorkbookLimits& limits);

}  // namespace spreadsheet
