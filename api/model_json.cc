#include "api/model_json.h"

#include "api/graph_json.h"
#include "api/json_fields.h"
#include "api/json_text.h"
#include "api/mechanism_json.h"
#include "engine/base/spelling.h"
#include "engine/graph/text.h"

namespace causal_gym {

namespace {

using nlohmann::json;

Result<std::vector<std::string>> read_states(const json& value, const std::string& path) {
  if (!value.is_array()) return read_texts(value, path);
  std::vector<std::string> states;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const auto item = path + "[" + std::to_string(i) + "]";
    if (value[i].is_number()) {  // a count's states may be written as numbers
      CAUSAL_GYM_TRY(number, read_integer(value[i], item));
      states.push_back(std::to_string(number));
    } else {
      CAUSAL_GYM_TRY(state, read_text(value[i], item));
      states.push_back(std::move(state));
    }
  }
  return states;
}

Result<VariableType> read_type(const json& value, const std::string& path) {
  CAUSAL_GYM_TRY(name, read_text(value, path));
  if (name == "continuous")
    return fail(ErrorCode::invalid_argument,
                "this version has no continuous variables; it has binary, categorical, ordinal "
                "and count",
                path);
  auto type = parse_variable_type(name);
  if (!type) return fail(error_at(type.error(), path));
  return type;
}

Result<std::optional<State>> read_baseline(const json& value, const Variable& variable,
                                           const std::string& path) {
  if (value.is_null()) return std::nullopt;
  CAUSAL_GYM_TRY(text, read_text(value, path));
  auto state = parse_exact_state(variable, text);
  if (!state) state = parse_state(variable, text);
  if (!state) return fail(error_at(state.error(), path));
  return *state;
}

Result<Variable> read_variable(const json& value, const std::string& name,
                               const std::string& path) {
  static const std::vector<std::string> known = {"type",  "states", "numbers",
                                                 "label", "unit",   "baseline"};
  CAUSAL_GYM_CHECKED(check_object(value, known, path));
  auto type = VariableType::binary;
  if (value.contains("type")) {
    CAUSAL_GYM_TRY(written, read_type(value["type"], joined_path(path, "type")));
    type = written;
  }
  std::vector<std::string> states;
  if (value.contains("states")) {
    CAUSAL_GYM_TRY(written, read_states(value["states"], joined_path(path, "states")));
    states = std::move(written);
  }
  const bool with_states = value.contains("states");
  auto variable = make_variable(name, type, states);
  if (with_states && states.empty()) variable.states.clear();
  if (value.contains("numbers")) {
    CAUSAL_GYM_TRY(numbers, read_numbers(value["numbers"], joined_path(path, "numbers")));
    variable.numbers = std::move(numbers);
  }
  for (const auto& [key, field] : {std::pair("label", &variable.label), {"unit", &variable.unit}}) {
    if (!value.contains(key)) continue;
    CAUSAL_GYM_TRY(text, read_text(value[key], joined_path(path, key)));
    *field = std::move(text);
  }
  if (value.contains("baseline")) {
    CAUSAL_GYM_TRY(baseline,
                   read_baseline(value["baseline"], variable, joined_path(path, "baseline")));
    variable.baseline = baseline;
  }
  return variable;
}

Status check_names(const json& object, const Graph& graph, const std::string& path) {
  if (!object.is_object())
    return fail(ErrorCode::invalid_argument, "expected an object with a field for each variable",
                path);
  for (const auto& [name, unused] : object.items())
    if (const auto node = graph.require(name); !node)
      return fail(error_at(node.error(), joined_path(path, name)));
  return {};
}

Result<std::vector<Variable>> read_variables(const json& document, const Graph& graph,
                                             std::string_view path) {
  std::vector<Variable> variables;
  const auto all = joined_path(path, "variables");
  const auto& written = document.contains("variables") ? document["variables"] : json::object();
  CAUSAL_GYM_CHECKED(check_names(written, graph, all));
  for (const auto& node : graph.nodes()) {
    if (!written.contains(node.name)) {
      variables.push_back(binary_variable(node.name));
      continue;
    }
    CAUSAL_GYM_TRY(variable,
                   read_variable(written[node.name], node.name, joined_path(all, node.name)));
    variables.push_back(std::move(variable));
  }
  return variables;
}

Result<std::vector<Mechanism>> read_mechanisms(const json& document, const Graph& graph,
                                               const std::vector<Variable>& variables,
                                               std::string_view path, const Limits& limits) {
  const auto all = joined_path(path, "mechanisms");
  if (!document.contains("mechanisms"))
    return fail(ErrorCode::invalid_argument, "the model has no mechanisms", all);
  const auto& written = document["mechanisms"];
  CAUSAL_GYM_CHECKED(check_names(written, graph, all));
  std::vector<Mechanism> mechanisms;
  for (const auto& variable : variables) {
    const auto own = joined_path(all, variable.name);
    if (!written.contains(variable.name))
      return fail(ErrorCode::invalid_argument, "'" + variable.name + "' has no mechanism", own);
    CAUSAL_GYM_TRY(mechanism,
                   read_mechanism_json(written[variable.name], variable, graph, own, limits));
    mechanisms.push_back(std::move(mechanism));
  }
  return mechanisms;
}

json variable_json(const Variable& variable) {
  json value = {{"type", variable_type_name(variable.type)}, {"states", variable.states}};
  const auto usual = make_variable(variable.name, variable.type, variable.states);
  if (variable.numbers != usual.numbers) value["numbers"] = variable.numbers;
  if (!variable.label.empty()) value["label"] = variable.label;
  if (!variable.unit.empty()) value["unit"] = variable.unit;
  if (variable.baseline != usual.baseline)
    value["baseline"] = variable.baseline
                            ? json(variable.states[static_cast<std::size_t>(*variable.baseline)])
                            : json(nullptr);
  return value;
}

}  // namespace

Result<ModelDocument> read_model_document(const json& value, std::string_view path,
                                          const Limits& limits) {
  static const std::vector<std::string> known = {"name",       "graph", "variables",
                                                 "mechanisms", "story", "noise_covariance"};
  CAUSAL_GYM_CHECKED(check_object(value, known, path));
  if (value.contains("noise_covariance"))
    return fail(ErrorCode::invalid_argument,
                "noise_covariance belongs to linear models, which this version lacks",
                joined_path(path, "noise_covariance"));
  std::string name;
  if (value.contains("name")) {
    CAUSAL_GYM_TRY(text, read_text(value["name"], joined_path(path, "name")));
    name = std::move(text);
  }
  if (!value.contains("graph"))
    return fail(ErrorCode::invalid_argument, "the model has no graph", joined_path(path, "graph"));
  CAUSAL_GYM_TRY(graph, read_graph_json(value["graph"], joined_path(path, "graph"), limits));
  CAUSAL_GYM_TRY(variables, read_variables(value, graph, path));
  for (const auto& variable : variables)
    if (auto status = check_variable(variable, limits); !status) {
      auto error = std::move(status).error();
      error.where = joined_path(path, error.where);
      return fail(std::move(error));
    }
  CAUSAL_GYM_TRY(mechanisms, read_mechanisms(value, graph, variables, path, limits));
  auto model = Model::create(std::move(name), std::move(graph), std::move(variables),
                             std::move(mechanisms), limits);
  if (!model) {
    auto error = std::move(model).error();
    error.where = joined_path(path, error.where);
    return fail(std::move(error));
  }
  return ModelDocument{*std::move(model), value.value("story", json(nullptr))};
}

Result<Model> parse_model_json(std::string_view text, const Limits& limits) {
  JsonLimits json_limits;
  json_limits.bytes = limits.model_text_bytes;
  CAUSAL_GYM_TRY(value, parse_json(text, json_limits));
  CAUSAL_GYM_TRY(document, read_model_document(value, {}, limits));
  return std::move(document.model);
}

json model_json(const Model& model, const json& story) {
  json value = {{"name", model.name()},
                {"graph", write_graph(model.graph())},
                {"variables", json::object()},
                {"mechanisms", json::object()}};
  for (VariableId v = 0; v < static_cast<VariableId>(model.variable_count()); ++v) {
    const auto& variable = model.variable(v);
    value["variables"][variable.name] = variable_json(variable);
    value["mechanisms"][variable.name] = mechanism_json(model, v);
  }
  if (!story.is_null()) value["story"] = story;
  return value;
}

}  // namespace causal_gym
