/// Which pairs of records are worth comparing: those that have a key in common.
#pragma once

#include "pipeline/match/comparisons.hpp"
#include "pipeline/match/corpus.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace coterie::match {

/// Two ranks, a < b.
struct Candidate {
    Rank a = 0;
    Rank b = 0;
    std::uint8_t rule = 0;  ///< the first that found it: an index into the rules
    friend bool operator==(const Candidate&, const Candidate&) = default;
};

/// What one rule did.
struct RuleReport {
    std::string name;            ///< "family name, first letter of given name"
    std::uint64_t pairs = 0;     ///< that its keys have in common
    std::uint64_t oversize = 0;  ///< blocks that were too large
    std::uint64_t left_out = 0;  ///< pairs of those that were not made
};

struct Candidates {
    std::vector<Candidate> pairs;  ///< sorted, each once
    std::vector<RuleReport> rules;
};

/// A block of more records than this is not compared each with each: its records are sorted by name
/// and compared with their neighbours.
constexpr std::size_t kBlockMax = 100;
constexpr std::size_t kWindow = 10;

/// \par Cost never quadratic: at most kBlockMax pairs a record and rule, kWindow in large blocks.
Candidates find_candidates(const Corpus& corpus, std::span<const ComparisonSpec> specs);
/// The rules by which two records have a key in common, by name.
std::vector<std::string> rules_in_common(const Corpus& corpus,
                                         std::span<const ComparisonSpec> specs, Rank a, Rank b);

}  // namespace coterie::match
