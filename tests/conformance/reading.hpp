// One read of a plugin, written down event by event.
#pragma once

#include "plugin/session.hpp"

#include "coterie/abi.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace coterie::conformance {

/// One event that has a place in the stream's order.
struct Event {
    enum class Kind {
        Record,
        Deleted,
        Replaces,
        Partial,
        Quarantine,
        Checkpoint,
        Restarted,
        State,
        Unchanged
    };
    Kind kind = Kind::Record;
    std::string id;       ///< or where
    std::string content;  ///< JSON, cursor, state, or raw and why
    std::string where{};  ///< of a record
    friend bool operator==(const Event&, const Event&) = default;
};

/// What came of a read.
struct Outcome {
    int32_t status = COTERIE_OK;
    std::string message;
    std::vector<Event> events;
    /// From the call that said stop to the end of the read.
    std::chrono::steady_clock::duration ended_after{};
};

/// The nth call (from 1) of the host's functions that can stop a read, and what it gives.
struct Failure {
    std::size_t call = 0;
    int32_t status = COTERIE_OK;
    /// Whether the core asks to stop from this call on, as a cancel does.
    bool cancels = false;
};

/// A plugin in this process, opened once.
class DirectPlugin {
  public:
    /// \pre The functions are checked (load_plugin).
    DirectPlugin(const coterie_plugin& functions, std::string config);
    ~DirectPlugin();
    DirectPlugin(const DirectPlugin&) = delete;
    DirectPlugin& operator=(const DirectPlugin&) = delete;

    [[nodiscard]] int32_t open_status() const { return open_status_; }
    /// \param cursor, last_state  JSON text, empty where there is none.
    Outcome read(const std::string& stream, const std::string& cursor, Failure failure = {},
                 const std::string& last_state = {});

  private:
    const coterie_plugin& functions_;
    void* instance_ = nullptr;
    int32_t open_status_ = COTERIE_OK;
};

}  // namespace coterie::conformance
