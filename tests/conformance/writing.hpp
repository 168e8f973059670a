// One write to a plugin, with what it answered.
#pragma once

#include "reading.hpp"

#include "coterie/abi.h"
#include "coterie/connector.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace coterie::conformance {

/// One delivery, owning its text.
struct GivenDelivery {
    Delivery::Action action = Delivery::Action::Upsert;
    std::string id;
    std::string json;
};

/// What came of a write.
struct WriteOutcome {
    int32_t status = COTERIE_OK;
    std::string message;
    std::size_t taken = 0;  ///< deliveries that it took
    /// "0 inf_a": status and id, in their order; also "planned inf_a" and "held why".
    std::vector<std::string> answers;
    std::size_t calls = 0;  ///< of next, delivered, planned and hold
    std::size_t calls_after_stop = 0;
    std::chrono::steady_clock::duration ended_after{};  ///< from the call that said stop
};

/// Writes the deliveries to an opened plugin; fails the call that `failure` names.
/// \pre The functions are a destination's (load_plugin, is_destination).
WriteOutcome write_directly(const coterie_plugin& functions, void* instance,
                            const WriteRequest& request,
                            const std::vector<GivenDelivery>& deliveries, Failure failure = {});

}  // namespace coterie::conformance
