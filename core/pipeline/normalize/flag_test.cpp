#include "pipeline/normalize/fact_values.hpp"

#include <gtest/gtest.h>

namespace coterie::normalize {
namespace {

TEST(Flag, IsTrueForWordsAndSignsOfYes) {
    for (const std::string_view raw :
         {"ja",        "JA",         "Ja!",   "j",    "yes", "Y",       "true", "TRUE",
          "1",         "1.0",        "x",     "X",    "✔",   "✔\uFE0F", "✓",    "☑",
          "☑\uFE0F",   "✅",          "oui",   "sí",   "Si",  "sim",     "wahr", "vrai",
          "verdadero", "verdadeiro", "sandt", "sant", " ja "}) {
        const auto flag = read_flag(raw);
        ASSERT_TRUE(flag.has_value()) << raw;
        EXPECT_TRUE(flag.value()) << raw;
    }
}

TEST(Flag, IsFalseForWordsAndSignsOfNo) {
    for (const std::string_view raw :
         {"nej", "Nej.", "n",   "no",   "NO",  "false", "FALSE", "0",      "0.0",  "☐",
          "✗",   "❌",    "non", "nein", "nei", "não",   "falsk", "falsch", "faux", "falso"}) {
        const auto flag = read_flag(raw);
        ASSERT_TRUE(flag.has_value()) << raw;
        EXPECT_FALSE(flag.value()) << raw;
    }
}

TEST(Flag, OfACellThatSaysNothingIsAbsent) {
    for (const std::string_view raw : {"", "  ", "-", "?", "N/A", "ukendt"}) {
        EXPECT_TRUE(read_flag(raw).is_absent()) << raw;
    }
}

TEST(Flag, IsNotGuessed) {
    for (const std::string_view raw :
         {"maybe", "måske", "2", "12-03-2024", "yes no", "☒", "o", "jaja", "\xff",
          "a very long remark about whether this person has said yes or no to us"}) {
        EXPECT_TRUE(read_flag(raw).is_not_understood()) << raw;
    }
}

}  // namespace
}  // namespace coterie::normalize
