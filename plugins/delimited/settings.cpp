#include "settings.hpp"

#include "coterie/files.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>
#include <utility>

namespace delimited {

using coterie::Error;
using coterie::ErrorKind;
using coterie::Result;

namespace {

constexpr std::size_t kSampleRowsMax = 200;
constexpr std::size_t kColumnsMax = 16384;
constexpr std::size_t kDelimiterBytesMax = 4;

/// One row of the sample, in text of its own.
struct SampleRow {
    Position at;
    Position behind;
    std::string text;
    std::vector<std::string> cells;
    std::size_t used = 0;  ///< cells up to the last one that holds something
};

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

/// A sample and where in it the rows begin.
struct Sample {
    std::string text;  ///< with kPadding bytes behind `end`
    std::size_t begin = 0;
    std::size_t end = 0;
    std::uint64_t line = 1;
    bool at_end = false;

    [[nodiscard]] const char* at(std::size_t offset) const { return text.data() + offset; }
};

/// Goes behind the next line end. \return Whether there was one.
bool skip_line(Sample& sample) {
    const char* const end = sample.at(sample.end);
    const char* const line_end = find_line_end(sample.at(sample.begin), end);
    const bool found = line_end != end;
    const char* const behind = found ? behind_line_end(line_end, end) : end;
    sample.begin = static_cast<std::size_t>(behind - sample.text.data());
    sample.line += found ? 1 : 0;
    return found;
}

SampleRow sample_row(const RowCutter& cutter, const Row& row) {
    SampleRow kept;
    kept.text = row.text();
    for (const Cell& cell : row.cells) {
        std::string& text = kept.cells.emplace_back();
        cutter.unescape(cell, text);
        kept.used = text.empty() ? kept.used : kept.cells.size();
    }
    return kept;
}

/// The first rows that hold something. What cannot be cut is passed over by lines.
std::vector<SampleRow> cut_sample(Sample sample, const Dialect& dialect, std::size_t rows_max) {
    const RowCutter cutter(dialect);
    std::vector<SampleRow> rows;
    Row row;
    while (sample.begin < sample.end && rows.size() < rows_max) {
        const char* const begin = sample.at(sample.begin);
        const std::string_view rest(begin, sample.end - sample.begin);
        if (!dialect.comment.empty() && rest.starts_with(dialect.comment)) {
            skip_line(sample);
            continue;
        }
        const Cut cut = cutter.cut(begin, sample.at(sample.end), sample.at_end, Lines::Many, row);
        if (cut == Cut::Incomplete) {
            break;
        }
        if (cut == Cut::Fault) {
            skip_line(sample);
            continue;
        }
        const Position at{sample.begin, sample.line};
        sample.begin = static_cast<std::size_t>(row.end - sample.text.data());
        sample.line += 1 + count_line_ends(row.begin, row.text_end);
        if (!row.blank()) {
            rows.push_back(sample_row(cutter, row));
            rows.back().at = at;
            rows.back().behind = {sample.begin, sample.line};
        }
    }
    return rows;
}

/// The most frequent count; of equally frequent ones the greatest.
template <class CountOf>
std::pair<std::size_t, std::size_t> most_frequent(const std::vector<SampleRow>& rows,
                                                  std::size_t least, CountOf count_of) {
    std::map<std::size_t, std::size_t> times;
    for (const SampleRow& row : rows) {
        ++times[count_of(row)];
    }
    std::pair<std::size_t, std::size_t> best{0, 0};
    for (const auto& [count, seen] : times) {
        if (count >= least && seen >= best.second) {
            best = {count, seen};
        }
    }
    return best;
}

std::size_t cells_of(const SampleRow& row) {
    return row.cells.size();
}
std::size_t used_of(const SampleRow& row) {
    return row.used;
}

/// How well a delimiter explains the sample: the share of rows with the most frequent number of
/// cells, and a little for a first row that has it too and for many cells.
double score(const std::vector<SampleRow>& rows) {
    const auto [cells, seen] = most_frequent(rows, 2, cells_of);
    if (seen == 0) {
        return 0;
    }
    const bool first = rows.front().cells.size() == cells;
    return static_cast<double>(seen) / static_cast<double>(rows.size()) + (first ? 0.25 : 0) +
           0.01 * static_cast<double>(std::min<std::size_t>(cells, 20));
}

std::string find_delimiter(const Sample& sample, const Dialect& dialect) {
    static const std::array<std::string, 4> kCandidates = {",", ";", "\t", "|"};
    std::string best = kCandidates.front();
    double best_score = 0;
    for (const std::string& candidate : kCandidates) {
        Dialect tried = dialect;
        tried.delimiter = candidate;
        const double reached = score(cut_sample(sample, tried, kSampleRowsMax));
        if (reached > best_score) {
            best_score = reached;
            best = candidate;
        }
    }
    return best;
}

/// Apostrophes quote only where no double quote stands and several cells are enclosed in them.
char find_quote(const Sample& sample) {
    const std::string_view text(sample.at(sample.begin), sample.end - sample.begin);
    if (text.find('"') != std::string_view::npos) {
        return '"';
    }
    const auto parts = [](char c) {
        return c == ',' || c == ';' || c == '\t' || c == '|' || c == '\n' || c == '\r';
    };
    std::size_t opened = 0;
    std::size_t closed = 0;
    for (std::size_t i = text.find('\''); i != std::string_view::npos; i = text.find('\'', i + 1)) {
        opened += i == 0 || parts(text[i - 1]) ? 1 : 0;
        closed += i + 1 == text.size() || parts(text[i + 1]) ? 1 : 0;
    }
    return opened >= 2 && opened == closed ? '\'' : '"';
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

/// Excel's own first line "sep=;" names the delimiter.
void take_separator_line(Sample& sample, std::optional<std::string>& delimiter) {
    const std::string_view text(sample.at(sample.begin), sample.end - sample.begin);
    const bool says = text.size() > 5 && text.starts_with("sep=") &&
                      (text[5] == '\n' || text[5] == '\r') && text[4] != '"';
    if (says) {
        delimiter = delimiter.has_value() ? delimiter : std::string(1, text[4]);
        skip_line(sample);
    }
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
    Sample sample;
    sample.end = text.size();
    sample.at_end = at_end;
    sample.text = std::move(text);
    sample.text.append(kPadding, '\0');
    std::uint64_t skip = settings.header_row != 0 ? settings.header_row - 1 : settings.skip_rows;
    for (; skip > 0; --skip) {
        if (!skip_line(sample) && !at_end) {
            return Error{ErrorKind::Config, "skip_rows or header_row leads beyond the first " +
                                                std::to_string(kSampleBytesMax) + " bytes"};
        }
    }
    std::optional<std::string> delimiter = settings.delimiter;
    take_separator_line(sample, delimiter);

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

    const std::vector<SampleRow> rows = cut_sample(sample, layout.dialect, kSampleRowsMax);
    layout.start = {sample.begin, sample.line};
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
