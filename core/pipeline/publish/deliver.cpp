#include "pipeline/publish/deliver.hpp"

#include "base/backoff.hpp"
#include "pipeline/publish/read_golden.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <unordered_map>
#include <utility>

namespace coterie::publish {

namespace {

using store::DeliveryKind;

/// Answers that are noted in one transaction: so many deliveries at most are told again after a
/// crash.
constexpr std::size_t kAnswersNotedAtOnce = 500;

/// Gives a destination its plan and keeps what it answers.
class PlanFeed final : public plugin::DeliveryFeed {
  public:
    PlanFeed(store::Store& store, const GoldenReader& reader, const store::Run& run,
             const DeliveryTask& task, store::DestinationId destination,
             const std::vector<PlannedDelivery>& plan, observe::Observer& observer)
        : store_(store), reader_(reader), run_(run), task_(task), destination_(destination),
          plan_(plan), observer_(observer) {}

    Result<std::optional<Delivery>> next() override {
        if (failure_) {
            return *failure_;
        }
        while (next_ < plan_.size()) {
            const PlannedDelivery& planned = plan_[next_];
            if (planned.kind == DeliveryKind::Remove && is_complete()) {
                break;  // removals come last; what is not in a complete write is removed
            }
            ++next_;
            COTERIE_TRY_VOID(load(planned));
            if (json_.size() <= task_.session.limits.record_bytes_max) {
                return give(planned);
            }
            answers_.push_back(rejection(
                planned, fmt::format("the golden record has {} bytes, limits.record_mb allows {}",
                                     json_.size(), task_.session.limits.record_bytes_max)));
        }
        return std::optional<Delivery>();
    }

    void answered(std::string_view id, plugin::Outcome outcome, std::string_view message) override {
        const auto found = given_.find(std::string(id));
        const Given given = std::move(found->second);
        given_.erase(found);
        const PlannedDelivery& planned = *given.planned;
        switch (outcome) {
        case plugin::Outcome::Delivered:
            if (!planned.is_settled || planned.taken != planned.revision) {
                answers_.push_back(note(planned, planned.revision, given.json));
            }
            break;
        case plugin::Outcome::Rejected:
            answers_.push_back(rejection(planned, std::string(message)));
            break;
        case plugin::Outcome::Postponed:
            ++postponed_;
            if (postponed_because_.empty()) {
                postponed_because_ = message;
            }
            break;
        }
        ++answered_;
        if (!is_complete() && answers_.size() >= kAnswersNotedAtOnce) {
            if (auto noted = note_answers(); !noted) {
                failure_ = std::move(noted).error();
            }
        }
        observer_.advanced(task_.name, {answered_, answered_, plan_.size()});
    }

    void log(LogLevel level, std::string_view message) override {
        observer_.log(level, "", fmt::format("destination '{}': {}", task_.name, message));
    }
    void progress(std::uint64_t, std::uint64_t, std::string_view) override {}

    /// Notes what was answered by now.
    Result<void> note_answers() {
        if (!answers_.empty()) {
            COTERIE_TRY_VOID(
                store_.transaction([&] { return store_.put_delivered(destination_, answers_); }));
            answers_.clear();
        }
        return {};
    }

    /// Notes a complete write that has come to its end: all at once.
    Result<void> note_complete_write() {
        for (const PlannedDelivery& planned : plan_) {
            if (planned.kind == DeliveryKind::Remove) {
                answers_.push_back(note(planned, 0, {}));
            }
        }
        return store_.transaction([&]() -> Result<void> {
            COTERIE_TRY_VOID(store_.put_delivered(destination_, answers_));
            return store_.set_written_whole(destination_, run_.number);
        });
    }

    [[nodiscard]] bool was_asked() const { return next_ > 0; }
    [[nodiscard]] std::uint64_t postponed() const { return postponed_; }
    [[nodiscard]] const std::string& postponed_because() const { return postponed_because_; }

  private:
    /// What the destination has taken and not answered yet.
    struct Given {
        const PlannedDelivery* planned = nullptr;
        std::optional<std::string> json;  ///< kept where the destination wants to be told of it
    };

    [[nodiscard]] bool is_complete() const {
        return task_.plugin->manifest.destination.is_complete;
    }
    [[nodiscard]] bool wants_previous() const {
        return task_.plugin->manifest.destination.wants_previous;
    }

    Result<void> load(const PlannedDelivery& planned) {
        json_.clear();
        previous_.clear();
        if (planned.kind == DeliveryKind::Remove) {
            return {};
        }
        COTERIE_TRY(const auto golden, reader_.at(planned.golden));
        merge::write_json(golden.heading, golden.record, golden.keys, json_);
        if (wants_previous() && planned.taken != 0) {
            COTERIE_TRY(auto before, store_.delivered(destination_, planned.golden));
            if (before && before->payload) {
                previous_ = *std::move(before->payload);
            }
        }
        return {};
    }

    Result<std::optional<Delivery>> give(const PlannedDelivery& planned) {
        const bool removes = planned.kind == DeliveryKind::Remove;
        Given given{&planned, std::nullopt};
        if (wants_previous() && !removes) {
            given.json = json_;
        }
        given_.emplace(planned.id, std::move(given));
        return std::optional(Delivery{removes ? Delivery::Action::Remove : Delivery::Action::Upsert,
                                      planned.id, json_, previous_});
    }

    [[nodiscard]] store::DeliveredRecord note(const PlannedDelivery& planned, std::int64_t taken,
                                              std::optional<std::string> payload) const {
        return {planned.golden, taken, 0, planned.kind, run_.number, {}, std::move(payload)};
    }

    store::DeliveredRecord rejection(const PlannedDelivery& planned, std::string reason) {
        // A complete write takes the place of what was there, this record's last version too.
        auto record = note(planned, is_complete() ? 0 : planned.taken, std::nullopt);
        const bool removes = planned.kind == DeliveryKind::Remove;
        record.rejected = removes ? store::kRevisionUnknown : planned.revision;
        record.reason = std::move(reason);
        if (wants_previous() && planned.taken != 0) {
            // It still has what it had, and is to be told of that the next time.
            if (auto before = store_.delivered(destination_, planned.golden); !before) {
                failure_ = std::move(before).error();
            } else if (*before) {
                record.payload = std::move((*before)->payload);
            }
        }
        return record;
    }

    store::Store& store_;
    const GoldenReader& reader_;
    const store::Run& run_;
    const DeliveryTask& task_;
    const store::DestinationId destination_;
    const std::vector<PlannedDelivery>& plan_;
    observe::Observer& observer_;

    std::size_t next_ = 0;
    std::string json_, previous_;  ///< of the delivery that was given last
    std::unordered_map<std::string, Given> given_;
    std::vector<store::DeliveredRecord> answers_;  ///< not noted yet
    std::uint64_t answered_ = 0;
    std::uint64_t postponed_ = 0;
    std::string postponed_because_;
    std::optional<Error> failure_;  ///< of the store
};

/// Brings one destination up to date.
class Deliverer {
  public:
    Deliverer(store::Store& store, const store::Run& run, const DeliveryTask& task,
              const DeliverOptions& options, observe::Observer& observer)
        : store_(store), run_(run), task_(task), options_(options), observer_(observer),
          info_(task.plugin->manifest.destination) {}

    Result<DeliveryResult> go() {
        const auto began = std::chrono::steady_clock::now();
        DeliveryResult result;
        result.name = task_.name;
        COTERIE_TRY(state_, store_.destination(task_.name, task_.version));
        COTERIE_TRY_VOID(store_.forget_removed(state_.id, run_.number));
        if (options_.is_dry_run) {
            COTERIE_TRY_VOID(foresee(result));
        } else {
            COTERIE_TRY(const auto written, write_with_retries());
            if (!written) {
                result.state = DeliveryState::Failed;
                result.message = written.error().message;
                observer_.log(LogLevel::Error, "",
                              fmt::format("destination '{}': {}", task_.name, result.message));
            }
            COTERIE_TRY(result.standing, standing_of(store_, state_.id, run_.number));
        }
        result.seconds =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
        return result;
    }

  private:
    Result<void> foresee(DeliveryResult& result) {
        result.state = DeliveryState::Planned;
        COTERIE_TRY(auto plan, make_plan(store_, state_.id, run_.number, false));
        COTERIE_TRY(result.standing, standing_of(store_, state_.id, run_.number));
        for (const PlannedDelivery& planned : plan) {
            ++(planned.kind == DeliveryKind::Create   ? result.standing.created
               : planned.kind == DeliveryKind::Update ? result.standing.updated
                                                      : result.standing.removed);
        }
        result.standing.waiting = 0;
        plan.resize(std::min(plan.size(), kPlannedShownMax));
        result.planned = std::move(plan);
        return {};
    }

    /// The outer result is the store's, the inner one the destination's.
    Result<Result<void>> write_with_retries() {
        for (unsigned attempt = 1;; ++attempt) {
            COTERIE_TRY(auto written, write_once());
            const bool may_retry = !written && written.error().kind == ErrorKind::Transient &&
                                   attempt < options_.tries_max && !options_.stop.stop_requested();
            if (!may_retry) {
                if (!written && attempt > 1) {
                    written.error().message += fmt::format(" ({} tries)", attempt);
                }
                return written;
            }
            const auto wait = backoff(attempt, written.error().retry_after);
            observer_.log(LogLevel::Warning, "",
                          fmt::format("destination '{}': {}; trying again in {} ms", task_.name,
                                      written.error().message, wait.count()));
            pause(wait, options_.stop);
        }
    }

    Result<Result<void>> write_once() {
        COTERIE_TRY(const auto plan, make_plan(store_, state_.id, run_.number, info_.is_complete));
        const bool is_unchanged =
            std::all_of(plan.begin(), plan.end(),
                        [](const PlannedDelivery& planned) { return planned.is_settled; }) &&
            (!info_.is_complete || state_.whole_run != 0);
        if (is_unchanged && !info_.is_complete) {
            return Result<void>();
        }
        COTERIE_TRY(const auto reader, GoldenReader::create(store_));
        PlanFeed feed(store_, reader, run_, task_, state_.id, plan, observer_);
        auto session = plugin::Session::open(*task_.plugin, task_.connector_config, task_.session);
        Result<void> written = session ? (*session)->write(request(plan, is_unchanged), feed)
                                       : Result<void>(std::move(session).error());
        if (!info_.is_complete) {
            // What was answered is so, whatever came after.
            COTERIE_TRY_VOID(feed.note_answers());
        } else if (written && feed.was_asked()) {
            COTERIE_TRY_VOID(feed.note_complete_write());
        } else if (written && !is_unchanged) {
            COTERIE_TRY_VOID(feed.note_complete_write());  // of nobody
        }
        if (written && feed.postponed() > 0) {
            written = Error{ErrorKind::Fatal,
                            fmt::format("{} of {} deliveries were not made, the next run tries "
                                        "them again: {}",
                                        feed.postponed(), plan.size(), feed.postponed_because())};
        }
        return written;
    }

    [[nodiscard]] WriteRequest request(const std::vector<PlannedDelivery>& plan,
                                       bool is_unchanged) const {
        WriteRequest request;
        request.stream = "golden";
        request.is_complete = info_.is_complete;
        request.is_unchanged = is_unchanged;
        const auto removals = std::count_if(plan.begin(), plan.end(), [](const auto& planned) {
            return planned.kind == DeliveryKind::Remove;
        });
        request.total = plan.size() - (info_.is_complete ? static_cast<std::size_t>(removals) : 0);
        request.about = {{"run", run_.number}, {"time", to_rfc3339(run_.started_at)}};
        return request;
    }

    store::Store& store_;
    const store::Run& run_;
    const DeliveryTask& task_;
    const DeliverOptions& options_;
    observe::Observer& observer_;
    const plugin::DestinationInfo& info_;
    store::DestinationState state_;
};

}  // namespace

Result<std::vector<DeliveryResult>> deliver(store::Store& store, const store::Run& run,
                                            const std::vector<DeliveryTask>& tasks,
                                            const DeliverOptions& options,
                                            observe::Observer& observer) {
    std::vector<DeliveryResult> results;
    for (const DeliveryTask& task : tasks) {
        if (options.stop.stop_requested()) {
            break;
        }
        COTERIE_TRY(auto result, Deliverer(store, run, task, options, observer).go());
        results.push_back(std::move(result));
    }
    return results;
}

}  // namespace coterie::publish
