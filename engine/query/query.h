// The query language: what is asked of a model, as a value.
//
// Names and states are texts here; check.h resolves them against a model. In symbolic operations
// names stand for themselves and values may be left out.
//
// A value is the text that parse_state reads. One that was quoted without need, Y="1", keeps its
// quotes: it means exactly the state of that name. Several mediators stand in braces:
// NDE(X -> {M1, M2} -> Y). Numbers of a parsed query are finite and not negative; -2 is a negation.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/base/limits.h"
#include "engine/base/result.h"

namespace causal_gym {

struct NamedAssignment {  // X=1; the value may be missing in symbolic use
  std::string variable;
  std::optional<std::string> value;
  friend bool operator==(const NamedAssignment&, const NamedAssignment&) = default;
};

struct Outcome {  // Y, or Y[X=1]: Y had X been set to 1
  std::string variable;
  std::vector<NamedAssignment> world;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

// bare: no relation written; any: "X=*".
enum class Relation { bare, any, equal, not_equal, less, less_equal, greater, greater_equal, in };

struct Event {
  Outcome outcome;
  Relation relation = Relation::bare;
  std::vector<std::string> values;  // none for bare and any, several for in, otherwise one
  friend bool operator==(const Event&, const Event&) = default;
};

struct ProbabilityQuery {  // P(events | conditions, do(interventions))
  std::vector<Event> events;
  std::vector<Event> conditions;
  std::vector<NamedAssignment> interventions;
  friend bool operator==(const ProbabilityQuery&, const ProbabilityQuery&) = default;
};

struct ExpectationQuery {  // E[outcome | conditions, do(interventions)]
  Outcome outcome;
  std::vector<Event> conditions;
  std::vector<NamedAssignment> interventions;
  friend bool operator==(const ExpectationQuery&, const ExpectationQuery&) = default;
};

enum class EffectKind { ATE, ATT, ATU, CDE, NDE, NIE, TE, PN, PS, PNS };

// ATE(X -> Y), ATE(X: a, b -> Y), NDE(X -> M -> Y), CDE(X -> Y; M=m).
struct EffectQuery {
  EffectKind kind = EffectKind::ATE;
  std::string treatment;
  std::optional<std::pair<std::string, std::string>> contrast;  // a, b: b is contrasted with a
  std::vector<std::string> mediators;                           // NDE, NIE
  std::string outcome;
  std::vector<NamedAssignment> held;  // CDE
  friend bool operator==(const EffectQuery&, const EffectQuery&) = default;
};

enum class Operator { add, subtract, multiply, divide };

struct Query;
using QueryPtr = std::shared_ptr<const Query>;  // never null
struct NumberQuery {
  double value = 0;
};
struct NegatedQuery {
  QueryPtr operand;
};
struct ArithmeticQuery {
  Operator operation = Operator::add;
  QueryPtr left;
  QueryPtr right;
};

struct Query {
  std::variant<NumberQuery, NegatedQuery, ArithmeticQuery, ProbabilityQuery, ExpectationQuery,
               EffectQuery>
      node;
  friend bool operator==(const Query& a, const Query& b);  // same tree
};

[[nodiscard]] std::string_view effect_kind_name(EffectKind kind);

// Errors: parse_error with "column C" and what was expected, limit_exceeded. Mixing do() and Y[...]
// in one term is a parse_error whose suggestion shows the term written counterfactually.
[[nodiscard]] Result<Query> parse_query(std::string_view text, const Limits& limits = {});

// The query as text; parse_query gives the same query back, within the limits (spaces may make the
// text longer than the one it was read from). Names are quoted where the syntax needs it.
[[nodiscard]] std::string query_text(const Query& query);

}  // namespace causal_gym
