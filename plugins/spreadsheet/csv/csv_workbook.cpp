#include "csv_workbook.hpp"

#include <algorithm>
#include <utility>

namespace spreadsheet {

using coterie::Error;
using coterie::ErrorKind;
using coterie::Result;
namespace files = coterie::files;
namespace text = coterie::text;

namespace {

/// Bytes that no text holds, in a sample, from which on the file is no text.
bool is_binary(std::string_view sample) {
    const auto odd = std::count_if(sample.begin(), sample.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r';
    });
    return static_cast<std::size_t>(odd) * 20 > sample.size();
}

/// ="00123": how Excel is told to leave digits alone.
std::string_view without_formula_quotes(std::string_view cell) {
    const bool wrapped = cell.size() >= 3 && cell.starts_with("=\"") && cell.back() == '"' &&
                         cell.substr(2, cell.size() - 3).find('"') == std::string_view::npos;
    return wrapped ? cell.substr(2, cell.size() - 3) : cell;
}

class CsvSheetReader final : public SheetReader {
  public:
    CsvSheetReader(text::RowReader rows, std::uint64_t lines_before, std::size_t cells_usual,
                   const std::vector<text::DecimalStyle>& decimals, const std::string& encoding,
                   const CsvFaultTaker& on_fault)
        : rows_(std::move(rows)), number_(lines_before), cells_usual_(cells_usual),
          decimals_(decimals), encoding_(encoding), on_fault_(on_fault) {}

    Result<bool> next(Row& row) override {
        while (true) {
            COTERIE_TRY(const text::Found found, rows_.next());
            switch (found) {
            case text::Found::End:
                COTERIE_TRY_VOID(rows_.input().unchanged());
                return false;
            case text::Found::Skipped:
                break;
            case text::Found::Fault:
                ++number_;
                fault(rows_.fault().raw, rows_.fault().why);
                break;
            case text::Found::Row:
                ++number_;
                if (take_row(row)) {
                    return true;
                }
                break;
            }
        }
    }

    [[nodiscard]] std::uint64_t bytes_done() const override { return rows_.file_bytes(); }

  private:
    void fault(std::string_view raw, std::string_view why) const {
        if (on_fault_ && files::utf8_valid_bytes(raw) == raw.size()) {
            on_fault_(number_, raw, why);
        } else if (on_fault_) {
            on_fault_(number_, files::printable(raw), why);
        }
    }

    /// \return Whether the row holds something that can be read.
    bool take_row(Row& row) {
        const text::Row& cut = rows_.row();
        if (!text::is_ascii(cut.begin, cut.text_end)) {
            const std::size_t good = files::utf8_valid_bytes(cut.text());
            if (good != cut.text().size()) {
                fault(cut.text(), "byte " + std::to_string(good + 1) + " of it is not valid " +
                                      encoding_ +
                                      "; set encoding: if the file is written in another one");
                return false;
            }
        }
        std::size_t filled = 0;
        std::size_t used = 0;
        for (std::size_t i = 0; i < cut.cells.size(); ++i) {
            const text::Cell& cell = cut.cells[i];
            if (cell.empty()) {
                continue;
            }
            used = i + 1;
            if (filled == row.cells.size()) {
                row.cells.emplace_back();
            }
            fill(row.cells[filled++], static_cast<std::uint32_t>(i), cell);
        }
        row.cells.resize(filled);
        row.number = number_;
        row.is_hidden = false;
        row.is_known_utf8 = true;
        return filled > 0 && has_usual_cells(cut, filled, used);
    }

    /// A row of another width is a fault once a row of the usual one was there: titles come before.
    bool has_usual_cells(const text::Row& cut, std::size_t filled, std::size_t used) {
        if (cells_usual_ == 0 || filled < 2) {
            return true;
        }
        if (cut.cells.size() == cells_usual_) {
            table_began_ = true;
            return true;
        }
        const bool more = used > cells_usual_;
        const bool fewer = cut.cells.size() < cells_usual_;
        if (!table_began_ || (!more && !fewer)) {
            return true;
        }
        fault(cut.text(), std::to_string(cut.cells.size()) + " cells where the other rows have " +
                              std::to_string(cells_usual_) +
                              ": a delimiter is missing, or one is not in quotes");
        return false;
    }

    void fill(Cell& cell, std::uint32_t column, const text::Cell& cut) {
        cell.column = column;
        cell.kind = CellKind::Text;
        cell.link.clear();
        cell.text.clear();
        if (cut.escaped) {
            rows_.cutter().unescape(cut, cell.text);
        } else {
            cell.text.assign(cut.raw());
        }
        if (cell.text.starts_with("=\"")) {
            cell.text = std::string(without_formula_quotes(cell.text));
        }
        if (column < decimals_.size() && decimals_[column] != text::DecimalStyle::Unknown) {
            if (auto plain = text::plain_decimal(cell.text, decimals_[column])) {
                cell.kind = CellKind::Number;
                cell.text = std::move(*plain);
            }
        }
    }

    text::RowReader rows_;
    std::uint64_t number_;
    std::size_t cells_usual_;
    const std::vector<text::DecimalStyle>& decimals_;
    const std::string& encoding_;
    const CsvFaultTaker& on_fault_;
    bool table_began_ = false;
};

std::string shown(const std::string& delimiter) {
    return delimiter == "\t" ? "tab" : "'" + delimiter + "'";
}

/// The style of each column, from the first number in it on: headers and titles say nothing.
std::vector<text::DecimalStyle> decimal_styles(const std::vector<text::SampleRow>& rows) {
    struct Column {
        text::DecimalEvidence evidence;
        bool began = false;
    };
    std::vector<Column> columns;
    for (const text::SampleRow& row : rows) {
        columns.resize(std::max(columns.size(), row.cells.size()));
        for (std::size_t i = 0; i < row.cells.size(); ++i) {
            const std::string& cell = row.cells[i];
            const bool number =
                !cell.empty() && cell.find_first_not_of("0123456789.,-") == std::string::npos;
            columns[i].began |= number;
            if (columns[i].began) {
                columns[i].evidence.add(cell);
            }
        }
    }
    // Where the columns that leave no doubt agree, so do the others: a file has one author.
    bool point = false;
    bool comma = false;
    for (const Column& column : columns) {
        point |= column.evidence.style() == text::DecimalStyle::Point;
        comma |= column.evidence.style() == text::DecimalStyle::Comma;
    }
    const text::DecimalStyle of_file = point == comma ? text::DecimalStyle::Unknown
                                       : comma        ? text::DecimalStyle::Comma
                                                      : text::DecimalStyle::Point;
    std::vector<text::DecimalStyle> styles;
    for (const Column& column : columns) {
        const text::DecimalStyle own = column.evidence.style();
        const bool takes_of_file =
            own == text::DecimalStyle::Unknown && column.began && column.evidence.fits(of_file);
        styles.push_back(takes_of_file ? of_file : own);
    }
    return styles;
}

}  // namespace

Result<std::unique_ptr<CsvWorkbook>> CsvWorkbook::open(const files::Found& found,
                                                       const CsvOptions& options) {
    std::unique_ptr<CsvWorkbook> workbook(new CsvWorkbook(found));
    COTERIE_TRY(auto probe, files::Reader::open(found));
    COTERIE_TRY(workbook->encoding_, text::settle_encoding(probe, options.encoding));
    COTERIE_TRY(text::Input input, text::Input::open(found, workbook->encoding_));
    std::string sample(text::kSampleBytesMax, '\0');
    COTERIE_TRY(const std::size_t got, input.read(sample.data(), sample.size()));
    const bool at_end = got < sample.size();
    sample.resize(got);
    if (is_binary(sample)) {
        return Error{ErrorKind::Config,
                     found.name + " is neither a workbook nor text; save it as .xlsx or .csv"};
    }
    workbook->settle(options, std::move(sample), at_end);
    return workbook;
}

void CsvWorkbook::settle(const CsvOptions& options, std::string sample_text, bool at_end) {
    record_bytes_max_ = options.record_bytes_max;
    if (!encoding_.why.empty() && !encoding_.is_utf8()) {
        notes_.push_back("read as " + encoding_.name + ": " + encoding_.why);
    }
    text::Sample sample(std::move(sample_text), at_end);
    std::optional<std::string> delimiter = options.delimiter;
    const std::optional<std::string> said = sample.take_separator_line();
    delimiter = delimiter.has_value() ? delimiter : said;
    dialect_.quote = options.quote.has_value() ? *options.quote : text::find_quote(sample);
    dialect_.backslash = text::find_backslash(sample, dialect_);
    dialect_.delimiter =
        delimiter.has_value() ? *delimiter : text::find_delimiter(sample, dialect_);
    start_ = sample.position();
    const std::vector<text::SampleRow> rows = text::cut_sample(sample, dialect_);
    if (!delimiter.has_value() && dialect_.delimiter != ",") {
        notes_.push_back("the delimiter is " + shown(dialect_.delimiter));
    }
    if (dialect_.quote != '"' && !options.quote.has_value()) {
        notes_.push_back("cells are quoted with apostrophes");
    }
    if (dialect_.backslash) {
        notes_.emplace_back("a backslash escapes quotes");
    }
    std::size_t of_two = 0;
    for (const text::SampleRow& row : rows) {
        of_two += row.used >= 2 ? 1 : 0;
    }
    const auto [cells, seen] =
        text::most_frequent(rows, 2, [](const text::SampleRow& row) { return row.cells.size(); });
    constexpr std::size_t kRowsMin = 10;
    cells_usual_ = of_two >= kRowsMin && seen * 20 >= of_two * 19 ? cells : 0;
    if (options.plain_decimals) {
        decimals_ = decimal_styles(rows);
        const bool comma = std::find(decimals_.begin(), decimals_.end(),
                                     text::DecimalStyle::Comma) != decimals_.end();
        if (comma) {
            notes_.emplace_back("decimals are written with a comma");
        }
    }
}

Result<std::unique_ptr<SheetReader>> CsvWorkbook::open(std::size_t) {
    COTERIE_TRY(text::Input input, text::Input::open(found_, encoding_));
    text::RowReader rows(std::move(input), text::RowCutter(dialect_), record_bytes_max_,
                         found_.stamp.bytes);
    COTERIE_TRY_VOID(rows.go_to(start_));
    return std::unique_ptr<SheetReader>(std::make_unique<CsvSheetReader>(
        std::move(rows), start_.line - 1, cells_usual_, decimals_, encoding_.name, on_fault_));
}

}  // namespace spreadsheet
