#include "engine/query/check_event.h"

#include <charconv>
#include <cmath>

#include "engine/base/check.h"
#include "engine/graph/text.h"
#include "engine/query/token.h"

namespace causal_gym {

namespace {

std::string quoted(std::string_view name) { return "'" + std::string(name) + "'"; }

std::optional<double> decimal(std::string_view text) {
  const auto digits = text.substr(text.starts_with('-') ? 1 : 0);
  if (digits.empty() || (digits[0] != '.' && (digits[0] < '0' || digits[0] > '9'))) return {};
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return {};
  return value;
}

bool holds(Relation relation, double left, double right) {
  switch (relation) {
    case Relation::less: return left < right;
    case Relation::less_equal: return left <= right;
    case Relation::greater: return left > right;
    default: CHECK(relation == Relation::greater_equal); return left >= right;
  }
}

// The states in order: by their numbers where there are any, by index for other ordinals.
Status allow_ordered(const Variable& variable, Relation relation, const std::string& value,
                     CheckedEvent& event) {
  if (variable.type == VariableType::categorical)
    return fail(ErrorCode::invalid_argument,
                "the states of " + quoted(variable.name) + " have no order: it is categorical", {},
                "use =, != or in {...}");
  const bool by_number = !variable.numbers.empty();
  std::optional<double> bound = by_number ? decimal(value) : std::nullopt;
  if (!bound) {
    CAUSAL_GYM_TRY(state, written_state(variable, value));
    bound = by_number ? variable.numbers[static_cast<std::size_t>(state)] : state;
  }
  for (std::size_t i = 0; i < variable.states.size(); ++i) {
    const double here = by_number ? variable.numbers[i] : static_cast<double>(i);
    event.allowed[i] = holds(relation, here, *bound);
  }
  return {};
}

Status allow_listed(const Variable& variable, const Event& written, CheckedEvent& event) {
  for (const auto& value : written.values) {
    CAUSAL_GYM_TRY(state, written_state(variable, value));
    event.allowed[static_cast<std::size_t>(state)] = true;
  }
  if (written.relation == Relation::not_equal) event.allowed.flip();
  return {};
}

Status check_value_count(const Event& event) {
  const auto count = event.values.size();
  const bool none = event.relation == Relation::bare || event.relation == Relation::any;
  const bool fits = none ? count == 0 : event.relation == Relation::in ? count > 0 : count == 1;
  if (fits) return {};
  return fail(ErrorCode::invalid_argument, "the event on " + quoted(event.outcome.variable) +
                                               " has " + std::to_string(count) +
                                               " values, which its relation does not take");
}

}  // namespace

Result<State> written_state(const Variable& variable, std::string_view text) {
  if (is_exact_value(text)) return parse_exact_state(variable, text.substr(1, text.size() - 2));
  return parse_state(variable, text);
}

Status require_numbers(const Variable& variable) {
  if (!variable.numbers.empty()) return {};
  return fail(ErrorCode::invalid_argument,
              "E[" + variable.name + "] needs a number for each state of " + quoted(variable.name) +
                  ", and none are declared",
              {}, "declare \"numbers\" for it, or ask P(" + variable.name + "=*)");
}

Result<std::vector<SetIntervention>> resolve_assignments(
    const std::vector<NamedAssignment>& assignments, const Model& model, std::string_view what) {
  std::vector<SetIntervention> resolved;
  for (const auto& assignment : assignments) {
    CAUSAL_GYM_TRY(v, model.require(assignment.variable));
    const auto& variable = model.variable(v);
    if (!assignment.value)
      return fail(ErrorCode::invalid_argument,
                  std::string(what) + " gives " + quoted(variable.name) + " no value", {},
                  "write " + quoted_name(variable.name) + "=" +
                      state_text(variable, static_cast<State>(variable.states.size()) - 1));
    CAUSAL_GYM_TRY(state, written_state(variable, *assignment.value));
    resolved.push_back({v, state});
  }
  const auto by_variable = [](const auto& a, const auto& b) { return a.variable < b.variable; };
  std::stable_sort(resolved.begin(), resolved.end(), by_variable);
  const auto same = [](const auto& a, const auto& b) { return a.variable == b.variable; };
  const auto twice = std::adjacent_find(resolved.begin(), resolved.end(), same);
  if (twice != resolved.end())
    return fail(
        ErrorCode::invalid_argument,
        std::string(what) + " sets " + quoted(model.variable(twice->variable).name) + " twice");
  return resolved;
}

Result<CheckedEvent> resolve_outcome(const Outcome& outcome, const Model& model) {
  CheckedEvent event;
  CAUSAL_GYM_TRY(v, model.require(outcome.variable));
  event.variable = v;
  event.allowed.assign(model.state_count(v), true);
  CAUSAL_GYM_TRY(world, resolve_assignments(outcome.world, model, outcome.variable + "[...]"));
  event.world = std::move(world);
  return event;
}

Result<CheckedEvent> resolve_event(const Event& written, const Model& model) {
  CAUSAL_GYM_CHECKED(check_value_count(written));
  CAUSAL_GYM_TRY(event, resolve_outcome(written.outcome, model));
  const auto& variable = model.variable(event.variable);
  switch (written.relation) {
    case Relation::bare:
      if (variable.type != VariableType::binary) {
        event.each_state = true;
        return event;
      } else {
        CAUSAL_GYM_TRY(state, true_state(variable));
        event.allowed.assign(event.allowed.size(), false);
        event.allowed[static_cast<std::size_t>(state)] = true;
        return event;
      }
    case Relation::any: event.each_state = true; return event;
    case Relation::equal:
    case Relation::not_equal:
    case Relation::in:
      event.allowed.assign(event.allowed.size(), false);
      CAUSAL_GYM_CHECKED(allow_listed(variable, written, event));
      return event;
    default:
      CAUSAL_GYM_CHECKED(allow_ordered(variable, written.relation, written.values[0], event));
      return event;
  }
}

}  // namespace causal_gym
