#include "pipeline/publish/deliver.hpp"

#include "base/backoff.hpp"
#include "base/text.hpp"
#include "pipeline/publish/read_golden.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

namespace coterie::publish {

namespace {

using store::DeliveryKind;

/// Answers that are noted in one transaction: so many deliveries at most are told again after a
/// crash.
constexpr std::size_t kAnswersNotedAtOnce = 500;

std::string display_name(const merge::GoldenRecord& golden) {
    const auto found =
        std::find_if(golden.facts.begin(), golden.facts.end(), [](const merge::GoldenFact& fact) {
            return fact.field == record::FieldId::NameDisplay;
        });
    return found == golden.facts.end() ? std::string() : found->value;
}

/// Gives a destination its plan and keeps what it answers.
class PlanFeed final : public plugin::DeliveryFeed {
  public:
    PlanFeed(store::Store& store, const GoldenReader& reader, const store::Run& run,
             const DeliveryTask& task, store::DestinationId destination,
             const std::vector<PlannedDelivery>& plan, observe::Observer& observer)
        : store_(store), reader_(reader), run_(run), task_(task), destination_(destination),
          plan_(plan), observer_(observer) {}

    /// Of a dry run: nothing is noted; what the destination would make of a delivery comes here.
    void foresee_into(std::map<std::string, nlohmann::json, std::less<>>& plans) {
        plans_ = &plans;
    }

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
        ++answered_;
        observer_.advanced(task_.name, {answered_, answered_, plan_.size()});
        if (plans_ != nullptr) {
            foresee(id, outcome, message);
            return;
        }
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
        case plugin::Outcome::Planned:
            break;  // of a dry run alone
        }
        if (!is_complete() && answers_.size() >= kAnswersNotedAtOnce) {
            if (auto noted = note_answers(); !noted) {
                failure_ = std::move(noted).error();
            }
        }
    }

    void held(std::string_view why) override { held_because_ = why; }

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

    /// Why the destination waits for a person's word; empty: it does not.
    [[nodiscard]] const std::string& held_because() const { return held_because_; }
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

    void foresee(std::string_view id, plugin::Outcome outcome, std::string_view message) {
        nlohmann::json plan;
        if (outcome == plugin::Outcome::Planned) {
            plan = nlohmann::json::parse(message, nullptr, false);
            if (!plan.is_object()) {
                failure_ = Error{ErrorKind::Fatal, fmt::format("its plan of '{}' is no JSON object",
                                                               printable(id, 80))};
                return;
            }
        } else {
            plan = {{"action", outcome == plugin::Outcome::Rejected ? "reject" : "postpone"},
                    {"why", message}};
        }
        plans_->insert_or_assign(std::string(id), std::move(plan));
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
    std::string held_because_;
    std::map<std::string, nlohmann::json, std::less<>>* plans_ = nullptr;  ///< of a dry run
    std::optional<Error> failure_;  ///< of the store, or of a plan
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
        COTERIE_TRY_VOID(count_delivered());
        if (options_.is_dry_run) {
            result.state = DeliveryState::Planned;
        }
        if (!options_.is_dry_run || plans_itself()) {
            COTERIE_TRY(const auto written, write_with_retries());
            if (!written || !held_because_.empty()) {
                result.state = written ? DeliveryState::Held : DeliveryState::Failed;
                result.message = written ? held_message() : written.error().message;
                observer_.log(written ? LogLevel::Warning : LogLevel::Error, "",
                              fmt::format("destination '{}': {}", task_.name, result.message));
            }
        }
        if (options_.is_dry_run) {
            COTERIE_TRY_VOID(foresee(result));
        } else {
            COTERIE_TRY(result.standing, standing_of(store_, state_.id, run_.number));
        }
        result.seconds =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
        return result;
    }

  private:
    [[nodiscard]] bool plans_itself() const { return info_.has_dry_run && !info_.is_complete; }

    [[nodiscard]] std::string held_message() const {
        return fmt::format("held: {}; 'coterie run --dry-run' lists the changes, 'coterie run "
                           "--accept-changes {}' makes them",
                           held_because_, task_.name);
    }

    /// What it had before this run, and how many there are.
    Result<void> count_delivered() {
        COTERIE_TRY(roster_, store_.golden_count());
        return store_.for_each_delivered(state_.id, [&](const store::DeliveredRecord& record) {
            has_ += record.taken != 0 ? 1U : 0U;
        });
    }

    Result<void> foresee(DeliveryResult& result) {
        COTERIE_TRY(const auto plan, make_plan(store_, state_.id, run_.number, false));
        COTERIE_TRY(result.standing, standing_of(store_, state_.id, run_.number));
        for (const PlannedDelivery& planned : plan) {
            ++(planned.kind == DeliveryKind::Create   ? result.standing.created
               : planned.kind == DeliveryKind::Update ? result.standing.updated
                                                      : result.standing.removed);
        }
        result.standing.waiting = 0;
        COTERIE_TRY(const auto reader, GoldenReader::create(store_));
        for (const PlannedDelivery& planned : plan) {
            ForeseenDelivery foreseen{planned.id, {}, planned.kind, nullptr};
            if (planned.kind != DeliveryKind::Remove) {
                COTERIE_TRY(const auto golden, reader.at(planned.golden));
                foreseen.name = display_name(golden.record);
            }
            if (const auto found = plans_.find(planned.id); found != plans_.end()) {
                foreseen.plan = std::move(found->second);
            }
            result.planned.push_back(std::move(foreseen));
        }
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
        if (options_.is_dry_run) {
            feed.foresee_into(plans_);
        }
        auto session = plugin::Session::open(*task_.plugin, task_.connector_config, task_.session);
        Result<void> written = session ? (*session)->write(request(plan, is_unchanged), feed)
                                       : Result<void>(std::move(session).error());
        held_because_ = feed.held_because();
        if (options_.is_dry_run) {
            return written;
        }
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
        request.about = {{"run", run_.number},
                         {"time", to_rfc3339(run_.started_at)},
                         {"dry_run", options_.is_dry_run},
                         {"accept_changes", task_.accept_changes},
                         {"roster", roster_},
                         {"has", has_},
                         {"sources", options_.sources}};
        return request;
    }

    store::Store& store_;
    const store::Run& run_;
    const DeliveryTask& task_;
    const DeliverOptions& options_;
    observe::Observer& observer_;
    const plugin::DestinationInfo& info_;
    store::DestinationState state_;
    std::uint64_t roster_ = 0, has_ = 0;
    std::string held_because_;
    /// Of a dry run: what the destination would make of the deliveries, by golden id.
    std::map<std::string, nlohmann::json, std::less<>> plans_;
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
