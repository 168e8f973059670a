#include "pipeline/normalize/reading.hpp"

#include <gtest/gtest.h>

namespace coterie::normalize {
namespace {

TEST(SaysNothing, HoldsForWhatPeopleAndProgramsWriteInEmptyCells) {
    for (const auto* text :
         {"",          "  ",      "-",       "–",       "—",      "--",    "?",
          "???",       "...",     "…",       "/",       "n/a",    "N/A",   "n.a.",
          "#N/A",      "#VÆRDI!", "#VALOR!", "#DIV/0!", "NaN%",   "NaN",   "null",
          "NULL",      "None",    "(none)",  "ukendt",  "UKENDT", "ingen", "ikke oplyst",
          "unbekannt", "\u00a0",  "\t-\n",   "tbd",     "NA"}) {
        EXPECT_TRUE(says_nothing(text)) << '"' << text << '"';
    }
}

TEST(SaysNothing, DoesNotHoldForValues) {
    for (const auto* text : {"0", "Nan", "Null", "Nil", "Na", "Ida", "x", "ja", "????????", "@null",
                             "+", "@", "🍉", "ingen kontakt endnu", "none of them", "5", "☐", "✔"}) {
        EXPECT_FALSE(says_nothing(text)) << '"' << text << '"';
    }
}

TEST(SaysNothing, TakesAnyBytes) {
    EXPECT_FALSE(says_nothing("\xff\xfe"));
    EXPECT_FALSE(says_nothing(std::string_view("-\0-", 3)));
}

}  // namespace
}  // namespace coterie::normalize
