// For tests only: all small ADMGs, random graphs, and slow oracles written from the definitions
// alone (matrices and enumeration; nothing of the engine's algorithms).
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/base/rng.h"
#include "engine/graph/graph.h"
#include "engine/graph/random_graph.h"
#include "engine/graph/separation.h"
#include "engine/graph/text.h"

namespace causal_gym::test {

inline Graph graph_of(std::string_view text) { return parse_graph(text).value(); }

inline std::vector<Node> letter_nodes(std::size_t count) {
  std::vector<Node> nodes(count);
  for (std::size_t i = 0; i < count; ++i)
    nodes[i].name = i < 26 ? std::string(1, static_cast<char>('a' + i)) : "v" + std::to_string(i);
  return nodes;
}

// Each DAG of `count` nodes with each set of bidirected edges (count <= 4).
inline void for_each_admg(std::size_t count, const std::function<void(const Graph&)>& visit) {
  std::vector<Edge> arrows;
  std::vector<Edge> arcs;
  for (NodeId a = 0; a < static_cast<NodeId>(count); ++a)
    for (NodeId b = 0; b < static_cast<NodeId>(count); ++b) {
      if (a != b) arrows.push_back({a, b});
      if (a < b) arcs.push_back({a, b});
    }
  const auto chosen = [](const std::vector<Edge>& edges, std::uint64_t bits) {
    std::vector<Edge> subset;
    for (std::size_t i = 0; i < edges.size(); ++i)
      if ((bits >> i & 1) != 0) subset.push_back(edges[i]);
    return subset;
  };
  for (std::uint64_t d = 0; d < std::uint64_t{1} << arrows.size(); ++d) {
    const auto directed = chosen(arrows, d);
    if (!Graph::create(letter_nodes(count), directed, {})) continue;
    for (std::uint64_t b = 0; b < std::uint64_t{1} << arcs.size(); ++b)
      visit(Graph::create(letter_nodes(count), directed, chosen(arcs, b)).value());
  }
}

struct RandomGraph {
  std::size_t nodes = 5;
  double directed = 0.3;    // chance of an edge between two nodes
  double bidirected = 0.1;  // and of a bidirected one
  double latent = 0;        // chance that a node is latent
};

inline Graph random_graph(const RandomGraph& recipe, Rng& rng) {
  const auto graph = random_admg(recipe.nodes, recipe.directed, recipe.bidirected, rng);
  std::vector<Node> nodes(graph.nodes().begin(), graph.nodes().end());
  for (auto& node : nodes) node.latent = rng.uniform() < recipe.latent;
  return Graph::create(std::move(nodes),
                       {graph.directed_edges().begin(), graph.directed_edges().end()},
                       {graph.bidirected_edges().begin(), graph.bidirected_edges().end()})
      .value();
}

using Matrix = std::vector<std::vector<bool>>;

// reach[a][b]: a directed path leads from a to b, or a = b (Warshall 1962).
inline Matrix directed_closure(const Graph& graph) {
  const auto n = graph.node_count();
  Matrix reach(n, std::vector<bool>(n, false));
  for (std::size_t i = 0; i < n; ++i) reach[i][i] = true;
  for (const auto& [from, to] : graph.directed_edges())
    reach[static_cast<std::size_t>(from)][static_cast<std::size_t>(to)] = true;
  for (std::size_t k = 0; k < n; ++k)
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j)
        if (reach[i][k] && reach[k][j]) reach[i][j] = true;
  return reach;
}

// All simple paths from x to y, by plain recursion, in no meant order.
inline std::vector<Path> naive_paths(const Graph& graph, NodeId x, NodeId y) {
  std::vector<Path> found;
  Path path{{x}, {}};
  const std::function<void()> extend = [&] {
    const NodeId v = path.nodes.back();
    if (v == y) {
      found.push_back(path);
      return;
    }
    const auto go = [&](NodeId w, Step step) {
      if (std::find(path.nodes.begin(), path.nodes.end(), w) != path.nodes.end()) return;
      path.nodes.push_back(w);
      path.steps.push_back(step);
      extend();
      path.nodes.pop_back();
      path.steps.pop_back();
    };
    for (const auto& [from, to] : graph.directed_edges()) {
      if (from == v) go(to, Step::forward);
      if (to == v) go(from, Step::backward);
    }
    for (const auto& [a, b] : graph.bidirected_edges()) {
      if (a == v) go(b, Step::bidirected);
      if (b == v) go(a, Step::bidirected);
    }
  };
  extend();
  return found;
}

// The definition: each collider has a descendant in z, no other inner node is in z.
inline std::vector<NodeId> naive_blockers(const Path& path, const Matrix& reach, const NodeSet& z) {
  std::vector<NodeId> blockers;
  for (std::size_t i = 1; i + 1 < path.nodes.size(); ++i) {
    const NodeId v = path.nodes[i];
    const bool head_before = path.steps[i - 1] != Step::backward;
    const bool head_after = path.steps[i] != Step::forward;
    bool opened = false;
    for (const NodeId given : z)
      if (reach[static_cast<std::size_t>(v)][static_cast<std::size_t>(given)]) opened = true;
    if (head_before && head_after ? !opened : z.contains(v)) blockers.push_back(v);
  }
  return blockers;
}

// Separation by moralisation (Lauritzen et al. 1990): each bidirected edge becomes a latent parent,
// the ancestral graph of x, y and z is moralised, z is taken out, and x must not reach y.
inline bool separated_by_moralisation(const Graph& graph, const NodeSet& x, const NodeSet& y,
                                      const NodeSet& z) {
  const auto n = graph.node_count();
  const auto arcs = graph.bidirected_edges();
  const auto total = n + arcs.size();
  Matrix parent(total, std::vector<bool>(total, false));  // parent[child][parent]
  for (const auto& [from, to] : graph.directed_edges())
    parent[static_cast<std::size_t>(to)][static_cast<std::size_t>(from)] = true;
  for (std::size_t i = 0; i < arcs.size(); ++i)
    for (const NodeId end : {arcs[i].from, arcs[i].to})
      parent[static_cast<std::size_t>(end)][n + i] = true;
  std::vector<bool> kept(total, false);
  for (const NodeId v : x | y | z) kept[static_cast<std::size_t>(v)] = true;
  for (std::size_t round = 0; round < total; ++round)
    for (std::size_t child = 0; child < total; ++child)
      for (std::size_t p = 0; p < total; ++p)
        if (kept[child] && parent[child][p]) kept[p] = true;
  Matrix joined(total, std::vector<bool>(total, false));
  for (std::size_t child = 0; child < total; ++child)
    for (std::size_t p = 0; kept[child] && p < total; ++p) {
      if (!parent[child][p]) continue;
      joined[child][p] = joined[p][child] = true;
      for (std::size_t q = 0; q < total; ++q)
        if (parent[child][q]) joined[p][q] = true;
    }
  std::vector<bool> reached(total, false);
  std::vector<std::size_t> frontier;
  const auto reach = [&](std::size_t v) {
    const bool given = v < n && z.contains(static_cast<NodeId>(v));
    if (reached[v] || given) return;
    reached[v] = true;
    frontier.push_back(v);
  };
  for (const NodeId v : x) reach(static_cast<std::size_t>(v));
  while (!frontier.empty()) {
    const auto v = frontier.back();
    frontier.pop_back();
    for (std::size_t w = 0; w < total; ++w)
      if (joined[v][w]) reach(w);
  }
  for (const NodeId v : y)
    if (reached[static_cast<std::size_t>(v)]) return false;
  return true;
}

}  // namespace causal_gym::test
