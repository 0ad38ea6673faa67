// An episode played to its end by a built-in agent, or by any function of the request.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "gym/agent/agent.h"
#include "gym/episode/episode.h"

namespace causal_gym {

using Answerer = std::function<Result<Reply>(const BeliefRequest& request, Rng& rng)>;

// The log of the default protocol through the preset; a failure of the parts is a broken invariant.
[[nodiscard]] std::vector<EpisodeEvent> played(const Environment& environment,
                                               const std::string& agent, const Answerer& answer,
                                               std::uint64_t seed = 1,
                                               const std::string& preset = "causal");
[[nodiscard]] std::vector<EpisodeEvent> played(const Environment& environment,
                                               const std::string& agent, std::uint64_t seed = 1,
                                               const std::string& preset = "causal");
// Answers until the episode has ended.
void play_on(Episode& episode, const Answerer& answer);
[[nodiscard]] Answerer built_in(const Environment& environment, const std::string& agent);

}  // namespace causal_gym
