#include "pipeline/normalize/fact_values.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coterie::normalize {
namespace {

using testing::ElementsAre;

TEST(Topics, ArePartedAtTheSignsThatPeopleUse) {
    EXPECT_THAT(read_topics("Beauty/Fashion").value(), ElementsAre("beauty", "fashion"));
    EXPECT_THAT(read_topics("mad, rejser; hverdag").value(),
                ElementsAre("mad", "rejser", "hverdag"));
    EXPECT_THAT(read_topics("Tech|Gaming\nFilm").value(), ElementsAre("tech", "gaming", "film"));
    EXPECT_THAT(read_topics("Mad • Vin").value(), ElementsAre("mad", "vin"));
}

TEST(Topics, AreNotPartedAtSignsInsideANameOfATopic) {
    EXPECT_THAT(read_topics("R&B").value(), ElementsAre("r&b"));
    EXPECT_THAT(read_topics("Food & Drink").value(), ElementsAre("food & drink"));
    EXPECT_THAT(read_topics("health and fitness").value(), ElementsAre("health and fitness"));
    EXPECT_THAT(read_topics("24/7 news").value(), ElementsAre("24/7 news"));
    EXPECT_THAT(read_topics("C#").value(), ElementsAre("c#"));
}

TEST(Topics, LoseTheirHashSigns) {
    EXPECT_THAT(read_topics("#Mad #Rejser#hverdag").value(),
                ElementsAre("mad", "rejser", "hverdag"));
    EXPECT_THAT(read_topics("##mad").value(), ElementsAre("mad"));
}

TEST(Topics, AreLowerCaseInAnyScriptAndOnceInTheirFirstOrder) {
    EXPECT_THAT(read_topics("ÆBLER, æbler, ΜΟΔΑ, Мода").value(),
                ElementsAre("æbler", "μοδα", "мода"));
    EXPECT_THAT(read_topics("  mad ,, MAD,  to  ord ").value(), ElementsAre("mad", "to ord"));
    // Composed and decomposed letters are one.
    EXPECT_THAT(read_topics("café, cafe\u0301").value(), ElementsAre("café"));
}

TEST(Topics, OfACellThatSaysNothingAreAbsent) {
    for (const std::string_view raw : {"", " ", "-", "N/A", ",;", "#", "-, ?", "\x0e#"}) {
        EXPECT_TRUE(read_topics(raw).is_absent()) << raw;
    }
}

TEST(Topics, GivenASentenceOrBrokenBytesThenTheyAreNotUnderstood) {
    EXPECT_TRUE(read_topics(std::string(101, 'a')).is_not_understood());
    EXPECT_TRUE(read_topics(std::string(100000, 'a')).is_not_understood());
    EXPECT_TRUE(read_topics("mad, \xff").is_not_understood());
}

}  // namespace
}  // namespace coterie::normalize
