// Fields that operations on effects and sets share: treatment and outcome, sets that may not
// overlap, limits, words out of a list, and listings of sets as JSON.
#pragma once

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string_view>

#include "api/operation_request.h"
#include "engine/identify/minimal_separators.h"

namespace causal_gym {

struct EffectRequest {
  NodeSet treatment;
  NodeSet outcome;
};

// Where the request has its graph: "graph" or "model".
[[nodiscard]] std::string_view graph_field_name(const OperationRequest& request);

// The set that a field holds, and what sentences call it.
struct FieldSet {
  std::string_view field;
  std::string_view role;
  const NodeSet* nodes = nullptr;
};

// Ok when the sets hold observed nodes only, and no two of them the same. Errors: invalid_argument
// at the field, for an overlap at the later one.
[[nodiscard]] Status check_field_sets(const Graph& graph, std::initializer_list<FieldSet> sets);

// The fields `treatment` and `outcome`, or else the nodes marked so in the graph. Errors:
// invalid_argument (empty, latent, overlapping) at the field.
[[nodiscard]] Result<EffectRequest> read_effect(const OperationRequest& request,
                                                const Graph& graph);

// The field `limit`, 1 to 10000, or `otherwise` when it is missing.
[[nodiscard]] Result<std::size_t> read_limit(const OperationRequest& request,
                                             std::size_t otherwise);

// The position of the field's word among `words`, 0 when it is missing. Errors: invalid_argument
// (no text), unknown_name with the nearest spelling and the words there are.
[[nodiscard]] Result<std::size_t> read_word(const OperationRequest& request, std::string_view field,
                                            std::span<const std::string_view> words);

// {"exists", "sets", "complete"}.
[[nodiscard]] nlohmann::json set_listing_json(const Graph& graph, const SetListing& listing);
[[nodiscard]] nlohmann::json set_listing_json(const Graph& graph,
                                              const std::optional<NodeSet>& only);

}  // namespace causal_gym
