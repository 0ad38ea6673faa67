// Derivations on random DAGs with latent nodes and random ADMGs of five to ten nodes, for sets x, y
// and z: each identifiable effect has one that the checker finds right.
#include <gtest/gtest.h>

#include "engine/graph/random_graph.h"
#include "engine/graph/text.h"
#include "engine/identify/check_derivation.h"
#include "engine/identify/derivation_text.h"
#include "engine/identify/derive.h"
#include "engine/identify/effect_sets.h"

namespace causal_gym {
namespace {

constexpr std::uint64_t questions = 4'000;

NodeSet random_subset(const NodeSet& set, std::size_t size, Rng& rng) {
  auto rest = set.to_vector();
  NodeSet result;
  while (result.size() < size && !rest.empty()) {
    const auto i = rng.below(rest.size());
    result.insert(rest[i]);
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
  }
  return result;
}

Graph random_graph(Rng& rng) {
  const auto n = 5 + rng.below(6);
  const auto density = 0.2 + 0.3 * rng.uniform();
  auto graph = random_admg(n, density, 0.25 * rng.uniform(), rng);
  if (rng.below(2) == 0) return graph;
  std::vector<Node> nodes(graph.nodes().begin(), graph.nodes().end());
  for (auto& node : nodes) node.latent = rng.below(5) == 0;
  return *Graph::create(nodes, {graph.directed_edges().begin(), graph.directed_edges().end()},
                        {graph.bidirected_edges().begin(), graph.bidirected_edges().end()});
}

TEST(RandomGraphs, EveryIdentifiableEffectOfSetsHasADerivationThatPassesTheChecker) {
  std::map<std::string, int> derived;
  std::size_t most = 0;
  for (std::uint64_t seed = 0; seed < questions && !testing::Test::HasFailure(); ++seed) {
    Rng rng(seed, stream_of("derivations"));
    const auto graph = random_graph(rng);
    const auto observed = graph.observed_nodes();
    if (observed.size() < 2) continue;
    EffectTarget target;
    target.outcome = random_subset(observed, 1 + rng.below(2), rng);
    target.treatment = random_subset(observed - target.outcome, 1 + rng.below(3), rng);
    const auto rest = observed - target.outcome - target.treatment;
    target.given = random_subset(rest, rng.below(3), rng);
    SCOPED_TRACE("seed " + std::to_string(seed) + ", x " + set_text(graph, target.treatment) +
                 ", y " + set_text(graph, target.outcome) + ", z " +
                 set_text(graph, target.given) + ", " + write_graph(graph));
    const auto answer = identify_effect(graph, target).value();
    if (!answer.estimand) continue;
    const auto derivation = derive(graph, target, answer);
    ASSERT_TRUE(derivation) << strategy_name(answer.strategy) << derivation.error().message;
    const DerivationClaim claim{probability(target.outcome.to_vector(), target.given.to_vector(),
                                            target.treatment.to_vector()),
                                answer.estimand};
    const auto check = check_derivation(graph, *derivation, claim).value();
    ASSERT_EQ(check.verdict, DerivationVerdict::valid)
        << check.step << ": " << check.reason << "\n"
        << derivation_text(graph, *derivation);
    ++derived[std::string(strategy_name(answer.strategy)) +
              (target.given.empty() ? "" : " given")];
    most = std::max(most, derivation->steps.size());
  }
  for (auto& [k, v] : derived) std::cout << k << " " << v << "\n";
  std::cout << most << "\n";
}

}  // namespace
}  // namespace causal_gym
