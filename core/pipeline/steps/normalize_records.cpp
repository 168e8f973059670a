#include "pipeline/steps/normalize_records.hpp"

#include "base/check.hpp"
#include "base/hash.hpp"
#include "base/parallel.hpp"
#include "pipeline/match/match.hpp"
#include "record/facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

namespace coterie::pipeline {

namespace {

constexpr std::size_t kBatchRecordsMax = 8192;

/// One batch on its way: raw records in, what the store keeps out.
struct Batch {
    std::vector<store::PendingRecord> pending;
    std::vector<store::Store::Normalized> normalized;  ///< beside `pending`
    std::vector<std::string> refusals;
    std::vector<std::vector<normalize::Issue>> issues;
};

std::uint64_t stable_key(const std::string& source, const store::PendingRecord& record) {
    return hash64(fmt::format("{}\x1f{}\x1f{}", source, record.stream, record.record_id));
}

/// Normalizes the batch's record `i`.
void normalize_one(Batch& batch, std::size_t i, const SourceMapping& source,
                   normalize::Mapping::Scratch& scratch) {
    const store::PendingRecord& record = batch.pending[i];
    auto made = source.mapping.apply(record.payload, source.options, scratch);
    auto& out = batch.normalized[i];
    out.row = record.row;
    out.quarantined = !made.refusal.empty();
    batch.refusals[i] = std::move(made.refusal);
    batch.issues[i] = std::move(made.issues);
    if (out.quarantined) {
        return;
    }
    record::encode_facts(made.facts, out.facts);
    const std::uint64_t key = stable_key(source.source_name, record);
    out.keys.assign(reinterpret_cast<const char*>(&key), sizeof key);
    if (!source.mapping.links_records()) {
        out.keys += match::make_keys(made.facts, source.source_name);
        return;
    }
    out.belongs = std::any_of(made.facts.begin(), made.facts.end(), [](const record::Fact& fact) {
        return fact.field == record::FieldId::SourceBelongsTo;
    });
    out.keys += match::make_keys(made.facts, source.source_name,
                                 match::RecordName{source.source_name, record.record_id});
}

/// How the run's counts change once it is known whether the record can be used.
store::Ledger correction(const store::PendingRecord& record, bool is_quarantined,
                         bool was_read_whole) {
    store::Ledger delta;
    const bool was_quarantined = record.state == store::RecordState::Quarantined;
    switch (record.cause) {
    case store::Cause::None:
        break;
    case store::Cause::New:
        delta.created = is_quarantined ? -1 : 0;
        delta.quarantined = is_quarantined ? 1 : 0;
        break;
    case store::Cause::Changed:
        delta.changed = is_quarantined ? -1 : 0;
        delta.quarantined = is_quarantined ? 1 : 0;
        break;
    case store::Cause::Remapped:
        if (was_read_whole && was_quarantined != is_quarantined) {
            delta.unchanged = is_quarantined ? -1 : 1;
            delta.quarantined = is_quarantined ? 1 : -1;
        }
        break;
    }
    return delta;
}

Result<void> write(store::Store& store, store::RunNumber run, const Batch& batch,
                   const std::map<store::SourceId, SourceMapping>& mappings) {
    COTERIE_TRY_VOID(store.put_normalized(batch.normalized));
    std::map<std::pair<store::SourceId, std::string>, store::Ledger> corrections;
    for (std::size_t i = 0; i < batch.pending.size(); ++i) {
        const store::PendingRecord& record = batch.pending[i];
        const bool is_quarantined = batch.normalized[i].quarantined;
        const auto delta =
            correction(record, is_quarantined,
                       mappings.at(record.source).streams_read_whole.contains(record.stream));
        if (delta != store::Ledger{}) {
            corrections[{record.source, record.stream}] += delta;
        }
        if (is_quarantined) {
            store::QuarantineEntry entry;
            entry.source = record.source;
            entry.stream = record.stream;
            entry.record_id = record.record_id;
            entry.row = record.row;
            entry.stage = "normalize";
            entry.where = record.where;
            entry.reason = batch.refusals[i];
            entry.raw = record.payload;
            entry.run = run;
            entry.content = record.corrected;
            COTERIE_TRY_VOID(store.quarantine(entry));
        }
    }
    for (const auto& [key, delta] : corrections) {
        COTERIE_TRY_VOID(store.add_to_ledger(key.first, key.second, run, delta));
    }
    return {};
}

void count_issues(const Batch& batch, ValueIssues& issues) {
    for (std::size_t i = 0; i < batch.pending.size(); ++i) {
        for (const auto& issue : batch.issues[i]) {
            ++issues[batch.pending[i].source][std::string(record::info(issue.field).path)];
        }
    }
}

}  // namespace

StoredKeys read_stored_keys(std::string_view stored) {
    StoredKeys keys;
    COTERIE_CHECK(stored.size() >= sizeof keys.stable_key);
    std::memcpy(&keys.stable_key, stored.data(), sizeof keys.stable_key);
    keys.keys = stored.substr(sizeof keys.stable_key);
    return keys;
}

Result<ValueIssues> normalize_pending(store::Store& store, store::RunNumber run,
                                      const std::map<store::SourceId, SourceMapping>& mappings,
                                      unsigned threads, std::stop_token stop,
                                      observe::Observer& observer) {
    ValueIssues issues;
    COTERIE_TRY(const std::uint64_t total, store.pending_count());
    std::uint64_t done = 0;
    store::Row after = 0;
    std::unique_ptr<Batch> ready;  // normalized, not yet written
    for (;;) {
        auto batch = std::make_unique<Batch>();
        if (!stop.stop_requested()) {
            COTERIE_TRY(batch->pending, store.pending(after, kBatchRecordsMax));
        }
        if (!batch->pending.empty()) {
            after = batch->pending.back().row;
            std::erase_if(batch->pending, [&](const store::PendingRecord& record) {
                return !mappings.contains(record.source);
            });
        } else if (!ready) {
            break;
        }
        const std::size_t count = batch->pending.size();
        batch->normalized.resize(count);
        batch->refusals.resize(count);
        batch->issues.resize(count);
        ParallelWork work(threads, count, [&batch = *batch, &mappings] {
            return [&batch, &mappings,
                    scratch = std::make_shared<normalize::Mapping::Scratch>()](std::size_t i) {
                normalize_one(batch, i, mappings.at(batch.pending[i].source), *scratch);
            };
        });
        if (ready) {
            COTERIE_TRY_VOID(
                store.transaction([&] { return write(store, run, *ready, mappings); }));
            count_issues(*ready, issues);
            done += ready->pending.size();
            observer.advanced("", {done, done, total});
        }
        work.join();
        ready = count > 0 ? std::move(batch) : nullptr;
        if (!ready && after == 0) {
            break;
        }
    }
    return issues;
}

}  // namespace coterie::pipeline
