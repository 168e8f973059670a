#include "pipeline/normalize/auto/write.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace coterie::normalize::automap {
namespace {

using json = nlohmann::ordered_json;
using record::FieldId;
using record::FieldInfo;
using record::ListId;

std::string last_part(std::string_view path) {
    return std::string(path.substr(path.rfind('.') + 1));
}

/// Gathers rules under their targets.
class Writer {
  public:
    Writer(const std::vector<Candidate>& candidates, const std::vector<ProfileItem>& profiles)
        : candidates_(candidates), profiles_(profiles) {}

    json write() {
        for (const FieldInfo& info : record::all_fields()) {
            if (info.list == ListId::None) {
                write_scalar(info);
            } else if (info.list != last_) {
                last_ = info.list;
                write_list(info.list);
            }
        }
        json ignored = json::array();
        for (const Candidate& candidate : candidates_) {
            if (candidate.finding.is_sensitive && candidate.column->is_addressable) {
                ignored.push_back(candidate.column->path);
            }
        }
        if (!ignored.empty()) {
            mapping_["ignore"] = std::move(ignored);
        }
        return std::move(mapping_);
    }

  private:
    [[nodiscard]] std::vector<std::size_t> mapped(FieldId field) const {
        std::vector<std::size_t> found;
        for (std::size_t i = 0; i < candidates_.size(); ++i) {
            const Finding& finding = candidates_[i].finding;
            if (finding.outcome == Outcome::Mapped && finding.target->field == field) {
                found.push_back(i);
            }
        }
        return found;
    }

    /// The column's rule; beneath `each` by its relative path.
    [[nodiscard]] json rule(std::size_t index) const {
        const Candidate& candidate = candidates_[index];
        const Target& target = *candidate.finding.target;
        json made{{"from", candidate.column->each.empty() ? candidate.column->path
                                                          : candidate.column->below}};
        if (!target.split.empty()) {
            made["split"] = target.split;
        }
        if (target.is_percent) {
            made["percent"] = true;
        }
        if (!target.unit.empty()) {
            made["unit"] = target.unit;
        }
        return made;
    }

    void write_scalar(const FieldInfo& info) {
        const auto columns = mapped(info.id);
        if (columns.empty()) {
            return;
        }
        json made = rule(columns.front());
        if (columns.size() > 1) {
            made["from"] = stand_ins(columns);
        }
        mapping_[std::string(info.path)] = std::move(made);
    }

    /// Where a person lives counts before where they work.
    [[nodiscard]] json stand_ins(std::vector<std::size_t> columns) const {
        const auto order = [&](std::size_t index) {
            const auto& role = candidates_[index].header.role;
            return role == "personal" ? 0 : role == "work" ? 2 : 1;
        };
        std::stable_sort(columns.begin(), columns.end(),
                         [&](std::size_t a, std::size_t b) { return order(a) < order(b); });
        json paths = json::array();
        for (const std::size_t index : columns) {
            paths.push_back(candidates_[index].column->path);
        }
        return paths;
    }

    void write_list(ListId list) {
        json items = json::array();
        switch (list) {
        case ListId::Profiles:
            for (const ProfileItem& profile : profiles_) {
                items.push_back(profile_item(profile));
            }
            break;
        case ListId::Emails:
            write_contacts(FieldId::EmailAddress, FieldId::EmailOptedOut, items);
            break;
        case ListId::Phones:
            write_contacts(FieldId::PhoneE164, FieldId::Custom, items);
            break;
        case ListId::Collaborations:
            write_one_item(list, items);
            break;
        default:
            if (!record::holds_objects(list)) {
                write_plain(list, items);
            }
        }
        if (!items.empty()) {
            mapping_[std::string(record::list_path(list))] = std::move(items);
        }
    }

    [[nodiscard]] json profile_item(const ProfileItem& profile) const {
        json item = json::object();
        if (!profile.each.empty()) {
            item["each"] = profile.each;
        }
        // An address of the web tells by itself whether it is a platform's.
        if (!profile.platform.empty() && profile.platform != "website") {
            item["platform"] = {{"const", profile.platform}};
        }
        for (const auto& [field, index] : profile.fields) {
            item[last_part(record::info(field).path)] = rule(index);
        }
        return item;
    }

    void write_contacts(FieldId main, FieldId beside, json& items) const {
        for (const std::size_t index : mapped(main)) {
            const Candidate& candidate = candidates_[index];
            json item = json::object();
            if (!candidate.column->each.empty()) {
                item["each"] = candidate.column->each;
            }
            item[last_part(record::info(main).path)] = rule(index);
            const std::string& role = candidate.finding.target->role;
            if (!role.empty()) {
                item["role"] = {{"const", role}};
            }
            if (items.empty() && beside != FieldId::Custom) {
                for (const std::size_t other : mapped(beside)) {
                    item[last_part(record::info(beside).path)] = rule(other);
                }
            }
            items.push_back(std::move(item));
        }
    }

    void write_one_item(ListId list, json& items) const {
        json item = json::object();
        for (const FieldInfo& info : record::fields_of(list)) {
            for (const std::size_t index : mapped(info.id)) {
                if (candidates_[index].column->each.empty()) {
                    item[last_part(info.path)] = rule(index);
                }
            }
        }
        if (!item.empty()) {
            items.push_back(std::move(item));
        }
    }

    void write_plain(ListId list, json& items) const {
        for (const std::size_t index : mapped(record::fields_of(list).front().id)) {
            const Column& column = *candidates_[index].column;
            items.push_back(column.each.empty()
                                ? rule(index)
                                : json{{"each", column.each}, {"value", rule(index)}});
        }
    }

    const std::vector<Candidate>& candidates_;
    const std::vector<ProfileItem>& profiles_;
    json mapping_ = json::object();
    ListId last_ = ListId::None;
};

/// A text as YAML's double-quoted scalar; `${` must not be taken for a reference.
std::string yaml_text(std::string_view text) {
    std::string out = "\"";
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out.append(1, '\\').append(1, c);
        } else if (byte < 0x20 || byte == 0x7F) {
            fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte);
        } else if (c == '$' && text.substr(i + 1, 1) == "{") {
            out += "$$";
        } else {
            out += c;
        }
    }
    return out + "\"";
}

/// A value on one line.
std::string flow(const json& value) {
    if (value.is_string()) {
        return yaml_text(value.get<std::string>());
    }
    if (value.is_array()) {
        std::string out = "[";
        for (const auto& item : value) {
            out += (out.size() > 1 ? ", " : "") + flow(item);
        }
        return out + "]";
    }
    if (value.is_object()) {
        std::string out = "{";
        for (const auto& [key, member] : value.items()) {
            out += (out.size() > 1 ? ", " : "") + key + ": " + flow(member);
        }
        return out + "}";
    }
    return value.dump();
}

const char* word_of(Outcome outcome) {
    switch (outcome) {
    case Outcome::Mapped:
        return "mapped";
    case Outcome::Asked:
        return "asked";
    case Outcome::Custom:
        return "custom";
    }
    return "custom";
}

/// For a comment line: no line ends, no control characters.
std::string comment(const Finding& finding) {
    return fmt::format("'{}' ({:.0f} %): {}", printable(finding.column, 60),
                       finding.confidence * 100, printable(finding.reason, 300));
}

}  // namespace

json write_mapping(const std::vector<Candidate>& candidates,
                   const std::vector<ProfileItem>& profiles) {
    return Writer(candidates, profiles).write();
}

config::Node to_node(const json& mapping) {
    config::Node node;
    node.place.file = "mapping: auto";
    if (mapping.is_object()) {
        node.type = config::Node::Type::Map;
        for (const auto& [key, value] : mapping.items()) {
            node.members.emplace_back(key, to_node(value));
            node.key_places.push_back(node.place);
        }
    } else if (mapping.is_array()) {
        node.type = config::Node::Type::List;
        for (const auto& value : mapping) {
            node.items.push_back(to_node(value));
        }
    } else {
        node.type = config::Node::Type::Scalar;
        node.quoted = mapping.is_string();
        node.scalar = mapping.is_string() ? mapping.get<std::string>() : mapping.dump();
    }
    return node;
}

std::string to_yaml(const Proposal& proposal, const std::string& source) {
    std::string out = fmt::format(
        "# Which column of source '{}' is which field of the record, as 'coterie preview' "
        "understood\n"
        "# {} records{}. The figures say how sure that is. docs/guides/mapping.md tells the "
        "language.\n",
        printable(source, 64), proposal.records,
        proposal.known_export.empty() ? "" : " of an export of " + proposal.known_export);
    const auto section = [&](Outcome outcome, const char* title) {
        bool is_first = true;
        for (const Finding& finding : proposal.findings) {
            if (finding.outcome != outcome) {
                continue;
            }
            out += is_first ? fmt::format("#\n# {}\n", title) : "";
            is_first = false;
            out += "#   " + comment(finding) + "\n";
            if (!finding.question.empty()) {
                out += "#       " + printable(finding.question, 300) + "\n";
            }
        }
    };
    section(Outcome::Mapped, "Mapped:");
    section(Outcome::Asked,
            "Not sure, so left alone (special-category data is dropped); add a line below:");
    section(Outcome::Custom, "No field of the record; kept under custom:");
    for (const auto& [target, value] : proposal.mapping.items()) {
        if (value.is_array() && target != "ignore") {
            out += target + ":\n";
            for (const auto& item : value) {
                out += "  - " + flow(item) + "\n";
            }
        } else {
            out += target + ": " + flow(value) + "\n";
        }
    }
    return out;
}

nlohmann::json to_json(const Proposal& proposal, bool with_examples) {
    nlohmann::json columns = nlohmann::json::array();
    for (const Finding& finding : proposal.findings) {
        nlohmann::json column{{"column", finding.column},
                              {"outcome", word_of(finding.outcome)},
                              {"confidence", finding.confidence},
                              {"reason", finding.reason},
                              {"fill", finding.fill}};
        if (finding.target) {
            column["field"] = plain_path(finding.target->field);
            column["platform"] = finding.target->platform;
            column["role"] = finding.target->role;
        }
        if (!finding.question.empty()) {
            column["question"] = finding.question;
        }
        if (finding.item > 0) {
            column["item"] = finding.item;
        }
        if (with_examples) {
            column["examples"] = finding.examples;
        }
        columns.push_back(std::move(column));
    }
    return {
        {"refusal", proposal.refusal.empty() ? nlohmann::json() : nlohmann::json(proposal.refusal)},
        {"known_export",
         proposal.known_export.empty() ? nlohmann::json() : nlohmann::json(proposal.known_export)},
        {"records", proposal.records},
        {"columns_left_out", proposal.columns_left_out},
        {"columns", std::move(columns)},
        {"mapping", nlohmann::json::parse(proposal.mapping.dump(
                        -1, ' ', false, nlohmann::json::error_handler_t::replace))}};
}

}  // namespace coterie::normalize::automap
