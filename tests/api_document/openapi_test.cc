// api/schema/openapi.yaml says exactly what the operation table and the code tables say, its
// examples give what they say they give, and requests and answers fit its schemas.
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

// What the schema of a field of that type says beside its description; an object has a named schema
// of its own.
json schema_of(FieldType type) {
  switch (type) {
    case FieldType::text: return {{"type", "string"}};
    case FieldType::whole_number: return {{"type", "integer"}};
    case FieldType::boolean: return {{"type", "boolean"}};
    case FieldType::names: return {{"$ref", "#/components/schemas/Names"}};
    case FieldType::texts: return {{"$ref", "#/components/schemas/Texts"}};
    case FieldType::graph: return {{"$ref", "#/components/schemas/Graph"}};
    case FieldType::model: return {{"$ref", "#/components/schemas/Model"}};
    case FieldType::object: return json::object();
  }
  return nullptr;
}

// Why the schema of one name of a field is not what the table says, or nothing.
std::string field_fault(const FieldSpec& field, const std::string& name, json schema) {
  const auto described = schema.value("description", "");
  const auto expected = name == field.name ? std::string(field.description)
                                           : "another name of " + std::string(field.name);
  if (described != expected) return name + " is described as '" + described + "'";
  schema.erase("description");
  if (field.type == FieldType::object) {
    if (!schema.contains("$ref")) return name + " has no schema of its own";
  } else if (schema != schema_of(field.type)) {
    return name + " is " + schema.dump();
  }
  return {};
}

TEST(OpenApi, the_operations_are_those_of_the_table) {
  std::set<std::string> posted;
  for (const auto& [path, item] : document()["paths"].items())
    if (item.contains("post")) posted.insert(path);
  EXPECT_EQ(posted.erase("/api/v1/batch"), 1U);
  EXPECT_EQ(posted.erase("/api/v1/experiments"), 1U);
  // Of accounts and of changes to a run; the server's tests compare them with its routes.
  for (const char* path :
       {"/api/v1/auth/sign-in", "/api/v1/auth/refresh", "/api/v1/auth/sign-out",
        "/api/v1/auth/password", "/api/v1/auth/second-factor", "/api/v1/auth/second-factor/confirm",
        "/api/v1/auth/sign-in/code", "/api/v1/keys", "/api/v1/users", "/api/v1/runs/{id}/cancel",
        "/api/v1/runs/{id}/pause", "/api/v1/runs/{id}/retry"})
    EXPECT_EQ(posted.erase(path), 1U) << path;
  std::set<std::string> expected;
  for (const auto& operation : all_operations()) expected.insert(path_of(operation));
  EXPECT_EQ(posted, expected);
  for (const auto& operation : all_operations()) {
    const auto& post = document()["paths"][path_of(operation)]["post"];
    EXPECT_EQ(post["operationId"], operation.name);
    EXPECT_EQ(post["summary"], operation.description);
  }
}

const json& request_schema(const OperationSpec& operation) {
  const auto& post = document()["paths"][path_of(operation)]["post"];
  return resolved(post["requestBody"]["content"]["application/json"]["schema"]);
}

TEST(OpenApi, the_fields_of_each_operation_are_those_of_the_table) {
  for (const auto& operation : all_operations()) {
    SCOPED_TRACE(operation.name);
    const auto& schema = request_schema(operation);
    auto properties = schema["properties"];
    EXPECT_EQ(properties["id"], json::object());
    EXPECT_EQ(properties["operation"], (json{{"const", operation.name}}));
    properties.erase("id");
    properties.erase("operation");
    json required = json::array();
    for (const auto& field : operation.fields) {
      if (field.required) required.push_back(field.name);
      for (const auto& name : field_names(field)) {
        EXPECT_EQ(field_fault(field, name, properties.value(name, json::object())), "");
        properties.erase(name);
      }
    }
    EXPECT_TRUE(properties.empty()) << properties;
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

std::string schema_fault(const json& schema_or_reference, const json& value,
                         const std::string& path);

std::string type_fault(const json& schema, const json& value, const std::string& path) {
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
  if (value.is_number() && schema.contains("minimum") && value < schema["minimum"])
    return path + " is below its minimum";
  if (value.is_number() && schema.contains("maximum") && value > schema["maximum"])
    return path + " is above its maximum";
  return {};
}

std::string object_fault(const json& schema, const json& value, const std::string& path) {
  for (const auto& name : schema.value("required", json::array()))
    if (!value.contains(name.get<std::string>())) return path + " lacks " + name.get<std::string>();
  const auto properties = schema.value("properties", json::object());
  // What a schema does not list must not be there, unless it says what else there is or lists none.
  const auto rest = schema.value("additionalProperties", json(properties.empty()));
  for (const auto& [key, item] : value.items()) {
    const auto item_path = path + "." + key;
    const auto known = properties.find(key);
    if (known == properties.end() && rest == false) return item_path + " is not documented";
    const auto fault = schema_fault(known == properties.end() ? rest : *known, item, item_path);
    if (!fault.empty()) return fault;
  }
  return {};
}

std::string list_fault(const json& schema, const json& value, const std::string& path) {
  if (value.size() < schema.value("minItems", std::size_t{0}) ||
      value.size() > schema.value("maxItems", value.size()))
    return path + " has " + std::to_string(value.size()) + " items";
  if (!schema.contains("items")) return {};
  for (const auto& item : value)
    if (auto fault = schema_fault(schema["items"], item, path + "[]"); !fault.empty()) return fault;
  return {};
}

// Why a value does not fit a schema (of the keywords that this document uses), or nothing.
std::string schema_fault(const json& schema_or_reference, const json& value,
                         const std::string& path) {
  if (schema_or_reference == true) return {};
  const auto& schema = resolved(schema_or_reference);
  if (schema.contains("oneOf")) {
    std::string faults;
    for (const auto& choice : schema["oneOf"]) {
      const auto fault = schema_fault(choice, value, path);
      if (fault.empty()) return {};
      faults += "; " + fault;
    }
    return path + " fits no alternative" + faults;
  }
  if (auto fault = type_fault(schema, value, path); !fault.empty()) return fault;
  if (value.is_object()) return object_fault(schema, value, path);
  if (value.is_array()) return list_fault(schema, value, path);
  return {};
}

// Why an answer does not fit what the document says of its operation, or nothing.
std::string answer_fault(const OperationSpec& operation, const json& answer) {
  if (answer.contains("error"))
    return schema_fault(document()["components"]["schemas"]["ErrorAnswer"], answer, "answer");
  const auto& ok = document()["paths"][path_of(operation)]["post"]["responses"]["200"];
  return schema_fault(ok["content"]["application/json"]["schema"], answer, "answer");
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
      const auto answer =
          json::parse(handle_request_text(json_line(example["value"]), {}, operation.name));
      EXPECT_EQ(difference(expected, answer), "");
      EXPECT_EQ(answer_fault(operation, answer), "");
      if (answer.contains("result")) {
        EXPECT_EQ(schema_fault(request_schema(operation), example["value"], "request"), "");
      }
    }
  }
}

TEST(OpenApi, every_request_of_the_cases_and_its_answer_fit_their_schemas) {
  const auto cases = load_cases(std::string(CAUSAL_GYM_SOURCE_DIR) + "/tests/cases");
  ASSERT_TRUE(cases.has_value());
  for (const auto& one : *cases) {
    SCOPED_TRACE(one.where);
    const auto answer = run_operation(one.request, {});
    const auto operation =
        find_operation(one.request.is_object() ? one.request.value("operation", "") : "");
    if (!operation) {
      EXPECT_TRUE(answer.contains("error"));
      continue;
    }
    EXPECT_EQ(answer_fault(**operation, answer), "");
    if (answer.contains("result")) {
      EXPECT_EQ(schema_fault(request_schema(**operation), one.request, "request"), "");
    }
  }
}

TEST(OpenApi, what_no_schema_allows_is_a_fault) {
  const auto& operation = **find_operation("separated");
  const json good = {{"result", {{"separated", true}, {"open_path", nullptr}}}};
  EXPECT_EQ(answer_fault(operation, good), "");
  for (const auto& [pointer, value] :
       std::map<std::string, json>{{"/result/separated", "true"},
                                   {"/result/seperated", true},
                                   {"/result/open_path", json::object()},
                                   {"/result/open_path", {{"text", ""}, {"nodes", {1}}}},
                                   {"/result", json::array()}}) {
    auto bad = good;
    bad[json::json_pointer(pointer)] = value;
    EXPECT_NE(answer_fault(operation, bad), "") << bad;
  }
}

}  // namespace
}  // namespace causal_gym
