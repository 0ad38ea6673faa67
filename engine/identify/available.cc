#include "engine/identify/available.h"

#include <array>
#include <map>

#include "engine/expression/print.h"
#include "engine/identify/effect_sets.h"

namespace causal_gym {
namespace {

constexpr std::size_t listed_at_most = 12;  // measured nodes, in a sentence

Status check_parts(const Graph& graph, const AvailableDistribution& available) {
  const auto measured = measured_nodes(graph, available);
  const std::array parts = {
      std::pair{&available.intervened, "intervention"}, std::pair{&measured, "measured set"},
      std::pair{&available.given, "condition"}, std::pair{&available.selected, "selection"}};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    CAUSAL_GYM_CHECKED(check_observed(graph, *parts[i].first, parts[i].second));
    for (std::size_t j = 0; j < i; ++j)
      CAUSAL_GYM_CHECKED(check_disjoint(graph, *parts[j].first, parts[j].second, *parts[i].first,
                                        parts[i].second));
  }
  if (measured.empty()) return fail(ErrorCode::invalid_argument, "a distribution measures nothing");
  for (const NodeId v : available.differs)
    if (static_cast<std::size_t>(v) >= graph.node_count())
      return fail(ErrorCode::invalid_argument,
                  "a population differs at a node that is not in the graph");
  return {};
}

Status check_population(const AvailableDistribution& available,
                        std::map<std::int32_t, NodeSet>& differs_of) {
  if (available.population < 0)
    return fail(ErrorCode::invalid_argument, "a population has a negative number");
  const auto [found, added] = differs_of.emplace(available.population, available.differs);
  if (found->second == available.differs) return {};
  return fail(ErrorCode::invalid_argument,
              available.population == 0
                  ? "the target population cannot differ from itself"
                  : "population " + std::to_string(available.population) +
                        " differs at other nodes in one distribution than in another");
}

}  // namespace

NodeSet measured_nodes(const Graph& graph, const AvailableDistribution& available) {
  if (available.observed) return *available.observed;
  return graph.observed_nodes() - available.intervened - available.given - available.selected;
}

Status check_available(const Graph& graph, std::span<const AvailableDistribution> available,
                       const Limits& limits) {
  if (available.empty()) return fail(ErrorCode::invalid_argument, "no distribution is available");
  CAUSAL_GYM_CHECKED(
      check_limit("available distributions", available.size(), limits.available_distributions));
  std::map<std::int32_t, NodeSet> differs_of{{0, NodeSet{}}};
  for (const auto& one : available) {
    CAUSAL_GYM_CHECKED(check_parts(graph, one));
    CAUSAL_GYM_CHECKED(check_population(one, differs_of));
  }
  return {};
}

std::string available_text(const Graph& graph, const AvailableDistribution& available,
                           std::span<const std::string> populations) {
  std::vector<std::string> names;
  for (const auto& node : graph.nodes()) names.push_back(node.name);
  auto measured = measured_nodes(graph, available).to_vector();
  if (measured.size() > listed_at_most) {
    measured.resize(listed_at_most);
    measured.push_back(static_cast<NodeId>(names.size()));
    names.emplace_back("...");
  }
  const auto term =
      probability(std::move(measured), (available.given | available.selected).to_vector(),
                  available.intervened.to_vector(), available.population);
  return expression_text(term, names, populations);
}

}  // namespace causal_gym
