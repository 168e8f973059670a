// What people decided of records, and what is left for them to decide.
#include "base/text.hpp"
#include "store/decision_graph.hpp"
#include "store/store.hpp"
#include "store/store_impl.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace coterie::store {

namespace {

using Kind = DecisionOutcome::Kind;

std::int64_t seconds_of(Timestamp time) {
    return time.time_since_epoch().count();
}

Decision read_decision(const Query& rows) {
    Decision decision;
    decision.number = rows.number<DecisionNumber>(0);
    decision.verdict = rows.number<Verdict>(1);
    decision.a = {std::string(rows.bytes(2)), std::string(rows.bytes(3)),
                  std::string(rows.bytes(4))};
    decision.b = {std::string(rows.bytes(5)), std::string(rows.bytes(6)),
                  std::string(rows.bytes(7))};
    decision.who = rows.bytes(8);
    decision.at = Timestamp(std::chrono::seconds(rows.integer(9)));
    decision.note = rows.bytes(10);
    if (!rows.is_null(11)) {
        decision.undone_at = Timestamp(std::chrono::seconds(rows.integer(11)));
    }
    decision.undone_by = rows.bytes(12);
    return decision;
}

/// What tells a decision from others on the same two records, whichever was named first.
auto identity_of(const Decision& decision) {
    const auto [first, second] = std::minmax(decision.a, decision.b);
    return std::tuple(first, second, decision.verdict, decision.who, decision.at);
}

using Places = std::vector<std::size_t>;

/// The decisions that are there, and what a new one means beside them.
class Register {
  public:
    explicit Register(std::vector<Decision> decisions) {
        for (Decision& decision : decisions) {
            keep(std::move(decision));
        }
    }

    /// What is to be done with `decision`; its number is filled in where it is to be added.
    DecisionOutcome judge(Decision& decision) {
        if (decision.a == decision.b) {
            return {
                Kind::Refused, 0,
                fmt::format("'{}' is one record; a decision is of two", shown_name(decision.a))};
        }
        if (const auto known = find_known(decision)) {
            return *known;
        }
        if (decision.holds()) {
            if (auto answered = beside_those_that_hold(decision)) {
                return *std::move(answered);
            }
        }
        if (decision.number == 0 || numbers_.contains(decision.number)) {
            if (last_ >= kDecisionNumberMax) {
                return {Kind::Refused, 0,
                        fmt::format("the store numbers {} decisions at most", kDecisionNumberMax)};
            }
            decision.number = last_ + 1;
        }
        const DecisionOutcome added{Kind::Added, decision.number, ""};
        keep(decision);
        return added;
    }

  private:
    void keep(Decision decision) {
        last_ = std::max(last_, decision.number);
        numbers_.insert(decision.number);
        by_identity_[identity_of(decision)].push_back(decisions_.size());
        graph_.add(decision);
        decisions_.push_back(std::move(decision));
    }

    /// The same decision, brought again from elsewhere.
    std::optional<DecisionOutcome> find_known(const Decision& decision) {
        const auto found = by_identity_.find(identity_of(decision));
        if (found == by_identity_.end()) {
            return std::nullopt;
        }
        for (const std::size_t place : found->second) {
            const Decision& known = decisions_[place];
            const bool is_undone_alike =
                known.undone_at == decision.undone_at && known.undone_by == decision.undone_by;
            // What was exported before it was undone here stays undone.
            if (is_undone_alike || (decision.holds() && known.number == decision.number)) {
                return DecisionOutcome{Kind::AlreadyThere, known.number, ""};
            }
        }
        for (const std::size_t place : found->second) {
            Decision& known = decisions_[place];
            if (known.holds() && !decision.holds()) {
                known.undone_at = decision.undone_at;
                known.undone_by = decision.undone_by;
                graph_ = DecisionGraph(decisions_);
                return DecisionOutcome{Kind::Undone, known.number, ""};
            }
        }
        return std::nullopt;
    }

    std::optional<DecisionOutcome> beside_those_that_hold(const Decision& decision) const {
        const auto settled = graph_.settled(decision.a, decision.b);
        if (!settled) {
            return std::nullopt;
        }
        if (settled->verdict == decision.verdict) {
            // Said of these two, it is there. Said by others only, it may outlive them: it is kept.
            return settled->chain.size() == 1
                       ? std::optional(
                             DecisionOutcome{Kind::AlreadyThere, settled->chain.front().number, ""})
                       : std::nullopt;
        }
        return DecisionOutcome{
            Kind::Refused, 0,
            fmt::format("'{}' and '{}' are {} by {}; undo one of them first, such as: coterie "
                        "decide undo {}",
                        shown_name(decision.a), shown_name(decision.b),
                        settled->verdict == Verdict::Same ? "one person" : "two people",
                        shown_chain(settled->chain), settled->chain.front().number)};
    }

    std::vector<Decision> decisions_;
    std::map<decltype(identity_of(Decision())), Places> by_identity_;
    std::set<DecisionNumber> numbers_;
    DecisionNumber last_ = 0;
    DecisionGraph graph_;
};

}  // namespace

Result<std::vector<Decision>> Store::decisions() const {
    auto rows = impl_->database->query(
        "SELECT number, verdict, source_a, stream_a, record_a, source_b, stream_b, record_b, who, "
        "at, note, undone_at, undone_by FROM decisions ORDER BY number");
    std::vector<Decision> found;
    while (rows.next()) {
        found.push_back(read_decision(rows));
    }
    COTERIE_TRY_VOID(rows.result("reading decisions"));
    return found;
}

Result<std::vector<DecisionOutcome>> Store::add_decisions(std::span<const Decision> decisions) {
    constexpr std::string_view kDoing = "keeping decisions";
    std::vector<DecisionOutcome> outcomes;
    const auto step = [&]() -> Result<void> {
        outcomes.clear();
        COTERIE_TRY(auto there, this->decisions());
        Register all(std::move(there));
        auto insert = impl_->database->query(
            "INSERT INTO decisions (number, verdict, source_a, stream_a, record_a, source_b, "
            "stream_b, record_b, who, at, note, undone_at, undone_by) VALUES (?1, ?2, ?3, ?4, ?5, "
            "?6, ?7, ?8, ?9, ?10, ?11, NULL, '')");
        auto undo = impl_->database->query(
            "UPDATE decisions SET undone_at = ?2, undone_by = ?3 WHERE number = ?1");
        std::vector<RecordKey> touched;
        for (Decision decision : decisions) {
            outcomes.push_back(all.judge(decision));
            const DecisionOutcome& outcome = outcomes.back();
            if (outcome.kind == Kind::Added) {
                insert
                    .with(decision.number, decision.verdict, decision.a.source, decision.a.stream,
                          decision.a.record_id, decision.b.source, decision.b.stream,
                          decision.b.record_id, decision.who, seconds_of(decision.at),
                          decision.note)
                    .run();
                COTERIE_TRY_VOID(insert.result(kDoing));
            }
            if (decision.undone_at &&
                (outcome.kind == Kind::Added || outcome.kind == Kind::Undone)) {
                undo.with(outcome.number, seconds_of(*decision.undone_at), decision.undone_by)
                    .run();
                COTERIE_TRY_VOID(undo.result(kDoing));
            }
            // One that never held here changes nothing.
            if (outcome.kind == Kind::Undone || (outcome.kind == Kind::Added && decision.holds())) {
                touched.push_back(decision.a);
                touched.push_back(decision.b);
            }
        }
        return impl_->touch_records(*this, touched);
    };
    COTERIE_TRY_VOID(impl_->write(kDoing, step));
    return outcomes;
}

Result<Decision> Store::undo_decision(DecisionNumber number, Timestamp at, std::string_view who) {
    constexpr std::string_view kDoing = "undoing a decision";
    Decision undone;
    const auto step = [&]() -> Result<void> {
        COTERIE_TRY(auto there, decisions());
        const auto found = std::find_if(there.begin(), there.end(), [&](const Decision& decision) {
            return decision.number == number;
        });
        if (found == there.end()) {
            return Error{ErrorKind::Data,
                         fmt::format("no decision {}; 'coterie decisions' lists them", number)};
        }
        if (!found->holds()) {
            return Error{ErrorKind::Data, fmt::format("decision {} was undone on {} by {} already",
                                                      number, to_rfc3339(*found->undone_at),
                                                      printable(found->undone_by, 80))};
        }
        undone = std::move(*found);
        undone.undone_at = at;
        undone.undone_by = who;
        auto change = impl_->database->query(
            "UPDATE decisions SET undone_at = ?2, undone_by = ?3 WHERE number = ?1");
        change.with(number, seconds_of(at), who).run();
        COTERIE_TRY_VOID(change.result(kDoing));
        return impl_->touch_records(*this, std::array{undone.a, undone.b});
    };
    COTERIE_TRY_VOID(impl_->write(kDoing, step));
    return undone;
}

Result<void> Store::Impl::touch_records(const Store& store, std::span<const RecordKey> keys) {
    if (keys.empty()) {
        return {};
    }
    COTERIE_TRY(auto rows, store.live_rows(keys));
    std::erase(rows, 0U);
    std::sort(rows.begin(), rows.end());
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    return rows.empty() ? Result<void>() : touch(rows);
}

Result<std::vector<Row>> Store::live_rows(std::span<const RecordKey> keys) const {
    constexpr std::string_view kDoing = "looking records up";
    using Wanted = std::unordered_map<std::string_view, std::vector<std::size_t>>;
    std::map<std::pair<std::string_view, std::string_view>, Wanted> by_stream;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        by_stream[{keys[i].source, keys[i].stream}][keys[i].record_id].push_back(i);
    }
    std::vector<Row> found(keys.size(), 0);
    auto rows = impl_->database->query(
        "SELECT r.row, r.record_id FROM sources o JOIN streams s ON s.source = o.id "
        "CROSS JOIN row_ranges g ON g.stream = s.id "
        "CROSS JOIN records r ON r.row BETWEEN g.first AND g.last "
        "WHERE o.name = ?1 AND s.name = ?2 AND r.state = 0");
    for (const auto& [stream, wanted] : by_stream) {
        rows.with(stream.first, stream.second);
        while (rows.next()) {
            const auto places = wanted.find(rows.bytes(1));
            if (places != wanted.end()) {
                for (const std::size_t place : places->second) {
                    found[place] = rows.number<Row>(0);
                }
            }
        }
        COTERIE_TRY_VOID(rows.result(kDoing));
    }
    return found;
}

// --- What is left to decide ------------------------------------------------------------------

Result<void> Store::replace_review_pairs(std::span<const ReviewPair> pairs) {
    constexpr std::string_view kDoing = "keeping pairs to review";
    return impl_->write(kDoing, [&]() -> Result<void> {
        auto remove = impl_->database->query("DELETE FROM review_pairs");
        remove.with().run();
        COTERIE_TRY_VOID(remove.result(kDoing));
        auto insert = impl_->database->query(
            "INSERT INTO review_pairs (rank, row_a, row_b, weight, probability, reason) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
        for (std::size_t i = 0; i < pairs.size(); ++i) {
            const ReviewPair& pair = pairs[i];
            insert.with(i + 1, pair.a, pair.b, pair.weight, pair.probability, pair.reason).run();
        }
        return insert.result(kDoing);
    });
}

Result<std::vector<ReviewPair>> Store::review_pairs() const {
    auto rows = impl_->database->query(
        "SELECT v.row_a, v.row_b, v.weight, v.probability, v.reason FROM review_pairs v "
        "JOIN records a ON a.row = v.row_a JOIN records b ON b.row = v.row_b "
        "WHERE a.state = 0 AND b.state = 0 ORDER BY v.rank");
    std::vector<ReviewPair> found;
    while (rows.next()) {
        found.push_back({rows.number<Row>(0), rows.number<Row>(1), static_cast<float>(rows.real(2)),
                         static_cast<float>(rows.real(3)), std::string(rows.bytes(4))});
    }
    COTERIE_TRY_VOID(rows.result("reading pairs to review"));
    return found;
}

}  // namespace coterie::store
