#include "pipeline/publish/quarantine.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <set>
#include <utility>

namespace coterie::publish {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kColumnsBefore{"entry",     "reason", "source", "stream",
                                    "record_id", "stage",  "where",  "file",
                                    "sheet",     "row",    "column", "corrected_at"};
constexpr const char* kColumnRaw = "raw";
/// A field that is called like a column of ours.
constexpr std::string_view kFieldPrefix = "field ";
/// More fields than this have no column of their own; they are in `raw`.
constexpr std::size_t kFieldColumnsMax = 500;
/// So many of a stream's records tell which fields it has.
constexpr std::size_t kRecordsOfStream = 20;

bool is_own_column(std::string_view name) {
    return name == kColumnRaw ||
           std::find(kColumnsBefore.begin(), kColumnsBefore.end(), name) != kColumnsBefore.end();
}

std::string column_of_field(std::string_view field) {
    return is_own_column(field) ? std::string(kFieldPrefix).append(field) : std::string(field);
}

/// The field of a column; nothing for a column of ours.
std::optional<std::string> field_of_column(std::string_view column) {
    if (is_own_column(column)) {
        return std::nullopt;
    }
    if (column.starts_with(kFieldPrefix) && is_own_column(column.substr(kFieldPrefix.size()))) {
        column.remove_prefix(kFieldPrefix.size());
    }
    return std::string(column);
}

/// The record, where the text is one.
std::optional<Json> record_of(std::string_view raw) {
    auto record = Json::parse(raw, nullptr, false);
    return record.is_object() ? std::optional(std::move(record)) : std::nullopt;
}

std::string text_of(const Json& value) {
    return value.is_string() ? value.get<std::string>() : value.is_null() ? "" : value.dump();
}

/// What a cell says, without the mark that keeps spreadsheets from taking it for a formula.
std::string_view said_by(std::string_view cell) {
    if (cell.size() > 1 && cell[0] == '\'' && std::strchr("=+-@\t\r", cell[1]) != nullptr) {
        cell.remove_prefix(1);
    }
    return trim(cell);
}

/// The new text as the kind of value that stood there.
Json value_like(const Json& before, std::string_view text) {
    if (!before.is_string() && !before.is_null()) {
        auto value = Json::parse(text, nullptr, false);
        if (value.type() == before.type() || (value.is_number() && before.is_number())) {
            return value;
        }
    }
    return std::string(text);
}

bool is_digits(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// "…, row 17" as "17", taken off the text's end.
std::string take_named(std::string_view& text, std::string_view name) {
    const std::string mark = fmt::format(", {} ", name);
    const auto at = text.rfind(mark);
    if (at == std::string_view::npos) {
        return {};
    }
    std::string_view value = text.substr(at + mark.size());
    if (value.size() >= 2 && value.front() == '\'' && value.back() == '\'') {
        value = value.substr(1, value.size() - 2);
    }
    text = text.substr(0, at);
    return std::string(value);
}

/// ":17" as "17", taken off the text's end.
std::string take_number(std::string_view& text) {
    const auto at = text.rfind(':');
    if (at == std::string_view::npos || !is_digits(text.substr(at + 1))) {
        return {};
    }
    std::string number(text.substr(at + 1));
    text = text.substr(0, at);
    return number;
}

}  // namespace

Place parse_place(std::string_view where) {
    Place place;
    place.column = take_named(where, "column");
    place.row = take_named(where, "row");
    place.sheet = take_named(where, "sheet");
    if (place.row.empty()) {
        // "file:17", or with the column behind it.
        place.row = take_number(where);
        if (std::string first = take_number(where); !first.empty()) {
            place.column = std::exchange(place.row, std::move(first));
        }
    }
    place.file = where;
    return place;
}

Result<QuarantineTable> QuarantineTable::create(const store::Store& store) {
    QuarantineTable table(store);
    COTERIE_TRY(table.source_names_, store.source_names());
    COTERIE_TRY(table.corrections_, store.corrections());
    table.columns_.assign(kColumnsBefore.begin(), kColumnsBefore.end());
    COTERIE_TRY_VOID(table.find_columns());
    table.columns_.emplace_back(kColumnRaw);
    return table;
}

Result<void> QuarantineTable::find_columns() {
    std::set<std::pair<store::SourceId, std::string>> streams;
    COTERIE_TRY_VOID(store_->for_each_quarantined([&](const store::QuarantineEntry& entry) {
        add_columns_of(entry.raw);
        if (!record_of(entry.raw)) {
            streams.emplace(entry.source, entry.stream);
        }
    }));
    for (const auto& [source, stream] : streams) {
        COTERIE_TRY_VOID(add_columns_of_stream(source, stream));
    }
    return {};
}

Result<void> QuarantineTable::add_columns_of_stream(store::SourceId source,
                                                    const std::string& stream) {
    COTERIE_TRY(const auto index, store_->load_index(source, stream));
    std::vector<store::Row> rows;
    for (const auto& entry : index) {
        if (entry.state == store::RecordState::Live && rows.size() < kRecordsOfStream) {
            rows.push_back(entry.row);
        }
    }
    return store_->for_each_content(
        rows, [&](const store::StoredContent& record) { add_columns_of(record.payload); });
}

void QuarantineTable::add_columns_of(std::string_view text) {
    const auto record = record_of(text);
    if (!record) {
        return;
    }
    for (const auto& [field, value] : record->items()) {
        if (position_of_field_.size() < kFieldColumnsMax &&
            position_of_field_.emplace(field, columns_.size()).second) {
            columns_.push_back(column_of_field(field));
        }
    }
}

std::size_t QuarantineTable::own_columns_before() {
    return kColumnsBefore.size();
}

std::optional<Timestamp> QuarantineTable::corrected_at(const store::QuarantineEntry& entry) const {
    for (const auto& correction : corrections_) {
        if (correction.source == entry.source && correction.stream == entry.stream &&
            correction.content == entry.content) {
            return correction.made_at;
        }
    }
    return std::nullopt;
}

const std::string& QuarantineTable::source_name(const store::QuarantineEntry& entry) const {
    return source_names_[entry.source - 1];
}

Result<void> QuarantineTable::for_each(
    const std::function<void(const store::QuarantineEntry&, std::span<const std::string>)>& visit)
    const {
    return store_->for_each_quarantined([&](const store::QuarantineEntry& entry) {
        const Place place = parse_place(entry.where);
        const auto corrected = corrected_at(entry);
        std::vector<std::string> cells{store::entry_id(entry),
                                       entry.reason,
                                       source_name(entry),
                                       entry.stream,
                                       entry.record_id,
                                       entry.stage,
                                       entry.where,
                                       place.file,
                                       place.sheet,
                                       place.row,
                                       place.column,
                                       corrected ? to_rfc3339(*corrected) : ""};
        cells.resize(columns_.size());
        if (const auto record = record_of(entry.raw)) {
            for (const auto& [field, value] : record->items()) {
                if (const auto at = position_of_field_.find(field);
                    at != position_of_field_.end()) {
                    cells[at->second] = text_of(value);
                }
            }
        }
        cells.back() = entry.raw;
        visit(entry, cells);
    });
}

std::vector<std::string> QuarantineTable::cells_of(const store::Rejection& rejection) const {
    std::vector<std::string> cells{"",
                                   rejection.reason,
                                   rejection.destination,
                                   "golden",
                                   rejection.golden_id,
                                   "publish",
                                   "destination '" + rejection.destination + "'"};
    cells.resize(columns_.size());
    return cells;
}

Result<std::optional<std::string>>
corrected_record(const store::QuarantineEntry& entry,
                 const std::map<std::string, std::string>& cells) {
    if (entry.raw_bytes > entry.raw.size()) {
        return Error{ErrorKind::Data, fmt::format("the record has {} bytes, of which the first {} "
                                                  "are kept; mend it in the source",
                                                  entry.raw_bytes, entry.raw.size())};
    }
    Json record = record_of(entry.raw).value_or(Json::object());
    bool is_changed = false;
    for (const auto& [column, cell] : cells) {
        const auto field = field_of_column(column);
        if (!field) {
            continue;
        }
        const auto stands = record.find(*field);
        const Json before = stands == record.end() ? Json() : *stands;
        const std::string_view text = said_by(cell);
        if (text == said_by(text_of(before))) {
            continue;
        }
        is_changed = true;
        if (text.empty()) {
            record.erase(*field);
        } else {
            record[*field] = value_like(before, text);
        }
    }
    return is_changed ? std::optional(record.dump(-1, ' ', false, Json::error_handler_t::replace))
                      : std::nullopt;
}

}  // namespace coterie::publish
