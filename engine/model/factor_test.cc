// Mechanisms as numbers: the two readings agree, and each kind is a distribution.
#include "engine/model/factor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/graph/random_graph.h"
#include "engine/model/build.h"
#include "engine/model/random_model.h"

namespace causal_gym {
namespace {

// Calls visit(states) for each joint state; the last variable runs fastest.
template <class Visit>
void for_each_joint_state(std::span<const std::size_t> cardinalities, Visit visit) {
  std::vector<State> states(cardinalities.size(), 0);
  while (true) {
    visit(states);
    std::size_t i = cardinalities.size();
    while (i > 0 && static_cast<std::size_t>(++states[i - 1]) == cardinalities[i - 1])
      states[--i] = 0;
    if (i == 0) return;
  }
}

double joint_probability(const Model& model, std::span<const State> world) {
  double product = 1;
  for (VariableId v = 0; v < static_cast<VariableId>(model.variable_count()); ++v) {
    std::vector<State> parents;
    for (const VariableId p : mechanism_parents(model.mechanism(v)))
      parents.push_back(world[static_cast<std::size_t>(p)]);
    product *= mechanism_probability(model, v, world[static_cast<std::size_t>(v)], parents);
  }
  return product;
}

double total_probability(const Model& model) {
  std::vector<std::size_t> cardinalities;
  for (const auto& variable : model.variables()) cardinalities.push_back(variable.states.size());
  double sum = 0;
  for_each_joint_state(
      cardinalities, [&](std::span<const State> world) { sum += joint_probability(model, world); });
  return sum;
}

Model mixed_model() {
  return *ModelBuilder("mixed", "a -> c; b -> c; c -> d; b -> d")
              .categorical("d", {"low", "mid", "high"})
              .table("a", {}, {0.25, 0.75})
              .table("b", {}, {0.5, 0.5})
              .noisy_or("c", {{"b", 0.5}, {"a", 0.8}}, 0.1)
              .deterministic("d", {"c", "b"}, {0, 1, 1, 2})
              .build();
}

TEST(MechanismFactor, AndProbabilityAgreeOnRandomModels) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    SCOPED_TRACE(seed);
    Rng rng(seed, stream_of("factor_test"));
    const auto graph = random_admg(1 + rng.below(5), 0.5, 0.2, rng);
    const auto model = random_model(graph, rng, {1 + rng.below(2), 4, seed % 2 == 0, true});
    for (VariableId v = 0; v < static_cast<VariableId>(model.variable_count()); ++v) {
      const auto factor = mechanism_factor(model, v);
      ASSERT_TRUE(factor);
      ASSERT_EQ(factor->variables.back(), v);
      std::size_t cell = 0;
      for_each_joint_state(factor->cardinalities, [&](std::span<const State> states) {
        ASSERT_EQ(factor->values[cell++],
                  mechanism_probability(model, v, states.back(), states.first(states.size() - 1)));
      });
      EXPECT_EQ(cell, factor->values.size());
    }
  }
}

TEST(MechanismFactor, RowsOfEveryKindSumToOne) {
  const auto model = mixed_model();
  for (VariableId v = 0; v < 4; ++v) {
    const auto factor = mechanism_factor(model, v);
    ASSERT_TRUE(factor);
    const auto width = model.state_count(v);
    for (std::size_t row = 0; row < factor->values.size() / width; ++row) {
      double sum = 0;
      for (std::size_t s = 0; s < width; ++s) sum += factor->values[row * width + s];
      EXPECT_DOUBLE_EQ(sum, 1);
    }
  }
}

TEST(Joint, SumsToOneWithEveryKindOfMechanism) {
  EXPECT_NEAR(total_probability(mixed_model()), 1, 1e-12);
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    Rng rng(seed, stream_of("joint"));
    const auto graph = random_dag(1 + rng.below(5), 0.5, rng);
    EXPECT_NEAR(total_probability(random_model(graph, rng, {2, 3, false, true})), 1, 1e-12);
  }
}

// P(c | b, a) by hand: 1 - 0.9 * (1 - 0.5)^b * (1 - 0.8)^a.
TEST(NoisyOr, IsItsClosedForm) {
  const auto model = mixed_model();
  const VariableId c = *model.require("c");
  const double expected[] = {0.1, 1 - 0.9 * 0.2, 1 - 0.9 * 0.5, 1 - 0.9 * 0.5 * 0.2};
  const auto factor = mechanism_factor(model, c);
  ASSERT_TRUE(factor);
  for (std::size_t row = 0; row < 4; ++row) {
    const State parents[] = {static_cast<State>(row / 2), static_cast<State>(row % 2)};
    EXPECT_NEAR(mechanism_probability(model, c, 1, parents), expected[row], 1e-15);
    EXPECT_NEAR(factor->values[row * 2 + 1], expected[row], 1e-15);
  }
}

TEST(NoisyOr, OfNoParentsIsItsLeak) {
  const auto model = *ModelBuilder("leak", "x").noisy_or("x", {}, 0.3).build();
  EXPECT_DOUBLE_EQ(mechanism_probability(model, 0, 1, {}), 0.3);
}

TEST(MechanismFactor, IsLimitedBeforeItIsMade) {
  std::string graph;
  std::vector<std::pair<std::string, double>> strengths;
  for (int i = 0; i < 60; ++i) {
    graph += "p" + std::to_string(i) + " -> x; ";
    strengths.emplace_back("p" + std::to_string(i), 0.5);
  }
  ModelBuilder wide("wide", graph);
  for (const auto& [parent, strength] : strengths) wide.table(parent, {}, {0.5, 0.5});
  const auto model = wide.noisy_or("x", strengths).build();
  ASSERT_TRUE(model) << error_text(model.error());
  const auto factor = mechanism_factor(*model, *model->require("x"));
  ASSERT_FALSE(factor);
  EXPECT_EQ(factor.error().code, ErrorCode::limit_exceeded);
  EXPECT_THAT(factor.error().message, testing::HasSubstr("'x': more than 1e15"));
}

TEST(MechanismFactor, LimitHoldsAtItsEdge) {
  const auto model = mixed_model();
  const VariableId d = *model.require("d");
  Limits limits;
  limits.factor_cells = 12;
  EXPECT_TRUE(mechanism_factor(model, d, limits));
  limits.factor_cells = 11;
  const auto refused = mechanism_factor(model, d, limits);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "cells of the table of 'd': 12 is over the limit of 11");
}

}  // namespace
}  // namespace causal_gym
