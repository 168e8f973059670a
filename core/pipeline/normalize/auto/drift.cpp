#include "pipeline/normalize/auto/drift.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace coterie::normalize::automap {
namespace {

using nlohmann::json;
using record::FieldId;

/// Values that must be there before kinds of values are compared.
constexpr std::size_t kValuesMin = 10;
/// A column that was to have this many values in the sample and has none is gone: with fewer,
/// chance may have left them out (e^-8).
constexpr double kExpectedMin = 8;
/// Two columns whose shares of a kind differ by more hold different things.
constexpr double kKindDistance = 0.6;
/// Two columns whose shares differ by less hold alike things.
constexpr double kAlikeDistance = 0.25;
/// Share of the values that a column's field could read, before and now.
constexpr double kUnderstoodBefore = 0.7;
constexpr double kUnderstoodNow = 0.3;
/// Share of the records that name somebody, before and now.
constexpr double kIdentifiedBefore = 0.5;
constexpr double kIdentifiedNow = 0.1;

bool is_identity(FieldId field) {
    switch (field) {
    case FieldId::NameDisplay:
    case FieldId::NameGiven:
    case FieldId::NameFamily:
    case FieldId::EmailAddress:
    case FieldId::PhoneE164:
    case FieldId::ProfileHandle:
    case FieldId::ProfileUrl:
    case FieldId::ProfileUserId:
        return true;
    default:
        return false;
    }
}

std::array<double, kKindCount> kinds_of(const ValueShares& s) {
    return {s.email,        s.web,  s.at_handle, s.marked_handle, s.number,
            s.count_suffix, s.time, s.flag,      s.full_name};
}

double distance(const ColumnProfile& a, const ColumnProfile& b) {
    double most = 0;
    for (std::size_t i = 0; i < kKindCount; ++i) {
        most = std::max(most, std::abs(a.kinds[i] - b.kinds[i]));
    }
    return most;
}

/// "social[0].name" → "social[*].name", "tags[1]" → "tags": as read_sample names columns.
std::string column_of(std::string_view from) {
    std::string path;
    for (std::size_t i = 0; i < from.size(); ++i) {
        const auto close = from[i] == '[' ? from.find(']', i) : std::string_view::npos;
        if (close == std::string_view::npos) {
            path += from[i];
            continue;
        }
        if (close + 1 < from.size()) {
            path += "[*]";
        }
        i = close;
    }
    return path;
}

/// What became of the values of each column.
class Uses {
  public:
    explicit Uses(TableProfile& profile) {
        for (ColumnProfile& column : profile.columns) {
            columns_.emplace(column.path, &column);
        }
    }

    void add(const NormalizedRecord& record) {
        for (const record::Fact& fact : record.facts) {
            if (fact.field != FieldId::Custom) {
                add(fact.from, fact.field, true);
            }
        }
        for (const Issue& issue : record.issues) {
            if (issue.field != FieldId::Custom) {
                add(issue.from, issue.field, false);
            }
        }
    }

    void finish() {
        for (auto& [column, use] : uses_) {
            column->fields.assign(use.fields.begin(), use.fields.end());
            column->understood = static_cast<double>(use.understood) /
                                 static_cast<double>(use.understood + use.refused);
        }
    }

  private:
    struct Use {
        std::set<std::string> fields;
        std::size_t understood = 0, refused = 0;
    };

    void add(const std::string& from, FieldId field, bool is_understood) {
        if (ColumnProfile* column = find(from)) {
            Use& use = uses_[column];
            use.fields.insert(std::string(record::info(field).path));
            ++(is_understood ? use.understood : use.refused);
            column->is_identity = column->is_identity || is_identity(field);
            return;
        }
        // Joined fields: "Fornavn + Efternavn".
        const auto joint = from.find(" + ");
        if (joint != std::string::npos) {
            add(from.substr(0, joint), field, is_understood);
            add(from.substr(joint + 3), field, is_understood);
        }
    }

    ColumnProfile* find(const std::string& from) {
        const auto whole = columns_.find(from);
        if (whole != columns_.end()) {
            return whole->second;
        }
        const auto found = columns_.find(column_of(from));
        return found == columns_.end() ? nullptr : found->second;
    }

    std::map<std::string, ColumnProfile*, std::less<>> columns_;
    std::map<ColumnProfile*, Use> uses_;
};

std::string shown(const ColumnProfile& column) {
    return "'" + printable(column.path, 60) + "'";
}

std::string with_fields(const ColumnProfile& column) {
    return column.fields.empty()
               ? shown(column)
               : fmt::format("{} ({})", shown(column), fmt::join(column.fields, ", "));
}

/// Finds what differs.
class Comparison {
  public:
    Comparison(const TableProfile& kept, const TableProfile& present, const TableProfile& pending)
        : kept_(kept), present_(present), pending_(pending) {}

    Drift make() {
        find_added();
        for (const ColumnProfile& column : kept_.columns) {
            const ColumnProfile* now = present_.find(column.path);
            if (now == nullptr) {
                tell_gone(column);
            } else {
                compare_kinds(column, *now);
            }
        }
        for (const ColumnProfile* column : added_) {
            change(fmt::format("column {} is new; it is kept under custom", shown(*column)));
        }
        tell_moved();
        check_identified();
        return std::move(drift_);
    }

  private:
    void change(std::string what) { drift_.changes.push_back(std::move(what)); }
    void hold(std::string what) {
        drift_.changes.push_back(what);
        drift_.holds.push_back(std::move(what));
    }

    void find_added() {
        for (const ColumnProfile& column : present_.columns) {
            const bool is_seldom =
                column.fill * static_cast<double>(present_.records) < 3 && column.fill < 0.05;
            if (kept_.find(column.path) == nullptr && !is_seldom && column.fields.empty()) {
                added_.push_back(&column);
            }
        }
    }

    /// A column that nothing fills any more; perhaps it has another name now.
    void tell_gone(const ColumnProfile& column) {
        std::string what = fmt::format("column {} is gone", with_fields(column));
        const auto alike = std::find_if(added_.begin(), added_.end(), [&](const auto* added) {
            return std::abs(added->fill - column.fill) < kAlikeDistance &&
                   distance(*added, column) < kAlikeDistance;
        });
        if (alike != added_.end()) {
            what += fmt::format("; {} is new and holds alike values: renamed?", shown(**alike));
            added_.erase(alike);
        }
        const bool is_certain = column.fill * static_cast<double>(present_.records) >= kExpectedMin;
        if (!column.fields.empty() && is_certain) {
            hold(std::move(what));
        } else if (is_certain) {
            change(std::move(what));
        }
    }

    void compare_kinds(const ColumnProfile& kept, const ColumnProfile& present) {
        const ColumnProfile* pending = pending_.find(kept.path);
        for (const ColumnProfile* now : {pending, &present}) {
            if (now == nullptr || now->values < kValuesMin || kept.values < kValuesMin) {
                continue;
            }
            // Of what is new tonight nothing may have been to be said ("opted out: false", which is
            // no fact): that is no value that was not understood. Of all records it would be
            // strange.
            const bool is_silent = now == pending && now->fields.empty();
            if (!kept.fields.empty() && kept.understood >= kUnderstoodBefore && !is_silent &&
                now->understood < kUnderstoodNow) {
                hold(
                    fmt::format("column {} held values that fit, {:.0f} % of them; now {:.0f} % do",
                                with_fields(kept), kept.understood * 100, now->understood * 100));
                return;
            }
            if (distance(kept, *now) > kKindDistance && now->distinct >= kValuesMin &&
                kept.distinct >= kValuesMin) {
                auto what = fmt::format("column {} holds another kind of values than before",
                                        with_fields(kept));
                kept.is_identity ? hold(std::move(what)) : change(std::move(what));
                return;
            }
        }
    }

    /// Columns that both have, but in another order: harmless, since they are found by name, yet
    /// a sign that somebody worked on the file.
    void tell_moved() {
        std::vector<std::size_t> places;
        for (const ColumnProfile& column : present_.columns) {
            const auto* before = kept_.find(column.path);
            if (before != nullptr && before->fill > 0.5 && column.fill > 0.5) {
                places.push_back(static_cast<std::size_t>(before - kept_.columns.data()));
            }
        }
        const auto descent = std::is_sorted_until(places.begin(), places.end());
        if (descent != places.end()) {
            change(fmt::format("columns stand in another order than before (from {} on)",
                               shown(kept_.columns[*descent])));
        }
    }

    void check_identified() {
        for (const TableProfile* now : {&pending_, &present_}) {
            if (now->records >= kValuesMin && kept_.identified >= kIdentifiedBefore &&
                now->identified < kIdentifiedNow) {
                hold(fmt::format(
                    "{:.0f} % of the records named somebody; of the {} that are now {} "
                    "{:.0f} % do",
                    kept_.identified * 100, now->records,
                    now == &pending_ ? "new or changed" : "there", now->identified * 100));
                return;
            }
        }
    }

    const TableProfile& kept_;
    const TableProfile& present_;
    const TableProfile& pending_;
    std::vector<const ColumnProfile*> added_;
    Drift drift_;
};

/// Says which records a column is of, where a name alone does not.
constexpr std::string_view kOfActivities = " (activities)";

/// The columns of some of the sample's records and what became of them, added to `made`.
void add_columns(std::span<const std::string_view> records,
                 std::span<const NormalizedRecord> normalized, std::size_t all_records,
                 const ReadingContext& context, std::string_view suffix, TableProfile& made) {
    TableProfile part;
    for (const Column& column : read_sample(records, context).columns) {
        if (column.values == 0) {
            continue;
        }
        ColumnProfile& kept = part.columns.emplace_back();
        kept.path = column.path;
        kept.fill = static_cast<double>(column.filled) / static_cast<double>(all_records);
        kept.values = column.values;
        kept.distinct = column.distinct;
        kept.kinds = kinds_of(column.shares);
    }
    Uses uses(part);
    for (const NormalizedRecord& record : normalized) {
        uses.add(record);
    }
    uses.finish();
    for (ColumnProfile& column : part.columns) {
        column.path += suffix;
        made.columns.push_back(std::move(column));
    }
}

bool belongs_to_another(const NormalizedRecord& record) {
    return std::any_of(record.facts.begin(), record.facts.end(), [](const record::Fact& fact) {
        return fact.field == FieldId::SourceBelongsTo;
    });
}

}  // namespace

const ColumnProfile* TableProfile::find(std::string_view path) const {
    const auto found =
        std::find_if(columns.begin(), columns.end(),
                     [&](const ColumnProfile& column) { return column.path == path; });
    return found == columns.end() ? nullptr : &*found;
}

TableProfile profile(std::span<const std::string_view> records, const Mapping& mapping,
                     const MappingOptions& options) {
    // Contacts and activities have columns of the same names (name, owner, e-mail) that hold other
    // things and go elsewhere, and what is new tonight may be of the one kind or the other.
    std::vector<std::string_view> of_people, of_others;
    std::vector<NormalizedRecord> people, others;
    Mapping::Scratch scratch;
    std::size_t identified = 0;
    for (const auto record : records) {
        auto normalized = mapping.apply(record, options, scratch);
        identified += normalized.refusal.empty() ? 1 : 0;
        const bool belongs = mapping.links_records() && belongs_to_another(normalized);
        (belongs ? of_others : of_people).push_back(record);
        (belongs ? others : people).push_back(std::move(normalized));
    }
    TableProfile made;
    made.records = std::min(records.size(), kSampleRecordsMax);
    add_columns(of_people, people, made.records, options.context, "", made);
    add_columns(of_others, others, made.records, options.context, kOfActivities, made);
    made.identified =
        records.empty() ? 0 : static_cast<double>(identified) / static_cast<double>(records.size());
    return made;
}

json to_json(const TableProfile& profile) {
    json columns = json::array();
    for (const ColumnProfile& column : profile.columns) {
        columns.push_back({{"path", column.path},
                           {"fill", column.fill},
                           {"values", column.values},
                           {"distinct", column.distinct},
                           {"kinds", column.kinds},
                           {"fields", column.fields},
                           {"understood", column.understood},
                           {"identity", column.is_identity}});
    }
    return {{"records", profile.records},
            {"identified", profile.identified},
            {"columns", std::move(columns)}};
}

std::optional<TableProfile> profile_from(std::string_view text) {
    const json document = json::parse(text, nullptr, false);
    try {
        TableProfile profile;
        document.at("records").get_to(profile.records);
        document.at("identified").get_to(profile.identified);
        for (const json& column : document.at("columns")) {
            ColumnProfile& kept = profile.columns.emplace_back();
            column.at("path").get_to(kept.path);
            column.at("fill").get_to(kept.fill);
            column.at("values").get_to(kept.values);
            column.at("distinct").get_to(kept.distinct);
            column.at("kinds").get_to(kept.kinds);
            column.at("fields").get_to(kept.fields);
            column.at("understood").get_to(kept.understood);
            column.at("identity").get_to(kept.is_identity);
        }
        return profile;
    } catch (const json::exception&) {
        return std::nullopt;
    }
}

Drift compare(const TableProfile& kept, const TableProfile& present, const TableProfile& pending) {
    return Comparison(kept, present, pending).make();
}

}  // namespace coterie::normalize::automap
