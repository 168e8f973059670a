#include "base/hash.hpp"
#include "pipeline/match/keys.hpp"
#include "pipeline/match/likeness.hpp"
#include "pipeline/match/match.hpp"
#include "pipeline/match/model_json.hpp"
#include "pipeline/match/ranked.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <numeric>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace coterie::match {

namespace {

/// Up to so many carriers all pairs are looked at; beyond, each carrier and one of each name.
constexpr std::size_t kPairedCarriersMax = 8;
/// Full names remembered of a cluster, the first ones joined.
constexpr std::size_t kClusterNamesMax = 8;

/// One record carries one identifier.
struct Carrier {
    std::uint64_t hash;
    Rank rank;
    IdentifierKind kind;
    std::uint16_t platform;
};

/// Two records share one identifier. `a` < `b`.
struct Shared {
    Rank a;
    Rank b;
    IdentifierKind kind;
    std::uint16_t platform;
};

/// Two records with all that they share weighed.
struct Edge {
    Rank a;
    Rank b;
    std::uint8_t strength;
    bool is_strong;
    bool is_by_handle;           ///< nothing but handles speaks for it
    std::uint16_t platform = 0;  ///< of the handle
};

/// Sorts by hash in linear time, carriers of one hash by rank.
/// \pre sorted by rank; the hashes' high bits are evenly spread.
void sort_by_hash(std::vector<Carrier>& carriers) {
    constexpr unsigned kBits = 11;
    constexpr std::size_t kBuckets = 1U << kBits;
    std::vector<Carrier> other(carriers.size());
    for (unsigned shift = 64 - 3 * kBits; shift < 64; shift += kBits) {
        std::array<std::size_t, kBuckets + 1> starts{};
        for (const Carrier& carrier : carriers) {
            ++starts[((carrier.hash >> shift) & (kBuckets - 1)) + 1];
        }
        std::partial_sum(starts.begin(), starts.end(), starts.begin());
        for (const Carrier& carrier : carriers) {
            other[starts[(carrier.hash >> shift) & (kBuckets - 1)]++] = carrier;
        }
        carriers.swap(other);
    }
    // What three passes leave are runs of equal high bits, nearly all of one hash.
    constexpr unsigned kUnsorted = 64 - 3 * kBits;
    for (std::size_t first = 0; first < carriers.size();) {
        std::size_t last = first + 1;
        bool is_mixed = false;
        for (; last < carriers.size() &&
               carriers[last].hash >> kUnsorted == carriers[first].hash >> kUnsorted;
             ++last) {
            is_mixed = is_mixed || carriers[last].hash != carriers[first].hash;
        }
        if (is_mixed) {
            const auto at = carriers.begin();
            std::stable_sort(at + static_cast<std::ptrdiff_t>(first),
                             at + static_cast<std::ptrdiff_t>(last),
                             [](const Carrier& a, const Carrier& b) { return a.hash < b.hash; });
        }
        first = last;
    }
}

bool is_weak(IdentifierKind kind) {
    return kind == IdentifierKind::Email || kind == IdentifierKind::Phone ||
           kind == IdentifierKind::Website;
}

/// The carriers of one identifier, by rank.
using Group = std::span<const Carrier>;

/// Finds which identifiers are shared and which pairs of records the others speak for.
class PairFinder {
  public:
    PairFinder(const Records& records, const MatchOptions& options)
        : records_(records), options_(options), leaders_(records) {}

    void look_at(Group group) {
        if (group.size() < 2) {
            return;
        }
        if (group.front().kind == IdentifierKind::Record ||
            group.front().kind == IdentifierKind::RecordLink) {
            return join_records(group);
        }
        const bool has_role = std::any_of(group.begin(), group.end(), [](const Carrier& c) {
            return c.kind == IdentifierKind::RoleContact;
        });
        const bool needs_names = has_role || group.size() > 2 || options_.shared_names_max < 2;
        leaders_.forget();
        if (needs_names) {
            ranks_.clear();
            for (const Carrier& carrier : group) {
                ranks_.push_back(carrier.rank);
            }
            leaders_.of(ranks_);
        }
        if (has_role || leaders_.last().size() > options_.shared_names_max) {
            shared.push_back({group.front().hash,
                              static_cast<std::uint32_t>(leaders_.last().size()),
                              static_cast<std::uint32_t>(group.size())});
        }
        if (leaders_.last().size() > options_.shared_names_max) {
            return;
        }
        if (has_role) {
            joining_.clear();
            std::copy_if(group.begin(), group.end(), std::back_inserter(joining_),
                         [](const Carrier& c) { return c.kind != IdentifierKind::RoleContact; });
            group = joining_;
        }
        group.size() <= kPairedCarriersMax ? pair_all(group) : pair_with_leaders(group);
    }

    std::vector<Shared> pairs;
    std::vector<SharedIdentifier> shared;
    /// Records that belong to one of several; sorted by the end of the search.
    std::vector<Rank> ambiguous;

  private:
    /// Who names a record goes with it, and where it is not there with the others that name it: the
    /// record that it was merged into has its activities. Two records of one id, in two streams,
    /// are not one for that; then nobody can know which of them is meant.
    void join_records(Group group) {
        const auto is_record = [](const Carrier& c) { return c.kind == IdentifierKind::Record; };
        const auto center = std::find_if(group.begin(), group.end(), is_record);
        if (center != group.end() &&
            std::find_if(center + 1, group.end(), is_record) != group.end()) {
            for (const Carrier& carrier : group) {
                if (!is_record(carrier)) {
                    ambiguous.push_back(carrier.rank);
                }
            }
            return;
        }
        const Rank root = center == group.end() ? group.front().rank : center->rank;
        for (const Carrier& carrier : group) {
            if (carrier.rank != root) {
                pairs.push_back({std::min(root, carrier.rank), std::max(root, carrier.rank),
                                 carrier.kind, carrier.platform});
            }
        }
    }

    void pair_all(Group group) {
        for (std::size_t i = 0; i < group.size(); ++i) {
            for (std::size_t j = i + 1; j < group.size(); ++j) {
                pair(group[i].rank, group[j].rank, group.front());
            }
        }
    }

    void pair_with_leaders(Group group) {
        const std::vector<Rank> anyone{group.front().rank};
        const std::vector<Rank>& leaders = leaders_.last().empty() ? anyone : leaders_.last();
        for (const Carrier& carrier : group) {
            for (const Rank leader : leaders) {
                const bool is_leader =
                    std::find(leaders.begin(), leaders.end(), carrier.rank) != leaders.end();
                if (carrier.rank != leader && (!is_leader || carrier.rank < leader)) {
                    pair(carrier.rank, leader, carrier);
                }
            }
        }
    }

    /// A record without a name that tells carries the address of several people: whose record it
    /// is cannot be known from that. Two names, of which one is a stage name, may be one person.
    [[nodiscard]] bool is_ambiguous(Rank a, Rank b, IdentifierKind kind) const {
        if (!is_weak(kind) || leaders_.last().size() < 2 ||
            records_.relate(a, b) != NameRelation::Unknown) {
            return false;
        }
        return std::any_of(leaders_.last().begin(), leaders_.last().end(), [&](Rank leader) {
            return leader != a && leader != b &&
                   records_.relate(leader, a) != NameRelation::Agree &&
                   records_.relate(leader, b) != NameRelation::Agree;
        });
    }

    void pair(Rank a, Rank b, const Carrier& identifier) {
        if (!kinds_conflict(records_.kind(a), records_.kind(b)) &&
            !is_ambiguous(a, b, identifier.kind)) {
            pairs.push_back({std::min(a, b), std::max(a, b), identifier.kind, identifier.platform});
        }
    }

    const Records& records_;
    const MatchOptions& options_;
    Leaders leaders_;
    std::vector<Rank> ranks_;
    std::vector<Carrier> joining_;
};

/// Disjoint sets of records that know their members and the full names among them.
class Sets {
  public:
    explicit Sets(const Records& records)
        : records_(records), parent_(records.size()), next_(records.size(), kNobody),
          last_(records.size()), sizes_(records.size(), 1), known_at_(records.size(), kNobody) {
        std::iota(parent_.begin(), parent_.end(), Rank{0});
        std::iota(last_.begin(), last_.end(), Rank{0});
    }

    Rank find(Rank rank) {
        while (parent_[rank] != rank) {
            parent_[rank] = parent_[parent_[rank]];
            rank = parent_[rank];
        }
        return rank;
    }

    [[nodiscard]] std::uint32_t size(Rank root) const { return sizes_[root]; }

    /// The smaller rank becomes the root; its members come first.
    void unite(Rank a, Rank b) {
        const auto [root, child] = std::minmax(a, b);
        known_of(root).add(records_, known(child));
        known_[known_at_[child]] = {};
        sizes_[root] += sizes_[child];
        if (const auto apart = apart_.find(child); apart != apart_.end()) {
            const std::vector<Rank> of_child = std::move(apart->second);
            apart_.erase(apart);
            auto& of_root = apart_[root];
            of_root.insert(of_root.end(), of_child.begin(), of_child.end());
        }
        parent_[child] = root;
        next_[last_[root]] = child;
        last_[root] = last_[child];
    }

    /// The two, and whoever is in one set with one of them, are never united. \pre both alone.
    void keep_apart(Rank a, Rank b) {
        apart_[a].push_back(b);
        apart_[b].push_back(a);
    }
    /// \pre roots
    [[nodiscard]] bool are_told_apart(Rank a, Rank b) {
        const auto found = apart_.find(a);
        return found != apart_.end() && std::any_of(found->second.begin(), found->second.end(),
                                                    [&](Rank one) { return find(one) == b; });
    }

    /// A user id that a member says, and where.
    struct UserId {
        std::uint16_t platform;
        std::uint64_t hash;
    };

    /// What is known of a set's members; kept, so that a set of many need not be walked for each
    /// edge that touches it.
    struct Known {
        std::vector<Rank> full_names;  ///< one record of each, up to kClusterNamesMax
        std::vector<UserId> user_ids;  ///< up to kIdentifiersMax a platform
        Kind kind{};                   ///< Group or Brand may have the other beside it

        void add(const Records& records, const Known& other) {
            kind = kind == Kind::Unknown ? other.kind : kind;
            for (const Rank rank : other.full_names) {
                const bool is_known =
                    std::any_of(full_names.begin(), full_names.end(), [&](Rank name) {
                        return records.name_bytes(name) == records.name_bytes(rank);
                    });
                if (!is_known && full_names.size() < kClusterNamesMax) {
                    full_names.push_back(rank);
                }
            }
            for (const UserId& id : other.user_ids) {
                std::size_t count = 0;
                bool is_known = false;
                for (const UserId& mine : user_ids) {
                    count += mine.platform == id.platform ? 1U : 0U;
                    is_known = is_known || mine.hash == id.hash;
                }
                if (!is_known && count < kIdentifiersMax) {
                    user_ids.push_back(id);
                }
            }
        }
    };

    [[nodiscard]] const Known& known(Rank root) { return known_of(root); }

    template <class Visit>
    void for_each_member(Rank root, Visit&& visit) const {
        for (Rank rank = root; rank != kNobody; rank = next_[rank]) {
            if (!visit(rank)) {
                return;
            }
        }
    }

  private:
    /// Made when first asked for: most records stay alone.
    Known& known_of(Rank root) {
        if (known_at_[root] == kNobody) {
            known_at_[root] = static_cast<Rank>(known_.size());
            Known alone;
            alone.kind = records_.kind(root);
            if (records_.has_full_name(root)) {
                alone.full_names.push_back(root);
            }
            for_each_identifier(records_.keys(root), [&](const Identifier& identifier) {
                if (identifier.kind == IdentifierKind::UserId) {
                    alone.user_ids.push_back({identifier.platform, identifier.hash});
                }
            });
            known_.push_back(std::move(alone));
        }
        return known_[known_at_[root]];
    }

    const Records& records_;
    std::vector<Rank> parent_;
    std::vector<Rank> next_;            ///< the next member of the same set
    std::vector<Rank> last_;            ///< a root's last member
    std::vector<std::uint32_t> sizes_;  ///< by root
    std::vector<Rank> known_at_;        ///< where in known_; kNobody where it was never asked for
    std::deque<Known> known_;           ///< references stay while it grows
    std::unordered_map<Rank, std::vector<Rank>> apart_;  ///< by root: records told apart from it
};

class Clusterer {
  public:
    Clusterer(std::span<const KeyedRecord> records, const MatchOptions& options)
        : records_(records), options_(options), link_weight_(weight_of(options.link_probability)),
          review_weight_(weight_of(options.review_probability)), has_user_id_(records.size()),
          sets_(records_) {}

    Clusters run(std::span<const Decision> decisions) {
        std::vector<Edge> edges = weigh(find_pairs());
        obey(decisions);
        sort_by_strength(edges);
        for (const Edge& edge : edges) {
            const Rank a = sets_.find(edge.a);
            const Rank b = sets_.find(edge.b);
            if (a != b && may_unite(edge, a, b)) {
                unite(a, b);
            }
        }
        link_by_likeness();
        write_clusters();
        return std::move(clusters_);
    }

  private:
    /// Two records and their match weight. `a` < `b`.
    struct WeighedPair {
        Rank a;
        Rank b;
        float weight;
    };

    /// What a person decided goes before all else; two that were told apart stay so.
    void obey(std::span<const Decision> decisions) {
        std::vector<std::pair<Row, Rank>> ranks;
        for (Rank rank = 0; !decisions.empty() && rank < records_.size(); ++rank) {
            ranks.emplace_back(records_.row(rank), rank);
        }
        std::sort(ranks.begin(), ranks.end());
        const auto rank_of = [&ranks](Row row) {
            const auto found =
                std::lower_bound(ranks.begin(), ranks.end(), std::pair(row, Rank{0}));
            return found == ranks.end() || found->first != row ? kNobody : found->second;
        };
        std::vector<std::pair<Rank, Rank>> same;
        for (const Decision& decision : decisions) {
            const Rank a = rank_of(decision.a);
            const Rank b = rank_of(decision.b);
            if (a == kNobody || b == kNobody || a == b) {
                continue;
            }
            if (decision.is_same) {
                same.emplace_back(std::min(a, b), std::max(a, b));
            } else {
                sets_.keep_apart(a, b);
            }
        }
        std::sort(same.begin(), same.end());
        for (const auto& [a, b] : same) {
            unite(sets_.find(a), sets_.find(b));
        }
    }

    /// \pre roots. \return false where a person told them apart
    bool unite(Rank a, Rank b) {
        if (a == b) {
            return true;
        }
        if (sets_.are_told_apart(a, b)) {
            return false;
        }
        sets_.unite(a, b);
        return true;
    }

    /// What identifiers leave apart is compared in all that the records tell.
    void link_by_likeness() {
        Likeness likeness(records_, options_.threads);
        Scorer& scorer = likeness.scorer();
        const auto at_most = likeness.by_pattern([&scorer](Pattern pattern) {
            return scorer.weight_of(pattern) + scorer.rarity_max(pattern);
        });
        std::vector<WeighedPair> pairs;
        for (std::size_t i = 0; i < likeness.candidates().pairs.size(); ++i) {
            if (at_most[likeness.pattern_number(i)] < review_weight_) {
                continue;
            }
            const Candidate& pair = likeness.candidates().pairs[i];
            const double weight = scorer.weight(pair.a, pair.b);
            if (weight >= review_weight_) {
                pairs.push_back({pair.a, pair.b, static_cast<float>(weight)});
            }
        }
        std::sort(pairs.begin(), pairs.end(), [](const WeighedPair& x, const WeighedPair& y) {
            return std::tuple(-x.weight, x.a, x.b) < std::tuple(-y.weight, y.a, y.b);
        });
        for (const WeighedPair& pair : pairs) {
            const Rank a = sets_.find(pair.a);
            const Rank b = sets_.find(pair.b);
            if (pair.weight >= link_weight_ && a != b && obstacle(scorer, a, b).empty()) {
                unite(a, b);
            }
        }
        collect_review(scorer, pairs);
        clusters_.model = model_json(likeness.model());
        for (const RuleReport& rule : likeness.candidates().rules) {
            clusters_.blocking.push_back({rule.name, rule.pairs, rule.oversize, rule.left_out});
        }
        clusters_.candidates = likeness.candidates().pairs.size();
    }

    /// Why two sets cannot be one, whatever their records' weight; "" if they can.
    std::string_view obstacle(Scorer& scorer, Rank a, Rank b) {
        if (sets_.are_told_apart(a, b)) {
            return "a person told them apart";
        }
        if (kinds_conflict(sets_.known(a).kind, sets_.known(b).kind)) {
            return "one is a person, the other is not";
        }
        if (have_other_accounts(a, b)) {
            return "their accounts on one platform are two";
        }
        if (is_one_of_several(a, b)) {
            return "one is a duo or group, the other one person";
        }
        if (!fit_together(scorer, a, b)) {
            return "what else is known of the two does not fit";
        }
        return {};
    }

    /// Whether both have user ids on a platform, and none in common.
    bool have_other_accounts(Rank a, Rank b) {
        const auto& ids = sets_.known(a).user_ids;
        return std::any_of(ids.begin(), ids.end(), [&](const Sets::UserId& id) {
            return accounts_differ(a, b, id.platform);
        });
    }

    bool is_one_of_several(Rank a, Rank b) const {
        return is_of_several(a) != is_of_several(b) &&
               records_.relate(a, b) == NameRelation::SameFamily;
    }
    [[nodiscard]] bool is_of_several(Rank rank) const {
        const std::string_view keys = records_.keys(rank);
        return is_well_formed(keys) && (keys[1] & kOfSeveral) != 0;
    }

    /// One pair of each two clusters that may be one person, the best; those that tell the most
    /// come first: the nearer to even odds, and the more records it moves.
    void collect_review(Scorer& scorer, const std::vector<WeighedPair>& pairs) {
        struct Asked {
            Rank a, b;  ///< roots
            WeighedPair pair;
            double gain;
        };
        std::vector<Asked> asked;
        for (const WeighedPair& pair : pairs) {
            const auto [a, b] = std::minmax({sets_.find(pair.a), sets_.find(pair.b)});
            if (a == b || sets_.are_told_apart(a, b)) {
                continue;
            }
            const double probability = probability_of(pair.weight);
            asked.push_back(
                {a, b, pair, probability * (1 - probability) * sets_.size(a) * sets_.size(b)});
        }
        // Pairs come by falling weight: the first of two clusters is their best.
        std::stable_sort(asked.begin(), asked.end(), [](const Asked& x, const Asked& y) {
            return std::tie(x.a, x.b) < std::tie(y.a, y.b);
        });
        asked.erase(
            std::unique(asked.begin(), asked.end(),
                        [](const Asked& x, const Asked& y) { return x.a == y.a && x.b == y.b; }),
            asked.end());
        std::sort(asked.begin(), asked.end(), [](const Asked& x, const Asked& y) {
            return std::tuple(-x.gain, x.pair.a, x.pair.b) <
                   std::tuple(-y.gain, y.pair.a, y.pair.b);
        });
        asked.resize(std::min(asked.size(), options_.review_pairs_max));
        for (const Asked& one : asked) {
            std::string reason(one.pair.weight >= link_weight_ ? obstacle(scorer, one.a, one.b)
                                                               : std::string_view{});
            if (reason.empty()) {
                reason = scorer.doubt(scorer.compare(one.pair.a, one.pair.b));
            }
            clusters_.review.push_back(
                {records_.row(one.pair.a), records_.row(one.pair.b), one.pair.weight,
                 static_cast<float>(probability_of(one.pair.weight)), std::move(reason)});
        }
    }

    /// Whether two sets are one person as a whole: a chain of likely pairs must not end with two
    /// people in one set. A record alone may lack what its fellows have in common; two sets of
    /// several are two people unless nearly all that they tell agrees.
    bool fit_together(Scorer& scorer, Rank a, Rank b) {
        // Activities tell nothing of their own: a contact with many of them is one record here.
        const auto left = some_of(a);
        const auto right = some_of(b);
        if (left.size() <= 1 && right.size() <= 1) {
            return true;
        }
        constexpr double kMeanOfSets = 2;
        constexpr double kMeanOfOne = 1;
        constexpr double kMeanUncontradicted = -5;
        constexpr double kContradiction = -10;
        double sum = 0;
        double worst = 0;
        for (const Rank x : left) {
            for (const Rank y : right) {
                const Agreed agreed = scorer.compare(x, y);
                sum += scorer.weight(agreed);
                worst = std::min(worst, scorer.against(agreed));
            }
        }
        const double mean = sum / static_cast<double>(left.size() * right.size());
        return std::min(left.size(), right.size()) > 1
                   ? mean >= kMeanOfSets
                   : mean >= kMeanOfOne || (mean >= kMeanUncontradicted && worst >= kContradiction);
    }

    /// The first members of a set that tell about a person themselves.
    std::vector<Rank> some_of(Rank root) const {
        constexpr std::size_t kComparedMax = 6;
        std::vector<Rank> some;
        sets_.for_each_member(root, [&](Rank member) {
            if (!belongs_to_another(records_.keys(member))) {
                some.push_back(member);
            }
            return some.size() < kComparedMax;
        });
        return some;
    }

    std::vector<Shared> find_pairs() {
        std::vector<Carrier> carriers;
        carriers.reserve(records_.size() * 3);
        for (Rank rank = 0; rank < records_.size(); ++rank) {
            for_each_identifier(records_.keys(rank), [&](const Identifier& identifier) {
                carriers.push_back({identifier.hash, rank, identifier.kind, identifier.platform});
                if (identifier.kind == IdentifierKind::UserId) {
                    has_user_id_[rank] = true;
                }
            });
        }
        sort_by_hash(carriers);
        PairFinder finder(records_, options_);
        for (std::size_t first = 0; first < carriers.size();) {
            std::size_t last = first + 1;
            while (last < carriers.size() && carriers[last].hash == carriers[first].hash) {
                ++last;
            }
            finder.look_at(Group(carriers).subspan(first, last - first));
            first = last;
        }
        clusters_.shared = std::move(finder.shared);
        ambiguous_ = std::move(finder.ambiguous);
        std::sort(ambiguous_.begin(), ambiguous_.end());
        return std::move(finder.pairs);
    }

    /// All that two records share, as one edge; those that do not join are left out.
    std::vector<Edge> weigh(std::vector<Shared> pairs) const {
        std::sort(pairs.begin(), pairs.end(), [](const Shared& x, const Shared& y) {
            return std::tie(x.a, x.b, x.kind, x.platform) < std::tie(y.a, y.b, y.kind, y.platform);
        });
        std::vector<Edge> edges;
        edges.reserve(pairs.size());
        for (std::size_t first = 0; first < pairs.size();) {
            const Rank a = pairs[first].a;
            const Rank b = pairs[first].b;
            Agreement agreement;
            std::uint16_t platform = 0;
            std::size_t last = first;
            for (; last < pairs.size() && pairs[last].a == a && pairs[last].b == b; ++last) {
                const bool is_handle = pairs[last].kind == IdentifierKind::Handle;
                if (is_handle && user_ids_differ(a, b, pairs[last].platform)) {
                    continue;
                }
                platform = is_handle ? pairs[last].platform : platform;
                agreement.add(pairs[last].kind);
            }
            const Strength strength = strength_of(agreement, records_.relate(a, b));
            if (strength.value > 0) {
                const bool is_by_handle = agreement.handles > 0 && agreement.user_ids == 0 &&
                                          agreement.emails + agreement.phones == 0;
                edges.push_back({a, b, strength.value, strength.is_strong, is_by_handle, platform});
            }
            first = last;
        }
        return edges;
    }

    /// Whether both records say their user id on the platform and none is common: then the handle
    /// has passed from one account to another.
    [[nodiscard]] bool user_ids_differ(Rank a, Rank b, std::uint16_t platform) const {
        if (!has_user_id_[a] || !has_user_id_[b]) {
            return false;
        }
        std::vector<std::uint64_t> left;
        std::vector<std::uint64_t> right;
        collect_user_ids(a, platform, left);
        collect_user_ids(b, platform, right);
        return are_apart(left, right);
    }

    void collect_user_ids(Rank rank, std::uint16_t platform,
                          std::vector<std::uint64_t>& out) const {
        for_each_identifier(records_.keys(rank), [&](const Identifier& identifier) {
            if (identifier.kind == IdentifierKind::UserId && identifier.platform == platform) {
                out.push_back(identifier.hash);
            }
        });
    }

    static bool are_apart(const std::vector<std::uint64_t>& left,
                          const std::vector<std::uint64_t>& right) {
        return !left.empty() && !right.empty() &&
               std::find_first_of(left.begin(), left.end(), right.begin(), right.end()) ==
                   left.end();
    }

    static void sort_by_strength(std::vector<Edge>& edges) {
        std::stable_sort(edges.begin(), edges.end(),
                         [](const Edge& x, const Edge& y) { return x.strength > y.strength; });
    }

    /// Whether the edge may join the sets that its records are in by now: a chain of weak edges
    /// must not end with two people in one set.
    bool may_unite(const Edge& edge, Rank a, Rank b) {
        if (edge.strength < kStrengthOfRecords &&
            kinds_conflict(sets_.known(a).kind, sets_.known(b).kind)) {
            return false;
        }
        if (edge.is_strong) {
            return true;
        }
        return !(edge.is_by_handle && accounts_differ(a, b, edge.platform)) &&
               names_fit(a, b, edge.is_by_handle);
    }

    bool accounts_differ(Rank a, Rank b, std::uint16_t platform) {
        std::vector<std::uint64_t> ids[2];
        const Rank roots[2]{a, b};
        for (const std::size_t side : {0U, 1U}) {
            for (const Sets::UserId& id : sets_.known(roots[side]).user_ids) {
                if (id.platform == platform) {
                    ids[side].push_back(id.hash);
                }
            }
        }
        return are_apart(ids[0], ids[1]);
    }

    /// No two full names conflict, or all of one side are known on the other already. Relatives
    /// conflict too, except where a handle speaks: there a nickname is more likely, but another
    /// family name means that the handle is another's.
    bool names_fit(Rank a, Rank b, bool is_by_handle) {
        const std::vector<Rank>& left_names = sets_.known(a).full_names;
        const std::vector<Rank>& right_names = sets_.known(b).full_names;
        bool conflicts = false;
        std::uint32_t known_left = 0;  // bit i: names[i] agrees with one of the other side
        std::uint32_t known_right = 0;
        for (std::size_t i = 0; i < left_names.size(); ++i) {
            for (std::size_t j = 0; j < right_names.size(); ++j) {
                const NameRelation relation = records_.relate(left_names[i], right_names[j]);
                conflicts =
                    conflicts || relation == NameRelation::Conflict ||
                    relation == (is_by_handle ? NameRelation::SameGiven : NameRelation::SameFamily);
                if (relation == NameRelation::Agree) {
                    known_left |= 1U << i;
                    known_right |= 1U << j;
                }
            }
        }
        return !conflicts || known_left == (1U << left_names.size()) - 1 ||
               known_right == (1U << right_names.size()) - 1;
    }

    /// Whether all that is known of somebody are records that tell about another one.
    bool is_of_nobody(Rank root) {
        bool is_so = true;
        sets_.for_each_member(root, [&](Rank member) {
            is_so = belongs_to_another(records_.keys(member));
            return is_so;
        });
        return is_so;
    }

    /// Takes such a set out of the clusters.
    void write_strays(Rank root) {
        sets_.for_each_member(root, [&](Rank member) {
            clusters_.strays.push_back(
                {records_.row(member),
                 std::binary_search(ambiguous_.begin(), ambiguous_.end(), member)});
            return true;
        });
    }

    /// Each cluster by row, the clusters by their first row.
    void write_clusters() {
        std::vector<std::pair<Row, Rank>> firsts;  // smallest row, root
        for (Rank rank = 0; rank < records_.size(); ++rank) {
            if (sets_.find(rank) == rank) {
                if (is_of_nobody(rank)) {
                    write_strays(rank);
                    continue;
                }
                Row smallest = records_.row(rank);
                sets_.for_each_member(rank, [&](Rank member) {
                    smallest = std::min(smallest, records_.row(member));
                    return true;
                });
                firsts.emplace_back(smallest, rank);
            }
        }
        std::sort(firsts.begin(), firsts.end());
        clusters_.rows.reserve(records_.size());
        clusters_.starts.reserve(firsts.size() + 1);
        for (const auto& [smallest, root] : firsts) {
            const auto first = clusters_.rows.size();
            clusters_.starts.push_back(static_cast<std::uint32_t>(first));
            sets_.for_each_member(root, [&](Rank member) {
                clusters_.rows.push_back(records_.row(member));
                if (belongs_to_another(records_.keys(member))) {
                    clusters_.belonging.push_back(records_.row(member));
                }
                return true;
            });
            std::sort(clusters_.rows.begin() + static_cast<std::ptrdiff_t>(first),
                      clusters_.rows.end());
        }
        if (!firsts.empty()) {
            clusters_.starts.push_back(static_cast<std::uint32_t>(clusters_.rows.size()));
        }
        std::sort(clusters_.belonging.begin(), clusters_.belonging.end());
        std::sort(clusters_.strays.begin(), clusters_.strays.end(),
                  [](const Stray& a, const Stray& b) { return a.row < b.row; });
    }

    Records records_;
    const MatchOptions& options_;
    double link_weight_;
    double review_weight_;
    std::vector<bool> has_user_id_;
    std::vector<Rank> ambiguous_;
    Sets sets_;
    Clusters clusters_;
};

}  // namespace

Clusters cluster(std::span<const KeyedRecord> records, const MatchOptions& options,
                 std::span<const Decision> decisions) {
    return Clusterer(records, options).run(decisions);
}

}  // namespace coterie::match
