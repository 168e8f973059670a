/// Numbers as people write them in cells: the part that counts, shares and money have in common.
/// Digits stay text or integers all the way; no float is ever made.
#pragma once

#include "pipeline/normalize/reading.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace coterie::normalize {

/// A cell made easy to scan: letters in lower case, all blanks U+0020, all dashes '-', apostrophes
/// of any shape '\'', digits of any script 0-9. Held on the stack.
class PlainText {
  public:
    /// The longest text that is looked at; no number in the field comes near it.
    static constexpr std::size_t kBytesMax = 96;

    /// Nothing where the text is longer than kBytesMax or is not UTF-8.
    static std::optional<PlainText> of(std::string_view raw);
    [[nodiscard]] std::string_view view() const { return {bytes_.data(), size_}; }

  private:
    bool append(char32_t character);
    std::array<char, kBytesMax> bytes_;
    std::size_t size_ = 0;
};

/// Reads a text from left to right.
class TextCursor {
  public:
    explicit TextCursor(std::string_view text) : rest_(text) {}
    [[nodiscard]] std::string_view rest() const { return rest_; }
    [[nodiscard]] bool at_end() const { return rest_.empty(); }
    [[nodiscard]] char peek() const { return rest_.empty() ? '\0' : rest_.front(); }
    void skip(std::size_t count) { rest_.remove_prefix(count); }
    void skip_blanks();
    bool take(char expected);
    bool take(std::string_view expected);
    /// Letters up to the next blank, digit or sign; "" where there are none. "t.kr" is one word.
    std::string_view take_word();
    /// Takes the first of the phrases that stands here as whole words (a following dot too).
    bool take_phrase(std::initializer_list<std::string_view> phrases);

  private:
    std::string_view rest_;
};

/// The digits of one number and the marks between them.
struct NumberText {
    static constexpr std::size_t kDigitsMax = 48;
    static constexpr std::size_t kMarksMax = 12;
    std::array<char, kDigitsMax> digits;
    std::size_t digit_count = 0;
    std::array<std::size_t, kMarksMax + 1> group_sizes;
    std::array<char, kMarksMax> marks;
    std::size_t mark_count = 0;
    std::size_t fraction_count = 0;  ///< set by settle_marks

    [[nodiscard]] std::string_view all_digits() const { return {digits.data(), digit_count}; }
    [[nodiscard]] std::string_view whole() const {
        return all_digits().substr(0, digit_count - fraction_count);
    }
    [[nodiscard]] std::string_view fraction() const {
        return all_digits().substr(digit_count - fraction_count);
    }
    [[nodiscard]] bool has_leading_zero() const {
        return whole().size() > 1 && whole().front() == '0';
    }
};

/// What one '.' or ',' with exactly three digits after it means where nothing else tells.
enum class LoneMark { Group, Decimal };

/// Nothing unless a digit, or a decimal mark and a digit, stands at the cursor.
std::optional<NumberText> scan_number(TextCursor& cursor);
/// Decides which mark is the decimal one and which are groups (of three; of two and a last three as
/// in India); false where the marks fit no way of writing numbers.
/// \param decimal  The source's decimal mark: it decides "1.234"; where it is unknown, `lone` does.
bool settle_marks(NumberText& number, ReadingContext::Decimal decimal, LoneMark lone);
/// "e6", "e+06", "e-2" at the cursor; nothing where there is none. |exponent| <= 99.
std::optional<int> scan_exponent(TextCursor& cursor);
/// The settled number times 10^power, if that is a whole number of 64 bits.
std::optional<std::int64_t> whole_value(const NumberText& number, int power);
/// The settled number times 10^power as decimal text without needless zeros: "0.0452", "1250".
std::string decimal_text(const NumberText& number, int power);
/// The power of ten of a word of the field ("k", "mio.", "tusind", "тыс."); nothing if it is none.
/// \param number   "mil" is a thousand in Spanish and a million in English: a decimal comma in the
///                 number or the country must tell.
std::optional<int> power_of_unit(std::string_view word, const NumberText& number,
                                 const ReadingContext& context);

}  // namespace coterie::normalize
