#include "engine/identify/check_separation.h"

namespace causal_gym {
namespace {

using Mask = std::vector<bool>;

// The graph after surgery, as lists.
struct CutGraph {
  std::vector<std::vector<std::size_t>> parents;
  std::vector<std::vector<std::size_t>> spouses;
};

std::size_t at(NodeId v) { return static_cast<std::size_t>(v); }

CutGraph cut(const Graph& graph, const NodeSet& no_incoming, const NodeSet& no_outgoing) {
  CutGraph result{{}, {}};
  result.parents.resize(graph.node_count());
  result.spouses.resize(graph.node_count());
  for (const auto& [from, to] : graph.directed_edges())
    if (!no_incoming.contains(to) && !no_outgoing.contains(from))
      result.parents[at(to)].push_back(at(from));
  for (const auto& [a, b] : graph.bidirected_edges()) {
    if (no_incoming.contains(a) || no_incoming.contains(b)) continue;
    result.spouses[at(a)].push_back(at(b));
    result.spouses[at(b)].push_back(at(a));
  }
  return result;
}

Mask with_ancestors(const CutGraph& graph, const NodeSet& of) {
  Mask reached(graph.parents.size(), false);
  std::vector<std::size_t> stack;
  const auto reach = [&](std::size_t v) {
    if (reached[v]) return;
    reached[v] = true;
    stack.push_back(v);
  };
  for (const NodeId v : of) reach(at(v));
  while (!stack.empty()) {
    const auto v = stack.back();
    stack.pop_back();
    for (const auto parent : graph.parents[v]) reach(parent);
  }
  return reached;
}

// The cliques of the augmented graph over the nodes of `inside`: a district and its parents each.
std::vector<std::vector<std::size_t>> cliques(const CutGraph& graph, const Mask& inside) {
  std::vector<std::vector<std::size_t>> result;
  Mask placed(inside.size(), false);
  for (std::size_t start = 0; start < inside.size(); ++start) {
    if (!inside[start] || placed[start]) continue;
    placed[start] = true;
    std::vector<std::size_t> members{start};
    for (std::size_t next = 0; next < members.size(); ++next)
      for (const auto spouse : graph.spouses[members[next]])
        if (inside[spouse] && !placed[spouse]) {
          placed[spouse] = true;
          members.push_back(spouse);
        }
    const auto district_size = members.size();
    for (std::size_t i = 0; i < district_size; ++i)
      for (const auto parent : graph.parents[members[i]]) members.push_back(parent);
    result.push_back(std::move(members));
  }
  return result;
}

}  // namespace

bool holds(const Graph& graph, const SeparationStatement& statement) {
  const auto mutilated = cut(graph, statement.no_incoming, statement.no_outgoing);
  const auto inside = with_ancestors(mutilated, statement.left | statement.right | statement.given);
  const auto all = cliques(mutilated, inside);
  std::vector<std::vector<std::size_t>> cliques_of(inside.size());
  for (std::size_t c = 0; c < all.size(); ++c)
    for (const auto v : all[c]) cliques_of[v].push_back(c);
  Mask entered(all.size(), false);
  Mask reached(inside.size(), false);
  std::vector<std::size_t> stack;
  for (const NodeId v : statement.left) {
    reached[at(v)] = true;
    stack.push_back(at(v));
  }
  while (!stack.empty()) {
    const auto v = stack.back();
    stack.pop_back();
    if (statement.right.contains(static_cast<NodeId>(v))) return false;
    for (const auto c : cliques_of[v]) {
      if (entered[c]) continue;
      entered[c] = true;
      for (const auto w : all[c]) {
        if (reached[w] || statement.given.contains(static_cast<NodeId>(w))) continue;
        reached[w] = true;
        stack.push_back(w);
      }
    }
  }
  return true;
}

NodeSet not_ancestors(const Graph& graph, const NodeSet& candidates, const NodeSet& of,
                      const NodeSet& no_incoming) {
  const auto above = with_ancestors(cut(graph, no_incoming, {}), of);
  NodeSet result;
  for (const NodeId v : candidates)
    if (!above[at(v)]) result.insert(v);
  return result;
}

}  // namespace causal_gym
