#include "api/operations.h"

#include <algorithm>
#include <exception>
#include <optional>

#include "api/error_json.h"
#include "api/operation_request.h"
#include "api/request_id.h"
#include "engine/base/check.h"
#include "engine/base/spelling.h"

namespace causal_gym {

namespace {

using nlohmann::json;

json with_id(json answer, const json& request) {
  if (request.is_object() && request.contains("id")) answer["id"] = request["id"];
  return answer;
}

Result<json> result_of(const json& request, const OperationContext& context) {
  CAUSAL_GYM_CHECKED(context.cancellation.check());
  if (!request.is_object())
    return fail(ErrorCode::invalid_argument,
                std::string("a request is an object, but found ") + request.type_name());
  if (!request.contains("operation") || !request["operation"].is_string())
    return fail(ErrorCode::invalid_argument, "the request names no operation", "operation",
                "\"operation\": \"ask\"");
  CAUSAL_GYM_TRY(operation, find_operation(request["operation"].get_ref<const std::string&>()));
  CAUSAL_GYM_TRY(fields, OperationRequest::create(request, *operation, context));
  return operation->function(fields);
}

// The request with the operation that its place names put in. Errors: invalid_argument.
Status put_operation(json& request, std::string_view operation) {
  if (operation.empty() || !request.is_object()) return {};
  if (request.contains("operation") && request["operation"] != json(operation))
    return fail(ErrorCode::invalid_argument,
                "the request names another operation than '" + std::string(operation) + "'",
                "operation");
  request["operation"] = operation;
  return {};
}

// Does the operation that the request names take a model?
bool takes_model(const json& request) {
  const auto name = request.find("operation");
  if (name == request.end() || !name->is_string()) return false;
  const auto operation = find_operation(name->get_ref<const std::string&>());
  if (!operation) return false;
  const auto fields = (*operation)->fields;
  return std::any_of(fields.begin(), fields.end(),
                     [](const FieldSpec& field) { return field.name == "model"; });
}

void put_model(json& request, const json& model) {
  if (model.is_null() || !request.is_object() || request.contains("model") ||
      request.contains("graph") || !takes_model(request))
    return;
  request["model"] = model;
}

// The answer on one line, its id as it was written: a number may be longer than a double holds.
std::string answer_line(json answer, const std::optional<std::string>& id) {
  if (!id) return json_line(answer);
  answer.erase("id");
  const auto line = json_line(answer);
  if (answer.contains("error")) return line.substr(0, line.size() - 1) + ",\"id\":" + *id + "}";
  return "{\"id\":" + *id + "," + line.substr(1);
}

json answer_text_request(std::string_view body, const OperationContext& context,
                         std::string_view operation, const json& default_model) {
  auto request = parse_json(body, context.json_limits);
  if (!request) return error_json(request.error());
  if (const auto status = put_operation(*request, operation); !status)
    return with_id(error_json(status.error()), *request);
  put_model(*request, default_model);
  return run_operation(*request, context);
}

}  // namespace

std::string_view field_type_name(FieldType type) {
  switch (type) {
    case FieldType::text: return "text";
    case FieldType::whole_number: return "whole_number";
    case FieldType::boolean: return "boolean";
    case FieldType::names: return "names";
    case FieldType::texts: return "texts";
    case FieldType::graph: return "graph";
    case FieldType::model: return "model";
    case FieldType::object: return "object";
  }
  CHECK(false);
}

Result<const OperationSpec*> find_operation(std::string_view name) {
  std::vector<std::string> names;
  for (const auto& operation : all_operations()) {
    if (operation.name == name) return &operation;
    names.emplace_back(operation.name);
  }
  return fail(ErrorCode::unknown_name, "no operation '" + std::string(name) + "'", "operation",
              spelling_suggestion(name, names));
}

json run_operation(const json& request, const OperationContext& context) {
  auto result = result_of(request, context);
  json answer = result ? json{{"result", *std::move(result)}} : error_json(result.error());
  return with_id(std::move(answer), request);
}

std::string handle_request_text(std::string_view body, const OperationContext& context,
                                std::string_view operation, const json& default_model) {
  try {
    return answer_line(answer_text_request(body, context, operation, default_model),
                       request_id_text(body, context.json_limits));
  } catch (const std::exception&) {  // memory ran out: the only exception left here
    return R"({"error":{"code":"unavailable","message":"the request could not be worked on",)"
           R"("where":"","suggestion":"try a smaller one"}})";
  }
}

}  // namespace causal_gym
