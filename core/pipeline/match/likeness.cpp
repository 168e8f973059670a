#include "pipeline/match/likeness.hpp"

#include <algorithm>
#include <utility>

namespace coterie::match {

namespace {

/// How many distinct names carry each value of a column.
void count_names(const Records& records, Corpus& corpus, FeatureKind kind) {
    Column& column = corpus.columns()[Corpus::column_of(kind)];
    column.names.assign(column.texts.size(), 1);
    std::vector<std::pair<ValueId, Rank>> carriers;
    for (Rank rank = 0; rank < corpus.size(); ++rank) {
        for (const Entry& entry : corpus.values(rank, Corpus::column_of(kind))) {
            if (column.counts[entry.value] > 1) {
                carriers.emplace_back(entry.value, rank);
            }
        }
    }
    std::sort(carriers.begin(), carriers.end());
    Leaders leaders(records);
    std::vector<Rank> ranks;
    for (std::size_t first = 0; first < carriers.size();) {
        const ValueId value = carriers[first].first;
        ranks.clear();
        std::size_t last = first;
        for (; last < carriers.size() && carriers[last].first == value; ++last) {
            ranks.push_back(carriers[last].second);
        }
        const auto names = static_cast<std::uint32_t>(leaders.of(ranks).size());
        column.names[value] = std::max(names, 1U);
        first = last;
    }
    for (ValueId value = 0; value < column.texts.size(); ++value) {
        if (column.is_role[value]) {
            column.names[value] = std::max(column.names[value], kManyNames);
        }
    }
}

Model model_for(const Records& records, const Corpus& corpus, const Candidates& candidates) {
    std::vector<std::uint64_t> order_keys;
    order_keys.reserve(records.size());
    for (Rank rank = 0; rank < records.size(); ++rank) {
        order_keys.push_back(records.stable_key(rank));
    }
    return make_model(corpus, comparisons_for(corpus), candidates, order_keys);
}

}  // namespace

Corpus corpus_of(const Records& records) {
    Corpus corpus;
    for (Rank rank = 0; rank < records.size(); ++rank) {
        corpus.add(decode_features(records.keys(rank)));
    }
    for (const FeatureKind kind : {FeatureKind::Email, FeatureKind::Phone, FeatureKind::Handle}) {
        count_names(records, corpus, kind);
    }
    return corpus;
}

Likeness::Likeness(const Records& records)
    : corpus_(corpus_of(records)),
      candidates_(find_candidates(corpus_, comparisons_for(corpus_))),
      model_(model_for(records, corpus_, candidates_)), scorer_(corpus_, model_) {}

}  // namespace coterie::match
