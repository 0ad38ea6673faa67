// Elimination against brute force on thousands of random models, published marginals, and every way
// to refuse.
#include "engine/infer/elimination.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "engine/graph/random_graph.h"
#include "engine/infer/enumeration.h"
#include "engine/infer/intervene.h"
#include "engine/model/build.h"
#include "engine/model/random_model.h"

namespace causal_gym {
namespace {

double value_or_nan(const Result<Factor>& factor) {
  return factor && factor->values.size() == 1 ? factor->values[0] : std::nan("");
}

Evidence random_evidence(const Model& model, VariableId v, Rng& rng) {
  Evidence evidence{v, {}};
  const auto states = model.state_count(v);
  const bool point = rng.below(2) == 0;
  const auto state = rng.below(states);
  for (std::size_t s = 0; s < states; ++s)
    evidence.allowed.push_back(point ? s == state : rng.below(3) != 0);
  return evidence;
}

Intervention random_intervention(const Model& model, VariableId v, Rng& rng) {
  switch (rng.below(3)) {
    case 0: return SetIntervention{v, static_cast<State>(rng.below(model.state_count(v)))};
    case 1: return RandomizeIntervention{v, {}};
    default: return DisconnectIntervention{v};
  }
}

struct Case {
  Model model;
  std::vector<VariableId> targets;
  std::vector<Evidence> events;
  std::vector<Evidence> conditions;
};

Case random_case(std::uint64_t seed) {
  Rng rng(seed, stream_of("elimination_test"));
  RandomModelOptions options;
  options.max_states = 2 + rng.below(3);
  options.positive = rng.below(2) == 0;
  options.all_kinds = rng.below(2) == 0;
  const auto count = 2 + rng.below(7);
  Case result{
      random_model(random_dag(count, 0.15 + 0.7 * rng.uniform(), rng), rng, options), {}, {}, {}};
  for (VariableId v = 0; static_cast<std::size_t>(v) < count; ++v) {
    if (rng.below(3) == 0) result.targets.push_back(v);
    if (rng.below(4) == 0) result.events.push_back(random_evidence(result.model, v, rng));
    if (rng.below(3) == 0) result.conditions.push_back(random_evidence(result.model, v, rng));
  }
  if (rng.below(2) == 0) std::reverse(result.targets.begin(), result.targets.end());
  return result;
}

void expect_close(const Factor& actual, const Factor& expected, double scale) {
  ASSERT_EQ(actual.variables, expected.variables);
  ASSERT_EQ(actual.cardinalities, expected.cardinalities);
  ASSERT_EQ(actual.values.size(), expected.values.size());
  for (std::size_t i = 0; i < actual.values.size(); ++i) {
    const double wanted = expected.values[i] / scale;
    EXPECT_NEAR(actual.values[i], wanted, 1e-12 * wanted) << "cell " << i;
  }
}

TEST(Elimination, AgreesWithEnumerationOnRandomModels) {
  for (std::uint64_t seed = 0; seed < 6'000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const auto [model, targets, events, conditions] = random_case(seed);
    auto all = events;
    all.insert(all.end(), conditions.begin(), conditions.end());
    const auto truth = enumerate_joint_mass(model, targets, all);
    ASSERT_TRUE(truth) << error_text(truth.error());
    const auto joint = joint_mass(model, targets, all);
    ASSERT_TRUE(joint) << error_text(joint.error());
    expect_close(*joint, *truth, 1);

    const double given = value_or_nan(enumerate_joint_mass(model, {}, conditions));
    const auto conditional = conditional_mass(model, targets, events, conditions);
    if (given == 0) {
      ASSERT_FALSE(conditional);
      EXPECT_EQ(conditional.error().code, ErrorCode::zero_probability);
      EXPECT_EQ(posterior(model, targets, conditions).error().code, ErrorCode::zero_probability);
      continue;
    }
    ASSERT_TRUE(conditional) << error_text(conditional.error());
    expect_close(*conditional, *truth, given);
    const auto after = posterior(model, targets, conditions);
    ASSERT_TRUE(after) << error_text(after.error());
    expect_close(*after, *enumerate_joint_mass(model, targets, conditions), given);
  }
}

// The truncated factorisation, by hand: the product of the mechanisms that stay, times the new
// distribution of each intervened variable.
double world_probability_under(const Model& model, const Regime& regime,
                               const std::vector<State>& world) {
  double probability = 1;
  for (VariableId v = 0; static_cast<std::size_t>(v) < world.size(); ++v) {
    const auto change = std::find_if(regime.begin(), regime.end(), [&](const Intervention& one) {
      return intervened_variable(one) == v;
    });
    if (change == regime.end()) {
      std::vector<State> parents;
      for (const auto parent : mechanism_parents(model.mechanism(v)))
        parents.push_back(world[parent]);
      probability *= mechanism_probability(model, v, world[v], parents);
    } else if (const auto* set = std::get_if<SetIntervention>(&*change)) {
      probability *= set->state == world[v] ? 1 : 0;
    } else if (std::holds_alternative<PreventIntervention>(*change)) {
      probability *= *model.variable(v).baseline == world[v] ? 1 : 0;
    } else if (std::holds_alternative<RandomizeIntervention>(*change)) {
      probability /= static_cast<double>(model.state_count(v));
    } else {
      const VariableId targets[] = {v};
      probability *= enumerate_joint_mass(model, targets, {})->values[world[v]];
    }
  }
  return probability;
}

TEST(Intervene, GivesTheTruncatedFactorisation) {
  for (std::uint64_t seed = 0; seed < 600; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed, stream_of("intervene_test"));
    const auto count = 2 + rng.below(4);
    const auto model =
        random_model(random_dag(count, 0.6, rng), rng, {.positive = false, .all_kinds = true});
    Regime regime;
    std::vector<VariableId> all;
    for (VariableId v = 0; static_cast<std::size_t>(v) < count; ++v) {
      if (rng.below(2) == 0) regime.push_back(random_intervention(model, v, rng));
      all.push_back(v);
    }
    const auto changed = intervene(model, regime);
    ASSERT_TRUE(changed) << error_text(changed.error());
    const auto joint = joint_mass(*changed, all, {});
    ASSERT_TRUE(joint) << error_text(joint.error());
    std::vector<State> world(count, 0);
    for (const double value : joint->values) {
      const double truth = world_probability_under(model, regime, world);
      EXPECT_NEAR(value, truth, 1e-12 * truth);
      for (std::size_t i = count; i-- > 0;) {
        if (static_cast<std::size_t>(++world[i]) < joint->cardinalities[i]) break;
        world[i] = 0;
      }
    }
    for (const auto& one : regime)
      EXPECT_TRUE(changed->graph().parents(intervened_variable(one)).empty());
  }
}

TEST(Intervene, PreventSetsTheBaselineAndTheRestIsChecked) {
  const auto model = *ModelBuilder("m", "x -> y")
                          .table("x", {}, {0.4, 0.6})
                          .table("y", {"x"}, {0.9, 0.1, 0.3, 0.7})
                          .baseline("x", "true")
                          .build();
  const VariableId y[] = {1};
  EXPECT_NEAR(joint_mass(*intervene(model, {PreventIntervention{0}}), y, {})->values[1], 0.7,
              1e-15);
  EXPECT_EQ(intervene(model, {SetIntervention{0, 2}}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(intervene(model, {SetIntervention{0, 1}, PreventIntervention{0}}).error().code,
            ErrorCode::invalid_argument);
  EXPECT_EQ(*intervene(model, {}), model);
}

TEST(DrawWorld, FrequenciesFollowTheModelAndASeedGivesTheSameWorlds) {
  const auto model = *ModelBuilder("m", "x -> y")
                          .table("x", {}, {0.4, 0.6})
                          .categorical("y", {"a", "b", "c"})
                          .table("y", {"x"}, {0.5, 0.0, 0.5, 0.1, 0.7, 0.2})
                          .build();
  const VariableId both[] = {0, 1};
  const auto truth = joint_mass(model, both, {})->values;
  std::vector<double> counts(6, 0);
  Rng rng(7, 1);
  Rng again(7, 1);
  constexpr int draws = 40'000;
  for (int i = 0; i < draws; ++i) {
    const auto world = draw_world(model, rng);
    EXPECT_EQ(world, draw_world(model, again));
    counts[world[0] * 3 + world[1]] += 1;
  }
  EXPECT_EQ(counts[1], 0);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double error = std::sqrt(truth[i] * (1 - truth[i]) / draws);
    EXPECT_NEAR(counts[i] / draws, truth[i], 5 * error);
  }
}

// Lauritzen & Spiegelhalter 1988, section 2; the numbers are those of the tables there.
Model asia() {
  return *ModelBuilder("asia",
                       "asia -> tub; smoke -> lung; smoke -> bronc; tub -> either <- lung;"
                       "either -> xray; either -> dysp <- bronc")
              .table("asia", {}, {0.99, 0.01})
              .table("tub", {"asia"}, {0.99, 0.01, 0.95, 0.05})
              .table("smoke", {}, {0.5, 0.5})
              .table("lung", {"smoke"}, {0.99, 0.01, 0.9, 0.1})
              .table("bronc", {"smoke"}, {0.7, 0.3, 0.4, 0.6})
              .deterministic("either", {"tub", "lung"}, {0, 1, 1, 1})
              .table("xray", {"either"}, {0.95, 0.05, 0.02, 0.98})
              .table("dysp", {"either", "bronc"}, {0.9, 0.1, 0.2, 0.8, 0.3, 0.7, 0.1, 0.9})
              .build();
}

double true_given(const Model& model, std::string_view name,
                  const std::vector<std::pair<std::string, State>>& given) {
  std::vector<Evidence> evidence;
  for (const auto& [variable, state] : given)
    evidence.push_back(observed_state(model, *model.require(variable), state));
  const VariableId targets[] = {*model.require(name)};
  return posterior(model, targets, evidence)->values[1];
}

TEST(Elimination, GivesTheMarginalsOfLauritzenAndSpiegelhalter) {
  const auto model = asia();
  EXPECT_NEAR(true_given(model, "tub", {}), 0.0104, 1e-12);
  EXPECT_NEAR(true_given(model, "lung", {}), 0.055, 1e-12);
  EXPECT_NEAR(true_given(model, "bronc", {}), 0.45, 1e-12);
  EXPECT_NEAR(true_given(model, "either", {}), 0.064828, 1e-12);
  EXPECT_NEAR(true_given(model, "xray", {}), 0.11029004, 1e-12);
  EXPECT_NEAR(true_given(model, "dysp", {}), 0.4359706, 5e-8);
  // Their figures for a patient with dyspnoea who has been in Asia, and whose X-ray is then clear.
  EXPECT_NEAR(true_given(model, "tub", {{"asia", 1}, {"dysp", 1}}), 0.0878, 5e-5);
  EXPECT_NEAR(true_given(model, "lung", {{"asia", 1}, {"dysp", 1}}), 0.0995, 5e-5);
  EXPECT_NEAR(true_given(model, "bronc", {{"asia", 1}, {"dysp", 1}}), 0.8114, 5e-5);
}

TEST(Elimination, RefusesATableOverTheLimitAndNamesTheCells) {
  const auto model = *ModelBuilder("m", "a; b; c; {a b c} -> d")
                          .table("a", {}, {0.4, 0.6})
                          .table("b", {}, {0.4, 0.6})
                          .table("c", {}, {0.4, 0.6})
                          .noisy_or("d", {{"a", 0.1}, {"b", 0.2}, {"c", 0.3}})
                          .build();
  InferenceOptions options;
  options.limits.factor_cells = 16;  // P(d | a, b, c) itself
  const VariableId d[] = {3};
  EXPECT_TRUE(joint_mass(model, d, {}, options));
  options.limits.factor_cells = 15;
  const auto refused = joint_mass(model, d, {}, options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::limit_exceeded);
  EXPECT_NE(refused.error().message.find("16 is over the limit of 15"), std::string::npos)
      << refused.error().message;
  const VariableId all[] = {0, 1, 2};
  options.limits.factor_cells = 8;
  EXPECT_TRUE(joint_mass(model, all, {}, options));  // d is barren
  options.limits.factor_cells = 7;
  EXPECT_EQ(joint_mass(model, all, {}, options).error().code, ErrorCode::limit_exceeded);
}

// Causes w0 .. w9, each pair with a common observed effect: the moral graph is a clique of ten.
// Their effect x has the child y.
ModelBuilder clique_of_causes(double never) {
  std::string graph = "w0 -> x -> y";
  for (int i = 0; i < 10; ++i)
    for (int j = 0; j < i; ++j) {
      const auto z = "z" + std::to_string(i) + "_" + std::to_string(j);
      graph += "; w" + std::to_string(i) + " -> " + z + "; w" + std::to_string(j) + " -> " + z;
    }
  ModelBuilder builder("m", graph);
  builder.table("x", {"w0"}, {0.8, 0.2, 0.1, 0.9}).table("y", {"x"}, {0.7, 0.3, 0.2, 0.8});
  for (int i = 0; i < 10; ++i) {
    const auto w = "w" + std::to_string(i);
    builder.table(w, {}, {0.5, 0.5});
    for (int j = 0; j < i; ++j)
      builder.table("z" + std::to_string(i) + "_" + std::to_string(j), {w, "w" + std::to_string(j)},
                    {1 - never, never, 0.7, 0.3, 0.6, 0.4, 0.5, 0.5});
  }
  return builder;
}

TEST(Elimination, LeavesOutWhatIsBarrenOrSeparated) {
  InferenceOptions options;
  options.limits.factor_cells = 64;
  for (const double never : {0.1, 0.0}) {
    SCOPED_TRACE(never);
    const auto model = *clique_of_causes(never).build();
    const VariableId y[] = {*model.require("y")};
    EXPECT_NEAR(joint_mass(model, y, {}, options)->values[1], 0.45 * 0.3 + 0.55 * 0.8, 1e-12);
    std::vector<Evidence> evidence;
    for (VariableId v = 0; static_cast<std::size_t>(v) < model.variable_count(); ++v)
      if (model.variable(v).name[0] == 'z') evidence.push_back(observed_state(model, v, 1));
    EXPECT_EQ(posterior(model, y, evidence, options).error().code, ErrorCode::limit_exceeded);
    evidence.push_back(observed_state(model, *model.require("x"), 1));
    const auto cut_off = posterior(model, y, evidence, options);
    // Zeros in the separated part: whether the evidence can happen at all has to be summed.
    EXPECT_EQ(cut_off.has_value(), never > 0);
    EXPECT_EQ(cut_off.value_or(Factor{{}, {}, {0.2, 0.8}}).values, (std::vector<double>{0.2, 0.8}));
    EXPECT_NEAR(posterior(model, y, evidence)->values[1], 0.8, 1e-12);
  }
}

TEST(Elimination, EvidenceTooUnlikelyForADoubleStillHasAPosterior) {
  // 900 symptoms of one cause, each of probability 0.1 or 0.2: P(all) is about 1e-630.
  std::string graph = "c";
  ModelBuilder* builder = nullptr;
  for (int i = 0; i < 900; ++i) graph += "; c -> s" + std::to_string(i);
  ModelBuilder symptoms("m", graph);
  builder = &symptoms;
  builder->table("c", {}, {0.5, 0.5});
  std::vector<Evidence> evidence;
  for (int i = 0; i < 900; ++i)
    builder->table("s" + std::to_string(i), {"c"},
                   i < 450 ? std::vector<double>{0.9, 0.1, 0.8, 0.2}
                           : std::vector<double>{0.8, 0.2, 0.9, 0.1});
  const auto model = *builder->build();
  for (int i = 0; i < 899; ++i)
    evidence.push_back(observed_state(model, *model.require("s" + std::to_string(i)), 1));
  const VariableId c[] = {0};
  const auto after = posterior(model, c, evidence);
  ASSERT_TRUE(after) << error_text(after.error());
  EXPECT_NEAR(after->values[1], 2.0 / 3, 1e-12);
  EXPECT_EQ(value_or_nan(joint_mass(model, {}, evidence)), 0);
}

TEST(Elimination, RefusesBadArgumentsAndStopsWhenCancelled) {
  const auto model = asia();
  const VariableId twice[] = {0, 0};
  const VariableId outside[] = {8};
  const VariableId negative[] = {-1};
  for (const auto targets :
       {std::span<const VariableId>(twice), std::span<const VariableId>(outside),
        std::span<const VariableId>(negative)}) {
    EXPECT_EQ(joint_mass(model, targets, {}).error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(enumerate_joint_mass(model, targets, {}).error().code, ErrorCode::invalid_argument);
  }
  const Evidence bad[] = {{0, {true}}};
  EXPECT_EQ(joint_mass(model, {}, bad).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(enumerate_joint_mass(model, {}, bad).error().code, ErrorCode::invalid_argument);
  const Evidence nobody[] = {{9, {true, true}}};
  EXPECT_EQ(posterior(model, {}, nobody).error().code, ErrorCode::invalid_argument);

  const Evidence never[] = {{0, {false, false}}};
  EXPECT_EQ(posterior(model, {}, never).error().code, ErrorCode::zero_probability);
  EXPECT_EQ(value_or_nan(joint_mass(model, {}, never)), 0);

  CancellationSource source;
  source.cancel();
  const InferenceOptions options{{}, source.token()};
  const VariableId dysp[] = {7};
  EXPECT_EQ(joint_mass(model, dysp, {}, options).error().code, ErrorCode::cancelled);
  EXPECT_EQ(enumerate_joint_mass(model, dysp, {}, options).error().code, ErrorCode::cancelled);
}

TEST(Enumeration, RefusesAJointOverTheLimit) {
  InferenceOptions options;
  options.limits.factor_cells = 256;
  EXPECT_TRUE(enumerate_joint_mass(asia(), {}, {}, options));
  options.limits.factor_cells = 255;
  EXPECT_EQ(enumerate_joint_mass(asia(), {}, {}, options).error().code, ErrorCode::limit_exceeded);
}

}  // namespace
}  // namespace causal_gym
