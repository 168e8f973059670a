/// All that is compared of a set of records, made ready: corpus, candidates, model, scorer.
#pragma once

#include "pipeline/match/blocking.hpp"
#include "pipeline/match/corpus.hpp"
#include "pipeline/match/model.hpp"
#include "pipeline/match/ranked.hpp"

namespace coterie::match {

/// The features of all records, and how many names carry each address, number and handle.
/// \pre `records` outlives what is returned.
Corpus corpus_of(const Records& records);

/// Made once for a run. One thread.
class Likeness {
  public:
    /// \param threads  0: as many as the machine runs at once.
    Likeness(const Records& records, unsigned threads);
    Likeness(const Likeness&) = delete;
    Likeness& operator=(const Likeness&) = delete;

    [[nodiscard]] const Corpus& corpus() const { return corpus_; }
    [[nodiscard]] const Candidates& candidates() const { return candidates_; }
    [[nodiscard]] const Model& model() const { return model_; }
    [[nodiscard]] Scorer& scorer() { return scorer_; }
    /// \param of  called once a pattern, whose value is kept for each candidate.
    template <class Of>
    std::vector<float> by_pattern(Of of) const {
        std::vector<float> values;
        values.reserve(counts_.size());
        for (const auto& [pattern, count] : counts_) {
            values.push_back(static_cast<float>(of(pattern)));
        }
        return values;
    }
    /// Which of by_pattern's values is the i-th candidate's.
    [[nodiscard]] std::uint32_t pattern_number(std::size_t i) const { return patterns_[i]; }

  private:
    Candidates compare_all(unsigned threads);
    Corpus corpus_;
    std::vector<ComparisonSpec> specs_;
    PatternCounts counts_;                 ///< sorted by pattern
    std::vector<std::uint32_t> patterns_;  ///< by candidate: an index into counts_
    Candidates candidates_;                ///< made with the two above
    Model model_;
    Scorer scorer_;
};

}  // namespace coterie::match
