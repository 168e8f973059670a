#include "observe/progress_line.hpp"
#include "observe/run_summary.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coterie::observe {
namespace {

using testing::HasSubstr;

RunSummary summary_with(std::initializer_list<const char*> states) {
    RunSummary summary;
    for (const char* state : states) {
        SourceSummary source;
        source.name = state;
        source.state = state;
        summary.sources.push_back(source);
    }
    return summary;
}

TEST(RunSummary, ExitCodeSaysHowTheSourcesDid) {
    EXPECT_EQ(summary_with({"done", "done"}).exit_code(), 0);
    EXPECT_EQ(summary_with({"done", "failed"}).exit_code(), 1);
    EXPECT_EQ(summary_with({"held"}).exit_code(), 1);
    EXPECT_EQ(summary_with({"failed", "failed"}).exit_code(), 4);
    RunSummary interrupted = summary_with({"done"});
    interrupted.interrupted = true;
    EXPECT_EQ(interrupted.exit_code(), 1);
}

TEST(RunSummary, AHeldDestinationIsHalfDone) {
    RunSummary summary = summary_with({"done"});
    summary.destinations.emplace_back();
    summary.destinations[0].state = "planned";
    EXPECT_EQ(summary.exit_code(), 0);
    summary.destinations[0].state = "held";
    EXPECT_EQ(summary.exit_code(), 1);
}

TEST(RunSummary, WhatADryRunPlansIsATableAndWholeInTheDocument) {
    RunSummary summary = summary_with({"done"});
    DestinationSummary destination;
    destination.name = "crm";
    destination.state = "planned";
    destination.planned.push_back({"inf_1",
                                   "Ida Holm",
                                   "update",
                                   {{"action", "update"},
                                    {"target", "contacts/123"},
                                    {"fields",
                                     {{"email", {{"old", nullptr}, {"new", "i@x.example"}}},
                                      {"name", {{"old", "Ida"}, {"new", "Ida Holm"}}}}},
                                    {"internal", 1}}});
    destination.planned.push_back({"inf_2", "", "remove", nullptr});
    destination.planned.push_back({"inf_3", "Bo", "update", {{"action", "skip"}}});
    for (int i = 0; i < 30; ++i) {
        destination.planned.push_back({"inf_more" + std::to_string(i), "", "create", nullptr});
    }
    summary.destinations.push_back(destination);
    const std::string text = to_text(summary);
    EXPECT_THAT(text, HasSubstr("crm            update  Ida Holm (inf_1)  contacts/123  email  "
                                "(none) → i@x.example\n"));
    EXPECT_THAT(text, HasSubstr("name   Ida → Ida Holm\n"));
    EXPECT_THAT(text, HasSubstr("crm            remove  inf_2\n"));
    EXPECT_THAT(text, HasSubstr("crm: … and 12 more; --json lists all\n"));
    EXPECT_THAT(text, HasSubstr("crm: 1 other needs no change\n"));
    const auto planned = to_json(summary)["destinations"][0]["planned"];
    ASSERT_EQ(planned.size(), 33U);
    EXPECT_EQ(planned[0], (nlohmann::json{{"id", "inf_1"},
                                          {"name", "Ida Holm"},
                                          {"action", "update"},
                                          {"target", "contacts/123"},
                                          {"fields", destination.planned[0].plan["fields"]}}));
    EXPECT_EQ(planned[1], (nlohmann::json{{"id", "inf_2"}, {"action", "remove"}}));
}

TEST(RunSummary, TextNamesEachSourceAndWhatToDo) {
    RunSummary summary = summary_with({"done", "held"});
    summary.sources[0].read = 1234567;
    summary.sources[1].message = "held: 30 of 40 records are gone";
    summary.sources[0].values_not_understood = {{"phones[].e164", 2}};
    summary.golden.total = 1;
    const std::string text = to_text(summary);
    EXPECT_THAT(text, HasSubstr("1,234,567"));
    EXPECT_THAT(text, HasSubstr("source 'held': held: 30 of 40 records are gone"));
    EXPECT_THAT(text, HasSubstr("2 values not used as they stand: not understood (kept under "
                                "custom) or refused (phones[].e164 2)"));
    EXPECT_THAT(text, HasSubstr("1 influencer:"));
}

TEST(ProgressText, SaysRateShareAndTimeLeft) {
    const std::string text = progress_text(
        "extract", {{"crm", {500, 50, 100}}, {"manual", {250, 25, 100}}}, std::chrono::seconds(5));
    EXPECT_EQ(text, "extract: 750 records, 150/s, 25 %, 0:15 left (crm 50 %, manual 25 %)");
    EXPECT_EQ(progress_text("match", {}, std::chrono::seconds(1)), "match: 0 records, 0/s");
}

}  // namespace
}  // namespace coterie::observe
