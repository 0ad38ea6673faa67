// Instruments against linear models: a conditioning set serves exactly when the ratio of
// covariances is the effect in random models; every ADMG of four nodes, random graphs of more.
#include <gmock/gmock.h>

#include "engine/identify/instruments.h"
#include "tests/exhaustive/random_question.h"
#include "tests/exhaustive/small_admg.h"
#include "tests/exhaustive/small_linear_model.h"

namespace causal_gym {
namespace {

constexpr double tolerance = 1e-7;

// Is the ratio of covariances the effect in each of the models?
bool ratio_is_effect(const std::vector<SmallLinearModel>& models, NodeId x, NodeId y, NodeId z,
                     const NodeSet& w, EffectKind effect) {
  return std::all_of(models.begin(), models.end(), [&](const SmallLinearModel& model) {
    const double to_x = model.covariance(x, z, w);
    if (std::abs(to_x) < tolerance) return false;
    const double truth =
        effect == EffectKind::total ? model.total_effect(x, y) : model.coefficient(x, y);
    return std::abs(model.covariance(y, z, w) / to_x - truth) < tolerance;
  });
}

// Instruments by brute force over all nodes and sets; checks check_instrument on the way.
bool any_instrument(const Graph& graph, NodeId x, NodeId y, EffectKind effect, std::uint64_t seed,
                    std::size_t& valid) {
  const auto models = linear_models(graph, seed, 3);
  const auto rest = graph.observed_nodes() - NodeSet{x, y};
  bool any = false;
  for (const NodeId z : rest)
    for (const auto& w : subsets(rest - NodeSet{z})) {
      const auto check = check_instrument(graph, x, y, z, w, effect).value();
      EXPECT_EQ(check.valid, ratio_is_effect(models, x, y, z, w, effect))
          << "z v" << z << ": " << check.reason;
      EXPECT_EQ(check.valid, check.fault == InstrumentFault::none);
      EXPECT_EQ(check.open_path.has_value(), check.fault == InstrumentFault::open_path);
      if (check.open_path) {
        EXPECT_TRUE(is_open(graph, *check.open_path, w));
      }
      any = any || check.valid;
      valid += check.valid ? 1 : 0;
    }
  return any;
}

void expect_listed(const Graph& graph, NodeId x, NodeId y, EffectKind effect, bool any) {
  const auto listed = list_instruments(graph, x, y, effect).value();
  EXPECT_EQ(!listed.empty(), any);
  for (const auto& [z, w] : listed)
    EXPECT_TRUE(check_instrument(graph, x, y, z, w, effect).value().valid);
}

TEST(EveryAdmg, ANodeIsAnInstrumentGivenASetExactlyWhenTheRatioOfCovariancesIsTheEffect) {
  const auto graphs = all_ordered_admgs(4);
  std::size_t valid = 0;
  for (std::size_t g = 0; g < graphs.size() && !HasFailure(); ++g)
    for (const NodeId x : graphs[g].all_nodes())
      for (const NodeId y : graphs[g].all_nodes() - NodeSet{x})
        for (const auto effect : {EffectKind::total, EffectKind::direct}) {
          SCOPED_TRACE(describe(graphs[g]) + " x v" + std::to_string(x) + " y v" +
                       std::to_string(y) + (effect == EffectKind::total ? " total" : " direct"));
          expect_listed(graphs[g], x, y, effect, any_instrument(graphs[g], x, y, effect, g, valid));
        }
  EXPECT_GT(valid, 1'000U);
}

TEST(RandomGraphs, InstrumentsAreFoundExactlyWhenSomeNodeIsOneGivenSomeSet) {
  std::size_t valid = 0;
  std::map<bool, std::size_t> count;
  for_each_question(
      "instruments",
      [&](const Question& q, Rng& rng) {
        if (q.x.size() != 1 || q.y.size() != 1 || q.rest.size() > 6) return;
        const auto effect = rng.below(2) == 0 ? EffectKind::total : EffectKind::direct;
        const NodeId x = *q.x.begin();
        const NodeId y = *q.y.begin();
        const bool any = any_instrument(q.graph, x, y, effect, rng.next_bits(), valid);
        expect_listed(q.graph, x, y, effect, any);
        ++count[any];
      },
      trials / 2);
  EXPECT_GT(count[true], 50U);
  EXPECT_GT(count[false], 50U);
}

}  // namespace
}  // namespace causal_gym
