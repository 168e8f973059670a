#include "layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace spreadsheet {

using coterie::Error;
using coterie::ErrorKind;
using coterie::Result;

namespace {

/// A title is merged over a table's width, not over a sheet's.
constexpr std::uint32_t kMergedColumnsMax = 256;
constexpr std::size_t kOpenLinksMax = 4096;

char upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

void skip_blanks(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

bool by_column(const Cell& a, const Cell& b) {
    return a.column < b.column;
}

std::vector<Cell>::iterator cell_from(std::vector<Cell>& cells, std::uint32_t column) {
    return std::lower_bound(cells.begin(), cells.end(), column,
                            [](const Cell& cell, std::uint32_t c) { return cell.column < c; });
}

bool overlap(const CellRange& a, const CellRange& b) {
    return a.first_column <= b.last_column && b.first_column <= a.last_column &&
           a.first_row <= b.last_row && b.first_row <= a.last_row;
}

}  // namespace

std::optional<CellReference> parse_reference(std::string_view text) {
    std::size_t at = 0;
    const auto skip_dollar = [&] { at += at < text.size() && text[at] == '$' ? 1 : 0; };
    skip_dollar();
    std::uint32_t column = 0;
    std::size_t letters = 0;
    for (; at < text.size() && upper(text[at]) >= 'A' && upper(text[at]) <= 'Z'; ++at) {
        column = column * 26 + static_cast<std::uint32_t>(upper(text[at]) - 'A' + 1);
        if (++letters > 3) {
            return std::nullopt;
        }
    }
    skip_dollar();
    std::uint64_t row = 0;
    std::size_t digits = 0;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
        row = row * 10 + static_cast<std::uint64_t>(text[at] - '0');
        if (++digits > 8) {
            return std::nullopt;
        }
    }
    if (at != text.size() || column == 0 || column > kColumnsMax || row == 0 || row > kRowsMax) {
        return std::nullopt;
    }
    return CellReference{.column = column - 1, .row = row};
}

std::optional<CellRange> parse_range(std::string_view text) {
    const std::size_t colon = text.find(':');
    const auto first = parse_reference(text.substr(0, colon));
    const auto last =
        colon == std::string_view::npos ? first : parse_reference(text.substr(colon + 1));
    if (!first || !last) {
        return std::nullopt;
    }
    return CellRange{.first_column = std::min(first->column, last->column),
                     .last_column = std::max(first->column, last->column),
                     .first_row = std::min(first->row, last->row),
                     .last_row = std::max(first->row, last->row)};
}

void sort_cells(std::vector<Cell>& cells) {
    if (std::is_sorted(cells.begin(), cells.end(),
                       [](const Cell& a, const Cell& b) { return a.column <= b.column; })) {
        return;
    }
    std::reverse(cells.begin(), cells.end());  // so that unique() keeps the later one
    std::stable_sort(cells.begin(), cells.end(), by_column);
    cells.erase(std::unique(cells.begin(), cells.end(),
                            [](const Cell& a, const Cell& b) { return a.column == b.column; }),
                cells.end());
}

RowDresser::RowDresser(SheetLayout layout) : layout_(std::move(layout)) {
    const auto by_row = [](const CellRange& a, const CellRange& b) {
        return a.first_row < b.first_row;
    };
    std::stable_sort(layout_.merges.begin(), layout_.merges.end(), by_row);
    std::stable_sort(layout_.links.begin(), layout_.links.end(),
                     [&](const auto& a, const auto& b) { return by_row(a.range, b.range); });
    for (const SheetLayout::Columns& columns : layout_.hidden_columns) {
        hide(columns);
    }
}

void RowDresser::hide(SheetLayout::Columns columns) {
    hidden_.resize(kColumnsMax);
    for (std::uint32_t c = columns.first; c <= columns.last && c < kColumnsMax; ++c) {
        hidden_[c] = true;
    }
}

void RowDresser::merge(const CellRange& range) {
    if (next_merge_ == layout_.merges.size()) {  // what is behind is not needed any more
        layout_.merges.clear();
        next_merge_ = 0;
    }
    layout_.merges.push_back(range);
}

Result<void> RowDresser::dress(Row& row) {
    while (next_link_ < layout_.links.size() &&
           layout_.links[next_link_].range.first_row <= row.number) {
        open_links_.push_back(next_link_++);
    }
    std::erase_if(open_links_, [&](std::size_t index) {
        return layout_.links[index].range.last_row < row.number;
    });
    if (open_links_.size() > kOpenLinksMax + row.cells.size()) {
        return Error{ErrorKind::Data, fmt::format("more than {} links stretch over row {}",
                                                  kOpenLinksMax, row.number)};
    }
    link(row);
    COTERIE_TRY_VOID(open_merges(row));
    COTERIE_TRY_VOID(repeat_merged(row));
    if (!hidden_.empty()) {
        for (Cell& cell : row.cells) {
            cell.is_hidden = hidden_[cell.column];
        }
    }
    return {};
}

void RowDresser::link(Row& row) {
    for (const std::size_t index : open_links_) {
        const SheetLayout::Link& link = layout_.links[index];
        for (auto cell = cell_from(row.cells, link.range.first_column);
             cell != row.cells.end() && cell->column <= link.range.last_column; ++cell) {
            if (cell->link.empty()) {
                cell->link = link.target;
            }
        }
    }
}

Result<void> RowDresser::open_merges(const Row& row) {
    std::erase_if(open_merges_,
                  [&](const OpenMerge& merge) { return merge.range.last_row < row.number; });
    for (;
         next_merge_ < layout_.merges.size() && layout_.merges[next_merge_].first_row <= row.number;
         ++next_merge_) {
        const CellRange& range = layout_.merges[next_merge_];
        if (range.first_row != row.number) {
            continue;  // the row with its value is empty, so there is nothing to repeat
        }
        const auto anchor = std::lower_bound(
            row.cells.begin(), row.cells.end(), range.first_column,
            [](const Cell& cell, std::uint32_t column) { return cell.column < column; });
        if (anchor == row.cells.end() || anchor->column != range.first_column) {
            continue;
        }
        // Overlapping merges are no valid file's; the first holds, so the work stays bounded.
        if (std::none_of(open_merges_.begin(), open_merges_.end(),
                         [&](const OpenMerge& open) { return overlap(open.range, range); })) {
            open_merges_.push_back({.range = range, .anchor = *anchor});
        }
    }
    return {};
}

Result<void> RowDresser::repeat_merged(Row& row) {
    copies_.clear();
    std::size_t text_bytes = 0;
    for (const OpenMerge& merge : open_merges_) {
        const std::uint32_t last =
            std::min(merge.range.last_column, merge.range.first_column + kMergedColumnsMax - 1);
        for (std::uint32_t column = merge.range.first_column; column <= last; ++column) {
            if (column == merge.range.first_column && row.number == merge.range.first_row) {
                continue;
            }
            copies_.push_back(*merge.anchor);
            copies_.back().column = column;
            copies_.back().is_merged_copy = true;
            text_bytes += merge.anchor->text.size() + merge.anchor->link.size();
            ++copies_count_;
            if (copies_count_ > kRepeatedCellsMax || text_bytes > kRowTextBytesMax) {
                return Error{ErrorKind::Data,
                             fmt::format("row {}: merged cells repeat more than {} cells, or more "
                                         "than {} bytes in one row; unmerge them",
                                         row.number, kRepeatedCellsMax, kRowTextBytesMax)};
            }
        }
    }
    if (!copies_.empty()) {
        // What a covered cell still holds is what nobody sees: the copy takes its place.
        row.cells.insert(row.cells.end(), std::make_move_iterator(copies_.begin()),
                         std::make_move_iterator(copies_.end()));
        sort_cells(row.cells);
    }
    return {};
}

std::optional<std::string> hyperlink_of_formula(std::string_view formula) {
    constexpr std::string_view kFunction = "HYPERLINK";
    skip_blanks(formula);
    if (formula.starts_with('=')) {
        formula.remove_prefix(1);
    }
    if (formula.size() < kFunction.size() ||
        !std::equal(kFunction.begin(), kFunction.end(), formula.begin(),
                    [](char a, char b) { return a == upper(b); })) {
        return std::nullopt;
    }
    formula.remove_prefix(kFunction.size());
    skip_blanks(formula);
    if (!formula.starts_with('(')) {
        return std::nullopt;
    }
    formula.remove_prefix(1);
    skip_blanks(formula);
    if (!formula.starts_with('"')) {
        return std::nullopt;
    }
    formula.remove_prefix(1);
    std::string target;
    for (;;) {
        const std::size_t quote = formula.find('"');
        if (quote == std::string_view::npos) {
            return std::nullopt;
        }
        target += formula.substr(0, quote);
        formula.remove_prefix(quote + 1);
        if (!formula.starts_with('"')) {
            break;
        }
        target += '"';
        formula.remove_prefix(1);
    }
    skip_blanks(formula);
    const bool is_whole =
        formula.starts_with(',') || formula.starts_with(';') || formula.starts_with(')');
    return is_whole && !target.empty() && !target.starts_with('#') ? std::optional(target)
                                                                   : std::nullopt;
}

}  // namespace spreadsheet
