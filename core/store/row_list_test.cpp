#include "store/row_list.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>

namespace coterie::store {
namespace {

using Rows = std::vector<std::uint32_t>;

Rows round_trip(const Rows& rows) {
    Rows decoded;
    EXPECT_TRUE(decode_rows(encode_rows(rows), decoded).has_value());
    return decoded;
}

TEST(RowList, GivesTheRowsBackAscending) {
    EXPECT_EQ(round_trip({}), Rows{});
    EXPECT_EQ(round_trip({5, 1, 4294967295U, 300}), (Rows{1, 5, 300, 4294967295U}));
}

TEST(RowList, AnyRowsComeBackSorted) {
    for (const std::uint32_t seed : {1U, 2U, 3U, 4U, 5U}) {
        SCOPED_TRACE(seed);
        std::mt19937 random(seed);
        Rows rows(1000);
        std::generate(rows.begin(), rows.end(),
                      [&] { return static_cast<std::uint32_t>(random()); });
        auto sorted = rows;
        std::sort(sorted.begin(), sorted.end());
        EXPECT_EQ(round_trip(rows), sorted);
    }
}

TEST(RowList, NeighboursTakeOneByteEach) {
    Rows rows(1000);
    std::iota(rows.begin(), rows.end(), 70000U);
    EXPECT_LE(encode_rows(rows).size(), 1002U);
}

TEST(RowList, DamagedBytesAreAnError) {
    Rows rows;
    EXPECT_FALSE(decode_rows("\x81", rows).has_value());  // ends within a number
    EXPECT_FALSE(decode_rows("\xff\xff\xff\xff\xff\x01", rows).has_value());  // too long a number
    EXPECT_FALSE(decode_rows("\xff\xff\xff\xff\x0f\x01", rows).has_value());  // beyond 32 bits
}

}  // namespace
}  // namespace coterie::store
