// The page about an effect: each section says what the algorithms behind it found.
#include "engine/identify/effect_explanation.h"

#include <gmock/gmock.h>

#include "engine/graph/random_graph.h"
#include "engine/identify/adjustment.h"
#include "engine/identify/test_sets.h"

namespace causal_gym {
namespace {

using test::causal_graph;
using test::named;

std::map<std::string, std::vector<std::string>> page(const std::string& text) {
  const auto graph = causal_graph(text);
  const auto explanation = explain_effect(graph, named(graph, "x"), named(graph, "y")).value();
  std::map<std::string, std::vector<std::string>> sections;
  for (const auto& section : explanation_page(graph, explanation))
    sections[section.title] = section.lines;
  return sections;
}

TEST(ExplainEffect, TellsOfAConfoundedEffect) {
  const auto sections = page("z -> x; z -> y; x -> y");
  EXPECT_THAT(sections.at("Identifiable from observation"),
              testing::Contains("P(y | do(x)) = sum_{z} P(y | z, x) P(z)"));
  EXPECT_THAT(sections.at("What biases the plain association"),
              testing::ElementsAre("x <- z -> y is open"));
  EXPECT_THAT(sections.at("Adjustment"),
              testing::ElementsAre("enough, with nothing to spare: z", "most precise: z"));
  EXPECT_FALSE(sections.contains("What would make it identifiable"));
}

TEST(ExplainEffect, TellsOfAnEffectThatNeedsRepair) {
  const auto sections = page("i -> x -> y; x <-> y");
  EXPECT_TRUE(sections.contains("Not identifiable from observation"));
  EXPECT_THAT(sections.at("Adjustment"),
              testing::ElementsAre("no set of observed variables will do"));
  EXPECT_THAT(sections.at("Other roads"),
              testing::ElementsAre("instrument: i; in linear models the effect is Cov(y, i) / "
                                   "Cov(x, i)"));
  EXPECT_THAT(sections.at("What would make it identifiable"),
              testing::ElementsAre("measure the common cause of x and y", "randomise x"));
}

TEST(ExplainEffect, CountsProperPathsAlone) {
  // x1 is set as well: what goes through it biases nothing.
  const auto graph = causal_graph("x1 -> y; x2 -> y; x1 -> x2");
  const auto explanation = explain_effect(graph, named(graph, "x1 x2"), named(graph, "y")).value();
  EXPECT_TRUE(explanation.biasing_paths.paths.empty());
  EXPECT_EQ(explanation.causal_paths, 2U);
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Rng rng(seed, stream_of("explain proper"));
    const auto drawn = random_admg(5, 0.4, 0.2, rng);
    const auto order = drawn.topological_order();
    const NodeSet x{order[0], order[2]};
    const auto of = explain_effect(drawn, x, {order[4]}).value();
    for (const auto& path : of.biasing_paths.paths)
      for (std::size_t i = 1; i < path.path.nodes.size(); ++i)
        EXPECT_FALSE(x.contains(path.path.nodes[i])) << seed;
    // No bias is named where nothing need be adjusted for.
    const auto& sets = of.adjustment_sets.sets;
    if (sets.size() == 1 && sets[0].empty()) {
      EXPECT_TRUE(of.biasing_paths.paths.empty()) << seed;
    }
  }
}

TEST(ExplainEffect, LeavesOffWhatIsTooMuchForAPageAndSaysSo) {
  std::string text = "x -> y; x <-> y";
  for (int i = 0; i < 15; ++i) text += "; i" + std::to_string(i) + " -> x";
  const auto graph = causal_graph(text);
  const auto x = named(graph, "x");
  const auto y = named(graph, "y");
  const auto explanation = explain_effect(graph, x, y).value();
  EXPECT_EQ(explanation.instruments.size(), 10U);
  EXPECT_EQ(explanation.instruments_left_off, 5U);
  EXPECT_THAT(page(text).at("Other roads"), testing::Contains("(and 5 more instruments)"));
  ExplanationLimits short_one;
  short_one.symbols = 3;
  const auto chain = causal_graph("x -> m -> y; x <-> y");
  const auto of = explain_effect(chain, named(chain, "x"), named(chain, "y"), short_one).value();
  EXPECT_THAT(of.estimand_text, testing::HasSubstr("symbols)"));
}

TEST(ExplainEffect, ListsNoInstrumentsForAnEffectThatIsNone) {
  EXPECT_FALSE(page("z -> x; y").contains("Other roads"));
}

TEST(ExplainEffect, RefusesWhatIsNoEffect) {
  const auto graph = causal_graph("u [latent]; u -> x -> y");
  const auto explain = [&](const char* x, const char* y) {
    return explain_effect(graph, named(graph, x), named(graph, y)).error().code;
  };
  EXPECT_EQ(explain("x", "x"), ErrorCode::invalid_argument);
  EXPECT_EQ(explain("", "y"), ErrorCode::invalid_argument);
  EXPECT_EQ(explain("u", "y"), ErrorCode::invalid_argument);
}

TEST(ExplainEffect, AgreesWithItsPartsOnRandomGraphs) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Rng rng(seed, stream_of("explain"));
    const auto graph = random_admg(5 + seed % 8, 0.3, 0.15, rng);
    const NodeSet x{graph.topological_order()[0]};
    const NodeSet y{graph.topological_order().back()};
    const auto explanation = explain_effect(graph, x, y).value();
    const bool identifiable = explanation.identification.verdict == Verdict::identifiable;
    EXPECT_EQ(explanation.estimand_text.empty(), !identifiable);
    EXPECT_EQ(explanation.repairs.repairs.empty(), identifiable) << seed;
    EXPECT_EQ(explanation.canonical_set.has_value(), !explanation.adjustment_sets.sets.empty());
    for (const auto& set : explanation.adjustment_sets.sets)
      EXPECT_TRUE(check_adjustment(graph, x, y, set).value().valid) << seed;
    for (const auto& path : explanation.biasing_paths.paths) {
      EXPECT_TRUE(is_open(graph, path.path, {})) << seed;
      EXPECT_NE(path.kind, PathKind::causal) << seed;
    }
    for (const auto& section : explanation_page(graph, explanation)) {
      EXPECT_FALSE(section.lines.empty());
      for (const auto& line : section.lines) EXPECT_FALSE(line.empty()) << section.title;
    }
  }
}

}  // namespace
}  // namespace causal_gym
