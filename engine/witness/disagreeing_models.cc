#include "engine/witness/disagreeing_models.h"

#include <cmath>

#include "engine/base/rng.h"
#include "engine/infer/elimination.h"
#include "engine/infer/intervene.h"
#include "engine/witness/model_pair.h"

namespace causal_gym {
namespace {

constexpr std::size_t draws = 64;
constexpr double least_difference = 1e-3;
constexpr double rounding = 1e-12;
constexpr std::size_t compared_states = 1 << 14;  // joint states up to which all are compared
constexpr std::size_t sampled_states = 256;
constexpr std::size_t tried_treatments = 16;

class Comparison {
 public:
  Comparison(const HedgeStage& stage, std::pair<Model, Model> models, InferenceOptions options,
             Rng& rng)
      : stage_(stage), models_(std::move(models)), options_(std::move(options)), rng_(rng) {}

  // The pair with its question, or nullopt when it hardly disagrees.
  Result<std::optional<DisagreeingModels>> run() {
    DisagreeingModels found{models_.first, models_.second, {}, 0, 0, 0, false, 0};
    for (std::size_t trial = 0; trial < tried_treatments; ++trial) {
      CAUSAL_GYM_CHECKED(options_.cancellation.check());
      CAUSAL_GYM_CHECKED(ask(found));
      if (std::abs(found.first_answer - found.second_answer) >= 0.05) break;
      if (stage_.target.treatment.empty()) break;
    }
    if (std::abs(found.first_answer - found.second_answer) < least_difference) return std::nullopt;
    CAUSAL_GYM_CHECKED(compare_seen(found));
    if (found.seen_difference > rounding) return std::nullopt;
    return found;
  }

 private:
  // Asks both about every state of outcome and conditions under a treatment drawn anew; keeps the
  // question on which they differ most.
  Status ask(DisagreeingModels& found) {
    Regime regime;
    for (const NodeId v : stage_.target.treatment)
      regime.emplace_back(
          SetIntervention{v, static_cast<State>(rng_.below(models_.first.state_count(v)))});
    auto asked = stage_.target.outcome.to_vector();
    const auto outcomes = asked.size();
    for (const NodeId v : stage_.target.given) asked.push_back(v);
    CAUSAL_GYM_TRY(first, answers(models_.first, regime, asked, outcomes));
    CAUSAL_GYM_TRY(second, answers(models_.second, regime, asked, outcomes));
    for (std::size_t cell = 0; cell < first.values.size(); ++cell) {
      const double difference = std::abs(first.values[cell] - second.values[cell]);
      if (difference <= std::abs(found.first_answer - found.second_answer)) continue;
      found.first_answer = first.values[cell];
      found.second_answer = second.values[cell];
      found.question = question(first, cell, outcomes, regime);
    }
    return {};
  }

  // P(outcome | given) after the regime; outcomes are listed first.
  [[nodiscard]] Result<Factor> answers(const Model& model, const Regime& regime,
                                       const std::vector<NodeId>& asked,
                                       std::size_t outcomes) const {
    CAUSAL_GYM_TRY(changed, intervene(model, regime, options_));
    CAUSAL_GYM_TRY(joint, joint_mass(changed, asked, {}, options_));
    std::size_t block = 1;  // joint states of the conditions
    for (std::size_t i = outcomes; i < asked.size(); ++i) block *= joint.cardinalities[i];
    for (std::size_t condition = 0; condition < block; ++condition) {
      double mass = 0;
      for (auto cell = condition; cell < joint.values.size(); cell += block)
        mass += joint.values[cell];
      for (auto cell = condition; cell < joint.values.size(); cell += block)
        joint.values[cell] /= mass;
    }
    return joint;
  }

  [[nodiscard]] ProbabilityQuery question(const Factor& asked, std::size_t cell,
                                          std::size_t outcomes, const Regime& regime) const {
    ProbabilityQuery query;
    for (std::size_t i = asked.variables.size(); i-- > 0;) {
      auto event = event_of(asked.variables[i], cell % asked.cardinalities[i]);
      cell /= asked.cardinalities[i];
      auto& events = i < outcomes ? query.events : query.conditions;
      events.insert(events.begin(), std::move(event));
    }
    for (const auto& one : regime) {
      const auto& set = std::get<SetIntervention>(one);
      const auto& variable = models_.first.variable(set.variable);
      query.interventions.push_back(
          {variable.name, variable.states[static_cast<std::size_t>(set.state)]});
    }
    return query;
  }

  [[nodiscard]] Event event_of(NodeId v, std::size_t state) const {
    const auto& variable = models_.first.variable(v);
    return {{variable.name, {}}, Relation::equal, {variable.states[state]}};
  }

  // Compares what is seen: in every joint state of the relevant nodes, or in some.
  Status compare_seen(DisagreeingModels& found) {
    const auto relevant = stage_.relevant.to_vector();
    std::vector<std::size_t> cardinalities;
    cardinalities.reserve(relevant.size());
    for (const NodeId v : relevant) cardinalities.push_back(models_.first.state_count(v));
    found.compared = joint_state_count(cardinalities, compared_states);
    found.compared_all = found.compared <= compared_states;
    if (found.compared_all) {
      CAUSAL_GYM_TRY(first, joint_mass(models_.first, relevant, {}, options_));
      CAUSAL_GYM_TRY(second, joint_mass(models_.second, relevant, {}, options_));
      for (std::size_t i = 0; i < first.values.size(); ++i)
        note(found, first.values[i], second.values[i]);
      return {};
    }
    found.compared = sampled_states;
    for (std::size_t i = 0; i < sampled_states; ++i) {
      std::vector<Evidence> world;
      world.reserve(relevant.size());
      const auto states = draw_world(models_.first, rng_);
      for (const NodeId v : relevant)
        world.push_back(observed_state(models_.first, v, states[static_cast<std::size_t>(v)]));
      CAUSAL_GYM_TRY(first, joint_mass(models_.first, {}, world, options_));
      CAUSAL_GYM_TRY(second, joint_mass(models_.second, {}, world, options_));
      note(found, first.values[0], second.values[0]);
    }
    return {};
  }

  static void note(DisagreeingModels& found, double first, double second) {
    found.seen_difference = std::max(found.seen_difference, std::abs(first - second));
  }

  const HedgeStage& stage_;
  std::pair<Model, Model> models_;
  InferenceOptions options_;
  Rng& rng_;
};

}  // namespace

Result<DisagreeingModels> make_disagreeing_models(const Graph& graph, const EffectTarget& target,
                                                  const Hedge& hedge, const Limits& limits,
                                                  const CancellationToken& cancellation) {
  CAUSAL_GYM_TRY(stage, set_up_hedge(graph, target, hedge, limits));
  Rng rng(0, stream_of("disagreeing models"));
  for (std::size_t n = 0; n < draws; ++n) {
    CAUSAL_GYM_TRY(models, draw_model_pair(stage, {n % 2 == 1, n / 2 % 2 == 1},
                                           Rng(rng.next_bits(), stream_of("pair")), limits));
    Comparison comparison(stage, std::move(models), {limits, cancellation}, rng);
    CAUSAL_GYM_TRY(found, comparison.run());
    if (found) return *std::move(found);
  }
  return fail(ErrorCode::unavailable, "no pair of models was found whose answers differ by " +
                                          std::to_string(least_difference));
}

}  // namespace causal_gym
