#include "pipeline/evaluate/evaluate.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace coterie::evaluate {

namespace {

using Number = std::uint32_t;

std::uint64_t pairs_among(std::uint64_t count) {
    return count * (count - 1) / 2;
}

double share(double part, double whole) {
    return whole > 0 ? part / whole : 1.0;
}

/// Records of one group and part: places[first] .. places[last - 1], in their order.
struct Part {
    Number group = 0;
    std::size_t first = 0;
    std::size_t last = 0;
    [[nodiscard]] std::size_t size() const { return last - first; }
};

/// The records cut into groups, and each group into parts.
struct Cut {
    std::vector<std::size_t> places;
    std::vector<Part> parts;  ///< those of a group side by side
};

Cut cut(std::span<const JudgedRecord> records, Number JudgedRecord::*group,
        Number JudgedRecord::*part) {
    Cut cut;
    cut.places.resize(records.size());
    std::iota(cut.places.begin(), cut.places.end(), std::size_t{0});
    const auto key = [&](std::size_t place) {
        return std::tuple(records[place].*group, records[place].*part);
    };
    std::sort(cut.places.begin(), cut.places.end(), [&](std::size_t a, std::size_t b) {
        return std::tuple(key(a), a) < std::tuple(key(b), b);
    });
    for (std::size_t first = 0; first < cut.places.size();) {
        std::size_t last = first + 1;
        while (last < cut.places.size() && key(cut.places[last]) == key(cut.places[first])) {
            ++last;
        }
        cut.parts.push_back({records[cut.places[first]].*group, first, last});
        first = last;
    }
    return cut;
}

/// Calls `visit` with the parts of each group.
template <class F>
void for_each_group(const Cut& cut, F&& visit) {
    const std::span<const Part> parts = cut.parts;
    for (std::size_t first = 0; first < parts.size();) {
        std::size_t last = first + 1;
        while (last < parts.size() && parts[last].group == parts[first].group) {
            ++last;
        }
        visit(parts.subspan(first, last - first));
        first = last;
    }
}

std::uint64_t size_of(std::span<const Part> group) {
    return group.back().last - group.front().first;
}

/// What the groups of one kind say of the other: clusters of people, or people of clusters.
struct Side {
    std::uint64_t groups = 0;
    std::uint64_t pairs = 0;
    std::uint64_t pairs_in_parts = 0;
    double share_sum = 0;  ///< over records: their part's share of their group
};

Side look(const Cut& cut) {
    Side side;
    for_each_group(cut, [&](std::span<const Part> group) {
        const std::uint64_t size = size_of(group);
        ++side.groups;
        side.pairs += pairs_among(size);
        for (const Part& part : group) {
            const auto count = static_cast<double>(part.size());
            side.pairs_in_parts += pairs_among(part.size());
            side.share_sum += count * count / static_cast<double>(size);
        }
    });
    return side;
}

/// Two parts of one group.
struct Candidate {
    std::uint64_t pairs = 0;
    Part a, b;
};

std::vector<Mistake> worst(const Cut& cut, std::size_t count) {
    std::vector<Candidate> candidates;
    for_each_group(cut, [&](std::span<const Part> group) {
        if (group.size() < 2) {
            return;
        }
        std::vector<Part> parts(group.begin(), group.end());
        std::sort(parts.begin(), parts.end(), [&](const Part& a, const Part& b) {
            return std::tuple(b.size(), cut.places[a.first]) <
                   std::tuple(a.size(), cut.places[b.first]);
        });
        // Beside the part at place k, k larger ones make more wrong pairs among themselves and
        // with each other: one further down than `count` is never among the worst.
        parts.resize(std::min(parts.size(), count + 1));
        for (std::size_t i = 0; i < parts.size(); ++i) {
            for (std::size_t j = i + 1; j < parts.size(); ++j) {
                candidates.push_back(
                    {std::uint64_t{parts[i].size()} * parts[j].size(), parts[i], parts[j]});
            }
        }
    });
    const auto order = [&](const Candidate& one) {
        return std::tuple(~one.pairs, cut.places[one.a.first], cut.places[one.b.first]);
    };
    const std::size_t kept = std::min(count, candidates.size());
    std::partial_sort(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(kept),
                      candidates.end(),
                      [&](const Candidate& x, const Candidate& y) { return order(x) < order(y); });
    std::vector<Mistake> mistakes;
    for (std::size_t i = 0; i < kept; ++i) {
        const auto places = [&](const Part& part) {
            const auto begin = cut.places.begin() + static_cast<std::ptrdiff_t>(part.first);
            return std::vector<std::size_t>(begin, begin + static_cast<std::ptrdiff_t>(std::min(
                                                               part.size(), kMistakeRecordsMax)));
        };
        const Candidate& one = candidates[i];
        mistakes.push_back({one.pairs, places(one.a), places(one.b), one.a.size(), one.b.size()});
    }
    return mistakes;
}

}  // namespace

double Rates::f1() const {
    return precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0.0;
}

Rates Score::pairs() const {
    const auto right = static_cast<double>(right_pairs);
    return {share(right, static_cast<double>(found_pairs)),
            share(right, static_cast<double>(true_pairs))};
}

Score measure(std::span<const JudgedRecord> records) {
    const Side clusters = look(cut(records, &JudgedRecord::cluster, &JudgedRecord::entity));
    const Side entities = look(cut(records, &JudgedRecord::entity, &JudgedRecord::cluster));
    Score score;
    score.records = records.size();
    score.clusters = clusters.groups;
    score.entities = entities.groups;
    score.true_pairs = entities.pairs;
    score.found_pairs = clusters.pairs;
    score.right_pairs = clusters.pairs_in_parts;
    const auto count = static_cast<double>(records.size());
    score.b_cubed = {share(clusters.share_sum, count), share(entities.share_sum, count)};
    return score;
}

std::vector<Mistake> worst_false_links(std::span<const JudgedRecord> records, std::size_t count) {
    return worst(cut(records, &JudgedRecord::cluster, &JudgedRecord::entity), count);
}

std::vector<Mistake> worst_misses(std::span<const JudgedRecord> records, std::size_t count) {
    return worst(cut(records, &JudgedRecord::entity, &JudgedRecord::cluster), count);
}

}  // namespace coterie::evaluate
