/// The content of an ODS workbook: one XML part that holds all sheets one after the other.
#pragma once

#include "byte_source.hpp"
#include "cell_format.hpp"
#include "grid.hpp"
#include "layout.hpp"
#include "xml.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace spreadsheet {

/// Which sheets and database ranges there are: a pass over the whole part.
coterie::Result<std::vector<Sheet>> read_ods_index(ByteSource& content, const std::string& part,
                                                   const WorkbookLimits& limits);

/// Gives the rows of the sheets that are asked for, in one pass as long as they are asked for in
/// order.
class OdsContent final : private XmlHandler {
  public:
    OdsContent(std::unique_ptr<ByteSource> source, const std::string& part,
               const WorkbookLimits& limits);

    /// Whether the sheet has not begun yet.
    [[nodiscard]] bool is_ahead(std::size_t sheet) const { return sheet >= sheets_begun_; }
    /// \pre is_ahead(sheet)
    void want(std::size_t sheet);
    /// The next row of the sheet that is wanted. \return false at its end.
    coterie::Result<bool> next(Row& row);
    [[nodiscard]] std::uint64_t bytes_done() const { return source_->bytes_done(); }
    [[nodiscard]] std::uint64_t formulas_without_value() const { return formulas_without_value_; }

  private:
    enum class Where : std::uint8_t { Outside, Sheets, Sheet, Row, Cell, Paragraph };
    enum class Type : std::uint8_t { None, Number, Percent, Date, Bool, Text };

    void start(std::string_view name, const XmlAttributes& attributes) override;
    void end(std::string_view name) override;
    void text(std::string_view piece) override;

    void begin_sheet();
    void begin_column(const XmlAttributes& attributes);
    void begin_row(const XmlAttributes& attributes);
    void end_row();
    void begin_cell(const XmlAttributes& attributes);
    void begin_paragraph();
    void inside_paragraph(std::string_view name, const XmlAttributes& attributes);
    void end_cell();
    /// Fills the cell by its type. \return Whether it holds something.
    bool fill(Cell& cell);
    void append(std::size_t count, char c);
    void check_text();
    void fail(const std::string& message);

    std::unique_ptr<ByteSource> source_;
    WorkbookLimits limits_;
    XmlParser parser_;
    RowDresser dresser_;

    Where where_ = Where::Outside;
    std::uint32_t skipped_ = 0;  ///< depth inside an element that says nothing here
    std::uint32_t inside_ = 0;   ///< depth inside a paragraph
    std::size_t sheets_begun_ = 0;
    std::size_t wanted_ = 0;
    bool is_sheet_over_ = true;

    Row row_;
    std::uint64_t next_row_ = 1;
    std::uint64_t row_repeats_ = 1;
    std::uint64_t repeats_left_ = 0;
    std::uint64_t repeated_cells_ = 0;
    std::uint64_t text_bytes_ = 0;
    std::size_t row_text_bytes_ = 0;
    std::uint64_t next_column_ = 0;
    std::uint64_t next_table_column_ = 0;
    std::uint64_t formulas_without_value_ = 0;
    std::vector<CellRange> row_merges_;

    Type type_ = Type::None;
    std::uint64_t cell_repeats_ = 1;
    bool is_error_ = false;
    bool has_formula_ = false;
    bool has_paragraph_ = false;
    bool is_after_blank_ = false;  ///< in a paragraph, where blanks run together
    std::uint64_t columns_spanned_ = 1;
    std::uint64_t rows_spanned_ = 1;
    std::string value_;
    std::string formula_;
    std::string text_;
    std::string link_;
};

}  // namespace spreadsheet
