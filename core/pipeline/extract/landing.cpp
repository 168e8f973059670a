#include "pipeline/extract/landing.hpp"

#include "base/check.hpp"
#include "base/text.hpp"
#include "pipeline/extract/row_identity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace coterie::extract {

namespace {

/// A step is committed at the first checkpoint after so much of it.
constexpr std::size_t kStepRecordsMin = 10'000;
constexpr std::size_t kStepSeenMin = 100'000;
constexpr std::size_t kStepBytesMin = 8U << 20;
/// Without a checkpoint, landed records are handed over at this size to keep memory bounded.
constexpr std::size_t kStepBytesMax = 32U << 20;
constexpr std::size_t kQuarantineRawBytesMax = 64U << 10;
constexpr std::size_t kRecordIdBytesMax = 1024;
/// Of beginnings of ids, with what a set needs beside each: some hundred thousand of them.
constexpr std::size_t kReplacedBytesMax = 64U << 20;
constexpr std::size_t kReplacedExtraBytes = 80;
/// So many records show how rare a stream's values are.
constexpr std::size_t kSampleRecords = 16'384;

/// A place as the store can hold and show it, whatever bytes a file's name has.
std::string text_of_place(std::string_view where) {
    return is_utf8(where) ? std::string(where) : printable(where, where.size() * 4);
}

}  // namespace

Landing::Landing(LandingOptions options, RecordIndex& index, Emit emit, OnProgress on_progress,
                 OnLog on_log)
    : options_(std::move(options)), index_(index), emit_(std::move(emit)),
      on_progress_(std::move(on_progress)), on_log_(std::move(on_log)),
      is_full_read_(options_.is_full_read), present_before_(index.present_count()) {}

void Landing::record(std::string_view id, std::string_view json, std::string_view where) {
    ++progress_.records;
    if ((progress_.records & 0xfff) == 0) {
        tell_progress();
    }
    if (id.size() > kRecordIdBytesMax) {
        add_to_quarantine(json, where,
                          fmt::format("record id of {} bytes; at most {} can be kept", id.size(),
                                      kRecordIdBytesMax),
                          {}, "land");
        return;
    }
    if (!is_utf8(id)) {
        add_to_quarantine(json, where, "record id is not UTF-8", {}, "land");
        return;
    }
    take(id, json, where, correction_of(json));
}

const std::string* Landing::correction_of(std::string_view raw) const {
    if (options_.corrections.empty()) {
        return nullptr;
    }
    const auto found = options_.corrections.find(hash128(raw));
    return found == options_.corrections.end() ? nullptr : &found->second;
}

void Landing::take(std::string_view id, std::string_view raw, std::string_view where,
                   const std::string* correction) {
    const std::string made_id = id.empty() ? key_of_content(raw) : std::string();
    Incoming incoming{id.empty() ? std::string_view(made_id) : id, raw, where, 0, !id.empty(), {}};
    if (correction != nullptr) {
        incoming.json = *correction;
        incoming.corrected = hash128(raw);
    }
    incoming.content = hash64(incoming.json);
    const Hash128 id_hash = hash128(incoming.id);
    // What stands in the store unchanged was checked when it landed; all else is checked here,
    // before it gets a slot.
    const store::Row known = index_.present_row(id_hash);
    const bool may_be_unchanged = known != 0;
    if (!may_be_unchanged && !is_valid_json_object(incoming.json)) {
        add_to_quarantine(raw, where, why_invalid_, incoming.id, "land");
        return;
    }
    const auto found = index_.find_or_add(id_hash);
    if (may_be_unchanged && index_.entry(found.slot).content != incoming.content &&
        !is_valid_json_object(incoming.json)) {
        // The stored record stays as it was: the source still has it, in a form nobody can read.
        add_to_quarantine(raw, where, why_invalid_, incoming.id, "land");
        deleted_.erase(found.slot);
        if (!index_.is_seen(found.slot)) {
            index_.mark_seen(found.slot);
            step_.seen.push_back(found.slot);
        }
        return;
    }
    count_seen(found, incoming);
}

void Landing::count_seen(const RecordIndex::Found& found, const Incoming& incoming) {
    const RecordIndex::Slot slot = found.slot;
    deleted_.erase(slot);  // it was gone, and is back
    if (index_.is_seen(slot)) {
        repeat(slot, incoming);
        return;
    }
    index_.mark_seen(slot);
    step_.seen.push_back(slot);
    ++step_.counts.read;
    const store::IndexEntry& known = index_.entry(slot);
    if (found.is_new) {
        land_as(store::Cause::New, slot, incoming);
    } else if (known.content != incoming.content || known.state == store::RecordState::Gone) {
        const bool is_settled =
            known.state == store::RecordState::Live && known.pending == store::Cause::None;
        const std::uint64_t stored_content = known.content;
        land_as(known.pending == store::Cause::New ? store::Cause::New : store::Cause::Changed,
                slot, incoming);
        if (is_settled && !step_.records.empty()) {
            step_.records.back().stored_content = stored_content;
        }
    } else if (known.pending == store::Cause::New) {
        ++step_.counts.created;  // landed by this run before it was killed or broke off
    } else if (known.pending == store::Cause::Changed) {
        ++step_.counts.changed;
    } else if (known.state == store::RecordState::Quarantined) {
        ++step_.counts.quarantined;
    } else {
        ++step_.counts.unchanged;
    }
}

void Landing::land_as(store::Cause cause, RecordIndex::Slot slot, const Incoming& incoming) {
    ++(cause == store::Cause::New ? step_.counts.created : step_.counts.changed);
    index_.set_pending(slot, cause);
    land(slot, incoming);
}

void Landing::repeat(RecordIndex::Slot slot, const Incoming& incoming) {
    if (index_.entry(slot).content == incoming.content) {
        ++step_.counts.read;
        ++step_.counts.unchanged;
        return;
    }
    if (options_.later_counts) {
        return take_later(slot, incoming);
    }
    // Two different records under one id: which one stays must not depend on their order.
    const std::string why = fmt::format(
        "record id '{}' stands on several different records of this read; one of them is kept; "
        "choose a key that tells them apart",
        printable(incoming.id, 80));
    if (incoming.content < index_.entry(slot).content) {
        replace(slot, incoming, why);
    } else {
        add_to_quarantine(incoming.json, incoming.where, why, incoming.id, "land");
    }
}

/// Pages shift while they are read, and windows of time overlap: the same record again.
void Landing::take_later(RecordIndex::Slot slot, const Incoming& incoming) {
    ++step_.counts.read;
    const store::IndexEntry known = index_.entry(slot);
    StepRecord* const in_step = find_in_step(slot);
    if (in_step == nullptr && known.pending == store::Cause::None) {
        // It came first as the store has it.
        const bool is_settled = known.state == store::RecordState::Live;
        land_as(store::Cause::Changed, slot, incoming);
        if (is_settled && !step_.records.empty()) {
            step_.records.back().stored_content = known.content;
        }
        return;
    }
    // Counted as new or changed already.
    ++step_.counts.unchanged;
    if (in_step == nullptr) {
        land(slot, incoming);
        return;
    }
    index_.set_content(slot, incoming.content);
    if (in_step->stored_content == incoming.content) {
        withdraw(*in_step);
        return;
    }
    StepRecord record = make_record(slot, incoming);
    record.stored_content = in_step->stored_content;
    *in_step = std::move(record);
}

void Landing::replace(RecordIndex::Slot slot, const Incoming& incoming, const std::string& why) {
    std::string loser;
    std::string where;
    if (const StepRecord* in_step = find_in_step(slot); in_step != nullptr) {
        auto raw = codec_.decompress(in_step->record.payload);
        COTERIE_CHECK(raw.has_value());
        loser = *std::move(raw);
        where = in_step->record.where;
    }
    // A loser that was handed over already is fetched back by the writer.
    add_to_quarantine(loser, where, why, incoming.id, "land");
    index_.set_content(slot, incoming.content);
    StepRecord* const in_step = find_in_step(slot);  // the quarantine may have ended the step
    if (in_step != nullptr && in_step->stored_content == incoming.content) {
        withdraw(*in_step);
        return;
    }
    StepRecord record = make_record(slot, incoming);
    if (in_step != nullptr) {
        record.stored_content = in_step->stored_content;
        *in_step = std::move(record);
        return;
    }
    record.replaces_repeat = true;
    step_positions_[slot] = step_.records.size();
    step_.records.push_back(std::move(record));
}

/// The store has what won, so the record that lost is no change.
void Landing::withdraw(StepRecord& record) {
    index_.set_pending(record.slot, store::Cause::None);
    --step_.counts.changed;
    ++step_.counts.unchanged;
    step_positions_.erase(record.slot);
    if (StepRecord& last = step_.records.back(); &last != &record) {
        step_positions_[last.slot] = static_cast<std::size_t>(&record - step_.records.data());
        record = std::move(last);
    }
    step_.records.pop_back();
}

StepRecord* Landing::find_in_step(RecordIndex::Slot slot) {
    if (step_positions_.empty()) {
        for (std::size_t i = 0; i < step_.records.size(); ++i) {
            step_positions_[step_.records[i].slot] = i;
        }
    }
    const auto found = step_positions_.find(slot);
    return found == step_positions_.end() ? nullptr : &step_.records[found->second];
}

StepRecord Landing::make_record(RecordIndex::Slot slot, const Incoming& incoming) {
    StepRecord made;
    made.slot = slot;
    made.record.row = index_.entry(slot).row;
    made.record.record_id = incoming.id;
    if (!incoming.has_id && made.record.row == 0) {
        made.record.record_id = free_id(incoming.id);
        if (made.record.record_id != incoming.id) {
            made.record.found_by = hash128(incoming.id);
            index_.take(hash128(made.record.record_id));
        }
    }
    made.record.corrected = incoming.corrected;
    made.record.content = incoming.content;
    made.record.payload = codec_.compress(incoming.json);
    made.record.where = text_of_place(incoming.where);
    step_bytes_ +=
        made.record.payload.size() + made.record.record_id.size() + made.record.where.size() + 64;
    return made;
}

void Landing::land(RecordIndex::Slot slot, const Incoming& incoming) {
    index_.set_content(slot, incoming.content);
    if (!step_positions_.empty()) {
        step_positions_[slot] = step_.records.size();
    }
    step_.records.push_back(make_record(slot, incoming));
    if (step_bytes_ >= kStepBytesMax) {
        emit_step();
    }
}

void Landing::forget_replaced() {
    replaced_.clear();
    replaced_bytes_ = 0;
}

void Landing::deleted(std::string_view id) {
    const auto slot = index_.find(hash128(id));
    if (slot && (index_.is_seen(*slot) || index_.entry(*slot).state != store::RecordState::Gone)) {
        deleted_.insert(*slot);
    }
}

void Landing::replaces(std::string_view id_prefix) {
    // What no record's id can begin with replaces none.
    if (is_full_read_ || id_prefix.empty() || id_prefix.size() > kRecordIdBytesMax ||
        replaced_bytes_ > kReplacedBytesMax) {
        return;
    }
    if (replaced_.emplace(id_prefix).second) {
        replaced_bytes_ += id_prefix.size() + kReplacedExtraBytes;
    }
}

Result<void> Landing::kept_all() const {
    if (replaced_bytes_ <= kReplacedBytesMax) {
        return {};
    }
    return Error{ErrorKind::Fatal,
                 fmt::format("it replaced more than {} groups of records of stream '{}' in one "
                             "read of changes; read it whole: coterie run --full",
                             replaced_.size() - 1, options_.stream)};
}

void Landing::quarantine(std::string_view raw, std::string_view where, std::string_view why) {
    ++progress_.records;
    if (const std::string* correction = correction_of(raw); correction != nullptr) {
        take({}, raw, where, correction);
        return;
    }
    add_to_quarantine(raw, where, why, {}, "extract");
}

void Landing::add_to_quarantine(std::string_view raw, std::string_view where, std::string_view why,
                                std::string_view id, const char* stage) {
    ++step_.counts.read;
    ++step_.counts.quarantined;
    store::QuarantineEntry entry;
    entry.source = options_.source;
    entry.stream = options_.stream;
    entry.record_id = id;
    entry.stage = stage;
    entry.where = text_of_place(where);
    entry.reason = why;
    entry.raw = raw.substr(0, kQuarantineRawBytesMax);
    if (!raw.empty()) {
        entry.content = hash128(raw);
    }
    entry.run = options_.run;
    step_bytes_ += entry.raw.size() + 128;
    step_.quarantined.push_back(std::move(entry));
    if (step_bytes_ >= kStepBytesMax) {
        emit_step();
    }
}

void Landing::checkpoint(std::string_view cursor) {
    last_cursor_ = std::string(cursor);
    if (waits_for_end()) {
        return;  // deletions are applied at the end: a read that goes on must bring them again
    }
    step_.cursor = std::string(cursor);
    resume_cursor_ = step_.cursor;
    seen_at_checkpoint_ = step_.seen.size();
    counts_at_checkpoint_ = step_.counts;
    if (step_.records.size() >= kStepRecordsMin || step_.seen.size() >= kStepSeenMin ||
        step_bytes_ >= kStepBytesMin) {
        emit_step();
    }
}

void Landing::restarted() {
    if (!step_.records.empty()) {
        // What landed stays landed: the index knows it already.
        Step landed;
        landed.is_full_read = is_full_read_;
        landed.records = std::move(step_.records);
        emit_(std::move(landed));
    }
    is_full_read_ = true;  // the stream from its beginning: what it does not bring is gone
    last_cursor_.reset();
    index_.forget_seen();
    twins_.clear();
    deleted_.clear();
    forget_replaced();
    step_ = Step{};
    step_positions_.clear();
    step_.restarted = true;
    step_bytes_ = 0;
    resume_cursor_.reset();
    seen_at_checkpoint_ = 0;
    counts_at_checkpoint_ = {};
}

void Landing::partial() {
    is_full_read_ = false;
}

void Landing::log(LogLevel level, std::string_view message) {
    on_log_(level, message);
}

void Landing::progress(std::uint64_t done, std::uint64_t total, std::string_view /*unit*/) {
    progress_.done = done;
    progress_.total = total;
    tell_progress();
}

void Landing::keep_state(std::string_view state) {
    state_ = std::string(state);
}

void Landing::unchanged() {
    is_unchanged_ = true;
    if (!is_full_read_) {
        return;  // what a read of the changes does not bring is not counted
    }
    for (RecordIndex::Slot slot = 0; slot < index_.size(); ++slot) {
        const store::IndexEntry& known = index_.entry(slot);
        if (known.state != store::RecordState::Gone && !index_.is_seen(slot)) {
            count_seen({slot, false}, {{}, {}, {}, known.content});
        }
    }
}

void Landing::tell_progress() {
    on_progress_(progress_);
}

void Landing::finish() {
    step_.is_end = true;
    step_.deleted.assign(deleted_.begin(), deleted_.end());
    step_.deleted_of_before = static_cast<std::uint64_t>(
        std::count_if(deleted_.begin(), deleted_.end(), [this](RecordIndex::Slot slot) {
            const store::IndexEntry& known = index_.entry(slot);
            const bool is_unseen = is_full_read_ && !index_.is_seen(slot);
            return known.row != 0 && known.state != store::RecordState::Gone && !is_unseen;
        }));
    deleted_.clear();
    step_.replaced.assign(replaced_.begin(), replaced_.end());
    if (!replaced_.empty()) {
        step_.is_seen = index_.seen();
    }
    forget_replaced();
    step_.cursor = last_cursor_;  // deletions are stored with it
    step_.present_before = present_before_;
    step_.unchanged = is_unchanged_;
    step_.state = std::move(state_);
    if (is_full_read_) {
        step_.unseen = index_.unseen_rows();
        if (!step_.unseen.empty()) {
            step_.fresh = index_.fresh_slots();
            step_.sample = index_.sample_slots(kSampleRecords);
        }
    }
    emit_step();
    tell_progress();
}

void Landing::rewind() {
    for (std::size_t i = seen_at_checkpoint_; i < step_.seen.size(); ++i) {
        index_.unmark_seen(step_.seen[i]);
    }
    step_.seen.resize(seen_at_checkpoint_);
    step_.counts = counts_at_checkpoint_;
    deleted_.clear();
    forget_replaced();
    last_cursor_ = resume_cursor_;
    if (!resume_cursor_) {
        is_full_read_ = options_.is_full_read;  // it begins as it began, and may say otherwise now
    }
    twins_.clear();
    state_.reset();
    is_unchanged_ = false;
}

store::Ledger Landing::abandon() {
    Step step = std::exchange(step_, Step{});
    store::Ledger uncommitted = std::exchange(step.counts, {});
    step.cursor.reset();
    step.seen.clear();
    step.is_full_read = is_full_read_;
    emit_(std::move(step));
    return uncommitted;
}

void Landing::emit_step() {
    Step step = std::exchange(step_, Step{});
    step_bytes_ = 0;
    step_positions_.clear();
    if (step.is_end || (step.cursor && step.seen.size() == seen_at_checkpoint_)) {
        seen_at_checkpoint_ = 0;
        counts_at_checkpoint_ = {};
    } else {
        // Not at a checkpoint: records land now, what was seen and counted waits for the next one.
        step_.seen = std::exchange(step.seen, {});
        step_.counts = std::exchange(step.counts, {});
        step_.cursor = std::exchange(step.cursor, std::nullopt);
    }
    step.is_full_read = is_full_read_;
    emit_(std::move(step));
}

std::string Landing::free_id(std::string_view key) const {
    std::string id(key);
    for (int count = 2; id != key ? !index_.is_free(hash128(id)) : index_.is_taken(hash128(id));
         ++count) {
        id = fmt::format("{}#{}", without_twin_number(key), count);
    }
    return id;
}

std::string Landing::key_of_content(std::string_view json) {
    const auto was_seen = [&](const std::string& id) {
        const auto slot = index_.find(hash128(id));
        return slot && index_.is_seen(*slot);
    };
    std::string id = content_id(json);
    if (!was_seen(id)) {
        return id;
    }
    std::uint32_t& count = twins_.try_emplace(id, 1).first->second;
    for (;;) {
        std::string twin = fmt::format("{}#{}", id, ++count);
        if (!was_seen(twin)) {
            return twin;
        }
    }
}

bool Landing::is_valid_json_object(std::string_view json) {
    simdjson::dom::element element;
    const auto error = parser_.parse(json.data(), json.size()).get(element);
    if (error != simdjson::SUCCESS) {
        why_invalid_ = fmt::format("not valid JSON: {}", simdjson::error_message(error));
        return false;
    }
    if (!element.is_object()) {
        why_invalid_ = "not a JSON object";
        return false;
    }
    return true;
}

}  // namespace coterie::extract
