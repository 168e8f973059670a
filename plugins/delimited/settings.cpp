#include "settings.hpp"

#include "coterie/files.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <utility>

namespace delimited {

using coterie::Error;
using coterie::ErrorKind;
using coterie::Result;
using coterie::text::cut_sample;
using coterie::text::find_delimiter;
using coterie::text::find_quote;
using coterie::text::kSampleBytesMax;
using coterie::text::most_frequent;
using coterie::text::Sample;
using coterie::text::SampleRow;

namespace {

constexpr std::size_t kColumnsMax = 16384;
constexpr std::size_t kDelimiterBytesMax = 4;

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
    static const std::map<std::string, std::string> kNames = {
        {"tab", "\t"}, {"\\t", "\t"}, {"pipe", "|"}, {"comma", ","}, {"semicolon", ";"}};
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

Header header_of(const nlohmann::json& config) {
    if (!config.contains("header") || config.at("header").is_string()) {
        return Header::Auto;
    }
    return config.at("header").get<bool>() ? Header::Present : Header::Absent;
}

std::size_t cells_of(const SampleRow& row) {
    return row.cells.size();
}
std::size_t used_of(const SampleRow& row) {
    return row.used;
}

bool is_year(std::string_view text) {
    return text.size() == 4 && (text.starts_with("19") || text.starts_with("20"));
}

/// Whether a cell is a value that no header carries: a number, a date, an address, a link, a
/// handle.
bool is_plainly_a_value(std::string_view text) {
    const bool digit = text.find_first_of("0123456789") != std::string_view::npos;
    const bool number = text.find_first_not_of("0123456789.,:/+-% ") == std::string_view::npos;
    const std::size_t at = text.find('@');
    const bool address = at != std::string_view::npos && at + 1 < text.size() &&
                         text.find(' ') == std::string_view::npos;
    const bool link =
        text.starts_with("http://") || text.starts_with("https://") || text.starts_with("www.");
    return (digit && number && !is_year(text)) || address || link;
}

bool looks_like_header(const SampleRow& row) {
    return std::none_of(row.cells.begin(), row.cells.end(), is_plainly_a_value);
}

std::string clean_name(std::string_view name) {
    const auto first = name.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) {
        return "";
    }
    const auto last = name.find_last_not_of(" \t\r\n");
    return coterie::files::printable(name.substr(first, last - first + 1));
}

/// Every column gets a name of its own.
void name_columns(Layout& layout, const std::vector<std::string>& names) {
    std::set<std::string> taken;
    for (std::size_t i = 0; i < names.size(); ++i) {
        std::string name = clean_name(names[i]);
        layout.cells_min = name.empty() ? layout.cells_min : i + 1;
        if (name.empty()) {
            name = "column " + std::to_string(i + 1);
        }
        std::string unique = name;
        for (int again = 2; !taken.insert(unique).second; ++again) {
            unique = name + " (" + std::to_string(again) + ")";
        }
        layout.columns.push_back(std::move(unique));
    }
}

/// The first row that is filled enough to be the header: what stands before it are notes.
const SampleRow* first_full_row(const std::vector<SampleRow>& rows) {
    const std::size_t usual = most_frequent(rows, 1, used_of).first;
    for (const SampleRow& row : rows) {
        if (2 * row.used > usual) {
            return &row;
        }
    }
    return nullptr;
}

const SampleRow* find_header(const Settings& settings, const std::vector<SampleRow>& rows,
                             Layout& layout) {
    if (rows.empty() || settings.header == Header::Absent) {
        return nullptr;
    }
    if (settings.header == Header::Present || settings.header_row != 0) {
        return &rows.front();
    }
    const SampleRow* const row = first_full_row(rows);
    if (!settings.columns.empty()) {
        const bool same = row != nullptr && row->cells == settings.columns;
        return same ? row : nullptr;
    }
    if (row == nullptr || !looks_like_header(*row)) {
        layout.notes.push_back("line " + std::to_string(rows.front().at.line) +
                               " holds values, so the columns are called 'column 1' and so on; "
                               "set header: true if it is the header, or columns: to name them");
        return nullptr;
    }
    if (row != &rows.front()) {
        layout.notes.push_back("the header is on line " + std::to_string(row->at.line) +
                               "; lines before it are skipped");
    }
    return row;
}

std::string shown_delimiter(const std::string& delimiter) {
    return delimiter == "\t" ? "tab" : in_quotes(delimiter);
}

}  // namespace

Result<Settings> Settings::parse(const nlohmann::json& config) {
    Settings settings;
    COTERIE_TRY(settings.delimiter, delimiter_of(config.value("delimiter", "auto")));
    COTERIE_TRY(settings.quote, quote_of(config.value("quote", "auto")));
    settings.backslash = config.value("escape", "doubled") == "backslash";
    settings.encoding = config.value("encoding", "auto");
    settings.header = header_of(config);
    settings.header_row = config.value("header_row", std::uint64_t{0});
    settings.skip_rows = config.value("skip_rows", std::uint64_t{0});
    settings.columns = texts(config, "columns");
    settings.comment = config.value("comment", "");
    settings.key = texts(config, "key");
    settings.trim = config.value("trim", true);
    settings.nulls = texts(config, "nulls");
    settings.short_rows = config.value("short_rows", "quarantine") == "fill"
                              ? ShortRows::Fill
                              : ShortRows::Quarantine;
    settings.record_bytes_max = config.value("record_bytes_max", settings.record_bytes_max);
    settings.hash = coterie::files::text_hash(config.dump());
    if (settings.header == Header::Absent && settings.header_row != 0) {
        return Error{ErrorKind::Config, "header: false and header_row contradict each other; "
                                        "remove one of them"};
    }
    if (settings.delimiter.has_value() && settings.quote.has_value() &&
        settings.delimiter->find(*settings.quote) != std::string::npos) {
        return Error{ErrorKind::Config, "delimiter and quote are the same; change one of them"};
    }
    return settings;
}

Result<Layout> settle_layout(const Settings& settings, std::string text, bool at_end) {
    Sample sample(std::move(text), at_end);
    std::uint64_t skip = settings.header_row != 0 ? settings.header_row - 1 : settings.skip_rows;
    for (; skip > 0; --skip) {
        if (!sample.skip_line() && !at_end) {
            return Error{ErrorKind::Config, "skip_rows or header_row leads beyond the first " +
                                                std::to_string(kSampleBytesMax) + " bytes"};
        }
    }
    const std::optional<std::string> said = sample.take_separator_line();
    const std::optional<std::string> delimiter =
        settings.delimiter.has_value() ? settings.delimiter : said;

    Layout layout;
    layout.dialect.quote = settings.quote.has_value() ? *settings.quote : find_quote(sample);
    layout.dialect.backslash = settings.backslash;
    layout.dialect.trim = settings.trim;
    layout.dialect.comment = settings.comment;
    layout.dialect.delimiter =
        delimiter.has_value() ? *delimiter : find_delimiter(sample, layout.dialect);
    if (!delimiter.has_value()) {
        layout.notes.push_back("the delimiter is " + shown_delimiter(layout.dialect.delimiter));
    }

    const std::vector<SampleRow> rows = cut_sample(sample, layout.dialect);
    layout.start = sample.position();
    const SampleRow* const header = find_header(settings, rows, layout);
    if (header != nullptr) {
        layout.header = header->text;
        layout.start = header->behind;
    }
    if (!settings.columns.empty()) {
        name_columns(layout, settings.columns);
    } else if (header != nullptr) {
        name_columns(layout, header->cells);
    } else {
        layout.columns.clear();
        layout.cells_min = most_frequent(rows, 1, cells_of).first;
        for (std::size_t i = 0; i < layout.cells_min; ++i) {
            layout.columns.push_back("column " + std::to_string(i + 1));
        }
    }
    if (layout.columns.size() > kColumnsMax) {
        return Error{ErrorKind::Config, std::to_string(layout.columns.size()) +
                                            " columns where at most " +
                                            std::to_string(kColumnsMax) + " are allowed"};
    }
    if (rows.empty() && !at_end) {
        return Error{ErrorKind::Config, "no row ends within the first " +
                                            std::to_string(kSampleBytesMax) +
                                            " bytes; is it a table, and is quote right?"};
    }
    return layout;
}

}  // namespace delimited
