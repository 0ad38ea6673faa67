#include "engine/identify/counterfactual_ancestors.h"

namespace causal_gym {
namespace {

Result<NodeSet> plain_subscript(const CounterfactualTerm& term) {
  NodeSet set;
  for (const auto& setting : term.subscript) {
    if (setting.nested)
      return fail(ErrorCode::invalid_argument,
                  "a counterfactual within a subscript has to be summed out first");
    set.insert(setting.variable);
  }
  return set;
}

// The ancestors of v when no edge enters `cut`; those of `cut` that are met are among them.
NodeSet ancestors_below(const AdmgRows& rows, NodeId v, const NodeSet& cut) {
  NodeSet reached{v};
  NodeSet fresh{v};
  while (!fresh.empty()) {
    NodeSet next;
    for (const NodeId w : fresh - cut) next |= rows.parents[static_cast<std::size_t>(w)];
    fresh = next - reached;
    reached |= fresh;
  }
  return reached;
}

CounterfactualTerm restricted(const AdmgRows& rows, NodeId v, const CounterfactualTerm& world,
                              const NodeSet& set) {
  CounterfactualTerm result{v, {}};
  const auto relevant = ancestors_below(rows, v, set);
  for (const auto& setting : world.subscript)
    if (relevant.contains(setting.variable)) result.subscript.push_back(setting);
  return result;
}

}  // namespace

Result<CounterfactualTerm> without_irrelevant_settings(const AdmgRows& rows,
                                                       const CounterfactualTerm& term) {
  CAUSAL_GYM_TRY(set, plain_subscript(term));
  return restricted(rows, term.variable, term, set);
}

Result<std::vector<CounterfactualTerm>> counterfactual_ancestors(const AdmgRows& rows,
                                                                 const CounterfactualTerm& term) {
  CAUSAL_GYM_TRY(set, plain_subscript(term));
  // No edge leaves x: ancestors by ways that avoid it.
  auto within = rows.nodes - set;
  within.insert(term.variable);
  auto reached = ancestors(rows, {term.variable}, within);
  if (set.contains(term.variable)) reached = {term.variable};
  std::vector<CounterfactualTerm> result;
  for (const NodeId v : rows.order)
    if (reached.contains(v)) result.push_back(restricted(rows, v, term, set));
  return result;
}

}  // namespace causal_gym
