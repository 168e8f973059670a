/// A host for one source under test: keeps what it is told, and can say no or ask to stop.
#pragma once

#include "coterie/connector.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace coterie::test {

struct Quarantined {
    std::string raw;
    std::string where;
    std::string why;
    friend bool operator==(const Quarantined&, const Quarantined&) = default;
};

/// What one read told its host.
class RecordingHost {
  public:
    struct Record {
        std::string id;
        std::string json;
        std::string where;
        friend bool operator==(const Record&, const Record&) = default;
    };
    /// A cursor, and how much came before it.
    struct Checkpoint {
        nlohmann::json cursor;
        std::size_t records = 0;
        std::size_t quarantined = 0;
    };

    std::vector<Record> records;
    std::vector<Quarantined> quarantined;
    std::vector<Checkpoint> checkpoints;
    std::vector<std::string> logs;
    int restarts = 0, partials = 0;
    std::vector<std::string> replaced;  ///< beginnings of ids
    std::uint64_t progress_done = 0;
    std::uint64_t progress_total = 0;
    bool keep_records = true;  ///< else they are counted only
    std::size_t record_count = 0;
    std::size_t json_bytes = 0;
    std::size_t stop_after = SIZE_MAX;  ///< records; then the host asks to stop
    std::function<void()> on_record = [] {};
    std::optional<nlohmann::json> state;  ///< that was kept
    int unchanged = 0;                    ///< how often that was said

    /// One read, from `cursor` or the beginning.
    Result<void> read(Source& source, const std::optional<nlohmann::json>& cursor = {},
                      const std::optional<nlohmann::json>& last_state = {}) {
        coterie_host host{};
        host.size = sizeof host;
        host.context = this;
        host.record = [](void* self, coterie_bytes id, coterie_bytes json) {
            return of(self).take(text(id), text(json), {});
        };
        host.record_at = [](void* self, coterie_bytes id, coterie_bytes json, coterie_bytes where) {
            return of(self).take(text(id), text(json), text(where));
        };
        host.deleted = [](void*, coterie_bytes) -> int32_t { return COTERIE_OK; };
        host.partial = [](void* self) -> int32_t {
            ++of(self).partials;
            return COTERIE_OK;
        };
        host.replaces = [](void* self, coterie_bytes id_prefix) -> int32_t {
            of(self).replaced.emplace_back(text(id_prefix));
            return COTERIE_OK;
        };
        host.quarantine = [](void* self, coterie_bytes raw, coterie_bytes where,
                             coterie_bytes why) -> int32_t {
            of(self).quarantined.push_back(
                {std::string(text(raw)), std::string(text(where)), std::string(text(why))});
            return COTERIE_OK;
        };
        host.checkpoint = [](void* self, coterie_bytes cursor_text) -> int32_t {
            of(self).checkpoints.push_back({nlohmann::json::parse(text(cursor_text)),
                                            of(self).record_count, of(self).quarantined.size()});
            return COTERIE_OK;
        };
        host.log = [](void* self, int32_t, coterie_bytes message) {
            of(self).logs.emplace_back(text(message));
        };
        host.progress = [](void* self, uint64_t done, uint64_t total, coterie_bytes) {
            of(self).progress_done = done;
            of(self).progress_total = total;
        };
        host.cancelled = [](void* self) -> int32_t {
            return of(self).record_count >= of(self).stop_after ? 1 : 0;
        };
        host.restarted = [](void* self) -> int32_t {
            ++of(self).restarts;
            return COTERIE_OK;
        };
        host.keep_state = [](void* self, coterie_bytes state_text) -> int32_t {
            of(self).state = nlohmann::json::parse(text(state_text));
            return COTERIE_OK;
        };
        host.unchanged = [](void* self) -> int32_t {
            ++of(self).unchanged;
            return COTERIE_OK;
        };
        Sink sink(host);
        try {
            return source.read({"records", cursor, last_state}, sink);
        } catch (const Sink::Stopped&) {
            return Error{ErrorKind::Cancelled, "stopped"};
        }
    }

    [[nodiscard]] std::vector<std::string> jsons() const {
        std::vector<std::string> all;
        for (const Record& record : records) {
            all.push_back(record.json);
        }
        return all;
    }

  private:
    static RecordingHost& of(void* self) { return *static_cast<RecordingHost*>(self); }
    static std::string_view text(coterie_bytes bytes) { return {bytes.data, bytes.size}; }

    int32_t take(std::string_view id, std::string_view json, std::string_view where) {
        if (record_count >= stop_after) {
            return COTERIE_CANCELLED;
        }
        ++record_count;
        json_bytes += json.size();
        if (keep_records) {
            records.push_back({std::string(id), std::string(json), std::string(where)});
        }
        on_record();
        return COTERIE_OK;
    }
};

}  // namespace coterie::test
