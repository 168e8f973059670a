/// Finding out how a delimited file is written, from its first text.
#pragma once

#include "coterie/text/reader.hpp"
#include "coterie/text/row.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace coterie::text {

/// Text that is looked at to settle a layout.
constexpr std::size_t kSampleBytesMax = 256U << 10;
constexpr std::size_t kSampleRowsMax = 200;

/// The first text of a file and where in it the rows begin. One thread.
class Sample {
  public:
    /// \param at_end  Whether the text is the whole file.
    Sample(std::string text, bool at_end);

    /// Goes behind the next line end. \return Whether there was one.
    bool skip_line();
    /// Excel's own first line "sep=;" names the delimiter: goes behind it.
    /// \return The delimiter; nothing where there is no such line.
    std::optional<std::string> take_separator_line();

    [[nodiscard]] std::string_view rest() const { return {begin_at(), end_ - begin_}; }
    [[nodiscard]] Position position() const { return {begin_, line_}; }
    [[nodiscard]] bool at_end() const { return at_end_; }

  private:
    friend std::vector<struct SampleRow> cut_sample(const Sample& sample, const Dialect& dialect,
                                                    std::size_t rows_max);
    [[nodiscard]] const char* begin_at() const { return text_.data() + begin_; }
    [[nodiscard]] const char* end_at() const { return text_.data() + end_; }

    std::string text_;  ///< with kPadding bytes behind `end_`
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::uint64_t line_ = 1;
    bool at_end_ = false;
};

/// One row of the sample, in text of its own.
struct SampleRow {
    Position at;
    Position behind;
    std::string text;
    std::vector<std::string> cells;
    std::size_t used = 0;  ///< cells up to the last one that holds something
};

/// The first rows that hold something. What cannot be cut is passed over by lines.
std::vector<SampleRow> cut_sample(const Sample& sample, const Dialect& dialect,
                                  std::size_t rows_max = kSampleRowsMax);

/// The delimiter that explains the sample best: comma, semicolon, tab or pipe.
/// \param dialect  Whose quote, escape and comment are settled.
std::string find_delimiter(const Sample& sample, const Dialect& dialect);
/// What encloses cells: an apostrophe only where no double quote stands and several cells are
/// enclosed in them.
char find_quote(const Sample& sample);
/// Whether a backslash escapes: where it stands before quotes, none is doubled, and rows come out
/// no less even if it does. \param dialect  Whose quote is settled.
bool find_backslash(const Sample& sample, const Dialect& dialect);

/// The most frequent count and how often it is there, among those of at least `least`; of equally
/// frequent ones the greatest.
template <class CountOf>
std::pair<std::size_t, std::size_t> most_frequent(const std::vector<SampleRow>& rows,
                                                  std::size_t least, CountOf count_of) {
    std::vector<std::size_t> counts;
    for (const SampleRow& row : rows) {
        const std::size_t count = count_of(row);
        counts.resize(std::max(counts.size(), count + 1));
        ++counts[count];
    }
    std::pair<std::size_t, std::size_t> best{0, 0};
    for (std::size_t count = least; count < counts.size(); ++count) {
        if (counts[count] > 0 && counts[count] >= best.second) {
            best = {count, counts[count]};
        }
    }
    return best;
}

/// How a column writes decimals.
enum class DecimalStyle {
    Unknown,  ///< nothing says so, or the cells contradict each other
    Point,    ///< "4.52", "1,250.5"
    Comma,    ///< "4,52", "1.250,5"
};

/// Gathers evidence from a column's cells: only what can be read in one way counts ("4,52",
/// "1.250,5", "1.250.000"), so that "1.250" alone says nothing. A column where anything but numbers
/// stands has no style.
class DecimalEvidence {
  public:
    void add(std::string_view cell);
    [[nodiscard]] DecimalStyle style() const;
    /// Whether all cells are numbers in this style.
    [[nodiscard]] bool fits(DecimalStyle style) const;

  private:
    std::size_t point_ = 0;
    std::size_t comma_ = 0;
    bool other_ = false;
};

/// The number as a plain decimal ("1.250,5" → "1250.5"); nothing where `cell` is no number of that
/// style.
std::optional<std::string> plain_decimal(std::string_view cell, DecimalStyle style);

}  // namespace coterie::text
