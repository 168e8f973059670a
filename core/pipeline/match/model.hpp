/// The matcher's model: how much each level of each comparison speaks for or against two records
/// being one person (Fellegi and Sunter 1969), and how it is learnt.
#pragma once

#include "pipeline/match/blocking.hpp"
#include "pipeline/match/comparisons.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace coterie::match {

/// One level: the shares of pairs of one person, and of two, that agree just so, among the pairs
/// where both have a value.
struct LevelShare {
    double m = 0;
    double u = 0;
    /// Match weight: log2(m/u).
    [[nodiscard]] double weight() const;
};

struct Comparison {
    ComparisonSpec spec;
    std::vector<LevelShare> levels;  ///< best first; level 1 is levels[0]
};

struct Model {
    std::vector<Comparison> comparisons;
    /// Probability of two records taken by chance being one person.
    double prior = 0;
    /// Whether m was learnt from the records; else they were too few, and it is the built-in one.
    bool is_learnt = false;
    std::uint32_t records = 0;  ///< that it was made from

    /// log2 of the prior odds: where every match weight starts.
    [[nodiscard]] double prior_weight() const;
};

/// Records that EM needs to learn anything.
constexpr std::size_t kLearnMin = 500;

/// How many candidates agree in each way.
using PatternCounts = std::vector<std::pair<Pattern, std::uint64_t>>;

/// Makes the model for these records. Deterministic: the same for any order of them.
/// \param order_keys  by rank; choose the sample.
/// \param patterns    of the candidates; sorted.
Model make_model(const Corpus& corpus, std::vector<ComparisonSpec> specs,
                 const PatternCounts& patterns, std::span<const std::uint64_t> order_keys);

/// Scores pairs by a model. One thread.
class Scorer {
  public:
    Scorer(const Corpus& corpus, const Model& model);
    /// What one comparison adds, in bits.
    struct Part {
        std::size_t comparison = 0;
        Level level = 0;
        double weight = 0;  ///< of the level
        double rarity = 0;  ///< added for how rare, or common, the common value is
    };
    /// Prior, weights and rarities together. Symmetric.
    [[nodiscard]] double weight(Rank a, Rank b);
    [[nodiscard]] double weight(const Agreed& agreed) const;
    /// All that speaks against the two being one, in bits; 0 or less.
    [[nodiscard]] double against(const Agreed& agreed) const;
    /// What speaks against the two the most, for a person's eyes.
    [[nodiscard]] std::string doubt(const Agreed& agreed) const;
    [[nodiscard]] std::vector<Part> parts(const Agreed& agreed) const;
    [[nodiscard]] Agreed compare(Rank a, Rank b) { return comparer_.compare(a, b); }
    /// Without rarities, which add at most rarity_max.
    [[nodiscard]] double weight_of(Pattern pattern) const;
    [[nodiscard]] double rarity_max(Pattern pattern) const;
    [[nodiscard]] const Model& model() const { return model_; }

  private:
    [[nodiscard]] double rarity(std::size_t comparison, const Agreed& agreed) const;
    void count_full_names();
    [[nodiscard]] double rarity_of_full_name(ValueId given, ValueId family) const;
    [[nodiscard]] bool has_rarity(std::size_t comparison) const;
    [[nodiscard]] double rarity_of(std::uint16_t column, double chance, std::uint32_t count) const;
    const Corpus& corpus_;
    const Model& model_;
    std::vector<ComparisonSpec> specs_;
    Comparer comparer_;
    std::vector<double> chance_;  ///< by comparison: of two values being equal
    /// Records of one given and family name, where they are more than one person's.
    std::unordered_map<std::uint64_t, std::uint32_t> full_names_;
    double records_of_one_ = 1;  ///< of somebody whom a record is of, on average
};

/// The match weight of a probability: its log2 odds; bounded, so that 0 and 1 are something too.
double weight_of(double probability);
/// Of a match weight; 0 to 1.
double probability_of(double weight);

}  // namespace coterie::match
