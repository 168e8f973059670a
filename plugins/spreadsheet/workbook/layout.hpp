/// What a sheet says beside its cells, and how it comes to bear on them: hidden columns, merged
/// cells, links.
#pragma once

#include "grid.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spreadsheet {

constexpr std::uint32_t kColumnsMax = 16'384;
constexpr std::uint64_t kRowsMax = 1'048'576;
/// One row's texts together, copies of merged cells included.
constexpr std::size_t kRowTextBytesMax = 64U << 20;
/// Cells of one sheet that are there because others are repeated.
constexpr std::uint64_t kRepeatedCellsMax = 16'000'000;

/// Both corners are in it.
struct CellRange {
    std::uint32_t first_column = 0, last_column = 0;  ///< from 0
    std::uint64_t first_row = 1, last_row = 1;        ///< from 1
};

/// A cell's place: "B7". Dollar signs are passed over.
struct CellReference {
    std::uint32_t column = 0;  ///< from 0
    std::uint64_t row = 1;     ///< from 1
};

/// \return Nothing where it is none, or is out of a sheet's bounds.
std::optional<CellReference> parse_reference(std::string_view text);
/// "B7:D9", or "B7" alone.
std::optional<CellRange> parse_range(std::string_view text);

struct SheetLayout {
    struct Columns {
        std::uint32_t first = 0, last = 0;
    };
    struct Link {
        CellRange range;
        std::string target;
    };
    std::vector<Columns> hidden_columns;
    std::vector<CellRange> merges;
    std::vector<Link> links;
};

/// Puts a sheet's layout onto its rows, which come in order.
class RowDresser {
  public:
    RowDresser() = default;
    explicit RowDresser(SheetLayout layout);

    void hide(SheetLayout::Columns columns);
    /// \pre It begins in the row that is dressed next, or behind it, as those added before did.
    void merge(const CellRange& range);

    /// Sets links and hidden columns and repeats merged cells.
    /// \pre   The cells are in order of column, without gaps in meaning; row numbers ascend.
    /// \return Data error where the copies pass a limit.
    coterie::Result<void> dress(Row& row);

  private:
    struct OpenMerge {
        CellRange range;
        std::optional<Cell> anchor;
    };

    void link(Row& row);
    coterie::Result<void> open_merges(const Row& row);
    coterie::Result<void> repeat_merged(Row& row);

    SheetLayout layout_;
    std::vector<bool> hidden_;  ///< by column; empty where none is
    std::size_t next_merge_ = 0;
    std::size_t next_link_ = 0;
    std::vector<OpenMerge> open_merges_;
    std::vector<std::size_t> open_links_;
    std::vector<Cell> copies_;
    std::uint64_t copies_count_ = 0;
};

/// Puts cells into order of column; of two in one place the later stays.
void sort_cells(std::vector<Cell>& cells);

/// The target of a formula that is a link written out: HYPERLINK("https://…","…").
std::optional<std::string> hyperlink_of_formula(std::string_view formula);

}  // namespace spreadsheet
