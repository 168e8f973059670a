/// The lines of a file, one after the other, in bounded memory.
#pragma once

#include "coterie/files.hpp"
#include "coterie/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vcard {

struct Line {
    std::string_view text;       ///< without its end; lives until the next call
    std::uint64_t number = 0;    ///< from 1
    std::uint64_t left_out = 0;  ///< bytes beyond the longest line that is kept
};

/// Ends of lines: LF, CRLF, any number of CR before LF; CR alone in a file without any LF. UTF-16
/// is turned into UTF-8; other bytes stay as they are, since a card tells their encoding line by
/// line. One thread.
class Lines {
  public:
    /// \param bytes_max  The longest line that is kept; more than that of memory is never taken.
    static coterie::Result<Lines> open(const coterie::files::Found& file, std::size_t bytes_max);

    /// \return Whether there was another line.
    coterie::Result<bool> next(Line& line);
    /// Where the next line starts in the file.
    [[nodiscard]] std::uint64_t offset() const { return offset_; }
    /// How many lines came before it.
    [[nodiscard]] std::uint64_t count() const { return count_; }
    coterie::Result<void> go_to(std::uint64_t offset, std::uint64_t count);
    [[nodiscard]] coterie::Result<void> unchanged() const { return file_.unchanged(); }
    /// The first bytes of the file, behind a byte order mark.
    [[nodiscard]] std::string_view head() const { return {bytes_.data() + at_, end_ - at_}; }

  private:
    enum class Units { Bytes, Utf16Little, Utf16Big };

    Lines(coterie::files::Reader file, std::size_t bytes_max)
        : file_(std::move(file)), bytes_max_(bytes_max) {}
    coterie::Result<void> fill();
    [[nodiscard]] std::size_t unit_bytes() const { return units_ == Units::Bytes ? 1 : 2; }
    [[nodiscard]] char16_t unit(std::size_t at) const;
    [[nodiscard]] std::size_t find_end(std::size_t from) const;
    void take(std::size_t bytes);
    std::string_view text_of(std::size_t bytes);

    coterie::files::Reader file_;
    std::size_t bytes_max_;
    Units units_ = Units::Bytes;
    char16_t end_of_line_ = u'\n';
    std::vector<char> bytes_;
    std::size_t at_ = 0;
    std::size_t end_ = 0;
    std::uint64_t offset_ = 0;
    std::uint64_t count_ = 0;
    bool ended_ = false;
    std::string text_;
};

}  // namespace vcard
