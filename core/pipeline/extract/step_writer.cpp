#include "pipeline/extract/step_writer.hpp"

#include "base/check.hpp"
#include "pipeline/extract/row_identity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace coterie::extract {

StepWriter::StepWriter(store::Store& store, Options options, std::vector<store::Row> rows)
    : store_(store), options_(std::move(options)), rows_(std::move(rows)) {}

Result<void> StepWriter::write(Step step) {
    return store_.transaction([&] { return write_in_transaction(step); });
}

Result<void> StepWriter::write_in_transaction(Step& step) {
    const auto& [source, stream, run] = std::tie(options_.source, options_.stream, options_.run);
    if (step.restarted) {
        COTERIE_TRY_VOID(store_.clear_seen(source, stream));
        COTERIE_TRY_VOID(store_.reset_ledger(source, stream, run));
        last_cursor_.reset();
    }
    COTERIE_TRY_VOID(forget_state(step));
    COTERIE_TRY_VOID(quarantine(step));
    COTERIE_TRY_VOID(land(step));
    if (step.cursor) {
        last_cursor_ = step.cursor;
    }
    if (!step.cursor && !step.is_end) {
        return {};
    }
    COTERIE_CHECK(step.counts.balances());
    COTERIE_TRY_VOID(store_.add_to_ledger(source, stream, run, step.counts));
    if (step.is_end) {
        return finish(step);
    }
    COTERIE_TRY_VOID(store_.add_seen(source, stream, run, rows_of(step.seen)));
    return store_.set_checkpoint(source, stream, run, *step.cursor, step.is_full_read);
}

Result<void> StepWriter::quarantine(Step& step) {
    // Where two records fight over one id, the one that loses may be the stored one.
    auto replaced = std::find_if(step.records.begin(), step.records.end(),
                                 [](const StepRecord& r) { return r.replaces_repeat; });
    for (store::QuarantineEntry& entry : step.quarantined) {
        const bool is_stored_loser = entry.raw.empty() && entry.stage == "land" &&
                                     replaced != step.records.end() &&
                                     replaced->record.record_id == entry.record_id;
        if (is_stored_loser) {
            const store::Row row = rows_.size() > replaced->slot ? rows_[replaced->slot] : 0;
            if (row != 0) {
                COTERIE_TRY(auto loser, store_.record(row, true));
                entry.raw = std::move(loser.payload);
                entry.where = std::move(loser.where);
            }
            replaced = std::find_if(replaced + 1, step.records.end(),
                                    [](const StepRecord& r) { return r.replaces_repeat; });
        }
        COTERIE_TRY_VOID(store_.quarantine(entry));
    }
    return {};
}

Result<void> StepWriter::land(Step& step) {
    std::vector<store::LandedRecord> landed;
    landed.reserve(step.records.size());
    for (StepRecord& record : step.records) {
        if (record.slot >= rows_.size()) {
            rows_.resize(record.slot + 1, 0);
        }
        record.record.row = rows_[record.slot];
        landed.push_back(std::move(record.record));
    }
    COTERIE_TRY_VOID(store_.land(options_.source, options_.stream, options_.run, landed));
    for (std::size_t i = 0; i < landed.size(); ++i) {
        rows_[step.records[i].slot] = landed[i].row;
    }
    return {};
}

/// From the first that is landed on, the store holds no longer what the kept state stands for: a
/// read that is killed now must not be followed by one that finds nothing changed.
Result<void> StepWriter::forget_state(const Step& step) {
    const bool lands = !step.records.empty() || !step.quarantined.empty() || step.cursor;
    if (!lands || is_state_forgotten_) {
        return {};
    }
    is_state_forgotten_ = true;
    return store_.set_state(options_.source, options_.stream, {}, {});
}

Result<void> StepWriter::keep_state(const Step& step) {
    if (is_held() || (!step.state && !step.unchanged)) {
        return store_.set_state(options_.source, options_.stream, {}, {});
    }
    return step.state ? store_.set_state(options_.source, options_.stream, options_.state_version,
                                         *step.state)
                      : Result<void>();
}

/// What could not be used then cannot be now, and is counted like the records that stay.
Result<void> StepWriter::count_quarantine_of_last_read() {
    COTERIE_TRY(const auto count,
                store_.unlanded_quarantine_count(options_.source, options_.stream));
    store::Ledger again;
    again.read = again.quarantined = static_cast<std::int64_t>(count);
    return store_.add_to_ledger(options_.source, options_.stream, options_.run, again);
}

bool StepWriter::is_braked(std::uint64_t gone, std::uint64_t present) const {
    return !options_.accept_deletions && gone > options_.brake.records &&
           static_cast<double>(gone) > options_.brake.share * static_cast<double>(present);
}

/// Rows that were edited keep their records: these are not gone.
Result<void> StepWriter::hand_ids_on(const Step& step, std::vector<store::Row>& gone) {
    if (gone.empty() || step.fresh.empty()) {
        return {};
    }
    const auto fresh = rows_of(step.fresh);
    const auto sample = rows_of(step.sample);
    COTERIE_TRY(const auto found, find_successions(store_, {gone, fresh, sample}));
    COTERIE_TRY_VOID(store_.succeed(options_.source, options_.stream, options_.run, found.pairs));
    COTERIE_TRY_VOID(
        store_.add_to_ledger(options_.source, options_.stream, options_.run, found.correction));
    std::unordered_set<store::Row> kept;
    for (const auto& pair : found.pairs) {
        kept.insert(pair.elder);
    }
    std::erase_if(gone, [&](store::Row row) { return kept.contains(row); });
    return {};
}

std::vector<store::Row> StepWriter::rows_of(std::span<const RecordIndex::Slot> slots) const {
    std::vector<store::Row> rows(slots.size());
    std::transform(slots.begin(), slots.end(), rows.begin(),
                   [&](RecordIndex::Slot slot) { return rows_[slot]; });
    return rows;
}

/// What stood under the replaced beginnings of ids, and did not come again.
Result<std::vector<store::Row>> StepWriter::left_behind(const Step& step) const {
    if (step.replaced.empty()) {
        return std::vector<store::Row>();
    }
    COTERIE_TRY(auto rows,
                store_.rows_beginning_with(options_.source, options_.stream, step.replaced));
    std::unordered_set<store::Row> seen;
    for (std::size_t slot = 0; slot < std::min(step.is_seen.size(), rows_.size()); ++slot) {
        if (step.is_seen[slot]) {
            seen.insert(rows_[slot]);
        }
    }
    std::erase_if(rows, [&](store::Row row) { return seen.contains(row); });
    return rows;
}

Result<void> StepWriter::finish(Step& step) {
    const auto& [source, stream, run] = std::tie(options_.source, options_.stream, options_.run);
    const auto merge_into = [](std::vector<store::Row>& rows, const std::vector<store::Row>& more) {
        rows.insert(rows.end(), more.begin(), more.end());
        std::sort(rows.begin(), rows.end());
        rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    };
    std::vector<store::Row> gone = rows_of(step.deleted);
    merge_into(gone, step.unseen);
    // What came and went within this read is no loss.
    const std::uint64_t passing = gone.size() - step.unseen.size() - step.deleted_of_before;
    COTERIE_TRY(const auto left, left_behind(step));
    merge_into(gone, left);
    COTERIE_TRY_VOID(hand_ids_on(step, gone));
    const std::uint64_t lost = gone.size() - passing;
    if (options_.hold_check) {
        COTERIE_TRY(held_message_, options_.hold_check(gone));
    }
    if (is_held()) {
        withheld_deletions_ = gone.size();
    } else if (is_braked(lost, step.present_before)) {
        withheld_deletions_ = lost;
        held_message_ = fmt::format(
            "held: {} of {} records of stream '{}' are gone (more than {:.0f} % and more than {}); "
            "nothing was deleted; if that is right: coterie run --accept-deletions {}",
            lost, step.present_before, stream, options_.brake.share * 100, options_.brake.records,
            options_.source_name);
    } else if (!gone.empty()) {
        store::Ledger deleted;
        deleted.deleted = gone.size();
        COTERIE_TRY_VOID(store_.mark_gone(source, run, gone));
        COTERIE_TRY_VOID(store_.add_to_ledger(source, stream, run, deleted));
    }
    if (step.is_full_read && step.unchanged) {
        COTERIE_TRY_VOID(count_quarantine_of_last_read());
    } else if (step.is_full_read && !is_held()) {
        COTERIE_TRY_VOID(store_.clear_quarantine_before(source, stream, run));
    }
    COTERIE_TRY_VOID(keep_state(step));
    COTERIE_TRY_VOID(store_.clear_seen(source, stream));
    // A full read that said nothing of where it ended is followed by a full one.
    const std::string from_the_start = step.is_full_read ? std::string() : options_.first_cursor;
    const std::string cursor = !options_.is_incremental ? std::string()
                               : is_held()              ? options_.first_cursor
                                                        : last_cursor_.value_or(from_the_start);
    COTERIE_TRY_VOID(store_.set_checkpoint(source, stream, run, cursor));
    // A held read is not finished: a run that was killed afterwards reads it, and says so, again.
    return is_held() ? Result<void>()
                     : store_.set_read_finished(source, stream, run, step.is_full_read);
}

}  // namespace coterie::extract
