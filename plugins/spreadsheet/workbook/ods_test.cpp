#include "workbook_test.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace spreadsheet::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string table(const std::string& rows,
                  const std::string& attributes = "table:name=\"Roster\"") {
    return "<table:table " + attributes + ">" + rows + "</table:table>";
}
std::string row(const std::string& cells, const std::string& attributes = "") {
    return "<table:table-row " + attributes + ">" + cells + "</table:table-row>";
}
std::string text(const std::string& content, const std::string& attributes = "") {
    return "<table:table-cell office:value-type=\"string\" " + attributes + "><text:p>" + content +
           "</text:p></table:table-cell>";
}
std::string value(const std::string& type, const std::string& attributes,
                  const std::string& shown) {
    return "<table:table-cell office:value-type=\"" + type + "\" " + attributes + "><text:p>" +
           shown + "</text:p></table:table-cell>";
}

TEST(Ods, ReadsValuesByTheirTypeNotByTheirLook) {
    const std::string bytes = ods(table(
        row(value("float", "office:value=\"1250.5\"", "1.250,50") +
            value("percentage", "office:value=\"0.045\"", "4,5 %") +
            value("currency", "office:currency=\"DKK\" office:value=\"99\"", "99 kr") +
            value("date", "office:date-value=\"2026-11-01\"", "1. nov") +
            value("date", "office:date-value=\"2026-11-01T09:30:00\"", "x") +
            value("date", "office:date-value=\"2026-11-01T00:00:00\"", "x") +
            value("time", "office:time-value=\"PT30H05M00S\"", "x") +
            value("boolean", "office:boolean-value=\"true\"", "SAND") +
            value("string", "calcext:value-type=\"error\" office:string-value=\"\"", "#N/A"))));
    EXPECT_THAT(read_bytes(bytes).lines,
                ElementsAre("1: A=number 1250.5; B=number 0.045%; C=number 99; D=date 2026-11-01; "
                            "E=date 2026-11-01T09:30:00; F=date 2026-11-01; G=date 30:05:00; "
                            "H=bool true; I=error #N/A"));
}

TEST(Ods, ReadsTextsWithTheirBlanksAndWithoutNotes) {
    const std::string bytes = ods(table(row(
        text("two  \n words<text:s text:c=\"2\"/>x<text:tab/>y<text:line-break/>z") +
        "<table:table-cell office:value-type=\"string\"><office:annotation><text:p>NOTE</text:p>"
        "</office:annotation><text:p>one<text:note><text:p>NOTE</text:p></text:note></text:p>"
        "<text:p><text:span>t<text:span>w</text:span></text:span>o</text:p></table:table-cell>")));
    EXPECT_THAT(read_bytes(bytes).lines,
                ElementsAre("1: A=text two words  x\ty\nz; B=text one\ntwo"));
}

TEST(Ods, GivesLinksBehindTexts) {
    const std::string bytes = ods(table(
        row(text("<text:a xlink:href=\"https://a.example/ann\">@ann</text:a>") +
            text("<text:a xlink:href=\"#Sheet2.A1\">inside</text:a>") +
            text("Bo", "table:formula=\"of:=HYPERLINK(&quot;https://b.example&quot;;&quot;Bo&quot;"
                       ")\""))));
    EXPECT_THAT(read_bytes(bytes).lines,
                ElementsAre("1: A=text @ann -> https://a.example/ann; B=text inside; C=text Bo -> "
                            "https://b.example"));
}

TEST(Ods, RepeatsWhatIsRepeatedAndPassesOverWhatIsEmpty) {
    const std::string bytes =
        ods(table(row("<table:table-cell table:number-columns-repeated=\"16384\"/>",
                      "table:number-rows-repeated=\"3\"") +
                  row("<table:table-cell/>" + text("a", "table:number-columns-repeated=\"2\"") +
                          "<table:table-cell table:number-columns-repeated=\"16381\"/>",
                      "table:number-rows-repeated=\"2\"") +
                  row("<table:table-cell table:number-columns-repeated=\"16384\"/>",
                      "table:number-rows-repeated=\"1048571\"")));
    EXPECT_THAT(read_bytes(bytes).lines,
                ElementsAre("4: B=text a; C=text a", "5: B=text a; C=text a"));
}

TEST(Ods, RepeatsMergedCells) {
    const std::string bytes = ods(table(
        row(text("a", "table:number-columns-spanned=\"2\" table:number-rows-spanned=\"2\"") +
            "<table:covered-table-cell/>" + text("b")) +
        row("<table:covered-table-cell office:value-type=\"string\"><text:p>hidden below</text:p>"
            "</table:covered-table-cell><table:covered-table-cell/>" +
            text("c"))));
    EXPECT_THAT(read_bytes(bytes).lines, ElementsAre("1: A=text a; B+=text a; C=text b",
                                                     "2: A+=text a; B+=text a; C=text c"));
}

TEST(Ods, TellsHiddenRowsColumnsSheetsAndNamedRanges) {
    const std::string bytes =
        ods(table("<table:table-column/><table:table-column table:visibility=\"collapse\"/>"
                  "<table:table-row-group>" +
                      row(text("a") + text("b"), "table:visibility=\"filter\"") +
                      "</table:table-row-group>",
                  "table:name=\"It's old\" table:style-name=\"ta2\"") +
                table(row(text("c"))),
            "<style:style style:name=\"ta2\" style:family=\"table\"><style:table-properties "
            "table:display=\"false\"/></style:style>",
            "<table:database-ranges><table:database-range table:name=\"People\" "
            "table:target-range-address=\"$'It''s old'.B2:$'It''s old'.D9\"/>"
            "<table:database-range table:name=\"__Anonymous_Sheet_DB__0\" "
            "table:target-range-address=\"Roster.A1:Roster.B2\"/></table:database-ranges>");
    const Opened opened = open_bytes(bytes);
    ASSERT_TRUE(opened.workbook) << opened.error;
    ASSERT_EQ(opened.workbook->sheets().size(), 2U);
    const Sheet& sheet = opened.workbook->sheets()[0];
    EXPECT_EQ(sheet.name, "It's old");
    EXPECT_TRUE(sheet.is_hidden);
    ASSERT_EQ(sheet.tables.size(), 1U);
    EXPECT_EQ(sheet.tables[0].name, "People");
    EXPECT_EQ(sheet.tables[0].first_column, 1U);
    EXPECT_EQ(sheet.tables[0].last_row, 9U);
    EXPECT_FALSE(opened.workbook->sheets()[1].is_hidden);
    EXPECT_THAT(opened.workbook->sheets()[1].tables, IsEmpty());
    EXPECT_THAT(read_sheet(*opened.workbook, 0).lines, ElementsAre("~1: A=text a; ~B=text b"));
}

TEST(Ods, SheetsAreReadInAnyOrder) {
    const Opened opened = open_bytes(ods(table(row(text("a")) + row(text("b"))) +
                                         table(row(text("c"))) + table(row(text("d")))));
    ASSERT_TRUE(opened.workbook) << opened.error;
    for (const std::size_t index : {2U, 0U, 1U, 1U, 2U}) {
        static const char* const kFirst[] = {"1: A=text a", "1: A=text c", "1: A=text d"};
        EXPECT_EQ(read_sheet(*opened.workbook, index).lines.at(0), kFirst[index]);
    }
}

TEST(Ods, AReaderThatGaveUpDoesNotSpoilTheNext) {
    const Opened opened =
        open_bytes(ods(table(row(text("a"), "table:number-rows-repeated=\"9\"") + row(text("b"))) +
                       table(row(text("c")))));
    ASSERT_TRUE(opened.workbook) << opened.error;
    Row first;
    ASSERT_TRUE(*(*opened.workbook->open(0))->next(first));
    EXPECT_THAT(read_sheet(*opened.workbook, 1).lines, ElementsAre("1: A=text c"));
}

TEST(Ods, CountsFormulasWithoutAValue) {
    const Reading reading =
        read_bytes(ods(table(row("<table:table-cell table:formula=\"of:=1+1\"/>" + text("a")))));
    EXPECT_THAT(reading.lines, ElementsAre("1: B=text a"));
    EXPECT_EQ(reading.formulas_without_value, 1U);
}

TEST(Ods, RepetitionWithoutEndIsRefused) {
    EXPECT_THAT(
        read_bytes(ods(table(row(text("a", "table:number-columns-repeated=\"999999999\""))))).error,
        HasSubstr("cells_in_row_max = 16384"));
    EXPECT_THAT(read_bytes(ods(table(row(text("a"),
                                         "table:number-rows-repeated=\"999999999999999999999\""))))
                    .error,
                HasSubstr("a sheet has at most 1048576 rows"));
    EXPECT_THAT(read_bytes(ods(table(row(text("a", "table:number-columns-repeated=\"16384\""),
                                         "table:number-rows-repeated=\"1048576\""))))
                    .error,
                HasSubstr("by repetition alone"));
    EXPECT_THAT(read_bytes(ods(table(row(text("<text:s text:c=\"4000000000\"/>"))))).error,
                HasSubstr("the cell holds more than"));
}

TEST(Ods, WhatCannotBeReadIsSaid) {
    EXPECT_THAT(read_bytes(zipped({{"mimetype", "application/vnd.oasis.opendocument.text"},
                                   {"content.xml", "<a/>"}}))
                    .error,
                HasSubstr("no spreadsheet"));
    EXPECT_THAT(read_bytes(zipped({{"mimetype", "application/vnd.oasis.opendocument.spreadsheet"},
                                   {"META-INF/manifest.xml",
                                    "<m:manifest><m:file-entry><m:encryption-data/>"
                                    "</m:file-entry></m:manifest>"},
                                   {"content.xml", "\x01\x02"}}))
                    .error,
                HasSubstr("password"));
    EXPECT_THAT(read_bytes(ods("<table:table table:name=\"a\"></table:row>")).error,
                HasSubstr("mismatched tag"));
    EXPECT_THAT(read_bytes(zipped({{"mimetype", "application/vnd.oasis.opendocument.spreadsheet"},
                                   {"content.xml", "<!DOCTYPE a><a/>"}}))
                    .error,
                HasSubstr("document type"));
}

TEST(Ods, WhatStandsBeforeTheDamageIsRead) {
    const Reading reading = read_bytes(ods(table(row(text("a")) + row("<broken"))));
    EXPECT_THAT(reading.lines, ElementsAre("1: A=text a"));
    EXPECT_THAT(reading.error, HasSubstr("content.xml"));
}

}  // namespace
}  // namespace spreadsheet::test
