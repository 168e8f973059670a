#include "follower.hpp"

#include "lane.hpp"
#include "words.hpp"

#include <algorithm>
#include <set>

namespace spreadsheet {

namespace {

constexpr std::uint64_t kFirstRowsBytesMax = 8U << 20;
/// Groups of columns that may be tables of their own; a sheet of more is one with holes.
constexpr std::size_t kGroupsMax = 16;

/// A range of columns that no empty column parts.
struct Group {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
};

Row cut_to(const Row& row, std::uint32_t first, std::uint32_t last) {
    Row part;
    part.number = row.number;
    part.is_hidden = row.is_hidden;
    for (const Cell& cell : row.cells) {
        if (cell.column >= first && cell.column <= last) {
            part.cells.push_back(cell);
        }
    }
    return part;
}

std::vector<Row> cut_to(const std::vector<Row>& rows, const Group& group) {
    std::vector<Row> parts;
    for (const Row& row : rows) {
        Row part = cut_to(row, group.first, group.last);
        if (filled_cells(part) > 0) {
            parts.push_back(std::move(part));
        }
    }
    return parts;
}

/// Columns that hold something in some row of two cells or more: what one title or note fills, or a
/// merged cell covers, says nothing about columns.
std::vector<Group> groups_of(const std::vector<Row>& rows) {
    std::vector<bool> used;
    for (const Row& row : rows) {
        if (filled_cells(row) < 2) {
            continue;
        }
        for (std::size_t i = 0; i < row.cells.size(); ++i) {
            const Cell& cell = row.cells[i];
            if (is_blank(cell.text) || is_copy_from_left(row, i)) {
                continue;
            }
            used.resize(std::max<std::size_t>(used.size(), cell.column + 1U));
            used[cell.column] = true;
        }
    }
    std::vector<Group> groups;
    for (std::uint32_t c = 0; c < used.size(); ++c) {
        if (!used[c]) {
            continue;
        }
        if (groups.empty() || groups.back().last + 1 != c) {
            groups.push_back({c, c});
        }
        groups.back().last = c;
    }
    return groups;
}

/// What a group looks like as a table of its own.
struct Side {
    std::vector<Row> rows;
    std::optional<Opening> opening;
    std::uint64_t header_row = 0;
    std::uint64_t last_row = 0;
    std::size_t body = 0;
};

/// Whether two groups of columns are two tables, or one with an empty column in it.
bool are_two_tables(const Side& left, const Side& right) {
    if (!left.opening || !right.opening || right.rows.empty() || left.rows.empty()) {
        return false;
    }
    const std::size_t left_width = left.opening->names.size();
    const std::size_t right_width = right.opening->names.size();
    if (left.opening->header > 0 && right.opening->header > 0 && left_width >= 2 &&
        right_width >= 2) {
        if (left.header_row != right.header_row && left.body > 0 && right.body > 0) {
            return true;
        }
        std::set<std::string> names;
        for (const std::string& name : left.opening->names) {
            names.insert(folded(name));
        }
        std::size_t both = 0;
        bool person = false;
        for (const std::string& name : right.opening->names) {
            const std::string text = folded(name);
            const bool shared = !text.empty() && names.count(text) > 0;
            both += shared ? 1 : 0;
            person |= shared && is_identity_word(text);
        }
        if (both >= 2 || person) {
            return true;
        }
    }
    // One of them ends long before the other, and has no holes up to there.
    const Side& shorter = left.last_row < right.last_row ? left : right;
    const Side& longer = left.last_row < right.last_row ? right : left;
    const std::uint64_t begin = std::min(left.header_row, right.header_row);
    const std::uint64_t height = longer.last_row - begin;
    const std::uint64_t reach = shorter.last_row - begin;
    const std::size_t width = &shorter == &left ? left_width : right_width;
    return width >= 2 && shorter.body >= 1 && height >= reach + 3 && reach * 10 <= height * 7 &&
           shorter.body >= reach;
}

/// Sentences, one a row, as on a sheet of instructions.
bool is_prose(std::span<const Row> rows) {
    std::size_t sentences = 0;
    for (const Row& row : rows) {
        if (filled_cells(row) > 1) {
            return false;
        }
        const Says says = what_it_says(row.cells[shape_of(row).first]);
        if (says == Says::Link || says == Says::Address || says == Says::Handle) {
            return false;
        }
        sentences += says == Says::LongText ? 1 : 0;
    }
    return sentences * 3 >= rows.size() && rows.size() >= 3;
}

Side side_of(const TableSettings& settings, const std::vector<NamedTable>& named,
             const std::vector<Row>& rows, const Group& group) {
    Side side;
    side.rows = cut_to(rows, group);
    side.opening = Lane::first_opening(settings, named, group.first, group.last, side.rows);
    if (side.opening && !side.rows.empty()) {
        const std::size_t at = std::min(side.opening->titles, side.rows.size() - 1);
        side.header_row = side.rows[at].number;
        side.last_row = side.rows.back().number;
        side.body = side.rows.size() - std::min(side.rows.size(), at + side.opening->header);
    }
    return side;
}

/// A label and a figure a row, in three or more blocks side by side, as on a dashboard.
bool are_figures(const std::vector<Row>& rows, const std::vector<Group>& groups) {
    constexpr std::size_t kBlocksMin = 3;
    constexpr std::size_t kRowsMax = 20;
    if (groups.size() < kBlocksMin || rows.size() > kRowsMax) {
        return false;
    }
    return std::all_of(groups.begin(), groups.end(), [&](const Group& group) {
        std::size_t pairs = 0;
        std::size_t others = 0;
        for (const Row& row : cut_to(rows, group)) {
            const Cell* const label = cell_at(row, group.first);
            const Cell* const figure = cell_at(row, group.last);
            const bool pair = label != nullptr && figure != nullptr &&
                              what_it_says(*label) == Says::Text &&
                              what_it_says(*figure) == Says::Number;
            pairs += pair ? 1 : 0;
            others += !pair && filled_cells(row) > 1 ? 1 : 0;
        }
        return group.last == group.first + 1 && pairs > 0 && others == 0;
    });
}

const char* name_of(Aside as) {
    switch (as) {
    case Aside::Title:
        return "of titles or notes above";
    case Aside::Header:
        return "of headers";
    case Aside::Repeated:
        return "that repeat the header";
    case Aside::Note:
        return "of notes";
    case Aside::Total:
        return "of totals";
    case Aside::Section:
        return "of section names";
    case Aside::Hidden:
        return "hidden";
    case Aside::Outside:
        return "outside of what is read";
    case Aside::Turned:
        return "of labels and their values";
    }
    return "";
}

std::string counted(std::uint64_t count, const char* one, const char* many) {
    return std::to_string(count) + " " + (count == 1 ? one : many);
}

}  // namespace

void RowList::add(std::uint64_t row) {
    ++count_;
    if (!ranges_.empty() && ranges_.back().second + 1 == row) {
        ++shown_;
        ranges_.back().second = row;
    } else if (ranges_.size() < kRangesMax) {
        ++shown_;
        ranges_.emplace_back(row, row);
    }
}

std::string RowList::text() const {
    std::string text = count_ == 1 ? "row " : "rows ";
    for (std::size_t i = 0; i < ranges_.size(); ++i) {
        text.append(i == 0 ? "" : ", ").append(std::to_string(ranges_[i].first));
        if (ranges_[i].second != ranges_[i].first) {
            text.append("-").append(std::to_string(ranges_[i].second));
        }
    }
    if (count_ > shown_) {
        text.append(" and " + std::to_string(count_ - shown_) + " more");
    }
    return text;
}

SheetFollower::SheetFollower(const TableSettings& settings, std::vector<NamedTable> named,
                             Taker& taker)
    : settings_(settings), named_(std::move(named)), taker_(taker) {}

SheetFollower::~SheetFollower() = default;

void SheetFollower::take(Row& row) {
    if (!settings_.hidden_columns) {
        std::erase_if(row.cells, [](const Cell& cell) { return cell.is_hidden; });
    }
    if (!has_filled(row, 1)) {
        return;
    }
    ++counts_.rows;
    const auto put_aside = [&](Aside as) {
        counts_.aside[static_cast<std::size_t>(as)].add(row.number);
    };
    if (!settings_.hidden_rows && row.is_hidden) {
        put_aside(Aside::Hidden);
        return;
    }
    if (row.number <= settings_.skip_rows) {
        put_aside(Aside::Outside);
        return;
    }
    if (settings_.range) {
        const TableSettings::Range& range = *settings_.range;
        const bool inside = row.number >= range.first_row && row.number <= range.last_row;
        std::erase_if(row.cells, [&](const Cell& cell) {
            return !inside || cell.column < range.first_column || cell.column > range.last_column;
        });
        if (filled_cells(row) == 0) {
            put_aside(Aside::Outside);
            return;
        }
    }
    if (opened_) {
        pass(row);
        return;
    }
    for (const Cell& cell : row.cells) {
        bytes_ += sizeof cell + cell.text.size() + cell.link.size();
    }
    first_rows_.push_back(row);
    if (first_rows_.size() >= kFirstRowsMax || bytes_ >= kFirstRowsBytesMax) {
        open_lanes(false);
    }
}

void SheetFollower::finish() {
    if (!opened_) {
        open_lanes(true);
    }
    for (const auto& lane : lanes_) {
        lane->finish();
    }
    if (refused_) {
        taker_.refused(counts_.refused, why_refused_);
    }
}

void SheetFollower::pass(Row& row) {
    if (refused_) {
        ++counts_.refused;
        return;
    }
    if (lanes_.size() == 1) {
        lanes_.front()->take(row);
        return;
    }
    for (const auto& lane : lanes_) {
        const Row part = cut_to(row, lane->first(), lane->last());
        if (filled_cells(part) > 0) {
            lane->take(part);
        }
    }
}

void SheetFollower::open_lanes(bool at_end) {
    opened_ = true;
    if (first_rows_.empty()) {
        return;
    }
    const bool one_lane = settings_.is_forced();
    std::vector<Group> groups = one_lane ? std::vector<Group>{} : groups_of(first_rows_);
    if (groups.size() > kGroupsMax) {
        groups = {{groups.front().first, groups.back().last}};
    }
    std::vector<Group> lanes;
    for (const Group& group : groups) {
        if (!lanes.empty() && !are_two_tables(side_of(settings_, named_, first_rows_, lanes.back()),
                                              side_of(settings_, named_, first_rows_, group))) {
            lanes.back().last = group.last;
        } else {
            lanes.push_back(group);
        }
    }
    if (lanes.empty()) {
        lanes.push_back({});
    }
    // What lies between two lanes or beside them belongs to the one at its left, or to the first.
    for (std::size_t i = 0; i < lanes.size(); ++i) {
        lanes[i].first = i == 0 ? 0 : lanes[i].first;
        lanes[i].last = i + 1 == lanes.size() ? UINT32_MAX : lanes[i + 1].first - 1;
        lanes_.push_back(std::make_unique<Lane>(settings_, named_, lanes[i].first, lanes[i].last,
                                                taker_, counts_));
    }
    if (!settings_.is_forced() && named_.empty() &&
        refuse_reports(are_figures(first_rows_, groups) ? groups.size() : 0)) {
        refused_ = true;
        counts_.refused = first_rows_.size();
        lanes_.clear();
        first_rows_.clear();
        return;
    }
    for (const auto& lane : lanes_) {
        lane->open(lanes_.size() == 1 ? first_rows_
                                      : cut_to(first_rows_, {lane->first(), lane->last()}),
                   at_end && first_rows_.size() <= kTurnedRowsMax);
    }
    first_rows_ = {};
}

/// A report has no table of people: numbers by month, or small blocks side by side.
bool SheetFollower::refuse_reports(std::size_t blocks_of_figures) {
    constexpr const char* kForce = "; if there are people in it, say where: range: B3:K210 or "
                                   "header_row: 3; else leave the sheet out by sheets:";
    if (blocks_of_figures > 0) {
        why_refused_ = "no table of people was found: " + std::to_string(blocks_of_figures) +
                       " blocks of labels and figures stand side by side" + kForce;
        return true;
    }
    std::size_t tables = 0;
    std::size_t reports = 0;
    std::string seen;
    for (const auto& lane : lanes_) {
        const std::vector<Row> rows = cut_to(first_rows_, {lane->first(), lane->last()});
        if (is_transposed(rows)) {
            return false;
        }
        const auto opening =
            Lane::first_opening(settings_, named_, lane->first(), lane->last(), rows);
        if (!opening) {
            continue;
        }
        ++tables;
        const std::size_t body = std::min(rows.size(), opening->titles + opening->header);
        const std::span<const Row> all(rows);
        if (lanes_.size() == 1 && is_prose(all)) {
            ++reports;
            seen = "it holds lines of text, one cell a row";
            continue;
        }
        const Table table =
            name_table(*opening, all.subspan(opening->titles, body - opening->titles), 0);
        if (auto why = why_a_report(table, all.subspan(body))) {
            ++reports;
            seen = seen.empty() ? std::move(*why) : seen;
        }
    }
    if (tables == 0 || reports < tables) {
        return false;
    }
    why_refused_ =
        "no table of people was found: " +
        (lanes_.size() > 1 ? counted(lanes_.size(), "block", "blocks") + " side by side" +
                                 (seen.empty() ? std::string() : "; " + seen)
                           : seen) +
        kForce;
    return true;
}

std::string SheetFollower::summary() const {
    std::string text = counted(counts_.records, "record", "records");
    if (counts_.tables > 1) {
        text.append(" in " + std::to_string(counts_.tables) + " tables");
    }
    for (std::size_t i = 0; i < kAsideKinds; ++i) {
        const RowList& rows = counts_.aside[i];
        if (rows.count() > 0) {
            text.append("; " + counted(rows.count(), "row ", "rows ") +
                        name_of(static_cast<Aside>(i)) + " (" + rows.text() + ")");
        }
    }
    if (counts_.refused > 0) {
        text.append("; refused: " + counted(counts_.refused, "row", "rows"));
    }
    if (counts_.continued > 0) {
        text.append("; in " + counted(counts_.continued, "row", "rows") +
                    " the name is continued from above");
    }
    if (counts_.quarantined > 0) {
        text.append("; " + counted(counts_.quarantined, "row", "rows") + " in quarantine");
    }
    return text;
}

}  // namespace spreadsheet
