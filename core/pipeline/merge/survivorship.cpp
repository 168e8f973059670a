#include "pipeline/merge/survivorship.hpp"

#include "base/check.hpp"
#include "base/text.hpp"
#include "record/identity_keys.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <tuple>

namespace coterie::merge {

namespace {

using record::FactView;
using record::FieldId;
using record::ListId;
using record::ValueKind;
using Rules = std::span<const Rule>;

/// A fact that might survive.
struct Candidate {
    FactView fact;
    std::uint32_t member = 0;
    std::string_view time;  ///< when its source says it was true; "" where the source says nothing
};
using Candidates = std::vector<Candidate>;
using CandidateSpan = std::span<const Candidate>;

/// The value that survived, and why.
struct Survivor {
    Candidate candidate;
    Rule rule = Rule::Only;
};

// --- One value out of several ----------------------------------------------------------------

double number_of(std::string_view text) {
    double value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

bool is_number(ValueKind kind) {
    return kind == ValueKind::Count || kind == ValueKind::Share || kind == ValueKind::Money;
}

/// Negative, zero, positive as a is less than, equal to, greater than b.
int compare_values(const Candidate& a, const Candidate& b) {
    if (is_number(record::info(a.fact.field).kind)) {
        const double difference = number_of(a.fact.value) - number_of(b.fact.value);
        return difference < 0 ? -1 : static_cast<int>(difference > 0);
    }
    return a.fact.value.compare(b.fact.value);
}

std::size_t letters_in(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) >> 6) != 2;
    }));
}

/// The words that win by caution whoever says them.
bool is_cautious(const FactView& fact) {
    switch (fact.field) {
    case FieldId::RelationshipStatus:
        return fact.value == "do_not_contact";
    case FieldId::ConsentStatus:
        return fact.value == "withdrawn";
    case FieldId::EmailOptedOut:
        return fact.value == "true";
    default:
        return false;
    }
}

bool all_equal(CandidateSpan candidates) {
    return std::all_of(candidates.begin(), candidates.end(), [&](const Candidate& candidate) {
        return candidate.fact.value == candidates.front().fact.value;
    });
}

/// Keeps the candidates for which `measure` is greatest.
template <class Measure>
void keep_greatest(Candidates& alive, Measure&& measure) {
    using Value = decltype(measure(alive.front()));
    std::vector<Value> values;
    values.reserve(alive.size());
    for (const Candidate& candidate : alive) {
        values.push_back(measure(candidate));
    }
    const Value greatest = *std::max_element(values.begin(), values.end());
    std::size_t kept = 0;
    for (std::size_t i = 0; i < alive.size(); ++i) {
        if (!(values[i] < greatest)) {
            alive[kept++] = alive[i];
        }
    }
    alive.resize(kept);
}

/// Everything about the contributors that choosing asks for, by member.
struct Contributors {
    std::vector<const Contribution*> by_member;

    [[nodiscard]] double trust(const Candidate& candidate) const {
        return by_member[candidate.member]->trust;
    }
    [[nodiscard]] std::uint32_t changed_run(const Candidate& candidate) const {
        return by_member[candidate.member]->changed_run;
    }
};

/// Times are compared only where all have one: a date of the source's own and the night on which a
/// change was noticed are different clocks.
void keep_most_recent(Candidates& alive, const Contributors& who) {
    if (std::none_of(alive.begin(), alive.end(), [](const auto& c) { return c.time.empty(); })) {
        keep_greatest(alive, [](const Candidate& candidate) { return candidate.time; });
    }
    keep_greatest(alive, [&](const Candidate& candidate) { return who.changed_run(candidate); });
}

void keep_most_frequent(Candidates& alive) {
    keep_greatest(alive, [&](const Candidate& candidate) {
        std::vector<std::uint32_t> sayers;  // a record that says it twice counts once
        for (const Candidate& other : alive) {
            if (other.fact.value == candidate.fact.value) {
                sayers.push_back(other.member);
            }
        }
        std::sort(sayers.begin(), sayers.end());
        return std::unique(sayers.begin(), sayers.end()) - sayers.begin();
    });
}

void keep_extreme(Candidates& alive, int direction) {
    const auto best = *std::max_element(alive.begin(), alive.end(),
                                        [direction](const Candidate& a, const Candidate& b) {
                                            return compare_values(a, b) * direction < 0;
                                        });
    std::erase_if(alive, [&](const Candidate& c) { return compare_values(c, best) != 0; });
}

void apply(Rule rule, Candidates& alive, const Contributors& who) {
    switch (rule) {
    case Rule::Trust:
        keep_greatest(alive, [&](const Candidate& c) { return who.trust(c); });
        break;
    case Rule::Recent:
        keep_most_recent(alive, who);
        break;
    case Rule::Frequent:
        keep_most_frequent(alive);
        break;
    case Rule::Longest:
        keep_greatest(alive, [](const Candidate& c) { return letters_in(c.fact.value); });
        break;
    case Rule::Max:
        keep_extreme(alive, 1);
        break;
    case Rule::Min:
        keep_extreme(alive, -1);
        break;
    case Rule::Strictest:
        keep_greatest(alive, [](const Candidate& c) { return is_cautious(c.fact) ? 1 : 0; });
        break;
    case Rule::Only:
    case Rule::Union:
    case Rule::Derived:
    case Rule::Order:
        break;  // outcomes, or what lists do: they choose nothing among values
    }
}

/// Of those who say the same, the one that provenance names.
const Candidate& best_witness(CandidateSpan same, const Contributors& who) {
    return *std::min_element(same.begin(), same.end(), [&](const Candidate& a, const Candidate& b) {
        if (who.trust(a) != who.trust(b)) {
            return who.trust(a) > who.trust(b);
        }
        return std::tie(a.member, a.fact.item, a.fact.from) <
               std::tie(b.member, b.fact.item, b.fact.from);
    });
}

/// \pre candidates of one field, none empty in value.
Survivor select(Candidates alive, Rules rules, const Contributors& who) {
    if (alive.size() == 1) {
        return {alive.front(), Rule::Only};
    }
    Rule reason = Rule::Only;
    if (!all_equal(alive)) {
        if (record::info(alive.front().fact.field).kind == ValueKind::Choice) {
            std::erase_if(alive, [](const Candidate& c) { return c.fact.value == "unknown"; });
        }
        for (auto rule = rules.begin(); rule != rules.end() && !all_equal(alive); ++rule) {
            apply(*rule, alive, who);
            reason = *rule;
        }
        if (!all_equal(alive)) {
            reason = Rule::Order;
            const auto first = std::min_element(alive.begin(), alive.end(), [](auto& a, auto& b) {
                return a.fact.value < b.fact.value;
            });
            const std::string_view value = first->fact.value;
            std::erase_if(alive, [&](const Candidate& c) { return c.fact.value != value; });
        }
    }
    return {best_witness(alive, who), reason};
}

// --- Items of lists --------------------------------------------------------------------------

/// One item of one record's list.
struct Item {
    std::string key;  ///< items with the same are the same
    CandidateSpan facts;
};

std::string_view value_of(CandidateSpan facts, FieldId field) {
    for (const Candidate& candidate : facts) {
        if (candidate.fact.field == field) {
            return candidate.fact.value;
        }
    }
    return {};
}

std::string joined(CandidateSpan facts, std::initializer_list<FieldId> fields) {
    std::string key;
    for (const FieldId field : fields) {
        key += value_of(facts, field);
        key += '\x1f';
    }
    return key;
}

/// "" for an item that says nothing to be recognised by, which is left out.
std::string item_key(ListId list, CandidateSpan facts) {
    using enum FieldId;
    switch (list) {
    case ListId::Emails:
        return ascii_lower(value_of(facts, EmailAddress));
    case ListId::Phones:
        return std::string(value_of(facts, PhoneE164));
    case ListId::Interactions:
        return joined(facts, {InteractionAt, InteractionChannel, InteractionDirection,
                              InteractionBy, InteractionNote});
    case ListId::Collaborations:
        return joined(facts, {CollaborationAt, CollaborationCampaign, CollaborationDeliverable,
                              CollaborationUrl});
    case ListId::Affinities:
        return joined(facts, {AffinityCause, AffinityStance, AffinityEvidenceUrl});
    case ListId::Aliases:
    case ListId::Topics:
    case ListId::Occupations:
        return fold(facts.front().fact.value);
    default:
        return std::string(facts.front().fact.value);
    }
}

/// Profiles are one by user id; one that has only a handle is the one with that handle and a user
/// id, or the one with that handle; a website is its link.
class ProfileKeys {
  public:
    explicit ProfileKeys(std::vector<Item>& items) {
        for (Item& item : items) {
            if (const auto id = value_of(item.facts, FieldId::ProfileUserId); !id.empty()) {
                item.key = platform(item) + "u\x1f" + std::string(id);
                if (const std::string handle = handle_key(item); !handle.empty()) {
                    owners_.emplace_back(handle, item.key);
                }
            }
        }
        std::sort(owners_.begin(), owners_.end());
        for (Item& item : items) {
            if (item.key.empty()) {
                item.key = key_without_id(item);
            }
        }
    }

  private:
    static std::string platform(const Item& item) {
        return std::string(value_of(item.facts, FieldId::ProfilePlatform)) + '\x1f';
    }
    static std::string handle_key(const Item& item) {
        const auto handle = value_of(item.facts, FieldId::ProfileHandle);
        if (handle.empty()) {
            return {};
        }
        return platform(item) + "h\x1f" +
               record::handle_key(value_of(item.facts, FieldId::ProfilePlatform), handle);
    }
    std::string key_without_id(const Item& item) const {
        std::string handle = handle_key(item);
        if (handle.empty()) {
            return platform(item) + "w\x1f" +
                   record::url_key(value_of(item.facts, FieldId::ProfileUrl));
        }
        // A handle that two accounts have had goes to the smaller user id: any would do, as long
        // as it is always the same.
        const auto owner =
            std::lower_bound(owners_.begin(), owners_.end(), std::pair(handle, std::string()));
        return owner != owners_.end() && owner->first == handle ? owner->second : handle;
    }

    std::vector<std::pair<std::string, std::string>> owners_;  ///< handle, key by user id
};

/// The tier that a follower count is in.
std::string_view tier_of(std::int64_t followers, const Tiers& tiers) {
    return followers >= tiers.mega    ? "mega"
           : followers >= tiers.macro ? "macro"
           : followers >= tiers.mid   ? "mid"
           : followers >= tiers.micro ? "micro"
                                      : "nano";
}

std::int64_t count_of(std::string_view digits) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return error == std::errc() && end == digits.data() + digits.size() ? value : 0;
}

/// Fields whose value must come from the item that another field's value came from.
FieldId companion_of(FieldId field) {
    switch (field) {
    case FieldId::CollaborationCurrency:
        return FieldId::CollaborationFee;
    case FieldId::ProfileObservedAt:
        return FieldId::ProfileFollowers;
    default:
        return FieldId::Count_;
    }
}

// --- The merge -------------------------------------------------------------------------------

class Merger {
  public:
    Merger(std::span<const Contribution> contributions, const SurvivorshipRules& rules,
           const Tiers& tiers)
        : rules_(rules), tiers_(tiers) {
        COTERIE_CHECK(!contributions.empty() && contributions.size() <= 0xffffffff);
        for (const Contribution& contribution : contributions) {
            who_.by_member.push_back(&contribution);
        }
        std::sort(who_.by_member.begin(), who_.by_member.end(), [](auto* a, auto* b) {
            return std::tie(a->stable_key, a->member.row) < std::tie(b->stable_key, b->member.row);
        });
        collect();
    }

    GoldenRecord merge() {
        for (const Contribution* contribution : who_.by_member) {
            golden_.members.push_back(contribution->member);
        }
        golden_.facts.reserve(all_.size() + 4);
        merge_kind();
        merge_name();
        merge_objects(ListId::Emails);
        merge_objects(ListId::Phones);
        merge_objects(ListId::Profiles);
        merge_audience();
        merge_location();
        merge_values(FieldId::Language);
        merge_values(FieldId::Topic);
        merge_values(FieldId::Occupation);
        merge_representation();
        merge_relationship();
        merge_objects(ListId::Collaborations);
        merge_objects(ListId::Affinities);
        merge_consent();
        merge_values(FieldId::Note);
        merge_custom();
        return std::move(golden_);
    }

  private:
    // Facts by field, within it by member and item.
    void collect() {
        std::size_t count = 0;
        for (const Contribution* contribution : who_.by_member) {
            count += contribution->facts.size();
        }
        all_.reserve(count);
        for (std::size_t member = 0; member < who_.by_member.size(); ++member) {
            const auto& facts = who_.by_member[member]->facts;
            std::string_view updated_at;
            for (const FactView& fact : facts) {
                if (fact.field == FieldId::UpdatedAt) {
                    updated_at = std::max(updated_at, fact.value);
                }
            }
            for (const FactView& fact : facts) {
                if (!fact.value.empty() && fact.field != FieldId::UpdatedAt) {
                    all_.push_back({fact, static_cast<std::uint32_t>(member), updated_at});
                }
            }
        }
        std::sort(all_.begin(), all_.end(), [](const Candidate& a, const Candidate& b) {
            return std::tie(a.fact.field, a.member, a.fact.item, a.fact.value, a.fact.from) <
                   std::tie(b.fact.field, b.member, b.fact.item, b.fact.value, b.fact.from);
        });
        std::size_t at = 0;
        for (std::size_t field = 0; field < starts_.size(); ++field) {
            while (at < all_.size() && static_cast<std::size_t>(all_[at].fact.field) < field) {
                ++at;
            }
            starts_[field] = at;
        }
    }

    CandidateSpan of(FieldId field) const {
        const auto index = static_cast<std::size_t>(field);
        return CandidateSpan(all_).subspan(starts_[index], starts_[index + 1] - starts_[index]);
    }

    Rules rules_of(FieldId field) const {
        const auto found = rules_.by_field.find(field);
        return found == rules_.by_field.end() ? Rules{} : Rules(found->second);
    }

    void add(FieldId field, std::size_t item, const Survivor& survivor) {
        golden_.facts.push_back({field, static_cast<std::uint32_t>(item), survivor.rule,
                                 survivor.candidate.member,
                                 std::string(survivor.candidate.fact.value),
                                 std::string(survivor.candidate.fact.from)});
    }

    Survivor choose(FieldId field, CandidateSpan candidates) const {
        return select(Candidates(candidates.begin(), candidates.end()), rules_of(field), who_);
    }

    std::optional<Survivor> merge_field(FieldId field) { return merge_field(field, of(field)); }

    std::optional<Survivor> merge_field(FieldId field, CandidateSpan candidates) {
        if (candidates.empty()) {
            return std::nullopt;
        }
        const Survivor survivor = choose(field, candidates);
        add(field, 0, survivor);
        return survivor;
    }

    /// Leaves out what comes from records that contradict `anchor`: a city is not put beside
    /// another record's country, nor a phone number beside another agent's name.
    void merge_anchored(FieldId field, const std::optional<Survivor>& anchor) {
        Candidates agreeing;
        for (const Candidate& candidate : of(field)) {
            const CandidateSpan theirs =
                anchor ? of(anchor->candidate.fact.field) : CandidateSpan{};
            const bool contradicts =
                std::any_of(theirs.begin(), theirs.end(), [&](const Candidate& other) {
                    return other.member == candidate.member &&
                           other.fact.value != anchor->candidate.fact.value;
                });
            if (!contradicts) {
                agreeing.push_back(candidate);
            }
        }
        merge_field(field, agreeing);
    }

    void merge_kind() {
        if (!merge_field(FieldId::Kind)) {
            golden_.facts.push_back({FieldId::Kind, 0, Rule::Derived, 0, "unknown", ""});
        }
    }

    // Names.

    /// Every record's name as it is shown; put together where it has parts only.
    Candidates displays() {
        Candidates out;
        put_together_.reserve(who_.by_member.size());
        for (std::uint32_t member = 0; member < who_.by_member.size(); ++member) {
            const auto own = of_member(FieldId::NameDisplay, member);
            out.insert(out.end(), own.begin(), own.end());
            if (!own.empty()) {
                continue;
            }
            const auto given = of_member(FieldId::NameGiven, member);
            const auto family = of_member(FieldId::NameFamily, member);
            if (given.empty() && family.empty()) {
                continue;
            }
            Candidate candidate = given.empty() ? family.front() : given.front();
            candidate.fact.field = FieldId::NameDisplay;
            candidate.fact.item = kPutTogether;
            if (!given.empty() && !family.empty()) {
                put_together_.push_back(std::string(given.front().fact.value) + ' ' +
                                        std::string(family.front().fact.value));
                candidate.fact.value = put_together_.back();
            }
            out.push_back(candidate);
        }
        return out;
    }

    CandidateSpan of_member(FieldId field, std::uint32_t member) const {
        const CandidateSpan all = of(field);
        const auto first = std::partition_point(
            all.begin(), all.end(), [member](const Candidate& c) { return c.member < member; });
        const auto last = std::partition_point(
            first, all.end(), [member](const Candidate& c) { return c.member == member; });
        return {first, last};
    }

    void merge_name() {
        const Candidates all = displays();
        if (all.empty()) {
            merge_aliases({}, "");
            return;
        }
        const Survivor display = choose(FieldId::NameDisplay, all);
        const bool is_put_together = display.candidate.fact.item == kPutTogether;
        add(FieldId::NameDisplay, 0,
            {display.candidate, is_put_together ? Rule::Derived : display.rule});
        merge_name_parts(display, all);
        merge_aliases(all, display.candidate.fact.value);
    }

    /// Both parts from one record: the one that the shown name is from, else one that shows the
    /// same name, else the most trusted with both.
    void merge_name_parts(const Survivor& display, CandidateSpan all) {
        struct Rank {
            bool is_winner, shows_same, has_both;
            double trust;
            auto operator<=>(const Rank&) const = default;
        };
        std::vector<bool> shows_same(who_.by_member.size(), false);
        for (const Candidate& candidate : all) {
            if (candidate.fact.value == display.candidate.fact.value) {
                shows_same[candidate.member] = true;
            }
        }
        std::optional<std::uint32_t> best;
        Rank best_rank{};
        for (std::uint32_t member = 0; member < who_.by_member.size(); ++member) {
            const bool has_given = !of_member(FieldId::NameGiven, member).empty();
            const bool has_family = !of_member(FieldId::NameFamily, member).empty();
            const Rank rank{member == display.candidate.member, shows_same[member],
                            has_given && has_family, who_.by_member[member]->trust};
            if ((has_given || has_family) && (!best || best_rank < rank)) {
                best = member;
                best_rank = rank;
            }
        }
        for (const FieldId part : {FieldId::NameGiven, FieldId::NameFamily}) {
            if (best && !of_member(part, *best).empty()) {
                const bool is_only = of(part).size() == 1;
                add(part, 0, {of_member(part, *best).front(), is_only ? Rule::Only : display.rule});
            }
        }
    }

    /// Names said to be aliases, and other spellings of the shown name, unless only their case
    /// differs.
    void merge_aliases(CandidateSpan displays_said, std::string_view shown) {
        Candidates candidates;
        const std::string shown_key = fold(shown);
        const auto consider = [&](const Candidate& candidate) {
            if (candidate.fact.value != shown && fold(candidate.fact.value) != shown_key) {
                candidates.push_back(candidate);
                candidates.back().fact.field = FieldId::NameAlias;
            }
        };
        std::for_each(displays_said.begin(), displays_said.end(), consider);
        const CandidateSpan said = of(FieldId::NameAlias);
        std::for_each(said.begin(), said.end(), consider);
        merge_values(FieldId::NameAlias, std::move(candidates));
    }

    // Lists.

    /// Items that are the same stand side by side afterwards.
    static void sort_items(std::vector<Item>& items) {
        std::stable_sort(items.begin(), items.end(),
                         [](const Item& a, const Item& b) { return a.key < b.key; });
    }

    void merge_values(FieldId field) {
        const CandidateSpan all = of(field);
        merge_values(field, Candidates(all.begin(), all.end()));
    }

    /// A list of plain values: all of them, unless the rules say whose.
    void merge_values(FieldId field, Candidates candidates) {
        if (candidates.empty()) {
            return;
        }
        Rule reason = Rule::Union;
        const Rules rules = rules_of(field);
        if (std::find(rules.begin(), rules.end(), Rule::Union) == rules.end()) {
            for (const Rule rule : rules) {
                reason = rule;
                rule == Rule::Strictest ? keep_agreed(candidates) : apply(rule, candidates, who_);
            }
        }
        const ListId list = record::info(field).list;
        std::vector<Item> items;
        items.reserve(candidates.size());
        for (const Candidate& candidate : candidates) {
            const CandidateSpan one(&candidate, 1);
            items.push_back({item_key(list, one), one});
        }
        sort_items(items);
        static constexpr std::array kSpelling{Rule::Frequent, Rule::Trust};
        std::size_t index = 0;
        for (std::size_t i = 0; i < items.size();) {
            Candidates same;
            for (const std::string& key = items[i].key; i < items.size() && items[i].key == key;
                 ++i) {
                same.push_back(items[i].facts.front());
            }
            Survivor survivor = select(std::move(same), kSpelling, who_);
            survivor.rule = reason;
            add(field, index++, survivor);
        }
    }

    /// Only what every record that says anything says: permissions do not add up.
    static void keep_agreed(Candidates& candidates) {
        const Candidates all = candidates;
        std::erase_if(candidates, [&](const Candidate& candidate) {
            return std::any_of(all.begin(), all.end(), [&](const Candidate& other) {
                return std::none_of(all.begin(), all.end(), [&](const Candidate& same) {
                    return same.member == other.member && same.fact.value == candidate.fact.value;
                });
            });
        });
    }

    /// The list's facts, record by record and item by item.
    Candidates item_facts(ListId list) const {
        const auto fields = record::fields_of(list);
        const auto first = starts_[static_cast<std::size_t>(fields.front().id)];
        const auto last = starts_[static_cast<std::size_t>(fields.back().id) + 1];
        Candidates facts(all_.begin() + static_cast<std::ptrdiff_t>(first),
                         all_.begin() + static_cast<std::ptrdiff_t>(last));
        std::stable_sort(facts.begin(), facts.end(), [](const Candidate& a, const Candidate& b) {
            return std::tie(a.member, a.fact.item) < std::tie(b.member, b.fact.item);
        });
        return facts;
    }

    static std::vector<Item> items_in(ListId list, Candidates& facts) {
        std::vector<Item> items;
        for (std::size_t first = 0; first < facts.size();) {
            std::size_t last = first;
            std::string_view observed_at;
            while (last < facts.size() && facts[last].member == facts[first].member &&
                   facts[last].fact.item == facts[first].fact.item) {
                if (facts[last].fact.field == FieldId::ProfileObservedAt) {
                    observed_at = facts[last].fact.value;
                }
                ++last;
            }
            for (std::size_t i = first; i < last && !observed_at.empty(); ++i) {
                facts[i].time = observed_at;
            }
            const auto item = CandidateSpan(facts).subspan(first, last - first);
            items.push_back({list == ListId::Profiles ? "" : item_key(list, item), item});
            first = last;
        }
        if (list == ListId::Profiles) {
            const ProfileKeys keys(items);
        }
        std::erase_if(items, [](const Item& item) { return item.key.empty(); });
        sort_items(items);
        return items;
    }

    /// A list of objects: all of them, each merged field by field.
    void merge_objects(ListId list) {
        Candidates facts = item_facts(list);
        if (facts.empty()) {
            return;
        }
        const std::vector<Item> items = items_in(list, facts);
        std::vector<std::span<const Item>> groups;
        for (std::size_t first = 0; first < items.size();) {
            std::size_t last = first;
            while (last < items.size() && items[last].key == items[first].key) {
                ++last;
            }
            groups.push_back(std::span(items).subspan(first, last - first));
            first = last;
        }
        std::vector<std::optional<Candidate>> leads(groups.size());
        for (const record::FieldInfo& field : record::fields_of(list)) {
            for (std::size_t i = 0; i < groups.size(); ++i) {
                merge_object_field(field.id, i, groups[i], leads[i]);
            }
        }
    }

    /// \param lead  the value that a later field of the same object has to go with.
    void merge_object_field(FieldId field, std::size_t index, std::span<const Item> group,
                            std::optional<Candidate>& lead) {
        Candidates candidates;
        for (const Item& item : group) {
            for (const Candidate& candidate : item.facts) {
                if (candidate.fact.field == field) {
                    candidates.push_back(candidate);
                }
            }
        }
        if (lead && companion_of(field) == lead->fact.field) {
            std::erase_if(candidates, [&](const Candidate& candidate) {
                return candidate.member != lead->member || candidate.fact.item != lead->fact.item;
            });
        }
        if (candidates.empty()) {
            return;
        }
        Survivor survivor = choose(field, candidates);
        if (field == FieldId::CollaborationFee || field == FieldId::ProfileFollowers) {
            lead = survivor.candidate;
        }
        const bool is_identity = field == record::fields_of(record::info(field).list).front().id;
        if (is_identity && survivor.rule == Rule::Only) {
            survivor.rule = Rule::Union;
        }
        add(field, index, survivor);
    }

    // Parts of the record with rules of their own.

    /// Sum and tier come from the profiles; what sources say of them counts only without profiles.
    void merge_audience() {
        std::int64_t total = 0;
        const GoldenFact* largest = nullptr;
        for (const GoldenFact& fact : golden_.facts) {
            if (fact.field == FieldId::ProfileFollowers) {
                const std::int64_t count = count_of(fact.value);
                const bool overflows = __builtin_add_overflow(total, count, &total);
                total = overflows ? std::numeric_limits<std::int64_t>::max() : total;
                if (largest == nullptr || count > count_of(largest->value)) {
                    largest = &fact;
                }
            }
        }
        if (largest == nullptr) {
            merge_field(FieldId::AudienceTotalFollowers);
            merge_field(FieldId::AudienceTier);
        } else {
            GoldenFact derived{FieldId::AudienceTotalFollowers,
                               0,
                               Rule::Derived,
                               largest->member,
                               std::to_string(total),
                               largest->from};
            const std::string_view tier = tier_of(count_of(largest->value), tiers_);
            golden_.facts.push_back(derived);
            derived.field = FieldId::AudienceTier;
            derived.value = tier;
            golden_.facts.push_back(std::move(derived));
        }
        merge_values(FieldId::AudienceCountry);
        merge_values(FieldId::AudienceLanguage);
    }

    void merge_location() {
        const auto country = merge_field(FieldId::LocationCountry);
        merge_anchored(FieldId::LocationRegion, country);
        merge_anchored(FieldId::LocationCity, country);
    }

    void merge_representation() {
        const auto agency = merge_field(FieldId::RepresentationAgency);
        merge_anchored(FieldId::RepresentationAgentName, agency);
        const bool has_agent = golden_.facts.back().field == FieldId::RepresentationAgentName;
        std::optional<Survivor> agent = agency;
        if (has_agent) {
            const GoldenFact& name = golden_.facts.back();
            const auto theirs = of_member(FieldId::RepresentationAgentName, name.member);
            const auto same = std::find_if(theirs.begin(), theirs.end(), [&](const auto& c) {
                return c.fact.value == name.value;
            });
            agent = Survivor{*same, name.rule};
        }
        merge_anchored(FieldId::RepresentationAgentEmail, agent);
        merge_anchored(FieldId::RepresentationAgentPhone, agent);
    }

    void merge_relationship() {
        merge_field(FieldId::RelationshipStatus);
        merge_field(FieldId::RelationshipOwner);
        merge_contact(FieldId::RelationshipFirstContact, Rule::Min);
        merge_contact(FieldId::RelationshipLastContact, Rule::Max);
        merge_field(FieldId::RelationshipNextStep);
        merge_objects(ListId::Interactions);
        merge_values(FieldId::Feedback);
    }

    /// Where no source says it, the interactions do.
    void merge_contact(FieldId field, Rule extreme) {
        const CandidateSpan times = of(FieldId::InteractionAt);
        if (merge_field(field) || times.empty()) {
            return;
        }
        Candidates alive(times.begin(), times.end());
        apply(extreme, alive, who_);
        add(field, 0, {best_witness(alive, who_), Rule::Derived});
    }

    void merge_consent() {
        merge_field(FieldId::ConsentLawfulBasis);
        const auto status = merge_field(FieldId::ConsentStatus);
        merge_values(FieldId::ConsentChannel);
        // The date goes with the status: another record's would tell when something else was said.
        const CandidateSpan dates =
            status ? of_member(FieldId::ConsentUpdatedAt, status->candidate.member)
                   : of(FieldId::ConsentUpdatedAt);
        merge_field(FieldId::ConsentUpdatedAt, dates);
    }

    /// Each source keeps its own fields; of its records, one says each field.
    void merge_custom() {
        const CandidateSpan all = of(FieldId::Custom);
        Candidates facts(all.begin(), all.end());
        const auto source = [this](const Candidate& c) { return who_.by_member[c.member]->source; };
        std::stable_sort(facts.begin(), facts.end(), [&](const Candidate& a, const Candidate& b) {
            return std::pair(source(a), a.fact.from) < std::pair(source(b), b.fact.from);
        });
        std::size_t index = 0;
        for (std::size_t first = 0; first < facts.size();) {
            std::size_t last = first;
            while (last < facts.size() && facts[last].fact.from == facts[first].fact.from &&
                   source(facts[last]) == source(facts[first])) {
                ++last;
            }
            const auto same = CandidateSpan(facts).subspan(first, last - first);
            const Survivor survivor = choose(FieldId::Custom, same);
            std::string_view previous;
            for (const Candidate& candidate : same) {  // a record may hold a field twice
                if (candidate.member == survivor.candidate.member &&
                    candidate.fact.value != previous) {
                    previous = candidate.fact.value;
                    add(FieldId::Custom, index++, {candidate, survivor.rule});
                }
            }
            first = last;
        }
    }

    /// Marks a name that was put together from its parts; no list is that long.
    static constexpr std::uint16_t kPutTogether = 0xffff;

    const SurvivorshipRules& rules_;
    const Tiers& tiers_;
    Contributors who_;
    Candidates all_;
    std::array<std::size_t, static_cast<std::size_t>(FieldId::Count_) + 1> starts_{};
    std::vector<std::string> put_together_;
    GoldenRecord golden_;
};

}  // namespace

SurvivorshipRules SurvivorshipRules::defaults() {
    using enum FieldId;
    using enum Rule;
    const std::vector<Rule> all{Union};
    const std::vector<Rule> newest{Recent, Trust};
    const std::vector<Rule> newest_count{Recent, Trust, Max};
    const std::vector<Rule> trusted{Trust, Recent, Frequent};
    const std::vector<Rule> agreed{Trust, Frequent};
    return {{
        {Kind, agreed},
        {NameDisplay, {Trust, Frequent, Longest}},
        {NameAlias, all},
        {EmailAddress, {Frequent, Trust}},
        {EmailRole, agreed},
        {EmailOptedOut, {Strictest}},
        {PhoneE164, {Frequent, Trust}},
        {PhoneRole, agreed},
        {ProfilePlatform, agreed},
        {ProfileHandle, newest},
        {ProfileUrl, newest},
        {ProfileUserId, newest},
        {ProfileFollowers, newest_count},
        {ProfileEngagementRate, newest},
        {ProfileVerified, newest},
        {ProfileObservedAt, {Max}},
        {AudienceTotalFollowers, newest_count},
        {AudienceTier, newest},
        {AudienceCountry, all},
        {AudienceLanguage, all},
        {LocationCountry, trusted},
        {LocationRegion, trusted},
        {LocationCity, trusted},
        {Language, all},
        {Topic, all},
        {Occupation, all},
        {RepresentationAgency, trusted},
        {RepresentationAgentName, trusted},
        {RepresentationAgentEmail, trusted},
        {RepresentationAgentPhone, trusted},
        {RelationshipStatus, {Strictest, Recent, Trust}},
        {RelationshipOwner, newest},
        {RelationshipFirstContact, {Min}},
        {RelationshipLastContact, {Max}},
        {RelationshipNextStep, newest},
        {Feedback, all},
        {CollaborationDisclosed, newest},
        {CollaborationFee, newest},
        {CollaborationCurrency, newest},
        {AffinityObservedAt, {Max}},
        {ConsentLawfulBasis, newest},
        {ConsentStatus, {Strictest, Recent, Trust}},
        {ConsentChannel, {Strictest}},
        {ConsentUpdatedAt, {Max}},
        {Note, all},
        {Custom, newest},
    }};
}

std::optional<Rule> rule_named(std::string_view name) {
    for (const Rule rule : {Rule::Only, Rule::Trust, Rule::Recent, Rule::Frequent, Rule::Longest,
                            Rule::Max, Rule::Min, Rule::Union, Rule::Strictest}) {
        if (name == name_of(rule)) {
            return rule;
        }
    }
    return std::nullopt;
}

GoldenRecord merge(std::span<const Contribution> contributions, const SurvivorshipRules& rules,
                   const Tiers& tiers) {
    return Merger(contributions, rules, tiers).merge();
}

}  // namespace coterie::merge
