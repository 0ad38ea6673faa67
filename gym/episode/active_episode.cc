#include "gym/episode/active_episode.h"

#include <algorithm>

#include "engine/base/exact_text.h"
#include "engine/base/spelling.h"
#include "gym/episode/read_protocol.h"

namespace causal_gym {

namespace {

bool has_buttons(const Interface& interface) {
  return std::any_of(interface.components.begin(), interface.components.end(),
                     [](const Component& component) {
                       return std::holds_alternative<InterventionButtonComponent>(component);
                     });
}

// The nearest of the texts, or all of them.
std::string suggestion_among(std::string_view text, const std::vector<std::string>& known,
                             const std::string& all_are) {
  auto suggestion = spelling_suggestion(text, known);
  if (!suggestion.empty()) return suggestion;
  for (const auto& name : known) suggestion += (suggestion.empty() ? "" : " | ") + name;
  return all_are + suggestion;
}

EventContent reply_event(const std::string& query, const Result<Reply>& said,
                         std::size_t text_limit) {
  if (!said) {
    auto error = said.error();
    error.message = cut_reply_text(std::move(error.message), text_limit);
    return AgentError{query, std::move(error)};
  }
  if (const auto* stated = std::get_if<Stated>(&*said)) return BeliefStated{query, stated->value};
  if (const auto* refused = std::get_if<Refused>(&*said))
    return BeliefRefused{query, cut_reply_text(refused->reason, text_limit)};
  const auto& other = std::get<Unparseable>(*said);
  return BeliefUnparseable{query, cut_reply_text(other.text, text_limit),
                           cut_reply_text(other.reason, text_limit)};
}

}  // namespace

struct ActiveEpisode::State {
  const Environment* environment = nullptr;
  Interface interface;
  std::uint64_t seed = 0;
  EpisodeLimits limits;
  ReadProtocol protocol;

  std::vector<EpisodeEvent> events;
  std::vector<Observation> observations;
  int phase = 0;
  std::size_t in_force = 0;        // into the protocol's interventions
  std::vector<bool> was_in_force;  // of each of them
  std::vector<bool> answered;      // of each question, in this phase
  bool ended = false;

  void append(EventContent content) {
    events.push_back({static_cast<std::int64_t>(events.size()), phase,
                      protocol.interventions[in_force].text, std::move(content)});
  }
  void append_reply(std::size_t question, const Result<Reply>& reply) {
    const auto& text = protocol.questions[question].text;
    append(BeliefRequested{text});
    append(reply_event(text, reply, limits.reply_text_bytes));
    answered[question] = true;
  }
  void end() {
    append(EpisodeEnded{});
    ended = true;
  }
  [[nodiscard]] bool all_answered() const {
    return std::find(answered.begin(), answered.end(), false) == answered.end();
  }
  [[nodiscard]] std::vector<std::size_t> choices() const;
  [[nodiscard]] Status enter_phase(std::size_t intervention);
  [[nodiscard]] Result<std::size_t> find_question(std::string_view query) const;
  [[nodiscard]] Result<std::size_t> find_choice(std::string_view intervention) const;
};

std::vector<std::size_t> ActiveEpisode::State::choices() const {
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < was_in_force.size() && !ended; ++i) {
    if (was_in_force[i]) continue;
    open.push_back(i);
    if (!has_buttons(interface)) break;
  }
  return open;
}

// The events of a phase's beginning; nothing has changed when it fails.
Status ActiveEpisode::State::enter_phase(std::size_t intervention) {
  const auto& next = protocol.interventions[intervention];
  const int number = events.size() > 1 ? phase + 1 : 0;
  std::vector<ShownValue> unit;
  if (shows_units(interface)) unit = draw_unit(*environment, next.world, seed, number);
  CAUSAL_GYM_TRY(observation, observe_phase(*environment, interface, protocol, next, number, unit));
  if (number > 0 && has_buttons(interface)) append(ActionTaken{"intervene " + next.text});
  phase = number;
  in_force = intervention;
  was_in_force[intervention] = true;
  answered.assign(protocol.questions.size(), false);
  if (number > 0) append(InterventionApplied{});
  if (!unit.empty()) append(DataDrawn{std::move(unit)});
  observations.push_back(observation);
  append(ObservationShown{std::move(observation)});
  return {};
}

Result<std::size_t> ActiveEpisode::State::find_question(std::string_view query) const {
  const auto& questions = protocol.questions;
  if (query.empty())
    return static_cast<std::size_t>(std::find(answered.begin(), answered.end(), false) -
                                    answered.begin());
  CAUSAL_GYM_TRY(read, read_belief_question(query, environment->model));
  std::vector<std::string> asked;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    if (questions[i].text == read.text) return i;
    asked.push_back(questions[i].text);
  }
  return fail(ErrorCode::unknown_name, "'" + read.text + "' is not asked here", "query",
              suggestion_among(read.text, asked, "asked are: "));
}

Result<std::size_t> ActiveEpisode::State::find_choice(std::string_view intervention) const {
  const auto& model = environment->model;
  CAUSAL_GYM_TRY(regime, read_intervention(intervention, model));
  const auto text = regime_text(regime, model);
  std::vector<std::string> offered;
  for (const auto i : choices()) {
    offered.push_back(protocol.interventions[i].text);
    if (offered.back() == text) return i;
  }
  const auto& all = protocol.interventions;
  const auto known = std::find_if(all.begin(), all.end(),
                                  [&](const ReadIntervention& one) { return one.text == text; });
  const auto suggestion = suggestion_among(text, offered, "offered now: ");
  if (known == all.end())
    return fail(ErrorCode::invalid_argument, "'" + text + "' is not offered", "intervention",
                suggestion);
  const bool before = was_in_force[static_cast<std::size_t>(known - all.begin())];
  return fail(ErrorCode::conflict,
              "'" + text + (before ? "' was in force before" : "' is not the next one"),
              "intervention", suggestion);
}

Result<ActiveEpisode> ActiveEpisode::start(const Environment& environment,
                                           const Interface& interface, const Protocol& protocol,
                                           const std::string& agent, std::uint64_t seed,
                                           const EpisodeLimits& limits) {
  CAUSAL_GYM_TRY(read, read_protocol(environment, protocol, limits));
  auto state = std::make_unique<State>();
  state->environment = &environment;
  state->interface = interface;
  state->seed = seed;
  state->limits = limits;
  state->was_in_force.assign(read.interventions.size(), false);
  state->protocol = std::move(read);
  state->append(started_event(environment, interface, state->protocol, agent, seed));
  CAUSAL_GYM_CHECKED(state->enter_phase(0));
  return ActiveEpisode(std::move(state));
}

std::vector<BeliefQuestion> ActiveEpisode::open_questions() const {
  std::vector<BeliefQuestion> open;
  for (std::size_t i = 0; i < state_->answered.size() && !state_->ended; ++i)
    if (!state_->answered[i]) open.push_back(state_->protocol.questions[i]);
  return open;
}

std::vector<std::string> ActiveEpisode::choices() const {
  std::vector<std::string> texts;
  for (const auto i : state_->choices()) texts.push_back(state_->protocol.interventions[i].text);
  return texts;
}

Status ActiveEpisode::answer(std::string_view query, const Reply& reply) {
  auto& state = *state_;
  if (state.ended) return fail(ErrorCode::conflict, "the episode has ended: nothing is asked");
  if (query.empty() && state.all_answered())
    return fail(ErrorCode::conflict, "every question of this phase is answered", "query",
                "intervene, or leave");
  CAUSAL_GYM_TRY(question, state.find_question(query));
  const auto& asked = state.protocol.questions[question];
  if (state.answered[question])
    return fail(ErrorCode::conflict, "'" + asked.text + "' is answered in this phase", "query",
                state.all_answered() ? "intervene, or leave" : "answer the open questions");
  const auto* stated = std::get_if<Stated>(&reply);
  if (stated != nullptr && !asked.range.contains(stated->value))
    return fail(ErrorCode::invalid_argument,
                "the value of '" + asked.text + "' lies in [" + exact_text(asked.range.low) + ", " +
                    exact_text(asked.range.high) + "]",
                "value");
  state.append_reply(question, reply);
  if (state.all_answered() && state.choices().empty()) state.end();
  return {};
}

Status ActiveEpisode::intervene(std::string_view intervention) {
  if (state_->ended) return fail(ErrorCode::conflict, "the episode has ended");
  if (const auto open = open_questions(); !open.empty())
    return fail(ErrorCode::conflict,
                std::to_string(open.size()) +
                    " of this phase's questions are open, the first is '" + open.front().text + "'",
                "intervention", "answer them first");
  CAUSAL_GYM_TRY(choice, state_->find_choice(intervention));
  return state_->enter_phase(choice);
}

Status ActiveEpisode::leave() {
  CAUSAL_GYM_CHECKED(note_action("leave"));
  return end_with(Reply(Refused{"left before it was answered"}));
}

Status ActiveEpisode::end_with(const Result<Reply>& said) {
  auto& state = *state_;
  if (state.ended) return fail(ErrorCode::conflict, "the episode has ended");
  for (std::size_t i = 0; i < state.answered.size(); ++i)
    if (!state.answered[i]) state.append_reply(i, said);
  state.end();
  return {};
}

Status ActiveEpisode::note_action(std::string action) {
  if (state_->ended) return fail(ErrorCode::conflict, "the episode has ended");
  state_->append(ActionTaken{cut_reply_text(std::move(action), state_->limits.reply_text_bytes)});
  return {};
}

std::span<const Observation> ActiveEpisode::observations() const { return state_->observations; }
const EpisodeStarted& ActiveEpisode::started() const {
  return std::get<EpisodeStarted>(state_->events.front().content);
}
int ActiveEpisode::phase() const { return state_->phase; }
const std::string& ActiveEpisode::regime() const {
  return state_->protocol.interventions[state_->in_force].text;
}
bool ActiveEpisode::ended() const { return state_->ended; }
std::span<const EpisodeEvent> ActiveEpisode::events() const { return state_->events; }

ActiveEpisode::ActiveEpisode(std::unique_ptr<State> state) : state_(std::move(state)) {}
ActiveEpisode::ActiveEpisode(ActiveEpisode&&) noexcept = default;
ActiveEpisode& ActiveEpisode::operator=(ActiveEpisode&&) noexcept = default;
ActiveEpisode::~ActiveEpisode() = default;

}  // namespace causal_gym
