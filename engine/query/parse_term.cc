#include "engine/query/parse_term.h"

#include "engine/base/spelling.h"
#include "engine/query/effect_names.h"

namespace causal_gym {

Status QueryCursor::expect(std::string_view symbol, std::string_view what) {
  if (accept(symbol)) return {};
  return expected(what);
}

tl::unexpected<Error> QueryCursor::expected(std::string_view what, std::string suggestion) const {
  const auto& found = peek();
  const auto seen =
      found.kind == QueryTokenKind::end ? "the end of the query" : "'" + found.text + "'";
  return fail(ErrorCode::parse_error, "expected " + std::string(what) + " but found " + seen,
              "column " + std::to_string(found.column), std::move(suggestion));
}

namespace {

Result<std::string> parse_variable(QueryCursor& cursor) {
  const auto kind = cursor.peek().kind;
  if (kind != QueryTokenKind::word && kind != QueryTokenKind::quoted)
    return cursor.expected("a variable's name");
  return cursor.take().text;
}

Result<std::string> parse_value(QueryCursor& cursor) {
  const bool negative = cursor.at_symbol("-");
  const auto& token = cursor.peek(negative ? 1 : 0);
  const bool number = token.kind == QueryTokenKind::signed_number ||
                      (token.kind == QueryTokenKind::word && number_length(token.text) > 0);
  if (negative && !number) {
    (void)cursor.take();
    return cursor.expected("a number");
  }
  if (!number && token.kind != QueryTokenKind::word && token.kind != QueryTokenKind::quoted)
    return cursor.expected("a value");
  if (token.kind == QueryTokenKind::quoted) {
    const auto name = cursor.take().text;
    return is_bare_value(name) ? '"' + name + '"' : name;
  }
  if (negative) (void)cursor.take();
  return (negative ? "-" : "") + cursor.take().text;
}

Result<NamedAssignment> parse_assignment(QueryCursor& cursor) {
  NamedAssignment assignment;
  CAUSAL_GYM_TRY(variable, parse_variable(cursor));
  assignment.variable = std::move(variable);
  if (cursor.accept("=")) {
    CAUSAL_GYM_TRY(value, parse_value(cursor));
    assignment.value = std::move(value);
  }
  return assignment;
}

Status parse_assignments(QueryCursor& cursor, std::string_view close,
                         std::vector<NamedAssignment>& assignments) {
  do {
    CAUSAL_GYM_TRY(assignment, parse_assignment(cursor));
    assignments.push_back(std::move(assignment));
  } while (cursor.accept(","));
  return cursor.expect(close, "'=', ',' or '" + std::string(close) + "'");
}

Result<Outcome> parse_outcome(QueryCursor& cursor) {
  Outcome outcome;
  CAUSAL_GYM_TRY(variable, parse_variable(cursor));
  outcome.variable = std::move(variable);
  if (cursor.accept("[")) CAUSAL_GYM_CHECKED(parse_assignments(cursor, "]", outcome.world));
  return outcome;
}

Result<Event> parse_set_event(QueryCursor& cursor, Event event) {
  event.relation = Relation::in;
  CAUSAL_GYM_CHECKED(cursor.expect("{", "'{'"));
  do {
    CAUSAL_GYM_TRY(value, parse_value(cursor));
    event.values.push_back(std::move(value));
  } while (cursor.accept(","));
  CAUSAL_GYM_CHECKED(cursor.expect("}", "',' or '}'"));
  return event;
}

Result<Event> parse_event(QueryCursor& cursor) {
  static constexpr std::pair<std::string_view, Relation> relations[] = {
      {"=", Relation::equal},       {"!=", Relation::not_equal}, {"<", Relation::less},
      {"<=", Relation::less_equal}, {">", Relation::greater},    {">=", Relation::greater_equal}};
  Event event;
  CAUSAL_GYM_TRY(outcome, parse_outcome(cursor));
  event.outcome = std::move(outcome);
  if (cursor.at_word("in")) {
    (void)cursor.take();
    return parse_set_event(cursor, std::move(event));
  }
  for (const auto& [sign, relation] : relations) {
    if (!cursor.accept(sign)) continue;
    if (relation == Relation::equal && cursor.accept("*")) {
      event.relation = Relation::any;
      return event;
    }
    event.relation = relation;
    CAUSAL_GYM_TRY(value, parse_value(cursor));
    event.values.push_back(std::move(value));
    return event;
  }
  return event;
}

bool at_do(const QueryCursor& cursor) { return cursor.at_word("do") && cursor.at_symbol("(", 1); }

// The part after '|'. do_column is the column of the first do().
Status parse_given(QueryCursor& cursor, std::vector<Event>& conditions,
                   std::vector<NamedAssignment>& interventions, std::size_t& do_column) {
  do {
    if (at_do(cursor)) {
      if (interventions.empty()) do_column = cursor.peek().column;
      (void)cursor.take();
      (void)cursor.take();
      CAUSAL_GYM_CHECKED(parse_assignments(cursor, ")", interventions));
      continue;
    }
    CAUSAL_GYM_TRY(condition, parse_event(cursor));
    conditions.push_back(std::move(condition));
  } while (cursor.accept(","));
  return {};
}

// Y in the world where the interventions hold too; what Y itself sets stays.
void move_into_world(Outcome& outcome, const std::vector<NamedAssignment>& interventions) {
  for (const auto& intervention : interventions) {
    const auto sets = [&](const NamedAssignment& a) { return a.variable == intervention.variable; };
    if (std::none_of(outcome.world.begin(), outcome.world.end(), sets))
      outcome.world.push_back(intervention);
  }
}

tl::unexpected<Error> mixed_term(std::size_t column, const Query& counterfactual) {
  return fail(ErrorCode::parse_error, "do(...) and Y[...] may not be mixed in one term",
              "column " + std::to_string(column),
              "write the whole term counterfactually: " + query_text(counterfactual));
}

bool has_world(const std::vector<Event>& events) {
  return std::any_of(events.begin(), events.end(),
                     [](const Event& event) { return !event.outcome.world.empty(); });
}

void move_into_world(std::vector<Event>& events, std::vector<NamedAssignment>& interventions) {
  for (auto& event : events) move_into_world(event.outcome, interventions);
}

Result<Query> parse_probability(QueryCursor& cursor) {
  ProbabilityQuery term;
  std::size_t do_column = 0;
  CAUSAL_GYM_CHECKED(cursor.expect("(", "'(' after P"));
  do {
    if (at_do(cursor)) return cursor.expected("an event", "write do(...) after '|': P(y | do(x))");
    CAUSAL_GYM_TRY(event, parse_event(cursor));
    term.events.push_back(std::move(event));
  } while (cursor.accept(","));
  if (cursor.accept("|"))
    CAUSAL_GYM_CHECKED(parse_given(cursor, term.conditions, term.interventions, do_column));
  CAUSAL_GYM_CHECKED(cursor.expect(")", "a relation, ',', '|' or ')'"));
  if (!term.interventions.empty() && (has_world(term.events) || has_world(term.conditions))) {
    move_into_world(term.events, term.interventions);
    move_into_world(term.conditions, term.interventions);
    term.interventions.clear();
    return mixed_term(do_column, Query{std::move(term)});
  }
  return Query{std::move(term)};
}

Result<Query> parse_expectation(QueryCursor& cursor) {
  ExpectationQuery term;
  std::size_t do_column = 0;
  CAUSAL_GYM_CHECKED(cursor.expect("[", "'[' after E"));
  CAUSAL_GYM_TRY(outcome, parse_outcome(cursor));
  term.outcome = std::move(outcome);
  if (cursor.at_symbol("="))
    return cursor.expected("'|' or ']'", "E[Y] is of a variable; of an event write P(Y=...)");
  if (cursor.accept("|"))
    CAUSAL_GYM_CHECKED(parse_given(cursor, term.conditions, term.interventions, do_column));
  CAUSAL_GYM_CHECKED(cursor.expect("]", "',', '|' or ']'"));
  if (!term.interventions.empty() && (!term.outcome.world.empty() || has_world(term.conditions))) {
    move_into_world(term.outcome, term.interventions);
    move_into_world(term.conditions, term.interventions);
    term.interventions.clear();
    return mixed_term(do_column, Query{std::move(term)});
  }
  return Query{std::move(term)};
}

Status parse_mediators(QueryCursor& cursor, EffectQuery& effect) {
  const bool braced = cursor.accept("{");
  do {
    CAUSAL_GYM_TRY(mediator, parse_variable(cursor));
    effect.mediators.push_back(std::move(mediator));
  } while (braced && cursor.accept(","));
  if (braced) CAUSAL_GYM_CHECKED(cursor.expect("}", "',' or '}'"));
  return cursor.expect("->", "'->' and the outcome");
}

Result<Query> parse_effect(QueryCursor& cursor, EffectKind kind) {
  EffectQuery effect;
  effect.kind = kind;
  const auto name = std::string(effect_kind_name(kind));
  CAUSAL_GYM_CHECKED(cursor.expect("(", "'(' after " + name));
  CAUSAL_GYM_TRY(treatment, parse_variable(cursor));
  effect.treatment = std::move(treatment);
  if (cursor.accept(":")) {
    CAUSAL_GYM_TRY(from, parse_value(cursor));
    CAUSAL_GYM_CHECKED(cursor.expect(",", "',' and the second value of the contrast"));
    CAUSAL_GYM_TRY(to, parse_value(cursor));
    effect.contrast.emplace(std::move(from), std::move(to));
  }
  CAUSAL_GYM_CHECKED(cursor.expect("->", effect.contrast ? "'->'" : "'->' or ':'"));
  if (takes_mediators(kind)) CAUSAL_GYM_CHECKED(parse_mediators(cursor, effect));
  CAUSAL_GYM_TRY(outcome, parse_variable(cursor));
  effect.outcome = std::move(outcome);
  if (takes_held(kind)) {
    CAUSAL_GYM_CHECKED(cursor.expect(";", "';' and the variables to hold: CDE(X -> Y; M=m)"));
    CAUSAL_GYM_CHECKED(parse_assignments(cursor, ")", effect.held));
    return Query{std::move(effect)};
  }
  if (cursor.at_symbol("->"))
    return cursor.expected("')'", "only NDE and NIE run through a mediator");
  CAUSAL_GYM_CHECKED(cursor.expect(")", "')'"));
  return Query{std::move(effect)};
}

}  // namespace

Result<Query> parse_term(QueryCursor& cursor) {
  const auto token = cursor.peek();
  if (token.kind == QueryTokenKind::word) {
    if (token.text == "P" || token.text == "E") (void)cursor.take();
    if (token.text == "P") return parse_probability(cursor);
    if (token.text == "E") return parse_expectation(cursor);
    for (std::size_t i = 0; i < std::size(effect_names); ++i) {
      if (token.text != effect_names[i]) continue;
      (void)cursor.take();
      return parse_effect(cursor, static_cast<EffectKind>(i));
    }
  }
  std::vector<std::string> names = {"P", "E"};
  names.insert(names.end(), std::begin(effect_names), std::end(effect_names));
  const bool name_like = token.kind == QueryTokenKind::word && cursor.at_symbol("(", 1);
  return cursor.expected("a number, '(', P(...), E[...] or an effect such as ATE(X -> Y)",
                         name_like ? spelling_suggestion(token.text, names) : std::string());
}

}  // namespace causal_gym
