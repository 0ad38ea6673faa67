#include "engine/identify/effect_sets.h"

#include "engine/graph/text.h"

namespace causal_gym {

Status check_observed(const Graph& graph, const NodeSet& set, std::string_view role) {
  for (const NodeId v : set) {
    if (static_cast<std::size_t>(v) >= graph.node_count())
      return fail(ErrorCode::invalid_argument,
                  "the " + std::string(role) + " holds a node that is not in the graph");
    if (graph.is_latent(v))
      return fail(ErrorCode::invalid_argument,
                  "'" + graph.name(v) + "' is latent and cannot be in the " + std::string(role));
  }
  return {};
}

Status check_disjoint(const Graph& graph, const NodeSet& a, std::string_view role_a,
                      const NodeSet& b, std::string_view role_b) {
  const auto both = a & b;
  if (both.empty()) return {};
  return fail(ErrorCode::invalid_argument, "'" + graph.name(*both.begin()) + "' is both in the " +
                                               std::string(role_a) + " and in the " +
                                               std::string(role_b));
}

Status check_treatment_and_outcome(const Graph& graph, const NodeSet& x, const NodeSet& y) {
  if (x.empty()) return fail(ErrorCode::invalid_argument, "the treatment is empty");
  if (y.empty()) return fail(ErrorCode::invalid_argument, "the outcome is empty");
  CAUSAL_GYM_CHECKED(check_observed(graph, x, "treatment"));
  CAUSAL_GYM_CHECKED(check_observed(graph, y, "outcome"));
  return check_disjoint(graph, x, "treatment", y, "outcome");
}

std::string set_text(const Graph& graph, const NodeSet& set) {
  std::string text;
  for (const NodeId v : set) text += (text.empty() ? "" : ", ") + quoted_name(graph.name(v));
  return set.size() == 1 ? text : "{" + text + "}";
}

}  // namespace causal_gym
