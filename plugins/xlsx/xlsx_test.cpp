#include "sheets.hpp"
#include "tests/support/feeding_host.hpp"
#include "tests/support/scratch_folder.hpp"
#include "workbook.hpp"
#include "xlsx.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>
#include <string>
#include <vector>

namespace xlsx {
namespace {

using coterie::ErrorKind;
using coterie::test::FeedingHost;
using coterie::test::ScratchFolder;
using nlohmann::json;
using testing::HasSubstr;

std::string bytes_of(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

json person(int number) {
    return {{"id", "inf_" + std::to_string(number)},
            {"kind", "person"},
            {"name", {{"display", "Person " + std::to_string(number)}}},
            {"sources", json::array()},
            {"provenance", json::object()},
            {"revision", 1}};
}

std::vector<json> people(int count) {
    std::vector<json> all;
    for (int number = 1; number <= count; ++number) {
        all.push_back(person(number));
    }
    return all;
}

/// The golden record's cell under a header.
Cell cell_under(const std::string& header, const json& golden) {
    const auto columns = influencer_columns();
    const auto row = influencer_row(golden);
    EXPECT_EQ(columns.size(), row.size());
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (columns[i] == header) {
            return row[i];
        }
    }
    ADD_FAILURE() << "no column " << header;
    return {};
}

// --- Cells -----------------------------------------------------------------------------------

struct Moment {
    const char* text;
    Cell::Kind kind;
    friend std::ostream& operator<<(std::ostream& out, const Moment& m) { return out << m.text; }
};
class MomentCell : public testing::TestWithParam<Moment> {};

TEST_P(MomentCell, IsADateOnlyWhereExcelKnowsIt) {
    EXPECT_EQ(Cell::of_moment(GetParam().text).kind, GetParam().kind);
}
INSTANTIATE_TEST_SUITE_P(Moments, MomentCell,
                         testing::Values(Moment{"2026-03-01", Cell::Kind::Date},
                                         Moment{"2026-03-01T10:15:00Z", Cell::Kind::Time},
                                         Moment{"2026-03-01T10:15:00.250Z", Cell::Kind::Time},
                                         Moment{"1899-12-31", Cell::Kind::Text},
                                         Moment{"2026-13-01", Cell::Kind::Text},
                                         Moment{"2026-03-01T10:15:00+02:00", Cell::Kind::Text},
                                         Moment{"yesterday", Cell::Kind::Text},
                                         Moment{"", Cell::Kind::Empty}));

struct Link {
    const char* url;
    Cell::Kind kind;
    friend std::ostream& operator<<(std::ostream& out, const Link& l) { return out << l.url; }
};
class LinkCell : public testing::TestWithParam<Link> {};

TEST_P(LinkCell, LeadsToTheWebOrAMailboxAlone) {
    EXPECT_EQ(Cell::of_link("text", GetParam().url).kind, GetParam().kind);
}
INSTANTIATE_TEST_SUITE_P(Links, LinkCell,
                         testing::Values(Link{"https://www.example.com/a?b=c#d", Cell::Kind::Link},
                                         Link{"mailto:ida@example.com", Cell::Kind::Link},
                                         Link{"file:///etc/passwd", Cell::Kind::Text},
                                         Link{"javascript:alert(1)", Cell::Kind::Text},
                                         Link{"external:c:\\temp", Cell::Kind::Text},
                                         Link{"internal:Sheet1!A1", Cell::Kind::Text},
                                         Link{"https://a.example/\nb", Cell::Kind::Text},
                                         Link{"", Cell::Kind::Text}));

TEST(CellText, IsCutBeforeExcelsLimitAndSaysSo) {
    bool was_changed = false;
    EXPECT_EQ(cell_text(std::string(kCellUnitsMax, 'a'), was_changed).size(), kCellUnitsMax);
    EXPECT_FALSE(was_changed);
    const auto cut = cell_text(std::string(kCellUnitsMax + 1, 'a'), was_changed);
    EXPECT_TRUE(was_changed);
    EXPECT_TRUE(cut.ends_with(kCutMark));
    EXPECT_EQ(cut.size(), kCellUnitsMax + 2) << "one character of the mark has three bytes";
}

TEST(CellText, CountsAsExcelDoesAndCutsNoCharacterInTwo) {
    std::string emoji;
    for (std::size_t i = 0; i < kCellUnitsMax / 2 + 1; ++i) {
        emoji += "🎉";  // two units each
    }
    bool was_changed = false;
    const auto cut = cell_text(emoji, was_changed);
    EXPECT_TRUE(was_changed);
    const auto kept = cut.size() - kCutMark.size();
    EXPECT_EQ(kept % 4, 0U);
    EXPECT_LE(kept / 4 * 2 + 8, kCellUnitsMax);
}

TEST(CellText, KeepsWhatLooksLikeAnEscapeAndReplacesWhatXmlCannotHold) {
    bool was_changed = false;
    EXPECT_EQ(cell_text("_x0041_", was_changed), "_x005F_x0041_");
    EXPECT_EQ(cell_text("_x00G1_ _x41_", was_changed), "_x00G1_ _x41_");
    EXPECT_FALSE(was_changed);
    EXPECT_EQ(cell_text("a\uFFFFb", was_changed), "a\uFFFDb");
    EXPECT_TRUE(was_changed);
}

// --- Rows ------------------------------------------------------------------------------------

TEST(InfluencerRow, HasTypedCells) {
    auto golden = person(1);
    golden["audience"] = {{"total_followers", 12'300}};
    golden["relationship"] = {{"first_contact", "2026-03-01"},
                              {"last_contact", "2026-03-02T08:00:00Z"}};
    golden["emails"] = {{{"address", "ida@example.com"}}, {{"address", "two@example.com"}}};
    golden["phones"] = {{{"e164", "+4512345678"}}};
    golden["profiles"] = {{{"platform", "instagram"}, {"handle", "small"}, {"followers", 1}},
                          {{"platform", "instagram"},
                           {"handle", "=large"},
                           {"url", "https://www.instagram.com/large"},
                           {"followers", 9}},
                          {{"platform", "mastodon"}, {"url", "https://social.example/@ida"}}};
    EXPECT_EQ(cell_under("Followers", golden).kind, Cell::Kind::Count);
    EXPECT_EQ(cell_under("Followers", golden).number, 12'300);
    EXPECT_EQ(cell_under("First contact", golden).kind, Cell::Kind::Date);
    EXPECT_EQ(cell_under("Last contact", golden).kind, Cell::Kind::Time);
    EXPECT_EQ(cell_under("E-mail", golden).url, "mailto:ida@example.com");
    EXPECT_EQ(cell_under("Other e-mails", golden).text, "two@example.com");
    EXPECT_EQ(cell_under("Phone", golden).kind, Cell::Kind::Text);
    EXPECT_EQ(cell_under("Instagram", golden).url, "https://www.instagram.com/large");
    EXPECT_EQ(cell_under("Instagram", golden).text, "@=large");
    EXPECT_EQ(cell_under("Other profiles", golden).text,
              "instagram @small; https://social.example/@ida");
    EXPECT_EQ(profile_rows(golden).size(), 3U);
    EXPECT_EQ(profile_rows(golden)[0].size(), profile_columns().size());
}

TEST(InfluencerRow, OfAlmostNothingIsAlmostEmpty) {
    const auto row = influencer_row({{"id", "inf_a"}});
    EXPECT_EQ(row.size(), influencer_columns().size());
    EXPECT_EQ(cell_under("Id", {{"id", "inf_a"}}).text, "inf_a");
    EXPECT_EQ(cell_under("Name", {{"id", "inf_a"}}).kind, Cell::Kind::Empty);
}

TEST(InfluencerRow, ACountThatIsNotExactAsANumberStaysText) {
    auto golden = person(1);
    golden["audience"] = {{"total_followers", 9'007'199'254'740'993}};
    EXPECT_EQ(cell_under("Followers", golden).text, "9007199254740993");
}

TEST(ProvenanceRows, TellEachValuesOrigin) {
    auto golden = person(1);
    golden["provenance"]["/name/display"] = {{"source", "crm"},
                                             {"record_id", "7"},
                                             {"field", "Name"},
                                             {"rule", "trust"},
                                             {"seen_at", "2026-03-02T08:00:00Z"}};
    const auto rows = provenance_rows(golden);
    ASSERT_EQ(rows.size(), 1U);
    ASSERT_EQ(rows[0].size(), provenance_columns().size());
    EXPECT_EQ(rows[0][1].text, "/name/display");
    EXPECT_EQ(rows[0][2].text, "Person 1");
    EXPECT_EQ(rows[0][3].text, "crm");
}

// --- Files -----------------------------------------------------------------------------------

class XlsxFile : public testing::Test {
  protected:
    coterie::Result<void> write(FeedingHost& host, json config = json::object()) {
        config["path"] = path();
        Xlsx destination(config);
        return host.write(destination);
    }
    [[nodiscard]] std::string path() const { return folder_.file("roster.xlsx"); }
    [[nodiscard]] std::size_t files() const {
        return static_cast<std::size_t>(
            std::distance(std::filesystem::directory_iterator(folder_.path()), {}));
    }
    ScratchFolder folder_;
};

TEST_F(XlsxFile, IsWrittenAndAnswersForEachRecord) {
    FeedingHost host(people(2));
    ASSERT_TRUE(write(host));
    EXPECT_THAT(bytes_of(path()), testing::StartsWith("PK"));
    EXPECT_THAT(host.answers, testing::ElementsAre("inf_1 ok", "inf_2 ok"));
    EXPECT_EQ(files(), 1U) << "nothing is left beside it";
}

TEST_F(XlsxFile, IsTheSameForTheSameRecords) {
    FeedingHost first(people(2));
    ASSERT_TRUE(write(first));
    const auto before = bytes_of(path());
    FeedingHost second(people(2));
    ASSERT_TRUE(write(second));
    EXPECT_EQ(bytes_of(path()), before);
}

TEST_F(XlsxFile, IsLetBeWhereNothingChanged) {
    folder_.write("roster.xlsx", "somebody's own");
    FeedingHost host(people(1));
    host.is_unchanged = true;
    ASSERT_TRUE(write(host));
    EXPECT_EQ(bytes_of(path()), "somebody's own");
    EXPECT_TRUE(host.answers.empty());
}

TEST_F(XlsxFile, IsWrittenThoughNothingChangedWhereItIsGone) {
    FeedingHost host(people(1));
    host.is_unchanged = true;
    ASSERT_TRUE(write(host));
    EXPECT_TRUE(std::filesystem::exists(path()));
}

TEST_F(XlsxFile, StaysAsItWasWhereTheWriteIsStopped) {
    folder_.write("roster.xlsx", "yesterday's");
    for (std::size_t call = 1; call < 5; ++call) {
        FeedingHost host(people(2));
        host.stop_at_call = call;
        const auto written = write(host);
        ASSERT_FALSE(written);
        EXPECT_EQ(written.error().kind, ErrorKind::Cancelled);
        EXPECT_EQ(bytes_of(path()), "yesterday's");
        EXPECT_EQ(files(), 1U);
    }
}

TEST_F(XlsxFile, KeepsTheModeOfTheOneThatItReplaces) {
    folder_.write("roster.xlsx", "yesterday's");
    ASSERT_EQ(::chmod(path().c_str(), 0640), 0);
    FeedingHost host(people(1));
    ASSERT_TRUE(write(host));
    struct stat status {};
    ASSERT_EQ(::stat(path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0640U);
}

TEST_F(XlsxFile, ReplacesTheFileThatALinkLeadsTo) {
    const ScratchFolder elsewhere;
    elsewhere.write("real.xlsx", "yesterday's");
    std::filesystem::create_symlink(elsewhere.file("real.xlsx"), path());
    FeedingHost host(people(1));
    ASSERT_TRUE(write(host));
    EXPECT_TRUE(std::filesystem::is_symlink(path()));
    EXPECT_THAT(bytes_of(elsewhere.file("real.xlsx")), testing::StartsWith("PK"));
}

TEST_F(XlsxFile, IntoAFolderThatIsNotThereIsAPersonsFault) {
    const json config{{"path", folder_.file("nowhere/roster.xlsx")}};
    Xlsx destination(config);
    FeedingHost host(people(1));
    const auto written = host.write(destination);
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().kind, ErrorKind::Config);
    EXPECT_THAT(written.error().message, HasSubstr("nowhere"));
    EXPECT_FALSE(destination.check());
}

TEST_F(XlsxFile, RejectsWhatIsNoRecordAndWritesTheRest) {
    FeedingHost host(people(1));
    host.deliveries.push_back({coterie::Delivery::Action::Upsert, "inf_bad", "[1]"});
    ASSERT_TRUE(write(host));
    EXPECT_THAT(host.answers,
                testing::ElementsAre("inf_1 ok", "inf_bad rejected: the record is no JSON object"));
}

TEST_F(XlsxFile, GoesOnInFurtherSheets) {
    Workbook::Options options;
    options.sheet_rows_max = 3;
    auto workbook = Workbook::create(path(), options);
    ASSERT_TRUE(workbook);
    auto table = (*workbook)->add_table("People", {"A"});
    ASSERT_TRUE(table);
    for (int row = 0; row < 5; ++row) {
        ASSERT_TRUE((*table)->append({Cell::of_text("x")}));
    }
    ASSERT_TRUE((*workbook)->close());
    EXPECT_EQ((*table)->rows(), 5U);
    const auto bytes = bytes_of(path());
    EXPECT_THAT(bytes, HasSubstr("sheet3.xml"));
    EXPECT_THAT(bytes, testing::Not(HasSubstr("sheet4.xml")));
}

TEST_F(XlsxFile, HoldsAsManyLinksAsASheetMayAndTheRestAsText) {
    auto workbook = Workbook::create(path(), {});
    ASSERT_TRUE(workbook);
    auto table = (*workbook)->add_table("Links", {"A"});
    ASSERT_TRUE(table);
    for (std::uint32_t row = 0; row < kSheetLinksMax + 3; ++row) {
        ASSERT_TRUE(
            (*table)->append({Cell::of_link("x", "https://e.example/" + std::to_string(row))}));
    }
    EXPECT_EQ((*workbook)->losses().links_dropped, 3U);
    ASSERT_TRUE((*workbook)->close());
}

}  // namespace
}  // namespace xlsx
