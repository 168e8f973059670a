/// Running one connector: in its own process (the default) or in this one; the same calls.
#pragma once

#include "plugin/catalog.hpp"

#include "coterie/connector.hpp"
#include "coterie/result.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::plugin {

enum class Isolation { Process, InProcess };

/// One line of what a check found out.
struct ReportLine {
    enum class Kind : std::uint8_t { Sees, ScopeMissing, ScopeOptional, Limit, Note };
    Kind kind = Kind::Note;
    std::string subject;
    std::string text;
};

/// What a plugin may use; passing one ends its source with an error that names the limit.
struct Limits {
    std::uint64_t memory_bytes_max = 1024ULL << 20;  ///< resident, the plugin and its children
    std::uint64_t file_bytes_max = 1024ULL << 20;    ///< of any file it writes
    std::uint64_t record_bytes_max = 16ULL << 20;    ///< a larger record is quarantined
    std::chrono::seconds silence_max{300};           ///< no record, checkpoint, log or progress
    std::chrono::seconds total_max{6 * 3600};        ///< one read
    std::uint64_t log_bytes_max = 1ULL << 20;  ///< kept of stderr and stdout; the rest is counted
};

/// Who is told what a source yields; called on the thread that called Session::read. A call may
/// block: that is the back-pressure. Views live until the call returns.
class EventSink {
  public:
    virtual ~EventSink() = default;
    /// `json` is checked by nobody yet: the receiver refuses what is no JSON object. `where`: for
    /// people ("roster.csv:17"); empty where the source does not say it.
    virtual void record(std::string_view id, std::string_view json, std::string_view where) = 0;
    virtual void deleted(std::string_view id) = 0;
    virtual void quarantine(std::string_view raw, std::string_view where, std::string_view why) = 0;
    /// All before it has been delivered. `cursor` is JSON text.
    virtual void checkpoint(std::string_view cursor) = 0;
    /// The cursor did not fit any more: what follows is the stream from its beginning.
    virtual void restarted() = 0;
    virtual void log(LogLevel level, std::string_view message) = 0;
    virtual void progress(std::uint64_t done, std::uint64_t total, std::string_view unit) = 0;
    /// Of the records whose ids begin so, the read brings all: the others are gone. A receiver that
    /// keeps nothing has no use for this.
    virtual void replaces(std::string_view /*id_prefix*/) {}
    /// The read does not bring all that there is: what it does not bring stays. A receiver that
    /// keeps nothing has no use for this.
    virtual void partial() {}
    /// What the next read is to be given as last_state (JSON text). A receiver that never gives one
    /// has no use for this, nor for `unchanged`.
    virtual void keep_state(std::string_view /*state*/) {}
    /// The stream is as it was when the last_state of the request was kept: no record comes.
    virtual void unchanged() {}
    /// Of a check: what it found out.
    virtual void report(ReportLine::Kind /*kind*/, std::string_view /*subject*/,
                        std::string_view /*text*/) {}
};

/// What a destination made of a delivery.
enum class Outcome : std::uint8_t {
    Delivered,  ///< it has it
    Rejected,   ///< it will not take it as it is
    Postponed,  ///< the next run is to try again
    Planned,    ///< it would have it, if this were no dry run; the message is a JSON object
};

/// Gives a destination what it is to take, and is told what became of it; called on the thread that
/// called Session::write.
class DeliveryFeed {
  public:
    virtual ~DeliveryFeed() = default;
    /// The next delivery; nothing: there are no more. Its text lives until the next call. An error
    /// ends the write with it.
    virtual Result<std::optional<Delivery>> next() = 0;
    /// Only of deliveries that were given and not answered yet. Of a complete write it counts only
    /// once Session::write has succeeded.
    virtual void answered(std::string_view id, Outcome outcome, std::string_view message) = 0;
    /// The destination waits for a person's word; what is not answered stays to be told. Once, and
    /// never of a complete write.
    virtual void held(std::string_view /*why*/) {}
    virtual void log(LogLevel level, std::string_view message) = 0;
    virtual void progress(std::uint64_t done, std::uint64_t total, std::string_view unit) = 0;
};

struct SessionOptions {
    Isolation isolation = Isolation::Process;
    Limits limits;
    /// The plugin's working folder: relative paths in its config start here. With isolation
    /// in_process it is this process's working folder while a call runs.
    std::filesystem::path workspace = ".";
    /// The coterie-plugin-host program; empty: beside the running program.
    std::filesystem::path host_program;
    /// Replaced by "***" in whatever the plugin says.
    std::vector<std::string> secrets;
    /// Asks a running call to end; the session then kills what does not.
    std::stop_token stop;
};

/// What a plugin wrote to stdout and stderr, and its log lines from outside of a read.
struct PluginOutput {
    std::string text;                 ///< the last Limits::log_bytes_max bytes, secrets replaced
    std::uint64_t dropped_bytes = 0;  ///< what came before them
};

/// One open instance of a connector. One thread at a time.
class Session {
  public:
    /// Starts the host process, loads the plugin and opens it with `config`. Errors name the
    /// plugin and every path tried.
    static Result<std::unique_ptr<Session>>
    open(const Installed& plugin, const nlohmann::json& config, SessionOptions options);
    virtual ~Session() = default;  ///< ends the host process and every process it left behind

    /// Whether it can be read, or written. Adds what was found out, also where it fails.
    virtual Result<void> check(std::vector<ReportLine>& report) = 0;
    Result<void> check() {
        std::vector<ReportLine> ignored;
        return check(ignored);
    }
    /// Reads one stream to its end. The error says what ended it: the plugin's own word, a crash
    /// with its signal, a limit passed, silence, an unfinished stream. What the sink got before
    /// stays good.
    virtual Result<void> read(const ReadRequest& request, EventSink& sink) = 0;
    /// Has the destination take what the feed gives. It succeeds when all was taken and answered
    /// (or nothing, where the request says that all is unchanged), or held. The error says what
    /// ended it; what was answered before stays good, except in a complete write.
    virtual Result<void> write(const WriteRequest& request, DeliveryFeed& feed) = 0;
    /// So far. With isolation in_process only log lines: its stdout is the core's.
    [[nodiscard]] virtual PluginOutput output() const = 0;
};

}  // namespace coterie::plugin
