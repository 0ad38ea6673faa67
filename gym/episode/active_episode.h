// The active protocol: the participant says when the next phase begins, and, where the interface
// has buttons, under which intervention. A pure state machine that writes the same log as an
// Episode.
//
// A phase shows its observation and asks every question; each is answered once, in any order. When
// all are answered, an intervention that was not yet in force may begin the next phase: any of the
// protocol's where the interface has intervention buttons, otherwise the next one. The episode ends
// with the last answer of the phase after which none is left, or when the participant leaves. The
// log holds each request beside its reply, in the order of the replies; what the participant chose
// is an action_taken.
#pragma once

#include <memory>

#include "gym/episode/episode.h"

namespace causal_gym {

// The environment must outlive its episodes.
class ActiveEpisode {
 public:
  // Errors: those of Episode::start.
  [[nodiscard]] static Result<ActiveEpisode> start(const Environment& environment,
                                                   const Interface& interface,
                                                   const Protocol& protocol,
                                                   const std::string& agent, std::uint64_t seed,
                                                   const EpisodeLimits& limits = {});

  // The questions of this phase that have no answer yet, in the protocol's order.
  [[nodiscard]] std::vector<BeliefQuestion> open_questions() const;
  // The interventions that may begin the next phase, canonical; none when the episode has ended.
  [[nodiscard]] std::vector<std::string> choices() const;
  // The observations so far, oldest first.
  [[nodiscard]] std::span<const Observation> observations() const;
  [[nodiscard]] const EpisodeStarted& started() const;
  [[nodiscard]] int phase() const;
  [[nodiscard]] const std::string& regime() const;  // in force, canonical; empty: observational
  [[nodiscard]] bool ended() const;
  [[nodiscard]] std::span<const EpisodeEvent> events() const;

  // Each records what happened, or changes nothing and says why.
  //
  // The query in any spelling; an empty one is the first open question. Errors: those of reading
  // the query; unknown_name (it is not asked); invalid_argument (a number outside the range);
  // conflict (it is answered, or the episode has ended).
  [[nodiscard]] Status answer(std::string_view query, const Reply& reply);
  // Errors: those of read_intervention; invalid_argument (it is not offered); conflict (questions
  // are open, it was in force before, another one is next, or the episode has ended).
  [[nodiscard]] Status intervene(std::string_view intervention);
  // Ends the episode; the open questions are recorded as refused. Errors: conflict (it has ended).
  [[nodiscard]] Status leave();
  // Ends the episode without an action of the participant; each open question is recorded with what
  // was said, or the error. Errors: conflict (it has ended).
  [[nodiscard]] Status end_with(const Result<Reply>& said);
  // Records what the participant did that changes nothing. Errors: conflict (it has ended).
  [[nodiscard]] Status note_action(std::string action);

  ActiveEpisode(ActiveEpisode&&) noexcept;
  ActiveEpisode& operator=(ActiveEpisode&&) noexcept;
  ~ActiveEpisode();

 private:
  struct State;
  explicit ActiveEpisode(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace causal_gym
