// Each belief of an episode beside the numbers it is judged by.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gym/environment/belief.h"
#include "gym/episode/event.h"

namespace causal_gym {

// not_reached: the episode ended before it was asked.
enum class BeliefOutcome { stated, refused, unparseable, agent_error, not_reached };

[[nodiscard]] std::string_view belief_outcome_name(BeliefOutcome outcome);
// Errors: unknown_name with the nearest spelling.
[[nodiscard]] Result<BeliefOutcome> find_belief_outcome(std::string_view name);

// One row for each belief requested and replied to, in order of the log; then, when the episode
// ended before its protocol (the participant left, or failed), one for each question of each phase
// that it did not come to, so that who leaves early has not answered better than who stays.
struct BeliefMeasurement {
  int phase = 0;
  std::string query;   // canonical text
  std::string regime;  // canonical text; empty: observational
  BeliefOutcome outcome = BeliefOutcome::stated;
  std::optional<double> belief;  // present exactly when stated
  double truth = 0;              // under the regime
  std::optional<double> seeing;  // the seeing answer, where there is one
  std::optional<double> before;  // the belief stated for the query in phase 0, in later phases
  BeliefRange range;             // of the query; [0, 1] for probabilities
  bool causal = false;           // the query is causal, or asked under a regime
  bool discriminating = false;   // causal, and |truth - seeing| >= 0.05 of the range
  friend bool operator==(const BeliefMeasurement&, const BeliefMeasurement&) = default;
};

// A regime that was in force, with the unit drawn under it (empty when none was).
struct InterventionRecord {
  int phase = 0;
  std::string regime;
  std::vector<ShownValue> unit;
  friend bool operator==(const InterventionRecord&, const InterventionRecord&) = default;
};

// Pure functions of the environment and the log. Errors: invalid_argument when the log is not of
// this environment; those of truth_of and seeing_answer.
[[nodiscard]] Result<std::vector<BeliefMeasurement>> measure_beliefs(
    const Environment& environment, std::span<const EpisodeEvent> events);
[[nodiscard]] std::vector<InterventionRecord> intervention_records(
    std::span<const EpisodeEvent> events);

}  // namespace causal_gym
