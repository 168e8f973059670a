/// The rows of one sheet of an XLSX workbook.
#pragma once

#include "xlsx_parts.hpp"
#include "xml.hpp"

#include <memory>
#include <string>

namespace spreadsheet {

class XlsxSheet final : public SheetReader, private XmlHandler {
  public:
    struct Source {
        std::shared_ptr<Archive> archive;  ///< kept open
        std::shared_ptr<const XlsxShared> shared;
        std::unique_ptr<PartStream> stream;
        std::string part;                ///< for messages
        std::string place;               ///< for messages: file and sheet
        std::uint64_t bytes_before = 0;  ///< of the sheets before this one, for progress
    };

    XlsxSheet(Source source, SheetLayout layout, const WorkbookLimits& limits);

    coterie::Result<bool> next(Row& row) override;
    [[nodiscard]] std::uint64_t bytes_done() const override;
    [[nodiscard]] std::uint64_t formulas_without_value() const override {
        return formulas_without_value_;
    }

  private:
    /// The element that the parser is in, as far as it matters.
    enum class Where : std::uint8_t { Outside, Rows, Row, Cell, Value, Formula, Inline, Run, Text };
    enum class Type : std::uint8_t { Number, Shared, Text, Inline, Bool, Error, Date };

    void start(std::string_view name, const XmlAttributes& attributes) override;
    void end(std::string_view name) override;
    void text(std::string_view piece) override;

    void begin_row(const XmlAttributes& attributes);
    void end_row();
    void begin_cell(const XmlAttributes& attributes);
    void begin_text(const XmlAttributes& attributes);
    void end_text();
    void end_cell();
    /// Fills the cell by its type. \return Whether it holds something.
    bool fill(Cell& cell);
    bool fill_shared(Cell& cell);
    void fail(std::string message);
    [[nodiscard]] std::string here() const;

    Source source_;
    WorkbookLimits limits_;
    RowDresser dresser_;
    XmlParser parser_;

    Where where_ = Where::Outside;
    Where around_text_ = Where::Inline;  ///< what a <t> ends in
    std::uint32_t skipped_ = 0;          ///< depth inside an element that says nothing here

    Row row_;
    bool is_row_ready_ = false;
    std::uint64_t previous_row_ = 0;
    std::uint32_t next_column_ = 0;
    std::size_t row_text_bytes_ = 0;
    std::uint64_t text_bytes_ = 0;
    std::uint64_t formulas_without_value_ = 0;

    std::uint32_t column_ = 0;
    Type type_ = Type::Number;
    CellFormat format_;
    bool has_formula_ = false;
    bool has_value_ = false;
    bool has_inline_ = false;
    bool is_preserved_ = false;
    std::string value_;
    std::string formula_;
    std::string piece_;
    std::string inline_;
};

}  // namespace spreadsheet
