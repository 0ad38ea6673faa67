#include "engine/linear/half_trek.h"

#include "engine/graph/relations.h"
#include "engine/graph/text.h"
#include "engine/linear/unit_flow.h"

namespace causal_gym {
namespace {

NodeSet spouses_of(const Graph& graph, const NodeSet& set) {
  NodeSet result;
  for (const NodeId v : set)
    for (const NodeId spouse : graph.spouses(v)) result.insert(spouse);
  return result;
}

// The network of theorem 2: for each node v a copy of the network of half_trek_system, in which
// the pair {v, w} lends one unit to either "w helps v" or "v helps w".
class CoverNetwork {
 public:
  explicit CoverNetwork(const Graph& graph)
      : graph_(graph), n_(graph.node_count()), flow_(n_ * n_ + 2 * n_ * n_) {
    for (NodeId v = 0; index(v) < n_; ++v) add_copy(v);
    for (NodeId w = 0; index(w) < n_; ++w)
      for (NodeId v = 0; v < w; ++v)
        if (!graph.has_bidirected_edge(v, w)) add_pair(v, w);
  }

  Result<std::size_t> maximise(const CancellationToken& token) { return flow_.maximise(token); }

 private:
  static std::size_t index(NodeId v) { return static_cast<std::size_t>(v); }
  [[nodiscard]] std::size_t pair(NodeId v, NodeId w) const { return index(v) * n_ + index(w); }
  [[nodiscard]] std::size_t left(NodeId v, NodeId w) const { return n_ * n_ + pair(v, w); }
  [[nodiscard]] std::size_t right(NodeId v, NodeId w) const { return 2 * n_ * n_ + pair(v, w); }

  void add_copy(NodeId v) {
    for (NodeId w = 0; index(w) < n_; ++w) {
      flow_.add_arc(left(v, w), right(v, w));
      for (const NodeId spouse : graph_.spouses(w)) flow_.add_arc(left(v, w), right(v, spouse));
      for (const NodeId child : graph_.children(w)) flow_.add_arc(right(v, w), right(v, child));
    }
    for (const NodeId parent : graph_.parents(v)) flow_.add_sink_arc(right(v, parent));
  }

  void add_pair(NodeId v, NodeId w) {
    flow_.add_source_arc(pair(v, w));
    flow_.add_arc(pair(v, w), left(v, w));
    flow_.add_arc(pair(v, w), left(w, v));
  }

  const Graph& graph_;
  std::size_t n_;
  UnitFlow flow_;
};

// Theorem 1, for one node: is there a Y among the nodes that it allows now?
std::optional<NodeSet> sources_of(const Graph& graph, NodeId v, const NodeSet& solved) {
  auto allowed = graph.all_nodes() - (half_trek_reach(graph, v) - solved);
  allowed.erase(v);
  for (const NodeId spouse : graph.spouses(v)) allowed.erase(spouse);
  return half_trek_system(graph, allowed, NodeSet(graph.parents(v)));
}

}  // namespace

std::string_view half_trek_verdict_name(HalfTrekVerdict verdict) {
  switch (verdict) {
    case HalfTrekVerdict::identifiable: return "identifiable";
    case HalfTrekVerdict::infinite_to_one: return "infinite_to_one";
    case HalfTrekVerdict::inconclusive: return "inconclusive";
  }
  return "";
}

NodeSet half_trek_reach(const Graph& graph, NodeId v) {
  return descendants(graph, NodeSet{v} | NodeSet(graph.spouses(v)));
}

NodeSet trek_reach(const Graph& graph, NodeId v) {
  const auto tops = ancestors(graph, NodeSet{v});
  return descendants(graph, tops | spouses_of(graph, tops));
}

std::optional<NodeSet> half_trek_system(const Graph& graph, const NodeSet& from,
                                        const NodeSet& to) {
  // Left copies 0 .. n-1, right copies n .. 2n-1; each is used once: no sided intersection.
  const auto n = graph.node_count();
  const auto left = [](NodeId v) { return static_cast<std::size_t>(v); };
  const auto right = [n](NodeId v) { return n + static_cast<std::size_t>(v); };
  UnitFlow flow(2 * n);
  for (const NodeId v : from) {
    flow.add_source_arc(left(v));
    flow.add_arc(left(v), right(v));
    for (const NodeId spouse : graph.spouses(v)) flow.add_arc(left(v), right(spouse));
  }
  for (const auto& [a, b] : graph.directed_edges()) flow.add_arc(right(a), right(b));
  for (const NodeId v : to) flow.add_sink_arc(right(v));
  if (flow.maximise().value() < to.size()) return std::nullopt;
  NodeSet used;
  for (const NodeId v : from)
    if (flow.carries_flow(left(v))) used.insert(v);
  return used;
}

Result<std::size_t> half_trek_cover(const Graph& graph, const CancellationToken& cancellation) {
  CAUSAL_GYM_CHECKED(cancellation.check());
  return CoverNetwork(graph).maximise(cancellation);
}

Status check_mixed_graph(const Graph& graph, const Limits& limits) {
  CAUSAL_GYM_CHECKED(check_limit("nodes", graph.node_count(), limits.half_trek_nodes));
  const auto latent = graph.latent_nodes();
  if (latent.empty()) return {};
  return fail(ErrorCode::invalid_argument,
              "'" + graph.name(*latent.begin()) +
                  "' is latent; coefficients are sought in a graph over observed nodes",
              {}, "project the graph on its observed nodes");
}

Result<HalfTrekAnswer> half_trek_criterion(const Graph& graph, const Limits& limits,
                                           const CancellationToken& cancellation) {
  CAUSAL_GYM_CHECKED(check_mixed_graph(graph, limits));
  HalfTrekAnswer answer;
  answer.unsolved = graph.all_nodes();
  NodeSet solved;
  // A node without parents has nothing to solve.
  for (NodeId v = 0; static_cast<std::size_t>(v) < graph.node_count(); ++v)
    if (graph.parents(v).empty()) solved.insert(v);
  answer.unsolved -= solved;
  for (bool progress = true; progress && !answer.unsolved.empty();) {
    progress = false;
    for (const NodeId v : answer.unsolved.to_vector()) {
      CAUSAL_GYM_CHECKED(cancellation.check());
      auto sources = sources_of(graph, v, solved);
      if (!sources) continue;
      answer.solved.push_back({v, *std::move(sources)});
      answer.unsolved.erase(v);
      solved.insert(v);
      progress = true;
    }
  }
  answer.cover = graph.directed_edges().size();
  if (answer.unsolved.empty()) {
    answer.verdict = HalfTrekVerdict::identifiable;
    return answer;
  }
  CAUSAL_GYM_TRY(cover, half_trek_cover(graph, cancellation));
  answer.cover = cover;
  if (cover < graph.directed_edges().size()) answer.verdict = HalfTrekVerdict::infinite_to_one;
  return answer;
}

}  // namespace causal_gym
