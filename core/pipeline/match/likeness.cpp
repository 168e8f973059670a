#include "pipeline/match/likeness.hpp"

#include "base/parallel.hpp"

#include <algorithm>
#include <memory>
#include <unordered_map>
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

Model model_for(const Records& records, const Corpus& corpus,
                const std::vector<ComparisonSpec>& specs, const PatternCounts& patterns) {
    std::vector<std::uint64_t> order_keys;
    order_keys.reserve(records.size());
    for (Rank rank = 0; rank < records.size(); ++rank) {
        order_keys.push_back(records.stable_key(rank));
    }
    return make_model(corpus, specs, patterns, order_keys);
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

Likeness::Likeness(const Records& records, unsigned threads)
    : corpus_(corpus_of(records)), specs_(comparisons_for(corpus_)),
      candidates_(compare_all(threads)), model_(model_for(records, corpus_, specs_, counts_)),
      scorer_(corpus_, model_) {}

/// Finds the candidates and counts how they agree.
Candidates Likeness::compare_all(unsigned threads) {
    Candidates found = find_candidates(corpus_, specs_);
    std::vector<Pattern> patterns(found.pairs.size());
    ParallelWork work(thread_count(threads), found.pairs.size(), [&] {
        return [this, &found, &patterns,
                comparer = std::make_shared<Comparer>(corpus_, specs_)](std::size_t i) {
            const Candidate& pair = found.pairs[i];
            patterns[i] = comparer->compare(pair.a, pair.b).pattern(specs_.size());
        };
    });
    work.join();
    std::unordered_map<Pattern, std::uint32_t> numbers;
    for (const Pattern pattern : patterns) {
        const auto [at, is_new] =
            numbers.try_emplace(pattern, static_cast<std::uint32_t>(counts_.size()));
        if (is_new) {
            counts_.emplace_back(pattern, 0);
        }
        ++counts_[at->second].second;
    }
    std::sort(counts_.begin(), counts_.end());
    for (std::uint32_t i = 0; i < counts_.size(); ++i) {
        numbers[counts_[i].first] = i;
    }
    patterns_.reserve(patterns.size());
    for (const Pattern pattern : patterns) {
        patterns_.push_back(numbers.at(pattern));
    }
    return found;
}

}  // namespace coterie::match
