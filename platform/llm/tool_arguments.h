// What a model's call of a tool means, from its name and its JSON arguments. Strict: an argument of
// another type, a missing or a surplus one is unreadable, with the reason. Cost: linear.
#pragma once

#include <string>
#include <string_view>

#include "gym/agent/turn.h"

namespace causal_gym {

[[nodiscard]] Action read_tool_call(const std::string& name, std::string_view arguments);

}  // namespace causal_gym
