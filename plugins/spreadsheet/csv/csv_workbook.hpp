/// A delimited file as a workbook of one sheet without a name.
#pragma once

#include "../workbook/grid.hpp"

#include "coterie/files.hpp"
#include "coterie/text/dialect.hpp"
#include "coterie/text/reader.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spreadsheet {

/// How a delimited file is written; what is unset is found out.
struct CsvOptions {
    std::string encoding = "auto";
    std::optional<std::string> delimiter;
    std::optional<char> quote;   ///< NUL: none
    bool plain_decimals = true;  ///< "1.250,5" as "1250.5" where the column's style is certain
    std::size_t record_bytes_max = 1U << 20;
};

/// A row that cannot be cut into the cells it was meant to have. Views live during the call.
using CsvFaultTaker =
    std::function<void(std::uint64_t row, std::string_view raw, std::string_view why)>;

/// Rows are numbered as a spreadsheet program shows them: a row of several lines is one.
///
/// Where all rows of the sample have the same number of cells, a later row with another number is a
/// fault: a delimiter is missing or not quoted, and its values would stand below wrong headers.
class CsvWorkbook final : public Workbook {
  public:
    /// \return Config error where the file is no text, or the encoding is unknown.
    static coterie::Result<std::unique_ptr<CsvWorkbook>> open(const coterie::files::Found& found,
                                                              const CsvOptions& options);

    [[nodiscard]] const std::vector<Sheet>& sheets() const override { return sheets_; }
    coterie::Result<std::unique_ptr<SheetReader>> open(std::size_t index) override;
    [[nodiscard]] std::uint64_t bytes_total() const override { return found_.stamp.bytes; }

    /// What was found out, for the log.
    [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }
    /// Set before open().
    void on_fault(CsvFaultTaker taker) { on_fault_ = std::move(taker); }

  private:
    explicit CsvWorkbook(coterie::files::Found found) : found_(std::move(found)), sheets_(1) {}
    void settle(const CsvOptions& options, std::string text, bool at_end);

    coterie::files::Found found_;
    std::vector<Sheet> sheets_;
    coterie::text::Encoding encoding_;
    coterie::text::Dialect dialect_;
    coterie::text::Position start_;
    std::size_t record_bytes_max_ = 0;
    std::size_t cells_usual_ = 0;  ///< 0: rows differ
    std::vector<coterie::text::DecimalStyle> decimals_;
    std::vector<std::string> notes_;
    CsvFaultTaker on_fault_;
};

}  // namespace spreadsheet
