/// What a run did, as people and machines read it (schemas/run-summary.schema.json).
#pragma once

#include "base/time.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace coterie::observe {

/// What `mapping: auto` understood of a source's columns.
struct AutoMapping {
    std::string known_export;                       ///< "" if it is none
    std::size_t mapped = 0, asked = 0, custom = 0;  ///< columns
};

/// One source's share of a run. read = created + changed + unchanged + quarantined + suppressed.
struct SourceSummary {
    std::string name;
    std::string connector;
    std::string state;    ///< "done", "held", "failed", "skipped"
    std::string message;  ///< why it was held or failed, and what to do; empty else
    std::int64_t read = 0, created = 0, changed = 0, unchanged = 0, deleted = 0, quarantined = 0,
                 suppressed = 0;
    std::uint64_t withheld_deletions = 0;
    std::optional<AutoMapping> auto_mapping;
    std::vector<std::string> drift;  ///< how its columns changed since the night before, in words
    /// Values that were not understood, by record field.
    std::map<std::string, std::uint64_t> values_not_understood;
    double seconds = 0;
};

struct GoldenSummary {
    std::uint64_t total = 0, created = 0, updated = 0, merged = 0, split = 0, removed = 0;
};

/// What a destination would be told in a run that is no dry one.
struct PlannedChange {
    std::string id;      ///< of the golden record
    std::string name;    ///< its name.display, where it has one
    std::string action;  ///< "create", "update", "remove"
    /// What the destination itself would make of it, where it says so: action, target, fields, why.
    nlohmann::json plan;
};

/// One destination's share of a run. created + updated + unchanged + rejected + failed is the
/// roster, with the removals among the last two.
struct DestinationSummary {
    std::string name;
    std::string connector;
    bool is_complete = false;  ///< written whole, else told what differs
    std::string state;         ///< "done", "failed", "held", "planned" (a dry run)
    std::string message;       ///< why it failed or was held; empty else
    std::uint64_t created = 0, updated = 0, removed = 0, unchanged = 0;
    std::uint64_t rejected = 0;          ///< it will not take them; in quarantine
    std::uint64_t failed = 0;            ///< still to be told; the next run tries
    std::vector<PlannedChange> planned;  ///< of a dry run
    double seconds = 0;
};

struct StageSeconds {
    double extract = 0, normalize = 0, match = 0, merge = 0, publish = 0, total = 0;
};

struct RunSummary {
    std::uint32_t run = 0;
    bool resumed = false;
    bool dry_run = false;
    bool interrupted = false;
    Timestamp started_at{}, finished_at{};
    std::vector<SourceSummary> sources;
    std::vector<DestinationSummary> destinations;  ///< in the config's order
    GoldenSummary golden;
    std::uint64_t shared_identifiers = 0;  ///< found on too many names, and so joining nobody
    std::uint64_t quarantine_total = 0;    ///< entries in quarantine now
    StageSeconds seconds;

    /// 0 done, 1 some source or destination failed or was held, 4 no source could be read.
    [[nodiscard]] int exit_code() const;
    /// "done", "partial" or "failed".
    [[nodiscard]] std::string status() const;
};

nlohmann::json to_json(const RunSummary& summary);

/// The tables that a person reads.
std::string to_text(const RunSummary& summary);

}  // namespace coterie::observe
