// The gym's tools: what a participant needs to play an environment by the active protocol. What is
// true is told only once the episode has ended.
#pragma once

#include "api/mcp/tool.h"

namespace causal_gym {

// list_environments, enter_environment, observe, state_belief, intervene, episode_score, leave.
[[nodiscard]] std::vector<McpTool> play_tools();

}  // namespace causal_gym
