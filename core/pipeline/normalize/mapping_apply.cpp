#include "base/json.hpp"
#include "base/text.hpp"
#include "pipeline/normalize/characters.hpp"
#include "pipeline/normalize/identity_values.hpp"
#include "pipeline/normalize/mapping_read.hpp"
#include "pipeline/normalize/mapping_rules.hpp"

#include "coterie/result.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>

namespace coterie::normalize {

using record::Fact;
using record::FieldId;
using record::ListId;
using record::ValueKind;

namespace {

/// A raw value that a rule takes, and the nodes it was made of (several where they were joined).
struct Cell {
    std::string_view text;
    bool is_number = false;
    bool is_container = false;
    std::uint32_t first_node = 0;  ///< into Scratch's `cell_nodes`
    std::uint32_t node_count = 0;  ///< 0: a constant
};

/// A value that waits for its item.
struct Pending {
    FieldId field{};
    std::string value;
    std::string from;
    std::size_t cell = 0;  ///< into `cells`, to put it back where the item comes to nothing
};

constexpr std::size_t kListCount = static_cast<std::size_t>(ListId::MergedIds) + 1;

bool is_free_text(ValueKind kind) {
    return kind == ValueKind::Text || kind == ValueKind::PersonName;
}

std::string_view short_name(FieldId field) {
    const std::string_view path = record::info(field).path;
    const auto dot = path.rfind('.');
    return dot == std::string_view::npos ? path : path.substr(dot + 1);
}

/// What one thread uses again from record to record.
struct Buffers {
    JsonTree tree;
    std::vector<NodeIndex> by_name;  ///< per name of the mapping's FieldNames
    std::vector<NodeIndex> found;    ///< what one reference comes to
    std::vector<NodeIndex> found_next;
    std::vector<NodeIndex> item_nodes;
    std::vector<NodeIndex> cell_nodes;
    std::vector<Cell> cells;
    std::vector<ReadValue> values;
    std::vector<Pending> pending;
    std::vector<Fact> custom;
    std::deque<std::string> made;  ///< texts that transforms made; their places stay
};

/// By field, then item. Facts come nearly in order and few, where insertion beats a sort with a
/// buffer (5 % of a record's time); long lists get the other.
void sort_facts(std::vector<Fact>& facts) {
    constexpr std::size_t kFew = 64;
    const auto comes_before = [](const Fact& a, const Fact& b) {
        return std::tie(a.field, a.item) < std::tie(b.field, b.item);
    };
    if (facts.size() > kFew) {
        std::stable_sort(facts.begin(), facts.end(), comes_before);
        return;
    }
    for (auto next = facts.begin(); next != facts.end(); ++next) {
        const auto place = std::upper_bound(facts.begin(), next, *next, comes_before);
        if (place != next) {
            std::rotate(place, next, next + 1);
        }
    }
}

/// Applies one mapping to one record. Lives as long as the call.
class Application {
  public:
    Application(const CompiledMapping& mapping, const MappingOptions& options, Buffers& scratch,
                NormalizedRecord& out)
        : mapping_(mapping), options_(options), s_(scratch), tree_(scratch.tree), out_(out) {}

    void run(std::string_view json) {
        if (const std::string what = tree_.parse(json); !what.empty()) {
            out_.refusal = "not a JSON object: " + what;
            return;
        }
        if (tree_[tree_.root()].type != JsonType::Object) {
            out_.refusal = "not a JSON object, but another JSON value";
            return;
        }
        begin();
        for (const SourceRef& ref : mapping_.ignored) {
            resolve(ref, kNoNode);
            for (const NodeIndex node : s_.found) {
                tree_.mark(node, NodeUse::Used);
            }
        }
        for (const Rule& rule : mapping_.scalars) {
            apply_scalar(rule);
        }
        settle_name_parts();
        for (const ItemRule& item : mapping_.lists) {
            apply_item_rule(item);
        }
        if (find_fact(FieldId::SourceBelongsTo) != nullptr) {
            keep_what_is_told_of_another();
            finish();
            return;
        }
        if (!tells_who()) {
            out_.facts.clear();
            out_.refusal = "no name, profile, e-mail or phone: nothing tells who this is; " +
                           mapping_.identity_sources;
            return;
        }
        if (mapping_.keeps_custom) {
            keep_unread(tree_.root());
        }
        finish();
    }

  private:
    void begin() {
        s_.custom.clear();
        s_.by_name.assign(mapping_.names.size(), kNoNode);
        for (NodeIndex child = tree_[tree_.root()].first_child; child != kNoNode;
             child = tree_[child].next) {
            const std::size_t name = mapping_.names.find(tree_[child].key);
            if (name != FieldNames::kNone && s_.by_name[name] == kNoNode) {
                s_.by_name[name] = child;
            }
        }
        out_.facts.reserve(24);
    }

    // --- Taking raw values -------------------------------------------------------------------

    /// The nodes that a reference names, into `found`.
    void resolve(const SourceRef& ref, NodeIndex item) {
        s_.found.clear();
        if (ref.is_relative) {
            s_.found.push_back(item);
        } else if (s_.by_name[ref.whole] != kNoNode) {
            s_.found.push_back(s_.by_name[ref.whole]);
            return;
        } else if (ref.is_path && s_.by_name[ref.head] != kNoNode) {
            s_.found.push_back(s_.by_name[ref.head]);
        } else {
            return;
        }
        for (const PathStep& step : ref.steps) {
            s_.found_next.clear();
            for (const NodeIndex node : s_.found) {
                descend(node, step);
            }
            s_.found.swap(s_.found_next);
        }
    }

    void descend(NodeIndex node, const PathStep& step) {
        if (step.kind == PathStep::Kind::Member) {
            if (const NodeIndex child = tree_.find(node, step.key); child != kNoNode) {
                s_.found_next.push_back(child);
            }
            return;
        }
        if (tree_[node].type != JsonType::Array) {
            return;
        }
        for (NodeIndex child = tree_[node].first_child; child != kNoNode;
             child = tree_[child].next) {
            if (step.kind == PathStep::Kind::Each || tree_[child].position == step.position) {
                s_.found_next.push_back(child);
            }
        }
    }

    /// Adds the node's value to `cells`; an array's elements one by one; nothing for null and "".
    void add_cells(NodeIndex index, bool is_in_array = false) {
        const JsonNode& node = tree_[index];
        if (node.type == JsonType::Array && !is_in_array) {
            for (NodeIndex child = node.first_child; child != kNoNode; child = tree_[child].next) {
                add_cells(child, true);
            }
            return;
        }
        if (is_blank(node)) {
            return;
        }
        Cell cell;
        cell.text = node.text;
        cell.is_number = node.type == JsonType::Number;
        cell.is_container = node.type == JsonType::Object || node.type == JsonType::Array;
        cell.first_node = static_cast<std::uint32_t>(s_.cell_nodes.size());
        cell.node_count = 1;
        s_.cell_nodes.push_back(index);
        s_.cells.push_back(cell);
    }

    [[nodiscard]] static bool is_blank(const JsonNode& node) {
        switch (node.type) {
        case JsonType::Null:
            return true;
        case JsonType::String:
            return trim(node.text).empty();
        case JsonType::Array:
        case JsonType::Object:
            return node.first_child == kNoNode;
        default:
            return false;
        }
    }

    /// The rule's raw values, into `cells`. \param item  the item of `each`, or kNoNode.
    void collect(const Rule& rule, NodeIndex item) {
        s_.cells.clear();
        s_.cell_nodes.clear();
        s_.made.clear();
        if (rule.is_const()) {
            s_.cells.push_back({rule.constant, false, false, 0, 0});
            return;
        }
        for (const SourceRef& ref : rule.refs) {
            resolve(ref, item);
            const std::size_t before = s_.cells.size();
            for (const NodeIndex node : s_.found) {
                add_cells(node);
            }
            if (rule.take != Take::First) {
                continue;
            }
            if (rule.refs.size() > 1) {
                drop_empty_words(before);
            }
            if (s_.cells.size() > before) {
                break;
            }
        }
        mend_cells(rule);
        if (rule.take == Take::Join) {
            join_cells(rule);
        }
        if (!rule.is_plain()) {
            transform_cells(rule);
        }
    }

    /// Repairs what was read in another encoding than it was written in, where that is certain, and
    /// takes out what lost its letters: nothing brings them back, and two such texts are alike
    /// without being the same. Free text is kept; names see to themselves.
    void mend_cells(const Rule& rule) {
        const bool is_name = rule.kind == ValueKind::PersonName ||
                             rule.kind == ValueKind::GivenName ||
                             rule.kind == ValueKind::FamilyName;
        for (std::size_t i = 0; i < s_.cells.size();) {
            Cell& cell = s_.cells[i++];
            const bool may_be_lost = cell.text.find("???") != std::string_view::npos;
            if (cell.is_container || cell.is_number || rule.kind == ValueKind::RecordId ||
                !is_utf8(cell.text) || (is_ascii(cell.text) && !may_be_lost)) {
                continue;
            }
            if (std::string repaired = repaired_mojibake(cell.text); !repaired.empty()) {
                cell.text = s_.made.emplace_back(std::move(repaired));
                issue(rule.field, name_of(cell),
                      "repaired: it was written as UTF-8 and read as another encoding");
            }
            if (is_name || !has_lost_letters(cell.text)) {
                continue;
            }
            constexpr const char* kLost = "letters were lost before it came here";
            if (is_free_text(rule.kind)) {
                issue(rule.field, name_of(cell), kLost);
                continue;
            }
            not_understood(rule.field, cell, kLost);
            s_.cells.erase(s_.cells.begin() + static_cast<std::ptrdiff_t>(--i));
        }
    }

    /// "-" and "ukendt" count as empty where another field stands in.
    void drop_empty_words(std::size_t from) {
        const auto begin = s_.cells.begin() + static_cast<std::ptrdiff_t>(from);
        s_.cells.erase(std::remove_if(begin, s_.cells.end(),
                                      [this](const Cell& cell) {
                                          const bool is_empty =
                                              !cell.is_container && says_nothing(cell.text);
                                          if (is_empty) {
                                              mark(cell, NodeUse::Used);
                                          }
                                          return is_empty;
                                      }),
                       s_.cells.end());
    }

    void join_cells(const Rule& rule) {
        drop_empty_words(0);
        std::erase_if(s_.cells, [](const Cell& cell) { return cell.is_container; });
        if (s_.cells.size() < 2) {
            return;
        }
        std::string& text = s_.made.emplace_back();
        std::vector<NodeIndex> nodes;
        for (const Cell& cell : s_.cells) {
            text.append(text.empty() ? "" : rule.joint).append(trim(cell.text));
            nodes.push_back(s_.cell_nodes[cell.first_node]);
        }
        s_.cell_nodes = nodes;
        s_.cells.assign(1, {text, false, false, 0, static_cast<std::uint32_t>(nodes.size())});
    }

    void transform_cells(const Rule& rule) {
        std::vector<Cell> parts;
        for (const Cell& cell : s_.cells) {
            if (cell.is_container) {
                parts.push_back(cell);
                continue;
            }
            for_each_part(rule, cell.text, [&](std::string_view text) {
                Cell part = cell;
                part.text = trim(text);
                const bool is_unchanged = part.text.size() == trim(cell.text).size();
                if (!part.text.empty() && transform(rule, part)) {
                    part.is_number = part.is_number && is_unchanged;
                    parts.push_back(part);
                }
            });
        }
        s_.cells = std::move(parts);
    }

    template <class Visit>
    static void for_each_part(const Rule& rule, std::string_view text, const Visit& visit) {
        while (!rule.separators.empty()) {
            std::size_t nearest_at = std::string_view::npos;
            std::size_t width = 0;
            for (const auto& separator : rule.separators) {
                const auto at = text.find(separator);
                if (at < nearest_at) {
                    nearest_at = at;
                    width = separator.size();
                }
            }
            if (nearest_at == std::string_view::npos) {
                break;
            }
            visit(text.substr(0, nearest_at));
            text.remove_prefix(nearest_at + width);
        }
        visit(text);
    }

    /// regex, then case, then table. \return whether there is a value left.
    bool transform(const Rule& rule, Cell& cell) {
        if (rule.regex && !apply_regex(rule, cell)) {
            return false;
        }
        if (rule.letter_case != LetterCase::AsIs) {
            cell.text = s_.made.emplace_back(in_case(cell.text, rule.letter_case));
        }
        return !rule.has_table || apply_table(rule, cell);
    }

    /// A value that the expression does not find is not there; unless other rules read the field,
    /// it then stands under custom.
    bool apply_regex(const Rule& rule, Cell& cell) {
        if (rule.replacement) {
            std::string& text = s_.made.emplace_back(cell.text);
            if (re2::RE2::GlobalReplace(&text, *rule.regex, *rule.replacement) > 0) {
                cell.is_number = false;
            }
            cell.text = trim(text);
            return !cell.text.empty();
        }
        std::array<re2::StringPiece, 10> groups;
        if (!rule.regex->Match(re2::StringPiece(cell.text.data(), cell.text.size()), 0,
                               cell.text.size(), re2::RE2::UNANCHORED, groups.data(),
                               rule.group + 1)) {
            return false;
        }
        const auto& group = groups[static_cast<std::size_t>(rule.group)];
        cell.text = trim(std::string_view(group.data(), group.size()));
        cell.is_number = false;
        return !cell.text.empty();
    }

    /// Letters of all scripts would need ICU's full mapping; the only letters that this serves are
    /// those of codes and tags, and æ, ø, å and their like in two bytes.
    static std::string in_case(std::string_view text, LetterCase letters) {
        std::string out(text);
        for (std::size_t at = 0; at < out.size(); ++at) {
            char& c = out[at];
            const bool is_lower = letters == LetterCase::Lower;
            if (is_lower ? (c >= 'A' && c <= 'Z') : (c >= 'a' && c <= 'z')) {
                c = static_cast<char>(c ^ 0x20);
            } else if (c == '\xC3' && at + 1 < out.size()) {
                const auto next = static_cast<unsigned char>(out[at + 1]);
                const bool is_upper_letter = next >= 0x80 && next <= 0x9E && next != 0x97;
                const bool is_lower_letter = next >= 0xA0 && next <= 0xBE && next != 0xB7;
                if (is_lower ? is_upper_letter : is_lower_letter) {
                    out[at + 1] = static_cast<char>(next ^ 0x20);
                }
            }
        }
        return out;
    }

    bool apply_table(const Rule& rule, Cell& cell) {
        const std::optional<std::string>* meaning = nullptr;
        if (const auto exact = rule.table.find(cell.text); exact != rule.table.end()) {
            meaning = &exact->second;
        } else if (const auto folded = rule.folded_table.find(fold(cell.text));
                   folded != rule.folded_table.end()) {
            meaning = &folded->second;
        } else if (rule.has_other) {
            meaning = &rule.other;
        }
        if (!meaning) {
            return true;  // as it is: the field's reader may know it
        }
        if (!*meaning) {
            mark(cell, NodeUse::Used);
            return false;
        }
        cell.text = **meaning;
        cell.is_number = false;
        return true;
    }

    // --- What becomes of a cell --------------------------------------------------------------

    void mark(const Cell& cell, NodeUse use) {
        for (std::uint32_t i = 0; i < cell.node_count; ++i) {
            tree_.mark(s_.cell_nodes[cell.first_node + i], use);
        }
    }

    /// The source field as facts name it: "Navn", "social[0].name", "Fornavn + Efternavn".
    [[nodiscard]] std::string name_of(const Cell& cell) const {
        std::string text;
        for (std::uint32_t i = 0; i < cell.node_count; ++i) {
            const NodeIndex node = s_.cell_nodes[cell.first_node + i];
            text.append(text.empty() ? "" : " + ");
            if (tree_[node].parent == tree_.root()) {
                text.append(tree_[node].key);
            } else {
                text.append(tree_.path(node));
            }
        }
        return text;
    }

    void issue(FieldId field, std::string from, std::string reason) {
        out_.issues.push_back({field, std::move(from), std::move(reason)});
    }

    /// Puts the cell's raw source fields under custom, once each.
    void keep_raw(const Cell& cell) {
        for (std::uint32_t i = 0; i < cell.node_count; ++i) {
            keep_raw(s_.cell_nodes[cell.first_node + i]);
        }
    }

    void keep_raw(NodeIndex node) {
        if (tree_[node].use == NodeUse::Kept) {
            return;
        }
        tree_.mark(node, NodeUse::Kept);
        const JsonNode& kept = tree_[node];
        Fact fact{FieldId::Custom, 0, {}, tree_.path(node)};
        const bool is_nested = kept.type == JsonType::Object || kept.type == JsonType::Array;
        fact.value = is_nested ? compact_json(kept.raw) : std::string(kept.raw);
        if (mask_cpr_numbers(fact.value) > 0) {
            report_cpr(FieldId::Custom, fact.from);
        }
        s_.custom.push_back(std::move(fact));
    }

    void report_cpr(FieldId field, std::string from) {
        issue(field, std::move(from), "a Danish personal identity number (CPR) was masked");
    }

    void not_understood(FieldId field, const Cell& cell, std::string reason) {
        if (cell.node_count == 0) {
            issue(field, "", "the mapping's constant: " + reason);
            return;
        }
        issue(field, name_of(cell), std::move(reason));
        keep_raw(cell);
    }

    /// Reads a cell into `values`; what is not understood is kept and reported.
    void read(const Rule& rule, const Cell& cell, const ReadingContext& context) {
        s_.values.clear();
        if (cell.is_container) {
            not_understood(rule.field, cell, "a nested value stands where one value is expected");
            return;
        }
        const RawText raw{masked(rule, cell), cell.is_number};
        std::string reason = read_cell(rule, raw, context, s_.values);
        if (!reason.empty()) {
            s_.values.clear();
            not_understood(rule.field, cell, std::move(reason));
            return;
        }
        mark(cell, NodeUse::Used);
    }

    /// The cell's text; of free text, without CPR numbers.
    std::string_view masked(const Rule& rule, const Cell& cell) {
        if (!is_free_text(rule.kind) || !holds_cpr_number(cell.text)) {
            return cell.text;
        }
        std::string& text = s_.made.emplace_back(cell.text);
        mask_cpr_numbers(text);
        report_cpr(rule.field, name_of(cell));
        return text;
    }

    void add_fact(FieldId field, std::size_t item, std::string value, std::string from) {
        out_.facts.push_back(
            {field, static_cast<std::uint16_t>(item), std::move(value), std::move(from)});
    }

    [[nodiscard]] const Fact* find_fact(FieldId field) const {
        for (const Fact& fact : out_.facts) {
            if (fact.field == field) {
                return &fact;
            }
        }
        return nullptr;
    }

    /// The item that has this value, or -1.
    [[nodiscard]] int item_with(FieldId field, std::string_view value) const {
        for (const Fact& fact : out_.facts) {
            if (fact.field == field && fact.value == value) {
                return fact.item;
            }
        }
        return -1;
    }

    [[nodiscard]] bool has_fact(FieldId field, std::size_t item) const {
        return std::any_of(out_.facts.begin(), out_.facts.end(), [&](const Fact& fact) {
            return fact.field == field && fact.item == item;
        });
    }

    // --- Fields outside lists ----------------------------------------------------------------

    void apply_scalar(const Rule& rule) {
        collect(rule, kNoNode);
        bool is_filled = false;
        for (std::size_t i = 0; i < s_.cells.size(); ++i) {
            const Cell cell = s_.cells[i];
            if (is_filled) {
                not_understood(rule.field, cell, "the field holds one value, and has one already");
            } else if (rule.kind == ValueKind::PersonName && !cell.is_container) {
                is_filled = apply_person_name(rule, cell);
            } else {
                is_filled = apply_single(rule, cell);
            }
        }
    }

    bool apply_single(const Rule& rule, const Cell& cell) {
        read(rule, cell, options_.context);
        if (s_.values.empty()) {
            return false;
        }
        if (s_.values.size() > 1) {
            not_understood(rule.field, cell,
                           fmt::format("the field holds one value; the first of {} was taken",
                                       s_.values.size()));
        }
        drop_derived(rule.field);
        add_fact(rule.field, 0, std::move(s_.values.front().text), name_of(cell));
        if (rule.kind == ValueKind::GivenName) {
            given_as_written_ = trim(cell.text);
        } else if (rule.kind == ValueKind::FamilyName) {
            family_as_written_ = trim(cell.text);
        }
        return true;
    }

    /// A given or family name of its own field counts more than what was told from the whole name.
    void drop_derived(FieldId field) {
        if (field == FieldId::NameGiven || field == FieldId::NameFamily) {
            std::erase_if(out_.facts, [&](const Fact& fact) { return fact.field == field; });
        }
    }

    bool apply_person_name(const Rule& rule, const Cell& cell) {
        auto reading = read_person_name(masked(rule, cell));
        if (reading.is_not_understood()) {
            not_understood(rule.field, cell, reading.reason());
            return false;
        }
        mark(cell, NodeUse::Used);
        if (reading.is_absent()) {
            return false;
        }
        PersonName& name = reading.value();
        const std::string from = name_of(cell);
        const bool has_name = !name.display.empty();
        const auto add = [&](FieldId field, std::string& value) {
            if (!value.empty()) {
                add_fact(field, 0, std::move(value), from);
            }
        };
        add(FieldId::NameDisplay, name.display);
        add(FieldId::NameGiven, name.given);
        add(FieldId::NameFamily, name.family);
        for (auto& alias : name.aliases) {
            add_plain(FieldId::NameAlias, cell, std::move(alias), from);
        }
        if (!name.handle.empty()) {
            add_name_handle(rule, cell, name.handle, from);
        }
        return has_name;
    }

    void add_name_handle(const Rule& rule, const Cell& cell, const std::string& handle,
                         const std::string& from) {
        if (rule.platform.empty()) {
            keep_raw(cell);  // the handle of no known platform is not dropped
            return;
        }
        auto profiles = read_profiles(handle, rule.platform);
        if (!profiles.has_value()) {
            not_understood(FieldId::ProfileHandle, cell,
                           profiles.is_absent() ? "no handle" : profiles.reason());
            return;
        }
        for (const Profile& profile : profiles.value()) {
            add_profile(profile, cell, from);
        }
    }

    /// A record with the name in two parts has a whole one too: matching compares whole names.
    /// What is told of a name by all of its parts together.
    void settle_name_parts() {
        // "GOB Bluth" is written so on purpose, "IDA HOLM" by a system that knows capitals alone.
        if (is_short_capitals(given_as_written_) && has_small_letter(family_as_written_)) {
            for (Fact& fact : out_.facts) {
                if (fact.field == FieldId::NameGiven) {
                    fact.value = given_as_written_;
                }
            }
        }
        derive_display_name();
        const Fact* kind = find_fact(FieldId::Kind);
        if (kind != nullptr && (kind->value == "brand" || kind->value == "group")) {
            // "Harborview Tenants Union" is nobody's family name.
            const Fact* part = find_fact(FieldId::NameFamily);
            part = part != nullptr ? part : find_fact(FieldId::NameGiven);
            if (part != nullptr && !find_fact(FieldId::NameDisplay)) {
                add_fact(FieldId::NameDisplay, 0, std::string(part->value),
                         std::string(part->from));
            }
            drop_derived(FieldId::NameGiven);
            drop_derived(FieldId::NameFamily);
        }
    }

    static bool is_short_capitals(std::string_view text) {
        return (text.size() == 2 || text.size() == 3) &&
               std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    }
    static bool has_small_letter(std::string_view text) {
        return std::any_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
    }

    void derive_display_name() {
        if (find_fact(FieldId::NameDisplay)) {
            return;
        }
        const Fact* given = find_fact(FieldId::NameGiven);
        const Fact* family = find_fact(FieldId::NameFamily);
        if (given && family) {
            auto name = given->value + " " + family->value;
            auto from =
                given->from == family->from ? given->from : given->from + " + " + family->from;
            add_fact(FieldId::NameDisplay, 0, std::move(name), std::move(from));
        }
    }

    // --- Lists -------------------------------------------------------------------------------

    std::size_t& item_count(ListId list) { return item_counts_[static_cast<std::size_t>(list)]; }

    /// A new item's number; nothing when the list is full.
    std::optional<std::size_t> new_item(ListId list) {
        if (item_count(list) >= kItemsMax) {
            return std::nullopt;
        }
        return item_count(list)++;
    }

    void report_full(FieldId field, const Cell& cell) {
        not_understood(field, cell, fmt::format("more than {} items in one list", kItemsMax));
    }

    void apply_item_rule(const ItemRule& rule) {
        if (rule.list == ListId::Affinities && options_.lawful_basis.empty()) {
            refuse_special(rule);
            return;
        }
        if (!rule.each) {
            apply_item(rule, kNoNode);
            return;
        }
        resolve(*rule.each, kNoNode);
        std::vector<NodeIndex>& items = s_.item_nodes;
        items.clear();
        for (const NodeIndex node : s_.found) {
            if (tree_[node].type != JsonType::Array) {
                items.push_back(node);
                continue;
            }
            for (NodeIndex child = tree_[node].first_child; child != kNoNode;
                 child = tree_[child].next) {
                items.push_back(child);
            }
        }
        for (const NodeIndex item : items) {
            apply_item(rule, item);
        }
    }

    /// Opinions and the like are kept only on a lawful basis that the config names: neither as
    /// facts nor, by falling through, under custom.
    void refuse_special(const ItemRule& rule) {
        s_.item_nodes.assign(1, kNoNode);
        if (rule.each) {
            resolve(*rule.each, kNoNode);
            s_.item_nodes.clear();
            for (const NodeIndex node : s_.found) {
                if (tree_[node].type != JsonType::Array) {
                    s_.item_nodes.push_back(node);
                    continue;
                }
                for (NodeIndex child = tree_[node].first_child; child != kNoNode;
                     child = tree_[child].next) {
                    s_.item_nodes.push_back(child);
                }
            }
        }
        for (const NodeIndex item : s_.item_nodes) {
            for (const Rule& field : rule.fields) {
                refuse_special_field(field, item);
            }
        }
    }

    void refuse_special_field(const Rule& field, NodeIndex item) {
        for (const SourceRef& ref : field.refs) {
            resolve(ref, item);
            for (const NodeIndex node : s_.found) {
                if (!is_blank(tree_[node])) {
                    issue(field.field, tree_.path(node),
                          "special-category data is kept only where the source names a "
                          "lawful_basis; it was dropped");
                }
                tree_.mark(node, NodeUse::Used);
            }
        }
    }

    void apply_item(const ItemRule& rule, NodeIndex item) {
        if (rule.list == ListId::Profiles) {
            apply_profile_item(rule, item);
        } else if (record::holds_objects(rule.list)) {
            apply_object_item(rule, item);
        } else {
            apply_plain_item(rule.fields.front(), item);
        }
    }

    void apply_plain_item(const Rule& rule, NodeIndex item) {
        collect(rule, item);
        for (std::size_t i = 0; i < s_.cells.size(); ++i) {
            const Cell cell = s_.cells[i];
            read(rule, cell, options_.context);
            const std::string from = s_.values.empty() ? std::string() : name_of(cell);
            for (ReadValue& value : s_.values) {
                add_plain(rule.field, cell, std::move(value.text), from);
            }
        }
    }

    /// A value of a list of plain values, unless the list has it.
    void add_plain(FieldId field, const Cell& cell, std::string value, const std::string& from) {
        if (item_with(field, value) >= 0) {
            return;
        }
        if (const auto item = new_item(record::info(field).list)) {
            add_fact(field, *item, std::move(value), from);
        } else {
            report_full(field, cell);
        }
    }

    /// Reads the item's fields but those for which `skip` holds, into `pending`; the first value of
    /// each.
    template <class Skip>
    void read_side_fields(const ItemRule& rule, NodeIndex item, const Skip& skip) {
        s_.pending.clear();
        pending_cells_.clear();
        pending_nodes_.clear();
        ReadingContext context;
        for (const Rule& field : rule.fields) {
            if (skip(field)) {
                continue;
            }
            const bool is_fee = field.kind == ValueKind::Money && has_currency_rule(rule);
            if (is_fee) {
                context = options_.context;
                context.currency = currency_of(rule, item);
            }
            collect(field, item);
            read_first(field, is_fee ? context : options_.context);
        }
    }

    [[nodiscard]] static bool has_currency_rule(const ItemRule& rule) {
        return rule.find(FieldId::CollaborationCurrency) != nullptr;
    }

    /// The currency that a field beside the fee names, so that "1.250" is read in it.
    std::string currency_of(const ItemRule& rule, NodeIndex item) {
        collect(*rule.find(FieldId::CollaborationCurrency), item);
        for (const Cell& cell : s_.cells) {
            s_.values.clear();
            if (read_cell(*rule.find(FieldId::CollaborationCurrency), {cell.text, false},
                          options_.context, s_.values)
                    .empty() &&
                !s_.values.empty()) {
                return s_.values.front().text;
            }
        }
        return options_.context.currency;
    }

    void read_first(const Rule& field, const ReadingContext& context) {
        bool is_filled = false;
        for (std::size_t i = 0; i < s_.cells.size(); ++i) {
            const Cell cell = s_.cells[i];
            if (is_filled) {
                not_understood(field.field, cell, "the item holds one value, and has one already");
                continue;
            }
            read(field, cell, context);
            if (s_.values.empty()) {
                continue;
            }
            is_filled = true;
            if (s_.values.size() > 1) {
                not_understood(field.field, cell,
                               fmt::format("the item holds one value; the first of {} was taken",
                                           s_.values.size()));
            }
            add_pending(field, cell, s_.values.front());
        }
    }

    void add_pending(const Rule& field, const Cell& cell, ReadValue& value) {
        const std::string from = name_of(cell);
        // The sign in the fee's own cell counts more than the currency beside it.
        if (field.field == FieldId::CollaborationFee && !value.extra.empty()) {
            s_.pending.push_back(
                {FieldId::CollaborationCurrency, std::move(value.extra), from, keep_cell(cell)});
        } else if (field.field == FieldId::CollaborationCurrency &&
                   std::any_of(s_.pending.begin(), s_.pending.end(), [](const Pending& p) {
                       return p.field == FieldId::CollaborationCurrency;
                   })) {
            return;
        }
        s_.pending.push_back({field.field, std::move(value.text), from, keep_cell(cell)});
    }

    /// Remembers a cell beyond the next collect().
    std::size_t keep_cell(const Cell& cell) {
        Cell kept = cell;
        kept.first_node = static_cast<std::uint32_t>(pending_nodes_.size());
        for (std::uint32_t i = 0; i < cell.node_count; ++i) {
            pending_nodes_.push_back(s_.cell_nodes[cell.first_node + i]);
        }
        pending_cells_.push_back(kept);
        return pending_cells_.size() - 1;
    }

    /// The side values of an item that came to nothing: back to custom, and said so. Constants
    /// carry nothing.
    void return_pending(std::string_view lacks) {
        for (const Pending& value : s_.pending) {
            const Cell& cell = pending_cells_[value.cell];
            if (cell.node_count == 0) {
                continue;
            }
            issue(value.field, value.from,
                  fmt::format("{} without {}", short_name(value.field), lacks));
            for (std::uint32_t i = 0; i < cell.node_count; ++i) {
                keep_raw(pending_nodes_[cell.first_node + i]);
            }
        }
        s_.pending.clear();
    }

    [[nodiscard]] bool pending_holds_source() const {
        return std::any_of(s_.pending.begin(), s_.pending.end(), [this](const Pending& value) {
            return pending_cells_[value.cell].node_count > 0;
        });
    }

    /// Adds the pending values to an item, where it has none of that field yet.
    void add_pending_to(std::size_t item) {
        for (const Pending& value : s_.pending) {
            if (!has_fact(value.field, item)) {
                add_fact(value.field, item, value.value, value.from);
            }
        }
    }

    // E-mails, phones, interactions, collaborations, affinities: the main field's every value makes
    // an item, with the same values beside it.
    void apply_object_item(const ItemRule& rule, NodeIndex item) {
        const FieldId main = main_field(rule.list);
        read_side_fields(rule, item, [main](const Rule& field) { return field.field == main; });
        const bool needs_main = rule.list == ListId::Emails || rule.list == ListId::Phones;
        std::size_t made = 0;
        if (const Rule* main_rule = rule.find(main)) {
            collect(*main_rule, item);
            if (!main_rule->is_const() || needs_main || pending_holds_source()) {
                made = add_main_items(*main_rule);
            }
        }
        if (made > 0) {
            return;
        }
        if (needs_main) {
            return_pending(rule.list == ListId::Emails ? "an e-mail address" : "a phone number");
        } else if (pending_holds_source()) {
            if (const auto number = new_item(rule.list)) {
                add_pending_to(*number);
            } else {
                return_pending("room in its list");
            }
        }
    }

    std::size_t add_main_items(const Rule& rule) {
        std::size_t made = 0;
        const bool is_contact =
            rule.field == FieldId::EmailAddress || rule.field == FieldId::PhoneE164;
        for (std::size_t i = 0; i < s_.cells.size(); ++i) {
            const Cell cell = s_.cells[i];
            read(rule, cell, options_.context);
            const std::string from = s_.values.empty() ? std::string() : name_of(cell);
            for (ReadValue& value : s_.values) {
                const int known = is_contact ? item_with(rule.field, value.text) : -1;
                const auto number =
                    known >= 0 ? std::optional<std::size_t>(static_cast<std::size_t>(known))
                               : new_item(record::info(rule.field).list);
                if (!number) {
                    report_full(rule.field, cell);
                    return made;
                }
                ++made;
                if (known < 0) {
                    add_fact(rule.field, *number, std::move(value.text), from);
                }
                add_pending_to(*number);
                if (rule.field == FieldId::EmailAddress && !value.extra.empty() &&
                    !has_fact(FieldId::EmailRole, *number)) {
                    add_fact(FieldId::EmailRole, *number, std::move(value.extra), from);
                }
            }
        }
        return made;
    }

    // --- Profiles ----------------------------------------------------------------------------

    static bool is_identity(const Rule& field) {
        return field.field == FieldId::ProfilePlatform || field.field == FieldId::ProfileUrl ||
               field.field == FieldId::ProfileHandle || field.field == FieldId::ProfileUserId;
    }

    void apply_profile_item(const ItemRule& rule, NodeIndex item) {
        read_side_fields(rule, item, is_identity);
        std::string platform_from;
        const std::string platform = read_platform(rule, item, platform_from);
        std::vector<std::size_t> items;
        for (const FieldId field : {FieldId::ProfileUrl, FieldId::ProfileHandle}) {
            if (const Rule* identity = rule.find(field)) {
                add_profiles(*identity, item, platform, items);
            }
        }
        if (const Rule* user_id = rule.find(FieldId::ProfileUserId)) {
            add_user_id(*user_id, item, platform, platform_from, items);
        }
        if (items.empty()) {
            return_pending("a handle, url or user_id");
            return;
        }
        // Counts of one cell belong to the account that the item names first.
        add_pending_to(items.front());
    }

    std::string read_platform(const ItemRule& rule, NodeIndex item, std::string& from) {
        const Rule* field = rule.find(FieldId::ProfilePlatform);
        if (!field) {
            return "";
        }
        if (field->is_const()) {
            return field->constant;
        }
        collect(*field, item);
        for (std::size_t i = 0; i < s_.cells.size(); ++i) {
            const Cell cell = s_.cells[i];
            read(*field, cell, options_.context);
            if (!s_.values.empty()) {
                from = name_of(cell);
                return s_.values.front().text;
            }
        }
        return "";
    }

    void add_profiles(const Rule& rule, NodeIndex item, const std::string& platform,
                      std::vector<std::size_t>& items) {
        collect(rule, item);
        for (std::size_t i = 0; i < s_.cells.size(); ++i) {
            const Cell cell = s_.cells[i];
            if (cell.is_container) {
                not_understood(rule.field, cell,
                               "a nested value stands where one value is expected");
                continue;
            }
            auto reading =
                read_profiles(cell.text, rule.platform.empty() ? platform : rule.platform);
            if (reading.is_not_understood()) {
                not_understood(rule.field, cell, reading.reason());
                continue;
            }
            mark(cell, NodeUse::Used);
            if (!reading.has_value()) {
                continue;
            }
            const std::string from = name_of(cell);
            for (const Profile& profile : reading.value()) {
                if (const auto number = add_profile(profile, cell, from)) {
                    items.push_back(*number);
                }
            }
        }
    }

    /// Adds a profile, or what is new in it to the item that names the same account.
    std::optional<std::size_t> add_profile(const Profile& profile, const Cell& cell,
                                           const std::string& from) {
        const auto number =
            item_of({profile.platform,
                     profile.handle.empty() ? "" : handle_key(profile.platform, profile.handle),
                     profile.url, profile.user_id});
        if (!number) {
            report_full(FieldId::ProfileUrl, cell);
            return std::nullopt;
        }
        const auto add = [&](FieldId field, const std::string& value) {
            if (!value.empty() && !has_fact(field, *number)) {
                add_fact(field, *number, value, from);
            }
        };
        add(FieldId::ProfilePlatform, profile.platform);
        add(FieldId::ProfileHandle, profile.handle);
        add(FieldId::ProfileUrl, profile.url);
        add(FieldId::ProfileUserId, profile.user_id);
        return number;
    }

    /// By what an account is known again.
    struct Account {
        std::string platform;
        std::string handle;  ///< as handle_key gives it
        std::string url;
        std::string user_id;
    };

    std::optional<std::size_t> same_account(const Account& account) const {
        const auto agree = [](const std::string& a, const std::string& b) {
            return !a.empty() && a == b;
        };
        for (std::size_t item = 0; item < accounts_.size(); ++item) {
            const Account& known = accounts_[item];
            if (known.platform != account.platform) {
                continue;
            }
            // Handles are taken over by others, ids are not: where both have one, it alone counts.
            const bool is_same =
                !known.user_id.empty() && !account.user_id.empty()
                    ? known.user_id == account.user_id
                    : agree(known.handle, account.handle) || agree(known.url, account.url);
            if (is_same) {
                return item;
            }
        }
        return std::nullopt;
    }

    /// The item of this account, a new one if need be; nothing when the list is full.
    std::optional<std::size_t> item_of(Account account) {
        if (const auto known = same_account(account)) {
            Account& merged = accounts_[*known];
            for (auto part : {&Account::handle, &Account::url, &Account::user_id}) {
                if ((merged.*part).empty()) {
                    merged.*part = std::move(account.*part);
                }
            }
            return known;
        }
        const auto item = new_item(ListId::Profiles);
        if (item) {
            accounts_.push_back(std::move(account));
        }
        return item;
    }

    /// The platform's own id belongs to the item's first account, or makes an item where the
    /// platform is known.
    void add_user_id(const Rule& rule, NodeIndex item, const std::string& platform,
                     const std::string& platform_from, std::vector<std::size_t>& items) {
        collect(rule, item);
        for (std::size_t i = 0; i < s_.cells.size(); ++i) {
            const Cell cell = s_.cells[i];
            read(rule, cell, options_.context);
            if (s_.values.empty()) {
                continue;
            }
            std::string id = std::move(s_.values.front().text);
            const std::string from = name_of(cell);
            if (!items.empty()) {
                std::string& known = accounts_[items.front()].user_id;
                if (known.empty()) {
                    known = id;
                    add_fact(FieldId::ProfileUserId, items.front(), std::move(id), from);
                } else if (known != id) {
                    not_understood(rule.field, cell,
                                   "another user id than the profile's url names");
                }
                continue;
            }
            if (platform.empty()) {
                not_understood(rule.field, cell, "a user id, but no platform that it is of");
                continue;
            }
            const auto number = item_of({platform, "", "", id});
            if (!number) {
                report_full(rule.field, cell);
                continue;
            }
            if (!has_fact(FieldId::ProfileUserId, *number)) {
                add_fact(FieldId::ProfilePlatform, *number, platform, platform_from);
                add_fact(FieldId::ProfileUserId, *number, std::move(id), from);
            }
            items.push_back(*number);
        }
    }

    // --- Afterwards --------------------------------------------------------------------------

    [[nodiscard]] bool tells_who() const {
        return std::any_of(out_.facts.begin(), out_.facts.end(), [](const Fact& fact) {
            switch (fact.field) {
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
        });
    }

    /// A record that belongs to another one tells what happened with that person, and not who that
    /// is: the name, number or owner that stands on an activity is its own. A source's mapping is
    /// one for all its streams, so fields that contacts and activities share would else be taken.
    void keep_what_is_told_of_another() {
        const auto is_not_told = [](FieldId field) {
            switch (field) {
            case FieldId::RelationshipFirstContact:
            case FieldId::RelationshipLastContact:
            case FieldId::RelationshipNextStep:
            case FieldId::InteractionAt:
            case FieldId::InteractionChannel:
            case FieldId::InteractionDirection:
            case FieldId::InteractionBy:
            case FieldId::InteractionNote:
            case FieldId::Feedback:
            case FieldId::CollaborationCampaign:
            case FieldId::CollaborationDeliverable:
            case FieldId::CollaborationUrl:
            case FieldId::CollaborationAt:
            case FieldId::CollaborationDisclosed:
            case FieldId::CollaborationFee:
            case FieldId::CollaborationCurrency:
            case FieldId::Topic:
            case FieldId::Note:
            case FieldId::UpdatedAt:
            case FieldId::SourceBelongsTo:
            case FieldId::SourceMergedId:
                return false;
            default:
                return true;
            }
        };
        std::erase_if(out_.facts, [&](const Fact& fact) { return is_not_told(fact.field); });
        std::erase_if(out_.issues, [&](const Issue& issue) { return is_not_told(issue.field); });
        s_.custom.clear();
    }

    /// What no rule took, at the highest level that holds nothing taken.
    void keep_unread(NodeIndex above) {
        for (NodeIndex child = tree_[above].first_child; child != kNoNode;
             child = tree_[child].next) {
            const JsonNode& node = tree_[child];
            if (node.use == NodeUse::Partly) {
                keep_unread(child);
            } else if (node.use == NodeUse::Unread && !is_blank(node)) {
                keep_raw(child);
            }
        }
    }

    /// The record's fields may come in any order; the facts come in one.
    void finish() {
        std::stable_sort(s_.custom.begin(), s_.custom.end(), [](const Fact& a, const Fact& b) {
            return std::tie(a.from, a.value) < std::tie(b.from, b.value);
        });
        for (std::size_t i = 0; i < s_.custom.size(); ++i) {
            s_.custom[i].item = static_cast<std::uint16_t>(std::min<std::size_t>(i, UINT16_MAX));
        }
        sort_facts(out_.facts);
        std::move(s_.custom.begin(), s_.custom.end(), std::back_inserter(out_.facts));
        std::stable_sort(
            out_.issues.begin(), out_.issues.end(), [](const Issue& a, const Issue& b) {
                return std::tie(a.field, a.from, a.reason) < std::tie(b.field, b.from, b.reason);
            });
    }

    const CompiledMapping& mapping_;
    const MappingOptions& options_;
    Buffers& s_;
    JsonTree& tree_;
    NormalizedRecord& out_;
    std::array<std::size_t, kListCount> item_counts_{};
    std::string given_as_written_, family_as_written_;
    std::vector<Cell> pending_cells_;
    std::vector<NodeIndex> pending_nodes_;
    std::vector<Account> accounts_;  ///< by item of the profiles
};

}  // namespace

struct Mapping::Scratch::Impl : Buffers {};

Mapping::Mapping(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Mapping::Mapping(Mapping&&) noexcept = default;
Mapping& Mapping::operator=(Mapping&&) noexcept = default;
Mapping::~Mapping() = default;

Mapping::Scratch::Scratch() : impl_(std::make_unique<Impl>()) {}
Mapping::Scratch::Scratch(Scratch&&) noexcept = default;
Mapping::Scratch::~Scratch() = default;

NormalizedRecord Mapping::apply(std::string_view json, const MappingOptions& options,
                                Scratch& scratch) const {
    NormalizedRecord out;
    Application(*impl_, options, *scratch.impl_, out).run(json);
    return out;
}

const std::string& Mapping::version() const {
    return impl_->version;
}

bool Mapping::links_records() const {
    return impl_->links_records;
}

}  // namespace coterie::normalize
