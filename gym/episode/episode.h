// An episode: one agent in one environment through one interface with one seed, as a pure state
// machine that writes an append-only log. It never calls the agent: its driver takes the pending
// request, gets a reply and answers.
//
// The scripted protocol: phase 0 shows the observation and asks every belief. Then, for each
// intervention in turn: it is applied, replacing the one before (interventions never accumulate;
// one regime text may hold several), a unit is drawn when the interface shows units, the
// observation is shown, and every belief is asked again.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "gym/agent/agent.h"
#include "gym/episode/event.h"

namespace causal_gym {

struct Protocol {
  std::vector<std::string> interventions;  // regime texts
  std::vector<std::string> queries;        // belief questions
  friend bool operator==(const Protocol&, const Protocol&) = default;
};

// The environment's own interventions and queries.
[[nodiscard]] Protocol default_protocol(const Environment& environment);

struct EpisodeLimits {
  std::size_t interventions = 256;
  std::size_t queries = 256;
  std::size_t reply_text_bytes =
      4'096;  // of a refusal or unparseable text; longer ones are cut at a character boundary
};

// A request with its sequence number in the log, where it stands or will stand.
struct PlacedRequest {
  std::int64_t sequence = 0;
  BeliefRequest request;
};

// The environment must outlive its episodes.
class Episode {
 public:
  // Checks everything that could fail later, and writes the events up to the first request. Errors:
  // those of read_intervention and read_belief_question with the culprit; invalid_argument (no
  // query, a query or intervention twice), limit_exceeded; those of observe and intervene.
  [[nodiscard]] static Result<Episode> start(const Environment& environment,
                                             const Interface& interface, const Protocol& protocol,
                                             const std::string& agent, std::uint64_t seed,
                                             const EpisodeLimits& limits = {});

  // Goes on from a log that broke off anywhere: the same arguments, and the events recorded so far.
  // events() then begins with `recorded`; what follows it was due but not yet recorded. Errors:
  // those of start; conflict naming the sequence number of the first event that these arguments do
  // not lead to.
  [[nodiscard]] static Result<Episode> restore(const Environment& environment,
                                               const Interface& interface, const Protocol& protocol,
                                               const std::string& agent, std::uint64_t seed,
                                               std::span<const EpisodeEvent> recorded,
                                               const EpisodeLimits& limits = {});

  // The belief asked for now; nothing when the episode has ended. Its views live until the next
  // answer.
  [[nodiscard]] std::optional<BeliefRequest> pending() const;
  // The request that follows the pending one by `ahead`, where it depends on no reply to come:
  // within a phase. 0: the pending one. Its views live until the phase's last answer.
  [[nodiscard]] std::optional<PlacedRequest> upcoming(std::size_t ahead) const;
  // The generator for the pending request: depends on seed, environment, agent and the request's
  // sequence number alone.
  [[nodiscard]] Rng agent_rng() const;

  // Records the reply (an Error as agent_error; a number outside the range as belief_unparseable)
  // and goes on to the next request or the end. Returns the events appended. Errors: conflict when
  // nothing is pending.
  [[nodiscard]] Result<std::span<const EpisodeEvent>> answer(const Result<Reply>& reply);

  [[nodiscard]] bool ended() const;
  [[nodiscard]] std::span<const EpisodeEvent> events() const;

  Episode(Episode&&) noexcept;
  Episode& operator=(Episode&&) noexcept;
  ~Episode();

 private:
  struct State;
  explicit Episode(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace causal_gym
