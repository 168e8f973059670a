/// Which source records are one person. First form: exact identifiers, guarded against shared
/// contacts. The interface is for later matchers too: keys of a record in, clusters out.
#pragma once

#include "record/facts.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::match {

/// A source record's number; the caller's.
using Row = std::uint32_t;

/// What a source record is called; its id is unique among the records of its source that others
/// belong to.
struct RecordName {
    std::string_view source, record_id;
};

/// What the matcher needs of a record, made once when it is normalized: hashes of identifiers and
/// of name tokens, and what is compared as features (see features.hpp). Compact bytes; versioned by
/// the first.
/// \param source  the name of the record's source.
/// \param name    given where the record's source tells how its records hang together; others pay
///                nothing for it.
std::string make_keys(std::span<const record::Fact> facts, std::string_view source = {},
                      const std::optional<RecordName>& name = std::nullopt);

struct KeyedRecord {
    Row row = 0;
    /// An order of the records that does not depend on when they came: hash of source, stream, id.
    std::uint64_t stable_key = 0;
    std::string_view keys;
};

/// A person's verdict on two records. It holds whatever speaks for or against them.
struct Decision {
    Row a = 0;
    Row b = 0;
    bool is_same = false;
};

/// Two records that may be one person: for a person to judge.
struct ReviewPair {
    Row a = 0;
    Row b = 0;
    float weight = 0;       ///< match weight in bits
    float probability = 0;  ///< of them being one person, 0 to 1
    std::string reason;     ///< why it is not settled, for a person's eyes: "names differ, …"
    friend bool operator==(const ReviewPair&, const ReviewPair&) = default;
};

struct MatchOptions {
    /// An identifier that more distinct names than this carry is shared (a booking address, an
    /// agency's phone) and joins nobody.
    std::uint32_t shared_names_max = 3;
    /// From this probability on two records are one person, unless what else is known of the two
    /// speaks against it.
    double link_probability = 0.89;
    /// From this one on a person is asked.
    double review_probability = 0.11;
    std::size_t review_pairs_max = 10'000;
    unsigned threads = 0;  ///< 0: as many as the machine runs at once
};

/// An identifier that was found to be shared.
struct SharedIdentifier {
    std::uint64_t identifier = 0;  ///< its hash
    std::uint32_t names = 0;
    std::uint32_t records = 0;
};

/// What one blocking rule did.
struct BlockingRule {
    std::string name;
    std::uint64_t pairs = 0;
    std::uint64_t oversize = 0;  ///< blocks that were too large to compare each with each
    std::uint64_t left_out = 0;  ///< pairs of those that were not compared
};

/// A record that tells about another, which cannot be told or is not there.
struct Stray {
    Row row = 0;
    bool is_ambiguous = false;  ///< several records of the source have the id that it names
    friend bool operator==(const Stray&, const Stray&) = default;
};

struct Clusters {
    /// Rows of one person side by side, each cluster sorted; a row alone is a cluster too.
    std::vector<Row> rows;
    /// Cluster i is rows[starts[i]] .. rows[starts[i + 1]]; one more entry than clusters.
    std::vector<std::uint32_t> starts;
    std::vector<SharedIdentifier> shared;
    std::string model;  ///< JSON: what the records were compared by; see model_json.hpp
    std::vector<BlockingRule> blocking;
    std::uint64_t candidates = 0;  ///< pairs compared
    /// Rows of the clusters that belong to another record, sorted: activities of a contact.
    std::vector<Row> belonging;
    /// Pairs in two clusters, the most informative first.
    std::vector<ReviewPair> review;
    /// Rows in no cluster, sorted: they belong to a record that is not there.
    std::vector<Stray> strays;
    [[nodiscard]] std::size_t size() const { return starts.empty() ? 0 : starts.size() - 1; }
    [[nodiscard]] std::span<const Row> cluster(std::size_t i) const {
        return std::span(rows).subspan(starts[i], starts[i + 1] - starts[i]);
    }
};

/// Clusters all records: the same for any order of `records` and of `decisions`. Pure.
/// \param decisions  of rows among `records`; one of each two rows, verdicts that contradict each
///                   other are the caller's to refuse.
/// \par Cost O(n log n) time, about 100 bytes a record.
Clusters cluster(std::span<const KeyedRecord> records, const MatchOptions& options,
                 std::span<const Decision> decisions = {});

/// One thing that speaks for or against two records being one person.
struct Evidence {
    std::string what;  ///< "same instagram handle", "names conflict", …
    bool joins = false;
    std::string detail;  ///< the values, for the operator's eyes
};
struct ExplainedRecord {
    RecordName name;
    std::span<const record::FactView> facts;
};
/// Why two records are, or are not, joined directly.
std::vector<Evidence> explain(const ExplainedRecord& a, const ExplainedRecord& b,
                              const MatchOptions& options);

}  // namespace coterie::match
