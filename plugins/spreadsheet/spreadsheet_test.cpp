#include "csv/csv_workbook.hpp"
#include "record.hpp"
#include "settings.hpp"
#include "spreadsheet.hpp"
#include "tests/support/recording_host.hpp"
#include "tests/support/scratch_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace spreadsheet {
namespace {

using coterie::ErrorKind;
using coterie::test::RecordingHost;
using coterie::test::ScratchFolder;
using nlohmann::json;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Reads one text as a file.
class SpreadsheetFile : public testing::Test {
  protected:
    coterie::Result<void> read(std::string_view text, json config = json::object()) {
        config["location"] = folder_.write("roster.csv", text);
        config_ = std::move(config);
        Spreadsheet source(config_);
        return host_.read(source);
    }
    std::string fault(std::string_view text, json config = json::object()) {
        const auto result = read(text, std::move(config));
        return result ? "" : result.error().message;
    }
    static std::string place(const std::string& where) {
        return where.substr(where.find("roster.csv"));
    }

    ScratchFolder folder_;
    json config_;
    RecordingHost host_;
};

TEST_F(SpreadsheetFile, ARosterAsPeopleMakeThem) {
    ASSERT_TRUE(read("Roster november;;;\n;;;\nNavn;Insta;Følgere;ER\nMicro influencers;;;\n"
                     "Ida Holm;@ida;12.500;4,52\nBo Rask;@bo;8.100;3,1\nI alt;;20.600;\n",
                     {{"key", "Navn"}}));
    EXPECT_THAT(host_.jsons(),
                ElementsAre(R"j({"Navn":"Ida Holm","Insta":"@ida","Følgere":"12500","ER":"4.52",)j"
                            R"j("(section)":"Micro influencers"})j",
                            R"j({"Navn":"Bo Rask","Insta":"@bo","Følgere":"8100","ER":"3.1",)j"
                            R"j("(section)":"Micro influencers"})j"));
    EXPECT_EQ(host_.records.at(0).id, "Ida Holm");
    EXPECT_EQ(place(host_.records.at(0).where), "roster.csv, row 5");
    EXPECT_THAT(host_.logs, Contains(HasSubstr("header in row 3: Navn, Insta, Følgere, ER")));
    EXPECT_THAT(host_.logs, Contains(HasSubstr("2 records; 1 row of titles or notes above (row 1); "
                                               "1 row of headers (row 3); 1 row of totals (row 7); "
                                               "1 row of section names (row 4)")));
}

TEST_F(SpreadsheetFile, WithoutAKeyTheCoreGivesTheIds) {
    ASSERT_TRUE(read("Name,Handle\nIda,@ida\n"));
    EXPECT_EQ(host_.records.at(0).id, "");
}

TEST_F(SpreadsheetFile, AKeyThatNoColumnHasIsAConfigError) {
    EXPECT_THAT(fault("Name,Handle\nIda,@ida\n", {{"key", "Nr."}}),
                HasSubstr("there is no column 'Nr.'; columns: Name, Handle"));
}

TEST_F(SpreadsheetFile, RowsOfAnotherWidthThanAllOthersAreQuarantined) {
    std::string text = "Name,Handle,City\n";
    for (int i = 0; i < 60; ++i) {
        text += "Person " + std::to_string(i) + ",@p" + std::to_string(i) + ",Odense\n";
    }
    ASSERT_TRUE(read(text + "Holm, Ida,@ida,Ribe\nBo,@bo\n"));
    EXPECT_EQ(host_.records.size(), 60U);
    ASSERT_EQ(host_.quarantined.size(), 2U);
    EXPECT_EQ(host_.quarantined[0].raw, "Holm, Ida,@ida,Ribe");
    EXPECT_EQ(place(host_.quarantined[0].where), "roster.csv, row 62");
    EXPECT_THAT(host_.quarantined[0].why, HasSubstr("4 cells where the other rows have 3"));
    EXPECT_THAT(host_.quarantined[1].why, HasSubstr("2 cells where the other rows have 3"));
}

TEST_F(SpreadsheetFile, MacRomanIsReadByItsLetters) {
    ASSERT_TRUE(read("Navn;By\nS\xBFren Kj\xBEr;\x81rhus\n"));
    EXPECT_THAT(host_.jsons(), ElementsAre(R"({"Navn":"Søren Kjær","By":"Århus"})"));
    EXPECT_THAT(host_.logs, Contains(HasSubstr("read as macintosh")));
}

TEST_F(SpreadsheetFile, ExcelsWayToKeepDigitsIsTakenOff) {
    ASSERT_TRUE(read("Name,Phone\nIda,\"=\"\"0012345678\"\"\"\nBo,=\"0087654321\"\n"));
    EXPECT_THAT(host_.jsons(), ElementsAre(R"({"Name":"Ida","Phone":"0012345678"})",
                                           R"({"Name":"Bo","Phone":"0087654321"})"));
}

TEST_F(SpreadsheetFile, AReportIsRefusedAndSaidSo) {
    ASSERT_TRUE(read("Month,Reach\nJanuary,12\nFebruary,14\n"));
    EXPECT_THAT(host_.records, IsEmpty());
    ASSERT_EQ(host_.quarantined.size(), 1U);
    EXPECT_THAT(host_.quarantined[0].why, HasSubstr("nothing in it names people"));
    EXPECT_THAT(host_.quarantined[0].why, HasSubstr("range: B3:K210"));
}

TEST_F(SpreadsheetFile, WhatIsNoTextIsAConfigError) {
    const std::string binary("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0\0\0\1\0\b\6\0\0\0", 29);
    EXPECT_THAT(fault(binary), HasSubstr("neither a workbook nor text"));
}

TEST_F(SpreadsheetFile, EveryCheckpointResumesExactly) {
    std::string text = "Title\n\nName,Handle,Followers\n";
    for (int i = 0; i < 12'345; ++i) {
        text += "Person " + std::to_string(i) + ",@p" + std::to_string(i) + "," +
                std::to_string(i * 3) + "\n";
    }
    ASSERT_TRUE(read(text));
    ASSERT_EQ(host_.records.size(), 12'345U);
    ASSERT_EQ(host_.checkpoints.size(), 3U);
    for (const auto& checkpoint : host_.checkpoints) {
        RecordingHost rest;
        Spreadsheet source(config_);
        ASSERT_TRUE(rest.read(source, checkpoint.cursor));
        EXPECT_EQ(rest.restarts, 0);
        EXPECT_EQ(checkpoint.records + rest.records.size(), host_.records.size());
        if (!rest.records.empty()) {
            EXPECT_EQ(rest.records.front(), host_.records[checkpoint.records]);
        }
    }
}

TEST_F(SpreadsheetFile, AFileThatChangedIsReadFromTheStart) {
    ASSERT_TRUE(read("Name,Handle\nIda,@ida\n"));
    const json cursor = host_.checkpoints.back().cursor;
    folder_.write("roster.csv", "Name,Handle\nIda,@ida\nBo,@borask\n");
    RecordingHost rest;
    Spreadsheet source(config_);
    ASSERT_TRUE(rest.read(source, cursor));
    EXPECT_EQ(rest.restarts, 1);
    EXPECT_EQ(rest.records.size(), 2U);
}

TEST_F(SpreadsheetFile, SeveralFilesSayWhichOneARecordIsFrom) {
    folder_.write("b.csv", "Name,Handle\nBo,@bo\n");
    const auto first = folder_.write("a.csv", "Name,Handle\nIda,@ida\n");
    Spreadsheet source(json{{"location", first.substr(0, first.size() - 5) + "*.csv"}});
    ASSERT_TRUE(host_.read(source));
    ASSERT_EQ(host_.records.size(), 2U);
    EXPECT_THAT(json::parse(host_.records[1].json).at("(file)").get<std::string>(),
                testing::EndsWith("b.csv"));
}

TEST_F(SpreadsheetFile, AFileThatCannotBeReadFailsTheReadButNotTheOthers) {
    const auto first = folder_.write("a.csv", std::string("\0\1\2\3\4\5\6\7", 8));
    folder_.write("b.csv", "Name,Handle\nBo,@bo\n");
    const json config = {{"location", first.substr(0, first.size() - 5) + "*.csv"}};
    Spreadsheet source(config);
    const auto result = host_.read(source);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::Config);
    EXPECT_EQ(host_.records.size(), 1U);
    // Going on from here would pass over the file that failed.
    RecordingHost rest;
    EXPECT_FALSE(rest.read(source, host_.checkpoints.back().cursor));
    EXPECT_EQ(rest.restarts, 1);
}

TEST(PercentText, ShiftsThePointByTwo) {
    EXPECT_EQ(percent_text("0.0452"), "4.52%");
    EXPECT_EQ(percent_text("1"), "100%");
    EXPECT_EQ(percent_text("-0.5"), "-50%");
    EXPECT_EQ(percent_text("0.005"), "0.5%");
    EXPECT_EQ(percent_text("12.5"), "1250%");
    EXPECT_EQ(percent_text("0"), "0%");
    EXPECT_EQ(percent_text("1e-05"), "0.001%");
}

/// A row of a table, as JSON.
std::string written(std::vector<Cell> cells) {
    Table table;
    for (std::uint32_t i = 0; i < cells.size(); ++i) {
        cells[i].column = i;
        table.names.push_back("c" + std::to_string(i));
    }
    Row row;
    row.cells = std::move(cells);
    const std::vector<std::string> nulls = {"n/a"};
    RecordWriter writer(table, nulls);
    return std::string(writer.write(row, {}));
}

Cell cell(CellKind kind, std::string text, std::string link = "") {
    Cell made;
    made.kind = kind;
    made.text = std::move(text);
    made.link = std::move(link);
    return made;
}

TEST(RecordOfACell, IsItsText) {
    Cell percent = cell(CellKind::Number, "0.0452");
    percent.is_percent = true;
    EXPECT_EQ(written({cell(CellKind::Text, "Ida \"the fox\"\n"), cell(CellKind::Number, "1250"),
                       cell(CellKind::Bool, "true"), percent, cell(CellKind::Text, " \xC2\xA0 ")}),
              R"({"c0":"Ida \"the fox\"\n","c1":"1250","c2":"true","c3":"4.52%"})");
}

TEST(RecordOfACell, LeavesOutErrorsAndNulls) {
    EXPECT_EQ(written({cell(CellKind::Error, "#N/A"), cell(CellKind::Text, "n/a")}), "");
}

TEST(RecordOfACell, HasALinkOfItsOwnWhereItLeadsElsewhereThanItSays) {
    EXPECT_EQ(written({cell(CellKind::Text, "Ida", "https://www.instagram.com/ida"),
                       cell(CellKind::Text, "a@b.example", "mailto:a@b.example"),
                       cell(CellKind::Text, "www.x.example", "http://www.x.example/")}),
              R"j({"c0":"Ida","c0 (link)":"https://www.instagram.com/ida","c1":"a@b.example",)j"
              R"j("c2":"www.x.example"})j");
}

TEST(RecordOfACell, MergedOverSeveralColumnsIsWrittenOnce) {
    Cell copy = cell(CellKind::Text, "on leave");
    copy.is_merged_copy = true;
    EXPECT_EQ(written({cell(CellKind::Text, "on leave"), copy}), R"({"c0":"on leave"})");
}

TEST(SpreadsheetSettings, NameWhatIsWrongInThem) {
    const auto fault = [](json config) {
        config["location"] = "x";
        const auto parsed = Settings::parse(config);
        return parsed ? "" : parsed.error().message;
    };
    EXPECT_THAT(fault({{"range", "B3"}}), HasSubstr("write it as B3:K210"));
    EXPECT_THAT(fault({{"range", "K3:B5"}}), HasSubstr("is no range"));
    EXPECT_THAT(fault({{"header_row", {3, 5}}}), HasSubstr("[3, 4]"));
    EXPECT_THAT(fault({{"delimiter", "\n"}}), HasSubstr("cannot be used"));
    EXPECT_EQ(fault({{"range", "B:K"}, {"header_row", 0}}), "");
}

TEST(SpreadsheetSettings, SheetsAreNamedOrMeantByAPattern) {
    const auto settings = Settings::parse({{"location", "x"}, {"sheets", {"Emner", "Tik*"}}});
    ASSERT_TRUE(settings);
    EXPECT_TRUE(settings->wants_sheet("Emner"));
    EXPECT_TRUE(settings->wants_sheet("TikTok"));
    EXPECT_FALSE(settings->wants_sheet("Instagram"));
}

}  // namespace
}  // namespace spreadsheet
