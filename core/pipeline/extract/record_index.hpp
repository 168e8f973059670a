/// What a source had last night, to tell new, changed and unchanged records apart.
#pragma once

#include "base/hash.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_set>
#include <vector>

namespace coterie::extract {

/// The records of one stream by record id, with a mark for each that this read has seen. Records
/// are numbered from 0; the number (a Slot) stays when the store's row is not known yet.
/// One thread at a time. \par Cost about 40 bytes a record.
class RecordIndex {
  public:
    using Slot = std::uint32_t;

    explicit RecordIndex(std::vector<store::IndexEntry> known,
                         std::span<const store::TakenId> taken = {});

    struct Found {
        Slot slot;
        bool is_new;
    };
    /// The slot of the record with this id; makes one when there is none.
    Found find_or_add(const Hash128& id_hash);
    [[nodiscard]] const store::IndexEntry& entry(Slot slot) const { return entries_[slot]; }
    /// Whether a new record may have this id: no record has it, nor is any found by it.
    [[nodiscard]] bool is_free(const Hash128& id_hash) const;
    /// Whether the id is of a record that is not found by it.
    [[nodiscard]] bool is_taken(const Hash128& id_hash) const { return taken_.contains(id_hash); }
    /// From now on no new record may have this id.
    void take(const Hash128& id_hash) { taken_.insert(id_hash); }
    /// Whether a record with this id is known, or was added.
    [[nodiscard]] std::optional<Slot> find(const Hash128& id_hash) const;
    /// Notes what landing made of it, until it is normalized.
    void set_pending(Slot slot, store::Cause cause) { entries_[slot].pending = cause; }
    void set_content(Slot slot, std::uint64_t content);

    [[nodiscard]] bool is_seen(Slot slot) const { return is_seen_[slot]; }
    /// The marks of all slots.
    [[nodiscard]] const std::vector<bool>& seen() const { return is_seen_; }
    void mark_seen(Slot slot) { is_seen_[slot] = true; }
    void unmark_seen(Slot slot) { is_seen_[slot] = false; }
    void forget_seen();
    /// Marks what an earlier part of the same read had seen. \param rows sorted or not.
    void mark_seen_rows(std::span<const store::Row> rows);

    /// Records in all: slots are below it.
    [[nodiscard]] Slot size() const { return static_cast<Slot>(entries_.size()); }
    /// Known records that the store counts as there: live or quarantined.
    [[nodiscard]] std::uint64_t present_count() const { return present_count_; }
    /// Those of them that this read has not seen.
    [[nodiscard]] std::vector<store::Row> unseen_rows() const;
    /// Records that this read has seen, and no finished read before it.
    [[nodiscard]] std::vector<Slot> fresh_slots() const;
    /// About so many of those that this read has seen, chosen by the hashes of their ids.
    [[nodiscard]] std::vector<Slot> sample_slots(std::size_t count) const;
    /// The row of a known record with this id; 0 when there is none, or it is gone.
    [[nodiscard]] store::Row present_row(const Hash128& id_hash) const;

  private:
    [[nodiscard]] std::size_t position(const Hash128& id_hash) const;
    void grow();

    std::vector<store::IndexEntry> entries_;
    std::vector<bool> is_seen_;
    std::size_t known_count_;
    std::uint64_t present_count_ = 0;
    struct LowBits {
        std::size_t operator()(const Hash128& hash) const { return hash.low; }
    };
    std::unordered_set<Hash128, LowBits> taken_;  ///< ids of records that are not found by them
    std::vector<std::uint32_t> table_;            ///< open addressing: slot + 1, 0 is free
    std::size_t mask_ = 0;
};

}  // namespace coterie::extract
