#include "api/belief_reasons.h"

#include <variant>

namespace causal_gym {

BeliefReasons::BeliefReasons(std::span<const EpisodeEvent> log) {
  for (const auto& event : log) {
    if (const auto* refused = std::get_if<BeliefRefused>(&event.content))
      by_question_[{event.phase, refused->query}] = {refused->reason, {}};
    if (const auto* unparseable = std::get_if<BeliefUnparseable>(&event.content))
      by_question_[{event.phase, unparseable->query}] = {unparseable->reason, unparseable->text};
    if (const auto* error = std::get_if<AgentError>(&event.content))
      by_question_[{event.phase, error->query}] = {error_text(error->error), {}};
  }
}

BeliefReason BeliefReasons::of(const BeliefMeasurement& belief) const {
  if (belief.outcome == BeliefOutcome::stated) return {};
  if (belief.outcome == BeliefOutcome::not_reached)
    return {"the episode ended before it was asked", {}};
  const auto found = by_question_.find({belief.phase, belief.query});
  return found == by_question_.end() ? BeliefReason{} : found->second;
}

}  // namespace causal_gym
