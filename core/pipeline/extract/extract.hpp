/// The first stage: runs the sources side by side and lands what they yield.
#pragma once

#include "config/config.hpp"
#include "observe/observer.hpp"
#include "pipeline/extract/step.hpp"
#include "plugin/catalog.hpp"
#include "plugin/session.hpp"
#include "store/store.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

namespace coterie::extract {

/// One source to be read.
struct SourceTask {
    const config::Source* source = nullptr;
    const plugin::Installed* plugin = nullptr;
    nlohmann::json connector_config;
    std::vector<plugin::StreamInfo> streams;
    std::vector<std::string> secrets;  ///< never shown in what the plugin says
    HoldCheck hold_check;              ///< of its columns; on the thread that owns the store
    bool accept_deletions = false;     ///< a person has said that the losses are right
    /// What a kept state of its streams depends on beside the source itself: config, plugin.
    std::string state_version;
};

enum class SourceState { Done, Held, Failed };

/// What became of one source's read.
struct SourceResult {
    std::string name;
    SourceState state = SourceState::Done;
    std::string message;  ///< why it failed or was held, and what to do
    /// Counts of a read that broke off, behind its last stored cursor; the others are in the
    /// store's ledger.
    store::Ledger uncommitted;
    std::uint64_t withheld_deletions = 0;
    double seconds = 0;  ///< wall time of its read
};

struct ExtractOptions {
    bool is_full = false;  ///< ignore cursors and states of earlier nights
    unsigned sources_at_once = 4;
    unsigned tries_max = 3;  ///< of a read that fails for a transient reason
    std::filesystem::path workspace;
    std::stop_token stop;
};

/// Reads every task's streams and lands them, a step a transaction. A source that fails fails
/// alone. \return one result a task, in their order; an error only when the store cannot be
/// written.
Result<std::vector<SourceResult>> extract(store::Store& store, store::RunNumber run,
                                          const std::vector<SourceTask>& tasks,
                                          const ExtractOptions& options,
                                          observe::Observer& observer);

}  // namespace coterie::extract
