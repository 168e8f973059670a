#include "xml2003.hpp"

#include "cell_format.hpp"
#include "file_source.hpp"
#include "layout.hpp"
#include "xml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <unordered_map>
#include <utility>

namespace spreadsheet {

using coterie::Error;
using coterie::ErrorKind;
using coterie::Result;

namespace {

constexpr std::size_t kCellTextBytesMax = 4U << 20;
constexpr std::size_t kSheetsMax = 10'000;
constexpr std::size_t kStylesMax = 100'000;

std::uint64_t count_of(const XmlAttributes& attributes, std::string_view name,
                       std::uint64_t otherwise) {
    const std::string_view text = attributes.find_prefixed(name).value_or(std::string_view());
    std::uint64_t value = otherwise;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc::result_out_of_range ? UINT32_MAX
                                                   : std::min<std::uint64_t>(value, UINT32_MAX);
}

bool is_hidden(const XmlAttributes& attributes) {
    return attributes.find_prefixed("Hidden").value_or("") == "1";
}

/// Which sheets there are, and whether they are shown, which stands behind each one's rows.
class IndexHandler final : public XmlHandler {
  public:
    void start(std::string_view name, const XmlAttributes& attributes) override {
        if (name == "Worksheet" && sheets.size() < kSheetsMax) {
            sheets.push_back({.name = std::string(attributes.find_prefixed("Name").value_or("")),
                              .is_hidden = false,
                              .tables = {}});
        }
        is_in_visible_ = name == "Visible";
    }
    void end(std::string_view) override { is_in_visible_ = false; }
    void text(std::string_view piece) override {
        if (is_in_visible_ && !sheets.empty()) {
            sheets.back().is_hidden =
                piece.starts_with("SheetHidden") || piece.starts_with("SheetVeryHidden");
        }
    }

    std::vector<Sheet> sheets;

  private:
    bool is_in_visible_ = false;
};

class Xml2003Sheet final : public SheetReader, private XmlHandler {
  public:
    Xml2003Sheet(const std::string& path, std::string part, std::string place, std::size_t wanted,
                 const WorkbookLimits& limits)
        : place_(std::move(place)), limits_(limits), wanted_(wanted), source_(path),
          parser_(source_, *this, std::move(part)) {}

    Result<bool> next(Row& row) override {
        row.cells.clear();
        auto is_row = is_over_ ? Result<bool>(false) : parser_.run();
        if (!is_row) {
            return std::move(is_row).transform_error(coterie::within(place_));
        }
        if (!*is_row || is_over_) {
            is_over_ = true;
            return false;
        }
        std::swap(row, row_);
        COTERIE_TRY_VOID(dresser_.dress(row).transform_error(coterie::within(place_)));
        return true;
    }
    [[nodiscard]] std::uint64_t bytes_done() const override { return source_.bytes_done(); }
    [[nodiscard]] std::uint64_t formulas_without_value() const override {
        return formulas_without_value_;
    }

  private:
    enum class Where : std::uint8_t { Outside, Sheet, Table, Row, Cell, Data };

    void start(std::string_view name, const XmlAttributes& attributes) override {
        if (skipped_ > 0) {
            ++skipped_;
            return;
        }
        switch (where_) {
        case Where::Outside:
            if (name == "Style") {
                style_ = attributes.find_prefixed("ID").value_or("");
            } else if (name == "NumberFormat" && is_percent_.size() < kStylesMax) {
                const std::string_view code = attributes.find_prefixed("Format").value_or("");
                is_percent_[style_] = code == "Percent" || format_of_code(code).is_percent;
            } else if (name == "Worksheet") {
                if (sheets_begun_++ == wanted_) {
                    where_ = Where::Sheet;
                } else {
                    skipped_ = 1;
                }
            }
            return;
        case Where::Sheet:
            if (name == "Table") {
                where_ = Where::Table;
                return;
            }
            break;
        case Where::Table:
            if (name == "Row") {
                begin_row(attributes);
                return;
            }
            if (name == "Column") {
                begin_column(attributes);
            }
            break;
        case Where::Row:
            if (name == "Cell") {
                begin_cell(attributes);
                return;
            }
            break;
        case Where::Cell:
            if (name == "Data") {
                where_ = Where::Data;
                inside_ = 0;
                type_ = attributes.find_prefixed("Type").value_or("String");
                return;
            }
            break;
        case Where::Data:
            ++inside_;  // bold and the like
            return;
        }
        skipped_ = 1;
    }

    void end(std::string_view) override {
        if (skipped_ > 0) {
            --skipped_;
            return;
        }
        switch (where_) {
        case Where::Outside:
            return;
        case Where::Sheet:
            where_ = Where::Outside;
            is_over_ = true;
            parser_.pause();
            return;
        case Where::Table:
            where_ = Where::Sheet;
            return;
        case Where::Row:
            end_row();
            return;
        case Where::Cell:
            end_cell();
            return;
        case Where::Data:
            if (inside_ > 0) {
                --inside_;
            } else {
                where_ = Where::Cell;
            }
            return;
        }
    }

    void text(std::string_view piece) override {
        if (where_ == Where::Data && skipped_ == 0) {
            text_ += piece;
            if (text_.size() > kCellTextBytesMax) {
                fail(fmt::format("row {}: a cell holds more than {} bytes of text", row_.number,
                                 kCellTextBytesMax));
            }
        }
    }

    void begin_column(const XmlAttributes& attributes) {
        const std::uint64_t first = count_of(attributes, "Index", next_table_column_ + 1);
        const std::uint64_t last = first + count_of(attributes, "Span", 0);
        next_table_column_ = last;
        if (is_hidden(attributes) && first > 0 && first <= kColumnsMax) {
            dresser_.hide(
                {.first = static_cast<std::uint32_t>(first - 1),
                 .last =
                     static_cast<std::uint32_t>(std::min<std::uint64_t>(last, kColumnsMax)) - 1});
        }
    }

    void begin_row(const XmlAttributes& attributes) {
        where_ = Where::Row;
        row_.cells.clear();
        row_.number = count_of(attributes, "Index", previous_row_ + 1);
        row_.is_hidden = is_hidden(attributes);
        row_text_bytes_ = 0;
        next_column_ = 0;
        if (row_.number <= previous_row_ || row_.number > kRowsMax) {
            fail(fmt::format("row {} stands behind row {}", row_.number, previous_row_));
        }
        // Rows that are alike (empty ones) may be written once.
        previous_row_ = row_.number + count_of(attributes, "Span", 0);
    }

    void end_row() {
        where_ = Where::Table;
        if (!row_.cells.empty()) {
            parser_.pause();
        }
    }

    void begin_cell(const XmlAttributes& attributes) {
        where_ = Where::Cell;
        text_.clear();
        type_.clear();
        link_ = attributes.find_prefixed("HRef").value_or("");
        formula_ = attributes.find_prefixed("Formula").value_or("");
        style_ = attributes.find_prefixed("StyleID").value_or("");
        const std::uint64_t column = count_of(attributes, "Index", next_column_ + 1);
        across_ = count_of(attributes, "MergeAcross", 0);
        down_ = count_of(attributes, "MergeDown", 0);
        if (column <= next_column_ || column > kColumnsMax || column > limits_.cells_in_row_max) {
            fail(fmt::format("row {}: a cell says that it is in column {}; at most {} are read, in "
                             "order",
                             row_.number, column,
                             std::min<std::uint64_t>(limits_.cells_in_row_max, kColumnsMax)));
            return;
        }
        column_ = static_cast<std::uint32_t>(column - 1);
        next_column_ = column + across_;
    }

    void end_cell() {
        where_ = Where::Row;
        if (text_.empty()) {
            formulas_without_value_ += !formula_.empty() && type_.empty() ? 1 : 0;
            return;
        }
        Cell cell;
        cell.column = column_;
        fill(cell);
        if (cell.text.empty()) {
            return;
        }
        cell.link = link_.starts_with('#') ? std::string() : link_;
        if (cell.link.empty() && !formula_.empty()) {
            cell.link = hyperlink_of_formula(formula_).value_or("");
        }
        row_text_bytes_ += cell.text.size() + cell.link.size();
        if (row_text_bytes_ > kRowTextBytesMax) {
            fail(fmt::format("row {} holds more than {} bytes of text", row_.number,
                             kRowTextBytesMax));
        }
        if (across_ > 0 || down_ > 0) {
            dresser_.merge({.first_column = column_,
                            .last_column = static_cast<std::uint32_t>(
                                std::min<std::uint64_t>(column_ + across_, kColumnsMax - 1)),
                            .first_row = row_.number,
                            .last_row = row_.number + std::min<std::uint64_t>(down_, kRowsMax)});
        }
        row_.cells.push_back(std::move(cell));
    }

    void fill(Cell& cell) {
        if (type_ == "Number") {
            const auto style = is_percent_.find(style_);
            set_number(cell, text_, {.is_percent = style != is_percent_.end() && style->second},
                       Epoch::Year1900);
        } else if (type_ == "DateTime") {
            fill_date(cell);
        } else if (type_ == "Boolean") {
            cell.kind = CellKind::Bool;
            cell.text = text_ == "1" ? "true" : "false";
        } else {
            cell.kind = type_ == "Error" ? CellKind::Error : CellKind::Text;
            cell.text = text_;
        }
    }

    /// Each has a date and a time: midnight means a date alone, the day before all others a time.
    void fill_date(Cell& cell) const {
        set_iso_date(cell, text_);
        constexpr std::string_view kMidnight = "T00:00:00";
        constexpr std::string_view kNoDay = "1899-12-31T";
        if (cell.kind == CellKind::Date && cell.text.starts_with(kNoDay)) {
            cell.text.erase(0, kNoDay.size());
        } else if (cell.kind == CellKind::Date && cell.text.ends_with(kMidnight)) {
            cell.text.resize(cell.text.size() - kMidnight.size());
        }
    }

    void fail(const std::string& message) {
        parser_.fail({ErrorKind::Data, message + "; open the file in a spreadsheet program and "
                                                 "save it anew as .xlsx"});
    }

    std::string place_;
    WorkbookLimits limits_;
    std::size_t wanted_;
    FileSource source_;
    XmlParser parser_;
    RowDresser dresser_;
    std::unordered_map<std::string, bool> is_percent_;  ///< by style

    Where where_ = Where::Outside;
    std::uint32_t skipped_ = 0;
    std::uint32_t inside_ = 0;
    std::size_t sheets_begun_ = 0;
    bool is_over_ = false;
    Row row_;
    std::uint64_t previous_row_ = 0;
    std::uint64_t next_column_ = 0;
    std::uint64_t next_table_column_ = 0;
    std::size_t row_text_bytes_ = 0;
    std::uint64_t formulas_without_value_ = 0;
    std::uint32_t column_ = 0;
    std::uint64_t across_ = 0;
    std::uint64_t down_ = 0;
    std::string style_;
    std::string type_;
    std::string text_;
    std::string link_;
    std::string formula_;
};

class Xml2003Workbook final : public Workbook {
  public:
    Xml2003Workbook(std::string path, std::string name, const WorkbookLimits& limits)
        : path_(std::move(path)), name_(std::move(name)), limits_(limits) {}

    Result<void> load() {
        std::error_code ignored;
        const std::uintmax_t size = std::filesystem::file_size(path_, ignored);
        bytes_total_ = ignored ? 0 : size;
        FileSource source(path_);
        IndexHandler handler;
        XmlParser parser(source, handler, name_);
        const auto parsed = parser.run();
        // What stands in front of the damage can still be read; that reading tells of it.
        if (!parsed && (parser.is_refused() || handler.sheets.empty())) {
            return parsed.error();
        }
        sheets_ = std::move(handler.sheets);
        return {};
    }

    [[nodiscard]] const std::vector<Sheet>& sheets() const override { return sheets_; }
    [[nodiscard]] std::uint64_t bytes_total() const override { return bytes_total_; }
    Result<std::unique_ptr<SheetReader>> open(std::size_t index) override {
        return std::make_unique<Xml2003Sheet>(
            path_, name_, fmt::format("'{}', sheet '{}'", name_, sheets_[index].name), index,
            limits_);
    }

  private:
    std::string path_;
    std::string name_;
    WorkbookLimits limits_;
    std::uint64_t bytes_total_ = 0;
    std::vector<Sheet> sheets_;
};

}  // namespace

Result<std::unique_ptr<Workbook>> open_xml2003(const std::string& path, const std::string& name,
                                               const WorkbookLimits& limits) {
    auto workbook = std::make_unique<Xml2003Workbook>(path, name, limits);
    COTERIE_TRY_VOID(workbook->load());
    return std::unique_ptr<Workbook>(std::move(workbook));
}

}  // namespace spreadsheet
