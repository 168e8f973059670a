#include "observe/run_summary.hpp"

#include "base/table.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace coterie::observe {

namespace {

/// 1234567 → "1,234,567"
std::string grouped(std::int64_t value) {
    std::string digits = fmt::format("{}", value < 0 ? -value : value);
    for (std::size_t at = digits.size(); at > 3; at -= 3) {
        digits.insert(at - 3, 1, ',');
    }
    return value < 0 ? "-" + digits : digits;
}

std::string with_unit(std::uint64_t count, const char* one, const char* many) {
    return fmt::format("{} {}", grouped(static_cast<std::int64_t>(count)), count == 1 ? one : many);
}

nlohmann::json mapping_json(const std::optional<AutoMapping>& mapping) {
    if (!mapping) {
        return nullptr;
    }
    return {{"known_export", mapping->known_export.empty() ? nlohmann::json()
                                                           : nlohmann::json(mapping->known_export)},
            {"mapped", mapping->mapped},
            {"asked", mapping->asked},
            {"custom", mapping->custom}};
}

nlohmann::json source_json(const SourceSummary& source) {
    return {{"name", source.name},
            {"connector", source.connector},
            {"state", source.state},
            {"message", source.message.empty() ? nlohmann::json() : nlohmann::json(source.message)},
            {"read", source.read},
            {"new", source.created},
            {"changed", source.changed},
            {"unchanged", source.unchanged},
            {"deleted", source.deleted},
            {"quarantined", source.quarantined},
            {"suppressed", source.suppressed},
            {"held", source.state == "held"},
            {"withheld_deletions", source.withheld_deletions},
            {"auto_mapping", mapping_json(source.auto_mapping)},
            {"drift", source.drift},
            {"values_not_understood", source.values_not_understood},
            {"seconds", source.seconds}};
}

void append_sources(const RunSummary& summary, std::string& out) {
    std::size_t name_width = 6;
    for (const auto& source : summary.sources) {
        name_width = std::max(name_width, std::min<std::size_t>(source.name.size(), 32));
    }
    const auto line = [&](const auto&... cells) {
        fmt::format_to(std::back_inserter(out),
                       "  {:<{}} {:>10} {:>9} {:>9} {:>10} {:>8} {:>11}  {}\n", cells...);
    };
    line("source", name_width, "read", "new", "changed", "unchanged", "deleted", "quarantined",
         "state");
    for (const auto& source : summary.sources) {
        line(source.name, name_width, grouped(source.read), grouped(source.created),
             grouped(source.changed), grouped(source.unchanged), grouped(source.deleted),
             grouped(source.quarantined), source.state);
    }
}

void append_mapping(const SourceSummary& source, std::string& out) {
    for (const std::string& change : source.drift) {
        fmt::format_to(std::back_inserter(out), "  source '{}': drift: {}\n", source.name, change);
    }
    if (source.auto_mapping && source.auto_mapping->asked > 0) {
        fmt::format_to(
            std::back_inserter(out),
            "  source '{}': {} not surely understood, so not used; see: coterie preview {}\n",
            source.name, with_unit(source.auto_mapping->asked, "column is", "columns are"),
            source.name);
    }
}

/// What the destination itself says goes before what the core knows.
std::string action_of(const PlannedChange& change) {
    const auto said = change.plan.is_object() ? change.plan.find("action") : change.plan.end();
    return said != change.plan.end() && said->is_string() ? said->get<std::string>()
                                                          : change.action;
}

nlohmann::json planned_json(const PlannedChange& change) {
    nlohmann::json out{{"id", change.id}, {"action", action_of(change)}};
    if (!change.name.empty()) {
        out["name"] = change.name;
    }
    const auto take = [&](const char* key, bool (nlohmann::json::*is_form)() const noexcept) {
        if (change.plan.is_object() && change.plan.contains(key) && (change.plan[key].*is_form)()) {
            out[key] = change.plan[key];
        }
    };
    take("target", &nlohmann::json::is_string);
    take("fields", &nlohmann::json::is_object);
    take("why", &nlohmann::json::is_string);
    return out;
}

nlohmann::json destination_json(const DestinationSummary& destination) {
    nlohmann::json planned = nlohmann::json::array();
    for (const PlannedChange& change : destination.planned) {
        planned.push_back(planned_json(change));
    }
    return {{"name", destination.name},
            {"connector", destination.connector},
            {"delivery", destination.is_complete ? "complete" : "changes"},
            {"state", destination.state},
            {"message",
             destination.message.empty() ? nlohmann::json() : nlohmann::json(destination.message)},
            {"created", destination.created},
            {"updated", destination.updated},
            {"removed", destination.removed},
            {"unchanged", destination.unchanged},
            {"rejected", destination.rejected},
            {"failed", destination.failed},
            {"planned", std::move(planned)},
            {"seconds", destination.seconds}};
}

void append_destinations(const RunSummary& summary, std::string& out) {
    if (summary.destinations.empty()) {
        return;
    }
    std::size_t name_width = 11;
    for (const auto& destination : summary.destinations) {
        name_width = std::max(name_width, std::min<std::size_t>(destination.name.size(), 32));
    }
    const auto line = [&](const auto&... cells) {
        fmt::format_to(std::back_inserter(out),
                       "  {:<{}} {:>9} {:>9} {:>9} {:>10} {:>8} {:>7}  {}\n", cells...);
    };
    const auto number = [](std::uint64_t count) {
        return grouped(static_cast<std::int64_t>(count));
    };
    out += "\n";
    line("destination", name_width, "created", "updated", "removed", "unchanged", "rejected",
         "failed", "state");
    for (const auto& destination : summary.destinations) {
        line(destination.name, name_width, number(destination.created), number(destination.updated),
             number(destination.removed), number(destination.unchanged),
             number(destination.rejected), number(destination.failed), destination.state);
    }
}

/// A value of a field, for a person.
std::string shown(const nlohmann::json& value) {
    constexpr std::size_t kValueBytesMax = 60;
    return value.is_null() ? "(none)"
                           : printable(value.is_string() ? value.get<std::string>() : value.dump(),
                                       kValueBytesMax);
}

/// The rows of one planned change: a row a field.
void append_rows(const std::string& destination, const nlohmann::json& change,
                 std::vector<std::vector<std::string>>& rows) {
    const auto id = change.at("id").get<std::string>();
    const auto name = change.value("name", "");
    std::vector<std::string> row{destination,
                                 printable(change.at("action").get<std::string>(), 20),
                                 name.empty() ? id
                                              : fmt::format("{} ({})", printable(name, 60), id),
                                 printable(change.value("target", ""), 60),
                                 "",
                                 ""};
    if (change.contains("why")) {
        row[5] = printable(change.at("why").get<std::string>(), 300);
    }
    const auto fields = change.value("fields", nlohmann::json::object());
    for (const auto& [field, values] : fields.items()) {
        const auto value = [&values = values](const char* key) {
            return values.is_object() ? values.value(key, nlohmann::json()) : nlohmann::json();
        };
        row[4] = printable(field, 60);
        row[5] =
            values.is_object() ? shown(value("old")) + " → " + shown(value("new")) : shown(values);
        rows.push_back(row);
        row.assign(6, "");
    }
    if (fields.empty()) {
        rows.push_back(std::move(row));
    }
}

/// What destinations would be told, the first of each.
void append_planned(const RunSummary& summary, std::string& out) {
    constexpr std::size_t kShownMax = 20;
    std::vector<std::vector<std::string>> rows;
    std::string rest;
    for (const auto& destination : summary.destinations) {
        std::size_t shown_count = 0, more = 0, skipped = 0;
        for (const PlannedChange& change : destination.planned) {
            if (action_of(change) == "skip") {
                ++skipped;
            } else if (shown_count == kShownMax) {
                ++more;
            } else {
                ++shown_count;
                append_rows(destination.name, planned_json(change), rows);
            }
        }
        if (more > 0) {
            fmt::format_to(std::back_inserter(rest), "  {}: … and {} more; --json lists all\n",
                           destination.name, grouped(static_cast<std::int64_t>(more)));
        }
        if (skipped > 0) {
            fmt::format_to(std::back_inserter(rest), "  {}: {}\n", destination.name,
                           with_unit(skipped, "other needs no change", "others need no change"));
        }
    }
    if (rows.empty() && rest.empty()) {
        return;
    }
    out += "\n";
    // Uncut: what a person is to say yes to must be there whole, however wide the terminal is.
    constexpr std::size_t kWidth = 10'000;
    if (!rows.empty()) {
        const auto text =
            table({"would be told", "action", "who", "target", "field", "old → new"}, rows, kWidth);
        for (const auto line : split(std::string_view(text).substr(0, text.size() - 1), '\n')) {
            fmt::format_to(std::back_inserter(out), "  {}\n", line);
        }
    }
    out += rest;
}

void append_messages(const RunSummary& summary, std::string& out) {
    for (const auto& source : summary.sources) {
        if (!source.message.empty()) {
            fmt::format_to(std::back_inserter(out), "  source '{}': {}\n", source.name,
                           source.message);
        }
        append_mapping(source, out);
        std::uint64_t values = 0;
        std::string fields;
        for (const auto& [field, count] : source.values_not_understood) {
            values += count;
            fmt::format_to(std::back_inserter(fields), "{}{} {}", fields.empty() ? "" : ", ", field,
                           count);
        }
        if (values > 0) {
            fmt::format_to(std::back_inserter(out),
                           "  source '{}': {} not used as they stand: not understood (kept under "
                           "custom) or refused ({})\n",
                           source.name, with_unit(values, "value", "values"), fields);
        }
    }
    for (const auto& destination : summary.destinations) {
        if (!destination.message.empty()) {
            fmt::format_to(std::back_inserter(out), "  destination '{}': {}\n", destination.name,
                           destination.message);
        }
    }
}

}  // namespace

int RunSummary::exit_code() const {
    const std::string how = status();
    return how == "done" ? 0 : how == "partial" ? 1 : 4;
}

std::string RunSummary::status() const {
    const auto is_good = [](const SourceSummary& s) {
        return s.state == "done" || s.state == "skipped";
    };
    if (interrupted) {
        return "partial";
    }
    if (std::all_of(sources.begin(), sources.end(), is_good)) {
        const bool any_failed =
            std::any_of(destinations.begin(), destinations.end(), [](const DestinationSummary& d) {
                return d.state == "failed" || d.state == "held";
            });
        return any_failed ? "partial" : "done";
    }
    // A source that was held, or that broke off half-way, was read; if none was, nothing was done.
    const bool any_read = std::any_of(sources.begin(), sources.end(), [&](const SourceSummary& s) {
        return s.state == "done" || s.state == "held" || s.read > 0;
    });
    return any_read ? "partial" : "failed";
}

nlohmann::json to_json(const RunSummary& summary) {
    nlohmann::json sources = nlohmann::json::array();
    for (const auto& source : summary.sources) {
        sources.push_back(source_json(source));
    }
    nlohmann::json destinations = nlohmann::json::array();
    for (const auto& destination : summary.destinations) {
        destinations.push_back(destination_json(destination));
    }
    const GoldenSummary& golden = summary.golden;
    const StageSeconds& seconds = summary.seconds;
    return {{"version", 1},
            {"run", summary.run},
            {"status", summary.status()},
            {"exit_code", summary.exit_code()},
            {"resumed", summary.resumed},
            {"dry_run", summary.dry_run},
            {"interrupted", summary.interrupted},
            {"started_at", to_rfc3339(summary.started_at)},
            {"finished_at", to_rfc3339(summary.finished_at)},
            {"sources", std::move(sources)},
            {"destinations", std::move(destinations)},
            {"golden",
             {{"total", golden.total},
              {"created", golden.created},
              {"updated", golden.updated},
              {"merged", golden.merged},
              {"split", golden.split},
              {"removed", golden.removed}}},
            {"shared_identifiers", summary.shared_identifiers},
            {"quarantine_total", summary.quarantine_total},
            {"seconds",
             {{"extract", seconds.extract},
              {"normalize", seconds.normalize},
              {"match", seconds.match},
              {"merge", seconds.merge},
              {"publish", seconds.publish},
              {"total", seconds.total}}}};
}

std::string to_text(const RunSummary& summary) {
    std::string out = fmt::format("run {}{}: {} in {:.1f} s\n\n", summary.run,
                                  summary.dry_run   ? " (dry run, nothing was kept)"
                                  : summary.resumed ? " (goes on with one that was killed)"
                                                    : "",
                                  summary.status(), summary.seconds.total);
    append_sources(summary, out);
    const GoldenSummary& golden = summary.golden;
    fmt::format_to(std::back_inserter(out),
                   "\n  roster: {}: {} created, {} updated, {} merged, {} split, {} removed\n",
                   with_unit(golden.total, "influencer", "influencers"),
                   grouped(static_cast<std::int64_t>(golden.created)),
                   grouped(static_cast<std::int64_t>(golden.updated)),
                   grouped(static_cast<std::int64_t>(golden.merged)),
                   grouped(static_cast<std::int64_t>(golden.split)),
                   grouped(static_cast<std::int64_t>(golden.removed)));
    if (summary.shared_identifiers > 0) {
        fmt::format_to(std::back_inserter(out), "  {} on too many names, so joining nobody\n",
                       with_unit(summary.shared_identifiers, "shared contact", "shared contacts"));
    }
    if (summary.quarantine_total > 0) {
        fmt::format_to(std::back_inserter(out),
                       "  quarantine: {}; see: coterie export --what quarantine --format csv\n",
                       with_unit(summary.quarantine_total, "entry", "entries"));
    }
    append_destinations(summary, out);
    append_planned(summary, out);
    append_messages(summary, out);
    return out;
}

}  // namespace coterie::observe
