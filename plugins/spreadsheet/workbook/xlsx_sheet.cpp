#include "xlsx_sheet.hpp"

#include "ooxml_text.hpp"

#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace spreadsheet {

using coterie::Error;
using coterie::ErrorKind;
using coterie::Result;

namespace {

/// A hundred times what Excel lets a cell hold.
constexpr std::size_t kCellTextBytesMax = 4U << 20;
/// A link that is written into a formula is shorter.
constexpr std::size_t kFormulaBytesMax = 16U << 10;

template <class Number>
std::optional<Number> whole_number(std::string_view text) {
    Number value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && !text.empty()
               ? std::optional(value)
               : std::nullopt;
}

}  // namespace

XlsxSheet::XlsxSheet(Source source, SheetLayout layout, const WorkbookLimits& limits)
    : source_(std::move(source)), limits_(limits), dresser_(std::move(layout)),
      parser_(*source_.stream, *this, source_.part) {}

Result<bool> XlsxSheet::next(Row& row) {
    auto is_row = parser_.run();
    if (!is_row) {
        Error error = std::move(is_row).error();
        return std::move(error).within(source_.place);
    }
    row.cells.clear();
    if (!*is_row) {
        return false;
    }
    std::swap(row, row_);
    COTERIE_TRY_VOID(dresser_.dress(row).transform_error(coterie::within(source_.place)));
    return true;
}

std::uint64_t XlsxSheet::bytes_done() const {
    return source_.bytes_before + source_.stream->bytes_done();
}

void XlsxSheet::start(std::string_view name, const XmlAttributes& attributes) {
    if (skipped_ > 0) {
        ++skipped_;
        return;
    }
    switch (where_) {
    case Where::Outside:
        where_ = name == "sheetData" ? Where::Rows : where_;
        return;
    case Where::Rows:
        if (name == "row") {
            begin_row(attributes);
            return;
        }
        break;
    case Where::Row:
        if (name == "c") {
            begin_cell(attributes);
            return;
        }
        break;
    case Where::Cell:
        if (name == "v") {
            where_ = Where::Value;
            value_.clear();
            has_value_ = true;
            return;
        }
        if (name == "f") {
            where_ = Where::Formula;
            formula_.clear();
            has_formula_ = true;
            return;
        }
        if (name == "is") {
            where_ = Where::Inline;
            inline_.clear();
            has_inline_ = true;
            return;
        }
        break;
    case Where::Inline:
        if (name == "t") {
            begin_text(attributes);
            return;
        }
        if (name == "r") {
            where_ = Where::Run;
            return;
        }
        break;
    case Where::Run:
        if (name == "t") {
            begin_text(attributes);
            return;
        }
        break;
    case Where::Value:
    case Where::Formula:
    case Where::Text:
        break;
    }
    skipped_ = 1;  // its pronunciation, extensions
}

void XlsxSheet::end(std::string_view) {
    if (skipped_ > 0) {
        --skipped_;
        return;
    }
    switch (where_) {
    case Where::Outside:
        return;
    case Where::Rows:
        where_ = Where::Outside;
        return;
    case Where::Row:
        end_row();
        return;
    case Where::Cell:
        end_cell();
        return;
    case Where::Value:
    case Where::Formula:
    case Where::Inline:
        where_ = Where::Cell;
        return;
    case Where::Run:
        where_ = Where::Inline;
        return;
    case Where::Text:
        end_text();
        return;
    }
}

void XlsxSheet::text(std::string_view piece) {
    if (skipped_ > 0) {
        return;
    }
    if (where_ == Where::Value || where_ == Where::Text) {
        std::string& held = where_ == Where::Value ? value_ : piece_;
        held += piece;
        if (held.size() + inline_.size() > kCellTextBytesMax) {
            fail(fmt::format("{}: the cell holds more than {} bytes of text", here(),
                             kCellTextBytesMax));
        }
    } else if (where_ == Where::Formula && formula_.size() < kFormulaBytesMax) {
        formula_ += piece.substr(0, kFormulaBytesMax);
    }
}

void XlsxSheet::begin_row(const XmlAttributes& attributes) {
    where_ = Where::Row;
    row_.cells.clear();
    row_.number = previous_row_ + 1;
    row_.is_hidden = attributes.is_true("hidden");
    next_column_ = 0;
    row_text_bytes_ = 0;
    if (const auto text = attributes.find("r")) {
        const auto number = whole_number<std::uint64_t>(*text);
        if (!number || *number == 0) {
            fail(fmt::format("behind row {} stands a row without a number", previous_row_));
            return;
        }
        row_.number = *number;
    }
    if (row_.number > kRowsMax) {
        fail(fmt::format("row {} is beyond the last that a sheet has, {}", row_.number, kRowsMax));
    } else if (row_.number <= previous_row_) {
        fail(fmt::format("row {} stands behind row {}; the rows are out of order", row_.number,
                         previous_row_));
    }
    previous_row_ = row_.number;
}

void XlsxSheet::end_row() {
    where_ = Where::Rows;
    if (!row_.cells.empty()) {
        sort_cells(row_.cells);
        parser_.pause();
    }
}

void XlsxSheet::begin_cell(const XmlAttributes& attributes) {
    where_ = Where::Cell;
    column_ = next_column_;
    type_ = Type::Number;
    format_ = {};
    has_formula_ = has_value_ = has_inline_ = false;
    for (const char** pair = attributes.begin_pair(); *pair != nullptr; pair += 2) {
        const std::string_view name = pair[0];
        const std::string_view text = pair[1];
        if (name == "r") {
            const auto reference = parse_reference(text);
            if (!reference) {
                fail(fmt::format("row {}: a cell says that it is at '{}', which no sheet has",
                                 row_.number, text.substr(0, 20)));
                return;
            }
            column_ = reference->column;
        } else if (name == "t") {
            type_ = text == "s"           ? Type::Shared
                    : text == "str"       ? Type::Text
                    : text == "inlineStr" ? Type::Inline
                    : text == "b"         ? Type::Bool
                    : text == "e"         ? Type::Error
                    : text == "d"         ? Type::Date
                                          : Type::Number;
        } else if (name == "s") {
            const auto style = whole_number<std::size_t>(text);
            const auto& formats = source_.shared->formats;
            format_ = style && *style < formats.size() ? formats[*style] : CellFormat();
        }
    }
    if (column_ >= limits_.cells_in_row_max || column_ >= kColumnsMax) {
        fail(fmt::format("row {} has more than cells_in_row_max = {} cells", row_.number,
                         std::min<std::uint64_t>(limits_.cells_in_row_max, kColumnsMax)));
    }
    next_column_ = column_ + 1;
}

void XlsxSheet::begin_text(const XmlAttributes& attributes) {
    around_text_ = where_;
    where_ = Where::Text;
    is_preserved_ = attributes.get("xml:space") == "preserve";
    piece_.clear();
}

void XlsxSheet::end_text() {
    where_ = around_text_;
    append_unescaped(inline_, is_preserved_ ? std::string_view(piece_) : without_blanks(piece_));
}

void XlsxSheet::end_cell() {
    where_ = Where::Row;
    if (has_formula_ && !has_inline_ && (!has_value_ || (value_.empty() && type_ != Type::Text))) {
        ++formulas_without_value_;
        return;
    }
    if (!has_value_ && !has_inline_) {
        return;
    }
    Cell& cell = row_.cells.emplace_back();
    cell.column = column_;
    if (!fill(cell)) {
        row_.cells.pop_back();
        return;
    }
    if (has_formula_) {
        if (auto link = hyperlink_of_formula(formula_)) {
            cell.link = std::move(*link);
        }
    }
    row_text_bytes_ += cell.text.size() + cell.link.size();
    text_bytes_ += cell.text.size();
    // Texts that are held once may be shown any number of times, cells stand in one place.
    if (row_text_bytes_ > kRowTextBytesMax) {
        fail(fmt::format("row {} holds more than {} bytes of text", row_.number, kRowTextBytesMax));
    } else if (text_bytes_ > limits_.unpacked_bytes_max) {
        fail(fmt::format("the cells up to row {} hold more than unpacked_bytes_max = {} bytes",
                         row_.number, limits_.unpacked_bytes_max));
    } else if (row_.cells.size() > limits_.cells_in_row_max) {
        fail(fmt::format("row {} has more than cells_in_row_max = {} cells", row_.number,
                         limits_.cells_in_row_max));
    }
}

bool XlsxSheet::fill(Cell& cell) {
    if (has_inline_) {
        cell.text = inline_;
        return !cell.text.empty();
    }
    switch (type_) {
    case Type::Shared:
        return fill_shared(cell);
    case Type::Text:
    case Type::Inline:
        append_unescaped(cell.text, value_);
        break;
    case Type::Bool:
        cell.kind = CellKind::Bool;
        cell.text = without_blanks(value_);
        if (!cell.text.empty()) {
            cell.text = cell.text == "1" || cell.text == "true" ? "true" : "false";
        }
        break;
    case Type::Error:
        cell.kind = CellKind::Error;
        cell.text = value_;
        break;
    case Type::Date:
        set_iso_date(cell, without_blanks(value_));
        break;
    case Type::Number:
        if (const std::string_view literal = without_blanks(value_); !literal.empty()) {
            set_number(cell, literal, format_, source_.shared->epoch);
        }
        break;
    }
    return !cell.text.empty();
}

bool XlsxSheet::fill_shared(Cell& cell) {
    const std::string_view literal = without_blanks(value_);
    if (literal.empty()) {
        return false;
    }
    const auto index = whole_number<std::size_t>(literal);
    if (!index || *index >= source_.shared->strings.count()) {
        fail(fmt::format("{}: the cell's text is not in the file's table of {} shared strings",
                         here(), source_.shared->strings.count()));
        return false;
    }
    cell.text = source_.shared->strings.at(*index);
    return !cell.text.empty();
}

void XlsxSheet::fail(std::string message) {
    parser_.fail({ErrorKind::Data,
                  message + "; open the file in a spreadsheet program and save it anew as .xlsx"});
}

std::string XlsxSheet::here() const {
    return fmt::format("row {}, column {}", row_.number, column_ + 1);
}

}  // namespace spreadsheet
