// api/schema/openapi.yaml says exactly what the operation table and the code tables say, and its
// examples give what they say they give.
#include <yaml-cpp/yaml.h>

#include "api/http_status.h"
#include "api/json_text.h"
#include "api/operation_request.h"
#include "tests/cases/case_file.h"

namespace causal_gym {
namespace {

using nlohmann::json;

// YAML as JSON: a quoted scalar is a text, a plain one what JSON reads it as, or else a text.
json as_json(const YAML::Node& node) {
  if (node.IsMap()) {
    json object = json::object();
    for (const auto& item : node) object[item.first.as<std::string>()] = as_json(item.second);
    return object;
  }
  if (node.IsSequence()) {
    json list = json::array();
    for (const auto& item : node) list.push_back(as_json(item));
    return list;
  }
  if (!node.IsScalar()) return nullptr;
  if (node.Tag() == "!") return node.Scalar();
  auto value = json::parse(node.Scalar(), nullptr, /*allow_exceptions=*/false);
  return value.is_discarded() ? json(node.Scalar()) : value;
}

const json& document() {
  static const json read =
      as_json(YAML::LoadFile(std::string(CAUSAL_GYM_SOURCE_DIR) + "/api/schema/openapi.yaml"));
  return read;
}

// What a "$ref" names, or the value itself.
const json& resolved(const json& value) {
  if (!value.contains("$ref")) return value;
  return document().at(json::json_pointer(value["$ref"].get<std::string>().substr(1)));
}

std::string path_of(const OperationSpec& operation) {
  return "/api/v1/" + std::string(operation.name);
}

json schema_of(FieldType type) {
  switch (type) {
    case FieldType::text: return {{"type", "string"}};
    case FieldType::whole_number: return {{"type", "integer"}};
    case FieldType::boolean: return {{"type", "boolean"}};
    case FieldType::names: return {{"$ref", "#/components/schemas/Names"}};
    case FieldType::texts: return {{"$ref", "#/components/schemas/Texts"}};
    case FieldType::graph: return {{"$ref", "#/components/schemas/Graph"}};
    case FieldType::model: return {{"$ref", "#/components/schemas/Model"}};
  }
  return nullptr;
}

TEST(OpenApi, the_operations_are_those_of_the_table) {
  std::set<std::string> posted;
  for (const auto& [path, item] : document()["paths"].items())
    if (item.contains("post")) posted.insert(path);
  EXPECT_EQ(posted.erase("/api/v1/batch"), 1U);
  EXPECT_EQ(posted.erase("/api/v1/experiments"), 1U);
  std::set<std::string> expected;
  for (const auto& operation : all_operations()) expected.insert(path_of(operation));
  EXPECT_EQ(posted, expected);
  for (const auto& operation : all_operations()) {
    const auto& post = document()["paths"][path_of(operation)]["post"];
    EXPECT_EQ(post["operationId"], operation.name);
    EXPECT_EQ(post["summary"], operation.description);
  }
}

TEST(OpenApi, the_fields_of_each_operation_are_those_of_the_table) {
  for (const auto& operation : all_operations()) {
    SCOPED_TRACE(operation.name);
    const auto& post = document()["paths"][path_of(operation)]["post"];
    const auto& schema = resolved(post["requestBody"]["content"]["application/json"]["schema"]);
    json properties = {{"id", json::object()}, {"operation", {{"const", operation.name}}}};
    json required = json::array();
    for (const auto& field : operation.fields) {
      for (const auto& name : field_names(field)) properties[name] = schema_of(field.type);
      if (field.required) required.push_back(field.name);
    }
    EXPECT_EQ(schema["properties"], properties);
    EXPECT_EQ(schema.value("required", json::array()), required);
    EXPECT_EQ(schema["additionalProperties"], false);
  }
}

TEST(OpenApi, the_error_codes_and_their_statuses_are_those_of_the_tables) {
  const auto& schema = document()["components"]["schemas"]["ErrorCode"];
  json names = json::array();
  json statuses = json::object();
  for (const auto code : all_error_codes) {
    names.push_back(error_code_name(code));
    statuses[std::string(error_code_name(code))] = http_status(code);
  }
  EXPECT_EQ(schema["enum"], names);
  EXPECT_EQ(schema["x-http-status"], statuses);
}

void collect_references(const json& value, std::set<std::string>& references) {
  if (value.is_object() && value.contains("$ref")) references.insert(value["$ref"]);
  if (value.is_structured())
    for (const auto& item : value) collect_references(item, references);
}

TEST(OpenApi, every_reference_names_something_and_every_schema_is_named) {
  std::set<std::string> references;
  collect_references(document(), references);
  for (const auto& reference : references)
    EXPECT_TRUE(document().contains(json::json_pointer(reference.substr(1)))) << reference;
  for (const auto& [name, schema] : document()["components"]["schemas"].items())
    EXPECT_TRUE(references.contains("#/components/schemas/" + name)) << name;
}

// The example answer of that name, wherever among the responses it stands.
json example_answer(const json& responses, const std::string& name) {
  for (const auto& response : responses) {
    const json::json_pointer at("/content/application~1json/examples/" + name + "/value");
    if (response.contains(at)) return response.at(at);
  }
  return nullptr;
}

TEST(OpenApi, each_example_gives_the_answer_beside_it) {
  for (const auto& operation : all_operations()) {
    const auto& post = document()["paths"][path_of(operation)]["post"];
    const auto& examples = post["requestBody"]["content"]["application/json"]["examples"];
    EXPECT_FALSE(examples.empty()) << operation.name;
    for (const auto& [name, example] : examples.items()) {
      SCOPED_TRACE(std::string(operation.name) + ", example " + name);
      const auto expected = example_answer(post["responses"], name);
      ASSERT_FALSE(expected.is_null()) << "an example without its answer";
      const auto text = handle_request_text(json_line(example["value"]), {}, operation.name);
      EXPECT_EQ(difference(expected, json::parse(text)), "");
    }
  }
}

// Does every field of the answer stand in its schema, and every required one in the answer? Looks
// through references and the alternatives of oneOf.
std::string schema_fault(const json& schema_or_reference, const json& value, std::string path) {
  const auto& schema = resolved(schema_or_reference);
  if (schema.contains("oneOf")) {
    for (const auto& choice : schema["oneOf"])
      if (schema_fault(choice, value, path).empty()) return {};
    return path + " fits no alternative";
  }
  auto types = schema.value("type", json());
  if (!types.is_null() && !types.is_array()) types = json::array({types});
  const std::string type = value.is_number_integer() ? "integer" : value.type_name();
  const auto fits = [&](const json& one) {
    return one == type || (one == "null" && value.is_null()) ||
           (one == "number" && value.is_number());
  };
  if (!types.is_null() && std::none_of(types.begin(), types.end(), fits))
    return path + " is a " + type;
  if (schema.contains("const") && schema["const"] != value) return path + " is another constant";
  if (schema.contains("enum") &&
      std::find(schema["enum"].begin(), schema["enum"].end(), value) == schema["enum"].end())
    return path + " is outside its enumeration";
  for (const auto& name : schema.value("required", json::array()))
    if (!value.contains(name.get<std::string>())) return path + " lacks " + name.get<std::string>();
  if (value.is_object() && schema.contains("properties"))
    for (const auto& [key, item] : value.items()) {
      const bool inherited = schema.contains("allOf");
      if (!schema["properties"].contains(key)) {
        if (inherited) continue;
        return path + " has the undocumented field " + key;
      }
      if (auto fault = schema_fault(schema["properties"][key], item, path + "." + key);
          !fault.empty())
        return fault;
    }
  if (value.is_array() && schema.contains("items"))
    for (const auto& item : value)
      if (auto fault = schema_fault(schema["items"], item, path + "[]"); !fault.empty())
        return fault;
  return {};
}

TEST(OpenApi, every_answer_of_the_cases_fits_its_schema) {
  const auto cases = load_cases(std::string(CAUSAL_GYM_SOURCE_DIR) + "/tests/cases");
  ASSERT_TRUE(cases.has_value());
  for (const auto& one : *cases) {
    SCOPED_TRACE(one.where);
    const auto answer = run_operation(one.request, {});
    if (answer.contains("error")) {
      EXPECT_EQ(schema_fault(document()["components"]["schemas"]["ErrorAnswer"], answer, "answer"),
                "");
      continue;
    }
    const auto path = "/api/v1/" + one.request["operation"].get<std::string>();
    const auto& ok = document()["paths"][path]["post"]["responses"]["200"];
    EXPECT_EQ(schema_fault(ok["content"]["application/json"]["schema"], answer, "answer"), "");
  }
}

}  // namespace
}  // namespace causal_gym
