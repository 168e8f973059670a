#include "lane.hpp"

#include "words.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace spreadsheet {

namespace {

/// How many rows are looked at where another table may open.
constexpr std::size_t kLookAheadRows = 16;
constexpr std::size_t kHeaderNamesShown = 12;

std::optional<double> number_of(const Cell& cell) {
    // Counts, which nearly all are: exact, and several times as quick.
    constexpr std::size_t kExactDigitsMax = 15;
    std::uint64_t whole = 0;
    const bool is_whole =
        !cell.text.empty() && cell.text.size() <= kExactDigitsMax &&
        std::all_of(cell.text.begin(), cell.text.end(), [&](char c) {
            whole = whole * 10 + static_cast<std::uint64_t>(static_cast<unsigned char>(c - '0'));
            return c >= '0' && c <= '9';
        });
    if (is_whole) {
        return static_cast<double>(whole);
    }
    double value = 0;
    const char* const end = cell.text.data() + cell.text.size();
    const auto [at, failed] = std::from_chars(cell.text.data(), end, value);
    return failed == std::errc() && at == end && std::isfinite(value) ? std::optional(value)
                                                                      : std::nullopt;
}

bool is_equal(double a, double b) {
    return std::abs(a - b) <= 1e-6 * std::max({std::abs(a), std::abs(b), 1.0});
}

/// "Ida Holm", "Søren Kjær Hansen": two to four words, each opening with a capital.
bool is_like_a_name(std::string_view text) {
    std::size_t words = 0;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        const std::string_view word = text.substr(0, end);
        const bool capital =
            !word.empty() && ((word[0] >= 'A' && word[0] <= 'Z') || word[0] == '\xC3');
        const bool all_capitals =
            word.size() > 1 &&
            std::none_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
        if (!capital || all_capitals || word.find_first_of("0123456789:&/") != word.npos) {
            return false;
        }
        ++words;
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words >= 2 && words <= 4;
}

const NamedTable* named_at(const std::vector<NamedTable>& named, std::uint32_t first,
                           std::uint32_t last, std::uint64_t from, std::uint64_t to) {
    for (const NamedTable& table : named) {
        if (table.first_column <= last && table.last_column >= first && table.first_row >= from &&
            table.first_row <= to && table.header_rows > 0) {
            return &table;
        }
    }
    return nullptr;
}

}  // namespace

Lane::Lane(const TableSettings& settings, const std::vector<NamedTable>& named, std::uint32_t first,
           std::uint32_t last, Taker& taker, SheetCounts& counts)
    : settings_(settings), named_(named), first_(first), last_(last), taker_(taker),
      counts_(counts) {}

std::optional<Opening> Lane::first_opening(const TableSettings& settings,
                                           const std::vector<NamedTable>& named,
                                           std::uint32_t first, std::uint32_t last,
                                           std::span<const Row> rows) {
    const auto opening_at = [&](std::uint64_t first_row, std::uint64_t last_row) {
        std::size_t begin = 0;
        while (begin < rows.size() && rows[begin].number < first_row) {
            ++begin;
        }
        std::size_t end = begin;
        while (end < rows.size() && rows[end].number <= last_row && end < begin + 2) {
            ++end;
        }
        // The rows below take part: where a nameless first column begins shows there alone.
        Opening opening = forced_opening(rows.first(end), end - begin);
        opening.titles = begin;
        return opening;
    };
    if (settings.header_rows.has_value()) {
        if (settings.header_rows->empty()) {
            Opening opening = forced_opening(rows, 0);
            opening.titles = 0;
            opening.header = 0;
            opening.names.clear();
            opening.first_column = first;
            for (const Row& row : rows) {
                opening.first_column =
                    &row == rows.data() ? row.cells.front().column
                                        : std::min(opening.first_column, row.cells.front().column);
            }
            return opening;
        }
        return opening_at(settings.header_rows->front(), settings.header_rows->back());
    }
    if (!rows.empty()) {
        const NamedTable* const table =
            named_at(named, first, last, rows.front().number, rows.back().number);
        if (table != nullptr) {
            return opening_at(table->first_row, table->first_row + table->header_rows - 1);
        }
    }
    return find_first_table(rows);
}

void Lane::open(std::span<const Row> rows, bool at_end) {
    if (rows.empty()) {
        return;
    }
    turned_ = settings_.transposed == TableSettings::Turned::Yes ||
              (settings_.transposed == TableSettings::Turned::Auto && at_end &&
               !settings_.header_rows.has_value() && is_transposed(rows));
    if (turned_) {
        emit_turned(rows);
        return;
    }
    const auto opening = first_opening(settings_, named_, first_, last_, rows);
    std::size_t next = 0;
    if (opening.has_value()) {
        for (; next < opening->titles; ++next) {
            set_aside(Aside::Title, rows[next]);
        }
        const std::size_t body = opening->titles + opening->header;
        start_table(*opening, rows.subspan(opening->titles, opening->header), rows.subspan(body));
        for (; next < body; ++next) {
            set_aside(Aside::Header, rows[next]);
        }
    }
    after_break_ = true;
    for (; next < rows.size(); ++next) {
        take(rows[next]);
    }
}

void Lane::start_table(const Opening& opening, std::span<const Row> header,
                       std::span<const Row> body) {
    std::uint32_t end = opening.first_column;
    for (const Row& row : body) {
        if (!row.cells.empty() && row.cells.back().column <= last_ &&
            (filled_cells(row) > 1 || opening.names.empty())) {
            end = std::max(end, row.cells.back().column + 1);
        }
    }
    table_ = name_table(opening, header, end - opening.first_column);
    facts_ = column_facts(table_, body);
    body_rows_ = body.size();
    table_open_ = true;
    ++counts_.tables;
    section_.clear();
    above_.clear();

    std::vector<std::uint32_t> fills;
    std::size_t lone_after_break = 0;
    std::size_t lone_inside = 0;
    for (std::size_t i = 0; i < body.size(); ++i) {
        const std::uint32_t filled = filled_cells(body[i]);
        fills.push_back(filled);
        if (filled != 1) {
            continue;
        }
        const bool before = i == 0 || body[i].number != body[i - 1].number + 1;
        const bool behind = i + 1 < body.size() && body[i + 1].number == body[i].number + 1 &&
                            filled_cells(body[i + 1]) > 1;
        lone_after_break += before && behind ? 1 : 0;
        lone_inside += !before && i + 1 < body.size() ? 1 : 0;
    }
    lone_rows_are_sections_ = lone_after_break >= 2 && lone_inside == 0;
    std::nth_element(fills.begin(), fills.begin() + static_cast<std::ptrdiff_t>(fills.size() / 2),
                     fills.end());
    usual_fill_ = fills.empty() ? 0 : fills[fills.size() / 2];

    name_column_.reset();
    fill_columns_.clear();
    sums_.clear();
    for (std::size_t i = 0; i < facts_.size(); ++i) {
        const auto column = table_.first_column + static_cast<std::uint32_t>(i);
        if (!name_column_ && facts_[i].texts * 2 > facts_[i].filled && facts_[i].persons == 0) {
            name_column_ = column;
        }
        if (facts_[i].numbers * 10 >= facts_[i].filled * 9 && facts_[i].filled >= 2) {
            sums_.push_back({column, 0, 0, true});
        }
        const auto& named = settings_.fill_columns;
        if (settings_.fill_down == TableSettings::FillDown::Named &&
            std::find(named.begin(), named.end(), table_.names[i]) != named.end()) {
            fill_columns_.push_back(column);
        }
    }
    summed_rows_ = 0;

    std::string about = header.empty() ? "no header" : "header in row ";
    for (std::size_t i = 0; i < header.size(); ++i) {
        about.append(i == 0 ? "" : " and ").append(std::to_string(header[i].number));
    }
    about.append(": ");
    for (std::size_t i = 0; i < table_.names.size() && i < kHeaderNamesShown; ++i) {
        about.append(i == 0 ? "" : ", ").append(table_.names[i]);
    }
    if (table_.names.size() > kHeaderNamesShown) {
        about.append(", … (" + std::to_string(table_.names.size()) + " columns)");
    }
    taker_.table(table_, about);
}

/// Labels down the first column: each other column becomes a record.
void Lane::emit_turned(std::span<const Row> rows) {
    std::size_t begin = 0;
    while (begin < rows.size() && filled_cells(rows[begin]) < 2) {
        set_aside(Aside::Title, rows[begin]);
        ++begin;
    }
    rows = rows.subspan(begin);
    if (rows.empty()) {
        return;
    }
    const std::uint32_t labels = rows.front().cells.front().column;
    Opening opening;
    std::vector<Row> records;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Cell* const label = cell_at(rows[i], labels);
        opening.names.push_back(label != nullptr ? label->text : "");
        for (const Cell& cell : rows[i].cells) {
            if (cell.column <= labels || is_blank(cell.text)) {
                continue;
            }
            const std::size_t index = cell.column - labels - 1;
            if (records.size() <= index) {
                records.resize(index + 1);
            }
            records[index].number = std::uint64_t{cell.column} + 1;
            records[index].cells.push_back(cell);
            records[index].cells.back().column = static_cast<std::uint32_t>(i);
        }
        set_aside(Aside::Turned, rows[i]);
    }
    opening.header = 1;
    Row header;
    header.number = std::uint64_t{labels} + 1;
    table_ = name_table(opening, std::span(&header, 1), rows.size());
    table_.is_turned = true;
    ++counts_.tables;
    std::string about = "transposed, labels in column " + column_letters(labels) + ": ";
    for (std::size_t i = 0; i < table_.names.size() && i < kHeaderNamesShown; ++i) {
        about.append(i == 0 ? "" : ", ").append(table_.names[i]);
    }
    taker_.table(table_, about);
    for (const Row& record : records) {
        if (!record.cells.empty()) {
            count(taker_.record(table_, record, {}));
        }
    }
}

void Lane::set_aside(Aside as, const Row& row) {
    counts_.aside[static_cast<std::size_t>(as)].add(row.number);
}

bool Lane::is_plain_record(const Row& row) const {
    if (!ahead_.empty() || row.number != last_number_ + 1 || after_break_ || !has_filled(row, 2)) {
        return false;
    }
    return !repeats_header(row) && !is_labelled_total(row) && !in_named_totals(row);
}

void Lane::take(const Row& row) {
    if (turned_ || row.cells.empty()) {
        return;
    }
    if (table_open_ && !done_ && is_plain_record(row) && !is_bare_total(row)) {
        last_number_ = row.number;
        record(row);
        return;
    }
    ahead_.push_back(row);
    drain(false);
}

void Lane::finish() {
    drain(true);
}

void Lane::drain(bool at_end) {
    while (!ahead_.empty() && decide(at_end) == Decision::Done) {
    }
}

/// Whether another table opens at the first row ahead; if so it has been started.
bool Lane::starts_table(bool at_end, bool& needs_more) {
    const Row& row = ahead_.front();
    const bool gap = row.number != last_number_ + 1;
    if (settings_.header_rows.has_value() || (!gap && !after_break_) || last_number_ == 0) {
        return false;
    }
    const NamedTable* const named = named_at(named_, first_, last_, row.number, row.number);
    if (named == nullptr && shape_of(row).values > 0) {
        return false;
    }
    if (ahead_.size() < kLookAheadRows && !at_end) {
        needs_more = true;
        return false;
    }
    std::vector<Row> rows(ahead_.begin(), ahead_.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                               ahead_.size(), kLookAheadRows)));
    std::optional<Opening> opening;
    if (named != nullptr) {
        const std::size_t header = std::min<std::size_t>({named->header_rows, 2, rows.size()});
        opening = forced_opening(std::span(rows).first(header), header);
        opening->titles = 0;
    } else {
        opening = find_next_table(rows, table_);
    }
    if (!opening) {
        return false;
    }
    if (settings_.first_table_only) {
        done_ = true;
        return false;
    }
    const std::size_t body = opening->titles + opening->header;
    start_table(*opening, std::span(rows).subspan(opening->titles, opening->header),
                std::span(rows).subspan(body));
    for (std::size_t i = 0; i < body; ++i) {
        set_aside(i < opening->titles ? Aside::Title : Aside::Header, ahead_.front());
        last_number_ = ahead_.front().number;
        ahead_.pop_front();
    }
    after_break_ = true;
    return true;
}

Lane::Decision Lane::decide(bool at_end) {
    const auto put_aside = [&](Aside as) {
        set_aside(as, ahead_.front());
        last_number_ = ahead_.front().number;
        after_break_ = true;
        ahead_.pop_front();
        return Decision::Done;
    };
    if (done_) {
        return put_aside(Aside::Outside);
    }
    const Row& row = ahead_.front();
    if (repeats_header(row)) {
        return put_aside(Aside::Repeated);
    }
    bool needs_more = false;
    if (starts_table(at_end, needs_more)) {
        return Decision::Done;
    }
    if (needs_more) {
        return Decision::NeedsMore;
    }
    if (done_) {
        return put_aside(Aside::Outside);
    }
    if (settings_.leave_out_totals &&
        (in_named_totals(row) || is_labelled_total(row) || is_bare_total(row))) {
        for (Sum& sum : sums_) {
            sum.value = 0;
        }
        summed_rows_ = 0;
        return put_aside(Aside::Total);
    }
    if (filled_cells(row) == 0) {
        return put_aside(Aside::Outside);
    }
    if (filled_cells(row) == 1 && table_.names.size() > 1) {
        if (ahead_.size() < 2 && !at_end) {
            return Decision::NeedsMore;
        }
        switch (lone_row(row, ahead_.size() > 1 ? &ahead_[1] : nullptr)) {
        case Lone::Section:
            section_ = row.cells[shape_of(row).first].text;
            above_.clear();
            return put_aside(Aside::Section);
        case Lone::Note:
            return put_aside(Aside::Note);
        case Lone::Unclear:
            ++counts_.quarantined;
            taker_.quarantine(row, "one filled cell alone, apart from the table's rows: is it a "
                                   "note, a title or a person? set range: or sections: to say so");
            last_number_ = row.number;
            after_break_ = true;
            ahead_.pop_front();
            return Decision::Done;
        case Lone::Record:
            break;
        }
    }
    if (row.number != last_number_ + 1) {
        above_.clear();  // who stands above a gap goes on no longer
    }
    last_number_ = row.number;
    after_break_ = false;
    record(row);
    ahead_.pop_front();
    return Decision::Done;
}

Lane::Lone Lane::lone_row(const Row& row, const Row* next) const {
    const Shape shape = shape_of(row);
    const Cell& cell = row.cells[shape.first];
    const std::string text = folded(cell.text);
    const bool gap_before = row.number != last_number_ + 1;
    const bool next_is_near = next != nullptr && next->number == row.number + 1;
    const bool dense_below = next_is_near && filled_cells(*next) > 1;
    if (shape.values > 0 || usual_fill_ < 2) {
        return Lone::Record;
    }
    constexpr std::size_t kNoteBytesMin = 60;
    const bool note_like = is_note_opening(text) || text.size() >= kNoteBytesMin;
    if (is_comment(text) && !shape.merged_across) {
        return Lone::Note;
    }
    if (!settings_.sections) {
        return note_like && next == nullptr ? Lone::Note : Lone::Record;
    }
    if (dense_below && usual_fill_ >= 2) {
        if (shape.merged_across) {
            return Lone::Section;
        }
        const std::size_t index = cell.column - std::min(cell.column, table_.first_column);
        const bool own_column =
            index < facts_.size() && facts_[index].filled * 4 < body_rows_ && body_rows_ >= 4;
        int evidence = gap_before || after_break_ ? 2 : 0;
        evidence += own_column ? 2 : 0;
        evidence += has_section_word(text) || cell.text.ends_with(':') ? 2 : 0;
        evidence += index == 0 ? 1 : -1;
        evidence += lone_rows_are_sections_ ? 1 : 0;
        evidence -= is_like_a_name(cell.text) && !has_section_word(text) ? 1 : 0;
        return evidence >= 3 && !note_like  ? Lone::Section
               : note_like && evidence >= 3 ? Lone::Note
                                            : Lone::Record;
    }
    if (shape.merged_across || note_like) {
        return Lone::Note;
    }
    return gap_before || after_break_ ? Lone::Unclear : Lone::Record;
}

bool Lane::repeats_header(const Row& row) const {
    if (table_.header_rows.empty() || row.cells.empty()) {
        return false;
    }
    std::size_t same = 0;
    std::size_t filled = 0;
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
        const Cell& cell = row.cells[i];
        const std::size_t index = cell.column - std::min(cell.column, table_.first_column);
        const bool equal = cell.column >= table_.first_column && index < table_.header.size() &&
                           !table_.header[index].empty() && cell.text == table_.header[index];
        if (!equal && i == 0) {
            return false;
        }
        filled += is_blank(cell.text) ? 0 : 1;
        same += equal ? 1 : 0;
    }
    std::size_t named = 0;
    for (const std::string& name : table_.header) {
        named += name.empty() ? 0 : 1;
    }
    return same == filled && same * 10 >= named * 8 && (same >= 2 || named == 1);
}

bool Lane::is_labelled_total(const Row& row) const {
    const auto label = std::find_if(row.cells.begin(), row.cells.end(),
                                    [](const Cell& cell) { return !is_blank(cell.text); });
    constexpr std::size_t kLabelBytesMax = 48;
    if (label == row.cells.end() || label->kind != CellKind::Text ||
        label->text.size() > kLabelBytesMax || !may_be_total_label(label->text) ||
        !is_total_label(folded(label->text))) {
        return false;
    }
    for (auto cell = label + 1; cell != row.cells.end(); ++cell) {
        const Says says = what_it_says(*cell);
        const bool copy = cell->is_merged_copy && cell->text == label->text;
        if (!copy && says != Says::Number && says != Says::Nothing && says != Says::Fault) {
            return false;
        }
    }
    // "Total" with no number beside it may be a person's name only where it stands among names.
    return filled_cells(row) > 1 || row.number != last_number_ + 1 || label->text.ends_with(':');
}

/// Nothing but numbers, each the sum or the average of those above it.
bool Lane::is_bare_total(const Row& row) const {
    if (sums_.empty() || summed_rows_ < 2 || !name_column_) {
        return false;
    }
    std::size_t sums = 0;
    for (const Cell& cell : row.cells) {
        if (is_blank(cell.text)) {
            continue;
        }
        const auto sum = std::find_if(sums_.begin(), sums_.end(), [&](const Sum& candidate) {
            return candidate.column == cell.column;
        });
        if (sum == sums_.end() || !sum->valid) {
            return false;
        }
        const auto value = number_of(cell);
        const bool total =
            value && (is_equal(*value, sum->value) || is_equal(*value, sum->all) ||
                      is_equal(*value, sum->value / static_cast<double>(summed_rows_)));
        if (!total) {
            return false;
        }
        ++sums;
    }
    return sums > 0 && sums * 2 >= sums_.size();
}

bool Lane::in_named_totals(const Row& row) const {
    return std::any_of(named_.begin(), named_.end(), [&](const NamedTable& table) {
        return table.totals_rows > 0 && row.number <= table.last_row &&
               row.number + table.totals_rows > table.last_row && table.first_column <= last_ &&
               table.last_column >= first_ && row.number > table.first_row;
    });
}

void Lane::add_to_sums(const Row& row) {
    for (Sum& sum : sums_) {
        const Cell* const cell = cell_at(row, sum.column);
        if (cell == nullptr || is_blank(cell->text) || !sum.valid) {
            continue;
        }
        const auto value = number_of(*cell);
        sum.valid = value.has_value();
        sum.value += value.value_or(0);
        sum.all += value.value_or(0);
    }
    ++summed_rows_;
}

/// Whether the row goes on about who stands above: no name, nothing that is a person's own (an
/// address, another text), and a profile.
bool Lane::continues_above(const Row& row) const {
    bool profile = false;
    for (const Cell& cell : row.cells) {
        switch (what_it_says(cell)) {
        case Says::Handle:
        case Says::Link:
            profile = true;
            break;
        case Says::Number:
        case Says::Date:
        case Says::Flag:
        case Says::Nothing:
        case Says::Fault:
            break;
        case Says::Text:
            if (!is_platform_word(folded(cell.text))) {
                return false;
            }
            break;
        case Says::LongText:
        case Says::Address:
            return false;
        }
    }
    return profile;
}

void Lane::fill_from_above(Row& row) {
    bool filled = false;
    const auto fill = [&](std::uint32_t column) {
        const auto known = std::find_if(above_.begin(), above_.end(),
                                        [&](const Cell& cell) { return cell.column == column; });
        const Cell* const own = cell_at(row, column);
        if (own != nullptr && !is_blank(own->text)) {
            if (known != above_.end()) {
                *known = *own;
            } else {
                above_.push_back(*own);
            }
            return;
        }
        if (known != above_.end()) {
            const auto place =
                std::find_if(row.cells.begin(), row.cells.end(),
                             [&](const Cell& cell) { return cell.column >= column; });
            if (place != row.cells.end() && place->column == column) {
                *place = *known;
            } else {
                row.cells.insert(place, *known);
            }
            filled = true;
        }
    };
    if (settings_.fill_down == TableSettings::FillDown::Named) {
        for (const std::uint32_t column : fill_columns_) {
            fill(column);
        }
    } else if (name_column_) {
        const Cell* const own = cell_at(row, *name_column_);
        if ((own != nullptr && !is_blank(own->text)) || continues_above(row)) {
            fill(*name_column_);
        } else {
            above_.clear();
        }
    }
    counts_.continued += filled ? 1 : 0;
}

void Lane::record(const Row& row) {
    add_to_sums(row);
    const bool fills = settings_.fill_down != TableSettings::FillDown::No && table_open_;
    const bool named_fill = settings_.fill_down == TableSettings::FillDown::Named;
    const Cell* const name = name_column_ ? cell_at(row, *name_column_) : nullptr;
    const bool has_name = name != nullptr && !is_blank(name->text);
    if (fills && !named_fill && has_name) {
        above_.assign(1, *name);  // the usual row: nothing to fill
    } else if (fills) {
        filled_ = row;
        fill_from_above(filled_);
        count(taker_.record(table_, filled_, section_));
        return;
    }
    count(taker_.record(table_, row, section_));
}

void Lane::count(bool is_record) {
    ++(is_record ? counts_.records : counts_.quarantined);
}

}  // namespace spreadsheet
