#include "pipeline/normalize/fact_values.hpp"

#include <gtest/gtest.h>

namespace coterie::normalize {
namespace {

struct StatusRow {
    std::string_view words;  ///< '|' between them
    std::string_view expected;
};

TEST(RelationshipStatus, KnowsTheWordsOfSheetsAndTools) {
    constexpr StatusRow kRows[] = {
        {"Not contacted|To contact|Ready to invite|Shortlisted|Lead|Backup|Ikke kontaktet",
         "prospect"},
        {"Contacted|Reached out|Emailed|DM'd|DM’d|Follow-up 1|follow up 2|No reply|"
         "Waiting application|Skrevet til|Kontaktet|Rykket|Rykket 2|Afventer svar|Kontaktad|"
         "Kontaktiert",
         "contacted"},
        {"Replied|Interested|Influencer Responded|Applied|Engaged|Interesseret", "replied"},
        {"Negotiating|Contract sent|I dialog|Tilbud sendt", "negotiating"},
        {"Signed|Confirmed|Approved|Accepted|Product sent|Shipped Product|Draft requested|"
         "Draft in review|Scheduled|Content Due|In Campaign|Aftale|Kontrakt|Sendt produkt|Godkendt",
         "agreed"},
        {"Live|Posted|Publiceret|Invoiced", "delivered"},
        {"Paid|Betalt|Finished|Cancelled|Afsluttet", "closed"},
        {"Declined|Rejected|Not Interested|Takket nej|TAKKET NEJ|Tackat nej", "declined"},
        {"Blacklist|Do not contact|do_not_contact|DNC|Må ikke kontaktes|Opted out",
         "do_not_contact"},
        {"On hold|Pause|Pending", "unknown"},
    };
    for (const auto& row : kRows) {
        std::string_view rest = row.words;
        while (!rest.empty()) {
            const auto word = rest.substr(0, rest.find('|'));
            rest.remove_prefix(std::min(rest.size(), word.size() + 1));
            const auto status = read_relationship_status(word);
            ASSERT_TRUE(status.has_value()) << word;
            EXPECT_EQ(status.value(), row.expected) << word;
        }
    }
}

TEST(RelationshipStatus, IsReadWithStageNumbersAndSigns) {
    EXPECT_EQ(read_relationship_status("3. Posted").value(), "delivered");
    EXPECT_EQ(read_relationship_status("02 - Kontaktet").value(), "contacted");
    EXPECT_EQ(read_relationship_status("✅ Signed").value(), "agreed");
    EXPECT_EQ(read_relationship_status("  rykket  ").value(), "contacted");
}

TEST(RelationshipStatus, IsNotGuessed) {
    for (const std::string_view raw : {"maybe", "Ja", "x", "12-03-2024", "3", "signed or declined",
                                       "contacted by Ida", "\xff"}) {
        EXPECT_TRUE(read_relationship_status(raw).is_not_understood()) << raw;
    }
    for (const std::string_view raw : {"", "-", "ukendt", "unknown"}) {
        EXPECT_TRUE(read_relationship_status(raw).is_absent()) << raw;
    }
}

}  // namespace
}  // namespace coterie::normalize
