#include "pipeline/match/weigh.hpp"

#include "pipeline/match/likeness.hpp"
#include "pipeline/match/model_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace coterie::match {

namespace {

class CorpusWeigher : public Weigher {
  public:
    explicit CorpusWeigher(std::span<const KeyedRecord> records)
        : records_(records), corpus_(corpus_of(records_)) {
        for (Rank rank = 0; rank < records_.size(); ++rank) {
            ranks_.emplace_back(records_.row(rank), rank);
        }
        std::sort(ranks_.begin(), ranks_.end());
    }

    Result<void> read(std::string_view model) {
        COTERIE_TRY(model_, read_model(model, corpus_));
        scorer_ = std::make_unique<Scorer>(corpus_, model_);
        return {};
    }

    Waterfall weigh(Row row_a, Row row_b) override {
        Waterfall waterfall;
        waterfall.prior = model_.prior_weight();
        waterfall.weight = waterfall.prior;
        waterfall.is_learnt = model_.is_learnt;
        const Rank a = rank_of(row_a);
        const Rank b = rank_of(row_b);
        if (a != kNobody && b != kNobody) {
            const Agreed agreed = scorer_->compare(a, b);
            for (const Scorer::Part& part : scorer_->parts(agreed)) {
                waterfall.bars.push_back(bar_of(part, a, b, agreed));
                waterfall.weight += part.weight + part.rarity;
            }
            std::vector<ComparisonSpec> specs;
            for (const Comparison& comparison : model_.comparisons) {
                specs.push_back(comparison.spec);
            }
            waterfall.rules = rules_in_common(corpus_, specs, a, b);
        }
        waterfall.probability = probability_of(waterfall.weight);
        return waterfall;
    }

  private:
    [[nodiscard]] Rank rank_of(Row row) const {
        const auto found = std::lower_bound(ranks_.begin(), ranks_.end(), std::pair(row, Rank{0}));
        return found == ranks_.end() || found->first != row ? kNobody : found->second;
    }

    [[nodiscard]] WeightBar bar_of(const Scorer::Part& part, Rank a, Rank b,
                                   const Agreed& agreed) const {
        const ComparisonSpec& spec = model_.comparisons[part.comparison].spec;
        WeightBar bar;
        bar.what = spec.name;
        bar.level = levels_of(spec.kind)[part.level - 1U];
        bar.weight = part.weight;
        bar.rarity = part.rarity;
        const auto first = [&](Rank rank) {
            const auto values = corpus_.values(rank, spec.column);
            return values.empty() ? std::string() : corpus_.text(values.front());
        };
        const Column& column = corpus_.columns()[spec.column];
        if (spec.kind == ComparisonKind::NameOrder) {
            return bar;
        }
        if (corpus_.values(a, spec.column).empty() || corpus_.values(b, spec.column).empty()) {
            bar.a = first(a);
            bar.b = first(b);
            return bar;
        }
        const ValueId value = agreed.values[part.comparison];
        bar.a = column.texts[value];
        bar.b = column.texts[agreed.others[part.comparison]];
        if (is_exact(spec.kind, part.level)) {
            const std::uint32_t names = column.names.empty() ? 1 : column.names[value];
            bar.note = names > 1 ? fmt::format("stands on {} names", names)
                                 : fmt::format("in {} of {} records", column.counts[value],
                                               column.records);
        }
        return bar;
    }

    Records records_;
    Corpus corpus_;
    std::vector<std::pair<Row, Rank>> ranks_;
    Model model_;
    std::unique_ptr<Scorer> scorer_;
};

}  // namespace

Result<std::unique_ptr<Weigher>> Weigher::make(std::span<const KeyedRecord> records,
                                               std::string_view model) {
    auto weigher = std::make_unique<CorpusWeigher>(records);
    COTERIE_TRY_VOID(weigher->read(model));
    return std::unique_ptr<Weigher>(std::move(weigher));
}

}  // namespace coterie::match
