#include "api/mcp/episode_view.h"

#include <fmt/format.h>

#include "api/run_json.h"

namespace causal_gym {

namespace {

using nlohmann::json;

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const auto& text : texts) all += (all.empty() ? "" : " | ") + text;
  return all;
}

std::string observation_text(const ActiveEpisode& episode, ShownObservations shown) {
  const auto observations = episode.observations();
  if (shown == ShownObservations::none) return "";
  if (shown == ShownObservations::newest) return render_text(observations.back());
  std::string text;
  for (const auto& observation : observations) {
    if (!text.empty()) text += "\n";
    if (observations.size() > 1) text += fmt::format("-- Phase {} --\n", observation.phase);
    text += render_text(observation);
  }
  return text;
}

// What a player may do now.
std::string next_step(const std::vector<BeliefQuestion>& open,
                      const std::vector<std::string>& choices, bool ended) {
  if (ended) return "The episode has ended: episode_score tells how it went.";
  if (!open.empty()) return "State a belief for each open question, then intervene or leave.";
  if (choices.size() == 1) return "Intervene with the one intervention that is left, or leave.";
  return "Intervene with one of the interventions, or leave.";
}

json questions_json(const std::vector<BeliefQuestion>& questions) {
  json list = json::array();
  for (const auto& question : questions)
    list.push_back(
        {{"query", question.text}, {"low", question.range.low}, {"high", question.range.high}});
  return list;
}

std::string standing_text(const json& standing, const std::vector<std::string>& choices) {
  auto text = fmt::format(
      "Episode: {} ({}, {}, seed {})\nPhase: {}\n", standing["episode"].get<std::string>(),
      standing["environment"].get<std::string>(), standing["interface"].get<std::string>(),
      standing["seed"].get<std::uint64_t>(), standing["phase"].get<int>());
  if (const auto regime = standing["regime"].get<std::string>(); !regime.empty())
    text += "Intervention in force: " + regime + "\n";
  if (standing.contains("observation"))
    text += "\n" + standing["observation"].get<std::string>() + "\n";
  if (!standing["questions"].empty()) text += "Open questions:\n";
  for (const auto& question : standing["questions"])
    text += fmt::format("- {} (from {:g} to {:g})\n", question["query"].get<std::string>(),
                        question["low"].get<double>(), question["high"].get<double>());
  if (!choices.empty()) text += "Interventions that may be next: " + joined(choices) + "\n";
  return text + standing["next"].get<std::string>() + "\n";
}

std::string number_text(const json& number) {
  return number.is_null() ? "unscored" : fmt::format("{:.6g}", number.get<double>());
}

std::string scored_text(const json& result) {
  std::string text = "Scores\n";
  for (const auto& [name, value] : result["scores"].items())
    text += fmt::format("- {}: {}\n", name, number_text(value));
  text += "Beliefs\n";
  for (const auto& belief : result["beliefs"]) {
    const auto regime = belief["regime"].get<std::string>();
    const auto outcome = belief["outcome"].get<std::string>();
    text += fmt::format("- {}{}: {}, truth {}\n", belief["query"].get<std::string>(),
                        regime.empty() ? "" : " under " + regime,
                        belief["belief"].is_null() ? outcome : number_text(belief["belief"]),
                        number_text(belief["truth"]));
  }
  return text;
}

json typed(const char* type, const char* description) {
  return {{"type", type}, {"description", description}};
}

json list_of(json items, const char* description) {
  return {{"type", "array"}, {"items", std::move(items)}, {"description", description}};
}

}  // namespace

ToolAnswer standing(const std::string& handle, const ActiveEpisode& episode,
                    ShownObservations shown) {
  const auto open = episode.open_questions();
  const auto choices = episode.choices();
  const auto& started = episode.started();
  json written = {{"episode", handle},
                  {"environment", started.environment},
                  {"interface", started.interface},
                  {"seed", started.seed},
                  {"phase", episode.phase()},
                  {"regime", episode.regime()},
                  {"questions", questions_json(open)},
                  {"interventions", choices},
                  {"ended", episode.ended()},
                  {"next", next_step(open, choices, episode.ended())}};
  if (shown != ShownObservations::none) written["observation"] = observation_text(episode, shown);
  auto text = standing_text(written, choices);
  return {std::move(text), std::move(written)};
}

json standing_schema() {
  const json question = {{"type", "object"},
                         {"properties",
                          {{"query", typed("string", "as state_belief takes it")},
                           {"low", typed("number", "the smallest value it can have")},
                           {"high", typed("number", "the largest")}}},
                         {"required", {"query", "low", "high"}}};
  return {
      {"type", "object"},
      {"properties",
       {{"episode", typed("string", "the handle that the other tools take")},
        {"environment", typed("string", "its id")},
        {"interface", typed("string", "its name")},
        {"seed", typed("integer", "of every draw")},
        {"phase", typed("integer", "0: before any intervention")},
        {"regime", typed("string", "the intervention in force; empty: none")},
        {"observation", typed("string", "what is shown")},
        {"questions", list_of(question, "that have no answer yet in this phase")},
        {"interventions", list_of({{"type", "string"}}, "one of which may begin the next phase")},
        {"ended", typed("boolean", "true: episode_score tells the truth")},
        {"next", typed("string", "what to do now")}}},
      {"required",
       {"episode", "environment", "interface", "seed", "phase", "regime", "questions",
        "interventions", "ended", "next"}}};
}

Result<ToolAnswer> scored(const Environment& environment, const ActiveEpisode& episode) {
  const auto& started = episode.started();
  CAUSAL_GYM_TRY(beliefs, measure_beliefs(environment, episode.events()));
  EpisodeResult result;
  result.plan = {0, started.environment, started.agent, 0, started.seed};
  result.scores = score_beliefs(beliefs);
  result.beliefs = std::move(beliefs);
  result.interventions = intervention_records(episode.events());
  auto written = episode_result_json(result, episode.events());
  written.erase("trial");
  written["interface"] = started.interface;
  written["log"] = log_text(episode.events());
  auto text = scored_text(written);
  return ToolAnswer{std::move(text), std::move(written)};
}

json scored_schema() {
  return {{"type", "object"},
          {"properties",
           {{"environment", typed("string", "its id")},
            {"interface", typed("string", "its name")},
            {"agent", typed("string", "who played")},
            {"seed", typed("integer", "of every draw")},
            {"scores", {{"type", "object"}, {"description", "by name; null: nothing to score"}}},
            {"counts", {{"type", "object"}, {"description", "of the beliefs, by outcome"}}},
            {"beliefs", list_of({{"type", "object"}},
                                "each with its truth, and what mere seeing would have said")},
            {"interventions", list_of({{"type", "object"}}, "in order")},
            {"log", typed("string", "every event, one a line")}}},
          {"required",
           {"environment", "interface", "agent", "seed", "scores", "counts", "beliefs",
            "interventions", "log"}}};
}

}  // namespace causal_gym
