#include "gym/experiment/model_usage.h"

#include <algorithm>
#include <iterator>
#include <limits>

namespace causal_gym {

namespace {

std::optional<std::int64_t> sum_of(const std::optional<std::int64_t>& first,
                                   const std::optional<std::int64_t>& second) {
  if (!first || !second) return std::nullopt;
  std::int64_t sum = 0;
  const bool is_beyond = __builtin_add_overflow(*first, *second, &sum);
  return is_beyond ? std::numeric_limits<std::int64_t>::max() : sum;
}

}  // namespace

ModelUsage sum_of(const ModelUsage& first, const ModelUsage& second) {
  ModelUsage sum;
  std::set_union(first.versions.begin(), first.versions.end(), second.versions.begin(),
                 second.versions.end(), std::back_inserter(sum.versions));
  sum.input_tokens = sum_of(first.input_tokens, second.input_tokens);
  sum.output_tokens = sum_of(first.output_tokens, second.output_tokens);
  sum.cost_usd.reset();
  if (first.cost_usd && second.cost_usd) sum.cost_usd = *first.cost_usd + *second.cost_usd;
  return sum;
}

}  // namespace causal_gym
