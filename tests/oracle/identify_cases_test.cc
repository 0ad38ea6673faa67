// Identification against cases from the test suites of other tools, each of them checked before by
// an independent computation. The number of cases run is asserted, so that a reader that loses
// cases cannot hide.
#include <gmock/gmock.h>

#include "engine/expression/evaluate.h"
#include "engine/identify/identify.h"
#include "engine/infer/elimination.h"
#include "engine/infer/intervene.h"
#include "engine/model/random_model.h"
#include "tests/oracle/criterion_case.h"

namespace causal_gym {
namespace {

ExpressionPtr read_expression(const Case& item, const Json& ast) {
  const std::string op = ast["op"];
  const auto variables = [&](const char* key) { return item.set(ast[key]).to_vector(); };
  if (op == "P") return probability(variables("vars"), variables("given"));
  if (op == "sum") return sum(variables("over"), read_expression(item, ast["expr"]));
  if (op == "frac")
    return fraction(read_expression(item, ast["num"]), read_expression(item, ast["den"]));
  if (op == "one") return one();
  EXPECT_EQ(op, "prod");
  std::vector<ExpressionPtr> factors;
  for (const auto& factor : ast["args"]) factors.push_back(read_expression(item, factor));
  return product(std::move(factors));
}

Evaluator observed_joint(const Model& model, const Graph& graph) {
  const auto observed = graph.observed_nodes().to_vector();
  auto factor = joint_mass(model, observed, {}).value();
  return Evaluator::create({std::move(factor.variables), std::move(factor.cardinalities),
                            std::move(factor.values)})
      .value();
}

// Our estimand, theirs and the truncated factorisation give the same number, for one state of the
// treatment and every state of the other variables asked for. Variables that only their expression
// speaks of do not matter, and are in their first state.
void expect_same_values(const Case& item, const EffectTarget& target, const ExpressionPtr& ours,
                        const ExpressionPtr& theirs, std::uint64_t seed) {
  Rng rng(seed, stream_of("identify cases"));
  const auto model = random_model(item.graph(), rng, {2, 2, true, false});
  Assignment at{target.treatment.to_vector(), {}};
  Regime regime;
  for (const NodeId v : target.treatment) {
    at.states.push_back(static_cast<std::int32_t>(rng.below(2)));
    regime.emplace_back(SetIntervention{v, at.states.back()});
  }
  auto seen = observed_joint(model, item.graph());
  auto truth = observed_joint(intervene(model, regime).value(), item.graph());
  const auto asked = (target.outcome | target.given).to_vector();
  const auto others =
      item.graph().observed_nodes() - target.treatment - target.outcome - target.given;
  at.variables.insert(at.variables.end(), asked.begin(), asked.end());
  for (const NodeId v : others) at.variables.push_back(v);
  const auto fixed = target.treatment.size();
  at.states.resize(at.variables.size(), 0);
  const auto effect = probability(target.outcome.to_vector(), target.given.to_vector());
  for (std::size_t state = 0; state < std::size_t{1} << asked.size(); ++state) {
    for (std::size_t i = 0; i < asked.size(); ++i)
      at.states[fixed + i] = static_cast<std::int32_t>(state >> i & 1);
    const auto value = seen.evaluate(ours, at).value();
    EXPECT_NEAR(value, truth.evaluate(effect, at).value(), 1e-9) << "seed " << seed;
    EXPECT_NEAR(value, seen.evaluate(theirs, at).value(), 1e-9) << "seed " << seed;
  }
}

TEST(IdentifyOracle, IdentifiesWhatTheReferenceDoesAndGivesItsValues) {
  READ_CASES_OR_SKIP(cases, "id_cases.json");
  int run = 0;
  std::map<std::string_view, int> count;
  for (const auto& json : cases) {
    SCOPED_TRACE(json["id"]);
    const Case item(json);
    const auto& query = json["query"];
    const EffectTarget target{item.set(query["do"]), item.set(query["y"]),
                              item.set(query["given"])};
    const auto result = identify_effect(item.graph(), target).value();
    const bool identifiable = json["ref"]["identifiable"];
    const bool ours = result.verdict == Verdict::identifiable;
    EXPECT_EQ(ours, identifiable) << result.reason;
    if (result.hedge) {
      EXPECT_TRUE(check_hedge(item.graph(), *result.hedge)) << result.reason;
    }
    if (ours && identifiable) {
      const auto theirs = read_expression(item, json["ref"]["ast"]);
      for (std::uint64_t seed = 0; seed < 3; ++seed)
        expect_same_values(item, target, result.estimand, theirs, seed);
    }
    ++count[ours ? strategy_name(result.strategy) : "not identifiable"];
    ++run;
  }
  EXPECT_EQ(run, 100);
  EXPECT_EQ(count["not identifiable"], 24);
  EXPECT_EQ(count["general"], 21);
}

}  // namespace
}  // namespace causal_gym
