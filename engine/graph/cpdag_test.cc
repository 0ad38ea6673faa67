// CPDAGs, equivalence and class sizes against all DAGs of up to five nodes, grouped by the
// definition.
#include "engine/graph/cpdag.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "engine/graph/equivalence_class_size.h"
#include "engine/graph/test_graphs.h"

namespace causal_gym {
namespace {

using test::graph_of;

// All DAGs over n nodes.
std::vector<Graph> all_dags(std::size_t n) {
  std::vector<Edge> pairs;
  for (NodeId a = 0; a < static_cast<NodeId>(n); ++a)
    for (NodeId b = 0; b < a; ++b) pairs.push_back({b, a});
  std::vector<Graph> dags;
  std::vector<int> way(pairs.size(), 0);  // none, forward, backward
  while (true) {
    std::vector<Edge> edges;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      if (way[i] == 1) edges.push_back(pairs[i]);
      if (way[i] == 2) edges.push_back({pairs[i].to, pairs[i].from});
    }
    if (auto graph = Graph::create(test::letter_nodes(n), edges, {})) dags.push_back(*graph);
    std::size_t i = 0;
    while (i < way.size() && way[i] == 2) way[i++] = 0;
    if (i == way.size()) return dags;
    ++way[i];
  }
}

using Pattern = std::pair<std::set<std::pair<NodeId, NodeId>>, std::set<std::vector<NodeId>>>;

// Skeleton and colliders of unjoined parents.
Pattern pattern_of(const Graph& dag) {
  Pattern pattern;
  const auto joined = [&](NodeId a, NodeId b) { return dag.has_edge(a, b) || dag.has_edge(b, a); };
  for (const auto& [a, b] : dag.directed_edges()) {
    pattern.first.insert(std::minmax(a, b));
    for (const auto& [c, d] : dag.directed_edges())
      if (d == b && a < c && !joined(a, c)) pattern.second.insert({a, c, b});
  }
  return pattern;
}

struct Class {
  int size = 0;
  std::map<std::pair<NodeId, NodeId>, int> edges;  // in how many members
};

TEST(Cpdag, AndClassSizeAreThoseOfTheEnumeratedClassesOfUpToFiveNodes) {
  const std::size_t counts[] = {1, 3, 25, 543, 29281};
  for (std::size_t n = 1; n <= 5; ++n) {
    const auto dags = all_dags(n);
    ASSERT_EQ(dags.size(), counts[n - 1]);
    std::map<Pattern, Class> classes;
    for (const auto& dag : dags) {
      auto& of = classes[pattern_of(dag)];
      ++of.size;
      for (const auto& [a, b] : dag.directed_edges()) ++of.edges[{a, b}];
    }
    for (const auto& dag : dags) {
      const auto& of = classes.at(pattern_of(dag));
      Cpdag expected;
      std::vector<Edge> undirected;
      for (const auto& [edge, count] : of.edges)
        (count == of.size ? expected.directed : undirected).push_back({edge.first, edge.second});
      expected.undirected = UndirectedGraph(n, undirected);
      EXPECT_EQ(cpdag(dag).value(), expected) << write_graph(dag);
      EXPECT_EQ(equivalence_class_size(dag)->digits, std::to_string(of.size)) << write_graph(dag);
    }
  }
}

TEST(Equivalence, IsThatOfThePatternsOfAllPairsOfDagsOfFourNodes) {
  const auto dags = all_dags(4);
  std::vector<Pattern> patterns;
  for (const auto& dag : dags) patterns.push_back(pattern_of(dag));
  for (std::size_t i = 0; i < dags.size(); ++i)
    for (std::size_t j = 0; j < dags.size(); ++j) {
      const auto check = check_equivalence(dags[i], dags[j]).value();
      ASSERT_EQ(check.equivalent, patterns[i] == patterns[j]);
      ASSERT_EQ(check.equivalent, check.reason.empty());
    }
}

TEST(Equivalence, SaysWhatDiffersAndMatchesNodesByName) {
  const auto reason = [](std::string_view a, std::string_view b) {
    return check_equivalence(graph_of(a), graph_of(b))->reason;
  };
  EXPECT_EQ(reason("a -> b -> c", "c -> b -> a"), "");
  EXPECT_EQ(reason("a -> b -> c", "a -> b; c"), "only the first graph joins 'b' and 'c'");
  EXPECT_EQ(reason("a -> b; c", "c -> b; a -> b"), "only the second graph joins 'c' and 'b'");
  EXPECT_EQ(reason("a -> b <- c", "a -> b -> c"),
            "only in the first graph 'c' and 'a', which are not joined, meet in 'b'");
  EXPECT_EQ(reason("a -> b -> c", "a -> b <- c"),
            "only in the second graph 'c' and 'a', which are not joined, meet in 'b'");
}

TEST(Equivalence, RefusesGraphsWithoutClassesOfDags) {
  EXPECT_EQ(cpdag(graph_of("a -> b; a <-> c")).error().message,
            "an equivalence class of DAGs is asked of a graph with the bidirected edge a <-> c");
  EXPECT_EQ(equivalence_class_size(graph_of("u [latent]; u -> x")).error().message,
            "an equivalence class of DAGs is asked of a graph with the latent node 'u'");
  EXPECT_EQ(check_equivalence(graph_of("a -> b"), graph_of("a -> c")).error().code,
            ErrorCode::unknown_name);
  EXPECT_EQ(check_equivalence(graph_of("a -> b"), graph_of("a -> b; c")).error().code,
            ErrorCode::unknown_name);
}

// The recursion of the definition: some node is first, and every orientation has exactly one first
// node in a connected graph; what it compels is found by the rule a -> b - c with a, c unjoined.
double orientations_by_roots(std::size_t n, const std::set<std::pair<NodeId, NodeId>>& edges);

double orientations_within(std::size_t n, std::set<std::pair<NodeId, NodeId>> edges) {
  double product = 1;
  while (!edges.empty()) {
    std::set<NodeId> nodes = {edges.begin()->first};
    std::set<std::pair<NodeId, NodeId>> component;
    for (bool grown = true; grown;) {
      grown = false;
      for (auto place = edges.begin(); place != edges.end();)
        if (nodes.contains(place->first) || nodes.contains(place->second)) {
          nodes.insert({place->first, place->second});
          component.insert(*place);
          place = edges.erase(place);
          grown = true;
        } else {
          ++place;
        }
    }
    product *= orientations_by_roots(n, component);
  }
  return product;
}

// He, Jia & Yu 2015: the sum over first nodes of a connected component.
double orientations_by_roots(std::size_t n, const std::set<std::pair<NodeId, NodeId>>& edges) {
  std::set<NodeId> nodes;
  for (const auto& [a, b] : edges) nodes.insert({a, b});
  const auto joined = [&](NodeId a, NodeId b) { return edges.contains(std::minmax(a, b)); };
  double sum = 0;
  for (const NodeId root : nodes) {
    std::set<std::pair<NodeId, NodeId>> arrows;
    auto left = edges;
    for (const NodeId v : nodes)
      if (joined(root, v)) {
        arrows.emplace(root, v);
        left.erase(std::minmax(root, v));
      }
    for (bool grown = true; grown;) {
      grown = false;
      for (const auto& [a, b] : std::set(left))
        for (const auto& [from, to] : {std::pair(a, b), std::pair(b, a)}) {
          bool compelled = false;
          for (const NodeId w : nodes)
            if ((arrows.contains({w, from}) && !joined(w, to)) ||
                (arrows.contains({from, w}) && arrows.contains({w, to})))
              compelled = true;
          if (!compelled || !left.contains({a, b})) continue;
          left.erase({a, b});
          arrows.emplace(from, to);
          grown = true;
        }
    }
    sum += orientations_within(n, left);
  }
  return sum;
}

TEST(ClassSize, AgreesWithTheRecursionOverFirstNodesOnRandomChordalGraphs) {
  Rng rng(14, 0);
  for (int i = 0; i < 60; ++i) {
    // Each new node is joined to a part of a clique that is there, so the graph is chordal.
    const std::size_t n = 4 + rng.below(6);
    std::vector<NodeSet> cliques = {{0}};
    std::set<std::pair<NodeId, NodeId>> edges;
    for (NodeId v = 1; v < static_cast<NodeId>(n); ++v) {
      NodeSet home;
      for (const NodeId w : cliques[rng.below(cliques.size())])
        if (home.empty() || rng.uniform() < 0.6) home.insert(w);
      for (const NodeId w : home) edges.insert({w, v});
      home.insert(v);
      cliques.push_back(home);
    }
    std::vector<Edge> pairs;
    for (const auto& [a, b] : edges) pairs.push_back({a, b});
    const UndirectedGraph graph(n, pairs);
    EXPECT_TRUE(is_chordal(graph));
    EXPECT_EQ(count_moral_orientations(graph)->approximate, orientations_within(n, edges));
  }
}

TEST(ClassSize, OfLargeCliquesAndTreesIsExact) {
  std::string clique;
  std::string path = "v0";
  for (int i = 0; i < 50; ++i) {
    for (int j = 0; j < i; ++j)
      clique += "v" + std::to_string(j) + " -> v" + std::to_string(i) + "\n";
    if (i > 0) path += " -> v" + std::to_string(i);
  }
  // 50! and, one for each place of the source, 50.
  EXPECT_EQ(equivalence_class_size(graph_of(clique))->digits,
            "30414093201713378043612608166064768844377641568960512000000000000");
  EXPECT_EQ(equivalence_class_size(graph_of(path))->digits, "50");
  EXPECT_EQ(equivalence_class_size(Graph())->digits, "1");
}

TEST(ClassSize, OfAThousandNodeTreeAndOfALargeChordalGraphComesSoon) {
  Rng rng(15, 0);
  std::vector<Edge> tree;
  for (NodeId v = 1; v < 1000; ++v)
    tree.push_back({static_cast<NodeId>(rng.below(static_cast<std::uint64_t>(v))), v});
  EXPECT_EQ(count_moral_orientations(UndirectedGraph(1000, tree))->digits, "1000");
  // A path in which each node is joined to the next four.
  std::vector<Edge> band;
  for (NodeId v = 0; v < 300; ++v)
    for (NodeId w = v + 1; w < 300 && w <= v + 4; ++w) band.push_back({v, w});
  EXPECT_GT(count_moral_orientations(UndirectedGraph(300, band))->approximate, 1e3);
}

TEST(ClassSize, RefusesAGraphThatIsNotChordalAndStopsWhenCancelled) {
  const UndirectedGraph square(4, {{0, 1}, {1, 2}, {2, 3}, {3, 0}});
  EXPECT_FALSE(is_chordal(square));
  EXPECT_EQ(count_moral_orientations(square).error().code, ErrorCode::invalid_argument);
  CancellationSource source;
  source.cancel();
  EXPECT_EQ(equivalence_class_size(graph_of("a -> b"), source.token()).error().code,
            ErrorCode::cancelled);
}

TEST(Chordal, IsWhatHasAnEliminationOrderOnAllGraphsOfFiveNodes) {
  std::vector<Edge> pairs;
  for (NodeId a = 0; a < 5; ++a)
    for (NodeId b = 0; b < a; ++b) pairs.push_back({b, a});
  for (unsigned bits = 0; bits < 1024; ++bits) {
    std::vector<Edge> edges;
    for (std::size_t i = 0; i < 10; ++i)
      if ((bits >> i & 1) != 0) edges.push_back(pairs[i]);
    const UndirectedGraph graph(5, edges);
    // Nodes whose neighbours are a clique can go, one after the other, until none is left.
    NodeSet left = NodeSet::first(5);
    for (bool removed = true; removed;) {
      removed = false;
      for (const NodeId v : left) {
        bool simplicial = true;
        for (const NodeId a : graph.neighbours(v))
          for (const NodeId b : graph.neighbours(v))
            if (a != b && left.contains(a) && left.contains(b) && !graph.has_edge(a, b))
              simplicial = false;
        if (!simplicial) continue;
        left.erase(v);
        removed = true;
        break;
      }
    }
    EXPECT_EQ(is_chordal(graph), left.empty());
  }
}

}  // namespace
}  // namespace causal_gym
