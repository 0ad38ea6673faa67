// Models written in C++, and random ones: each is what it says, and the first fault is reported.
#include "engine/model/build.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/graph/random_graph.h"
#include "engine/graph/surgery.h"
#include "engine/graph/text.h"
#include "engine/model/factor.h"
#include "engine/model/random_model.h"

namespace causal_gym {
namespace {

using testing::ElementsAre;

TEST(ModelBuilder, BuildsWhatModelCreateBuilds) {
  const auto built =
      ModelBuilder("m", "z -> x; z -> y; x -> y")
          .binary("x", "untreated", "treated")
          .table("z", {}, {0.6, 0.4})
          .table("y", {"x", "z"}, {0.7, 0.3, 0.5, 0.5, 0.6, 0.4, 0.2, 0.8}, Coupling::monotone)
          .noisy_or("x", {{"z", 0.3}}, 0.1)
          .label("y", "Recovery")
          .unit("y", "days")
          .baseline("x", "treated")
          .build();
  ASSERT_TRUE(built) << error_text(built.error());
  auto x = binary_variable("x", "untreated", "treated");
  x.baseline = 1;
  auto y = binary_variable("y");
  y.label = "Recovery";
  y.unit = "days";
  const auto created = Model::create(
      "m", *parse_graph("z -> x; z -> y; x -> y"), {binary_variable("z"), x, y},
      {TableMechanism{{}, {0.6, 0.4}}, NoisyOrMechanism{{0}, {0.3}, 0.1},
       TableMechanism{{1, 0}, {0.7, 0.3, 0.5, 0.5, 0.6, 0.4, 0.2, 0.8}, Coupling::monotone}});
  ASSERT_TRUE(created);
  EXPECT_EQ(*built, *created);
}

TEST(ModelBuilder, DeclaresEachType) {
  const auto model = *ModelBuilder("m", "a; b; c")
                          .label("a", "kept")
                          .categorical("a", {"x", "y", "z"})
                          .ordinal("b", {"low", "high"}, {1, 10})
                          .count("c", -1, 1)
                          .deterministic("a", {}, {2})
                          .deterministic("b", {}, {0})
                          .deterministic("c", {}, {0})
                          .build();
  EXPECT_EQ(model.variable(0).label, "kept");
  EXPECT_EQ(model.variable(1).type, VariableType::ordinal);
  EXPECT_THAT(model.variable(1).numbers, ElementsAre(1, 10));
  EXPECT_THAT(model.variable(2).states, ElementsAre("-1", "0", "1"));
  EXPECT_THAT(model.variable(2).numbers, ElementsAre(-1, 0, 1));
}

TEST(ModelBuilder, ReportsTheFirstFault) {
  const auto refused = [](ModelBuilder builder, ErrorCode code, std::string_view where) {
    const auto model = builder.table("x", {}, {0.5, 0.5}).build();
    ASSERT_FALSE(model) << where;
    EXPECT_EQ(model.error().code, code) << error_text(model.error());
    EXPECT_EQ(model.error().where, where) << error_text(model.error());
  };
  const auto unknown = ErrorCode::unknown_name;
  refused(ModelBuilder("m", "x -> x2 ->").label("q", ""), ErrorCode::parse_error,
          "line 1, column 11");
  refused(ModelBuilder("m", "x").label("q", ""), unknown, "variables.q");
  refused(ModelBuilder("m", "x").binary("q").table("r", {}, {}), unknown, "variables.q");
  refused(ModelBuilder("m", "x").table("q", {}, {}), unknown, "mechanisms.q");
  refused(ModelBuilder("m", "x").table("x", {"q"}, {}), unknown, "mechanisms.x.given");
  refused(ModelBuilder("m", "x").noisy_or("x", {{"q", 1}}), unknown, "mechanisms.x.given");
  refused(ModelBuilder("m", "x").baseline("x", "maybe"), unknown, "variables.x.baseline");
  refused(ModelBuilder("m", "x").table("x", {}, {1, 0}), ErrorCode::invalid_argument,
          "mechanisms.x");
  refused(ModelBuilder("m", "x; y"), ErrorCode::invalid_argument, "mechanisms.y");
  refused(ModelBuilder("m", "x").count("x", 0, 1'000'000'000), ErrorCode::limit_exceeded,
          "variables.x");
}

TEST(RandomDag, DependsOnTheSeedAloneAndHasTheChanceOfEdges) {
  Rng first(7, 1), again(7, 1), other(8, 1);
  EXPECT_EQ(random_dag(30, 0.3, first), random_dag(30, 0.3, again));
  EXPECT_NE(random_dag(30, 0.3, first), random_dag(30, 0.3, other));
  std::size_t edges = 0, forward = 0;
  for (int i = 0; i < 200; ++i) {
    const auto graph = random_dag(20, 0.3, first);
    for (const auto& edge : graph.directed_edges()) {
      ++edges;
      forward += edge.from < edge.to ? 1 : 0;
    }
  }
  // 38,000 pairs: five standard deviations are 447 and, of half the edges, 270.
  EXPECT_NEAR(static_cast<double>(edges), 0.3 * 38'000, 447);
  EXPECT_NEAR(static_cast<double>(forward), static_cast<double>(edges) / 2, 270);
  EXPECT_EQ(random_dag(0, 0.5, first).node_count(), 0);
  EXPECT_EQ(random_dag(5, 1, first).directed_edges().size(), 10);
  EXPECT_EQ(random_dag(30, 0, first).name(29), "v29");
}

TEST(RandomModel, ProjectsToItsGraph) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    Rng rng(seed, stream_of("random_model"));
    const auto graph = random_admg(1 + rng.below(6), 0.4, 0.3, rng);
    const auto model = random_model(graph, rng);
    for (const auto& edge : model.graph().directed_edges())
      EXPECT_TRUE(model.graph().is_latent(edge.from) || graph.has_edge(edge.from, edge.to));
    const auto projection = latent_projection(model.graph());
    ASSERT_TRUE(projection);
    EXPECT_EQ(*projection, graph);
  }
}

TEST(RandomModel, KeepsItsOptions) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    Rng rng(seed, stream_of("random_model_options"));
    const auto model = random_model(random_dag(6, 0.4, rng), rng, {2, 4, true, true});
    for (VariableId v = 0; v < 6; ++v) {
      EXPECT_GE(model.state_count(v), 2);
      EXPECT_LE(model.state_count(v), 4);
      EXPECT_FALSE(std::holds_alternative<DeterministicMechanism>(model.mechanism(v)));
      const bool table = std::holds_alternative<TableMechanism>(model.mechanism(v));
      const double least = table ? 0.1 / static_cast<double>(model.state_count(v)) - 1e-12 : 1e-9;
      const auto factor = mechanism_factor(model, v);
      ASSERT_TRUE(factor);
      for (const double number : factor->values) EXPECT_GE(number, least);
    }
  }
}

}  // namespace
}  // namespace causal_gym
