#include "base/hash.hpp"
#include "base/text.hpp"
#include "config/codes.hpp"
#include "pipeline/normalize/fact_values.hpp"
#include "pipeline/normalize/identity_values.hpp"
#include "pipeline/normalize/mapping_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

namespace coterie::normalize {
namespace {

using config::Fault;
using config::Node;
using config::Place;
using record::FieldId;
using record::FieldInfo;
using record::ListId;
using record::ValueKind;

const std::vector<std::string>& rule_keys() {
    static const std::vector<std::string> keys{
        "from", "all",   "join", "with", "const",   "split", "regex",   "group",   "replace",
        "case", "table", "else", "date", "percent", "unit",  "country", "platform"};
    return keys;
}

const std::vector<std::string>& take_keys() {
    static const std::vector<std::string> keys{"from", "all", "join", "const"};
    return keys;
}

std::string comma_list(const std::vector<std::string>& words) {
    return fmt::format("{}", fmt::join(words, ", "));
}

/// A scalar as it may be shown: a secret never is.
std::string shown(const Node& node) {
    return node.is_secret ? std::string("(secret)") : printable(node.scalar, 60);
}

std::string type_name(const Node& node) {
    switch (node.type) {
    case Node::Type::Null:
        return "nothing";
    case Node::Type::Scalar:
        return fmt::format("'{}'", shown(node));
    case Node::Type::List:
        return "a list";
    case Node::Type::Map:
        return "a map";
    }
    return "nothing";
}

bool is_rule_map(const Node& node) {
    return node.is_map() && std::any_of(take_keys().begin(), take_keys().end(),
                                        [&](const auto& key) { return node.find(key); });
}

std::string last_part(std::string_view path) {
    const auto dot = path.rfind('.');
    return std::string(dot == std::string_view::npos ? path : path.substr(dot + 1));
}

/// "profiles[].handle" → "profiles.handle", as a reader may write it.
std::string without_brackets(std::string_view path) {
    std::string text(path);
    for (auto at = text.find("[]"); at != std::string::npos; at = text.find("[]")) {
        text.erase(at, 2);
    }
    return text;
}

bool tells_who(FieldId field) {
    switch (field) {
    case FieldId::NameDisplay:
    case FieldId::NameGiven:
    case FieldId::NameFamily:
    case FieldId::NameAlias:
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

/// "social[*].name" → steps; nothing where the text is no path (such as "ER (%)." or "a..b").
std::optional<std::vector<PathStep>> parse_path(std::string_view text) {
    std::vector<PathStep> steps;
    for (const std::string_view part : split(text, '.')) {
        const auto bracket = part.find('[');
        const std::string_view name = part.substr(0, bracket);
        if (name.empty() && !(steps.empty() && bracket == 0)) {
            return std::nullopt;
        }
        if (!name.empty()) {
            steps.push_back({PathStep::Kind::Member, std::string(name), 0});
        }
        std::string_view rest = bracket == std::string_view::npos ? "" : part.substr(bracket);
        while (!rest.empty()) {
            const auto close = rest.find(']');
            if (rest.front() != '[' || close == std::string_view::npos) {
                return std::nullopt;
            }
            const std::string_view inside = rest.substr(1, close - 1);
            if (inside == "*") {
                steps.push_back({PathStep::Kind::Each, "", 0});
            } else if (!inside.empty() && inside.size() <= 6 &&
                       std::all_of(inside.begin(), inside.end(),
                                   [](char c) { return c >= '0' && c <= '9'; })) {
                steps.push_back({PathStep::Kind::Element, "",
                                 static_cast<std::uint32_t>(std::stoul(std::string(inside)))});
            } else {
                return std::nullopt;
            }
            rest.remove_prefix(close + 1);
        }
    }
    return steps;
}

/// Walks the mapping's tree once, collecting rules and faults.
class Compiler {
  public:
    explicit Compiler(CompiledMapping& out) : out_(out) {}

    void compile(const Node& root) {
        if (!root.is_map()) {
            fault(root.place,
                  "a mapping is a map from record field to source field, found " + type_name(root));
        } else {
            compile_targets(root, "");
            if (faults_.empty()) {
                check_tells_who(root);
            }
        }
        if (!faults_.empty()) {
            std::stable_sort(faults_.begin(), faults_.end(), [](const Fault& a, const Fault& b) {
                return std::tie(a.place.line, a.place.column) <
                       std::tie(b.place.line, b.place.column);
            });
            throw config::ConfigError(std::move(faults_));
        }
        finish();
    }

  private:
    void fault(const Place& place, std::string message) {
        faults_.push_back({place, std::move(message)});
    }

    // --- Targets -----------------------------------------------------------------------------

    void compile_targets(const Node& map, const std::string& prefix) {
        for (std::size_t i = 0; i < map.members.size(); ++i) {
            const auto& [key, value] = map.members[i];
            const Place& place = map.key_places[i];
            if (prefix.empty() && key == "ignore") {
                compile_ignore(value);
            } else if (prefix.empty() && key == "custom") {
                compile_custom(value);
            } else {
                compile_target(prefix + key, place, value);
            }
        }
    }

    void compile_target(const std::string& path, const Place& place, const Node& value) {
        const std::string plain = without_brackets(path);
        if (const auto list = record::list_by_path(plain); list && *list != ListId::Custom) {
            if (claim(plain, place)) {
                compile_list(*list, place, value);
            }
            return;
        }
        if (const auto field = record::field_by_path(plain)) {
            compile_field_target(*field, plain, place, value);
            return;
        }
        if (value.is_map() && !is_rule_map(value) && is_group(plain)) {
            compile_targets(value, plain + ".");
            return;
        }
        if (is_group(plain)) {
            fault(place, fmt::format("'{}' is no field of its own; it holds: {}", plain,
                                     comma_list(targets_below(plain + "."))));
            return;
        }
        fault(place, unknown_target(plain));
    }

    void compile_field_target(FieldId field, const std::string& path, const Place& place,
                              const Node& value) {
        const FieldInfo& info = record::info(field);
        if (field == FieldId::Custom) {
            fault(place, "'custom' is filled with the source fields that no rule reads; write "
                         "'custom: false' to drop them, or 'ignore: [Field]' to drop some");
        } else if (info.list != ListId::None) {
            const auto list = record::list_path(info.list);
            fault(place, fmt::format("'{}' is a field of the list '{}'; write {}: [{{{}: …}}]",
                                     path, list, list, last_part(info.path)));
        } else if (claim(path, place)) {
            Rule rule;
            if (compile_rule(value, place, field, path, false, rule)) {
                out_.scalars.push_back(std::move(rule));
            }
        }
    }

    bool claim(const std::string& path, const Place& place) {
        if (!claimed_.insert(path).second) {
            fault(place,
                  fmt::format("'{}' is mapped twice; put both source fields into one rule", path));
            return false;
        }
        return true;
    }

    static std::vector<std::string> all_targets() {
        std::set<std::string> found;
        for (const FieldInfo& info : record::all_fields()) {
            if (info.id != FieldId::Custom) {
                found.insert(info.list == ListId::None ? std::string(info.path)
                                                       : std::string(record::list_path(info.list)));
            }
        }
        return {found.begin(), found.end()};
    }

    static std::vector<std::string> targets_below(const std::string& prefix) {
        auto targets = all_targets();
        std::erase_if(targets, [&](const auto& target) { return !target.starts_with(prefix); });
        return targets;
    }

    static bool is_group(const std::string& path) { return !targets_below(path + ".").empty(); }

    /// The nearest of all targets; and, so that the line stays readable, only the targets of the
    /// same group, or the groups.
    static std::string unknown_target(const std::string& path) {
        auto candidates = all_targets();
        candidates.insert(candidates.end(), {"ignore", "custom"});
        std::string message = fmt::format("unknown target '{}'", printable(path, 60));
        if (const auto near = nearest(path, candidates)) {
            message += fmt::format("; did you mean '{}'?", *near);
        } else {
            message += ";";
        }
        const auto dot = path.find('.');
        auto allowed = dot == std::string::npos ? std::vector<std::string>{}
                                                : targets_below(path.substr(0, dot + 1));
        if (allowed.empty()) {
            std::set<std::string> groups;
            for (const auto& target : candidates) {
                const auto end = target.find('.');
                groups.insert(end == std::string::npos ? target : target.substr(0, end) + ".…");
            }
            allowed.assign(groups.begin(), groups.end());
        }
        return message + " allowed: " + comma_list(allowed);
    }

    void compile_ignore(const Node& value) {
        std::vector<SourceRef> refs;
        compile_refs(value, "ignore", refs);
        out_.ignored = std::move(refs);
    }

    void compile_custom(const Node& value) {
        if (const auto flag = boolean(value)) {
            out_.keeps_custom = *flag;
        } else {
            fault(value.place, fmt::format("'custom' takes true (keep source fields that no rule "
                                           "reads; the default) or false (drop them), found {}",
                                           type_name(value)));
        }
    }

    // --- Lists -------------------------------------------------------------------------------

    void compile_list(ListId list, const Place& place, const Node& value) {
        if (!value.is_list()) {
            compile_item(list, value.type == Node::Type::Null ? place : value.place, value);
            return;
        }
        if (value.items.empty()) {
            fault(value.place, fmt::format("'{}' is an empty list; leave it out", list_path(list)));
        }
        for (const Node& item : value.items) {
            compile_item(list, item.place, item);
        }
    }

    void compile_item(ListId list, const Place& place, const Node& value) {
        ItemRule item;
        item.list = list;
        const bool is_object = record::holds_objects(list);
        if (!value.is_map() || is_rule_map(value) || (!is_object && !value.find("each"))) {
            compile_main(list, place, value, item);
            return;
        }
        if (const Node* each = value.find("each")) {
            compile_each(*each, item);
        }
        for (std::size_t i = 0; i < value.members.size(); ++i) {
            const auto& [key, field_value] = value.members[i];
            if (key != "each") {
                compile_item_field(list, key, value.key_places[i], field_value, item);
            }
        }
        in_each_ = false;
        if (check_item(value, item)) {
            std::sort(item.fields.begin(), item.fields.end(),
                      [](const Rule& a, const Rule& b) { return a.field < b.field; });
            out_.lists.push_back(std::move(item));
        }
    }

    /// `emails: E-mail`, `topics: {from: Emne, split: ","}`.
    void compile_main(ListId list, const Place& place, const Node& value, ItemRule& item) {
        if (is_rule_map(value)) {
            for (std::size_t i = 0; i < value.members.size(); ++i) {
                const std::string& key = value.members[i].first;
                if (key == "each" || item_field(list, key)) {
                    fault(value.key_places[i],
                          fmt::format(
                              "'{}' beside '{}': an item of '{}' is either fields ({{{}: …}}) "
                              "or one rule ({{from: …}})",
                              key, first_take_key(value), list_path(list),
                              last_part(record::info(main_field(list)).path)));
                    return;
                }
            }
        }
        Rule rule;
        if (compile_rule(value, place, main_field(list), std::string(list_path(list)), true,
                         rule)) {
            item.fields.push_back(std::move(rule));
            out_.lists.push_back(std::move(item));
        }
    }

    static std::string first_take_key(const Node& map) {
        for (const auto& key : take_keys()) {
            if (map.find(key)) {
                return key;
            }
        }
        return "from";
    }

    void compile_each(const Node& value, ItemRule& item) {
        in_each_ = true;
        if (!value.is_scalar() || value.scalar.empty()) {
            fault(value.place,
                  "'each' takes the path of a list, such as social[*], found " + type_name(value));
            return;
        }
        item.each = make_ref(value.scalar);
        if (item.each->is_relative) {
            fault(value.place, "'each' takes a path from the record's top, not a relative one");
        }
    }

    /// The list's field with this name; of a list of plain values, "value" is no field: none has.
    static std::optional<FieldId> item_field(ListId list, std::string_view name) {
        if (!record::holds_objects(list)) {
            return name == "value" ? std::optional(main_field(list)) : std::nullopt;
        }
        for (const FieldInfo& info : record::fields_of(list)) {
            if (last_part(info.path) == name) {
                return info.id;
            }
        }
        return std::nullopt;
    }

    static std::vector<std::string> item_keys(ListId list) {
        std::vector<std::string> keys;
        if (record::holds_objects(list)) {
            for (const FieldInfo& info : record::fields_of(list)) {
                keys.push_back(last_part(info.path));
            }
        } else {
            keys.emplace_back("value");
        }
        keys.emplace_back("each");
        return keys;
    }

    void compile_item_field(ListId list, const std::string& key, const Place& place,
                            const Node& value, ItemRule& item) {
        const auto field = item_field(list, key);
        if (!field) {
            fault(place, fmt::format("unknown key '{}' in an item of '{}'{}", printable(key, 60),
                                     list_path(list), config::suggestion(key, item_keys(list))));
            return;
        }
        Rule rule;
        const std::string path = fmt::format("{}.{}", list_path(list), key);
        if (compile_rule(value, place, *field, path, *field == main_field(list), rule)) {
            item.fields.push_back(std::move(rule));
        }
    }

    bool check_item(const Node& node, const ItemRule& item) {
        const auto has_any = [&](std::initializer_list<std::string_view> keys) {
            return std::any_of(keys.begin(), keys.end(),
                               [&](auto key) { return node.find(key) != nullptr; });
        };
        std::string needed;
        if (item.list == ListId::Profiles && !has_any({"handle", "url", "user_id"})) {
            needed = "handle, url or user_id";
        } else if (item.list == ListId::Emails && !has_any({"address"})) {
            needed = "address";
        } else if (item.list == ListId::Phones && !has_any({"e164"})) {
            needed = "e164";
        } else if (!record::holds_objects(item.list) && !has_any({"value"})) {
            needed = "value";
        }
        if (!needed.empty()) {
            fault(node.place,
                  fmt::format("an item of '{}' needs {}", list_path(item.list), needed));
            return false;
        }
        if (!item.fields.empty() && std::all_of(item.fields.begin(), item.fields.end(),
                                                [](const Rule& rule) { return rule.is_const(); })) {
            fault(node.place, fmt::format("every field of this item of '{}' is a constant, so each "
                                          "record would get the same; name a source field",
                                          list_path(item.list)));
            return false;
        }
        return !item.fields.empty();
    }

    // --- Rules -------------------------------------------------------------------------------

    /// \param is_many  whether the target takes several values.
    bool compile_rule(const Node& node, const Place& place, FieldId field, const std::string& path,
                      bool is_many, Rule& rule) {
        const std::size_t faults_before = faults_.size();
        rule.field = field;
        rule.kind = record::info(field).kind;
        if (node.is_scalar() && !node.scalar.empty()) {
            compile_word(node, rule);
        } else if (is_rule_map(node)) {
            compile_rule_map(node, path, is_many, rule);
        } else if (node.is_map()) {
            fault(place, fmt::format("the rule of '{}' names no source: give one of from, all, "
                                     "join, const{}",
                                     path, first_unknown_key(node)));
        } else {
            fault(
                node.type == Node::Type::Null ? place : node.place,
                fmt::format("'{}' takes a source field or a rule such as {{from: Field}}, found {}",
                            path, type_name(node)));
        }
        return faults_.size() == faults_before;
    }

    static std::string first_unknown_key(const Node& map) {
        for (const auto& [key, value] : map.members) {
            if (std::find(rule_keys().begin(), rule_keys().end(), key) == rule_keys().end()) {
                return fmt::format("; unknown key '{}'", printable(key, 60));
            }
        }
        return "";
    }

    /// A bare word: a constant where the field has that word, else a source field.
    void compile_word(const Node& node, Rule& rule) {
        if (is_word_of(rule.field, node.scalar)) {
            rule.take = Take::Const;
            rule.constant = node.scalar;
        } else {
            add_ref(node, rule.refs);
        }
    }

    static bool is_word_of(FieldId field, const std::string& word) {
        const FieldInfo& info = record::info(field);
        if (info.kind == ValueKind::Platform) {
            return std::find(platforms().begin(), platforms().end(), word) != platforms().end();
        }
        return info.kind == ValueKind::Choice && record::is_choice(info, word);
    }

    void compile_rule_map(const Node& node, const std::string& path, bool is_many, Rule& rule) {
        check_keys(node, path);
        check_combinations(node, path, is_many, rule);
        compile_take(node, path, rule);
        compile_transforms(node, rule);
        compile_reading(node, path, rule);
    }

    void check_keys(const Node& node, const std::string& path) {
        for (std::size_t i = 0; i < node.members.size(); ++i) {
            const std::string& key = node.members[i].first;
            if (std::find(rule_keys().begin(), rule_keys().end(), key) == rule_keys().end()) {
                fault(node.key_places[i],
                      fmt::format("unknown key '{}' in the rule of '{}'{}", printable(key, 60),
                                  path, config::suggestion(key, rule_keys())));
            }
        }
    }

    /// What no reading of the keys alone would show.
    void check_combinations(const Node& node, const std::string& path, bool is_many,
                            const Rule& rule) {
        const std::string take = first_take_key(node);
        for (const auto& key : take_keys()) {
            if (key != take && node.find(key)) {
                fault(node.key_place(key),
                      fmt::format("'{}' beside '{}': a rule takes its value from one of from, all, "
                                  "join, const",
                                  key, take));
            }
        }
        const auto needs = [&](const char* key, const char* other) {
            if (node.find(key) && !node.find(other)) {
                fault(node.key_place(key), fmt::format("'{}' needs '{}' beside it", key, other));
            }
        };
        needs("with", "join");
        needs("group", "regex");
        needs("replace", "regex");
        needs("else", "table");
        if (node.find("group") && node.find("replace")) {
            fault(node.key_place("replace"), "'replace' beside 'group': use \\1 in 'replace'");
        }
        if (node.find("const")) {
            for (const char* key : {"split", "regex", "case", "table"}) {
                if (node.find(key)) {
                    fault(
                        node.key_place(key),
                        fmt::format("'{}' beside 'const': write the constant as it shall be", key));
                }
            }
        }
        if (!is_many) {
            for (const char* key : {"all", "split"}) {
                if (node.find(key)) {
                    fault(node.key_place(key),
                          fmt::format("'{}' gives several values, but '{}' holds one; use {}", key,
                                      path,
                                      std::string_view(key) == "all" ? "from or join"
                                                                     : "regex with group"));
                }
            }
        }
        check_applies(node, path, rule);
    }

    void check_applies(const Node& node, const std::string& path, const Rule& rule) {
        const auto only = [&](const char* key, bool applies, const char* what) {
            if (node.find(key) && !applies) {
                fault(node.key_place(key),
                      fmt::format("'{}' is for {}; '{}' is none", key, what, path));
            }
        };
        only("date", rule.kind == ValueKind::Time, "times");
        only("percent", rule.kind == ValueKind::Share, "shares");
        only("unit", rule.kind == ValueKind::Count, "counts");
        only("country", rule.kind == ValueKind::Phone, "phone numbers");
        only("platform",
             rule.kind == ValueKind::PersonName || rule.field == FieldId::ProfileUrl ||
                 rule.field == FieldId::ProfileHandle,
             "names that hold a handle, handles and profile urls");
    }

    void compile_take(const Node& node, const std::string& path, Rule& rule) {
        if (const Node* constant = node.find("const")) {
            compile_const(*constant, path, rule);
        } else if (const Node* from = node.find("from")) {
            rule.take = Take::First;
            compile_refs(*from, "from", rule.refs);
        } else if (const Node* all = node.find("all")) {
            rule.take = Take::All;
            compile_refs(*all, "all", rule.refs);
        } else if (const Node* join = node.find("join")) {
            rule.take = Take::Join;
            compile_refs(*join, "join", rule.refs);
            if (const Node* with = node.find("with"); with && is_text(*with, "with")) {
                rule.joint = with->scalar;
            }
        }
    }

    void compile_const(const Node& constant, const std::string& path, Rule& rule) {
        rule.take = Take::Const;
        if (!constant.is_scalar() || constant.scalar.empty()) {
            fault(constant.place, "'const' takes one value, found " + type_name(constant));
            return;
        }
        rule.constant = constant.scalar;
        const bool has_words = rule.kind == ValueKind::Platform || rule.kind == ValueKind::Choice;
        if (has_words && !is_word_of(rule.field, constant.scalar)) {
            fault(
                constant.place,
                fmt::format("'{}' is no {}{}", shown(constant), last_part(path),
                            config::suggestion(constant.is_secret ? std::string() : constant.scalar,
                                               words_of(rule.field))));
        }
    }

    static std::vector<std::string> words_of(FieldId field) {
        const FieldInfo& info = record::info(field);
        if (info.kind == ValueKind::Platform) {
            return platforms();
        }
        std::vector<std::string> words;
        for (const auto word : split(info.choices, '|')) {
            words.emplace_back(word);
        }
        return words;
    }

    void compile_refs(const Node& node, const char* key, std::vector<SourceRef>& refs) {
        if (node.is_scalar() && !node.scalar.empty()) {
            add_ref(node, refs);
            return;
        }
        if (!node.is_list() || node.items.empty()) {
            fault(node.place, fmt::format("'{}' takes a source field or a list of them, found {}",
                                          key, node.is_list() ? "an empty list" : type_name(node)));
            return;
        }
        for (const Node& item : node.items) {
            if (item.is_scalar() && !item.scalar.empty()) {
                add_ref(item, refs);
            } else {
                fault(item.place, fmt::format("'{}' takes names of source fields, found {}", key,
                                              type_name(item)));
            }
        }
    }

    void add_ref(const Node& node, std::vector<SourceRef>& refs) {
        auto ref = make_ref(node.scalar);
        if (ref.is_relative && !in_each_) {
            fault(node.place, fmt::format("'{}' is relative to an item of 'each', but there is no "
                                          "'each' here",
                                          shown(node)));
        } else if (ref.is_relative && !ref.is_path) {
            fault(node.place, fmt::format("'{}' is no path: .name, .name[0].part or . for the item "
                                          "itself",
                                          shown(node)));
        } else if (ref.steps.size() > kPathStepsMax) {
            fault(node.place, fmt::format("a path has at most {} steps, found {}", kPathStepsMax,
                                          ref.steps.size()));
        }
        refs.push_back(std::move(ref));
    }

    SourceRef make_ref(const std::string& text) {
        SourceRef ref;
        ref.text = text;
        ref.is_relative = text.front() == '.';
        const std::string_view path = std::string_view(text).substr(ref.is_relative ? 1 : 0);
        if (ref.is_relative && path.empty()) {
            ref.is_path = true;
            return ref;
        }
        auto steps = parse_path(path);
        ref.is_path = steps.has_value();
        if (steps) {
            ref.steps = std::move(*steps);
        }
        if (ref.is_relative) {
            return ref;
        }
        ref.whole = out_.names.add(text);
        // A record is an object, so its first step is a name; a path of that name alone adds
        // nothing to `whole`.
        if (ref.steps.size() < 2 || ref.steps.front().kind != PathStep::Kind::Member) {
            ref.steps.clear();
            ref.is_path = false;
        } else {
            ref.head = out_.names.add(ref.steps.front().key);
            ref.steps.erase(ref.steps.begin());
        }
        return ref;
    }

    // --- Transforms --------------------------------------------------------------------------

    void compile_transforms(const Node& node, Rule& rule) {
        if (const Node* separators = node.find("split")) {
            compile_split(*separators, rule);
        }
        if (const Node* pattern = node.find("regex"); pattern && is_text(*pattern, "regex")) {
            compile_regex(node, *pattern, rule);
        }
        if (const Node* letters = node.find("case")) {
            if (letters->scalar == "lower" || letters->scalar == "upper") {
                rule.letter_case =
                    letters->scalar == "lower" ? LetterCase::Lower : LetterCase::Upper;
            } else {
                fault(letters->place, "'case' takes lower or upper, found " + type_name(*letters));
            }
        }
        if (const Node* table = node.find("table")) {
            compile_table(*table, rule);
        }
        if (const Node* other = node.find("else")) {
            rule.has_other = true;
            rule.other = table_value(*other, "else");
        }
    }

    void compile_split(const Node& node, Rule& rule) {
        const auto add = [&](const Node& separator) {
            if (separator.is_scalar() && !separator.scalar.empty()) {
                rule.separators.push_back(separator.scalar);
            } else {
                fault(separator.place, "'split' takes the text between the values, such as \";\", "
                                       "or a list of such texts, found " +
                                           type_name(separator));
            }
        };
        if (node.is_list() && !node.items.empty()) {
            std::for_each(node.items.begin(), node.items.end(), add);
        } else {
            add(node);
        }
    }

    void compile_regex(const Node& node, const Node& pattern, Rule& rule) {
        re2::RE2::Options options;
        options.set_log_errors(false);
        options.set_max_mem(kRegexBytesMax);
        rule.regex = std::make_unique<re2::RE2>(pattern.scalar, options);
        if (!rule.regex->ok()) {
            fault(pattern.place,
                  fmt::format("'regex' is not sound: {}", printable(rule.regex->error(), 120)));
            return;
        }
        const int groups = rule.regex->NumberOfCapturingGroups();
        rule.group = groups > 0 ? 1 : 0;
        if (const Node* group = node.find("group")) {
            const std::string& text = group->scalar;
            const bool is_number = text.size() == 1 && text[0] >= '0' && text[0] <= '9';
            rule.group = is_number ? text[0] - '0' : -1;
            if (rule.group < 0 || rule.group > groups) {
                fault(group->place, fmt::format("'group' takes 0 to {}, the groups of the regex, "
                                                "found {}",
                                                std::min(groups, 9), type_name(*group)));
            }
        }
        if (const Node* replace = node.find("replace"); replace) {
            std::string why;
            if (!replace->is_scalar()) {
                fault(replace->place, "'replace' takes a text, found " + type_name(*replace));
            } else if (!rule.regex->CheckRewriteString(replace->scalar, &why)) {
                fault(replace->place, "'replace' is not sound: " + printable(why, 120));
            } else {
                rule.replacement = replace->scalar;
            }
        }
    }

    void compile_table(const Node& node, Rule& rule) {
        if (!node.is_map() || node.members.empty()) {
            fault(node.place, "'table' takes a map from raw value to value, such as {Ja: agreed}, "
                              "found " +
                                  type_name(node));
            return;
        }
        rule.has_table = true;
        for (const auto& [key, value] : node.members) {
            auto meaning = table_value(value, "table");
            rule.folded_table.try_emplace(is_utf8(key) ? fold(key) : key, meaning);
            rule.table.emplace(std::string(trim(key)), std::move(meaning));
        }
    }

    std::optional<std::string> table_value(const Node& value, const char* key) {
        if (value.is_list() || value.is_map()) {
            fault(value.place, fmt::format("'{}' takes one value, or null for none, found {}", key,
                                           type_name(value)));
        }
        return value.is_scalar() ? std::optional(value.scalar) : std::nullopt;
    }

    // --- Reading -----------------------------------------------------------------------------

    void compile_reading(const Node& node, const std::string& path, Rule& rule) {
        if (const Node* date = node.find("date"); date && is_text(*date, "date")) {
            rule.date_format = date->scalar;
            if (const auto what = time_format_fault(date->scalar); !what.empty()) {
                fault(date->place, fmt::format("'date' is not sound: {}", what));
            }
        }
        if (const Node* percent = node.find("percent")) {
            const auto flag = boolean(*percent);
            rule.is_percent = flag.value_or(false);
            if (!flag) {
                fault(percent->place,
                      "'percent' takes true or false, found " + type_name(*percent));
            }
        }
        if (const Node* unit = node.find("unit")) {
            rule.unit = unit->scalar;
            if (rule.unit != "K" && rule.unit != "M") {
                fault(unit->place,
                      "'unit' takes K (thousands) or M (millions), found " + type_name(*unit));
            }
        }
        if (const Node* country = node.find("country")) {
            rule.country = country->scalar;
            if (!config::is_country(rule.country)) {
                fault(country->place,
                      "'country' takes two capital letters (ISO 3166-1) such as SE, found " +
                          type_name(*country));
            }
        }
        if (const Node* platform = node.find("platform")) {
            rule.platform = platform->scalar;
            if (!is_word_of(FieldId::ProfilePlatform, rule.platform)) {
                fault(platform->place,
                      fmt::format(
                          "{} is no platform, in the rule of '{}'{}", type_name(*platform), path,
                          config::suggestion(platform->is_secret ? std::string() : rule.platform,
                                             platforms())));
            }
        }
    }

    bool is_text(const Node& node, const char* key) {
        if (node.is_scalar() && !node.scalar.empty()) {
            return true;
        }
        fault(node.place, fmt::format("'{}' takes a text, found {}", key, type_name(node)));
        return false;
    }

    static std::optional<bool> boolean(const Node& node) {
        if (!node.is_scalar() || node.quoted || (node.scalar != "true" && node.scalar != "false")) {
            return std::nullopt;
        }
        return node.scalar == "true";
    }

    // --- Afterwards --------------------------------------------------------------------------

    template <class Visit>
    void for_each_rule(const Visit& visit) const {
        std::for_each(out_.scalars.begin(), out_.scalars.end(), visit);
        for (const ItemRule& item : out_.lists) {
            std::for_each(item.fields.begin(), item.fields.end(), visit);
        }
    }

    void check_tells_who(const Node& root) {
        bool does = false;
        for_each_rule(
            [&](const Rule& rule) { does = does || (tells_who(rule.field) && !rule.is_const()); });
        if (!does) {
            fault(root.place, "no rule gives a name, profile, e-mail or phone, so every record "
                              "would be refused; map at least one of name.display, profiles, "
                              "emails, phones");
        }
    }

    void finish() {
        std::sort(out_.scalars.begin(), out_.scalars.end(),
                  [](const Rule& a, const Rule& b) { return a.field < b.field; });
        std::stable_sort(out_.lists.begin(), out_.lists.end(),
                         [](const ItemRule& a, const ItemRule& b) { return a.list < b.list; });
        out_.names.build();
        for_each_rule([&](const Rule& rule) {
            out_.links_records = out_.links_records || record::is_of_source(rule.field);
        });
        std::vector<std::string> sources;
        const auto add_sources = [&sources](const Rule& rule, const std::string& each) {
            for (const SourceRef& ref : rule.refs) {
                auto text = each + (ref.text == "." ? "" : ref.text);
                if (tells_who(rule.field) &&
                    std::find(sources.begin(), sources.end(), text) == sources.end()) {
                    sources.push_back(std::move(text));
                }
            }
        };
        for (const Rule& rule : out_.scalars) {
            add_sources(rule, "");
        }
        for (const ItemRule& item : out_.lists) {
            for (const Rule& rule : item.fields) {
                const bool is_relative = !rule.refs.empty() && rule.refs.front().is_relative;
                add_sources(rule, is_relative && item.each ? item.each->text : std::string());
            }
        }
        out_.identity_sources = printable("mapped fields: " + comma_list(sources), 400);
    }

    CompiledMapping& out_;
    std::vector<Fault> faults_;
    std::set<std::string> claimed_;
    bool in_each_ = false;
};

/// The tree without its places, so that moving a mapping within its file changes no version.
void append_canonical(const Node& node, std::string& out) {
    const auto text = [&out](std::string_view part) {
        out += std::to_string(part.size());
        out += ':';
        out += part;
    };
    switch (node.type) {
    case Node::Type::Null:
        out += '~';
        break;
    case Node::Type::Scalar:
        out += node.quoted ? 'q' : 's';
        text(node.scalar);
        break;
    case Node::Type::List:
        out += '[';
        for (const Node& item : node.items) {
            append_canonical(item, out);
        }
        out += ']';
        break;
    case Node::Type::Map:
        out += '{';
        for (const auto& [key, value] : node.members) {
            text(key);
            append_canonical(value, out);
        }
        out += '}';
        break;
    }
}

}  // namespace

record::FieldId main_field(record::ListId list) {
    switch (list) {
    case ListId::Emails:
        return FieldId::EmailAddress;
    case ListId::Phones:
        return FieldId::PhoneE164;
    case ListId::Profiles:
        return FieldId::ProfileUrl;
    case ListId::Interactions:
        return FieldId::InteractionNote;
    case ListId::Collaborations:
        return FieldId::CollaborationCampaign;
    case ListId::Affinities:
        return FieldId::AffinityCause;
    default:
        return record::fields_of(list).front().id;
    }
}

std::size_t FieldNames::add(std::string_view name) {
    const auto found = std::find(names_.begin(), names_.end(), name);
    if (found != names_.end()) {
        return static_cast<std::size_t>(found - names_.begin());
    }
    names_.emplace_back(name);
    return names_.size() - 1;
}

void FieldNames::build() {
    std::size_t size = 8;
    while (size < names_.size() * 4) {
        size *= 2;
    }
    slots_.assign(size, 0);
    for (std::size_t i = 0; i < names_.size(); ++i) {
        std::size_t at = hash64(names_[i]) & (size - 1);
        while (slots_[at] != 0) {
            at = (at + 1) & (size - 1);
        }
        slots_[at] = static_cast<std::uint32_t>(i + 1);
    }
}

std::size_t FieldNames::find(std::string_view name) const {
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t at = hash64(name) & mask; slots_[at] != 0; at = (at + 1) & mask) {
        if (names_[slots_[at] - 1] == name) {
            return slots_[at] - 1;
        }
    }
    return kNone;
}

Mapping Mapping::compile(const config::Node& node) {
    auto impl = std::make_unique<Impl>();
    Compiler(*impl).compile(node);
    std::string canonical(kNormalizersVersion);
    append_canonical(node, canonical);
    impl->version = fmt::format("{}-{}", kNormalizersVersion, to_hex(hash128(canonical)));
    return Mapping(std::move(impl));
}

}  // namespace coterie::normalize
