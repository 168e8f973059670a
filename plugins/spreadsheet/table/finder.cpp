#include "finder.hpp"

#include "words.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <unordered_set>

namespace spreadsheet {

namespace {

using Rows = std::span<const Row>;

constexpr std::size_t kBodyRowsMax = 60;
constexpr std::size_t kTitleRowsMax = 60;
constexpr std::size_t kHeaderBytesMax = 400;

std::uint32_t column_end(Rows rows) {
    std::uint32_t end = 0;
    for (const Row& row : rows) {
        end = row.cells.empty() ? end : std::max(end, row.cells.back().column + 1);
    }
    return end;
}

/// What the rows below a header candidate hold in one column.
struct Below {
    std::size_t filled = 0;
    std::array<std::size_t, 10> says{};
    std::size_t years = 0;
    std::unordered_set<std::string_view> texts;

    [[nodiscard]] Says usual() const {
        const auto most = std::max_element(says.begin(), says.end());
        return static_cast<Says>(most - says.begin());
    }
    [[nodiscard]] bool holds_values() const {
        std::size_t values = 0;
        for (std::size_t i = 0; i < says.size(); ++i) {
            values += is_value(static_cast<Says>(i)) ? says[i] : 0;
        }
        return filled > 0 && values * 10 >= filled * 6;
    }
};

/// The columns of the rows below a header candidate; rows that repeat it say nothing.
std::vector<Below> look_below(Rows body, const Row& candidate, std::uint32_t columns) {
    std::vector<Below> below(columns);
    const auto same = [&](const Row& row) {
        return row.cells.size() == candidate.cells.size() &&
               std::equal(row.cells.begin(), row.cells.end(), candidate.cells.begin(),
                          [](const Cell& a, const Cell& b) {
                              return a.column == b.column && a.text == b.text;
                          });
    };
    for (const Row& row : body) {
        if (row.cells.size() < 2 && columns > 1 ? filled_cells(row) < 2 : same(row)) {
            continue;  // sections, notes, repeated headers
        }
        for (const Cell& cell : row.cells) {
            const Says says = what_it_says(cell);
            if (says == Says::Nothing || cell.column >= columns) {
                continue;
            }
            Below& column = below[cell.column];
            ++column.filled;
            ++column.says[static_cast<std::size_t>(says)];
            column.years += is_year(cell.text) ? 1 : 0;
            column.texts.insert(cell.text);
        }
    }
    return below;
}

/// A header candidate: the texts of one row, or of two put together.
struct Candidate {
    std::vector<std::string> names;  ///< by column
    std::size_t rows = 1;
};

/// A header cell that is a value of the column's own kind is data.
bool is_data(const Cell& cell, const Below& below) {
    const Says says = what_it_says(cell);
    if (!cell.link.empty()) {
        return true;
    }
    if (!is_value(says)) {
        return says == Says::LongText && cell.text.size() > kHeaderBytesMax;
    }
    if (is_year(cell.text)) {
        return below.filled == 0 ? false : below.years * 2 > below.filled;
    }
    return below.filled == 0 || below.usual() == says || says == Says::Address ||
           says == Says::Link || says == Says::Handle || says == Says::Fault;
}

struct Judgement {
    double score = 0;
    double coverage = 0;  ///< share of the filled columns below that it names
    double contrast = 0;  ///< share of its cells that are text above values
    double words = 0;     ///< share of its cells that are header words
    double again = 0;     ///< share of its cells whose text comes again in their column
    std::size_t cells = 0;
    std::size_t word_count = 0;
    bool possible = false;
};

Judgement judge(Rows header, const Candidate& candidate, const std::vector<Below>& below) {
    Judgement found;
    std::size_t data = 0;
    std::size_t contrast = 0;
    std::size_t again = 0;
    std::set<std::string_view> distinct;
    std::size_t named_columns = 0;
    std::size_t columns = 0;
    std::size_t rows_below = 0;
    for (const Below& column : below) {
        rows_below = std::max(rows_below, column.filled);
    }
    for (std::size_t c = 0; c < below.size(); ++c) {
        const std::string& name = c < candidate.names.size() ? candidate.names[c] : std::string();
        const bool filled = below[c].filled > 0 && below[c].filled * 5 >= rows_below;
        columns += filled ? 1 : 0;
        if (name.empty()) {
            continue;
        }
        named_columns += filled ? 1 : 0;
        ++found.cells;
        distinct.insert(name);
        found.word_count += is_header_word(folded(name)) ? 1 : 0;
    }
    for (const Row& row : header) {
        for (std::size_t i = 0; i < row.cells.size(); ++i) {
            const Cell& cell = row.cells[i];
            if (is_copy_from_left(row, i) || is_blank(cell.text) || cell.column >= below.size()) {
                continue;
            }
            const Below& column = below[cell.column];
            data += is_data(cell, column) ? 1 : 0;
            contrast += column.holds_values() && !is_value(what_it_says(cell)) ? 1 : 0;
            again += column.texts.count(cell.text);
        }
    }
    if (found.cells == 0) {
        return found;
    }
    const auto share = [&](std::size_t some) {
        return std::min(1.0, static_cast<double>(some) / static_cast<double>(found.cells));
    };
    found.coverage =
        columns == 0 ? 1 : static_cast<double>(named_columns) / static_cast<double>(columns);
    found.contrast = share(contrast);
    found.words = share(found.word_count);
    found.again = share(again);
    found.possible = data * 5 <= found.cells;
    found.score = 2 * found.coverage + 1.5 * found.contrast + 1.5 * found.words -
                  1.5 * found.again - 2 * share(data) - (1 - share(distinct.size()));
    return found;
}

Candidate one_row(const Row& row, std::uint32_t columns) {
    Candidate candidate{std::vector<std::string>(columns), 1};
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
        const Cell& cell = row.cells[i];
        if (!is_copy_from_left(row, i) && cell.column < columns && !is_blank(cell.text)) {
            candidate.names[cell.column] = cell.text;
        }
    }
    return candidate;
}

/// How the groups of a two-row header reach over the columns: the group's text for each column.
/// Merged cells say so themselves; where there are none (CSV), a group reaches to the next one.
struct Groups {
    std::vector<std::string> texts;
    std::size_t wide = 0;  ///< groups of two or more columns that the row below names
    bool any_merged = false;
};

Groups groups_of(const Row& top, const Row& sub, std::uint32_t columns) {
    Groups groups{std::vector<std::string>(columns), 0, shape_of(top).merged_across};
    std::string text;
    std::size_t reach = 0;
    for (std::uint32_t c = 0; c < columns; ++c) {
        const Cell* const cell = cell_at(top, c);
        const Cell* const below = cell_at(sub, c);
        const bool continued =
            cell != nullptr && cell->is_merged_copy && !text.empty() && cell->text == text;
        if (cell != nullptr && !is_blank(cell->text) && !continued) {
            text = cell->text;
            reach = 0;
        } else if (cell == nullptr && groups.any_merged) {
            text.clear();
        }
        if (below != nullptr && !is_blank(below->text) && !text.empty()) {
            groups.texts[c] = text;
            groups.wide += ++reach == 2 ? 1 : 0;
        } else if (below == nullptr && cell != nullptr) {
            groups.texts[c] = text;
            text.clear();
        }
    }
    return groups;
}

/// A group header above its sub headers, as one; nothing where the two rows are no such pair.
std::optional<Candidate> two_rows(const Row& top, const Row& sub, std::uint32_t columns) {
    const Shape top_shape = shape_of(top);
    const Shape sub_shape = shape_of(sub);
    if (sub.number != top.number + 1 || sub_shape.filled < 2 || top_shape.values > 0 ||
        sub_shape.values > 0) {
        return std::nullopt;
    }
    const Groups groups = groups_of(top, sub, columns);
    // One text over everything is a title.
    const bool one_over_all =
        top_shape.filled == 1 &&
        (!groups.any_merged || (top.cells.front().column <= sub.cells.front().column &&
                                top.cells.back().column >= sub.cells.back().column));
    const bool one_platform = top_shape.filled == 1 && !groups.any_merged &&
                              top.cells[top_shape.first].column > 0 &&
                              is_platform_word(folded(top.cells[top_shape.first].text));
    if (groups.wide == 0 || (one_over_all && !one_platform)) {
        return std::nullopt;
    }
    Candidate joined{std::vector<std::string>(columns), 2};
    std::set<std::string_view> seen;
    std::size_t repeated = 0;
    std::size_t words = 0;
    std::size_t named = 0;
    for (std::uint32_t c = 0; c < columns; ++c) {
        const Cell* const cell = cell_at(sub, c);
        const bool merged_down = cell != nullptr && cell->is_merged_copy &&
                                 cell_at(top, c) != nullptr && cell_at(top, c)->text == cell->text;
        const std::string below = cell == nullptr || merged_down ? "" : cell->text;
        joined.names[c] = groups.texts[c];
        if (!below.empty()) {
            joined.names[c].append(joined.names[c].empty() ? "" : " ").append(below);
            repeated += seen.insert(cell->text).second ? 0 : 1;
            words += is_header_word(folded(below)) ? 1 : 0;
            ++named;
        }
    }
    // Two rows of text may as well be a header and the first record.
    const bool certain = groups.any_merged || repeated > 0 || words * 2 >= named;
    return certain ? std::optional(std::move(joined)) : std::nullopt;
}

/// Rows that no gap parts.
struct Block {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::size_t dense = 0;  ///< rows with two filled cells or more
    std::uint32_t filled_max = 0;
};

std::vector<Block> blocks_of(Rows rows) {
    std::vector<Block> blocks;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (i == 0 || rows[i].number != rows[i - 1].number + 1) {
            blocks.push_back({i, i, 0, 0});
        }
        const std::uint32_t filled = filled_cells(rows[i]);
        blocks.back().end = i + 1;
        blocks.back().dense += filled >= 2 ? 1 : 0;
        blocks.back().filled_max = std::max(blocks.back().filled_max, filled);
    }
    return blocks;
}

/// "Campaign: | Summer" above the table: a few rows of a label and its value.
bool is_preamble(Rows rows, const Block& block, const Block* next) {
    constexpr std::size_t kPreambleRowsMax = 12;
    if (next == nullptr || block.filled_max > 2 || block.end - block.begin > kPreambleRowsMax ||
        next->filled_max < 3 || next->dense < 2) {
        return false;
    }
    std::size_t colons = 0;
    for (std::size_t i = block.begin; i < block.end; ++i) {
        const auto& cells = rows[i].cells;
        colons += !cells.empty() && cells.front().text.ends_with(':') ? 1 : 0;
    }
    return colons * 2 >= block.end - block.begin ||
           (next->filled_max >= 4 && next->dense > 2 * block.dense);
}

std::uint32_t usual_fill(Rows rows) {
    std::vector<std::uint32_t> fills;
    for (const Row& row : rows.first(std::min(rows.size(), kBodyRowsMax))) {
        if (const std::uint32_t filled = filled_cells(row); filled >= 2) {
            fills.push_back(filled);
        }
    }
    if (fills.empty()) {
        return 1;
    }
    std::nth_element(fills.begin(), fills.begin() + static_cast<std::ptrdiff_t>(fills.size() / 2),
                     fills.end());
    return fills[fills.size() / 2];
}

Rows body_below(Rows rows, std::size_t header_end) {
    return rows.subspan(header_end, std::min(rows.size() - header_end, kBodyRowsMax));
}

struct Best {
    Candidate candidate;
    Judgement judgement;
    std::size_t at = 0;
};

/// The likeliest header among the first rows up to the first full one.
std::optional<Best> best_header(Rows rows, std::size_t first_full, std::uint32_t columns) {
    std::optional<Best> best;
    const auto consider = [&](std::size_t at, Candidate candidate) {
        const std::size_t end = at + candidate.rows;
        const auto below = look_below(body_below(rows, end), rows[at], columns);
        const Judgement judgement = judge(rows.subspan(at, candidate.rows), candidate, below);
        const bool named =
            judgement.coverage >= 0.5 || (judgement.coverage >= 0.3 && judgement.word_count >= 2);
        if (judgement.possible && named &&
            (!best || judgement.score > best->judgement.score + 0.02)) {
            best = Best{std::move(candidate), judgement, at};
        }
    };
    for (std::size_t at = 0; at <= first_full && at < rows.size(); ++at) {
        const std::uint32_t filled = filled_cells(rows[at]);
        if (filled >= 2 || columns == 1 || at == first_full) {
            consider(at, one_row(rows[at], columns));
        }
        if (at + 1 < rows.size()) {
            if (auto pair = two_rows(rows[at], rows[at + 1], columns)) {
                consider(at, std::move(*pair));
            }
        }
    }
    return best;
}

Opening opening_of(const Candidate& candidate, std::size_t at, Rows rows) {
    Opening opening;
    opening.titles = at;
    opening.header = candidate.rows;
    opening.names = candidate.names;
    std::uint32_t first = column_end(rows);
    for (const Row& row : rows.subspan(at)) {
        if (!row.cells.empty() && filled_cells(row) >= std::min(2U, usual_fill(rows))) {
            first = std::min(first, row.cells.front().column);
        }
    }
    for (std::uint32_t c = 0; c < opening.names.size() && c < first; ++c) {
        first = opening.names[c].empty() ? first : c;
    }
    opening.first_column =
        std::min<std::uint32_t>(first, static_cast<std::uint32_t>(opening.names.size()));
    opening.names.erase(opening.names.begin(), opening.names.begin() + opening.first_column);
    while (!opening.names.empty() && opening.names.back().empty()) {
        opening.names.pop_back();
    }
    return opening;
}

Opening without_header(Rows rows, std::size_t at) {
    Candidate none{std::vector<std::string>(column_end(rows)), 0};
    return opening_of(none, at, rows);
}

}  // namespace

std::optional<Opening> find_first_table(Rows rows) {
    if (rows.empty()) {
        return std::nullopt;
    }
    const std::vector<Block> blocks = blocks_of(rows);
    const bool one_column = std::all_of(blocks.begin(), blocks.end(),
                                        [](const Block& block) { return block.filled_max < 2; });
    std::size_t begin = 0;
    for (std::size_t b = 0; b < blocks.size(); ++b) {
        const Block* const next = b + 1 < blocks.size() ? &blocks[b + 1] : nullptr;
        begin = blocks[b].begin;
        if (one_column || (blocks[b].dense > 0 && !is_preamble(rows, blocks[b], next))) {
            // A header alone, with a gap below it, goes with what follows.
            const std::size_t end =
                blocks[b].dense > 1 || next == nullptr ? blocks[b].end : next->end;
            const Rows region = rows.subspan(begin, end - begin);
            const std::uint32_t usual = usual_fill(region);
            std::size_t first_full = 0;
            while (first_full + 1 < region.size() && first_full < kTitleRowsMax &&
                   filled_cells(region[first_full]) * 10 <
                       std::max(usual * 6, usual > 1 ? 20U : 1U)) {
                ++first_full;
            }
            const std::uint32_t columns = column_end(region);
            const auto best = best_header(region, first_full, columns);
            const bool texts_come_again = best && best->judgement.again >= 0.3 &&
                                          best->judgement.words == 0 &&
                                          best->judgement.contrast == 0;
            Opening opening;
            if (best && !texts_come_again) {
                opening = opening_of(best->candidate, best->at, region);
            } else {
                // Rows of one cell before the first full one are titles, others are data.
                std::size_t at = 0;
                while (at < first_full && usual > 1 && filled_cells(region[at]) < 2 &&
                       shape_of(region[at]).values == 0) {
                    ++at;
                }
                opening = without_header(region, at);
            }
            opening.titles += begin;
            return opening;
        }
    }
    return std::nullopt;
}

std::optional<Opening> find_next_table(Rows rows, const Table& current) {
    constexpr std::size_t kTitlesMax = 4;
    if (rows.empty()) {
        return std::nullopt;
    }
    std::size_t at = 0;
    while (at < rows.size() && at < kTitlesMax && filled_cells(rows[at]) < 2) {
        ++at;
    }
    if (at + 1 >= rows.size() || filled_cells(rows[at]) < 2) {
        return std::nullopt;
    }
    const std::uint32_t columns = column_end(rows);
    const auto best = best_header(rows.subspan(at), 0, columns);
    if (!best || best->judgement.cells < 2) {
        return std::nullopt;
    }
    const std::set<std::string> known(current.header.begin(), current.header.end());
    std::size_t restated = 0;
    for (const std::string& name : best->candidate.names) {
        restated += !name.empty() && known.count(name) > 0 ? 1 : 0;
    }
    const Judgement& judgement = best->judgement;
    const bool same_words = restated * 10 >= judgement.cells * 6;
    const bool clear = judgement.words >= 0.5 ||
                       (judgement.contrast >= 0.4 && judgement.words >= 0.25) ||
                       (judgement.contrast >= 0.6 && at > 0);
    if ((!same_words && !clear) || judgement.coverage < 0.5 || judgement.again > 0.3) {
        return std::nullopt;
    }
    Opening opening = opening_of(best->candidate, best->at, rows.subspan(at));
    opening.titles += at;
    return opening;
}

Opening forced_opening(Rows rows, std::size_t header) {
    const std::size_t at = rows.size() - header;
    const std::uint32_t columns = column_end(rows.subspan(at));
    if (header == 2) {
        const Groups groups = groups_of(rows[at], rows[at + 1], columns);
        Candidate joined{std::vector<std::string>(columns), 2};
        const Candidate sub = one_row(rows[at + 1], columns);
        const Candidate top = one_row(rows[at], columns);
        for (std::uint32_t c = 0; c < columns; ++c) {
            std::string& name = joined.names[c];
            name = groups.texts[c].empty() ? top.names[c] : groups.texts[c];
            if (!sub.names[c].empty() && sub.names[c] != name) {
                name.append(name.empty() ? "" : " ").append(sub.names[c]);
            }
        }
        return opening_of(joined, at, rows);
    }
    if (header == 0) {
        return without_header(rows, at);
    }
    return opening_of(one_row(rows[at], columns), at, rows);
}

std::string Table::name_of(std::uint32_t column) const {
    const std::uint32_t index = column - first_column;
    if (column >= first_column && index < names.size()) {
        return names[index];
    }
    // No column of the table is called by the letters of one that lies behind or before it, since
    // name_table() gives "column K" to column K alone.
    return "column " + column_letters(column);
}

Table name_table(const Opening& opening, Rows header, std::size_t columns) {
    Table table;
    table.first_column = opening.first_column;
    for (const Row& row : header) {
        table.header_rows.push_back(row.number);
    }
    std::set<std::string> taken{kSheetField, kSectionField, kFileField};
    const std::size_t count = std::max(columns, opening.names.size());
    for (std::size_t i = 0; i < count; ++i) {
        const std::string raw = i < opening.names.size() ? opening.names[i] : std::string();
        table.header.push_back(raw);
        std::string name;
        bool blank = false;
        for (std::size_t at = 0; at < raw.size(); ++at) {
            const char c = raw[at];
            const bool no_break = c == '\xC2' && at + 1 < raw.size() && raw[at + 1] == '\xA0';
            at += no_break ? 1 : 0;
            if (no_break || c == ' ' || (c >= '\t' && c <= '\r')) {
                blank = !name.empty();
                continue;
            }
            name.append(blank ? " " : "").push_back(c);
            blank = false;
        }
        const std::string letters =
            "column " + column_letters(opening.first_column + static_cast<std::uint32_t>(i));
        const bool like_ours =
            (name.starts_with("column ") && name != letters) || name.ends_with(kLinkSuffix);
        if (name.empty()) {
            name = letters;
        }
        std::string unique = name;
        int again = like_ours ? 2 : 1;
        do {
            unique = again == 1 ? name : name + " (" + std::to_string(again) + ")";
            ++again;
        } while (!taken.insert(unique).second);
        table.names.push_back(std::move(unique));
    }
    return table;
}

bool is_transposed(Rows rows) {
    constexpr std::size_t kLabelsMin = 3;
    std::size_t begin = 0;
    while (begin < rows.size() && filled_cells(rows[begin]) < 2) {
        ++begin;  // titles
    }
    rows = rows.subspan(begin);
    if (rows.size() < kLabelsMin) {
        return false;
    }
    const std::uint32_t labels = rows.front().cells.front().column;
    const std::uint32_t columns = column_end(rows);
    std::set<std::string> distinct;
    std::size_t words = 0;
    bool names_people = false;
    double across = 0;
    std::size_t across_rows = 0;
    std::vector<std::array<std::size_t, 10>> down(columns);
    for (const Row& row : rows) {
        const Cell* const label = cell_at(row, labels);
        if (label == nullptr || is_value(what_it_says(*label))) {
            return false;
        }
        const std::string text = folded(label->text);
        distinct.insert(text);
        words += is_header_word(text) ? 1 : 0;
        names_people |= is_identity_word(text);
        std::array<std::size_t, 10> says{};
        std::size_t filled = 0;
        for (const Cell& cell : row.cells) {
            if (cell.column > labels) {
                const auto what = static_cast<std::size_t>(what_it_says(cell));
                ++says[what];
                ++down[cell.column][what];
                ++filled;
            }
        }
        if (filled >= 2) {
            across += static_cast<double>(*std::max_element(says.begin(), says.end())) /
                      static_cast<double>(filled);
            ++across_rows;
        }
    }
    double along = 0;
    std::size_t along_columns = 0;
    for (const auto& says : down) {
        std::size_t filled = 0;
        for (const std::size_t count : says) {
            filled += count;
        }
        if (filled >= 2) {
            along += static_cast<double>(*std::max_element(says.begin(), says.end())) /
                     static_cast<double>(filled);
            ++along_columns;
        }
    }
    std::size_t words_on_top = 0;
    std::size_t tops = 0;
    for (const Cell& cell : rows.front().cells) {
        if (cell.column > labels) {
            ++tops;
            words_on_top += is_header_word(folded(cell.text)) ? 1 : 0;
        }
    }
    const bool labelled = distinct.size() == rows.size() && names_people && words >= kLabelsMin &&
                          words * 2 >= rows.size() && words_on_top * 4 <= tops;
    const bool one_record = across_rows == 0;  // nothing to compare: one label, one value a row
    const double across_share = across_rows == 0 ? 1 : across / static_cast<double>(across_rows);
    const double along_share = along_columns == 0 ? 0 : along / static_cast<double>(along_columns);
    return labelled && (one_record || across_share > along_share + 0.1);
}

std::vector<ColumnFacts> column_facts(const Table& table, Rows body) {
    std::vector<ColumnFacts> facts(table.names.size());
    for (const Row& row : body) {
        for (const Cell& cell : row.cells) {
            if (cell.column < table.first_column ||
                cell.column - table.first_column >= facts.size()) {
                continue;
            }
            ColumnFacts& column = facts[cell.column - table.first_column];
            const Says says = what_it_says(cell);
            column.filled += says != Says::Nothing ? 1 : 0;
            column.numbers +=
                says == Says::Number || says == Says::Date || says == Says::Fault ? 1 : 0;
            column.persons += says == Says::Link || says == Says::Address || says == Says::Handle ||
                                      !cell.link.empty()
                                  ? 1
                                  : 0;
            if (says == Says::Text || says == Says::LongText) {
                ++column.texts;
                column.dimensions += is_dimension_value(folded(cell.text)) ? 1 : 0;
            }
        }
    }
    return facts;
}

std::optional<std::string> why_a_report(const Table& table, Rows body) {
    const std::vector<ColumnFacts> facts = column_facts(table, body);
    std::size_t numeric = 0;
    std::size_t dimensions = 0;
    std::string columns;
    for (std::size_t i = 0; i < facts.size(); ++i) {
        const ColumnFacts& column = facts[i];
        const std::string header = folded(table.header[i]);
        if (column.persons > 0 || (!header.empty() && is_identity_word(header))) {
            return std::nullopt;
        }
        numeric += column.numbers > 0 && column.texts == 0 ? 1 : 0;
        if (column.texts > 0) {
            const bool dimension =
                is_dimension_word(header) || column.dimensions * 10 >= column.texts * 7;
            if (!dimension) {
                return std::nullopt;
            }
            ++dimensions;
        }
        constexpr std::size_t kNamesMax = 6;
        if (i < kNamesMax) {
            columns.append(i == 0 ? "" : ", ").append(table.names[i]);
        }
    }
    if (dimensions == 0 || numeric == 0) {
        return std::nullopt;
    }
    return "its columns (" + columns +
           ") are numbers by month, platform, country or the like, as under a chart, and nothing "
           "in it names people";
}

}  // namespace spreadsheet
