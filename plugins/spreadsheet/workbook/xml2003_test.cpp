#include "workbook_test.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace spreadsheet::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string book(const std::string& sheets) {
    return "<?xml version=\"1.0\"?><?mso-application progid=\"Excel.Sheet\"?><Workbook "
           "xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\" "
           "xmlns:ss=\"urn:schemas-microsoft-com:office:spreadsheet\"><Styles><Style ss:ID=\"p\">"
           "<NumberFormat ss:Format=\"0.0%\"/></Style></Styles>" +
           sheets + "</Workbook>";
}
std::string sheet(const std::string& rows, const std::string& behind = "") {
    return "<Worksheet ss:Name=\"Roster\"><Table>" + rows + "</Table>" + behind + "</Worksheet>";
}
std::string data(const std::string& type, const std::string& text) {
    return "<Data ss:Type=\"" + type + "\">" + text + "</Data>";
}

TEST(Xml2003, ReadsCellsOfEveryKind) {
    const std::string cells =
        "<Cell ss:HRef=\"https://a.example\">" + data("String", "An<B>n</B>") +
        "<Comment><Data>NOTE</Data></Comment></Cell><Cell ss:Index=\"3\" ss:StyleID=\"p\">" +
        data("Number", "0.045") + "</Cell><Cell>" + data("DateTime", "2026-11-01T00:00:00.000") +
        "</Cell><Cell>" + data("DateTime", "1899-12-31T09:30:00.000") + "</Cell><Cell>" +
        data("Boolean", "1") + "</Cell><Cell>" + data("Error", "#N/A") +
        "</Cell><Cell ss:Formula=\"=1\"/>";
    const Reading reading = read_bytes(book(sheet("<Row ss:Index=\"2\">" + cells + "</Row>")));
    EXPECT_THAT(reading.lines,
                ElementsAre("2: A=text Ann -> https://a.example; C=number 0.045%; D=date "
                            "2026-11-01; E=date 09:30:00; F=bool true; G=error #N/A"));
    EXPECT_EQ(reading.formulas_without_value, 1U);
}

TEST(Xml2003, AppliesMergesAndWhatIsHidden) {
    const std::string bytes =
        book(sheet("<Column/><Column ss:Hidden=\"1\"/><Row><Cell ss:MergeAcross=\"1\" "
                   "ss:MergeDown=\"1\">" +
                       data("String", "a") + "</Cell><Cell>" + data("String", "b") +
                       "</Cell></Row><Row ss:Hidden=\"1\"><Cell ss:Index=\"3\">" +
                       data("String", "c") + "</Cell></Row>",
                   "<WorksheetOptions><Visible>SheetHidden</Visible></WorksheetOptions>") +
             sheet("<Row><Cell>" + data("String", "d") + "</Cell></Row>"));
    const Opened opened = open_bytes(bytes);
    ASSERT_TRUE(opened.workbook) << opened.error;
    ASSERT_EQ(opened.workbook->sheets().size(), 2U);
    EXPECT_TRUE(opened.workbook->sheets()[0].is_hidden);
    EXPECT_FALSE(opened.workbook->sheets()[1].is_hidden);
    EXPECT_THAT(read_sheet(*opened.workbook, 1).lines, ElementsAre("1: A=text d"));
    EXPECT_THAT(
        read_sheet(*opened.workbook, 0).lines,
        ElementsAre("1: A=text a; ~B+=text a; C=text b", "~2: A+=text a; ~B+=text a; C=text c"));
}

TEST(Xml2003, WhatCannotBeReadIsSaid) {
    EXPECT_THAT(read_bytes("<html><table><tr><td>a</td></tr></table></html>").error,
                HasSubstr("a web page"));
    EXPECT_THAT(read_bytes("\n <TABLE>").error, HasSubstr("a web page"));
    EXPECT_THAT(read_bytes("%PDF-1.7").error, HasSubstr("a PDF"));
    EXPECT_THAT(read_bytes(book(sheet("<Row ss:Index=\"3\"/><Row ss:Index=\"2\"/>"))).error,
                HasSubstr("row 2 stands behind row 3"));
    const Reading cut =
        read_bytes(book(sheet("<Row><Cell>" + data("String", "a") + "</Cell></Row><Row><broken")));
    EXPECT_THAT(cut.lines, ElementsAre("1: A=text a"));
    EXPECT_THAT(cut.error, HasSubstr("'roster.xlsx', sheet 'Roster': part"));
    EXPECT_EQ(read_bytes("<?xml version=\"1.0\"?><list/>").error, "no workbook");
}

}  // namespace
}  // namespace spreadsheet::test
