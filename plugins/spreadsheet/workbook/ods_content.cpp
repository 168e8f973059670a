#include "ods_content.hpp"

#include "ooxml_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <unordered_set>
#include <utility>

namespace spreadsheet {

using coterie::Error;
using coterie::ErrorKind;
using coterie::Result;

namespace {

constexpr std::size_t kCellTextBytesMax = 4U << 20;
constexpr std::size_t kSheetsMax = 10'000;

/// A count in an attribute, at least 1; what is absurd is as good as endless.
std::uint64_t count_of(std::string_view text) {
    std::uint64_t value = 1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc::result_out_of_range) {
        return UINT32_MAX;
    }
    return std::clamp<std::uint64_t>(value, 1, UINT32_MAX);
}

bool is_error_text(std::string_view text) {
    static constexpr std::array<std::string_view, 7> kErrors = {
        "#N/A", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!"};
    return std::find(kErrors.begin(), kErrors.end(), text) != kErrors.end();
}

/// "'My ''own'' sheet'.A1" as sheet and cell. The sheet may be missing behind a range's colon.
struct Address {
    std::string sheet;
    CellReference cell;
};

std::optional<Address> parse_address(std::string_view& text) {
    Address address;
    if (text.starts_with('$')) {
        text.remove_prefix(1);
    }
    if (text.starts_with('\'')) {
        text.remove_prefix(1);
        for (;;) {
            const std::size_t quote = text.find('\'');
            if (quote == std::string_view::npos) {
                return std::nullopt;
            }
            address.sheet += text.substr(0, quote);
            text.remove_prefix(quote + 1);
            if (!text.starts_with('\'')) {
                break;
            }
            address.sheet += '\'';
            text.remove_prefix(1);
        }
    } else {
        const std::size_t dot = text.find('.');
        if (dot == std::string_view::npos) {
            return std::nullopt;
        }
        address.sheet = text.substr(0, dot);
        text.remove_prefix(dot);
    }
    if (!text.starts_with('.')) {
        return std::nullopt;
    }
    text.remove_prefix(1);
    const std::size_t end = std::min(text.find(':'), text.size());
    const auto cell = parse_reference(text.substr(0, end));
    text.remove_prefix(end);
    if (!cell) {
        return std::nullopt;
    }
    address.cell = *cell;
    return address;
}

class IndexHandler final : public XmlHandler {
  public:
    explicit IndexHandler(std::uint64_t bytes_max) : bytes_left_(bytes_max) {}

    void start(std::string_view name, const XmlAttributes& attributes) override {
        ++depth_;
        if (name == "spreadsheet" && sheets_depth_ == 0) {
            sheets_depth_ = depth_;
        } else if (name == "table" && sheets_depth_ > 0 && depth_ == sheets_depth_ + 1) {
            add_sheet(attributes);
        } else if (name == "style") {
            style_ = attributes.find_prefixed("family").value_or("") == "table"
                         ? attributes.find_prefixed("name").value_or("")
                         : "";
        } else if (name == "table-properties" && !style_.empty() &&
                   attributes.find_prefixed("display").value_or("") == "false") {
            pay(style_.size());
            hidden_styles_.insert(style_);
        } else if (name == "database-range") {
            add_range(attributes);
        }
    }
    void end(std::string_view) override { --depth_; }
    void text(std::string_view) override {}

    std::vector<Sheet> sheets;
    XmlParser* parser = nullptr;
    Error error;

  private:
    void add_sheet(const XmlAttributes& attributes) {
        const std::string style(attributes.find_prefixed("style-name").value_or(""));
        const std::string_view name = attributes.find_prefixed("name").value_or("");
        pay(name.size() + sizeof(Sheet));
        if (sheets.size() < kSheetsMax) {
            sheets.push_back({.name = std::string(name),
                              .is_hidden = hidden_styles_.contains(style),
                              .tables = {}});
        } else {
            parser->fail(
                {ErrorKind::Config, fmt::format("it has more than {} sheets", kSheetsMax)});
        }
    }

    /// A range without a name of its own is a filter that somebody switched on, no table.
    void add_range(const XmlAttributes& attributes) {
        const std::string_view name = attributes.find_prefixed("name").value_or("");
        std::string_view address =
            attributes.find_prefixed("target-range-address").value_or(std::string_view());
        const auto first = parse_address(address);
        if (!first || name.empty() || name.starts_with("__Anonymous")) {
            return;
        }
        auto last = first;
        if (address.starts_with(':')) {
            address.remove_prefix(1);
            last = parse_address(address);
        }
        const auto sheet = std::find_if(sheets.begin(), sheets.end(), [&](const Sheet& candidate) {
            return candidate.name == first->sheet;
        });
        if (!last || sheet == sheets.end()) {
            return;
        }
        pay(name.size() + sizeof(NamedTable));
        const bool has_header = attributes.find_prefixed("contains-header").value_or("") != "false";
        sheet->tables.push_back({.name = std::string(name),
                                 .first_column = std::min(first->cell.column, last->cell.column),
                                 .last_column = std::max(first->cell.column, last->cell.column),
                                 .first_row = std::min(first->cell.row, last->cell.row),
                                 .last_row = std::max(first->cell.row, last->cell.row),
                                 .header_rows = has_header ? 1U : 0U,
                                 .totals_rows = 0});
    }

    void pay(std::size_t bytes) {
        if (bytes > bytes_left_) {
            parser->fail(error);
        } else {
            bytes_left_ -= bytes;
        }
    }

    std::uint64_t bytes_left_;
    std::uint32_t depth_ = 0;
    std::uint32_t sheets_depth_ = 0;
    std::string style_;
    std::unordered_set<std::string> hidden_styles_;
};

}  // namespace

Result<std::vector<Sheet>> read_ods_index(ByteSource& content, const std::string& part,
                                          const WorkbookLimits& limits) {
    IndexHandler handler(limits.text_bytes_max);
    XmlParser parser(content, handler, part);
    handler.parser = &parser;
    handler.error = {ErrorKind::Config,
                     fmt::format("part '{}' names more than text_bytes_max = {} bytes of sheets",
                                 part, limits.text_bytes_max)};
    const auto parsed = parser.run();
    // What the sheets hold in front of the damage can still be read; that reading tells of it.
    if (!parsed && (parser.is_refused() || handler.sheets.empty())) {
        return parsed.error();
    }
    return std::move(handler.sheets);
}

OdsContent::OdsContent(std::unique_ptr<ByteSource> source, const std::string& part,
                       const WorkbookLimits& limits)
    : source_(std::move(source)), limits_(limits), parser_(*source_, *this, part) {}

void OdsContent::want(std::size_t sheet) {
    wanted_ = sheet;
    is_sheet_over_ = false;
    repeats_left_ = 0;
    if (where_ != Where::Outside && where_ != Where::Sheets) {
        skipped_ = 1;  // the reader of the sheet before gave up; to its end
        where_ = Where::Sheets;
    }
}

Result<bool> OdsContent::next(Row& row) {
    row.cells.clear();
    while (!is_sheet_over_ && repeats_left_ == 0) {
        COTERIE_TRY(const bool is_paused, parser_.run());
        is_sheet_over_ = is_sheet_over_ || !is_paused;
    }
    if (is_sheet_over_) {
        return false;
    }
    if (--repeats_left_ == 0) {
        std::swap(row, row_);
    } else {
        row = row_;
        ++row_.number;
    }
    for (CellRange merge : row_merges_) {
        merge.last_row = row.number + (merge.last_row - merge.first_row);
        merge.first_row = row.number;
        dresser_.merge(merge);
    }
    COTERIE_TRY_VOID(dresser_.dress(row));
    return true;
}

void OdsContent::start(std::string_view name, const XmlAttributes& attributes) {
    if (skipped_ > 0) {
        ++skipped_;
        return;
    }
    switch (where_) {
    case Where::Outside:
        where_ = name == "spreadsheet" ? Where::Sheets : where_;
        return;
    case Where::Sheets:
        if (name == "table" && sheets_begun_++ == wanted_) {
            begin_sheet();
            return;
        }
        break;
    case Where::Sheet:
        if (name == "table-row") {
            begin_row(attributes);
            return;
        }
        if (name == "table-column") {
            begin_column(attributes);
        }
        if (name == "table-column" || name == "table-rows" || name == "table-header-rows" ||
            name == "table-row-group" || name == "table-columns" ||
            name == "table-header-columns" || name == "table-column-group") {
            return;
        }
        break;
    case Where::Row:
        if (name == "table-cell" || name == "covered-table-cell") {
            begin_cell(attributes);
            return;
        }
        break;
    case Where::Cell:
        if (name == "p" || name == "h") {
            begin_paragraph();
            return;
        }
        break;
    case Where::Paragraph:
        if (name != "annotation" && name != "note" && name != "ruby-text" && name != "frame") {
            inside_paragraph(name, attributes);
            return;
        }
        break;
    }
    skipped_ = 1;  // comments, pictures, forms, other sheets
}

void OdsContent::end(std::string_view name) {
    if (skipped_ > 0) {
        --skipped_;
        return;
    }
    switch (where_) {
    case Where::Outside:
        return;
    case Where::Sheets:
        where_ = Where::Outside;
        return;
    case Where::Sheet:
        if (name == "table") {  // else a group of rows or columns
            where_ = Where::Sheets;
            is_sheet_over_ = true;
            parser_.pause();
        }
        return;
    case Where::Row:
        end_row();
        return;
    case Where::Cell:
        end_cell();
        return;
    case Where::Paragraph:
        if (inside_ > 0) {
            --inside_;
        } else {
            where_ = Where::Cell;
        }
        return;
    }
}

void OdsContent::text(std::string_view piece) {
    if (skipped_ > 0 || where_ != Where::Paragraph) {
        return;
    }
    for (const char c : piece) {
        const bool is_blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        if (!is_blank) {
            text_ += c;
        } else if (!is_after_blank_) {
            text_ += ' ';
        }
        is_after_blank_ = is_blank;
    }
    check_text();
}

void OdsContent::begin_sheet() {
    where_ = Where::Sheet;
    dresser_ = RowDresser();
    next_row_ = 1;
    next_table_column_ = 0;
    repeated_cells_ = 0;
    text_bytes_ = 0;
    formulas_without_value_ = 0;
}

void OdsContent::begin_column(const XmlAttributes& attributes) {
    const std::uint64_t first = next_table_column_;
    next_table_column_ +=
        count_of(attributes.find_prefixed("number-columns-repeated").value_or("1"));
    const std::string_view visibility = attributes.find_prefixed("visibility").value_or("");
    if ((visibility == "collapse" || visibility == "filter") && first < kColumnsMax) {
        const std::uint64_t last = std::min<std::uint64_t>(next_table_column_, kColumnsMax) - 1;
        dresser_.hide(
            {.first = static_cast<std::uint32_t>(first), .last = static_cast<std::uint32_t>(last)});
    }
}

void OdsContent::begin_row(const XmlAttributes& attributes) {
    where_ = Where::Row;
    row_.cells.clear();
    row_merges_.clear();
    row_.number = next_row_;
    row_repeats_ = count_of(attributes.find_prefixed("number-rows-repeated").value_or("1"));
    const std::string_view visibility = attributes.find_prefixed("visibility").value_or("");
    row_.is_hidden = visibility == "collapse" || visibility == "filter";
    row_text_bytes_ = 0;
    next_column_ = 0;
}

void OdsContent::end_row() {
    where_ = Where::Sheet;
    next_row_ += row_repeats_;
    if (row_.cells.empty()) {
        return;
    }
    if (next_row_ - 1 > kRowsMax) {
        fail(fmt::format("row {} says that it is there {} times; a sheet has at most {} rows",
                         row_.number, row_repeats_, kRowsMax));
        return;
    }
    repeated_cells_ += (row_repeats_ - 1) * row_.cells.size();
    text_bytes_ += row_repeats_ * row_text_bytes_;
    if (repeated_cells_ > kRepeatedCellsMax) {
        fail(fmt::format("up to row {}, more than {} cells are there by repetition alone",
                         row_.number, kRepeatedCellsMax));
    } else if (text_bytes_ > limits_.unpacked_bytes_max) {
        fail(fmt::format("the cells up to row {} hold more than unpacked_bytes_max = {} bytes",
                         row_.number, limits_.unpacked_bytes_max));
    } else {
        repeats_left_ = row_repeats_;
        parser_.pause();
    }
}

void OdsContent::begin_cell(const XmlAttributes& attributes) {
    where_ = Where::Cell;
    type_ = Type::None;
    cell_repeats_ = 1;
    columns_spanned_ = rows_spanned_ = 1;
    is_error_ = has_formula_ = has_paragraph_ = false;
    value_.clear();
    text_.clear();
    link_.clear();
    for (const char** pair = attributes.begin_pair(); *pair != nullptr; pair += 2) {
        const std::string_view full(pair[0]);
        const std::string_view name = local_name(full);
        const std::string_view text(pair[1]);
        if (name == "value-type") {
            if (full.starts_with("calcext:")) {
                is_error_ = text == "error";
            } else {
                type_ = text == "float" || text == "currency" ? Type::Number
                        : text == "percentage"                ? Type::Percent
                        : text == "date" || text == "time"    ? Type::Date
                        : text == "boolean"                   ? Type::Bool
                        : text == "string"                    ? Type::Text
                                                              : Type::None;
            }
        } else if (name == "value" || name == "date-value" || name == "time-value" ||
                   name == "boolean-value" || name == "string-value") {
            value_ = text;
        } else if (name == "number-columns-repeated") {
            cell_repeats_ = count_of(text);
        } else if (name == "number-columns-spanned") {
            columns_spanned_ = count_of(text);
        } else if (name == "number-rows-spanned") {
            rows_spanned_ = count_of(text);
        } else if (name == "formula") {
            has_formula_ = true;
            formula_ = text;
        }
    }
}

void OdsContent::begin_paragraph() {
    where_ = Where::Paragraph;
    inside_ = 0;
    if (has_paragraph_) {
        text_ += '\n';
    }
    has_paragraph_ = true;
    is_after_blank_ = true;
}

void OdsContent::inside_paragraph(std::string_view name, const XmlAttributes& attributes) {
    ++inside_;
    if (name == "s") {
        append(count_of(attributes.find_prefixed("c").value_or("1")), ' ');
    } else if (name == "tab") {
        append(1, '\t');
    } else if (name == "line-break") {
        append(1, '\n');
    } else if (name == "a" && link_.empty()) {
        const std::string_view target = attributes.find_prefixed("href").value_or("");
        link_ = target.starts_with('#') ? std::string_view() : target;
    }
}

void OdsContent::append(std::size_t count, char c) {
    text_.append(std::min(count, kCellTextBytesMax + 1), c);
    is_after_blank_ = false;
    check_text();
}

void OdsContent::check_text() {
    if (text_.size() > kCellTextBytesMax) {
        fail(fmt::format("row {}, column {}: the cell holds more than {} bytes of text",
                         row_.number, next_column_ + 1, kCellTextBytesMax));
    }
}

void OdsContent::end_cell() {
    where_ = Where::Row;
    const std::uint64_t column = next_column_;
    next_column_ += cell_repeats_;
    Cell cell;
    if (!fill(cell)) {
        formulas_without_value_ +=
            has_formula_ && type_ == Type::None && !has_paragraph_ ? cell_repeats_ : 0;
        return;
    }
    if (next_column_ > limits_.cells_in_row_max || next_column_ > kColumnsMax) {
        fail(fmt::format("row {} has more than cells_in_row_max = {} cells", row_.number,
                         std::min<std::uint64_t>(limits_.cells_in_row_max, kColumnsMax)));
        return;
    }
    cell.link = std::move(link_);
    if (has_formula_ && cell.link.empty()) {
        const std::size_t equals = formula_.find('=');  // "of:=HYPERLINK("
        const std::string_view formula(formula_);
        cell.link = hyperlink_of_formula(formula.substr(equals == std::string::npos ? 0 : equals))
                        .value_or("");
    }
    row_text_bytes_ += cell_repeats_ * (cell.text.size() + cell.link.size());
    repeated_cells_ += cell_repeats_ - 1;
    if (row_text_bytes_ > kRowTextBytesMax) {
        fail(fmt::format("row {} holds more than {} bytes of text", row_.number, kRowTextBytesMax));
        return;
    }
    cell.column = static_cast<std::uint32_t>(column);
    if (columns_spanned_ > 1 || rows_spanned_ > 1) {
        row_merges_.push_back(
            {.first_column = cell.column,
             .last_column = static_cast<std::uint32_t>(
                 std::min<std::uint64_t>(column + columns_spanned_, kColumnsMax) - 1),
             .first_row = row_.number,
             .last_row = row_.number + std::min<std::uint64_t>(rows_spanned_, kRowsMax) - 1});
    }
    for (std::uint64_t i = 1; i < cell_repeats_; ++i) {
        row_.cells.push_back(cell);
        ++cell.column;
    }
    row_.cells.push_back(std::move(cell));
}

bool OdsContent::fill(Cell& cell) {
    const bool has_value = !value_.empty();
    if (is_error_ || (has_formula_ && is_error_text(text_))) {
        cell.kind = CellKind::Error;
        cell.text = text_.empty() ? "#N/A" : std::move(text_);
        return true;
    }
    switch (type_) {
    case Type::Number:
    case Type::Percent:
        if (has_value) {
            set_number(cell, value_, {.is_percent = type_ == Type::Percent}, Epoch::Year1900);
            return true;
        }
        break;
    case Type::Date:
        if (has_value) {
            // Excel writes midnight behind every date that has no time.
            constexpr std::string_view kMidnight = "T00:00:00";
            std::string_view value = value_;
            if (value.ends_with(kMidnight)) {
                value.remove_suffix(kMidnight.size());
            }
            set_iso_date(cell, value);
            return true;
        }
        break;
    case Type::Bool:
        if (has_value) {
            cell.kind = CellKind::Bool;
            cell.text = value_ == "true" ? "true" : "false";
            return true;
        }
        break;
    case Type::Text:
    case Type::None:
        break;
    }
    cell.text = has_paragraph_ ? std::move(text_) : type_ == Type::Text ? value_ : std::string();
    return !cell.text.empty();
}

void OdsContent::fail(const std::string& message) {
    parser_.fail({ErrorKind::Data,
                  message + "; open the file in a spreadsheet program and save it anew as .xlsx"});
}

}  // namespace spreadsheet
