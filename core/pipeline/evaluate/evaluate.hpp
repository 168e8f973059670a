/// How good clusters are beside a truth. Pure: numbers in, figures out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace coterie::evaluate {

/// One record of the truth: who it is, and where the matcher put it. Any numbers; equal ones are
/// together. A record in no cluster has a number of its own.
struct JudgedRecord {
    std::uint32_t entity = 0;
    std::uint32_t cluster = 0;
};

/// Shares from 0 to 1; 1 where there was nothing to get wrong.
struct Rates {
    double precision = 1;
    double recall = 1;
    /// The harmonic mean of the two.
    [[nodiscard]] double f1() const;
};

/// Figures of pairs of records are of those within one group: all pairs of a person's records are
/// true, all of a cluster's are found, those of both are right.
struct Score {
    std::uint64_t records = 0;
    std::uint64_t clusters = 0;
    std::uint64_t entities = 0;
    std::uint64_t true_pairs = 0;
    std::uint64_t found_pairs = 0;
    std::uint64_t right_pairs = 0;
    /// The mean over records of the share of a record's cluster that is its person's (precision),
    /// and of its person's records that are in its cluster (recall).
    /// \par Source Bagga & Baldwin 1998, "Entity-Based Cross-Document Coreferencing", section 4.
    Rates b_cubed;
    [[nodiscard]] Rates pairs() const;
    [[nodiscard]] std::uint64_t false_pairs() const { return found_pairs - right_pairs; }
    [[nodiscard]] std::uint64_t missed_pairs() const { return true_pairs - right_pairs; }
};

/// \par Cost O(n log n) time, about 16 bytes a record: pairs are counted by the sizes of groups,
/// never looked at one by one.
Score measure(std::span<const JudgedRecord> records);

/// Two parts of one group that do not belong together (two people in one cluster), or of one person
/// who was not put together (two clusters).
struct Mistake {
    std::uint64_t pairs = 0;        ///< how many pairs of records are wrong by it
    std::vector<std::size_t> a, b;  ///< places of their records, at most kMistakeRecordsMax each
    std::size_t size_a = 0;
    std::size_t size_b = 0;
};
constexpr std::size_t kMistakeRecordsMax = 16;

/// The `count` mistakes that most pairs are wrong by; of equal ones the one whose records stand
/// first. \par Cost O(n log n + groups · count²)
std::vector<Mistake> worst_false_links(std::span<const JudgedRecord> records, std::size_t count);
std::vector<Mistake> worst_misses(std::span<const JudgedRecord> records, std::size_t count);

}  // namespace coterie::evaluate
