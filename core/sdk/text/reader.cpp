#include "coterie/text/reader.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace coterie::text {

using coterie::Result;

namespace {

constexpr std::uint64_t kBlockBytesMin = 4096;
constexpr std::uint64_t kBlockBytesMax = 1U << 20;
/// How often the bytes behind a fault may be looked at again, in records of the largest size.
constexpr std::uint64_t kRecoveryRecordsMax = 8;
/// Room behind the largest row for what decides its end: CRLF, a doubled quote, a delimiter.
constexpr std::size_t kLookaheadBytes = 8;

}  // namespace

RowReader::RowReader(Input input, RowCutter cutter, std::size_t record_bytes_max,
                     std::uint64_t file_bytes)
    : input_(std::move(input)), cutter_(std::move(cutter)), record_bytes_max_(record_bytes_max),
      buffer_bytes_(record_bytes_max + kLookaheadBytes +
                    std::clamp(file_bytes, kBlockBytesMin, kBlockBytesMax) + kPadding),
      buffer_(std::make_unique_for_overwrite<char[]>(buffer_bytes_)) {
    next_ = end_ = buffer_.get();
}

/// Moves what is left to the buffer's start and fills the rest of it.
Result<void> RowReader::fill() {
    const auto left = static_cast<std::size_t>(end_ - next_);
    std::memmove(buffer_.get(), next_, left);
    next_ = buffer_.get();
    const std::size_t room = buffer_bytes_ - kPadding - left;
    COTERIE_TRY(const std::size_t got, input_.read(buffer_.get() + left, room));
    input_ended_ = got < room;
    end_ = next_ + left + got;
    return {};
}

void RowReader::advance_to(const char* place, std::uint64_t lines) {
    position_.offset += static_cast<std::uint64_t>(place - next_);
    position_.line += lines;
    next_ = place;
}

bool RowReader::is_comment(const char* begin, const char* end) const {
    const std::string& mark = cutter_.dialect().comment;
    return !mark.empty() && static_cast<std::size_t>(end - begin) >= mark.size() &&
           std::memcmp(begin, mark.data(), mark.size()) == 0;
}

Result<Found> RowReader::next() {
    if (skipping_line_) {
        COTERIE_TRY(const bool ended, skip_to_line_end());
        skipping_line_ = !ended;
        return Found::Skipped;
    }
    while (true) {
        at_ = position_;
        const auto left = static_cast<std::size_t>(end_ - next_);
        const std::size_t most = record_bytes_max_ + kLookaheadBytes;
        const char* const limit = next_ + std::min(left, most);
        const bool at_end = input_ended_ && limit == end_;
        if (left == 0) {
            if (input_ended_) {
                return Found::End;
            }
            COTERIE_TRY_VOID(fill());
            continue;
        }
        if (left < kLookaheadBytes && !input_ended_) {
            COTERIE_TRY_VOID(fill());
            continue;
        }
        if (is_comment(next_, limit)) {
            skipping_line_ = true;
            return Found::Skipped;
        }
        const bool recovering = position_.offset < recovery_end_;
        const Lines lines = recovering && recovery_bytes_left_ == 0 ? Lines::One : Lines::Many;
        const Cut cut = cutter_.cut(next_, limit, at_end, lines, row_);
        if (cut == Cut::Incomplete && left < most) {
            COTERIE_TRY_VOID(fill());
            continue;
        }
        if (cut == Cut::Fault) {
            found_fault(row_.why, row_.end);
            return Found::Fault;
        }
        if (cut == Cut::Incomplete || row_.text().size() > record_bytes_max_) {
            found_fault("the record is larger than record_bytes_max (" +
                            std::to_string(record_bytes_max_) + " bytes)",
                        limit);
            return Found::Fault;
        }
        // Only quotes let a row go over several lines.
        const std::uint64_t more = row_.any_quoted ? count_line_ends(row_.begin, row_.text_end) : 0;
        advance_to(row_.end, 1 + more);
        return Found::Row;
    }
}

/// Hands out the first line of what could not be cut, and goes on behind it.
void RowReader::found_fault(std::string_view why, const char* looked_until) {
    const auto looked = static_cast<std::uint64_t>(looked_until - next_);
    if (position_.offset >= recovery_end_) {
        recovery_bytes_left_ = kRecoveryRecordsMax * record_bytes_max_;
    }
    recovery_bytes_left_ -= std::min(recovery_bytes_left_, looked);
    recovery_end_ = std::max(recovery_end_, position_.offset + looked);

    const char* const most =
        next_ + std::min(record_bytes_max_, static_cast<std::size_t>(end_ - next_));
    const char* const line_end = find_line_end(next_, most);
    fault_.raw = {next_, static_cast<std::size_t>(line_end - next_)};
    fault_.why = why;
    // The rest of a line that is too long, and its line end, are skipped by the next call.
    skipping_line_ = true;
    advance_to(line_end, 0);
}

/// \return Whether the line end was found, else there is more to skip.
Result<bool> RowReader::skip_to_line_end() {
    if (end_ - next_ < 2 && !input_ended_) {
        COTERIE_TRY_VOID(fill());
    }
    const char* const line_end = find_line_end(next_, end_);
    if (line_end == end_) {
        advance_to(end_, 0);
        return input_ended_;
    }
    if (line_end + 1 == end_ && !input_ended_) {
        advance_to(line_end, 0);  // the LF of a CRLF may come with the next block
        return false;
    }
    advance_to(behind_line_end(line_end, end_), 1);
    return true;
}

Result<void> RowReader::skip_lines(std::uint64_t count) {
    while (count > 0) {
        COTERIE_TRY(const bool ended, skip_to_line_end());
        count -= ended ? 1 : 0;
    }
    return {};
}

Result<void> RowReader::go_to(const Position& position) {
    COTERIE_TRY_VOID(input_.go_to(position.offset));
    position_ = position;
    next_ = end_ = buffer_.get();
    input_ended_ = false;
    skipping_line_ = false;
    recovery_end_ = 0;
    return {};
}

}  // namespace coterie::text
