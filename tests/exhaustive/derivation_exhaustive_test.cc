// Derivations on every ADMG of two to four nodes: each effect that is called identifiable has one,
// and the checker, which shares no code with it, finds every step right.
#include <gtest/gtest.h>

#include "engine/identify/check_derivation.h"
#include "engine/identify/derive.h"
#include "tests/exhaustive/small_admg.h"

namespace causal_gym {
namespace {

struct Count {
  int derived = 0;
  std::size_t steps = 0;
  std::size_t most_steps = 0;
};

Count check_all(std::size_t nodes, std::size_t conditions) {
  Count count;
  for_each_pair(nodes, [&](const Graph& graph, std::size_t, NodeId x, NodeId y) {
    for (const auto& given : subsets(graph.all_nodes() - NodeSet{x, y})) {
      if (given.size() != conditions) continue;
      const EffectTarget target{{x}, {y}, given};
      const auto answer = identify_effect(graph, target).value();
      if (!answer.estimand) continue;
      const auto derivation = derive(graph, target, answer);
      ASSERT_TRUE(derivation) << derivation.error().message;
      const DerivationClaim claim{probability({y}, given.to_vector(), {x}), answer.estimand};
      const auto check = check_derivation(graph, *derivation, claim).value();
      ASSERT_EQ(check.verdict, DerivationVerdict::valid) << check.step << ": " << check.reason;
      ++count.derived;
      count.steps += derivation->steps.size();
      count.most_steps = std::max(count.most_steps, derivation->steps.size());
    }
  });
  return count;
}

TEST(EveryAdmg, HasADerivationOfEveryIdentifiableEffectThatPassesTheChecker) {
  EXPECT_EQ(check_all(2, 0).derived, 7);
  EXPECT_EQ(check_all(3, 0).derived, 325);
  EXPECT_EQ(check_all(4, 0).derived, 40'049);
}

TEST(EveryAdmg, HasADerivationOfEveryConditionalEffectThatPassesTheChecker) {
  EXPECT_EQ(check_all(3, 1).derived, 292);
  EXPECT_EQ(check_all(4, 1).derived, 69'206);
  EXPECT_GT(check_all(4, 2).derived, 0);
}

}  // namespace
}  // namespace causal_gym
