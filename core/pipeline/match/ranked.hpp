/// The records by rank, and the names that stand on one thing, for the matcher's own files.
#pragma once

#include "pipeline/match/corpus.hpp"
#include "pipeline/match/keys.hpp"
#include "pipeline/match/match.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace coterie::match {

/// Names told apart among the carriers of one identifier; it is shared long before that.
constexpr std::size_t kLeadersMax = 64;

/// The records by rank, with their keys read when needed.
class Records {
  public:
    explicit Records(std::span<const KeyedRecord> records);

    [[nodiscard]] std::size_t size() const { return order_.size(); }
    [[nodiscard]] Row row(Rank rank) const { return records_[order_[rank]].row; }
    [[nodiscard]] std::uint64_t stable_key(Rank rank) const {
        return records_[order_[rank]].stable_key;
    }
    [[nodiscard]] std::string_view keys(Rank rank) const { return records_[order_[rank]].keys; }
    [[nodiscard]] Name name(Rank rank) const {
        Name name;
        decode_name(keys(rank), name);
        return name;
    }
    [[nodiscard]] bool has_full_name(Rank rank) const {
        return is_well_formed(keys(rank)) && (keys(rank)[1] & kFullName) != 0;
    }
    /// The bytes of the name: equal bytes are equal names.
    [[nodiscard]] std::string_view name_bytes(Rank rank) const {
        const std::string_view all = keys(rank);
        if (!is_well_formed(all)) {
            return {};
        }
        const auto tokens = static_cast<unsigned char>(all[2]);
        return tokens == 0 ? std::string_view{}
                           : all.substr(kKeysHeaderBytes, tokens * kNameTokenBytes);
    }
    [[nodiscard]] Kind kind(Rank rank) const { return decode_kind(keys(rank)); }
    [[nodiscard]] NameRelation relate(Rank a, Rank b) const {
        if (name_bytes(a) == name_bytes(b) && !name_bytes(a).empty()) {
            return NameRelation::Agree;
        }
        return match::relate(name(a), name(b));
    }

  private:
    std::span<const KeyedRecord> records_;
    std::vector<Rank> order_;
};

/// Finds one record of each distinct name. One thread.
class Leaders {
  public:
    explicit Leaders(const Records& records) : records_(records) {}
    /// One record of each name among `ranks`, at most kLeadersMax; full names first, since others
    /// fit to several of them.
    const std::vector<Rank>& of(std::span<const Rank> ranks);
    [[nodiscard]] const std::vector<Rank>& last() const { return leaders_; }
    void forget() { leaders_.clear(); }

  private:
    const Records& records_;
    std::vector<Rank> leaders_;
    std::vector<Rank> named_;
};

}  // namespace coterie::match
