#include "pipeline/match/model_json.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

namespace coterie::match {

namespace {

using Json = nlohmann::ordered_json;

constexpr auto kKinds = std::to_array<std::pair<ComparisonKind, std::string_view>>({
    {ComparisonKind::Given, "given"},
    {ComparisonKind::Family, "family"},
    {ComparisonKind::NameOrder, "name_order"},
    {ComparisonKind::Word, "word"},
    {ComparisonKind::Email, "email"},
    {ComparisonKind::Phone, "phone"},
    {ComparisonKind::Handle, "handle"},
    {ComparisonKind::UserId, "user_id"},
    {ComparisonKind::Place, "place"},
    {ComparisonKind::Custom, "custom"},
    {ComparisonKind::Source, "source"},
});

std::string_view word_of(ComparisonKind kind) {
    return std::find_if(kKinds.begin(), kKinds.end(),
                        [kind](const auto& one) { return one.first == kind; })
        ->second;
}

double rounded(double value) {
    return std::round(value * 1e12) / 1e12;
}

/// A share from 0 to 1.
std::optional<double> share_in(const Json& from, const char* name) {
    const auto found = from.find(name);
    if (found == from.end() || !found->is_number()) {
        return std::nullopt;
    }
    const double value = found->get<double>();
    return value >= 0 && value <= 1 ? std::optional(value) : std::nullopt;
}

Error wrong(const std::string& where, const std::string& what) {
    return {ErrorKind::Config, fmt::format("the matching model, {}: {}", where, what)};
}

Result<Comparison> read_comparison(const Json& json, const std::string& where) {
    if (!json.is_object() || !json.contains("kind") || !json.contains("name") ||
        !json.contains("levels") || !json["kind"].is_string() || !json["name"].is_string() ||
        !json["levels"].is_array()) {
        return wrong(where, "allowed: a map with name, kind and levels");
    }
    const auto kind = std::find_if(kKinds.begin(), kKinds.end(), [&](const auto& one) {
        return one.second == json["kind"].get_ref<const std::string&>();
    });
    if (kind == kKinds.end()) {
        return wrong(where + "/kind", "'" + json["kind"].get<std::string>() + "' is none");
    }
    Comparison comparison;
    comparison.spec.kind = kind->first;
    comparison.spec.name = json["name"].get<std::string>();
    const std::size_t count = levels_of(kind->first).size();
    if (json["levels"].size() != count) {
        return wrong(where + "/levels",
                     fmt::format("has {} levels; it needs {}", json["levels"].size(), count));
    }
    for (std::size_t i = 0; i < count; ++i) {
        const auto m = share_in(json["levels"][i], "m");
        const auto u = share_in(json["levels"][i], "u");
        if (!m || !u) {
            return wrong(fmt::format("{}/levels/{}", where, i),
                         "m and u must be numbers between 0 and 1");
        }
        comparison.levels.push_back({*m, *u});
    }
    return comparison;
}

/// Those that are always compared, then the file's own fields that the corpus has.
std::vector<ComparisonSpec> specs_of(const std::vector<Comparison>& read, const Corpus& corpus) {
    std::vector<ComparisonSpec> specs = comparisons_for(corpus);
    std::erase_if(specs, [](const auto& one) { return one.kind == ComparisonKind::Custom; });
    for (std::size_t i = 0; i < corpus.columns().size(); ++i) {
        const std::string name = "custom." + corpus.columns()[i].name;
        const bool is_wanted =
            corpus.columns()[i].kind == FeatureKind::Custom && specs.size() < kComparisonsMax &&
            std::any_of(read.begin(), read.end(), [&](const Comparison& one) {
                return one.spec.kind == ComparisonKind::Custom && one.spec.name == name;
            });
        if (is_wanted) {
            specs.push_back({ComparisonKind::Custom, name, static_cast<std::uint16_t>(i)});
        }
    }
    return specs;
}

}  // namespace

std::string model_json(const Model& model) {
    Json comparisons = Json::array();
    for (const Comparison& comparison : model.comparisons) {
        Json levels = Json::array();
        for (std::size_t i = 0; i < comparison.levels.size(); ++i) {
            const LevelShare& share = comparison.levels[i];
            levels.push_back({{"level", levels_of(comparison.spec.kind)[i]},
                              {"m", rounded(share.m)},
                              {"u", rounded(share.u)},
                              {"weight", std::round(share.weight() * 1000) / 1000}});
        }
        comparisons.push_back({{"name", comparison.spec.name},
                               {"kind", word_of(comparison.spec.kind)},
                               {"levels", std::move(levels)}});
    }
    return Json{{"version", kModelVersion},
                {"learnt", model.is_learnt},
                {"records", model.records},
                {"prior", model.prior},
                {"comparisons", std::move(comparisons)}}
        .dump(1);
}

Result<Model> read_model(std::string_view text, const Corpus& corpus) {
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object() || json.value("version", 0) != kModelVersion) {
        return wrong("version", fmt::format("allowed: {}", kModelVersion));
    }
    Model model;
    const auto prior = share_in(json, "prior");
    if (!prior || *prior <= 0 || *prior >= 1 || !json.contains("comparisons") ||
        !json["comparisons"].is_array()) {
        return wrong("prior, comparisons", "one is missing or wrong");
    }
    model.prior = *prior;
    model.is_learnt = json.value("learnt", false);
    model.records = json.value("records", 0U);
    std::vector<Comparison> read;
    for (std::size_t i = 0; i < json["comparisons"].size(); ++i) {
        COTERIE_TRY(auto comparison,
                    read_comparison(json["comparisons"][i], fmt::format("comparisons/{}", i)));
        read.push_back(std::move(comparison));
    }
    for (const ComparisonSpec& spec : specs_of(read, corpus)) {
        const auto found = std::find_if(read.begin(), read.end(), [&](const Comparison& one) {
            return one.spec.kind == spec.kind && one.spec.name == spec.name;
        });
        // What the file does not have speaks neither for nor against.
        model.comparisons.push_back(
            {spec, found != read.end()
                       ? found->levels
                       : std::vector<LevelShare>(levels_of(spec.kind).size(), {0.5, 0.5})});
    }
    return model;
}

}  // namespace coterie::match
