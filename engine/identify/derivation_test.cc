// Derivations of published graphs as they are read, and what the checker refuses.
#include "engine/identify/derivation.h"

#include <gmock/gmock.h>

#include "engine/expression/print.h"
#include "engine/identify/check_derivation.h"
#include "engine/identify/derivation_text.h"
#include "engine/identify/derive.h"
#include "engine/identify/test_sets.h"

namespace causal_gym {
namespace {

using test::causal_graph;
using test::named;
using test::names_of;

Derivation derived(const Graph& graph, const std::string& x, const std::string& y,
                   const std::string& z = "") {
  const EffectTarget target{named(graph, x), named(graph, y), named(graph, z)};
  const auto answer = identify_effect(graph, target).value();
  auto derivation = derive(graph, target, answer).value();
  const auto check =
      check_derivation(graph, derivation, {derivation.goal, answer.estimand}).value();
  EXPECT_EQ(check.verdict, DerivationVerdict::valid) << check.step << ": " << check.reason;
  return derivation;
}

std::string text_of(const std::string& graph_text, const std::string& x, const std::string& y,
                    const std::string& z = "") {
  const auto graph = causal_graph(graph_text);
  return derivation_text(graph, derived(graph, x, y, z));
}

TEST(Dump, All) {
  for (const auto& [g, x, y, z] : std::vector<std::array<std::string, 4>>{
           {"x -> z1 -> y; z2 -> x; z2 -> z1; z2 -> z3 -> y; x <-> z2; x <-> z3; x <-> y; z2 <-> y",
            "x", "y", ""},
           {"w <-> x; w -> z -> x -> y; x <-> y2; z -> y; w <-> y; y2", "x", "y", "w"},
           {"x <- w -> y; x -> y; x -> z; w -> z", "x", "y", "z"},
           {"x -> m -> y; x <-> y; m -> z", "x", "y", "z"},
           {"x1 -> y -> x2; z -> x1; z -> y", "x1 x2", "y", ""},
           {"a -> b -> c -> d -> e; b <-> d; a <-> c; c <-> e", "b", "e", "a"},
           {"a -> b -> c -> d -> e; b <-> d; a <-> c; a <-> e", "d", "e", ""},
           {"w1 -> w2 -> x -> y; w1 <-> x; w1 <-> y; y -> q", "x", "y", "q"}}) {
    const auto graph = causal_graph(g);
    const EffectTarget target{named(graph, x), named(graph, y), named(graph, z)};
    const auto answer = identify_effect(graph, target).value();
    if (!answer.estimand) {
      std::cout << g << " not id\n";
      continue;
    }
    std::cout << g << "  " << strategy_name(answer.strategy) << "\n" << text_of(g, x, y, z) << "\n";
  }
}

}  // namespace
}  // namespace causal_gym
