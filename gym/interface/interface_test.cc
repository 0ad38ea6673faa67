// What each component shows, and how it reads as text.
#include "gym/interface/interface.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/model/build.h"
#include "gym/interface/observation.h"

namespace causal_gym {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Environment lawn() {
  return {.id = "lawn-v1",
          .title = "Lawn",
          .story = "Rain and shade.",
          .source = "made for this test",
          .roles = {},
          .model = *ModelBuilder("lawn-v1",
                                 "cloud [latent]; cloud -> rain; cloud -> shade; rain -> mood")
                        .categorical("mood", {"bad", "fair", "good"})
                        .label("rain", "Rain today")
                        .table("cloud", {}, {0.5, 0.5})
                        .table("rain", {"cloud"}, {0.9, 0.1, 0.3, 0.7})
                        .deterministic("shade", {"cloud"}, {0, 1})
                        .table("mood", {"rain"}, {0.2, 0.3, 0.5, 0.7, 0.2, 0.1})
                        .build(),
          .queries = {"P(rain)"},
          .interventions = {"rain=1"}};
}

Observation observed(const Environment& environment, std::vector<Component> components,
                     int phase = 0, const std::string& regime = "",
                     std::vector<ShownValue> unit = {}) {
  const auto observation =
      observe({"test", std::move(components)}, {environment,
                                                phase,
                                                *parse_regime(regime, environment.model),
                                                {"set rain=true"},
                                                {"P(rain)"},
                                                std::move(unit)});
  EXPECT_TRUE(observation) << error_text(observation.error());
  return *observation;
}

TEST(Presets, AreTheTwoOfTheContract) {
  const auto names_of = [](const char* preset) {
    std::vector<std::string> names;
    const auto interface = *find_interface(preset);
    for (const auto& component : interface.components)
      names.emplace_back(component_name(component));
    return names;
  };
  EXPECT_THAT(names_of("correlational"), ElementsAre("story", "correlation_table", "belief_form"));
  EXPECT_THAT(names_of("causal"),
              ElementsAre("story", "graph", "correlation_table", "observation_panel",
                          "intervention_button", "belief_form"));
  EXPECT_TRUE(shows_units(*find_interface("causal")));
  EXPECT_FALSE(shows_units(*find_interface("correlational")));
}

TEST(FindInterface, AnswersAnUnknownNameWithTheNearest) {
  const auto none = find_interface("casual");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::unknown_name);
  EXPECT_EQ(none.error().suggestion, "did you mean 'causal'?");
}

TEST(Observe, TheStoryListsObservedVariablesOnly) {
  const auto environment = lawn();
  const auto observation = observed(environment, {StoryComponent{}});
  const auto& story = std::get<ShownStory>(observation.components[0]);
  EXPECT_EQ(story.title, "Lawn");
  std::vector<std::string> names;
  for (const auto& variable : story.variables) names.push_back(variable.name);
  EXPECT_THAT(names, ElementsAre("rain", "shade", "mood"));
}

TEST(Observe, CorrelationsAreThoseOfTheJoint) {
  const auto environment = lawn();
  const auto observation = observed(environment, {CorrelationTableComponent{}});
  const auto& shown = std::get<ShownCorrelations>(observation.components[0]);
  ASSERT_EQ(shown.marginals.size(), 3U);
  EXPECT_NEAR(shown.marginals[0].probabilities[1], 0.4, 1e-12);
  ASSERT_EQ(shown.correlations.size(), 3U);
  // r of rain and shade: (0.35 - 0.4 * 0.5) / sqrt(0.24 * 0.25).
  EXPECT_EQ(shown.correlations[0].first, "rain");
  EXPECT_EQ(shown.correlations[0].second, "shade");
  EXPECT_TRUE(shown.correlations[0].is_signed);
  EXPECT_NEAR(*shown.correlations[0].value, 0.15 / std::sqrt(0.06), 1e-12);
  // V of rain and mood: P(mood | rain) differs from P(mood) = 0.4, 0.26, 0.34.
  EXPECT_FALSE(shown.correlations[1].is_signed);
  const double phi2 = 0.6 * (0.04 / 0.4 + 0.0016 / 0.26 + 0.0256 / 0.34) +
                      0.4 * (0.09 / 0.4 + 0.0036 / 0.26 + 0.0576 / 0.34);
  EXPECT_NEAR(*shown.correlations[1].value, std::sqrt(phi2), 1e-12);
}

TEST(Observe, AConstantHasNoCorrelation) {
  auto environment = lawn();
  environment.model = *ModelBuilder("m", "a -> b; c")
                           .categorical("c", {"x", "y", "z"})
                           .table("a", {}, {1, 0})
                           .table("b", {"a"}, {0.5, 0.5, 0.5, 0.5})
                           .table("c", {}, {0, 1, 0})
                           .build();
  const auto observation =
      observe({"test", {CorrelationTableComponent{}}}, {environment, 0, {}, {}, {}, {}});
  ASSERT_TRUE(observation);
  for (const auto& pair : std::get<ShownCorrelations>(observation->components[0]).correlations)
    EXPECT_FALSE(pair.value) << pair.first << " " << pair.second;
  EXPECT_THAT(render_text(*observation), HasSubstr("a and b: constant"));
}

TEST(Observe, PanelsShowTheUnitWholeOrInPart) {
  const auto environment = lawn();
  const std::vector<ShownValue> unit = {{"rain", "true"}, {"shade", "false"}, {"mood", "good"}};
  const auto whole = observed(environment, {ObservationPanelComponent{}}, 0, "", unit);
  EXPECT_EQ(std::get<ShownUnit>(whole.components[0]).values, unit);
  const auto part =
      observed(environment, {ObservationPanelComponent{{"mood", "rain"}}}, 0, "", unit);
  EXPECT_EQ(std::get<ShownUnit>(part.components[0]).values,
            (std::vector<ShownValue>{{"mood", "good"}, {"rain", "true"}}));
}

TEST(Observe, ButtonsAreTheProtocolsOrOnePerState) {
  const auto environment = lawn();
  const auto protocol = observed(environment, {InterventionButtonComponent{}});
  EXPECT_EQ(std::get<ShownButtons>(protocol.components[0]).buttons,
            (std::vector<ShownButton>{{"set rain=true", ""}}));
  const auto states = observed(environment, {InterventionButtonComponent{"mood", {}, "Cheer"}});
  EXPECT_EQ(
      std::get<ShownButtons>(states.components[0]).buttons,
      (std::vector<ShownButton>{
          {"set mood=bad", "Cheer"}, {"set mood=fair", "Cheer"}, {"set mood=good", "Cheer"}}));
}

TEST(Observe, LaterPhasesShowTheRegimeAndTheUnitOnly) {
  const auto environment = lawn();
  const auto everything = find_interface("causal")->components;
  const auto later = observed(environment, everything, 1, "rain=1", {{"rain", "true"}});
  EXPECT_EQ(later.regime, "set rain=true");
  ASSERT_EQ(later.components.size(), 1U);
  EXPECT_EQ(render_text(later),
            "Intervention in force: set rain=true\n\n== One unit observed ==\nrain = true\n");
}

TEST(Observe, RefusesLatentAndUnknownVariables) {
  const auto environment = lawn();
  const auto code = [&](Component component) {
    return observe({"test", {std::move(component)}}, {environment, 0, {}, {}, {}, {}}).error().code;
  };
  EXPECT_EQ(code(ObservationPanelComponent{{"cloud"}}), ErrorCode::invalid_argument);
  EXPECT_EQ(code(ObservationPanelComponent{{"rian"}}), ErrorCode::unknown_name);
  EXPECT_EQ(code(InterventionButtonComponent{"cloud", {}, ""}), ErrorCode::invalid_argument);
  EXPECT_EQ(code(InterventionButtonComponent{"rain", {"heavy"}, ""}), ErrorCode::unknown_name);
}

TEST(RenderText, HasASectionForEachComponent) {
  const auto environment = lawn();
  EXPECT_EQ(render_text(
                observed(environment, {StoryComponent{}, GraphComponent{}, BeliefFormComponent{}})),
            "== Lawn ==\nRain and shade.\n- rain (Rain today): false, true\n- shade: false, "
            "true\n- mood: bad, fair, "
            "good\n\n== Causal graph ==\n" +
                std::get<ShownGraph>(observed(environment, {GraphComponent{}}).components[0]).text +
                "\n== Beliefs asked for ==\n- P(rain)\n");
  EXPECT_EQ(render_text(observed(environment, {})), "Nothing is shown.\n");
}

TEST(FindInterface, APromptStyleBehindAPresetIsAComponent) {
  const auto styled = find_interface("causal+causal_cot");
  ASSERT_TRUE(styled) << error_text(styled.error());
  EXPECT_EQ(styled->name, "causal+causal_cot");
  EXPECT_EQ(prompt_style_of(*styled), PromptStyle::causal_chain_of_thought);
  EXPECT_EQ(component_name(styled->components.back()), "system_prompt");
  auto plain = *find_interface("causal");
  EXPECT_EQ(prompt_style_of(plain), PromptStyle::plain);
  plain.components.push_back(styled->components.back());
  EXPECT_EQ(plain.components, styled->components);
  EXPECT_EQ(find_interface("casual+cot").error().suggestion, "did you mean 'causal'?");
  EXPECT_EQ(find_interface("causal+cto").error().suggestion, "did you mean 'cot'?");
  EXPECT_EQ(find_interface("causal+").error().code, ErrorCode::unknown_name);
}

}  // namespace
}  // namespace causal_gym
