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
    bool accept_changes = false;  ///< a person has said that they are right
};

/// Held: the destination waits for a person's word, since very much would change.
enum class DeliveryState { Done, Failed, Held, Planned };

/// What a destination would be told in a run that is no dry one.
struct ForeseenDelivery {
    std::string id;
    std::string name;  ///< the golden record's name.display; empty where it has none, or is gone
    store::DeliveryKind kind = store::DeliveryKind::Create;
    /// What the destination would make of it: action, target, fields, why. Null where it does not
    /// say so: then `kind` is all that is known.
    nlohmann::json plan;
};

/// What became of one destination.
struct DeliveryResult {
    std::string name;
    DeliveryState state = DeliveryState::Done;
    std::string message;  ///< why it failed or was held
    Standing standing;
    std::vector<ForeseenDelivery> planned;  ///< of a dry run, by id, removals last
    double seconds = 0;
};

struct DeliverOptions {
    /// Tell what would be delivered. Only a destination of changes whose manifest has `dry_run` is
    /// opened.
    bool is_dry_run = false;
    unsigned tries_max = 3;  ///< of a write that fails for a transient reason
    nlohmann::json sources = nlohmann::json::object();  ///< name → connector, for the destinations
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
