#include "plugin/events.hpp"

#include "plugin/file_descriptor.hpp"

#include <algorithm>

namespace coterie::plugin {
namespace {

/// A checkpoint sends its batch at once, but not more often than this: a source may set one behind
/// each record, and a system call each would cost more than all the rest.
constexpr std::chrono::milliseconds kCheckpointFlushAge{10};

LogLevel log_level(std::uint64_t number) {
    return number <= COTERIE_LOG_ERROR ? static_cast<LogLevel>(number) : LogLevel::Error;
}

}  // namespace

template <class... Fields>
void FrameSink::append(FrameType type, Fields... fields) {
    const std::scoped_lock lock(mutex_);
    append_frame(batch_, type, fields...);
    if (batch_.size() >= kBatchBytes) {
        flush();
    }
}

void FrameSink::flush() {
    const bool sent = send_all(socket_, batch_);
    batch_.clear();
    flushed_at_ = std::chrono::steady_clock::now();
    if (!sent) {
        throw ConnectionLost();
    }
}

void FrameSink::record(std::string_view id, std::string_view json, std::string_view where) {
    append(FrameType::Record, id, json, where);
}
void FrameSink::deleted(std::string_view id) {
    append(FrameType::Deleted, id);
}
void FrameSink::replaces(std::string_view id_prefix) {
    append(FrameType::Replaces, id_prefix);
}
void FrameSink::quarantine(std::string_view raw, std::string_view where, std::string_view why) {
    append(FrameType::Quarantine, raw, where, why);
}
void FrameSink::checkpoint(std::string_view cursor) {
    const std::scoped_lock lock(mutex_);
    append_frame(batch_, FrameType::Checkpoint, cursor);
    if (batch_.size() >= kBatchBytes ||
        std::chrono::steady_clock::now() - flushed_at_ >= kCheckpointFlushAge) {
        flush();
    }
}
void FrameSink::restarted() {
    append(FrameType::Restarted);
}
void FrameSink::partial() {
    append(FrameType::Partial);
}
void FrameSink::log(LogLevel level, std::string_view message) {
    append(FrameType::Log, static_cast<std::uint64_t>(level), message);
}
void FrameSink::progress(std::uint64_t done, std::uint64_t total, std::string_view unit) {
    append(FrameType::Progress, done, total, unit);
}
void FrameSink::keep_state(std::string_view state) {
    append(FrameType::KeepState, state);
}
void FrameSink::unchanged() {
    append(FrameType::Unchanged);
}

void FrameSink::report(ReportLine::Kind kind, std::string_view subject, std::string_view text) {
    append(FrameType::Report, static_cast<std::uint64_t>(kind), subject, text);
}

void FrameSink::want(std::uint64_t bytes) {
    const std::scoped_lock lock(mutex_);
    append_frame(batch_, FrameType::Want, bytes);
    flush();
}
void FrameSink::answered(std::string_view id, Outcome outcome, std::string_view message) {
    append(FrameType::Answered, static_cast<std::uint64_t>(outcome), id, message);
}

void FrameSink::held(std::string_view why) {
    append(FrameType::Held, why);
}

void FrameSink::finished(std::uint64_t status, std::uint64_t retry_after_ms,
                         std::string_view message) {
    const std::scoped_lock lock(mutex_);
    append_frame(batch_, FrameType::Finished, status, retry_after_ms, message);
    flush();
}

bool FrameSink::flush_if_older(std::chrono::milliseconds age) {
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock || batch_.empty() || std::chrono::steady_clock::now() - flushed_at_ < age) {
        return true;
    }
    try {
        flush();
    } catch (const ConnectionLost&) {
        return false;
    }
    return true;
}

bool answer(const Frame& frame, DeliveryFeed& feed, std::uint64_t& wanted_bytes) {
    FieldReader fields(frame.payload);
    switch (frame.type) {
    case FrameType::Want: {
        // A wish without end is granted as one for very much: the sum must not run over.
        constexpr std::uint64_t kWishBytesMax = std::uint64_t{1} << 40;
        wanted_bytes =
            std::min(wanted_bytes + std::min(fields.number(), kWishBytesMax), kWishBytesMax);
        return fields.complete();
    }
    case FrameType::Answered: {
        const auto outcome = fields.number();
        const auto id = fields.bytes();
        const auto message = fields.bytes();
        if (!fields.complete() || outcome > static_cast<std::uint64_t>(Outcome::Planned)) {
            return false;
        }
        feed.answered(id, static_cast<Outcome>(outcome), message);
        return true;
    }
    case FrameType::Held: {
        const auto why = fields.bytes();
        if (fields.complete()) {
            feed.held(why);
        }
        return fields.complete();
    }
    case FrameType::Log: {
        const auto level = fields.number();
        const auto message = fields.bytes();
        if (fields.complete()) {
            feed.log(log_level(level), message);
        }
        return fields.complete();
    }
    case FrameType::Progress: {
        const auto done = fields.number();
        const auto total = fields.number();
        const auto unit = fields.bytes();
        if (fields.complete()) {
            feed.progress(done, total, unit);
        }
        return fields.complete();
    }
    default:
        return false;
    }
}

void append_delivery(std::string& out, const Delivery& delivery) {
    const bool removes = delivery.action == Delivery::Action::Remove;
    append_frame(out, FrameType::Deliver,
                 static_cast<std::uint64_t>(removes ? COTERIE_REMOVE : COTERIE_UPSERT), delivery.id,
                 delivery.json, delivery.previous);
}

std::optional<Delivery> parse_delivery(std::string_view payload) {
    FieldReader fields(payload);
    const auto action = fields.number();
    Delivery delivery;
    delivery.action =
        action == COTERIE_REMOVE ? Delivery::Action::Remove : Delivery::Action::Upsert;
    delivery.id = fields.bytes();
    delivery.json = fields.bytes();
    delivery.previous = fields.bytes();
    const bool is_known = action == COTERIE_REMOVE || action == COTERIE_UPSERT;
    return fields.complete() && is_known ? std::optional(delivery) : std::nullopt;
}

bool deliver(const Frame& frame, EventSink& sink) {
    FieldReader fields(frame.payload);
    // A macro-free way to say: take these fields, and call only when they were all there.
    const auto when_complete = [&fields](auto&& call) {
        if (!fields.complete()) {
            return false;
        }
        call();
        return true;
    };
    switch (frame.type) {
    case FrameType::Record: {
        const auto id = fields.bytes();
        const auto json = fields.bytes();
        const auto where = fields.bytes();
        return when_complete([&] { sink.record(id, json, where); });
    }
    case FrameType::Deleted: {
        const auto id = fields.bytes();
        return when_complete([&] { sink.deleted(id); });
    }
    case FrameType::Replaces: {
        const auto id_prefix = fields.bytes();
        return when_complete([&] { sink.replaces(id_prefix); });
    }
    case FrameType::Quarantine: {
        const auto raw = fields.bytes();
        const auto where = fields.bytes();
        const auto why = fields.bytes();
        return when_complete([&] { sink.quarantine(raw, where, why); });
    }
    case FrameType::Checkpoint: {
        const auto cursor = fields.bytes();
        return when_complete([&] { sink.checkpoint(cursor); });
    }
    case FrameType::Restarted:
        return when_complete([&] { sink.restarted(); });
    case FrameType::Partial:
        return when_complete([&] { sink.partial(); });
    case FrameType::Log: {
        const auto level = fields.number();
        const auto message = fields.bytes();
        return when_complete([&] { sink.log(log_level(level), message); });
    }
    case FrameType::Progress: {
        const auto done = fields.number();
        const auto total = fields.number();
        const auto unit = fields.bytes();
        return when_complete([&] { sink.progress(done, total, unit); });
    }
    case FrameType::KeepState: {
        const auto state = fields.bytes();
        return when_complete([&] { sink.keep_state(state); });
    }
    case FrameType::Unchanged:
        return when_complete([&] { sink.unchanged(); });
    case FrameType::Report: {
        const auto kind = fields.number();
        const auto subject = fields.bytes();
        const auto text = fields.bytes();
        return kind <= static_cast<std::uint64_t>(ReportLine::Kind::Note) && when_complete([&] {
                   sink.report(static_cast<ReportLine::Kind>(kind), subject, text);
               });
    }
    default:
        return false;
    }
}

}  // namespace coterie::plugin
