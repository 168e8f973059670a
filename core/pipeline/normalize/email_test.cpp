#include "../tests/support/shared_data.hpp"
#include "pipeline/normalize/identity_values.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <ostream>
#include <regex>
#include <sstream>

namespace coterie::normalize {
namespace {

/// "ida@x.dk personal | bo@y.dk", "absent", or "not understood".
std::string read(std::string_view cell) {
    const auto reading = read_emails(cell);
    if (reading.is_absent())
        return "absent";
    if (reading.is_not_understood())
        return "not understood";
    std::string out;
    for (const auto& email : reading.value()) {
        if (!out.empty())
            out += " | ";
        out += email.address;
        if (!email.role.empty())
            out += " " + email.role;
    }
    return out;
}

struct Row {
    const char* cell;
    const char* expected;
    friend std::ostream& operator<<(std::ostream& out, const Row& row) { return out << row.cell; }
};
class Emails : public testing::TestWithParam<Row> {};
TEST_P(Emails, AreReadFromWhatStandsInCells) {
    EXPECT_EQ(read(GetParam().cell), GetParam().expected);
}
INSTANTIATE_TEST_SUITE_P(
    Cells, Emails,
    testing::Values(
        Row{"ida@holm.dk", "ida@holm.dk"}, Row{" Ida.Holm@HOLM.DK ", "Ida.Holm@holm.dk"},
        Row{"ida+news@gmail.com", "ida+news@gmail.com personal"},
        Row{"ida@holm.dk.", "ida@holm.dk"}, Row{"mailto:ida@holm.dk?subject=Hej", "ida@holm.dk"},
        Row{"Ida Holm <ida@holm.dk>", "ida@holm.dk"},
        Row{"\"Holm, Ida\" <ida@holm.dk>, Bo <bo@y.dk>", "ida@holm.dk | bo@y.dk"},
        Row{"ida@holm.dk;bo@y.dk", "ida@holm.dk | bo@y.dk"},
        Row{"ida@holm.dk, bo@y.dk", "ida@holm.dk | bo@y.dk"},
        Row{"ida@holm.dk / bo@y.dk", "ida@holm.dk | bo@y.dk"},
        Row{"ida@holm.dk/bo@y.dk", "ida@holm.dk | bo@y.dk"},
        Row{"ida@holm.dk\nbo@y.dk", "ida@holm.dk | bo@y.dk"},
        Row{"ida@holm.dk og bo@y.dk", "ida@holm.dk | bo@y.dk"},
        Row{"ida@holm.dk, IDA@HOLM.DK", "ida@holm.dk"}, Row{"ida [at] holm.dk", "ida@holm.dk"},
        Row{"ida(at)holm(dot)dk", "ida@holm.dk"}, Row{"ida at holm dot dk", "ida@holm.dk"},
        Row{"ida [snabel-a] holm.dk", "ida@holm.dk"}, Row{"📧 ida@holm.dk", "ida@holm.dk"},
        Row{"\u200bida@holm.dk", "ida@holm.dk"}, Row{"E-mail: ida@holm.dk", "ida@holm.dk"},
        Row{"Booking: ida@holm.dk", "ida@holm.dk booking"},
        Row{"ida@holm.dk (privat), bo@y.dk (manager)", "ida@holm.dk personal | bo@y.dk agent"},
        Row{"booking@agency.dk", "booking@agency.dk booking"},
        Row{"management@agency.dk", "management@agency.dk agent"},
        Row{"idaholm.booking@gmail.com", "idaholm.booking@gmail.com booking"},
        Row{"idaholmmgmt@gmail.com", "idaholmmgmt@gmail.com agent"},
        Row{"info@holm.dk", "info@holm.dk work"}, Row{"press@holm.dk", "press@holm.dk work"},
        Row{"ida@hotmail.dk", "ida@hotmail.dk personal"}, Row{"ida@blåbær.dk", "ida@blåbær.dk"},
        Row{"søren@holm.dk", "søren@holm.dk"}, Row{"-", "absent"}, Row{"", "absent"},
        Row{"N/A", "absent"}, Row{"DM", "not understood"}, Row{"see bio", "not understood"},
        Row{"@idaholm", "not understood"}, Row{"ida@holm", "not understood"},
        Row{"ida@holm.dk, ikke denne", "not understood"}, Row{"ida@@holm.dk", "not understood"},
        Row{"ida@holm.dk, bo@", "not understood"}, Row{"\xff@holm.dk", "not understood"},
        Row{"Ida Holm", "not understood"}, Row{"12 34 56 78", "not understood"}));

/// Text between <name> and </name>, entities resolved; U+2400+n is control character n.
std::string element(const std::string& xml, const std::string& name) {
    const auto open = xml.find("<" + name + ">");
    const auto close = xml.find("</" + name + ">");
    if (open == std::string::npos || close == std::string::npos)
        return {};
    std::string text = xml.substr(open + name.size() + 2, close - open - name.size() - 2);
    const std::pair<const char*, const char*> entities[] = {
        {"&lt;", "<"},      {"&gt;", ">"},      {"&quot;", "\""},   {"&apos;", "'"},
        {"&#x7f;", "\x7f"}, {"&#x7F;", "\x7f"}, {"&#127;", "\x7f"}, {"&amp;", "&"}};
    for (const auto& [entity, character] : entities) {
        for (auto at = text.find(entity); at != std::string::npos; at = text.find(entity, at + 1)) {
            text.replace(at, std::string_view(entity).size(), character);
        }
    }
    for (auto at = text.find("\xe2\x90"); at != std::string::npos; at = text.find("\xe2\x90", at)) {
        const char control = static_cast<char>(static_cast<unsigned char>(text[at + 2]) - 0x80);
        text.replace(at, 3, std::string(1, control));
        ++at;
    }
    return text;
}

TEST(EmailCorpus, OfIsemailIsAcceptedAndRefusedByCategory) {
    COTERIE_SHARED_OR_SKIP(path, "emails-isemail/tests.xml");
    std::ifstream file(path);
    const std::string xml{std::istreambuf_iterator<char>(file), {}};
    std::map<std::string, std::pair<int, int>> counts;  // category → accepted, refused
    std::vector<std::string> accepted_faults;
    std::vector<std::string> refused_valid;
    for (auto at = xml.find("<test id"); at != std::string::npos;
         at = xml.find("<test id", at + 1)) {
        const auto test = xml.substr(at, xml.find("</test>", at) - at);
        const auto category = element(test, "category");
        const bool is_accepted = read_emails(element(test, "address")).has_value();
        auto& count = counts[category.substr(8)];
        ++(is_accepted ? count.first : count.second);
        if (is_accepted && category == "ISEMAIL_ERR") {
            accepted_faults.push_back(element(test, "diagnosis"));
        }
        if (!is_accepted && category == "ISEMAIL_VALID_CATEGORY") {
            refused_valid.push_back(element(test, "address"));
        }
    }
    using Count = std::pair<int, int>;
    // No mailbox that a campaign writes to: comments inside, quoted local parts, address literals.
    EXPECT_EQ(counts["RFC5322"], Count(0, 30));
    EXPECT_EQ(counts["DEPREC"].first + counts["DEPREC"].second, 20);
    EXPECT_EQ(counts["RFC5321"], Count(0, 16));
    EXPECT_EQ(counts["VALID_CATEGORY"].first + counts["VALID_CATEGORY"].second, 14);
    EXPECT_EQ(counts["DNSWARN"].first + counts["DNSWARN"].second, 8);
    EXPECT_EQ(refused_valid, std::vector<std::string>{"test@io"});
    for (const auto& [category, count] : counts) {
        std::printf("isemail %s: %d accepted, %d refused\n", category.c_str(), count.first,
                    count.second);
    }
    for (const auto& diagnosis : accepted_faults) {
        // White space around an address, a trailing dot and a lone mark before it are a cell's.
        EXPECT_TRUE(
            diagnosis == "ISEMAIL_ERR_DOT_END" || diagnosis == "ISEMAIL_ERR_EXPECTING_ATEXT" ||
            diagnosis.starts_with("ISEMAIL_ERR_FWS_") ||
            diagnosis.starts_with("ISEMAIL_ERR_UNCLOSED") || diagnosis == "ISEMAIL_ERR_CR_NO_LF")
            << diagnosis;
    }
}

TEST(EmailCorpus, OfParliamentsIsReadWhole) {
    COTERIE_SHARED_OR_SKIP(path, "mep/meps.csv");
    std::ifstream file(path);
    std::string line;
    int read_count = 0;
    const std::regex pattern("[a-z0-9.\\-]+@europarl\\.europa\\.eu");
    while (std::getline(file, line)) {
        std::smatch found;
        if (!std::regex_search(line, found, pattern))
            continue;
        const auto reading = read_emails(found.str());
        ASSERT_TRUE(reading.has_value()) << found.str();
        EXPECT_EQ(reading.value().front().address, found.str());
        ++read_count;
    }
    EXPECT_EQ(read_count, 718);
}

TEST(Emails, ReadFromTheirOwnOutputAreTheSame) {
    for (const auto* cell :
         {"ida@holm.dk", "Ida <ida@HOLM.dk>", "booking@x.dk; ida [at] gmail.com"}) {
        const auto first = read_emails(cell);
        ASSERT_TRUE(first.has_value());
        for (const auto& email : first.value()) {
            const auto again = read_emails(email.address);
            ASSERT_TRUE(again.has_value());
            EXPECT_EQ(again.value().front().address, email.address);
        }
    }
}

}  // namespace
}  // namespace coterie::normalize
