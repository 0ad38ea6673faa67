// What the episodes of every protocol share: the protocol read against its environment, and what a
// participant sees in a phase. Cost: a model for each intervention.
#pragma once

#include "gym/episode/episode.h"

namespace causal_gym {

// One regime of the protocol, ready to be in force.
struct ReadIntervention {
  Regime regime;
  std::string text;  // canonical; empty: observational
  Model world;       // the model under the regime
};

struct ReadProtocol {
  std::vector<ReadIntervention> interventions;  // the first: none
  std::vector<BeliefQuestion> questions;
};

// Errors: those of Episode::start but for what is shown.
[[nodiscard]] Result<ReadProtocol> read_protocol(const Environment& environment,
                                                 const Protocol& protocol,
                                                 const EpisodeLimits& limits);

// The first event of an episode.
[[nodiscard]] EpisodeStarted started_event(const Environment& environment,
                                           const Interface& interface, const ReadProtocol& protocol,
                                           const std::string& agent, std::uint64_t seed);

// The unit that is drawn in a phase: keyed by (seed, environment, phase) alone.
[[nodiscard]] std::vector<ShownValue> draw_unit(const Environment& environment, const Model& world,
                                                std::uint64_t seed, int phase);

// What is shown in a phase with that intervention in force. Errors: those of observe.
[[nodiscard]] Result<Observation> observe_phase(const Environment& environment,
                                                const Interface& interface,
                                                const ReadProtocol& protocol,
                                                const ReadIntervention& in_force, int phase,
                                                std::vector<ShownValue> unit);

// A reply's or an error's text, cut to the limit and not inside a UTF-8 character.
[[nodiscard]] std::string cut_reply_text(std::string text, std::size_t limit);

}  // namespace causal_gym
