/// What a connector is written against: derive from Source, return a Result, write to the Sink.
#pragma once

#include "coterie/abi.h"
#include "coterie/result.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace coterie {

enum class LogLevel { Debug, Info, Warning, Error };

/// One read of one stream.
struct ReadRequest {
    std::string stream;
    /// The cursor of the checkpoint to go on from, as the plugin wrote it; empty: from the start.
    std::optional<nlohmann::json> resume_from;
};

/// Where a source hands over what it reads. Each call may block: that is the back-pressure.
/// When the core has asked to stop, a call throws Sink::Stopped, which the SDK turns into the
/// status `cancelled`; let it pass. Use it on the thread that read() was called on.
class Sink {
  public:
    /// Thrown through read() when the core wants no more. Not an error of the plugin.
    struct Stopped {
        int32_t status;
    };

    explicit Sink(const coterie_host& host) : host_(host) {}

    /// One source record.
    /// \param json  One JSON object, UTF-8.
    /// \param id    Stable over reads and unique in the stream; empty: the core makes one from the
    ///              content.
    void record(std::string_view json, std::string_view id = {}) {
        go_on(host_.record(host_.context, bytes(id), bytes(json)));
    }
    /// The source says that the record with this id is gone.
    void deleted(std::string_view id) { go_on(host_.deleted(host_.context, bytes(id))); }
    /// Something that cannot be read as a record.
    /// \param raw    As it stood (the core keeps the first bytes of a very long one).
    /// \param where  Such as "roster.csv:17".
    /// \param why    Such as "3 fields where the header has 5".
    void quarantine(std::string_view raw, std::string_view where, std::string_view why) {
        go_on(host_.quarantine(host_.context, bytes(raw), bytes(where), bytes(why)));
    }
    /// All records before this call are handed over; a read resumed from `cursor` yields exactly
    /// those after it. Call it often: the core decides which it stores.
    void checkpoint(const nlohmann::json& cursor) {
        const std::string text = cursor.dump();
        go_on(host_.checkpoint(host_.context, bytes(text)));
    }
    /// The cursor to resume from fits no more (the file is another one): what follows is the stream
    /// from its beginning. Before the first record, or never.
    void restarted() { go_on(host_.restarted(host_.context)); }
    /// A line for the log: no secrets, no personal data.
    void log(LogLevel level, std::string_view message) {
        host_.log(host_.context, static_cast<int32_t>(level), bytes(message));
    }
    /// How far the read is. \param total 0 where unknown. \param unit "bytes", "records", "pages".
    void progress(std::uint64_t done, std::uint64_t total, std::string_view unit) {
        host_.progress(host_.context, done, total, bytes(unit));
        throw_if_cancelled();
    }
    /// To be called in long loops that write nothing.
    void throw_if_cancelled() {
        if (cancelled()) {
            throw Stopped{COTERIE_CANCELLED};
        }
    }
    [[nodiscard]] bool cancelled() const { return host_.cancelled(host_.context) != 0; }

    static coterie_bytes bytes(std::string_view text) { return {text.data(), text.size()}; }

  private:
    static void go_on(int32_t status) {
        if (status != COTERIE_OK) {
            throw Stopped{status};
        }
    }
    const coterie_host& host_;
};

/// A connector that reads. Constructed from its config (nlohmann::json, validated against the
/// manifest's schema); one instance is used by one thread at a time.
class Source {
  public:
    virtual ~Source() = default;
    /// Whether the source can be read; reads no records.
    virtual Result<void> check() { return {}; }
    /// Writes every record of the stream to the sink. Exceptions become Fatal errors.
    virtual Result<void> read(const ReadRequest& request, Sink& sink) = 0;
};

}  // namespace coterie
