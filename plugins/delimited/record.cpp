#include "record.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace delimited {

using coterie::text::Cell;
using coterie::text::kPadding;
using coterie::text::Row;
using coterie::text::RowCutter;
using coterie::text::write_json_text;

namespace {

/// The longest that one byte becomes: \u001f.
constexpr std::size_t kEscapeBytesMax = 6;

}  // namespace

RecordWriter::RecordWriter(const std::vector<std::string>& columns, std::vector<std::string> nulls)
    : nulls_(std::move(nulls)) {
    for (const std::string& column : columns) {
        std::string padded = column + std::string(kPadding, '\0');
        std::string escaped(column.size() * kEscapeBytesMax + kPadding, '\0');
        const char* const end =
            write_json_text(padded.data(), padded.data() + column.size(), escaped.data());
        escaped.resize(static_cast<std::size_t>(end - escaped.data()));
        openings_.push_back(",\"" + escaped + "\":\"");
        openings_bytes_ += openings_.back().size();
    }
}

bool RecordWriter::is_null(const Cell& cell) const {
    return cell.empty() ||
           (!nulls_.empty() && std::find(nulls_.begin(), nulls_.end(), cell.raw()) != nulls_.end());
}

std::string_view RecordWriter::write(const RowCutter& cutter, const Row& row) {
    const std::size_t cells = std::min(row.cells.size(), openings_.size());
    const std::size_t room =
        openings_bytes_ + cells + kEscapeBytesMax * row.text().size() + 2 * kPadding;
    if (buffer_.size() < room) {
        buffer_.resize(2 * room);
    }
    // The first cell's comma is overwritten by the brace, so no cell asks whether it is the first.
    char* out = buffer_.data();
    for (std::size_t i = 0; i < cells; ++i) {
        const Cell& cell = row.cells[i];
        if (is_null(cell)) {
            continue;
        }
        const std::string& opening = openings_[i];
        std::memcpy(out, opening.data(), opening.size());
        out += opening.size();
        if (cell.escaped) {
            unescaped_.clear();
            cutter.unescape(cell, unescaped_);
            const std::size_t size = unescaped_.size();
            unescaped_.append(kPadding, '\0');
            out = write_json_text(unescaped_.data(), unescaped_.data() + size, out);
        } else {
            out = write_json_text(cell.begin, cell.end, out);
        }
        *out++ = '"';
    }
    if (out == buffer_.data()) {
        return {};
    }
    buffer_.front() = '{';
    *out++ = '}';
    return {buffer_.data(), static_cast<std::size_t>(out - buffer_.data())};
}

}  // namespace delimited
