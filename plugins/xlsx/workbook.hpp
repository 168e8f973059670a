/// An XLSX file being written: tables of typed cells, row by row, in bounded memory.
#pragma once

#include "coterie/result.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct lxw_format;
struct lxw_workbook;
struct lxw_worksheet;

namespace xlsx {

// What Excel takes (its "specifications and limits").
inline constexpr std::uint32_t kSheetRowsMax = 1'048'576;
inline constexpr std::size_t kCellUnitsMax = 32'767;  ///< UTF-16 units of text
inline constexpr std::uint32_t kSheetLinksMax = 65'530;
inline constexpr std::size_t kLinkBytesMax = 2'079;

/// What stands at the end of a text that was too long for a cell.
inline constexpr std::string_view kCutMark = " … [cut]";

/// One cell. Text is text whatever it begins with: there is no cell that is a formula.
struct Cell {
    enum class Kind { Empty, Text, Count, Number, Share, Date, Time, Link };
    Kind kind = Kind::Empty;
    std::string text;   ///< of Text and Link; of Date and Time as RFC 3339 has it
    double number = 0;  ///< of Count (a whole number), Number and Share (0-1, shown as percent)
    std::string url;    ///< of Link

    static Cell of_text(std::string text);
    /// \param moment  "2026-03-01" or "2026-03-01T10:15:00Z"; text where it is neither, or a year
    ///                that Excel does not know.
    static Cell of_moment(std::string moment);
    /// http, https and mailto alone; anything else, or a url that Excel would not take, is text.
    static Cell of_link(std::string text, std::string url);
    static Cell of_count(double count) { return {Kind::Count, {}, count, {}}; }
    static Cell of_number(double number) { return {Kind::Number, {}, number, {}}; }
    static Cell of_share(double share) { return {Kind::Share, {}, share, {}}; }
};

/// The text as a cell may hold it: what XML cannot carry replaced, too long a one cut with a mark.
/// \param was_changed  set where something was cut or replaced; else left as it is.
std::string cell_text(std::string_view text, bool& was_changed);

/// What could not be written as it was.
struct Losses {
    std::uint64_t texts_changed = 0;  ///< cut, or characters replaced
    std::uint64_t links_dropped = 0;  ///< written as text: their sheet had enough
};

class Workbook;

/// One table: a sheet with a bold header that stays in sight and can be filtered; where it has too
/// many rows, further sheets "Name (2)", "Name (3)", ….
class Table {
  public:
    /// One row; as many cells as there are columns.
    coterie::Result<void> append(const std::vector<Cell>& cells);
    [[nodiscard]] std::uint64_t rows() const { return rows_; }

  private:
    friend class Workbook;
    Table(Workbook& workbook, std::string name, std::vector<std::string> columns);
    coterie::Result<void> begin_sheet();
    void end_sheet();
    coterie::Result<void> write(std::uint16_t column, const Cell& cell);

    Workbook& workbook_;
    const std::string name_;
    const std::vector<std::string> columns_;
    lxw_worksheet* sheet_ = nullptr;
    std::uint32_t sheet_number_ = 0;
    std::uint32_t next_row_ = 0;
    std::uint32_t links_ = 0;  ///< in this sheet
    std::uint64_t rows_ = 0;
    std::vector<std::size_t> widths_;  ///< of the widest cell of each column
};

/// One thread at a time.
class Workbook {
  public:
    struct Options {
        std::string title;
        std::string created;  ///< RFC 3339; the file says that it was made then
        std::uint32_t sheet_rows_max = kSheetRowsMax;
    };
    /// A file that comes into being when `close` succeeds, in the place of one that is there. Until
    /// then it is called PATH.part.
    static coterie::Result<std::unique_ptr<Workbook>> create(const std::filesystem::path& path,
                                                             const Options& options);
    ~Workbook();  ///< without `close`: leaves nothing behind
    Workbook(const Workbook&) = delete;
    Workbook& operator=(const Workbook&) = delete;

    /// Lives as long as the workbook.
    coterie::Result<Table*> add_table(std::string name, std::vector<std::string> columns);
    [[nodiscard]] const Losses& losses() const { return losses_; }
    coterie::Result<void> close();

  private:
    friend class Table;
    struct Formats {
        lxw_format* header = nullptr;
        lxw_format* count = nullptr;
        lxw_format* share = nullptr;
        lxw_format* date = nullptr;
        lxw_format* time = nullptr;
        lxw_format* link = nullptr;
    };
    Workbook(std::filesystem::path path, Options options);
    coterie::Result<void> check_disk() const;

    const std::filesystem::path path_, part_;
    const Options options_;
    std::string temporary_folder_;
    lxw_workbook* workbook_ = nullptr;
    Formats formats_;
    std::vector<std::unique_ptr<Table>> tables_;
    Losses losses_;
};

}  // namespace xlsx
