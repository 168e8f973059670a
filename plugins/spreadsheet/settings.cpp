#include "settings.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace spreadsheet {

using coterie::Error;
using coterie::ErrorKind;
using coterie::Result;

namespace {

std::string in_quotes(std::string_view text) {
    return "'" + coterie::files::printable(text) + "'";
}

std::vector<std::string> texts(const nlohmann::json& config, const char* key) {
    if (!config.contains(key)) {
        return {};
    }
    const nlohmann::json& value = config.at(key);
    return value.is_string() ? std::vector<std::string>{value.get<std::string>()}
                             : value.get<std::vector<std::string>>();
}

Result<std::optional<std::string>> delimiter_of(const std::string& name) {
    constexpr std::size_t kDelimiterBytesMax = 4;
    static const std::map<std::string, std::string> kNames = {
        {"tab", "\t"}, {"pipe", "|"}, {"comma", ","}, {"semicolon", ";"}};
    if (name == "auto") {
        return std::optional<std::string>{};
    }
    const auto known = kNames.find(name);
    std::string bytes = known != kNames.end() ? known->second : name;
    if (bytes.empty() || bytes.size() > kDelimiterBytesMax ||
        bytes.find_first_of("\r\n\"") != std::string::npos) {
        return Error{ErrorKind::Config,
                     "delimiter " + in_quotes(name) +
                         " cannot be used; allowed: auto, tab, pipe, comma, semicolon, or 1 to 4 "
                         "bytes without line ends and quotes"};
    }
    return std::optional<std::string>{std::move(bytes)};
}

Result<std::optional<char>> quote_of(const std::string& name) {
    if (name == "auto") {
        return std::optional<char>{};
    }
    if (name == "none") {
        return std::optional<char>{'\0'};
    }
    if (name.size() != 1 || name == "\n" || name == "\r") {
        return Error{ErrorKind::Config, "quote " + in_quotes(name) +
                                            " cannot be used; allowed: auto, none, or one byte"};
    }
    return std::optional<char>{name.front()};
}

/// "B3": a column and a row, either of which may be missing ("B:K", "3:210").
struct Corner {
    std::optional<std::uint32_t> column;
    std::optional<std::uint64_t> row;
};

std::optional<Corner> corner_of(std::string_view text) {
    Corner corner;
    std::uint32_t letters = 0;
    std::size_t at = 0;
    for (; at < text.size() && at < 4; ++at) {
        const char c = text[at];
        const char upper = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
        if (upper < 'A' || upper > 'Z') {
            break;
        }
        letters = letters * 26 + static_cast<std::uint32_t>(upper - 'A') + 1;
        corner.column = letters - 1;
    }
    if (at < text.size()) {
        std::uint64_t row = 0;
        for (; at < text.size(); ++at) {
            if (text[at] < '0' || text[at] > '9' || row > 99'999'999) {
                return std::nullopt;
            }
            row = row * 10 + static_cast<std::uint64_t>(text[at] - '0');
        }
        if (row == 0) {
            return std::nullopt;
        }
        corner.row = row;
    }
    return corner;
}

Result<std::optional<TableSettings::Range>> range_of(const nlohmann::json& config) {
    if (!config.contains("range")) {
        return std::optional<TableSettings::Range>{};
    }
    const auto text = config.at("range").get<std::string>();
    const std::size_t colon = text.find(':');
    const auto from = corner_of(std::string_view(text).substr(0, colon));
    const auto to = colon == std::string::npos
                        ? std::nullopt
                        : corner_of(std::string_view(text).substr(colon + 1));
    TableSettings::Range range;
    if (from && to) {
        range.first_column = from->column.value_or(range.first_column);
        range.last_column = to->column.value_or(range.last_column);
        range.first_row = from->row.value_or(range.first_row);
        range.last_row = to->row.value_or(range.last_row);
    }
    if (!from || !to || range.first_column > range.last_column ||
        range.first_row > range.last_row) {
        return Error{ErrorKind::Config, "range " + in_quotes(text) +
                                            " is no range of cells; write it as B3:K210, B:K or "
                                            "3:210"};
    }
    return std::optional(range);
}

Result<std::optional<std::vector<std::uint64_t>>> header_rows_of(const nlohmann::json& config) {
    using Rows = std::vector<std::uint64_t>;
    if (!config.contains("header_row")) {
        return std::optional<Rows>{};
    }
    const nlohmann::json& value = config.at("header_row");
    Rows rows = value.is_number() ? Rows{value.get<std::uint64_t>()} : value.get<Rows>();
    if (rows == Rows{0}) {
        return std::optional<Rows>(Rows{});
    }
    if (rows.front() == 0 || (rows.size() == 2 && rows[1] != rows[0] + 1)) {
        return Error{ErrorKind::Config, "header_row: two rows of a header stand below each other, "
                                        "as in [3, 4]; 0 alone means that there is none"};
    }
    return std::optional<Rows>(std::move(rows));
}

/// A key that is `auto` or a boolean.
std::optional<bool> said(const nlohmann::json& config, const char* key) {
    if (!config.contains(key) || !config.at(key).is_boolean()) {
        return std::nullopt;
    }
    return config.at(key).get<bool>();
}

Result<TableSettings> table_settings(const nlohmann::json& config) {
    TableSettings table;
    COTERIE_TRY(table.header_rows, header_rows_of(config));
    COTERIE_TRY(table.range, range_of(config));
    table.skip_rows = config.value("skip_rows", std::uint64_t{0});
    if (const auto transposed = said(config, "transposed")) {
        table.transposed = *transposed ? TableSettings::Turned::Yes : TableSettings::Turned::No;
    }
    table.first_table_only = config.value("tables", "all") == "first";
    table.sections = said(config, "sections").value_or(true);
    table.leave_out_totals = config.value("totals", "leave_out") == "leave_out";
    if (config.contains("fill_down") && config.at("fill_down").is_array()) {
        table.fill_down = TableSettings::FillDown::Named;
        table.fill_columns = texts(config, "fill_down");
    } else if (said(config, "fill_down") == false) {
        table.fill_down = TableSettings::FillDown::No;
    }
    const std::string hidden = config.value("hidden", "auto");
    table.hidden_rows = hidden != "leave_out";
    table.hidden_columns = hidden != "leave_out";
    return table;
}

}  // namespace

Result<Settings> Settings::parse(const nlohmann::json& config) {
    Settings settings;
    settings.sheets = texts(config, "sheets");
    settings.hidden_sheets = config.value("hidden", "auto") == "include";
    COTERIE_TRY(settings.table, table_settings(config));
    settings.csv.encoding = config.value("encoding", "auto");
    COTERIE_TRY(settings.csv.delimiter, delimiter_of(config.value("delimiter", "auto")));
    COTERIE_TRY(settings.csv.quote, quote_of(config.value("quote", "auto")));
    settings.csv.plain_decimals = config.value("decimals", "auto") == "auto";
    settings.key = texts(config, "key");
    settings.nulls = texts(config, "nulls");
    settings.hash = coterie::files::text_hash(config.dump());
    return settings;
}

bool Settings::wants_sheet(std::string_view name) const {
    const std::string text(name);
    return sheets.empty() ||
           std::any_of(sheets.begin(), sheets.end(), [&](const std::string& pattern) {
               return pattern == text || ::fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
           });
}

}  // namespace spreadsheet
