#include "engine/graph/admg_rows.h"

#include "engine/graph/surgery.h"

namespace causal_gym {
namespace {

NodeSet& row(std::vector<NodeSet>& rows, NodeId v) { return rows[static_cast<std::size_t>(v)]; }
const NodeSet& row(const std::vector<NodeSet>& rows, NodeId v) {
  return rows[static_cast<std::size_t>(v)];
}

// Puts the edges of a graph without latent nodes in, its ids translated by `id_of`.
void add_edges(AdmgRows& rows, const Graph& graph, std::span<const NodeId> id_of) {
  const auto id = [&](NodeId v) { return id_of[static_cast<std::size_t>(v)]; };
  for (const auto& [from, to] : graph.directed_edges()) {
    row(rows.children, id(from)).insert(id(to));
    row(rows.parents, id(to)).insert(id(from));
  }
  for (const auto& [a, b] : graph.bidirected_edges()) {
    row(rows.spouses, id(a)).insert(id(b));
    row(rows.spouses, id(b)).insert(id(a));
  }
}

// Makes v latent (Verma & Pearl 1990): its parents become parents of its children, and these are
// joined to each other and to its spouses.
void hide(AdmgRows& rows, NodeId v) {
  const auto parents = std::exchange(row(rows.parents, v), {});
  const auto children = std::exchange(row(rows.children, v), {});
  const auto spouses = std::exchange(row(rows.spouses, v), {});
  for (const NodeId p : parents) (row(rows.children, p) |= children).erase(v);
  for (const NodeId c : children) {
    (row(rows.parents, c) |= parents).erase(v);
    auto& joined = row(rows.spouses, c);
    joined |= children | spouses;
    joined.erase(c);
  }
  for (const NodeId s : spouses) {
    auto& joined = row(rows.spouses, s);
    joined |= children;
    joined -= NodeSet{s, v};
  }
}

// Everything that following `rows` from the start leads to inside `within`, the start included.
NodeSet closure(const std::vector<NodeSet>& rows, const NodeSet& start, const NodeSet& within) {
  NodeSet reached = start;
  NodeSet fresh = start;
  while (!fresh.empty()) {
    NodeSet next;
    for (const NodeId v : fresh) next |= row(rows, v);
    next &= within;
    next -= reached;
    reached |= next;
    fresh = std::move(next);
  }
  return reached;
}

// Breadth-first over open walks, all nodes of one distance at once. What was entered by an
// arrowhead and what by a tail are kept apart, because the mark decides how a walk goes on.
class OpenWalks {
 public:
  OpenWalks(const MutilatedRows& graph, const NodeSet& z)
      : graph_(graph), z_(z), opened_(ancestors_of(z)) {}

  NodeSet run(const NodeSet& x) {
    NodeSet tails = x - z_;  // a source is left in every direction, as if entered by a tail
    NodeSet heads;
    by_tail_ = tails;
    while (!tails.empty() || !heads.empty()) {
      NodeSet next_tails;
      NodeSet next_heads;
      // A non-collider passes unless it is conditioned on; entered by a tail, every way out is one.
      for (const NodeId v : tails - z_) {
        next_heads |= children_of(v) | spouses_of(v);
        next_tails |= parents_of(v);
      }
      for (const NodeId v : heads) {
        if (!z_.contains(v)) next_heads |= children_of(v);
        if (!opened_.contains(v)) continue;
        next_heads |= spouses_of(v);
        next_tails |= parents_of(v);
      }
      tails = next_tails - by_tail_;
      heads = next_heads - by_head_;
      by_tail_ |= tails;
      by_head_ |= heads;
    }
    return (by_tail_ | by_head_) - z_;
  }

 private:
  [[nodiscard]] NodeSet children_of(NodeId v) const {
    if (graph_.no_outgoing.contains(v)) return {};
    return (row(graph_.rows.children, v) & graph_.within) - graph_.no_incoming;
  }
  [[nodiscard]] NodeSet parents_of(NodeId v) const {
    if (graph_.no_incoming.contains(v)) return {};
    return (row(graph_.rows.parents, v) & graph_.within) - graph_.no_outgoing;
  }
  [[nodiscard]] NodeSet spouses_of(NodeId v) const {
    if (graph_.no_incoming.contains(v)) return {};
    return (row(graph_.rows.spouses, v) & graph_.within) - graph_.no_incoming;
  }
  [[nodiscard]] NodeSet ancestors_of(const NodeSet& z) const {
    NodeSet reached = z;
    NodeSet fresh = z;
    while (!fresh.empty()) {
      NodeSet next;
      for (const NodeId v : fresh) next |= parents_of(v);
      next -= reached;
      reached |= next;
      fresh = std::move(next);
    }
    return reached;
  }

  const MutilatedRows& graph_;
  const NodeSet& z_;
  NodeSet opened_;  // colliders that z opens
  NodeSet by_tail_;
  NodeSet by_head_;
};

}  // namespace

Result<AdmgRows> admg_rows(const Graph& graph, const Limits& limits) {
  AdmgRows rows;
  rows.nodes = graph.observed_nodes();
  const auto n = graph.node_count();
  rows.parents.resize(n);
  rows.children.resize(n);
  rows.spouses.resize(n);
  const bool has_latents = rows.nodes.size() < n;
  rows.order.reserve(n);
  for (const NodeId v : graph.topological_order())
    if (!has_latents || rows.nodes.contains(v)) rows.order.push_back(v);
  const auto ids = rows.nodes.to_vector();
  if (!has_latents) {
    add_edges(rows, graph, ids);
    return rows;
  }
  CAUSAL_GYM_TRY(projection, latent_projection(graph, limits));
  add_edges(rows, projection, ids);
  return rows;
}

AdmgRows projected_onto(const AdmgRows& rows, const NodeSet& keep) {
  auto result = rows;
  for (const NodeId hidden : rows.nodes - keep) hide(result, hidden);
  std::erase_if(result.order, [&](NodeId v) { return !keep.contains(v); });
  result.nodes &= keep;
  return result;
}

NodeSet ancestors(const AdmgRows& rows, const NodeSet& of, const NodeSet& within) {
  return closure(rows.parents, of, within);
}

NodeSet descendants(const AdmgRows& rows, const NodeSet& of, const NodeSet& within) {
  return closure(rows.children, of, within);
}

NodeSet district(const AdmgRows& rows, NodeId v, const NodeSet& within) {
  return closure(rows.spouses, {v}, within);
}

std::vector<NodeSet> districts(const AdmgRows& rows, const NodeSet& within) {
  std::vector<NodeSet> result;
  for (NodeSet left = within; !left.empty(); left -= result.back())
    result.push_back(district(rows, *left.begin(), within));
  return result;
}

NodeSet connected_nodes(const MutilatedRows& graph, const NodeSet& x, const NodeSet& z) {
  return OpenWalks(graph, z).run(x);
}

bool separated(const MutilatedRows& graph, const NodeSet& x, const NodeSet& y, const NodeSet& z) {
  return !connected_nodes(graph, x, z).intersects(y - z);
}

}  // namespace causal_gym
