#include "pipeline/publish/plan.hpp"

#include <algorithm>
#include <tuple>

namespace coterie::publish {

namespace {

/// What is needed of a store::DeliveredRecord; there is one for each person.
struct Known {
    store::GoldenNumber golden = 0;
    store::RunNumber run = 0;
    std::int64_t taken = 0;
    std::int64_t rejected = 0;
    store::DeliveryKind kind = store::DeliveryKind::Create;
};

/// Calls `visit` with each golden record and what the destination has of it (one with golden 0
/// where it has and had nothing).
template <class Visit>
Result<void> for_each_pair(const store::Store& store, store::DestinationId destination,
                           Visit&& visit) {
    std::vector<Known> known;
    COTERIE_TRY_VOID(store.for_each_delivered(destination, [&](const store::DeliveredRecord&
                                                                   record) {
        known.push_back({record.golden, record.run, record.taken, record.rejected, record.kind});
    }));
    auto next = known.begin();
    return store.for_each_golden([&](const store::GoldenRow& golden) {
        while (next != known.end() && next->golden < golden.number) {
            ++next;
        }
        const bool has = next != known.end() && next->golden == golden.number;
        visit(golden, has ? *next : Known{});
    });
}

bool is_refused(const store::GoldenRow& golden, const Known& known) {
    return known.rejected == static_cast<std::int64_t>(golden.revision);
}

bool is_taken(const store::GoldenRow& golden, const Known& known) {
    return known.taken == static_cast<std::int64_t>(golden.revision);
}

}  // namespace

Result<std::vector<PlannedDelivery>> make_plan(const store::Store& store,
                                               store::DestinationId destination,
                                               store::RunNumber run, bool is_complete) {
    using store::DeliveryKind;
    std::vector<PlannedDelivery> plan;
    COTERIE_TRY_VOID(
        for_each_pair(store, destination, [&](const store::GoldenRow& golden, const Known& known) {
            if (golden.state != store::GoldenState::Live) {
                if (known.taken != 0) {
                    plan.push_back(
                        {golden.id, golden.number, DeliveryKind::Remove, 0, known.taken, false});
                }
                return;
            }
            // A run that was killed goes on: what it created before is not updated by it.
            const bool is_new = known.taken == 0 || (known.run == run && known.golden != 0 &&
                                                     known.kind == DeliveryKind::Create);
            const bool is_settled = is_taken(golden, known) || is_refused(golden, known);
            if (is_complete || !is_settled) {
                plan.push_back(
                    {golden.id, golden.number, is_new ? DeliveryKind::Create : DeliveryKind::Update,
                     static_cast<std::int64_t>(golden.revision), known.taken, is_settled});
            }
        }));
    std::sort(plan.begin(), plan.end(), [](const PlannedDelivery& a, const PlannedDelivery& b) {
        return std::tuple(a.kind == DeliveryKind::Remove, std::string_view(a.id)) <
               std::tuple(b.kind == DeliveryKind::Remove, std::string_view(b.id));
    });
    return plan;
}

Result<Standing> standing_of(const store::Store& store, store::DestinationId destination,
                             store::RunNumber run) {
    using store::DeliveryKind;
    Standing standing;
    COTERIE_TRY_VOID(
        for_each_pair(store, destination, [&](const store::GoldenRow& golden, const Known& known) {
            const bool is_of_this_run = known.golden != 0 && known.run == run;
            if (golden.state != store::GoldenState::Live) {
                if (known.taken != 0) {
                    ++(known.rejected == store::kRevisionUnknown ? standing.rejected
                                                                 : standing.waiting);
                } else if (is_of_this_run && known.kind == DeliveryKind::Remove) {
                    ++standing.removed;
                }
            } else if (is_taken(golden, known)) {
                ++(!is_of_this_run                      ? standing.unchanged
                   : known.kind == DeliveryKind::Create ? standing.created
                                                        : standing.updated);
            } else if (is_refused(golden, known)) {
                ++standing.rejected;
            } else {
                ++standing.waiting;
            }
        }));
    return standing;
}

}  // namespace coterie::publish
