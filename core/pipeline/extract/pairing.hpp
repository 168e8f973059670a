/// Which record of a source without ids is an edited form of which: by the values they share, each
/// weighed by how rare it is. Why so: docs/decisions/0011-row-identity.md.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace coterie::extract {

/// A value of a record, whatever its column: a hash of its folded text, and in the lowest byte the
/// most bits of evidence that sharing such a value can give (0: a single word, only for blocking).
using RowValue = std::uint64_t;

/// Two texts of one value are equal where these are.
inline std::uint64_t identity_of(RowValue value) {
    return value >> 8U;
}

/// Takes records apart into values. One thread at a time.
class RowReader {
  public:
    struct Text {
        RowValue value = 0;
        std::string folded;
    };
    /// The values of the JSON object, ascending, each once; its words among them. What is no JSON
    /// has none.
    void read(std::string_view json, std::vector<RowValue>& values);
    /// The same with their texts, without the words.
    void read_texts(std::string_view json, std::vector<Text>& texts);

  private:
    void collect(std::string_view json);
    void walk(simdjson::dom::element element);
    void add_text(std::string_view text);
    void add(std::string_view folded, unsigned bits_max);

    simdjson::dom::parser parser_;
    std::vector<Text> texts_;
};

/// How many bits of evidence it is that two records share a value: learnt from some of the stream's
/// records. One thread at a time.
class ValueRarity {
  public:
    void add(std::span<const RowValue> values);
    /// In [0, 20]: about -log2 of the share of records that have the value, and never more than a
    /// value of its form can give, so that a short text in a small sheet is no proof.
    [[nodiscard]] double bits(RowValue value) const;
    /// A value of so many bits stands on two or three records, or is as rare as one in a thousand.
    [[nodiscard]] double bits_of_rare() const;

  private:
    std::unordered_map<std::uint64_t, std::uint32_t> counts_;
    std::uint64_t records_ = 0;
};

/// Two records weighed against each other.
struct RowLikeness {
    double share = 0;  ///< of both records' evidence, what they have in common; in [0, 1]
    double bits = 0;   ///< the evidence that they have in common
    /// Whether one of the values in common is rare by itself. Several common ones may only stand
    /// for one thing: an agency, its city, its booking address.
    bool has_rare = false;
    /// Whether the one is taken for an edited form of the other.
    [[nodiscard]] bool is_enough() const;
};

/// By equal values alone.
RowLikeness likeness(std::span<const RowValue> a, std::span<const RowValue> b,
                     const ValueRarity& rarity);
/// Also by values that differ a little: a slip of the finger, a word more.
RowLikeness likeness(std::span<const RowReader::Text> a, std::span<const RowReader::Text> b,
                     const ValueRarity& rarity);

/// Finds, among the elder records that it is given, those that share a rare value with a younger
/// one. One thread at a time. \par Cost 24 bytes a value.
class RowBlocks {
  public:
    /// \param number  what `candidates` gives back.
    void add(std::uint32_t number, std::span<const RowValue> values);
    [[nodiscard]] std::size_t value_count() const { return values_.size(); }
    /// To be called between the last `add` and the first `candidates`.
    void index();
    /// The positions of elders that share a value which few elders have; each once, ascending.
    void candidates(std::span<const RowValue> values, std::vector<std::uint32_t>& positions) const;
    [[nodiscard]] std::uint32_t number(std::uint32_t position) const { return numbers_[position]; }
    [[nodiscard]] std::span<const RowValue> values(std::uint32_t position) const;

  private:
    struct Posting {
        std::uint64_t identity;
        std::uint32_t position;
        friend auto operator<=>(const Posting&, const Posting&) = default;
    };
    std::vector<RowValue> values_;
    std::vector<std::size_t> begins_{0};
    std::vector<std::uint32_t> numbers_;
    std::vector<Posting> postings_;
};

/// A pair that may be made. Ties are hashes of the records' ids, so that no order of rows shows.
struct RowPair {
    double share = 0;
    std::uint32_t elder = 0, younger = 0;
    std::uint64_t elder_tie = 0, younger_tie = 0;
};

/// The likest first, each record in one pair at most.
std::vector<RowPair> choose_pairs(std::vector<RowPair> candidates);

}  // namespace coterie::extract
