// Every "no" on every ADMG of two to four nodes comes with two models that agree on everything seen
// and differ on the effect, both judged here by plain enumeration.
#include <gtest/gtest.h>

#include "engine/identify/idc.h"
#include "engine/infer/enumeration.h"
#include "engine/infer/intervene.h"
#include "engine/query/check.h"
#include "engine/witness/disagreeing_models.h"
#include "tests/exhaustive/small_admg.h"

namespace causal_gym {
namespace {

double mass(const Model& model, const std::vector<Evidence>& evidence) {
  return enumerate_joint_mass(model, {}, evidence).value().values[0];
}

// The question of the pair, answered by enumeration.
double answer(const Model& model, const ProbabilityQuery& question) {
  Regime regime;
  for (const auto& [name, value] : question.interventions) {
    const auto v = model.require(name).value();
    regime.emplace_back(SetIntervention{v, parse_exact_state(model.variable(v), *value).value()});
  }
  const auto changed = intervene(model, regime).value();
  std::vector<Evidence> conditions;
  const auto add = [&](const Event& event) {
    const auto v = model.require(event.outcome.variable).value();
    conditions.push_back(
        observed_state(model, v, parse_exact_state(model.variable(v), event.values[0]).value()));
  };
  for (const auto& event : question.conditions) add(event);
  const double below = conditions.empty() ? 1 : mass(changed, conditions);
  for (const auto& event : question.events) add(event);
  return mass(changed, conditions) / below;
}

void expect_disagreement(const Graph& graph, const EffectTarget& target, const Hedge& hedge) {
  const auto pair = make_disagreeing_models(graph, target, hedge);
  ASSERT_TRUE(pair.has_value()) << pair.error().message;
  const auto observed = pair->first.graph().observed_nodes().to_vector();
  const auto first = enumerate_joint_mass(pair->first, observed, {}).value();
  const auto second = enumerate_joint_mass(pair->second, observed, {}).value();
  for (std::size_t i = 0; i < first.values.size(); ++i) {
    ASSERT_NEAR(first.values[i], second.values[i], 1e-12);
    ASSERT_GT(first.values[i], 0);
  }
  const auto& question = pair->question;
  ASSERT_EQ(question.events.size(), target.outcome.size());
  ASSERT_EQ(question.conditions.size(), target.given.size());
  ASSERT_EQ(question.interventions.size(), target.treatment.size());
  ASSERT_NEAR(answer(pair->first, question), pair->first_answer, 1e-12);
  ASSERT_NEAR(answer(pair->second, question), pair->second_answer, 1e-12);
  ASSERT_GT(std::abs(pair->first_answer - pair->second_answer), 1e-3);
}

int disagreements(std::size_t nodes, std::size_t conditions) {
  int count = 0;
  for_each_pair(nodes, [&](const Graph& graph, std::size_t, NodeId x, NodeId y) {
    const auto rows = admg_rows(graph).value();
    for (const auto& given : subsets(graph.all_nodes() - NodeSet{x, y})) {
      if (given.size() != conditions) continue;
      const auto id = identify_by_idc(rows, {x}, {y}, given).value();
      if (!id.joint.hedge) continue;
      expect_disagreement(graph, {{x}, {y}, given}, *id.joint.hedge);
      ++count;
    }
  });
  return count;
}

TEST(EveryAdmg, HasTwoModelsThatDisagreeForEveryEffectThatIsNotIdentifiable) {
  EXPECT_EQ(disagreements(2, 0), 8 - 7);
  EXPECT_EQ(disagreements(3, 0), 384 - 325);
  EXPECT_EQ(disagreements(4, 0), 49'152 - 40'049);
}

TEST(EveryAdmg, HasTwoModelsThatDisagreeForEveryConditionalEffectThatIsNotIdentifiable) {
  EXPECT_EQ(disagreements(3, 1), 384 - 292);
  EXPECT_EQ(disagreements(4, 1), 98'304 - 69'206);
}

}  // namespace
}  // namespace causal_gym
