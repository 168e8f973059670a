#include "base/table.hpp"

#include <algorithm>

namespace coterie {

namespace {

void append_cell(std::string& line, const std::string& cell, std::size_t width, bool is_last) {
    line += cell;
    if (!is_last) {
        line.append(width - width_of(cell) + 2, ' ');
    }
}

}  // namespace

std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
    }));
}

std::string clipped(const std::string& text, std::size_t width) {
    if (width_of(text) <= width) {
        return text;
    }
    std::string out;
    std::size_t count = 0;
    for (const char byte : text) {
        const bool begins = (static_cast<unsigned char>(byte) & 0xc0U) != 0x80U;
        if (begins && ++count >= width) {
            break;
        }
        out.push_back(byte);
    }
    return out + "…";
}

std::string table(const std::vector<std::string>& headers,
                  const std::vector<std::vector<std::string>>& rows, std::size_t width) {
    std::vector<std::size_t> widths;
    for (const auto& header : headers) {
        widths.push_back(width_of(header));
    }
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], width_of(row[i]));
        }
    }
    std::size_t before_last = 0;
    for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
        before_last += widths[i] + 2;
    }
    const std::size_t last_width = width > before_last + 20 ? width - before_last : 20;
    std::string out;
    const auto append = [&](const std::vector<std::string>& row) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            const bool is_last = i + 1 == row.size();
            append_cell(out, is_last ? clipped(row[i], last_width) : row[i], widths[i], is_last);
        }
        out.resize(out.find_last_not_of(' ') + 1);
        out += "\n";
    };
    append(headers);
    for (const auto& row : rows) {
        append(row);
    }
    return out;
}

}  // namespace coterie
