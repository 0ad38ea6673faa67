#include "api/mcp/operation_tools.h"

#include <algorithm>

#include "api/error_json.h"
#include "api/json_fields.h"
#include "api/mcp/base64.h"

namespace causal_gym {

namespace {

using nlohmann::json;

json type_schema(FieldType type) {
  json text = {{"type", "string"}};
  json one_or_more = {{"anyOf", {text, {{"type", "array"}, {"items", text}}}}};
  switch (type) {
    case FieldType::text: return text;
    case FieldType::whole_number: return {{"type", "integer"}};
    case FieldType::boolean: return {{"type", "boolean"}};
    case FieldType::names:
    case FieldType::texts: return one_or_more;
    case FieldType::graph:
    case FieldType::model: return {{"anyOf", {text, {{"type", "object"}}}}};
    case FieldType::object: break;
  }
  return json::object();  // of the operation's own shape, which may be a list or a word
}

// What the description of a field leaves to its type.
std::string_view type_description(FieldType type) {
  switch (type) {
    case FieldType::graph:
      return " (text such as \"z -> x; z -> y; x <-> y\", or an object with nodes, directed, "
             "bidirected, latent)";
    case FieldType::model:
      return " (an environment's id such as \"sprinkler-v1\", a model document, or {\"bif\": "
             "\"...\"})";
    case FieldType::names: return " (a name or a list of names)";
    default: return "";
  }
}

constexpr std::string_view image_argument = "image";

json input_schema(const OperationSpec& operation) {
  json properties = json::object();
  json required = json::array();
  for (const auto& field : operation.fields) {
    properties[std::string(field.name)] = field_schema(field);
    if (field.required) required.push_back(field.name);
  }
  if (operation.name == "draw")
    properties[std::string(image_argument)] = {
        {"type", "boolean"}, {"description", "true: the SVG also as image content"}};
  json schema = {{"type", "object"}, {"properties", properties}, {"additionalProperties", false}};
  if (!required.empty()) schema["required"] = required;
  return schema;
}

// The operation's result for these arguments.
Result<json> operation_result(const OperationSpec& operation, json arguments,
                              const OperationContext& context) {
  // These two name a request among others elsewhere; here the call does.
  for (const auto* word : {"id", "operation"})
    if (arguments.contains(word))
      return fail(ErrorCode::unknown_name, std::string("unknown field '") + word + "'", word);
  arguments["operation"] = operation.name;
  auto answer = run_operation(arguments, context);
  if (auto error = error_of(answer)) return fail(*std::move(error));
  return std::move(answer["result"]);
}

Result<ToolAnswer> call_operation(const OperationSpec& operation, const json& arguments,
                                  const ToolContext& context) {
  CAUSAL_GYM_TRY(result, operation_result(operation, arguments, context.operations));
  return ToolAnswer{json_line(result), std::move(result)};
}

// A picture's text is what there is to read.
Result<ToolAnswer> call_draw(const OperationSpec& operation, const json& given,
                             const ToolContext& context) {
  auto arguments = given;
  bool as_image = false;
  if (const auto image = arguments.find(image_argument); image != arguments.end()) {
    CAUSAL_GYM_TRY(wanted, read_boolean(*image, image_argument));
    as_image = wanted;
    arguments.erase(image);
  }
  CAUSAL_GYM_TRY(result, operation_result(operation, std::move(arguments), context.operations));
  if (as_image && result["format"] != "svg")
    return fail(ErrorCode::invalid_argument, "only the format svg is an image",
                std::string(image_argument));
  auto text = result["text"].get<std::string>();
  json more = json::array();
  if (as_image)
    more.push_back(
        {{"type", "image"}, {"data", base64_encoded(text)}, {"mimeType", "image/svg+xml"}});
  return ToolAnswer{std::move(text), std::move(result), std::move(more)};
}

std::string title_of(std::string_view name) {
  std::string title(name);
  std::replace(title.begin(), title.end(), '_', ' ');
  title[0] = static_cast<char>(title[0] - 'a' + 'A');
  return title;
}

}  // namespace

json field_schema(const FieldSpec& field) {
  auto schema = type_schema(field.type);
  schema["description"] = std::string(field.description).append(type_description(field.type));
  return schema;
}

std::vector<McpTool> operation_tools() {
  std::vector<McpTool> tools;
  for (const auto& operation : all_operations()) {
    const auto call = operation.name == "draw" ? &call_draw : &call_operation;
    tools.push_back(
        {.name = std::string(operation.name),
         .title = title_of(operation.name),
         .description = std::string(operation.description),
         .input_schema = input_schema(operation),
         .output_schema = {{"type", "object"}},
         .read_only = true,
         .function = [&operation, call](const json& arguments, const ToolContext& context) {
           return call(operation, arguments, context);
         }});
  }
  return tools;
}

}  // namespace causal_gym
