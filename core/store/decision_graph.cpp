#include "store/decision_graph.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

namespace coterie::store {

namespace {

constexpr std::size_t kShownNameBytesMax = 80;
/// Of a chain only so many decisions are named: it may be as long as there are records.
constexpr std::size_t kShownDecisionsMax = 8;

}  // namespace

std::string shown_name(const RecordKey& key) {
    return printable(key.source + '/' + key.record_id, kShownNameBytesMax);
}

std::string shown_chain(std::span<const Decision> chain) {
    std::string text = chain.size() == 1 ? "decision " : "decisions ";
    const std::size_t shown = std::min(chain.size(), kShownDecisionsMax);
    for (std::size_t i = 0; i < shown; ++i) {
        const Decision& decision = chain[i];
        text += i == 0 ? "" : i + 1 == chain.size() ? " and " : ", ";
        fmt::format_to(std::back_inserter(text), "{} ({} is {} {})", decision.number,
                       shown_name(decision.a),
                       decision.verdict == Verdict::Same ? "the same as" : "different from",
                       shown_name(decision.b));
    }
    if (shown < chain.size()) {
        fmt::format_to(std::back_inserter(text), " and {} more", chain.size() - shown);
    }
    return text;
}

/// The records that are the same as one, in the order in which they were reached, and by what.
struct DecisionGraph::Reached {
    std::vector<Node> nodes;
    /// Node → the node before it, and the decision between them; the first has none.
    std::unordered_map<Node, Edge> from;

    /// The decisions on the way back from `node`.
    void append_way_back(Node node, std::vector<std::size_t>& decisions) const {
        while (node != nodes.front()) {
            const Edge& edge = from.at(node);
            decisions.push_back(edge.decision);
            node = edge.to;
        }
    }
};

DecisionGraph::DecisionGraph(std::span<const Decision> decisions) {
    for (const Decision& decision : decisions) {
        add(decision);
    }
}

void DecisionGraph::add(const Decision& decision) {
    if (!decision.holds()) {
        return;
    }
    const Node a = node_of(decision.a);
    const Node b = node_of(decision.b);
    edges_[a].push_back({b, decisions_.size()});
    edges_[b].push_back({a, decisions_.size()});
    decisions_.push_back(decision);
}

DecisionGraph::Node DecisionGraph::node_of(const RecordKey& key) {
    const auto [found, is_new] = nodes_.emplace(key, static_cast<Node>(edges_.size()));
    if (is_new) {
        edges_.emplace_back();
    }
    return found->second;
}

DecisionGraph::Reached DecisionGraph::reach(Node from) const {
    Reached reached{{from}, {{from, {from, 0}}}};
    for (std::size_t i = 0; i < reached.nodes.size(); ++i) {  // it grows on the way
        const Node node = reached.nodes[i];
        for (const Edge& edge : edges_[node]) {
            if (decisions_[edge.decision].verdict == Verdict::Same &&
                reached.from.emplace(edge.to, Edge{node, edge.decision}).second) {
                reached.nodes.push_back(edge.to);
            }
        }
    }
    return reached;
}

std::optional<DecisionGraph::Settled> DecisionGraph::settled(const RecordKey& a,
                                                             const RecordKey& b) const {
    const auto node_a = nodes_.find(a);
    const auto node_b = nodes_.find(b);
    if (node_a == nodes_.end() || node_b == nodes_.end()) {
        return std::nullopt;
    }
    const auto chain_of = [&](Verdict verdict, const std::vector<std::size_t>& places) {
        Settled settled{verdict, {}};
        for (const std::size_t place : places) {
            settled.chain.push_back(decisions_[place]);
        }
        return settled;
    };
    for (const Edge& edge : edges_[node_a->second]) {
        if (edge.to == node_b->second) {
            return chain_of(decisions_[edge.decision].verdict, {edge.decision});
        }
    }
    const Reached from_a = reach(node_a->second);
    std::vector<std::size_t> chain;
    if (from_a.from.contains(node_b->second)) {
        from_a.append_way_back(node_b->second, chain);
        std::reverse(chain.begin(), chain.end());
        return chain_of(Verdict::Same, chain);
    }
    const Reached from_b = reach(node_b->second);
    for (const Node node : from_a.nodes) {
        for (const Edge& edge : edges_[node]) {
            if (decisions_[edge.decision].verdict == Verdict::Different &&
                from_b.from.contains(edge.to)) {
                from_a.append_way_back(node, chain);
                std::reverse(chain.begin(), chain.end());
                chain.push_back(edge.decision);
                from_b.append_way_back(edge.to, chain);
                return chain_of(Verdict::Different, chain);
            }
        }
    }
    return std::nullopt;
}

}  // namespace coterie::store
