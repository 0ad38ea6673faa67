#include "engine/model/variable.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <unordered_set>

#include "engine/base/check.h"
#include "engine/base/spelling.h"
#include "engine/graph/node_name.h"
#include "engine/graph/text.h"

namespace causal_gym {
namespace {

constexpr std::array<std::string_view, 4> type_names = {"binary", "categorical", "ordinal",
                                                        "count"};
constexpr std::array<std::string_view, 4> true_words = {"true", "yes", "on", "1"};
constexpr std::array<std::string_view, 4> false_words = {"false", "no", "off", "0"};

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

// What a truth word says, if the text is one.
std::optional<bool> truth_of(std::string_view text) {
  const auto among = [&](const auto& words) {
    return std::any_of(words.begin(), words.end(),
                       [&](std::string_view word) { return equal_ignoring_case(word, text); });
  };
  if (among(true_words)) return true;
  if (among(false_words)) return false;
  return std::nullopt;
}

// The whole number that the text writes in decimal, if it is one.
std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// The states' names as numbers, when they are increasing whole numbers; otherwise empty.
std::vector<double> increasing_numbers(std::span<const std::string> states) {
  std::vector<double> numbers;
  std::optional<std::int64_t> last;
  for (const auto& state : states) {
    const auto number = whole_number(state);
    if (!number || (last && *number <= *last)) return {};
    last = number;
    numbers.push_back(static_cast<double>(*number));
  }
  return numbers;
}

// Do the words of a binary variable say that its first state is the true one, or its second the
// false one?
bool words_clash(const Variable& variable) {
  if (!increasing_numbers(variable.states).empty()) return false;
  return truth_of(variable.states[0]) == true || truth_of(variable.states[1]) == false;
}

std::string list_of_states(const Variable& variable) {
  constexpr std::size_t listed = 12;
  std::string text = "'" + variable.name + "' has the states ";
  for (std::size_t i = 0; i < std::min(variable.states.size(), listed); ++i)
    text += (i == 0 ? "" : ", ") + quoted_name(variable.states[i]);
  if (variable.states.size() > listed)
    text += ", ... (" + std::to_string(variable.states.size()) + " in all)";
  return text;
}

std::optional<State> find_state(const Variable& variable, std::string_view name) {
  const auto found = std::find(variable.states.begin(), variable.states.end(), name);
  if (found == variable.states.end()) return std::nullopt;
  return static_cast<State>(found - variable.states.begin());
}

tl::unexpected<Error> no_such_state(const Variable& variable, std::string_view text) {
  return fail(ErrorCode::unknown_name,
              "no state '" + std::string(text) + "': " + list_of_states(variable), {},
              spelling_suggestion(text, variable.states));
}

std::string written(const Variable& variable, State state) {
  return "write " + quoted_name(variable.name) + "=" + state_text(variable, state);
}

// The states that a text may mean, by the table in the header: none, one or several that agree, or
// a clash.
std::vector<State> state_readings(const Variable& variable, std::string_view text) {
  std::vector<State> readings;
  const auto number = whole_number(text);
  if (const auto exact = find_state(variable, text)) readings.push_back(*exact);
  if (!readings.empty() && !number) return readings;
  const bool names_are_numbers = !increasing_numbers(variable.states).empty();
  if (number && names_are_numbers) return readings;
  const bool digits = number && text.front() != '-';
  if (digits && *number < static_cast<std::int64_t>(variable.states.size()))
    readings.push_back(static_cast<State>(*number));
  const auto truth = truth_of(text);
  if (variable.type != VariableType::binary || !truth) return readings;
  readings.push_back(*truth ? 1 : 0);
  if (words_clash(variable)) readings.push_back(*truth ? 0 : 1);
  return readings;
}

// UTF-8 without control characters, so that every writer can show it.
bool is_printable(std::string_view text) {
  while (!text.empty()) {
    const auto [code, size] = first_character(text);
    const bool control = code < 0x20 || (code >= 0x7F && code < 0xA0);
    if (size == 0 || control) return false;
    text.remove_prefix(size);
  }
  return true;
}

Status check_state_names(const Variable& variable, const Limits& limits) {
  const std::string path = "variables." + variable.name;
  std::unordered_set<std::string_view> seen;
  for (std::size_t i = 0; i < variable.states.size(); ++i) {
    const auto& state = variable.states[i];
    const auto where = path + ".states[" + std::to_string(i) + "]";
    const auto invalid = [&](const std::string& what) {
      return fail(ErrorCode::invalid_argument, what, where);
    };
    if (state.empty()) return invalid("a state of '" + variable.name + "' has an empty name");
    if (state.size() > limits.name_length)
      return fail(ErrorCode::limit_exceeded,
                  "bytes of a state's name: " + std::to_string(state.size()) +
                      " is over the limit of " + std::to_string(limits.name_length),
                  where);
    if (!is_printable(state))
      return invalid("the name of state " + std::to_string(i) + " of '" + variable.name +
                     "' is not UTF-8 without control characters");
    if (!seen.insert(state).second)
      return invalid("'" + variable.name + "' has the state '" + state + "' twice");
  }
  return {};
}

}  // namespace

std::string_view variable_type_name(VariableType type) {
  return type_names[static_cast<std::size_t>(type)];
}

Result<VariableType> parse_variable_type(std::string_view name) {
  const auto found = std::find(type_names.begin(), type_names.end(), name);
  if (found != type_names.end()) return static_cast<VariableType>(found - type_names.begin());
  const std::vector<std::string> names(type_names.begin(), type_names.end());
  return fail(ErrorCode::unknown_name,
              "no variable type '" + std::string(name) +
                  "': the types are binary, categorical, ordinal, count",
              {}, spelling_suggestion(name, names));
}

Variable make_variable(std::string name, VariableType type, std::vector<std::string> states) {
  Variable variable;
  variable.name = std::move(name);
  variable.type = type;
  variable.states = std::move(states);
  if (type == VariableType::binary && variable.states.empty()) variable.states = {"false", "true"};
  if (type == VariableType::count) variable.numbers = increasing_numbers(variable.states);
  if (type == VariableType::binary && variable.states.size() == 2 && !words_clash(variable)) {
    variable.numbers = increasing_numbers(variable.states);
    if (variable.numbers.empty()) variable.numbers = {0, 1};
    variable.baseline = 0;
  }
  return variable;
}

Variable binary_variable(std::string name, std::string false_state, std::string true_state) {
  return make_variable(std::move(name), VariableType::binary,
                       {std::move(false_state), std::move(true_state)});
}

Status check_variable(const Variable& variable, const Limits& limits) {
  const auto where = "variables." + variable.name;
  const auto count = variable.states.size();
  const auto invalid = [&](const std::string& what) {
    return fail(ErrorCode::invalid_argument, "'" + variable.name + "' " + what, where);
  };
  if (count == 0) return invalid("has no states");
  if (variable.type == VariableType::binary && count != 2)
    return invalid("is binary but has " + std::to_string(count) +
                   (count == 1 ? " state" : " states"));
  if (count > limits.states)
    return fail(ErrorCode::limit_exceeded,
                "states of '" + variable.name + "': " + std::to_string(count) +
                    " is over the limit of " + std::to_string(limits.states),
                where);
  CAUSAL_GYM_CHECKED(check_state_names(variable, limits));
  if (variable.type == VariableType::count && variable.numbers.empty())
    return invalid("is a count, but its states are not increasing whole numbers");
  if (!variable.numbers.empty() && variable.numbers.size() != count)
    return invalid("has " + std::to_string(count) + " states but " +
                   std::to_string(variable.numbers.size()) + " numbers");
  if (!std::all_of(variable.numbers.begin(), variable.numbers.end(),
                   [](double number) { return std::isfinite(number); }))
    return invalid("has a number that is not finite");
  if (variable.baseline &&
      (*variable.baseline < 0 || static_cast<std::size_t>(*variable.baseline) >= count))
    return invalid("has the baseline " + std::to_string(*variable.baseline) + ", but " +
                   std::to_string(count) + " states");
  return {};
}

Result<State> parse_exact_state(const Variable& variable, std::string_view name) {
  if (const auto state = find_state(variable, name)) return *state;
  return no_such_state(variable, name);
}

Result<State> parse_state(const Variable& variable, std::string_view text) {
  const auto readings = state_readings(variable, text);
  if (readings.empty()) return no_such_state(variable, text);
  const State state = readings.front();
  const auto other = std::find_if(readings.begin(), readings.end(),
                                  [&](State reading) { return reading != state; });
  if (other == readings.end()) return state;
  return fail(
      ErrorCode::invalid_argument,
      "'" + std::string(text) + "' may mean more than one state: " + list_of_states(variable), {},
      written(variable, state) + " or " + state_text(variable, *other));
}

std::string state_text(const Variable& variable, State state) {
  CHECK(state >= 0 && static_cast<std::size_t>(state) < variable.states.size());
  const auto& name = variable.states[static_cast<std::size_t>(state)];
  const auto readings = state_readings(variable, name);
  const bool clash = std::any_of(readings.begin(), readings.end(),
                                 [&](State reading) { return reading != state; });
  return clash ? '"' + name + '"' : quoted_name(name);
}

Result<State> true_state(const Variable& variable) {
  const auto mentioned = "'" + variable.name + "' without a state";
  if (variable.type != VariableType::binary || variable.states.size() != 2)
    return fail(
        ErrorCode::invalid_argument,
        mentioned + " has a meaning for a binary variable only: " + list_of_states(variable), {},
        written(variable, 0));
  if (words_clash(variable))
    return fail(ErrorCode::invalid_argument,
                mentioned + " may mean either state: " + list_of_states(variable) +
                    ", where the second would be the true one",
                {}, written(variable, truth_of(variable.states[0]) == false ? 1 : 0));
  return 1;
}

}  // namespace causal_gym
