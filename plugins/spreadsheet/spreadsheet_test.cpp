#include "record.hpp"
#include "spreadsheet.hpp"

#include <gtest/gtest.h>

namespace spreadsheet {
namespace {

TEST(PercentText, ShiftsThePointByTwo) {
    EXPECT_EQ(percent_text("0.0452"), "4.52%");
}

}  // namespace
}  // namespace spreadsheet
