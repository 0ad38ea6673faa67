// An episode that is played with tools, turn by turn: the active protocol as a participant on a
// wire meets it. A pure state machine that writes the log of an ActiveEpisode; its driver takes the
// pending request, gets the turn and hands it over.
//
// Every use of a tool gets a result, an unreadable or refused one the reason why; a turn without a
// use gets a reminder, and the episode ends when the agent goes on without tools, when it refuses,
// fails or is cut off, or after the last turn it may take. What it left open then is recorded with
// what it said instead, never as a number. Every turn leaves a trace in the log.
#pragma once

#include <memory>
#include <optional>

#include "gym/agent/turn.h"
#include "gym/episode/active_episode.h"

namespace causal_gym {

struct ToolEpisodeLimits {
  EpisodeLimits episode;
  std::size_t turns = 0;             // 0: two for each question, intervention and phase
  std::size_t reminders = 2;         // in a row
  std::size_t uses_a_turn = 16;      // the next one gets an error, as do those for which a turn's
                                     // results are too long already; those after it are dropped
  std::size_t said_bytes = 1 << 16;  // of a turn's texts and arguments together
};

// The environment must outlive its episodes.
class ToolEpisode {
 public:
  // Errors: those of Episode::start.
  [[nodiscard]] static Result<ToolEpisode> start(const Environment& environment,
                                                 const Interface& interface,
                                                 const Protocol& protocol, const std::string& agent,
                                                 std::uint64_t seed,
                                                 const ToolEpisodeLimits& limits = {});

  // The turn asked for now; nothing when the episode has ended. Its views live until the next call
  // of answer.
  [[nodiscard]] std::optional<TurnRequest> pending() const;
  // Takes the turn, or what kept the agent from taking it, and goes on to the next one or the end.
  // Errors: conflict when nothing is pending.
  [[nodiscard]] Status answer(Result<TurnReply> reply);

  [[nodiscard]] bool ended() const;
  [[nodiscard]] std::span<const EpisodeEvent> events() const;

  ToolEpisode(ToolEpisode&&) noexcept;
  ToolEpisode& operator=(ToolEpisode&&) noexcept;
  ~ToolEpisode();

 private:
  struct State;
  explicit ToolEpisode(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace causal_gym
