// Derivations on every ADMG of two to four nodes: each effect that is called identifiable has one,
// by the way that identify_effect chooses and by the complete algorithm, and the checker, which
// shares no code with what makes them, finds every step right.
#include <gtest/gtest.h>

#include "engine/expression/simplify.h"
#include "engine/identify/check_derivation.h"
#include "engine/identify/derive.h"
#include "engine/identify/idc.h"
#include "tests/exhaustive/small_admg.h"

namespace causal_gym {
namespace {

void expect_derived(const Graph& graph, const EffectTarget& target, const Identification& answer) {
  const auto derivation = derive(graph, target, answer);
  ASSERT_TRUE(derivation) << derivation.error().message;
  const auto goal = probability(target.outcome.to_vector(), target.given.to_vector(),
                                target.treatment.to_vector());
  const auto check = check_derivation(graph, *derivation, {goal, answer.estimand}).value();
  ASSERT_EQ(check.verdict, DerivationVerdict::valid) << check.step << ": " << check.reason;
}

// By ID or IDC, whatever identify_effect preferred.
Identification by_complete_algorithm(const Graph& graph, const EffectTarget& target) {
  const auto rows = admg_rows(graph).value();
  const auto idc = identify_by_idc(rows, target.treatment, target.outcome, target.given).value();
  Identification answer;
  answer.strategy = Strategy::general;
  answer.estimand = simplify(idc.estimand).expression;
  return answer;
}

// The number of effects derived.
int check_all(std::size_t nodes, std::size_t conditions) {
  int derived = 0;
  for_each_pair(nodes, [&](const Graph& graph, std::size_t, NodeId x, NodeId y) {
    for (const auto& given : subsets(graph.all_nodes() - NodeSet{x, y})) {
      if (given.size() != conditions) continue;
      const EffectTarget target{{x}, {y}, given};
      const auto answer = identify_effect(graph, target).value();
      if (!answer.estimand) continue;
      expect_derived(graph, target, answer);
      if (answer.strategy != Strategy::general)
        expect_derived(graph, target, by_complete_algorithm(graph, target));
      ++derived;
    }
  });
  return derived;
}

TEST(EveryAdmg, HasADerivationOfEveryIdentifiableEffectThatPassesTheChecker) {
  EXPECT_EQ(check_all(2, 0), 7);
  EXPECT_EQ(check_all(3, 0), 325);
  EXPECT_EQ(check_all(4, 0), 40'049);
}

TEST(EveryAdmg, HasADerivationOfEveryConditionalEffectThatPassesTheChecker) {
  EXPECT_EQ(check_all(3, 1), 292);
  EXPECT_EQ(check_all(4, 1), 69'206);
  EXPECT_EQ(check_all(4, 2), 30'555);
}

}  // namespace
}  // namespace causal_gym
