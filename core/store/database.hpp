/// One SQLite connection: prepared statements that are kept, and errors said in sentences.
#pragma once

#include "coterie/result.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace coterie::store {

/// Bytes to be bound as a blob, where a plain string_view is bound as text.
struct Blob {
    std::string_view bytes;
};

class Database;

/// A statement being used. Its text is a literal; the compiled form is kept by the database and
/// taken again by the next Query of the same literal (a nested one gets its own).
class Query {
  public:
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;
    ~Query();

    /// Starts anew with these values for ?1, ?2, …; they must outlive the stepping.
    template <class... Values>
    Query& with(const Values&... values) {
        rewind();
        int place = 0;
        (bind(++place, values), ...);
        return *this;
    }
    /// True: there is a row to read. False: no more, or it failed (see `result`).
    bool next();
    /// Runs a statement that gives no rows. False: it failed (see `result`).
    bool run();
    /// The failure of any step so far, with what was being done; else success.
    [[nodiscard]] Result<void> result(std::string_view doing) const;
    /// SQLite's code of the failure; 0 when there was none.
    [[nodiscard]] int code() const { return code_; }

    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] double real(int column) const;
    /// Text or blob; lives until the next step.
    [[nodiscard]] std::string_view bytes(int column) const;
    [[nodiscard]] bool is_null(int column) const;
    template <class T>
    [[nodiscard]] T number(int column) const {
        return static_cast<T>(integer(column));
    }

  private:
    friend class Database;
    Query(Database& database, const char* sql);
    void rewind();
    void note_failure();
    void bind_integer(int place, std::int64_t value);
    void bind_real(int place, double value);
    void bind_bytes(int place, std::string_view value, bool text);
    void bind_null(int place);
    template <class T>
    void bind(int place, const T& value) {
        if constexpr (std::is_same_v<T, Blob>) {
            bind_bytes(place, value.bytes, false);
        } else if constexpr (std::is_same_v<T, std::nullptr_t>) {
            bind_null(place);
        } else if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
            bind_integer(place, static_cast<std::int64_t>(value));
        } else if constexpr (std::is_floating_point_v<T>) {
            bind_real(place, static_cast<double>(value));
        } else {
            bind_bytes(place, value, true);
        }
    }

    Database& database_;
    sqlite3_stmt* statement_ = nullptr;
    const char* sql_;
    int code_ = 0;
    int system_error_ = 0;
    std::string message_;
};

/// One thread at a time.
class Database {
  public:
    enum class Open {
        Create,
        ReadOnly,
        Immutable,  ///< read-only, and nobody writes it: no locks, no journal
    };
    static Result<std::unique_ptr<Database>> open(const std::filesystem::path& path, Open how);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    /// \param sql a literal: its address is its key.
    [[nodiscard]] Query query(const char* sql) { return Query(*this, sql); }
    /// Runs statements that give no rows of interest.
    Result<void> execute(const char* sql, std::string_view doing);
    /// The single integer that `sql` gives.
    Result<std::int64_t> integer(const char* sql, std::string_view doing);
    /// Whether a transaction is open.
    [[nodiscard]] bool in_transaction() const;
    /// Rows that the last insert, update or delete touched.
    [[nodiscard]] std::int64_t rows_changed() const;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    friend class Query;
    explicit Database(std::filesystem::path path) : path_(std::move(path)) {}
    sqlite3_stmt* take(const char* sql);
    void give_back(const char* sql, sqlite3_stmt* statement);

    sqlite3* handle_ = nullptr;
    std::filesystem::path path_;
    /// Statements not in use, by their text's address.
    std::unordered_map<const char*, std::vector<sqlite3_stmt*>> idle_;
};

/// "store 'PATH': DOING: SQLITE'S MESSAGE; WHAT TO DO".
Error database_error(const std::filesystem::path& path, std::string_view doing, int code,
                     int system_error, std::string_view message);

}  // namespace coterie::store
