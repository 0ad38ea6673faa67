// Direct effects, selection, canonical, optimal and minimum-weight sets, and explanations, against
// the definitions: every ADMG of four nodes, random graphs of five to nine, values in random
// models.
#include <gmock/gmock.h>

#include <numeric>

#include "engine/graph/random_graph.h"
#include "engine/graph/relations.h"
#include "engine/identify/adjustment_explanation.h"
#include "engine/identify/optimal_adjustment.h"
#include "tests/exhaustive/random_question.h"
#include "tests/exhaustive/small_admg.h"
#include "tests/exhaustive/small_linear_model.h"

namespace causal_gym {
namespace {

constexpr double tolerance = 1e-9;
constexpr AdjustmentScope direct{EffectReach::direct, {}};

// All valid sets of a question, by the check alone.
std::vector<NodeSet> valid_sets(const Question& q, const AdjustmentScope& scope = {}) {
  std::vector<NodeSet> valid;
  for (const auto& z : subsets(q.rest - scope.selected))
    if (check_adjustment(q.graph, q.x, q.y, z, scope).value().valid) valid.push_back(z);
  return valid;
}

// The single-door criterion is sound and complete for regression in linear models.
TEST(EveryAdmg, ASetServesTheDirectEffectExactlyWhenTheRegressionGivesThePathCoefficient) {
  const auto graphs = all_ordered_admgs(4);
  std::size_t valid = 0;
  for (std::size_t g = 0; g < graphs.size(); ++g) {
    const auto models = linear_models(graphs[g], g, 3);
    for (const NodeId x : graphs[g].all_nodes())
      for (const NodeId y : graphs[g].all_nodes() - NodeSet{x})
        for (const auto& z : subsets(graphs[g].all_nodes() - NodeSet{x, y})) {
          const bool right = std::all_of(models.begin(), models.end(), [&](const auto& model) {
            return std::abs(model.regression(y, x, z) - model.coefficient(x, y)) < tolerance;
          });
          const auto check = check_adjustment(graphs[g], {x}, {y}, z, direct).value();
          ASSERT_EQ(check.valid, right)
              << describe(graphs[g]) << " x v" << x << " y v" << y << ": " << check.reason;
          valid += check.valid ? 1 : 0;
        }
  }
  EXPECT_GT(valid, 10'000U);
}

TEST(RandomGraphs, TheMinimalSetsForDirectEffectsAreThoseOfBruteForce) {
  std::size_t listed = 0;
  for_each_question("direct effects", [&](const Question& q, Rng&) {
    const auto minimal = minimal_of(valid_sets(q, direct));
    const auto listing = minimal_adjustment_sets(q.graph, q.x, q.y, {{}, {}, 1000, direct}).value();
    EXPECT_THAT(listing.sets, testing::UnorderedElementsAreArray(minimal));
    const auto found = find_adjustment_set(q.graph, q.x, q.y, {}, {}, direct).value();
    EXPECT_EQ(found.has_value(), !minimal.empty());
    listed += minimal.size();
  });
  EXPECT_GT(listed, 1'000U);
}

TEST(RandomGraphs, TheCanonicalSetIsValidWheneverASetIs) {
  for_each_question("canonical sets", [](const Question& q, Rng& rng) {
    const AdjustmentScope scope{rng.below(2) == 0 ? EffectReach::total : EffectReach::direct, {}};
    const auto must = random_subset(q.rest, rng.below(2), rng);
    const auto must_not = random_subset(q.rest - must, rng.below(3), rng);
    bool any = false;
    for (const auto& z : valid_sets(q, scope))
      any = any || (must.is_subset_of(z) && !must_not.intersects(z));
    const auto set =
        canonical_adjustment_set(q.graph, q.x, q.y, {must, must_not, 1, scope}).value();
    ASSERT_EQ(set.has_value(), any);
    if (!set) return;
    EXPECT_TRUE(check_adjustment(q.graph, q.x, q.y, *set, scope).value().valid);
    const auto expected = ((ancestors(q.graph, q.x | q.y | must) & q.rest) -
                           forbidden_nodes(q.graph, q.x, q.y, scope.effect) - must_not) |
                          must;
    EXPECT_EQ(*set, expected);
  });
}

double weight_of(const NodeSet& set, const std::vector<double>& weights) {
  return std::accumulate(set.begin(), set.end(), 0.0, [&](double sum, NodeId v) {
    return sum + weights[static_cast<std::size_t>(v)];
  });
}

TEST(RandomGraphs, NoValidSetWeighsLessThanTheMinimumSet) {
  std::size_t weighed = 0;
  for_each_question("minimum sets", [&](const Question& q, Rng& rng) {
    std::vector<double> weights(q.graph.node_count());
    for (auto& weight : weights) weight = static_cast<double>(rng.below(5));
    const auto must = random_subset(q.rest, rng.below(2), rng);
    auto valid = valid_sets(q);
    std::erase_if(valid, [&](const NodeSet& z) { return !must.is_subset_of(z); });
    const auto set = minimum_adjustment_set(q.graph, q.x, q.y, weights, {must, {}, 1, {}}).value();
    ASSERT_EQ(set.has_value(), !valid.empty());
    if (!set) return;
    EXPECT_THAT(minimal_of(valid), testing::Contains(set->set));
    EXPECT_EQ(set->weight, weight_of(set->set - must, weights));
    for (const auto& other : valid) EXPECT_LE(set->weight, weight_of(other - must, weights));
    // Without weights, the fewest nodes.
    const auto fewest = minimum_adjustment_set(q.graph, q.x, q.y, {}, {must, {}, 1, {}}).value();
    for (const auto& other : valid) EXPECT_LE(fewest->set.size(), other.size());
    weighed += set->set.empty() ? 0 : 1;
  });
  EXPECT_GT(weighed, 300U);
}

bool best_of(const NodeSet& set, const std::vector<NodeSet>& others, NodeId x, NodeId y,
             const SmallLinearModel& model) {
  const double own = model.regression_variance(y, x, set);
  return std::all_of(others.begin(), others.end(), [&](const NodeSet& other) {
    return own <= model.regression_variance(y, x, other) * (1 + tolerance);
  });
}

TEST(RandomGraphs, NoValidSetIsMorePreciseThanTheOptimalOneNorAMinimalOneThanTheOptimalMinimal) {
  std::map<Optimality, std::size_t> count;
  for_each_question(
      "optimal sets",
      [&](const Question& q, Rng& rng) {
        if (q.x.size() != 1 || q.y.size() != 1) return;
        const auto must = random_subset(q.rest, rng.below(4) / 3, rng);
        const auto must_not = random_subset(q.rest - must, rng.below(4) / 3, rng);
        auto valid = valid_sets(q);
        std::erase_if(valid, [&](const NodeSet& z) {
          return !must.is_subset_of(z) || must_not.intersects(z);
        });
        const auto best = optimal_adjustment_set(q.graph, q.x, q.y, must, must_not).value();
        ++count[best.status];
        ASSERT_EQ(best.status == Optimality::no_valid_set, valid.empty()) << best.reason;
        ASSERT_EQ(best.set.has_value(), best.status == Optimality::optimal);
        if (valid.empty()) return;
        ASSERT_TRUE(best.minimal_is_optimal);
        const NodeId x = *q.x.begin();
        const NodeId y = *q.y.begin();
        for (const auto& model : linear_models(q.graph, rng.next_bits(), 3)) {
          EXPECT_TRUE(best_of(*best.minimal, minimal_of(valid), x, y, model)) << best.reason;
          if (!best.set) continue;
          EXPECT_THAT(valid, testing::Contains(*best.set));
          EXPECT_TRUE(best_of(*best.set, valid, x, y, model)) << best.reason;
        }
      },
      2 * trials);
  EXPECT_GT(count[Optimality::optimal], 300U);
  EXPECT_GT(count[Optimality::not_guaranteed], 100U);
  EXPECT_GT(count[Optimality::no_valid_set], 100U);
}

// Nor is it too careful: where no best set is promised, two models of one graph can have different
// ones.
TEST(RandomGraphs, WithHiddenVariablesTwoModelsCanHaveNoBestSetInCommon) {
  std::size_t without_common = 0;
  for_each_question("no best set", [&](const Question& q, Rng& rng) {
    if (q.x.size() != 1 || q.y.size() != 1) return;
    const auto best = optimal_adjustment_set(q.graph, q.x, q.y).value();
    if (best.status != Optimality::not_guaranteed) return;
    const auto valid = valid_sets(q);
    const auto models = linear_models(q.graph, rng.next_bits(), 5);
    without_common += std::none_of(valid.begin(), valid.end(), [&](const NodeSet& set) {
      return std::all_of(models.begin(), models.end(), [&](const SmallLinearModel& model) {
        return best_of(set, valid, *q.x.begin(), *q.y.begin(), model);
      });
    });
  });
  EXPECT_GT(without_common, 0U);
}

// Henckel, Perkovic & Maathuis 2022: O = parents of causal nodes that are not forbidden.
TEST(RandomGraphs, WithoutHiddenVariablesTheOptimalSetIsTheOSet) {
  std::size_t compared = 0;
  for_each_question("o-sets", [&](const Question& q, Rng&) {
    const bool hidden = q.graph.latent_nodes().size() + q.graph.bidirected_edges().size() > 0;
    const auto causal = causal_nodes(q.graph, q.x, q.y);
    if (hidden || !q.y.is_subset_of(causal)) return;
    const auto best = optimal_adjustment_set(q.graph, q.x, q.y).value();
    if (best.status == Optimality::no_valid_set) return;
    const auto o_set = parents(q.graph, causal) - q.x - descendants(q.graph, causal);
    EXPECT_EQ(best.status, Optimality::optimal);
    EXPECT_EQ(best.set, o_set) << best.reason;
    ++compared;
  });
  EXPECT_GT(compared, 150U);
}

// Selection, in binary models: `selected` is seen in state 1 alone.
ExpressionPtr selected_estimand(const NodeSet& z, NodeId x, NodeId y, NodeId s) {
  auto seen = z;
  seen.insert(x);
  seen.insert(s);
  return sum(z.to_vector(),
             product({probability({y}, seen.to_vector()), probability(z.to_vector(), {s})}));
}

TEST(EveryAdmg, ASetServesInASelectedPopulationExactlyWhenItsFormulaIsRight) {
  const auto graphs = all_ordered_admgs(4);
  std::map<bool, std::size_t> count;
  for (std::size_t g = 0; g < graphs.size(); g += 3) {
    const auto& graph = graphs[g];
    const auto models = small_models(graph, g, 2);
    std::vector<Evaluator> evaluators;
    for (const auto& model : models) evaluators.push_back(*Evaluator::create(model.joint()));
    for (const NodeId x : graph.all_nodes())
      for (const NodeId y : graph.all_nodes() - NodeSet{x})
        for (const NodeId s : graph.all_nodes() - NodeSet{x, y})
          for (const auto& z : subsets(graph.all_nodes() - NodeSet{x, y, s})) {
            bool right = true;
            for (std::size_t m = 0; m < models.size() && right; ++m)
              for (const std::int32_t state : {0, 1}) {
                const Assignment at{{x, y, s}, {state, 1, 1}};
                const auto value = evaluators[m].evaluate(selected_estimand(z, x, y, s), at);
                const double truth = models[m].interventional(x, state, {{y}, {1}});
                right = right && std::abs(*value - truth) < tolerance;
              }
            const auto check =
                check_adjustment(graph, {x}, {y}, z, {EffectReach::total, {s}}).value();
            ASSERT_EQ(check.valid, right) << describe(graph) << " x v" << x << " y v" << y << " s v"
                                          << s << ": " << check.reason;
            ++count[right];
          }
  }
  EXPECT_GT(count[true], 1'000U);
  EXPECT_GT(count[false], 10'000U);
}

TEST(RandomGraphs, TheMinimalSetsInASelectedPopulationAreThoseOfBruteForce) {
  std::size_t listed = 0;
  for_each_question("selected populations", [&](const Question& q, Rng& rng) {
    const AdjustmentScope scope{EffectReach::total, random_subset(q.rest, 1 + rng.below(2), rng)};
    const auto must = random_subset(q.rest - scope.selected, rng.below(3), rng);
    auto valid = valid_sets(q, scope);
    std::erase_if(valid, [&](const NodeSet& z) { return !must.is_subset_of(z); });
    const auto minimal = minimal_of(valid);
    const AdjustmentLimits options{must, {}, 1000, scope};
    const auto listing = minimal_adjustment_sets(q.graph, q.x, q.y, options).value();
    EXPECT_THAT(listing.sets, testing::UnorderedElementsAreArray(minimal));
    const auto fewest = minimum_adjustment_set(q.graph, q.x, q.y, {}, options).value();
    EXPECT_EQ(fewest.has_value(), !minimal.empty());
    const auto canonical = canonical_adjustment_set(q.graph, q.x, q.y, options).value();
    EXPECT_EQ(canonical.has_value(), !minimal.empty());
    if (canonical) {
      EXPECT_THAT(valid, testing::Contains(*canonical));
    }
    listed += minimal.size();
  });
  EXPECT_GT(listed, 300U);
}

struct ObjectionIsTrue {
  const Question& q;
  const NodeSet& set;
  const AdjustmentScope& scope;

  void operator()(const ForbiddenMember& forbidden) const {
    EXPECT_TRUE(set.contains(forbidden.member));
    const auto& causal = forbidden.causal_path.nodes;
    EXPECT_TRUE(q.x.contains(causal.front()));
    EXPECT_TRUE(q.y.contains(causal.back()));
    EXPECT_TRUE(scope.effect == EffectReach::total || causal.size() == 2);
    for (std::size_t i = 1; i < causal.size(); ++i) EXPECT_FALSE(q.x.contains(causal[i]));
    const auto& descent = forbidden.descent.nodes;
    EXPECT_NE(std::find(causal.begin() + 1, causal.end(), descent.front()), causal.end());
    EXPECT_EQ(descent.back(), forbidden.member);
    for (const auto& path : {forbidden.causal_path, forbidden.descent})
      for (std::size_t i = 0; i < path.steps.size(); ++i)
        EXPECT_TRUE(q.graph.has_edge(path.nodes[i], path.nodes[i + 1]));
  }
  void operator()(const UnblockedPath& open) const { check(open, set); }
  void check(const UnblockedPath& open, const NodeSet& given) const {
    EXPECT_TRUE(is_open(q.graph, open.path, given | scope.selected));
    EXPECT_TRUE(q.x.contains(open.path.nodes.front()));
    EXPECT_TRUE(q.y.contains(open.path.nodes.back()));
    const bool causal = std::all_of(open.path.steps.begin(), open.path.steps.end(),
                                    [](Step step) { return step == Step::forward; });
    EXPECT_FALSE(causal && (scope.effect == EffectReach::total || open.path.steps.size() == 1));
    for (const auto& [collider, member] : open.opened_by)
      EXPECT_TRUE(given.contains(member) && descendants(q.graph, {collider}).contains(member));
    if (open.opened_by.empty()) {
      EXPECT_TRUE(is_open(q.graph, open.path, {}));
    }
  }
  void operator()(const SelectedOutcome&) const { ADD_FAILURE() << "nothing is selected here"; }
};

TEST(RandomGraphs, EachObjectionToASetAndEachRoleInItIsTrue) {
  std::size_t objections = 0;
  std::size_t roles = 0;
  for_each_question("explanations", [&](const Question& q, Rng& rng) {
    const AdjustmentScope scope{rng.below(2) == 0 ? EffectReach::total : EffectReach::direct, {}};
    const auto set = random_subset(q.rest, rng.below(5), rng);
    const auto explanation = explain_adjustment(q.graph, q.x, q.y, set, scope).value();
    const auto check = check_adjustment(q.graph, q.x, q.y, set, scope).value();
    ASSERT_EQ(explanation.valid, check.valid);
    EXPECT_EQ(explanation.valid, explanation.objections.empty());
    const ObjectionIsTrue is_true{q, set, scope};
    for (const auto& objection : explanation.objections) std::visit(is_true, objection);
    objections += explanation.objections.size();
    EXPECT_EQ(explanation.roles.size(), check.valid ? set.size() : 0);
    for (const auto& [member, open] : explanation.roles) {
      const auto without = set - NodeSet{member};
      EXPECT_EQ(open.has_value(),
                !check_adjustment(q.graph, q.x, q.y, without, scope).value().valid);
      if (open) is_true.check(*open, without);
      ++roles;
    }
    if (check.valid) {
      const auto minimal = minimal_of(valid_sets(q, scope));
      const bool is_minimal = std::find(minimal.begin(), minimal.end(), set) != minimal.end();
      EXPECT_EQ(explanation.smaller.has_value(), !is_minimal);
      if (explanation.smaller) {
        EXPECT_THAT(minimal, testing::Contains(*explanation.smaller));
        EXPECT_TRUE(explanation.smaller->is_subset_of(set));
      }
    }
    EXPECT_GE(explanation_text(q.graph, explanation).size(), check.valid ? set.size() : 1);
  });
  EXPECT_GT(objections, 1'000U);
  EXPECT_GT(roles, 500U);
}

}  // namespace
}  // namespace causal_gym
