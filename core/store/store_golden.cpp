// What matching and merging keep: match keys, links, golden records and their changes.
#include "base/check.hpp"
#include "store/row_list.hpp"
#include "store/store.hpp"
#include "store/store_impl.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>

namespace coterie::store {

namespace {

/// Columns of a golden record, its body apart.
GoldenRow read_golden(const Query& rows) {
    GoldenRow golden;
    golden.number = rows.number<GoldenNumber>(0);
    golden.id = rows.bytes(1);
    golden.state = rows.number<GoldenState>(2);
    golden.merged_into = rows.bytes(3);
    golden.created_run = rows.number<RunNumber>(4);
    golden.updated_run = rows.number<RunNumber>(5);
    golden.revision = rows.number<std::uint32_t>(6);
    return golden;
}

SourceRecord read_record(const Query& rows, const StreamInfo& stream) {
    SourceRecord record;
    record.row = rows.number<Row>(0);
    record.source = stream.source;
    record.stream = stream.name;
    record.record_id = rows.bytes(3);
    record.state = rows.number<RecordState>(1);
    record.first_run = rows.number<RunNumber>(4);
    record.changed_run = rows.number<RunNumber>(5);
    record.gone_run = rows.number<RunNumber>(6);
    return record;
}

}  // namespace

// --- Matching --------------------------------------------------------------------------------

Result<void> Store::Impl::touch(std::span<const Row> rows) {
    const auto chunk = encode_rows(rows);
    auto insert = database->query("INSERT INTO touched (rows) VALUES (?1)");
    insert.with(Blob{chunk}).run();
    return insert.result("noting touched records");
}

Result<std::uint64_t> Store::touched_count() const {
    COTERIE_TRY(const auto rows, touched());
    return rows.size();
}

Result<std::vector<Row>> Store::touched() const {
    constexpr std::string_view kDoing = "reading touched records";
    auto chunks = impl_->database->query("SELECT rows FROM touched ORDER BY chunk");
    std::vector<Row> rows;
    while (chunks.next()) {
        COTERIE_TRY_VOID(
            decode_rows(chunks.bytes(0), rows).transform_error(within(std::string(kDoing))));
    }
    COTERIE_TRY_VOID(chunks.result(kDoing));
    sort_unique(rows);
    return rows;
}

Result<void> Store::clear_touched() {
    constexpr std::string_view kDoing = "forgetting touched records";
    return impl_->write(kDoing, [&]() -> Result<void> {
        for (const char* sql : {"DELETE FROM touched", "DELETE FROM unsettled"}) {
            auto remove = impl_->database->query(sql);
            remove.with().run();
            COTERIE_TRY_VOID(remove.result(kDoing));
        }
        return {};
    });
}

Result<void> Store::for_each_match_keys(const std::function<void(const MatchKeys&)>& visit) const {
    auto rows = impl_->database->query("SELECT row, keys FROM match_keys ORDER BY row");
    while (rows.next()) {
        visit({rows.number<Row>(0), rows.bytes(1)});
    }
    return rows.result("reading match keys");
}

Result<void> Store::for_each_link(const std::function<void(Row, GoldenNumber)>& visit) const {
    auto rows = impl_->database->query("SELECT row, golden FROM links ORDER BY row");
    while (rows.next()) {
        visit(rows.number<Row>(0), rows.number<GoldenNumber>(1));
    }
    return rows.result("reading links");
}

// --- Merging ---------------------------------------------------------------------------------

Result<std::vector<Store::RecordFacts>> Store::facts(std::span<const Row> rows) const {
    constexpr std::string_view kDoing = "reading facts";
    // By row, neighbours share pages that are read once: several times faster for many.
    std::vector<std::size_t> places(rows.size());
    std::iota(places.begin(), places.end(), std::size_t{0});
    std::sort(places.begin(), places.end(),
              [&](std::size_t a, std::size_t b) { return rows[a] < rows[b]; });
    std::vector<RecordFacts> found(rows.size());
    const auto reading = [&]() -> Result<void> {
        auto query = impl_->database->query(
            "SELECT r.row, r.state, r.stream, r.record_id, r.first_run, r.changed_run, r.gone_run, "
            "f.facts FROM records r LEFT JOIN facts f ON f.row = r.row WHERE r.row = ?1");
        for (const auto place : places) {
            const bool exists = query.with(rows[place]).next();
            COTERIE_TRY_VOID(query.result(kDoing));
            if (!exists) {
                return impl_->error(kDoing, fmt::format("there is no record {}", rows[place]));
            }
            COTERIE_TRY(const auto* stream, impl_->stream_info(query.number<StreamId>(2)));
            found[place].record = read_record(query, *stream);
            if (!query.is_null(7)) {
                COTERIE_TRY(found[place].facts, impl_->unpack(query.bytes(7), kDoing));
            }
        }
        return {};
    };
    COTERIE_TRY_VOID(impl_->read(kDoing, reading));
    return found;
}

namespace {
constexpr std::string_view kReadingGolden = "reading a golden record";
}

Result<std::optional<GoldenRow>> Store::golden(std::string_view id) const {
    GoldenNumber number = 0;
    auto rows = impl_->database->query("SELECT number FROM golden WHERE id = ?1");
    if (rows.with(id).next()) {
        number = rows.number<GoldenNumber>(0);
    }
    COTERIE_TRY_VOID(rows.result(kReadingGolden));
    return golden(number);
}

Result<std::optional<GoldenRow>> Store::golden(GoldenNumber number) const {
    auto rows = impl_->database->query(
        "SELECT g.number, g.id, g.state, g.merged_into, g.created_run, g.updated_run, g.revision, "
        "b.body FROM golden g LEFT JOIN golden_bodies b ON b.number = g.number "
        "WHERE g.number = ?1");
    std::optional<GoldenRow> found;
    if (rows.with(number).next()) {
        found = read_golden(rows);
        if (!rows.is_null(7)) {
            COTERIE_TRY(found->body, impl_->unpack(rows.bytes(7), kReadingGolden));
        }
    }
    COTERIE_TRY_VOID(rows.result(kReadingGolden));
    return found;
}

Result<void> Store::for_each_golden(const std::function<void(const GoldenRow&)>& visit) const {
    auto rows = impl_->database->query("SELECT number, id, state, merged_into, created_run, "
                                       "updated_run, revision FROM golden ORDER BY number");
    while (rows.next()) {
        visit(read_golden(rows));
    }
    return rows.result("reading golden records");
}

namespace {

/// How many bodies are held at once when golden records are visited by id: about 30 MB.
constexpr std::size_t kBodiesHeldMax = 50'000;

/// The live ones by id, bodies left out.
Result<std::vector<std::pair<std::string, GoldenNumber>>> live_golden_ids(Database& database) {
    std::vector<std::pair<std::string, GoldenNumber>> ids;
    auto rows = database.query("SELECT id, number FROM golden WHERE state = 0");
    while (rows.next()) {
        ids.emplace_back(rows.bytes(0), rows.number<GoldenNumber>(1));
    }
    COTERIE_TRY_VOID(rows.result("reading golden records"));
    std::sort(ids.begin(), ids.end());
    return ids;
}

}  // namespace

Result<void> Store::for_each_live_golden(const std::function<void(const GoldenRow&)>& visit) const {
    constexpr std::string_view kDoing = "reading golden records";
    const auto reading = [&]() -> Result<void> {
        COTERIE_TRY(const auto ids, live_golden_ids(*impl_->database));
        // Ids are random, so by id every body would be on another page. Read by number, many at a
        // time, neighbours share pages: 2.2 s instead of 2.7 s for 600,000.
        std::vector<std::pair<GoldenNumber, std::size_t>> places;
        std::vector<GoldenRow> held;
        for (std::size_t first = 0; first < ids.size(); first += kBodiesHeldMax) {
            const auto count = std::min(kBodiesHeldMax, ids.size() - first);
            places.clear();
            for (std::size_t i = 0; i < count; ++i) {
                places.emplace_back(ids[first + i].second, i);
            }
            std::sort(places.begin(), places.end());
            held.assign(count, {});
            for (const auto& [number, place] : places) {
                COTERIE_TRY(auto found, golden(number));
                if (!found) {
                    return impl_->error(kDoing, fmt::format("golden record {} is missing; restore "
                                                            "the store from a backup",
                                                            number));
                }
                held[place] = std::move(*found);
            }
            std::for_each(held.begin(), held.end(), visit);
        }
        return {};
    };
    return impl_->read(kDoing, reading);
}

Result<void> Store::put_golden(GoldenRow& golden) {
    constexpr std::string_view kDoing = "storing a golden record";
    return impl_->write(kDoing, [&]() -> Result<void> {
        GoldenNumber number = golden.number;
        if (number == 0) {
            COTERIE_TRY(auto* counters, impl_->load_counters());
            COTERIE_CHECK(counters->golden < std::numeric_limits<GoldenNumber>::max());
            number = static_cast<GoldenNumber>(++counters->golden);
            auto insert = impl_->database->query(
                "INSERT INTO golden (number, id, state, merged_into, created_run, updated_run, "
                "revision) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
            insert
                .with(number, golden.id, golden.state, golden.merged_into, golden.created_run,
                      golden.updated_run, golden.revision)
                .run();
            COTERIE_TRY_VOID(insert.result(kDoing));
        } else {
            auto update = impl_->database->query(
                "UPDATE golden SET id = ?2, state = ?3, merged_into = ?4, created_run = ?5, "
                "updated_run = ?6, revision = ?7 WHERE number = ?1");
            update
                .with(number, golden.id, golden.state, golden.merged_into, golden.created_run,
                      golden.updated_run, golden.revision)
                .run();
            COTERIE_TRY_VOID(update.result(kDoing));
            const bool golden_exists = impl_->database->rows_changed() == 1;
            COTERIE_CHECK(golden_exists);
        }
        auto put_body = impl_->database->query(
            "INSERT OR REPLACE INTO golden_bodies (number, body) VALUES (?1, ?2)");
        put_body.with(number, Blob{impl_->pack(golden.body)}).run();
        COTERIE_TRY_VOID(put_body.result(kDoing));
        golden.number = number;
        return {};
    });
}

Result<void> Store::link(std::span<const std::pair<Row, GoldenNumber>> links) {
    constexpr std::string_view kDoing = "linking records";
    if (links.empty()) {
        return {};
    }
    return impl_->write(kDoing, [&]() -> Result<void> {
        // By row they are appended to the table, which is several times faster than in any order.
        std::vector<std::pair<Row, GoldenNumber>> sorted(links.begin(), links.end());
        std::stable_sort(sorted.begin(), sorted.end(),
                         [](const auto& a, const auto& b) { return a.first < b.first; });
        auto set = impl_->database->query(
            "INSERT INTO links (row, golden) VALUES (?1, ?2) "
            "ON CONFLICT (row) DO UPDATE SET golden = excluded.golden WHERE golden <> "
            "excluded.golden");
        auto remove = impl_->database->query("DELETE FROM links WHERE row = ?1");
        for (const auto& [row, golden] : sorted) {
            if (golden == 0) {
                remove.with(row).run();
            } else {
                set.with(row, golden).run();
            }
        }
        COTERIE_TRY_VOID(set.result(kDoing));
        return remove.result(kDoing);
    });
}

Result<std::vector<Row>> Store::rows_of(GoldenNumber golden) const {
    auto links = impl_->database->query("SELECT row FROM links WHERE golden = ?1 ORDER BY row");
    std::vector<Row> rows;
    links.with(golden);
    while (links.next()) {
        rows.push_back(links.number<Row>(0));
    }
    COTERIE_TRY_VOID(links.result("reading a golden record's links"));
    return rows;
}

Result<void> Store::add_changes(std::span<const Change> changes) {
    constexpr std::string_view kDoing = "noting changes";
    if (changes.empty()) {
        return {};
    }
    return impl_->write(kDoing, [&]() -> Result<void> {
        auto insert = impl_->database->query(
            "INSERT INTO changes (run, golden_id, kind, detail) VALUES (?1, ?2, ?3, ?4)");
        for (const auto& change : changes) {
            insert.with(change.run, change.golden_id, change.kind, change.detail).run();
        }
        return insert.result(kDoing);
    });
}

Result<void> Store::for_each_change(RunNumber run,
                                    const std::function<void(const Change&)>& visit) const {
    auto rows = impl_->database->query(
        "SELECT golden_id, kind, detail FROM changes WHERE run = ?1 ORDER BY id");
    rows.with(run);
    while (rows.next()) {
        visit({run, std::string(rows.bytes(0)), std::string(rows.bytes(1)),
               std::string(rows.bytes(2))});
    }
    return rows.result("reading changes");
}

Result<std::uint64_t> Store::golden_count() const {
    COTERIE_TRY(const auto count,
                impl_->database->integer("SELECT count(*) FROM golden WHERE state = 0",
                                         "counting golden records"));
    return static_cast<std::uint64_t>(count);
}

// --- Looking things up for people ------------------------------------------------------------

Result<std::optional<SourceRecord>> Store::find_record(const std::string& source,
                                                       const std::string& record_id,
                                                       const std::string& stream) const {
    // A walk over the source's records: an index on ids would cost every landing more than all
    // looking up costs (about 50 ms a million records here).
    auto rows = impl_->database->query(
        "SELECT r.row FROM sources o JOIN streams s ON s.source = o.id "
        "CROSS JOIN row_ranges g ON g.stream = s.id "
        "CROSS JOIN records r ON r.row BETWEEN g.first AND g.last "
        "WHERE o.name = ?1 AND r.record_id = ?2 AND (?3 = '' OR s.name = ?3) "
        "ORDER BY r.state = 2, s.id, r.row LIMIT 1");
    Row row = 0;
    if (rows.with(source, record_id, stream).next()) {
        row = rows.number<Row>(0);
    }
    COTERIE_TRY_VOID(rows.result("looking a record up"));
    if (row == 0) {
        return std::optional<SourceRecord>();
    }
    COTERIE_TRY(auto found, record(row, false));
    return std::optional(std::move(found));
}

Result<SourceRecord> Store::record(Row row, bool with_payload) const {
    constexpr std::string_view kDoing = "reading a record";
    auto rows = impl_->database->query(
        "SELECT row, state, stream, record_id, first_run, changed_run, gone_run FROM records "
        "WHERE row = ?1");
    const bool exists = rows.with(row).next();
    COTERIE_TRY_VOID(rows.result(kDoing));
    if (!exists) {
        return impl_->error(kDoing, fmt::format("there is no record {}", row));
    }
    COTERIE_TRY(const auto* stream, impl_->stream_info(rows.number<StreamId>(2)));
    auto found = read_record(rows, *stream);
    if (with_payload) {
        auto payload = impl_->database->query(
            "SELECT y.payload, y.place, c.made_at FROM payloads y CROSS JOIN records r USING (row) "
            "CROSS JOIN streams s ON s.id = r.stream LEFT JOIN corrections c ON "
            "c.source = s.source AND c.stream = s.name AND c.content = y.corrected "
            "WHERE y.row = ?1");
        const bool stored = payload.with(row).next();
        COTERIE_TRY_VOID(payload.result(kDoing));
        if (!stored) {
            return impl_->error(kDoing, "its payload is missing; restore the store from a backup");
        }
        COTERIE_TRY(found.payload, impl_->unpack(payload.bytes(0), kDoing));
        found.where = payload.bytes(1);
        if (!payload.is_null(2)) {
            found.corrected_at = Timestamp(std::chrono::seconds(payload.integer(2)));
        }
    }
    return found;
}

Result<std::optional<GoldenNumber>> Store::link_of(Row row) const {
    auto rows = impl_->database->query("SELECT golden FROM links WHERE row = ?1");
    std::optional<GoldenNumber> found;
    if (rows.with(row).next()) {
        found = rows.number<GoldenNumber>(0);
    }
    COTERIE_TRY_VOID(rows.result("reading a record's link"));
    return found;
}

Result<void> Store::for_each_link_by_key(const std::function<void(const Link&)>& visit) const {
    constexpr std::string_view kDoing = "reading links by key";
    auto streams = impl_->database->query("SELECT s.id, o.name, s.name FROM streams s "
                                          "JOIN sources o ON o.id = s.source "
                                          "ORDER BY o.name, s.name");
    while (streams.next()) {
        auto rows = impl_->database->query(
            "SELECT r.record_id, d.id FROM row_ranges g "
            "CROSS JOIN records r ON r.row BETWEEN g.first AND g.last "
            "LEFT JOIN links l ON l.row = r.row LEFT JOIN golden d ON d.number = l.golden "
            "WHERE g.stream = ?1 AND r.state = 0 ORDER BY r.record_id, r.row");
        rows.with(streams.integer(0));
        while (rows.next()) {
            visit({streams.bytes(1), streams.bytes(2), rows.bytes(0), rows.bytes(1)});
        }
        COTERIE_TRY_VOID(rows.result(kDoing));
    }
    return streams.result(kDoing);
}

Result<void>
Store::for_each_placed_record(const std::function<void(const PlacedRecord&)>& visit) const {
    constexpr std::string_view kDoing = "reading where records are";
    auto streams = impl_->database->query("SELECT s.id, o.name, s.name FROM streams s "
                                          "JOIN sources o ON o.id = s.source ORDER BY s.id");
    while (streams.next()) {
        auto rows = impl_->database->query(
            "SELECT r.row, r.record_id, r.state, coalesce(l.golden, 0) FROM row_ranges g "
            "CROSS JOIN records r ON r.row BETWEEN g.first AND g.last "
            "LEFT JOIN links l ON l.row = r.row WHERE g.stream = ?1 ORDER BY g.first, r.row");
        rows.with(streams.integer(0));
        while (rows.next()) {
            visit({rows.number<Row>(0), streams.bytes(1), streams.bytes(2), rows.bytes(1),
                   rows.number<RecordState>(2), rows.number<GoldenNumber>(3)});
        }
        COTERIE_TRY_VOID(rows.result(kDoing));
    }
    return streams.result(kDoing);
}

}  // namespace coterie::store
