// One request as its operation sees it: fields by name, with graphs, models and names resolved.
#pragma once

#include <optional>

#include "api/operations.h"
#include "engine/graph/graph.h"
#include "engine/model/model.h"

namespace causal_gym {

// Lives as long as the request and context it was made from.
class OperationRequest {
 public:
  // Errors: unknown_name (a field), invalid_argument (a required field is missing, or stands under
  // two of its names).
  [[nodiscard]] static Result<OperationRequest> create(const nlohmann::json& request,
                                                       const OperationSpec& operation,
                                                       const OperationContext& context);

  [[nodiscard]] const OperationContext& context() const { return *context_; }
  // The field's value under any of its names; null pointer when it is not there.
  [[nodiscard]] const nlohmann::json* find(std::string_view field) const;
  [[nodiscard]] bool has(std::string_view field) const { return find(field) != nullptr; }

  // Errors: invalid_argument (missing, or of another type).
  [[nodiscard]] Result<std::string> text(std::string_view field) const;
  [[nodiscard]] Result<std::optional<std::int64_t>> whole_number(std::string_view field) const;
  [[nodiscard]] Result<bool> boolean(std::string_view field, bool otherwise = false) const;
  // Empty when missing.
  [[nodiscard]] Result<std::vector<std::string>> texts(std::string_view field) const;
  [[nodiscard]] Result<NodeSet> nodes(std::string_view field, const Graph& graph) const;
  // As nodes(), for a field that names one.
  [[nodiscard]] Result<NodeId> node(std::string_view field, const Graph& graph) const;

  // The field `model`.
  [[nodiscard]] Result<Model> model() const;
  // The field `graph`, or the graph of `model`; both or neither are invalid_argument.
  [[nodiscard]] Result<Graph> graph() const;
  // A required field that holds a graph, or {"model": ...} for a model's graph.
  [[nodiscard]] Result<Graph> graph_in(std::string_view field) const;

 private:
  OperationRequest(const nlohmann::json& request, const OperationSpec& operation,
                   const OperationContext& context)
      : request_(&request), operation_(&operation), context_(&context) {}

  const nlohmann::json* request_;
  const OperationSpec* operation_;
  const OperationContext* context_;
};

// A model as a request gives it: an environment's id, a model document, or {"bif": "..."}. Errors:
// unknown_name, and those of parse_bif and read_model_document; `where` begins with `path`.
[[nodiscard]] Result<Model> read_model_field(const nlohmann::json& value, std::string_view path,
                                             const Limits& limits);

// The names that a field goes by, its own first.
[[nodiscard]] std::vector<std::string> field_names(const FieldSpec& field);

}  // namespace causal_gym
