// All scores of an episode, and the rates of beliefs that were not stated.
#pragma once

#include "gym/score/measurement.h"

namespace causal_gym {

struct ScoreDefinition {
  std::string_view name;
  std::optional<double> (*compute)(std::span<const BeliefMeasurement> beliefs);
  double best = 1;           // the value of a perfect agent
  std::string_view summary;  // one sentence for people
};

// The list of scores: a new one is a new file and a line here.
[[nodiscard]] std::span<const ScoreDefinition> all_scores();

struct ScoreValue {
  std::string name;
  std::optional<double> value;  // absent: unscored
  friend bool operator==(const ScoreValue&, const ScoreValue&) = default;
};

struct BeliefCounts {
  std::int64_t requested = 0;  // by the protocol: the sum of the others
  std::int64_t stated = 0;
  std::int64_t refused = 0;
  std::int64_t unparseable = 0;
  std::int64_t agent_errors = 0;
  std::int64_t not_reached = 0;
  BeliefCounts& operator+=(const BeliefCounts& other);
  friend bool operator==(const BeliefCounts&, const BeliefCounts&) = default;
};

struct EpisodeScores {
  std::vector<ScoreValue> scores;  // in the order of all_scores
  BeliefCounts counts;
  // The value of a score; nothing when unscored or unknown.
  [[nodiscard]] std::optional<double> find(std::string_view name) const;
  friend bool operator==(const EpisodeScores&, const EpisodeScores&) = default;
};

[[nodiscard]] EpisodeScores score_beliefs(std::span<const BeliefMeasurement> beliefs);
// A pure function of the environment and the log. Errors: those of measure_beliefs.
[[nodiscard]] Result<EpisodeScores> score_episode(const Environment& environment,
                                                  std::span<const EpisodeEvent> events);

}  // namespace causal_gym
