/// The merged influencer: its facts with their provenance, its encoding, and the JSON document.
#pragma once

#include "base/time.hpp"
#include "record/facts.hpp"

#include "coterie/result.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::merge {

/// A source record that a golden record is made of.
struct Member {
    std::uint32_t row = 0;  ///< the store's number of it
    std::uint32_t first_run = 0;
    std::uint32_t seen_run = 0;  ///< in which it had been seen last when this revision was made
};

/// Which survivorship rule let a value win; shown in provenance.
enum class Rule : std::uint8_t {
    Only,      ///< nobody said anything else
    Trust,     ///< from the most trusted source
    Recent,    ///< the latest
    Frequent,  ///< most source records say so
    Longest,
    Max,
    Min,
    Union,      ///< an item of a list that collects all
    Derived,    ///< computed from other values (tier, total followers)
    Order,      ///< all else equal: the first by value, so that it never flips
    Strictest,  ///< do_not_contact, opt-outs: the most cautious wins
};
std::string_view name_of(Rule rule);

struct GoldenFact {
    record::FieldId field{};
    std::uint32_t item = 0;
    Rule rule = Rule::Only;
    std::uint32_t member = 0;  ///< index into GoldenRecord::members
    std::string value;
    std::string from;  ///< the source field
    friend bool operator==(const GoldenFact&, const GoldenFact&) = default;
};

struct GoldenRecord {
    std::vector<Member> members;    ///< by stable key (source, stream, record id)
    std::vector<GoldenFact> facts;  ///< by field, item
};

void encode(const GoldenRecord& golden, std::string& out);
Result<GoldenRecord> decode(std::string_view encoded);

/// What the document says beside the facts.
struct Heading {
    std::string id;
    std::uint32_t revision = 0;
    Timestamp created_at{};
    Timestamp updated_at{};
    std::vector<std::string> former_ids;
};
/// Who a member is, for sources[] and provenance.
struct MemberKey {
    std::string source, stream, record_id;
    Timestamp first_seen{}, last_seen{}, changed_at{};
};

/// Appends the influencer record of schemas/influencer-record.schema.json, one line, keys in the
/// order of the design. \param keys beside golden.members.
void write_json(const Heading& heading, const GoldenRecord& golden, std::span<const MemberKey> keys,
                std::string& out);

/// What changed from one revision to the next, as a JSON array of {path, before, after}.
std::string differences(const GoldenRecord& before, const GoldenRecord& after);

}  // namespace coterie::merge
