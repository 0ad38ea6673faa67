#include "gym/episode/read_protocol.h"

#include <set>

#include "engine/infer/intervene.h"

namespace causal_gym {

namespace {

tl::unexpected<Error> fail_at(Error error, const char* list, std::size_t i) {
  const auto path = std::string(list) + "[" + std::to_string(i) + "]";
  error.where = error.where.empty() ? path : path + ": " + error.where;
  return fail(std::move(error));
}

tl::unexpected<Error> fail_twice(const std::string& text, const char* list, std::size_t i) {
  return fail_at({ErrorCode::invalid_argument, "'" + text + "' is there twice", {}, {}}, list, i);
}

Result<std::vector<ReadIntervention>> read_interventions(const Environment& environment,
                                                         const Protocol& protocol) {
  const auto& model = environment.model;
  std::vector<ReadIntervention> interventions = {{{}, "", model}};
  std::set<std::string> seen;
  for (std::size_t i = 0; i < protocol.interventions.size(); ++i) {
    auto regime = read_intervention(protocol.interventions[i], model);
    if (!regime) return fail_at(std::move(regime).error(), "interventions", i);
    auto world = intervene(model, *regime);
    if (!world) return fail_at(std::move(world).error(), "interventions", i);
    auto text = regime_text(*regime, model);
    if (!seen.insert(text).second) return fail_twice(text, "interventions", i);
    interventions.push_back({*std::move(regime), std::move(text), *std::move(world)});
  }
  return interventions;
}

Result<std::vector<BeliefQuestion>> read_questions(const Environment& environment,
                                                   const Protocol& protocol) {
  if (protocol.queries.empty())
    return fail(ErrorCode::invalid_argument, "an episode asks for at least one belief", "queries");
  std::vector<BeliefQuestion> questions;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < protocol.queries.size(); ++i) {
    auto question = read_belief_question(protocol.queries[i], environment.model);
    if (!question) return fail_at(std::move(question).error(), "queries", i);
    if (!seen.insert(question->text).second) return fail_twice(question->text, "queries", i);
    questions.push_back(*std::move(question));
  }
  return questions;
}

}  // namespace

Result<ReadProtocol> read_protocol(const Environment& environment, const Protocol& protocol,
                                   const EpisodeLimits& limits) {
  CAUSAL_GYM_CHECKED(
      check_limit("interventions", protocol.interventions.size(), limits.interventions));
  CAUSAL_GYM_CHECKED(check_limit("queries", protocol.queries.size(), limits.queries));
  CAUSAL_GYM_TRY(interventions, read_interventions(environment, protocol));
  CAUSAL_GYM_TRY(questions, read_questions(environment, protocol));
  return ReadProtocol{std::move(interventions), std::move(questions)};
}

EpisodeStarted started_event(const Environment& environment, const Interface& interface,
                             const ReadProtocol& protocol, const std::string& agent,
                             std::uint64_t seed) {
  EpisodeStarted started{environment.id, interface.name, agent, seed, {}, {}};
  for (std::size_t i = 1; i < protocol.interventions.size(); ++i)
    started.interventions.push_back(protocol.interventions[i].text);
  for (const auto& question : protocol.questions) started.queries.push_back(question.text);
  return started;
}

std::vector<ShownValue> draw_unit(const Environment& environment, const Model& world,
                                  std::uint64_t seed, int phase) {
  Rng rng = Rng(seed, stream_of("unit"))
                .fork(stream_of(environment.id))
                .fork(static_cast<std::uint64_t>(phase));
  const auto states = draw_world(world, rng);
  std::vector<ShownValue> unit;
  const auto& model = environment.model;
  for (const auto v : model.graph().observed_nodes()) {
    const auto& variable = model.variable(v);
    const auto state = static_cast<std::size_t>(states[static_cast<std::size_t>(v)]);
    unit.push_back({variable.name, variable.states[state]});
  }
  return unit;
}

Result<Observation> observe_phase(const Environment& environment, const Interface& interface,
                                  const ReadProtocol& protocol, const ReadIntervention& in_force,
                                  int phase, std::vector<ShownValue> unit) {
  Scene scene{environment, phase, in_force.regime, {}, {}, std::move(unit)};
  for (std::size_t i = 1; i < protocol.interventions.size(); ++i)
    scene.interventions.push_back(protocol.interventions[i].text);
  for (const auto& asked : protocol.questions) scene.queries.push_back(asked.text);
  return observe(interface, scene);
}

std::string cut_reply_text(std::string text, std::size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0U) == 0x80U) --limit;
  text.resize(limit);
  return text;
}

}  // namespace causal_gym
