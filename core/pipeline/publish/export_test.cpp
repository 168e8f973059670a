#include "pipeline/publish/export.hpp"

#include <gtest/gtest.h>

namespace coterie::publish {
namespace {

struct Cell {
    const char* text;
    const char* cell;
    friend std::ostream& operator<<(std::ostream& out, const Cell& c) { return out << c.text; }
};

class CsvCell : public testing::TestWithParam<Cell> {};

TEST_P(CsvCell, IsQuotedWhereNeededAndNeverAFormula) {
    EXPECT_EQ(csv_cell(GetParam().text), GetParam().cell);
}

INSTANTIATE_TEST_SUITE_P(Cells, CsvCell,
                         testing::Values(Cell{"", ""}, Cell{"Ida", "Ida"}, Cell{"a,b", "\"a,b\""},
                                         Cell{"a\"b", "\"a\"\"b\""}, Cell{"a\nb", "\"a\nb\""},
                                         Cell{" a", "\" a\""}, Cell{"=1+1", "'=1+1"},
                                         Cell{"@SUM(A1)", "'@SUM(A1)"},
                                         Cell{"+4512345678", "+4512345678"}, Cell{"-3.5", "-3.5"},
                                         Cell{"+1-cmd|' /C calc'!A0", "'+1-cmd|' /C calc'!A0"},
                                         Cell{"-", "'-"}, Cell{"=a,b", "\"'=a,b\""}));

}  // namespace
}  // namespace coterie::publish
