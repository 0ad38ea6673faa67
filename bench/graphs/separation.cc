// Separation against a plain breadth-first search over the same neighbour arrays: what the rules
// of open and blocked paths cost beyond walking the graph.
#include "engine/graph/separation.h"

#include <unordered_set>

#include "bench/comparison.h"
#include "engine/base/check.h"
#include "engine/base/rng.h"
#include "engine/graph/random_graph.h"
#include "engine/graph/relations.h"

namespace causal_gym {
namespace {

constexpr std::uint64_t seed = 1;
constexpr int compared_triples = 200;

// How many nodes a search along edges of any direction reaches from `start`.
std::size_t reached_nodes(const Graph& graph, NodeId start) {
  std::vector<bool> seen(graph.node_count());
  std::vector<NodeId> queue = {start};
  seen[static_cast<std::size_t>(start)] = true;
  for (std::size_t next = 0; next < queue.size(); ++next) {
    const NodeId v = queue[next];
    for (const auto neighbours : {graph.parents(v), graph.children(v), graph.spouses(v)})
      for (const NodeId w : neighbours)
        if (!seen[static_cast<std::size_t>(w)]) {
          seen[static_cast<std::size_t>(w)] = true;
          queue.push_back(w);
        }
  }
  return queue.size();
}

// Separation in the moral graph of the ancestors (Lauritzen et al. 1990), for a DAG: the other road
// to the same answer.
bool separated_by_moralising(const Graph& graph, NodeId x, NodeId y, const NodeSet& z) {
  NodeSet ends = {x, y};
  const auto kept = ancestors(graph, ends | z);
  std::vector<NodeSet> joined(graph.node_count());
  const auto join = [&](NodeId a, NodeId b) {
    if (a == b) return;
    joined[static_cast<std::size_t>(a)].insert(b);
    joined[static_cast<std::size_t>(b)].insert(a);
  };
  for (const NodeId v : kept)
    for (const NodeId parent : graph.parents(v)) {
      join(parent, v);
      for (const NodeId other : graph.parents(v)) join(parent, other);
    }
  NodeSet seen = {x};
  std::vector<NodeId> queue = {x};
  for (std::size_t next = 0; next < queue.size(); ++next)
    for (const NodeId w : joined[static_cast<std::size_t>(queue[next])])
      if (!seen.contains(w) && !z.contains(w)) {
        seen.insert(w);
        queue.push_back(w);
      }
  return !seen.contains(y);
}

NodeId random_node(const Graph& graph, Rng& rng) {
  return static_cast<NodeId>(rng.below(graph.node_count()));
}

void check_random_triples(const Graph& graph, Rng& rng) {
  for (int i = 0; i < compared_triples; ++i) {
    const NodeId x = random_node(graph, rng);
    const NodeId y = random_node(graph, rng);
    NodeSet z;
    for (int k = 0; k < 5; ++k) z.insert(random_node(graph, rng));
    if (x == y || z.contains(x) || z.contains(y)) continue;
    const auto answer = separation(graph, {x}, {y}, z);
    CHECK(answer.has_value());
    CHECK(answer->separated == separated_by_moralising(graph, x, y, z));
  }
}

// `edges` edges between random nodes, one in ten of them bidirected; every directed one leads from
// a lower to a higher node.
Graph random_sparse_graph(std::size_t nodes, std::size_t edges, Rng& rng) {
  std::vector<Node> named(nodes);
  for (std::size_t i = 0; i < nodes; ++i) named[i].name = "v" + std::to_string(i);
  std::vector<Edge> directed;
  std::vector<Edge> bidirected;
  const auto arcs = edges / 10;
  const auto draw = [&](std::vector<Edge>& into, std::size_t count) {
    std::unordered_set<std::uint64_t> drawn;
    while (into.size() < count) {
      auto a = static_cast<NodeId>(rng.below(nodes));
      auto b = static_cast<NodeId>(rng.below(nodes));
      if (a > b) std::swap(a, b);
      if (a == b || !drawn.insert(static_cast<std::uint64_t>(a) * nodes + b).second) continue;
      into.push_back({a, b});
    }
  };
  draw(directed, edges - arcs);
  draw(bidirected, arcs);
  Limits limits;
  limits.nodes = nodes;
  limits.edges = edges;
  auto graph = Graph::create(std::move(named), std::move(directed), std::move(bidirected), limits);
  CHECK(graph.has_value());
  return *std::move(graph);
}

// Ends that no open path joins although most of the graph is connected to one of them, so that the
// verdict needs the whole search; one node in fifty is given, which opens most colliders.
Comparison separation_against_search(std::size_t nodes, std::size_t edges, double most_ratio) {
  Rng rng(seed, stream_of("bench/graphs/sparse"));
  const auto graph = random_sparse_graph(nodes, edges, rng);
  const auto x = static_cast<NodeId>(nodes / 2);
  NodeSet z;
  for (std::size_t k = 0; k < nodes / 50; ++k) z.insert(random_node(graph, rng));
  z.erase(x);
  NodeId separated = 0;
  const auto reached = connected_nodes(graph, {x}, z);
  while (reached.contains(separated) || z.contains(separated)) ++separated;
  CHECK(static_cast<std::size_t>(separated) < nodes);
  CHECK(10 * reached.size() > 9 * nodes);
  CHECK(separation(graph, {x}, {separated}, z)->separated);
  return {"m-separation, " + std::to_string(nodes) + " nodes, " + std::to_string(edges) + " edges",
          [=] { return separation(graph, {x}, {separated}, z)->separated ? 1.0 : 0.0; },
          [=] { return static_cast<double>(reached_nodes(graph, x)); }, most_ratio};
}

// The whole of what is connected to a node, so that neither road may stop early.
Comparison connected_against_search(std::size_t nodes, double degree, double most_ratio) {
  Rng rng(seed, stream_of("bench/graphs"));
  const double edge_probability = degree / static_cast<double>(nodes - 1);
  const auto graph = random_dag(nodes, edge_probability, rng);
  check_random_triples(graph, rng);
  const NodeId x = graph.topological_order()[nodes / 2];
  NodeSet z;
  for (int k = 0; k < 5; ++k) z.insert(random_node(graph, rng));
  z.erase(x);
  return {std::to_string(nodes) + " nodes of degree " + std::to_string(static_cast<int>(degree)),
          [=] { return static_cast<double>(connected_nodes(graph, {x}, z).size()); },
          [=] { return static_cast<double>(reached_nodes(graph, x)); }, most_ratio};
}

}  // namespace
}  // namespace causal_gym

int main(int argc, char** argv) {
  using causal_gym::connected_against_search;
  using causal_gym::separation_against_search;
  // A node is entered from above and from below, and the ancestors of z are found first.
  return causal_gym::run_comparisons(
      argc, argv,
      {connected_against_search(30, 3, 4), connected_against_search(300, 4, 4),
       connected_against_search(1000, 8, 4), separation_against_search(1'000, 5'000, 4),
       separation_against_search(1'000'000, 5'000'000, 4)});
}
