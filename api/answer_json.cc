#include "api/answer_json.h"

#include "api/derivation_json.h"
#include "api/expression_json.h"
#include "engine/base/check.h"
#include "engine/expression/print.h"

namespace causal_gym {

namespace {

using nlohmann::json;

std::string_view step_text(Step step) {
  switch (step) {
    case Step::forward: return "->";
    case Step::backward: return "<-";
    case Step::bidirected: return "<->";
  }
  CHECK(false);
}

json verdict_json(Verdict verdict) {
  if (verdict == Verdict::unknown) return nullptr;
  return verdict == Verdict::identifiable;
}

json hedge_json(const Graph& graph, const Hedge& hedge) {
  const auto edges = [&](const std::vector<Edge>& list) {
    json pairs = json::array();
    for (const auto& [from, to] : list) pairs.push_back({graph.name(from), graph.name(to)});
    return pairs;
  };
  return {{"treatment", node_names_json(graph, hedge.treatment)},
          {"outcome", node_names_json(graph, hedge.outcome)},
          {"outer", node_names_json(graph, hedge.outer)},
          {"inner", node_names_json(graph, hedge.inner)},
          {"roots", node_names_json(graph, hedge.roots)},
          {"directed", edges(hedge.directed)},
          {"bidirected", edges(hedge.bidirected)}};
}

struct ValueWriter {
  json& result;
  void operator()(double value) const { result["value"] = value; }
  void operator()(const Interval& interval) const {
    result["interval"] = {interval.low, interval.high};
  }
  void operator()(const Distribution& distribution) const {
    result["distribution"] = {{"variables", distribution.variables},
                              {"states", distribution.states},
                              {"probabilities", distribution.probabilities}};
  }
};

}  // namespace

json node_names_json(const Graph& graph, const NodeSet& nodes) {
  json names = json::array();
  for (const auto v : nodes) names.push_back(graph.name(v));
  return names;
}

json path_json(const Graph& graph, const Path& path) {
  json nodes = json::array();
  json steps = json::array();
  for (const auto v : path.nodes) nodes.push_back(graph.name(v));
  for (const auto step : path.steps) steps.push_back(step_text(step));
  return {
      {"text", path_text(graph, path)}, {"nodes", std::move(nodes)}, {"steps", std::move(steps)}};
}

json optional_path_json(const Graph& graph, const std::optional<Path>& path) {
  return path ? path_json(graph, *path) : json(nullptr);
}

json identification_json(const Graph& graph, const Identification& identification,
                         const std::optional<Derivation>& derivation) {
  const auto names = graph.names();
  const auto& [treatment, outcome, given] = identification.target;
  json value = {{"identifiable", verdict_json(identification.verdict)},
                {"reason", identification.reason},
                {"effect", expression_text(probability(outcome.to_vector(), given.to_vector(),
                                                       treatment.to_vector()),
                                           names)}};
  for (const auto* key :
       {"estimand", "strategy", "set", "free", "positive", "derivation", "hedge", "limit"})
    value[key] = nullptr;
  if (identification.verdict == Verdict::unknown) value["limit"] = identification.limit;
  if (identification.hedge) value["hedge"] = hedge_json(graph, *identification.hedge);
  if (identification.verdict != Verdict::identifiable) return value;
  value["estimand"] = expression_json(identification.estimand, names);
  value["strategy"] = strategy_name(identification.strategy);
  value["set"] = node_names_json(graph, identification.set);
  value["free"] = node_names_json(graph, identification.free);
  value["positive"] = expression_texts(identification.positive, names);
  if (derivation) value["derivation"] = derivation_json(graph, *derivation);
  return value;
}

json answer_json(const Model& model, const Answer& answer) {
  json result = {{"method", "exact"}};
  std::visit(ValueWriter{result}, answer.value);
  if (answer.identification)
    result["identification"] =
        identification_json(model.graph(), *answer.identification, answer.derivation);
  return result;
}

}  // namespace causal_gym
