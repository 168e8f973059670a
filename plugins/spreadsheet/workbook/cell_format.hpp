/// What a number in a cell stands for, by its format, and how it is written down.
#pragma once

#include "grid.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace spreadsheet {

/// How a cell shows its number, as far as it tells what the number is.
struct CellFormat {
    bool is_percent = false;
    bool has_date = false;
    bool has_time = false;
    bool is_elapsed = false;  ///< hours go on past 24: [h]:mm

    [[nodiscard]] bool is_date() const { return has_date || has_time || is_elapsed; }
    friend bool operator==(const CellFormat&, const CellFormat&) = default;
};

/// Of a format code such as "dd/mm/yyyy", "0.0%" or "[$-409]h:mm AM/PM;@".
CellFormat format_of_code(std::string_view code);
/// Of a format that every program knows by number. \return A plain number's where it is none.
CellFormat format_of_builtin(std::uint32_t id);

/// From when a workbook counts days.
enum class Epoch : std::uint8_t {
    Year1900,  ///< day 1 is 1900-01-01, and day 60 the 29th of February that there never was
    Year1904,  ///< day 0 is 1904-01-01
};

/// The shortest decimal that gives the value back: "1250", "0.0452", "1e+300".
std::string number_text(double value);

/// Fills kind, text and is_percent of a cell that holds a number.
void set_number(Cell& cell, double value, CellFormat format, Epoch epoch);
/// The same of a number as the file writes it. Whole numbers keep all their digits, though a
/// spreadsheet program would round them to 15: an identifier is one digit's worth. What is no
/// number is text.
void set_number(Cell& cell, std::string_view literal, CellFormat format, Epoch epoch);
/// A date, a time or both as ISO 8601 writes them ("2021-01-01T10:10:10.000Z", "PT10H30M").
/// What is none is text.
void set_iso_date(Cell& cell, std::string_view literal);

}  // namespace spreadsheet
