// The normalizers of facts on lists that people really keep.
#include "../tests/support/shared_data.hpp"
#include "base/text.hpp"
#include "pipeline/normalize/fact_values.hpp"
#include "pipeline/normalize/number_text.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace coterie::normalize {
namespace {

std::vector<std::string> lines_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) {
        if (line.ends_with('\r')) {
            line.pop_back();
        }
        lines.push_back(std::move(line));
    }
    return lines;
}

TEST(FactCorpus, AllFollowerCountsOfAListOfTwoHundredCreatorsAreUnderstood) {
    COTERIE_SHARED_OR_SKIP(path, "influencers-open/nigerian-tiktok.csv");
    std::size_t counts = 0;
    std::int64_t smallest = INT64_MAX;
    std::int64_t largest = 0;
    for (const auto& line : lines_of(path)) {
        const auto cell = line.substr(line.rfind(',') + 1);
        if (cell.empty() || cell == "Follower Count") {
            continue;
        }
        const auto count = read_count(cell, {});
        ASSERT_TRUE(count.has_value()) << "row " << counts;
        EXPECT_TRUE(count.value().is_rounded);
        smallest = std::min(smallest, count.value().value);
        largest = std::max(largest, count.value().value);
        ++counts;
    }
    EXPECT_EQ(counts, 200U);
    EXPECT_EQ(largest, 10'400'000);
    EXPECT_GE(smallest, 100'000);
}

TEST(FactCorpus, AllCountriesAndDatesOfTheMembersOfParliamentAreUnderstood) {
    COTERIE_SHARED_OR_SKIP(path, "mep/meps.all.csv");
    std::size_t members = 0;
    for (const auto& line : lines_of(path)) {
        const auto cells = split(line, ',');
        if (cells.size() < 11 || cells[0] == "epid" || line.find('"') != std::string::npos) {
            continue;
        }
        EXPECT_TRUE(read_country(cells[8]).has_value()) << "row " << members;
        for (const auto& day : {cells[4], cells[6], cells[7]}) {
            const auto time = read_time(day, {});
            EXPECT_TRUE(time.is_absent() || (time.has_value() && time.value() == day))
                << "row " << members;
        }
        ++members;
    }
    EXPECT_GT(members, 4000U);
}

struct DateFile {
    std::string_view name;
    std::size_t column;
    ReadingContext::DateOrder order;
    std::string_view first;
};

TEST(FactCorpus, DatesOfCsvTestFilesAreUnderstood) {
    using Order = ReadingContext::DateOrder;
    constexpr DateFile kFiles[] = {
        {"csv-duckdb/files/auto/time_date_timestamp_dd-mm-yyyy.csv", 4, Order::DayFirst,
         "2000-01-01T12:12:00Z"},
        {"csv-duckdb/files/auto/time_date_timestamp_dd-mm-yy.csv", 4, Order::DayFirst,
         "1990-01-01T12:12:00Z"},
        {"csv-duckdb/files/auto/time_date_timestamp_mm-dd-yyyy.csv", 4, Order::MonthFirst,
         "2000-01-01T00:12:00Z"},
        {"csv-duckdb/files/auto/time_date_timestamp_yyyy.mm.dd.csv", 4, Order::DayFirst,
         "2000-01-01T12:12:00Z"},
        {"csv-duckdb/files/auto/time_date_timestamp.csv", 4, Order::DayFirst,
         "2000-01-01T12:12:00Z"},
        {"csv-duckdb/files/dateformat/working.csv", 1, Order::DayFirst, "2023-10-31"},
        {"csv-duckdb/files/auto_date/date_example_2.csv", 0, Order::MonthFirst, "2023-12-17"},
        {"csv-duckdb/files/special_date.csv", 1, Order::DayFirst, "2000-01-01"},
        {"csv-duckdb/files/bad_date_2.csv", 0, Order::DayFirst, "2023-12-03"},
    };
    COTERIE_SHARED_OR_SKIP(folder, "csv-duckdb/files");
    for (const auto& file : kFiles) {
        const auto path = coterie::test::shared_file(file.name);
        ASSERT_TRUE(path) << file.name;
        ReadingContext context;
        context.date_order = file.order;
        const auto lines = lines_of(*path);
        ASSERT_FALSE(lines.empty()) << file.name;
        const char separator = lines[0].find('|') == std::string::npos ? ',' : '|';
        for (std::size_t row = 1; row < lines.size(); ++row) {
            const auto cells = split(lines[row], separator);
            if (cells.size() <= file.column) {
                continue;
            }
            const auto time = read_time(cells[file.column], context);
            ASSERT_TRUE(time.has_value()) << file.name << " row " << row << ": " << time.reason();
            if (row == 1) {
                EXPECT_EQ(time.value(), file.first) << file.name;
            }
        }
    }
}

/// Whether a digit of any script stands in it: the few naughty strings that are numbers are read.
bool is_number_like(std::string_view text) {
    const auto plain = PlainText::of(text);
    return plain && plain->view().find_first_of("0123456789") != std::string_view::npos;
}

TEST(FactCorpus, NaughtyStringsBreakNothingAndAreNoFacts) {
    COTERIE_SHARED_OR_SKIP(path, "naughty-strings/blns.txt");
    std::size_t strings = 0;
    for (const auto& line : lines_of(path)) {
        SCOPED_TRACE("line " + std::to_string(++strings));
        EXPECT_FALSE(read_time(line, {}).has_value());
        EXPECT_FALSE(read_time(line, {}, "%d-%m-%Y").has_value());
        EXPECT_FALSE(read_relationship_status(line).has_value());
        EXPECT_FALSE(read_currency(line).has_value() && line.size() > 3);
        if (!is_number_like(trim(line))) {
            EXPECT_FALSE(read_count(line, {}).has_value());
            EXPECT_FALSE(read_share(line, {}, true).has_value());
            EXPECT_FALSE(read_money(line, {}).has_value());
        }
        static_cast<void>(read_languages(line));
        static_cast<void>(read_flag(line));
        static_cast<void>(read_topics(line));
        static_cast<void>(read_region(line));
        static_cast<void>(read_city(line));
        static_cast<void>(read_choice(line, "a|b"));
        const auto url = read_url(line);
        EXPECT_TRUE(!url.has_value() || url.value().starts_with("http"));
        const auto text = read_text(line);
        EXPECT_TRUE(!text.has_value() || is_utf8(text.value()));
    }
    EXPECT_GT(strings, 500U);
}

}  // namespace
}  // namespace coterie::normalize
