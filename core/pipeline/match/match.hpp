/// Which source records are one person. First form: exact identifiers, guarded against shared
/// contacts. The interface is for later matchers too: keys of a record in, clusters out.
#pragma once

#include "record/facts.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::match {

/// A source record's number; the caller's.
using Row = std::uint32_t;

/// What the matcher needs of a record, made once when it is normalized: hashes of identifiers and
/// of name tokens, no readable values. Compact bytes; versioned by the first.
std::string make_keys(std::span<const record::Fact> facts);

struct KeyedRecord {
    Row row = 0;
    /// An order of the records that does not depend on when they came: hash of source, stream, id.
    std::uint64_t stable_key = 0;
    std::string_view keys;
};

struct MatchOptions {
    /// An identifier that more distinct names than this carry is shared (a booking address, an
    /// agency's phone) and joins nobody.
    std::uint32_t shared_names_max = 3;
};

/// An identifier that was found to be shared.
struct SharedIdentifier {
    std::uint64_t identifier = 0;  ///< its hash
    std::uint32_t names = 0;
    std::uint32_t records = 0;
};

struct Clusters {
    /// Rows of one person side by side, each cluster sorted; a row alone is a cluster too.
    std::vector<Row> rows;
    /// Cluster i is rows[starts[i]] .. rows[starts[i + 1]]; one more entry than clusters.
    std::vector<std::uint32_t> starts;
    std::vector<SharedIdentifier> shared;
    [[nodiscard]] std::size_t size() const { return starts.empty() ? 0 : starts.size() - 1; }
    [[nodiscard]] std::span<const Row> cluster(std::size_t i) const {
        return std::span(rows).subspan(starts[i], starts[i + 1] - starts[i]);
    }
};

/// Clusters all records: the same for any order of `records`. Pure.
/// \par Cost O(n log n) time, about 100 bytes a record.
Clusters cluster(std::span<const KeyedRecord> records, const MatchOptions& options);

/// One thing that speaks for or against two records being one person.
struct Evidence {
    std::string what;  ///< "same instagram handle", "names conflict", …
    bool joins = false;
    std::string detail;  ///< the values, for the operator's eyes
};
/// Why two records are, or are not, joined directly.
std::vector<Evidence> explain(std::span<const record::FactView> a,
                              std::span<const record::FactView> b, const MatchOptions& options);

}  // namespace coterie::match
