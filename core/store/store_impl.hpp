/// What the parts of the SQLite store share; for store*.cpp only.
#pragma once

#include "store/database.hpp"
#include "store/run_lock.hpp"
#include "store/store.hpp"

#include <map>
#include <optional>
#include <set>
#include <utility>

namespace coterie::store {

using StreamId = std::uint32_t;

struct StreamInfo {
    SourceId source = 0;
    std::string source_name;
    std::string name;
};

/// Numbers that are given out once, and never again.
struct Counters {
    std::int64_t row = 0;
    std::int64_t golden = 0;
    friend bool operator==(const Counters&, const Counters&) = default;
};

/// First and last of rows without a gap.
struct RowRun {
    Row first = 0;
    Row last = 0;
};

struct Store::Impl {
    Impl(std::unique_ptr<Database> opened, std::optional<RunLock> held)
        : lock(std::move(held)), database(std::move(opened)) {}

    // The lock is let go of last: while the database closes it still writes.
    std::optional<RunLock> lock;
    std::unique_ptr<Database> database;
    Codec codec;

    // What is known of the open transaction; forgotten when it ends.
    bool in_step = false;
    std::optional<Error> step_failure;  ///< an inner call failed: the step must not be committed
    std::optional<Counters> counters, counters_stored;
    std::set<std::pair<StreamId, RunNumber>> ledgers_changed;
    // Kept from one transaction to the next, until one is undone.
    std::map<std::pair<SourceId, std::string>, StreamId, std::less<>> stream_ids;
    std::map<StreamId, StreamInfo> streams;

    /// Runs a public call's writing: in the open step, or in a transaction of its own.
    template <class F>
    Result<void> write(std::string_view doing, F&& action) {
        if (!in_step) {
            return alone(doing, std::forward<F>(action));
        }
        Result<void> done = action();
        if (!done && !step_failure) {
            step_failure = done.error();
        }
        return done;
    }
    /// Runs `action` in a transaction; whatever leaves it but success undoes it.
    template <class F>
    Result<void> alone(std::string_view doing, F&& action) {
        COTERIE_TRY_VOID(begin(doing));
        UndoUnlessDone undo{this};
        COTERIE_TRY_VOID(action());
        COTERIE_TRY_VOID(commit(doing));
        undo.impl = nullptr;
        return {};
    }

    /// Runs many reading statements under one read lock, on one state of the store.
    template <class F>
    Result<void> read(std::string_view doing, F&& action) {
        const bool open_already = database->in_transaction();
        if (!open_already) {
            COTERIE_TRY_VOID(database->execute("BEGIN", doing));
        }
        struct Close {
            Impl* impl;
            ~Close() {
                if (impl != nullptr) {
                    impl->undo_reading();
                }
            }
        } close{open_already ? nullptr : this};
        return action();
    }

    Result<void> begin(std::string_view doing);
    Result<void> commit(std::string_view doing);
    void undo();
    void undo_reading();
    Result<void> check_ledgers();

    Result<Counters*> load_counters();
    Result<void> save_counters();

    /// The stream's number; nothing when it was never landed.
    Result<std::optional<StreamId>> find_stream(SourceId source, std::string_view stream);
    Result<StreamId> make_stream(SourceId source, const std::string& stream);
    Result<const StreamInfo*> stream_info(StreamId stream);

    /// Adds to the rows whose clusters have to be looked at again.
    Result<void> touch(std::span<const Row> rows);
    /// The same of those of these records that are Live.
    Result<void> touch_records(const Store& store, std::span<const RecordKey> keys);
    Result<void> remember_range(StreamId stream, RowRun rows);
    /// Fills in what records are found by that are not found by their id. \param index  by row.
    Result<void> add_found_by(std::vector<IndexEntry>& index);
    /// Fills in why records of an index wait to be normalized. \param index  by row.
    Result<void> add_causes(std::vector<IndexEntry>& index);

    /// Facts and bodies as they lie in the store.
    [[nodiscard]] std::string pack(std::string_view raw) { return codec.compress(raw); }
    Result<std::string> unpack(std::string_view packed, std::string_view doing) {
        return codec.decompress(packed).transform_error(within(std::string(doing)));
    }

    [[nodiscard]] Error error(std::string_view doing, std::string_view what) const;

  private:
    struct UndoUnlessDone {
        Impl* impl;
        ~UndoUnlessDone() {
            if (impl != nullptr) {
                impl->undo();
            }
        }
    };
};

/// Calls `visit` with each gapless run of the ascending `rows`; stops at the first error.
template <class F>
Result<void> for_each_run(std::span<const Row> rows, F&& visit) {
    for (std::size_t first = 0; first < rows.size();) {
        std::size_t last = first;
        while (last + 1 < rows.size() && rows[last + 1] == rows[last] + 1) {
            ++last;
        }
        COTERIE_TRY_VOID(visit(RowRun{rows[first], rows[last]}));
        first = last + 1;
    }
    return {};
}

}  // namespace coterie::store
