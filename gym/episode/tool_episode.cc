#include "gym/episode/tool_episode.h"

#include <algorithm>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/exact_text.h"
#include "gym/agent/tool_prompt.h"
#include "gym/episode/read_protocol.h"

namespace causal_gym {

namespace {

constexpr std::size_t turns_a_step = 2;
constexpr std::size_t history_bytes = 4'096;
constexpr std::size_t unit_sign_bytes = 16;      // of a variable and its state beside their names
constexpr std::size_t least_result_bytes = 128;  // of each, however much the others took

constexpr std::string_view too_much = "Too much for one turn: this did nothing.\n";
constexpr std::string_view too_much_and_more =
    "Too much for one turn: this and what came after it did nothing.\n";
constexpr const char* reminder =
    "You used no tool. Go on with state_belief, intervene, observe or ask_history, or end with "
    "stop.";

// A line of what the participant did or was told; empty for what is no news to it.
struct HistoryLine {
  std::string operator()(const BeliefStated& event) const {
    return "You stated " + event.query + " = " + exact_text(event.value) + ".";
  }
  std::string operator()(const BeliefRefused& event) const {
    return "You refused " + event.query + ".";
  }
  std::string operator()(const BeliefUnparseable& event) const {
    return "You stated no number for " + event.query + ".";
  }
  std::string operator()(const InterventionApplied&) const { return "The intervention began."; }
  std::string operator()(const DataDrawn& event) const {
    std::string text = "Drawn:";
    for (const auto& [variable, state] : event.values)
      text.append(" ").append(variable).append("=").append(state);
    return text + ".";
  }
  std::string operator()(const ActionTaken& event) const { return "You did: " + event.action; }
  template <class Other>
  std::string operator()(const Other&) const {
    return {};
  }
};

std::string history_text(std::span<const EpisodeEvent> events) {
  std::vector<std::string> lines;
  for (const auto& event : events) {
    auto line = std::visit(HistoryLine(), event.content);
    if (line.empty()) continue;
    lines.push_back("Phase " + std::to_string(event.phase) +
                    (event.regime.empty() ? "" : ", " + event.regime) + ": " + line + "\n");
  }
  std::size_t first = lines.size(), bytes = 0;
  while (first > 0 && bytes + lines[first - 1].size() <= history_bytes)
    bytes += lines[--first].size();
  std::string text = lines.empty() ? "Nothing so far.\n" : "";
  if (first > 0) text = "(" + std::to_string(first) + " earlier lines are left out.)\n";
  for (; first < lines.size(); ++first) text += lines[first];
  return text;
}

std::size_t bytes_of(const TurnReply& reply) {
  auto bytes = reply.text.size();
  for (const auto& use : reply.uses)
    bytes += use.id.size() + use.name.size() + use.arguments.size();
  return bytes;
}

}  // namespace

struct ToolEpisode::State {
  const Environment* environment = nullptr;
  ToolEpisodeLimits limits;
  PromptStyle style = PromptStyle::plain;
  ActiveEpisode episode;
  std::size_t most_turns = 0;
  std::size_t shown = 0;  // observations
  std::string opening;
  std::vector<Turn> turns;
  std::size_t idle = 0;            // turns without a tool, in a row
  std::size_t longest_result = 0;  // of a tool that shows the world

  // No tool tells more: each phase shows no more than the first one did, but for a unit with longer
  // names.
  [[nodiscard]] std::size_t world_bytes() const {
    std::size_t unit = 0;
    for (const auto& variable : environment->model.variables()) {
      std::size_t longest = 0;
      for (const auto& state : variable.states) longest = std::max(longest, state.size());
      unit += variable.name.size() + longest + unit_sign_bytes;
    }
    const auto phases = episode.started().interventions.size() + 1;
    return std::max(2 * history_bytes, (phases + 1) * (opening.size() + unit));
  }

  [[nodiscard]] std::size_t most_uses() const { return limits.uses_a_turn + 1; }
  // After the result that passes the limit, which is then a short one, nothing is done.
  [[nodiscard]] std::size_t most_result_bytes() const {
    return longest_result + least_result_bytes + most_uses() * too_much_and_more.size();
  }

  // Where the episode stands, with what was not shown yet, or everything.
  std::string standing(bool everything) {
    const auto observations = episode.observations();
    const auto first = everything ? 0 : std::exchange(shown, observations.size());
    return standing_text(
        {episode.started().environment, observations.subspan(first), observations.size(),
         episode.regime(), episode.open_questions(),
         episode.open_questions().empty() ? episode.choices() : std::vector<std::string>(),
         episode.ended()});
  }

  // The result of what was tried, or why it was not possible.
  ToolResult tried(const ToolUse& use, const Status& status) {
    if (status) return {standing(false), false};
    if (!episode.ended())
      CHECK(episode.note_action(use.name + " was not possible: " + error_text(status.error()))
                .has_value());
    return {error_text(status.error()) + "\n", true};
  }
  ToolResult asked(const char* action, std::string text) {
    CHECK(episode.note_action(action).has_value());
    return {std::move(text), false};
  }
  ToolResult use(const ToolUse& use) {
    if (episode.ended()) return {"The episode has ended.\n", true};
    if (std::holds_alternative<ObserveAction>(use.action)) return asked("observe", standing(true));
    if (std::holds_alternative<AskHistoryAction>(use.action))
      return asked("ask_history", history_text(episode.events()));
    if (const auto* one = std::get_if<InterveneAction>(&use.action))
      return tried(use, episode.intervene(one->intervention));
    if (const auto* one = std::get_if<StateBeliefAction>(&use.action))
      return tried(use, episode.answer(one->query, one->reply));
    if (const auto* one = std::get_if<UnreadableAction>(&use.action))
      return tried(use, fail(ErrorCode::invalid_argument, one->problem));
    CHECK(episode.note_action("stop").has_value());
    CHECK(episode.end_with(Reply(Refused{"stopped before it was answered"})).has_value());
    return {standing(false), false};
  }

  [[nodiscard]] Status take(TurnReply reply) {
    if (reply.instead) return episode.end_with(*reply.instead);
    if (bytes_of(reply) > limits.said_bytes)
      return episode.end_with(Reply(Unparseable{
          {}, "a turn of " + std::to_string(bytes_of(reply)) + " bytes is over the limit"}));
    Turn turn;
    std::size_t bytes = 0;
    const bool has_more = reply.uses.size() > most_uses();
    if (has_more) reply.uses.resize(most_uses());  // what is told of a turn has a bound
    for (const auto& one : reply.uses) {
      const bool is_over = turn.results.size() >= limits.uses_a_turn;
      if (is_over || bytes > longest_result) {
        turn.results.push_back(
            {std::string(is_over && has_more ? too_much_and_more : too_much), true});
        continue;
      }
      turn.results.push_back(use(one));
      auto& text = turn.results.back().text;
      text = cut_reply_text(std::move(text), std::max(least_result_bytes, longest_result - bytes));
      bytes += text.size();
    }
    idle = reply.uses.empty() ? idle + 1 : 0;
    if (idle > limits.reminders)
      return episode.end_with(Reply(Unparseable{reply.text, "it used no tool"}));
    if (reply.uses.empty()) {
      turn.reminder = reminder;
      CAUSAL_GYM_CHECKED(episode.note_action("said without a tool: " + reply.text));
    }
    turn.reply = std::move(reply);
    turns.push_back(std::move(turn));
    if (episode.ended() || turns.size() < most_turns) return {};
    return episode.end_with(
        fail(ErrorCode::limit_exceeded,
             "the episode was not over after " + std::to_string(most_turns) + " turns", "turns"));
  }
};

Result<ToolEpisode> ToolEpisode::start(const Environment& environment, const Interface& interface,
                                       const Protocol& protocol, const std::string& agent,
                                       std::uint64_t seed, const ToolEpisodeLimits& limits) {
  CAUSAL_GYM_TRY(
      episode, ActiveEpisode::start(environment, interface, protocol, agent, seed, limits.episode));
  const auto phases = protocol.interventions.size() + 1;
  const auto turns =
      limits.turns > 0 ? limits.turns : turns_a_step * phases * (protocol.queries.size() + 1);
  auto state = std::make_unique<State>(State{&environment,
                                             limits,
                                             prompt_style_of(interface),
                                             std::move(episode),
                                             turns,
                                             0,
                                             {},
                                             {},
                                             0,
                                             0});
  state->opening = state->standing(false);
  state->longest_result = state->world_bytes();
  return ToolEpisode(std::move(state));
}

std::optional<TurnRequest> ToolEpisode::pending() const {
  if (state_->episode.ended()) return std::nullopt;
  return TurnRequest{state_->opening,
                     state_->turns,
                     state_->style,
                     state_->most_turns,
                     state_->most_result_bytes(),
                     state_->most_uses()};
}

Status ToolEpisode::answer(Result<TurnReply> reply) {
  if (ended()) return fail(ErrorCode::conflict, "the episode has ended: nothing is asked");
  if (!reply) return state_->episode.end_with(fail(std::move(reply).error()));
  return state_->take(*std::move(reply));
}

bool ToolEpisode::ended() const { return state_->episode.ended(); }
std::span<const EpisodeEvent> ToolEpisode::events() const { return state_->episode.events(); }

ToolEpisode::ToolEpisode(std::unique_ptr<State> state) : state_(std::move(state)) {}
ToolEpisode::ToolEpisode(ToolEpisode&&) noexcept = default;
ToolEpisode& ToolEpisode::operator=(ToolEpisode&&) noexcept = default;
ToolEpisode::~ToolEpisode() = default;

}  // namespace causal_gym
