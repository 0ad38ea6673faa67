// What kept the agents of a run from replying, so that a count of errors says what to do about it.
//
// Cost: linear in the events.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "gym/experiment/run_store.h"

namespace causal_gym {

struct AgentErrors {
  std::int64_t count = 0;
  std::string commonest;  // its message, on one line and no longer than a person reads
  std::int64_t times = 0;
};

// By agent, of those that have any; of finished episodes, or of all that began.
[[nodiscard]] std::map<std::string, AgentErrors> agent_errors(
    std::span<const EpisodeRecord> episodes, bool finished_alone);

// "16 errors, the commonest: too_large (HTTP 400): too long, 12 times"; "1 error: ...".
[[nodiscard]] std::string agent_errors_text(const AgentErrors& errors);

}  // namespace causal_gym
