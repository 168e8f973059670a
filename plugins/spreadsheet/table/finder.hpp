/// Where the table is: pure functions on the first rows of a sheet, or of a part of it.
///
/// The structure decides: how many cells of a row are filled, whether text stands above numbers,
/// links and addresses, whether texts come again below. A few words help (words.hpp).
#pragma once

#include "cells.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace spreadsheet {

/// A table whose header is settled.
struct Table {
    std::uint32_t first_column = 0;
    /// Of the columns from first_column on, each unique; those behind are named by name_of().
    std::vector<std::string> names;
    std::vector<std::string> header;         ///< as it stands, for repeated ones; as many as names
    std::vector<std::uint64_t> header_rows;  ///< empty: the columns are named by their letters
    bool is_turned = false;                  ///< labels down the first column, a record a column

    [[nodiscard]] std::string name_of(std::uint32_t column) const;
};

/// Names that no column gets: fields that say where a record stands.
constexpr const char* kSheetField = "(sheet)";
constexpr const char* kSectionField = "(section)";
constexpr const char* kFileField = "(file)";
/// Behind a column's name: where its cells' links lead. No column's own name ends so.
constexpr const char* kLinkSuffix = " (link)";

/// How a table opens among some rows.
struct Opening {
    std::size_t titles = 0;          ///< rows before the header
    std::size_t header = 0;          ///< rows of the header: 0, 1 or 2
    std::vector<std::string> names;  ///< from `first_column` on, not unique yet, "" where none
    std::uint32_t first_column = 0;
};

/// The first table among the first rows of a sheet; nothing where no row has a table's form.
/// \pre Each row holds something.
std::optional<Opening> find_first_table(std::span<const Row> rows);

/// Whether another table opens with these rows, the first of which stands behind a gap, a title or
/// a total in the midst of a table: only on clear evidence.
std::optional<Opening> find_next_table(std::span<const Row> rows, const Table& current);

/// The header that a person says is in these rows (one or two): their cells as names.
Opening forced_opening(std::span<const Row> titles_and_header, std::size_t header);

/// Makes names unique and cleans them. \param columns  At least so many names.
Table name_table(const Opening& opening, std::span<const Row> header, std::size_t columns);

/// Whether labels stand down the first column and each other column is a record. \pre All rows of
/// the sheet.
bool is_transposed(std::span<const Row> rows);

/// What a column of a table holds, over a sample of its rows.
struct ColumnFacts {
    std::size_t filled = 0;
    std::size_t numbers = 0;
    std::size_t persons = 0;  ///< links, addresses, handles
    std::size_t texts = 0;
    std::size_t dimensions = 0;  ///< months, platforms, age bands among the texts
};
std::vector<ColumnFacts> column_facts(const Table& table, std::span<const Row> body);

/// Whether anything in the table can name people: links, addresses, handles, a column called so, or
/// texts that are no months, platforms or age bands.
/// \return Nothing where it does, else what was seen: "its columns are Month, Reach: …".
std::optional<std::string> why_a_report(const Table& table, std::span<const Row> body);

}  // namespace spreadsheet
