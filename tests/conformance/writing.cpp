#include "writing.hpp"

#include <optional>

namespace coterie::conformance {
namespace {

using std::chrono::steady_clock;

std::string text(coterie_bytes bytes) {
    return bytes.data == nullptr ? std::string() : std::string(bytes.data, bytes.size);
}

/// A host that gives deliveries, writes answers down and fails where it is told to.
class GivingHost {
  public:
    GivingHost(const std::vector<GivenDelivery>& deliveries, Failure failure)
        : deliveries_(deliveries), failure_(failure) {
        host_.size = sizeof(host_);
        host_.abi_major = COTERIE_ABI_MAJOR;
        host_.abi_minor = COTERIE_ABI_MINOR;
        host_.context = this;
        host_.log = [](void*, int32_t, coterie_bytes) {};
        host_.progress = [](void*, std::uint64_t, std::uint64_t, coterie_bytes) {};
        host_.cancelled = [](void* context) -> int32_t {
            return self(context).is_stopped_ ? 1 : 0;
        };
        host_.error = [](void* context, coterie_bytes message, std::uint64_t) {
            self(context).outcome.message = text(message);
        };
        host_.delivered = [](void* context, coterie_bytes id, int32_t status, coterie_bytes) {
            return self(context).take(text(id), std::to_string(status));
        };
        host_.planned = [](void* context, coterie_bytes id, coterie_bytes) {
            return self(context).take(text(id), "planned");
        };
        host_.hold = [](void* context, coterie_bytes why) {
            return self(context).take(text(why), "held");
        };
    }
    GivingHost(const GivingHost&) = delete;
    GivingHost& operator=(const GivingHost&) = delete;

    [[nodiscard]] const coterie_host* host() const { return &host_; }
    [[nodiscard]] std::optional<steady_clock::time_point> stopped_at() const { return stopped_at_; }
    static int32_t next(void* context, coterie_delivery* delivery) {
        return self(context).give(*delivery);
    }

    WriteOutcome outcome;

  private:
    static GivingHost& self(void* context) { return *static_cast<GivingHost*>(context); }

    int32_t count_call() {
        outcome.calls_after_stop += stopped_at_ ? 1U : 0U;
        if (++outcome.calls < failure_.call || failure_.call == 0) {
            return COTERIE_OK;
        }
        if (!stopped_at_) {
            stopped_at_ = steady_clock::now();
            is_stopped_ = failure_.cancels;
        }
        return failure_.status;
    }

    int32_t give(coterie_delivery& delivery) {
        if (const auto status = count_call(); status != COTERIE_OK) {
            return status;
        }
        delivery = {sizeof(coterie_delivery), COTERIE_END, {}, {}, {}};
        if (outcome.taken < deliveries_.size()) {
            // Only the last one is alive, so that a plugin that keeps a view is found out.
            given_ = deliveries_[outcome.taken++];
            delivery.action =
                given_.action == Delivery::Action::Remove ? COTERIE_REMOVE : COTERIE_UPSERT;
            delivery.id = Sink::bytes(given_.id);
            delivery.json = Sink::bytes(given_.json);
        }
        return COTERIE_OK;
    }

    int32_t take(const std::string& id, const std::string& status) {
        const auto answer = count_call();
        if (answer == COTERIE_OK) {
            outcome.answers.push_back(status + " " + id);
        }
        return answer;
    }

    const std::vector<GivenDelivery>& deliveries_;
    Failure failure_;
    coterie_host host_{};
    GivenDelivery given_;
    bool is_stopped_ = false;
    std::optional<steady_clock::time_point> stopped_at_;
};

}  // namespace

WriteOutcome write_directly(const coterie_plugin& functions, void* instance,
                            const WriteRequest& request,
                            const std::vector<GivenDelivery>& deliveries, Failure failure) {
    GivingHost host(deliveries, failure);
    const std::string about = request.about.dump();
    const coterie_write_request asked{sizeof(coterie_write_request),
                                      {request.stream.data(), request.stream.size()},
                                      request.is_complete ? 1 : 0,
                                      request.is_unchanged ? 1 : 0,
                                      deliveries.size(),
                                      {about.data(), about.size()},
                                      &host,
                                      &GivingHost::next};
    host.outcome.status = functions.write(instance, host.host(), &asked);
    if (const auto stopped_at = host.stopped_at()) {
        host.outcome.ended_after = steady_clock::now() - *stopped_at;
    }
    return std::move(host.outcome);
}

}  // namespace coterie::conformance
