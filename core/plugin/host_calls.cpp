#include "plugin/host_calls.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace coterie::plugin {
namespace {

std::string_view view(coterie_bytes bytes) {
    return bytes.data == nullptr ? std::string_view() : std::string_view(bytes.data, bytes.size);
}

int32_t status_of(ErrorKind kind) {
    return detail::status_of(kind);
}

std::string_view cut(coterie_bytes bytes, std::size_t bytes_max) {
    const auto text = view(bytes);
    return text.size() <= bytes_max ? text : clip_utf8(text, bytes_max);
}

}  // namespace

HostCalls::HostCalls(EventSink* sink, IsCancelled is_cancelled)
    : host_{sizeof(coterie_host),
            COTERIE_ABI_MAJOR,
            COTERIE_ABI_MINOR,
            this,
            &record,
            &deleted,
            &quarantine,
            &checkpoint,
            &log,
            &progress,
            &cancelled,
            &restarted,
            &error,
            &record_at,
            &keep_state,
            &unchanged,
            &delivered,
            &report,
            &planned,
            &hold,
            &replaces,
            &partial},
      sink_(sink), is_cancelled_(std::move(is_cancelled)) {}

HostCalls::HostCalls(EventSink& sink, IsCancelled is_cancelled, std::uint64_t record_bytes_max,
                     bool has_last_state)
    : HostCalls(&sink, std::move(is_cancelled)) {
    record_bytes_max_ = record_bytes_max;
    has_last_state_ = has_last_state;
    may_hand_over_ = true;
}

HostCalls::HostCalls(DeliveryFeed& feed, IsCancelled is_cancelled)
    : HostCalls(nullptr, std::move(is_cancelled)) {
    feed_ = &feed;
}

coterie_write_request HostCalls::write_request(const WriteRequest& request,
                                               std::string_view about) {
    return {sizeof(coterie_write_request),
            {request.stream.data(), request.stream.size()},
            request.is_complete ? 1 : 0,
            request.is_unchanged ? 1 : 0,
            request.total,
            {about.data(), about.size()},
            this,
            &next};
}

/// Calls the sink unless the plugin has to stop, and says whether it has to.
template <class Call>
int32_t HostCalls::hand_over(Call&& call) noexcept {
    return unless_stopped(may_hand_over_, "it handed over data outside of a read",
                          std::forward<Call>(call));
}

template <class Call>
int32_t HostCalls::unless_stopped(bool may_call, std::string_view why_not, Call&& call) noexcept {
    if (stop_status_ != COTERIE_OK) {
        return stop_status_;
    }
    try {
        if (!may_call) {
            return stop_with(COTERIE_FATAL, why_not);
        }
        if (is_cancelled_ && is_cancelled_()) {
            return stop_status_ = COTERIE_CANCELLED;
        }
        call();
        return stop_status_;
    } catch (...) {
        sink_failure_ = std::current_exception();
        return stop_status_ = COTERIE_CANCELLED;
    }
}

/// The same for records, deletions and quarantine: what is unchanged has none.
template <class Call>
int32_t HostCalls::hand_over_data(Call&& call) noexcept {
    return hand_over([&] {
        if (is_unchanged_) {
            stop_with(COTERIE_FATAL, "it handed over data after it had said 'unchanged'");
            return;
        }
        has_handed_over_ = true;
        call();
    });
}

/// The same for what the plugin only tells: it goes on whatever happens.
template <class Call>
void HostCalls::tell(Call&& call) noexcept {
    if ((sink_ == nullptr && feed_ == nullptr) || stop_status_ != COTERIE_OK) {
        return;
    }
    try {
        call();
    } catch (...) {
        sink_failure_ = std::current_exception();
        stop_status_ = COTERIE_CANCELLED;
    }
}

int32_t HostCalls::stop_with(int32_t status, std::string_view message) {
    error_message_ = message;
    return stop_status_ = status;
}

int32_t HostCalls::record(void* context, coterie_bytes id, coterie_bytes json) noexcept {
    return record_at(context, id, json, {nullptr, 0});
}

int32_t HostCalls::record_at(void* context, coterie_bytes id, coterie_bytes json,
                             coterie_bytes where) noexcept {
    auto& calls = self(context);
    return calls.hand_over_data([&] {
        const auto place = cut(where, kQuarantineTextBytesMax);
        if (json.size > calls.record_bytes_max_) {
            calls.sink_->quarantine(
                cut(json, kOversizeRecordHeadBytes),
                !place.empty() ? std::string(place)
                               : fmt::format("record '{}'", printable(cut(id, kIdBytesMax))),
                fmt::format("the record has {} bytes, record_bytes_max is {}; its first {} bytes "
                            "are kept",
                            json.size, calls.record_bytes_max_, kOversizeRecordHeadBytes));
        } else if (id.size > kIdBytesMax) {
            calls.sink_->quarantine(
                cut(json, kOversizeRecordHeadBytes),
                !place.empty() ? place : "a record with a very long id",
                fmt::format("the id has {} bytes, allowed are {}", id.size, kIdBytesMax));
        } else {
            calls.sink_->record(view(id), view(json), place);
        }
    });
}

int32_t HostCalls::deleted(void* context, coterie_bytes id) noexcept {
    auto& calls = self(context);
    return calls.hand_over_data([&] {
        if (id.size > kIdBytesMax) {
            calls.sink_->quarantine(
                cut(id, kOversizeRecordHeadBytes), "a deletion with a very long id",
                fmt::format("the id has {} bytes, allowed are {}", id.size, kIdBytesMax));
        } else {
            calls.sink_->deleted(view(id));
        }
    });
}

int32_t HostCalls::replaces(void* context, coterie_bytes id_prefix) noexcept {
    auto& calls = self(context);
    return calls.hand_over_data([&] {
        if (id_prefix.size == 0 || id_prefix.size > kIdBytesMax) {
            calls.stop_with(COTERIE_FATAL,
                            fmt::format("it said 'replaces' of ids that begin with {} bytes; "
                                        "allowed are 1 to {}",
                                        id_prefix.size, kIdBytesMax));
        } else {
            calls.sink_->replaces(view(id_prefix));
        }
    });
}

int32_t HostCalls::quarantine(void* context, coterie_bytes raw, coterie_bytes where,
                              coterie_bytes why) noexcept {
    auto& calls = self(context);
    return calls.hand_over_data([&] {
        calls.sink_->quarantine(cut(raw, kQuarantineRawBytesMax),
                                cut(where, kQuarantineTextBytesMax),
                                cut(why, kQuarantineTextBytesMax));
    });
}

int32_t HostCalls::checkpoint(void* context, coterie_bytes cursor) noexcept {
    auto& calls = self(context);
    return calls.hand_over([&] {
        if (cursor.size > kCursorBytesMax) {
            calls.stop_with(COTERIE_FATAL, fmt::format("its cursor has {} bytes, allowed are {}",
                                                       cursor.size, kCursorBytesMax));
        } else {
            calls.sink_->checkpoint(view(cursor));
        }
    });
}

void HostCalls::log(void* context, int32_t level, coterie_bytes message) noexcept {
    auto& calls = self(context);
    calls.tell([&] {
        const bool known = level >= COTERIE_LOG_DEBUG && level <= COTERIE_LOG_ERROR;
        const auto said = known ? static_cast<LogLevel>(level) : LogLevel::Error;
        const auto text = cut(message, kMessageBytesMax);
        calls.feed_ != nullptr ? calls.feed_->log(said, text) : calls.sink_->log(said, text);
    });
}

void HostCalls::progress(void* context, std::uint64_t done, std::uint64_t total,
                         coterie_bytes unit) noexcept {
    auto& calls = self(context);
    calls.tell([&] {
        const auto text = cut(unit, kQuarantineTextBytesMax);
        calls.feed_ != nullptr ? calls.feed_->progress(done, total, text)
                               : calls.sink_->progress(done, total, text);
    });
}

int32_t HostCalls::cancelled(void* context) noexcept {
    auto& calls = self(context);
    if (calls.stop_status_ == COTERIE_OK && calls.is_cancelled_ && calls.is_cancelled_()) {
        calls.stop_status_ = COTERIE_CANCELLED;
    }
    return calls.stop_status_ != COTERIE_OK ? 1 : 0;
}

int32_t HostCalls::restarted(void* context) noexcept {
    auto& calls = self(context);
    return calls.hand_over([&] {
        if (calls.has_handed_over_) {
            calls.stop_with(COTERIE_FATAL, "it said 'restarted' after its first record");
        } else {
            calls.sink_->restarted();
        }
    });
}

int32_t HostCalls::partial(void* context) noexcept {
    auto& calls = self(context);
    return calls.hand_over([&] {
        if (calls.has_handed_over_) {
            calls.stop_with(COTERIE_FATAL, "it said 'partial' after its first record");
        } else {
            calls.sink_->partial();
        }
    });
}

int32_t HostCalls::keep_state(void* context, coterie_bytes state) noexcept {
    auto& calls = self(context);
    return calls.hand_over([&] {
        if (state.size > kStateBytesMax) {
            calls.stop_with(COTERIE_FATAL, fmt::format("its state has {} bytes, allowed are {}",
                                                       state.size, kStateBytesMax));
        } else {
            calls.sink_->keep_state(view(state));
        }
    });
}

int32_t HostCalls::unchanged(void* context) noexcept {
    auto& calls = self(context);
    return calls.hand_over([&] {
        if (!calls.has_last_state_) {
            calls.stop_with(COTERIE_FATAL,
                            "it said 'unchanged', and was given no last_state to compare with");
        } else if (calls.has_handed_over_) {
            calls.stop_with(COTERIE_FATAL, "it said 'unchanged' after its first record");
        } else {
            calls.is_unchanged_ = true;
            calls.sink_->unchanged();
        }
    });
}

void HostCalls::error(void* context, coterie_bytes message, std::uint64_t retry_after_ms) noexcept {
    auto& calls = self(context);
    try {
        calls.error_message_ = cut(message, kMessageBytesMax);
        calls.retry_after_ms_ = retry_after_ms;
    } catch (...) {
        calls.error_message_.clear();
    }
}

int32_t HostCalls::delivered(void* context, coterie_bytes id, int32_t status,
                             coterie_bytes message) noexcept {
    auto& calls = self(context);
    return calls.unless_stopped(
        calls.feed_ != nullptr, "it answered a delivery outside of a write", [&] {
            const auto outcome = status == COTERIE_OK          ? std::optional(Outcome::Delivered)
                                 : status == COTERIE_DATA      ? std::optional(Outcome::Rejected)
                                 : status == COTERIE_TRANSIENT ? std::optional(Outcome::Postponed)
                                                               : std::nullopt;
            if (outcome) {
                calls.feed_->answered(cut(id, kIdBytesMax), *outcome,
                                      cut(message, kMessageBytesMax));
            } else {
                calls.stop_with(
                    COTERIE_FATAL,
                    fmt::format("it answered a delivery with the unknown status {}", status));
            }
        });
}

void HostCalls::report(void* context, int32_t kind, coterie_bytes subject,
                       coterie_bytes text) noexcept {
    auto& calls = self(context);
    calls.tell([&] {
        if (calls.sink_ != nullptr && !calls.may_hand_over_) {  // a read reports nothing
            const bool known = kind >= COTERIE_REPORT_SEES && kind <= COTERIE_REPORT_NOTE;
            calls.sink_->report(
                known ? static_cast<ReportLine::Kind>(kind) : ReportLine::Kind::Note,
                cut(subject, kQuarantineTextBytesMax), cut(text, kQuarantineTextBytesMax));
        }
    });
}

int32_t HostCalls::planned(void* context, coterie_bytes id, coterie_bytes json) noexcept {
    auto& calls = self(context);
    return calls.unless_stopped(
        calls.feed_ != nullptr, "it planned a delivery outside of a write", [&] {
            if (json.size > kPlanBytesMax) {
                calls.stop_with(COTERIE_FATAL,
                                fmt::format("its plan of a delivery has {} bytes, allowed are {}",
                                            json.size, kPlanBytesMax));
            } else {
                calls.feed_->answered(cut(id, kIdBytesMax), Outcome::Planned, view(json));
            }
        });
}

int32_t HostCalls::hold(void* context, coterie_bytes why) noexcept {
    auto& calls = self(context);
    return calls.unless_stopped(calls.feed_ != nullptr, "it held outside of a write",
                                [&] { calls.feed_->held(cut(why, kMessageBytesMax)); });
}

int32_t HostCalls::next(void* context, coterie_delivery* delivery) noexcept {
    auto& calls = self(context);
    return calls.unless_stopped(delivery != nullptr && delivery->size >= sizeof(coterie_delivery),
                                "its delivery is smaller than ABI 1.1 has it",
                                [&] { calls.fill(*delivery); });
}

void HostCalls::fill(coterie_delivery& delivery) {
    auto given = feed_->next();
    if (!given) {
        stop_with(status_of(given.error().kind), given.error().message);
        return;
    }
    const auto bytes = [](std::string_view text) {
        return coterie_bytes{text.data(), text.size()};
    };
    delivery = {sizeof(coterie_delivery), COTERIE_END, {}, {}, {}};
    if (const auto& next = *given) {
        const bool removes = next->action == Delivery::Action::Remove;
        delivery.action = removes ? COTERIE_REMOVE : COTERIE_UPSERT;
        delivery.id = bytes(next->id);
        delivery.json = bytes(next->json);
        delivery.previous = bytes(next->previous);
    }
}

}  // namespace coterie::plugin
