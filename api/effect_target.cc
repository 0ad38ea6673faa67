#include "api/effect_target.h"

#include "engine/query/query.h"

namespace causal_gym {

namespace {

tl::unexpected<Error> not_one_term(const std::string& what) {
  return fail(ErrorCode::invalid_argument, "identify takes one interventional term, not " + what,
              "query", "write P(y | do(x)), E[y | do(x), z] or ATE(x -> y)");
}

class TargetReader {
 public:
  explicit TargetReader(const Graph& graph) : graph_(graph) {}

  EffectTarget target;

  Status operator()(const ProbabilityQuery& term) {
    for (const auto& event : term.events) CAUSAL_GYM_CHECKED(insert(event.outcome, target.outcome));
    return given(term.conditions, term.interventions);
  }
  Status operator()(const ExpectationQuery& term) {
    CAUSAL_GYM_CHECKED(insert(term.outcome, target.outcome));
    return given(term.conditions, term.interventions);
  }
  Status operator()(const EffectQuery& effect) {
    const bool interventional = effect.kind == EffectKind::ATE || effect.kind == EffectKind::TE ||
                                effect.kind == EffectKind::CDE;
    if (!interventional) return not_one_term(std::string(effect_kind_name(effect.kind)));
    CAUSAL_GYM_CHECKED(insert({effect.treatment, {}}, target.treatment));
    CAUSAL_GYM_CHECKED(insert({effect.outcome, {}}, target.outcome));
    for (const auto& held : effect.held)
      CAUSAL_GYM_CHECKED(insert({held.variable, {}}, target.treatment));
    return {};
  }
  Status operator()(const NumberQuery&) { return not_one_term("a number"); }
  Status operator()(const NegatedQuery&) { return not_one_term("arithmetic"); }
  Status operator()(const ArithmeticQuery&) { return not_one_term("arithmetic"); }

 private:
  Status insert(const Outcome& outcome, NodeSet& set) {
    if (!outcome.world.empty()) return not_one_term("a counterfactual");
    const auto node = graph_.require(outcome.variable);
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
      CAUSAL_GYM_CHECKED(insert(condition.outcome, target.given));
    for (const auto& intervention : interventions)
      CAUSAL_GYM_CHECKED(insert({intervention.variable, {}}, target.treatment));
    return {};
  }

  const Graph& graph_;
};

}  // namespace

Result<EffectTarget> effect_target(const Query& query, const Graph& graph) {
  TargetReader reader(graph);
  CAUSAL_GYM_CHECKED(std::visit([&](const auto& node) { return reader(node); }, query.node));
  return std::move(reader.target);
}

}  // namespace causal_gym
