#include "lines.hpp"

#include <unicode/unistr.h>

#include <algorithm>
#include <cstring>

namespace vcard {

using coterie::Result;
using namespace std::string_view_literals;

namespace {
constexpr std::size_t kBlockBytes = 64U << 10;
}

Result<Lines> Lines::open(const coterie::files::Found& file, std::size_t bytes_max) {
    COTERIE_TRY(auto reader, coterie::files::Reader::open(file));
    Lines lines(std::move(reader), bytes_max);
    COTERIE_TRY_VOID(lines.fill());
    const std::string_view head = lines.head();
    if (head.starts_with("\xEF\xBB\xBF"sv)) {
        lines.take(3);
    } else if (head.starts_with("\xFF\xFE"sv)) {
        lines.units_ = Units::Utf16Little;
        lines.take(2);
    } else if (head.starts_with("\xFE\xFF"sv)) {
        lines.units_ = Units::Utf16Big;
        lines.take(2);
    } else if (head.starts_with("B\0"sv)) {
        lines.units_ = Units::Utf16Little;
    } else if (head.starts_with("\0B"sv)) {
        lines.units_ = Units::Utf16Big;
    }
    const std::size_t none = lines.end_ - lines.at_;
    if (lines.find_end(0) == none) {
        lines.end_of_line_ = u'\r';
        if (lines.find_end(0) == none) {
            lines.end_of_line_ = u'\n';
        }
    }
    return lines;
}

Result<void> Lines::fill() {
    if (at_ > 0) {
        std::memmove(bytes_.data(), bytes_.data() + at_, end_ - at_);
    }
    end_ -= at_;
    at_ = 0;
    bytes_.resize(std::max(bytes_.size(), end_ + kBlockBytes));
    const std::size_t room = bytes_.size() - end_;
    COTERIE_TRY(const std::size_t got, file_.read(bytes_.data() + end_, room));
    ended_ = got < room;
    end_ += got;
    return {};
}

char16_t Lines::unit(std::size_t at) const {
    const auto byte = [&](std::size_t i) {
        return static_cast<unsigned char>(bytes_[at_ + at + i]);
    };
    if (units_ == Units::Bytes) {
        return byte(0);
    }
    const std::size_t low = units_ == Units::Utf16Little ? 0 : 1;
    return static_cast<char16_t>(byte(low) | (byte(1 - low) << 8));
}

/// Bytes up to the end of the line that is searched from `from`; what is there, without one.
std::size_t Lines::find_end(std::size_t from) const {
    const std::size_t size = end_ - at_;
    if (units_ == Units::Bytes) {
        const void* const found = from < size
                                      ? std::memchr(bytes_.data() + at_ + from,
                                                    static_cast<char>(end_of_line_), size - from)
                                      : nullptr;
        return found == nullptr
                   ? size
                   : static_cast<std::size_t>(static_cast<const char*>(found) - bytes_.data()) -
                         at_;
    }
    for (std::size_t i = from & ~std::size_t{1}; i + 1 < size; i += 2) {
        if (unit(i) == end_of_line_) {
            return i;
        }
    }
    return size;
}

void Lines::take(std::size_t bytes) {
    at_ += bytes;
    offset_ += bytes;
}

std::string_view Lines::text_of(std::size_t bytes) {
    std::string_view text(bytes_.data() + at_, bytes);
    if (units_ != Units::Bytes) {
        icu::UnicodeString wide;
        for (std::size_t i = 0; i + 1 < bytes; i += 2) {
            wide.append(unit(i));
        }
        text_.clear();
        wide.toUTF8String(text_);
        text = text_;
    }
    while (text.ends_with('\r')) {
        text.remove_suffix(1);
    }
    return text;
}

Result<bool> Lines::next(Line& line) {
    std::size_t searched = 0;
    std::size_t bytes = find_end(0);
    while (bytes == end_ - at_ && !ended_ && bytes < bytes_max_) {
        searched = bytes;
        COTERIE_TRY_VOID(fill());
        bytes = find_end(searched);
    }
    if (bytes == 0 && end_ == at_) {
        return false;
    }
    line = {text_of(std::min(bytes, bytes_max_ & ~std::size_t{1})), ++count_, 0};
    if (bytes > bytes_max_ || (bytes == end_ - at_ && !ended_)) {
        // The rest of the line is skipped; its text is kept where fill() does not move it.
        text_ = std::string(line.text);
        line.text = text_;
        const std::uint64_t start = offset_;
        take(std::min(bytes, bytes_max_ & ~std::size_t{1}));
        bytes = find_end(0);
        while (bytes == end_ - at_ && !ended_) {
            take(bytes & ~(unit_bytes() - 1));
            COTERIE_TRY_VOID(fill());
            bytes = find_end(0);
        }
        line.left_out =
            offset_ + bytes - start - std::min<std::uint64_t>(offset_ + bytes - start, bytes_max_);
    }
    take(std::min(bytes + unit_bytes(), end_ - at_));
    return true;
}

Result<void> Lines::go_to(std::uint64_t offset, std::uint64_t count) {
    at_ = end_ = 0;
    offset_ = offset;
    count_ = count;
    ended_ = false;
    return file_.seek(offset);
}

}  // namespace vcard
