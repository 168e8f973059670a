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

/// Made once for a run; then read from any thread.
class Likeness {
  public:
    explicit Likeness(const Records& records);
    Likeness(const Likeness&) = delete;
    Likeness& operator=(const Likeness&) = delete;

    [[nodiscard]] const Corpus& corpus() const { return corpus_; }
    [[nodiscard]] const Candidates& candidates() const { return candidates_; }
    [[nodiscard]] const Model& model() const { return model_; }
    [[nodiscard]] const Scorer& scorer() const { return scorer_; }

  private:
    Corpus corpus_;
    Candidates candidates_;
    Model model_;
    Scorer scorer_;
};

}  // namespace coterie::match
