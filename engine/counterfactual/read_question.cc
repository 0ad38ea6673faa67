#include "engine/counterfactual/read_question.h"

#include <algorithm>
#include <map>
#include <set>

#include "engine/graph/text.h"

namespace causal_gym {
namespace {

bool is_probability_of_causation(EffectKind kind) {
  return kind == EffectKind::PN || kind == EffectKind::PS || kind == EffectKind::PNS;
}

class QuestionReader {
 public:
  explicit QuestionReader(const Graph& graph) : graph_(graph), symbols_(graph) {}

  Result<ReadQuestions> read(const NumberQuery&) { return not_one_term(); }
  Result<ReadQuestions> read(const NegatedQuery&) { return not_one_term(); }
  Result<ReadQuestions> read(const ArithmeticQuery&) { return not_one_term(); }

  Result<ReadQuestions> read(const ProbabilityQuery& query) {
    CounterfactualQuestion question;
    CAUSAL_GYM_CHECKED(add_events(query.events, query.interventions, question.events));
    CAUSAL_GYM_CHECKED(add_events(query.conditions, query.interventions, question.conditions));
    CAUSAL_GYM_CHECKED(check_sets_of_states());
    return result({{1, std::move(question)}});
  }

  Result<ReadQuestions> read(const ExpectationQuery& query) {
    CounterfactualQuestion question;
    const Event each{query.outcome, Relation::any, {}};
    CAUSAL_GYM_CHECKED(add_events({each}, query.interventions, question.events));
    CAUSAL_GYM_CHECKED(add_events(query.conditions, query.interventions, question.conditions));
    CAUSAL_GYM_CHECKED(check_sets_of_states());
    const auto outcome = question.events[0].value;
    auto read = result({{1, std::move(question)}});
    read.expectation_of = outcome;
    return read;
  }

  Result<ReadQuestions> read(const EffectQuery& query) {
    CAUSAL_GYM_TRY(treatment, graph_.require(query.treatment));
    CAUSAL_GYM_TRY(outcome, graph_.require(query.outcome));
    if (treatment == outcome)
      return fail(ErrorCode::invalid_argument,
                  "'" + query.outcome + "' is both the treatment and the outcome");
    EffectSymbols effect{query.kind, treatment, outcome, 0, 0, 0};
    if (query.contrast) {
      effect.treated = symbol(treatment, query.contrast->second);
      effect.untreated = symbol(treatment, query.contrast->first);
      if (effect.treated == effect.untreated)
        return fail(ErrorCode::invalid_argument, "a contrast needs two different states");
    } else {
      effect.treated = named_symbol(treatment, "treated");
      effect.untreated = named_symbol(treatment, "untreated");
    }
    effect.outcome_state = named_symbol(
        outcome, is_probability_of_causation(query.kind) ? "the outcome happens" : "each state");
    CAUSAL_GYM_TRY(parts, effect_parts(query, effect));
    auto read = result(std::move(parts));
    read.effect = effect;
    if (!is_probability_of_causation(query.kind)) read.expectation_of = effect.outcome_state;
    return read;
  }

 private:
  static tl::unexpected<Error> not_one_term() {
    return fail(ErrorCode::invalid_argument, "a sum of terms is not identified as a whole", {},
                "ask for one P(...), E[...] or effect at a time");
  }

  ReadQuestions result(std::vector<SignedQuestion> parts) {
    return {symbols_, meanings_, std::move(parts), std::nullopt, std::nullopt};
  }

  // The symbol of a value that is written in the query.
  ExpressionVariable symbol(NodeId v, const std::string& value) {
    const auto [found, added] = symbol_of_.try_emplace({v, value}, v);
    if (!added) return found->second;
    found->second = fresh(v);
    if (!value.empty()) meanings_.push_back({found->second, value});
    return found->second;
  }
  ExpressionVariable named_symbol(NodeId v, std::string meaning) {
    const auto added = fresh(v);
    meanings_.push_back({added, std::move(meaning)});
    return added;
  }
  ExpressionVariable fresh(NodeId v) {
    if (used_.contains(v)) return symbols_.add(v);
    used_.insert(v);
    return v;
  }

  Status add_world(const std::vector<NamedAssignment>& assignments,
                   std::vector<CounterfactualSetting>& subscript) {
    for (const auto& [name, value] : assignments) {
      CAUSAL_GYM_TRY(v, graph_.require(name));
      subscript.push_back({v, symbol(v, value.value_or("")), nullptr});
    }
    return {};
  }

  Status add_events(const std::vector<Event>& events,
                    const std::vector<NamedAssignment>& interventions,
                    std::vector<CounterfactualEvent>& into) {
    for (const auto& event : events) {
      CAUSAL_GYM_TRY(v, graph_.require(event.outcome.variable));
      CounterfactualTerm term{v, {}};
      CAUSAL_GYM_CHECKED(add_world(event.outcome.world, term.subscript));
      CAUSAL_GYM_CHECKED(add_world(interventions, term.subscript));
      into.push_back({std::move(term), event_symbol(v, event)});
    }
    return {};
  }

  ExpressionVariable event_symbol(NodeId v, const Event& event) {
    if (event.relation == Relation::equal) return symbol(v, event.values[0]);
    if (event.relation == Relation::bare) return symbol(v, "");
    if (event.relation == Relation::any) return symbol(v, "*");
    // One symbol for all states that the event allows: the answer is summed over them.
    sets_of_states_.insert(v);
    std::string meaning = "each of " + query_text({ProbabilityQuery{{event}, {}, {}}});
    return symbol(v, meaning);
  }

  // A symbol that stands for several states could be the same value as another one.
  Status check_sets_of_states() const {
    for (const NodeId v : sets_of_states_) {
      const auto values = std::count_if(symbol_of_.begin(), symbol_of_.end(),
                                        [&](const auto& one) { return one.first.first == v; });
      if (values > 1)
        return fail(
            ErrorCode::invalid_argument,
            "'" + graph_.name(v) + "' has a set of states in one event and another value elsewhere",
            {}, "write one question for each state");
    }
    return {};
  }

  Result<std::vector<SignedQuestion>> effect_parts(const EffectQuery& query,
                                                   const EffectSymbols& effect) {
    const CounterfactualSetting b{effect.treatment, effect.treated, nullptr};
    const CounterfactualSetting a{effect.treatment, effect.untreated, nullptr};
    const auto y = [&](std::vector<CounterfactualSetting> world) {
      return CounterfactualEvent{{effect.outcome, std::move(world)}, effect.outcome_state};
    };
    const auto seen = [&](const CounterfactualSetting& x) {
      return CounterfactualEvent{{x.variable, {}}, x.value};
    };
    switch (query.kind) {
      case EffectKind::ATE:
      case EffectKind::TE: return contrast({y({b})}, {y({a})}, {});
      case EffectKind::ATT: return contrast({y({b})}, {y({a})}, {seen(b)});
      case EffectKind::ATU: return contrast({y({b})}, {y({a})}, {seen(a)});
      case EffectKind::CDE: {
        std::vector<CounterfactualSetting> treated{b};
        CAUSAL_GYM_CHECKED(add_world(query.held, treated));
        auto untreated = treated;
        untreated[0] = a;
        return contrast({y(treated)}, {y(untreated)}, {});
      }
      case EffectKind::NDE: {
        CAUSAL_GYM_TRY(world, mediated(query, effect, b, a));
        return contrast({y(std::move(world))}, {y({a})}, {});
      }
      case EffectKind::NIE: {
        CAUSAL_GYM_TRY(world, mediated(query, effect, a, b));
        return contrast({y(std::move(world))}, {y({a})}, {});
      }
      default: return causation(effect.kind, y({b}), y({a}), seen(b), seen(a));
    }
  }

  static std::vector<SignedQuestion> contrast(std::vector<CounterfactualEvent> plus,
                                              std::vector<CounterfactualEvent> minus,
                                              const std::vector<CounterfactualEvent>& given) {
    return {{1, {std::move(plus), given}}, {-1, {std::move(minus), given}}};
  }

  // PN = P(Y[a]=y' | X=b, Y=y), PS = P(Y[b]=y | X=a, Y=y'), PNS = P(Y[b]=y, Y[a]=y').
  std::vector<SignedQuestion> causation(EffectKind kind, const CounterfactualEvent& treated,
                                        CounterfactualEvent untreated,
                                        const CounterfactualEvent& seen_treated,
                                        const CounterfactualEvent& seen_untreated) {
    const auto v = treated.term.variable;
    const auto other = named_symbol(v, "the outcome does not happen");
    untreated.value = other;
    if (kind == EffectKind::PNS) return {{1, {{treated, untreated}, {}}}};
    if (kind == EffectKind::PN)
      return {{1, {{untreated}, {seen_treated, {{v, {}}, treated.value}}}}};
    return {{1, {{treated}, {seen_untreated, {{v, {}}, other}}}}};
  }

  // X = x with each mediator as it would be under X = x2.
  Result<std::vector<CounterfactualSetting>> mediated(const EffectQuery& query,
                                                      const EffectSymbols& effect,
                                                      const CounterfactualSetting& x,
                                                      const CounterfactualSetting& x2) {
    std::vector<CounterfactualSetting> world{x};
    for (const auto& name : query.mediators) {
      CAUSAL_GYM_TRY(m, graph_.require(name));
      if (m == effect.treatment || m == effect.outcome)
        return fail(ErrorCode::invalid_argument,
                    "the mediator '" + name + "' is the treatment or the outcome");
      const CounterfactualTerm term{m, {x2}};
      world.push_back({m, -1, std::make_shared<const CounterfactualTerm>(term)});
    }
    return world;
  }

  const Graph& graph_;
  ValueSymbols symbols_;
  NodeSet used_;
  std::map<std::pair<NodeId, std::string>, ExpressionVariable> symbol_of_;
  std::set<NodeId> sets_of_states_;
  std::vector<SymbolMeaning> meanings_;
};

}  // namespace

Result<ReadQuestions> read_questions(const Graph& graph, const Query& query, const Limits& limits) {
  CAUSAL_GYM_TRY(
      read,
      std::visit([&](const auto& node) { return QuestionReader(graph).read(node); }, query.node));
  for (const auto& part : read.parts)
    for (const auto* events : {&part.question.events, &part.question.conditions})
      for (const auto& event : *events)
        CAUSAL_GYM_CHECKED(check_event(graph, read.symbols, event, limits));
  return read;
}

}  // namespace causal_gym
