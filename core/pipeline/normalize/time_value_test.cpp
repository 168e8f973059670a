#include "pipeline/normalize/fact_values.hpp"

#include <gtest/gtest.h>

namespace coterie::normalize {
namespace {

using Order = ReadingContext::DateOrder;

struct TimeRow {
    std::string_view raw;
    std::string_view expected;  ///< "" not understood
    std::string_view format = "";
    Order order = Order::DayFirst;
    std::string_view timezone = "";
};

std::ostream& operator<<(std::ostream& out, const TimeRow& row) {
    return out << '"' << row.raw << "\" as '" << row.format << '\'';
}

class Times : public testing::TestWithParam<TimeRow> {};

TEST_P(Times, AreUtcOrADay) {
    const TimeRow& row = GetParam();
    ReadingContext context;
    context.date_order = row.order;
    context.timezone = row.timezone;
    const auto time = read_time(row.raw, context, row.format);
    if (row.expected.empty()) {
        EXPECT_TRUE(time.is_not_understood()) << (time.has_value() ? time.value() : "absent");
    } else {
        ASSERT_TRUE(time.has_value()) << time.reason();
        EXPECT_EQ(time.value(), row.expected);
    }
}

constexpr std::string_view kDay = "2024-03-12";
constexpr std::string_view kCopenhagen = "Europe/Copenhagen";

constexpr TimeRow kDays[] = {
    {"2024-03-12", kDay},
    {"2024/3/12", kDay},
    {"2024.03.12", kDay},
    {"20240312", kDay},
    {"12-03-2024", kDay},
    {"12/3/2024", kDay},
    {"12.03.2024", kDay},
    {"12. 3. 2024", kDay},
    {"12.03.24", kDay},
    {"12/3-24", kDay},
    {"12/3-2024", kDay},
    {"12. marts 2024", kDay},
    {"12 marts 2024", kDay},
    {"d. 12. marts 2024", kDay},
    {"tirsdag den 12. marts 2024", kDay},
    {"12. mar. 2024", kDay},
    {"12 mars 2024", kDay},
    {"12. März 2024", kDay},
    {"12 de marzo de 2024", kDay},
    {"12 de março de 2024", kDay},
    {"March 12, 2024", kDay},
    {"March 12th, 2024", kDay},
    {"Tuesday, March 12, 2024", kDay},
    {"12-MAR-24", kDay},
    {"1er août 2023", "2023-08-01"},
    {"31-OCT-2023", "2023-10-31"},
    {"Dec 8, 2022", "2022-12-08"},
    {"24. dezember 2023", "2023-12-24"},
    {"1. maj 2024", "2024-05-01"},
    {"29-02-2024", "2024-02-29"},
    // The pivot of two digits.
    {"01.01.68", "2068-01-01"},
    {"01.01.69", "1969-01-01"},
    // The order of day and month.
    {"3/12/24", "2024-12-03"},
    {"3/12/24", "2024-03-12", "", Order::MonthFirst},
    {"12/17/2019", "2019-12-17", "", Order::MonthFirst},
    {"12/17/2019", "2019-12-17", "", Order::Unknown},
    {"17/12/2019", "2019-12-17", "", Order::Unknown},
    {"5/5/2019", "2019-05-05", "", Order::Unknown},
    {"03/12/2024", "", "", Order::Unknown},
    {"13/12/24", "", "", Order::Unknown},
    {"12/17/2019", ""},
    {"17/12/2019", "", "", Order::MonthFirst},
    // No days.
    {"30-02-2024", ""},
    {"29-02-2023", ""},
    {"31.04.2024", ""},
    {"00-01-2024", ""},
    {"2024-13-01", ""},
    {"2024-00-10", ""},
    {"1893-01-25", "1893-01-25"},
    {"1799-12-31", ""},
    {"2300-01-01", ""},
    {"12032024", ""},
    {"uge 12", ""},
    {"Q2", ""},
    {"2024", ""},
    {"marts 2024", ""},
    {"12. marts", ""},
    {"3/2024", ""},
    {"12-03", ""},
    {"45366", ""},
    {"1710495000", ""},
    {"i går", ""},
    {"12 mar apr 2024", ""},
    {"12-03-2024 to 13-03-2024", ""},
    {"2024-03-12Z", ""},
    {"2024-03-12 a", ""},
    {"999999999999-03-12", ""},
    {"\xff", ""},
};
INSTANTIATE_TEST_SUITE_P(Days, Times, testing::ValuesIn(kDays));

constexpr TimeRow kClocks[] = {
    {"2024-03-15T09:30:00Z", "2024-03-15T09:30:00Z"},
    {"2024-03-15T09:30:00.123Z", "2024-03-15T09:30:00Z"},
    {"2024-03-15T09:30:00+02:00", "2024-03-15T07:30:00Z"},
    {"2024-03-15 09:30:00-0800", "2024-03-15T17:30:00Z"},
    {"2020-01-01T00:00:00-08", "2020-01-01T08:00:00Z"},
    {"2020-01-01T00:00:00+00", "2020-01-01T00:00:00Z"},
    {"2021-05-25 04:55:03.382494 UTC", "2021-05-25T04:55:03Z"},
    {"20240315T093000Z", "2024-03-15T09:30:00Z"},
    {"2024-03-15 09:30", "2024-03-15T09:30:00Z"},
    {"2024-03-15 09:30 CET", "2024-03-15T08:30:00Z"},
    {"15-03-2024 kl. 9.30", "2024-03-15T09:30:00Z"},
    {"15-03-2024 09.30", "2024-03-15T09:30:00Z"},
    {"15.03.2024, 09:30", "2024-03-15T09:30:00Z"},
    {"15. marts 2024 kl. 09:30", "2024-03-15T09:30:00Z"},
    {"Fri, 15 Mar 2024 09:30:00 GMT", "2024-03-15T09:30:00Z"},
    {"Fri, 15 Mar 2024 09:30:00 +0100", "2024-03-15T08:30:00Z"},
    {"12/2/2023, 11:57 AM", "2023-12-02T11:57:00Z", "", Order::MonthFirst},
    {"1/2/2023, 12:33 PM", "2023-01-02T12:33:00Z", "", Order::MonthFirst},
    {"1/2/2023, 12:33 AM", "2023-01-02T00:33:00Z", "", Order::MonthFirst},
    // A zone in the source: winter, summer, the hour that is skipped, the hour that comes twice.
    {"2024-01-15 09:30", "2024-01-15T08:30:00Z", "", Order::DayFirst, kCopenhagen},
    {"2024-07-15 09:30", "2024-07-15T07:30:00Z", "", Order::DayFirst, kCopenhagen},
    {"2024-03-31 02:30", "2024-03-31T01:30:00Z", "", Order::DayFirst, kCopenhagen},
    {"2024-10-27 02:30", "2024-10-27T00:30:00Z", "", Order::DayFirst, kCopenhagen},
    {"2024-07-15T09:30:00Z", "2024-07-15T09:30:00Z", "", Order::DayFirst, kCopenhagen},
    {"2024-07-15", "2024-07-15", "", Order::DayFirst, kCopenhagen},
    {"2024-07-15 09:30", "", "", Order::DayFirst, "Europe/Kobenhavn"},
    // No times.
    {"2021-05-25 04:55:03 EST", ""},
    {"2024-03-15 24:00", ""},
    {"2024-03-15 09:60", ""},
    {"2024-03-15 13:00 PM", ""},
    {"2024-03-15 9", ""},
    {"12:12:12", ""},
    {"2024-03-15T09:30:00+25:00", ""},
};
INSTANTIATE_TEST_SUITE_P(Clocks, Times, testing::ValuesIn(kClocks));

constexpr TimeRow kFormats[] = {
    {"45366", "2024-03-15", "excel"},
    {"45366.395833333333", "2024-03-15T09:30:00Z", "excel"},
    {"45366,5", "2024-03-15T12:00:00Z", "excel"},
    {"45366.5", "2024-03-15T11:00:00Z", "excel", Order::DayFirst, kCopenhagen},
    {"45366.999999", "2024-03-16T00:00:00Z", "excel"},
    {"1", "1900-01-01", "excel"},
    {"59", "1900-02-28", "excel"},
    {"60", "", "excel"},
    {"61", "1900-03-01", "excel"},
    {"0", "", "excel"},
    {"9999999", "", "excel"},
    {"43904", "2024-03-15", "excel1904"},
    {"0", "1904-01-01", "excel1904"},
    {"1710495000", "2024-03-15T09:30:00Z", "epoch"},
    {"1710495000123", "2024-03-15T09:30:00Z", "epoch_ms"},
    {"-1", "1969-12-31T23:59:59Z", "epoch"},
    {"-1", "1969-12-31T23:59:59Z", "epoch_ms"},
    {"1710495000123", "", "epoch"},
    {"soon", "", "epoch"},
    {"15/03/24 09:30", "2024-03-15T09:30:00Z", "%d/%m/%y %H:%M"},
    {"03/15/2024", "2024-03-15", "%m/%d/%Y"},
    {"20240315093000", "2024-03-15T09:30:00Z", "%Y%m%d%H%M%S"},
    {"15032024", "2024-03-15", "%d%m%Y"},
    {"15 mar 2024", "2024-03-15", "%d %b %Y"},
    {"fredag 15. marts 2024", "2024-03-15", "%A %d. %B %Y"},
    {"2024-03-15T09:30:00+0200", "2024-03-15T07:30:00Z", "%Y-%m-%dT%H:%M:%S%z"},
    {"2024-03-15T09:30:00Z", "2024-03-15T09:30:00Z", "%FT%T%z"},
    {"03/15/2024 12:30 AM", "2024-03-15T00:30:00Z", "%m/%d/%Y %I:%M %p"},
    {"03/15/2024 12:30 pm", "2024-03-15T12:30:00Z", "%m/%d/%Y %I:%M %p"},
    {"336%584%3205", "", "%d/%m/%Y"},
    {"15/03/2024 x", "", "%d/%m/%Y"},
    {"31/02/2024", "", "%d/%m/%Y"},
    {"2024-03-15", "", "%Q"},
    {"2024-03", "", "%Y-%m"},
};
INSTANTIATE_TEST_SUITE_P(Formats, Times, testing::ValuesIn(kFormats));

TEST(Time, OfACellThatSaysNothingIsAbsent) {
    EXPECT_TRUE(read_time("", {}).is_absent());
    EXPECT_TRUE(read_time("-", {}).is_absent());
    EXPECT_TRUE(read_time("n/a", {}, "excel").is_absent());
}

TEST(TimeFormat, GivenAnUnknownDirectiveThenTheFaultNamesItAndTheAllowedOnes) {
    EXPECT_EQ(time_format_fault("%d/%m/%Y"), "");
    EXPECT_EQ(time_format_fault("excel"), "");
    EXPECT_EQ(time_format_fault("%F %T"), "");
    EXPECT_NE(time_format_fault("%Y-%m-%Q").find("'%Q'"), std::string::npos);
    EXPECT_NE(time_format_fault("%Y-%m-%"), "");
    EXPECT_NE(time_format_fault("%Y-%m"), "");
    EXPECT_NE(time_format_fault("%F %I:%M"), "");
    EXPECT_NE(time_format_fault("exel"), "");
}

}  // namespace
}  // namespace coterie::normalize
