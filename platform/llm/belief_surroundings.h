// What stands beside, before and after a JSON object that holds a belief, and whether it can change
// what the belief means.
//
// An allow-list: fields that tell how the model came to its belief, words that lead to an answer, a
// closing formula, the same number once more. Reasoning before the object is free, but for what
// leads to the object itself: the words of its line, or a heading or a colon before it. Each
// function gives the reason why the belief is not stated, or nothing. Cost: linear.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gym/environment/belief.h"
#include "platform/llm/wire_json.h"

namespace causal_gym {

// What a belief answers; `value` is absent where the belief is null.
struct AskedBelief {
  BeliefRange range;
  std::string_view query;
  std::optional<double> value = {};
};

// `object`: its members in the order of writing.
[[nodiscard]] std::optional<std::string> objection_beside(const WrittenJson& object,
                                                          std::string_view query);
// What leads to the object; only the end of `before` is looked at.
[[nodiscard]] std::optional<std::string> objection_to_lead(std::string_view before,
                                                           const AskedBelief& asked);
// What the words before it call the answer.
[[nodiscard]] std::optional<std::string> objection_before(std::string_view before,
                                                          const AskedBelief& asked);
[[nodiscard]] std::optional<std::string> objection_behind(std::string_view after,
                                                          const AskedBelief& asked);

}  // namespace causal_gym
