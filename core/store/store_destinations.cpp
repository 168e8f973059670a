// What destinations have of the roster.
#include "base/check.hpp"
#include "store/store.hpp"
#include "store/store_impl.hpp"

#include <fmt/format.h>

namespace coterie::store {

namespace {

DeliveredRecord read_delivered(const Query& rows) {
    DeliveredRecord record;
    record.golden = rows.number<GoldenNumber>(0);
    record.taken = rows.integer(1);
    record.rejected = rows.integer(2);
    record.kind = rows.number<DeliveryKind>(3);
    record.run = rows.number<RunNumber>(4);
    record.reason = rows.bytes(5);
    return record;
}

}  // namespace

Result<DestinationState> Store::destination(const std::string& name, std::string_view version) {
    constexpr std::string_view kDoing = "looking a destination up";
    DestinationState state;
    const auto step = [&]() -> Result<void> {
        auto rows =
            impl_->database->query("SELECT id, whole_run FROM destinations WHERE name = ?1");
        if (rows.with(name).next()) {
            state = {rows.number<DestinationId>(0), rows.number<RunNumber>(1)};
        }
        COTERIE_TRY_VOID(rows.result(kDoing));
        if (state.id == 0) {
            auto insert = impl_->database->query(
                "INSERT INTO destinations (id, name, version, whole_run) SELECT "
                "coalesce(max(id), 0) + 1, ?1, ?2, 0 FROM destinations RETURNING id");
            if (insert.with(name, version).next()) {
                state.id = insert.number<DestinationId>(0);
                insert.next();
            }
            return insert.result(kDoing);
        }
        auto change = impl_->database->query(
            "UPDATE destinations SET version = ?2, whole_run = 0 WHERE id = ?1 AND version <> ?2");
        change.with(state.id, version).run();
        COTERIE_TRY_VOID(change.result(kDoing));
        if (impl_->database->rows_changed() == 0) {
            return {};
        }
        state.whole_run = 0;
        auto outdate = impl_->database->query(
            "UPDATE deliveries SET taken = CASE taken WHEN 0 THEN 0 ELSE -1 END, rejected = 0, "
            "reason = '' WHERE destination = ?1");
        outdate.with(state.id).run();
        return outdate.result(kDoing);
    };
    COTERIE_TRY_VOID(impl_->write(kDoing, step));
    return state;
}

Result<void> Store::set_written_whole(DestinationId destination, RunNumber run) {
    constexpr std::string_view kDoing = "noting that a destination was written";
    return impl_->write(kDoing, [&]() -> Result<void> {
        auto change =
            impl_->database->query("UPDATE destinations SET whole_run = ?2 WHERE id = ?1");
        change.with(destination, run).run();
        COTERIE_TRY_VOID(change.result(kDoing));
        const bool destination_exists = impl_->database->rows_changed() == 1;
        COTERIE_CHECK(destination_exists);
        return {};
    });
}

Result<void>
Store::for_each_delivered(DestinationId destination,
                          const std::function<void(const DeliveredRecord&)>& visit) const {
    auto rows = impl_->database->query("SELECT golden, taken, rejected, kind, run, reason "
                                       "FROM deliveries WHERE destination = ?1 ORDER BY golden");
    rows.with(destination);
    while (rows.next()) {
        visit(read_delivered(rows));
    }
    return rows.result("reading what a destination has");
}

Result<std::optional<DeliveredRecord>> Store::delivered(DestinationId destination,
                                                        GoldenNumber golden) const {
    constexpr std::string_view kDoing = "reading what a destination has";
    auto rows = impl_->database->query("SELECT golden, taken, rejected, kind, run, reason, payload "
                                       "FROM deliveries WHERE destination = ?1 AND golden = ?2");
    std::optional<DeliveredRecord> found;
    if (rows.with(destination, golden).next()) {
        found = read_delivered(rows);
        if (!rows.is_null(6)) {
            COTERIE_TRY(found->payload, impl_->unpack(rows.bytes(6), kDoing));
        }
    }
    COTERIE_TRY_VOID(rows.result(kDoing));
    return found;
}

Result<void> Store::put_delivered(DestinationId destination,
                                  std::span<const DeliveredRecord> records) {
    constexpr std::string_view kDoing = "noting what a destination has";
    if (records.empty()) {
        return {};
    }
    return impl_->write(kDoing, [&]() -> Result<void> {
        auto put = impl_->database->query(
            "INSERT OR REPLACE INTO deliveries (destination, golden, taken, rejected, kind, run, "
            "reason, payload) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
        for (const auto& record : records) {
            if (record.payload) {
                const auto packed = impl_->pack(*record.payload);
                put.with(destination, record.golden, record.taken, record.rejected, record.kind,
                         record.run, record.reason, Blob{packed})
                    .run();
            } else {
                put.with(destination, record.golden, record.taken, record.rejected, record.kind,
                         record.run, record.reason, nullptr)
                    .run();
            }
        }
        return put.result(kDoing);
    });
}

Result<void> Store::forget_removed(DestinationId destination, RunNumber before) {
    constexpr std::string_view kDoing = "forgetting what a destination has no more";
    return impl_->write(kDoing, [&]() -> Result<void> {
        auto remove = impl_->database->query("DELETE FROM deliveries WHERE destination = ?1 AND "
                                             "taken = 0 AND ((rejected = 0 AND run < ?2) OR "
                                             "(rejected <> 0 AND golden IN "
                                             "(SELECT number FROM golden WHERE state <> 0)))");
        remove.with(destination, before).run();
        return remove.result(kDoing);
    });
}

Result<void> Store::for_each_rejection(const std::function<void(const Rejection&)>& visit) const {
    auto rows = impl_->database->query(
        "SELECT o.name, g.id, d.reason, d.run FROM deliveries d "
        "JOIN destinations o ON o.id = d.destination JOIN golden g ON g.number = d.golden "
        "WHERE d.rejected <> 0 ORDER BY o.name, g.id");
    while (rows.next()) {
        visit({std::string(rows.bytes(0)), std::string(rows.bytes(1)), std::string(rows.bytes(2)),
               rows.number<RunNumber>(3)});
    }
    return rows.result("reading what destinations would not take");
}

Result<std::uint64_t> Store::rejection_count() const {
    COTERIE_TRY(const auto count,
                impl_->database->integer("SELECT count(*) FROM deliveries WHERE rejected <> 0",
                                         "counting what destinations would not take"));
    return static_cast<std::uint64_t>(count);
}

Result<void> Store::reading(const std::function<Result<void>()>& calls) const {
    return impl_->read("reading it", calls);
}

}  // namespace coterie::store
