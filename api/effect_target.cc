#include "api/effect_target.h"

#include <algorithm>

#include "api/json_fields.h"
#include "engine/query/check_event.h"

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

// Looks each named value up among the states of its variable. Unknown variables are left to others.
class ValueCheck {
 public:
  explicit ValueCheck(const Model& model) : model_(model) {}

  Status check(const Query& query) const {
    if (const auto* negated = std::get_if<NegatedQuery>(&query.node))
      return check(*negated->operand);
    if (const auto* pair = std::get_if<ArithmeticQuery>(&query.node)) {
      CAUSAL_GYM_CHECKED(check(*pair->left));
      return check(*pair->right);
    }
    if (const auto* term = std::get_if<ProbabilityQuery>(&query.node)) {
      CAUSAL_GYM_CHECKED(events(term->events));
      CAUSAL_GYM_CHECKED(events(term->conditions));
      return assignments(term->interventions);
    }
    if (const auto* term = std::get_if<ExpectationQuery>(&query.node)) {
      CAUSAL_GYM_CHECKED(assignments(term->outcome.world));
      CAUSAL_GYM_CHECKED(events(term->conditions));
      return assignments(term->interventions);
    }
    if (const auto* effect = std::get_if<EffectQuery>(&query.node)) {
      if (effect->contrast) {
        CAUSAL_GYM_CHECKED(value(effect->treatment, effect->contrast->first));
        CAUSAL_GYM_CHECKED(value(effect->treatment, effect->contrast->second));
      }
      return assignments(effect->held);
    }
    return {};
  }

 private:
  Status value(const std::string& variable, const std::string& state) const {
    const auto node = model_.graph().find(variable);
    if (!node) return {};
    const auto found = written_state(model_.variable(*node), state);
    return found ? Status() : fail(error_at(found.error(), "query"));
  }
  Status assignments(const std::vector<NamedAssignment>& all) const {
    for (const auto& one : all)
      if (one.value) CAUSAL_GYM_CHECKED(value(one.variable, *one.value));
    return {};
  }
  Status events(const std::vector<Event>& all) const {
    for (const auto& event : all) {
      CAUSAL_GYM_CHECKED(assignments(event.outcome.world));
      const bool compares = event.relation != Relation::equal &&
                            event.relation != Relation::not_equal && event.relation != Relation::in;
      for (const auto& state : event.values)
        if (!compares) CAUSAL_GYM_CHECKED(value(event.outcome.variable, state));
    }
    return {};
  }

  const Model& model_;
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

Status check_values(const Query& query, const Model& model) {
  return ValueCheck(model).check(query);
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
