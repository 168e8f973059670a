#include "store/database.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cerrno>
#include <cstring>

namespace coterie::store {

namespace {

/// How long to wait for a lock that another program holds for a moment.
constexpr int kBusyWaitMsMax = 5000;

struct Advice {
    ErrorKind kind;
    const char* text;
};

Advice advice_for(int code, int system_error) {
    constexpr Advice kFull{ErrorKind::Fatal,
                           "the disk, quota or file-size limit is used up: free some space and run "
                           "again; nothing that was committed is lost"};
    switch (code & 0xff) {
    case SQLITE_FULL:
        return kFull;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return {ErrorKind::Transient,
                "another program holds the file: end it (a database browser?) and run again"};
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return {ErrorKind::Fatal,
                "the file or its folder cannot be written by this user: mend its permissions"};
    case SQLITE_CANTOPEN:
        return {ErrorKind::Fatal,
                "the folder must exist, and it and the file must be open to this user"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return {ErrorKind::Fatal, "the file is damaged: restore it from a backup"};
    case SQLITE_NOMEM:
        return {ErrorKind::Fatal, "the process ran out of memory: give it more and run again"};
    case SQLITE_TOOBIG:
        return {ErrorKind::Data, "the value is larger than a store can keep (1 GB)"};
    case SQLITE_IOERR:
        if (system_error == EFBIG || system_error == ENOSPC || system_error == EDQUOT) {
            return kFull;
        }
        return {ErrorKind::Fatal, "the disk reported an error: look at it (dmesg) before the next "
                                  "run; nothing that was committed is lost"};
    default:
        return {ErrorKind::Fatal, "run 'coterie doctor'; if it finds nothing, report this"};
    }
}

/// The path as a SQLite URI wants it.
std::string uri_of(const std::filesystem::path& path, std::string_view parameters) {
    std::string uri = "file:";
    for (const char c : path.string()) {
        if (c == '?' || c == '#' || c == '%') {
            uri += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        } else {
            uri += c;
        }
    }
    return uri.append(parameters);
}

}  // namespace

Error database_error(const std::filesystem::path& path, std::string_view doing, int code,
                     int system_error, std::string_view message) {
    const auto advice = advice_for(code, system_error);
    std::string cause(message);
    const bool system_cause = (code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN;
    if (system_cause && system_error != 0) {
        cause += fmt::format(" ({})", std::strerror(system_error));
    }
    return Error{advice.kind, fmt::format("store '{}': {}: {} (sqlite {}); {}", path.string(),
                                          doing, cause, code, advice.text)};
}

// --- Query -----------------------------------------------------------------------------------

Query::Query(Database& database, const char* sql)
    : database_(database), statement_(database.take(sql)), sql_(sql) {
    if (statement_ == nullptr) {
        note_failure();
    }
}

Query::~Query() {
    if (statement_ != nullptr) {
        sqlite3_reset(statement_);
        sqlite3_clear_bindings(statement_);
        database_.give_back(sql_, statement_);
    }
}

void Query::rewind() {
    if (statement_ != nullptr) {
        sqlite3_reset(statement_);
    }
}

void Query::note_failure() {
    if (code_ == SQLITE_OK) {  // the first failure is the cause of the others
        code_ = sqlite3_extended_errcode(database_.handle_);
        system_error_ = sqlite3_system_errno(database_.handle_);
        if (system_error_ == 0) {
            system_error_ = errno;  // SQLite does not note it when a COMMIT fails
        }
        message_ = sqlite3_errmsg(database_.handle_);
    }
}

bool Query::next() {
    if (code_ != SQLITE_OK) {
        return false;
    }
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) {
        return true;
    }
    if (code != SQLITE_DONE) {
        note_failure();
    }
    return false;
}

bool Query::run() {
    next();
    return code_ == SQLITE_OK;
}

Result<void> Query::result(std::string_view doing) const {
    if (code_ == SQLITE_OK) {
        return {};
    }
    return database_error(database_.path(), doing, code_, system_error_, message_);
}

std::int64_t Query::integer(int column) const {
    return sqlite3_column_int64(statement_, column);
}

double Query::real(int column) const {
    return sqlite3_column_double(statement_, column);
}

std::string_view Query::bytes(int column) const {
    // Asked for as a blob, a text is not copied to get its closing zero.
    const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
    return data == nullptr ? std::string_view() : std::string_view(data, size);
}

bool Query::is_null(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

void Query::bind_integer(int place, std::int64_t value) {
    if (statement_ != nullptr && sqlite3_bind_int64(statement_, place, value) != SQLITE_OK) {
        note_failure();
    }
}

void Query::bind_real(int place, double value) {
    if (statement_ != nullptr && sqlite3_bind_double(statement_, place, value) != SQLITE_OK) {
        note_failure();
    }
}

void Query::bind_bytes(int place, std::string_view value, bool text) {
    if (statement_ == nullptr) {
        return;
    }
    const char* data = value.data() == nullptr ? "" : value.data();
    const auto size = static_cast<sqlite3_uint64>(value.size());
    const int code =
        text ? sqlite3_bind_text64(statement_, place, data, size, SQLITE_STATIC, SQLITE_UTF8)
             : sqlite3_bind_blob64(statement_, place, data, size, SQLITE_STATIC);
    if (code != SQLITE_OK) {
        note_failure();
    }
}

void Query::bind_null(int place) {
    if (statement_ != nullptr && sqlite3_bind_null(statement_, place) != SQLITE_OK) {
        note_failure();
    }
}

// --- Database --------------------------------------------------------------------------------

Result<std::unique_ptr<Database>> Database::open(const std::filesystem::path& path, Open how) {
    std::unique_ptr<Database> database(new Database(path));
    const auto uri = uri_of(path, how == Open::Immutable ? "?immutable=1" : "");
    const int access =
        how == Open::Create ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
    const int flags = access | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX;
    const int code = sqlite3_open_v2(uri.c_str(), &database->handle_, flags, nullptr);
    if (code != SQLITE_OK) {
        const int system_error =
            database->handle_ == nullptr ? 0 : sqlite3_system_errno(database->handle_);
        return database_error(path, "opening it", code, system_error, sqlite3_errstr(code));
    }
    sqlite3_extended_result_codes(database->handle_, 1);
    sqlite3_busy_timeout(database->handle_, kBusyWaitMsMax);
    return database;
}

Database::~Database() {
    for (auto& [sql, statements] : idle_) {
        for (auto* statement : statements) {
            sqlite3_finalize(statement);
        }
    }
    sqlite3_close_v2(handle_);
}

Result<void> Database::execute(const char* sql, std::string_view doing) {
    if (sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
        return database_error(path_, doing, sqlite3_extended_errcode(handle_),
                              sqlite3_system_errno(handle_), sqlite3_errmsg(handle_));
    }
    return {};
}

Result<std::int64_t> Database::integer(const char* sql, std::string_view doing) {
    auto rows = query(sql);
    const std::int64_t value = rows.next() ? rows.integer(0) : 0;
    COTERIE_TRY_VOID(rows.result(doing));
    return value;
}

bool Database::in_transaction() const {
    return sqlite3_get_autocommit(handle_) == 0;
}

std::int64_t Database::rows_changed() const {
    return sqlite3_changes64(handle_);
}

sqlite3_stmt* Database::take(const char* sql) {
    auto& idle = idle_[sql];
    if (!idle.empty()) {
        auto* statement = idle.back();
        idle.pop_back();
        return statement;
    }
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare_v3(handle_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    return statement;
}

void Database::give_back(const char* sql, sqlite3_stmt* statement) {
    idle_[sql].push_back(statement);
}

}  // namespace coterie::store
