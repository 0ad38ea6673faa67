#include "tests/playthroughs/played_episode.h"

#include "engine/base/check.h"
#include "gym/agent/built_in.h"

namespace causal_gym {

Answerer built_in(const Environment& environment, const std::string& agent) {
  auto made = make_agent(agent, environment);
  CHECK(made);
  return [shared = std::shared_ptr<Agent>(*std::move(made))](
             const BeliefRequest& request, Rng& rng) { return shared->state_belief(request, rng); };
}

void play_on(Episode& episode, const Answerer& answer) {
  while (const auto request = episode.pending()) {
    Rng rng = episode.agent_rng();
    CHECK(episode.answer(answer(*request, rng)));
  }
}

std::vector<EpisodeEvent> played(const Environment& environment, const std::string& agent,
                                 const Answerer& answer, std::uint64_t seed,
                                 const std::string& preset) {
  auto episode = Episode::start(environment, *find_interface(preset), default_protocol(environment),
                                agent, seed);
  CHECK(episode);
  play_on(*episode, answer);
  return {episode->events().begin(), episode->events().end()};
}

std::vector<EpisodeEvent> played(const Environment& environment, const std::string& agent,
                                 std::uint64_t seed, const std::string& preset) {
  return played(environment, agent, built_in(environment, agent), seed, preset);
}

}  // namespace causal_gym
