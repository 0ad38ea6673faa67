#include "gym/episode/episode.h"

#include "engine/base/exact_text.h"
#include "gym/episode/read_protocol.h"

namespace causal_gym {

struct Episode::State {
  const Environment* environment = nullptr;
  Interface interface;
  std::string agent;
  std::uint64_t seed = 0;
  EpisodeLimits limits;
  ReadProtocol protocol;

  std::vector<EpisodeEvent> events;
  std::vector<Observation> observations;
  std::size_t phase = 0;     // into the protocol's interventions
  std::size_t question = 0;  // into its questions: the pending one
  bool ended = false;

  void append(EventContent content);
  [[nodiscard]] Status enter_phase();
  [[nodiscard]] Status go_on();
  [[nodiscard]] const ReadIntervention& in_force() const { return protocol.interventions[phase]; }
};

void Episode::State::append(EventContent content) {
  events.push_back({static_cast<std::int64_t>(events.size()), static_cast<int>(phase),
                    in_force().text, std::move(content)});
}

// What happens at the start of a phase, up to its first question.
Status Episode::State::enter_phase() {
  if (phase > 0) append(InterventionApplied{});
  std::vector<ShownValue> unit;
  if (shows_units(interface)) {
    unit = draw_unit(*environment, in_force().world, seed, static_cast<int>(phase));
    append(DataDrawn{unit});
  }
  CAUSAL_GYM_TRY(observation, observe_phase(*environment, interface, protocol, in_force(),
                                            static_cast<int>(phase), std::move(unit)));
  observations.push_back(observation);
  append(ObservationShown{std::move(observation)});
  question = 0;
  append(BeliefRequested{protocol.questions[0].text});
  return {};
}

// After a reply: the next question, the next phase, or the end.
Status Episode::State::go_on() {
  if (++question < protocol.questions.size()) {
    append(BeliefRequested{protocol.questions[question].text});
    return {};
  }
  if (phase + 1 < protocol.interventions.size()) {
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
  CAUSAL_GYM_TRY(read, read_protocol(environment, protocol, limits));
  auto state = std::make_unique<State>();
  state->environment = &environment;
  state->interface = interface;
  state->agent = agent;
  state->seed = seed;
  state->limits = limits;
  state->protocol = std::move(read);
  state->append(started_event(environment, interface, state->protocol, agent, seed));
  CAUSAL_GYM_CHECKED(state->enter_phase());
  return Episode(std::move(state));
}

namespace {

std::string outside_text(const BeliefRange& range) {
  return "outside [" + exact_text(range.low) + ", " + exact_text(range.high) + "]";
}

// The reply that an event records; nothing when the event is not a reply.
std::optional<Result<Reply>> recorded_reply(const EventContent& content) {
  if (const auto* stated = std::get_if<BeliefStated>(&content))
    return Result<Reply>(Stated{stated->value});
  if (const auto* refused = std::get_if<BeliefRefused>(&content))
    return Result<Reply>(Refused{refused->reason});
  if (const auto* unparseable = std::get_if<BeliefUnparseable>(&content))
    return Result<Reply>(Unparseable{unparseable->text, unparseable->reason});
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
  auto now = upcoming(0);
  if (!now) return std::nullopt;
  return std::move(now->request);
}

std::optional<PlacedRequest> Episode::upcoming(std::size_t ahead) const {
  const auto& questions = state_->protocol.questions;
  if (state_->ended || ahead >= questions.size() - state_->question) return std::nullopt;
  const auto& question = questions[state_->question + ahead];
  // Each reply is one event, the next request another.
  return PlacedRequest{
      state_->events.back().sequence + 2 * static_cast<std::int64_t>(ahead),
      {state_->observations, question.text, state_->in_force().text,
       static_cast<int>(state_->phase), question.range, prompt_style_of(state_->interface)}};
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
  const auto& question = state_->protocol.questions[state_->question];
  const auto limit = state_->limits.reply_text_bytes;
  if (!reply) {
    auto error = reply.error();
    for (auto* text : {&error.message, &error.where, &error.suggestion})
      *text = cut_reply_text(std::move(*text), limit);
    state_->append(AgentError{question.text, std::move(error)});
  } else if (const auto* stated = std::get_if<Stated>(&*reply)) {
    if (question.range.contains(stated->value))
      state_->append(BeliefStated{question.text, stated->value});
    else
      state_->append(BeliefUnparseable{question.text, exact_text(stated->value),
                                       outside_text(question.range)});
  } else if (const auto* refused = std::get_if<Refused>(&*reply)) {
    state_->append(BeliefRefused{question.text, cut_reply_text(refused->reason, limit)});
  } else {
    const auto& said = std::get<Unparseable>(*reply);
    state_->append(BeliefUnparseable{question.text, cut_reply_text(said.text, limit),
                                     cut_reply_text(said.reason, limit)});
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
