// Every operation of the API, as data: name, fields, function. CLI, HTTP server, WASM and tests
// call it here.
//
// A request is {"id", "operation", fields...}; its answer {"id", "result"} or {"id", "error"}, the
// id echoed as it came. Pure but for the run store; safe from any thread.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

#include "api/json_text.h"
#include "engine/base/cancellation.h"
#include "engine/base/limits.h"
#include "gym/experiment/run_store.h"

namespace causal_gym {

struct OperationContext {
  Limits limits;
  JsonLimits json_limits;
  CancellationToken cancellation;
  RunReader* runs = nullptr;  // without one, `runs` is the error unavailable
};

// names: a variable's name or a list of names. texts: a text or a list of texts. graph: as
// graph_json.h reads it. model: an environment's id, a model document, or {"bif": "..."}. object:
// of the operation's own shape.
enum class FieldType { text, whole_number, boolean, names, texts, graph, model, object };

[[nodiscard]] std::string_view field_type_name(FieldType type);

struct FieldSpec {
  std::string_view name;
  FieldType type = FieldType::text;
  bool required = false;
  std::string_view description;
  std::string_view aliases = {};  // other names it goes by, with spaces between
};

class OperationRequest;
using OperationFunction = Result<nlohmann::json> (*)(const OperationRequest&);

struct OperationSpec {
  std::string_view name;
  std::string_view description;
  std::span<const FieldSpec> fields;
  OperationFunction function = nullptr;
};

[[nodiscard]] std::span<const OperationSpec> all_operations();
// Errors: unknown_name with the nearest spelling.
[[nodiscard]] Result<const OperationSpec*> find_operation(std::string_view name);

// The answer to one request. Never throws on input.
[[nodiscard]] nlohmann::json run_operation(const nlohmann::json& request,
                                           const OperationContext& context);

// One JSON text in, one out (on one line, without its end); never throws. `operation`, when given,
// is what a request that names none asks for (an HTTP path); another name in the request is
// invalid_argument. `default_model`, unless null, is the model of a request that names neither
// model nor graph and whose operation takes one.
[[nodiscard]] std::string handle_request_text(std::string_view body,
                                              const OperationContext& context,
                                              std::string_view operation = {},
                                              const nlohmann::json& default_model = nullptr);

}  // namespace causal_gym
