/// What a connector is written against: derive from Source and write to the Sink, from Destination
/// and take from the Deliveries, or from both.
#pragma once

#include "coterie/abi.h"
#include "coterie/result.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace coterie {

enum class LogLevel { Debug, Info, Warning, Error };

/// One read of one stream.
struct ReadRequest {
    std::string stream;
    /// The cursor of the checkpoint to go on from, as the plugin wrote it; empty: from the start.
    std::optional<nlohmann::json> resume_from;
    /// What Sink::keep_state was given in the last finished read of this stream, under the same
    /// config and plugin; nothing: read all.
    std::optional<nlohmann::json> last_state = std::nullopt;
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

    explicit Sink(const coterie_host& host)
        : host_(host),
          can_say_where_(host.size >= kHostBytesOfRecordAt && host.record_at != nullptr) {}

    /// One source record.
    /// \param json  One JSON object, UTF-8.
    /// \param id    Stable over reads and unique in the stream; empty: the core makes one from the
    ///              content.
    /// \param where  Where it stands, for people: "roster.csv:17", "roster.xlsx, sheet 'Emner', row
    ///              17". No part of the content: a record that only moved is unchanged. A core of
    ///              ABI 1.0 is not told.
    void record(std::string_view json, std::string_view id = {}, std::string_view where = {}) {
        if (can_say_where_ && !where.empty()) {
            go_on(host_.record_at(host_.context, bytes(id), bytes(json), bytes(where)));
        } else {
            go_on(host_.record(host_.context, bytes(id), bytes(json)));
        }
    }
    /// The source says that the record with this id is gone. An id that nobody knows does no harm;
    /// handed over again afterwards, it is there.
    void deleted(std::string_view id) { go_on(host_.deleted(host_.context, bytes(id))); }
    /// Of the records whose ids begin with `id_prefix` this read brings all, before this call or
    /// after it: those that it does not bring are gone. For a read of changes where one record of
    /// the source makes several ("17:4", "17:9") and may make others tomorrow; a full read needs
    /// none. A core of ABI 1.1 is not told: there they stay until the next full read.
    void replaces(std::string_view id_prefix) {
        if (has_function_at(offsetof(coterie_host, replaces))) {
            go_on(host_.replaces(host_.context, bytes(id_prefix)));
        }
    }
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
    /// The cursor to resume from fits no more (the file is another one), or it is time to look at
    /// everything: what follows is the stream from its beginning, and what it does not bring is
    /// gone. Before the first record, or never.
    void restarted() { go_on(host_.restarted(host_.context)); }
    /// This read does not bring all that there is, though it has no cursor to resume from (a feed
    /// that reaches back 90 days): what it does not bring stays. Before the first record; after
    /// restarted(). A core of ABI 1.1 is not told, and takes what is not brought for gone.
    void partial() {
        if (has_function_at(offsetof(coterie_host, partial))) {
            go_on(host_.partial(host_.context));
        }
    }
    /// What tells this state of the stream from the next: the next read is given it as
    /// ReadRequest::last_state, if this one comes to its end. The last call counts.
    void keep_state(const nlohmann::json& state) {
        if (has_function_at(offsetof(coterie_host, keep_state))) {
            const std::string text = state.dump();
            go_on(host_.keep_state(host_.context, bytes(text)));
        }
    }
    /// All that the stream yields is as it was when ReadRequest::last_state was kept: the core
    /// counts its records as unchanged. Instead of any record.
    /// \pre The request has a last_state.
    void unchanged() {
        if (has_function_at(offsetof(coterie_host, unchanged))) {
            go_on(host_.unchanged(host_.context));
        }
    }
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
    static constexpr std::size_t kHostBytesOfRecordAt =
        offsetof(coterie_host, record_at) + sizeof(coterie_host::record_at);

    static void go_on(int32_t status) {
        if (status != COTERIE_OK) {
            throw Stopped{status};
        }
    }
    /// Whether the host is new enough to have the function pointer at this offset.
    [[nodiscard]] bool has_function_at(std::size_t offset) const {
        return host_.size >= offset + sizeof(void*);
    }
    const coterie_host& host_;
    const bool can_say_where_;
};

/// Where check() says what it found out, a line each, for the person who runs `coterie check
/// --connect`: names and numbers, never a person's values. Use it on the thread that check() was
/// called on.
class CheckReport {
  public:
    /// Whether the connector can work without what is missing.
    enum class Need { Required, Optional };

    explicit CheckReport(const coterie_host& host) : host_(host), words_(host) {}

    /// What the credentials can see: sees("contacts", "12345 records").
    void sees(std::string_view what, std::string_view text = {}) {
        say(COTERIE_REPORT_SEES, what, text);
    }
    /// A scope (right, permission) that they lack, by the vendor's name, and what comes of it.
    /// Without a required one the check has failed, whatever it returns.
    void scope_missing(std::string_view scope, std::string_view text, Need need = Need::Required) {
        say(need == Need::Required ? COTERIE_REPORT_SCOPE_MISSING : COTERIE_REPORT_SCOPE_OPTIONAL,
            scope, text);
    }
    /// What is left of a limit: limit("requests a day", "99120 of 100000 left").
    void limit(std::string_view what, std::string_view text) {
        say(COTERIE_REPORT_LIMIT, what, text);
    }
    void note(std::string_view about, std::string_view text) {
        say(COTERIE_REPORT_NOTE, about, text);
    }

    /// As the Sink's.
    void log(LogLevel level, std::string_view message) { words_.log(level, message); }
    void throw_if_cancelled() { words_.throw_if_cancelled(); }
    [[nodiscard]] bool cancelled() const { return words_.cancelled(); }

  private:
    /// A core of ABI 1.1 is not told.
    void say(int32_t kind, std::string_view subject, std::string_view text) {
        if (host_.size >= offsetof(coterie_host, report) + sizeof(coterie_host::report) &&
            host_.report != nullptr) {
            host_.report(host_.context, kind, Sink::bytes(subject), Sink::bytes(text));
        }
    }
    const coterie_host& host_;
    Sink words_;
};

/// A connector that reads. Constructed from its config (nlohmann::json, validated against the
/// manifest's schema); one instance is used by one thread at a time. What the constructor throws
/// becomes a Config error.
class Source {
  public:
    virtual ~Source() = default;
    /// Whether the source can be read; reads no records.
    virtual Result<void> check() { return {}; }
    /// The same, saying what the credentials see and lack. Override one of the two.
    virtual Result<void> check(CheckReport& /*report*/) { return check(); }
    /// Writes every record of the stream to the sink. Exceptions become Fatal errors.
    virtual Result<void> read(const ReadRequest& request, Sink& sink) = 0;
};

/// One write to a destination.
struct WriteRequest {
    std::string stream;  ///< what is delivered: "golden", "links", "quarantine"
    /// All records follow and replace what is there; else changes only.
    bool is_complete = false;
    /// All of it is as this destination took it last: one that still has it may return at once.
    bool is_unchanged = false;
    std::uint64_t total = 0;  ///< how many deliveries there are
    /// "run", "time"; of a flat stream "columns"; of golden records also what the functions below
    /// give.
    nlohmann::json about = nlohmann::json::object();

    /// Nothing may be sent: each delivery is answered with Deliveries::planned, or rejected. Only
    /// where the manifest's `destination` says `"dry_run": true`.
    [[nodiscard]] bool is_dry_run() const { return about.value("dry_run", false); }
    /// A person has said that all changes are right (`coterie run --accept-changes`): nothing is to
    /// be held.
    [[nodiscard]] bool accepts_changes() const { return about.value("accept_changes", false); }
    /// How many golden records there are.
    [[nodiscard]] std::uint64_t roster() const { return about.value("roster", std::uint64_t{0}); }
    /// How many records this destination had before this run.
    [[nodiscard]] std::uint64_t has() const { return about.value("has", std::uint64_t{0}); }
    /// The workspace's sources: name → connector.
    [[nodiscard]] nlohmann::json sources() const {
        return about.value("sources", nlohmann::json::object());
    }
};

/// One change that a destination is to make. Its text lives until the next one is taken.
struct Delivery {
    enum class Action {
        Upsert,  ///< to have this record under this id, whether it had one or not
        Remove,  ///< to have none under this id
    };
    Action action = Action::Upsert;
    std::string_view id;
    std::string_view json;      ///< upserts: the record, one JSON object
    std::string_view previous;  ///< upserts: what it took last under this id, where that is kept
};

/// What a destination takes, and says of it. Each delivery is answered once (delivered, rejected,
/// postponed or planned) before write() returns, in any order: what is not answered counts as not
/// done. When the core has asked to stop, a call throws Sink::Stopped; let it pass. Use it on the
/// thread that write() was called on.
class Deliveries {
  public:
    Deliveries(const coterie_host& host, const coterie_write_request& request)
        : host_(host), request_(request), words_(host) {}

    /// The next one, or nothing at the end. May wait for the core.
    std::optional<Delivery> next() {
        coterie_delivery given{};
        given.size = sizeof given;
        go_on(request_.next(request_.context, &given));
        if (given.action == COTERIE_END) {
            return std::nullopt;
        }
        const auto view = [](coterie_bytes bytes) {
            return bytes.size == 0 ? std::string_view() : std::string_view(bytes.data, bytes.size);
        };
        return Delivery{given.action == COTERIE_REMOVE ? Delivery::Action::Remove
                                                       : Delivery::Action::Upsert,
                        view(given.id), view(given.json), view(given.previous)};
    }

    /// The destination has it (of a removal: has it no more). Of a complete write it counts only
    /// once write() has returned without an error.
    void delivered(std::string_view id) { answer(id, COTERIE_OK, {}); }
    /// The destination will not take it as it is: it goes to quarantine with the reason.
    void rejected(std::string_view id, std::string_view why) { answer(id, COTERIE_DATA, why); }
    /// Not this time; the next run tries again.
    void postponed(std::string_view id, std::string_view why) {
        answer(id, COTERIE_TRANSIENT, why);
    }

    /// In a dry run, instead of delivered(): what would be made of it. `plan` has "action" (create,
    /// update, remove, or skip where all is so already), and where they apply "target"
    /// ("contacts/123"), "fields" ({"phone": {"old": …, "new": …}}) and "why" (of a skip).
    void planned(std::string_view id, const nlohmann::json& plan) {
        if (has_function_at(offsetof(coterie_host, planned))) {
            const std::string text =
                plan.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
            go_on(host_.planned(host_.context, Sink::bytes(id), Sink::bytes(text)));
        }
    }
    /// These changes are too many to be made before a person has looked at them. `why` says how
    /// many and which limit: "412 of 1200 records would change, changes_max allows 240". Then
    /// return from write() without an error; nothing more need be taken or answered, and what was
    /// not is still to be told. The core adds how a person releases it. Not where
    /// WriteRequest::accepts_changes(). In a dry run what was planned is shown all the same.
    void hold(std::string_view why) {
        if (has_function_at(offsetof(coterie_host, hold))) {
            go_on(host_.hold(host_.context, Sink::bytes(why)));
        }
    }

    /// As the Sink's.
    void log(LogLevel level, std::string_view message) { words_.log(level, message); }
    void progress(std::uint64_t done, std::uint64_t total, std::string_view unit) {
        words_.progress(done, total, unit);
    }
    void throw_if_cancelled() { words_.throw_if_cancelled(); }
    [[nodiscard]] bool cancelled() const { return words_.cancelled(); }
    /// For what logs and asks whether to stop by a Sink: an HTTP client, a location. Not for
    /// records: who writes yields none.
    Sink& words() { return words_; }

  private:
    void answer(std::string_view id, int32_t status, std::string_view message) {
        go_on(host_.delivered(host_.context, Sink::bytes(id), status, Sink::bytes(message)));
    }
    static void go_on(int32_t status) {
        if (status != COTERIE_OK) {
            throw Sink::Stopped{status};
        }
    }
    [[nodiscard]] bool has_function_at(std::size_t offset) const {
        return host_.size >= offset + sizeof(void*);
    }
    const coterie_host& host_;
    const coterie_write_request& request_;
    Sink words_;
};

/// A connector that writes. Made and used as a Source is.
class Destination {
  public:
    virtual ~Destination() = default;
    /// Whether the destination can be written to; writes nothing.
    virtual Result<void> check() { return {}; }
    /// As a Source's.
    virtual Result<void> check(CheckReport& /*report*/) { return check(); }
    /// Takes deliveries until there are no more and makes them so. The same delivery may come again
    /// (a run was killed before it could note that it was done): twice must end as once does. A
    /// complete write takes the place of what was there only when it has come to its end.
    /// Exceptions become Fatal errors.
    virtual Result<void> write(const WriteRequest& request, Deliveries& deliveries) = 0;
};

/// How connectors are put behind the C boundary. Plugin writers need nothing of it but the macros
/// below.
namespace detail {

/// The host's size as of ABI 1.0: a host that ends before it is none that the SDK can speak to.
inline constexpr std::size_t kHostBytesMin =
    offsetof(coterie_host, error) + sizeof(coterie_host::error);
/// The same of a read request.
inline constexpr std::size_t kReadRequestBytesMin =
    offsetof(coterie_read_request, cursor) + sizeof(coterie_read_request::cursor);
/// As of the version in which destinations came.
inline constexpr std::size_t kHostBytesMinToWrite =
    offsetof(coterie_host, delivered) + sizeof(coterie_host::delivered);

/// An opened connector: its sides, where it has them.
struct Opened {
    virtual ~Opened() = default;
    Source* source = nullptr;
    Destination* destination = nullptr;
};

template <class Connector>
struct OpenedAs final : Opened {
    explicit OpenedAs(const nlohmann::json& config) : connector(config) {
        if constexpr (std::is_base_of_v<Source, Connector>) {
            source = &connector;
        }
        if constexpr (std::is_base_of_v<Destination, Connector>) {
            destination = &connector;
        }
    }
    Connector connector;
};

inline std::string_view view(coterie_bytes bytes) {
    return bytes.data == nullptr ? std::string_view() : std::string_view(bytes.data, bytes.size);
}

inline int32_t status_of(ErrorKind kind) {
    switch (kind) {
    case ErrorKind::Transient:
        return COTERIE_TRANSIENT;
    case ErrorKind::Config:
        return COTERIE_CONFIG;
    case ErrorKind::Data:
        return COTERIE_DATA;
    case ErrorKind::Fatal:
        return COTERIE_FATAL;
    case ErrorKind::Cancelled:
        return COTERIE_CANCELLED;
    }
    return COTERIE_FATAL;
}

inline int32_t fail(const coterie_host& host, const Error& error) noexcept {
    const auto wait = error.retry_after.value_or(std::chrono::milliseconds(0)).count();
    host.error(host.context, Sink::bytes(error.message),
               wait > 0 ? static_cast<std::uint64_t>(wait) : 0);
    return status_of(error.kind);
}

inline int32_t fail(const coterie_host& host, int32_t status, std::string_view message) noexcept {
    host.error(host.context, Sink::bytes(message), 0);
    return status;
}

/// Runs `call`, which returns a Result<void>, and turns all that can come out of it into a status.
/// `status_of_exception`: what an exception means here.
template <class Call>
int32_t guarded(const coterie_host& host, int32_t status_of_exception, Call&& call) noexcept {
    try {
        const Result<void> result = call();
        return result ? static_cast<int32_t>(COTERIE_OK) : fail(host, result.error());
    } catch (const Sink::Stopped& stopped) {
        return stopped.status;
    } catch (const std::bad_alloc&) {
        return fail(host, COTERIE_FATAL, "out of memory");
    } catch (const std::exception& error) {
        return fail(host, status_of_exception, error.what());
    } catch (...) {
        return fail(host, status_of_exception, "an exception that is no std::exception");
    }
}

inline bool is_big_enough(const coterie_host* host) {
    return host != nullptr && host->size >= kHostBytesMin;
}

template <class Connector>
int32_t open(const coterie_host* host, coterie_bytes config, void** instance) noexcept {
    if (!is_big_enough(host) || instance == nullptr) {
        return COTERIE_FATAL;
    }
    return guarded(*host, COTERIE_CONFIG, [&]() -> Result<void> {
        const auto parsed = nlohmann::json::parse(view(config), nullptr, false);
        if (!parsed.is_object()) {
            return Error{ErrorKind::Config, "the config is no JSON object"};
        }
        std::unique_ptr<Opened> opened = std::make_unique<OpenedAs<Connector>>(parsed);
        *instance = opened.release();
        return {};
    });
}

inline int32_t check(void* instance, const coterie_host* host) noexcept {
    if (!is_big_enough(host) || instance == nullptr) {
        return COTERIE_FATAL;
    }
    return guarded(*host, COTERIE_FATAL, [&]() -> Result<void> {
        const auto& opened = *static_cast<const Opened*>(instance);
        CheckReport report(*host);
        // A connector with both sides has one check, which overrides both.
        return opened.source != nullptr ? opened.source->check(report)
                                        : opened.destination->check(report);
    });
}

inline int32_t read(void* instance, const coterie_host* host,
                    const coterie_read_request* request) noexcept {
    if (!is_big_enough(host) || instance == nullptr || request == nullptr ||
        request->size < kReadRequestBytesMin) {
        return COTERIE_FATAL;
    }
    return guarded(*host, COTERIE_FATAL, [&]() -> Result<void> {
        ReadRequest wanted{std::string(view(request->stream)), std::nullopt, std::nullopt};
        if (request->cursor.size > 0) {
            auto cursor = nlohmann::json::parse(view(request->cursor), nullptr, false);
            if (cursor.is_discarded()) {
                return Error{ErrorKind::Fatal, "the cursor to resume from is no JSON"};
            }
            wanted.resume_from = std::move(cursor);
        }
        if (request->size >= sizeof(coterie_read_request) && request->last_state.size > 0) {
            auto state = nlohmann::json::parse(view(request->last_state), nullptr, false);
            if (!state.is_discarded()) {  // else the stream is read whole
                wanted.last_state = std::move(state);
            }
        }
        Sink sink(*host);
        return static_cast<const Opened*>(instance)->source->read(wanted, sink);
    });
}

inline int32_t write(void* instance, const coterie_host* host,
                     const coterie_write_request* request) noexcept {
    if (host == nullptr || host->size < kHostBytesMinToWrite || instance == nullptr ||
        request == nullptr || request->size < sizeof(coterie_write_request)) {
        return COTERIE_FATAL;
    }
    return guarded(*host, COTERIE_FATAL, [&]() -> Result<void> {
        WriteRequest wanted{std::string(view(request->stream)), request->is_complete != 0,
                            request->is_unchanged != 0, request->total,
                            nlohmann::json::parse(view(request->about), nullptr, false)};
        if (!wanted.about.is_object()) {
            return Error{ErrorKind::Fatal, "what the host says about the write is no JSON object"};
        }
        Deliveries deliveries(*host, *request);
        return static_cast<const Opened*>(instance)->destination->write(wanted, deliveries);
    });
}

inline void close(void* instance) noexcept {
    delete static_cast<Opened*>(instance);
}

template <class Connector>
const coterie_plugin* connector_entry(const coterie_host* host, std::string_view name,
                                      std::string_view version) noexcept {
    constexpr bool kIsSource = std::is_base_of_v<Source, Connector>;
    constexpr bool kIsDestination = std::is_base_of_v<Destination, Connector>;
    static_assert(kIsSource || kIsDestination, "derive from coterie::Source or Destination");
    constexpr std::string_view kKinds = kIsSource && kIsDestination ? "source,destination"
                                        : kIsSource                 ? "source"
                                                                    : "destination";
    if (!is_big_enough(host)) {
        return nullptr;
    }
    if (host->abi_major != COTERIE_ABI_MAJOR) {
        host->error(host->context, Sink::bytes("the host speaks another major ABI version"), 0);
        return nullptr;
    }
    static const coterie_plugin plugin = {sizeof(coterie_plugin),
                                          COTERIE_ABI_MAJOR,
                                          COTERIE_ABI_MINOR,
                                          Sink::bytes(name),
                                          Sink::bytes(version),
                                          Sink::bytes(kKinds),
                                          &open<Connector>,
                                          &check,
                                          kIsSource ? &read : nullptr,
                                          &close,
                                          kIsDestination ? &write : nullptr};
    return &plugin;
}

}  // namespace detail
}  // namespace coterie

#ifdef COTERIE_WEAK_ENTRY_POINT
// The same objects make a plugin and, with those of other plugins, a program that tests them.
#define COTERIE_ENTRY_POINT __attribute__((visibility("default"), weak))
#else
#define COTERIE_ENTRY_POINT __attribute__((visibility("default")))
#endif
/// Makes a plugin of this library: `COTERIE_EXPORT_CONNECTOR(Jsonl, "jsonl");` once, outside of any
/// namespace. The class is a Source, a Destination, or both; the manifest's kinds say the same.
/// `name` is the manifest's; the version is COTERIE_PLUGIN_VERSION, which coterie_add_plugin takes
/// out of the manifest.
#define COTERIE_EXPORT_CONNECTOR(Class, name)                                                      \
    __attribute__((section(COTERIE_NOTE_SECTION),                                                  \
                   used)) static const coterie_abi_note coterie_note_of_this_plugin = {            \
        COTERIE_NOTE_MAGIC, COTERIE_ABI_MAJOR, COTERIE_ABI_MINOR};                                 \
    extern "C" COTERIE_ENTRY_POINT const coterie_plugin* coterie_plugin_entry(                     \
        const coterie_host* host) {                                                                \
        return ::coterie::detail::connector_entry<Class>(host, name, COTERIE_PLUGIN_VERSION);      \
    }                                                                                              \
    static_assert(true)
/// The same, said of what the class is.
#define COTERIE_EXPORT_SOURCE(Class, name) COTERIE_EXPORT_CONNECTOR(Class, name)
#define COTERIE_EXPORT_DESTINATION(Class, name) COTERIE_EXPORT_CONNECTOR(Class, name)
