#include "cell_format.hpp"
#include "layout.hpp"

#include <gtest/gtest.h>

#include <ostream>

namespace spreadsheet {
namespace {

constexpr CellFormat kPlain;
constexpr CellFormat kPercent{.is_percent = true};
constexpr CellFormat kDate{.has_date = true};
constexpr CellFormat kTime{.has_time = true};
constexpr CellFormat kBoth{.has_date = true, .has_time = true};

struct Code {
    const char* code;
    CellFormat format;
};

std::ostream& operator<<(std::ostream& out, const Code& code) {
    return out << code.code;
}

class FormatCode : public testing::TestWithParam<Code> {};

TEST_P(FormatCode, TellsWhatTheNumberIs) {
    EXPECT_EQ(format_of_code(GetParam().code), GetParam().format);
}

INSTANTIATE_TEST_SUITE_P(
    Codes, FormatCode,
    testing::Values(Code{"General", kPlain}, Code{"Standard", kPlain}, Code{"0.00", kPlain},
                    Code{"@", kPlain}, Code{"#,##0.00\\ \"kr\"", kPlain},
                    Code{"[$kr-406]\\ #,##0", kPlain}, Code{"#,##0 \"days\"", kPlain},
                    Code{"\"d\\m\\y\"0", kPlain}, Code{"0\\d", kPlain}, Code{"_d0_m", kPlain},
                    Code{"[Red]0;[Blue]-0", kPlain}, Code{"0.00E+00", kPlain},
                    Code{"##0 d", kPlain}, Code{"", kPlain}, Code{"\"unclosed", kPlain},
                    Code{"[unclosed", kPlain}, Code{"[>=1000000]0.0,,\"M\";0", kPlain},
                    Code{"0%", kPercent}, Code{"[Red]0.0%;-0.0%", kPercent}, Code{"\"%\"0", kPlain},
                    Code{"dd/mm/yyyy", kDate}, Code{"yyyy\\-mm\\-dd", kDate},
                    Code{"[$-409]d\\-mmm\\-yy;@", kDate},
                    Code{"[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", kDate}, Code{"mmm", kDate},
                    Code{"m/d", kDate}, Code{"mm", kDate}, Code{"e\"年\"m\"月\"", kDate},
                    Code{"h:mm", kTime}, Code{"mm:ss", kTime}, Code{"mm:ss.0", kTime},
                    Code{"h:mm AM/PM", kTime}, Code{"[$-409]h:mm\\ AM/PM;@", kTime},
                    Code{"hh:mm:ss.000", kTime}, Code{"dd.mm.yyyy hh:mm", kBoth},
                    Code{"m/d/yy h:mm", kBoth}, Code{"yyyy-mm-dd\"T\"hh:mm:ss", kBoth},
                    Code{"[h]:mm:ss", {.has_time = true, .is_elapsed = true}},
                    Code{"[mm]:ss", {.has_time = true, .is_elapsed = true}},
                    Code{"[ss]", {.is_elapsed = true}}));

struct Serial {
    double value;
    CellFormat format;
    Epoch epoch;
    CellKind kind;
    const char* text;
};

std::ostream& operator<<(std::ostream& out, const Serial& serial) {
    return out << serial.value << " as " << serial.text;
}

class DateSerial : public testing::TestWithParam<Serial> {};

TEST_P(DateSerial, IsTheDayThatExcelShows) {
    Cell cell;
    set_number(cell, GetParam().value, GetParam().format, GetParam().epoch);
    EXPECT_EQ(cell.kind, GetParam().kind);
    EXPECT_EQ(cell.text, GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(
    Serials, DateSerial,
    testing::Values(Serial{1, kDate, Epoch::Year1900, CellKind::Date, "1900-01-01"},
                    Serial{59, kDate, Epoch::Year1900, CellKind::Date, "1900-02-28"},
                    Serial{60, kDate, Epoch::Year1900, CellKind::Number, "60"},
                    Serial{61, kDate, Epoch::Year1900, CellKind::Date, "1900-03-01"},
                    Serial{0, kDate, Epoch::Year1900, CellKind::Number, "0"},
                    Serial{0, kTime, Epoch::Year1900, CellKind::Date, "00:00:00"},
                    Serial{0, kDate, Epoch::Year1904, CellKind::Date, "1904-01-01"},
                    Serial{-1, kDate, Epoch::Year1900, CellKind::Number, "-1"},
                    Serial{2958465, kDate, Epoch::Year1900, CellKind::Date, "9999-12-31"},
                    Serial{2958466, kDate, Epoch::Year1900, CellKind::Number, "2958466"},
                    Serial{1e300, kDate, Epoch::Year1900, CellKind::Number, "1e+300"},
                    Serial{45000.5, kDate, Epoch::Year1900, CellKind::Date, "2023-03-15T12:00:00"},
                    Serial{45000, kBoth, Epoch::Year1900, CellKind::Date, "2023-03-15T00:00:00"},
                    Serial{45000.25, kTime, Epoch::Year1900, CellKind::Date, "2023-03-15T06:00:00"},
                    // A second short of midnight by the last bit: rounded over it.
                    Serial{45000.999999999, kBoth, Epoch::Year1900, CellKind::Date,
                           "2023-03-16T00:00:00"},
                    Serial{0.5, kPercent, Epoch::Year1900, CellKind::Number, "0.5"}));

TEST(NumberText, IsTheShortestDecimal) {
    EXPECT_EQ(number_text(100000.0), "100000");
    EXPECT_EQ(number_text(0.1 + 0.2), "0.30000000000000004");
    EXPECT_EQ(number_text(-0.0), "0");
    EXPECT_EQ(number_text(4512345678.0), "4512345678");
    EXPECT_EQ(number_text(1e21), "1e+21");
    EXPECT_EQ(number_text(1.5e-9), "1.5e-09");
}

TEST(IsoDate, IsReadAsItIsWritten) {
    const auto read = [](const char* literal) {
        Cell cell;
        set_iso_date(cell, literal);
        return (cell.kind == CellKind::Date ? "date " : "text ") + cell.text;
    };
    EXPECT_EQ(read("2026-11-01"), "date 2026-11-01");
    EXPECT_EQ(read("2026-11-01T09:30:00.000"), "date 2026-11-01T09:30:00");
    EXPECT_EQ(read("09:30"), "date 09:30:00");
    EXPECT_EQ(read("PT09H30M00S"), "date 09:30:00");
    EXPECT_EQ(read("P1DT2H0.5S"), "date 26:00:00");
    EXPECT_EQ(read("2026-13-01"), "text 2026-13-01");
    EXPECT_EQ(read("2026-11-01T25:00"), "text 2026-11-01T25:00");
    EXPECT_EQ(read("PT"), "text PT");
    EXPECT_EQ(read("PT99999999999H"), "text PT99999999999H");
}

TEST(CellReferences, AreReadWithinASheetsBounds) {
    EXPECT_EQ(parse_reference("B7")->column, 1U);
    EXPECT_EQ(parse_reference("B7")->row, 7U);
    EXPECT_EQ(parse_reference("$xfd$1048576")->column, 16'383U);
    for (const char* text : {"", "7", "B", "B0", "XFE1", "A1048577", "AAAA1", "B7x", "R1C1"}) {
        EXPECT_FALSE(parse_reference(text)) << text;
    }
    EXPECT_EQ(parse_range("D9:B7")->first_column, 1U);
    EXPECT_EQ(parse_range("D9:B7")->last_row, 9U);
}

}  // namespace
}  // namespace spreadsheet
