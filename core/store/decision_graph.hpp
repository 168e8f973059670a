/// What decisions say together: "same" is passed on from record to record.
#pragma once

#include "store/store.hpp"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace coterie::store {

/// The decisions that hold, as a graph of records. One thread at a time.
class DecisionGraph {
  public:
    /// Those that were undone are left out. Verdicts that contradict each other are the caller's to
    /// refuse: see `settled`.
    explicit DecisionGraph(std::span<const Decision> decisions = {});
    void add(const Decision& decision);

    /// What `a` and `b` are by the decisions, and the chain of them that says so, from `a` to `b`.
    struct Settled {
        Verdict verdict = Verdict::Same;
        std::vector<Decision> chain;  ///< all Same, or all but one
    };
    /// Nothing where nobody decided it. \par Cost grows with the records known to be the same as
    /// `a` and `b`.
    [[nodiscard]] std::optional<Settled> settled(const RecordKey& a, const RecordKey& b) const;

  private:
    using Node = std::uint32_t;
    struct Edge {
        Node to = 0;
        std::size_t decision = 0;
    };
    struct Reached;
    Node node_of(const RecordKey& key);
    [[nodiscard]] Reached reach(Node from) const;

    std::map<RecordKey, Node> nodes_;
    std::vector<std::vector<Edge>> edges_;
    std::vector<Decision> decisions_;
};

/// "decisions 3 (crm/1 is the same as sheet/9) and 5 (sheet/9 is different from sheet/2)".
std::string shown_chain(std::span<const Decision> chain);

}  // namespace coterie::store
