// Fields that operations on effects and sets share: treatment and outcome, limits, words out of a
// list, and listings of sets as JSON.
#pragma once

#include <nlohmann/json.hpp>

#include "api/operation_request.h"
#include "engine/identify/minimal_separators.h"

namespace causal_gym {

struct EffectRequest {
  NodeSet treatment;
  NodeSet outcome;
};

// The fields `treatment` and `outcome`, or else the nodes marked so in the graph.
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
