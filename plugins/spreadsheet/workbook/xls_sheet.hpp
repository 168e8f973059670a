/// The cells of one sheet of an XLS workbook.
#pragma once

#include "cell_format.hpp"
#include "grid.hpp"
#include "layout.hpp"
#include "text_pool.hpp"
#include "xls_records.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace spreadsheet {

/// What the sheets of a workbook share.
struct XlsShared {
    std::string stream;
    bool is_biff8 = true;
    std::vector<CellFormat> formats;  ///< by a cell's XF
    TextPool strings;
    Epoch epoch = Epoch::Year1900;
    XlsCodePage code_page;
};

/// Cells may stand in the stream in any order, so where they stand is noted first (16 bytes each),
/// and what they hold is read as their row's turn comes.
class XlsSheet final : public SheetReader {
  public:
    /// \param at     Of the sheet's first record in the stream.
    /// \param place  For messages: file and sheet.
    static coterie::Result<std::unique_ptr<XlsSheet>> open(std::shared_ptr<XlsShared> shared,
                                                           std::size_t at, std::string place,
                                                           const WorkbookLimits& limits);

    coterie::Result<bool> next(Row& row) override;
    [[nodiscard]] std::uint64_t bytes_done() const override { return bytes_done_; }
    [[nodiscard]] std::uint64_t formulas_without_value() const override {
        return formulas_without_value_;
    }

  private:
    /// Where a cell is and where in the stream it stands.
    struct Place {
        std::uint16_t row, column, xf;
        std::uint16_t type;     ///< the record's
        std::uint32_t at;       ///< the record, or in MULRK the number itself
        std::uint32_t formula;  ///< the record of the formula whose text this is, or kNone
    };

    XlsSheet(std::shared_ptr<XlsShared> shared, std::string place, const WorkbookLimits& limits);

    coterie::Result<void> scan(std::size_t at);
    void scan_record(const XlsRecord& record, SheetLayout& layout);
    void scan_cell(const XlsRecord& record);
    void scan_numbers(const XlsRecord& record);
    void scan_formula(const XlsRecord& record);
    void scan_merges(const XlsRecord& record, SheetLayout& layout) const;
    void scan_link(const XlsRecord& record, SheetLayout& layout) const;
    /// Fills the cell. \return Whether it holds something.
    bool fill(Cell& cell, const Place& place) const;
    [[nodiscard]] bool is_text_missing(const Place& place) const;
    bool fill_formula(Cell& cell, const XlsRecord& record, CellFormat format) const;
    [[nodiscard]] std::string text_at(std::size_t at, std::size_t offset) const;
    [[nodiscard]] std::string link_of(const Place& place) const;

    std::shared_ptr<XlsShared> shared_;
    std::string place_;
    WorkbookLimits limits_;
    RowDresser dresser_;
    std::vector<Place> cells_;
    std::vector<bool> is_row_hidden_;
    std::size_t next_cell_ = 0;
    std::uint64_t bytes_done_ = 0;
    std::uint64_t formulas_without_value_ = 0;
    std::uint64_t text_bytes_ = 0;
    bool is_cut_short_ = false;
    bool is_text_expected_ = false;  ///< the last formula's value is in the STRING that follows
};

}  // namespace spreadsheet
