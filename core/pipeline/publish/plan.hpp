/// What a destination is to be told: the roster as it is, beside what the destination has.
#pragma once

#include "store/store.hpp"

#include "coterie/result.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace coterie::publish {

/// One golden record that a destination is to be told of.
struct PlannedDelivery {
    std::string id;
    store::GoldenNumber golden = 0;
    store::DeliveryKind kind = store::DeliveryKind::Create;
    std::int64_t revision = 0;  ///< as it is to have it; 0 where it is to be removed
    std::int64_t taken = 0;     ///< as it has it; see store::DeliveredRecord
    /// Whether the destination has it just so, or would not take it so: given in a complete write
    /// alone.
    bool is_settled = false;
};

/// How the roster and a destination stand to each other. Each live golden record is in one of
/// created, updated, unchanged, rejected and waiting; each one that is gone and that the
/// destination had is in removed, rejected or waiting.
struct Standing {
    std::uint64_t created = 0, updated = 0, removed = 0;  ///< in this run
    std::uint64_t unchanged = 0;                          ///< as it has had it since before
    std::uint64_t rejected = 0;                           ///< it would not take it so
    std::uint64_t waiting = 0;                            ///< it is still to be told
};

/// \param is_complete  the destination is written whole: all live golden records are in the plan.
/// \return By id. Removals come last: who merges two people of its own gets the new one first.
Result<std::vector<PlannedDelivery>> make_plan(const store::Store& store,
                                               store::DestinationId destination,
                                               store::RunNumber run, bool is_complete);

Result<Standing> standing_of(const store::Store& store, store::DestinationId destination,
                             store::RunNumber run);

}  // namespace coterie::publish
