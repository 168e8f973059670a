/// Finding records by what people call them, and what is known of two of them.
#pragma once

#include "pipeline/match/match.hpp"
#include "pipeline/match/weigh.hpp"
#include "pipeline/publish/read_golden.hpp"
#include "pipeline/steps/match_records.hpp"
#include "record/facts.hpp"
#include "store/store.hpp"

#include <nlohmann/json.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace coterie::cli {

/// A source record named SOURCE/RECORD_ID, or SOURCE/STREAM/RECORD_ID where records of several
/// streams have one id; nothing when there is none.
std::optional<store::SourceRecord> find_source_record(const store::Store& store,
                                                      const std::string& name);
/// The same, of one that is in use. \throws CommandError
store::SourceRecord need_record(const store::Store& store, const std::string& name);
/// The golden record of an id, a former id, or a source record. \throws CommandError
publish::GoldenView find_golden(const store::Store& store, const std::string& name);

/// A source record with what the texts of its facts lie in; one that is gone or could not be
/// normalized has no facts.
class ReadRecord {
  public:
    ReadRecord(const store::Store& store, store::Row row);
    ReadRecord(const ReadRecord&) = delete;
    ReadRecord& operator=(const ReadRecord&) = delete;

    [[nodiscard]] const store::SourceRecord& record() const { return stored_.record; }
    [[nodiscard]] const std::string& source() const { return source_; }
    [[nodiscard]] const std::vector<record::FactView>& facts() const { return facts_; }
    [[nodiscard]] store::RecordKey key() const {
        return {source_, stored_.record.stream, stored_.record.record_id};
    }
    /// The person's name; "" where the record says none.
    [[nodiscard]] std::string name() const;
    /// Whether it is an activity of somebody.
    [[nodiscard]] bool belongs_to_another() const;
    [[nodiscard]] match::ExplainedRecord explained() const {
        return {{source_, stored_.record.record_id}, facts_};
    }

  private:
    store::Store::RecordFacts stored_;
    std::string source_;
    std::vector<record::FactView> facts_;
};

/// Weighs pairs of the store's records by the model of its last run.
class StoreWeigher {
  public:
    /// \throws CommandError where no run has matched yet
    explicit StoreWeigher(const store::Store& store);
    /// {"prior", "weight", "probability", "learnt", "bars": [{"what", "level", "weight", "rarity",
    /// "a", "b", "note"}], "rules"}
    nlohmann::json weigh(store::Row a, store::Row b);

  private:
    std::unique_ptr<pipeline::LoadedKeys> keys_;
    std::unique_ptr<match::Weigher> weigher_;
};
/// A waterfall of StoreWeigher::weigh for a terminal.
std::string waterfall_text(const nlohmann::json& waterfall);

/// What match::explain says of two records: [{what, joins, detail}].
nlohmann::json evidence_between(const store::Store& store, store::Row a, store::Row b,
                                const match::MatchOptions& options);
std::string evidence_text(const nlohmann::json& list);

}  // namespace coterie::cli
