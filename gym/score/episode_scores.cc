#include "gym/score/episode_scores.h"

#include "gym/score/brier_regret.h"
#include "gym/score/causal_score.h"
#include "gym/score/direction_accuracy.h"
#include "gym/score/seeing_doing_index.h"

namespace causal_gym {

std::span<const ScoreDefinition> all_scores() {
  static constexpr ScoreDefinition list[] = {
      {"causal_score", causal_score, 1, "How near the causal beliefs are to the truth."},
      {"seeing_doing_index", seeing_doing_index, 1, "+1 answers doing, -1 answers seeing."},
      {"direction_accuracy", direction_accuracy, 1, "Share of beliefs that moved the right way."},
      {"brier_regret", brier_regret, 0, "Mean squared distance from the truth."},
  };
  return list;
}

BeliefCounts& BeliefCounts::operator+=(const BeliefCounts& other) {
  requested += other.requested;
  stated += other.stated;
  refused += other.refused;
  unparseable += other.unparseable;
  agent_errors += other.agent_errors;
  not_reached += other.not_reached;
  return *this;
}

std::optional<double> EpisodeScores::find(std::string_view name) const {
  for (const auto& score : scores)
    if (score.name == name) return score.value;
  return std::nullopt;
}

EpisodeScores score_beliefs(std::span<const BeliefMeasurement> beliefs) {
  EpisodeScores result;
  for (const auto& score : all_scores())
    result.scores.push_back({std::string(score.name), score.compute(beliefs)});
  for (const auto& belief : beliefs) {
    ++result.counts.requested;
    switch (belief.outcome) {
      case BeliefOutcome::stated: ++result.counts.stated; break;
      case BeliefOutcome::refused: ++result.counts.refused; break;
      case BeliefOutcome::unparseable: ++result.counts.unparseable; break;
      case BeliefOutcome::agent_error: ++result.counts.agent_errors; break;
      case BeliefOutcome::not_reached: ++result.counts.not_reached; break;
    }
  }
  return result;
}

Result<EpisodeScores> score_episode(const Environment& environment,
                                    std::span<const EpisodeEvent> events) {
  CAUSAL_GYM_TRY(beliefs, measure_beliefs(environment, events));
  return score_beliefs(beliefs);
}

}  // namespace causal_gym
