// Identification from lists of distributions: published examples, with their text and witnesses.
#include "engine/identify/gid.h"

#include <gtest/gtest.h>

#include "engine/expression/print.h"
#include "engine/graph/random_graph.h"
#include "engine/identify/test_sets.h"

namespace causal_gym {
namespace {

using test::causal_graph;
using test::named;
using test::names_of;

const std::vector<std::string> populations = {"", "trial", "city"};

class GidTest : public testing::Test {
 protected:
  void graph(std::string_view text) { graph_ = causal_graph(text); }
  [[nodiscard]] NodeSet nodes(const std::string& names) const { return named(graph_, names); }
  [[nodiscard]] AvailableDistribution experiment(const std::string& on) const {
    return {.intervened = nodes(on)};
  }
  GeneralIdentification ask(const std::string& x, const std::string& y, const std::string& z,
                            const std::vector<AvailableDistribution>& available) {
    return identify_from(graph_, {nodes(x), nodes(y), nodes(z)}, available, {}, {}, populations)
        .value();
  }
  std::string estimand(const std::string& x, const std::string& y, const std::string& z,
                       const std::vector<AvailableDistribution>& available) {
    const auto answer = ask(x, y, z, available);
    if (answer.verdict != Verdict::identifiable) return answer.reason;
    return expression_text(answer.estimand, names_of(graph_), populations);
  }
  Graph graph_;
};

// Bareinboim & Pearl 2012: an experiment on z stands in for one on x.
TEST_F(GidTest, UsesASurrogateExperiment) {
  graph("z -> x -> y; x <-> z; z <-> y");
  EXPECT_EQ(estimand("x", "y", "", {{}, experiment("z")}), "P(y | do(z), x)");
  EXPECT_EQ(ask("x", "y", "", {{}}).verdict, Verdict::not_identifiable);
}

// Lee, Correa & Bareinboim 2019, figure 1: neither experiment suffices, both do.
TEST_F(GidTest, JoinsTwoExperiments) {
  graph("x1 -> w -> y; x2 -> y; x1 <-> w; x2 <-> y; x1 <-> x2");
  EXPECT_EQ(estimand("x1 x2", "y", "", {experiment("x1"), experiment("x2")}),
            "sum_{w} P(w | do(x1)) P(y | do(x2), w)");
  for (const auto* one : {"x1", "x2"})
    EXPECT_EQ(ask("x1 x2", "y", "", {{}, experiment(one)}).verdict, Verdict::not_identifiable);
}

TEST_F(GidTest, NamesWhatHidesTheCFactorInEachDistribution) {
  graph("x -> y; x <-> y; w -> y");
  const std::vector<AvailableDistribution> available = {
      {}, experiment("y"), {.intervened = nodes("x"), .population = 1, .differs = nodes("y")}};
  const auto answer = ask("x", "y", "", available);
  ASSERT_TRUE(answer.thicket.has_value());
  EXPECT_EQ(answer.thicket->c_factor, nodes("y"));
  EXPECT_TRUE(check_thicket(graph_, available, *answer.thicket));
  EXPECT_EQ(answer.reason,
            "the c-factor of y is needed, and in P(x, y, w), latent causes tie {x, y} together, "
            "and all of it leads there (a hedge); in P(x, w | do(y)), y is set; in "
            "P^{trial}(y, w | do(x)), y has another mechanism");
}

TEST_F(GidTest, TransportsWhatDoesNotDiffer) {
  graph("z -> x -> y; z -> y");
  const AvailableDistribution trial{
      .intervened = nodes("x"), .population = 1, .differs = nodes("z")};
  EXPECT_EQ(estimand("x", "y", "z", {trial}), "P^{trial}(y | do(x), z)");
  EXPECT_EQ(estimand("x", "y", "", {trial, {.observed = nodes("z")}}),
            "sum_{z} P(z) P^{trial}(y | do(x), z)");
  EXPECT_EQ(ask("x", "y", "", {trial}).verdict, Verdict::not_identifiable);
}

TEST_F(GidTest, ALatentNodeThatDiffersIsInTheLawOfWhatItReaches) {
  graph("u [latent]; u -> a; u -> b; a -> c");
  const AvailableDistribution other{.population = 1, .differs = nodes("u")};
  EXPECT_EQ(estimand("a", "c", "", {other}), "P^{trial}(c | a)");
  const auto answer = ask("", "a", "", {other});
  ASSERT_TRUE(answer.thicket.has_value());
  EXPECT_EQ(answer.thicket->refusals[0].why, Refusal::differs);
}

// Lee & Bareinboim 2020: an experiment that measures one node.
TEST_F(GidTest, TakesMarginalsOfExperiments) {
  graph("x1 -> w -> y; x2 -> y; x1 <-> w; x2 <-> y; x1 <-> x2");
  const AvailableDistribution marginal{.intervened = nodes("x1"), .observed = nodes("w")};
  EXPECT_EQ(estimand("x1 x2", "y", "", {marginal, experiment("x2")}),
            "sum_{w} P(w | do(x1)) P(y | do(x2), w)");
}

TEST_F(GidTest, TreatsWhatIsNotMeasuredAsLatent) {
  graph("x -> m -> y; x <-> y; a -> x; a -> y");
  const AvailableDistribution trial{.intervened = nodes("x"), .observed = nodes("y")};
  const AvailableDistribution survey{.observed = nodes("a x m y")};
  const auto front_door = ask("x", "y", "", {survey});
  EXPECT_EQ(front_door.verdict, Verdict::identifiable);
  EXPECT_EQ(estimand("x", "y", "", {trial}), "P(y | do(x))");
  // P(y) alone: x and m are latent.
  EXPECT_EQ(estimand("", "y", "", {{.observed = nodes("y")}}), "P(y)");
}

TEST_F(GidTest, SaysUnknownWhenItsMethodIsNotComplete) {
  graph("z -> x -> y; z -> y");
  // The joint follows from its three factors, but is none of them.
  const auto answer = ask("x", "y", "",
                          {{.observed = nodes("z")},
                           {.observed = nodes("x"), .given = nodes("z")},
                           {.observed = nodes("y"), .given = nodes("x")}});
  EXPECT_EQ(answer.verdict, Verdict::unknown);
  EXPECT_TRUE(answer.limit.empty());
  EXPECT_FALSE(answer.thicket.has_value());
}

TEST_F(GidTest, RefusesWhatNoDistributionSpeaksOf) {
  graph("x -> y; z");
  EXPECT_EQ(ask("", "y", "", {{.observed = nodes("x")}}).reason,
            "the effect depends on y, of which no distribution speaks");
  EXPECT_EQ(ask("x", "y", "", {{.observed = nodes("y")}}).verdict, Verdict::not_identifiable);
  EXPECT_EQ(estimand("", "y", "z", {{.observed = nodes("y")}}), "P(y)");
}

// Bareinboim, Tian & Pearl 2014, theorem 1: recoverable exactly when s and y are separated given x.
TEST_F(GidTest, RecoversFromASelectedSampleWhatSelectionDoesNotTouch) {
  graph("x -> y; x -> s; x <-> y");
  const AvailableDistribution sample{.selected = nodes("s")};
  EXPECT_EQ(estimand("", "y", "x", {sample}), "P(y | x, s)");
  EXPECT_EQ(ask("x", "y", "", {sample}).verdict, Verdict::not_identifiable);
  graph("x -> y -> s");
  EXPECT_NE(ask("", "y", "x", {{.selected = nodes("s")}}).verdict, Verdict::identifiable);
}

// Bareinboim & Tian 2015, figure 1: w2 leads to the selection, and w1 ties y to it.
TEST_F(GidTest, RecoversAnEffectFromASelectedSample) {
  graph("w1 -> x; w2 -> x -> y; w2 -> s; w1 <-> w2; w1 <-> y");
  EXPECT_EQ(estimand("x", "y", "", {{.selected = nodes("s")}}),
            "sum_{w1} P(w1 | w2, s) P(y | w1, x, w2, s)");
}

// dosearch's example: z1 and z2 are measured in a sample that is not selected.
TEST_F(GidTest, CompletesASelectedSampleWithAnother) {
  graph("x -> z1 -> z2; x -> y; z2 -> s; y <-> z2");
  const AvailableDistribution sample{.selected = nodes("s")};
  const AvailableDistribution census{.observed = nodes("z1 z2")};
  EXPECT_EQ(ask("x", "y", "", {sample}).verdict, Verdict::unknown);
  EXPECT_EQ(estimand("x", "y", "", {sample, census}), "sum_{z2} P(z2 | z1) P(y | x, z1, z2, s)");
}

TEST_F(GidTest, NamesTheCulpritOfABadList) {
  graph("x -> y; z; u [latent]; u -> y");
  const auto error = [&](const std::vector<AvailableDistribution>& available) {
    const auto answer = identify_from(graph_, {nodes("x"), nodes("y"), {}}, available);
    EXPECT_FALSE(answer);
    return answer ? "" : answer.error().message;
  };
  EXPECT_EQ(error({}), "no distribution is available");
  EXPECT_EQ(error({{.intervened = nodes("u")}}), "'u' is latent and cannot be in the intervention");
  EXPECT_EQ(error({{.intervened = nodes("x"), .given = nodes("x")}}),
            "'x' is both in the intervention and in the condition");
  EXPECT_EQ(error({{.differs = nodes("y")}}), "the target population cannot differ from itself");
  EXPECT_EQ(error({{.population = 1}, {.population = 1, .differs = nodes("y")}}),
            "population 1 differs at other nodes in one distribution than in another");
  EXPECT_EQ(error({{.observed = NodeSet{}}}), "a distribution measures nothing");
  EXPECT_EQ(error({{.selected = nodes("x")}}), "'x' is both in the treatment and in the selection");
  EXPECT_EQ(error({{.population = -1}}), "a population has a negative number");
}

TEST_F(GidTest, GivesUpAtItsLimitsAndStopsWhenCancelled) {
  graph("x -> m -> y; x <-> y; z -> m");
  const EffectTarget target{nodes("x"), nodes("y"), {}};
  const std::vector<AvailableDistribution> available = {{}};
  Limits limits;
  limits.identification_links = 1;
  auto answer = identify_from(graph_, target, available, {}, limits).value();
  EXPECT_EQ(answer.verdict, Verdict::unknown);
  EXPECT_FALSE(answer.limit.empty());
  limits = {};
  limits.identification_projections = 1;
  const std::vector<AvailableDistribution> partial = {{.observed = nodes("x y")},
                                                      {.observed = nodes("z m")}};
  answer = identify_from(graph_, target, partial, {}, limits).value();
  EXPECT_EQ(answer.verdict, Verdict::unknown);
  EXPECT_FALSE(answer.limit.empty());
  limits = {};
  limits.available_distributions = 1;
  EXPECT_EQ(identify_from(graph_, target, partial, {}, limits).error().code,
            ErrorCode::limit_exceeded);
  CancellationSource source;
  source.cancel();
  EXPECT_EQ(identify_from(graph_, target, available, source.token()).error().code,
            ErrorCode::cancelled);
}

TEST_F(GidTest, AnswersInAGraphOfAThousandNodes) {
  Rng rng(4, stream_of("large graph"));
  graph_ = random_admg(1'000, 0.006, 0.002, rng);
  const NodeId y = graph_.topological_order().back();
  const NodeSet x{graph_.parents(y)[0]};
  const EffectTarget target{x, {y}, {}};
  const auto from_all = identify_from(graph_, target, std::vector<AvailableDistribution>{{}});
  EXPECT_NE(from_all->verdict, Verdict::unknown);
  const auto half = NodeSet::first(500) - x - NodeSet{y};
  const std::vector<AvailableDistribution> partial = {{.observed = half | x | NodeSet{y}},
                                                      {.intervened = x, .observed = half}};
  Limits limits;
  limits.identification_projections = 50;
  const auto from_part = identify_from(graph_, target, partial, {}, limits).value();
  EXPECT_EQ(from_part.limit, "projections tried: 51 is over the limit of 50");
}

}  // namespace
}  // namespace causal_gym
