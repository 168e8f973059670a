#include "coterie/text/dialect.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace coterie::text {

namespace {

std::size_t cells_of(const SampleRow& row) {
    return row.cells.size();
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

const std::array<std::string, 4>& delimiter_candidates() {
    static const std::array<std::string, 4> kCandidates = {",", ";", "\t", "|"};
    return kCandidates;
}

/// The best delimiter and how well it explains the sample.
std::pair<std::string, double> best_delimiter(const Sample& sample, const Dialect& dialect) {
    std::pair<std::string, double> best{delimiter_candidates().front(), 0};
    for (const std::string& candidate : delimiter_candidates()) {
        Dialect tried = dialect;
        tried.delimiter = candidate;
        const double reached = score(cut_sample(sample, tried));
        if (reached > best.second) {
            best = {candidate, reached};
        }
    }
    return best;
}

}  // namespace

Sample::Sample(std::string text, bool at_end)
    : text_(std::move(text)), end_(text_.size()), at_end_(at_end) {
    text_.append(kPadding, '\0');
}

bool Sample::skip_line() {
    const char* const line_end = find_line_end(begin_at(), end_at());
    const bool found = line_end != end_at();
    const char* const behind = found ? behind_line_end(line_end, end_at()) : end_at();
    begin_ = static_cast<std::size_t>(behind - text_.data());
    line_ += found ? 1 : 0;
    return found;
}

std::optional<std::string> Sample::take_separator_line() {
    const std::string_view text = rest();
    const bool says = text.size() > 5 && text.starts_with("sep=") &&
                      (text[5] == '\n' || text[5] == '\r') && text[4] != '"';
    if (!says) {
        return std::nullopt;
    }
    std::string delimiter(1, text[4]);
    skip_line();
    return delimiter;
}

std::vector<SampleRow> cut_sample(const Sample& sample, const Dialect& dialect,
                                  std::size_t rows_max) {
    const RowCutter cutter(dialect);
    std::vector<SampleRow> rows;
    Row row;
    const char* at = sample.begin_at();
    const char* const end = sample.end_at();
    std::uint64_t line = sample.line_;
    const auto skip_line = [&] {
        const char* const line_end = find_line_end(at, end);
        line += line_end != end ? 1 : 0;
        at = line_end != end ? behind_line_end(line_end, end) : end;
    };
    while (at < end && rows.size() < rows_max) {
        const std::string_view rest(at, static_cast<std::size_t>(end - at));
        if (!dialect.comment.empty() && rest.starts_with(dialect.comment)) {
            skip_line();
            continue;
        }
        const Cut cut = cutter.cut(at, end, sample.at_end_, Lines::Many, row);
        if (cut == Cut::Incomplete) {
            break;
        }
        if (cut == Cut::Fault) {
            skip_line();
            continue;
        }
        const Position begins{static_cast<std::uint64_t>(at - sample.text_.data()), line};
        at = row.end;
        line += 1 + count_line_ends(row.begin, row.text_end);
        if (!row.blank()) {
            rows.push_back(sample_row(cutter, row));
            rows.back().at = begins;
            rows.back().behind = {static_cast<std::uint64_t>(at - sample.text_.data()), line};
        }
    }
    return rows;
}

std::string find_delimiter(const Sample& sample, const Dialect& dialect) {
    return best_delimiter(sample, dialect).first;
}

char find_quote(const Sample& sample) {
    const std::string_view text = sample.rest();
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

bool find_backslash(const Sample& sample, const Dialect& dialect) {
    const std::string_view text = sample.rest();
    const char before_quote[] = {'\\', dialect.quote};
    if (dialect.quote == '\0' ||
        text.find(std::string_view(before_quote, 2)) == std::string_view::npos) {
        return false;
    }
    // Quotes doubled inside of a cell say that nothing else escapes them; an empty cell is no such.
    const auto parts = [](char c) {
        return c == ',' || c == ';' || c == '\t' || c == '|' || c == '\n' || c == '\r';
    };
    const char two_quotes[] = {dialect.quote, dialect.quote};
    for (std::size_t at = text.find(std::string_view(two_quotes, 2)); at != std::string_view::npos;
         at = text.find(std::string_view(two_quotes, 2), at + 2)) {
        const bool opens = at == 0 || parts(text[at - 1]);
        if (!opens && text[at - 1] != '\\') {
            return false;
        }
    }
    Dialect tried = dialect;
    tried.backslash = false;
    const double doubled = best_delimiter(sample, tried).second;
    tried.backslash = true;
    return best_delimiter(sample, tried).second >= doubled;
}

namespace {

/// A number in its parts: sign, digits in groups, what stands between them.
struct NumberParts {
    bool negative = false;
    std::string_view digits;  ///< with separators, from the first digit to the last
};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Nothing where the cell is no number that a person writes with digits, points and commas.
std::optional<NumberParts> number_parts(std::string_view cell) {
    NumberParts parts;
    if (cell.starts_with('-')) {  // a plus opens phone numbers
        parts.negative = true;
        cell.remove_prefix(1);
    }
    if (cell.empty() || !is_digit(cell.front()) || !is_digit(cell.back()) ||
        cell.find_first_not_of("0123456789.,") != std::string_view::npos) {
        return std::nullopt;
    }
    parts.digits = cell;
    return parts;
}

/// Whether `digits` is one to three digits and then groups of three, each behind `mark`.
bool is_grouped(std::string_view digits, char mark) {
    std::size_t group = digits.find(mark);
    if (group == 0 || group > 3 || digits.front() == '0') {
        return false;
    }
    for (digits.remove_prefix(group); !digits.empty(); digits.remove_prefix(4)) {
        if (digits.size() < 4 || digits.front() != mark ||
            !std::all_of(digits.begin() + 1, digits.begin() + 4, is_digit)) {
            return false;
        }
    }
    return true;
}

/// Whether the digits are a number where `decimal` opens the decimals and `thousands` groups.
bool is_number_with(std::string_view digits, char decimal, char thousands) {
    const std::size_t at = digits.find(decimal);
    const std::string_view whole = digits.substr(0, at);
    const std::string_view rest =
        at == std::string_view::npos ? std::string_view() : digits.substr(at + 1);
    const bool plain = std::all_of(whole.begin(), whole.end(), is_digit);
    return !whole.empty() && (plain || is_grouped(whole, thousands)) &&
           std::all_of(rest.begin(), rest.end(), is_digit);
}

}  // namespace

void DecimalEvidence::add(std::string_view cell) {
    if (cell.empty()) {
        return;
    }
    const auto parts = number_parts(cell);
    if (!parts.has_value()) {
        other_ = true;
        return;
    }
    const bool point = is_number_with(parts->digits, '.', ',');
    const bool comma = is_number_with(parts->digits, ',', '.');
    other_ |= !point && !comma;
    point_ += point && !comma ? 1 : 0;
    comma_ += comma && !point ? 1 : 0;
}

DecimalStyle DecimalEvidence::style() const {
    if (other_ || (point_ > 0) == (comma_ > 0)) {
        return DecimalStyle::Unknown;
    }
    return comma_ > 0 ? DecimalStyle::Comma : DecimalStyle::Point;
}

bool DecimalEvidence::fits(DecimalStyle style) const {
    return !other_ && (style == DecimalStyle::Comma ? point_ : comma_) == 0;
}

std::optional<std::string> plain_decimal(std::string_view cell, DecimalStyle style) {
    const auto parts = number_parts(cell);
    const char decimal = style == DecimalStyle::Comma ? ',' : '.';
    const char thousands = style == DecimalStyle::Comma ? '.' : ',';
    if (style == DecimalStyle::Unknown || !parts.has_value() ||
        !is_number_with(parts->digits, decimal, thousands)) {
        return std::nullopt;
    }
    std::string plain(parts->negative ? "-" : "");
    for (const char c : parts->digits) {
        if (c != thousands) {
            plain.push_back(c == decimal ? '.' : c);
        }
    }
    return plain;
}

}  // namespace coterie::text
