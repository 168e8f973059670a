#include "cells.hpp"

#include <algorithm>

namespace spreadsheet {

namespace {

constexpr std::size_t kLongTextBytes = 80;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// "+45 12 34", "1.250,5", "45%", "1.2K", "kr. 300": digits, and little else.
bool is_number_like(std::string_view text) {
    std::size_t digits = 0;
    std::size_t letters = 0;
    for (const char c : text) {
        digits += is_digit(c) ? 1 : 0;
        const bool sign = std::string_view(" .,:/+-%()'~<>$").find(c) != std::string_view::npos;
        letters += !is_digit(c) && !sign ? 1 : 0;
    }
    // Units are few letters: K, M, kr., DKK, mio.; the pound and euro signs are two or three bytes.
    return digits > 0 &&
           (letters == 0 ||
            (letters <= 4 && digits >= 1 && is_digit(text.front()) && text.size() <= 16) ||
            (letters <= 3 && is_digit(text.back()) && text.size() <= 16 && digits >= 2 &&
             text.find(' ') != std::string_view::npos));
}

/// "2026-11-01", "1/11-26", "01.11.2026 09:30".
bool is_date_like(std::string_view text) {
    if (text.size() < 6 || text.size() > 32 || !is_digit(text.front()) ||
        text.find_first_not_of("0123456789-/.: TZ+") != std::string_view::npos) {
        return false;
    }
    const auto marks = std::count_if(
        text.begin(),
        text.begin() + std::min<std::ptrdiff_t>(10, static_cast<std::ptrdiff_t>(text.size())),
        [](char c) { return c == '-' || c == '/'; });
    const auto dots = std::count(text.begin(), text.end(), '.');
    return marks == 2 ||
           (dots == 2 && text.size() <= 10 && text.find(' ') == std::string_view::npos);
}

Says what_text_says(std::string_view text) {
    if (text.starts_with("http://") || text.starts_with("https://") || text.starts_with("www.")) {
        return Says::Link;
    }
    const bool blanks = text.find(' ') != std::string_view::npos;
    const std::size_t at = text.find('@');
    if (at != std::string_view::npos && !blanks && text.size() > at + 1) {
        if (at == 0) {
            return Says::Handle;
        }
        return text.find('.', at) != std::string_view::npos ? Says::Address : Says::Text;
    }
    if (text.front() == '#' && text.size() > 2 &&
        (text == "#N/A" || text == "#REF!" || text == "#VALUE!" || text == "#DIV/0!" ||
         text == "#NAME?" || text == "#NULL!" || text == "#NUM!")) {
        return Says::Fault;
    }
    if (is_date_like(text)) {
        return Says::Date;
    }
    if (is_number_like(text)) {
        return Says::Number;
    }
    return text.size() > kLongTextBytes ? Says::LongText : Says::Text;
}

}  // namespace

Says what_it_says(const Cell& cell) {
    if (is_blank(cell.text)) {
        return Says::Nothing;
    }
    switch (cell.kind) {
    case CellKind::Number:
        return Says::Number;
    case CellKind::Date:
        return Says::Date;
    case CellKind::Bool:
        return Says::Flag;
    case CellKind::Error:
        return Says::Fault;
    case CellKind::Text:
        break;
    }
    std::string_view text = cell.text;
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    while (!text.empty() && (text.back() == ' ' || text.back() == '\n' || text.back() == '\r')) {
        text.remove_suffix(1);
    }
    return text.empty() ? Says::Nothing : what_text_says(text);
}

bool is_year(std::string_view text) {
    return text.size() == 4 && (text.starts_with("19") || text.starts_with("20")) &&
           is_digit(text[2]) && is_digit(text[3]);
}

bool is_all_blank(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\xC2' && i + 1 < text.size() && text[i + 1] == '\xA0') {
            ++i;
        } else if (c != ' ' && (c < '\t' || c > '\r')) {
            return false;
        }
    }
    return true;
}

Shape shape_of(const Row& row) {
    Shape shape;
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
        if (is_copy_from_left(row, i)) {
            shape.merged_across = true;
            continue;
        }
        const Says says = what_it_says(row.cells[i]);
        if (says == Says::Nothing) {
            continue;
        }
        shape.first = shape.filled == 0 ? static_cast<std::uint32_t>(i) : shape.first;
        ++shape.filled;
        shape.values += is_value(says) ? 1 : 0;
    }
    return shape;
}

std::uint32_t filled_cells(const Row& row) {
    std::uint32_t filled = 0;
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
        filled += is_blank(row.cells[i].text) || is_copy_from_left(row, i) ? 0 : 1;
    }
    return filled;
}

bool has_filled(const Row& row, std::uint32_t count) {
    for (std::size_t i = 0; i < row.cells.size() && count > 0; ++i) {
        count -= is_blank(row.cells[i].text) || is_copy_from_left(row, i) ? 0U : 1U;
    }
    return count == 0;
}

std::string column_letters(std::uint32_t column) {
    std::string letters;
    for (std::uint64_t rest = std::uint64_t{column} + 1; rest > 0; rest = (rest - 1) / 26) {
        letters.insert(letters.begin(), static_cast<char>('A' + (rest - 1) % 26));
    }
    return letters;
}

const Cell* cell_at(const Row& row, std::uint32_t column) {
    const auto found = std::lower_bound(
        row.cells.begin(), row.cells.end(), column,
        [](const Cell& cell, std::uint32_t wanted) { return cell.column < wanted; });
    return found != row.cells.end() && found->column == column ? &*found : nullptr;
}

}  // namespace spreadsheet
