#include "pipeline/steps/settle_strays.hpp"

#include "base/check.hpp"
#include "base/text.hpp"
#include "record/facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <utility>
#include <vector>

namespace coterie::pipeline {

namespace {

constexpr std::size_t kBatchRowsMax = 4096;
constexpr std::size_t kShownIdBytesMax = 80;

constexpr std::string_view kNotThere = "which is not in the roster";
constexpr std::string_view kSeveral = "which several records of it are";

class Settlement {
  public:
    Settlement(store::Store& store, store::RunNumber run, const StreamsRead& read_whole)
        : store_(store), run_(run), read_whole_(read_whole) {}

    Result<void> settle(std::span<const match::Stray> strays) {
        COTERIE_TRY(const auto before, store_.strays());
        COTERIE_TRY_VOID(sort_out(strays, before));
        if (found_.empty() && come_.empty()) {
            return {};
        }
        COTERIE_TRY(source_names_, store_.source_names());
        COTERIE_TRY(const auto unsettled, store_.unsettled());
        for (const store::Unsettled& one : unsettled) {
            causes_.emplace(one.row, one.cause);
        }
        COTERIE_TRY_VOID(in_batches(std::span<const match::Stray>(found_),
                                    [&](auto batch) { return put_into_quarantine(batch); }));
        return in_batches(std::span<const store::Row>(come_),
                          [&](auto batch) { return take_out(batch); });
    }

  private:
    /// \pre both by row
    Result<void> sort_out(std::span<const match::Stray> now, std::span<const store::Stray> before) {
        auto old = before.begin();
        for (const match::Stray& stray : now) {
            for (; old != before.end() && old->row < stray.row; ++old) {
                come_.push_back(old->row);
            }
            const bool was_there = old != before.end() && old->row == stray.row;
            if (!was_there) {
                found_.push_back(stray);
            } else {
                const auto reason = stray.is_ambiguous ? kSeveral : kNotThere;
                if (!old->reason.ends_with(reason)) {
                    found_.push_back(stray);
                    told_otherwise_.push_back(stray.row);
                }
                ++old;
            }
        }
        for (; old != before.end(); ++old) {
            come_.push_back(old->row);
        }
        return {};
    }

    template <class T, class F>
    Result<void> in_batches(std::span<const T> all, const F& write) {
        for (std::size_t first = 0; first < all.size(); first += kBatchRowsMax) {
            const auto batch = all.subspan(first, std::min(kBatchRowsMax, all.size() - first));
            COTERIE_TRY_VOID(store_.transaction([&]() -> Result<void> { return write(batch); }));
        }
        return {};
    }

    Result<void> put_into_quarantine(std::span<const match::Stray> batch) {
        std::vector<store::Row> rows;
        for (const match::Stray& stray : batch) {
            rows.push_back(stray.row);
        }
        COTERIE_TRY(const auto records, store_.facts(rows));
        std::vector<store::Stray> strays;
        Corrections corrections;
        for (std::size_t i = 0; i < batch.size(); ++i) {
            const store::SourceRecord& record = records[i].record;
            COTERIE_TRY(const auto facts, record::decode_facts(records[i].facts));
            strays.push_back({record.row, reason_of(batch[i], record, facts)});
            if (!std::binary_search(told_otherwise_.begin(), told_otherwise_.end(), record.row)) {
                count(record, -1, corrections);
            }
        }
        COTERIE_TRY_VOID(store_.set_strays(run_, strays));
        return correct(corrections);
    }

    Result<void> take_out(std::span<const store::Row> batch) {
        COTERIE_TRY(const auto records, store_.facts(batch));
        Corrections corrections;
        for (const auto& record : records) {
            count(record.record, 1, corrections);
        }
        COTERIE_TRY_VOID(store_.clear_strays(batch));
        return correct(corrections);
    }

    [[nodiscard]] std::string reason_of(const match::Stray& stray,
                                        const store::SourceRecord& record,
                                        std::span<const record::FactView> facts) const {
        const auto belongs = std::find_if(facts.begin(), facts.end(), [](const auto& fact) {
            return fact.field == record::FieldId::SourceBelongsTo;
        });
        COTERIE_CHECK(belongs != facts.end());
        return fmt::format("belongs to '{}/{}', {}", source_names_[record.source - 1],
                           printable(belongs->value, kShownIdBytesMax),
                           stray.is_ambiguous ? kSeveral : kNotThere);
    }

    using Corrections = std::map<std::pair<store::SourceId, std::string>, store::Ledger>;

    /// Moves the record between quarantined and what it else counts as in this run.
    void count(const store::SourceRecord& record, int change, Corrections& corrections) const {
        const auto cause = causes_.find(record.row);
        store::Ledger delta;
        delta.quarantined = -change;
        if (cause != causes_.end() && cause->second == store::Cause::New) {
            delta.created = change;
        } else if (cause != causes_.end() && cause->second == store::Cause::Changed) {
            delta.changed = change;
        } else if (was_read(record)) {
            delta.unchanged = change;
        } else {
            return;  // it was not read tonight, so it is not counted
        }
        corrections[{record.source, record.stream}] += delta;
    }

    [[nodiscard]] bool was_read(const store::SourceRecord& record) const {
        const auto streams = read_whole_.find(record.source);
        return streams != read_whole_.end() && streams->second.contains(record.stream);
    }

    Result<void> correct(const Corrections& corrections) {
        for (const auto& [key, delta] : corrections) {
            COTERIE_TRY_VOID(store_.add_to_ledger(key.first, key.second, run_, delta));
        }
        return {};
    }

    store::Store& store_;
    store::RunNumber run_;
    const StreamsRead& read_whole_;
    std::vector<std::string> source_names_;
    std::unordered_map<store::Row, store::Cause> causes_;
    std::vector<match::Stray> found_;         ///< not in quarantine yet, or for another reason
    std::vector<store::Row> come_;            ///< in quarantine, and strays no more
    std::vector<store::Row> told_otherwise_;  ///< of `found_`, those that are there already
};

}  // namespace

Result<void> settle_strays(store::Store& store, store::RunNumber run,
                           std::span<const match::Stray> strays, const StreamsRead& read_whole) {
    return Settlement(store, run, read_whole).settle(strays);
}

}  // namespace coterie::pipeline
