// Implied independencies against all separations of small and random graphs.
#include "engine/identify/implied_independencies.h"

#include <gtest/gtest.h>

#include <set>

#include "engine/graph/separation.h"
#include "engine/graph/test_graphs.h"

namespace causal_gym {
namespace {

using test::graph_of;

std::vector<NodeSet> all_subsets(const NodeSet& of) {
  std::vector<NodeSet> sets = {{}};
  for (const NodeId v : of) {
    const auto count = sets.size();
    for (std::size_t i = 0; i < count; ++i) sets.push_back(sets[i] | NodeSet{v});
  }
  return sets;
}

using Given = std::set<std::vector<NodeId>>;

void expect_minimal_sets(const Graph& graph) {
  std::map<std::pair<NodeId, NodeId>, Given> expected;
  const auto observed = graph.observed_nodes();
  for (const NodeId x : observed)
    for (const NodeId y : observed) {
      if (y <= x) continue;
      std::vector<NodeSet> separators;
      for (const auto& z : all_subsets(observed - NodeSet{x, y}))
        if (test::separated_by_moralisation(graph, {x}, {y}, z)) separators.push_back(z);
      for (const auto& z : separators)
        if (std::none_of(separators.begin(), separators.end(), [&](const NodeSet& other) {
              return other.is_subset_of(z) && !(other == z);
            }))
          expected[{x, y}].insert(z.to_vector());
    }
  const auto implied = minimal_independencies(graph, {100'000, 100'000});
  EXPECT_TRUE(implied.complete);
  std::map<std::pair<NodeId, NodeId>, Given> found;
  for (const auto& pair : implied.pairs)
    for (const auto& z : pair.given) found[{pair.x, pair.y}].insert(z.to_vector());
  EXPECT_EQ(found, expected) << write_graph(graph);
}

TEST(MinimalIndependencies, AreTheMinimalSeparatorsOfAllPairs) {
  test::for_each_admg(3, expect_minimal_sets);
  Rng rng(19, 0);
  for (int i = 0; i < 60; ++i) expect_minimal_sets(test::random_graph({7, 0.3, 0.1, 0.2}, rng));
}

TEST(MinimalIndependencies, KeepTheirLimitsAndSaySo) {
  // Each of the two paths between a and f needs one of two nodes: four sets.
  const auto graph = graph_of("a -> b -> c -> f; a -> d -> e -> f");
  ImplicationLimits limits;
  const auto all = minimal_independencies(graph, limits);
  EXPECT_TRUE(all.complete);
  std::size_t sets = 0;
  for (const auto& pair : all.pairs) sets += pair.given.size();
  limits.sets_of_a_pair = 3;
  EXPECT_FALSE(minimal_independencies(graph, limits).complete);
  limits = {sets, 4};
  EXPECT_TRUE(minimal_independencies(graph, limits).complete);
  limits = {sets - 1, 4};
  EXPECT_FALSE(minimal_independencies(graph, limits).complete);
  CancellationSource source;
  source.cancel();
  const auto cut = minimal_independencies(graph, {}, source.token());
  EXPECT_FALSE(cut.complete);
  EXPECT_TRUE(cut.pairs.empty());
}

// All statements (x, y | z) over single x and y that a list of independencies implies by the
// semi-graphoid axioms, over sets as bits: closed under symmetry, decomposition, weak union and
// contraction.
class SemiGraphoid {
 public:
  SemiGraphoid(unsigned nodes, std::vector<std::array<unsigned, 3>> statements)
      : all_((1U << nodes) - 1) {
    for (const auto& s : statements) add(s);
    for (std::size_t i = 0; i < open_.size(); ++i) derive(open_[i]);
  }
  [[nodiscard]] bool holds(unsigned x, unsigned y, unsigned z) const {
    return known_.contains({x, y, z});
  }

 private:
  void add(const std::array<unsigned, 3>& s) {
    if (s[0] == 0 || s[1] == 0) return;
    if (known_.insert(s).second) open_.push_back(s);
    if (known_.insert({s[1], s[0], s[2]}).second) open_.push_back({s[1], s[0], s[2]});
  }
  void derive(const std::array<unsigned, 3> s) {
    const auto [x, y, z] = s;
    for (unsigned part = (y - 1) & y; part != 0; part = (part - 1) & y) {
      add({x, part, z});
      add({x, part, z | (y & ~part)});
    }
    // x _|_ y | z and x _|_ w | y z give x _|_ y w | z, whichever of the two came last.
    const unsigned rest = all_ & ~(x | y | z);
    for (unsigned w = rest; w != 0; w = (w - 1) & rest)
      if (known_.contains({x, w, z | y})) add({x, y | w, z});
    for (unsigned w = z; w != 0; w = (w - 1) & z)
      if (known_.contains({x, w, z & ~w})) add({x, w | y, z & ~w});
  }

  unsigned all_;
  std::set<std::array<unsigned, 3>> known_;
  std::vector<std::array<unsigned, 3>> open_;
};

unsigned bits(const NodeSet& set) {
  unsigned result = 0;
  for (const NodeId v : set) result |= 1U << v;
  return result;
}

void expect_basis_implies_all(const Graph& graph) {
  std::vector<std::array<unsigned, 3>> statements;
  const auto basis = basis_independencies(graph).value();
  EXPECT_TRUE(basis.complete);
  for (const auto& local : basis.statements) {
    EXPECT_TRUE(test::separated_by_moralisation(graph, {local.x}, local.others, local.given))
        << write_graph(graph);
    statements.push_back({bits({local.x}), bits(local.others), bits(local.given)});
  }
  const SemiGraphoid closure(static_cast<unsigned>(graph.node_count()), statements);
  const auto observed = graph.observed_nodes();
  for (const NodeId x : observed)
    for (const NodeId y : observed) {
      if (x == y) continue;
      for (const auto& z : all_subsets(observed - NodeSet{x, y}))
        EXPECT_EQ(closure.holds(bits({x}), bits({y}), bits(z)),
                  test::separated_by_moralisation(graph, {x}, {y}, z))
            << write_graph(graph);
    }
}

TEST(BasisIndependencies, ImplyEverySeparationByTheSemiGraphoidAxioms) {
  test::for_each_admg(3, expect_basis_implies_all);
  Rng rng(20, 0);
  for (int i = 0; i < 60; ++i)
    expect_basis_implies_all(
        test::random_graph({5, 0.3, i % 2 == 0 ? 0.2 : 0, i % 3 == 0 ? 0.3 : 0}, rng));
}

TEST(BasisIndependencies, AreThoseOfParentsInADag) {
  const auto graph = graph_of("a -> b -> c; d");
  const auto basis = basis_independencies(graph)->statements;
  ASSERT_EQ(basis.size(), 4U);
  EXPECT_EQ(basis[2].others, (NodeSet{0, 3}));
  EXPECT_EQ(basis[2].given, NodeSet{1});
  EXPECT_EQ(basis[3].others, (NodeSet{0, 1, 2}));
  EXPECT_TRUE(basis_independencies(Graph())->statements.empty());
}

TEST(BasisIndependencies, KeepTheirLimitAndSaySo) {
  const auto graph = graph_of("a <-> b; b <-> c");
  // Districts among the predecessors: one of a, two of b, three of c.
  EXPECT_TRUE(basis_independencies(graph, 6)->complete);
  EXPECT_FALSE(basis_independencies(graph, 5)->complete);
}

}  // namespace
}  // namespace causal_gym
