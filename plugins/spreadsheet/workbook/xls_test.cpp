#include "workbook_test.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cstring>

namespace spreadsheet::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string u16(std::size_t value) {
    return {static_cast<char>(value & 0xFFU), static_cast<char>((value >> 8U) & 0xFFU)};
}
std::string u32(std::size_t value) {
    return u16(value & 0xFFFFU) + u16(value >> 16U);
}
std::string f64(double value) {
    std::string out(sizeof value, '\0');
    std::memcpy(out.data(), &value, sizeof value);
    return out;
}
std::string record(std::size_t type, const std::string& data = "") {
    return u16(type) + u16(data.size()) + data;
}
/// One byte a character.
std::string narrow(const std::string& text) {
    return u16(text.size()) + '\0' + text;
}
std::string wide(const std::u16string& text) {
    std::string out;
    for (const char16_t unit : text) {
        out += u16(unit);
    }
    return out;
}
std::string bof(std::size_t type, std::size_t version = 0x0600) {
    return record(0x0809, u16(version) + u16(type) + std::string(version == 0x0600 ? 12 : 4, '\0'));
}
const std::string kEof = record(0x000A);

/// A stream of one sheet, with records in front of and behind the list of sheets.
std::string stream(const std::string& globals, const std::string& cells,
                   std::size_t version = 0x0600) {
    const std::string name = version == 0x0600 ? std::string("\x06\0Roster", 8) : "\x06Roster";
    const std::string head = bof(5, version) + globals;
    const std::size_t sheet = head.size() + 4 + 6 + name.size() + kEof.size();
    return head + record(0x0085, u32(sheet) + u16(0) + name) + kEof + bof(0x10, version) + cells +
           kEof;
}
std::string at(std::size_t row, std::size_t column, std::size_t xf = 0) {
    return u16(row) + u16(column) + u16(xf);
}
/// What a formula's record ends in: flags, and its tokens.
std::string formula(std::size_t row, std::size_t column, const std::string& result,
                    const std::string& tokens = "") {
    return record(0x0006, at(row, column) + result + u16(0) + u32(0) + u16(tokens.size()) + tokens);
}
const std::string kTextFollows = std::string(6, '\0') + "\xFF\xFF";

/// A compound file of streams that are 4096 bytes or more.
std::string compound(const std::vector<std::pair<std::u16string, std::string>>& streams) {
    const auto entry = [](const std::u16string& name, std::size_t type, std::size_t right,
                          std::size_t child, std::size_t start, std::size_t size) {
        std::string out = wide(name);
        out.resize(64);
        out += u16(name.size() * 2 + 2) + static_cast<char>(type) + '\1';
        out += u32(0xFFFFFFFF) + u32(right) + u32(child) + std::string(36, '\0');
        return out + u32(start) + u32(size) + u32(0);
    };
    std::string directory = entry(u"Root Entry", 5, 0xFFFFFFFF, 1, 0xFFFFFFFE, 0);
    std::string table = u32(0xFFFFFFFD) + u32(0xFFFFFFFE);
    std::string data;
    for (std::size_t i = 0; i < streams.size(); ++i) {
        const std::size_t first = 2 + data.size() / 512;
        std::string content = streams[i].second;
        content.resize(std::max<std::size_t>(content.size(), 4096));
        const std::size_t size = content.size();
        content.resize((size + 511) / 512 * 512);
        data += content;
        for (std::size_t sector = first; sector + 1 < 2 + data.size() / 512; ++sector) {
            table += u32(sector + 1);
        }
        table += u32(0xFFFFFFFE);
        directory += entry(streams[i].first, 2, i + 1 < streams.size() ? i + 2 : 0xFFFFFFFF,
                           0xFFFFFFFF, first, size);
    }
    table.resize(512, '\xFF');
    directory.resize(512);
    std::string header = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + std::string(16, '\0') + u16(0x3E) +
                         u16(3) + u16(0xFFFE) + u16(9) + u16(6) + std::string(10, '\0') + u32(1) +
                         u32(1) + u32(0) + u32(4096) + u32(0xFFFFFFFE) + u32(0) + u32(0xFFFFFFFE) +
                         u32(0) + u32(0);
    header.resize(512, '\xFF');
    return header + table + directory + data;
}

TEST(Xls, ReadsCellsOfEveryKind) {
    const std::string globals =
        record(0x041E, u16(164) + narrow("dd/mm/yyyy")) +
        record(0x00E0, u16(0) + u16(0) + std::string(16, '\0')) +
        record(0x00E0, u16(0) + u16(164) + std::string(16, '\0')) +
        record(0x00E0, u16(0) + u16(10) + std::string(16, '\0')) +
        record(0x00FC, u32(2) + u32(2) + narrow("Ann") + u16(2) + '\1' + wide(u"\u00E6\u0105"));
    const std::string cells =
        record(0x00FD, at(0, 0) + u32(0)) + record(0x00FD, at(0, 1) + u32(1)) +
        record(0x0203, at(0, 2) + f64(0.0452)) + record(0x0203, at(0, 3, 1) + f64(46327)) +
        record(0x027E, at(0, 4, 2) + u32((45U << 2U) | 3U)) +
        record(0x00BD, u16(0) + u16(5) + u16(0) + u32((7U << 2U) | 2U) + u16(0) +
                           u32(std::bit_cast<std::uint64_t>(2.5) >> 32U) + u16(6)) +
        record(0x0205, at(0, 7) + '\1' + '\0') + record(0x0205, at(0, 8) + '\x2A' + '\1') +
        record(0x0204, at(0, 9) + narrow("label"));
    EXPECT_THAT(read_bytes(stream(globals, cells)).lines,
                ElementsAre("1: A=text Ann; B=text \xC3\xA6\xC4\x85; C=number 0.0452; D=date "
                            "2026-11-01; E=number 0.45%; F=number 7; G=number 2.5; H=bool true; "
                            "I=error #N/A; J=text label"));
}

TEST(Xls, ReadsFormulasByTheirLastValue) {
    const Reading reading = read_bytes(stream(
        "", formula(0, 0, f64(3)) + formula(0, 1, kTextFollows) + record(0x0207, narrow("text")) +
                formula(0, 2, std::string("\1\0\1\0\0\0\xFF\xFF", 8)) +
                formula(0, 3, std::string("\2\0\x07\0\0\0\xFF\xFF", 8)) +
                formula(0, 4, std::string("\3\0\0\0\0\0\xFF\xFF", 8)) +
                formula(0, 5, kTextFollows)));
    EXPECT_THAT(reading.lines,
                ElementsAre("1: A=number 3; B=text text; C=bool true; D=error #DIV/0!"));
    EXPECT_EQ(reading.formulas_without_value, 1U);
}

TEST(Xls, AppliesMergesLinksAndWhatIsHidden) {
    const std::string url = wide(u"https://a.example/ann") + u16(0);
    const std::string moniker =
        std::string("\xE0\xC9\xEA\x79\xF9\xBA\xCE\x11\x8C\x82\0\xAA\0\x4B\xA9\x0B", 16);
    const std::string link = u16(0) + u16(0) + u16(0) + u16(0) + std::string(16, 'g') + u32(2) +
                             u32(0x17) + u32(4) + wide(u"Ann") + u16(0) + moniker +
                             u32(url.size()) + url;
    const std::string tokens = std::string("\x17\x11\0https://b.example", 20) +
                               std::string("\x17\2\0Bo", 5) + std::string("\x42\2\x67\1", 4);
    const std::string cells =
        record(0x007D, u16(2) + u16(3) + u16(0) + u16(0) + u16(1) + u16(0)) +
        record(0x0208, u16(1) + std::string(10, '\0') + u32(0x20)) +
        record(0x0204, at(0, 0) + narrow("@ann")) + record(0x0203, at(0, 3) + f64(1)) +
        record(0x0203, at(1, 3) + f64(2)) + formula(2, 0, kTextFollows, tokens) +
        record(0x0207, narrow("Bo")) + record(0x00E5, u16(1) + u16(0) + u16(1) + u16(0) + u16(1)) +
        record(0x01B8, link);
    EXPECT_THAT(read_bytes(stream("", cells)).lines,
                ElementsAre("1: A=text @ann -> https://a.example/ann; B+=text @ann -> "
                            "https://a.example/ann; ~D=number 1",
                            "~2: A+=text @ann -> https://a.example/ann; B+=text @ann -> "
                            "https://a.example/ann; ~D=number 2",
                            "3: A=text Bo -> https://b.example"));
}

TEST(Xls, ReadsTextsThatGoOnInTheNextRecord) {
    const std::string globals =
        record(0x00FC, u32(2) + u32(2) + u16(6) + '\0' + "abc") +
        record(0x003C, std::string(1, '\1') + wide(u"d\u0105f") + u16(2) + '\x08' + u16(1) + "xy") +
        record(0x003C, "RUNS");
    EXPECT_THAT(read_bytes(stream(globals, record(0x00FD, at(0, 0) + u32(0)) +
                                               record(0x00FD, at(0, 1) + u32(1))))
                    .lines,
                ElementsAre("1: A=text abcd\xC4\x85"
                            "f; B=text xy"));
}

TEST(Xls, ReadsBiff5InItsCodePage) {
    const std::string globals = record(0x0042, u16(1251));
    const std::string cells = record(0x0204, at(0, 0) + u16(2) + "\xC4\xE0");
    EXPECT_THAT(read_bytes(stream(globals, cells, 0x0500)).lines,
                ElementsAre("1: A=text \xD0\x94\xD0\xB0"));
}

TEST(Xls, PutsCellsIntoOrder) {
    const std::string cells = record(0x0203, at(4, 1) + f64(3)) +
                              record(0x0203, at(0, 2) + f64(2)) +
                              record(0x0203, at(0, 0) + f64(1)) + record(0x0203, at(4, 1) + f64(4));
    EXPECT_THAT(read_bytes(stream("", cells)).lines,
                ElementsAre("1: A=number 1; C=number 2", "5: B=number 4"));
}

TEST(Xls, IsFoundInACompoundFile) {
    std::string cells;
    for (int i = 0; i < 400; ++i) {
        cells += record(0x0203, at(static_cast<std::size_t>(i), 0) + f64(i));
    }
    const Reading reading = read_bytes(compound({{u"x", "x"}, {u"WORKBOOK", stream("", cells)}}));
    EXPECT_THAT(reading.error, IsEmpty());
    EXPECT_EQ(reading.lines.size(), 400U);
}

TEST(Xls, WhatCannotBeReadIsSaid) {
    const std::string whole = stream("", record(0x0203, at(0, 0) + f64(1)));
    EXPECT_THAT(read_bytes(stream(record(0x002F, u16(1)), "")).error, HasSubstr("password"));
    EXPECT_THAT(read_bytes(compound({{u"EncryptedPackage", "x"}})).error, HasSubstr("password"));
    EXPECT_THAT(read_bytes(compound({{u"WordDocument", "x"}})).error, HasSubstr("no workbook"));
    EXPECT_THAT(read_bytes(record(0x0209, std::string(6, '\0')) + std::string(20, '\0')).error,
                HasSubstr("Excel 4"));
    EXPECT_THAT(read_bytes(compound({{u"Workbook", whole}}).substr(0, 700)).error,
                HasSubstr("damaged or cut short"));
    const Reading cut = read_bytes(whole.substr(0, whole.size() - 4));
    EXPECT_THAT(cut.lines, ElementsAre("1: A=number 1"));
    EXPECT_THAT(cut.error, HasSubstr("'roster.xlsx', sheet 'Roster': the sheet is cut short here"));
    EXPECT_THAT(read_bytes(stream("", record(0x00FD, at(0, 0) + u32(7)))).error,
                HasSubstr("row 1, column 1: the cell's text is not in the file's table"));
}

TEST(Xls, SharedStringsBeyondTheLimitAreRefused) {
    WorkbookLimits limits;
    limits.text_bytes_max = 1024;
    std::string strings;
    for (int i = 0; i < 200; ++i) {
        strings += narrow("a");
    }
    const std::string bytes = stream(record(0x00FC, u32(200) + u32(200) + strings), "");
    EXPECT_THAT(read_bytes(bytes, limits).error, HasSubstr("text_bytes_max = 1024"));
    EXPECT_THAT(read_bytes(bytes).error, IsEmpty());
}

}  // namespace
}  // namespace spreadsheet::test
