/// The match weight of two records as a waterfall: where it starts, and what each thing adds.
#pragma once

#include "pipeline/match/match.hpp"

#include "coterie/result.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::match {

/// What one comparison adds.
struct WeightBar {
    std::string what;   ///< "family name"
    std::string level;  ///< "almost the same"
    double weight = 0;  ///< of the level, in bits
    double rarity = 0;  ///< added for how rare, or common, the common value is
    std::string a, b;   ///< the values, as they were compared
    std::string note;   ///< "on 31 names"; "" for nothing to add
};

/// `prior` and all bars together are `weight`.
struct Waterfall {
    double prior = 0;  ///< of two records taken by chance
    double weight = 0;
    double probability = 0;
    bool is_learnt = false;  ///< else the built-in model, since the records are few
    std::vector<WeightBar> bars;
    std::vector<std::string> rules;  ///< blocking rules that bring the two together
};

/// Weighs pairs as the last matching did. One thread.
class Weigher {
  public:
    /// \param records  all that were matched; the texts must live as long.
    /// \param model    what the matching gave as Clusters::model.
    /// \return Config when the model cannot be read.
    static Result<std::unique_ptr<Weigher>> make(std::span<const KeyedRecord> records,
                                                 std::string_view model);
    virtual ~Weigher() = default;
    /// \pre both are among the records; else the prior alone.
    virtual Waterfall weigh(Row a, Row b) = 0;
};

}  // namespace coterie::match
