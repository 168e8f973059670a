// review: a person judges the pairs that the matcher could not settle.
#include "base/text.hpp"
#include "base/time.hpp"
#include "cli.hpp"
#include "decisions.hpp"
#include "keyboard.hpp"
#include "lookup.hpp"
#include "store/decision_graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

namespace coterie::cli {

namespace {

using record::FieldId;
using store::Store;
using store::Verdict;

constexpr const char* kKeys = "s same   d different   n skip   u undo the last   q quit";

/// What a person knows somebody by, in the order in which it is shown.
using MainFacts = std::vector<std::pair<std::string, std::vector<std::string>>>;

/// "instagram idaholm (12000)", by the item of the list.
std::vector<std::string> profiles_of(const ReadRecord& record) {
    struct Profile {
        std::string platform, handle, url, followers;
    };
    std::map<std::uint16_t, Profile> profiles;
    for (const auto& fact : record.facts()) {
        switch (fact.field) {
        case FieldId::ProfilePlatform:
            profiles[fact.item].platform = fact.value;
            break;
        case FieldId::ProfileHandle:
            profiles[fact.item].handle = fact.value;
            break;
        case FieldId::ProfileUrl:
            profiles[fact.item].url = fact.value;
            break;
        case FieldId::ProfileFollowers:
            profiles[fact.item].followers = fact.value;
            break;
        default:
            break;
        }
    }
    std::vector<std::string> shown;
    for (const auto& [item, profile] : profiles) {
        std::string text = profile.platform;
        text += (text.empty() ? "" : " ") + (profile.handle.empty() ? profile.url : profile.handle);
        text += profile.followers.empty() ? "" : " (" + profile.followers + ")";
        shown.push_back(std::move(text));
    }
    return shown;
}

MainFacts main_facts(const ReadRecord& record) {
    const auto values = [&](std::initializer_list<FieldId> fields) {
        std::vector<std::string> found;
        for (const FieldId field : fields) {
            for (const auto& fact : record.facts()) {
                if (fact.field == field) {
                    found.emplace_back(fact.value);
                }
            }
        }
        return found;
    };
    std::string place;
    for (const std::string& part :
         values({FieldId::LocationCity, FieldId::LocationRegion, FieldId::LocationCountry})) {
        place += (place.empty() ? "" : ", ") + part;
    }
    const auto some = [](const std::string& text) {
        return text.empty() ? std::vector<std::string>() : std::vector{text};
    };
    return {{"name", some(record.name())},
            {"also", values({FieldId::NameAlias})},
            {"kind", values({FieldId::Kind})},
            {"e-mails", values({FieldId::EmailAddress})},
            {"phones", values({FieldId::PhoneE164})},
            {"profiles", profiles_of(record)},
            {"place", some(place)},
            {"agency", values({FieldId::RepresentationAgency})}};
}

nlohmann::json record_json(const ReadRecord& record) {
    auto facts = nlohmann::json::object();
    for (const auto& [what, values] : main_facts(record)) {
        if (!values.empty()) {
            facts[what] = values;
        }
    }
    const auto key = record.key();
    return {{"source", key.source},
            {"stream", key.stream},
            {"record_id", key.record_id},
            {"facts", facts}};
}

/// The facts of two records beside each other; what is the same on both sides has a "=".
std::string side_by_side(const ReadRecord& a, const ReadRecord& b, std::size_t width) {
    constexpr std::size_t kLabelWidth = 10;
    const std::size_t column = std::max<std::size_t>((width - kLabelWidth - 2) / 2, 24);
    std::string text;
    const auto line = [&](const std::string& label, const std::string& left,
                          const std::string& right) {
        const std::string cut = clipped(printable(left, 400), column - 1);
        std::string row = label + std::string(kLabelWidth - label.size(), ' ') + cut +
                          std::string(column - width_of(cut), ' ') + "  " +
                          clipped(printable(right, 400), column - 1);
        row.resize(row.find_last_not_of(' ') + 1);
        text += row + "\n";
    };
    line("", shown_name(a.key()), shown_name(b.key()));
    const MainFacts facts_a = main_facts(a);
    const MainFacts facts_b = main_facts(b);
    for (std::size_t i = 0; i < facts_a.size(); ++i) {
        const auto& left = facts_a[i].second;
        const auto& right = facts_b[i].second;
        const auto marked = [](const std::vector<std::string>& values, std::size_t place,
                               const std::vector<std::string>& others) {
            if (place >= values.size()) {
                return std::string();
            }
            const bool is_same =
                std::any_of(others.begin(), others.end(), [&](const std::string& other) {
                    return fold(other) == fold(values[place]);
                });
            return (is_same ? "= " : "  ") + values[place];
        };
        for (std::size_t k = 0; k < std::max(left.size(), right.size()); ++k) {
            line(k == 0 ? facts_a[i].first : "", marked(left, k, right), marked(right, k, left));
        }
    }
    return text;
}

/// The queue, and what was decided here. The store is opened for writing for each decision alone,
/// so that a person who thinks does not hold up a run.
class Review {
  public:
    Review(const Context& context, const config::Config& config, const ReviewFlags& flags)
        : context_(context), config_(config), who_(flags.who.empty() ? login_name() : flags.who),
          store_(open_store(config, Store::Access::ReadOnly)) {
        options_.shared_names_max = config.shared_names_max;
        load_graph();
        std::size_t left = 0;
        for (auto& pair : or_end(store_->review_pairs())) {
            Asked asked{std::move(pair), key_of(pair.a), key_of(pair.b)};
            if (graph_.settled(asked.a, asked.b)) {
                continue;
            }
            ++left;
            if (flags.pairs_max == 0 || queue_.size() < flags.pairs_max) {
                queue_.push_back(std::move(asked));
            }
        }
        left_ = left;
    }

    [[nodiscard]] nlohmann::json to_json() const {
        auto pairs = nlohmann::json::array();
        for (const Asked& asked : queue_) {
            const ReadRecord a(*store_, asked.pair.a);
            const ReadRecord b(*store_, asked.pair.b);
            pairs.push_back(
                {{"a", record_json(a)},
                 {"b", record_json(b)},
                 {"weight", asked.pair.weight},
                 {"probability", asked.pair.probability},
                 {"reason", asked.pair.reason},
                 {"evidence", evidence_between(*store_, asked.pair.a, asked.pair.b, options_)}});
        }
        return {{"total", left_}, {"pairs", pairs}};
    }

    void walk() {
        if (queue_.empty()) {
            say("no pair waits for a decision\n");
            return;
        }
        {
            Keyboard keyboard;
            walk(keyboard);
        }
        say(fmt::format("\n{} decided{}\n", made_.size(),
                        made_.empty() ? "" : "; they take effect with the next run: coterie run"));
    }

  private:
    struct Asked {
        store::ReviewPair pair;
        store::RecordKey a, b;
    };
    struct Made {
        store::DecisionNumber number = 0;
        std::size_t place = 0;
    };

    void say(const std::string& text) const { print_text(context_, text); }

    store::RecordKey key_of(store::Row row) {
        if (sources_.empty()) {
            sources_ = or_end(store_->source_names());
        }
        const auto record = or_end(store_->record(row, false));
        return {sources_.at(record.source - 1), record.stream, record.record_id};
    }

    void load_graph() { graph_ = store::DecisionGraph(or_end(store_->decisions())); }

    void walk(Keyboard& keyboard) {
        std::size_t at = 0;
        std::optional<std::size_t> shown;
        while (at < queue_.size()) {
            if (graph_.settled(queue_[at].a, queue_[at].b)) {
                ++at;  // what was decided meanwhile says it
                continue;
            }
            if (shown != at) {
                show(at);
                shown = at;
            }
            const auto press = keyboard.next();
            if (press == Keyboard::Press::End) {
                return;
            }
            if (press == Keyboard::Press::Again) {
                shown.reset();
                continue;
            }
            switch (keyboard.key()) {
            case 's':
                at += decide(Verdict::Same, at, keyboard) ? 1 : 0;
                break;
            case 'd':
                at += decide(Verdict::Different, at, keyboard) ? 1 : 0;
                break;
            case 'n':
            case ' ':
                say("skipped\n");
                ++at;
                break;
            case 'u':
                if (made_.empty()) {
                    say("nothing was decided yet\n");
                } else if (undo(keyboard)) {
                    at = made_.back().place;
                    made_.pop_back();
                    shown.reset();
                }
                break;
            case 'q':
                return;
            default:
                say(fmt::format("{}\n", kKeys));
            }
        }
        say("\nthat was the last pair\n");
    }

    void show(std::size_t at) const {
        const Asked& asked = queue_[at];
        const ReadRecord a(*store_, asked.pair.a);
        const ReadRecord b(*store_, asked.pair.b);
        const std::size_t width = terminal_width();
        std::string text =
            fmt::format("\npair {} of {}: match weight {:.1f}, {:.0f} % likely one person{}\n\n",
                        at + 1, queue_.size(), asked.pair.weight, asked.pair.probability * 100,
                        asked.pair.reason.empty() ? "" : "; " + printable(asked.pair.reason, 200));
        text += side_by_side(a, b, width) + "\n";
        text += evidence_text(evidence_between(*store_, asked.pair.a, asked.pair.b, options_));
        say(text + "\n" + kKeys + "\n");
    }

    /// Runs what writes. \return false where a run holds the store: a person tries again, a script
    /// is told.
    template <class F>
    bool writing(const Keyboard& keyboard, F&& action) {
        try {
            const auto store = open_store(config_, Store::Access::ReadWrite);
            action(*store);
        } catch (const CommandError& error) {
            if (!keyboard.is_terminal()) {
                throw;
            }
            say(fmt::format("not kept: {}\n", error.what()));
            return false;
        }
        load_graph();
        return true;
    }

    bool decide(Verdict verdict, std::size_t at, const Keyboard& keyboard) {
        store::Decision decision;
        decision.verdict = verdict;
        decision.a = queue_[at].a;
        decision.b = queue_[at].b;
        decision.who = who_;
        decision.at = system_now();
        return writing(keyboard, [&](Store& store) {
            const auto outcome = or_end(store.add_decisions(std::span(&decision, 1))).front();
            if (outcome.kind == store::DecisionOutcome::Kind::Refused) {
                throw CommandError(Nothing, outcome.message);
            }
            if (outcome.kind == store::DecisionOutcome::Kind::Added) {
                made_.push_back({outcome.number, at});
            }
            say(fmt::format("decision {}: {}\n", outcome.number, decision_text(decision)));
        });
    }

    bool undo(const Keyboard& keyboard) {
        return writing(keyboard, [&](Store& store) {
            const auto undone =
                or_end(store.undo_decision(made_.back().number, system_now(), who_));
            say(fmt::format("decision {} is undone\n", undone.number));
        });
    }

    const Context& context_;
    const config::Config& config_;
    std::string who_;
    std::unique_ptr<Store> store_;
    match::MatchOptions options_;
    std::vector<std::string> sources_;
    store::DecisionGraph graph_;
    std::vector<Asked> queue_;
    std::size_t left_ = 0;  ///< pairs that wait, also beyond the queue
    std::vector<Made> made_;
};

}  // namespace

int review(const Context& context, const ReviewFlags& flags) {
    const config::Config config = load_config(context);
    Review review(context, config, flags);
    if (context.json) {
        print_json(review.to_json());
    } else {
        review.walk();
    }
    return Done;
}

}  // namespace coterie::cli
