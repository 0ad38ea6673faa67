// Instruments against linear models: a conditioning set serves exactly when the ratio of
// covariances is the effect in random models; every ADMG of four nodes, random graphs of more.
#include <gmock/gmock.h>

#include "engine/graph/relations.h"
#include "engine/identify/instruments.h"
#include "engine/identify/optimal_instruments.h"
#include "tests/exhaustive/random_question.h"
#include "tests/exhaustive/small_admg.h"
#include "tests/exhaustive/small_linear_model.h"

namespace causal_gym {
namespace {

constexpr double tolerance = 1e-7;

// Is the ratio of covariances the effect in each of the models?
bool ratio_is_effect(const std::vector<SmallLinearModel>& models, NodeId x, NodeId y, NodeId z,
                     const NodeSet& w, EffectReach effect) {
  return std::all_of(models.begin(), models.end(), [&](const SmallLinearModel& model) {
    const double to_x = model.covariance(x, z, w);
    if (std::abs(to_x) < tolerance) return false;
    const double truth =
        effect == EffectReach::total ? model.total_effect(x, y) : model.coefficient(x, y);
    return std::abs(model.covariance(y, z, w) / to_x - truth) < tolerance;
  });
}

// Instruments by brute force over all nodes and sets; checks check_instrument on the way.
bool any_instrument(const Graph& graph, NodeId x, NodeId y, EffectReach effect, std::uint64_t seed,
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

void expect_listed(const Graph& graph, NodeId x, NodeId y, EffectReach effect, bool any) {
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
        for (const auto effect : {EffectReach::total, EffectReach::direct}) {
          SCOPED_TRACE(describe(graphs[g]) + " x v" + std::to_string(x) + " y v" +
                       std::to_string(y) + (effect == EffectReach::total ? " total" : " direct"));
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
        const auto effect = rng.below(2) == 0 ? EffectReach::total : EffectReach::direct;
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

// A pair of sets that two-stage least squares may use, by the definition.
bool valid_pair(const Graph& graph, NodeId x, NodeId y, const OptimalInstruments& pair) {
  const auto effect = effect_edges(graph, {x}, {y});
  const auto& [z, w] = pair;
  if ((z | w).intersects(descendants(graph, effect.to)) || z.empty()) return false;
  return !separation(graph, z, {x}, w)->separated &&
         separation(without_edges(graph, effect), z, {y}, w)->separated;
}

// The asymptotic variance of two-stage least squares, for one unit.
double variance(const SmallLinearModel& model, NodeId x, NodeId y, const OptimalInstruments& pair) {
  const auto& [z, w] = pair;
  const double effect = model.total_effect(x, y);
  const double residual = model.covariance(y, y, w) - 2 * effect * model.covariance(x, y, w) +
                          effect * effect * model.covariance(x, x, w);
  return residual / (model.covariance(x, x, w) - model.covariance(x, x, z | w));
}

TEST(RandomGraphs, NoOtherInstrumentsAreMorePreciseInEveryModelThanTheOptimalOnes) {
  std::size_t found = 0;
  std::size_t beaten_somewhere = 0;
  const auto check_question = [&](const Question& q, Rng& rng) {
    if (q.x.size() != 1 || q.y.size() != 1 || q.rest.size() > 4) return;
    const NodeId x = *q.x.begin();
    const NodeId y = *q.y.begin();
    const auto best = optimal_instruments(q.graph, x, y).value();
    if (!best) return;
    ASSERT_TRUE(valid_pair(q.graph, x, y, *best));
    ++found;
    const auto models = linear_models(q.graph, rng.next_bits(), 20);
    const auto usable = q.rest - descendants(q.graph, q.x);
    for (const auto& z : subsets(usable))
      for (const auto& w : subsets(usable - z)) {
        if (!valid_pair(q.graph, x, y, {z, w})) continue;
        const auto as_good = static_cast<std::size_t>(
            std::count_if(models.begin(), models.end(), [&](const SmallLinearModel& model) {
              return variance(model, x, y, *best) <=
                     variance(model, x, y, {z, w}) * (1 + tolerance);
            }));
        EXPECT_GT(as_good, 0U) << set_text(q.graph, z) << " given " << set_text(q.graph, w);
        beaten_somewhere += as_good < models.size() ? 1 : 0;
      }
  };
  for_each_question("optimal instruments", check_question, 4 * trials);
  EXPECT_GT(found, 60U);
  RecordProperty("pairs_better_in_some_model", static_cast<int>(beaten_somewhere));
}

}  // namespace
}  // namespace causal_gym
