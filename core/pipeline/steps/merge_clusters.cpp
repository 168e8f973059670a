#include "pipeline/steps/merge_clusters.hpp"

#include "base/check.hpp"
#include "base/hash.hpp"
#include "base/parallel.hpp"
#include "pipeline/merge/golden.hpp"
#include "pipeline/merge/stable_ids.hpp"
#include "record/facts.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace coterie::pipeline {

namespace {

using store::GoldenNumber;
using store::Row;

constexpr std::size_t kStepClustersMax = 4096;

/// Last night's links, and which of tonight's clusters they leave alone.
struct Links {
    std::vector<GoldenNumber> of_row;    ///< by row; 0 where there is none
    std::vector<std::uint32_t> size_of;  ///< by golden number: how many rows it had
    [[nodiscard]] GoldenNumber of(Row row) const { return row < of_row.size() ? of_row[row] : 0; }
};

Result<Links> load_links(const store::Store& store) {
    Links links;
    COTERIE_TRY_VOID(store.for_each_link([&](Row row, GoldenNumber golden) {
        if (row >= links.of_row.size()) {
            links.of_row.resize(std::max<std::size_t>(row + 1, links.of_row.size() * 2), 0);
        }
        if (golden >= links.size_of.size()) {
            links.size_of.resize(std::max<std::size_t>(golden + 1, links.size_of.size() * 2), 0);
        }
        links.of_row[row] = golden;
        ++links.size_of[golden];
    }));
    return links;
}

/// A cluster whose golden record has to be made anew.
struct Work {
    std::span<const Row> rows;
    merge::Assignment id;
};

/// A step on its way: read by the store's thread, merged by the workers, written by the store's
/// thread.
struct MergeStep {
    std::vector<Work> work;
    std::vector<std::vector<store::Store::RecordFacts>> records;  ///< beside `work`
    std::vector<merge::GoldenRecord> golden;
    std::vector<std::string> bodies;
};

class Merger {
  public:
    Merger(store::Store& store, store::RunNumber run, const match::Clusters& clusters,
           const MergeOptions& options, observe::Observer& observer)
        : store_(store), run_(run), clusters_(clusters), options_(options), observer_(observer) {}

    Result<void> run() {
        COTERIE_TRY(source_names_, store_.source_names());
        COTERIE_TRY(links_, load_links(store_));
        COTERIE_TRY_VOID(sort_out_clusters());
        total_ = fresh_.size() + known_.size();
        COTERIE_TRY_VOID(load_known_ids());
        COTERIE_TRY_VOID(merge_known());
        COTERIE_TRY_VOID(merge_fresh());
        if (!options_.stop.stop_requested()) {
            COTERIE_TRY_VOID(remove_empty());
        }
        return {};
    }

  private:
    /// Clusters without last night's rows are fresh; those that changed are known; the rest stay.
    Result<void> sort_out_clusters() {
        COTERIE_TRY(const auto touched_rows, store_.touched());
        std::vector<bool> is_touched(touched_rows.empty() ? 0 : touched_rows.back() + 1U, false);
        for (const Row row : touched_rows) {
            is_touched[row] = true;
        }
        for (std::size_t i = 0; i < clusters_.size(); ++i) {
            const auto rows = clusters_.cluster(i);
            const GoldenNumber first = links_.of(rows.front());
            bool is_fresh = true;
            bool is_unchanged = first != 0 && links_.size_of[first] == rows.size();
            for (const Row row : rows) {
                const GoldenNumber golden = links_.of(row);
                is_fresh = is_fresh && golden == 0;
                is_unchanged = is_unchanged && golden == first &&
                               !(row < is_touched.size() && is_touched[row]);
            }
            if (is_fresh) {
                fresh_.push_back(i);
            } else if (!is_unchanged) {
                known_.push_back(i);
            }
        }
        return note_gone_rows(touched_rows);
    }

    /// Rows that are linked and in no cluster any more: gone, or in quarantine.
    Result<void> note_gone_rows(std::span<const Row> touched_rows) {
        std::vector<bool> is_clustered(links_.of_row.size(), false);
        for (const Row row : clusters_.rows) {
            if (row < is_clustered.size()) {
                is_clustered[row] = true;
            }
        }
        for (const Row row : touched_rows) {
            if (links_.of(row) != 0 && !is_clustered[row]) {
                unlinked_.push_back(row);
            }
        }
        return {};
    }

    Result<void> load_known_ids() {
        std::unordered_set<GoldenNumber> wanted;
        for (const std::size_t i : known_) {
            for (const Row row : clusters_.cluster(i)) {
                wanted.insert(links_.of(row));
            }
        }
        for (const Row row : unlinked_) {
            wanted.insert(links_.of(row));
        }
        wanted.erase(0);
        return store_.for_each_golden([&](const store::GoldenRow& golden) {
            has_golden_records_ = true;
            if (wanted.contains(golden.number) && golden.state == store::GoldenState::Live) {
                known_ids_.emplace(golden.number,
                                   merge::KnownId{golden.number, golden.id, golden.created_run});
            }
        });
    }

    [[nodiscard]] std::string key_of(const store::SourceRecord& record) const {
        return fmt::format("{}\x1f{}\x1f{}", source_names_[record.source - 1], record.stream,
                           record.record_id);
    }

    std::vector<merge::AgedRow> age(const std::vector<store::Store::RecordFacts>& records) const {
        std::vector<merge::AgedRow> aged;
        aged.reserve(records.size());
        for (const auto& record : records) {
            GoldenNumber golden = links_.of(record.record.row);
            if (!known_ids_.contains(golden)) {
                golden = 0;  // retired since: it lives on elsewhere, or not at all
            }
            aged.push_back({record.record.row, record.record.first_run, key_of(record.record),
                            golden,
                            std::binary_search(clusters_.belonging.begin(),
                                               clusters_.belonging.end(), record.record.row)});
        }
        return aged;
    }

    /// All clusters that touch known ids get theirs at once, since they may fight over one.
    Result<void> merge_known() {
        std::vector<std::vector<merge::AgedRow>> aged;
        aged.reserve(known_.size());
        for (const std::size_t i : known_) {
            COTERIE_TRY(const auto records, store_.facts(clusters_.cluster(i)));
            aged.push_back(age(records));
        }
        COTERIE_TRY(auto ids, assign(aged));
        std::vector<Work> work;
        work.reserve(known_.size());
        for (std::size_t i = 0; i < known_.size(); ++i) {
            work.push_back({clusters_.cluster(known_[i]), std::move(ids[i])});
        }
        return merge_in_steps(work.size(), [&](std::size_t begin, std::size_t end) {
            auto step = std::make_unique<MergeStep>();
            step->work.assign(std::make_move_iterator(work.begin() + static_cast<long>(begin)),
                              std::make_move_iterator(work.begin() + static_cast<long>(end)));
            return read_records(std::move(step));
        });
    }

    Result<void> merge_fresh() {
        return merge_in_steps(
            fresh_.size(),
            [&](std::size_t begin, std::size_t end) -> Result<std::unique_ptr<MergeStep>> {
                auto step = std::make_unique<MergeStep>();
                for (std::size_t i = begin; i < end; ++i) {
                    step->work.push_back({clusters_.cluster(fresh_[i]), {}});
                }
                COTERIE_TRY(step, read_records(std::move(step)));
                std::vector<std::vector<merge::AgedRow>> aged;
                for (const auto& records : step->records) {
                    aged.push_back(age(records));
                }
                COTERIE_TRY(auto ids, assign(aged));
                for (std::size_t i = 0; i < ids.size(); ++i) {
                    step->work[i].id = std::move(ids[i]);
                }
                return step;
            });
    }

    Result<std::vector<merge::Assignment>>
    assign(const std::vector<std::vector<merge::AgedRow>>& aged) {
        std::optional<Error> failure;
        // A record that is new tonight cannot have given its key to an id before; so the first
        // night asks the store nothing.
        const auto is_taken = [&](const std::string& id) {
            if (!has_golden_records_) {
                return false;
            }
            auto found = store_.golden(id);
            if (!found) {
                failure = std::move(found).error();
                return false;
            }
            return *found && (*found)->state != store::GoldenState::Removed;
        };
        auto ids = merge::assign_ids(aged, known_ids_, is_taken, options_.id_key);
        if (failure) {
            return *std::move(failure);
        }
        return ids;
    }

    Result<std::unique_ptr<MergeStep>> read_records(std::unique_ptr<MergeStep> step) {
        std::vector<Row> rows;
        for (const Work& work : step->work) {
            rows.insert(rows.end(), work.rows.begin(), work.rows.end());
        }
        COTERIE_TRY(auto records, store_.facts(rows));
        auto next = std::make_move_iterator(records.begin());
        for (const Work& work : step->work) {
            const auto count = static_cast<std::ptrdiff_t>(work.rows.size());
            step->records.emplace_back(next, next + count);
            next += count;
        }
        return step;
    }

    /// Reads step k + 1 and writes step k while the workers merge.
    template <class MakeStep>
    Result<void> merge_in_steps(std::size_t count, MakeStep make_step) {
        std::unique_ptr<MergeStep> ready;
        for (std::size_t begin = 0; begin < count || ready; begin += kStepClustersMax) {
            std::unique_ptr<MergeStep> step;
            if (begin < count && !options_.stop.stop_requested()) {
                COTERIE_TRY(step, make_step(begin, std::min(count, begin + kStepClustersMax)));
                step->golden.resize(step->work.size());
                step->bodies.resize(step->work.size());
            }
            ParallelWork work(options_.threads, step ? step->work.size() : 0, [this, &step] {
                return [this, &step](std::size_t i) { merge_one(*step, i); };
            });
            if (ready) {
                COTERIE_TRY_VOID(store_.transaction([&] { return write(*ready); }));
                done_ += ready->work.size();
                observer_.advanced("", {done_, done_, total_});
            }
            work.join();
            ready = std::move(step);
        }
        return {};
    }

    void merge_one(MergeStep& step, std::size_t i) const {
        const auto& records = step.records[i];
        std::vector<std::string> keys;
        keys.reserve(records.size());
        std::vector<merge::Contribution> contributions;
        contributions.reserve(records.size());
        for (const auto& record : records) {
            auto facts = record::decode_facts(record.facts);
            COTERIE_CHECK(facts.has_value());
            keys.push_back(key_of(record.record));
            merge::Contribution contribution;
            contribution.member = {record.record.row, record.record.first_run, run_};
            contribution.source = source_names_[record.record.source - 1];
            const auto trust = options_.trust.find(std::string(contribution.source));
            contribution.trust = trust == options_.trust.end() ? 0.5 : trust->second;
            contribution.changed_run = record.record.changed_run;
            contribution.stable_key = keys.back();
            contribution.facts = *std::move(facts);
            contributions.push_back(std::move(contribution));
        }
        step.golden[i] = merge::merge(contributions, options_.rules, options_.tiers);
        merge::encode(step.golden[i], step.bodies[i]);
    }

    Result<void> write(MergeStep& step) {
        std::vector<std::pair<Row, GoldenNumber>> links;
        std::vector<store::Change> changes;
        for (std::size_t i = 0; i < step.work.size(); ++i) {
            COTERIE_TRY(
                const GoldenNumber number,
                write_golden(step.work[i].id, step.golden[i], std::move(step.bodies[i]), changes));
            for (const Row row : step.work[i].rows) {
                if (links_.of(row) != number) {
                    links.emplace_back(row, number);
                }
            }
        }
        COTERIE_TRY_VOID(store_.link(links));
        return store_.add_changes(changes);
    }

    Result<GoldenNumber> write_golden(const merge::Assignment& id,
                                      const merge::GoldenRecord& golden, std::string body,
                                      std::vector<store::Change>& changes) {
        for (const GoldenNumber loser : id.merged) {
            COTERIE_TRY_VOID(retire(loser, store::GoldenState::Merged, id.id, changes));
        }
        store::GoldenRow row;
        if (id.kept != 0) {
            COTERIE_TRY(auto before, store_.golden(id.kept));
            COTERIE_CHECK(before.has_value());
            COTERIE_TRY(const auto old, merge::decode(before->body));
            kept_.insert(id.kept);
            if (is_same(old, golden)) {
                return id.kept;
            }
            row = *std::move(before);
            changes.push_back({run_, id.id, "updated", merge::differences(old, golden)});
        } else {
            COTERIE_TRY_VOID(revive(id.id, row));
            row.id = id.id;
            row.created_run = row.created_run == 0 ? run_ : row.created_run;
            if (id.split_from != 0) {
                changes.push_back({run_, id.id, "split", split_detail(id.split_from)});
            } else {
                changes.push_back({run_, id.id, "created", "{}"});
            }
        }
        row.state = store::GoldenState::Live;
        row.updated_run = run_;
        ++row.revision;
        row.body = std::move(body);
        COTERIE_TRY_VOID(store_.put_golden(row));
        return row.number;
    }

    /// A person whose last record went and is back has the same id, and goes on where it stopped.
    Result<void> revive(const std::string& id, store::GoldenRow& row) {
        if (has_golden_records_) {
            COTERIE_TRY(auto found, store_.golden(id));
            if (found && found->state == store::GoldenState::Removed) {
                row = *std::move(found);
            }
        }
        return {};
    }

    [[nodiscard]] std::string split_detail(GoldenNumber from) const {
        return nlohmann::json{{"from", known_ids_.at(from).id}}.dump();
    }

    /// The same values from the same source records; when they were seen does not count.
    static bool is_same(const merge::GoldenRecord& a, const merge::GoldenRecord& b) {
        return a.facts == b.facts &&
               std::equal(
                   a.members.begin(), a.members.end(), b.members.begin(), b.members.end(),
                   [](const merge::Member& x, const merge::Member& y) { return x.row == y.row; });
    }

    Result<void> retire(GoldenNumber number, store::GoldenState state, const std::string& into,
                        std::vector<store::Change>& changes) {
        COTERIE_TRY(auto golden, store_.golden(number));
        COTERIE_CHECK(golden.has_value());
        golden->state = state;
        golden->merged_into = into;
        golden->updated_run = run_;
        golden->body.clear();
        COTERIE_TRY_VOID(store_.put_golden(*golden));
        kept_.insert(number);
        if (state == store::GoldenState::Merged) {
            changes.push_back({run_, golden->id, "merged", nlohmann::json{{"into", into}}.dump()});
        } else {
            changes.push_back({run_, golden->id, "removed", "{}"});
        }
        return {};
    }

    /// Takes out the links of rows that went, and the golden records that have none left, or only
    /// records that tell of somebody else by now.
    Result<void> remove_empty() {
        return store_.transaction([&]() -> Result<void> {
            std::vector<std::pair<Row, GoldenNumber>> links;
            std::vector<store::Change> changes;
            for (const Row row : unlinked_) {
                links.emplace_back(row, 0);
            }
            std::vector<GoldenNumber> empty;
            for (const auto& [golden, known] : known_ids_) {
                if (!kept_.contains(golden)) {
                    empty.push_back(golden);
                }
            }
            std::sort(empty.begin(), empty.end());
            for (const GoldenNumber golden : empty) {
                COTERIE_TRY_VOID(retire(golden, store::GoldenState::Removed, "", changes));
            }
            COTERIE_TRY_VOID(store_.link(links));
            return store_.add_changes(changes);
        });
    }

    store::Store& store_;
    store::RunNumber run_;
    const match::Clusters& clusters_;
    const MergeOptions& options_;
    observe::Observer& observer_;

    std::vector<std::string> source_names_;
    Links links_;
    std::vector<std::size_t> fresh_, known_;  ///< numbers of clusters
    std::vector<Row> unlinked_;
    std::unordered_map<GoldenNumber, merge::KnownId> known_ids_;
    std::unordered_set<GoldenNumber> kept_;  ///< known ids that are settled
    bool has_golden_records_ = false;
    std::uint64_t done_ = 0, total_ = 0;
};

}  // namespace

Result<void> merge_clusters(store::Store& store, store::RunNumber run,
                            const match::Clusters& clusters, const MergeOptions& options,
                            observe::Observer& observer) {
    return Merger(store, run, clusters, options, observer).run();
}

}  // namespace coterie::pipeline
