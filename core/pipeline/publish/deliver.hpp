/// The last stage: tells destinations what became of the roster.
#pragma once

#include "observe/observer.hpp"
#include "pipeline/publish/plan.hpp"
#include "plugin/catalog.hpp"
#include "plugin/session.hpp"
#include "store/store.hpp"

#include "coterie/result.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace coterie::publish {

/// One destination to be brought up to date.
struct DeliveryTask {
    std::string name;
    const plugin::Installed* plugin = nullptr;
    nlohmann::json connector_config;
    plugin::SessionOptions session;
    /// What the delivered depends on beside the roster; another one than before: all is told anew.
    std::string version;
};

enum class DeliveryState { Done, Failed, Planned };

/// What became of one destination.
struct DeliveryResult {
    std::string name;
    DeliveryState state = DeliveryState::Done;
    std::string message;  ///< why it failed
    Standing standing;
    /// Of a dry run: what it would be told, the first kPlannedShownMax.
    std::vector<PlannedDelivery> planned;
    double seconds = 0;
};

inline constexpr std::size_t kPlannedShownMax = 1000;

struct DeliverOptions {
    bool is_dry_run = false;  ///< tell what would be delivered; open no destination
    unsigned tries_max = 3;   ///< of a write that fails for a transient reason
    std::stop_token stop;
};

/// Brings each destination up to date, one after the other. What a destination says it has is kept
/// in the store with the golden record's revision, so only what differs is told, and a run that is
/// killed goes on where it was. One that fails fails alone.
///
/// Between the destination's word and the store's note of it a crash may lie: then it is told
/// again. \return one result a task, in their order, fewer when asked to stop; an error only when
/// the store cannot be read or written.
Result<std::vector<DeliveryResult>> deliver(store::Store& store, const store::Run& run,
                                            const std::vector<DeliveryTask>& tasks,
                                            const DeliverOptions& options,
                                            observe::Observer& observer);

}  // namespace coterie::publish
