/// A host for one destination under test: gives it deliveries, keeps its answers, and can ask to
/// stop.
#pragma once

#include "coterie/connector.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace coterie::test {

/// What one write was told and said.
class FeedingHost {
  public:
    struct Given {
        Delivery::Action action = Delivery::Action::Upsert;
        std::string id;
        std::string json;
    };

    /// Upserts of these records, each under its member "id".
    explicit FeedingHost(const std::vector<nlohmann::json>& records) {
        for (const auto& record : records) {
            deliveries.push_back({Delivery::Action::Upsert, record.at("id"), record.dump()});
        }
    }

    std::vector<Given> deliveries;
    /// "inf_1 ok", "inf_2 rejected: why", "inf_3 planned: {…}"
    std::vector<std::string> answers;
    std::string held;  ///< why, where it is
    std::vector<std::string> logs;
    bool is_complete = true;
    bool is_unchanged = false;
    nlohmann::json about{{"run", 3}, {"time", "2026-03-01T02:30:00Z"}};
    std::string stream = "golden";
    std::size_t stop_at_call = SIZE_MAX;  ///< of next, hold and the answers, from 1

    Result<void> write(Destination& destination) {
        coterie_host host{};
        host.size = sizeof host;
        host.context = this;
        host.log = [](void* self, int32_t, coterie_bytes message) {
            of(self).logs.emplace_back(text(message));
        };
        host.progress = [](void*, std::uint64_t, std::uint64_t, coterie_bytes) {};
        host.cancelled = [](void* self) -> int32_t {
            return of(self).calls_ >= of(self).stop_at_call ? 1 : 0;
        };
        host.delivered = [](void* self, coterie_bytes id, int32_t status, coterie_bytes message) {
            return of(self).take(std::string(text(id)) +
                                 (status == COTERIE_OK     ? " ok"
                                  : status == COTERIE_DATA ? " rejected: "
                                                           : " postponed: ") +
                                 std::string(text(message)));
        };
        host.planned = [](void* self, coterie_bytes id, coterie_bytes json) {
            return of(self).take(std::string(text(id)) + " planned: " + std::string(text(json)));
        };
        host.hold = [](void* self, coterie_bytes why) {
            of(self).held = text(why);
            return ++of(self).calls_ >= of(self).stop_at_call ? int32_t{COTERIE_CANCELLED}
                                                              : int32_t{COTERIE_OK};
        };
        coterie_write_request asked{};
        asked.size = sizeof asked;
        asked.context = this;
        asked.next = [](void* self, coterie_delivery* delivery) {
            return of(self).give(*delivery);
        };
        const WriteRequest request{stream, is_complete, is_unchanged, deliveries.size(), about};
        Deliveries given(host, asked);
        try {
            return destination.write(request, given);
        } catch (const Sink::Stopped&) {
            return Error{ErrorKind::Cancelled, "stopped"};
        }
    }

  private:
    static FeedingHost& of(void* self) { return *static_cast<FeedingHost*>(self); }
    static std::string_view text(coterie_bytes bytes) {
        return bytes.size == 0 ? std::string_view() : std::string_view(bytes.data, bytes.size);
    }

    int32_t give(coterie_delivery& delivery) {
        if (++calls_ >= stop_at_call) {
            return COTERIE_CANCELLED;
        }
        delivery = {sizeof delivery, COTERIE_END, {}, {}, {}};
        if (next_ < deliveries.size()) {
            const auto& given = deliveries[next_++];
            delivery.action =
                given.action == Delivery::Action::Remove ? COTERIE_REMOVE : COTERIE_UPSERT;
            delivery.id = Sink::bytes(given.id);
            delivery.json = Sink::bytes(given.json);
        }
        return COTERIE_OK;
    }

    int32_t take(std::string answer) {
        if (++calls_ >= stop_at_call) {
            return COTERIE_CANCELLED;
        }
        answers.push_back(std::move(answer));
        return COTERIE_OK;
    }

    std::size_t next_ = 0;
    std::size_t calls_ = 0;
};

}  // namespace coterie::test
