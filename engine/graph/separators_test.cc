// Nearest, minimal and cheapest separators against all sets of all small graphs.
#include "engine/graph/separators.h"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/graph/minimum_separator.h"
#include "engine/graph/relations.h"
#include "engine/graph/separation.h"
#include "engine/graph/test_graphs.h"

namespace causal_gym {
namespace {

using test::graph_of;

constexpr double infinite = std::numeric_limits<double>::infinity();

struct Question {
  Graph graph;
  NodeSet x, y, must, may;
};

Question random_question(std::size_t nodes, Rng& rng) {
  Question question{test::random_graph({nodes, 0.3, 0.15, 0}, rng), {}, {}, {}, {}};
  for (const NodeId v : question.graph.all_nodes()) {
    const double u = rng.uniform();
    NodeSet* const parts[] = {&question.x, &question.y, &question.must, nullptr, &question.may};
    const auto part = u < 0.15 ? 0 : u < 0.3 ? 1 : u < 0.37 ? 2 : u < 0.45 ? 3 : 4;
    if (parts[part] != nullptr) parts[part]->insert(v);
  }
  return question;
}

// All separators within the bounds.
std::vector<NodeSet> all_separators(const Question& q) {
  std::vector<NodeSet> sets = {q.must};
  for (const NodeId v : q.may) {
    const auto count = sets.size();
    for (std::size_t i = 0; i < count; ++i) sets.push_back(sets[i] | NodeSet{v});
  }
  std::erase_if(sets, [&](const NodeSet& z) {
    return !test::separated_by_moralisation(q.graph, q.x, q.y, z);
  });
  return sets;
}

bool is_minimal(const NodeSet& z, const std::vector<NodeSet>& separators) {
  return std::none_of(separators.begin(), separators.end(),
                      [&](const NodeSet& other) { return other.is_subset_of(z) && !(other == z); });
}

void expect_linear_time_separators(const Question& q) {
  const auto& [graph, x, y, must, may] = q;
  const auto separators = all_separators(q);
  const auto minimal = minimal_separator(graph, x, y, must, may).value();
  const auto nearest = nearest_separator(graph, x, y, must, may).value();
  ASSERT_EQ(minimal.has_value(), !separators.empty()) << write_graph(graph);
  ASSERT_EQ(nearest.has_value(), !separators.empty()) << write_graph(graph);
  for (const auto& z : separators)
    EXPECT_EQ(is_minimal_separator(graph, x, y, z, must).value(), is_minimal(z, separators))
        << write_graph(graph);
  if (separators.empty()) return;
  EXPECT_NE(std::find(separators.begin(), separators.end(), *minimal), separators.end());
  EXPECT_TRUE(is_minimal(*minimal, separators)) << write_graph(graph);
  EXPECT_TRUE(minimal->is_subset_of(*nearest));
  const auto ancestral = ancestors(graph, x | y | must);
  const auto near_x = connected_nodes(graph, x, *nearest) & ancestral;
  for (const auto& z : separators)
    if (z.is_subset_of(ancestral)) {
      EXPECT_TRUE(near_x.is_subset_of(connected_nodes(graph, x, z))) << write_graph(graph);
    }
}

TEST(Separators, AreThoseOfEnumerationOnEveryAdmgOfThreeNodes) {
  test::for_each_admg(3, [](const Graph& graph) {
    for (const NodeSet& must : {NodeSet{}, NodeSet{2}})
      for (const NodeSet& may : {NodeSet{}, NodeSet{2}})
        expect_linear_time_separators({graph, {0}, {1}, must, may - must});
  });
}

TEST(Separators, AreThoseOfEnumerationOnRandomAdmgs) {
  Rng rng(11, 0);
  for (int i = 0; i < 600; ++i) expect_linear_time_separators(random_question(8, rng));
}

TEST(Separators, AskedForOverlappingSetsIsAnError) {
  const auto graph = graph_of("a -> b -> c");
  EXPECT_EQ(minimal_separator(graph, {0}, {0, 2}, {}, {1}).error().message,
            "the node 'a' is on both sides of a separation");
  EXPECT_EQ(nearest_separator(graph, {0}, {2}, {2}, {1}).error().message,
            "the node 'c' is both to be separated and in the separator");
  EXPECT_EQ(is_minimal_separator(graph, {0}, {2}, {0}, {}).error().code,
            ErrorCode::invalid_argument);
}

TEST(Separators, OfALongChainIsItsNodeNextToX) {
  std::string text = "v0";
  for (int i = 1; i < 900; ++i) text += " -> v" + std::to_string(i);
  const auto graph = graph_of(text);
  EXPECT_EQ(minimal_separator(graph, {0}, {899}, {}, graph.all_nodes()).value(), NodeSet{1});
  EXPECT_EQ(minimal_separator(graph, {899}, {0}, {}, graph.all_nodes()).value(), NodeSet{898});
}

TEST(MinimumSeparator, HasTheLeastWeightOfAllSeparatorsAndIsMinimal) {
  Rng rng(12, 0);
  int found = 0;
  for (int i = 0; i < 600; ++i) {
    const auto q = random_question(8, rng);
    std::vector<double> weights;
    for (std::size_t v = 0; v < q.graph.node_count(); ++v) {
      const auto kind = rng.below(6);
      weights.push_back(kind == 0 ? infinite : static_cast<double>(kind - 1) / 2);
    }
    const auto answer = minimum_separator(q.graph, q.x, q.y, q.must, q.may, weights).value();
    double least = infinite;
    const auto separators = all_separators(q);
    for (const auto& z : separators) {
      double weight = 0;
      for (const NodeId v : z - q.must) weight += weights[static_cast<std::size_t>(v)];
      least = std::min(least, weight);
    }
    ASSERT_EQ(answer.has_value(), least < infinite) << write_graph(q.graph);
    if (!answer) continue;
    EXPECT_DOUBLE_EQ(answer->weight, least) << write_graph(q.graph);
    EXPECT_TRUE(is_minimal(answer->set, separators));
    EXPECT_NE(std::find(separators.begin(), separators.end(), answer->set), separators.end());
    ++found;
  }
  EXPECT_GT(found, 200);
}

TEST(MinimumSeparator, NamesABadWeight) {
  const auto graph = graph_of("a -> b -> c");
  const std::vector<double> negative = {1, -1, 1};
  EXPECT_EQ(minimum_separator(graph, {0}, {2}, {}, {1}, negative).error().message,
            "the weight of 'b' is not a number >= 0");
  const std::vector<double> unknown = {1, std::nan(""), 1};
  EXPECT_FALSE(minimum_separator(graph, {0}, {2}, {}, {1}, unknown));
  EXPECT_EQ(
      minimum_separator(graph, {0}, {2}, {}, {1}, std::span(negative).first(2)).error().message,
      "there are 2 weights for 3 nodes");
}

TEST(MinimumSeparator, StopsWhenCancelled) {
  CancellationSource source;
  source.cancel();
  const std::vector<double> weights = {1, 1, 1};
  EXPECT_EQ(minimum_separator(graph_of("a -> b -> c"), {0}, {2}, {}, {1}, weights, source.token())
                .error()
                .code,
            ErrorCode::cancelled);
}

TEST(MinimumDirectedCut, IsTheSmallestSetOnAllDirectedPaths) {
  Rng rng(13, 0);
  for (int i = 0; i < 300; ++i) {
    const auto q = random_question(8, rng);
    const auto inner = q.graph.all_nodes() - q.x - q.y;
    std::vector<NodeSet> paths;
    for (const NodeId a : q.x)
      for (const NodeId b : q.y)
        for (const auto& path : test::naive_paths(q.graph, a, b))
          if (std::all_of(path.steps.begin(), path.steps.end(),
                          [](Step step) { return step == Step::forward; }))
            paths.push_back(NodeSet(std::span(path.nodes)) & inner);
    const auto cuts_all = [&](const NodeSet& set) {
      return std::all_of(paths.begin(), paths.end(),
                         [&](const NodeSet& path) { return path.intersects(set); });
    };
    std::size_t least = 100;
    std::vector<NodeSet> sets = {{}};
    for (const NodeId v : inner) {
      const auto count = sets.size();
      for (std::size_t k = 0; k < count; ++k) sets.push_back(sets[k] | NodeSet{v});
    }
    for (const auto& set : sets)
      if (cuts_all(set)) least = std::min(least, set.size());
    const auto cut = minimum_directed_cut(q.graph, q.x, q.y).value();
    ASSERT_EQ(cut.has_value(), least < 100) << write_graph(q.graph);
    if (!cut) continue;
    EXPECT_EQ(cut->size(), least);
    EXPECT_TRUE(cuts_all(*cut));
  }
  EXPECT_FALSE(minimum_directed_cut(graph_of("a -> b"), {0}, {0}));
}

}  // namespace
}  // namespace causal_gym
