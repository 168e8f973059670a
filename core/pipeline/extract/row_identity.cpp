#include "pipeline/extract/row_identity.hpp"

#include "base/hash.hpp"
#include "pipeline/extract/pairing.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>

namespace coterie::extract {

namespace {

using store::Row;

/// Vanished records are compared in portions of about so many values, so that memory is bounded.
constexpr std::size_t kBlockValuesMax = 4'000'000;
/// Fresh records whose values differ a little are looked at again in portions of so many.
constexpr std::size_t kUnclearMax = 2'000;
/// Of a fresh record so many elders are kept: others may be liker to its first ones.
constexpr std::size_t kPairsOfRecordMax = 6;
/// At this share of equal values the texts of the others are not asked.
constexpr double kClearShare = 0.6;

class Finder {
  public:
    explicit Finder(const store::Store& store) : store_(store) {}

    Result<Successions> find(const ReadRows& rows) {
        COTERIE_TRY(const auto elders, with_content_ids(rows.vanished));
        COTERIE_TRY(const auto youngers, with_content_ids(rows.fresh));
        if (elders.empty() || youngers.empty()) {
            return Successions{};
        }
        COTERIE_TRY_VOID(learn_rarity(rows.sample));
        for (std::size_t begin = 0; begin < elders.size();) {
            COTERIE_TRY(begin, pair_portion(elders, begin, youngers));
        }
        return count(choose_pairs(std::move(pairs_)));
    }

  private:
    /// Those whose ids look as if they were made of content.
    Result<std::vector<Row>> with_content_ids(std::span<const Row> rows) {
        COTERIE_TRY(const auto ids, store_.record_ids(rows));
        std::vector<Row> found;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            if (is_content_id(ids[i])) {
                found.push_back(rows[i]);
            }
        }
        return found;
    }

    /// Whether the record's id was made of content, its own or that of an earlier form of it.
    static bool is_without_id(const store::StoredContent& record) {
        return !record.is_found_by_id || record.is_corrected ||
               content_id(record.payload) == without_twin_number(record.record_id);
    }

    Result<void> learn_rarity(std::span<const Row> sample) {
        std::vector<RowValue> values;
        return store_.for_each_content(sample, [&](const store::StoredContent& record) {
            reader_.read(record.payload, values);
            rarity_.add(values);
        });
    }

    /// Compares elders from `begin` on, as many as memory allows, with all youngers.
    /// \return where the next portion begins.
    Result<std::size_t> pair_portion(std::span<const Row> elders, std::size_t begin,
                                     std::span<const Row> youngers) {
        RowBlocks blocks;
        std::unordered_map<std::uint64_t, std::uint32_t> by_first_id;
        std::vector<RowValue> values;
        std::size_t end = begin;
        while (end < elders.size() && blocks.value_count() < kBlockValuesMax) {
            const auto next = std::min(elders.size(), end + 1000);
            COTERIE_TRY_VOID(store_.for_each_content(
                elders.subspan(end, next - end), [&](const store::StoredContent& record) {
                    if (!is_without_id(record)) {
                        return;
                    }
                    reader_.read(record.payload, values);
                    blocks.add(record.row, values);
                    ties_[record.row] = hash64(record.record_id);
                    pending_new_[record.row] = record.pending == store::Cause::New;
                    by_first_id.emplace(hash64(without_twin_number(record.record_id)), record.row);
                }));
            end = next;
        }
        blocks.index();
        COTERIE_TRY_VOID(compare(blocks, by_first_id, youngers));
        return end;
    }

    Result<void> compare(const RowBlocks& blocks,
                         const std::unordered_map<std::uint64_t, std::uint32_t>& by_first_id,
                         std::span<const Row> youngers) {
        std::vector<RowValue> values;
        std::vector<std::uint32_t> positions;
        std::vector<RowPair> unclear;
        Result<void> failure;
        COTERIE_TRY_VOID(store_.for_each_content(youngers, [&](const store::StoredContent& record) {
            if (!failure || !is_without_id(record)) {
                return;
            }
            const RowPair younger{0, 0, record.row, 0, hash64(record.record_id)};
            note_count(record);
            // A row that is again as it was when it got its id is that record, however much it
            // was edited in between.
            const auto first = by_first_id.find(hash64(content_id(record.payload)));
            if (first != by_first_id.end()) {
                keep(with_elder(younger, first->second, 2));
                return;
            }
            reader_.read(record.payload, values);
            blocks.candidates(values, positions);
            if (!compare_with(blocks, positions, values, younger)) {
                for (const auto position : positions) {
                    unclear.push_back(with_elder(younger, blocks.number(position), 0));
                }
            }
            if (unclear.size() >= kUnclearMax) {
                failure = compare_texts(unclear);
                unclear.clear();
            }
        }));
        COTERIE_TRY_VOID(std::move(failure));
        return compare_texts(unclear);
    }

    RowPair with_elder(RowPair pair, Row elder, double share) const {
        pair.elder = elder;
        pair.share = share;
        pair.elder_tie = ties_.at(elder);
        return pair;
    }

    /// By equal values. \return whether that is enough to tell.
    bool compare_with(const RowBlocks& blocks, std::span<const std::uint32_t> positions,
                      std::span<const RowValue> values, const RowPair& younger) {
        std::vector<RowPair> found;
        bool is_clear = positions.empty();
        for (const auto position : positions) {
            const auto alike = likeness(values, blocks.values(position), rarity_);
            is_clear = is_clear || (alike.is_enough() && alike.share >= kClearShare);
            if (alike.is_enough()) {
                found.push_back(with_elder(younger, blocks.number(position), alike.share));
            }
        }
        if (is_clear) {
            keep_best(std::move(found));
        }
        return is_clear;
    }

    /// Also by values that differ a little. \param unclear  a younger's pairs side by side.
    Result<void> compare_texts(std::span<const RowPair> unclear) {
        std::unordered_map<Row, std::vector<RowReader::Text>> texts;
        std::vector<Row> rows;
        for (const RowPair& pair : unclear) {
            for (const Row row : {pair.elder, pair.younger}) {
                if (texts.try_emplace(row).second) {
                    rows.push_back(row);
                }
            }
        }
        COTERIE_TRY_VOID(store_.for_each_content(rows, [&](const store::StoredContent& record) {
            reader_.read_texts(record.payload, texts.at(record.row));
        }));
        std::vector<RowPair> found;
        for (std::size_t i = 0; i < unclear.size(); ++i) {
            const auto alike =
                likeness(texts.at(unclear[i].younger), texts.at(unclear[i].elder), rarity_);
            if (alike.is_enough()) {
                found.push_back(unclear[i]);
                found.back().share = alike.share;
            }
            if (i + 1 == unclear.size() || unclear[i + 1].younger != unclear[i].younger) {
                keep_best(std::exchange(found, {}));
            }
        }
        return {};
    }

    void keep(const RowPair& pair) { pairs_.push_back(pair); }

    void keep_best(std::vector<RowPair> found) {
        std::sort(found.begin(), found.end(), [](const RowPair& a, const RowPair& b) {
            return a.share != b.share ? a.share > b.share : a.elder_tie < b.elder_tie;
        });
        found.resize(std::min(found.size(), kPairsOfRecordMax));
        pairs_.insert(pairs_.end(), found.begin(), found.end());
    }

    /// Remembers as what this read has counted the record.
    void note_count(const store::StoredContent& record) {
        counted_[record.row] = record.pending == store::Cause::New       ? &store::Ledger::created
                               : record.pending == store::Cause::Changed ? &store::Ledger::changed
                               : record.state == store::RecordState::Quarantined
                                   ? &store::Ledger::quarantined
                                   : &store::Ledger::unchanged;
    }

    Successions count(const std::vector<RowPair>& pairs) const {
        Successions found;
        for (const RowPair& pair : pairs) {
            found.pairs.push_back({pair.elder, pair.younger});
            --(found.correction.*counted_.at(pair.younger));
            ++(pending_new_.at(pair.elder) ? found.correction.created : found.correction.changed);
        }
        return found;
    }

    const store::Store& store_;
    RowReader reader_;
    ValueRarity rarity_;
    std::vector<RowPair> pairs_;
    std::unordered_map<Row, std::uint64_t> ties_;                     ///< by elder
    std::unordered_map<Row, bool> pending_new_;                       ///< by elder
    std::unordered_map<Row, std::int64_t store::Ledger::*> counted_;  ///< by younger
};

}  // namespace

std::string content_id(std::string_view json) {
    return to_hex(hash128(json));
}

std::string_view without_twin_number(std::string_view id) {
    return id.substr(0, id.find('#'));
}

bool is_content_id(std::string_view id) {
    constexpr std::size_t kDigits = 32;
    const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    return id.size() >= kDigits && (id.size() == kDigits || id[kDigits] == '#') &&
           std::all_of(id.begin(), id.begin() + kDigits, is_hex);
}

Result<Successions> find_successions(const store::Store& store, const ReadRows& rows) {
    return Finder(store).find(rows);
}

}  // namespace coterie::extract
