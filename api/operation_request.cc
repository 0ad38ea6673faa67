#include "api/operation_request.h"

#include "api/graph_json.h"
#include "api/json_fields.h"
#include "api/model_json.h"
#include "engine/base/check.h"
#include "engine/model/bif.h"
#include "gym/environments/registry.h"

namespace causal_gym {

namespace {

using nlohmann::json;

std::string two_names_text(const std::string& first, const std::string& second) {
  return "'" + first + "' and '" + second + "' are two names of one field";
}

Status check_field(const json& request, const FieldSpec& field) {
  std::string found;
  for (const auto& name : field_names(field)) {
    if (!request.contains(name)) continue;
    if (!found.empty()) return fail(ErrorCode::invalid_argument, two_names_text(found, name), name);
    found = name;
  }
  if (found.empty() && field.required)
    return fail(ErrorCode::invalid_argument,
                "the field '" + std::string(field.name) + "' is missing", std::string(field.name),
                std::string(field.description));
  return {};
}

}  // namespace

std::vector<std::string> field_names(const FieldSpec& field) {
  std::vector<std::string> names = {std::string(field.name)};
  auto rest = field.aliases;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(' '), rest.size());
    names.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return names;
}

Result<OperationRequest> OperationRequest::create(const json& request,
                                                  const OperationSpec& operation,
                                                  const OperationContext& context) {
  std::vector<std::string> known;
  for (const auto& field : operation.fields)
    for (auto& name : field_names(field)) known.push_back(std::move(name));
  known.insert(known.end(), {"id", "operation"});
  CAUSAL_GYM_CHECKED(check_object(request, known, ""));
  for (const auto& field : operation.fields) CAUSAL_GYM_CHECKED(check_field(request, field));
  return OperationRequest(request, operation, context);
}

const json* OperationRequest::find(std::string_view field) const {
  for (const auto& spec : operation_->fields) {
    if (spec.name != field) continue;
    for (const auto& name : field_names(spec))
      if (request_->contains(name)) return &(*request_)[name];
    return nullptr;
  }
  CHECK(false);  // an operation asks only for fields of its own table
}

Result<std::string> OperationRequest::text(std::string_view field) const {
  const auto* value = find(field);
  if (value == nullptr)
    return fail(ErrorCode::invalid_argument, "the field '" + std::string(field) + "' is missing",
                std::string(field));
  return read_text(*value, field);
}

Result<std::optional<std::int64_t>> OperationRequest::whole_number(std::string_view field) const {
  const auto* value = find(field);
  if (value == nullptr) return std::nullopt;
  CAUSAL_GYM_TRY(number, read_integer(*value, field));
  return number;
}

Result<bool> OperationRequest::boolean(std::string_view field, bool otherwise) const {
  const auto* value = find(field);
  if (value == nullptr) return otherwise;
  return read_boolean(*value, field);
}

Result<std::vector<std::string>> OperationRequest::texts(std::string_view field) const {
  const auto* value = find(field);
  if (value == nullptr) return std::vector<std::string>();
  return read_texts(*value, field, /*one_is_a_list=*/true);
}

Result<NodeSet> OperationRequest::nodes(std::string_view field, const Graph& graph) const {
  CAUSAL_GYM_TRY(names, texts(field));
  NodeSet set;
  for (const auto& name : names) {
    const auto node = graph.require(name);
    if (!node) return fail(error_at(node.error(), field));
    set.insert(*node);
  }
  return set;
}

Result<NodeId> OperationRequest::node(std::string_view field, const Graph& graph) const {
  CAUSAL_GYM_TRY(set, nodes(field, graph));
  if (set.size() != 1)
    return fail(
        ErrorCode::invalid_argument,
        "'" + std::string(field) + "' names one variable, not " + std::to_string(set.size()),
        std::string(field));
  return *set.begin();
}

Result<Model> read_model_field(const json& value, std::string_view path, const Limits& limits) {
  if (const auto* id = value.get_ptr<const std::string*>()) {
    const auto environment = find_environment(*id);
    if (!environment) return fail(error_at(environment.error(), path));
    return (*environment)->model;
  }
  if (value.is_object() && value.contains("bif")) {
    static const std::vector<std::string> known = {"bif"};
    CAUSAL_GYM_CHECKED(check_object(value, known, path));
    CAUSAL_GYM_TRY(text, read_text(value["bif"], joined_path(path, "bif")));
    auto model = parse_bif(text, limits);
    if (!model) return fail(error_at(model.error(), joined_path(path, "bif")));
    return model;
  }
  CAUSAL_GYM_TRY(document, read_model_document(value, path, limits));
  return std::move(document.model);
}

Result<Model> OperationRequest::model() const {
  const auto* value = find("model");
  if (value == nullptr)
    return fail(ErrorCode::invalid_argument, "the field 'model' is missing", "model",
                "an environment's id, a model document, or {\"bif\": \"...\"}");
  return read_model_field(*value, "model", context_->limits);
}

Result<Graph> OperationRequest::graph() const {
  const auto* value = find("graph");
  if (value == nullptr && !has("model"))
    return fail(ErrorCode::invalid_argument, "the request has neither 'graph' nor 'model'",
                "graph");
  if (value != nullptr && has("model"))
    return fail(ErrorCode::invalid_argument, "the request has both 'graph' and 'model'", "graph");
  if (value != nullptr) return read_graph_json(*value, "graph", context_->limits);
  CAUSAL_GYM_TRY(of, model());
  return of.graph();
}

Result<Graph> OperationRequest::graph_in(std::string_view field) const {
  const auto& value = *find(field);
  const bool of_model = value.is_object() && value.size() == 1 && value.contains("model") &&
                        !value["model"].is_array();
  if (!of_model) return read_graph_json(value, field, context_->limits);
  CAUSAL_GYM_TRY(of,
                 read_model_field(value["model"], joined_path(field, "model"), context_->limits));
  return of.graph();
}

}  // namespace causal_gym
