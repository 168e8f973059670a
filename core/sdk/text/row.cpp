#include "coterie/text/row.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace coterie::text {

/// Where cutting stands.
struct RowCutter::Cursor {
    const char* at;
    const char* const end;
    const bool at_end;
    const Lines lines;
    Row& row;
};

namespace {

bool is_line_end(char c) {
    return c == '\n' || c == '\r';
}

constexpr std::string_view kUnclosed = "a quote is opened and not closed";

}  // namespace

bool Row::blank() const {
    return std::all_of(cells.begin(), cells.end(), [](const Cell& cell) { return cell.empty(); });
}

const char* find_line_end(const char* at, const char* end) {
    while (at != end && !is_line_end(*at)) {
        ++at;
    }
    return at;
}

const char* behind_line_end(const char* at, const char* end) {
    const bool two = *at == '\r' && at + 1 != end && at[1] == '\n';
    return at + (two ? 2 : 1);
}

std::uint64_t count_line_ends(const char* at, const char* end) {
    std::uint64_t count = 0;
    for (at = find_line_end(at, end); at != end; at = find_line_end(at, end)) {
        ++count;
        at = behind_line_end(at, end);
    }
    return count;
}

RowCutter::RowCutter(Dialect dialect)
    : dialect_(std::move(dialect)),
      plain_stops_(dialect_.delimiter.front(), '\n', '\r', dialect_.backslash ? '\\' : '\n') {}

bool RowCutter::delimiter_at(const char* at, const char* end) const {
    const std::size_t size = dialect_.delimiter.size();
    return static_cast<std::size_t>(end - at) >= size &&
           std::memcmp(at, dialect_.delimiter.data(), size) == 0;
}

/// Whether what stands before `end` could become a delimiter with the bytes that follow.
bool RowCutter::may_open_delimiter(const char* at, const char* end) const {
    const auto size = static_cast<std::size_t>(end - at);
    return size < dialect_.delimiter.size() &&
           std::memcmp(at, dialect_.delimiter.data(), size) == 0;
}

bool RowCutter::is_blank(char c) const {
    return (c == ' ' || c == '\t') && c != dialect_.delimiter.front();
}

const char* RowCutter::skip_blanks(const char* at, const char* end) const {
    while (at != end && is_blank(*at)) {
        ++at;
    }
    return at;
}

void RowCutter::trim(Cell& cell) const {
    cell.begin = skip_blanks(cell.begin, cell.end);
    while (cell.end != cell.begin && is_blank(cell.end[-1])) {
        --cell.end;
    }
}

Cut RowCutter::cut(const char* begin, const char* end, bool at_end, Lines lines, Row& row) const {
    row.cells.clear();
    row.begin = begin;
    row.any_quoted = false;
    row.guessed = false;
    Cursor cursor{begin, end, at_end, lines, row};
    while (true) {
        Cell cell;
        const char* const open = dialect_.trim ? skip_blanks(cursor.at, cursor.end) : cursor.at;
        bool quoted = dialect_.quote != '\0' && open != end && *open == dialect_.quote;
        Step step = quoted ? cut_quoted(cursor, cell, open) : cut_plain(cursor, cell);
        if (step == Step::NotQuoted) {
            quoted = false;
            row.guessed = true;
            cell = {};
            step = cut_plain(cursor, cell);
        }
        if (step == Step::Incomplete) {
            return Cut::Incomplete;
        }
        if (step == Step::Unclosed) {
            row.end = cursor.at;
            row.why = kUnclosed;
            return Cut::Fault;
        }
        row.any_quoted |= quoted;
        row.cells.push_back(cell);
        if (step == Step::RowEnds) {
            return Cut::Row;
        }
    }
}

/// At a delimiter, a line end or the end of the text: goes behind it.
RowCutter::Step RowCutter::behind_cell(Cursor& cursor) const {
    if (cursor.at == cursor.end) {
        cursor.row.text_end = cursor.row.end = cursor.end;
        return cursor.at_end ? Step::RowEnds : Step::Incomplete;
    }
    if (!is_line_end(*cursor.at)) {
        cursor.at += dialect_.delimiter.size();
        return Step::NextCell;
    }
    // The LF of a CRLF may come with the next block.
    if (*cursor.at == '\r' && cursor.at + 1 == cursor.end && !cursor.at_end) {
        return Step::Incomplete;
    }
    cursor.row.text_end = cursor.at;
    cursor.row.end = behind_line_end(cursor.at, cursor.end);
    return Step::RowEnds;
}

RowCutter::Step RowCutter::cut_plain(Cursor& cursor, Cell& cell) const {
    cell.begin = cursor.at;
    const char* at = cursor.at;
    while (true) {
        at = plain_stops_.find(at, cursor.end);
        if (at == cursor.end || is_line_end(*at) || delimiter_at(at, cursor.end)) {
            break;
        }
        if (!cursor.at_end && may_open_delimiter(at, cursor.end)) {
            return Step::Incomplete;
        }
        if (dialect_.backslash && *at == '\\') {
            cell.escaped = true;
            ++at;
            if (at == cursor.end) {
                break;
            }
            // A line end stays one: a backslash at a line's end must not glue two rows.
            at += is_line_end(*at) ? 0 : 1;
        } else {
            ++at;  // the first byte of a longer delimiter, alone
        }
    }
    cell.end = at;
    if (dialect_.trim) {
        trim(cell);
    }
    cursor.at = at;
    return behind_cell(cursor);
}

const char* RowCutter::find_in_quotes(const char* at, const char* end) const {
    if (dialect_.backslash) {
        return AnyOf(dialect_.quote, '\\', dialect_.quote, '\\').find(at, end);
    }
    const void* const hit = std::memchr(at, dialect_.quote, static_cast<std::size_t>(end - at));
    return hit != nullptr ? static_cast<const char*>(hit) : end;
}

RowCutter::Step RowCutter::cut_quoted(Cursor& cursor, Cell& cell, const char* open) const {
    cell.begin = open + 1;
    cell.quoted = true;
    const char* end = cursor.end;
    bool at_end = cursor.at_end;  // or a line end that the cell may not cross
    bool stray = false;
    const auto stay_on_line = [&](const char* from) {
        end = find_line_end(from, end);
        at_end |= end != cursor.end;
    };
    if (cursor.lines == Lines::One) {
        stay_on_line(cell.begin);
    }
    const char* at = cell.begin;
    while (true) {
        at = find_in_quotes(at, end);
        const char* const next = at == end ? end : at + 1;
        if (next == end && !at_end) {
            return Step::Incomplete;
        }
        if (at == end) {
            if (stray) {
                return Step::NotQuoted;
            }
            cursor.at = end;
            return Step::Unclosed;
        }
        if (dialect_.backslash && *at == '\\') {
            cell.escaped = true;
            at = next == end ? end : next + 1;
            continue;
        }
        if (!dialect_.backslash && next != end && *next == dialect_.quote) {
            cell.escaped = true;
            at = next + 1;
            continue;
        }
        const char* const behind = skip_blanks(next, end);
        if (!at_end && (behind == end || may_open_delimiter(behind, end))) {
            return Step::Incomplete;
        }
        if (behind == end || is_line_end(*behind) || delimiter_at(behind, end)) {
            cell.end = at;
            cursor.at = behind;
            return behind_cell(cursor);
        }
        if (!stray && find_line_end(cell.begin, at) != at) {
            return Step::NotQuoted;
        }
        stray = true;
        stay_on_line(next);
        at = next;
    }
}

void RowCutter::unescape(const Cell& cell, std::string& out) const {
    if (!cell.escaped) {
        out.append(cell.raw());
        return;
    }
    const char mark = dialect_.backslash ? '\\' : dialect_.quote;
    for (const char* at = cell.begin; at != cell.end; ++at) {
        const bool pair =
            *at == mark && at + 1 != cell.end && (dialect_.backslash || at[1] == dialect_.quote);
        at += pair ? 1 : 0;
        out.push_back(*at);
    }
}

}  // namespace coterie::text
