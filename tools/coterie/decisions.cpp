// decide, decisions: a person's verdicts on records.
#include "decisions.hpp"

#include "base/text.hpp"
#include "base/time.hpp"
#include "cli.hpp"
#include "csv_file.hpp"
#include "lookup.hpp"
#include "pipeline/publish/csv.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <tuple>

namespace coterie::cli {

namespace {

namespace fs = std::filesystem;
using store::Decision;
using store::RecordKey;
using store::Store;
using store::Verdict;
using Kind = store::DecisionOutcome::Kind;

constexpr const char* kNextRun = "it takes effect with the next run: coterie run\n";

const std::vector<std::string>& columns() {
    static const std::vector<std::string> names{
        "number",   "verdict", "source_a", "stream_a", "record_a",  "source_b", "stream_b",
        "record_b", "who",     "at",       "note",     "undone_at", "undone_by"};
    return names;
}

const char* word_of(Verdict verdict) {
    return verdict == Verdict::Same ? "same" : "different";
}

// --- Deciding --------------------------------------------------------------------------------

/// The golden record's eldest record of the person, as ids have it: the earliest first run, then
/// the smallest key.
RecordKey eldest_of(const Store& store, const std::string& name) {
    const auto golden = find_golden(store, name);
    std::optional<std::tuple<store::RunNumber, RecordKey>> eldest;
    for (const auto& member : golden.record.members) {
        const ReadRecord record(store, member.row);
        if (!record.belongs_to_another()) {
            const std::tuple candidate(record.record().first_run, record.key());
            eldest = eldest ? std::min(*eldest, candidate) : candidate;
        }
    }
    if (!eldest) {
        throw CommandError(Nothing, fmt::format("'{}' has no record of a person; name a source "
                                                "record: SOURCE/RECORD_ID",
                                                printable(name, 80)));
    }
    return std::get<RecordKey>(*eldest);
}

RecordKey key_named(const Store& store, const std::string& name) {
    const auto found = find_source_record(store, name);
    if (!found) {
        if (name.find('/') != std::string::npos) {
            throw CommandError(Nothing, fmt::format("no source record '{}'; write SOURCE/RECORD_ID",
                                                    printable(name, 80)));
        }
        return eldest_of(store, name);
    }
    if (ReadRecord(store, found->row).belongs_to_another()) {
        throw CommandError(Nothing, fmt::format("'{}' is an activity of somebody; decide on that "
                                                "person's record",
                                                printable(name, 80)));
    }
    if (found->state != store::RecordState::Live) {
        fmt::print(stderr, "note: '{}' is {}; the decision waits until it is in use\n",
                   printable(name, 80),
                   found->state == store::RecordState::Gone ? "gone from its source"
                                                            : "in quarantine");
    }
    return {or_end(store.source_names()).at(found->source - 1), found->stream, found->record_id};
}

// --- CSV -------------------------------------------------------------------------------------

std::string time_text(const std::optional<Timestamp>& time) {
    return time ? to_rfc3339(*time) : std::string();
}

std::string csv_of(const std::vector<Decision>& decisions) {
    auto writer = or_end(publish::CsvWriter::create({}));
    std::string text(writer.preamble());
    const auto append = [&](const std::vector<std::string>& texts) {
        std::vector<publish::CsvCell> cells;
        for (const std::string& each : texts) {
            cells.push_back({guarded_cell(each)});
        }
        or_end(writer.append(text, cells));
    };
    append(columns());
    for (const Decision& decision : decisions) {
        append({std::to_string(decision.number), word_of(decision.verdict), decision.a.source,
                decision.a.stream, decision.a.record_id, decision.b.source, decision.b.stream,
                decision.b.record_id, decision.who, to_rfc3339(decision.at), decision.note,
                time_text(decision.undone_at), decision.undone_by});
    }
    return text;
}

/// \return What is wrong and what to do about it; "" where the row is a decision.
std::string read_decision(std::span<const std::string> cells, Decision& decision) {
    const std::string_view number = trim(cells[0]);
    if (!number.empty()) {
        const auto [end, error] =
            std::from_chars(number.data(), number.data() + number.size(), decision.number);
        if (error != std::errc() || end != number.data() + number.size() || decision.number == 0 ||
            decision.number > store::kDecisionNumberMax) {
            return fmt::format("number '{}' is none from 1 to {}; leave it empty to be given one",
                               printable(number, 40), store::kDecisionNumberMax);
        }
    }
    const std::string verdict = ascii_lower(trim(cells[1]));
    if (verdict != "same" && verdict != "different") {
        return fmt::format("verdict '{}'{}", printable(verdict, 40),
                           config::suggestion(verdict, {"same", "different"}));
    }
    decision.verdict = verdict == "same" ? Verdict::Same : Verdict::Different;
    decision.a = {cells[2], cells[3], cells[4]};
    decision.b = {cells[5], cells[6], cells[7]};
    for (std::size_t i = 2; i <= 8; ++i) {
        if (cells[i].empty()) {
            return fmt::format("'{}' is empty; fill it in", columns()[i]);
        }
    }
    decision.who = cells[8];
    const auto at = from_rfc3339(trim(cells[9]));
    if (!at) {
        return fmt::format("at '{}' is no time; write it as 2026-01-31T02:30:00Z",
                           printable(cells[9], 40));
    }
    decision.at = *at;
    decision.note = cells[10];
    decision.undone_by = cells[12];
    if (trim(cells[11]).empty()) {
        return decision.undone_by.empty() ? ""
                                          : "undone_by says who, and undone_at is empty; fill "
                                            "in both or none";
    }
    decision.undone_at = from_rfc3339(trim(cells[11]));
    if (!decision.undone_at) {
        return fmt::format("undone_at '{}' is no time; write it as 2026-01-31T02:30:00Z",
                           printable(cells[11], 40));
    }
    return decision.undone_by.empty() ? "undone_at says when, and undone_by is empty; fill in both "
                                        "or none"
                                      : "";
}

}  // namespace

std::string login_name() {
    if (const char* user = std::getenv("USER"); user != nullptr && *user != '\0') {
        return user;
    }
    const passwd* entry = ::getpwuid(::geteuid());
    return entry != nullptr ? entry->pw_name : fmt::format("user {}", ::geteuid());
}

nlohmann::json decision_json(const Decision& decision) {
    const auto key = [](const RecordKey& record) {
        return nlohmann::json{
            {"source", record.source}, {"stream", record.stream}, {"record_id", record.record_id}};
    };
    nlohmann::json json{{"number", decision.number}, {"verdict", word_of(decision.verdict)},
                        {"a", key(decision.a)},      {"b", key(decision.b)},
                        {"who", decision.who},       {"at", to_rfc3339(decision.at)},
                        {"note", decision.note}};
    if (decision.undone_at) {
        json["undone_at"] = to_rfc3339(*decision.undone_at);
        json["undone_by"] = decision.undone_by;
    }
    return json;
}

std::string decision_text(const Decision& decision) {
    return fmt::format("{} and {} are {}", shown_name(decision.a), shown_name(decision.b),
                       decision.verdict == Verdict::Same ? "the same person" : "different people");
}

int decide(const Context& context, const DecideFlags& flags) {
    const auto store = open_store(load_config(context), Store::Access::ReadWrite);
    Decision decision;
    decision.verdict = flags.verdict == "same" ? Verdict::Same : Verdict::Different;
    decision.a = key_named(*store, flags.a);
    decision.b = key_named(*store, flags.b);
    decision.who = flags.who.empty() ? login_name() : flags.who;
    decision.note = flags.note;
    decision.at = system_now();
    for (const std::string* text : {&decision.who, &decision.note}) {
        if (!is_utf8(*text)) {
            throw CommandError(Usage, "--who and --note are text in UTF-8");
        }
    }
    const auto outcome = or_end(store->add_decisions(std::span(&decision, 1))).front();
    if (outcome.kind == Kind::Refused) {
        throw CommandError(Nothing, outcome.message);
    }
    const bool is_new = outcome.kind == Kind::Added;
    decision.number = outcome.number;
    print_text(context, is_new ? fmt::format("decision {}: {}; {}", outcome.number,
                                             decision_text(decision), kNextRun)
                               : fmt::format("decision {} says so already: {}\n", outcome.number,
                                             decision_text(decision)));
    if (context.json) {
        const auto all = or_end(store->decisions());
        const auto kept = std::find_if(all.begin(), all.end(), [&](const Decision& each) {
            return each.number == outcome.number;
        });
        print_json({{"added", is_new}, {"decision", decision_json(*kept)}});
    }
    return Done;
}

int undo_decision(const Context& context, const DecideFlags& flags) {
    const auto store = open_store(load_config(context), Store::Access::ReadWrite);
    const auto undone = or_end(store->undo_decision(flags.number, system_now(),
                                                    flags.who.empty() ? login_name() : flags.who));
    print_text(context, fmt::format("decision {} is undone ({}); {}", undone.number,
                                    decision_text(undone), kNextRun));
    if (context.json) {
        print_json({{"decision", decision_json(undone)}});
    }
    return Done;
}

int list_decisions(const Context& context) {
    const auto store = open_store(load_config(context), Store::Access::ReadOnly);
    auto list = nlohmann::json::array();
    std::vector<std::vector<std::string>> rows;
    constexpr std::size_t kNameBytesMax = 32;
    for (const Decision& decision : or_end(store->decisions())) {
        list.push_back(decision_json(decision));
        const std::string undone =
            decision.undone_at
                ? fmt::format("undone by {} on {}", printable(decision.undone_by, 20),
                              to_rfc3339(*decision.undone_at).substr(0, 10))
                : "";
        rows.push_back({std::to_string(decision.number), word_of(decision.verdict),
                        printable(shown_name(decision.a), kNameBytesMax),
                        printable(shown_name(decision.b), kNameBytesMax),
                        printable(decision.who, 16), to_rfc3339(decision.at).substr(0, 10),
                        undone + (undone.empty() || decision.note.empty() ? "" : "; ") +
                            printable(decision.note, 200)});
    }
    print_text(context, rows.empty()
                            ? "no decisions; 'coterie review' walks the unsure pairs\n"
                            : table({"no.", "verdict", "record", "record", "who", "on", "note"},
                                    rows, terminal_width()));
    if (context.json) {
        print_json({{"decisions", list}});
    }
    return Done;
}

int export_decisions(const Context& context, const std::string& file) {
    if (context.json && file.empty()) {
        throw CommandError(Usage,
                           "--json prints one document on stdout, so the export needs -o FILE");
    }
    const auto store = open_store(load_config(context), Store::Access::ReadOnly);
    const auto decisions = or_end(store->decisions());
    write_file(file, csv_of(decisions));
    if (!file.empty()) {
        print_text(context, fmt::format("{}: {} decisions\n", file, decisions.size()));
    }
    if (context.json) {
        print_json({{"file", file}, {"rows", decisions.size()}});
    }
    return Done;
}

int import_decisions(const Context& context, const std::string& file) {
    const config::Config config = load_config(context);
    std::vector<Decision> decisions;
    std::vector<std::uint64_t> lines;
    std::vector<std::pair<std::uint64_t, std::string>> refused;
    read_csv(file, columns(), [&](const CsvRow& row) {
        Decision decision;
        const std::string fault =
            row.fault.empty() ? read_decision(row.cells, decision) : row.fault;
        if (fault.empty()) {
            decisions.push_back(std::move(decision));
            lines.push_back(row.line);
        } else {
            refused.emplace_back(row.line, fault);
        }
    });
    const auto store = open_store(config, Store::Access::ReadWrite);
    const auto outcomes = or_end(store->add_decisions(decisions));
    std::size_t added = 0;
    std::size_t undone = 0;
    std::size_t there = 0;
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        added += outcomes[i].kind == Kind::Added ? 1U : 0U;
        undone += outcomes[i].kind == Kind::Undone ? 1U : 0U;
        there += outcomes[i].kind == Kind::AlreadyThere ? 1U : 0U;
        if (outcomes[i].kind == Kind::Refused) {
            refused.emplace_back(lines[i], outcomes[i].message);
        }
    }
    std::sort(refused.begin(), refused.end());
    auto list = nlohmann::json::array();
    for (const auto& [line, why] : refused) {
        list.push_back({{"file", file}, {"line", line}, {"message", why}});
        fmt::print(stderr, "{}:{}: {}\n", file, line, why);
    }
    print_text(context,
               fmt::format("{} added, {} undone, {} there already, {} refused\n{}", added, undone,
                           there, refused.size(),
                           added + undone > 0 ? "the next run uses them: coterie run\n" : ""));
    if (context.json) {
        print_json({{"added", added}, {"undone", undone}, {"unchanged", there}, {"refused", list}});
    }
    return refused.empty() ? Done : Partial;
}

}  // namespace coterie::cli
