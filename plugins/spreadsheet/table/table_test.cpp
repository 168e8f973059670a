#include "follower.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace spreadsheet {
namespace {

/// Rows out of a drawing: a line a row, "|" between cells, empty lines stay empty. "<" repeats the
/// cell at the left and "^" the one above, as merged cells do; a text in square brackets is a link.
std::vector<Row> drawn(const std::string& drawing) {
    std::vector<Row> rows;
    std::istringstream lines(drawing);
    std::string line;
    std::vector<std::string> above;
    for (std::uint64_t number = 0; std::getline(lines, line); ++number) {
        if (number == 0) {
            continue;  // the line end that opens the raw string
        }
        Row row;
        row.number = number;
        std::vector<std::string> texts;
        std::istringstream cells(line);
        std::string cell;
        while (std::getline(cells, cell, '|')) {
            const std::size_t begin = cell.find_first_not_of(' ');
            cell = begin == std::string::npos
                       ? ""
                       : cell.substr(begin, cell.find_last_not_of(' ') + 1 - begin);
            const std::size_t column = texts.size();
            const bool merged = cell == "<" || cell == "^";
            if (merged) {
                cell = cell == "<" ? texts.at(column - 1) : above.at(column);
            }
            texts.push_back(cell);
            if (!cell.empty()) {
                Cell made;
                made.column = static_cast<std::uint32_t>(column);
                made.text = cell;
                made.is_merged_copy = merged;
                row.cells.push_back(std::move(made));
            }
        }
        above = texts;
        if (!row.cells.empty()) {
            rows.push_back(std::move(row));
        }
    }
    return rows;
}

/// Writes down what it takes.
class Notebook final : public Taker {
  public:
    void table(const Table&, const std::string& about) override { text += "# " + about + "\n"; }
    bool record(const Table& table, const Row& row, std::string_view section) override {
        std::string line;
        for (std::size_t i = 0; i < row.cells.size(); ++i) {
            if (is_copy_from_left(row, i)) {
                continue;
            }
            const Cell& cell = row.cells[i];
            const std::string name =
                table.is_turned ? table.names.at(cell.column) : table.name_of(cell.column);
            line += (line.empty() ? "" : ", ") + name + "=" + cell.text;
        }
        text += line + (section.empty() ? "" : " (" + std::string(section) + ")") + "\n";
        rows.insert(row.number);
        is_turned |= table.is_turned;
        return true;
    }
    void quarantine(const Row& row, std::string_view) override {
        text += "quarantined: row " + std::to_string(row.number) + "\n";
        rows.insert(row.number);
    }
    void refused(std::uint64_t count, const std::string& why) override {
        text += "refused: " + why.substr(0, why.find("; if there")) + "\n";
        refused_rows = count;
    }

    std::string text;
    std::set<std::uint64_t> rows;
    std::uint64_t refused_rows = 0;
    bool is_turned = false;
};

std::string followed(const std::string& drawing, const TableSettings& settings = {},
                     std::vector<NamedTable> named = {}) {
    Notebook notebook;
    SheetFollower follower(settings, std::move(named), notebook);
    for (Row& row : drawn(drawing)) {
        follower.take(row);
    }
    follower.finish();
    return "\n" + notebook.text + "= " + follower.summary() + "\n";
}

TEST(Tables, AHeaderInTheFirstRow) {
    EXPECT_EQ(followed(R"(
Name | Handle | Followers
Ida  | @ida   | 12
Bo   | @bo    | 7
)"),
              R"(
# header in row 1: Name, Handle, Followers
Name=Ida, Handle=@ida, Followers=12
Name=Bo, Handle=@bo, Followers=7
= 2 records; 1 row of headers (row 1)
)");
}

TEST(Tables, TitlesAboveAndNotesBelow) {
    EXPECT_EQ(followed(R"(
Roster autumn 2026
Confidential

Navn | Insta | Følgere
Ida  | @ida  | 12
Bo   | @bo   | 7

* Followers as of 1 November
)"),
              R"(
# header in row 4: Navn, Insta, Følgere
Navn=Ida, Insta=@ida, Følgere=12
Navn=Bo, Insta=@bo, Følgere=7
= 2 records; 2 rows of titles or notes above (rows 1-2); 1 row of headers (row 4); 1 row of notes (row 8)
)");
}

TEST(Tables, LabelledFactsAboveATableAreNoTable) {
    EXPECT_EQ(followed(R"(
Campaign: | Summer
Owner:    | Mette

Name | Handle | Followers | City
Ida  | @ida   | 12        | Odense
Bo   | @bo    | 7         | Ribe
)"),
              R"(
# header in row 4: Name, Handle, Followers, City
Name=Ida, Handle=@ida, Followers=12, City=Odense
Name=Bo, Handle=@bo, Followers=7, City=Ribe
= 2 records; 2 rows of titles or notes above (rows 1-2); 1 row of headers (row 4)
)");
}

TEST(Tables, WithoutAHeaderColumnsAreCalledByTheirLetters) {
    EXPECT_EQ(followed(R"(
Ida Holm | @ida | 12
Bo Rask  | @bo  | 7
)"),
              R"(
# no header: column A, column B, column C
column A=Ida Holm, column B=@ida, column C=12
column A=Bo Rask, column B=@bo, column C=7
= 2 records
)");
}

TEST(Tables, TextsThatComeAgainBelowAreNoHeader) {
    EXPECT_EQ(followed(R"(
Ida | Odense | beauty
Bo  | Odense | travel
Liv | Ribe   | beauty
)"),
              R"(
# no header: column A, column B, column C
column A=Ida, column B=Odense, column C=beauty
column A=Bo, column B=Odense, column C=travel
column A=Liv, column B=Ribe, column C=beauty
= 3 records
)");
}

TEST(Tables, GroupsAboveSubHeadersByMergedCells) {
    EXPECT_EQ(followed(R"(
Name | Instagram | <         | TikTok | <
^    | Handle    | Followers | Handle | Followers
Ida  | @ida      | 12        | @idat  | 3
Bo   | @bo       | 7         |        |
)"),
              R"(
# header in row 1 and 2: Name, Instagram Handle, Instagram Followers, TikTok Handle, TikTok Followers
Name=Ida, Instagram Handle=@ida, Instagram Followers=12, TikTok Handle=@idat, TikTok Followers=3
Name=Bo, Instagram Handle=@bo, Instagram Followers=7
= 2 records; 2 rows of headers (rows 1-2)
)");
}

TEST(Tables, GroupsAboveSubHeadersInCsvReachToTheNext) {
    EXPECT_EQ(followed(R"(
     | Instagram |           | TikTok |
Name | Handle    | Followers | Handle | Followers
Ida  | @ida      | 12        | @idat  | 3
)"),
              R"(
# header in row 1 and 2: Name, Instagram Handle, Instagram Followers, TikTok Handle, TikTok Followers
Name=Ida, Instagram Handle=@ida, Instagram Followers=12, TikTok Handle=@idat, TikTok Followers=3
= 1 record; 2 rows of headers (rows 1-2)
)");
}

TEST(Tables, ATitleMergedOverEverythingIsNoGroup) {
    EXPECT_EQ(followed(R"(
Our creators | <      | <
Name         | Handle | Followers
Ida          | @ida   | 12
Bo           | @bo    | 7
)"),
              R"(
# header in row 2: Name, Handle, Followers
Name=Ida, Handle=@ida, Followers=12
Name=Bo, Handle=@bo, Followers=7
= 2 records; 1 row of titles or notes above (row 1); 1 row of headers (row 2)
)");
}

TEST(Tables, RepeatedHeadersOfPageBreaksAreLeftOut) {
    EXPECT_EQ(followed(R"(
Name | Handle
Ida  | @ida
Name | Handle
Bo   | @bo

Name | Handle
Liv  | @liv
)"),
              R"(
# header in row 1: Name, Handle
Name=Ida, Handle=@ida
Name=Bo, Handle=@bo
Name=Liv, Handle=@liv
= 3 records; 1 row of headers (row 1); 2 rows that repeat the header (rows 3, 6)
)");
}

TEST(Tables, TotalsAreLeftOutByTheirLabelOrAsTheSumOfWhatStandsAbove) {
    EXPECT_EQ(followed(R"(
Navn    | Følgere | Pris
Ida     | 12      | 100
Bo      | 7       | 50
I alt   | 19      | 150
Liv     | 5       | 20
Kaj     | 6       | 30
        | 11      | 50
)"),
              R"(
# header in row 1: Navn, Følgere, Pris
Navn=Ida, Følgere=12, Pris=100
Navn=Bo, Følgere=7, Pris=50
Navn=Liv, Følgere=5, Pris=20
Navn=Kaj, Følgere=6, Pris=30
= 4 records; 1 row of headers (row 1); 2 rows of totals (rows 4, 7)
)");
}

TEST(Tables, APersonWhoseNameOpensLikeATotalStays) {
    EXPECT_EQ(followed(R"(
Name        | Handle | Followers
Total Drama | @drama | 12
Sum Yi      | @sumyi | 7
)"),
              R"(
# header in row 1: Name, Handle, Followers
Name=Total Drama, Handle=@drama, Followers=12
Name=Sum Yi, Handle=@sumyi, Followers=7
= 2 records; 1 row of headers (row 1)
)");
}

TEST(Tables, SectionRowsHoldForThoseBelow) {
    EXPECT_EQ(followed(R"(
Name              | Handle | Followers
Micro influencers
Ida               | @ida   | 12
Bo                | @bo    | 7
Macro influencers
Liv               | @liv   | 300
)"),
              R"(
# header in row 1: Name, Handle, Followers
Name=Ida, Handle=@ida, Followers=12 (Micro influencers)
Name=Bo, Handle=@bo, Followers=7 (Micro influencers)
Name=Liv, Handle=@liv, Followers=300 (Macro influencers)
= 3 records; 1 row of headers (row 1); 2 rows of section names (rows 2, 5)
)");
}

TEST(Tables, APersonOfWhomOnlyTheNameIsKnownIsNoSection) {
    EXPECT_EQ(followed(R"(
Name        | Handle | Followers
Ida Holm    | @ida   | 12
Bo Rask
Liv Dahl    | @liv   | 300
Kaj Lund    | @kaj   | 20
)"),
              R"(
# header in row 1: Name, Handle, Followers
Name=Ida Holm, Handle=@ida, Followers=12
Name=Bo Rask
Name=Liv Dahl, Handle=@liv, Followers=300
Name=Kaj Lund, Handle=@kaj, Followers=20
= 4 records; 1 row of headers (row 1)
)");
}

TEST(Tables, SectionsCanBeSwitchedOff) {
    TableSettings settings;
    settings.sections = false;
    EXPECT_EQ(followed(R"(
Name              | Handle | Followers
Micro influencers
Ida               | @ida   | 12
)",
                       settings),
              R"(
# header in row 1: Name, Handle, Followers
Name=Micro influencers
Name=Ida, Handle=@ida, Followers=12
= 2 records; 1 row of headers (row 1)
)");
}

TEST(Tables, EmptyRowsAndColumnsAreNoEnd) {
    EXPECT_EQ(followed(R"(
 | Name | | Handle | Followers

 | Ida  | | @ida   | 12

 | Bo   | | @bo    | 7
)"),
              R"(
# header in row 1: Name, column C, Handle, Followers
Name=Ida, Handle=@ida, Followers=12
Name=Bo, Handle=@bo, Followers=7
= 2 records; 1 row of headers (row 1)
)");
}

TEST(Tables, TwoTablesBelowEachOther) {
    EXPECT_EQ(followed(R"(
Name | Handle | Followers
Ida  | @ida   | 12
Bo   | @bo    | 7

Agencies
Company | Email          | Phone
North   | a@north.example | 12 34 56 78
South   | b@south.example | 87 65 43 21
)"),
              R"(
# header in row 1: Name, Handle, Followers
Name=Ida, Handle=@ida, Followers=12
Name=Bo, Handle=@bo, Followers=7
# header in row 6: Company, Email, Phone
Company=North, Email=a@north.example, Phone=12 34 56 78
Company=South, Email=b@south.example, Phone=87 65 43 21
= 4 records in 2 tables; 1 row of titles or notes above (row 5); 2 rows of headers (rows 1, 6)
)");
}

TEST(Tables, TheFirstTableAloneWhereTheConfigSaysSo) {
    TableSettings settings;
    settings.first_table_only = true;
    EXPECT_EQ(followed(R"(
Name | Handle
Ida  | @ida
Bo   | @bo

Company | Email
North   | a@north.example
)",
                       settings),
              R"(
# header in row 1: Name, Handle
Name=Ida, Handle=@ida
Name=Bo, Handle=@bo
= 2 records; 1 row of headers (row 1); 2 rows outside of what is read (rows 5-6)
)");
}

TEST(Tables, TwoTablesSideBySide) {
    EXPECT_EQ(followed(R"(
Name | Handle | | Name | Handle
Ida  | @ida   | | Liv  | @liv
Bo   | @bo    | | Kaj  | @kaj
Per  | @per   | |      |
)"),
              R"(
# header in row 1: Name, Handle
Name=Ida, Handle=@ida
Name=Bo, Handle=@bo
Name=Per, Handle=@per
# header in row 1: Name, Handle
Name=Liv, Handle=@liv
Name=Kaj, Handle=@kaj
= 5 records in 2 tables; 2 rows of headers (rows 1, 1)
)");
}

TEST(Tables, ASmallSummaryBesideTheRosterDoesNotStickToItsFirstPeople) {
    EXPECT_EQ(followed(R"(
Name | Handle | Followers | | Platform  | People
Ida  | @ida   | 12        | | Instagram | 5
Bo   | @bo    | 7         | | TikTok    | 1
Liv  | @liv   | 3         |
Kaj  | @kaj   | 9         |
Per  | @per   | 8         |
Eva  | @eva   | 4         |
Tim  | @tim   | 2         |
)"),
              R"(
# header in row 1: Name, Handle, Followers
Name=Ida, Handle=@ida, Followers=12
Name=Bo, Handle=@bo, Followers=7
Name=Liv, Handle=@liv, Followers=3
Name=Kaj, Handle=@kaj, Followers=9
Name=Per, Handle=@per, Followers=8
Name=Eva, Handle=@eva, Followers=4
Name=Tim, Handle=@tim, Followers=2
# header in row 1: Platform, People
Platform=Instagram, People=5
Platform=TikTok, People=1
= 9 records in 2 tables; 2 rows of headers (rows 1, 1)
)");
}

TEST(Tables, LabelsDownTheFirstColumnMakeEachOtherColumnARecord) {
    EXPECT_EQ(followed(R"(
Creators
Name      | Ida            | Bo
Instagram | @ida           | @bo
Email     | ida@h.example  | bo@r.example
Followers | 12             | 7
)"),
              R"(
# transposed, labels in column A: Name, Instagram, Email, Followers
Name=Ida, Instagram=@ida, Email=ida@h.example, Followers=12
Name=Bo, Instagram=@bo, Email=bo@r.example, Followers=7
= 2 records; 1 row of titles or notes above (row 1); 4 rows of labels and their values (rows 2-5)
)");
}

TEST(Tables, OnePersonOverSeveralRowsByMergedCells) {
    EXPECT_EQ(followed(R"(
Name | Platform  | Handle
Ida  | Instagram | @ida
^    | TikTok    | @idat
Bo   | YouTube   | @bo
)"),
              R"(
# header in row 1: Name, Platform, Handle
Name=Ida, Platform=Instagram, Handle=@ida
Name=Ida, Platform=TikTok, Handle=@idat
Name=Bo, Platform=YouTube, Handle=@bo
= 3 records; 1 row of headers (row 1)
)");
}

TEST(Tables, OnePersonOverSeveralRowsByAnEmptyName) {
    EXPECT_EQ(followed(R"(
Name | Platform  | Handle | Email
Ida  | Instagram | @ida   | ida@h.example
     | TikTok    | @idat  |
     | Instagram | @who   | who@w.example
)"),
              R"(
# header in row 1: Name, Platform, Handle, Email
Name=Ida, Platform=Instagram, Handle=@ida, Email=ida@h.example
Name=Ida, Platform=TikTok, Handle=@idat
Platform=Instagram, Handle=@who, Email=who@w.example
= 3 records; 1 row of headers (row 1); in 1 row the name is continued from above
)");
}

TEST(Tables, ColumnsThatTheConfigNamesAreFilledFromAbove) {
    TableSettings settings;
    settings.fill_down = TableSettings::FillDown::Named;
    settings.fill_columns = {"Agency"};
    EXPECT_EQ(followed(R"(
Agency | Name | Handle
North  | Ida  | @ida
       | Bo   | @bo
South  | Liv  | @liv
)",
                       settings),
              R"(
# header in row 1: Agency, Name, Handle
Agency=North, Name=Ida, Handle=@ida
Agency=North, Name=Bo, Handle=@bo
Agency=South, Name=Liv, Handle=@liv
= 3 records; 1 row of headers (row 1); in 1 row the name is continued from above
)");
}

TEST(Tables, NumbersByMonthAreAReport) {
    EXPECT_EQ(followed(R"(
Month    | Reach | Posts
January  | 1200  | 3
February | 1500  | 4
March    | 1900  | 6
)"),
              R"(
refused: no table of people was found: its columns (Month, Reach, Posts) are numbers by month, platform, country or the like, as under a chart, and nothing in it names people
= 0 records; refused: 4 rows
)");
}

TEST(Tables, BlocksSideBySideAreAReport) {
    EXPECT_EQ(followed(R"(
Reach    | 1200 | | Posts   | 30 | | Budget | 5000
Target   | 2000 | | Planned | 40 | | Spent  | 4100
)"),
              R"(
refused: no table of people was found: 3 blocks of labels and figures stand side by side
= 0 records; refused: 2 rows
)");
}

TEST(Tables, LinesOfTextAreNoTable) {
    EXPECT_EQ(followed(R"(
How to use this sheet
Please write one creator a row and do not forget to fill in the handle and the number of followers.
Ask Mette where anything is unclear, and never send this sheet to anybody outside of the agency.
)"),
              R"(
refused: no table of people was found: it holds lines of text, one cell a row
= 0 records; refused: 3 rows
)");
}

TEST(Tables, ARangeForcesAReport) {
    TableSettings settings;
    settings.range = TableSettings::Range{0, 1, 1, 3};
    EXPECT_EQ(followed(R"(
Month    | Reach | Posts
January  | 1200  | 3
February | 1500  | 4
March    | 1900  | 6
)",
                       settings),
              R"(
# header in row 1: Month, Reach
Month=January, Reach=1200
Month=February, Reach=1500
= 2 records; 1 row of headers (row 1); 1 row outside of what is read (row 4)
)");
}

TEST(Tables, TheHeaderRowsThatTheConfigNames) {
    TableSettings settings;
    settings.header_rows = {{2, 3}};
    EXPECT_EQ(followed(R"(
Anything | else | here
A | B |
 x | y | z
1 | 2 | 3
)",
                       settings),
              R"(
# header in row 2 and 3: A x, B y, B z
A x=1, B y=2, B z=3
= 1 record; 1 row of titles or notes above (row 1); 2 rows of headers (rows 2-3)
)");
}

TEST(Tables, NoHeaderWhereTheConfigSaysSo) {
    TableSettings settings;
    settings.header_rows = std::vector<std::uint64_t>{};
    EXPECT_EQ(followed(R"(
Name | Handle
Ida  | @ida
)",
                       settings),
              R"(
# no header: column A, column B
column A=Name, column B=Handle
column A=Ida, column B=@ida
= 2 records
)");
}

TEST(Tables, TheWorkbooksOwnTableSaysWhereItsHeaderIs) {
    NamedTable named;
    named.first_column = 0;
    named.last_column = 1;
    named.first_row = 3;
    named.last_row = 6;
    named.totals_rows = 1;
    EXPECT_EQ(followed(R"(
12 | 13
14 | 15
aa | bb
1  | 2
3  | 4
40 | 60
)",
                       {}, {named}),
              R"(
# header in row 3: aa, bb
aa=1, bb=2
aa=3, bb=4
= 2 records; 2 rows of titles or notes above (rows 1-2); 1 row of headers (row 3); 1 row of totals (row 6)
)");
}

TEST(Tables, HiddenRowsCanBeLeftOut) {
    TableSettings settings;
    settings.hidden_rows = false;
    Notebook notebook;
    SheetFollower follower(settings, {}, notebook);
    std::vector<Row> rows = drawn("\nName | Handle\nIda | @ida\nBo | @bo\n");
    rows[1].is_hidden = true;
    for (Row& row : rows) {
        follower.take(row);
    }
    follower.finish();
    EXPECT_EQ(follower.summary(), "1 record; 1 row of headers (row 1); 1 row hidden (row 2)");
}

TEST(Tables, NamesAreUniqueAndNoneIsOneOfOurs) {
    EXPECT_EQ(followed(R"(
Name | Name | (sheet) | column Z | Site (link) |  | Handle
Ida  | Holm | x       | 1        | y           | z | @ida
Bo   | Rask | x       | 1        | y           | z | @bo
)"),
              R"(
# header in row 1: Name, Name (2), (sheet) (2), column Z (2), Site (link) (2), column F, Handle
Name=Ida, Name (2)=Holm, (sheet) (2)=x, column Z (2)=1, Site (link) (2)=y, column F=z, Handle=@ida
Name=Bo, Name (2)=Rask, (sheet) (2)=x, column Z (2)=1, Site (link) (2)=y, column F=z, Handle=@bo
= 2 records; 1 row of headers (row 1)
)");
}

TEST(Tables, ALoneTextApartFromTheTableGoesToQuarantine) {
    EXPECT_EQ(followed(R"(
Name | Handle | Followers
Ida  | @ida   | 12
Bo   | @bo    | 7


Liv Dahl
)"),
              R"(
# header in row 1: Name, Handle, Followers
Name=Ida, Handle=@ida, Followers=12
Name=Bo, Handle=@bo, Followers=7
quarantined: row 6
= 2 records; 1 row of headers (row 1); 1 row in quarantine
)");
}

/// A sheet of all kinds of rows in any order.
std::vector<Row> random_sheet(std::uint32_t seed) {
    std::mt19937 random(seed);
    const auto any = [&](std::uint32_t count) {
        return static_cast<std::size_t>(random() % count);
    };
    static const std::vector<std::string> kTexts = {
        "Name",          "Handle",      "Followers", "Ida Holm",  "@ida", "12",
        "4,5",           "Total",       "I alt",     "Micro",     "2026", "* note",
        "www.x.example", "x@y.example", "",          "Instagram", "Q1"};
    std::vector<Row> rows;
    std::uint64_t number = 0;
    const std::size_t count = any(3) == 0 ? 1000 : 1 + any(60);
    const auto columns = static_cast<std::uint32_t>(1 + any(8));
    for (std::size_t i = 0; i < count; ++i) {
        number += 1 + (any(6) == 0 ? any(3) : 0);
        Row row;
        row.number = number;
        row.is_hidden = any(30) == 0;
        const std::size_t kind = any(8);
        for (std::uint32_t column = 0; column < columns; ++column) {
            if (kind == 0 ? column > 0 : any(5) == 0) {
                continue;
            }
            Cell cell;
            cell.column = column;
            cell.text = kind < 5
                            ? (column == 0 ? "Person " + std::to_string(i) : kTexts[4 + any(3)])
                            : kTexts[any(static_cast<std::uint32_t>(kTexts.size()))];
            cell.is_merged_copy = any(20) == 0;
            if (!cell.text.empty()) {
                row.cells.push_back(std::move(cell));
            }
        }
        if (!row.cells.empty()) {
            rows.push_back(std::move(row));
        }
    }
    return rows;
}

TEST(Tables, NoRowIsLost) {
    for (std::uint32_t seed = 0; seed < 2000; ++seed) {
        SCOPED_TRACE(seed);
        std::vector<Row> rows = random_sheet(seed);
        TableSettings settings;
        settings.hidden_rows = seed % 3 != 0;
        settings.first_table_only = seed % 5 == 0;
        settings.sections = seed % 7 != 0;
        if (seed % 11 == 0) {
            settings.range = TableSettings::Range{1, 3, 2, 40};
        }
        if (seed % 13 == 0) {
            settings.header_rows = {{2}};
        }
        Notebook notebook;
        SheetFollower follower(settings, {}, notebook);
        std::set<std::uint64_t> given;
        for (Row& row : rows) {
            given.insert(row.number);
            follower.take(row);
        }
        follower.finish();
        const SheetCounts& counts = follower.counts();
        EXPECT_EQ(counts.rows, given.size());
        if (counts.refused > 0) {
            EXPECT_EQ(notebook.refused_rows, counts.refused);
            std::uint64_t aside = 0;
            for (const RowList& list : counts.aside) {
                aside += list.count();
            }
            EXPECT_EQ(counts.refused + aside, given.size());
            continue;
        }
        std::set<std::uint64_t> named =
            notebook.is_turned ? std::set<std::uint64_t>{} : notebook.rows;
        bool all_shown = true;
        for (const RowList& list : counts.aside) {
            std::uint64_t shown = 0;
            for (const auto& [first, last] : list.ranges()) {
                for (std::uint64_t row = first; row <= last; ++row, ++shown) {
                    named.insert(row);
                }
            }
            all_shown &= shown == list.count();
        }
        if (all_shown) {
            EXPECT_EQ(named, given);
        } else {
            std::uint64_t all = counts.records + counts.quarantined;
            for (const RowList& list : counts.aside) {
                all += list.count();
            }
            EXPECT_GE(all, given.size());
        }
    }
}

TEST(Tables, HowRowsAreTakenChangesNothing) {
    // A long sheet and its first rows alone are found to be the same table.
    std::vector<Row> rows = drawn("\nName | Handle | Followers\n");
    for (std::uint64_t i = 0; i < 5000; ++i) {
        Row row;
        row.number = i + 2;
        for (std::uint32_t column = 0; column < 3; ++column) {
            row.cells.push_back({});
            row.cells.back().column = column;
            row.cells.back().text = column == 1 ? "@p" + std::to_string(i) : std::to_string(i * 7);
        }
        rows.push_back(std::move(row));
    }
    Notebook notebook;
    const TableSettings settings;
    SheetFollower follower(settings, {}, notebook);
    for (Row& row : rows) {
        follower.take(row);
    }
    follower.finish();
    EXPECT_EQ(follower.counts().records, 5000U);
}

}  // namespace
}  // namespace spreadsheet
