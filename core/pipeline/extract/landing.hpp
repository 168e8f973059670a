/// Takes what one stream's read yields, tells new from changed from unchanged, and cuts it into
/// steps.
#pragma once

#include "pipeline/extract/record_index.hpp"
#include "pipeline/extract/step.hpp"
#include "plugin/session.hpp"
#include "store/store.hpp"

#include "coterie/result.hpp"

#include <simdjson.h>

#include <chrono>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

namespace coterie::extract {

/// What a person made of a record, by the hash128 of what the source yields.
struct HashBits {
    std::size_t operator()(const Hash128& hash) const { return hash.low; }
};
using Corrections = std::unordered_map<Hash128, std::string, HashBits>;

/// How a stream is to be landed.
struct LandingOptions {
    store::SourceId source = 0;
    std::string stream;
    store::RunNumber run = 0;
    bool is_full_read = true;  ///< what it does not bring is gone
    /// A record that comes twice in one read is another state of it, of which the later one counts;
    /// else two records fight over one id, and which one stays does not depend on their order.
    bool later_counts = false;
    Corrections corrections;  ///< what people made of records that could not be used
};

/// What the reader tells the person who waits.
struct ReadProgress {
    std::uint64_t records = 0;
    std::uint64_t done = 0, total = 0;  ///< of the source's own unit; total 0 where unknown
};

/// The event sink of one stream. Lives on the source's thread; hands steps over by `emit`, which
/// may block. One thread at a time.
class Landing : public plugin::EventSink {
  public:
    using Emit = std::function<void(Step)>;
    using OnProgress = std::function<void(const ReadProgress&)>;
    using OnLog = std::function<void(LogLevel, std::string_view)>;

    Landing(LandingOptions options, RecordIndex& index, Emit emit, OnProgress on_progress,
            OnLog on_log);

    void record(std::string_view id, std::string_view json, std::string_view where) override;
    void deleted(std::string_view id) override;
    void replaces(std::string_view id_prefix) override;
    void quarantine(std::string_view raw, std::string_view where, std::string_view why) override;
    void checkpoint(std::string_view cursor) override;
    void restarted() override;
    void partial() override;
    void log(LogLevel level, std::string_view message) override;
    void progress(std::uint64_t done, std::uint64_t total, std::string_view unit) override;
    void keep_state(std::string_view state) override;
    void unchanged() override;

    /// Whether all that the source told of could be kept; a Fatal error otherwise: what was read is
    /// then not to be finished.
    [[nodiscard]] Result<void> kept_all() const;
    /// The stream came to its end: emits the last step.
    void finish();
    /// The read broke off and will go on from `resume_cursor()`: forgets what came behind it.
    void rewind();
    /// Whether the source has handed over nothing yet, so that it may still say 'unchanged'.
    [[nodiscard]] bool is_untouched() const { return progress_.records == 0; }
    /// The read broke off for good: hands over what landed, and gives the counts behind the last
    /// stored cursor, which the store must not have.
    store::Ledger abandon();
    /// The last checkpoint's cursor; nothing before the first.
    [[nodiscard]] const std::optional<std::string>& resume_cursor() const { return resume_cursor_; }

  private:
    /// A record as it came, with what was made of it.
    struct Incoming {
        std::string_view id;    ///< what it is found by: its id, or the one made of its content
        std::string_view json;  ///< what is kept: what came, or the correction of it
        std::string_view where;
        std::uint64_t content = 0;
        bool has_id = true;                  ///< its source gave the id
        std::optional<Hash128> corrected{};  ///< hash of what came, where it was corrected
    };
    void take(std::string_view id, std::string_view raw, std::string_view where,
              const std::string* correction);
    [[nodiscard]] const std::string* correction_of(std::string_view raw) const;
    void add_to_quarantine(std::string_view raw, std::string_view where, std::string_view why,
                           std::string_view id, const char* stage);
    void land(RecordIndex::Slot slot, const Incoming& incoming);
    void replace(RecordIndex::Slot slot, const Incoming& incoming, const std::string& why);
    StepRecord make_record(RecordIndex::Slot slot, const Incoming& incoming);
    void withdraw(StepRecord& record);
    StepRecord* find_in_step(RecordIndex::Slot slot);
    void count_seen(const RecordIndex::Found& found, const Incoming& incoming);
    /// Whether something is to be applied at the end that no cursor remembers.
    [[nodiscard]] bool waits_for_end() const { return !deleted_.empty() || !replaced_.empty(); }
    void forget_replaced();
    void land_as(store::Cause cause, RecordIndex::Slot slot, const Incoming& incoming);
    void repeat(RecordIndex::Slot slot, const Incoming& incoming);
    void take_later(RecordIndex::Slot slot, const Incoming& incoming);
    /// What a record is found by whose source gives no id: its content's hash, "#2" for its twin.
    std::string key_of_content(std::string_view raw);
    /// The id of a new one of these: the same, unless an edited record has it.
    std::string free_id(std::string_view key) const;
    bool is_valid_json_object(std::string_view json);
    void emit_step();
    void tell_progress();

    LandingOptions options_;
    RecordIndex& index_;
    Emit emit_;
    OnProgress on_progress_;
    OnLog on_log_;
    store::Codec codec_;
    simdjson::dom::parser parser_;
    std::string why_invalid_;
    Step step_;
    std::size_t step_bytes_ = 0;
    /// Where the step's records stand, by slot; filled only once an id repeats.
    std::unordered_map<RecordIndex::Slot, std::size_t> step_positions_;
    // How much of the step stands before the last checkpoint.
    std::size_t seen_at_checkpoint_ = 0;
    store::Ledger counts_at_checkpoint_;
    std::optional<std::string> resume_cursor_;
    std::unordered_map<std::string, std::uint32_t> twins_;  ///< how often a content id was seen
    std::set<RecordIndex::Slot> deleted_;
    /// Beginnings of ids; of the records that have them, those that are not seen are gone.
    std::set<std::string, std::less<>> replaced_;
    std::size_t replaced_bytes_ = 0;
    bool is_full_read_;
    /// The last cursor that the source gave, though it cannot be gone on from before the end.
    std::optional<std::string> last_cursor_;
    std::optional<std::string> state_;
    bool is_unchanged_ = false;
    ReadProgress progress_;
    std::uint64_t present_before_;
};

}  // namespace coterie::extract
