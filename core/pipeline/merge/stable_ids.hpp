/// Which id a cluster gets: last night's ids live on (design, invariant 6).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace coterie::merge {

/// A golden record of last night.
struct KnownId {
    std::uint32_t number = 0;
    std::string id;
    std::uint32_t created_run = 0;
};

/// A source record with what decides who is elder: the earlier first run, then the smaller key. Of
/// people's records only: their activities come and go.
struct AgedRow {
    std::uint32_t row = 0;
    std::uint32_t first_run = 0;
    std::string key;           ///< "source\x1fstream\x1frecord id"
    std::uint32_t golden = 0;  ///< last night's golden record, 0 for none
    bool belongs = false;      ///< it tells about another record: it has no say in ids
};

struct Assignment {
    std::uint32_t kept = 0;  ///< the known number that lives on; 0: a new id
    std::string id;
    std::vector<std::uint32_t> merged;  ///< numbers that became aliases of it
    std::uint32_t split_from = 0;       ///< a new id because this number went to a larger part
};

/// Assigns an id to each cluster. All clusters that hold a row of a known id must be given at once.
/// \param is_taken  whether an id exists already, live or alias.
/// \param id_key    keys the hash that new ids are made of.
std::vector<Assignment> assign_ids(std::span<const std::vector<AgedRow>> clusters,
                                   const std::unordered_map<std::uint32_t, KnownId>& known,
                                   const std::function<bool(const std::string&)>& is_taken,
                                   std::string_view id_key);

}  // namespace coterie::merge
