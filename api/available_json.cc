#include "api/available_json.h"

#include <algorithm>
#include <map>
#include <span>

#include "api/answer_json.h"
#include "api/expression_json.h"
#include "api/json_fields.h"
#include "engine/expression/print.h"
#include "engine/identify/available.h"

namespace causal_gym {

namespace {

using nlohmann::json;

Result<NodeSet> read_nodes(const json& value, const std::string& path, const Graph& graph) {
  CAUSAL_GYM_TRY(names, read_texts(value, path, /*one_is_a_list=*/true));
  NodeSet set;
  for (const auto& name : names) {
    const auto node = graph.require(name);
    if (!node) return fail(error_at(node.error(), path));
    set.insert(*node);
  }
  return set;
}

class AvailableReader {
 public:
  explicit AvailableReader(const Graph& graph) : graph_(graph) {}

  Status add(const json& value, const std::string& path) {
    static const std::vector<std::string> known = {"do",       "variables",  "given",
                                                   "selected", "population", "differs"};
    CAUSAL_GYM_CHECKED(check_object(value, known, path));
    AvailableDistribution one;
    const std::pair<const char*, NodeSet*> parts[] = {{"do", &one.intervened},
                                                      {"given", &one.given},
                                                      {"selected", &one.selected},
                                                      {"differs", &one.differs}};
    for (const auto& [key, set] : parts) {
      if (!value.contains(key)) continue;
      CAUSAL_GYM_TRY(nodes, read_nodes(value[key], joined_path(path, key), graph_));
      *set = std::move(nodes);
    }
    if (value.contains("variables")) {
      CAUSAL_GYM_TRY(nodes, read_nodes(value["variables"], joined_path(path, "variables"), graph_));
      one.observed = std::move(nodes);
    }
    if (value.contains("population")) {
      CAUSAL_GYM_TRY(name, read_text(value["population"], joined_path(path, "population")));
      one.population = number_of(name);
    }
    if (auto status = check_available(graph_, std::span(&one, 1)); !status)
      return fail(error_at(status.error(), path));
    CAUSAL_GYM_CHECKED(check_population(one, path));
    list_.distributions.push_back(std::move(one));
    return {};
  }
  AvailableList take() { return std::move(list_); }

 private:
  std::int32_t number_of(const std::string& name) {
    auto& names = list_.populations;
    if (names.empty()) names.emplace_back();
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) names.push_back(name);
    return static_cast<std::int32_t>(std::find(names.begin(), names.end(), name) - names.begin());
  }

  // A population differs at the same nodes wherever it stands.
  Status check_population(const AvailableDistribution& one, const std::string& path) {
    const auto [known, added] = differs_of_.emplace(one.population, one.differs);
    if (known->second == one.differs) return {};
    const auto& name = list_.populations[static_cast<std::size_t>(one.population)];
    return fail(ErrorCode::invalid_argument,
                "the population '" + name + "' differs at other nodes here than before",
                joined_path(path, "differs"));
  }

  const Graph& graph_;
  AvailableList list_;
  std::map<std::int32_t, NodeSet> differs_of_;
};

json sources_json(const Graph& graph, const AvailableList& available,
                  const GeneralIdentification& answer) {
  const auto text = [&](std::size_t i) {
    return available_text(graph, available.distributions[i], available.populations);
  };
  json sources = json::array();
  if (answer.direct)
    sources.push_back(
        {{"c_factor", nullptr}, {"source", *answer.direct}, {"text", text(*answer.direct)}});
  for (const auto& factor : answer.c_factors)
    sources.push_back({{"c_factor", node_names_json(graph, factor.c_factor)},
                       {"source", factor.source},
                       {"text", text(factor.source)}});
  return sources;
}

json thicket_json(const Graph& graph, const AvailableList& available, const Thicket& thicket) {
  json refusals = json::array();
  for (std::size_t i = 0; i < thicket.refusals.size(); ++i)
    refusals.push_back({{"source", i},
                        {"nodes", node_names_json(graph, thicket.refusals[i].nodes)},
                        {"text", refusal_text(graph, available.distributions[i],
                                              thicket.refusals[i], available.populations)}});
  return {{"treatment", node_names_json(graph, thicket.treatment)},
          {"outcome", node_names_json(graph, thicket.outcome)},
          {"c_factor", node_names_json(graph, thicket.c_factor)},
          {"refusals", std::move(refusals)}};
}

}  // namespace

Result<AvailableList> read_available(const json& value, std::string_view path, const Graph& graph) {
  if (!value.is_array())
    return fail(ErrorCode::invalid_argument, "expected a list of distributions", std::string(path));
  if (value.empty())
    return fail(ErrorCode::invalid_argument, "no distribution is available", std::string(path));
  AvailableReader reader(graph);
  for (std::size_t i = 0; i < value.size(); ++i)
    CAUSAL_GYM_CHECKED(reader.add(value[i], std::string(path) + "[" + std::to_string(i) + "]"));
  return reader.take();
}

json general_identification_json(const Graph& graph, const EffectTarget& target,
                                 const AvailableList& available,
                                 const GeneralIdentification& answer) {
  Identification plain;
  plain.target = target;
  plain.reason = answer.reason;
  plain.limit = answer.limit.empty() ? answer.reason : answer.limit;
  auto value = identification_json(graph, plain);
  value["identifiable"] = answer.verdict == Verdict::unknown
                              ? json(nullptr)
                              : json(answer.verdict == Verdict::identifiable);
  if (answer.verdict != Verdict::unknown) value["limit"] = nullptr;
  value["thicket"] =
      answer.thicket ? thicket_json(graph, available, *answer.thicket) : json(nullptr);
  value["sources"] = sources_json(graph, available, answer);
  if (!answer.estimand) return value;
  const auto names = graph.names();
  value["estimand"] = expression_json(answer.estimand, names, available.populations);
  value["strategy"] = "available_distributions";
  value["free"] = node_names_json(graph, answer.free);
  value["positive"] = expression_texts(answer.positive, names, available.populations);
  return value;
}

}  // namespace causal_gym
