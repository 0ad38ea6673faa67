// Random ADMGs of five to twelve nodes with sets as treatment, outcome and conditions: every
// estimand against two random models, every "no" with a hedge and two models that disagree.
// CAUSAL_GYM_DEEP_SEED sets the first seed, CAUSAL_GYM_DEEP_ROUNDS how many are tried.
#include <gtest/gtest.h>

#include <cstdlib>

#include "engine/expression/simplify.h"
#include "engine/graph/random_graph.h"
#include "engine/graph/text.h"
#include "engine/identify/effect_sets.h"
#include "engine/identify/idc.h"
#include "engine/witness/disagreeing_models.h"
#include "tests/exhaustive/random_question.h"
#include "tests/exhaustive/random_worlds.h"
#include "tests/exhaustive/small_admg.h"

namespace causal_gym {
namespace {

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

struct SetQuestion {
  Graph graph;
  EffectTarget target;
};

SetQuestion random_set_question(Rng& rng) {
  const auto n = 5 + rng.below(8);
  const double mean_degree = 1 + 1.5 * rng.uniform();
  const double density = mean_degree / static_cast<double>(n - 1) * 2;
  auto graph = random_admg(n, density, 0.7 * rng.uniform() * density, rng);
  const auto all = graph.all_nodes();
  EffectTarget target;
  target.treatment = random_subset(all, 1 + rng.below(3), rng);
  target.outcome = random_subset(all - target.treatment, 1 + rng.below(2), rng);
  target.given = random_subset(all - target.treatment - target.outcome, rng.below(3), rng);
  return {std::move(graph), std::move(target)};
}

// Its counterpart of one treatment and outcome is in tests/exhaustive.
TEST(DeepIdentify, EveryAnswerOnRandomGraphsIsProven) {
  const auto first = setting("CAUSAL_GYM_DEEP_SEED", 1);
  const auto rounds = setting("CAUSAL_GYM_DEEP_ROUNDS", 2'000);
  std::map<std::string_view, int> count;
  std::printf("seeds %llu to %llu\n", static_cast<unsigned long long>(first),
              static_cast<unsigned long long>(first + rounds - 1));
  for (auto seed = first; seed < first + rounds && !HasFailure(); ++seed) {
    Rng rng(seed, stream_of("deep identify"));
    const auto [graph, target] = random_set_question(rng);
    SCOPED_TRACE("seed " + std::to_string(seed) + ": " + write_graph(graph) + "P(" +
                 set_text(graph, target.outcome) + " | do(" + set_text(graph, target.treatment) +
                 "), " + set_text(graph, target.given) + ")");
    const auto answer = identify_effect(graph, target).value();
    ASSERT_NE(answer.verdict, Verdict::unknown);
    const auto complete =
        identify_by_idc(admg_rows(graph).value(), target.treatment, target.outcome, target.given)
            .value();
    ASSERT_EQ(complete.estimand == nullptr, answer.verdict == Verdict::not_identifiable);
    ++count[answer.hedge ? "no" : strategy_name(answer.strategy)];
    if (answer.hedge) {
      ASSERT_TRUE(check_hedge(graph, *answer.hedge)) << answer.reason;
      const auto pair = make_disagreeing_models(graph, target, *answer.hedge);
      ASSERT_TRUE(pair.has_value()) << pair.error().message;
      continue;
    }
    auto worlds = random_worlds(graph, rng, 2, JointRoad::elimination);
    ASSERT_TRUE(agree_everywhere(worlds, answer.estimand, target, rng)) << answer.reason;
    ASSERT_TRUE(agree_everywhere(worlds, simplify(complete.estimand).expression, target, rng));
    ASSERT_TRUE(agree_everywhere(worlds, complete.estimand, target, rng));
  }
  for (const auto& [kind, number] : count)
    std::printf("%s %d\n", std::string(kind).c_str(), number);
  EXPECT_GT(count["no"], 0);
  EXPECT_GT(count["general"], 0);
}

// The last of the conditional questions of four nodes; those with fewer conditions are in CI.
TEST(DeepIdentify, EveryNoGivenAllOthersHasTwoModelsThatDisagree) {
  int disagreements = 0;
  for_each_pair(4, [&](const Graph& graph, std::size_t, NodeId x, NodeId y) {
    const auto given = graph.all_nodes() - NodeSet{x, y};
    const auto answer = identify_by_idc(admg_rows(graph).value(), {x}, {y}, given).value();
    if (!answer.joint.hedge) return;
    const auto pair = make_disagreeing_models(graph, {{x}, {y}, given}, *answer.joint.hedge);
    ASSERT_TRUE(pair.has_value()) << pair.error().message;
    ++disagreements;
  });
  EXPECT_GT(disagreements, 10'000);
}

}  // namespace
}  // namespace causal_gym
