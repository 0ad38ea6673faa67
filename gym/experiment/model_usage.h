// What the language models of an episode, or of several, took to answer, as their providers
// reported it.
//
// Cost: linear in the versions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace causal_gym {

struct ModelUsage {
  std::vector<std::string> versions = {};  // that answered, each once, in the order of their bytes
  // Of the replies that were paid for: one out of the cache took nothing. Absent: a provider did
  // not say how many.
  std::optional<std::int64_t> input_tokens = 0;   // cached parts included
  std::optional<std::int64_t> output_tokens = 0;  // reasoning included
  std::optional<double> cost_usd = 0;             // absent: a price is not known
  friend bool operator==(const ModelUsage&, const ModelUsage&) = default;
};

// Of both together. A sum of tokens beyond the largest whole number stays at it.
[[nodiscard]] ModelUsage sum_of(const ModelUsage& first, const ModelUsage& second);

}  // namespace causal_gym
