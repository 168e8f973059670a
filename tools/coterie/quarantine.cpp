// quarantine, correct: what could not be used, and what people make of it.
#include "pipeline/publish/quarantine.hpp"

#include "base/text.hpp"
#include "cli.hpp"
#include "plugin/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

namespace coterie::cli {

namespace {

using store::Store;
using Cells = std::map<std::string, std::string>;

constexpr std::size_t kFileBytesMax = std::size_t{256} << 20;

std::string read_file(const std::filesystem::path& file) {
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    std::ifstream in(file, std::ios::binary);
    if (error || !in) {
        throw CommandError(Nothing, fmt::format("'{}' cannot be read: {}", file.string(),
                                                error ? error.message() : std::strerror(errno)));
    }
    if (size > kFileBytesMax) {
        throw CommandError(Nothing, fmt::format("'{}' has {} bytes, allowed are {}", file.string(),
                                                size, kFileBytesMax));
    }
    std::string text(std::istreambuf_iterator<char>(in), {});
    if (!is_utf8(text)) {
        throw CommandError(Usage, fmt::format("'{}' is not UTF-8; save it as UTF-8, or let a "
                                              "connector read it: --connector spreadsheet",
                                              file.string()));
    }
    return text.starts_with("\xEF\xBB\xBF") ? text.substr(3) : text;
}

/// The rows of a CSV text as spreadsheets write it: quoted cells, and , ; or a tab between them.
std::vector<std::vector<std::string>> csv_rows(std::string_view text) {
    const std::string_view header = text.substr(0, text.find('\n'));
    char separator = ',';
    for (const char each : {';', '\t'}) {
        if (std::count(header.begin(), header.end(), each) >
            std::count(header.begin(), header.end(), separator)) {
            separator = each;
        }
    }
    std::vector<std::vector<std::string>> rows;
    std::vector<std::string> row(1);
    bool is_quoted = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (is_quoted) {
            const bool is_doubled = c == '"' && at + 1 < text.size() && text[at + 1] == '"';
            if (c == '"' && !is_doubled) {
                is_quoted = false;
                continue;
            }
            at += is_doubled ? 1 : 0;
            row.back().push_back(c);
        } else if (c == '"' && row.back().empty()) {
            is_quoted = true;
        } else if (c == separator) {
            row.emplace_back();
        } else if (c == '\n') {
            rows.push_back(std::exchange(row, std::vector<std::string>(1)));
        } else if (c != '\r') {
            row.back().push_back(c);
        }
    }
    if (row.size() > 1 || !row.front().empty()) {
        rows.push_back(std::move(row));
    }
    return rows;
}

/// One row of a file of corrections: its cells by column, or the whole record.
struct Row {
    std::string entry;
    Cells cells;
    std::optional<nlohmann::ordered_json> record;
};

std::vector<Row> rows_of_csv(const std::filesystem::path& file) {
    const auto lines = csv_rows(read_file(file));
    std::vector<Row> rows;
    for (std::size_t i = 1; i < lines.size(); ++i) {
        Row row;
        for (std::size_t k = 0; k < std::min(lines[0].size(), lines[i].size()); ++k) {
            row.cells[lines[0][k]] = lines[i][k];
        }
        row.entry = row.cells["entry"];
        rows.push_back(std::move(row));
    }
    return rows;
}

/// A line of JSON, as it was exported or as a connector read it.
Row row_of_json(std::string_view json) {
    Row row;
    const auto line = nlohmann::ordered_json::parse(json, nullptr, false);
    if (!line.is_object()) {
        return row;
    }
    row.entry = line.value("entry", "");
    if (line.contains("record") && line.at("record").is_object()) {
        row.record = line.at("record");
        return row;
    }
    for (const auto& [column, value] : line.items()) {
        row.cells[column] = value.is_string() ? value.get<std::string>()
                            : value.is_null() ? ""
                                              : value.dump();
    }
    return row;
}

std::vector<Row> rows_of_json_lines(const std::filesystem::path& file) {
    const std::string text = read_file(file);
    std::vector<Row> rows;
    for (const auto line : split(text, '\n')) {
        if (!trim(line).empty()) {
            rows.push_back(row_of_json(line));
        }
    }
    return rows;
}

/// Keeps what a connector reads.
class RowKeeper : public plugin::EventSink {
  public:
    void record(std::string_view /*id*/, std::string_view json,
                std::string_view /*where*/) override {
        rows.push_back(row_of_json(json));
    }
    void quarantine(std::string_view /*raw*/, std::string_view where,
                    std::string_view why) override {
        fmt::print(stderr, "warning: {}: {}\n", printable(where), printable(why));
    }
    void deleted(std::string_view /*id*/) override {}
    void checkpoint(std::string_view /*cursor*/) override {}
    void restarted() override { rows.clear(); }
    void log(LogLevel /*level*/, std::string_view /*message*/) override {}
    void progress(std::uint64_t /*done*/, std::uint64_t /*total*/,
                  std::string_view /*unit*/) override {}

    std::vector<Row> rows;
};

/// What a connector that reads files makes of this one.
std::vector<Row> rows_of_connector(const config::Config& config, const std::string& connector,
                                   const std::filesystem::path& file) {
    const plugin::Catalog catalog = load_catalog(config);
    const auto* const installed = or_end(catalog.find(connector));
    if (installed->manifest.streams.empty()) {
        throw CommandError(Usage, fmt::format("connector '{}' reads no files", connector));
    }
    plugin::SessionOptions options;
    options.workspace = config.workspace;
    const nlohmann::json settings{{"location", std::filesystem::absolute(file).string()}};
    const auto session = or_end(plugin::Session::open(*installed, settings, options));
    RowKeeper keeper;
    or_end(session->read({installed->manifest.streams.front().name, std::nullopt}, keeper));
    return std::move(keeper.rows);
}

/// Of what a connector read, what belongs to the export: a workbook may have other sheets, and a
/// connector fields of its own, such as the sheet's name. It leaves out empty cells, so a cell that
/// a person emptied shows only in that others of its column are there.
std::vector<Row> rows_of_export(std::vector<Row> rows, const std::vector<std::string>& columns) {
    const std::set<std::string_view> known(columns.begin(), columns.end());
    std::set<std::string> seen;
    std::set<std::string> others;
    std::erase_if(rows, [&](Row& row) {
        if (row.record) {
            return false;
        }
        Cells kept;
        for (auto& [column, cell] : row.cells) {
            if (known.contains(column)) {
                seen.insert(column);
                kept.emplace(column, std::move(cell));
            } else if (!column.starts_with('(')) {  // not what a connector adds
                others.insert(column);
            }
        }
        row.cells = std::move(kept);
        return row.cells.empty();
    });
    for (Row& row : rows) {
        for (const std::string& column : seen) {
            row.cells.emplace(column, "");
        }
    }
    for (const std::string& column : others) {
        fmt::print(stderr, "warning: '{}' is no column of the export, and is left out\n",
                   printable(column, 60));
    }
    return rows;
}

std::vector<Row> rows_of(const config::Config& config, const CorrectFlags& flags,
                         const Store& store) {
    const std::filesystem::path file = flags.file;
    if (!flags.connector.empty()) {
        const auto table = or_end(publish::QuarantineTable::create(store));
        return rows_of_export(rows_of_connector(config, flags.connector, file), table.columns());
    }
    if (file.extension() == ".csv") {
        return rows_of_csv(file);
    }
    if (file.extension() == ".jsonl") {
        return rows_of_json_lines(file);
    }
    throw CommandError(Usage, fmt::format("'{}' is neither .csv nor .jsonl; name the connector "
                                          "that reads it, such as --connector spreadsheet",
                                          file.string()));
}

/// What became of the rows of a file.
struct Outcome {
    std::size_t corrected = 0, unchanged = 0;
    std::vector<std::string> refused;  ///< "q_…: why"
};

/// What the row makes of the entry: nothing where it says the same.
Result<std::optional<std::string>> correction_of(const Row& row,
                                                 const store::QuarantineEntry& entry) {
    if (!row.record) {
        return publish::corrected_record(entry, row.cells);
    }
    const auto before = nlohmann::ordered_json::parse(entry.raw, nullptr, false);
    return before == *row.record ? std::nullopt : std::optional(row.record->dump());
}

Outcome correct_rows(Store& store, const std::vector<Row>& rows) {
    std::map<std::string, store::QuarantineEntry> entries;
    or_end(store.for_each_quarantined([&](const store::QuarantineEntry& entry) {
        entries.emplace(store::entry_id(entry), entry);
    }));
    Outcome outcome;
    or_end(store.transaction([&]() -> Result<void> {
        for (const Row& row : rows) {
            const auto entry = entries.find(row.entry);
            if (entry == entries.end()) {
                outcome.refused.push_back(fmt::format(
                    "{}: no such entry is in quarantine",
                    row.entry.empty() ? "a row without 'entry'" : printable(row.entry, 40)));
                continue;
            }
            auto record = correction_of(row, entry->second);
            if (!record) {
                outcome.refused.push_back(row.entry + ": " + record.error().message);
            } else if (!*record) {
                ++outcome.unchanged;
            } else {
                ++outcome.corrected;
                COTERIE_TRY_VOID(store.put_correction({entry->second.source, entry->second.stream,
                                                       *entry->second.content, **std::move(record),
                                                       row.entry, system_now()}));
            }
        }
        return {};
    }));
    return outcome;
}

int correct_file(const Context& context, const CorrectFlags& flags) {
    const config::Config config = load_config(context);
    const auto store = open_store(config, Store::Access::ReadWrite);
    const auto rows = rows_of(config, flags, *store);
    const Outcome outcome = correct_rows(*store, rows);
    std::string text = fmt::format("{} corrected, {} left as they are, {} refused\n",
                                   outcome.corrected, outcome.unchanged, outcome.refused.size());
    for (const std::string& refusal : outcome.refused) {
        text += "  " + refusal + "\n";
    }
    if (outcome.corrected > 0) {
        text += "the next run uses them: coterie run\n";
    }
    print_text(context, text);
    if (context.json) {
        print_json({{"corrected", outcome.corrected},
                    {"unchanged", outcome.unchanged},
                    {"refused", outcome.refused}});
    }
    return outcome.refused.empty() ? Done : Partial;
}

int list_corrections(const Context& context) {
    const auto store = open_store(load_config(context), Store::Access::ReadOnly);
    const auto names = or_end(store->source_names());
    nlohmann::json list = nlohmann::json::array();
    std::vector<std::vector<std::string>> rows;
    for (const auto& correction : or_end(store->corrections())) {
        const std::string& source = names[correction.source - 1];
        const std::string at = to_rfc3339(correction.made_at);
        list.push_back({{"entry", correction.entry},
                        {"source", source},
                        {"stream", correction.stream},
                        {"corrected_at", at},
                        {"record", nlohmann::json::parse(correction.record, nullptr, false)}});
        rows.push_back({correction.entry, source, at, printable(correction.record, 400)});
    }
    print_text(context, rows.empty() ? "no corrections\n"
                                     : table({"entry", "source", "corrected", "record"}, rows,
                                             terminal_width()));
    if (context.json) {
        print_json({{"corrections", list}});
    }
    return Done;
}

int remove_corrections(const Context& context, const std::vector<std::string>& entries) {
    const auto store = open_store(load_config(context), Store::Access::ReadWrite);
    const auto corrections = or_end(store->corrections());
    for (const std::string& entry : entries) {
        const auto found =
            std::find_if(corrections.begin(), corrections.end(),
                         [&](const auto& correction) { return correction.entry == entry; });
        if (found == corrections.end()) {
            throw CommandError(Nothing,
                               fmt::format("no correction of '{}'; 'coterie correct --list' has "
                                           "them all",
                                           printable(entry, 40)));
        }
        or_end(store->remove_correction(*found));
    }
    print_text(context, fmt::format("{} removed; the next run takes the sources' own words\n",
                                    entries.size()));
    if (context.json) {
        print_json({{"removed", entries}});
    }
    return Done;
}

}  // namespace

int quarantine(const Context& context, const QuarantineFlags& flags) {
    const auto store = open_store(load_config(context), Store::Access::ReadOnly);
    const auto entries = or_end(publish::QuarantineTable::create(*store));
    std::map<std::string, std::size_t> reasons;
    std::size_t total = 0;
    nlohmann::json list = nlohmann::json::array();
    std::vector<std::vector<std::string>> rows;
    or_end(entries.for_each(
        [&](const store::QuarantineEntry& entry, std::span<const std::string> cells) {
            if ((!flags.source.empty() && entries.source_name(entry) != flags.source) ||
                (!flags.stage.empty() && entry.stage != flags.stage) ||
                (!flags.reason.empty() && entry.reason.find(flags.reason) == std::string::npos)) {
                return;
            }
            ++total;
            ++reasons[entry.reason];
            if (list.size() >= flags.entries_max) {
                return;
            }
            nlohmann::json line;
            for (std::size_t i = 0; i < publish::QuarantineTable::own_columns_before(); ++i) {
                line[entries.columns()[i]] =
                    is_utf8(cells[i]) ? cells[i] : printable(cells[i], cells[i].size() * 4);
            }
            const std::string place = !entry.where.empty()      ? entry.where
                                      : entry.record_id.empty() ? "-"
                                                                : entry.record_id;
            rows.push_back({store::entry_id(entry), entries.source_name(entry),
                            printable(place, 60), printable(entry.reason, 300)});
            list.push_back(std::move(line));
        }));
    std::vector<std::pair<std::string, std::size_t>> by_count(reasons.begin(), reasons.end());
    std::stable_sort(by_count.begin(), by_count.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    std::string text;
    nlohmann::json counted = nlohmann::json::array();
    for (const auto& [reason, count] : by_count) {
        counted.push_back({{"reason", reason}, {"count", count}});
        fmt::format_to(std::back_inserter(text), "{:>8}  {}\n", count, printable(reason, 200));
    }
    if (total == 0) {
        text = "nothing is in quarantine\n";
    } else {
        text += "\n" + table({"entry", "source", "where", "reason"}, rows, terminal_width());
        text += total > rows.size()
                    ? fmt::format("… and {} more; -n {} shows them\n", total - rows.size(), total)
                    : "";
        text += "correct them: coterie export --what quarantine -o q.csv, then coterie correct "
                "q.csv\n";
    }
    print_text(context, text);
    if (context.json) {
        print_json({{"total", total}, {"reasons", counted}, {"entries", list}});
    }
    return Done;
}

int correct(const Context& context, const CorrectFlags& flags) {
    const int asked =
        (flags.file.empty() ? 0 : 1) + (flags.list ? 1 : 0) + (flags.remove.empty() ? 0 : 1);
    if (asked != 1) {
        throw CommandError(Usage, "correct: give a FILE of corrections, --list or --remove ENTRY");
    }
    if (flags.list) {
        return list_corrections(context);
    }
    return flags.remove.empty() ? correct_file(context, flags)
                                : remove_corrections(context, flags.remove);
}

}  // namespace coterie::cli
