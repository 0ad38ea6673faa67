// A query rebuilt term by term, its arithmetic kept. Cost: O(size of the query).
#pragma once

#include <functional>
#include <optional>

#include "engine/query/query.h"

namespace causal_gym {

struct TermMap {
  std::function<std::optional<Query>(const ProbabilityQuery&)> probability;
  std::function<std::optional<Query>(const ExpectationQuery&)> expectation;
  std::function<std::optional<Query>(const EffectQuery&)> effect;
};

// Nothing when some term maps to nothing.
[[nodiscard]] std::optional<Query> map_terms(const Query& query, const TermMap& map);

}  // namespace causal_gym
