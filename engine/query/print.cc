
#include "engine/base/check.h"
#include "engine/base/exact_text.h"
#include "engine/graph/text.h"
#include "engine/query/query.h"
#include "engine/query/token.h"

namespace causal_gym {

namespace {

// A value in quotes that need not be there stands for exactly that name, and keeps its quotes.
std::string value_text(const std::string& value) {
  return is_bare_value(value) || is_exact_value(value) ? value : quoted_name(value);
}

template <class Items, class Write>
std::string joined(const Items& items, Write write) {
  std::string text;
  for (const auto& item : items) {
    if (!text.empty()) text += ", ";
    text += write(item);
  }
  return text;
}

std::string assignment_text(const NamedAssignment& assignment) {
  auto text = quoted_name(assignment.variable);
  if (assignment.value) text += "=" + value_text(*assignment.value);
  return text;
}

std::string outcome_text(const Outcome& outcome) {
  auto text = quoted_name(outcome.variable);
  if (!outcome.world.empty()) text += "[" + joined(outcome.world, assignment_text) + "]";
  return text;
}

std::string event_text(const Event& event) {
  auto text = outcome_text(event.outcome);
  const auto compared = [&](std::string_view sign) {
    CHECK(event.values.size() == 1);
    return text + std::string(sign) + value_text(event.values[0]);
  };
  switch (event.relation) {
    case Relation::bare: return text;
    case Relation::any: return text + "=*";
    case Relation::equal: return compared("=");
    case Relation::not_equal: return compared(" != ");
    case Relation::less: return compared(" < ");
    case Relation::less_equal: return compared(" <= ");
    case Relation::greater: return compared(" > ");
    case Relation::greater_equal: return compared(" >= ");
    case Relation::in: return text + " in {" + joined(event.values, value_text) + "}";
  }
  CHECK(false);
}

std::string given_text(const std::vector<Event>& conditions,
                       const std::vector<NamedAssignment>& interventions) {
  auto text = joined(conditions, event_text);
  if (!interventions.empty()) {
    if (!text.empty()) text += ", ";
    text += "do(" + joined(interventions, assignment_text) + ")";
  }
  return text.empty() ? text : " | " + text;
}

std::string effect_text(const EffectQuery& effect) {
  auto text = std::string(effect_kind_name(effect.kind)) + "(" + quoted_name(effect.treatment);
  if (effect.contrast)
    text += ": " + value_text(effect.contrast->first) + ", " + value_text(effect.contrast->second);
  text += " -> ";
  if (effect.mediators.size() == 1) text += quoted_name(effect.mediators[0]) + " -> ";
  if (effect.mediators.size() > 1) text += "{" + joined(effect.mediators, quoted_name) + "} -> ";
  text += quoted_name(effect.outcome);
  if (!effect.held.empty()) text += "; " + joined(effect.held, assignment_text);
  return text + ")";
}

// How tightly a node binds: sums 0, products 1, everything else 2.
int binding(const Query& query) {
  const auto* arithmetic = std::get_if<ArithmeticQuery>(&query.node);
  if (arithmetic == nullptr) return 2;
  return arithmetic->operation == Operator::multiply || arithmetic->operation == Operator::divide;
}

std::string sign_text(Operator operation) {
  switch (operation) {
    case Operator::add: return " + ";
    case Operator::subtract: return " - ";
    case Operator::multiply: return " * ";
    case Operator::divide: return " / ";
  }
  CHECK(false);
}

// The query, in parentheses when it binds less tightly than its place asks for.
std::string enclosed(const Query& query, int at_least) {
  auto text = query_text(query);
  return binding(query) < at_least ? "(" + text + ")" : text;
}

struct Writer {
  std::string operator()(const NumberQuery& number) const { return exact_text(number.value); }
  std::string operator()(const NegatedQuery& negated) const {
    return "-" + enclosed(*negated.operand, 2);
  }
  std::string operator()(const ArithmeticQuery& arithmetic) const {
    const int own =
        arithmetic.operation == Operator::multiply || arithmetic.operation == Operator::divide;
    return enclosed(*arithmetic.left, own) + sign_text(arithmetic.operation) +
           enclosed(*arithmetic.right, own + 1);
  }
  std::string operator()(const ProbabilityQuery& term) const {
    return "P(" + joined(term.events, event_text) +
           given_text(term.conditions, term.interventions) + ")";
  }
  std::string operator()(const ExpectationQuery& term) const {
    return "E[" + outcome_text(term.outcome) + given_text(term.conditions, term.interventions) +
           "]";
  }
  std::string operator()(const EffectQuery& effect) const { return effect_text(effect); }
};

}  // namespace

std::string query_text(const Query& query) { return std::visit(Writer{}, query.node); }

}  // namespace causal_gym
