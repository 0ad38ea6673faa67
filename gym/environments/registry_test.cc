// The registry: every environment passes the conformance check, its story's numbers are what its
// file derives, and its truths agree with brute force.
#include "gym/environments/registry.h"

#include <gtest/gtest.h>

#include <set>

#include "engine/ask.h"
#include "engine/infer/enumeration.h"
#include "engine/infer/intervene.h"
#include "engine/query/check.h"
#include "gym/environment/belief.h"
#include "gym/environment/seeing.h"

namespace causal_gym {
namespace {

double value_of(std::string_view id, std::string_view query) {
  const auto environment = find_environment(id);
  EXPECT_TRUE(environment) << id;
  const auto value = ask_value((*environment)->model, {}, *parse_query(query));
  EXPECT_TRUE(value) << error_text(value.error());
  return value.value_or(-99);
}

TEST(Registry, EveryEnvironmentConforms) {
  for (const auto& environment : all_environments()) {
    const auto status = check_environment(environment);
    EXPECT_TRUE(status) << error_text(status.error());
  }
}

TEST(Registry, IdsAreUniqueAndTheModelBearsTheId) {
  std::set<std::string> ids;
  for (const auto& environment : all_environments()) {
    EXPECT_TRUE(ids.insert(environment.id).second) << environment.id;
    EXPECT_EQ(environment.model.name(), environment.id);
    EXPECT_EQ(*find_environment(environment.id), &environment);
  }
}

TEST(Registry, AnUnknownIdIsAnsweredWithTheNearest) {
  const auto none = find_environment("sprinklr-v1");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::unknown_name);
  EXPECT_EQ(none.error().suggestion, "did you mean 'sprinkler-v1'?");
}

// One term by brute force: the sum over the intervened model's joint.
double by_enumeration(const Model& observational, const CheckedTerm& term) {
  Regime own(term.interventions.begin(), term.interventions.end());
  const auto model = *intervene(observational, own);
  std::vector<Evidence> given;
  for (const auto& condition : term.conditions)
    given.push_back({condition.variable, condition.allowed});
  const auto denominator = enumerate_joint_mass(model, {}, given)->values[0];
  if (term.expectation_of) {
    const VariableId targets[] = {term.expectation_of->variable};
    const auto mass = *enumerate_joint_mass(model, targets, given);
    double sum = 0;
    for (std::size_t i = 0; i < mass.values.size(); ++i)
      sum += mass.values[i] * model.variable(targets[0]).numbers[i];
    return sum / denominator;
  }
  auto all = given;
  for (const auto& event : term.events) all.push_back({event.variable, event.allowed});
  return enumerate_joint_mass(model, {}, all)->values[0] / denominator;
}

// Nothing for a query with a counterfactual term.
std::optional<double> by_enumeration(const Model& model, const CheckedQuery& query) {
  if (const auto* number = std::get_if<double>(&query.node)) return *number;
  if (const auto* term = std::get_if<CheckedTerm>(&query.node)) {
    if (term->counterfactual()) return std::nullopt;
    return by_enumeration(model, *term);
  }
  const auto& arithmetic = std::get<CheckedArithmetic>(query.node);
  const auto left = by_enumeration(model, *arithmetic.left);
  const auto right = by_enumeration(model, *arithmetic.right);
  if (!left || !right) return std::nullopt;
  return arithmetic.operation == Operator::subtract ? *left - *right : *left + *right;
}

TEST(Registry, EveryTruthAndSeeingAnswerIsTheSumOverAllWorlds) {
  int compared = 0;
  for (const auto& environment : all_environments()) {
    auto texts = environment.interventions;
    texts.insert(texts.begin(), "");
    for (const auto& text : texts) {
      const auto regime = *parse_regime(text, environment.model);
      const auto model = *intervene(environment.model, regime);
      for (const auto& query_source : environment.queries) {
        SCOPED_TRACE(environment.id + " [" + text + "] " + query_source);
        const auto query = *parse_query(query_source);
        const auto expected = by_enumeration(model, *check_query(query, model));
        if (!expected) continue;
        EXPECT_NEAR(*truth_of(environment.model, regime, query), *expected, 1e-12);
        const auto seeing = *seeing_query(query, regime, environment.model);
        EXPECT_NEAR(**seeing_answer(environment.model, regime, query),
                    *by_enumeration(environment.model, *check_query(seeing, environment.model)),
                    1e-12);
        ++compared;
      }
    }
  }
  EXPECT_GT(compared, 150);
}

struct Known {
  const char* environment;
  const char* query;
  double value;
};

TEST(Registry, TheNumbersAreThoseDerivedInEachFile) {
  const Known known[] = {
      {"sprinkler-v1", "P(slippery | do(sprinkler=on))", 0.7},
      {"sprinkler-v1", "P(rain | sprinkler=on)", 0.28},
      {"smoking_tar_cancer-v1", "P(cancer | do(smoking=true))",
       0.4525},  // Pearl 2009, section 3.3.3
      {"smoking_tar_cancer-v1", "P(cancer | do(smoking=false))", 0.4975},
      {"smoking_tar_cancer-v1", "P(cancer | smoking=true, tar=true)", 0.85},
      {"smoking_tar_cancer-v1", "P(cancer | smoking=true, tar=false)", 0.90},
      {"smoking_tar_cancer-v1", "P(cancer | smoking=false, tar=true)", 0.05},
      {"smoking_tar_cancer-v1", "P(cancer | smoking=false, tar=false)", 0.10},
      {"smoking_tar_cancer-v1", "P(smoking, tar)", 0.475},
      {"ice_cream_crime-v1", "P(crime=high | do(ice_cream=high))", 0.36},
      {"ice_cream_crime-v1", "P(crime=high | ice_cream=high)", 0.216 / 0.44},
      {"confounded_treatment-v1", "P(recovery | treatment=open_surgery)", 273.0 / 350},
      {"confounded_treatment-v1", "P(recovery | treatment=percutaneous)", 289.0 / 350},
      {"confounded_treatment-v1", "P(recovery | do(treatment=open_surgery))",
       357.0 / 700 * 81 / 87 + 343.0 / 700 * 192 / 263},
      {"simpson_admissions-v1", "P(admission=admitted | do(gender=male))", 1198.0 / 2691},
      {"simpson_admissions-v1", "P(admission=admitted | gender=female)", 557.0 / 1835},
      {"simpson_admissions-v1", "P(gender=female)", 1835.0 / 4526},
      {"simpson_admissions-v1", "P(admission=admitted | department=A)", 601.0 / 933},
      {"front_door-v1", "P(purchase | do(advert=true))", 0.36},
      {"instrument_schooling-v1", "P(earnings=high | do(schooling=college))", 0.475},
      {"instrument_schooling-v1", "P(earnings=high | schooling=college)",
       0.35 + 0.25 * 0.62 / 0.81},
      {"collider_talent_luck-v1", "P(luck | success)", 0.165 / 0.2735},
      {"mediation_training-v1", "NDE(training -> skill -> promotion)", 0.23},
      {"mediation_training-v1", "NIE(training -> skill -> promotion)", 0.125},
      {"mediation_training-v1", "ATE(training -> promotion)", 0.405},
      {"chain-v1", "P(fire | do(smoke=true))", 0.1},
      {"chain-v1", "P(fire | smoke=true)", 2.0 / 3},
      {"asia-v1", "P(tub)", 0.0104},  // marginals as published with the network
      {"asia-v1", "P(lung)", 0.055},
      {"asia-v1", "P(bronc)", 0.45},
      {"asia-v1", "P(dysp)", 0.4359706},
      {"asia-v1", "P(xray)", 0.11029004},
  };
  for (const auto& [environment, query, value] : known)
    EXPECT_NEAR(value_of(environment, query), value, 1e-12) << environment << " " << query;
}

}  // namespace
}  // namespace causal_gym
