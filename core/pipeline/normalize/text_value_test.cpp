#include "pipeline/normalize/fact_values.hpp"

#include <gtest/gtest.h>

namespace coterie::normalize {
namespace {

TEST(Choice, IsReadWhateverItsCapitalsAndJoints) {
    constexpr std::string_view kChoices = "unknown|do_not_contact|legitimate_interest|none";
    EXPECT_EQ(read_choice("do_not_contact", kChoices).value(), "do_not_contact");
    EXPECT_EQ(read_choice(" Do Not Contact ", kChoices).value(), "do_not_contact");
    EXPECT_EQ(read_choice("DO-NOT-CONTACT", kChoices).value(), "do_not_contact");
    EXPECT_EQ(read_choice("LegitimateInterest", kChoices).value(), "legitimate_interest");
    // A word of the field's own comes before its meaning of "nothing".
    EXPECT_EQ(read_choice("none", kChoices).value(), "none");
    EXPECT_TRUE(read_choice("Unknown", kChoices).is_absent());
    EXPECT_TRUE(read_choice("", kChoices).is_absent());
    EXPECT_TRUE(read_choice("-", kChoices).is_absent());
    EXPECT_TRUE(read_choice("contact", kChoices).is_not_understood());
    EXPECT_TRUE(read_choice("do not contact me", kChoices).is_not_understood());
    EXPECT_TRUE(read_choice("\xff", kChoices).is_not_understood());
}

TEST(Text, KeepsLinesAndLosesControls) {
    EXPECT_EQ(read_text("  hej  ").value(), "hej");
    EXPECT_EQ(read_text("a\r\nb\rc\nd\te").value(), "a\nb\nc\nd\te");
    EXPECT_EQ(read_text(std::string_view("a\0b\x07\x7f"
                                         "c",
                                         6))
                  .value(),
              "abc");
    EXPECT_EQ(read_text("a\u0085b").value(), "ab");
    EXPECT_EQ(read_text("cafe\u0301").value(), "café");
    EXPECT_EQ(read_text("👩‍👩‍👧 familie").value(), "👩‍👩‍👧 familie");
    EXPECT_TRUE(read_text("").is_absent());
    EXPECT_TRUE(read_text("\x01\x02").is_absent());
    EXPECT_TRUE(read_text("n/a").is_absent());
    EXPECT_TRUE(read_text("a\xff").is_not_understood());
}

struct UrlRow {
    std::string_view raw;
    std::string_view expected;  ///< "" not understood
};

TEST(Url, IsHttpWithItsSchemeAndALowerCaseHost) {
    constexpr UrlRow kRows[] = {
        {"https://www.example.dk/Side?x=Y#z", "https://www.example.dk/Side?x=Y#z"},
        {"http://Example.DK/A", "http://example.dk/A"},
        {"HTTPS://EXAMPLE.dk", "https://example.dk"},
        {"www.example.dk", "https://www.example.dk"},
        {"example.dk/om", "https://example.dk/om"},
        {"//example.dk/om", "https://example.dk/om"},
        {"https://https://example.dk", "https://example.dk"},
        {"https//example.dk", "https://example.dk"},
        {"<https://example.dk/a>", "https://example.dk/a"},
        {"https://example.dk:443/a", "https://example.dk/a"},
        {"http://example.dk:8080/a", "http://example.dk:8080/a"},
        {"https://BLÅBÆR.dk/sød", "https://blåbær.dk/sød"},
        {"https://example.dk/@ida", "https://example.dk/@ida"},
        {"ftp://example.dk", ""},
        {"javascript:alert(1)", ""},
        {"mailto:ida@example.dk", ""},
        {"ida@example.dk", ""},
        {"https://ida:secret@example.dk/", ""},
        {"https://ida@example.dk/", ""},
        {"example", ""},
        {"localhost:8000", ""},
        {"http://127.0.0.1/", ""},
        {"see example.dk please", ""},
        {"https://", ""},
        {"https://-a.dk", ""},
        {"https://a..dk", ""},
        {"https://exa\u202Emple.dk", ""},
        {"\xff.dk", ""},
    };
    for (const auto& row : kRows) {
        const auto url = read_url(row.raw);
        EXPECT_EQ(url.has_value() ? url.value() : "", row.expected) << row.raw;
        EXPECT_FALSE(url.is_absent()) << row.raw;
    }
    EXPECT_TRUE(read_url("-").is_absent());
}

}  // namespace
}  // namespace coterie::normalize
