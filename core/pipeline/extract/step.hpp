/// What a source's reader hands to the one thread that writes the store: a committed step's worth.
#pragma once

#include "pipeline/extract/record_index.hpp"
#include "store/store.hpp"

#include "coterie/result.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace coterie::extract {

/// Asked at the end of a stream's read, before anything of it is deleted. \param gone  the rows
/// that the read did not bring. \return why the source is held, and what to do; "" to go on.
using HoldCheck = std::function<Result<std::string>(std::span<const store::Row> gone)>;

/// A new or changed record of a step.
struct StepRecord {
    RecordIndex::Slot slot = 0;
    /// The same id came before in this read with other content, and that content loses.
    bool replaces_repeat = false;
    /// The content that it takes the place of: should that come under its id too and win, then
    /// nothing changed.
    std::optional<std::uint64_t> stored_content;
    store::LandedRecord record;
};

/// One transaction's worth of a stream. Records are landed whether or not it has a cursor; counts
/// and what was seen travel only with a cursor (or the end), so that a read that goes on from the
/// last stored cursor counts nothing twice.
struct Step {
    std::vector<StepRecord> records;
    std::vector<store::QuarantineEntry> quarantined;
    bool restarted = false;    ///< forget the earlier part of this read first
    bool is_full_read = true;  ///< what the read does not bring is gone

    std::optional<std::string> cursor;
    std::vector<RecordIndex::Slot> seen;
    store::Ledger counts;

    bool is_end = false;                     ///< the stream was read to its end
    bool unchanged = false;                  ///< at the end: the source has just what it had
    std::optional<std::string> state;        ///< at the end: what the next read is to be given
    std::vector<store::Row> unseen;          ///< at the end of a full read: what it did not bring
    std::vector<RecordIndex::Slot> fresh;    ///< at the end, if any are unseen: what is new
    std::vector<RecordIndex::Slot> sample;   ///< and some of all that it brought
    std::vector<RecordIndex::Slot> deleted;  ///< at the end: what the source said is gone
    /// How many of those the source had before the read, beside the unseen; for the brake.
    std::uint64_t deleted_of_before = 0;
    /// At the end: beginnings of ids, sorted. Records that have one and were not seen are gone.
    std::vector<std::string> replaced;
    std::vector<bool> is_seen;         ///< at the end, if any are replaced: by slot
    std::uint64_t present_before = 0;  ///< records the source had, for the brake
};

}  // namespace coterie::extract
