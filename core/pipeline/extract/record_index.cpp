#include "pipeline/extract/record_index.hpp"

#include "base/check.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <unordered_map>

namespace coterie::extract {

RecordIndex::RecordIndex(std::vector<store::IndexEntry> known,
                         std::span<const store::TakenId> taken)
    : entries_(std::move(known)), is_seen_(entries_.size(), false), known_count_(entries_.size()) {
    for (const auto& entry : entries_) {
        present_count_ += entry.state != store::RecordState::Gone ? 1 : 0;
    }
    for (const auto& id : taken) {
        taken_.insert(id.id_hash);
    }
    grow();
}

std::size_t RecordIndex::position(const Hash128& id_hash) const {
    std::size_t at = id_hash.low & mask_;
    while (table_[at] != 0 && entries_[table_[at] - 1].id_hash != id_hash) {
        at = (at + 1) & mask_;
    }
    return at;
}

void RecordIndex::grow() {
    const std::size_t size = std::bit_ceil(std::max<std::size_t>(1024, entries_.size() * 2));
    table_.assign(size, 0);
    mask_ = size - 1;
    for (std::size_t slot = 0; slot < entries_.size(); ++slot) {
        table_[position(entries_[slot].id_hash)] = static_cast<std::uint32_t>(slot + 1);
    }
}

RecordIndex::Found RecordIndex::find_or_add(const Hash128& id_hash) {
    std::size_t at = position(id_hash);
    if (table_[at] != 0) {
        return {table_[at] - 1, false};
    }
    COTERIE_CHECK(entries_.size() < std::numeric_limits<Slot>::max() - 1);
    entries_.push_back({.id_hash = id_hash});
    is_seen_.push_back(false);
    const auto slot = static_cast<Slot>(entries_.size() - 1);
    table_[at] = slot + 1;
    if (entries_.size() * 3 > table_.size() * 2) {
        grow();
    }
    return {slot, true};
}

std::optional<RecordIndex::Slot> RecordIndex::find(const Hash128& id_hash) const {
    const std::uint32_t found = table_[position(id_hash)];
    return found == 0 ? std::nullopt : std::optional<Slot>(found - 1);
}

bool RecordIndex::is_free(const Hash128& id_hash) const {
    return !taken_.contains(id_hash) && !find(id_hash);
}

std::vector<RecordIndex::Slot> RecordIndex::fresh_slots() const {
    std::vector<Slot> slots;
    for (std::size_t slot = 0; slot < entries_.size(); ++slot) {
        if (is_seen_[slot] && (slot >= known_count_ || entries_[slot].is_recent)) {
            slots.push_back(static_cast<Slot>(slot));
        }
    }
    return slots;
}

std::vector<RecordIndex::Slot> RecordIndex::sample_slots(std::size_t count) const {
    const std::uint64_t every = std::bit_ceil(std::max<std::uint64_t>(1, entries_.size() / count));
    std::vector<Slot> slots;
    for (std::size_t slot = 0; slot < entries_.size(); ++slot) {
        if (is_seen_[slot] && (entries_[slot].id_hash.high & (every - 1)) == 0) {
            slots.push_back(static_cast<Slot>(slot));
        }
    }
    return slots;
}

void RecordIndex::set_content(Slot slot, std::uint64_t content) {
    entries_[slot].content = content;
}

void RecordIndex::forget_seen() {
    is_seen_.assign(entries_.size(), false);
}

void RecordIndex::mark_seen_rows(std::span<const store::Row> rows) {
    if (rows.empty()) {
        return;
    }
    std::unordered_map<store::Row, Slot> slots;
    slots.reserve(known_count_);
    for (std::size_t slot = 0; slot < known_count_; ++slot) {
        slots.emplace(entries_[slot].row, static_cast<Slot>(slot));
    }
    for (const store::Row row : rows) {
        if (const auto found = slots.find(row); found != slots.end()) {
            is_seen_[found->second] = true;
        }
    }
}

std::vector<store::Row> RecordIndex::unseen_rows() const {
    std::vector<store::Row> rows;
    for (std::size_t slot = 0; slot < known_count_; ++slot) {
        if (!is_seen_[slot] && entries_[slot].state != store::RecordState::Gone) {
            rows.push_back(entries_[slot].row);
        }
    }
    return rows;
}

store::Row RecordIndex::present_row(const Hash128& id_hash) const {
    const std::uint32_t found = table_[position(id_hash)];
    if (found == 0 || entries_[found - 1].state == store::RecordState::Gone) {
        return 0;
    }
    return entries_[found - 1].row;
}

}  // namespace coterie::extract
