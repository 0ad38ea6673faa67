#include "api/effect_target.h"

#include <algorithm>

namespace causal_gym {

namespace {

bool in_one_world(const std::vector<Event>& events) {
  return std::all_of(events.begin(), events.end(),
                     [](const Event& event) { return event.outcome.world.empty(); });
}

class TargetReader {
 public:
  explicit TargetReader(const Graph& graph) : graph_(graph) {}

  EffectTarget target;

  Status read(const ProbabilityQuery& term) {
    for (const auto& event : term.events)
      CAUSAL_GYM_CHECKED(insert(event.outcome.variable, target.outcome));
    return given(term.conditions, term.interventions);
  }
  Status read(const ExpectationQuery& term) {
    CAUSAL_GYM_CHECKED(insert(term.outcome.variable, target.outcome));
    return given(term.conditions, term.interventions);
  }

 private:
  Status insert(const std::string& variable, NodeSet& set) {
    const auto node = graph_.require(variable);
    if (!node) {
      auto error = node.error();
      if (error.where.empty()) error.where = "query";
      return fail(std::move(error));
    }
    set.insert(*node);
    return {};
  }

  Status given(const std::vector<Event>& conditions,
               const std::vector<NamedAssignment>& interventions) {
    for (const auto& condition : conditions)
      CAUSAL_GYM_CHECKED(insert(condition.outcome.variable, target.given));
    for (const auto& intervention : interventions)
      CAUSAL_GYM_CHECKED(insert(intervention.variable, target.treatment));
    return {};
  }

  const Graph& graph_;
};

}  // namespace

bool is_interventional_term(const Query& query) {
  if (const auto* term = std::get_if<ProbabilityQuery>(&query.node))
    return in_one_world(term->events) && in_one_world(term->conditions);
  if (const auto* term = std::get_if<ExpectationQuery>(&query.node))
    return term->outcome.world.empty() && in_one_world(term->conditions);
  return false;
}

bool names_each_once(const Query& query) {
  std::vector<std::string> seen, set;
  const auto add_all = [&](const std::vector<Event>& events,
                           const std::vector<NamedAssignment>& interventions) {
    for (const auto& event : events) seen.push_back(event.outcome.variable);
    for (const auto& intervention : interventions) set.push_back(intervention.variable);
  };
  if (const auto* term = std::get_if<ProbabilityQuery>(&query.node)) {
    add_all(term->events, term->interventions);
    add_all(term->conditions, {});
  } else if (const auto* expectation = std::get_if<ExpectationQuery>(&query.node)) {
    seen.push_back(expectation->outcome.variable);
    add_all(expectation->conditions, expectation->interventions);
  }
  const auto once = [](std::vector<std::string>& names) {
    std::sort(names.begin(), names.end());
    return std::adjacent_find(names.begin(), names.end()) == names.end();
  };
  return once(seen) && once(set);
}

Result<EffectTarget> effect_target(const Query& query, const Graph& graph) {
  TargetReader reader(graph);
  if (const auto* term = std::get_if<ProbabilityQuery>(&query.node)) {
    CAUSAL_GYM_CHECKED(reader.read(*term));
  } else if (const auto* expectation = std::get_if<ExpectationQuery>(&query.node)) {
    CAUSAL_GYM_CHECKED(reader.read(*expectation));
  } else {
    return fail(ErrorCode::invalid_argument, "expected one term P(..) or E[..]", "query");
  }
  return std::move(reader.target);
}

}  // namespace causal_gym
