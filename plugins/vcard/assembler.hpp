/// Cards out of lines: unfolding, soft line breaks, cards inside of cards, and what is broken.
#pragma once

#include "lines.hpp"
#include "property.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace vcard {

struct Limits {
    std::size_t card_bytes_max = 4U << 20;  ///< without binary values
    std::string fallback = "windows-1252";  ///< what undeclared bytes are that are no UTF-8
};

/// A card, or what could not be read as one.
struct Part {
    Card card;
    std::string raw;         ///< the first kRawBytesMax bytes, as they stood
    std::uint64_t line = 0;  ///< where it begins
    std::string why;         ///< why it is broken; empty: `card` is good
};

constexpr std::size_t kRawBytesMax = 4096;
/// Cards inside of cards deeper than that break the outermost.
constexpr std::size_t kAgentsDeepMax = 4;
constexpr std::size_t kPropertiesMax = 10'000;
/// A content line whose colon stands later than that is none: looking for it anew with every folded
/// line would take time without end.
constexpr std::size_t kHeaderBytesMax = 64U << 10;
constexpr std::size_t kHeaderLinesMax = 100;

/// Feed it line by line. One thread.
class Assembler {
  public:
    explicit Assembler(const Limits& limits, std::size_t depth = 0)
        : limits_(limits), depth_(depth) {}

    void feed(const Line& line);
    /// Says that no line follows.
    void finish();
    /// The next part that is complete. \return Whether there was one.
    bool take(Part& part);
    /// Whether nothing of what was fed is still open, so that a read may go on from here.
    [[nodiscard]] bool is_idle() const { return open_.empty() && stray_.raw.empty(); }
    /// Whether any line opened a card.
    [[nodiscard]] bool has_seen_card() const { return has_seen_card_; }

  private:
    /// The content line that is being put together.
    struct Current {
        std::string text;
        std::uint64_t line = 0;
        std::size_t header_bytes = 0;  ///< 0: the colon is not there yet
        std::size_t header_lines = 0;
        bool is_quoted_printable = false;
        bool is_base64 = false;
        bool drops_value = false;  ///< base64 that is counted, not kept
        std::uint64_t base64_digits = 0;
        bool has_soft_break = false;
    };

    void begin_card(const Line& line);
    void end_card(const Line& line);
    void add_to_raw(std::string_view text);
    void add_to_stray(const Line& line);
    void break_card(const std::string& why);
    void close_part(std::string why);
    void start_current(const Line& line);
    bool continues_current(const Line& line);
    void append_to_current(std::string_view text, std::uint64_t left_out);
    void look_at_header();
    void count_base64(std::size_t from);
    void flush_current();
    void add_property(Property property);
    bool read_agent(const std::string& value);

    Limits limits_;
    std::size_t depth_;
    std::vector<Card> open_;  ///< the innermost last
    bool awaits_agent_ = false;
    std::string why_;  ///< of the open card; its lines are then skipped up to its end
    std::uint64_t bytes_ = 0;
    std::string raw_;
    std::uint64_t card_line_ = 0;
    std::size_t properties_ = 0;
    bool has_current_ = false;
    Current current_;
    Part stray_;  ///< lines outside of cards
    std::deque<Part> done_;
    bool has_seen_card_ = false;
};

}  // namespace vcard
