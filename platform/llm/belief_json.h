// A belief read from a reply that was asked to be, or to end with, {"belief": number}.
//
// JSON first: when the reply holds an object with "belief", it states its belief when it is the
// only one, or all agree, when it stands free (in no list and no other value), and when nothing
// beside, before or after it can change what it means (belief_surroundings.h); otherwise nothing is
// stated. Numbers before it are reasoning. Without such an object the text grammar of belief_text.h
// reads the reply. Cost: linear.
#pragma once

#include <string_view>

#include "gym/agent/belief_text.h"

namespace causal_gym {

// Also for the arguments of a tool call. A belief in a string is read by the text grammar, and so
// is one that only JSON forbids ({"belief": .4}, {"belief": 40%}); null is a refusal. `query`: the
// asked query's canonical text, or empty.
[[nodiscard]] BeliefReading read_belief_reply(std::string_view reply, const BeliefRange& range,
                                              std::string_view query = {});

}  // namespace causal_gym
