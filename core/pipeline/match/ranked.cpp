#include "pipeline/match/ranked.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace coterie::match {

Records::Records(std::span<const KeyedRecord> records) : records_(records) {
    order_.resize(records.size());
    std::iota(order_.begin(), order_.end(), Rank{0});
    std::sort(order_.begin(), order_.end(), [&](Rank a, Rank b) {
        const KeyedRecord& left = records[a];
        const KeyedRecord& right = records[b];
        return std::tie(left.stable_key, left.keys, left.row) <
               std::tie(right.stable_key, right.keys, right.row);
    });
}

const std::vector<Rank>& Leaders::of(std::span<const Rank> ranks) {
    leaders_.clear();
    named_.clear();
    for (const Rank rank : ranks) {
        if (!records_.name_bytes(rank).empty()) {
            named_.push_back(rank);
        }
    }
    const auto order = [this](Rank rank) {
        return std::tuple(!records_.has_full_name(rank), records_.name_bytes(rank),
                          records_.kind(rank), rank);
    };
    std::sort(named_.begin(), named_.end(), [&](Rank a, Rank b) { return order(a) < order(b); });
    Rank previous = kNobody;
    for (const Rank rank : named_) {
        if (previous != kNobody && records_.kind(previous) == records_.kind(rank) &&
            records_.name_bytes(previous) == records_.name_bytes(rank)) {
            continue;
        }
        previous = rank;
        const bool is_new = std::none_of(leaders_.begin(), leaders_.end(), [&](Rank leader) {
            return !kinds_conflict(records_.kind(leader), records_.kind(rank)) &&
                   records_.relate(leader, rank) == NameRelation::Agree;
        });
        if (is_new) {
            leaders_.push_back(rank);
        }
        if (leaders_.size() == kLeadersMax) {
            break;
        }
    }
    return leaders_;
}

}  // namespace coterie::match
