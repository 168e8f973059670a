// A destination that keeps what it takes in a file, a line each, and does what its config says
// wrong.
#include "coterie/connector.hpp"

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <string>

namespace {

struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

class Careless final : public coterie::Destination {
  public:
    explicit Careless(const nlohmann::json& config)
        : how_(config.value("how", "")), after_(config.value("after", 0U)),
          kept_(config.value("kept", "")), token_(config.value("token", "")) {}

    coterie::Result<void> write(const coterie::WriteRequest& request,
                                coterie::Deliveries& deliveries) override {
        if (how_ == "takes_nothing") {
            return {};
        }
        if (how_ == "hangs_at_once") {
            hang();
        }
        const std::unique_ptr<std::FILE, Close> file(
            kept_.empty() ? nullptr : std::fopen(kept_.c_str(), "a"));
        unsigned count = 0;
        while (const auto delivery = deliveries.next()) {
            const std::string id(delivery->id);
            if (count++ >= after_ && !how_.empty()) {
                COTERIE_TRY(const bool goes_on, misbehave(request, deliveries, id));
                if (!goes_on) {
                    return {};
                }
                continue;
            }
            keep(file.get(), *delivery);
            deliveries.delivered(id);
        }
        return {};
    }

  private:
    /// \return Whether the write goes on.
    coterie::Result<bool> misbehave(const coterie::WriteRequest& request,
                                    coterie::Deliveries& deliveries, const std::string& id) {
        using coterie::Error;
        using coterie::ErrorKind;
        if (how_ == "segfaults") {
            std::raise(SIGSEGV);
        } else if (how_ == "exits") {
            ::_exit(0);
        } else if (how_ == "hangs") {
            hang();
        } else if (how_ == "throws") {
            throw 7;
        } else if (how_ == "rejects") {
            deliveries.rejected(id, "no e-mail address (" + token_ + ")");
        } else if (how_ == "postpones") {
            deliveries.postponed(id, "busy");
        } else if (how_ == "is_down") {
            return Error{ErrorKind::Transient, "http status 503", std::chrono::milliseconds(1)};
        } else if (how_ == "fails") {
            return Error{ErrorKind::Fatal, "the disk is on fire"};
        } else if (how_ == "claims_strangers") {
            deliveries.delivered("inf_stranger");
        } else if (how_ == "answers_twice") {
            deliveries.delivered(id);
            deliveries.delivered(id);
        } else if (how_ == "never_answers") {
            return true;
        } else if (how_ == "writes_the_time") {
            const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
            std::FILE* const file = std::fopen(kept_.c_str(), "a");
            std::fputs((std::to_string(now) + "\n").c_str(), file);
            std::fclose(file);
            deliveries.delivered(id);
        } else if (how_ == "deaf") {
            try {
                deliveries.delivered(id);
            } catch (const coterie::Sink::Stopped&) {
                return true;
            }
        } else if (how_ == "stops_early") {
            deliveries.delivered(id);
            return false;
        } else if (how_ == "plans") {
            deliveries.planned(id, {{"action", "create"}, {"token", token_}});
        } else if (how_ == "plans_at_length") {
            deliveries.planned(id, {{"action", std::string(2'000'000, 'x')}});
        } else if (how_ == "holds") {
            deliveries.hold("7 of 10 records would change (" + token_ + ")");
            return false;
        } else if (how_ == "floods") {
            for (int i = 0; i < 10'000'000; ++i) {
                deliveries.log(coterie::LogLevel::Info, std::string(1000, 'x'));
            }
        } else if (how_ == "allocates") {
            for (int i = 0; i < 4096; ++i) {
                hoard_.push_back(std::make_unique<std::string>(1U << 20, 'x'));
            }
        } else if (how_ == "closes_descriptors") {
            for (int descriptor = 3; descriptor < 64; ++descriptor) {
                ::close(descriptor);
            }
        } else {
            return Error{ErrorKind::Config, "cannot do '" + how_ + "' in " + request.stream};
        }
        return true;
    }

    [[noreturn]] static void hang() {
        while (true) {
            ::pause();
        }
    }

    static void keep(std::FILE* file, const coterie::Delivery& delivery) {
        if (file == nullptr) {
            return;
        }
        const nlohmann::json line{
            {"action", delivery.action == coterie::Delivery::Action::Remove ? "remove" : "upsert"},
            {"id", std::string(delivery.id)},
            {"record",
             delivery.json.empty() ? nlohmann::json() : nlohmann::json::parse(delivery.json)},
            {"previous", delivery.previous.empty() ? nlohmann::json()
                                                   : nlohmann::json::parse(delivery.previous)}};
        std::fputs((line.dump() + "\n").c_str(), file);
        std::fflush(file);  // before it is answered: what was answered is kept
    }

    std::string how_;
    unsigned after_;
    std::string kept_, token_;
    std::vector<std::unique_ptr<std::string>> hoard_;
};

}  // namespace

COTERIE_EXPORT_DESTINATION(Careless, HOSTILE_NAME);
