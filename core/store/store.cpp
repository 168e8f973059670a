// The store as a whole: opening, transactions, runs, sources, and its own safety.
#include "store/store.hpp"

#include "base/check.hpp"
#include "store/schema.hpp"
#include "store/store_impl.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace coterie::store {

namespace {

constexpr std::string_view kScheme = "sqlite:";

/// Measured (docs/decisions/0003): golden records and links are put in 7.3 s instead of 11.7 s with
/// 4 KiB. Only an empty file takes a page size.
constexpr const char* kPageSize = "PRAGMA page_size = 8192";
/// A commit is safe against kill -9 at once; against a power cut from the next checkpoint on (the
/// store then is as some earlier commit left it, never half of one).
constexpr const char* kWriterSettings = "PRAGMA synchronous = NORMAL;"
                                        "PRAGMA wal_autocheckpoint = 4000;"
                                        "PRAGMA journal_size_limit = 67108864;";
/// 48 MB of pages at most. What is deleted or replaced is overwritten: a person's data does not
/// stay behind in free space.
constexpr const char* kSettings = "PRAGMA cache_size = -48000;"
                                  "PRAGMA secure_delete = ON;"
                                  "PRAGMA trusted_schema = OFF;"
                                  "PRAGMA cell_size_check = ON;";

Result<std::filesystem::path> path_of(const std::string& uri) {
    if (uri.size() <= kScheme.size() || !uri.starts_with(kScheme)) {
        // Only what stands before the colon is shown: what follows may hold a password.
        return Error{ErrorKind::Config,
                     fmt::format("the store's address starts with '{}'; it must be sqlite:PATH",
                                 uri.substr(0, uri.find(':')))};
    }
    return std::filesystem::absolute(uri.substr(kScheme.size()));
}

/// Makes the file with mode 0600 if there is none; SQLite gives its journal the same mode.
Result<void> make_private_file(const std::filesystem::path& path) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor >= 0) {
        ::close(descriptor);
        return {};
    }
    if (errno == EEXIST) {
        return {};
    }
    return Error{ErrorKind::Fatal,
                 fmt::format("store '{}': creating it: {}; the folder must exist and be writable "
                             "by this user",
                             path.string(), std::strerror(errno))};
}

Result<void> use_write_ahead_log(Database& database) {
    auto mode = database.query("PRAGMA journal_mode = WAL");
    const bool set = mode.next() && mode.bytes(0) == "wal";
    COTERIE_TRY_VOID(mode.result("turning its write-ahead log on"));
    if (!set) {
        return Error{ErrorKind::Fatal,
                     fmt::format("store '{}': its file system cannot hold a write-ahead log; put "
                                 "it on a local disk",
                                 database.path().string())};
    }
    return {};
}

Result<std::unique_ptr<Database>> open_for_writing(const std::filesystem::path& path) {
    COTERIE_TRY_VOID(make_private_file(path));
    COTERIE_TRY(auto database, Database::open(path, Database::Open::Create));
    // Nothing is written before it is known that the file is ours and not from the future.
    COTERIE_TRY(const auto kind, identify(*database));
    if (kind.version > migrations().back().version) {
        return newer_store(path, kind.version, migrations().back().version);
    }
    if (kind.empty) {
        COTERIE_TRY_VOID(database->execute(kPageSize, "setting it up"));
    }
    COTERIE_TRY_VOID(use_write_ahead_log(*database));
    COTERIE_TRY_VOID(database->execute(kWriterSettings, "setting it up"));
    COTERIE_TRY_VOID(migrate(*database, migrations()));
    return database;
}

/// Opens a file that this user may read only, in a folder that it may not write: SQLite cannot
/// make the files that readers and a writer share. Sound as long as nobody writes; a journal
/// beside the file says that somebody does, or was killed doing so.
Result<std::unique_ptr<Database>> open_unwritable(const std::filesystem::path& path, Error why) {
    std::error_code ignored;
    if (std::filesystem::exists(path.string() + "-wal", ignored)) {
        return why;
    }
    return Database::open(path, Database::Open::Immutable);
}

Result<std::unique_ptr<Database>> open_for_reading(const std::filesystem::path& path) {
    std::error_code unreadable;
    if (!std::filesystem::exists(path, unreadable)) {
        return Error{ErrorKind::Fatal,
                     fmt::format("store '{}' {}; 'coterie run' makes it", path.string(),
                                 unreadable ? unreadable.message() : "does not exist")};
    }
    COTERIE_TRY(auto database, Database::open(path, Database::Open::ReadOnly));
    auto kind = identify(*database);
    if (!kind && kind.error().kind == ErrorKind::Fatal && ::access(path.c_str(), R_OK) == 0 &&
        ::access(path.parent_path().c_str(), W_OK) != 0) {
        COTERIE_TRY(database, open_unwritable(path, kind.error()));
        kind = identify(*database);
    }
    COTERIE_TRY(const auto found, std::move(kind));
    const int known = migrations().back().version;
    if (found.version > known) {
        return newer_store(path, found.version, known);
    }
    if (found.version < known) {
        return Error{ErrorKind::Fatal,
                     fmt::format("store '{}' was written by an older Coterie (store version {}, "
                                 "this one reads {}); 'coterie run' brings it up to date",
                                 path.string(), found.version, known)};
    }
    return database;
}

Run read_run(const Query& rows) {
    Run run;
    run.number = rows.number<RunNumber>(0);
    run.started_at = Timestamp(std::chrono::seconds(rows.integer(1)));
    if (!rows.is_null(2)) {
        run.finished_at = Timestamp(std::chrono::seconds(rows.integer(2)));
    }
    if (!rows.is_null(3)) {
        run.summary = nlohmann::json::parse(rows.bytes(3), nullptr, false);
    }
    return run;
}

std::int64_t seconds_of(Timestamp time) {
    return time.time_since_epoch().count();
}

}  // namespace

// --- Opening ---------------------------------------------------------------------------------

Result<std::unique_ptr<Store>> Store::open(const std::string& uri, Access access) {
    COTERIE_TRY(const auto path, path_of(uri));
    std::optional<RunLock> lock;
    if (access == Access::ReadWrite) {
        COTERIE_TRY(auto taken, RunLock::take(path, system_now()));
        lock.emplace(std::move(taken));
    }
    COTERIE_TRY(auto database,
                access == Access::ReadWrite ? open_for_writing(path) : open_for_reading(path));
    COTERIE_TRY_VOID(database->execute(kSettings, "setting it up"));
    return std::unique_ptr<Store>(
        new Store(std::make_unique<Impl>(std::move(database), std::move(lock))));
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;

std::filesystem::path Store::path() const {
    return impl_->database->path();
}

// --- Transactions ----------------------------------------------------------------------------

Result<void> Store::transaction(const std::function<Result<void>()>& step) {
    COTERIE_CHECK(!impl_->in_step);
    struct Leave {
        bool& in_step;
        ~Leave() { in_step = false; }
    } leave{impl_->in_step};
    return impl_->alone("committing a step", [&]() -> Result<void> {
        impl_->in_step = true;
        impl_->step_failure.reset();
        COTERIE_TRY_VOID(step());
        if (impl_->step_failure) {
            return *impl_->step_failure;
        }
        return {};
    });
}

Result<void> Store::Impl::begin(std::string_view doing) {
    auto statement = database->query("BEGIN IMMEDIATE");
    statement.with().run();
    return statement.result(doing);
}

Result<void> Store::Impl::commit(std::string_view doing) {
    COTERIE_TRY_VOID(check_ledgers());
    COTERIE_TRY_VOID(save_counters());
    auto statement = database->query("COMMIT");
    statement.with().run();
    COTERIE_TRY_VOID(statement.result(doing));
    counters.reset();
    return {};
}

void Store::Impl::undo() {
    counters.reset();
    ledgers_changed.clear();
    stream_ids.clear();
    streams.clear();
    if (database->in_transaction()) {  // after some errors SQLite has undone it by itself
        // Should it fail, the next BEGIN says so, and closing the file undoes it.
        auto statement = database->query("ROLLBACK");
        statement.with().run();
    }
}

void Store::Impl::undo_reading() {
    auto statement = database->query("ROLLBACK");
    statement.with().run();
}

Result<void> Store::Impl::check_ledgers() {
    for (const auto& [stream, run] : ledgers_changed) {
        auto rows = database->query("SELECT read = created + changed + unchanged + quarantined + "
                                    "suppressed FROM ledgers WHERE stream = ?1 AND run = ?2");
        const bool found = rows.with(stream, run).next();
        COTERIE_TRY_VOID(rows.result("checking the ledger"));
        const bool ledger_balances = found && rows.integer(0) != 0;
        COTERIE_CHECK(ledger_balances);
    }
    ledgers_changed.clear();
    return {};
}

Result<Counters*> Store::Impl::load_counters() {
    if (!counters) {
        counters.emplace();
        auto rows = database->query("SELECT value FROM counters WHERE name = ?1");
        if (rows.with("row").next()) {
            counters->row = rows.integer(0);
        }
        if (rows.with("golden").next()) {
            counters->golden = rows.integer(0);
        }
        COTERIE_TRY_VOID(rows.result("reading its counters"));
        counters_stored = counters;
    }
    return &*counters;
}

Result<void> Store::Impl::save_counters() {
    if (!counters || counters == counters_stored) {
        return {};
    }
    auto change = database->query("UPDATE counters SET value = ?2 WHERE name = ?1");
    change.with("row", counters->row).run();
    change.with("golden", counters->golden).run();
    return change.result("writing its counters");
}

Error Store::Impl::error(std::string_view doing, std::string_view what) const {
    return Error{ErrorKind::Fatal,
                 fmt::format("store '{}': {}: {}", database->path().string(), doing, what)};
}

// --- Runs ------------------------------------------------------------------------------------

Result<Run> Store::begin_run(Timestamp now) {
    constexpr std::string_view kDoing = "beginning a run";
    Run run;
    const auto step = [&]() -> Result<void> {
        COTERIE_TRY(auto last, runs(1));
        if (!last.empty() && !last.front().finished_at) {
            run = std::move(last.front());
            run.resumed = true;
            return {};
        }
        auto next = impl_->database->query(
            "UPDATE counters SET value = value + 1 WHERE name = 'run' RETURNING value");
        if (next.with().next()) {
            run.number = next.number<RunNumber>(0);
            next.next();  // to its end: only then it is done
        }
        COTERIE_TRY_VOID(next.result(kDoing));
        run.started_at = now;
        auto insert =
            impl_->database->query("INSERT INTO runs (number, started_at) VALUES (?1, ?2)");
        insert.with(run.number, seconds_of(now)).run();
        return insert.result(kDoing);
    };
    COTERIE_TRY_VOID(impl_->write(kDoing, step));
    return run;
}

Result<void> Store::finish_run(RunNumber run, Timestamp now, const nlohmann::json& summary) {
    constexpr std::string_view kDoing = "finishing the run";
    return impl_->write(kDoing, [&]() -> Result<void> {
        const auto text = summary.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
        auto change = impl_->database->query(
            "UPDATE runs SET finished_at = ?2, summary = ?3 WHERE number = ?1");
        change.with(run, seconds_of(now), text).run();
        COTERIE_TRY_VOID(change.result(kDoing));
        const bool run_exists = impl_->database->rows_changed() == 1;
        COTERIE_CHECK(run_exists);
        return {};
    });
}

Result<std::vector<Run>> Store::runs(std::size_t last) const {
    constexpr std::string_view kDoing = "reading runs";
    auto rows = impl_->database->query("SELECT number, started_at, finished_at, summary FROM runs "
                                       "ORDER BY number DESC LIMIT ?1");
    std::vector<Run> found;
    rows.with(std::min<std::size_t>(last, INT32_MAX));
    while (rows.next()) {
        found.push_back(read_run(rows));
        if (found.back().summary.is_discarded()) {
            return impl_->error(kDoing, fmt::format("the summary of run {} is damaged; restore the "
                                                    "store from a backup",
                                                    found.back().number));
        }
    }
    COTERIE_TRY_VOID(rows.result(kDoing));
    return found;
}

Result<std::optional<Run>> Store::run(RunNumber number) const {
    constexpr std::string_view kDoing = "reading a run";
    auto rows = impl_->database->query(
        "SELECT number, started_at, finished_at, summary FROM runs WHERE number = ?1");
    std::optional<Run> found;
    if (rows.with(number).next()) {
        found = read_run(rows);
        if (found->summary.is_discarded()) {
            return impl_->error(kDoing, "its summary is damaged; restore the store from a backup");
        }
    }
    COTERIE_TRY_VOID(rows.result(kDoing));
    return found;
}

// --- Sources ---------------------------------------------------------------------------------

Result<SourceId> Store::source_id(const std::string& name) {
    constexpr std::string_view kDoing = "looking a source up";
    SourceId id = 0;
    auto rows = impl_->database->query("SELECT id FROM sources WHERE name = ?1");
    if (rows.with(name).next()) {
        id = rows.number<SourceId>(0);
    }
    COTERIE_TRY_VOID(rows.result(kDoing));
    if (id != 0) {
        return id;
    }
    const auto step = [&]() -> Result<void> {
        auto insert = impl_->database->query(
            "INSERT INTO sources (id, name) SELECT coalesce(max(id), 0) + 1, ?1 FROM sources "
            "RETURNING id");
        if (insert.with(name).next()) {
            id = insert.number<SourceId>(0);
            insert.next();
        }
        return insert.result(kDoing);
    };
    COTERIE_TRY_VOID(impl_->write(kDoing, step));
    return id;
}

Result<std::vector<std::string>> Store::source_names() const {
    auto rows = impl_->database->query("SELECT name FROM sources ORDER BY id");
    std::vector<std::string> names;
    while (rows.next()) {
        names.emplace_back(rows.bytes(0));
    }
    COTERIE_TRY_VOID(rows.result("reading its sources"));
    return names;
}

Result<std::uint64_t> Store::set_mapping_version(SourceId source, std::string_view version) {
    constexpr std::string_view kDoing = "putting a source's records up for normalizing";
    std::uint64_t count = 0;
    const auto step = [&]() -> Result<void> {
        auto change = impl_->database->query("UPDATE sources SET mapping_version = ?2 "
                                             "WHERE id = ?1 AND mapping_version <> ?2");
        change.with(source, version).run();
        COTERIE_TRY_VOID(change.result(kDoing));
        if (impl_->database->rows_changed() == 0) {
            return {};
        }
        // Those that wait already keep their cause: it says more.
        auto insert = impl_->database->query(
            "INSERT OR IGNORE INTO pending (row, cause) SELECT r.row, ?2 FROM streams s "
            "CROSS JOIN row_ranges g ON g.stream = s.id "
            "CROSS JOIN records r ON r.row BETWEEN g.first AND g.last "
            "WHERE s.source = ?1 AND r.state <> 2");
        insert.with(source, Cause::Remapped).run();
        COTERIE_TRY_VOID(insert.result(kDoing));
        count = static_cast<std::uint64_t>(impl_->database->rows_changed());
        return {};
    };
    COTERIE_TRY_VOID(impl_->write(kDoing, step));
    return count;
}

Result<std::optional<KeptMapping>> Store::kept_mapping(SourceId source) const {
    auto row = impl_->database->query("SELECT version, mapping, profile, run, settled_run, drift "
                                      "FROM kept_mappings WHERE source = ?1");
    row.with(source);
    std::optional<KeptMapping> kept;
    if (row.next()) {
        kept = KeptMapping{std::string(row.bytes(0)), std::string(row.bytes(1)),
                           std::string(row.bytes(2)), row.number<RunNumber>(3),
                           row.number<RunNumber>(4),  std::string(row.bytes(5))};
    }
    COTERIE_TRY_VOID(row.result("reading a source's kept mapping"));
    return kept;
}

Result<void> Store::keep_mapping(SourceId source, const KeptMapping& kept) {
    constexpr std::string_view kDoing = "keeping a source's mapping";
    return impl_->write(kDoing, [&]() -> Result<void> {
        auto change = impl_->database->query(
            "INSERT INTO kept_mappings (source, version, mapping, profile, run, settled_run, "
            "drift) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (source) DO UPDATE SET version = ?2, "
            "mapping = ?3, profile = ?4, run = ?5, settled_run = ?6, drift = ?7");
        change
            .with(source, kept.version, kept.mapping, kept.profile, kept.run, kept.settled_run,
                  kept.drift)
            .run();
        return change.result(kDoing);
    });
}

Result<std::string> Store::match_model() const {
    auto found = impl_->database->query("SELECT value FROM settings WHERE name = 'match_model'");
    std::string model = found.next() ? std::string(found.bytes(0)) : std::string();
    COTERIE_TRY_VOID(found.result("reading the matching model"));
    return model;
}

Result<void> Store::set_match_model(std::string_view model) {
    constexpr std::string_view kDoing = "keeping the matching model";
    return impl_->write(kDoing, [&]() -> Result<void> {
        auto change =
            impl_->database->query("INSERT INTO settings (name, value) VALUES ('match_model', ?1) "
                                   "ON CONFLICT (name) DO UPDATE SET value = ?1 WHERE value <> ?1");
        change.with(model).run();
        return change.result(kDoing);
    });
}

Result<bool> Store::set_merge_version(std::string_view version) {
    constexpr std::string_view kDoing = "putting all records up for merging";
    bool differs = false;
    COTERIE_TRY_VOID(impl_->write(kDoing, [&]() -> Result<void> {
        auto change = impl_->database->query(
            "INSERT INTO settings (name, value) VALUES ('merge_version', ?1) "
            "ON CONFLICT (name) DO UPDATE SET value = ?1 WHERE value <> ?1");
        change.with(version).run();
        COTERIE_TRY_VOID(change.result(kDoing));
        differs = impl_->database->rows_changed() != 0;
        if (!differs) {
            return {};
        }
        std::vector<Row> rows;
        auto all = impl_->database->query("SELECT row FROM match_keys ORDER BY row");
        while (all.next()) {
            rows.push_back(all.number<Row>(0));
        }
        COTERIE_TRY_VOID(all.result(kDoing));
        return impl_->touch(rows);
    }));
    return differs;
}

Result<void> Store::copy_to(const std::filesystem::path& file) const {
    constexpr std::string_view kDoing = "copying it";
    auto copy = impl_->database->query("VACUUM INTO ?1");
    copy.with(file.string()).run();
    return copy.result(kDoing);
}

Result<std::optional<StreamId>> Store::Impl::find_stream(SourceId source, std::string_view stream) {
    const auto known = stream_ids.find(std::pair(source, std::string(stream)));
    if (known != stream_ids.end()) {
        return std::optional(known->second);
    }
    auto rows = database->query("SELECT id FROM streams WHERE source = ?1 AND name = ?2");
    std::optional<StreamId> id;
    if (rows.with(source, stream).next()) {
        id = rows.number<StreamId>(0);
        stream_ids.emplace(std::pair(source, std::string(stream)), *id);
    }
    COTERIE_TRY_VOID(rows.result("looking a stream up"));
    return id;
}

Result<StreamId> Store::Impl::make_stream(SourceId source, const std::string& stream) {
    COTERIE_TRY(const auto known, find_stream(source, stream));
    if (known) {
        return *known;
    }
    auto insert = database->query("INSERT INTO streams (id, source, name) SELECT "
                                  "coalesce(max(id), 0) + 1, ?1, ?2 FROM streams RETURNING id");
    StreamId id = 0;
    if (insert.with(source, stream).next()) {
        id = insert.number<StreamId>(0);
        insert.next();
    }
    COTERIE_TRY_VOID(insert.result("noting a stream"));
    stream_ids.emplace(std::pair(source, stream), id);
    return id;
}

Result<const StreamInfo*> Store::Impl::stream_info(StreamId stream) {
    const auto known = streams.find(stream);
    if (known != streams.end()) {
        return &known->second;
    }
    auto rows = database->query("SELECT s.source, o.name, s.name FROM streams s "
                                "JOIN sources o ON o.id = s.source WHERE s.id = ?1");
    const bool found = rows.with(stream).next();
    COTERIE_TRY_VOID(rows.result("looking a stream up"));
    if (!found) {
        return error("looking a stream up",
                     "a record's stream is missing; restore the store from a backup");
    }
    StreamInfo info{rows.number<SourceId>(0), std::string(rows.bytes(1)),
                    std::string(rows.bytes(2))};
    return &streams.emplace(stream, std::move(info)).first->second;
}

// --- Its own safety --------------------------------------------------------------------------

Result<std::vector<std::string>> Store::integrity_faults() const {
    constexpr std::string_view kDoing = "checking its integrity";
    std::vector<std::string> faults;
    auto rows = impl_->database->query("PRAGMA integrity_check(20)");
    while (rows.next()) {
        if (rows.bytes(0) != "ok") {
            faults.emplace_back(rows.bytes(0));
        }
    }
    COTERIE_TRY_VOID(rows.result(kDoing));
    struct Law {
        const char* broken;  ///< counts what breaks it
        const char* said;
    };
    // What the tables promise each other; SQLite knows nothing of it.
    static constexpr Law kLaws[] = {
        // Rows may be missing from a range: an edited row's content goes to the elder record.
        {"SELECT (SELECT count(*) FROM records) <> "
         "(SELECT count(*) FROM row_ranges g JOIN records r ON r.row BETWEEN g.first AND g.last)",
         "streams do not account for all records"},
        {"SELECT count(*) FROM records WHERE row > (SELECT value FROM counters WHERE name = 'row')",
         "records are numbered beyond the counter"},
        {"SELECT count(*) FROM golden WHERE number > "
         "(SELECT value FROM counters WHERE name = 'golden')",
         "golden records are numbered beyond the counter"},
        {"SELECT count(*) FROM records r LEFT JOIN payloads p USING (row) WHERE p.row IS NULL",
         "records lack their payload"},
        {"SELECT count(*) FROM found_by f LEFT JOIN records r USING (row) WHERE r.row IS NULL",
         "records that are not found by their id do not exist"},
        {"SELECT count(*) FROM pending p LEFT JOIN records r USING (row) "
         "WHERE r.row IS NULL OR r.state = 2",
         "pending rows are not of a record that is there"},
        {"SELECT count(*) FROM match_keys k LEFT JOIN records r USING (row) "
         "WHERE r.row IS NULL OR r.state = 2",
         "match keys are not of a record that is there"},
        {"SELECT count(*) FROM records r LEFT JOIN match_keys k USING (row) "
         "LEFT JOIN pending p USING (row) "
         "WHERE r.state = 0 AND k.row IS NULL AND p.row IS NULL",
         "live records are neither normalized nor pending"},
        {"SELECT count(*) FROM links l LEFT JOIN records r USING (row) "
         "LEFT JOIN golden g ON g.number = l.golden WHERE r.row IS NULL OR g.number IS NULL",
         "links lead to records that do not exist"},
        {"SELECT count(*) FROM ledgers WHERE read <> created + changed + unchanged + quarantined + "
         "suppressed",
         "ledgers do not balance"},
    };
    for (const auto& law : kLaws) {
        COTERIE_TRY(const auto broken, impl_->database->integer(law.broken, kDoing));
        if (broken != 0) {
            faults.push_back(fmt::format("{} ({})", law.said, broken));
        }
    }
    return faults;
}

}  // namespace coterie::store
