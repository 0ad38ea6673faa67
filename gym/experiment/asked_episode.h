// An episode under way, whether it is asked for beliefs or played with tools: which of its requests
// were given out, and how much of its log is recorded.
//
// What depends on no reply to come is given out at once: the beliefs of a phase, or one turn. The
// log takes the replies in the order of the requests, in whatever order they come.
//
// The first kind goes on from a log that broke off. The second is played anew from its beginning,
// as the words that were said are in no log: who answers has them on record and says them again,
// and what then happens must be what is recorded.
#pragma once

#include <map>
#include <variant>

#include "gym/agent/correspondents.h"
#include "gym/episode/episode.h"
#include "gym/episode/tool_episode.h"

namespace causal_gym {

struct OpenRequest {
  std::int64_t sequence = 0;  // in the log, where it is or will be
  AgentRequest request;       // its views live until it is answered
};

class AskedEpisode {
 public:
  // Errors: those of Episode::restore.
  [[nodiscard]] static Result<AskedEpisode> restore(const Environment& environment,
                                                    const Interface& interface,
                                                    const Protocol& protocol,
                                                    const std::string& agent, std::uint64_t seed,
                                                    std::vector<EpisodeEvent> recorded,
                                                    const std::optional<ToolPlay>& tools);

  // The next request that depends on no reply to come, each of them once; nothing when all were
  // given out, or the episode has ended.
  [[nodiscard]] std::optional<OpenRequest> next_request();
  // The reply to a request that was given out; it is kept until those to the earlier ones are
  // there. Errors: conflict (no such request is open, or another kind of reply).
  [[nodiscard]] Status answer(std::int64_t sequence, Result<AgentReply> reply);
  // For the earliest open request.
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
  [[nodiscard]] Status log(Result<AgentReply> reply);  // to the earliest open request

  Kinds episode_;
  // The requests that were given out and are not answered in the log, by sequence number, each with
  // its reply once it has come.
  std::map<std::int64_t, std::optional<Result<AgentReply>>> open_;
  std::vector<EpisodeEvent> recorded_;  // before this one began; empty once they are played again
  std::size_t recorded_count_ = 0;
};

}  // namespace causal_gym
