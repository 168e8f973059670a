/// A normalized record as a flat list of facts, and its compact encoding for the store.
#pragma once

#include "record/fields.hpp"

#include "coterie/result.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::record {

/// One value of one field, with the source field it was read from.
/// `value` is canonical text by the field's ValueKind; see fields.hpp.
struct Fact {
    FieldId field{};
    /// Which item of its list; facts of one item share it. 0 for fields outside lists.
    std::uint16_t item = 0;
    std::string value;
    /// The source field: "Navn", "social[0].name"; "" when the mapping says a constant.
    std::string from;

    friend bool operator==(const Fact&, const Fact&) = default;
};

/// The same, borrowing from the buffer it was decoded from.
struct FactView {
    FieldId field{};
    std::uint16_t item = 0;
    std::string_view value;
    std::string_view from;

    friend bool operator==(const FactView&, const FactView&) = default;
};

/// Appends the encoding of `facts` to `out`: a version byte, then per fact field, item, and two
/// length-prefixed texts. Deterministic; any thread.
void encode_facts(std::span<const Fact> facts, std::string& out);

/// The facts that `encoded` holds; they borrow from it.
/// \return Fatal when it is damaged or of a newer version.
Result<std::vector<FactView>> decode_facts(std::string_view encoded);

}  // namespace coterie::record
