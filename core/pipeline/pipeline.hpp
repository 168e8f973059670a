/// One run: the stages in order.
#pragma once

#include "base/time.hpp"
#include "config/config.hpp"
#include "observe/observer.hpp"
#include "observe/run_summary.hpp"
#include "plugin/catalog.hpp"
#include "store/store.hpp"

#include "coterie/result.hpp"

#include <set>
#include <stop_token>
#include <string>
#include <vector>

namespace coterie::pipeline {

struct RunOptions {
    std::vector<std::string> sources;        ///< only these; empty: all that are enabled
    std::set<std::string> accept_deletions;  ///< of these, losses behind the brake are right
    std::set<std::string> accept_drift;      ///< of these, changed columns are right
    std::set<std::string> accept_changes;    ///< of these destinations, many changes are right
    bool is_full = false;                    ///< read all, from the beginning
    bool is_dry_run = false;                 ///< tell what would change; keep nothing
    std::stop_token stop;
};

/// Runs one merge over the workspace of `config`.
/// \throws config::ConfigError when a mapping or a connector's config is wrong: before anything is
///         read.
/// \return the summary, also where sources failed or were held; an error when nothing could be
/// done.
Result<observe::RunSummary> run(const config::Config& config, const plugin::Catalog& catalog,
                                store::Store& store, const RunOptions& options, const Clock& clock,
                                observe::Observer& observer);

}  // namespace coterie::pipeline
