// The writer of BIF texts: write_bif of bif.h.
#include <charconv>

#include "engine/model/bif.h"
#include "engine/model/bif_lexer.h"
#include "engine/model/factor.h"

namespace causal_gym {
namespace {

void append_number(std::string& text, double number) {
  char buffer[32];
  text.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, number).ptr);
}

Status check_bif_name(const std::string& name) {
  if (name.find('"') == std::string::npos) return {};
  return fail(ErrorCode::invalid_argument, "BIF has no way to write the name '" + name + "'", "",
              "use a name without a double quote");
}

std::string bif_name(const std::string& name) {
  return is_bif_word(name) ? name : '"' + name + '"';
}

// The names of the variable and its states.
Status check_names(const Variable& variable) {
  CAUSAL_GYM_CHECKED(check_bif_name(variable.name));
  for (const auto& state : variable.states) CAUSAL_GYM_CHECKED(check_bif_name(state));
  return {};
}

void append_variable(std::string& text, const Variable& variable) {
  text += "variable " + bif_name(variable.name) + " {\n  type discrete [ " +
          std::to_string(variable.states.size()) + " ] { ";
  for (std::size_t i = 0; i < variable.states.size(); ++i)
    text += (i == 0 ? "" : ", ") + bif_name(variable.states[i]);
  text += " };\n}\n";
}

// "  (yes, low) " or, without parents, "  table ".
void append_row_head(std::string& text, const Model& model, std::span<const VariableId> given,
                     std::span<const std::size_t> states) {
  if (given.empty()) {
    text += "  table ";
    return;
  }
  text += "  (";
  for (std::size_t i = 0; i < given.size(); ++i)
    text += (i == 0 ? "" : ", ") + bif_name(model.variable(given[i]).states[states[i]]);
  text += ") ";
}

Status append_probability(std::string& text, const Model& model, VariableId v) {
  CAUSAL_GYM_TRY(factor, mechanism_factor(model, v));
  const auto given = mechanism_parents(model.mechanism(v));
  text += "probability ( " + bif_name(model.variable(v).name);
  for (std::size_t i = 0; i < given.size(); ++i)
    text += (i == 0 ? " | " : ", ") + bif_name(model.variable(given[i]).name);
  text += " ) {\n";
  const auto width = model.state_count(v);
  std::vector<std::size_t> states(given.size(), 0);
  for (std::size_t cell = 0; cell < factor.values.size(); ++cell) {
    if (cell % width == 0) append_row_head(text, model, given, states);
    append_number(text, factor.values[cell]);
    if ((cell + 1) % width != 0) {
      text += ", ";
      continue;
    }
    text += ";\n";
    for (std::size_t i = given.size(); i-- > 0;) {
      if (++states[i] < factor.cardinalities[i]) break;
      states[i] = 0;
    }
  }
  text += "}\n";
  return {};
}

}  // namespace

Result<std::string> write_bif(const Model& model) {
  CAUSAL_GYM_CHECKED(check_bif_name(model.name()));
  std::string text = "network " + bif_name(model.name()) + " {\n}\n";
  for (const auto& variable : model.variables()) {
    CAUSAL_GYM_CHECKED(check_names(variable));
    append_variable(text, variable);
  }
  for (std::size_t i = 0; i < model.variable_count(); ++i)
    CAUSAL_GYM_CHECKED(append_probability(text, model, static_cast<VariableId>(i)));
  return text;
}

}  // namespace causal_gym
