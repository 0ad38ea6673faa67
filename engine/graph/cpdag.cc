#include "engine/graph/cpdag.h"

#include <algorithm>

#include "engine/graph/surgery.h"
#include "engine/graph/text.h"

namespace causal_gym {
namespace {

enum class Label { unknown, compelled, reversible };

Status check_dag(const Graph& graph) {
  for (const auto& [a, b] : graph.bidirected_edges())
    return fail(ErrorCode::invalid_argument,
                "an equivalence class of DAGs is asked of a graph with the bidirected edge " +
                    quoted_name(graph.name(a)) + " <-> " + quoted_name(graph.name(b)));
  for (const NodeId v : graph.latent_nodes())
    return fail(ErrorCode::invalid_argument,
                "an equivalence class of DAGs is asked of a graph with the latent node '" +
                    graph.name(v) + "'");
  return {};
}

class EdgeLabels {
 public:
  explicit EdgeLabels(const Graph& dag) : dag_(dag), rank_(dag.node_count()) {
    const auto order = dag.topological_order();
    for (std::size_t i = 0; i < order.size(); ++i) rank_[index(order[i])] = i;
    for (const NodeId v : order) {
      labels_.emplace_back();
      label_edges_into(v);
    }
  }

  [[nodiscard]] bool compelled(NodeId from, NodeId to) {
    return label(from, to) == Label::compelled;
  }

 private:
  static std::size_t index(NodeId v) { return static_cast<std::size_t>(v); }

  Label& label(NodeId from, NodeId to) {
    const auto parents = dag_.parents(to);
    const auto place = std::lower_bound(parents.begin(), parents.end(), from) - parents.begin();
    return labels_[rank_[index(to)]][static_cast<std::size_t>(place)];
  }

  // Chickering's order: targets as they come, of the edges into one the nearest source first.
  void label_edges_into(NodeId y) {
    const auto parents = dag_.parents(y);
    auto& labels = labels_.back();
    labels.assign(parents.size(), Label::unknown);
    std::vector<NodeId> sources(parents.begin(), parents.end());
    std::sort(sources.begin(), sources.end(),
              [&](NodeId a, NodeId b) { return rank_[index(a)] > rank_[index(b)]; });
    for (const NodeId x : sources) {
      if (label(x, y) != Label::unknown) continue;
      if (!pass_on_compelled(x, y)) {
        std::fill(labels.begin(), labels.end(), Label::compelled);
        return;
      }
      const bool collides = std::any_of(parents.begin(), parents.end(),
                                        [&](NodeId z) { return z != x && !dag_.has_edge(z, x); });
      std::replace(labels.begin(), labels.end(), Label::unknown,
                   collides ? Label::compelled : Label::reversible);
    }
  }

  // w -> x compelled compels w -> y when w is joined to y; otherwise x -> y and all edges into y:
  // then false.
  bool pass_on_compelled(NodeId x, NodeId y) {
    for (const NodeId w : dag_.parents(x)) {
      if (label(w, x) != Label::compelled) continue;
      if (!dag_.has_edge(w, y)) return false;
      label(w, y) = Label::compelled;
    }
    return true;
  }

  const Graph& dag_;
  std::vector<std::size_t> rank_;           // place in the topological order
  std::vector<std::vector<Label>> labels_;  // by rank of the target, then as its parents
};

// A collider whose parents are not joined, and which `other` lacks; empty when there is none. The
// two have the same skeleton.
std::string lost_collider(const Graph& graph, const Graph& other) {
  for (std::size_t i = 0; i < graph.node_count(); ++i) {
    const auto v = static_cast<NodeId>(i);
    const auto parents = graph.parents(v);
    // Any collider that is lost has a parent that is turned round in the other.
    for (const NodeId a : parents) {
      if (other.has_edge(a, v)) continue;
      for (const NodeId b : parents)
        if (a != b && !graph.has_edge(a, b) && !graph.has_edge(b, a))
          return "'" + graph.name(a) + "' and '" + graph.name(b) +
                 "', which are not joined, meet in '" + graph.name(v) + "'";
    }
  }
  return {};
}

std::string lost_edge(const Graph& graph, const Graph& other) {
  for (const auto& [a, b] : graph.directed_edges())
    if (!other.has_edge(a, b) && !other.has_edge(b, a))
      return "'" + graph.name(a) + "' and '" + graph.name(b) + "'";
  return {};
}

}  // namespace

Result<Cpdag> cpdag(const Graph& dag) {
  CAUSAL_GYM_CHECKED(check_dag(dag));
  EdgeLabels labels(dag);
  Cpdag result;
  std::vector<Edge> reversible;
  for (std::size_t i = 0; i < dag.node_count(); ++i)
    for (const NodeId child : dag.children(static_cast<NodeId>(i))) {
      const Edge edge{static_cast<NodeId>(i), child};
      (labels.compelled(edge.from, edge.to) ? result.directed : reversible).push_back(edge);
    }
  result.undirected = UndirectedGraph(dag.node_count(), std::move(reversible));
  return result;
}

Result<EquivalenceCheck> check_equivalence(const Graph& first, const Graph& second) {
  CAUSAL_GYM_CHECKED(check_dag(first));
  CAUSAL_GYM_CHECKED(check_dag(second));
  CAUSAL_GYM_TRY(other, numbered_like(second, first));
  if (const auto pair = lost_edge(first, other); !pair.empty())
    return EquivalenceCheck{false, "only the first graph joins " + pair};
  if (const auto pair = lost_edge(other, first); !pair.empty())
    return EquivalenceCheck{false, "only the second graph joins " + pair};
  if (const auto collider = lost_collider(first, other); !collider.empty())
    return EquivalenceCheck{false, "only in the first graph " + collider};
  if (const auto collider = lost_collider(other, first); !collider.empty())
    return EquivalenceCheck{false, "only in the second graph " + collider};
  return EquivalenceCheck{};
}

}  // namespace causal_gym
