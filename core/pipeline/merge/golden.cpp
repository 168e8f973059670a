#include "pipeline/merge/golden.hpp"

#include "base/binary.hpp"
#include "base/check.hpp"
#include "base/json.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace coterie::merge {

namespace {

using record::FieldId;
using record::FieldInfo;
using record::ListId;
using record::ValueKind;

constexpr std::array<std::string_view, 11> kRuleNames{"only",    "trust", "recent",   "frequent",
                                                      "longest", "max",   "min",      "union",
                                                      "derived", "order", "strictest"};

// --- Encoding --------------------------------------------------------------------------------

constexpr char kVersion = 1;

constexpr std::uint64_t kUint32Max = 0xffffffff;

bool read_member(BinaryReader& cursor, Member& member) {
    return cursor.number(member.row, kUint32Max) && cursor.number(member.first_run, kUint32Max) &&
           cursor.number(member.seen_run, kUint32Max);
}

bool read_fact(BinaryReader& cursor, std::size_t members, GoldenFact& fact) {
    std::uint8_t field = 0;
    std::uint8_t rule = 0;
    if (!cursor.number(field, static_cast<std::uint64_t>(FieldId::Count_) - 1) ||
        !cursor.number(fact.item, kUint32Max) || !cursor.number(rule, kRuleNames.size() - 1) ||
        !cursor.number(fact.member, kUint32Max) || fact.member >= members) {
        return false;
    }
    fact.field = static_cast<FieldId>(field);
    fact.rule = static_cast<Rule>(rule);
    std::string_view value;
    std::string_view from;
    if (!cursor.text(value) || !cursor.text(from)) {
        return false;
    }
    fact.value = value;
    fact.from = from;
    return true;
}

bool read_golden(BinaryReader& cursor, GoldenRecord& golden) {
    std::size_t members = 0;
    std::size_t facts = 0;
    // A member takes at least three bytes and a fact six, so a damaged count cannot ask for more
    // memory than the encoding is long.
    if (!cursor.number(members, cursor.left() / 3)) {
        return false;
    }
    golden.members.resize(members);
    for (Member& member : golden.members) {
        if (!read_member(cursor, member)) {
            return false;
        }
    }
    if (!cursor.number(facts, cursor.left() / 6)) {
        return false;
    }
    golden.facts.resize(facts);
    for (GoldenFact& fact : golden.facts) {
        if (!read_fact(cursor, members, fact)) {
            return false;
        }
    }
    return cursor.left() == 0;
}

// --- JSON ------------------------------------------------------------------------------------

/// Whether JSON takes the text as a number as it stands.
bool is_json_number(std::string_view text) {
    const auto digits = [&text] {
        std::size_t count = 0;
        while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
            text.remove_prefix(1);
            ++count;
        }
        return count;
    };
    if (text.starts_with('-')) {
        text.remove_prefix(1);
    }
    const bool leads_with_zero = text.starts_with('0');
    const std::size_t whole = digits();
    if (whole == 0 || (leads_with_zero && whole > 1)) {
        return false;
    }
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        if (digits() == 0) {
            return false;
        }
    }
    return text.empty();
}

/// Writes a value as its field's kind wants it. A value that is not canonical is written as text,
/// so that the document stays well-formed and the schema shows what is wrong.
void write_value(JsonWriter& json, const FieldInfo& field, std::string_view value) {
    switch (field.kind) {
    case ValueKind::Count:
    case ValueKind::Share:
    case ValueKind::Money:
        if (is_json_number(value)) {
            json.raw(value);
            return;
        }
        break;
    case ValueKind::Flag:
        if (value == "true" || value == "false") {
            json.boolean(value == "true");
            return;
        }
        break;
    case ValueKind::Json:
        if (value.find_first_of("\n\r") == std::string_view::npos) {
            json.raw(value);
        } else {  // between tokens only: inside JSON strings they are escaped
            std::string line(value);
            std::replace_if(
                line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
            json.raw(line);
        }
        return;
    default:
        break;
    }
    json.string(value);
}

void append_pointer_token(std::string& pointer, std::string_view token) {
    pointer.push_back('/');
    for (const char c : token) {
        if (c == '~') {
            pointer += "~0";
        } else if (c == '/') {
            pointer += "~1";
        } else {
            pointer.push_back(c);
        }
    }
}

/// "audience.tier" → "/audience/tier"
void append_pointer_path(std::string& pointer, std::string_view path) {
    pointer.push_back('/');
    for (const char c : path) {
        pointer.push_back(c == '.' ? '/' : c);
    }
}

std::string_view last_segment(std::string_view path) {
    const auto dot = path.rfind('.');
    return dot == std::string_view::npos ? path : path.substr(dot + 1);
}

std::string_view without_last_segment(std::string_view path) {
    const auto dot = path.rfind('.');
    return dot == std::string_view::npos ? std::string_view{} : path.substr(0, dot);
}

using FactSpan = std::span<const GoldenFact>;

/// The facts of one list, item by item.
std::vector<const GoldenFact*> by_item(FactSpan facts) {
    std::vector<const GoldenFact*> order;
    order.reserve(facts.size());
    for (const GoldenFact& fact : facts) {
        order.push_back(&fact);
    }
    std::stable_sort(order.begin(), order.end(),
                     [](const GoldenFact* a, const GoldenFact* b) { return a->item < b->item; });
    return order;
}

/// Calls `visit` with the facts of each field outside lists, and with all facts of each list.
template <class Visit>
void for_each_group(FactSpan facts, Visit&& visit) {
    for (std::size_t first = 0; first < facts.size();) {
        const FieldInfo& field = record::info(facts[first].field);
        std::size_t last = first + 1;
        while (last < facts.size() &&
               (field.list == ListId::None ? facts[last].field == field.id
                                           : record::info(facts[last].field).list == field.list)) {
            ++last;
        }
        visit(field, facts.subspan(first, last - first));
        first = last;
    }
}

/// Writes the facts and, side by side, their provenance.
class DocumentWriter {
  public:
    DocumentWriter(std::span<const MemberKey> keys, std::string& out, std::string& provenance)
        : keys_(keys), json_(out), provenance_(provenance) {}

    JsonWriter& json() { return json_; }

    void write(FactSpan facts) {
        provenance_.begin_object();
        if (facts.empty() || facts.front().field != FieldId::Kind) {
            json_.key("kind");
            json_.string("unknown");
        }
        for_each_group(facts, [this](const FieldInfo& field, FactSpan group) {
            if (field.id == FieldId::UpdatedAt) {
                return;  // steers the merge; the document's own time stands in its heading
            }
            if (field.list == ListId::None) {
                write_field(field, group.front());
            } else if (field.list == ListId::Custom) {
                write_custom(group);
            } else if (record::holds_objects(field.list)) {
                write_objects(field.list, group);
            } else {
                write_values(field, group);
            }
        });
        enter({});
        provenance_.end_object();
    }

  private:
    /// Closes and opens objects so that the next key belongs to `path`.
    void enter(std::string_view path) {
        const auto is_inside = [](std::string_view inner, std::string_view outer) {
            return outer.empty() || inner == outer ||
                   (inner.starts_with(outer) && inner[outer.size()] == '.');
        };
        while (!is_inside(path, open_)) {
            json_.end_object();
            open_ = without_last_segment(open_);
        }
        while (open_ != path) {
            const auto from = open_.empty() ? 0 : open_.size() + 1;
            const auto end = path.find('.', from);
            json_.key(path.substr(from, end - from));
            json_.begin_object();
            open_ = path.substr(0, end);
        }
    }

    void write_field(const FieldInfo& field, const GoldenFact& fact) {
        enter(without_last_segment(field.path));
        json_.key(last_segment(field.path));
        write_value(json_, field, fact.value);
        pointer_.clear();
        append_pointer_path(pointer_, field.path);
        explain(fact);
    }

    void write_values(const FieldInfo& field, FactSpan group) {
        const std::string_view path = record::list_path(field.list);
        open_list(path);
        std::size_t index = 0;
        for (const GoldenFact& fact : group) {
            write_value(json_, field, fact.value);
            point_to_item(path, index++);
            explain(fact);
        }
        json_.end_array();
    }

    void write_objects(ListId list, FactSpan group) {
        const std::string_view path = record::list_path(list);
        open_list(path);
        const auto order = by_item(group);
        std::size_t index = 0;
        for (std::size_t i = 0; i < order.size(); ++index) {
            json_.begin_object();
            const std::uint32_t item = order[i]->item;
            for (; i < order.size() && order[i]->item == item; ++i) {
                const FieldInfo& field = record::info(order[i]->field);
                const std::string_view name = last_segment(field.path);
                json_.key(name);
                write_value(json_, field, order[i]->value);
                point_to_item(path, index);
                append_pointer_token(pointer_, name);
                explain(*order[i]);
            }
            json_.end_object();
        }
        json_.end_array();
    }

    /// By source, then by source field; a field with several values is an array.
    void write_custom(FactSpan group) {
        std::map<std::string_view, std::map<std::string_view, std::vector<const GoldenFact*>>> all;
        for (const GoldenFact& fact : group) {
            all[keys_[fact.member].source][fact.from].push_back(&fact);
        }
        const FieldInfo& field = record::info(FieldId::Custom);
        enter({});
        json_.key("custom");
        json_.begin_object();
        for (const auto& [source, fields] : all) {
            json_.key(source);
            json_.begin_object();
            for (const auto& [name, facts] : fields) {
                json_.key(name);
                if (facts.size() > 1) {
                    json_.begin_array();
                }
                for (const GoldenFact* fact : facts) {
                    write_value(json_, field, fact->value);
                }
                if (facts.size() > 1) {
                    json_.end_array();
                }
                pointer_ = "/custom";
                append_pointer_token(pointer_, source);
                append_pointer_token(pointer_, name);
                explain(*facts.front());
            }
            json_.end_object();
        }
        json_.end_object();
    }

    void open_list(std::string_view path) {
        enter(without_last_segment(path));
        json_.key(last_segment(path));
        json_.begin_array();
    }

    void point_to_item(std::string_view path, std::size_t index) {
        pointer_.clear();
        append_pointer_path(pointer_, path);
        pointer_.push_back('/');
        pointer_ += std::to_string(index);
    }

    void explain(const GoldenFact& fact) {
        const MemberKey& member = keys_[fact.member];
        provenance_.key(pointer_);
        provenance_.begin_object();
        provenance_.key("source");
        provenance_.string(member.source);
        provenance_.key("record_id");
        provenance_.string(member.record_id);
        provenance_.key("field");
        provenance_.string(fact.from);
        provenance_.key("rule");
        provenance_.string(name_of(fact.rule));
        provenance_.key("seen_at");
        // When its record was last read with this content; a mere look at it is in sources[].
        provenance_.string(
            to_rfc3339(member.changed_at == Timestamp{} ? member.last_seen : member.changed_at));
        provenance_.end_object();
    }

    std::span<const MemberKey> keys_;
    JsonWriter json_;
    JsonWriter provenance_;
    std::string_view open_;  ///< path of the innermost open object
    std::string pointer_;
};

void write_sources(JsonWriter& json, std::span<const MemberKey> keys) {
    json.key("sources");
    json.begin_array();
    for (const MemberKey& key : keys) {
        json.begin_object();
        json.key("source");
        json.string(key.source);
        json.key("stream");
        json.string(key.stream);
        json.key("record_id");
        json.string(key.record_id);
        json.key("first_seen");
        json.string(to_rfc3339(key.first_seen));
        json.key("last_seen");
        json.string(to_rfc3339(key.last_seen));
        json.end_object();
    }
    json.end_array();
}

// --- Differences -----------------------------------------------------------------------------

/// One value with the words that it is compared by.
struct Leaf {
    std::string identity;  ///< what stays the same while the value changes
    std::string path;      ///< where it stands in its own revision
    const GoldenFact* fact = nullptr;
};

/// The fields that tell items of a list apart; all where nothing else is said.
bool tells_apart(FieldId field) {
    using enum FieldId;
    switch (field) {
    case EmailRole:
    case EmailOptedOut:
    case PhoneRole:
    case ProfileUrl:
    case ProfileFollowers:
    case ProfileEngagementRate:
    case ProfileVerified:
    case ProfileObservedAt:
    case CollaborationDisclosed:
    case CollaborationFee:
    case CollaborationCurrency:
    case AffinityObservedAt:
        return false;
    default:
        return true;
    }
}

void add_item_leaves(std::string_view path, std::size_t index,
                     std::span<const GoldenFact* const> item, std::vector<Leaf>& leaves) {
    std::string identity(path);
    for (const GoldenFact* fact : item) {
        if (tells_apart(fact->field)) {
            identity +=
                '\x1f' + std::to_string(static_cast<unsigned>(fact->field)) + '\x1f' + fact->value;
        }
    }
    std::string place;
    append_pointer_path(place, path);
    place += '/' + std::to_string(index);
    for (const GoldenFact* fact : item) {
        const FieldInfo& field = record::info(fact->field);
        Leaf leaf{identity, place, fact};
        if (record::holds_objects(field.list)) {
            const std::string_view name = last_segment(field.path);
            leaf.identity += '\x1e';
            leaf.identity += name;
            append_pointer_token(leaf.path, name);
        }
        leaves.push_back(std::move(leaf));
    }
}

std::vector<Leaf> leaves_of(const GoldenRecord& golden) {
    std::vector<Leaf> leaves;
    for_each_group(golden.facts, [&](const FieldInfo& field, FactSpan group) {
        if (field.list == ListId::None) {
            std::string path;
            append_pointer_path(path, field.path);
            leaves.push_back({path, path, &group.front()});
        } else if (field.list == ListId::Custom) {
            for (const GoldenFact& fact : group) {
                std::string path = "/custom";
                append_pointer_token(path, fact.from);
                leaves.push_back({path, path, &fact});
            }
        } else {
            const auto order = by_item(group);
            std::size_t index = 0;
            for (std::size_t i = 0; i < order.size(); ++index) {
                const std::size_t first = i;
                while (i < order.size() && order[i]->item == order[first]->item) {
                    ++i;
                }
                add_item_leaves(record::list_path(field.list), index,
                                std::span(order).subspan(first, i - first), leaves);
            }
        }
    });
    std::stable_sort(leaves.begin(), leaves.end(),
                     [](const Leaf& a, const Leaf& b) { return a.identity < b.identity; });
    return leaves;
}

}  // namespace

std::string_view name_of(Rule rule) {
    const auto index = static_cast<std::size_t>(rule);
    COTERIE_CHECK(index < kRuleNames.size());
    return kRuleNames[index];
}

void encode(const GoldenRecord& golden, std::string& out) {
    out.push_back(kVersion);
    append_varint(out, golden.members.size());
    for (const Member& member : golden.members) {
        append_varint(out, member.row);
        append_varint(out, member.first_run);
        append_varint(out, member.seen_run);
    }
    append_varint(out, golden.facts.size());
    for (const GoldenFact& fact : golden.facts) {
        append_varint(out, static_cast<std::uint64_t>(fact.field));
        append_varint(out, fact.item);
        append_varint(out, static_cast<std::uint64_t>(fact.rule));
        append_varint(out, fact.member);
        append_sized_text(out, fact.value);
        append_sized_text(out, fact.from);
    }
}

Result<GoldenRecord> decode(std::string_view encoded) {
    if (encoded.empty() || encoded.front() != kVersion) {
        return Error{
            ErrorKind::Fatal,
            "stored golden record is damaged or was written by another version of Coterie"};
    }
    BinaryReader cursor(encoded.substr(1));
    GoldenRecord golden;
    if (!read_golden(cursor, golden)) {
        return Error{ErrorKind::Fatal, "stored golden record is damaged"};
    }
    return golden;
}

void write_json(const Heading& heading, const GoldenRecord& golden, std::span<const MemberKey> keys,
                std::string& out) {
    COTERIE_CHECK(keys.size() == golden.members.size());
    std::string provenance;
    DocumentWriter document(keys, out, provenance);
    JsonWriter& json = document.json();
    json.begin_object();
    json.key("id");
    json.string(heading.id);
    document.write(golden.facts);
    write_sources(json, keys);
    json.key("provenance");
    json.raw(provenance);
    json.key("created_at");
    json.string(to_rfc3339(heading.created_at));
    json.key("updated_at");
    json.string(to_rfc3339(heading.updated_at));
    json.key("revision");
    json.integer(heading.revision);
    if (!heading.former_ids.empty()) {
        json.key("former_ids");
        json.begin_array();
        for (const std::string& id : heading.former_ids) {
            json.string(id);
        }
        json.end_array();
    }
    json.end_object();
}

std::string differences(const GoldenRecord& before, const GoldenRecord& after) {
    const std::vector<Leaf> old_leaves = leaves_of(before);
    const std::vector<Leaf> new_leaves = leaves_of(after);
    std::string out;
    JsonWriter json(out);
    const auto write_side = [&](std::string_view name, const Leaf* leaf) {
        json.key(name);
        if (leaf == nullptr) {
            json.raw("null");
        } else {
            write_value(json, record::info(leaf->fact->field), leaf->fact->value);
        }
    };
    const auto write = [&](const Leaf* old_leaf, const Leaf* new_leaf) {
        json.begin_object();
        json.key("path");
        json.string(new_leaf != nullptr ? new_leaf->path : old_leaf->path);
        write_side("before", old_leaf);
        write_side("after", new_leaf);
        json.end_object();
    };
    json.begin_array();
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < old_leaves.size() || j < new_leaves.size()) {
        const int order = i == old_leaves.size() ? 1
                          : j == new_leaves.size()
                              ? -1
                              : old_leaves[i].identity.compare(new_leaves[j].identity);
        const Leaf* old_leaf = order <= 0 ? &old_leaves[i++] : nullptr;
        const Leaf* new_leaf = order >= 0 ? &new_leaves[j++] : nullptr;
        if (old_leaf == nullptr || new_leaf == nullptr ||
            old_leaf->fact->value != new_leaf->fact->value) {
            write(old_leaf, new_leaf);
        }
    }
    json.end_array();
    return out;
}

}  // namespace coterie::merge
