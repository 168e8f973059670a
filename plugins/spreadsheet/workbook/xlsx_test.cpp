#include "workbook_test.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace spreadsheet::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string row(int number, const std::string& cells) {
    return "<row r=\"" + std::to_string(number) + "\">" + cells + "</row>";
}

std::string number_cell(const std::string& place, const std::string& value, int style = 0) {
    return "<c r=\"" + place + "\" s=\"" + std::to_string(style) + "\"><v>" + value + "</v></c>";
}

std::string text_cell(const std::string& place, const std::string& text) {
    return "<c r=\"" + place + "\" t=\"inlineStr\"><is><t>" + text + "</t></is></c>";
}

TEST(Xlsx, ReadsTextsOfEveryKind) {
    const Xlsx book = Xlsx(row(1, "<c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>1</v></c>"
                                  "<c r=\"C1\" t=\"inlineStr\"><is><r><t>in</t></r><r><t>line</t>"
                                  "</r><rPh><t>PHONETIC</t></rPh></is></c>"
                                  "<c r=\"D1\" t=\"str\"><f>A1</f><v>from a formula</v></c>"))
                          .strings("<si><t>plain</t></si><si><r><rPr><b/></rPr><t>ri</t></r><r>"
                                   "<t>ch</t></r><rPh sb=\"0\" eb=\"1\"><t>PHONETIC</t></rPh>"
                                   "<phoneticPr/></si>");
    EXPECT_THAT(read_bytes(book.bytes()).lines,
                ElementsAre("1: A=text plain; B=text rich; C=text inline; D=text from a formula"));
}

TEST(Xlsx, KeepsBlanksOnlyWhereTheFileSaysSo) {
    const Xlsx book = Xlsx(row(1, "<c t=\"s\"><v>0</v></c><c t=\"s\"><v>1</v></c>"
                                  "<c t=\"s\"><v>2</v></c>"))
                          .strings("<si><t> Ann\n</t></si><si><t xml:space=\"preserve\"> Bo </t>"
                                   "</si><si><t>  </t></si>");
    EXPECT_THAT(read_bytes(book.bytes()).lines, ElementsAre("1: A=text Ann; B=text  Bo "));
}

TEST(Xlsx, TurnsEscapesIntoWhatTheyStandFor) {
    const Xlsx book =
        Xlsx(row(1, text_cell("A1", "a_x000D_b") + text_cell("B1", "_x005F_x000D_") +
                        text_cell("C1", "_xD83D__xDE00_") + text_cell("D1", "x_xD83D_") +
                        text_cell("E1", "_x00") + text_cell("F1", "_x0000_")));
    EXPECT_THAT(read_bytes(book.bytes()).lines,
                ElementsAre("1: A=text a\rb; B=text _x000D_; C=text \xF0\x9F\x98\x80; D=text "
                            "x\xEF\xBF\xBD; E=text _x00; F=text \xEF\xBF\xBD"));
}

TEST(Xlsx, ReadsNumbersWithAllTheirDigits) {
    const Xlsx book =
        Xlsx(row(1, number_cell("A1", "1250") + number_cell("B1", "4.5199999999999997E-2") +
                        number_cell("C1", "17841400000000012345") + number_cell("D1", "1E5") +
                        number_cell("E1", "-0.5") + number_cell("F1", "0.045", 1) +
                        number_cell("G1", "junk")))
            .styles("", "<xf numFmtId=\"0\"/><xf numFmtId=\"10\"/>");
    EXPECT_THAT(read_bytes(book.bytes()).lines,
                ElementsAre("1: A=number 1250; B=number 0.0452; C=number 17841400000000012345; "
                            "D=number 100000; E=number -0.5; F=number 0.045%; G=text junk"));
}

TEST(Xlsx, ReadsDatesOfBothEpochs) {
    const std::string rows =
        row(1, number_cell("A1", "46327", 1) + number_cell("B1", "46327.395833333336", 2) +
                   number_cell("C1", "0.395833333333333", 3) + number_cell("D1", "1.5", 4));
    Xlsx book = Xlsx(rows).styles("<numFmt numFmtId=\"164\" formatCode=\"dd/mm/yyyy hh:mm\"/>",
                                  "<xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"164\"/>"
                                  "<xf numFmtId=\"20\"/><xf numFmtId=\"46\"/>");
    EXPECT_THAT(read_bytes(book.bytes()).lines,
                ElementsAre("1: A=date 2026-11-01; B=date 2026-11-01T09:30:00; C=date 09:30:00; "
                            "D=date 36:00:00"));
    book.sheets("<sheet name=\"Roster\" r:id=\"r1\"/>", "<workbookPr date1904=\"1\"/>");
    EXPECT_THAT(read_bytes(book.bytes()).lines,
                ElementsAre("1: A=date 2030-11-02; B=date 2030-11-02T09:30:00; C=date 09:30:00; "
                            "D=date 36:00:00"));
}

TEST(Xlsx, ReadsTruthErrorsAndIsoDates) {
    const Xlsx book(row(1,
                        "<c t=\"b\"><v>1</v></c><c t=\"b\"><v>0</v></c><c t=\"e\"><v>#N/A</v></c>"
                        "<c t=\"d\"><v>2026-11-01T09:30:00Z</v></c><c t=\"d\"><v>soon</v></c>"));
    EXPECT_THAT(read_bytes(book.bytes()).lines,
                ElementsAre("1: A=bool true; B=bool false; C=error #N/A; D=date "
                            "2026-11-01T09:30:00; E=text soon"));
}

TEST(Xlsx, CountsFormulasWithoutAValue) {
    const Reading reading = read_bytes(
        Xlsx(row(1, "<c><f>A2</f></c><c><f>A3</f><v/></c><c t=\"str\"><f>\"\"</f><v></v></c>"
                    "<c><f>1+1</f><v>2</v></c>"))
            .bytes());
    EXPECT_THAT(reading.lines, ElementsAre("1: D=number 2"));
    EXPECT_EQ(reading.formulas_without_value, 2U);
}

TEST(Xlsx, CountsPlacesWhereNoneAreGiven) {
    const Xlsx book("<row><c><v>1</v></c><c/><c><v>3</v></c></row><row r=\"5\"><c r=\"C5\"><v>1"
                    "</v></c><c><v>2</v></c></row><row><c><v>6</v></c></row>");
    EXPECT_THAT(
        read_bytes(book.bytes()).lines,
        ElementsAre("1: A=number 1; C=number 3", "5: C=number 1; D=number 2", "6: A=number 6"));
}

TEST(Xlsx, RepeatsMergedCells) {
    const Xlsx book(row(2, number_cell("A2", "1") + number_cell("D2", "2")) +
                        row(3, number_cell("B3", "9") + number_cell("D3", "3")) +
                        row(4, number_cell("C4", "4")),
                    "<mergeCells><mergeCell ref=\"A2:B3\"/><mergeCell ref=\"D2:D9\"/>"
                    "<mergeCell ref=\"A4:B4\"/></mergeCells>");
    EXPECT_THAT(read_bytes(book.bytes()).lines,
                ElementsAre("2: A=number 1; B+=number 1; D=number 2",
                            "3: A+=number 1; B+=number 1; D+=number 2",
                            "4: C=number 4; D+=number 2"));
}

TEST(Xlsx, RepeatsATitleOverATableNotOverTheWholeSheet) {
    const Reading reading =
        read_bytes(Xlsx(row(1, number_cell("A1", "1")),
                        "<mergeCells><mergeCell ref=\"A1:XFD1048576\"/></mergeCells>")
                       .bytes());
    ASSERT_EQ(reading.lines.size(), 1U);
    EXPECT_EQ(std::count(reading.lines[0].begin(), reading.lines[0].end(), '+'), 255);
}

TEST(Xlsx, GivesLinksBehindTexts) {
    Xlsx book(row(1, text_cell("A1", "@ann") + text_cell("B1", "@bo") + text_cell("C1", "inside")) +
                  row(2, "<c t=\"str\"><f>HYPERLINK(\"https://b.example/?q=\"\"x\"\"\",\"Bo\")</f>"
                         "<v>Bo</v></c><c t=\"str\"><f>HYPERLINK(\"https://\"&amp;A1)</f><v>no</v>"
                         "</c>"),
              "<hyperlinks><hyperlink ref=\"A1:B1\" r:id=\"l1\" location=\"top\"/>"
              "<hyperlink ref=\"C1\" location=\"Sheet2!A1\"/></hyperlinks>");
    book.part("xl/worksheets/_rels/sheet1.xml.rels",
              relationships({{"l1", "hyperlink", "https://a.example/ann", "External"}}));
    EXPECT_THAT(read_bytes(book.bytes()).lines,
                ElementsAre("1: A=text @ann -> https://a.example/ann#top; B=text @bo -> "
                            "https://a.example/ann#top; C=text inside",
                            "2: A=text Bo -> https://b.example/?q=\"x\"; B=text no"));
}

TEST(Xlsx, TellsHiddenRowsColumnsAndSheets) {
    Xlsx book("<row r=\"1\" hidden=\"1\">" + number_cell("A1", "1") + number_cell("C1", "2") +
                  "</row>",
              "", "<cols><col min=\"2\" max=\"3\" hidden=\"1\"/></cols>");
    book.sheets("<sheet name=\"Old\" state=\"hidden\" r:id=\"r1\"/>"
                "<sheet name=\"Older\" state=\"veryHidden\" r:id=\"r1\"/>"
                "<sheet name=\"Now\" r:id=\"r1\"/>");
    const Opened opened = open_bytes(book.bytes());
    ASSERT_TRUE(opened.workbook) << opened.error;
    std::vector<std::pair<std::string, bool>> sheets;
    for (const Sheet& sheet : opened.workbook->sheets()) {
        sheets.emplace_back(sheet.name, sheet.is_hidden);
    }
    EXPECT_THAT(sheets, ElementsAre(std::pair("Old", true), std::pair("Older", true),
                                    std::pair("Now", false)));
    EXPECT_THAT(read_sheet(*opened.workbook, 2).lines, ElementsAre("~1: A=number 1; ~C=number 2"));
}

TEST(Xlsx, GivesTheTablesThatASheetDefines) {
    Xlsx book(row(1, number_cell("A1", "1")));
    book.part("xl/worksheets/_rels/sheet1.xml.rels",
              relationships({{"t1", "table", "../tables/table1.xml", ""}}));
    book.part("xl/tables/table1.xml", "<table name=\"t\" displayName=\"Roster\" ref=\"B3:D9\" "
                                      "totalsRowCount=\"1\"/>");
    const Opened opened = open_bytes(book.bytes());
    ASSERT_TRUE(opened.workbook) << opened.error;
    ASSERT_EQ(opened.workbook->sheets().at(0).tables.size(), 1U);
    const NamedTable& table = opened.workbook->sheets()[0].tables[0];
    EXPECT_EQ(table.name, "Roster");
    EXPECT_THAT((std::vector<std::uint64_t>{table.first_column, table.last_column, table.first_row,
                                            table.last_row, table.header_rows, table.totals_rows}),
                ElementsAre(1, 3, 3, 9, 1, 1));
}

TEST(Xlsx, FindsPartsWhereverTheyAre) {
    const Xlsx plain = Xlsx(row(1, "<c t=\"s\"><v>0</v></c>")).strings("<si><t>Ann</t></si>");
    const std::string sheet = plain.parts.at("xl/worksheets/sheet1.xml");
    const std::string strings = plain.parts.at("xl/sharedStrings.xml");
    const std::string book = plain.parts.at("xl/workbook.xml");
    const std::string bytes = zipped(
        {{"_rels\\.rels", relationships({{"a", "officeDocument", "/DATA/Book.xml", ""}})},
         {"data/book.xml", book},
         {"data/_rels/book.xml.rels", relationships({{"r1", "worksheet", "..\\s%201.xml", ""},
                                                     {"x", "sharedStrings", "./t/s.xml", ""}})},
         {"s 1.xml", sheet},
         {"Data/T/S.xml", strings}});
    EXPECT_THAT(read_bytes(bytes).lines, ElementsAre("1: A=text Ann"));
}

TEST(Xlsx, ReadsStrictNamesAndAnyPrefix) {
    Xlsx book("");
    book.part("_rels/.rels",
              "<p:Relationships xmlns:p=\"p\"><p:Relationship Id=\"a\" Type=\"http://"
              "purl.oclc.org/ooxml/officeDocument/relationships/officeDocument\" "
              "Target=\"xl/workbook.xml\"/></p:Relationships>");
    book.part("xl/worksheets/sheet1.xml",
              "<x:worksheet xmlns:x=\"http://purl.oclc.org/ooxml/spreadsheetml/main\"><x:sheetData>"
              "<x:row r=\"1\"><x:c r=\"A1\"><x:v>7</x:v></x:c></x:row></x:sheetData>"
              "<x:mergeCells><x:mergeCell ref=\"A1:B1\"/></x:mergeCells></x:worksheet>");
    EXPECT_THAT(read_bytes(book.bytes()).lines, ElementsAre("1: A=number 7; B+=number 7"));
}

TEST(Xlsx, ReadsPartsInUtf16) {
    const std::string text = "<worksheet><sheetData><row r=\"1\"><c r=\"A1\"><v>7</v></c></row>"
                             "</sheetData><mergeCells><mergeCell ref=\"A1:A2\"/></mergeCells>"
                             "</worksheet>";
    std::string wide = "\xFF\xFE";
    for (const char c : text) {
        wide += {c, '\0'};
    }
    EXPECT_THAT(read_bytes(Xlsx("").part("xl/worksheets/sheet1.xml", wide).bytes()).lines,
                ElementsAre("1: A=number 7"));
}

TEST(Xlsx, PassesOverSheetsThatAreCharts) {
    Xlsx book(row(1, number_cell("A1", "1")));
    book.sheets("<sheet name=\"Chart\" r:id=\"c\"/><sheet name=\"Roster\" r:id=\"r1\"/>");
    book.part("xl/_rels/workbook.xml.rels",
              relationships({{"c", "chartsheet", "chartsheets/sheet1.xml", ""},
                             {"r1", "worksheet", "worksheets/sheet1.xml", ""}}));
    const Opened opened = open_bytes(book.bytes());
    ASSERT_TRUE(opened.workbook) << opened.error;
    ASSERT_EQ(opened.workbook->sheets().size(), 1U);
    EXPECT_EQ(opened.workbook->sheets()[0].name, "Roster");
}

TEST(Xlsx, OfTwoCellsInOnePlaceTheLaterStaysAndOrderDoesNotMatter) {
    const Xlsx book(
        row(1, number_cell("C1", "3") + number_cell("A1", "1") + number_cell("C1", "4")));
    EXPECT_THAT(read_bytes(book.bytes()).lines, ElementsAre("1: A=number 1; C=number 4"));
}

TEST(Xlsx, MistakesNoTextForTheEndOfTheRows) {
    const Xlsx book(row(1, "<c t=\"inlineStr\"><is><t><![CDATA[</sheetData>]]></t></is></c>"),
                    "<mergeCells><mergeCell ref=\"A1:B1\"/></mergeCells>");
    EXPECT_THAT(read_bytes(book.bytes()).lines,
                ElementsAre("1: A=text </sheetData>; B+=text </sheetData>"));
}

TEST(Xlsx, ReadsASheetAnyNumberOfTimes) {
    const Opened opened = open_bytes(Xlsx(row(1, number_cell("A1", "1"))).bytes());
    ASSERT_TRUE(opened.workbook) << opened.error;
    EXPECT_EQ(read_sheet(*opened.workbook, 0).lines, read_sheet(*opened.workbook, 0).lines);
}

struct Hostile {
    const char* name;
    std::string bytes;
    const char* error;
    std::size_t rows_before = 0;
};

std::ostream& operator<<(std::ostream& out, const Hostile& hostile) {
    return out << hostile.name;
}

class HostileXlsx : public testing::TestWithParam<Hostile> {};

TEST_P(HostileXlsx, IsRefusedWithWhatAndWhere) {
    const Reading reading = read_bytes(GetParam().bytes);
    EXPECT_THAT(reading.error, HasSubstr(GetParam().error));
    EXPECT_THAT(reading.error, HasSubstr("'roster.xlsx'"));
    EXPECT_EQ(reading.lines.size(), GetParam().rows_before);
}

std::string cut(std::string bytes, std::size_t size) {
    bytes.resize(size);
    return bytes;
}

/// The part's content changed behind its check sum.
std::string with_wrong_sum() {
    std::string bytes;
    Xlsx book(row(1, number_cell("A1", "1")));
    bytes = zipped({{"xl/workbook.xml", book.parts.at("xl/workbook.xml")}});
    const std::size_t at = bytes.find("PK\x01\x02") + 16;
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    return bytes;
}

std::string sheet_of(const std::string& part) {
    return Xlsx("").part("xl/worksheets/sheet1.xml", part).bytes();
}

const std::string kWhole = Xlsx(row(1, number_cell("A1", "1"))).bytes();

INSTANTIATE_TEST_SUITE_P(
    Files, HostileXlsx,
    testing::Values(
        Hostile{"CutShort", cut(kWhole, kWhole.size() / 2), "damaged or cut short"},
        Hostile{"WithoutDirectory", cut(kWhole, kWhole.size() - 40), "damaged or cut short"},
        Hostile{"WrongSum", with_wrong_sum(), "CRC"},
        Hostile{"NoWorkbookInside", zipped({{"a.txt", "a"}}), "without a workbook"},
        Hostile{"TextDocument",
                zipped({{"_rels/.rels", relationships({{"a", "officeDocument", "w.xml", ""}})},
                        {"w.xml", "<w:document xmlns:w=\"w\"/>"}}),
                "no workbook but a text document"},
        Hostile{"Binary",
                zipped({{"_rels/.rels", relationships({{"a", "officeDocument", "xl/w.bin", ""}})},
                        {"xl/w.bin", "x"}}),
                ".xlsb"},
        Hostile{"EntityBomb",
                sheet_of("<!DOCTYPE w [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><worksheet/>"),
                "document type"},
        Hostile{"ExternalEntity",
                sheet_of("<!DOCTYPE w [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><worksheet>&a;"
                         "</worksheet>"),
                "document type"},
        Hostile{"DeepNesting",
                sheet_of(std::string(3000, ' ').insert(0,
                                                       [] {
                                                           std::string deep;
                                                           for (int i = 0; i < 3000; ++i) {
                                                               deep += "<a>";
                                                           }
                                                           return deep;
                                                       }())),
                "nest deeper"},
        Hostile{"HugeAttribute", sheet_of("<worksheet a=\"" + std::string(6U << 20, 'a') + "\"/>"),
                "longer than"},
        Hostile{"NulByte", sheet_of(std::string("<worksheet>\0</worksheet>", 24)), "part 'xl/"},
        Hostile{"NotUtf8",
                Xlsx(row(1, number_cell("A1", "1")) + row(2, text_cell("A2", "\xFF"))).bytes(),
                "not well-formed", 1},
        Hostile{"LoneSurrogate", Xlsx(row(1, text_cell("A1", "&#xD800;"))).bytes(),
                "invalid character"},
        Hostile{"ColumnOutOfRange", Xlsx(row(1, number_cell("XFE1", "1"))).bytes(), "'XFE1'"},
        Hostile{"RowOutOfRange", Xlsx(row(1048577, number_cell("A1", "1"))).bytes(),
                "row 1048577 is beyond"},
        Hostile{"RowsOutOfOrder",
                Xlsx(row(3, number_cell("A3", "1")) + row(2, number_cell("A2", "1"))).bytes(),
                "row 2 stands behind row 3", 1},
        Hostile{"RowTwice",
                Xlsx(row(3, number_cell("A3", "1")) + row(3, number_cell("A3", "1"))).bytes(),
                "row 3 stands behind row 3", 1},
        Hostile{"SharedStringThatIsNotThere", Xlsx(row(1, "<c t=\"s\"><v>7</v></c>")).bytes(),
                "row 1, column 1: the cell's text is not in the file's table"},
        Hostile{"SheetThatIsNotThere",
                Xlsx("").sheets("<sheet name=\"Gone\" r:id=\"r9\"/>").bytes(),
                "sheet 'Gone': the file names this sheet but does not hold it"},
        Hostile{
            "CutInTheRows",
            sheet_of("<worksheet><sheetData>" + row(1, number_cell("A1", "1")) + "<row r=\"2\">"),
            "no element found", 1}),
    [](const auto& instance) { return instance.param.name; });

TEST(Xlsx, SaysNothingOfBytesThatAreNoWorkbook) {
    EXPECT_EQ(read_bytes("name;handle\nAnn;@ann\n").error, "no workbook");
    EXPECT_EQ(read_bytes("").error, "no workbook");
}

TEST(Xlsx, ABombOfZerosIsRefusedInBoundedTime) {
    const std::string bomb = "<worksheet><sheetData>" + std::string(64U << 20, ' ');
    EXPECT_THAT(read_bytes(sheet_of(bomb)).error, HasSubstr("unpacked_ratio_max = 1000"));
    WorkbookLimits limits;
    limits.unpacked_bytes_max = 1U << 20;
    limits.unpacked_ratio_max = 1U << 30;
    EXPECT_THAT(read_bytes(sheet_of(bomb), limits).error, HasSubstr("unpacked_bytes_max"));
}

TEST(Xlsx, SharedStringsBeyondTheLimitAreRefused) {
    WorkbookLimits limits;
    limits.text_bytes_max = 64;
    const Xlsx book = Xlsx(row(1, "<c t=\"s\"><v>0</v></c>"))
                          .strings("<si><t>" + std::string(100, 'a') + "</t></si>");
    EXPECT_THAT(read_bytes(book.bytes(), limits).error, HasSubstr("text_bytes_max = 64"));
    EXPECT_THAT(read_bytes(book.bytes()).error, IsEmpty());
}

/// A few bytes a cell that each show one long text: the file is small, what it says is not.
TEST(Xlsx, OneLongTextShownInEveryCellIsRefused) {
    std::string cells;
    for (int i = 0; i < 16'384; ++i) {
        cells += "<c t=\"s\"><v>0</v></c>";
    }
    const Xlsx book = Xlsx(row(1, cells)).strings("<si><t>" + std::string(8192, 'a') + "</t></si>");
    EXPECT_THAT(read_bytes(book.bytes()).error, HasSubstr("row 1 holds more than"));
}

TEST(Xlsx, TooManyCellsInARowAreRefusedThoughTheyShareAPlace) {
    std::string cells;
    for (int i = 0; i < 20'000; ++i) {
        cells += "<c r=\"A1\"><v>1</v></c>";
    }
    EXPECT_THAT(read_bytes(Xlsx(row(1, cells)).bytes()).error, HasSubstr("cells_in_row_max"));
}

TEST(Xlsx, AUsedRangeOfAMillionEmptyRowsCostsNothing) {
    std::string rows;
    for (int i = 1; i <= 200'000; ++i) {
        rows += "<row r=\"" + std::to_string(i) + "\" spans=\"1:4\"/>";
    }
    const Xlsx book(rows + row(1'048'576, number_cell("XFD1048576", "1")), "",
                    "<dimension ref=\"A1:XFD1048576\"/>");
    EXPECT_THAT(read_bytes(book.bytes()).lines, ElementsAre("1048576: XFD=number 1"));
}

TEST(Xlsx, MergedCellsWithoutEndAreRefused) {
    std::string merges;
    for (int i = 0; i < 64; ++i) {
        merges +=
            "<mergeCell ref=\"A" + std::to_string(i + 1) + ":XFD" + std::to_string(i + 1) + "\"/>";
    }
    for (int i = 0; i < 200; ++i) {  // overlapping: only the first counts
        merges += "<mergeCell ref=\"A1:XFD1048576\"/>";
    }
    std::string rows;
    for (int i = 1; i <= 1000; ++i) {
        rows += row(i, number_cell("A" + std::to_string(i), "1"));
    }
    const Reading reading =
        read_bytes(Xlsx(rows, "<mergeCells>" + merges + "</mergeCells>").bytes());
    EXPECT_THAT(reading.error, IsEmpty());
    EXPECT_EQ(reading.lines.size(), 1000U);
}

}  // namespace
}  // namespace spreadsheet::test
