#include "pipeline/merge/stable_ids.hpp"

#include "base/hash.hpp"

#include <algorithm>
#include <tuple>
#include <unordered_set>

namespace coterie::merge {

namespace {

bool is_elder(const AgedRow& a, const AgedRow& b) {
    return std::tie(a.belongs, a.first_run, a.key) < std::tie(b.belongs, b.first_run, b.key);
}

/// What of a known golden record lies in one cluster.
struct Part {
    std::uint32_t golden = 0;
    std::uint32_t cluster = 0;
    std::uint32_t rows = 0;
    const AgedRow* eldest = nullptr;
};

/// The known golden record's rows counted by cluster, by golden number.
std::vector<Part> parts_of(std::span<const std::vector<AgedRow>> clusters,
                           const std::unordered_map<std::uint32_t, KnownId>& known) {
    std::vector<Part> parts;
    for (std::uint32_t cluster = 0; cluster < clusters.size(); ++cluster) {
        for (const AgedRow& row : clusters[cluster]) {
            if (row.golden != 0 && !row.belongs && known.contains(row.golden)) {
                parts.push_back({row.golden, cluster, 1, &row});
            }
        }
    }
    std::sort(parts.begin(), parts.end(), [](const Part& a, const Part& b) {
        return std::tie(a.golden, a.cluster) < std::tie(b.golden, b.cluster);
    });
    std::size_t kept = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (kept > 0 && parts[kept - 1].golden == parts[i].golden &&
            parts[kept - 1].cluster == parts[i].cluster) {
            Part& part = parts[kept - 1];
            part.rows += 1;
            part.eldest = is_elder(*parts[i].eldest, *part.eldest) ? parts[i].eldest : part.eldest;
        } else {
            parts[kept++] = parts[i];
        }
    }
    parts.resize(kept);
    return parts;
}

/// On a split: the part with most of the old rows keeps the id, else the one with the eldest.
bool keeps_id(const Part& a, const Part& b) {
    return a.rows != b.rows ? a.rows > b.rows : is_elder(*a.eldest, *b.eldest);
}

/// A known id that wants to live on in a cluster.
struct Claim {
    const KnownId* known = nullptr;
    std::uint32_t rows = 0;  ///< last night's, wherever they are now
};

/// On a merge: the elder id wins, then the larger cluster of last night, then the smaller text.
bool wins(const Claim& a, const Claim& b) {
    if (a.known->created_run != b.known->created_run) {
        return a.known->created_run < b.known->created_run;
    }
    return a.rows != b.rows ? a.rows > b.rows : a.known->id < b.known->id;
}

class Assigner {
  public:
    Assigner(std::span<const std::vector<AgedRow>> clusters,
             const std::unordered_map<std::uint32_t, KnownId>& known,
             const std::function<bool(const std::string&)>& is_taken, std::string_view id_key)
        : clusters_(clusters), known_(known), is_taken_(is_taken), id_key_(id_key),
          assignments_(clusters.size()), claims_(clusters.size()), lost_(clusters.size()) {}

    std::vector<Assignment> assign() {
        send_ids_home();
        for (std::size_t i = 0; i < clusters_.size(); ++i) {
            settle_claims(i);
        }
        make_new_ids();
        return std::move(assignments_);
    }

  private:
    void send_ids_home() {
        const std::vector<Part> parts = parts_of(clusters_, known_);
        for (std::size_t first = 0; first < parts.size();) {
            std::size_t last = first;
            Claim claim{&known_.at(parts[first].golden), 0};
            std::size_t home = first;
            for (; last < parts.size() && parts[last].golden == parts[first].golden; ++last) {
                claim.rows += parts[last].rows;
                home = keeps_id(parts[last], parts[home]) ? last : home;
            }
            for (std::size_t i = first; i < last; ++i) {
                auto& receiver = i == home ? claims_ : lost_;
                receiver[parts[i].cluster].push_back(i == home ? claim
                                                               : Claim{claim.known, parts[i].rows});
            }
            first = last;
        }
    }

    void settle_claims(std::size_t i) {
        auto& claims = claims_[i];
        if (claims.empty()) {
            return;
        }
        std::sort(claims.begin(), claims.end(), wins);
        assignments_[i].kept = claims.front().known->number;
        assignments_[i].id = claims.front().known->id;
        for (std::size_t other = 1; other < claims.size(); ++other) {
            assignments_[i].merged.push_back(claims[other].known->number);
        }
    }

    /// In the order of the eldest rows, so that even ids that collide come out the same.
    void make_new_ids() {
        std::vector<std::pair<const AgedRow*, std::size_t>> fresh;
        for (std::size_t i = 0; i < clusters_.size(); ++i) {
            if (assignments_[i].kept == 0 && !clusters_[i].empty()) {
                fresh.emplace_back(
                    &*std::min_element(clusters_[i].begin(), clusters_[i].end(), is_elder), i);
            }
        }
        std::sort(fresh.begin(), fresh.end(),
                  [](const auto& a, const auto& b) { return is_elder(*a.first, *b.first); });
        std::unordered_set<std::string> made;
        for (const auto& [eldest, i] : fresh) {
            assignments_[i].id = new_id(eldest->key, made);
            assignments_[i].split_from = split_from(lost_[i]);
        }
    }

    std::string new_id(const std::string& key, std::unordered_set<std::string>& made) const {
        for (std::uint64_t count = 0;; ++count) {
            const std::string message = count == 0 ? key : key + '\x1f' + std::to_string(count);
            std::string id = "inf_" + keyed_id(id_key_, message);
            if (!is_taken_(id) && made.insert(id).second) {
                return id;
            }
        }
    }

    /// Of the ids that went elsewhere, the one that most of this part came from.
    static std::uint32_t split_from(const std::vector<Claim>& lost) {
        const auto from =
            std::min_element(lost.begin(), lost.end(), [](const Claim& a, const Claim& b) {
                return a.rows != b.rows ? a.rows > b.rows
                                        : std::tie(a.known->created_run, a.known->id) <
                                              std::tie(b.known->created_run, b.known->id);
            });
        return from == lost.end() ? 0 : from->known->number;
    }

    std::span<const std::vector<AgedRow>> clusters_;
    const std::unordered_map<std::uint32_t, KnownId>& known_;
    const std::function<bool(const std::string&)>& is_taken_;
    std::string_view id_key_;
    std::vector<Assignment> assignments_;
    std::vector<std::vector<Claim>> claims_;  ///< ids whose home the cluster is
    std::vector<std::vector<Claim>> lost_;    ///< ids that it has a smaller part of
};

}  // namespace

std::vector<Assignment> assign_ids(std::span<const std::vector<AgedRow>> clusters,
                                   const std::unordered_map<std::uint32_t, KnownId>& known,
                                   const std::function<bool(const std::string&)>& is_taken,
                                   std::string_view id_key) {
    return Assigner(clusters, known, is_taken, id_key).assign();
}

}  // namespace coterie::merge
