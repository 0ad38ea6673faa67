// A belief read from a reply that was asked to be, or to end with, {"belief": number}.
//
// JSON first: one object with "belief" at the end, in a code fence or not; two that differ, or one
// that is cut off, say nothing. Otherwise the text grammar of belief_text.h. Cost: linear.
#pragma once

#include <string_view>

#include "gym/agent/belief_text.h"

namespace causal_gym {

// Also for the arguments of a tool call. A belief in a string is read by the text grammar; null is
// a refusal.
[[nodiscard]] BeliefReading read_belief_reply(std::string_view reply, const BeliefRange& range);

}  // namespace causal_gym
