// How an agent that reads is told to think: an experimental condition, and so part of an interface.
// Cost: constant.
#pragma once

#include <string_view>

#include "engine/base/result.h"

namespace causal_gym {

// plain: the answer alone. chain_of_thought: think step by step first. causal_chain_of_thought:
// with the steps of a causal answer spelled out (graph, intervention, what is cut, compute).
enum class PromptStyle { plain, chain_of_thought, causal_chain_of_thought };

[[nodiscard]] std::string_view prompt_style_name(
    PromptStyle style);  // "plain", "cot", "causal_cot"
// Errors: unknown_name with the nearest spelling.
[[nodiscard]] Result<PromptStyle> find_prompt_style(std::string_view name);

}  // namespace causal_gym
