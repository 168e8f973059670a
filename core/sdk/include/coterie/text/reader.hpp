/// Rows out of a file, in bounded memory.
#pragma once

#include "coterie/result.hpp"
#include "coterie/text/input.hpp"
#include "coterie/text/row.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace coterie::text {

/// A place between two rows. Offset in the UTF-8 text, without the byte order mark.
struct Position {
    std::uint64_t offset = 0;
    std::uint64_t line = 1;
    friend bool operator==(const Position&, const Position&) = default;
};

/// What RowReader::next found.
enum class Found {
    Row,      ///< row() and at() are set
    Fault,    ///< fault() and at() are set; the next row is the next line
    Skipped,  ///< a comment, or the rest of a line that was too long
    End,
};

/// What could not be cut into cells.
struct Fault {
    std::string_view raw;
    std::string why;
};

/// Reads an Input row by row. Views live until the next call. One thread.
///
/// A row that cannot be cut (a quote that nothing closes, more than record_bytes_max) costs its
/// first line only: reading goes on with the next line. What is found depends on the bytes alone,
/// not on where blocks end.
class RowReader {
  public:
    /// \param file_bytes  About how long the file is, so that a small one takes little memory.
    RowReader(Input input, RowCutter cutter, std::size_t record_bytes_max,
              std::uint64_t file_bytes);

    coterie::Result<Found> next();
    [[nodiscard]] const Row& row() const { return row_; }
    [[nodiscard]] const Fault& fault() const { return fault_; }
    /// Where the row or fault just found begins.
    [[nodiscard]] const Position& at() const { return at_; }
    /// Where the next one begins.
    [[nodiscard]] const Position& position() const { return position_; }
    /// Whether a reader that starts at position() would find the same as this one. Not so inside
    /// what a fault makes this one read again, nor inside a line that is too long.
    [[nodiscard]] bool can_resume_here() const {
        return !skipping_line_ && position_.offset >= recovery_end_;
    }
    /// \pre `position` came from position() where can_resume_here() held.
    coterie::Result<void> go_to(const Position& position);
    /// Goes behind the next `count` line ends, quotes or not.
    coterie::Result<void> skip_lines(std::uint64_t count);

    [[nodiscard]] const RowCutter& cutter() const { return cutter_; }
    [[nodiscard]] Input& input() { return input_; }
    /// Bytes of the file that were read, for progress.
    [[nodiscard]] std::uint64_t file_bytes() const { return input_.file_bytes(); }

  private:
    coterie::Result<void> fill();
    coterie::Result<bool> skip_to_line_end();
    void found_fault(std::string_view why, const char* looked_until);
    void advance_to(const char* place, std::uint64_t lines);
    [[nodiscard]] bool is_comment(const char* begin, const char* end) const;

    Input input_;
    RowCutter cutter_;
    std::size_t record_bytes_max_;
    std::size_t buffer_bytes_;
    std::unique_ptr<char[]> buffer_;  ///< not cleared: small files should not pay for its size
    const char* next_ = nullptr;      ///< the first byte not handed out
    const char* end_ = nullptr;
    bool input_ended_ = false;
    bool skipping_line_ = false;
    Row row_;
    Fault fault_;
    Position at_;
    Position position_;
    /// Text before this place was looked at by a row that then failed. While it is read again, what
    /// may be spent on quotes over many lines is bounded, else hostile files cost O(n²).
    std::uint64_t recovery_end_ = 0;
    std::uint64_t recovery_bytes_left_ = 0;
};

}  // namespace coterie::text
