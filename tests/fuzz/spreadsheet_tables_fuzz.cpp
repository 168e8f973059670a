// Any rows to the table finder: each byte is a cell from a small stock, a row end or a gap. What
// must hold: no crash, and no row is lost: each is a record, in quarantine, refused, or named in a
// list.
#include "plugins/spreadsheet/table/follower.hpp"

#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>

namespace {

using namespace spreadsheet;

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

class Counter final : public Taker {
  public:
    void table(const Table& table, const std::string&) override { is_turned |= table.is_turned; }
    bool record(const Table& table, const Row& row, std::string_view) override {
        for (const Cell& cell : row.cells) {
            require(table.is_turned ? cell.column < table.names.size()
                                    : !table.name_of(cell.column).empty());
        }
        rows.insert(row.number);
        return true;
    }
    void quarantine(const Row& row, std::string_view) override { rows.insert(row.number); }
    void refused(std::uint64_t count, const std::string&) override { refused_rows = count; }

    std::set<std::uint64_t> rows;
    std::uint64_t refused_rows = 0;
    bool is_turned = false;
};

Cell cell_of(std::uint8_t byte) {
    static const char* const kTexts[] = {"Name",
                                         "Handle",
                                         "Followers",
                                         "Email",
                                         "Ida Holm",
                                         "@ida",
                                         "12",
                                         "4,5",
                                         "Total",
                                         "I alt",
                                         "Micro influencers",
                                         "2026",
                                         "* note",
                                         "a@b.example",
                                         "www.x.example",
                                         "Instagram",
                                         "January",
                                         "2026-11-01",
                                         "Nr.",
                                         "København",
                                         "x"};
    Cell cell;
    cell.text = kTexts[(byte >> 2U) % std::size(kTexts)];
    cell.is_merged_copy = (byte & 3U) == 3U;
    cell.kind = (byte & 3U) == 2U ? CellKind::Number : CellKind::Text;
    return cell;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    TableSettings settings;
    settings.first_table_only = (data[0] & 1U) != 0;
    settings.sections = (data[0] & 2U) == 0;
    settings.leave_out_totals = (data[0] & 4U) == 0;
    settings.hidden_rows = (data[0] & 8U) == 0;
    if ((data[0] & 16U) != 0) {
        settings.header_rows = std::vector<std::uint64_t>{1U + (data[1] & 7U)};
    }
    if ((data[0] & 32U) != 0) {
        settings.range = TableSettings::Range{1, 4, 2, 50};
    }
    settings.transposed =
        (data[0] & 64U) != 0 ? TableSettings::Turned::Yes : TableSettings::Turned::Auto;
    std::vector<NamedTable> named;
    if ((data[0] & 128U) != 0) {
        NamedTable table;
        table.first_column = data[1] & 3U;
        table.last_column = table.first_column + 3U;
        table.first_row = 1U + (data[1] >> 4U);
        table.last_row = table.first_row + 4;
        table.header_rows = (data[1] >> 2U) & 3U;
        table.totals_rows = data[1] & 1U;
        named.push_back(table);
    }
    Counter counter;
    SheetFollower follower(settings, named, counter);
    std::set<std::uint64_t> given;
    Row row;
    row.number = 1;
    std::uint32_t column = 0;
    const auto end_row = [&](std::uint64_t gap) {
        const std::uint64_t number = row.number;
        if (!row.cells.empty()) {
            given.insert(number);
            row.is_hidden = number % 7 == 0;
            follower.take(row);
        }
        row = {};
        row.number = number + 1 + gap;
        column = 0;
    };
    for (std::size_t i = 2; i < size; ++i) {
        if (data[i] >= 0xF0) {
            end_row(data[i] & 1U);
        } else if (data[i] >= 0xE0) {
            column += 1U + (data[i] & 3U);
        } else {
            Cell cell = cell_of(data[i]);
            cell.column = column++;
            row.cells.push_back(std::move(cell));
        }
    }
    end_row(0);
    follower.finish();

    const SheetCounts& counts = follower.counts();
    require(counts.rows == given.size() && counts.refused == counter.refused_rows);
    std::uint64_t all = counts.records + counts.quarantined + counts.refused;
    bool all_shown = true;
    for (const RowList& list : counts.aside) {
        all += list.count();
        std::uint64_t shown = 0;
        for (const auto& [first, last] : list.ranges()) {
            for (std::uint64_t number = first; number <= last; ++number, ++shown) {
                counter.rows.insert(number);
            }
        }
        all_shown &= shown == list.count();
    }
    require(all >= given.size());
    if (all_shown && counts.refused == 0 && !counter.is_turned) {
        require(counter.rows == given);
    }
    return 0;
}
