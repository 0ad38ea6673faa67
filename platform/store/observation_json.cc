#include "platform/store/observation_json.h"

#include <array>
#include <span>

namespace causal_gym {
namespace {

using Json = StoredJson;
using Texts = std::vector<std::string>;

// In the order of ShownComponent.
constexpr std::array<std::string_view, std::variant_size_v<ShownComponent>> component_names = {
    "story", "graph", "correlations", "unit", "buttons", "queries"};

Json optional_number(const std::optional<double>& number) {
  return number ? Json(*number) : Json(nullptr);
}

Json encode(const ShownStory& story) {
  Json variables = Json::array();
  for (const ShownVariable& variable : story.variables)
    variables.push_back(
        {{"name", variable.name}, {"label", variable.label}, {"states", variable.states}});
  return {{"title", story.title}, {"text", story.text}, {"variables", std::move(variables)}};
}

Json encode(const ShownGraph& graph) { return {{"text", graph.text}}; }

Json encode(const ShownCorrelations& shown) {
  Json marginals = Json::array();
  for (const ShownMarginal& marginal : shown.marginals)
    marginals.push_back({{"variable", marginal.variable},
                         {"states", marginal.states},
                         {"probabilities", marginal.probabilities}});
  Json correlations = Json::array();
  for (const ShownCorrelation& correlation : shown.correlations)
    correlations.push_back({{"first", correlation.first},
                            {"second", correlation.second},
                            {"value", optional_number(correlation.value)},
                            {"signed", correlation.is_signed}});
  return {{"marginals", std::move(marginals)}, {"correlations", std::move(correlations)}};
}

Json encode(const ShownUnit& unit) { return {{"values", values_json(unit.values)}}; }

Json encode(const ShownButtons& shown) {
  Json buttons = Json::array();
  for (const ShownButton& button : shown.buttons)
    buttons.push_back({{"intervention", button.intervention}, {"label", button.label}});
  return {{"buttons", std::move(buttons)}};
}

Json encode(const ShownQueries& shown) { return {{"queries", shown.queries}}; }

ShownStory story_of(const Json& json) {
  ShownStory story{json.at("title"), json.at("text"), {}};
  for (const Json& variable : json.at("variables"))
    story.variables.push_back(
        {variable.at("name"), variable.at("label"), variable.at("states").get<Texts>()});
  return story;
}

ShownCorrelations correlations_of(const Json& json) {
  ShownCorrelations shown;
  for (const Json& marginal : json.at("marginals"))
    shown.marginals.push_back({marginal.at("variable"), marginal.at("states").get<Texts>(),
                               marginal.at("probabilities").get<std::vector<double>>()});
  for (const Json& correlation : json.at("correlations")) {
    const Json& value = correlation.at("value");
    shown.correlations.push_back(
        {correlation.at("first"), correlation.at("second"),
         value.is_null() ? std::nullopt : std::optional(value.get<double>()),
         correlation.at("signed")});
  }
  return shown;
}

ShownButtons buttons_of(const Json& json) {
  ShownButtons shown;
  for (const Json& button : json.at("buttons"))
    shown.buttons.push_back({button.at("intervention"), button.at("label")});
  return shown;
}

ShownComponent component_of(const Json& json) {
  const std::string name = json.at("component");
  if (name == "story") return story_of(json);
  if (name == "graph") return ShownGraph{json.at("text")};
  if (name == "correlations") return correlations_of(json);
  if (name == "unit") return ShownUnit{values_of(json.at("values"))};
  if (name == "buttons") return buttons_of(json);
  if (name == "queries") return ShownQueries{json.at("queries").get<Texts>()};
  throw Json::other_error::create(501, "component '" + name + "'", &json);
}

}  // namespace

Json values_json(std::span<const ShownValue> values) {
  Json list = Json::array();
  for (const ShownValue& value : values) list.push_back(Json::array({value.variable, value.state}));
  return list;
}

std::vector<ShownValue> values_of(const Json& json) {
  std::vector<ShownValue> values;
  for (const Json& pair : json) values.push_back({pair.at(0), pair.at(1)});
  return values;
}

Json observation_json(const Observation& observation) {
  Json components = Json::array();
  for (const ShownComponent& component : observation.components) {
    Json item = {{"component", component_names[component.index()]}};
    item.update(std::visit([](const auto& shown) { return encode(shown); }, component));
    components.push_back(std::move(item));
  }
  return {{"phase", observation.phase},
          {"regime", observation.regime},
          {"components", std::move(components)}};
}

Observation observation_of(const Json& json) {
  Observation observation{json.at("phase"), json.at("regime"), {}};
  for (const Json& component : json.at("components"))
    observation.components.push_back(component_of(component));
  return observation;
}

}  // namespace causal_gym
