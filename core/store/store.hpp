/// The store: everything a workspace keeps between nights. SQLite, one file; this header knows no
/// SQL, so that another database can stand behind the same words.
#pragma once

#include "base/hash.hpp"
#include "base/time.hpp"

#include "coterie/result.hpp"

#include <nlohmann/json.hpp>

#include <compare>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::store {

using SourceId = std::uint32_t;
/// A source record's number in this store; never shown to a person, never reused.
using Row = std::uint32_t;
/// A run's number, counting from 1: the project's clock for "elder" and "more recent", since the
/// machine's clock may be set back.
using RunNumber = std::uint32_t;
/// A golden record's number in this store; its id is what people see.
using GoldenNumber = std::uint32_t;

// --- Runs ------------------------------------------------------------------------------------

struct Run {
    RunNumber number = 0;
    Timestamp started_at{};
    std::optional<Timestamp> finished_at;  ///< nothing while it runs, or when it was killed
    bool resumed = false;                  ///< this process goes on with a run that was killed
    nlohmann::json summary;                ///< schemas/run-summary.schema.json; null until finished
};

// --- Source records --------------------------------------------------------------------------

enum class RecordState : std::uint8_t {
    Live = 0,
    Quarantined = 1,  ///< landed, but it could not be normalized, or is a stray
    Gone = 2,         ///< a tombstone: the source has it no more
};

/// Why a record waits to be normalized; it steers the run's counts.
enum class Cause : std::uint8_t { None = 0, New = 1, Changed = 2, Remapped = 3 };

/// What landing must know of a stored record to tell new, changed and unchanged apart.
struct IndexEntry {
    /// What the record is found by: the hash of its id or, where its source gives none and the row
    /// was edited since its id was made, of the id that its content would have now.
    Hash128 id_hash;
    std::uint64_t content = 0;  ///< hash64 of the raw JSON
    Row row = 0;
    RecordState state = RecordState::Live;
    Cause pending = Cause::None;  ///< it waits to be normalized, and why
    bool is_recent = false;       ///< no finished read of the stream has brought it yet
};

/// The id of a record that is not found by its id any more; no other record may get it.
struct TakenId {
    Hash128 id_hash;
    Row row = 0;
};

/// A source record to be stored: new (row 0) or changed (its row).
struct LandedRecord {
    Row row = 0;
    std::string record_id;
    std::uint64_t content = 0;
    std::string payload;  ///< as Codec::compress gave it
    std::string where{};  ///< where it stood, for people: "roster.csv:17"; may be empty
    /// What it is found by, where that is not its id (see IndexEntry::id_hash). New records only.
    std::optional<Hash128> found_by{};
    /// Correction::content, where the payload is what a person made of it.
    std::optional<Hash128> corrected{};
};

/// What a stored record holds, for comparing records with each other.
struct StoredContent {
    Row row = 0;
    std::string_view record_id;
    Cause pending = Cause::None;
    RecordState state = RecordState::Live;
    bool is_found_by_id = true;
    bool is_corrected = false;  ///< the payload is what a person made of it
    std::string_view payload;   ///< the raw JSON, decompressed
};

/// A row that was edited: the content of the younger record goes to the elder one.
struct Succession {
    Row elder = 0;
    Row younger = 0;
};

/// What a person made of a record that could not be used.
struct Correction {
    SourceId source = 0;
    std::string stream;
    Hash128 content;     ///< hash128 of what the source yields; it holds as long as it does
    std::string record;  ///< the JSON object that takes its place
    std::string entry;   ///< the quarantine entry's id, for people
    Timestamp made_at{};
};

/// A source record as it is stored.
struct SourceRecord {
    Row row = 0;
    SourceId source = 0;
    std::string stream;
    std::string record_id;
    RecordState state = RecordState::Live;
    RunNumber first_run = 0;    ///< in which it was first seen
    RunNumber changed_run = 0;  ///< in which it last was new or changed
    RunNumber gone_run = 0;     ///< in which it was found gone; 0 while it is there
    std::string payload;        ///< the raw JSON, decompressed; empty unless asked for
    /// Where it stood when it last was new or changed ("roster.csv:17"); with the payload only.
    std::string where;
    /// When a person corrected it; with the payload only.
    std::optional<Timestamp> corrected_at;
};

struct PendingRecord {
    Row row = 0;
    SourceId source = 0;
    Cause cause = Cause::New;
    RecordState state = RecordState::Live;
    std::string stream;
    std::string record_id;
    std::string payload;               ///< the raw JSON, decompressed
    std::string where;                 ///< as in SourceRecord
    std::optional<Hash128> corrected;  ///< as in LandedRecord
};

/// Counts of one source's stream in one run. read = created + changed + unchanged + quarantined +
/// suppressed holds whenever a step is committed; the store refuses (COTERIE_CHECK) another.
///
/// Signed, since it also carries corrections: a record that landed as new and then could not be
/// normalized takes one from `created` and adds one to `quarantined`.
struct Ledger {
    std::int64_t read = 0;
    std::int64_t created = 0;
    std::int64_t changed = 0;
    std::int64_t unchanged = 0;
    std::int64_t quarantined = 0;
    std::int64_t suppressed = 0;
    std::int64_t deleted = 0;  ///< became tombstones; not part of `read`
    [[nodiscard]] bool balances() const {
        return read == created + changed + unchanged + quarantined + suppressed;
    }
    Ledger& operator+=(const Ledger& other);
    friend bool operator==(const Ledger&, const Ledger&) = default;
};

/// Something a source yielded that could not be used.
struct QuarantineEntry {
    SourceId source = 0;
    std::string stream;
    std::string record_id;  ///< empty where none was known
    Row row = 0;            ///< 0 where it never became a source record
    std::string stage;      ///< "extract", "land", "normalize", "match"
    std::string where;      ///< "roster.csv:17"
    std::string reason;
    std::string raw;  ///< as it stood; the first 64 KiB
    RunNumber run = 0;
    /// hash128 of what the source yielded, which a correction is for. The store makes it of `raw`
    /// where there is none.
    std::optional<Hash128> content{};
    /// The size before it was cut; more than raw.size() says that it was. The store fills it in.
    std::uint64_t raw_bytes = 0;
};

/// What a source's columns were when its mapping was made; opaque to the store. No values.
struct KeptMapping {
    std::string version;  ///< the mapping version that `profile` was made under
    std::string mapping;  ///< empty where the config has the mapping
    std::string profile;
    RunNumber run = 0;          ///< in which `mapping` was made
    RunNumber settled_run = 0;  ///< in which `profile` was made: if killed, it compares no more
    std::string drift;          ///< what that run found changed
};

/// A record that belongs to one that is not there: landed, normalized, and in no golden record.
struct Stray {
    Row row = 0;
    std::string reason;
};

/// A record that belongs to another and was normalized since the last merge.
struct Unsettled {
    Row row = 0;
    Cause cause = Cause::None;
};

/// Which of a source's records a sample is of.
enum class Sampled : std::uint8_t {
    Present,  ///< those that the source has
    Pending,  ///< those that wait to be normalized
};

/// What people call the entry: the same for what reads the same, night after night, wherever it
/// stands. \pre the entry has its content.
std::string entry_id(const QuarantineEntry& entry);

// --- Golden records --------------------------------------------------------------------------

/// What the matcher needs of one record; opaque to the store.
struct MatchKeys {
    Row row = 0;
    std::string_view keys;
};

enum class GoldenState : std::uint8_t {
    Live = 0,
    Merged = 1,   ///< an alias for ever: see `merged_into`
    Removed = 2,  ///< it has no source record left
};

struct GoldenRow {
    GoldenNumber number = 0;
    std::string id;
    GoldenState state = GoldenState::Live;
    std::string merged_into;  ///< the id it became part of
    RunNumber created_run = 0;
    RunNumber updated_run = 0;
    std::uint32_t revision = 0;
    std::string body;  ///< merge/golden.hpp encodes it; empty unless asked for
};

/// What happened to a golden record in a run; `detail` is JSON (field-level differences, ids).
struct Change {
    RunNumber run = 0;
    std::string golden_id;
    std::string kind;  ///< "created", "updated", "merged", "split", "removed"
    std::string detail;
};

// --- Decisions -------------------------------------------------------------------------------

/// What a source record is called; unlike its row it holds for ever.
struct RecordKey {
    std::string source, stream, record_id;
    friend auto operator<=>(const RecordKey&, const RecordKey&) = default;
};
/// "crm/20101", safe to show.
std::string shown_name(const RecordKey& key);

/// A decision's number in this store; never reused.
using DecisionNumber = std::uint32_t;
inline constexpr DecisionNumber kDecisionNumberMax = 999'999'999;

enum class Verdict : std::uint8_t { Different = 0, Same = 1 };

/// A person's verdict on two records. None is ever deleted: one that was undone holds no more.
struct Decision {
    DecisionNumber number = 0;  ///< 0: to be given one
    Verdict verdict = Verdict::Same;
    RecordKey a, b;
    std::string who;
    Timestamp at{};
    std::string note;
    std::optional<Timestamp> undone_at;
    std::string undone_by;
    [[nodiscard]] bool holds() const { return !undone_at; }
    friend bool operator==(const Decision&, const Decision&) = default;
};

/// What became of a decision that was to be added.
struct DecisionOutcome {
    enum class Kind {
        Added,
        AlreadyThere,  ///< the same was decided, or it is the same decision
        Undone,        ///< it is there, and was undone elsewhere: now here too
        Refused,       ///< `message` says why
    };
    Kind kind = Kind::Added;
    DecisionNumber number = 0;  ///< of the one that is there now; 0 where it was refused
    std::string message;
};

/// Two live records that may be one person: for a person to judge.
struct ReviewPair {
    Row a = 0;
    Row b = 0;
    float weight = 0;       ///< match weight in bits
    float probability = 0;  ///< of them being one person, 0 to 1
    std::string reason;     ///< why it is not settled
    friend bool operator==(const ReviewPair&, const ReviewPair&) = default;
};

// --- Destinations ----------------------------------------------------------------------------

using DestinationId = std::uint32_t;

/// A revision that is none: "some, it is not known which", and of a rejection "its removal".
inline constexpr std::int64_t kRevisionUnknown = -1;

enum class DeliveryKind : std::uint8_t { Create = 1, Update = 2, Remove = 3 };

/// What a destination has of one golden record.
struct DeliveredRecord {
    GoldenNumber golden = 0;
    std::int64_t taken = 0;     ///< the revision that it has; 0: none; or kRevisionUnknown
    std::int64_t rejected = 0;  ///< the one that it would not take; 0: none; or kRevisionUnknown
    DeliveryKind kind = DeliveryKind::Create;  ///< what it was last told to do
    RunNumber run = 0;                         ///< in which it was
    std::string reason;                        ///< of the rejection
    std::optional<std::string> payload;  ///< the record that it has; filled in by `delivered` alone
};

struct DestinationState {
    DestinationId id = 0;
    /// In which all of it was last written, by a destination that is written whole; 0: never.
    RunNumber whole_run = 0;
};

/// A golden record that a destination would not take.
struct Rejection {
    std::string destination, golden_id, reason;
    RunNumber run = 0;
};

/// One open store. One thread at a time, except where said.
class Store {
  public:
    enum class Access { ReadWrite, ReadOnly };
    /// Opens or creates, and migrates. `uri`: "sqlite:PATH".
    /// \return Config for a uri it does not know; Fatal when another process holds the run lock
    ///         (ReadWrite), the file is damaged, or it was written by a newer Coterie ("…was
    ///         written by a newer Coterie (store version 9, this one knows 3); upgrade Coterie").
    static Result<std::unique_ptr<Store>> open(const std::string& uri, Access access);
    ~Store();

    /// Runs `step` in one transaction: committed if it returns a value, undone if an error or an
    /// exception leaves it. Steps do not nest.
    Result<void> transaction(const std::function<Result<void>()>& step);

    // Runs.
    /// The run that was killed, if the last one never finished (resumed = true), else a new one.
    Result<Run> begin_run(Timestamp now);
    Result<void> finish_run(RunNumber run, Timestamp now, const nlohmann::json& summary);
    Result<std::vector<Run>> runs(std::size_t last) const;  ///< newest first
    Result<std::optional<Run>> run(RunNumber number) const;

    // Sources.
    Result<SourceId> source_id(const std::string& name);    ///< makes one when new
    Result<std::vector<std::string>> source_names() const;  ///< by SourceId - 1
    /// What the record's facts were made with; differs: every record of the source is put up for
    /// normalizing anew (Cause::Remapped). Returns how many were.
    Result<std::uint64_t> set_mapping_version(SourceId source, std::string_view version);

    /// What was kept of the source's columns and mapping; nothing before its first night.
    Result<std::optional<KeptMapping>> kept_mapping(SourceId source) const;
    Result<void> keep_mapping(SourceId source, const KeptMapping& kept);
    /// Raw JSON of at most `limit` of the source's records, by the hash of their contents: the same
    /// records in any order give the same sample. Of several streams as many each, as far as they
    /// have so many: contacts are not drowned by their activities. \param except  rows that do not
    /// count.
    Result<std::vector<std::string>> sample(SourceId source, Sampled which, std::size_t limit,
                                            std::span<const Row> except = {}) const;

    /// What golden records were merged with (survivorship rules, trust, matching options); differs:
    /// every live record is marked as touched. Returns whether it did.
    Result<bool> set_merge_version(std::string_view version);
    /// The model that the last matching compared by; "" before the first.
    Result<std::string> match_model() const;
    Result<void> set_match_model(std::string_view model);

    // Landing.
    Result<std::vector<IndexEntry>> load_index(SourceId source, const std::string& stream) const;
    Result<std::vector<TakenId>> taken_ids(SourceId source, const std::string& stream) const;
    /// Visits the records of these rows, in the order asked for; the views live until `visit` ends.
    Result<void> for_each_content(std::span<const Row> rows,
                                  const std::function<void(const StoredContent&)>& visit) const;
    /// The rows of the stream's records that are not gone and whose ids begin with one of these.
    /// \param beginnings  sorted, none of them empty.
    Result<std::vector<Row>> rows_beginning_with(SourceId source, const std::string& stream,
                                                 std::span<const std::string> beginnings) const;
    /// The ids of these rows, in the order asked for.
    Result<std::vector<std::string>> record_ids(std::span<const Row> rows) const;
    /// Gives each elder record the younger one's content, marks it as pending (Changed, or New
    /// where it still was), and takes the younger one out. What is read next is found accordingly.
    Result<void> succeed(SourceId source, const std::string& stream, RunNumber run,
                         std::span<const Succession> successions);
    /// Stores new and changed records, marks them pending (a Gone one that is back is Changed),
    /// and fills in the rows of the new ones.
    Result<void> land(SourceId source, const std::string& stream, RunNumber run,
                      std::span<LandedRecord> records);
    /// Remembers which stored records this read has seen, so that a read that was killed can go on.
    Result<void> add_seen(SourceId source, const std::string& stream, RunNumber run,
                          std::span<const Row> rows);
    /// \param first_run  what was noted in this run and later ones.
    Result<std::vector<Row>> seen(SourceId source, const std::string& stream,
                                  RunNumber first_run) const;
    Result<void> clear_seen(SourceId source, const std::string& stream);
    /// Makes tombstones; takes the records out of pending and quarantine.
    Result<void> mark_gone(SourceId source, RunNumber run, std::span<const Row> rows);
    Result<std::uint64_t> live_count(SourceId source,
                                     const std::string& stream) const;  ///< Live + Quarantined
    Result<std::string> checkpoint(SourceId source,
                                   const std::string& stream) const;  ///< "" if none
    /// Whether the checkpoint is of a full read that has not come to its end.
    Result<bool> is_checkpoint_of_full_read(SourceId source, const std::string& stream) const;
    Result<void> set_checkpoint(SourceId source, const std::string& stream, RunNumber run,
                                std::string_view cursor,  ///< "" removes it
                                bool is_of_full_read = false);
    /// What the last finished read kept of the stream's state, "" if none or for another version.
    Result<std::string> state(SourceId source, const std::string& stream,
                              std::string_view version) const;
    Result<void> set_state(SourceId source, const std::string& stream, std::string_view version,
                           std::string_view state);  ///< "" removes it
    Result<void> add_to_ledger(SourceId source, const std::string& stream, RunNumber run,
                               const Ledger& delta);
    Result<Ledger> ledger(SourceId source, const std::string& stream, RunNumber run) const;
    /// Back to zero: the stream is read from its beginning again.
    Result<void> reset_ledger(SourceId source, const std::string& stream, RunNumber run);
    /// Whether this run's read of the stream came to its end (so a resumed run skips it).
    Result<bool> read_finished(SourceId source, const std::string& stream, RunNumber run) const;
    Result<void> set_read_finished(SourceId source, const std::string& stream, RunNumber run,
                                   bool was_full = false);
    /// Whether this run's read of the stream came to its end and was a full one.
    Result<bool> read_whole(SourceId source, const std::string& stream, RunNumber run) const;

    // Quarantine.
    /// The same entry again (source, stream, where, reason, raw) is kept once, its run renewed.
    Result<void> quarantine(const QuarantineEntry& entry);
    /// Takes out what a finished full read did not bring again: entries of stages extract and land
    /// with an older run.
    Result<void> clear_quarantine_before(SourceId source, const std::string& stream, RunNumber run);
    Result<void>
    for_each_quarantined(const std::function<void(const QuarantineEntry&)>& visit) const;
    Result<std::uint64_t> quarantine_count() const;
    /// Entries of the stream's last read that never became source records.
    Result<std::uint64_t> unlanded_quarantine_count(SourceId source,
                                                    const std::string& stream) const;

    // Corrections.
    /// Stores it in the place of an earlier one of the same content.
    Result<void> put_correction(const Correction& correction);
    /// \return false where there is none.
    Result<bool> remove_correction(const Correction& correction);
    /// All of them, by source, stream, content.
    Result<std::vector<Correction>> corrections() const;

    // Normalizing.
    Result<std::uint64_t> pending_count() const;
    /// The next pending records after `after`, by row; Gone ones are not among them.
    Result<std::vector<PendingRecord>> pending(Row after, std::size_t limit) const;
    /// Stores a record's facts and match keys (or, with empty facts, that it is quarantined), takes
    /// it out of pending, sets its state, and marks it as touched for matching.
    struct Normalized {
        Row row = 0;
        bool quarantined = false;
        std::string facts;     ///< record::encode_facts
        std::string keys;      ///< for the matcher
        bool belongs = false;  ///< it tells about another record: see `unsettled`
    };
    Result<void> put_normalized(std::span<const Normalized> records);

    // Matching.
    /// Whether any record was normalized, or went, since the last `clear_touched`.
    Result<std::uint64_t> touched_count() const;
    Result<std::vector<Row>> touched() const;  ///< by row, Gone ones too
    Result<void> clear_touched();
    Result<void> for_each_match_keys(
        const std::function<void(const MatchKeys&)>& visit) const;  ///< Live and strays, by row
    Result<std::vector<Stray>> strays() const;                      ///< by row
    /// Puts records into quarantine, or gives those that are there another reason; they keep their
    /// facts and keys, since what they belong to may come. Marks them as touched.
    Result<void> set_strays(RunNumber run, std::span<const Stray> strays);
    /// What they belong to has come: takes them out of quarantine.
    Result<void> clear_strays(std::span<const Row> rows);
    /// Forgotten by `clear_touched`, and where their stream is read from its beginning again.
    Result<std::vector<Unsettled>> unsettled() const;  ///< by row
    /// Current links, by row.
    Result<void> for_each_link(const std::function<void(Row, GoldenNumber)>& visit) const;

    // Merging.
    /// Facts and record of each row, payloads left out, in the order asked for.
    struct RecordFacts {
        SourceRecord record;
        std::string facts;
    };
    Result<std::vector<RecordFacts>> facts(std::span<const Row> rows) const;
    Result<std::optional<GoldenRow>> golden(std::string_view id) const;  ///< with its body
    Result<std::optional<GoldenRow>> golden(GoldenNumber number) const;  ///< with its body
    /// All golden records without bodies, by number: ids, states, runs.
    Result<void> for_each_golden(const std::function<void(const GoldenRow&)>& visit) const;
    /// Live ones with their bodies, by id.
    Result<void> for_each_live_golden(const std::function<void(const GoldenRow&)>& visit) const;
    /// Inserts (number 0: filled in) or replaces.
    Result<void> put_golden(GoldenRow& golden);
    /// Sets the links of these rows; number 0 removes the link.
    Result<void> link(std::span<const std::pair<Row, GoldenNumber>> links);
    Result<std::vector<Row>> rows_of(GoldenNumber golden) const;  ///< by row
    Result<void> add_changes(std::span<const Change> changes);
    Result<void> for_each_change(RunNumber run,
                                 const std::function<void(const Change&)>& visit) const;
    Result<std::uint64_t> golden_count() const;  ///< live ones

    // Decisions.
    /// Adds what people decided here (number 0) or elsewhere (the number is kept where it is free);
    /// marks the records as touched. A verdict that holds already is not added again, and one that
    /// contradicts those that hold is refused, with the chain of them.
    /// \return beside `decisions`.
    Result<std::vector<DecisionOutcome>> add_decisions(std::span<const Decision> decisions);
    /// It holds no more. \return Data where there is none that holds.
    Result<Decision> undo_decision(DecisionNumber number, Timestamp at, std::string_view who);
    Result<std::vector<Decision>> decisions() const;  ///< by number, the undone ones too
    /// The rows of these records, 0 where there is none or it is not Live, in the order asked for.
    /// \par Cost one walk over the records of their streams.
    Result<std::vector<Row>> live_rows(std::span<const RecordKey> keys) const;
    /// In the place of all that are there. \param pairs  the most informative first.
    Result<void> replace_review_pairs(std::span<const ReviewPair> pairs);
    /// Those whose records are both Live, the most informative first.
    Result<std::vector<ReviewPair>> review_pairs() const;

    // Destinations.
    /// Makes one when new. Another `version` than before: what it has counts as out of date.
    Result<DestinationState> destination(const std::string& name, std::string_view version);
    /// Notes that all of it was written.
    Result<void> set_written_whole(DestinationId destination, RunNumber run);
    /// By golden number, payloads left out.
    Result<void> for_each_delivered(DestinationId destination,
                                    const std::function<void(const DeliveredRecord&)>& visit) const;
    /// With its payload.
    Result<std::optional<DeliveredRecord>> delivered(DestinationId destination,
                                                     GoldenNumber golden) const;
    /// Inserts or replaces. One that has and refuses nothing any more tells that it was removed in
    /// its run, until `forget_removed`.
    Result<void> put_delivered(DestinationId destination, std::span<const DeliveredRecord> records);
    /// Takes out what was removed in runs before this one, and refusals of records that are gone.
    Result<void> forget_removed(DestinationId destination, RunNumber before);
    /// By destination and golden id.
    Result<void> for_each_rejection(const std::function<void(const Rejection&)>& visit) const;
    Result<std::uint64_t> rejection_count() const;
    /// Runs many reading calls on one state of the store, whoever writes to it meanwhile.
    Result<void> reading(const std::function<Result<void>()>& calls) const;

    // Looking things up for people.
    /// \param stream  "": of any; of several the one that was read first: contacts, then what
    ///                belongs to them.
    Result<std::optional<SourceRecord>> find_record(const std::string& source,
                                                    const std::string& record_id,
                                                    const std::string& stream = {}) const;
    Result<SourceRecord> record(Row row, bool with_payload) const;
    Result<std::optional<GoldenNumber>> link_of(Row row) const;
    /// Every Live record with its golden id, by source name, stream, record id.
    struct Link {
        std::string_view source, stream, record_id, golden_id;
    };
    Result<void> for_each_link_by_key(const std::function<void(const Link&)>& visit) const;
    /// Every record, also one that is in no golden record (0), by stream in the order in which they
    /// were first read, and row.
    struct PlacedRecord {
        Row row = 0;
        std::string_view source, stream, record_id;
        RecordState state = RecordState::Live;
        GoldenNumber golden = 0;
    };
    Result<void>
    for_each_placed_record(const std::function<void(const PlacedRecord&)>& visit) const;

    // Its own safety.
    /// Complaints of the database's own check; empty: sound.
    Result<std::vector<std::string>> integrity_faults() const;
    [[nodiscard]] std::filesystem::path path() const;
    /// Writes a whole and sound copy, while the store is in use. \param file  must not exist.
    Result<void> copy_to(const std::filesystem::path& file) const;

  private:
    struct Impl;
    explicit Store(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// zstd with a small dictionary made of the field's usual JSON: payloads compress one by one.
/// One per thread.
class Codec {
  public:
    Codec();
    ~Codec();
    Codec(const Codec&) = delete;
    Codec& operator=(const Codec&) = delete;
    [[nodiscard]] std::string compress(std::string_view raw);
    Result<std::string> decompress(std::string_view compressed);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace coterie::store
