#include "checks.hpp"

#include "plugin/loader.hpp"
#include "plugin/schema_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <tuple>

namespace coterie::conformance {
namespace {

/// Places that are tried of a long stream: the first ones, and others spread over the rest.
constexpr std::size_t kPlacesMax = 200;
constexpr std::chrono::seconds kPromptly{1};

std::string describe(const Event& event) {
    const auto name = [&event] {
        switch (event.kind) {
        case Event::Kind::Record:
            return "record";
        case Event::Kind::Deleted:
            return "deletion";
        case Event::Kind::Replaces:
            return "word 'replaces'";
        case Event::Kind::Partial:
            return "word 'partial'";
        case Event::Kind::Quarantine:
            return "quarantine";
        case Event::Kind::Checkpoint:
            return "checkpoint";
        case Event::Kind::Restarted:
            return "restart";
        case Event::Kind::State:
            return "state";
        case Event::Kind::Unchanged:
            return "word 'unchanged'";
        }
        return "event";
    };
    return fmt::format("{} '{}'", name(), event.id);
}

/// Up to kPlacesMax of the numbers in [0, count).
std::vector<std::size_t> places(std::size_t count) {
    std::vector<std::size_t> found;
    const std::size_t step = std::max<std::size_t>(1, count / (kPlacesMax / 2));
    for (std::size_t place = 0; place < count; ++place) {
        if (place < kPlacesMax / 2 || place % step == 0 || place + 1 == count) {
            found.push_back(place);
        }
    }
    return found;
}

/// Without checkpoints and states, which may lie elsewhere in another read.
std::vector<Event> data_of(const std::vector<Event>& events) {
    std::vector<Event> data;
    std::copy_if(events.begin(), events.end(), std::back_inserter(data), [](const Event& event) {
        return event.kind != Event::Kind::Checkpoint && event.kind != Event::Kind::State;
    });
    return data;
}

Finding first_difference(const std::vector<Event>& expected, const std::vector<Event>& found) {
    const auto [left, right] =
        std::mismatch(expected.begin(), expected.end(), found.begin(), found.end());
    if (left == expected.end() && right == found.end()) {
        return std::nullopt;
    }
    return fmt::format(
        "event {} is {} where {} was expected ({} events, expected {})",
        left - expected.begin() + 1, right == found.end() ? "missing" : describe(*right),
        left == expected.end() ? "no more" : describe(*left), found.size(), expected.size());
}

/// \pre The first check holds, which loads the library.
std::unique_ptr<DirectPlugin> open_directly(const Subject& subject) {
    const auto functions = plugin::load_plugin(subject.plugin);
    return std::make_unique<DirectPlugin>(**functions, subject.config.dump());
}

Finding full_read_fails(const Outcome& outcome) {
    if (outcome.status == COTERIE_OK) {
        return std::nullopt;
    }
    return fmt::format("a full read ends with status {}: {}", outcome.status, outcome.message);
}

Finding manifest_and_library_agree(const Subject& subject) {
    // Loading compares name, version and kinds; opening shows that the case's config works.
    const auto functions = plugin::load_plugin(subject.plugin);
    if (!functions) {
        return functions.error().message;
    }
    if (const auto fits = plugin::check_config(subject.plugin.manifest, subject.config); !fits) {
        return fits.error().message;
    }
    if (open_directly(subject)->open_status() != COTERIE_OK) {
        return "the plugin does not open with the case's config";
    }
    return std::nullopt;
}

Finding misspelt_keys_are_refused(const Subject& subject) {
    const auto& schema = subject.plugin.manifest.config_schema;
    for (const auto& [key, unused] : schema["properties"].items()) {
        auto config = subject.config;
        const std::string misspelt = key + "_x";
        config[misspelt] = "a value";
        const auto fits = plugin::check_config(subject.plugin.manifest, config);
        if (fits || fits.error().message.find("'" + misspelt + "'") == std::string::npos) {
            return fmt::format("the key '{}' is not named as unknown", misspelt);
        }
    }
    return std::nullopt;
}

Finding two_reads_are_the_same(const Subject& subject) {
    const auto first = open_directly(subject)->read(subject.stream, "");
    if (auto finding = full_read_fails(first)) {
        return finding;
    }
    if (data_of(first.events).empty()) {
        return "the case yields nothing, so nothing can be checked";
    }
    const auto second = open_directly(subject)->read(subject.stream, "");
    return first_difference(data_of(first.events), data_of(second.events));
}

Finding ids_are_unique(const Subject& subject) {
    std::map<std::string, std::size_t> seen;
    for (const auto& event : open_directly(subject)->read(subject.stream, "").events) {
        if (event.kind == Event::Kind::Record && !event.id.empty() && ++seen[event.id] == 2) {
            return fmt::format("the id '{}' comes twice", event.id);
        }
    }
    return std::nullopt;
}

Finding records_are_json_objects(const Subject& subject) {
    for (const auto& event : open_directly(subject)->read(subject.stream, "").events) {
        if (event.kind == Event::Kind::Record &&
            !nlohmann::json::parse(event.content, nullptr, false).is_object()) {
            return fmt::format("{} is no JSON object in UTF-8", describe(event));
        }
    }
    return std::nullopt;
}

Finding checkpoints_resume_exactly(const Subject& subject) {
    const auto full = open_directly(subject)->read(subject.stream, "");
    std::vector<std::size_t> checkpoints;
    for (std::size_t i = 0; i < full.events.size(); ++i) {
        if (full.events[i].kind == Event::Kind::Checkpoint) {
            checkpoints.push_back(i);
        }
    }
    for (const auto place : places(checkpoints.size())) {
        const auto at = checkpoints[place];
        const auto& cursor = full.events[at].content;
        const auto resumed = open_directly(subject)->read(subject.stream, cursor);
        if (resumed.status != COTERIE_OK) {
            return fmt::format("resumed from checkpoint {} the read ends with status {}: {}",
                               place + 1, resumed.status, resumed.message);
        }
        const std::vector<Event> rest(full.events.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                                      full.events.end());
        if (const auto finding = first_difference(data_of(rest), data_of(resumed.events))) {
            return fmt::format("resumed from checkpoint {}: {}", place + 1, *finding);
        }
    }
    return std::nullopt;
}

/// The state that a read kept last; empty where it kept none.
std::string state_of(const Outcome& outcome) {
    std::string state;
    for (const auto& event : outcome.events) {
        state = event.kind == Event::Kind::State ? event.content : state;
    }
    return state;
}

/// Reads again with the state of a first read: all is there again, or it is said to be unchanged.
Finding a_state_brings_all_or_nothing(const Subject& subject) {
    const auto full = open_directly(subject)->read(subject.stream, "");
    const auto state = state_of(full);
    if (!state.empty() && nlohmann::json::parse(state, nullptr, false).is_discarded()) {
        return "the state that it keeps is no JSON";
    }
    const auto again = open_directly(subject)->read(subject.stream, "", {}, state);
    if (again.status != COTERIE_OK) {
        return fmt::format("given the state that it kept, the read ends with status {}: {}",
                           again.status, again.message);
    }
    const auto data = data_of(again.events);
    const bool says_unchanged = data.size() == 1 && data.front().kind == Event::Kind::Unchanged;
    return says_unchanged ? std::nullopt : first_difference(data_of(full.events), data);
}

/// A state that it never kept (another version of it did) is no reason to leave anything out.
Finding a_foreign_state_brings_all(const Subject& subject) {
    const auto full = open_directly(subject)->read(subject.stream, "");
    for (const char* const foreign : {"{}", "[1]", "\"x\"", R"({"form":99,"files":[]})"}) {
        const auto read = open_directly(subject)->read(subject.stream, "", {}, foreign);
        if (read.status != COTERIE_OK) {
            return fmt::format("given the foreign state {}, the read ends with status {}: {}",
                               foreign, read.status, read.message);
        }
        if (const auto finding = first_difference(data_of(full.events), data_of(read.events))) {
            return fmt::format("given the foreign state {}: {}", foreign, *finding);
        }
    }
    return std::nullopt;
}

/// Runs a read for each place where a call can stop it, with each of the statuses.
Finding stopped_everywhere(const Subject& subject, const std::vector<int32_t>& statuses,
                           bool cancels) {
    const auto opened = open_directly(subject);
    const auto calls = opened->read(subject.stream, "").events.size();
    for (const auto place : places(calls)) {
        for (const auto status : statuses) {
            const auto outcome = opened->read(subject.stream, "", {place + 1, status, cancels});
            if (outcome.status != status) {
                return fmt::format("call {} of the sink gives status {}, the read ends with {}",
                                   place + 1, status, outcome.status);
            }
            if (outcome.events.size() > place + 1) {
                return fmt::format("after call {} of the sink said stop, {} more came", place + 1,
                                   outcome.events.size() - place - 1);
            }
            if (outcome.ended_after > kPromptly) {
                return fmt::format("after call {} of the sink said stop, the read went on for more "
                                   "than 1 s",
                                   place + 1);
            }
        }
    }
    return std::nullopt;
}

Finding failing_calls_end_the_read(const Subject& subject) {
    return stopped_everywhere(subject, {COTERIE_FATAL, COTERIE_TRANSIENT}, false);
}

Finding cancel_is_prompt(const Subject& subject) {
    return stopped_everywhere(subject, {COTERIE_CANCELLED}, true);
}

/// Receives from the isolated plugin.
class WritingSink final : public plugin::EventSink {
  public:
    void record(std::string_view id, std::string_view json, std::string_view where) override {
        add(Event::Kind::Record, id, std::string(json), where);
    }
    void deleted(std::string_view id) override { add(Event::Kind::Deleted, id, {}); }
    void replaces(std::string_view id_prefix) override {
        add(Event::Kind::Replaces, id_prefix, {});
    }
    void quarantine(std::string_view raw, std::string_view where, std::string_view why) override {
        add(Event::Kind::Quarantine, where, fmt::format("{}|{}", raw, why));
    }
    void checkpoint(std::string_view cursor) override {
        add(Event::Kind::Checkpoint, {}, std::string(cursor));
    }
    void partial() override { add(Event::Kind::Partial, {}, {}); }
    void restarted() override { add(Event::Kind::Restarted, {}, {}); }
    void log(LogLevel, std::string_view) override {}
    void progress(std::uint64_t, std::uint64_t, std::string_view) override {}
    void keep_state(std::string_view state) override {
        add(Event::Kind::State, {}, std::string(state));
    }
    void unchanged() override { add(Event::Kind::Unchanged, {}, {}); }

    std::vector<Event> events;

  private:
    void add(Event::Kind kind, std::string_view id, std::string content,
             std::string_view where = {}) {
        events.push_back({kind, std::string(id), std::move(content), std::string(where)});
    }
};

Finding isolation_changes_nothing(const Subject& subject) {
    plugin::SessionOptions options;
    options.workspace = subject.workspace;
    const auto session = plugin::Session::open(subject.plugin, subject.config, options);
    if (!session) {
        return session.error().message;
    }
    if (const auto checked = (*session)->check(); !checked) {
        return checked.error().message;
    }
    WritingSink sink;
    if (const auto result = (*session)->read({subject.stream, std::nullopt, std::nullopt}, sink);
        !result) {
        return result.error().message;
    }
    // A state may tell the time of its read.
    const auto but_states = [](std::vector<Event> events) {
        std::erase_if(events, [](const Event& event) { return event.kind == Event::Kind::State; });
        return events;
    };
    return first_difference(but_states(open_directly(subject)->read(subject.stream, "").events),
                            but_states(std::move(sink.events)));
}

}  // namespace

const std::vector<Check>& common_checks() {
    static const std::vector<Check> checks = {
        {"manifest and library agree", manifest_and_library_agree},
        {"a misspelt config key is refused", misspelt_keys_are_refused},
    };
    return checks;
}

const std::vector<Check>& source_checks() {
    static const std::vector<Check> checks = {
        {"ids and records are the same in two reads", two_reads_are_the_same},
        {"ids are unique", ids_are_unique},
        {"records are JSON objects", records_are_json_objects},
        {"every checkpoint resumes exactly", checkpoints_resume_exactly},
        {"a kept state brings all or nothing", a_state_brings_all_or_nothing},
        {"a foreign state brings all", a_foreign_state_brings_all},
        {"every failing sink call ends the read", failing_calls_end_the_read},
        {"cancel is prompt at every sink call", cancel_is_prompt},
        {"a process of its own changes nothing", isolation_changes_nothing},
    };
    return checks;
}

}  // namespace coterie::conformance
