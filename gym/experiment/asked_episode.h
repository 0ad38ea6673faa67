// An episode under way, whether it is asked for beliefs one by one or played with tools, and how
// much of its log is recorded.
//
// The first kind goes on from a log that broke off. The second is played anew from its beginning,
// as the words that were said are in no log: who answers has them on record and says them again,
// and what then happens must be what is recorded.
#pragma once

#include <variant>

#include "gym/agent/correspondents.h"
#include "gym/episode/episode.h"
#include "gym/episode/tool_episode.h"

namespace causal_gym {

class AskedEpisode {
 public:
  // Errors: those of Episode::restore.
  [[nodiscard]] static Result<AskedEpisode> restore(const Environment& environment,
                                                    const Interface& interface,
                                                    const Protocol& protocol,
                                                    const std::string& agent, std::uint64_t seed,
                                                    std::vector<EpisodeEvent> recorded,
                                                    const std::optional<ToolPlay>& tools);

  // What is asked for now; nothing when the episode has ended. Its views live until the answer.
  [[nodiscard]] std::optional<AgentRequest> pending() const;
  // Errors: conflict (nothing is pending, or another kind of reply).
  [[nodiscard]] Status answer(Result<AgentReply> reply);
  [[nodiscard]] Rng agent_rng() const;  // of an episode that is not played with tools

  [[nodiscard]] bool ended() const;
  [[nodiscard]] std::span<const EpisodeEvent> events() const;

  // The events that are not recorded yet. Errors: conflict naming the sequence number of the first
  // event that is not the recorded one.
  [[nodiscard]] Result<std::span<const EpisodeEvent>> unrecorded() const;
  void mark_recorded();  // all of them

 private:
  using Kinds = std::variant<Episode, ToolEpisode>;
  AskedEpisode(Kinds episode, std::vector<EpisodeEvent> recorded)
      : episode_(std::move(episode)),
        recorded_(std::move(recorded)),
        recorded_count_(recorded_.size()) {}

  Kinds episode_;
  std::vector<EpisodeEvent> recorded_;  // before this one began; empty once they are played again
  std::size_t recorded_count_ = 0;
};

}  // namespace causal_gym
