#include "pipeline/pipeline.hpp"

#include "base/parallel.hpp"
#include "pipeline/extract/extract.hpp"
#include "pipeline/publish/deliver.hpp"
#include "pipeline/steps/match_records.hpp"
#include "pipeline/steps/merge_clusters.hpp"
#include "pipeline/steps/normalize_records.hpp"
#include "pipeline/steps/settle_mappings.hpp"
#include "pipeline/steps/settle_strays.hpp"
#include "pipeline/workspace.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace coterie::pipeline {

namespace {

/// Seconds since it was made, for the summary.
class Stopwatch {
  public:
    [[nodiscard]] double seconds() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    }

  private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// One run over one store.
class Run {
  public:
    Run(const config::Config& config, const plugin::Catalog& catalog, store::Store& store,
        const RunOptions& options, const Clock& clock, observe::Observer& observer)
        : config_(config), store_(store), options_(options), clock_(clock), observer_(observer),
          workspace_(prepare(config, catalog)) {}

    Result<observe::RunSummary> go() {
        COTERIE_TRY(const auto sources, choose_sources());
        COTERIE_TRY(run_, store_.begin_run(clock_()));
        summary_.run = run_.number;
        summary_.resumed = run_.resumed;
        summary_.dry_run = options_.is_dry_run;
        summary_.started_at = run_.started_at;
        const Stopwatch total;
        COTERIE_TRY_VOID(put_up_what_config_changed());
        COTERIE_TRY_VOID(extract(sources));
        COTERIE_TRY_VOID(normalize());
        COTERIE_TRY_VOID(match_and_merge());
        COTERIE_TRY_VOID(publish());
        summary_.seconds.total = total.seconds();
        COTERIE_TRY_VOID(finish());
        return std::move(summary_);
    }

  private:
    Result<std::vector<const PreparedSource*>> choose_sources() {
        std::vector<const PreparedSource*> chosen;
        for (const std::string& name : options_.sources) {
            if (workspace_.find(name) == nullptr) {
                return Error{ErrorKind::Config,
                             "no source '" + name + "' in " + config_.file.string() +
                                 config::suggestion(name, workspace_.source_names())};
            }
        }
        for (const PreparedSource& source : workspace_.sources) {
            const bool is_wanted = options_.sources.empty()
                                       ? source.config->enabled
                                       : std::find(options_.sources.begin(), options_.sources.end(),
                                                   source.config->name) != options_.sources.end();
            if (is_wanted) {
                chosen.push_back(&source);
            }
        }
        if (chosen.empty()) {
            return Error{ErrorKind::Config,
                         "no source to read: add one under 'sources' in " + config_.file.string()};
        }
        return chosen;
    }

    /// Records whose mapping changed are normalized anew, all are merged anew under other rules.
    Result<void> put_up_what_config_changed() {
        keeper_.emplace(store_, workspace_, run_.number, options_.accept_drift);
        COTERIE_TRY_VOID(keeper_->load());
        COTERIE_TRY_VOID(store_.set_merge_version(workspace_.merge_version(config_)));
        return {};
    }

    Result<void> extract(const std::vector<const PreparedSource*>& sources) {
        observer_.stage_begins("extract");
        const Stopwatch watch;
        std::vector<extract::SourceTask> tasks;
        for (const PreparedSource* source : sources) {
            tasks.push_back({source->config, source->plugin, source->connector_config,
                             source->streams, source->secrets,
                             keeper_->hold_check(source->config->name),
                             options_.accept_deletions.contains(source->config->name),
                             source->state_version(config_.id_key)});
        }
        extract::ExtractOptions extract_options;
        extract_options.is_full = options_.is_full;
        extract_options.workspace = config_.workspace;
        extract_options.stop = options_.stop;
        COTERIE_TRY(results_,
                    extract::extract(store_, run_.number, tasks, extract_options, observer_));
        summary_.seconds.extract = watch.seconds();
        return {};
    }

    Result<void> normalize() {
        observer_.stage_begins("normalize");
        const Stopwatch watch;
        if (!options_.stop.stop_requested()) {
            COTERIE_TRY_VOID(keeper_->settle(results_));
        }
        COTERIE_TRY_VOID(note_what_was_read_whole());
        std::map<store::SourceId, SourceMapping> mappings;
        for (PreparedSource& source : workspace_.sources) {
            // What has no mapping, or is held, stays pending.
            if (!source.mapping || keeper_->is_held(source.config->name)) {
                continue;
            }
            const auto id = keeper_->id_of(source.config->name);
            mappings.emplace(id, SourceMapping{source.config->name, *std::move(source.mapping),
                                               source.mapping_options, read_whole_[id]});
        }
        COTERIE_TRY(issues_, normalize_pending(store_, run_.number, mappings, threads(),
                                               options_.stop, observer_));
        summary_.seconds.normalize = watch.seconds();
        return {};
    }

    Result<void> note_what_was_read_whole() {
        for (const extract::SourceResult& result : results_) {
            if (result.state == extract::SourceState::Failed) {
                continue;
            }
            const auto id = keeper_->id_of(result.name);
            for (const auto& stream : workspace_.find(result.name)->streams) {
                COTERIE_TRY(const bool was_full, store_.read_whole(id, stream.name, run_.number));
                if (was_full || !stream.incremental) {
                    read_whole_[id].insert(stream.name);
                }
            }
        }
        return {};
    }

    /// Nothing touched, by a source or by a person's decision: last night's clusters are tonight's.
    Result<void> match_and_merge() {
        COTERIE_TRY(const auto touched, store_.touched_count());
        if (touched == 0 || options_.stop.stop_requested()) {
            return {};
        }
        observer_.stage_begins("match");
        const Stopwatch match_watch;
        const MergeOptions options = merge_options();
        COTERIE_TRY(const auto clusters, match_records(store_, options.match));
        COTERIE_TRY_VOID(settle_strays(store_, run_.number, clusters.strays, read_whole_));
        COTERIE_TRY_VOID(keep_review_pairs(store_, clusters.review));
        COTERIE_TRY_VOID(store_.set_match_model(clusters.model));
        summary_.shared_identifiers = clusters.shared.size();
        summary_.seconds.match = match_watch.seconds();

        observer_.stage_begins("merge");
        const Stopwatch merge_watch;
        COTERIE_TRY_VOID(merge_clusters(store_, run_.number, clusters, options, observer_));
        if (!options_.stop.stop_requested()) {
            COTERIE_TRY_VOID(store_.clear_touched());
        }
        summary_.seconds.merge = merge_watch.seconds();
        return {};
    }

    /// What destinations lack of tonight's roster, or of an earlier night's.
    Result<void> publish() {
        std::vector<publish::DeliveryTask> tasks;
        for (const PreparedDestination& destination : workspace_.destinations) {
            if (destination.config->enabled) {
                tasks.push_back({destination.config->name, destination.plugin,
                                 destination.connector_config, session_options(destination),
                                 destination.version(),
                                 options_.accept_changes.contains(destination.config->name)});
            }
        }
        if (tasks.empty() || options_.stop.stop_requested()) {
            return {};
        }
        observer_.stage_begins("publish");
        const Stopwatch watch;
        publish::DeliverOptions options;
        options.is_dry_run = options_.is_dry_run;
        for (const config::Source& source : config_.sources) {
            options.sources[source.name] = source.connector;
        }
        options.stop = options_.stop;
        COTERIE_TRY(deliveries_, publish::deliver(store_, run_, tasks, options, observer_));
        summary_.seconds.publish = watch.seconds();
        return {};
    }

    [[nodiscard]] plugin::SessionOptions
    session_options(const PreparedDestination& destination) const {
        const config::PluginLimits& limits = destination.config->limits;
        plugin::SessionOptions options;
        options.isolation = destination.config->in_process ? plugin::Isolation::InProcess
                                                           : plugin::Isolation::Process;
        options.limits.memory_bytes_max = limits.memory_mb << 20;
        options.limits.file_bytes_max = limits.file_mb << 20;
        options.limits.record_bytes_max = limits.record_mb << 20;
        options.limits.silence_max = limits.silence;
        options.limits.total_max = limits.total;
        options.workspace = config_.workspace;
        options.secrets = destination.secrets;
        options.stop = options_.stop;
        return options;
    }

    [[nodiscard]] MergeOptions merge_options() const {
        MergeOptions merge_options;
        merge_options.match.shared_names_max = config_.shared_names_max;
        merge_options.match.link_probability = config_.link_probability;
        merge_options.match.review_probability = config_.review_probability;
        merge_options.match.threads = threads();
        merge_options.rules = workspace_.rules;
        merge_options.tiers = workspace_.tiers;
        merge_options.id_key = config_.id_key;
        merge_options.threads = threads();
        merge_options.stop = options_.stop;
        for (const auto& source : config_.sources) {
            merge_options.trust[source.name] = source.trust;
        }
        return merge_options;
    }

    Result<void> finish() {
        summary_.interrupted = options_.stop.stop_requested();
        for (const auto& result : results_) {
            COTERIE_TRY_VOID(summarize(result));
        }
        COTERIE_TRY_VOID(store_.for_each_change(run_.number, [&](const store::Change& change) {
            summary_.golden.created += change.kind == "created" ? 1U : 0U;
            summary_.golden.updated += change.kind == "updated" ? 1U : 0U;
            summary_.golden.merged += change.kind == "merged" ? 1U : 0U;
            summary_.golden.split += change.kind == "split" ? 1U : 0U;
            summary_.golden.removed += change.kind == "removed" ? 1U : 0U;
        }));
        COTERIE_TRY(summary_.golden.total, store_.golden_count());
        for (const auto& delivery : deliveries_) {
            summarize(delivery);
        }
        COTERIE_TRY(summary_.quarantine_total, store_.quarantine_count());
        COTERIE_TRY(const auto rejected, store_.rejection_count());
        summary_.quarantine_total += rejected;
        summary_.finished_at = clock_();
        if (summary_.interrupted) {
            return {};  // unfinished: the next run goes on from here
        }
        return store_.finish_run(run_.number, summary_.finished_at, to_json(summary_));
    }

    void summarize(const publish::DeliveryResult& result) {
        observe::DestinationSummary destination;
        destination.name = result.name;
        const auto& prepared = *std::find_if(
            workspace_.destinations.begin(), workspace_.destinations.end(),
            [&](const PreparedDestination& d) { return d.config->name == result.name; });
        destination.connector = prepared.config->connector;
        destination.is_complete = prepared.plugin->manifest.destination.is_complete;
        destination.state = result.state == publish::DeliveryState::Done      ? "done"
                            : result.state == publish::DeliveryState::Planned ? "planned"
                            : result.state == publish::DeliveryState::Held    ? "held"
                                                                              : "failed";
        destination.message = result.message;
        destination.created = result.standing.created;
        destination.updated = result.standing.updated;
        destination.removed = result.standing.removed;
        destination.unchanged = result.standing.unchanged;
        destination.rejected = result.standing.rejected;
        destination.failed = result.standing.waiting;
        destination.seconds = result.seconds;
        for (const auto& planned : result.planned) {
            destination.planned.push_back({planned.id, planned.name,
                                           planned.kind == store::DeliveryKind::Create   ? "create"
                                           : planned.kind == store::DeliveryKind::Update ? "update"
                                                                                         : "remove",
                                           planned.plan});
        }
        summary_.destinations.push_back(std::move(destination));
    }

    Result<void> summarize(const extract::SourceResult& result) {
        observe::SourceSummary source;
        source.name = result.name;
        source.connector = workspace_.find(result.name)->config->connector;
        source.state = result.state == extract::SourceState::Done   ? "done"
                       : result.state == extract::SourceState::Held ? "held"
                                                                    : "failed";
        source.message = result.message;
        const MappingReport& mapping = keeper_->reports().at(result.name);
        if (!mapping.held.empty() && source.state != "failed") {
            source.state = "held";
            source.message = mapping.held;
        }
        source.drift = mapping.drift;
        if (mapping.is_auto) {
            source.auto_mapping = observe::AutoMapping{mapping.known_export, mapping.mapped,
                                                       mapping.asked, mapping.custom};
        }
        source.withheld_deletions = result.withheld_deletions;
        source.seconds = result.seconds;
        // The ledger anew: normalizing has corrected it since.
        store::Ledger counts = result.uncommitted;
        for (const auto& stream : workspace_.find(result.name)->streams) {
            COTERIE_TRY(const auto ledger,
                        store_.ledger(keeper_->id_of(result.name), stream.name, run_.number));
            counts += ledger;
        }
        source.read = counts.read;
        source.created = counts.created;
        source.changed = counts.changed;
        source.unchanged = counts.unchanged;
        source.deleted = counts.deleted;
        source.quarantined = counts.quarantined;
        source.suppressed = counts.suppressed;
        const auto issues = issues_.find(keeper_->id_of(result.name));
        if (issues != issues_.end()) {
            source.values_not_understood = issues->second;
        }
        summary_.sources.push_back(std::move(source));
        return {};
    }

    [[nodiscard]] unsigned threads() const { return thread_count(config_.threads); }

    const config::Config& config_;
    store::Store& store_;
    const RunOptions& options_;
    const Clock& clock_;
    observe::Observer& observer_;
    PreparedWorkspace workspace_;
    std::optional<MappingKeeper> keeper_;
    store::Run run_;
    std::vector<extract::SourceResult> results_;
    std::vector<publish::DeliveryResult> deliveries_;
    ValueIssues issues_;
    StreamsRead read_whole_;
    observe::RunSummary summary_;
};

}  // namespace

Result<observe::RunSummary> run(const config::Config& config, const plugin::Catalog& catalog,
                                store::Store& store, const RunOptions& options, const Clock& clock,
                                observe::Observer& observer) {
    return Run(config, catalog, store, options, clock, observer).go();
}

}  // namespace coterie::pipeline
