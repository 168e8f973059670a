/// Follows a sheet row by row: what is a record, what is a header, title, note, total or section.
#pragma once

#include "finder.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spreadsheet {

/// What the config says about tables; see manifest.json.
struct TableSettings {
    enum class Turned { Auto, Yes, No };
    enum class FillDown { Auto, No, Named };

    std::optional<std::vector<std::uint64_t>> header_rows;  ///< empty: there is no header
    std::uint64_t skip_rows = 0;
    struct Range {
        std::uint32_t first_column = 0, last_column = UINT32_MAX;
        std::uint64_t first_row = 1, last_row = UINT64_MAX;
    };
    std::optional<Range> range;
    Turned transposed = Turned::Auto;
    bool first_table_only = false;
    bool sections = true;  ///< else rows of one cell are records
    bool leave_out_totals = true;
    FillDown fill_down = FillDown::Auto;
    std::vector<std::string> fill_columns;  ///< of FillDown::Named
    bool hidden_rows = true;                ///< read them
    bool hidden_columns = true;

    /// Whether a person says where the table is, so that nothing is refused.
    [[nodiscard]] bool is_forced() const {
        return header_rows.has_value() || range.has_value() || transposed == Turned::Yes;
    }
};

/// What rows that become no record are.
enum class Aside : std::uint8_t {
    Title,  ///< titles and notes above a header
    Header,
    Repeated,  ///< the header once more
    Note,
    Total,
    Section,
    Hidden,
    Outside,  ///< of what the config says to read
    Turned,   ///< of a transposed table: its columns are the records
};
constexpr std::size_t kAsideKinds = 9;

/// Row numbers as a person reads them: "3, 17-19, …". Keeps the first kRangesMax ranges.
class RowList {
  public:
    static constexpr std::size_t kRangesMax = 40;
    void add(std::uint64_t row);
    [[nodiscard]] std::uint64_t count() const { return count_; }
    /// First and last of each range that is kept.
    [[nodiscard]] const std::vector<std::pair<std::uint64_t, std::uint64_t>>& ranges() const {
        return ranges_;
    }
    /// "row 3", "rows 3, 17-19 and 40 more"
    [[nodiscard]] std::string text() const;

  private:
    std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges_;
    std::uint64_t count_ = 0;
    std::uint64_t shown_ = 0;
};

/// What a followed sheet came to. Rows that lie in several tables side by side count in each.
struct SheetCounts {
    std::uint64_t rows = 0;  ///< that hold something
    std::uint64_t records = 0;
    std::uint64_t quarantined = 0;
    std::uint64_t refused = 0;    ///< rows of a sheet in which no table was found
    std::uint64_t continued = 0;  ///< records that took the name from above
    std::uint64_t tables = 0;
    RowList aside[kAsideKinds];
};

/// Takes what is found.
class Taker {
  public:
    virtual ~Taker() = default;
    /// A table opens; records follow. \param about  In words: "header in row 3: Navn, …".
    virtual void table(const Table& table, const std::string& about) = 0;
    /// \param row  Of a transposed table: its number is the column, from 1.
    /// \return False where it went to quarantine instead.
    virtual bool record(const Table& table, const Row& row, std::string_view section) = 0;
    virtual void quarantine(const Row& row, std::string_view why) = 0;
    /// Nothing of `rows` rows was read. \param why  And how to force it.
    virtual void refused(std::uint64_t rows, const std::string& why) = 0;
};

/// One table beside others: a range of columns. See SheetFollower.
class Lane;

/// Follows one sheet. Memory: the first kFirstRowsMax rows, then a few rows where a table may end.
/// What is found depends on the rows alone. One thread.
class SheetFollower {
  public:
    static constexpr std::size_t kFirstRowsMax = 400;
    static constexpr std::size_t kTurnedRowsMax = 400;

    /// \param settings, taker  Live as long as this.
    SheetFollower(const TableSettings& settings, std::vector<NamedTable> named, Taker& taker);
    ~SheetFollower();

    /// The next row; those that stay are copied.
    void take(Row& row);
    /// Behind the last row.
    void finish();

    [[nodiscard]] const SheetCounts& counts() const { return counts_; }
    /// "212 records, 2 totals rows (rows 45, 99) left out, …"
    [[nodiscard]] std::string summary() const;

  private:
    void open_lanes(bool at_end);
    bool refuse_reports(std::size_t blocks_of_figures);
    void pass(Row& row);

    const TableSettings& settings_;
    std::vector<NamedTable> named_;
    Taker& taker_;
    SheetCounts counts_;
    std::vector<Row> first_rows_;
    std::vector<std::unique_ptr<Lane>> lanes_;
    bool opened_ = false;
    bool refused_ = false;
    std::string why_refused_;
    std::uint64_t bytes_ = 0;
};

}  // namespace spreadsheet
