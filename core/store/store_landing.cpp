// What landing and normalizing keep: source records, pending, ledgers, checkpoints, quarantine.
#include "base/check.hpp"
#include "store/row_list.hpp"
#include "store/store.hpp"
#include "store/store_impl.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <unordered_set>

namespace coterie::store {

namespace {

/// More of what could not be used is not kept.
constexpr std::size_t kQuarantineRawBytesMax = 64 * 1024;

/// A damaged file may claim any number of rows; beyond this the index grows as it is read.
constexpr std::size_t kIndexReserveMax = 4'000'000;

constexpr std::string_view kLanding = "landing records";

/// A hash as the store holds it: 16 bytes, or nothing.
class HashBytes {
  public:
    explicit HashBytes(const std::optional<Hash128>& hash) : is_there_(hash.has_value()) {
        if (is_there_) {
            std::memcpy(bytes_.data(), &hash->high, 8);
            std::memcpy(bytes_.data() + 8, &hash->low, 8);
        }
    }
    /// Nothing where the bytes are none of a hash.
    static std::optional<Hash128> read(std::string_view bytes) {
        Hash128 hash;
        if (bytes.size() != 16) {
            return std::nullopt;
        }
        std::memcpy(&hash.high, bytes.data(), 8);
        std::memcpy(&hash.low, bytes.data() + 8, 8);
        return hash;
    }
    [[nodiscard]] Blob blob() const {
        return {is_there_ ? std::string_view(bytes_.data(), bytes_.size()) : std::string_view()};
    }

  private:
    std::array<char, 16> bytes_{};
    bool is_there_;
};

Result<void> insert_new(Database& database, StreamId stream, RunNumber run,
                        std::span<const LandedRecord> records, RowRun rows) {
    auto insert = database.query(
        "INSERT INTO records (row, state, content, record_id, stream, first_run, changed_run, "
        "gone_run) VALUES (?1, 0, ?2, ?3, ?4, ?5, ?5, 0)");
    auto insert_payload = database.query(
        "INSERT INTO payloads (row, payload, place, corrected) VALUES (?1, ?2, ?3, ?4)");
    auto insert_found_by = database.query("INSERT INTO found_by (row, hash) VALUES (?1, ?2)");
    Row row = rows.first;
    for (const auto& record : records) {
        if (record.row != 0) {
            continue;
        }
        insert.with(row, record.content, record.record_id, stream, run).run();
        insert_payload
            .with(row, Blob{record.payload}, record.where, HashBytes(record.corrected).blob())
            .run();
        if (record.found_by) {
            insert_found_by.with(row, HashBytes(record.found_by).blob()).run();
        }
        ++row;
    }
    COTERIE_TRY_VOID(insert.result(kLanding));
    COTERIE_TRY_VOID(insert_payload.result(kLanding));
    COTERIE_TRY_VOID(insert_found_by.result(kLanding));
    auto insert_pending = database.query("INSERT INTO pending (row, cause) SELECT row, ?3 "
                                         "FROM records WHERE row BETWEEN ?1 AND ?2");
    insert_pending.with(rows.first, rows.last, Cause::New).run();
    return insert_pending.result(kLanding);
}

Result<void> update_changed(Database& database, StreamId stream, RunNumber run,
                            std::span<const LandedRecord> records) {
    // One that is back lives; one in quarantine stays there until it was normalized.
    auto update = database.query(
        "UPDATE records SET state = CASE state WHEN 2 THEN 0 ELSE state END, content = ?2, "
        "changed_run = ?3, gone_run = 0 WHERE row = ?1 AND stream = ?4");
    auto update_payload = database.query(
        "UPDATE payloads SET payload = ?2, place = ?3, corrected = ?4 WHERE row = ?1");
    // One that is new and was not normalized yet stays new.
    auto insert_pending =
        database.query("INSERT INTO pending (row, cause) VALUES (?1, ?2) "
                       "ON CONFLICT (row) DO UPDATE SET cause = excluded.cause WHERE cause = ?3");
    for (const auto& record : records) {
        if (record.row == 0) {
            continue;
        }
        if (!update.with(record.row, record.content, run, stream).run()) {
            break;
        }
        const bool row_is_of_this_stream = database.rows_changed() == 1;
        COTERIE_CHECK(row_is_of_this_stream);
        update_payload
            .with(record.row, Blob{record.payload}, record.where,
                  HashBytes(record.corrected).blob())
            .run();
        insert_pending.with(record.row, Cause::Changed, Cause::Remapped).run();
    }
    COTERIE_TRY_VOID(update.result(kLanding));
    COTERIE_TRY_VOID(update_payload.result(kLanding));
    return insert_pending.result(kLanding);
}

/// What makes a quarantine entry the same entry: 16 bytes over its length-prefixed parts.
std::string digest_of(const QuarantineEntry& entry) {
    std::string parts = fmt::format("{} {}", entry.source, entry.row);
    for (const std::string* part :
         {&entry.stream, &entry.record_id, &entry.stage, &entry.where, &entry.reason, &entry.raw}) {
        parts += fmt::format("\n{}:", part->size());
        parts += *part;
    }
    return to_hex(hash128(parts));
}

/// The first 64 KiB, not cut within a UTF-8 character.
std::string_view cut(std::string_view raw) {
    if (raw.size() <= kQuarantineRawBytesMax) {
        return raw;
    }
    std::size_t size = kQuarantineRawBytesMax;
    for (int i = 0; i < 3 && (static_cast<unsigned char>(raw[size]) & 0xc0U) == 0x80U; ++i) {
        --size;
    }
    return raw.substr(0, size);
}

}  // namespace

// --- Landing ---------------------------------------------------------------------------------

Result<std::vector<IndexEntry>> Store::load_index(SourceId source,
                                                  const std::string& stream) const {
    std::vector<IndexEntry> index;
    COTERIE_TRY(const auto id, impl_->find_stream(source, stream));
    if (!id) {
        return index;
    }
    auto size =
        impl_->database->query("SELECT sum(last - first + 1) FROM row_ranges WHERE stream = ?1");
    if (size.with(*id).next()) {
        index.reserve(std::min(size.number<std::size_t>(0), kIndexReserveMax));
    }
    COTERIE_TRY_VOID(size.result("loading a stream's index"));
    auto finished =
        impl_->database->query("SELECT max(run) FROM ledgers WHERE stream = ?1 AND finished = 1");
    finished.with(*id).next();
    const auto finished_run = finished.number<RunNumber>(0);  // 0: no read has come to its end
    COTERIE_TRY_VOID(finished.result("loading a stream's index"));
    // Hashing the id again costs less than reading 16 more bytes a record would.
    auto rows = impl_->database->query(
        "SELECT r.row, r.state, r.content, r.record_id, r.first_run FROM row_ranges g "
        "CROSS JOIN records r ON r.row BETWEEN g.first AND g.last WHERE g.stream = ?1 "
        "ORDER BY g.first, r.row");
    rows.with(*id);
    while (rows.next()) {
        index.push_back({hash128(rows.bytes(3)), rows.number<std::uint64_t>(2), rows.number<Row>(0),
                         rows.number<RecordState>(1), Cause::None,
                         rows.number<RunNumber>(4) > finished_run});
    }
    COTERIE_TRY_VOID(rows.result("loading a stream's index"));
    COTERIE_TRY_VOID(impl_->add_found_by(index));
    COTERIE_TRY_VOID(impl_->add_causes(index));
    return index;
}

Result<void> Store::Impl::add_found_by(std::vector<IndexEntry>& index) {
    // Few records are not found by their id: so not a join for all.
    auto found_by = database->query("SELECT row, hash FROM found_by ORDER BY row");
    auto at = index.begin();
    while (found_by.next()) {
        const Row row = found_by.number<Row>(0);
        at = std::lower_bound(at, index.end(), row, [](const IndexEntry& entry, Row wanted) {
            return entry.row < wanted;
        });
        if (const auto hash = HashBytes::read(found_by.bytes(1));
            hash && at != index.end() && at->row == row) {
            at->id_hash = *hash;
        }
    }
    return found_by.result("loading a stream's index");
}

Result<std::vector<TakenId>> Store::taken_ids(SourceId source, const std::string& stream) const {
    constexpr std::string_view kDoing = "loading the ids of edited records";
    std::vector<TakenId> taken;
    COTERIE_TRY(const auto id, impl_->find_stream(source, stream));
    auto rows = impl_->database->query("SELECT r.row, r.record_id FROM found_by f "
                                       "CROSS JOIN records r ON r.row = f.row WHERE r.stream = ?1");
    rows.with(id.value_or(0));
    while (rows.next()) {
        taken.push_back({hash128(rows.bytes(1)), rows.number<Row>(0)});
    }
    COTERIE_TRY_VOID(rows.result(kDoing));
    return taken;
}

Result<std::vector<Row>> Store::rows_beginning_with(SourceId source, const std::string& stream,
                                                    std::span<const std::string> beginnings) const {
    std::vector<Row> found;
    COTERIE_TRY(const auto id, impl_->find_stream(source, stream));
    // Of beginnings of which one begins another, the shortest says it all: so at most one stands
    // just before an id that it begins.
    std::vector<std::string_view> shortest;
    for (const std::string& beginning : beginnings) {
        if (shortest.empty() || !beginning.starts_with(shortest.back())) {
            shortest.push_back(beginning);
        }
    }
    auto rows = impl_->database->query(
        "SELECT r.row, r.record_id FROM row_ranges g CROSS JOIN records r "
        "ON r.row BETWEEN g.first AND g.last WHERE g.stream = ?1 AND r.state <> 2 "
        "ORDER BY g.first, r.row");
    rows.with(id.value_or(0));
    while (rows.next()) {
        const std::string_view record_id = rows.bytes(1);
        const auto after = std::upper_bound(shortest.begin(), shortest.end(), record_id);
        if (after != shortest.begin() && record_id.starts_with(*std::prev(after))) {
            found.push_back(rows.number<Row>(0));
        }
    }
    COTERIE_TRY_VOID(rows.result("looking for records by the beginnings of their ids"));
    return found;
}

Result<std::vector<std::string>> Store::record_ids(std::span<const Row> rows) const {
    constexpr std::string_view kDoing = "reading records' ids";
    std::vector<std::string> ids;
    ids.reserve(rows.size());
    auto query = impl_->database->query("SELECT record_id FROM records WHERE row = ?1");
    for (const Row row : rows) {
        ids.emplace_back(query.with(row).next() ? query.bytes(0) : std::string_view());
    }
    COTERIE_TRY_VOID(query.result(kDoing));
    return ids;
}

Result<void> Store::for_each_content(std::span<const Row> rows,
                                     const std::function<void(const StoredContent&)>& visit) const {
    constexpr std::string_view kDoing = "comparing records";
    auto query = impl_->database->query(
        "SELECT r.record_id, r.state, y.payload, p.cause, f.row IS NULL, y.corrected FROM records "
        "r "
        "CROSS JOIN payloads y ON y.row = r.row LEFT JOIN pending p ON p.row = r.row "
        "LEFT JOIN found_by f ON f.row = r.row WHERE r.row = ?1");
    for (const Row row : rows) {
        if (!query.with(row).next()) {
            continue;  // an error is told below; a missing row is told by the store's own check
        }
        COTERIE_TRY(const auto payload, impl_->unpack(query.bytes(2), kDoing));
        visit({row, query.bytes(0), query.number<Cause>(3), query.number<RecordState>(1),
               query.integer(4) != 0, !query.bytes(5).empty(), payload});
    }
    return query.result(kDoing);
}

namespace {

constexpr std::string_view kSucceeding = "handing an edited row's content on";

/// Moves the younger record's content to the elder.
Result<void> hand_on(Database& database, StreamId stream, RunNumber run, const Succession& pair) {
    auto content = database.query(
        "UPDATE records SET state = CASE state WHEN 2 THEN 0 ELSE state END, changed_run = ?3, "
        "gone_run = 0, content = (SELECT content FROM records WHERE row = ?2) "
        "WHERE row = ?1 AND stream = ?4");
    content.with(pair.elder, pair.younger, run, stream).run();
    COTERIE_TRY_VOID(content.result(kSucceeding));
    const bool row_is_of_this_stream = database.rows_changed() == 1;
    COTERIE_CHECK(row_is_of_this_stream);
    auto pending =
        database.query("INSERT INTO pending (row, cause) VALUES (?1, ?2) "
                       "ON CONFLICT (row) DO UPDATE SET cause = excluded.cause WHERE cause = ?3");
    pending.with(pair.elder, Cause::Changed, Cause::Remapped).run();
    COTERIE_TRY_VOID(pending.result(kSucceeding));
    auto payload = database.query(
        "UPDATE payloads SET (payload, place, corrected) = (SELECT payload, place, corrected "
        "FROM payloads WHERE row = ?2) WHERE row = ?1");
    payload.with(pair.elder, pair.younger).run();
    return payload.result(kSucceeding);
}

/// What the younger was found by, the elder is found by from now on.
Result<void> hand_key_on(Database& database, const Succession& pair) {
    auto keys = database.query("SELECT r.row, r.record_id, f.hash FROM records r "
                               "LEFT JOIN found_by f ON f.row = r.row WHERE r.row IN (?1, ?2)");
    std::optional<Hash128> younger, elder_id;
    keys.with(pair.elder, pair.younger);
    while (keys.next()) {
        if (keys.number<Row>(0) == pair.elder) {
            elder_id = hash128(keys.bytes(1));
        } else {
            younger = keys.is_null(2) ? std::optional(hash128(keys.bytes(1)))
                                      : HashBytes::read(keys.bytes(2));
        }
    }
    COTERIE_TRY_VOID(keys.result(kSucceeding));
    COTERIE_CHECK(younger.has_value() && elder_id.has_value());
    if (*younger == *elder_id) {
        auto drop = database.query("DELETE FROM found_by WHERE row = ?1");
        drop.with(pair.elder).run();
        return drop.result(kSucceeding);
    }
    auto put = database.query("INSERT OR REPLACE INTO found_by (row, hash) VALUES (?1, ?2)");
    put.with(pair.elder, HashBytes(younger).blob()).run();
    return put.result(kSucceeding);
}

/// A record that only this read knows leaves no trace.
Result<void> erase(Database& database, Row row) {
    for (const char* sql :
         {"DELETE FROM records WHERE row = ?1", "DELETE FROM payloads WHERE row = ?1",
          "DELETE FROM pending WHERE row = ?1", "DELETE FROM found_by WHERE row = ?1"}) {
        auto drop = database.query(sql);
        drop.with(row).run();
        COTERIE_TRY_VOID(drop.result(kSucceeding));
    }
    return {};
}

/// What was in use becomes a tombstone that nothing is found by.
Result<void> bury(Database& database, Row row) {
    auto put = database.query("INSERT OR REPLACE INTO found_by (row, hash) VALUES (?1, ?2)");
    put.with(row, HashBytes(Hash128{0, row}).blob()).run();
    return put.result(kSucceeding);
}

}  // namespace

Result<void> Store::succeed(SourceId source, const std::string& stream, RunNumber run,
                            std::span<const Succession> successions) {
    if (successions.empty()) {
        return {};
    }
    if (!impl_->in_step) {
        return transaction([&] { return succeed(source, stream, run, successions); });
    }
    return impl_->write(kSucceeding, [&]() -> Result<void> {
        auto& database = *impl_->database;
        COTERIE_TRY(const auto id, impl_->make_stream(source, stream));
        std::vector<Row> used;
        auto is_new = database.query("SELECT count(*) FROM pending WHERE row = ?1 AND cause = ?2");
        for (const Succession& pair : successions) {
            COTERIE_TRY_VOID(hand_on(database, id, run, pair));
            COTERIE_TRY_VOID(hand_key_on(database, pair));
            const bool nobody_knows_it =
                is_new.with(pair.younger, Cause::New).next() && is_new.integer(0) == 1;
            COTERIE_TRY_VOID(is_new.result(kSucceeding));
            if (nobody_knows_it) {
                COTERIE_TRY_VOID(erase(database, pair.younger));
            } else {
                COTERIE_TRY_VOID(bury(database, pair.younger));
                used.push_back(pair.younger);
            }
        }
        return mark_gone(source, run, used);
    });
}

Result<void> Store::Impl::add_causes(std::vector<IndexEntry>& index) {
    // Few records wait when a run begins, but for one that was killed: so not a join for all.
    auto waiting = database->query("SELECT row, cause FROM pending ORDER BY row");
    auto at = index.begin();
    while (waiting.next()) {
        const Row row = waiting.number<Row>(0);
        at = std::lower_bound(at, index.end(), row, [](const IndexEntry& entry, Row wanted) {
            return entry.row < wanted;
        });
        if (at != index.end() && at->row == row) {
            at->pending = waiting.number<Cause>(1);
        }
    }
    return waiting.result("loading a stream's index");
}

Result<void> Store::land(SourceId source, const std::string& stream, RunNumber run,
                         std::span<LandedRecord> records) {
    if (records.empty()) {
        return {};
    }
    return impl_->write(kLanding, [&]() -> Result<void> {
        auto& database = *impl_->database;
        COTERIE_TRY(const auto id, impl_->make_stream(source, stream));
        const auto created = std::count_if(records.begin(), records.end(),
                                           [](const auto& record) { return record.row == 0; });
        if (created < static_cast<std::ptrdiff_t>(records.size())) {
            COTERIE_TRY_VOID(update_changed(database, id, run, records));
        }
        if (created == 0) {
            return {};
        }
        COTERIE_TRY(auto* counters, impl_->load_counters());
        const auto first = counters->row + 1;
        const auto last = counters->row + created;
        COTERIE_CHECK(last <= std::numeric_limits<Row>::max());
        const RowRun rows{static_cast<Row>(first), static_cast<Row>(last)};
        COTERIE_TRY_VOID(insert_new(database, id, run, records, rows));
        COTERIE_TRY_VOID(impl_->remember_range(id, rows));
        counters->row = last;
        Row row = rows.first;
        for (auto& record : records) {
            if (record.row == 0) {
                record.row = row++;
            }
        }
        return {};
    });
}

Result<void> Store::Impl::remember_range(StreamId stream, RowRun rows) {
    auto extend = database->query(
        "UPDATE row_ranges SET last = ?3 WHERE stream = ?1 AND last = ?2 AND first = "
        "(SELECT max(first) FROM row_ranges WHERE stream = ?1)");
    extend.with(stream, rows.first - 1, rows.last).run();
    COTERIE_TRY_VOID(extend.result(kLanding));
    if (database->rows_changed() != 0) {
        return {};
    }
    auto insert =
        database->query("INSERT INTO row_ranges (stream, first, last) VALUES (?1, ?2, ?3)");
    insert.with(stream, rows.first, rows.last).run();
    return insert.result(kLanding);
}

Result<void> Store::add_seen(SourceId source, const std::string& stream, RunNumber run,
                             std::span<const Row> rows) {
    constexpr std::string_view kDoing = "noting the records seen";
    if (rows.empty()) {
        return {};
    }
    return impl_->write(kDoing, [&]() -> Result<void> {
        COTERIE_TRY(const auto id, impl_->make_stream(source, stream));
        const auto chunk = encode_rows(rows);
        auto insert =
            impl_->database->query("INSERT INTO seen (stream, run, rows) VALUES (?1, ?2, ?3)");
        insert.with(id, run, Blob{chunk}).run();
        return insert.result(kDoing);
    });
}

Result<std::vector<Row>> Store::seen(SourceId source, const std::string& stream,
                                     RunNumber first_run) const {
    constexpr std::string_view kDoing = "reading the records seen";
    std::vector<Row> found;
    COTERIE_TRY(const auto id, impl_->find_stream(source, stream));
    if (!id) {
        return found;
    }
    auto rows = impl_->database->query("SELECT rows FROM seen WHERE stream = ?1 AND run >= ?2");
    rows.with(*id, first_run);
    while (rows.next()) {
        COTERIE_TRY_VOID(
            decode_rows(rows.bytes(0), found).transform_error(within(std::string(kDoing))));
    }
    COTERIE_TRY_VOID(rows.result(kDoing));
    sort_unique(found);
    return found;
}

Result<void> Store::clear_seen(SourceId source, const std::string& stream) {
    constexpr std::string_view kDoing = "forgetting the records seen";
    return impl_->write(kDoing, [&]() -> Result<void> {
        COTERIE_TRY(const auto id, impl_->find_stream(source, stream));
        auto change = impl_->database->query("DELETE FROM seen WHERE stream = ?1");
        change.with(id.value_or(0)).run();
        return change.result(kDoing);
    });
}

Result<void> Store::mark_gone(SourceId source, RunNumber run, std::span<const Row> rows) {
    constexpr std::string_view kDoing = "making tombstones";
    if (rows.empty()) {
        return {};
    }
    return impl_->write(kDoing, [&]() -> Result<void> {
        auto& database = *impl_->database;
        auto mark = database.query("UPDATE records SET state = 2, gone_run = ?2 WHERE row = ?1 AND "
                                   "stream IN (SELECT id FROM streams WHERE source = ?3)");
        auto unpend = database.query("DELETE FROM pending WHERE row = ?1");
        auto unquarantine = database.query("DELETE FROM quarantine WHERE row = ?1 AND row <> 0");
        auto drop_facts = database.query("DELETE FROM facts WHERE row = ?1");
        auto drop_keys = database.query("DELETE FROM match_keys WHERE row = ?1");
        for (const Row row : rows) {
            if (!mark.with(row, run, source).run()) {
                break;
            }
            const bool row_is_of_this_source = database.rows_changed() == 1;
            COTERIE_CHECK(row_is_of_this_source);
            for (auto* drop : {&unpend, &unquarantine, &drop_facts, &drop_keys}) {
                drop->with(row).run();
            }
        }
        for (const auto* change : {&mark, &unpend, &unquarantine, &drop_facts, &drop_keys}) {
            COTERIE_TRY_VOID(change->result(kDoing));
        }
        return impl_->touch(rows);
    });
}

Result<std::uint64_t> Store::live_count(SourceId source, const std::string& stream) const {
    COTERIE_TRY(const auto id, impl_->find_stream(source, stream));
    auto rows = impl_->database->query(
        "SELECT count(*) FROM row_ranges g CROSS JOIN records r "
        "ON r.row BETWEEN g.first AND g.last WHERE g.stream = ?1 AND r.state <> 2");
    rows.with(id.value_or(0)).next();
    COTERIE_TRY_VOID(rows.result("counting a stream's records"));
    return rows.number<std::uint64_t>(0);
}

Result<std::string> Store::checkpoint(SourceId source, const std::string& stream) const {
    std::string cursor;
    COTERIE_TRY(const auto id, impl_->find_stream(source, stream));
    auto rows = impl_->database->query("SELECT cursor FROM checkpoints WHERE stream = ?1");
    if (rows.with(id.value_or(0)).next()) {
        cursor = rows.bytes(0);
    }
    COTERIE_TRY_VOID(rows.result("reading a checkpoint"));
    return cursor;
}

Result<void> Store::set_checkpoint(SourceId source, const std::string& stream, RunNumber run,
                                   std::string_view cursor, bool is_of_full_read) {
    constexpr std::string_view kDoing = "moving a checkpoint";
    return impl_->write(kDoing, [&]() -> Result<void> {
        COTERIE_TRY(const auto id, impl_->make_stream(source, stream));
        if (cursor.empty()) {
            auto remove = impl_->database->query("DELETE FROM checkpoints WHERE stream = ?1");
            remove.with(id).run();
            return remove.result(kDoing);
        }
        auto set = impl_->database->query(
            "INSERT OR REPLACE INTO checkpoints (stream, run, cursor, whole) "
            "VALUES (?1, ?2, ?3, ?4)");
        set.with(id, run, cursor, is_of_full_read ? 1 : 0).run();
        return set.result(kDoing);
    });
}

Result<bool> Store::is_checkpoint_of_full_read(SourceId source, const std::string& stream) const {
    COTERIE_TRY(const auto id, impl_->find_stream(source, stream));
    auto rows = impl_->database->query("SELECT whole FROM checkpoints WHERE stream = ?1");
    const bool is_there = rows.with(id.value_or(0)).next();
    COTERIE_TRY_VOID(rows.result("reading a checkpoint"));
    return is_there && rows.integer(0) != 0;
}

Result<std::string> Store::state(SourceId source, const std::string& stream,
                                 std::string_view version) const {
    std::string state;
    COTERIE_TRY(const auto id, impl_->find_stream(source, stream));
    auto rows =
        impl_->database->query("SELECT state FROM states WHERE stream = ?1 AND version = ?2");
    if (rows.with(id.value_or(0), version).next()) {
        state = rows.bytes(0);
    }
    COTERIE_TRY_VOID(rows.result("reading a stream's state"));
    return state;
}

Result<void> Store::set_state(SourceId source, const std::string& stream, std::string_view version,
                              std::string_view state) {
    constexpr std::string_view kDoing = "keeping a stream's state";
    return impl_->write(kDoing, [&]() -> Result<void> {
        COTERIE_TRY(const auto id, impl_->make_stream(source, stream));
        if (state.empty()) {
            auto remove = impl_->database->query("DELETE FROM states WHERE stream = ?1");
            remove.with(id).run();
            return remove.result(kDoing);
        }
        auto set = impl_->database->query(
            "INSERT OR REPLACE INTO states (stream, version, state) VALUES (?1, ?2, ?3)");
        set.with(id, version, state).run();
        return set.result(kDoing);
    });
}

// --- Ledgers ---------------------------------------------------------------------------------

Ledger& Ledger::operator+=(const Ledger& other) {
    read += other.read;
    created += other.created;
    changed += other.changed;
    unchanged += other.unchanged;
    quarantined += other.quarantined;
    suppressed += other.suppressed;
    deleted += other.deleted;
    return *this;
}

Result<void> Store::add_to_ledger(SourceId source, const std::string& stream, RunNumber run,
                                  const Ledger& delta) {
    constexpr std::string_view kDoing = "writing the ledger";
    return impl_->write(kDoing, [&]() -> Result<void> {
        COTERIE_TRY(const auto id, impl_->make_stream(source, stream));
        auto add = impl_->database->query(
            "INSERT INTO ledgers (stream, run, read, created, changed, unchanged, quarantined, "
            "suppressed, deleted) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) "
            "ON CONFLICT (stream, run) DO UPDATE SET read = read + ?3, created = created + ?4, "
            "changed = changed + ?5, unchanged = unchanged + ?6, quarantined = quarantined + ?7, "
            "suppressed = suppressed + ?8, deleted = deleted + ?9");
        add.with(id, run, delta.read, delta.created, delta.changed, delta.unchanged,
                 delta.quarantined, delta.suppressed, delta.deleted)
            .run();
        impl_->ledgers_changed.emplace(id, run);
        return add.result(kDoing);
    });
}

Result<Ledger> Store::ledger(SourceId source, const std::string& stream, RunNumber run) const {
    Ledger found;
    COTERIE_TRY(const auto id, impl_->find_stream(source, stream));
    auto rows = impl_->database->query(
        "SELECT read, created, changed, unchanged, quarantined, suppressed, deleted FROM ledgers "
        "WHERE stream = ?1 AND run = ?2");
    if (rows.with(id.value_or(0), run).next()) {
        found.read = rows.integer(0);
        found.created = rows.integer(1);
        found.changed = rows.integer(2);
        found.unchanged = rows.integer(3);
        found.quarantined = rows.integer(4);
        found.suppressed = rows.integer(5);
        found.deleted = rows.integer(6);
    }
    COTERIE_TRY_VOID(rows.result("reading the ledger"));
    return found;
}

Result<void> Store::reset_ledger(SourceId source, const std::string& stream, RunNumber run) {
    constexpr std::string_view kDoing = "resetting the ledger";
    return impl_->write(kDoing, [&]() -> Result<void> {
        COTERIE_TRY(const auto id, impl_->find_stream(source, stream));
        auto reset = impl_->database->query(
            "UPDATE ledgers SET read = 0, created = 0, changed = 0, unchanged = 0, quarantined = "
            "0, suppressed = 0, deleted = 0, finished = 0, whole = 0 WHERE stream = ?1 AND run = "
            "?2");
        reset.with(id.value_or(0), run).run();
        COTERIE_TRY_VOID(reset.result(kDoing));
        // They are counted anew, as what they are by now.
        auto forget = impl_->database->query(
            "DELETE FROM unsettled WHERE row IN (SELECT u.row FROM unsettled u "
            "CROSS JOIN records r ON r.row = u.row WHERE r.stream = ?1)");
        forget.with(id.value_or(0)).run();
        return forget.result(kDoing);
    });
}

Result<bool> Store::read_finished(SourceId source, const std::string& stream, RunNumber run) const {
    COTERIE_TRY(const auto id, impl_->find_stream(source, stream));
    auto rows = impl_->database->query(
        "SELECT count(*) FROM ledgers WHERE stream = ?1 AND run = ?2 AND finished = 1");
    rows.with(id.value_or(0), run).next();
    COTERIE_TRY_VOID(rows.result("reading whether a stream was read"));
    return rows.integer(0) != 0;
}

Result<bool> Store::read_whole(SourceId source, const std::string& stream, RunNumber run) const {
    COTERIE_TRY(const auto id, impl_->find_stream(source, stream));
    auto rows =
        impl_->database->query("SELECT count(*) FROM ledgers WHERE stream = ?1 AND run = ?2 "
                               "AND finished = 1 AND whole = 1");
    rows.with(id.value_or(0), run).next();
    COTERIE_TRY_VOID(rows.result("reading whether a stream was read"));
    return rows.integer(0) != 0;
}

Result<void> Store::set_read_finished(SourceId source, const std::string& stream, RunNumber run,
                                      bool was_full) {
    constexpr std::string_view kDoing = "noting that a stream was read";
    return impl_->write(kDoing, [&]() -> Result<void> {
        COTERIE_TRY(const auto id, impl_->make_stream(source, stream));
        auto set = impl_->database->query("INSERT INTO ledgers (stream, run, finished, whole) "
                                          "VALUES (?1, ?2, 1, ?3) ON CONFLICT (stream, run) "
                                          "DO UPDATE SET finished = 1, whole = ?3");
        set.with(id, run, was_full ? 1 : 0).run();
        return set.result(kDoing);
    });
}

// --- Quarantine ------------------------------------------------------------------------------

namespace {

/// \pre Within a transaction.
Result<void> put_quarantine(Database& database, const QuarantineEntry& entry) {
    constexpr std::string_view kDoing = "quarantining a record";
    if (entry.row != 0 && entry.stage == "normalize") {
        // What an earlier run complained of does not hold for the record as it is now.
        auto drop = database.query("DELETE FROM quarantine WHERE row = ?1 AND row <> 0 "
                                   "AND stage = 'normalize' AND run < ?2");
        drop.with(entry.row, entry.run).run();
        COTERIE_TRY_VOID(drop.result(kDoing));
    }
    const auto digest = digest_of(entry);
    auto insert = database.query(
        "INSERT INTO quarantine (digest, source, stream, record_id, row, stage, place, reason, "
        "raw, raw_bytes, run, content) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, "
        "?12) "
        "ON CONFLICT (digest) DO UPDATE SET run = excluded.run");
    insert
        .with(digest, entry.source, entry.stream, entry.record_id, entry.row, entry.stage,
              entry.where, entry.reason, Blob{cut(entry.raw)}, entry.raw.size(), entry.run,
              HashBytes(entry.content ? *entry.content : hash128(entry.raw)).blob())
        .run();
    return insert.result(kDoing);
}

}  // namespace

Result<void> Store::quarantine(const QuarantineEntry& entry) {
    return impl_->write("quarantining a record",
                        [&] { return put_quarantine(*impl_->database, entry); });
}

Result<void> Store::clear_quarantine_before(SourceId source, const std::string& stream,
                                            RunNumber run) {
    constexpr std::string_view kDoing = "clearing old quarantine entries";
    return impl_->write(kDoing, [&]() -> Result<void> {
        auto remove = impl_->database->query(
            "DELETE FROM quarantine WHERE source = ?1 AND stream = ?2 AND run < ?3 "
            "AND stage IN ('extract', 'land')");
        remove.with(source, stream, run).run();
        return remove.result(kDoing);
    });
}

Result<void>
Store::for_each_quarantined(const std::function<void(const QuarantineEntry&)>& visit) const {
    auto rows = impl_->database->query("SELECT source, stream, record_id, row, stage, place, "
                                       "reason, raw, raw_bytes, run, content FROM quarantine "
                                       "ORDER BY id");
    while (rows.next()) {
        QuarantineEntry entry;
        entry.source = rows.number<SourceId>(0);
        entry.stream = rows.bytes(1);
        entry.record_id = rows.bytes(2);
        entry.row = rows.number<Row>(3);
        entry.stage = rows.bytes(4);
        entry.where = rows.bytes(5);
        entry.reason = rows.bytes(6);
        entry.raw = rows.bytes(7);
        entry.raw_bytes = rows.number<std::uint64_t>(8);
        entry.run = rows.number<RunNumber>(9);
        entry.content = HashBytes::read(rows.bytes(10));
        if (!entry.content) {
            entry.content = hash128(entry.raw);  // an entry of a store of version 2 or 1
        }
        visit(entry);
    }
    return rows.result("reading the quarantine");
}

std::string entry_id(const QuarantineEntry& entry) {
    const auto content = entry.content.value_or(hash128(entry.raw));
    return "q_" + to_hex(hash128(fmt::format("{}\x1f{}\x1f{}\x1f{}", entry.source, entry.stream,
                                             entry.record_id, to_hex(content))))
                      .substr(0, 12);
}

namespace {

/// A source that has just what it had is read again all the same: its records mean another thing.
Result<void> forget_state(Database& database, const Correction& correction) {
    auto forget = database.query("DELETE FROM states WHERE stream IN "
                                 "(SELECT id FROM streams WHERE source = ?1 AND name = ?2)");
    forget.with(correction.source, correction.stream).run();
    return forget.result("forgetting a stream's state");
}

}  // namespace

Result<void> Store::put_correction(const Correction& correction) {
    constexpr std::string_view kDoing = "keeping a correction";
    return impl_->write(kDoing, [&]() -> Result<void> {
        COTERIE_TRY_VOID(forget_state(*impl_->database, correction));
        auto put = impl_->database->query(
            "INSERT OR REPLACE INTO corrections (source, stream, content, record, entry, made_at) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
        put.with(correction.source, correction.stream, HashBytes(correction.content).blob(),
                 correction.record, correction.entry, correction.made_at.time_since_epoch().count())
            .run();
        return put.result(kDoing);
    });
}

Result<bool> Store::remove_correction(const Correction& correction) {
    constexpr std::string_view kDoing = "removing a correction";
    bool was_there = false;
    COTERIE_TRY_VOID(impl_->write(kDoing, [&]() -> Result<void> {
        COTERIE_TRY_VOID(forget_state(*impl_->database, correction));
        auto drop = impl_->database->query(
            "DELETE FROM corrections WHERE source = ?1 AND stream = ?2 AND content = ?3");
        drop.with(correction.source, correction.stream, HashBytes(correction.content).blob()).run();
        was_there = impl_->database->rows_changed() == 1;
        return drop.result(kDoing);
    }));
    return was_there;
}

Result<std::vector<Correction>> Store::corrections() const {
    auto rows = impl_->database->query(
        "SELECT source, stream, content, record, entry, made_at FROM corrections "
        "ORDER BY source, stream, content");
    std::vector<Correction> found;
    while (rows.next()) {
        Correction correction;
        correction.source = rows.number<SourceId>(0);
        correction.stream = rows.bytes(1);
        correction.content = HashBytes::read(rows.bytes(2)).value_or(Hash128{});
        correction.record = rows.bytes(3);
        correction.entry = rows.bytes(4);
        correction.made_at = Timestamp(std::chrono::seconds(rows.integer(5)));
        found.push_back(std::move(correction));
    }
    COTERIE_TRY_VOID(rows.result("reading corrections"));
    return found;
}

Result<std::uint64_t> Store::quarantine_count() const {
    COTERIE_TRY(const auto count, impl_->database->integer("SELECT count(*) FROM quarantine",
                                                           "counting the quarantine"));
    return static_cast<std::uint64_t>(count);
}

Result<std::uint64_t> Store::unlanded_quarantine_count(SourceId source,
                                                       const std::string& stream) const {
    auto rows = impl_->database->query("SELECT count(*) FROM quarantine WHERE source = ?1 AND "
                                       "stream = ?2 AND stage IN ('extract', 'land')");
    rows.with(source, stream).next();
    COTERIE_TRY_VOID(rows.result("counting the quarantine"));
    return rows.number<std::uint64_t>(0);
}

// --- Normalizing -----------------------------------------------------------------------------

Result<std::uint64_t> Store::pending_count() const {
    COTERIE_TRY(const auto count, impl_->database->integer("SELECT count(*) FROM pending",
                                                           "counting pending records"));
    return static_cast<std::uint64_t>(count);
}

Result<std::vector<PendingRecord>> Store::pending(Row after, std::size_t limit) const {
    constexpr std::string_view kDoing = "reading pending records";
    auto rows = impl_->database->query(
        "SELECT p.row, p.cause, r.state, r.stream, r.record_id, y.payload, y.place, y.corrected "
        "FROM pending p "
        "CROSS JOIN records r ON r.row = p.row CROSS JOIN payloads y ON y.row = p.row "
        "WHERE p.row > ?1 ORDER BY p.row LIMIT ?2");
    std::vector<PendingRecord> found;
    rows.with(after, std::min<std::size_t>(limit, INT32_MAX));
    while (rows.next()) {
        COTERIE_TRY(const auto* stream, impl_->stream_info(rows.number<StreamId>(3)));
        COTERIE_TRY(
            auto payload,
            impl_->codec.decompress(rows.bytes(5)).transform_error(within(std::string(kDoing))));
        found.push_back({rows.number<Row>(0), stream->source, rows.number<Cause>(1),
                         rows.number<RecordState>(2), stream->name, std::string(rows.bytes(4)),
                         std::move(payload), std::string(rows.bytes(6)),
                         HashBytes::read(rows.bytes(7))});
    }
    COTERIE_TRY_VOID(rows.result(kDoing));
    return found;
}

namespace {

/// The first of each, then the second of each, and so on.
std::vector<Row> in_turn(const std::vector<std::vector<Row>>& lists, std::size_t limit) {
    std::vector<Row> taken;
    bool is_more = true;
    for (std::size_t i = 0; is_more; ++i) {
        is_more = false;
        for (const auto& list : lists) {
            if (i < list.size() && taken.size() < limit) {
                taken.push_back(list[i]);
                is_more = true;
            }
        }
    }
    return taken;
}

}  // namespace

Result<std::vector<std::string>> Store::sample(SourceId source, Sampled which, std::size_t limit,
                                               std::span<const Row> except) const {
    constexpr std::string_view kDoing = "taking a sample of a source's records";
    const std::unordered_set<Row> excepted(except.begin(), except.end());
    const char* sql = which == Sampled::Present
                          ? "SELECT r.row FROM row_ranges g "
                            "CROSS JOIN records r ON r.row BETWEEN g.first AND g.last "
                            "WHERE g.stream = ?1 AND r.state <> 2 ORDER BY r.content, r.row"
                          : "SELECT p.row FROM pending p CROSS JOIN records r ON r.row = p.row "
                            "WHERE r.stream = ?1 AND r.state <> 2 ORDER BY r.content, r.row";
    std::vector<std::string> sampled;
    COTERIE_TRY_VOID(impl_->read(kDoing, [&]() -> Result<void> {
        auto streams = impl_->database->query("SELECT id FROM streams WHERE source = ?1 "
                                              "ORDER BY name");
        streams.with(source);
        std::vector<std::vector<Row>> by_stream;
        while (streams.next()) {
            auto rows = impl_->database->query(sql);
            rows.with(streams.integer(0));
            auto& chosen = by_stream.emplace_back();
            while (chosen.size() < limit && rows.next()) {
                const auto row = rows.number<Row>(0);
                if (!excepted.contains(row)) {
                    chosen.push_back(row);
                }
            }
            COTERIE_TRY_VOID(rows.result(kDoing));
        }
        COTERIE_TRY_VOID(streams.result(kDoing));
        for (const Row row : in_turn(by_stream, limit)) {
            COTERIE_TRY(auto found, record(row, true));
            sampled.push_back(std::move(found.payload));
        }
        return {};
    }));
    return sampled;
}

namespace {

constexpr std::string_view kNormalizing = "storing normalized records";

/// What holds for a gapless run of rows that are now normal, in few statements.
Result<void> settle_live(Database& database, RowRun rows) {
    for (const char* sql :
         {"UPDATE records SET state = 0 WHERE row BETWEEN ?1 AND ?2 AND state = 1",
          "DELETE FROM quarantine WHERE row BETWEEN ?1 AND ?2 AND row <> 0 "
          "AND stage IN ('normalize', 'match')",
          "DELETE FROM pending WHERE row BETWEEN ?1 AND ?2"}) {
        auto change = database.query(sql);
        change.with(rows.first, rows.last).run();
        COTERIE_TRY_VOID(change.result(kNormalizing));
    }
    return {};
}

Result<void> settle_quarantined(Database& database, RowRun rows) {
    for (const char* sql :
         {"UPDATE records SET state = 1 WHERE row BETWEEN ?1 AND ?2 AND state = 0",
          "DELETE FROM facts WHERE row BETWEEN ?1 AND ?2",
          "DELETE FROM match_keys WHERE row BETWEEN ?1 AND ?2",
          "DELETE FROM quarantine WHERE row BETWEEN ?1 AND ?2 AND row <> 0 AND stage = 'match'",
          "DELETE FROM pending WHERE row BETWEEN ?1 AND ?2"}) {
        auto change = database.query(sql);
        change.with(rows.first, rows.last).run();
        COTERIE_TRY_VOID(change.result(kNormalizing));
    }
    return {};
}

}  // namespace

Result<void> Store::put_normalized(std::span<const Normalized> records) {
    if (records.empty()) {
        return {};
    }
    return impl_->write(kNormalizing, [&]() -> Result<void> {
        auto& database = *impl_->database;
        std::vector<Row> live, quarantined;
        {
            auto put_facts =
                database.query("INSERT OR REPLACE INTO facts (row, facts) VALUES (?1, ?2)");
            auto put_keys =
                database.query("INSERT OR REPLACE INTO match_keys (row, keys) VALUES (?1, ?2)");
            auto put_unsettled = database.query("INSERT OR REPLACE INTO unsettled (row, cause) "
                                                "SELECT row, cause FROM pending WHERE row = ?1");
            for (const auto& record : records) {
                if (record.quarantined) {
                    quarantined.push_back(record.row);
                    continue;
                }
                live.push_back(record.row);
                put_facts.with(record.row, Blob{impl_->pack(record.facts)}).run();
                put_keys.with(record.row, Blob{record.keys}).run();
                if (record.belongs) {
                    put_unsettled.with(record.row).run();
                }
            }
            COTERIE_TRY_VOID(put_facts.result(kNormalizing));
            COTERIE_TRY_VOID(put_keys.result(kNormalizing));
            COTERIE_TRY_VOID(put_unsettled.result(kNormalizing));
        }
        sort_unique(live);
        sort_unique(quarantined);
        COTERIE_TRY_VOID(
            for_each_run(live, [&](RowRun rows) { return settle_live(database, rows); }));
        COTERIE_TRY_VOID(for_each_run(
            quarantined, [&](RowRun rows) { return settle_quarantined(database, rows); }));
        live.insert(live.end(), quarantined.begin(), quarantined.end());
        return impl_->touch(live);
    });
}

// --- Strays ----------------------------------------------------------------------------------

Result<std::vector<Stray>> Store::strays() const {
    std::vector<Stray> found;
    auto rows = impl_->database->query("SELECT row, reason FROM quarantine "
                                       "WHERE stage = 'match' ORDER BY row");
    while (rows.next()) {
        found.push_back({rows.number<Row>(0), std::string(rows.bytes(1))});
    }
    COTERIE_TRY_VOID(rows.result("reading which records are strays"));
    return found;
}

Result<std::vector<Unsettled>> Store::unsettled() const {
    std::vector<Unsettled> found;
    auto rows = impl_->database->query("SELECT row, cause FROM unsettled ORDER BY row");
    while (rows.next()) {
        found.push_back({rows.number<Row>(0), rows.number<Cause>(1)});
    }
    COTERIE_TRY_VOID(rows.result("reading which records are to be settled"));
    return found;
}

Result<void> Store::set_strays(RunNumber run, std::span<const Stray> strays) {
    constexpr std::string_view kDoing = "quarantining records that belong to none";
    if (strays.empty()) {
        return {};
    }
    return impl_->write(kDoing, [&]() -> Result<void> {
        auto& database = *impl_->database;
        auto set_state =
            database.query("UPDATE records SET state = 1 WHERE row = ?1 AND state = 0");
        auto drop = database.query("DELETE FROM quarantine WHERE row = ?1 AND row <> 0 "
                                   "AND stage = 'match'");
        auto corrected = database.query("SELECT corrected FROM payloads WHERE row = ?1");
        std::vector<Row> rows;
        for (const Stray& stray : strays) {
            COTERIE_TRY(auto stored, record(stray.row, true));
            set_state.with(stray.row).run();
            drop.with(stray.row).run();
            QuarantineEntry entry;
            entry.source = stored.source;
            entry.stream = std::move(stored.stream);
            entry.record_id = std::move(stored.record_id);
            entry.row = stray.row;
            entry.stage = "match";
            entry.where = std::move(stored.where);
            entry.reason = stray.reason;
            entry.raw = std::move(stored.payload);
            entry.run = run;
            if (corrected.with(stray.row).next()) {
                entry.content = HashBytes::read(corrected.bytes(0));
            }
            COTERIE_TRY_VOID(put_quarantine(database, entry));
            rows.push_back(stray.row);
        }
        for (const auto* change : {&set_state, &drop, &corrected}) {
            COTERIE_TRY_VOID(change->result(kDoing));
        }
        sort_unique(rows);
        return impl_->touch(rows);
    });
}

Result<void> Store::clear_strays(std::span<const Row> rows) {
    constexpr std::string_view kDoing = "taking records that belong to one out of quarantine";
    if (rows.empty()) {
        return {};
    }
    return impl_->write(kDoing, [&]() -> Result<void> {
        auto& database = *impl_->database;
        auto set_state =
            database.query("UPDATE records SET state = 0 WHERE row = ?1 AND state = 1");
        auto drop = database.query("DELETE FROM quarantine WHERE row = ?1 AND row <> 0 "
                                   "AND stage = 'match'");
        for (const Row row : rows) {
            set_state.with(row).run();
            drop.with(row).run();
        }
        COTERIE_TRY_VOID(set_state.result(kDoing));
        return drop.result(kDoing);
    });
}

}  // namespace coterie::store
