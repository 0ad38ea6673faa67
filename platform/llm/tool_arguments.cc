#include "platform/llm/tool_arguments.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/base/spelling.h"
#include "platform/llm/wire_json.h"

namespace causal_gym {

namespace {

using Fields = std::vector<std::string_view>;

UnreadableAction unreadable(std::string problem) { return {std::move(problem)}; }

std::string in_quotes(std::string_view text) { return "'" + std::string(text) + "'"; }

// Why the object is not one with just these members; empty when it is.
std::string problem_with(const WireJson& object, const Fields& fields) {
  for (const auto field : fields)
    if (!object.contains(field)) return "the argument " + in_quotes(field) + " is missing";
  for (const auto& [name, value] : object.items())
    if (std::find(fields.begin(), fields.end(), name) == fields.end())
      return "there is no argument " + in_quotes(name);
  return {};
}

Action stated(const WireJson& object) {
  if (auto problem = problem_with(object, {"query", "belief"}); !problem.empty())
    return unreadable(std::move(problem));
  const auto& query = object["query"];
  const auto& belief = object["belief"];
  if (!query.is_string()) return unreadable("'query' is not a text");
  if (belief.is_null())
    return StateBeliefAction{query.get<std::string>(), Refused{"the model stated null"}};
  if (!belief.is_number() || !std::isfinite(belief.get<double>()))
    return unreadable("'belief' is neither a number nor null");
  return StateBeliefAction{query.get<std::string>(), Stated{belief.get<double>()}};
}

Action intervened(const WireJson& object) {
  if (auto problem = problem_with(object, {"intervention"}); !problem.empty())
    return unreadable(std::move(problem));
  const auto& intervention = object["intervention"];
  if (!intervention.is_string()) return unreadable("'intervention' is not a text");
  return InterveneAction{intervention.get<std::string>()};
}

// A member that stands twice could mean either.
bool repeats_a_member(std::string_view text, std::size_t members) {
  std::size_t keys = 0;
  const auto count = [&keys](int depth, WireJson::parse_event_t event, const WireJson&) {
    if (event == WireJson::parse_event_t::key && depth == 1) ++keys;
    return true;
  };
  const auto read = WireJson::parse(text, count, /*allow_exceptions=*/false);
  return read.is_discarded() || keys != members;
}

template <class Plain>
Action without_arguments(const WireJson& object) {
  if (auto problem = problem_with(object, {}); !problem.empty())
    return unreadable(std::move(problem));
  return Plain{};
}

}  // namespace

Action read_tool_call(const std::string& name, std::string_view arguments) {
  using Reader = Action (*)(const WireJson&);
  static constexpr std::pair<std::string_view, Reader> readers[] = {
      {"observe", without_arguments<ObserveAction>},
      {"intervene", intervened},
      {"ask_history", without_arguments<AskHistoryAction>},
      {"state_belief", stated},
      {"stop", without_arguments<StopAction>}};
  const auto* const reader = std::find_if(std::begin(readers), std::end(readers),
                                          [&](const auto& one) { return one.first == name; });
  if (reader == std::end(readers)) {
    std::vector<std::string> known;
    for (const auto& tool : agent_tools()) known.emplace_back(tool.name);
    const auto nearest = spelling_suggestion(name, known);
    return unreadable("there is no tool " + in_quotes(name) +
                      (nearest.empty() ? "" : "; " + nearest));
  }
  // Some wires send nothing where there are no arguments.
  const auto object = arguments.empty() ? WireJson::object() : read_wire_json(arguments);
  if (!object || !object->is_object()) return unreadable("its arguments are not a JSON object");
  if (!arguments.empty() && repeats_a_member(arguments, object->size()))
    return unreadable("an argument stands there twice");
  return reader->second(*object);
}

}  // namespace causal_gym
