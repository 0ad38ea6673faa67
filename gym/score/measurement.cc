#include "gym/score/measurement.h"

#include <array>
#include <map>
#include <set>

#include "engine/base/spelling.h"
#include "gym/environment/seeing.h"

namespace causal_gym {

namespace {

constexpr std::array<std::string_view, 5> outcome_names = {"stated", "refused", "unparseable",
                                                           "agent_error", "not_reached"};

// The reply that an event records; nothing for other events.
struct Recorded {
  std::string query;
  BeliefOutcome outcome = BeliefOutcome::stated;
  std::optional<double> belief;
};

std::optional<Recorded> recorded_belief(const EventContent& content) {
  if (const auto* stated = std::get_if<BeliefStated>(&content))
    return Recorded{stated->query, BeliefOutcome::stated, stated->value};
  if (const auto* refused = std::get_if<BeliefRefused>(&content))
    return Recorded{refused->query, BeliefOutcome::refused, std::nullopt};
  if (const auto* unparseable = std::get_if<BeliefUnparseable>(&content))
    return Recorded{unparseable->query, BeliefOutcome::unparseable, std::nullopt};
  if (const auto* error = std::get_if<AgentError>(&content))
    return Recorded{error->query, BeliefOutcome::agent_error, std::nullopt};
  return std::nullopt;
}

// Everything about a belief but what was stated before.
Result<BeliefMeasurement> measure(const Environment& environment, const EpisodeEvent& event,
                                  const Recorded& recorded) {
  const auto& model = environment.model;
  CAUSAL_GYM_TRY(question, read_belief_question(recorded.query, model));
  if (recorded.belief && !question.range.contains(*recorded.belief))
    return fail(ErrorCode::invalid_argument, "event " + std::to_string(event.sequence) +
                                                 " states a number outside the range of '" +
                                                 recorded.query + "'");
  Regime regime;
  if (!event.regime.empty()) {
    CAUSAL_GYM_TRY(in_force, parse_regime(event.regime, model));
    regime = std::move(in_force);
  }
  CAUSAL_GYM_TRY(truth, truth_of(model, regime, question.query));
  CAUSAL_GYM_TRY(seeing, seeing_answer(model, regime, question.query));
  BeliefMeasurement belief{event.phase,
                           recorded.query,
                           event.regime,
                           recorded.outcome,
                           recorded.belief,
                           truth,
                           seeing,
                           std::nullopt,
                           question.range,
                           question.causal || !regime.empty(),
                           false};
  belief.discriminating =
      belief.causal && seeing && discriminates_doing(truth, *seeing, question.range);
  return belief;
}

// The phases of the protocol that an ended episode did not come to, as events of their own.
std::vector<EpisodeEvent> phases_not_played(std::span<const EpisodeEvent> events) {
  std::vector<EpisodeEvent> phases;
  const auto* started = std::get_if<EpisodeStarted>(&events.front().content);
  if (started == nullptr || !std::holds_alternative<EpisodeEnded>(events.back().content))
    return phases;
  std::set<std::string> played;
  for (const auto& event : events) played.insert(event.regime);
  const auto& last = events.back();
  for (const auto& regime : started->interventions)
    if (!played.contains(regime))
      phases.push_back({last.sequence, last.phase + static_cast<int>(phases.size()) + 1, regime,
                        EpisodeEnded{}});
  return phases;
}

}  // namespace

std::string_view belief_outcome_name(BeliefOutcome outcome) {
  return outcome_names[static_cast<std::size_t>(outcome)];
}

Result<BeliefOutcome> find_belief_outcome(std::string_view name) {
  for (std::size_t i = 0; i < outcome_names.size(); ++i)
    if (outcome_names[i] == name) return static_cast<BeliefOutcome>(i);
  const std::vector<std::string> names(outcome_names.begin(), outcome_names.end());
  return fail(ErrorCode::unknown_name, "no belief outcome '" + std::string(name) + "'", {},
              spelling_suggestion(name, names));
}

Result<std::vector<BeliefMeasurement>> measure_beliefs(const Environment& environment,
                                                       std::span<const EpisodeEvent> events) {
  std::vector<BeliefMeasurement> beliefs;
  if (events.empty()) return beliefs;
  std::map<std::string, double> before;
  for (const auto& event : events) {
    if (const auto* started = std::get_if<EpisodeStarted>(&event.content))
      if (started->environment != environment.id)
        return fail(ErrorCode::invalid_argument, "the log is of '" + started->environment +
                                                     "', not of '" + environment.id + "'");
    const auto recorded = recorded_belief(event.content);
    if (!recorded) continue;
    CAUSAL_GYM_TRY(belief, measure(environment, event, *recorded));
    if (event.phase == 0 && recorded->belief) before[recorded->query] = *recorded->belief;
    if (event.phase > 0)
      if (const auto stated = before.find(recorded->query); stated != before.end())
        belief.before = stated->second;
    beliefs.push_back(std::move(belief));
  }
  const auto* first = std::get_if<EpisodeStarted>(&events.front().content);
  for (const auto& phase : phases_not_played(events))
    for (const auto& query : first->queries) {
      CAUSAL_GYM_TRY(
          belief, measure(environment, phase, {query, BeliefOutcome::not_reached, std::nullopt}));
      beliefs.push_back(std::move(belief));
    }
  return beliefs;
}

std::vector<InterventionRecord> intervention_records(std::span<const EpisodeEvent> events) {
  std::vector<InterventionRecord> records;
  for (const auto& event : events) {
    if (std::holds_alternative<InterventionApplied>(event.content))
      records.push_back({event.phase, event.regime, {}});
    const auto* drawn = std::get_if<DataDrawn>(&event.content);
    if (drawn != nullptr && event.phase > 0 && !records.empty())
      records.back().unit = drawn->values;
  }
  return records;
}

}  // namespace causal_gym
