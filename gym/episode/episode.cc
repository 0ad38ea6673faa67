#include "gym/episode/episode.h"

#include <charconv>
#include <set>

#include "engine/infer/intervene.h"

namespace causal_gym {

namespace {

// One intervention of the protocol, ready to be applied.
struct Phase {
  Regime regime;
  std::string text;  // canonical; empty: observational
  Model world;       // the model under the regime
};

tl::unexpected<Error> fail_at(Error error, const char* list, std::size_t i) {
  const auto path = std::string(list) + "[" + std::to_string(i) + "]";
  error.where = error.where.empty() ? path : path + ": " + error.where;
  return fail(std::move(error));
}

// The shortest text that reads back to the same number, so that 1.0000001 does not look like 1.
std::string exact_text(double value) {
  char buffer[32];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr};
}

// The text cut to the limit, not inside a UTF-8 character.
std::string cut(std::string text, std::size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0U) == 0x80U) --limit;
  text.resize(limit);
  return text;
}

Result<std::vector<Phase>> read_phases(const Environment& environment, const Protocol& protocol) {
  const auto& model = environment.model;
  std::vector<Phase> phases = {{{}, "", model}};
  std::set<std::string> seen;
  for (std::size_t i = 0; i < protocol.interventions.size(); ++i) {
    auto regime = read_intervention(protocol.interventions[i], model);
    if (!regime) return fail_at(std::move(regime).error(), "interventions", i);
    auto world = intervene(model, *regime);
    if (!world) return fail_at(std::move(world).error(), "interventions", i);
    auto text = regime_text(*regime, model);
    if (!seen.insert(text).second)
      return fail_at({ErrorCode::invalid_argument, "'" + text + "' is there twice", {}, {}},
                     "interventions", i);
    phases.push_back({*std::move(regime), std::move(text), *std::move(world)});
  }
  return phases;
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
    if (!seen.insert(question->text).second)
      return fail_at(
          {ErrorCode::invalid_argument, "'" + question->text + "' is there twice", {}, {}},
          "queries", i);
    questions.push_back(*std::move(question));
  }
  return questions;
}

}  // namespace

struct Episode::State {
  const Environment* environment = nullptr;
  Interface interface;
  std::string agent;
  std::uint64_t seed = 0;
  EpisodeLimits limits;
  std::vector<Phase> phases;
  std::vector<BeliefQuestion> questions;

  std::vector<EpisodeEvent> events;
  std::vector<Observation> observations;
  std::size_t phase = 0;     // into phases
  std::size_t question = 0;  // into questions: the pending one
  bool ended = false;

  void append(EventContent content);
  [[nodiscard]] Status enter_phase();
  [[nodiscard]] Status go_on();
  [[nodiscard]] std::vector<ShownValue> draw_unit() const;
  [[nodiscard]] Result<Observation> look(std::vector<ShownValue> unit) const;
};

void Episode::State::append(EventContent content) {
  events.push_back({static_cast<std::int64_t>(events.size()), static_cast<int>(phase),
                    phases[phase].text, std::move(content)});
}

std::vector<ShownValue> Episode::State::draw_unit() const {
  Rng rng = Rng(seed, stream_of("unit")).fork(stream_of(environment->id)).fork(phase);
  const auto states = draw_world(phases[phase].world, rng);
  std::vector<ShownValue> unit;
  const auto& model = environment->model;
  for (const auto v : model.graph().observed_nodes()) {
    const auto& variable = model.variable(v);
    const auto state = static_cast<std::size_t>(states[static_cast<std::size_t>(v)]);
    unit.push_back({variable.name, variable.states[state]});
  }
  return unit;
}

Result<Observation> Episode::State::look(std::vector<ShownValue> unit) const {
  Scene scene{*environment, static_cast<int>(phase), phases[phase].regime, {}, {}, std::move(unit)};
  for (std::size_t i = 1; i < phases.size(); ++i) scene.interventions.push_back(phases[i].text);
  for (const auto& asked : questions) scene.queries.push_back(asked.text);
  return observe(interface, scene);
}

// What happens at the start of a phase, up to its first question.
Status Episode::State::enter_phase() {
  if (phase > 0) append(InterventionApplied{});
  std::vector<ShownValue> unit;
  if (shows_units(interface)) {
    unit = draw_unit();
    append(DataDrawn{unit});
  }
  CAUSAL_GYM_TRY(observation, look(std::move(unit)));
  observations.push_back(observation);
  append(ObservationShown{std::move(observation)});
  question = 0;
  append(BeliefRequested{questions[0].text});
  return {};
}

// After a reply: the next question, the next phase, or the end.
Status Episode::State::go_on() {
  if (++question < questions.size()) {
    append(BeliefRequested{questions[question].text});
    return {};
  }
  if (phase + 1 < phases.size()) {
    ++phase;
    return enter_phase();
  }
  append(EpisodeEnded{});
  ended = true;
  return {};
}

Protocol default_protocol(const Environment& environment) {
  return {environment.interventions, environment.queries};
}

Result<Episode> Episode::start(const Environment& environment, const Interface& interface,
                               const Protocol& protocol, const std::string& agent,
                               std::uint64_t seed, const EpisodeLimits& limits) {
  CAUSAL_GYM_CHECKED(
      check_limit("interventions", protocol.interventions.size(), limits.interventions));
  CAUSAL_GYM_CHECKED(check_limit("queries", protocol.queries.size(), limits.queries));
  CAUSAL_GYM_TRY(phases, read_phases(environment, protocol));
  CAUSAL_GYM_TRY(questions, read_questions(environment, protocol));
  auto state = std::make_unique<State>();
  state->environment = &environment;
  state->interface = interface;
  state->agent = agent;
  state->seed = seed;
  state->limits = limits;
  state->phases = std::move(phases);
  state->questions = std::move(questions);
  EpisodeStarted started{environment.id, interface.name, agent, seed, {}, {}};
  for (std::size_t i = 1; i < state->phases.size(); ++i)
    started.interventions.push_back(state->phases[i].text);
  for (const auto& question : state->questions) started.queries.push_back(question.text);
  state->append(std::move(started));
  CAUSAL_GYM_CHECKED(state->enter_phase());
  return Episode(std::move(state));
}

namespace {

// The reply that an event records; nothing when the event is not a reply.
std::optional<Result<Reply>> recorded_reply(const EventContent& content) {
  if (const auto* stated = std::get_if<BeliefStated>(&content))
    return Result<Reply>(Stated{stated->value});
  if (const auto* refused = std::get_if<BeliefRefused>(&content))
    return Result<Reply>(Refused{refused->reason});
  if (const auto* unparseable = std::get_if<BeliefUnparseable>(&content))
    return Result<Reply>(Unparseable{unparseable->text});
  if (const auto* error = std::get_if<AgentError>(&content))
    return Result<Reply>(fail(error->error));
  return std::nullopt;
}

}  // namespace

Result<Episode> Episode::restore(const Environment& environment, const Interface& interface,
                                 const Protocol& protocol, const std::string& agent,
                                 std::uint64_t seed, std::span<const EpisodeEvent> recorded,
                                 const EpisodeLimits& limits) {
  CAUSAL_GYM_TRY(episode, start(environment, interface, protocol, agent, seed, limits));
  for (std::size_t i = 0; i < recorded.size(); ++i) {
    // The log is played again: what the machine has not written yet must be the pending reply.
    if (i == episode.events().size()) {
      const auto reply = recorded_reply(recorded[i].content);
      if (!reply || episode.ended())
        return fail(ErrorCode::conflict,
                    "event " + std::to_string(i) + " of the log is not of this episode");
      if (auto appended = episode.answer(*reply); !appended) return fail(appended.error());
    }
    if (episode.events()[i] != recorded[i])
      return fail(ErrorCode::conflict,
                  "event " + std::to_string(i) + " of the log is not of this episode");
  }
  return episode;
}

std::optional<BeliefRequest> Episode::pending() const {
  if (state_->ended) return std::nullopt;
  const auto& question = state_->questions[state_->question];
  return BeliefRequest{state_->observations, question.text, state_->phases[state_->phase].text,
                       static_cast<int>(state_->phase), question.range};
}

Rng Episode::agent_rng() const {
  return Rng(state_->seed, stream_of("agent"))
      .fork(stream_of(state_->environment->id))
      .fork(stream_of(state_->agent))
      .fork(state_->events.size());
}

Result<std::span<const EpisodeEvent>> Episode::answer(const Result<Reply>& reply) {
  if (state_->ended) return fail(ErrorCode::conflict, "the episode has ended: nothing is pending");
  const auto before = state_->events.size();
  const auto& question = state_->questions[state_->question];
  const auto limit = state_->limits.reply_text_bytes;
  if (!reply) {
    auto error = reply.error();
    for (auto* text : {&error.message, &error.where, &error.suggestion})
      *text = cut(std::move(*text), limit);
    state_->append(AgentError{question.text, std::move(error)});
  } else if (const auto* stated = std::get_if<Stated>(&*reply)) {
    if (question.range.contains(stated->value))
      state_->append(BeliefStated{question.text, stated->value});
    else
      state_->append(BeliefUnparseable{question.text, exact_text(stated->value)});
  } else if (const auto* refused = std::get_if<Refused>(&*reply)) {
    state_->append(BeliefRefused{question.text, cut(refused->reason, limit)});
  } else {
    state_->append(
        BeliefUnparseable{question.text, cut(std::get<Unparseable>(*reply).text, limit)});
  }
  CAUSAL_GYM_CHECKED(state_->go_on());
  return std::span<const EpisodeEvent>(state_->events).subspan(before);
}

bool Episode::ended() const { return state_->ended; }
std::span<const EpisodeEvent> Episode::events() const { return state_->events; }

Episode::Episode(std::unique_ptr<State> state) : state_(std::move(state)) {}
Episode::Episode(Episode&&) noexcept = default;
Episode& Episode::operator=(Episode&&) noexcept = default;
Episode::~Episode() = default;

}  // namespace causal_gym
