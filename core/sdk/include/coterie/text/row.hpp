/// Cutting one row into cells.
#pragma once

#include "coterie/text/scan.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::text {

/// How a file is written, once every "auto" is settled.
struct Dialect {
    std::string delimiter = ",";  ///< 1 to 4 bytes
    char quote = '"';             ///< NUL: nothing quotes
    bool backslash = false;       ///< a backslash escapes; else a quote is doubled
    bool trim = true;             ///< blanks around cells that are not quoted go
    std::string comment;          ///< lines that open with it are skipped; empty: none
};

/// One cell as it stands in the buffer, without its quotes.
struct Cell {
    const char* begin = nullptr;
    const char* end = nullptr;
    bool quoted = false;
    bool escaped = false;  ///< holds doubled quotes or backslashes: see unescape()

    [[nodiscard]] std::string_view raw() const {
        return {begin, static_cast<std::size_t>(end - begin)};
    }
    [[nodiscard]] bool empty() const { return begin == end; }
};

/// What RowCutter::cut found.
enum class Cut {
    Row,         ///< cells, text_end and end are set
    Incomplete,  ///< the text ends inside the row, and is not the file's end
    Fault,       ///< `why` is set; `end` is how far was looked
};

/// Views into the buffer that was cut.
struct Row {
    std::vector<Cell> cells;
    const char* begin = nullptr;
    const char* text_end = nullptr;  ///< before the line end
    const char* end = nullptr;       ///< behind the line end
    bool any_quoted = false;
    bool guessed = false;  ///< a cell that opens with a quote was taken as text
    std::string_view why;

    [[nodiscard]] std::string_view text() const {
        return {begin, static_cast<std::size_t>(text_end - begin)};
    }
    [[nodiscard]] bool blank() const;
};

/// Whether a quoted cell may go on over a line end.
enum class Lines { Many, One };

/// Cuts rows after one dialect. Immutable; any thread.
class RowCutter {
  public:
    explicit RowCutter(Dialect dialect);

    /// Cuts the row that `begin` opens.
    ///
    /// A quote inside a cell that is not quoted is text. One inside a quoted cell that is neither
    /// doubled nor followed by the cell's end is text too, as long as the cell ends on its line;
    /// where it does not, the cell is no quoted one (`"Left" party,`) and all its quotes are text.
    /// So a stray quote never glues lines together.
    ///
    /// \param at_end  Whether `end` is the end of the file.
    /// \pre   begin < end, and kPadding readable bytes behind end.
    /// \par Cost One pass, no allocation once `row` has grown; never looks beyond `end`.
    Cut cut(const char* begin, const char* end, bool at_end, Lines lines, Row& row) const;

    /// The cell's text, appended to `out`.
    void unescape(const Cell& cell, std::string& out) const;

    [[nodiscard]] const Dialect& dialect() const { return dialect_; }

  private:
    struct Cursor;
    enum class Step { NextCell, RowEnds, Incomplete, Unclosed, NotQuoted };

    Step cut_plain(Cursor& cursor, Cell& cell) const;
    Step cut_quoted(Cursor& cursor, Cell& cell, const char* open) const;
    Step behind_cell(Cursor& cursor) const;
    [[nodiscard]] bool delimiter_at(const char* at, const char* end) const;
    [[nodiscard]] bool may_open_delimiter(const char* at, const char* end) const;
    [[nodiscard]] bool is_blank(char c) const;
    [[nodiscard]] const char* skip_blanks(const char* at, const char* end) const;
    [[nodiscard]] const char* find_in_quotes(const char* at, const char* end) const;
    void trim(Cell& cell) const;

    Dialect dialect_;
    AnyOf plain_stops_;
};

/// The first line end in [at, end), or end.
const char* find_line_end(const char* at, const char* end);
/// Behind the line end at `at`, CRLF being one. \pre at < end, *at is CR or LF
const char* behind_line_end(const char* at, const char* end);
/// Line ends in [at, end).
std::uint64_t count_line_ends(const char* at, const char* end);

}  // namespace coterie::text
