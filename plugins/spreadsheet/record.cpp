#include "record.hpp"

#include "coterie/text/scan.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>

namespace spreadsheet {

namespace {

/// The longest that one byte becomes: \u001f.
constexpr std::size_t kEscapeBytesMax = 6;
constexpr std::size_t kBlockBytes = 8;

/// Whether one of the eight bytes is a control character, a quote or a backslash.
bool holds_special(std::uint64_t block) {
    constexpr std::uint64_t kOnes = 0x0101010101010101ULL;
    constexpr std::uint64_t kTops = 0x8080808080808080ULL;
    const auto holds_zero = [](std::uint64_t bytes) { return (bytes - kOnes) & ~bytes; };
    const std::uint64_t controls = (block - kOnes * 0x20) & ~block;
    return ((controls | holds_zero(block ^ kOnes * std::uint64_t{'"'}) |
             holds_zero(block ^ kOnes * std::uint64_t{'\\'})) &
            kTops) != 0;
}

/// Writes the text as it stands inside a JSON string, eight bytes at a time.
/// \pre    kEscapeBytesMax * text.size() bytes of room.
/// \return Behind what was written.
char* write_json(std::string_view text, char* out) {
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at < end) {
        std::uint64_t block = 0;
        const auto left = static_cast<std::size_t>(end - at);
        if (left >= kBlockBytes) {
            std::memcpy(&block, at, kBlockBytes);
            if (!holds_special(block)) {
                std::memcpy(out, at, kBlockBytes);
                at += kBlockBytes;
                out += kBlockBytes;
                continue;
            }
        }
        for (const char* const stop = at + std::min(left, kBlockBytes); at < stop; ++at) {
            out = coterie::text::write_json_byte(*at, out);
        }
    }
    return out;
}

void append_json_text(std::string& out, std::string_view text) {
    const std::size_t before = out.size();
    out.resize(before + kEscapeBytesMax * text.size());
    out.resize(static_cast<std::size_t>(write_json(text, out.data() + before) - out.data()));
}

std::string opening(std::string_view name) {
    std::string text = "\"";
    append_json_text(text, name);
    return text + "\":\"";
}

/// Whether the link says no more than the text does.
bool says_the_same(std::string_view link, std::string_view text) {
    for (const std::string_view scheme : {"mailto:", "https://", "http://", "tel:"}) {
        if (link.starts_with(scheme)) {
            link.remove_prefix(scheme.size());
            text.remove_prefix(text.starts_with(scheme) ? scheme.size() : 0);
            break;
        }
    }
    const auto trim = [](std::string_view& end) {
        while (end.ends_with('/') || end.ends_with(' ')) {
            end.remove_suffix(1);
        }
    };
    trim(link);
    trim(text);
    return link == text;
}

}  // namespace

std::string percent_text(std::string_view number) {
    std::string digits(number);
    if (digits.find_first_of("eE") != std::string::npos) {
        double value = 0;
        std::from_chars(number.data(), number.data() + number.size(), value);
        char text[64];
        const auto end =
            std::to_chars(text, text + sizeof text, value * 100, std::chars_format::fixed);
        return std::string(text, end.ptr) + "%";
    }
    const bool negative = digits.starts_with('-');
    digits.erase(0, negative ? 1 : 0);
    std::size_t point = std::min(digits.find('.'), digits.size());
    digits.erase(point, 1);
    digits.append(point + 2 > digits.size() ? point + 2 - digits.size() : 0, '0');
    point += 2;
    std::string whole = digits.substr(0, point);
    whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size() - 1));
    std::string rest = digits.substr(point);
    while (rest.ends_with('0')) {
        rest.pop_back();
    }
    return (negative ? "-" : "") + whole + (rest.empty() ? "" : "." + rest) + "%";
}

RecordWriter::RecordWriter(const Table& table, const std::vector<std::string>& nulls)
    : table_(table), nulls_(nulls) {}

const std::string& RecordWriter::opening_of(std::uint32_t column) {
    if (column >= openings_.size()) {
        openings_.resize(column + 1U);
    }
    if (openings_[column].empty()) {
        openings_[column] =
            opening(table_.is_turned && column < table_.names.size() ? table_.names[column]
                                                                     : table_.name_of(column));
    }
    return openings_[column];
}

std::optional<std::string_view> RecordWriter::text_of(const Cell& cell) {
    if (cell.kind == CellKind::Error) {
        ++errors_;
        return std::nullopt;
    }
    if (is_blank(cell.text) ||
        (!nulls_.empty() && std::find(nulls_.begin(), nulls_.end(), cell.text) != nulls_.end())) {
        return std::nullopt;
    }
    if (cell.is_percent && cell.kind == CellKind::Number) {
        percent_ = percent_text(cell.text);
        return percent_;
    }
    return cell.text;
}

char* RecordWriter::room_for(char* out, std::size_t bytes) {
    const auto used = static_cast<std::size_t>(out - out_.data());
    if (out_.size() < used + bytes) {
        out_.resize(2 * (used + bytes));
    }
    return out_.data() + used;
}

char* RecordWriter::put(std::string_view begin, std::string_view text, char* out) {
    out = room_for(out, begin.size() + kEscapeBytesMax * text.size() + 2);
    // The first one's comma is overwritten by the brace, so none asks whether it is the first.
    *out++ = ',';
    std::memcpy(out, begin.data(), begin.size());
    out = write_json(text, out + begin.size());
    *out++ = '"';
    return out;
}

std::string_view RecordWriter::write(const Row& row, const Place& place) {
    char* out = out_.data();
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
        const Cell& cell = row.cells[i];
        if (is_copy_from_left(row, i)) {
            continue;
        }
        const auto text = text_of(cell);
        if (!text) {
            continue;
        }
        out = put(opening_of(cell.column), *text, out);
        if (!cell.link.empty() && !says_the_same(cell.link, cell.text)) {
            const std::string& name = table_.is_turned && cell.column < table_.names.size()
                                          ? table_.names[cell.column]
                                          : table_.name_of(cell.column);
            out = put(opening(name + kLinkSuffix), cell.link, out);
        }
    }
    if (out == out_.data()) {
        return {};
    }
    if (!place.section.empty()) {
        out = put(opening(kSectionField), place.section, out);
    }
    if (!place.sheet.empty()) {
        out = put(opening(kSheetField), place.sheet, out);
    }
    if (!place.file.empty()) {
        out = put(opening(kFileField), place.file, out);
    }
    out = room_for(out, 1);
    out_.front() = '{';
    *out++ = '}';
    return std::string_view(out_).substr(0, static_cast<std::size_t>(out - out_.data()));
}

}  // namespace spreadsheet
