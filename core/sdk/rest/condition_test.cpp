#include "sdk/rest/api.hpp"

#include <gtest/gtest.h>

namespace coterie::rest {
namespace {

using Json = nlohmann::json;

class Config final : public Scope {
  public:
    [[nodiscard]] std::optional<Json> find(std::string_view name) const override {
        return name == "config.names" ? std::optional<Json>({"topics", "shoe_size"}) : std::nullopt;
    }
};

/// Which of these elements a lookup keeps: `where` is compiled as a description's is.
std::vector<std::string> kept(const Json& where, const std::vector<Json>& elements) {
    const auto description = Description::compile(
        {{"base_url", "https://crm.example"},
         {"auth", {{"kind", "none"}}},
         {"lookups",
          {{"names", {{"request", {{"path", "/names"}}}, {"key", "/name"}, {"where", where}}}}},
         {"streams",
          {{"contacts",
            {{"id", "/id"},
             {"add", {{"name", {{"lookup", "names"}, {"by", "{/id}"}}}}},
             {"request", {{"path", "/contacts"}}}}}}}});
    const auto& conditions = description.lookups.at("names").where;
    const Config config;
    std::vector<std::string> names;
    for (const Json& element : elements) {
        const ElementScope scope(config, element);
        if (std::all_of(conditions.begin(), conditions.end(),
                        [&](const Condition& condition) { return condition.holds(scope); })) {
            names.push_back(element.at("name"));
        }
    }
    return names;
}

TEST(Conditions, OfAGroupAnyAllOrNoneHold) {
    const std::vector<Json> elements = {{{"name", "email"}, {"own", true}},
                                        {{"name", "page_views"}, {"own", true}},
                                        {{"name", "topics"}, {"own", false}},
                                        {{"name", "shoe_size"}}};
    const Json asked = {{"at", "/name"}, {"in", {"email", "phone"}}};
    const Json own = {{"at", "/own"}, {"is", true}};
    using Names = std::vector<std::string>;
    EXPECT_EQ(kept({{"any", {asked, {{"not", own}}}}}, elements),
              (Names{"email", "topics", "shoe_size"}));
    EXPECT_EQ(kept({{"all", {asked, own}}}, elements), Names{"email"});
    EXPECT_EQ(kept({{"not", {asked, own}}}, elements), (Names{"topics", "shoe_size"}));
    EXPECT_EQ(kept({{"at", "/own"}, {"is", true}, {"not", asked}}, elements), Names{"page_views"});
}

TEST(Conditions, AListMayComeFromTheConfig) {
    const std::vector<Json> elements = {{{"name", "email"}}, {{"name", "shoe_size"}}};
    using Names = std::vector<std::string>;
    EXPECT_EQ(kept({{"at", "/name"}, {"in", "{config.names}"}}, elements), Names{"shoe_size"});
    EXPECT_EQ(kept({{"at", "/name"}, {"in", "{config.others}"}}, elements), Names{});
}

TEST(Conditions, OnAnAnswerHaveNoTemplatesAsNobodyWouldFillThemIn) {
    for (const Json& more : {Json{{"at", "/count"}, {"over", "{config.page_size}"}},
                             Json{{"any", {{{"at", "/count"}, {"in", "{config.names}"}}}}}}) {
        try {
            Description::compile({{"base_url", "https://crm.example"},
                                  {"streams",
                                   {{"contacts",
                                     {{"id", "/id"},
                                      {"request", {{"path", "/contacts"}}},
                                      {"paging", {{"kind", "page"}, {"more", more}}}}}}}});
            FAIL() << more;
        } catch (const std::invalid_argument& error) {
            EXPECT_NE(std::string(error.what()).find("paging.more: looks at an answer alone"),
                      std::string::npos)
                << error.what();
        }
    }
}

TEST(Conditions, AGroupsFaultsAreNamedWithTheirPlace) {
    try {
        kept({{"any", {{{"at", "/name"}, {"equals", 1}}}}}, {});
        FAIL() << "compiled";
    } catch (const std::invalid_argument& error) {
        EXPECT_NE(std::string(error.what()).find("lookups.names.where.any[0].equals"),
                  std::string::npos)
            << error.what();
    }
}

}  // namespace
}  // namespace coterie::rest
