// Models: what Model::create accepts, divides and refuses, naming the culprit.
#include "engine/model/model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "engine/graph/random_graph.h"
#include "engine/graph/text.h"
#include "engine/model/random_model.h"

namespace causal_gym {
namespace {

using testing::HasSubstr;

struct Parts {
  Graph graph;
  std::vector<Variable> variables;
  std::vector<Mechanism> mechanisms;

  [[nodiscard]] Result<Model> build(const Limits& limits = {}) const {
    return Model::create("m", graph, variables, mechanisms, limits);
  }
};

// z -> x, z -> y, x -> y, with ids in this order.
Parts confounded() {
  return {
      *parse_graph("z -> x; z -> y; x -> y"),
      {binary_variable("z"), binary_variable("x", "untreated", "treated"), binary_variable("y")},
      {TableMechanism{{}, {0.6, 0.4}}, TableMechanism{{0}, {0.9, 0.1, 0.2, 0.8}},
       TableMechanism{{0, 1}, {0.7, 0.3, 0.5, 0.5, 0.6, 0.4, 0.2, 0.8}}}};
}

struct Refusal {
  ErrorCode code;
  const char* message;
  const char* where;
};

void expect_refused(const Parts& parts, const Refusal& refusal, const Limits& limits = {}) {
  const auto model = parts.build(limits);
  ASSERT_FALSE(model) << refusal.message;
  EXPECT_EQ(model.error().code, refusal.code) << refusal.message;
  EXPECT_THAT(model.error().message, HasSubstr(refusal.message));
  EXPECT_EQ(model.error().where, refusal.where);
}

TEST(Model, HoldsWhatItWasGiven) {
  const auto parts = confounded();
  const auto model = parts.build();
  ASSERT_TRUE(model) << error_text(model.error());
  EXPECT_EQ(model->name(), "m");
  EXPECT_EQ(model->variable_count(), 3);
  EXPECT_EQ(model->graph(), parts.graph);
  EXPECT_EQ(model->variable(1).states[1], "treated");
  EXPECT_EQ(model->mechanism(2), parts.mechanisms[2]);
  EXPECT_EQ(model->state_count(0), 2);
  EXPECT_EQ(model->require("y"), 2);
}

TEST(Model, WithoutVariablesIsAModel) {
  EXPECT_EQ(Model().variable_count(), 0);
  EXPECT_EQ(Model(), *Model::create("", Graph(), {}, {}));
}

TEST(Model, UnknownVariableComesWithTheNearest) {
  const auto parts =
      Parts{*parse_graph("rain"), {binary_variable("rain")}, {TableMechanism{{}, {0.6, 0.4}}}};
  const auto found = parts.build()->require("rian");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::unknown_name);
  EXPECT_EQ(found.error().suggestion, "did you mean 'rain'?");
}

TEST(Model, EqualityLooksAtEveryNumber) {
  auto parts = confounded();
  const auto model = *parts.build();
  EXPECT_EQ(model, *parts.build());
  EXPECT_NE(model, renamed(model, "other"));
  EXPECT_EQ(renamed(renamed(model, "other"), "m"), model);
  std::get<TableMechanism>(parts.mechanisms[0]).probabilities = {0.5, 0.5};
  EXPECT_NE(model, *parts.build());
  parts = confounded();
  parts.variables[2].label = "Recovery";
  EXPECT_NE(model, *parts.build());
}

TEST(Model, RowsNearOneAreDividedByTheirSum) {
  auto parts = confounded();
  parts.mechanisms[0] = TableMechanism{{}, {0.6, 0.4 + 9e-7}};
  const auto model = parts.build();
  ASSERT_TRUE(model);
  const auto& row = std::get<TableMechanism>(model->mechanism(0)).probabilities;
  EXPECT_DOUBLE_EQ(row[0], 0.6 / (1 + 9e-7));
  EXPECT_NEAR(row[0] + row[1], 1, 1e-15);
  parts.mechanisms[0] = TableMechanism{{}, {0.6, 0.4 + 1.1e-6}};
  EXPECT_FALSE(parts.build());
}

TEST(Model, BuiltFromItsOwnPartsIsTheSameModel) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    Rng rng(seed, stream_of("model_test"));
    const auto graph = random_dag(1 + rng.below(6), 0.4, rng);
    const auto model = random_model(graph, rng, {1, 7, seed % 2 == 0, true});
    const auto again = Model::create(model.name(), model.graph(),
                                     {model.variables().begin(), model.variables().end()},
                                     {model.mechanisms().begin(), model.mechanisms().end()});
    ASSERT_TRUE(again) << error_text(again.error());
    EXPECT_EQ(*again, model);
  }
}

TEST(Model, RefusesPartsOfAnotherShape) {
  auto parts = confounded();
  parts.variables.pop_back();
  expect_refused(parts,
                 {ErrorCode::invalid_argument, "3 nodes, but there are 2 variables", "variables"});
  parts = confounded();
  parts.mechanisms.pop_back();
  expect_refused(
      parts, {ErrorCode::invalid_argument, "3 nodes, but there are 2 mechanisms", "mechanisms"});
  parts = confounded();
  std::swap(parts.variables[0], parts.variables[1]);
  expect_refused(parts, {ErrorCode::invalid_argument, "variable 0 is 'x'", "variables[0]"});
  parts = confounded();
  parts.variables[1].states = {"a", "a"};
  expect_refused(parts, {ErrorCode::invalid_argument, "twice", "variables.x.states[1]"});
  parts = confounded();
  parts.graph = *parse_graph("z -> x; z -> y; x -> y; x <-> y");
  expect_refused(parts, {ErrorCode::invalid_argument, "'x <-> y'", "graph"});
  EXPECT_THAT(parts.build().error().suggestion, HasSubstr("u [latent]; u -> {x y}"));
}

TEST(Model, RefusesParentsThatAreNotTheGraphs) {
  const auto with_given = [](std::vector<VariableId> given) {
    auto parts = confounded();
    std::get<TableMechanism>(parts.mechanisms[2]).given = std::move(given);
    return parts;
  };
  const auto refusal = [](const char* message) {
    return Refusal{ErrorCode::invalid_argument, message, "mechanisms.y.given"};
  };
  EXPECT_TRUE(with_given({1, 0}).build());
  expect_refused(with_given({0}), refusal("'y' is not given 'x'"));
  expect_refused(with_given({0, 0}), refusal("given 'z' twice"));
  expect_refused(with_given({0, 1, 2}), refusal("'y', which is not a parent"));
  expect_refused(with_given({0, 3}), refusal("given variable 3"));
  expect_refused(with_given({0, -1}), refusal("given variable -1"));
}

TEST(Model, RefusesTablesNamingTheRow) {
  const auto with_table = [](std::vector<double> probabilities) {
    auto parts = confounded();
    std::get<TableMechanism>(parts.mechanisms[2]).probabilities = std::move(probabilities);
    return parts;
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  expect_refused(
      with_table({0.7, 0.3}),
      {ErrorCode::invalid_argument, "has 2 numbers, not 8 (4 rows of 2)", "mechanisms.y.table"});
  expect_refused(
      with_table({0.7, 0.3, 0.5, 0.5, 0.6, 0.4, 0.2, 0.7}),
      {ErrorCode::invalid_argument, "row 3 of mechanism 'y' (z=true, x=treated) sums to 0.9",
       "mechanisms.y.table[3]"});
  expect_refused(
      with_table({0.7, 0.3, -0.5, 1.5, 0.6, 0.4, 0.2, 0.8}),
      {ErrorCode::invalid_argument, "(z=false, x=treated) holds -0.5", "mechanisms.y.table[1]"});
  expect_refused(with_table({0.7, 0.3, 0.5, 0.5, nan, 0.4, 0.2, 0.8}),
                 {ErrorCode::invalid_argument, "outside [0, 1]", "mechanisms.y.table[2]"});
  auto parts = confounded();
  parts.mechanisms[0] = TableMechanism{{}, {0.5, 0.6}};
  expect_refused(parts, {ErrorCode::invalid_argument, "row 0 of mechanism 'z' sums to 1.1",
                         "mechanisms.z.table[0]"});
}

TEST(Model, RefusesNoisyOrOutOfRange) {
  const auto with = [](std::vector<double> strengths, double leak) {
    auto parts = confounded();
    parts.mechanisms[2] = NoisyOrMechanism{{0, 1}, std::move(strengths), leak};
    return parts;
  };
  EXPECT_TRUE(with({0, 1}, 1).build());
  expect_refused(with({0.5}, 0), {ErrorCode::invalid_argument, "1 numbers, not 2",
                                  "mechanisms.y.noisy_or.strengths"});
  expect_refused(with({0.5, 1.5}, 0), {ErrorCode::invalid_argument, "the strength of 'x'",
                                       "mechanisms.y.noisy_or.strengths[1]"});
  expect_refused(with({0.5, 0.5}, -0.1),
                 {ErrorCode::invalid_argument, "the leak", "mechanisms.y.noisy_or.leak"});
  auto parts = with({0.5, 0.5}, 0);
  parts.variables[0] = make_variable("z", VariableType::categorical, {"a", "b", "c"});
  parts.mechanisms[0] = TableMechanism{{}, {0.2, 0.3, 0.5}};
  parts.mechanisms[1] = TableMechanism{{0}, {0.5, 0.5, 0.5, 0.5, 0.5, 0.5}};
  expect_refused(
      parts, {ErrorCode::invalid_argument, "'z', which is not binary", "mechanisms.y.noisy_or"});
  parts = {*parse_graph("z"),
           {make_variable("z", VariableType::categorical, {"a"})},
           {NoisyOrMechanism{{}, {}, 0.5}}};
  expect_refused(parts, {ErrorCode::invalid_argument, "not binary", "mechanisms.z.noisy_or"});
}

TEST(Model, RefusesDeterministicOutOfRange) {
  auto parts = confounded();
  parts.mechanisms[2] = DeterministicMechanism{{0, 1}, {0, 1, 1, 2}};
  expect_refused(parts, {ErrorCode::invalid_argument, "row 3 of mechanism 'y' (z=true, x=treated)",
                         "mechanisms.y.deterministic[3]"});
  parts.mechanisms[2] = DeterministicMechanism{{0, 1}, {0, 1, -1, 0}};
  expect_refused(parts,
                 {ErrorCode::invalid_argument, "is state -1", "mechanisms.y.deterministic[2]"});
  parts.mechanisms[2] = DeterministicMechanism{{0, 1}, {0, 1}};
  expect_refused(parts,
                 {ErrorCode::invalid_argument, "2 numbers, not 4", "mechanisms.y.deterministic"});
}

TEST(Model, LimitsHoldAtTheirEdge) {
  const auto parts = confounded();
  Limits limits;
  limits.nodes = 3;
  limits.edges = 3;
  limits.mechanism_cells = 8;
  limits.name_length = 9;
  limits.states = 2;
  EXPECT_TRUE(parts.build(limits));
  auto tight = limits;
  tight.nodes = 2;
  EXPECT_EQ(parts.build(tight).error().code, ErrorCode::limit_exceeded);
  tight = limits;
  tight.edges = 2;
  EXPECT_EQ(parts.build(tight).error().code, ErrorCode::limit_exceeded);
  tight = limits;
  tight.mechanism_cells = 7;
  expect_refused(parts, {ErrorCode::limit_exceeded, "the table of 'y'", "mechanisms.y.table"},
                 tight);
  tight = limits;
  tight.name_length = 8;
  EXPECT_EQ(parts.build(tight).error().code, ErrorCode::limit_exceeded);
}

TEST(JointStateCount, StopsBeforeItOverflows) {
  EXPECT_EQ(joint_state_count({}, 10), 1);
  const std::vector<std::size_t> three{2, 3, 4};
  EXPECT_EQ(joint_state_count(three, 24), 24);
  EXPECT_EQ(joint_state_count(three, 23), 24);
  const std::vector<std::size_t> many(1000, 512);
  EXPECT_EQ(joint_state_count(many, 1 << 24), (1 << 24) + 1);
}

}  // namespace
}  // namespace causal_gym
