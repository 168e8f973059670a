// evaluate: the links beside a truth.
#include "base/text.hpp"
#include "cli.hpp"
#include "csv_file.hpp"
#include "lookup.hpp"
#include "pipeline/evaluate/evaluate.hpp"
#include "pipeline/evaluate/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <string_view>
#include <unordered_map>

namespace coterie::cli {

namespace {

using store::Store;

constexpr std::size_t kFaultsShownMax = 20;
constexpr std::size_t kListedMax = 20;
constexpr char kBetween = '\x1f';

/// One record of the truth, and where it is in the store.
struct TruthRecord {
    std::string_view key;  ///< source, kBetween, record id
    std::uint32_t entity = 0;
    bool is_in_store = false;
    store::Row row = 0;
    store::RecordState state = store::RecordState::Live;
    store::GoldenNumber golden = 0;
};

/// A truth file, joined with the store.
class Truth {
  public:
    explicit Truth(const std::string& file) : file_(file) {
        read_csv(file, {"source", "record_id", "entity"}, [&](const CsvRow& row) { add(row); });
        if (!faults_.empty()) {
            std::string message;
            for (const std::string& fault : faults_) {
                message += (message.empty() ? "" : "\n") + fault;
            }
            throw CommandError(Usage, message);
        }
        if (records_.empty()) {
            throw CommandError(Usage, fmt::format("{}: has no row below its header", file));
        }
    }

    /// Of records of several streams with one id the one that `explain` takes: one that its source
    /// still has, and of those that of the stream that was read first.
    void join(const Store& store) {
        std::string key;
        or_end(store.for_each_placed_record([&](const Store::PlacedRecord& placed) {
            key.assign(placed.source).append(1, kBetween).append(placed.record_id);
            const auto found = places_.find(key);
            if (found == places_.end()) {
                not_in_truth_ += placed.golden != 0 ? 1U : 0U;
                return;
            }
            TruthRecord& record = records_[found->second];
            const bool is_gone = placed.state == store::RecordState::Gone;
            if (!record.is_in_store || (record.state == store::RecordState::Gone && !is_gone)) {
                record.is_in_store = true;
                record.row = placed.row;
                record.state = placed.state;
                record.golden = placed.golden;
            }
        }));
    }

    [[nodiscard]] const std::vector<TruthRecord>& records() const { return records_; }
    [[nodiscard]] const std::string& entity(std::uint32_t number) const {
        return entity_names_[number];
    }
    [[nodiscard]] std::uint64_t not_in_truth() const { return not_in_truth_; }

  private:
    void add(const CsvRow& row) {
        if (!row.fault.empty()) {
            return add_fault(row.line, row.fault);
        }
        for (std::size_t i = 0; i < row.cells.size(); ++i) {
            static constexpr const char* kColumns[] = {"source", "record_id", "entity"};
            if (row.cells[i].empty()) {
                return add_fault(
                    row.line,
                    fmt::format("'{}' is empty; fill it in, or take the row out", kColumns[i]));
            }
        }
        const auto [entity, is_new_entity] =
            entities_.emplace(row.cells[2], static_cast<std::uint32_t>(entity_names_.size()));
        if (is_new_entity) {
            entity_names_.push_back(row.cells[2]);
        }
        keys_.push_back(row.cells[0] + kBetween + row.cells[1]);
        const auto [place, is_new] =
            places_.emplace(keys_.back(), static_cast<std::uint32_t>(records_.size()));
        if (is_new) {
            records_.push_back({keys_.back(), entity->second});
            return;
        }
        keys_.pop_back();
        if (records_[place->second].entity != entity->second) {
            add_fault(row.line,
                      fmt::format("record '{}/{}' is of another entity above; a record "
                                  "has one",
                                  printable(row.cells[0], 40), printable(row.cells[1], 80)));
        }
    }

    void add_fault(std::uint64_t line, const std::string& what) {
        if (faults_.size() < kFaultsShownMax) {
            faults_.push_back(fmt::format("{}:{}: {}", file_, line, what));
        }
    }

    std::string file_;
    std::deque<std::string> keys_;  ///< views of them stay good
    std::vector<TruthRecord> records_;
    std::unordered_map<std::string_view, std::uint32_t> places_;
    std::unordered_map<std::string, std::uint32_t> entities_;
    std::vector<std::string> entity_names_;
    std::vector<std::string> faults_;
    std::uint64_t not_in_truth_ = 0;
};

std::string state_of(const TruthRecord& record) {
    return !record.is_in_store                               ? "not in the store"
           : record.state == store::RecordState::Quarantined ? "in quarantine"
           : record.state == store::RecordState::Gone        ? "gone from its source"
           : record.golden == 0                              ? "not merged yet"
                                                             : "";
}

/// Who stands alone gets a number that no golden record has.
std::vector<evaluate::JudgedRecord> judged(const std::vector<TruthRecord>& records) {
    std::uint32_t next = 0;
    for (const TruthRecord& record : records) {
        next = std::max(next, record.golden);
    }
    std::vector<evaluate::JudgedRecord> found;
    found.reserve(records.size());
    for (const TruthRecord& record : records) {
        found.push_back({record.entity, record.golden != 0 ? record.golden : ++next});
    }
    return found;
}

/// Finds the two records that tell most of a mistake.
class Explainer {
  public:
    Explainer(const Store& store, const Truth& truth, const match::MatchOptions& options)
        : store_(store), truth_(truth), options_(options) {}

    std::vector<evaluate::Example> examples(const std::vector<evaluate::Mistake>& mistakes) const {
        std::vector<evaluate::Example> examples;
        for (const evaluate::Mistake& mistake : mistakes) {
            examples.push_back(example(mistake));
        }
        return examples;
    }

  private:
    struct Read {
        std::size_t place = 0;
        std::unique_ptr<ReadRecord> record;  ///< none where it is in no golden record
    };

    std::vector<Read> read(const std::vector<std::size_t>& places) const {
        std::vector<Read> found;
        for (const std::size_t place : places) {
            const TruthRecord& record = truth_.records()[place];
            found.push_back({place, record.golden == 0
                                        ? nullptr
                                        : std::make_unique<ReadRecord>(store_, record.row)});
        }
        return found;
    }

    evaluate::Example example(const evaluate::Mistake& mistake) const {
        const auto side_a = read(mistake.a);
        const auto side_b = read(mistake.b);
        const Read* a = &side_a.front();
        const Read* b = &side_b.front();
        std::vector<match::Evidence> evidence;
        std::ptrdiff_t most = -1;
        for (const Read& one : side_a) {
            for (const Read& other : side_b) {
                if (one.record == nullptr || other.record == nullptr) {
                    continue;
                }
                auto said =
                    match::explain(one.record->explained(), other.record->explained(), options_);
                const auto joining = std::count_if(said.begin(), said.end(),
                                                   [](const auto& each) { return each.joins; });
                if (joining > most) {
                    most = joining;
                    evidence = std::move(said);
                    a = &one;
                    b = &other;
                }
            }
        }
        evaluate::Example example{mistake.pairs, mistake.size_a, mistake.size_b,
                                  shown(*a),     shown(*b),      {}};
        for (const match::Evidence& each : evidence) {
            example.evidence.push_back({each.what, each.detail, each.joins});
        }
        return example;
    }

    evaluate::ShownRecord shown(const Read& read) const {
        const TruthRecord& record = truth_.records()[read.place];
        const auto between = record.key.find(kBetween);
        evaluate::ShownRecord shown;
        shown.source = record.key.substr(0, between);
        shown.record_id = record.key.substr(between + 1);
        shown.entity = truth_.entity(record.entity);
        shown.state = state_of(record);
        if (read.record != nullptr) {
            shown.stream = read.record->record().stream;
            shown.name = read.record->name();
        }
        if (record.golden != 0) {
            shown.golden = or_end(store_.golden(record.golden))->id;
        }
        return shown;
    }

    const Store& store_;
    const Truth& truth_;
    const match::MatchOptions& options_;
};

}  // namespace

int evaluate_links(const Context& context, const EvaluateFlags& flags) {
    const config::Config config = load_config(context);
    const auto store = open_store(config, Store::Access::ReadOnly);
    Truth truth(flags.truth);
    match::MatchOptions options;
    options.shared_names_max = config.shared_names_max;
    evaluate::Report report;
    report.truth = flags.truth;
    or_end(store->reading([&]() -> Result<void> {
        truth.join(*store);
        const auto records = judged(truth.records());
        report.score = evaluate::measure(records);
        const Explainer explainer(*store, truth, options);
        report.false_links = explainer.examples(evaluate::worst_false_links(records, flags.worst));
        report.misses = explainer.examples(evaluate::worst_misses(records, flags.worst));
        return {};
    }));
    report.not_in_truth = truth.not_in_truth();
    for (const TruthRecord& record : truth.records()) {
        report.in_no_cluster += record.golden == 0 ? 1U : 0U;
        if (!record.is_in_store) {
            ++report.not_in_store;
            if (report.not_in_store_listed.size() < kListedMax) {
                std::string name(record.key);
                std::replace(name.begin(), name.end(), kBetween, '/');
                report.not_in_store_listed.push_back(std::move(name));
            }
        }
    }
    print_text(context, evaluate::to_text(report));
    if (!flags.page.empty()) {
        write_file(flags.page, evaluate::to_html(report));
        print_text(context, fmt::format("\n{}: the same as a page\n", flags.page));
    }
    if (context.json) {
        print_json(evaluate::to_json(report));
    }
    return Done;
}

}  // namespace coterie::cli
