#include "pipeline/publish/csv.hpp"

#include <gtest/gtest.h>

namespace coterie::publish {
namespace {

struct Cell {
    const char* text;
    const char* cell;
    friend std::ostream& operator<<(std::ostream& out, const Cell& c) { return out << c.text; }
};

class CsvCellText : public testing::TestWithParam<Cell> {};

TEST_P(CsvCellText, IsQuotedWhereNeededAndNeverAFormula) {
    EXPECT_EQ(csv_cell({GetParam().text}, {}), GetParam().cell);
}

INSTANTIATE_TEST_SUITE_P(Cells, CsvCellText,
                         testing::Values(Cell{"", ""}, Cell{"Ida", "Ida"}, Cell{"a,b", "\"a,b\""},
                                         Cell{"a\"b", "\"a\"\"b\""}, Cell{"a\nb", "\"a\nb\""},
                                         Cell{" a", "\" a\""}, Cell{"=1+1", "'=1+1"},
                                         Cell{"@SUM(A1)", "'@SUM(A1)"},
                                         Cell{"+4512345678", "+4512345678"}, Cell{"-3.5", "-3.5"},
                                         Cell{"+1-cmd|' /C calc'!A0", "'+1-cmd|' /C calc'!A0"},
                                         Cell{"-", "'-"}, Cell{"=a,b", "\"'=a,b\""},
                                         Cell{"\n=1+1", "\"'\n=1+1\""},
                                         Cell{"\uFF1D1+1", "'\uFF1D1+1"}));

std::string row_of(const CsvDialect& dialect, std::vector<CsvCell> cells) {
    auto writer = CsvWriter::create(dialect);
    EXPECT_TRUE(writer) << writer.error().message;
    std::string out(writer->preamble());
    const auto written = writer->append(out, cells);
    EXPECT_TRUE(written) << written.error().message;
    return out;
}

TEST(CsvDialect, TheDefaultIsWhatProgramsRead) {
    EXPECT_EQ(row_of({}, {{"Søren; A"}, {"1.5", true}, {"=x"}}), "Søren; A,1.5,'=x\n");
}

TEST(CsvDialect, ADanishExcelGetsSemicolonsCommasAndAByteOrderMark) {
    const auto dialect = CsvDialect::named("excel-da");
    ASSERT_TRUE(dialect);
    EXPECT_EQ(row_of(*dialect, {{"Søren; A"}, {"1.5", true}, {"1.5"}}),
              "\xEF\xBB\xBF\"Søren; A\";1,5;1.5\r\n");
}

TEST(CsvDialect, ANumberWithADecimalCommaIsQuotedWhereTheCommaSeparates) {
    CsvDialect dialect;
    dialect.delimiter = '\t';
    dialect.decimal = ',';
    EXPECT_EQ(row_of(dialect, {{"a,b"}, {"-0.25", true}}), "a,b\t-0,25\n");
}

TEST(CsvDialect, FormulasMayBeKept) {
    CsvDialect dialect;
    dialect.guards_formulas = false;
    EXPECT_EQ(row_of(dialect, {{"=1+1"}, {"@x"}}), "=1+1,@x\n");
}

TEST(CsvDialect, AnotherEncodingIsWrittenAsItsBytes) {
    CsvDialect dialect;
    dialect.encoding = "windows-1252";
    EXPECT_EQ(row_of(dialect, {{"Søren €"}}), "S\xF8ren \x80\n");
    dialect.encoding = "utf-16le";
    EXPECT_EQ(row_of(dialect, {{"a"}}), std::string("a\0\n\0", 4));
}

TEST(CsvDialect, WhatTheEncodingLacksIsReplacedAndCounted) {
    CsvDialect dialect;
    dialect.encoding = "windows-1252";
    auto writer = CsvWriter::create(dialect);
    ASSERT_TRUE(writer);
    std::string out;
    ASSERT_TRUE(writer->append(out, std::vector<CsvCell>{{"Ida ✨🎉"}, {"Łukasz"}}));
    EXPECT_EQ(out, "Ida ??,?ukasz\n");
    EXPECT_EQ(writer->replaced(), 3U);
}

TEST(CsvDialect, OrIsAnErrorThatShowsNoValue) {
    CsvDialect dialect;
    dialect.encoding = "windows-1252";
    dialect.replaces_unencodable = false;
    auto writer = CsvWriter::create(dialect);
    ASSERT_TRUE(writer);
    std::string out;
    ASSERT_TRUE(writer->append(out, std::vector<CsvCell>{{"Søren"}}));
    const auto written = writer->append(out, std::vector<CsvCell>{{"Łukasz"}});
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().message.find("ukasz"), std::string::npos);
    EXPECT_NE(written.error().message.find("windows-1252"), std::string::npos);
    EXPECT_EQ(out, "S\xF8ren\n");
}

TEST(CsvDialect, WhatIsNoSoundDialectIsRefused) {
    const auto refused = [](auto change) {
        CsvDialect dialect;
        change(dialect);
        return !CsvWriter::create(dialect);
    };
    EXPECT_TRUE(refused([](CsvDialect& d) { d.delimiter = '"'; }));
    EXPECT_TRUE(refused([](CsvDialect& d) { d.delimiter = '\n'; }));
    EXPECT_TRUE(refused([](CsvDialect& d) { d.delimiter = '\xC3'; }));
    EXPECT_TRUE(refused([](CsvDialect& d) { d.decimal = ','; })) << "it separates too";
    EXPECT_TRUE(refused([](CsvDialect& d) { d.encoding = "klingon"; }));
    EXPECT_FALSE(CsvDialect::named("excel-dk"));
    for (const auto& name : CsvDialect::names()) {
        EXPECT_TRUE(CsvWriter::create(*CsvDialect::named(name))) << name;
    }
}

}  // namespace
}  // namespace coterie::publish
