// What is said of an evaluation.
#include "pipeline/evaluate/report.hpp"

#include <gmock/gmock.h>

namespace coterie::evaluate {
namespace {

using testing::HasSubstr;
using testing::Not;

Report small_report() {
    Report report;
    report.truth = "truth.csv";
    report.score = measure(std::vector<JudgedRecord>{{1, 10}, {1, 10}, {1, 11}, {2, 11}});
    report.in_no_cluster = 1;
    report.not_in_store = 1;
    report.not_in_store_listed = {"crm/9"};
    Example example;
    example.pairs = 1;
    example.size_a = example.size_b = 1;
    example.a = {"crm", "contacts", "3", "Ada <b>& Co</b>", "ada", "inf_x", ""};
    example.b = {"sheet", "rows", "4", "", "bo", "inf_x", ""};
    example.evidence = {{"same e-mail", "ada@example.dk", true}, {"names conflict", "", false}};
    report.false_links = {example};
    example.evidence.clear();
    example.b.state = "in quarantine";
    report.misses = {example};
    return report;
}

TEST(EvaluationReport, SaysTheFiguresAndTheWorstInWords) {
    const std::string text = to_text(small_report());
    EXPECT_THAT(text, HasSubstr("pairs     precision 0.5000  recall 0.3333  F1 0.4000\n"));
    EXPECT_THAT(text, HasSubstr("4 records of 2 people in 2 clusters"));
    EXPECT_THAT(text, HasSubstr("of those, 1 are not in the store: crm/9\n"));
    EXPECT_THAT(text, HasSubstr("crm/3 (Ada <b>& Co</b>) = sheet/4 (no name)\n"
                                "  1 wrong: 1 record of 'ada' and 1 record of 'bo' in one golden "
                                "record\n  + same e-mail: ada@example.dk\n  - names conflict\n"));
    EXPECT_THAT(text, HasSubstr("  sheet/4 is in quarantine\n"));
}

TEST(EvaluationReport, IsOneJsonDocument) {
    const auto json = to_json(small_report());
    EXPECT_EQ(json.at("pairs").at("true"), 3);
    EXPECT_DOUBLE_EQ(json.at("pairwise").at("f1"), 0.4);
    EXPECT_EQ(json.at("false_links").at(0).at("a").at("golden_id"), "inf_x");
    EXPECT_EQ(json.at("misses").at(0).at("b").at("state"), "in quarantine");
}

TEST(EvaluationReport, IsAPageThatNeedsNothingAndRunsNothing) {
    const std::string page = to_html(small_report());
    EXPECT_THAT(page, HasSubstr("<td class=\"number\">0.3333</td>"));
    EXPECT_THAT(page, HasSubstr("Ada &lt;b&gt;&amp; Co&lt;/b&gt;"));
    for (const char* part : {"http://", "https://", "<script", "src=", "@import", "<b>"}) {
        EXPECT_THAT(page, Not(HasSubstr(part)));
    }
}

}  // namespace
}  // namespace coterie::evaluate
