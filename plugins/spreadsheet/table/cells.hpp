/// What cells and rows look like, before anything is known of the table.
#pragma once

#include "../workbook/grid.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace spreadsheet {

/// What a cell's content is, whatever its type in the file: CSV has text alone.
enum class Says : std::uint8_t {
    Nothing,
    Text,
    LongText,  ///< a sentence
    Number,    ///< also "1.2K", "45 %", "kr. 1.200"
    Date,
    Flag,
    Link,
    Address,  ///< of e-mail
    Handle,   ///< "@ida"
    Fault,    ///< "#N/A"
};

Says what_it_says(const Cell& cell);
/// Whether it is something that stands below headers and is none itself.
inline bool is_value(Says says) {
    return says >= Says::Number;
}
/// 1900 to 2099: a number that headers carry too.
bool is_year(std::string_view text);

bool is_all_blank(std::string_view text);
/// White space alone holds nothing.
inline bool is_blank(std::string_view text) {
    // Nearly every cell is told by its first byte, and each is asked several times.
    return text.empty() ||
           ((static_cast<unsigned char>(text.front()) <= ' ' || text.front() == '\xC2') &&
            is_all_blank(text));
}
/// Whether the cell repeats what stands at its left in the same merged cell.
inline bool is_copy_from_left(const Row& row, std::size_t index) {
    const Cell& cell = row.cells[index];
    return cell.is_merged_copy && index > 0 && row.cells[index - 1].column + 1 == cell.column &&
           row.cells[index - 1].text == cell.text;
}

/// A row at a glance. A merged cell counts once.
struct Shape {
    std::uint32_t filled = 0;
    std::uint32_t values = 0;
    std::uint32_t first = 0;     ///< index among row.cells of the first that holds something
    bool merged_across = false;  ///< some merged cell covers several of its columns
};
Shape shape_of(const Row& row);
/// As shape_of(row).filled.
std::uint32_t filled_cells(const Row& row);
/// Whether filled_cells(row) >= count; looks no further than it must.
bool has_filled(const Row& row, std::uint32_t count);

/// "A", "Z", "AA": a column as spreadsheets name it. \param column  From 0.
std::string column_letters(std::uint32_t column);

/// The cell of a column; nullptr where it is empty.
const Cell* cell_at(const Row& row, std::uint32_t column);

}  // namespace spreadsheet
