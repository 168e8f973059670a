#include "greetings.hpp"

#include <gtest/gtest.h>

TEST(Greetings, GreetsByName) {
    EXPECT_EQ(greetings::greeting("Freja"), "Hello, Freja");
}
