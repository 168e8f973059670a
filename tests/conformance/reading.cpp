#include "reading.hpp"

namespace coterie::conformance {
namespace {

using std::chrono::steady_clock;

std::string text(coterie_bytes bytes) {
    return bytes.data == nullptr ? std::string() : std::string(bytes.data, bytes.size);
}

/// A host that writes everything down and fails where it is told to.
class WritingHost {
  public:
    explicit WritingHost(Failure failure, bool has_last_state = false)
        : failure_(failure), has_last_state_(has_last_state) {
        host_.size = sizeof(host_);
        host_.abi_major = COTERIE_ABI_MAJOR;
        host_.abi_minor = COTERIE_ABI_MINOR;
        host_.context = this;
        host_.record = [](void* context, coterie_bytes id, coterie_bytes json) {
            return self(context).take(Event::Kind::Record, id, text(json));
        };
        host_.record_at = [](void* context, coterie_bytes id, coterie_bytes json,
                             coterie_bytes where) {
            return self(context).take(Event::Kind::Record, id, text(json), text(where));
        };
        host_.deleted = [](void* context, coterie_bytes id) {
            return self(context).take(Event::Kind::Deleted, id, {});
        };
        host_.partial = [](void* context) {
            return self(context).take(Event::Kind::Partial, {}, {});
        };
        host_.replaces = [](void* context, coterie_bytes id_prefix) {
            return self(context).take(Event::Kind::Replaces, id_prefix, {});
        };
        host_.quarantine = [](void* context, coterie_bytes raw, coterie_bytes where,
                              coterie_bytes why) {
            return self(context).take(Event::Kind::Quarantine, where, text(raw) + "|" + text(why));
        };
        host_.checkpoint = [](void* context, coterie_bytes cursor) {
            return self(context).take(Event::Kind::Checkpoint, {}, text(cursor));
        };
        host_.restarted = [](void* context) {
            return self(context).take(Event::Kind::Restarted, {}, {});
        };
        host_.keep_state = [](void* context, coterie_bytes state) {
            return self(context).take(Event::Kind::State, {}, text(state));
        };
        host_.unchanged = [](void* context) { return self(context).take_unchanged(); };
        host_.log = [](void*, int32_t, coterie_bytes) {};
        host_.progress = [](void*, std::uint64_t, std::uint64_t, coterie_bytes) {};
        host_.cancelled = [](void* context) -> int32_t { return self(context).stopped_ ? 1 : 0; };
        host_.error = [](void* context, coterie_bytes message, std::uint64_t) {
            self(context).outcome.message = text(message);
        };
    }
    WritingHost(const WritingHost&) = delete;
    WritingHost& operator=(const WritingHost&) = delete;

    [[nodiscard]] const coterie_host* host() const { return &host_; }
    [[nodiscard]] std::optional<steady_clock::time_point> stopped_at() const { return stopped_at_; }

    Outcome outcome;

  private:
    static WritingHost& self(void* context) { return *static_cast<WritingHost*>(context); }

    int32_t take(Event::Kind kind, coterie_bytes id, std::string content, std::string where = {}) {
        ++calls_;
        outcome.events.push_back({kind, text(id), std::move(content), std::move(where)});
        if (calls_ < failure_.call || failure_.call == 0) {
            return COTERIE_OK;
        }
        if (!stopped_at_) {
            stopped_at_ = steady_clock::now();
            stopped_ = failure_.cancels;
        }
        return failure_.status;
    }

    /// As the core does: nothing can be unchanged without a state to compare with, or with records.
    int32_t take_unchanged() {
        if (!has_last_state_ || !outcome.events.empty()) {
            return COTERIE_FATAL;
        }
        return take(Event::Kind::Unchanged, {}, {});
    }

    Failure failure_;
    bool has_last_state_;
    coterie_host host_{};
    std::size_t calls_ = 0;
    bool stopped_ = false;
    std::optional<steady_clock::time_point> stopped_at_;
};

}  // namespace

DirectPlugin::DirectPlugin(const coterie_plugin& functions, std::string config)
    : functions_(functions) {
    const WritingHost host({});
    open_status_ = functions_.open(host.host(), {config.data(), config.size()}, &instance_);
}

DirectPlugin::~DirectPlugin() {
    if (open_status_ == COTERIE_OK) {
        functions_.close(instance_);
    }
}

Outcome DirectPlugin::read(const std::string& stream, const std::string& cursor, Failure failure,
                           const std::string& last_state) {
    WritingHost host(failure, !last_state.empty());
    const coterie_read_request request{sizeof(coterie_read_request),
                                       {stream.data(), stream.size()},
                                       {cursor.data(), cursor.size()},
                                       {last_state.data(), last_state.size()}};
    host.outcome.status = functions_.read(instance_, host.host(), &request);
    if (const auto stopped_at = host.stopped_at()) {
        host.outcome.ended_after = steady_clock::now() - *stopped_at;
    }
    return std::move(host.outcome);
}

}  // namespace coterie::conformance
