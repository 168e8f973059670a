#include "store/schema.hpp"

#include "base/check.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <array>

namespace coterie::store {

namespace {

/// "Cote": what `file` and other programs know a store by.
constexpr std::int64_t kApplicationId = 0x436f7465;

// Tables that a whole run goes through hold few bytes a row; what is read for single records
// (payloads, facts, bodies) lies apart, so that a scan does not read it. Why each is as it is:
// docs/decisions/0003-sqlite-store.md.
constexpr const char* kVersion1 = R"sql(
CREATE TABLE counters (            -- the last number given out; numbers are never reused
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO counters VALUES ('run', 0), ('row', 0), ('golden', 0);

CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE runs (
    number INTEGER PRIMARY KEY,
    started_at INTEGER NOT NULL,   -- seconds since 1970, UTC
    finished_at INTEGER,
    summary TEXT
);

CREATE TABLE sources (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    mapping_version TEXT NOT NULL DEFAULT ''
);
CREATE TABLE streams (
    id INTEGER PRIMARY KEY,
    source INTEGER NOT NULL,
    name TEXT NOT NULL,
    UNIQUE (source, name)
);

CREATE TABLE records (
    row INTEGER PRIMARY KEY,
    state INTEGER NOT NULL,        -- 0 live, 1 quarantined, 2 gone
    content INTEGER NOT NULL,      -- hash of the raw JSON
    record_id TEXT NOT NULL,
    stream INTEGER NOT NULL,
    first_run INTEGER NOT NULL,
    changed_run INTEGER NOT NULL,
    gone_run INTEGER NOT NULL
);
CREATE TABLE row_ranges (          -- which rows are of a stream: instead of an index on records
    stream INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (stream, first)
) WITHOUT ROWID;
CREATE TABLE payloads (row INTEGER PRIMARY KEY, payload BLOB NOT NULL);
CREATE TABLE pending (row INTEGER PRIMARY KEY, cause INTEGER NOT NULL);
CREATE TABLE facts (row INTEGER PRIMARY KEY, facts BLOB NOT NULL);
CREATE TABLE match_keys (row INTEGER PRIMARY KEY, keys BLOB NOT NULL);  -- live records only
CREATE TABLE touched (chunk INTEGER PRIMARY KEY, rows BLOB NOT NULL);

CREATE TABLE seen (
    chunk INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL,
    run INTEGER NOT NULL,
    rows BLOB NOT NULL
);
CREATE INDEX seen_by_stream ON seen (stream, run);
CREATE TABLE checkpoints (
    stream INTEGER PRIMARY KEY,
    run INTEGER NOT NULL,
    cursor TEXT NOT NULL
);
CREATE TABLE ledgers (
    stream INTEGER NOT NULL,
    run INTEGER NOT NULL,
    read INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL DEFAULT 0,
    changed INTEGER NOT NULL DEFAULT 0,
    unchanged INTEGER NOT NULL DEFAULT 0,
    quarantined INTEGER NOT NULL DEFAULT 0,
    suppressed INTEGER NOT NULL DEFAULT 0,
    deleted INTEGER NOT NULL DEFAULT 0,
    finished INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (stream, run)
) WITHOUT ROWID;

CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,   -- of what makes an entry the same entry
    source INTEGER NOT NULL,
    stream TEXT NOT NULL,
    record_id TEXT NOT NULL,
    row INTEGER NOT NULL,          -- 0: it never became a source record
    stage TEXT NOT NULL,
    place TEXT NOT NULL,
    reason TEXT NOT NULL,
    raw BLOB NOT NULL,
    raw_bytes INTEGER NOT NULL,    -- before it was cut
    run INTEGER NOT NULL
);
CREATE INDEX quarantine_by_row ON quarantine (row) WHERE row <> 0;

CREATE TABLE golden (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    state INTEGER NOT NULL,        -- 0 live, 1 merged, 2 removed
    merged_into TEXT NOT NULL,
    created_run INTEGER NOT NULL,
    updated_run INTEGER NOT NULL,
    revision INTEGER NOT NULL
);
CREATE TABLE golden_bodies (number INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE links (row INTEGER PRIMARY KEY, golden INTEGER NOT NULL);
CREATE INDEX links_by_golden ON links (golden);
CREATE TABLE changes (
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL,
    golden_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX changes_by_run ON changes (run);
)sql";

// Where a record stood when it was landed, for people. Beside the payload, since both are written
// with it and read with it.
constexpr const char* kVersion2 = R"sql(
ALTER TABLE payloads ADD COLUMN place TEXT NOT NULL DEFAULT '';
)sql";

// What the last finished read of a stream kept, to tell whether the next has anything to read.
constexpr const char* kVersion3 = R"sql(
CREATE TABLE states (
    stream INTEGER PRIMARY KEY,
    version TEXT NOT NULL,         -- of config and plugin: for another it does not hold
    state TEXT NOT NULL            -- JSON; the plugin's own
);
)sql";

// What is kept of a source's columns, to tell drift by, and the mapping that `mapping: auto` made.
constexpr const char* kVersion4 = R"sql(
CREATE TABLE kept_mappings (
    source INTEGER PRIMARY KEY,
    version TEXT NOT NULL,         -- the mapping version that `profile` was made under
    mapping TEXT NOT NULL,         -- JSON; empty where the config has the mapping
    profile TEXT NOT NULL,         -- JSON: columns and kinds of values, never values
    run INTEGER NOT NULL,          -- in which the mapping was made
    settled_run INTEGER NOT NULL,  -- in which `profile` was made
    drift TEXT NOT NULL            -- JSON: what that run found changed
);
)sql";

// What an edited row of a source without ids is found by, and what people made of records that
// could not be used.
constexpr const char* kVersion5 = R"sql(
CREATE TABLE found_by (            -- records that are not found by their id
    row INTEGER PRIMARY KEY,
    hash BLOB NOT NULL             -- of the id that the content would have
);
CREATE TABLE corrections (
    source INTEGER NOT NULL,
    stream TEXT NOT NULL,
    content BLOB NOT NULL,         -- hash of what the source yields
    record TEXT NOT NULL,
    entry TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    PRIMARY KEY (source, stream, content)
) WITHOUT ROWID;
ALTER TABLE payloads ADD COLUMN corrected BLOB;  -- corrections.content
ALTER TABLE quarantine ADD COLUMN content BLOB;  -- hash of what the source yielded
)sql";

// What each destination has of the roster, and what it would not take.
constexpr const char* kVersion6 = R"sql(
CREATE TABLE destinations (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    version TEXT NOT NULL,         -- what is delivered depends on it: connector, config
    whole_run INTEGER NOT NULL     -- of the last complete write under this version; 0: none
);
CREATE TABLE deliveries (
    destination INTEGER NOT NULL,
    golden INTEGER NOT NULL,
    taken INTEGER NOT NULL,        -- the revision that it has; 0: none; -1: some, not known which
    rejected INTEGER NOT NULL,     -- the revision that it would not take; 0: none; -1: its removal
    kind INTEGER NOT NULL,         -- what it was last told to do: 1 create, 2 update, 3 remove
    run INTEGER NOT NULL,          -- in which it was
    reason TEXT NOT NULL,          -- of the rejection
    payload BLOB,                  -- the record that it has, where its connector is told of it
    PRIMARY KEY (destination, golden)
) WITHOUT ROWID;
)sql";

// Records that tell about another one of their source, and full reads of streams that are else read
// by their changes.
constexpr const char* kVersion7 = R"sql(
CREATE TABLE unsettled (           -- they were normalized, and no merge has come to its end since
    row INTEGER PRIMARY KEY,
    cause INTEGER NOT NULL         -- why they were
);
CREATE INDEX quarantine_of_match ON quarantine (row) WHERE stage = 'match';
ALTER TABLE checkpoints ADD COLUMN whole INTEGER NOT NULL DEFAULT 0;  -- of a full read, unfinished
ALTER TABLE ledgers ADD COLUMN whole INTEGER NOT NULL DEFAULT 0;      -- the finished read was full
)sql";

// What people said of two records, for ever and by name: a record may go and come back under
// another number. And what the last matching could not settle, for people to judge.
constexpr const char* kVersion8 = R"sql(
CREATE TABLE decisions (           -- none is ever deleted
    number INTEGER PRIMARY KEY,
    verdict INTEGER NOT NULL,      -- 0 different, 1 same
    source_a TEXT NOT NULL,
    stream_a TEXT NOT NULL,
    record_a TEXT NOT NULL,
    source_b TEXT NOT NULL,
    stream_b TEXT NOT NULL,
    record_b TEXT NOT NULL,
    who TEXT NOT NULL,
    at INTEGER NOT NULL,
    note TEXT NOT NULL,
    undone_at INTEGER,             -- it holds no more
    undone_by TEXT NOT NULL
);
CREATE TABLE review_pairs (
    rank INTEGER PRIMARY KEY,      -- the most informative first
    row_a INTEGER NOT NULL,
    row_b INTEGER NOT NULL,
    weight REAL NOT NULL,
    probability REAL NOT NULL,
    reason TEXT NOT NULL
);
)sql";

constexpr std::array kMigrations{Migration{1, kVersion1}, Migration{2, kVersion2},
                                 Migration{3, kVersion3}, Migration{4, kVersion4},
                                 Migration{5, kVersion5}, Migration{6, kVersion6},
                                 Migration{7, kVersion7}, Migration{8, kVersion8}};

Error foreign(const std::filesystem::path& path) {
    return Error{ErrorKind::Config,
                 fmt::format("'{}' is not a Coterie store, or its first bytes are damaged; name "
                             "another file under 'store:', or restore it from a backup",
                             path.string())};
}

Result<void> apply(Database& database, const Migration& step) {
    const auto doing = fmt::format("migrating it to version {}", step.version);
    COTERIE_TRY_VOID(database.execute("BEGIN IMMEDIATE", doing));
    const auto header = fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}; COMMIT",
                                    kApplicationId, step.version);
    auto done = database.execute(step.sql, doing);
    if (done) {
        done = database.execute(header.c_str(), doing);
    }
    if (!done && database.in_transaction()) {
        // Should the undoing fail too, closing the file undoes it; the first error is the cause.
        static_cast<void>(database.execute("ROLLBACK", doing));
    }
    return done;
}

}  // namespace

std::span<const Migration> migrations() {
    return kMigrations;
}

Error newer_store(const std::filesystem::path& path, int version, int known) {
    return Error{ErrorKind::Fatal,
                 fmt::format("store '{}' was written by a newer Coterie (store version {}, this "
                             "one knows {}); upgrade Coterie",
                             path.string(), version, known)};
}

Result<StoreKind> identify(Database& database) {
    constexpr std::string_view kDoing = "reading its header";
    auto tables = database.query("SELECT count(*) FROM sqlite_master");
    const bool read = tables.next();
    if (!read && (tables.code() & 0xff) == SQLITE_NOTADB) {
        return foreign(database.path());
    }
    COTERIE_TRY_VOID(tables.result(kDoing));
    COTERIE_TRY(const auto application, database.integer("PRAGMA application_id", kDoing));
    COTERIE_TRY(const auto version, database.integer("PRAGMA user_version", kDoing));
    const bool nothing_in_it = tables.integer(0) == 0 && application == 0 && version == 0;
    if (!nothing_in_it && application != kApplicationId) {
        return foreign(database.path());
    }
    return StoreKind{nothing_in_it, static_cast<int>(version)};
}

Result<void> migrate(Database& database, std::span<const Migration> steps) {
    COTERIE_CHECK(!steps.empty());
    COTERIE_TRY(const auto kind, identify(database));
    if (kind.version > steps.back().version) {
        return newer_store(database.path(), kind.version, steps.back().version);
    }
    for (const auto& step : steps) {
        if (step.version > kind.version) {
            COTERIE_TRY_VOID(apply(database, step));
        }
    }
    return {};
}

}  // namespace coterie::store
