#include "pipeline/match/model.hpp"

#include "base/hash.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>

namespace coterie::match {

namespace {

/// What is known before any record is seen, from lists of the field; m, then u, a level.
struct BuiltIn {
    ComparisonKind kind;
    std::array<double, kLevelsMax> m;
    std::array<double, kLevelsMax> u;
};
constexpr auto kBuiltIn = std::to_array<BuiltIn>({
    {ComparisonKind::Given,
     {0.715, 0.08, 0.10, 0.06, 0.015, 0.03},
     {0.008, 0.006, 0.02, 0.004, 0.03, 0.932}},
    {ComparisonKind::Family, {0.80, 0.06, 0.06, 0.02, 0.06}, {0.002, 0.002, 0.002, 0.014, 0.98}},
    // Of "both the same" only the ratio counts, and is found from the records.
    {ComparisonKind::NameOrder, {0.01, 0.985, 0.015}, {0.01, 0.9, 0.1}},
    {ComparisonKind::Word, {0.6, 0.2, 0.08, 0.12}, {0.0005, 0.004, 0.0055, 0.99}},
    {ComparisonKind::Email,
     {0.42, 0.05, 0.03, 0.05, 0.05, 0.40},
     {0.00001, 0.0003, 0.001, 0.0001, 0.0005, 0.99809}},
    {ComparisonKind::Phone,
     {0.52, 0.06, 0.03, 0.04, 0.35},
     {0.00001, 0.0003, 0.001, 0.0002, 0.99849}},
    {ComparisonKind::Handle,
     {0.50, 0.04, 0.01, 0.10, 0.15, 0.20},
     {0.00001, 0.0003, 0.001, 0.0005, 0.003, 0.9952}},
    {ComparisonKind::UserId, {0.9, 0.1}, {0.000005, 0.999995}},
    {ComparisonKind::Place, {0.75, 0.07, 0.18}, {0.05, 0.01, 0.94}},
    {ComparisonKind::Source, {0.5, 0.5}, {0.5, 0.5}},
    {ComparisonKind::Custom, {0.70, 0.06, 0.04, 0.20}, {0.02, 0.01, 0.03, 0.94}},
});
const BuiltIn& built_in(ComparisonKind kind) {
    return *std::find_if(kBuiltIn.begin(), kBuiltIn.end(),
                         [kind](const BuiltIn& one) { return one.kind == kind; });
}
/// What is known before weighs as much as so many pairs of one person, or of two.
constexpr double kPairsOfOne = 40;
constexpr double kPairsOfTwo = 10000;
/// Matches a record, before anything is learnt.
constexpr double kMatchesPerRecord = 0.3;
/// A few records are a part of the many that there could be.
constexpr double kRecordsLeast = 4000;
constexpr double kPriorMax = 0.2;
/// No level is rarer among pairs of two people than this share of how often it is met at all: some
/// of those that agree are not one person after all.
constexpr double kLeastOfChance = 0.05;

/// What the rarity of one value adds or takes at most, in bits.
constexpr double kRarityMax = 6;

double pairs_of(double records) {
    return records * (records - 1) / 2;
}

/// Counts of pairs, by level.
using Counts = std::array<double, kLevelsMax + 1>;

class Learner {
  public:
    Learner(const Corpus& corpus, std::vector<ComparisonSpec> specs, const PatternCounts& patterns,
            std::span<const std::uint64_t> order_keys)
        : corpus_(corpus), specs_(std::move(specs)), order_keys_(order_keys), patterns_(patterns) {}

    Model run() {
        model_.records = static_cast<std::uint32_t>(corpus_.described());
        const double records = std::max(kRecordsLeast, static_cast<double>(corpus_.described()));
        model_.prior = kMatchesPerRecord * records / pairs_of(records);
        start();
        model_.is_learnt = corpus_.described() >= kLearnMin;
        if (model_.is_learnt) {
            constexpr int kRounds = 25;
            for (int round = 0; round < kRounds; ++round) {
                learn();
            }
        }
        return std::move(model_);
    }

  private:
    [[nodiscard]] double prior_of(double matches) const {
        const double pairs = std::max(1.0, pairs_of(static_cast<double>(corpus_.described())));
        return std::clamp(matches / pairs, 0.01 / pairs, kPriorMax);
    }

    /// Built-in shares of one, shares met of two.
    void start() {
        totals_ = met_by_chance();
        for (std::size_t i = 0; i < specs_.size(); ++i) {
            BuiltIn& known = known_.emplace_back(built_in(specs_[i].kind));
            Comparison comparison{specs_[i], {}};
            const double all = sum(totals_[i]);
            if (specs_[i].kind == ComparisonKind::Source && all > 0) {
                // Whether sources have people twice is for the records to tell.
                known.m = {totals_[i][1] / all, totals_[i][2] / all};
                known.u = known.m;
            }
            for (std::size_t level = 1; level <= levels_of(specs_[i].kind).size(); ++level) {
                const double before = known.u[level - 1];
                const double u =
                    specs_[i].kind == ComparisonKind::NameOrder
                        ? before
                        : (totals_[i][level] + before * kPairsOfTwo) / (all + kPairsOfTwo);
                comparison.levels.push_back({known.m[level - 1], u});
            }
            model_.comparisons.push_back(std::move(comparison));
        }
    }

    static double sum(const Counts& counts) {
        double all = 0;
        for (std::size_t level = 1; level < counts.size(); ++level) {
            all += counts[level];
        }
        return all;
    }

    /// How many pairs of all agree at each level: exact ones counted from how often each value
    /// occurs, others from a sample.
    std::vector<Counts> met_by_chance() {
        std::vector<Counts> totals = met_in_sample();
        count_full_names(totals[kOrderAt]);
        for (std::size_t i = 0; i < specs_.size(); ++i) {
            const ComparisonKind kind = specs_[i].kind;
            if (kind == ComparisonKind::NameOrder) {
                continue;
            }
            const Column& column = corpus_.columns()[specs_[i].column];
            Counts exact{};
            for (ValueId value = 0; value < column.texts.size(); ++value) {
                const auto names = column.names.empty() ? 1U : column.names[value];
                const bool is_identifier = is_exact(kind, 2);
                const std::size_t level = !is_identifier || names < kFewNames ? 1
                                          : names < kManyNames                ? 2
                                                                              : 3;
                exact[level] += pairs_of(column.counts[value]);
            }
            // What the sample does not meet at all is rare, not impossible.
            constexpr double kPairsOfSample = 50;
            Counts& met = totals[i];
            double others = 0;
            for (std::size_t level = 1; level <= levels_of(kind).size(); ++level) {
                met[level] = is_exact(kind, static_cast<Level>(level))
                                 ? 0
                                 : met[level] + built_in(kind).u[level - 1] * kPairsOfSample;
                others += met[level];
            }
            const double rest = std::max(0.0, pairs_of(column.records) - sum(exact));
            for (std::size_t level = 1; level < met.size(); ++level) {
                met[level] = exact[level] + (others > 0 ? met[level] * rest / others : 0);
            }
        }
        return totals;
    }

    void count_full_names(Counts& met) {
        std::unordered_map<std::uint64_t, std::uint32_t> counts;
        std::uint32_t all = 0;
        for (Rank rank = 0; rank < corpus_.size(); ++rank) {
            const auto given = corpus_.values(rank, specs_[kGivenAt].column);
            const auto family = corpus_.values(rank, specs_[kFamilyAt].column);
            if (!given.empty() && !family.empty()) {
                ++counts[std::uint64_t{given.front().value} << 32 | family.front().value];
                ++all;
            }
        }
        for (const auto& [name, count] : counts) {
            full_names_ += pairs_of(count);
        }
        met = {};
        met[1] = full_names_;
        met[2] = pairs_of(all) - full_names_;
    }

    std::vector<Counts> met_in_sample() {
        constexpr std::size_t kSampleMax = 700;
        std::vector<Rank> sample;
        for (Rank rank = 0; rank < corpus_.size(); ++rank) {
            if (!corpus_.entries(rank).empty()) {
                sample.push_back(rank);
            }
        }
        const auto key = [this](Rank rank) {
            const std::uint64_t stable = order_keys_[rank];
            return std::pair(hash64({reinterpret_cast<const char*>(&stable), sizeof stable}), rank);
        };
        const std::size_t size = std::min(sample.size(), kSampleMax);
        std::partial_sort(sample.begin(), sample.begin() + static_cast<std::ptrdiff_t>(size),
                          sample.end(), [&](Rank a, Rank b) { return key(a) < key(b); });
        std::vector<Counts> counts(specs_.size());
        Comparer comparer(corpus_, specs_);
        for (std::size_t i = 0; i < size; ++i) {
            for (std::size_t j = i + 1; j < size; ++j) {
                const Agreed agreed = comparer.compare(sample[i], sample[j]);
                for (std::size_t c = 0; c < specs_.size(); ++c) {
                    counts[c][agreed.levels[c]] += agreed.levels[c] == kMissing ? 0 : 1;
                }
            }
        }
        return counts;
    }

    /// One round of expectation and maximization; what is no candidate is taken for two people.
    void learn() {
        std::vector<Counts> of_one(specs_.size());
        double matches = 0;
        double namesakes = 0;  // candidates of one full name that tell of themselves otherwise
        double namesakes_of_one = 0;
        for (const auto& [pattern, count] : patterns_) {
            double weight = model_.prior_weight();
            std::array<Level, kComparisonsMax> levels{};
            for (std::size_t i = 0; i < specs_.size(); ++i) {
                levels[i] = level_in(pattern, i, specs_.size());
                weight += levels[i] == kMissing
                              ? 0
                              : model_.comparisons[i].levels[levels[i] - 1U].weight();
            }
            const double share = probability_of(weight) * static_cast<double>(count);
            matches += share;
            for (std::size_t i = 0; i < specs_.size(); ++i) {
                of_one[i][levels[i]] += share;
            }
            if (levels[kOrderAt] == 1 && tells_of_itself(levels)) {
                namesakes += static_cast<double>(count);
                namesakes_of_one += share;
            }
        }
        model_.prior = prior_of(matches);
        for (std::size_t i = 0; i < specs_.size(); ++i) {
            if (specs_[i].kind != ComparisonKind::NameOrder) {
                take(model_.comparisons[i], known_[i], of_one[i], totals_[i]);
                hold(model_.comparisons[i], known_[i], totals_[i]);
            }
        }
        constexpr double kNamesakesMin = 20;
        if (namesakes >= kNamesakesMin) {
            learn_full_names(1 - namesakes_of_one / namesakes);
        }
    }

    /// Whether a pair has something to compare that is a person's own.
    [[nodiscard]] bool tells_of_itself(std::span<const Level> levels) const {
        for (std::size_t i = 0; i < specs_.size(); ++i) {
            const ComparisonKind kind = specs_[i].kind;
            const bool is_own = is_exact(kind, 2) || kind == ComparisonKind::UserId ||
                                kind == ComparisonKind::Custom;
            if (is_own && levels[i] != kMissing) {
                return true;
            }
        }
        return false;
    }

    /// Given and family names go together, by country and fashion: more people have both in common
    /// than their shares by themselves would have it.
    /// \param of_two  share of the pairs with one full name that are two people
    void learn_full_names(double of_two) {
        const double both = sum(totals_[kOrderAt]);
        const double by_chance =
            model_.comparisons[kGivenAt].levels[0].u * model_.comparisons[kFamilyAt].levels[0].u;
        if (both <= 0 || by_chance <= 0) {
            return;
        }
        constexpr double kRatioMax = 64;
        const double ratio = of_two * full_names_ / both / by_chance;
        LevelShare& share = model_.comparisons[kOrderAt].levels[0];
        share.u = share.m * std::clamp(ratio, 1.0, kRatioMax);
    }

    /// Two people of one agency agree in its address and differ in all else. Where such pairs are
    /// many, they would be learnt as one person's if nothing held: so what several names share is
    /// not learnt to tell more than is known, nor that a person's names differ often.
    static void hold(Comparison& comparison, const BuiltIn& known, const Counts& totals) {
        const ComparisonKind kind = comparison.spec.kind;
        const double all = sum(totals);
        for (Level level = 2; is_exact(kind, level); ++level) {
            LevelShare& share = comparison.levels[level - 1U];
            // A few names may be one, misspelt.
            constexpr double kFewMax = 0.2;
            share.m = std::min(share.m, level == 2 ? kFewMax : known.m[level - 1U]);
            share.u = std::max(share.u, (totals[level] + known.u[level - 1U] * kPairsOfTwo) /
                                            (all + kPairsOfTwo));
        }
        constexpr double kNamesDifferMax = 0.2;
        double& differ = comparison.levels.back().m;
        if ((kind == ComparisonKind::Given || kind == ComparisonKind::Family) &&
            differ > kNamesDifferMax) {
            const double scale = (1 - kNamesDifferMax) / (1 - differ);
            for (LevelShare& share : comparison.levels) {
                share.m *= scale;
            }
            differ = kNamesDifferMax;
        }
    }

    static void take(Comparison& comparison, const BuiltIn& known, const Counts& of_one,
                     const Counts& totals) {
        const double ones = sum(of_one);
        const double all = sum(totals);
        for (std::size_t level = 1; level <= comparison.levels.size(); ++level) {
            LevelShare& share = comparison.levels[level - 1];
            share.m = (of_one[level] + known.m[level - 1] * kPairsOfOne) / (ones + kPairsOfOne);
            const double two =
                std::max(totals[level] - of_one[level], kLeastOfChance * totals[level]);
            share.u = (two + known.u[level - 1] * kPairsOfTwo) /
                      (std::max(all - ones, kLeastOfChance * all) + kPairsOfTwo);
        }
    }

    const Corpus& corpus_;
    std::vector<ComparisonSpec> specs_;
    std::span<const std::uint64_t> order_keys_;
    const PatternCounts& patterns_;
    std::vector<Counts> totals_;
    double full_names_ = 0;  ///< pairs of records with one full name
    std::vector<BuiltIn> known_;
    Model model_;
};

}  // namespace

double LevelShare::weight() const {
    constexpr double kLeast = 1e-9;
    return std::log2(std::max(m, kLeast) / std::max(u, kLeast));
}

double Model::prior_weight() const {
    return std::log2(prior / (1 - prior));
}

double weight_of(double probability) {
    constexpr double kLeast = 1e-12;
    const double bounded = std::clamp(probability, kLeast, 1 - kLeast);
    return std::log2(bounded / (1 - bounded));
}

double probability_of(double weight) {
    return 1 / (1 + std::exp2(-weight));
}

Model make_model(const Corpus& corpus, std::vector<ComparisonSpec> specs,
                 const PatternCounts& patterns, std::span<const std::uint64_t> order_keys) {
    return Learner(corpus, std::move(specs), patterns, order_keys).run();
}

Scorer::Scorer(const Corpus& corpus, const Model& model)
    : corpus_(corpus), model_(model), specs_([&] {
          std::vector<ComparisonSpec> specs;
          for (const Comparison& one : model.comparisons) {
              specs.push_back(one.spec);
          }
          return specs;
      }()),
      comparer_(corpus, specs_) {
    for (const ComparisonSpec& spec : specs_) {
        chance_.push_back(corpus.columns()[spec.column].chance_of_equal());
    }
    count_full_names();
}

/// A full name on many more records than one person has is the name of several people.
void Scorer::count_full_names() {
    const auto records = static_cast<double>(corpus_.described());
    if (specs_.size() <= kFamilyAt || records < 1) {
        return;
    }
    constexpr double kLeast = 2;
    records_of_one_ = std::max(kLeast, 1 + 2 * model_.prior * pairs_of(records) / records);
    for (Rank rank = 0; rank < corpus_.size(); ++rank) {
        const auto given = corpus_.values(rank, specs_[kGivenAt].column);
        const auto family = corpus_.values(rank, specs_[kFamilyAt].column);
        if (!given.empty() && !family.empty()) {
            ++full_names_[std::uint64_t{given.front().value} << 32 | family.front().value];
        }
    }
    std::erase_if(full_names_, [this](const auto& one) { return one.second <= records_of_one_; });
}

double Scorer::rarity_of_full_name(ValueId given, ValueId family) const {
    const auto found = full_names_.find(std::uint64_t{given} << 32 | family);
    return found == full_names_.end() ? 0 : -std::log2(found->second / records_of_one_);
}

double Scorer::weight(Rank a, Rank b) {
    return weight(comparer_.compare(a, b));
}

double Scorer::weight(const Agreed& agreed) const {
    double weight = model_.prior_weight();
    for (std::size_t i = 0; i < specs_.size(); ++i) {
        if (agreed.levels[i] != kMissing) {
            weight +=
                model_.comparisons[i].levels[agreed.levels[i] - 1U].weight() + rarity(i, agreed);
        }
    }
    return weight;
}

double Scorer::weight_of(Pattern pattern) const {
    double weight = model_.prior_weight();
    for (std::size_t i = 0; i < specs_.size(); ++i) {
        if (const Level level = level_in(pattern, i, specs_.size()); level != kMissing) {
            weight += model_.comparisons[i].levels[level - 1U].weight();
        }
    }
    return weight;
}

/// That a country is rare tells nothing of two people whose names are of that country.
bool Scorer::has_rarity(std::size_t comparison) const {
    using enum ComparisonKind;
    const ComparisonKind kind = specs_[comparison].kind;
    return comparison != kCountryAt &&
           (kind == Given || kind == Family || kind == Word || kind == Place || kind == Custom);
}

double Scorer::rarity_max(Pattern pattern) const {
    double most = 0;
    for (std::size_t i = 0; i < specs_.size(); ++i) {
        if (level_in(pattern, i, specs_.size()) == 1 && has_rarity(i) && chance_[i] > 0) {
            most += rarity_of(specs_[i].column, chance_[i], 2);
        }
    }
    return most;
}

double Scorer::against(const Agreed& agreed) const {
    double against = 0;
    for (std::size_t i = 0; i < specs_.size(); ++i) {
        if (agreed.levels[i] != kMissing) {
            against += std::min(0.0, model_.comparisons[i].levels[agreed.levels[i] - 1U].weight());
        }
    }
    return against;
}

std::string Scorer::doubt(const Agreed& agreed) const {
    std::string doubt;
    double worst = 0;
    for (const Part& part : parts(agreed)) {
        if (part.weight < worst) {
            worst = part.weight;
            const ComparisonSpec& spec = specs_[part.comparison];
            doubt = spec.name + ": " + std::string(levels_of(spec.kind)[part.level - 1U]);
        }
    }
    return doubt.empty() ? "too little is known of both" : doubt;
}

std::vector<Scorer::Part> Scorer::parts(const Agreed& agreed) const {
    std::vector<Part> parts;
    for (std::size_t i = 0; i < specs_.size(); ++i) {
        if (agreed.levels[i] != kMissing) {
            parts.push_back({i, agreed.levels[i],
                             model_.comparisons[i].levels[agreed.levels[i] - 1U].weight(),
                             rarity(i, agreed)});
        }
    }
    return parts;
}

/// Term frequency, as in Winkler 2000: a rare value in common tells more than a common one. What
/// is met once or twice is no rarer than that.
double Scorer::rarity(std::size_t comparison, const Agreed& agreed) const {
    const ComparisonSpec& spec = specs_[comparison];
    if (comparison == kOrderAt && agreed.levels[kOrderAt] == 1) {
        return agreed.levels[kGivenAt] == 1 && agreed.levels[kFamilyAt] == 1
                   ? rarity_of_full_name(agreed.values[kGivenAt], agreed.values[kFamilyAt])
                   : 0;
    }
    if (!has_rarity(comparison) || agreed.levels[comparison] != 1 || chance_[comparison] <= 0) {
        return 0;
    }
    const double rarity =
        rarity_of(spec.column, chance_[comparison],
                  corpus_.columns()[spec.column].counts[agreed.values[comparison]]);
    // A city is of a country, as names are: of one name it is no news that both live there.
    const bool is_of_one_name = agreed.levels[kFamilyAt] == 1 || agreed.levels[kFamilyAt] == 2;
    const bool tells_countries = corpus_.columns()[specs_[kCountryAt].column].records > 0;
    return comparison == kCityAt && is_of_one_name && tells_countries
               ? rarity - std::max(0.0, model_.comparisons[kCountryAt].levels[0].weight())
               : rarity;
}

double Scorer::rarity_of(std::uint16_t column, double chance, std::uint32_t count) const {
    const double share = std::max<double>(count, 2) / corpus_.columns()[column].records;
    return std::clamp(std::log2(chance / share), -kRarityMax, kRarityMax);
}

}  // namespace coterie::match
