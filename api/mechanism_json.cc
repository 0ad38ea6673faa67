#include "api/mechanism_json.h"

#include "api/json_fields.h"
#include "engine/base/check.h"
#include "engine/base/spelling.h"

namespace causal_gym {

namespace {

using nlohmann::json;

const std::vector<std::string> kinds = {"table", "noisy_or", "deterministic"};
const std::vector<std::string> later_kinds = {"linear", "logistic", "poisson", "expression"};
const std::vector<std::string> couplings = {"undeclared", "monotone", "independent"};

bool among(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string two_kinds_text(const std::string& variable, const std::string& first,
                           const std::string& second) {
  return "the mechanism of '" + variable + "' is both " + first + " and " + second;
}

// The one kind that the mechanism is written in.
Result<std::string> kind_of(const json& value, const Variable& variable, const std::string& path) {
  if (!value.is_object())
    return fail(ErrorCode::invalid_argument, "a mechanism is an object", path);
  std::string kind;
  for (const auto& [key, unused] : value.items()) {
    if (key == "given" || key == "coupling") continue;
    if (among(later_kinds, key))
      return fail(ErrorCode::invalid_argument,
                  "the mechanism of '" + variable.name + "' is " + key +
                      ", a kind that this version lacks; it has table, noisy_or and deterministic",
                  joined_path(path, key));
    if (!among(kinds, key)) {
      auto known = kinds;
      known.insert(known.end(), {"given", "coupling"});
      return fail(ErrorCode::unknown_name, "unknown field '" + key + "'", joined_path(path, key),
                  spelling_suggestion(key, known));
    }
    if (!kind.empty())
      return fail(ErrorCode::invalid_argument, two_kinds_text(variable.name, kind, key), path);
    kind = key;
  }
  if (kind.empty())
    return fail(
        ErrorCode::invalid_argument,
        "the mechanism of '" + variable.name + "' has none of table, noisy_or and deterministic",
        path);
  return kind;
}

Result<std::vector<VariableId>> read_given(const json& value, const Graph& graph,
                                           const std::string& path) {
  std::vector<VariableId> given;
  if (!value.contains("given")) return given;
  const auto given_path = joined_path(path, "given");
  CAUSAL_GYM_TRY(names, read_texts(value["given"], given_path));
  for (const auto& name : names) {
    const auto v = graph.require(name);
    if (!v) return fail(error_at(v.error(), given_path));
    given.push_back(*v);
  }
  return given;
}

Result<Mechanism> read_table(const json& value, const Variable& variable,
                             std::vector<VariableId> given, const std::string& path,
                             const Limits& limits) {
  TableMechanism table{std::move(given), {}, Coupling::undeclared};
  const auto table_path = joined_path(path, "table");
  const auto& rows = value["table"];
  if (!rows.is_array())
    return fail(ErrorCode::invalid_argument, "a table is a list of rows", table_path);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row_path = table_path + "[" + std::to_string(i) + "]";
    CAUSAL_GYM_TRY(row, read_numbers(rows[i], row_path));
    if (row.size() != variable.states.size())
      return fail(ErrorCode::invalid_argument,
                  "the row has " + std::to_string(row.size()) + " numbers, but '" + variable.name +
                      "' has " + std::to_string(variable.states.size()) + " states",
                  row_path);
    CAUSAL_GYM_CHECKED(check_limit("numbers in the table of '" + variable.name + "'",
                                   table.probabilities.size() + row.size(),
                                   limits.mechanism_cells));
    table.probabilities.insert(table.probabilities.end(), row.begin(), row.end());
  }
  if (value.contains("coupling")) {
    const auto coupling_path = joined_path(path, "coupling");
    CAUSAL_GYM_TRY(name, read_text(value["coupling"], coupling_path));
    const auto found = std::find(couplings.begin(), couplings.end(), name);
    if (found == couplings.end())
      return fail(ErrorCode::unknown_name,
                  "unknown coupling '" + name + "'; it is monotone or independent", coupling_path,
                  spelling_suggestion(name, couplings));
    table.coupling = static_cast<Coupling>(found - couplings.begin());
  }
  return table;
}

Result<Mechanism> read_noisy_or(const json& value, const Graph& graph,
                                std::vector<VariableId> given, const std::string& path) {
  static const std::vector<std::string> known = {"strengths", "leak"};
  const auto own = joined_path(path, "noisy_or");
  const auto& noisy_or = value["noisy_or"];
  CAUSAL_GYM_CHECKED(check_object(noisy_or, known, own));
  NoisyOrMechanism mechanism{std::move(given), {}, 0};
  const auto& strengths = noisy_or.contains("strengths") ? noisy_or["strengths"] : json::object();
  std::vector<std::string> names;
  for (const auto v : mechanism.given) names.push_back(graph.name(v));
  const auto strengths_path = joined_path(own, "strengths");
  CAUSAL_GYM_CHECKED(check_object(strengths, names, strengths_path));
  for (const auto& name : names) {
    const auto strength_path = joined_path(strengths_path, name);
    if (!strengths.contains(name))
      return fail(ErrorCode::invalid_argument, "the parent '" + name + "' has no strength",
                  strength_path);
    CAUSAL_GYM_TRY(strength, read_number(strengths[name], strength_path));
    mechanism.strengths.push_back(strength);
  }
  if (noisy_or.contains("leak")) {
    CAUSAL_GYM_TRY(leak, read_number(noisy_or["leak"], joined_path(own, "leak")));
    mechanism.leak = leak;
  }
  return mechanism;
}

Result<Mechanism> read_deterministic(const json& value, const Variable& variable,
                                     std::vector<VariableId> given, const std::string& path) {
  DeterministicMechanism mechanism{std::move(given), {}};
  const auto own = joined_path(path, "deterministic");
  const auto& rows = value["deterministic"];
  if (!rows.is_array())
    return fail(ErrorCode::invalid_argument, "expected a list with a state for each row", own);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row_path = own + "[" + std::to_string(i) + "]";
    if (rows[i].is_string()) {
      const auto state = parse_exact_state(variable, rows[i].get_ref<const std::string&>());
      if (!state) return fail(error_at(state.error(), row_path));
      mechanism.states.push_back(*state);
      continue;
    }
    CAUSAL_GYM_TRY(state, read_integer(rows[i], row_path));
    if (state < 0 || static_cast<std::size_t>(state) >= variable.states.size())
      return fail(ErrorCode::invalid_argument,
                  "'" + variable.name + "' has no state " + std::to_string(state), row_path);
    mechanism.states.push_back(static_cast<State>(state));
  }
  return mechanism;
}

struct MechanismWriter {
  const Model& model;
  const Variable& variable;

  json operator()(const TableMechanism& table) const {
    json rows = json::array();
    const auto states = variable.states.size();
    for (std::size_t i = 0; i < table.probabilities.size(); i += states) {
      const auto row = table.probabilities.begin() + static_cast<std::ptrdiff_t>(i);
      rows.push_back(std::vector<double>(row, row + static_cast<std::ptrdiff_t>(states)));
    }
    json value = {{"table", std::move(rows)}};
    if (table.coupling != Coupling::undeclared)
      value["coupling"] = couplings[static_cast<std::size_t>(table.coupling)];
    return value;
  }
  json operator()(const NoisyOrMechanism& noisy_or) const {
    json strengths = json::object();
    for (std::size_t i = 0; i < noisy_or.given.size(); ++i)
      strengths[model.graph().name(noisy_or.given[i])] = noisy_or.strengths[i];
    return {{"noisy_or", {{"strengths", std::move(strengths)}, {"leak", noisy_or.leak}}}};
  }
  json operator()(const DeterministicMechanism& deterministic) const {
    return {{"deterministic", deterministic.states}};
  }
};

}  // namespace

Result<Mechanism> read_mechanism_json(const json& value, const Variable& variable,
                                      const Graph& graph, const std::string& path,
                                      const Limits& limits) {
  CAUSAL_GYM_TRY(kind, kind_of(value, variable, path));
  CAUSAL_GYM_TRY(given, read_given(value, graph, path));
  if (kind == "table") return read_table(value, variable, std::move(given), path, limits);
  if (value.contains("coupling"))
    return fail(ErrorCode::invalid_argument, "only a table has a coupling",
                joined_path(path, "coupling"));
  if (kind == "noisy_or") return read_noisy_or(value, graph, std::move(given), path);
  return read_deterministic(value, variable, std::move(given), path);
}

json mechanism_json(const Model& model, VariableId v) {
  auto value = std::visit(MechanismWriter{model, model.variable(v)}, model.mechanism(v));
  value["given"] = json::array();
  for (const auto parent : mechanism_parents(model.mechanism(v)))
    value["given"].push_back(model.graph().name(parent));
  return value;
}

}  // namespace causal_gym
