#include "record.hpp"

#include "coterie/text/scan.hpp"

#include <algorithm>
#include <charconv>

namespace spreadsheet {

namespace {

void append_json_text(std::string& out, std::string_view text) {
    for (std::size_t begin = 0; begin < text.size();) {
        std::size_t end = begin;
        while (end < text.size() && static_cast<unsigned char>(text[end]) >= 0x20 &&
               text[end] != '"' && text[end] != '\\') {
            ++end;
        }
        out.append(text.substr(begin, end - begin));
        if (end < text.size()) {
            char escaped[6];
            out.append(escaped, coterie::text::write_json_byte(text[end], escaped));
            ++end;
        }
        begin = end;
    }
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

void RecordWriter::put(std::string_view name, std::string_view text) {
    out_.push_back(',');
    out_.append(opening(name));
    append_json_text(out_, text);
    out_.push_back('"');
}

std::string_view RecordWriter::write(const Row& row, const Place& place) {
    out_.clear();
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
        const Cell& cell = row.cells[i];
        if (is_copy_from_left(row, i)) {
            continue;
        }
        const auto text = text_of(cell);
        if (!text) {
            continue;
        }
        out_.push_back(',');
        out_.append(opening_of(cell.column));
        append_json_text(out_, *text);
        out_.push_back('"');
        if (!cell.link.empty() && !says_the_same(cell.link, cell.text)) {
            const std::string& name = table_.is_turned && cell.column < table_.names.size()
                                          ? table_.names[cell.column]
                                          : table_.name_of(cell.column);
            put(name + kLinkSuffix, cell.link);
        }
    }
    if (out_.empty()) {
        return {};
    }
    if (!place.section.empty()) {
        put(kSectionField, place.section);
    }
    if (!place.sheet.empty()) {
        put(kSheetField, place.sheet);
    }
    if (!place.file.empty()) {
        put(kFileField, place.file);
    }
    out_.front() = '{';
    out_.push_back('}');
    return out_;
}

}  // namespace spreadsheet
