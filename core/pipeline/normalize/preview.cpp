#include "pipeline/normalize/preview.hpp"

#include "base/text.hpp"
#include "pipeline/normalize/mapping_json.hpp"

#include <algorithm>
#include <map>

namespace coterie::normalize {
namespace {

using nlohmann::json;
using record::Fact;
using record::FieldId;
using record::FieldInfo;
using record::ListId;
using record::ValueKind;

/// The JSON that `text` is; as a string where it is none.
json parse_or_text(const std::string& text) {
    auto parsed = json::parse(text, nullptr, false);
    return parsed.is_discarded() ? json(text) : parsed;
}

json typed_value(const Fact& fact) {
    switch (record::info(fact.field).kind) {
    case ValueKind::Count:
    case ValueKind::Share:
    case ValueKind::Money:
    case ValueKind::Flag:
    case ValueKind::Json:
        return parse_or_text(fact.value);
    default:
        return fact.value;
    }
}

/// "audience.countries" → the place in the document.
json& at_path(json& document, std::string_view path) {
    json* place = &document;
    for (const auto part : split(path, '.')) {
        place = &(*place)[std::string(part)];
    }
    return *place;
}

/// Adds list facts to their items, in the order of the item numbers.
class ListItems {
  public:
    explicit ListItems(json& document) : document_(document) {}

    void add(const Fact& fact) {
        const FieldInfo& info = record::info(fact.field);
        json& list = at_path(document_, record::list_path(info.list));
        if (list.is_null()) {
            list = json::array();
        }
        const auto [slot, is_new] = slots_.try_emplace({info.list, fact.item}, list.size());
        if (is_new) {
            list.push_back(record::holds_objects(info.list) ? json::object() : json());
        }
        json& item = list[slot->second];
        if (record::holds_objects(info.list)) {
            item[std::string(info.path.substr(info.path.rfind('.') + 1))] = typed_value(fact);
        } else {
            item = typed_value(fact);
        }
    }

  private:
    json& document_;
    std::map<std::pair<ListId, std::uint16_t>, std::size_t> slots_;
};

/// One line of the preview: a source field and what became of it.
struct Line {
    std::string from;
    json raw;
    json to = json::array();
    json issues = json::array();
};

json described(const Fact& fact) {
    return {
        {"path", record::info(fact.field).path}, {"item", fact.item}, {"value", typed_value(fact)}};
}

/// The lines of one record, found by the source field's name.
class Lines {
  public:
    /// A line for each top-level field.
    explicit Lines(std::string_view raw) {
        if (tree_.parse(raw).empty() && tree_[tree_.root()].type == JsonType::Object) {
            for (NodeIndex child = tree_[tree_.root()].first_child; child != kNoNode;
                 child = tree_[child].next) {
                const auto& node = tree_[child];
                line(std::string(node.key)).raw = parse_or_text(std::string(node.raw));
            }
        }
    }

    Line& line(const std::string& from) {
        const auto found = std::find_if(lines_.begin(), lines_.end(),
                                        [&](const Line& each) { return each.from == from; });
        return found == lines_.end()
                   ? lines_.emplace_back(Line{from, json(), json::array(), json::array()})
                   : *found;
    }

    void fill_nested() {
        for (Line& each : lines_) {
            if (each.raw.is_null()) {
                each.raw = raw_at(each.from);
            }
        }
    }

    [[nodiscard]] const std::vector<Line>& all() const { return lines_; }

  private:
    /// The raw value of "social[0].name"; null of joined fields, whose parts have lines.
    [[nodiscard]] json raw_at(const std::string& path) const {
        for (NodeIndex node = 1; node < tree_.node_count(); ++node) {
            if (tree_.path(node) == path) {
                return parse_or_text(std::string(tree_[node].raw));
            }
        }
        return nullptr;
    }

    JsonTree tree_;
    std::vector<Line> lines_;
};

/// Counts over all records, by source field.
struct FieldCount {
    std::string from;
    std::size_t records = 0;
    std::size_t issues = 0;
    std::vector<std::string> to;
};

FieldCount& count_of(std::vector<FieldCount>& counts, const std::string& from) {
    const auto found = std::find_if(counts.begin(), counts.end(),
                                    [&](const FieldCount& each) { return each.from == from; });
    return found == counts.end() ? counts.emplace_back(FieldCount{from, 0, 0, {}}) : *found;
}

void count_lines(const Lines& lines, std::vector<FieldCount>& counts) {
    for (const Line& line : lines.all()) {
        FieldCount& count = count_of(counts, line.from);
        ++count.records;
        count.issues += line.issues.size();
        for (const json& to : line.to) {
            const auto path = to.at("path").get<std::string>();
            if (std::find(count.to.begin(), count.to.end(), path) == count.to.end()) {
                count.to.push_back(path);
            }
        }
    }
}

json preview_record(std::string_view raw, const NormalizedRecord& normalized, Lines& lines) {
    json constants = json::array();
    for (const Fact& fact : normalized.facts) {
        (fact.from.empty() ? constants : lines.line(fact.from).to).push_back(described(fact));
    }
    for (const Issue& issue : normalized.issues) {
        lines.line(issue.from)
            .issues.push_back({{"path", record::info(issue.field).path}, {"reason", issue.reason}});
    }
    lines.fill_nested();
    json fields = json::array();
    for (const Line& line : lines.all()) {
        fields.push_back(
            {{"from", line.from}, {"raw", line.raw}, {"to", line.to}, {"issues", line.issues}});
    }
    json shown{{"fields", fields}, {"constants", constants}, {"record", to_json(normalized.facts)}};
    if (!normalized.refusal.empty()) {
        shown["refusal"] = normalized.refusal;
        if (lines.all().empty()) {
            shown["raw"] = printable(raw);
        }
    }
    return shown;
}

}  // namespace

json to_json(std::span<const Fact> facts) {
    json document = json::object();
    ListItems items(document);
    for (const Fact& fact : facts) {
        const FieldInfo& info = record::info(fact.field);
        if (fact.field == FieldId::Custom) {
            document["custom"][fact.from] = typed_value(fact);
        } else if (info.list != ListId::None) {
            items.add(fact);
        } else {
            at_path(document, info.path) = typed_value(fact);
        }
    }
    return document;
}

json preview(std::span<const std::string_view> records, const Mapping& mapping,
             const MappingOptions& options) {
    Mapping::Scratch scratch;
    std::vector<FieldCount> counts;
    json shown = json::array();
    std::size_t refused = 0;
    std::size_t issues = 0;
    for (const auto raw : records) {
        const auto normalized = mapping.apply(raw, options, scratch);
        refused += normalized.refusal.empty() ? 0 : 1;
        issues += normalized.issues.size();
        Lines lines(raw);
        shown.push_back(preview_record(raw, normalized, lines));
        count_lines(lines, counts);
    }
    json fields = json::array();
    for (const FieldCount& count : counts) {
        fields.push_back({{"from", count.from},
                          {"records", count.records},
                          {"to", count.to},
                          {"issues", count.issues}});
    }
    return {{"records", shown}, {"fields", fields}, {"refused", refused}, {"issues", issues}};
}

}  // namespace coterie::normalize
