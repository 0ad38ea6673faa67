#include "api/mcp/play_tools.h"

#include <fmt/format.h>

#include "api/json_fields.h"
#include "api/mcp/episode_view.h"
#include "gym/environments/registry.h"
#include "gym/interface/interface.h"

namespace causal_gym {

namespace {

using nlohmann::json;

constexpr const char* player = "mcp";  // the agent of the episode's log
constexpr std::int64_t default_seed = 1;
constexpr std::size_t refusal_bytes_limit = 4'096;

json text_schema(const char* description) {
  return {{"type", "string"}, {"description", description}};
}

json object_schema(json properties, const std::vector<const char*>& required = {}) {
  json schema = {
      {"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
  if (!required.empty()) schema["required"] = required;
  return schema;
}

json texts_schema(const char* description) {
  return {{"type", "array"}, {"items", {{"type", "string"}}}, {"description", description}};
}

const json& episode_schema() {
  static const json schema = text_schema("the handle that enter_environment gave");
  return schema;
}

// A text argument that may be missing.
Result<std::string> text_argument(const json& arguments, const char* name,
                                  const std::string& otherwise = {}) {
  if (!arguments.contains(name)) return otherwise;
  return read_text(arguments[name], name);
}

// The texts of an argument, or the environment's own.
Result<std::vector<std::string>> texts_argument(const json& arguments, const char* name,
                                                const std::vector<std::string>& otherwise) {
  if (!arguments.contains(name)) return otherwise;
  return read_texts(arguments[name], name, /*one_is_a_list=*/true);
}

Result<std::uint64_t> seed_argument(const json& arguments) {
  if (!arguments.contains("seed")) return static_cast<std::uint64_t>(default_seed);
  CAUSAL_GYM_TRY(seed, read_integer(arguments["seed"], "seed"));
  if (seed < 0) return fail(ErrorCode::invalid_argument, "a seed is at least 0", "seed");
  return static_cast<std::uint64_t>(seed);
}

// list_environments ------------------------------------------------------------------------------

Result<ToolAnswer> list_environments(const json&, const ToolContext&) {
  json environments = json::array(), interfaces = json::array();
  std::string text = "Environments\n";
  for (const auto& environment : all_environments()) {
    environments.push_back({{"id", environment.id},
                            {"title", environment.title},
                            {"variables", environment.model.variable_count()},
                            {"queries", environment.queries},
                            {"interventions", environment.interventions}});
    text += fmt::format("- {}: {} ({} variables, {} questions, {} interventions)\n", environment.id,
                        environment.title, environment.model.variable_count(),
                        environment.queries.size(), environment.interventions.size());
  }
  text += "Interfaces\n";
  for (const auto& preset : interface_presets()) {
    json components = json::array();
    for (const auto& component : preset.components) components.push_back(component_name(component));
    text += fmt::format("- {}: {}\n", preset.name, components.dump());
    interfaces.push_back({{"name", preset.name}, {"components", std::move(components)}});
  }
  return ToolAnswer{std::move(text), {{"environments", environments}, {"interfaces", interfaces}}};
}

McpTool list_environments_tool() {
  const auto objects = [](const char* description) {
    return json{{"type", "array"}, {"items", {{"type", "object"}}}, {"description", description}};
  };
  return {
      .name = "list_environments",
      .title = "List the environments",
      .description =
          "The causal environments that can be entered, and the interfaces through "
          "which they can be seen.",
      .input_schema = object_schema(json::object()),
      .output_schema = {{"type", "object"},
                        {"properties",
                         {{"environments", objects("each with its questions and interventions")},
                          {"interfaces", objects("each with what it shows")}}},
                        {"required", {"environments", "interfaces"}}},
      .read_only = true,
      .function = list_environments};
}

// enter_environment ------------------------------------------------------------------------------

// Ok when every belief of the protocol has a truth to be scored by. Errors: those of truth_of.
Status check_truths(const Environment& environment, const Protocol& protocol) {
  const auto& model = environment.model;
  std::vector<Regime> regimes = {{}};
  for (const auto& text : protocol.interventions) {
    CAUSAL_GYM_TRY(regime, read_intervention(text, model));
    regimes.push_back(std::move(regime));
  }
  for (std::size_t i = 0; i < protocol.queries.size(); ++i) {
    CAUSAL_GYM_TRY(question, read_belief_question(protocol.queries[i], model));
    for (const auto& regime : regimes)
      if (const auto truth = truth_of(model, regime, question.query); !truth)
        return fail(error_at(truth.error(), "queries[" + std::to_string(i) + "]"));
  }
  return {};
}

Result<ToolAnswer> enter_environment(const json& arguments, const ToolContext& context) {
  CAUSAL_GYM_TRY(id, text_argument(arguments, "environment"));
  const auto environment = find_environment(id);
  if (!environment) return fail(error_at(environment.error(), "environment"));
  CAUSAL_GYM_TRY(name, text_argument(arguments, "interface", "causal"));
  const auto interface = find_interface(name);
  if (!interface) return fail(error_at(interface.error(), "interface"));
  CAUSAL_GYM_TRY(seed, seed_argument(arguments));
  const auto& own = **environment;
  CAUSAL_GYM_TRY(queries, texts_argument(arguments, "queries", own.queries));
  CAUSAL_GYM_TRY(interventions, texts_argument(arguments, "interventions", own.interventions));
  const Protocol protocol{std::move(interventions), std::move(queries)};
  CAUSAL_GYM_TRY(episode, ActiveEpisode::start(own, *interface, protocol, player, seed));
  if (protocol != default_protocol(own)) CAUSAL_GYM_CHECKED(check_truths(own, protocol));
  CAUSAL_GYM_TRY(handle, context.episodes.add(std::move(episode), context.now));
  return context.episodes.with(handle, context.now,
                               [&](ActiveEpisode& entered) -> Result<ToolAnswer> {
                                 return standing(handle, entered, ShownObservations::newest);
                               });
}

McpTool enter_environment_tool() {
  return {
      .name = "enter_environment",
      .title = "Enter an environment",
      .description =
          "Begins an episode: gives its handle, what is to be seen, and the questions. State a "
          "belief for each, then intervene and state them anew, until the episode ends. An episode "
          "that is not used for an hour is forgotten.",
      .input_schema = object_schema(
          {{"environment", text_schema("its id, such as sprinkler-v1")},
           {"interface", text_schema("causal (unless told): story, graph, numbers, one unit, "
                                     "interventions; or correlational: story and numbers")},
           {"seed", {{"type", "integer"}, {"minimum", 0}, {"description", "1 unless told"}}},
           {"queries", texts_schema("instead of the environment's own questions, such as "
                                    "P(slippery | do(sprinkler=on))")},
           {"interventions",
            texts_schema("instead of the environment's own, such as sprinkler=on")}},
          {"environment"}),
      .output_schema = standing_schema(),
      .read_only = false,
      .function = enter_environment};
}

// The tools that take a handle -------------------------------------------------------------------

// What `use` gives for the episode that the arguments name.
template <class Use>
Result<ToolAnswer> with_episode(const json& arguments, const ToolContext& context, const Use& use) {
  CAUSAL_GYM_TRY(handle, text_argument(arguments, "episode"));
  return context.episodes.with(
      handle, context.now,
      [&](ActiveEpisode& episode) -> Result<ToolAnswer> { return use(handle, episode); });
}

Result<const Environment*> environment_of(const ActiveEpisode& episode) {
  return find_environment(episode.started().environment);
}

Result<ToolAnswer> observe_episode(const json& arguments, const ToolContext& context) {
  return with_episode(arguments, context,
                      [](const std::string& handle, ActiveEpisode& episode) -> Result<ToolAnswer> {
                        return standing(handle, episode, ShownObservations::all);
                      });
}

Result<Reply> reply_argument(const json& arguments) {
  if (arguments.contains("value") == arguments.contains("refusal"))
    return fail(ErrorCode::invalid_argument, "give either 'value' or 'refusal'", "value");
  if (arguments.contains("value")) {
    CAUSAL_GYM_TRY(value, read_number(arguments["value"], "value"));
    return Reply(Stated{value});
  }
  CAUSAL_GYM_TRY(reason, read_text(arguments["refusal"], "refusal"));
  CAUSAL_GYM_CHECKED(check_limit("bytes of 'refusal'", reason.size(), refusal_bytes_limit));
  return Reply(Refused{std::move(reason)});
}

Result<ToolAnswer> state_belief(const json& arguments, const ToolContext& context) {
  CAUSAL_GYM_TRY(query, text_argument(arguments, "query"));
  CAUSAL_GYM_TRY(reply, reply_argument(arguments));
  return with_episode(arguments, context,
                      [&](const std::string& handle, ActiveEpisode& episode) -> Result<ToolAnswer> {
                        CAUSAL_GYM_CHECKED(episode.answer(query, reply));
                        return standing(handle, episode, ShownObservations::none);
                      });
}

Result<ToolAnswer> intervene_in_episode(const json& arguments, const ToolContext& context) {
  CAUSAL_GYM_TRY(intervention, text_argument(arguments, "intervention"));
  return with_episode(arguments, context,
                      [&](const std::string& handle, ActiveEpisode& episode) -> Result<ToolAnswer> {
                        CAUSAL_GYM_CHECKED(episode.intervene(intervention));
                        return standing(handle, episode, ShownObservations::newest);
                      });
}

Result<ToolAnswer> episode_score(const json& arguments, const ToolContext& context) {
  return with_episode(arguments, context,
                      [](const std::string&, ActiveEpisode& episode) -> Result<ToolAnswer> {
                        if (!episode.ended())
                          return fail(ErrorCode::conflict,
                                      "the episode goes on: its truth is told when it has ended",
                                      "episode", "go on, or leave");
                        CAUSAL_GYM_TRY(environment, environment_of(episode));
                        return scored(*environment, episode);
                      });
}

Result<ToolAnswer> leave_episode(const json& arguments, const ToolContext& context) {
  CAUSAL_GYM_TRY(handle, text_argument(arguments, "episode"));
  auto answer = with_episode(arguments, context,
                             [](const std::string&, ActiveEpisode& episode) -> Result<ToolAnswer> {
                               if (!episode.ended()) CAUSAL_GYM_CHECKED(episode.leave());
                               CAUSAL_GYM_TRY(environment, environment_of(episode));
                               return scored(*environment, episode);
                             });
  if (answer) context.episodes.forget(handle);
  return answer;
}

McpTool episode_tool(std::string name, std::string title, std::string description, json properties,
                     std::vector<const char*> required, json output,
                     decltype(McpTool::function) function) {
  properties["episode"] = episode_schema();
  required.insert(required.begin(), "episode");
  const bool read_only = name == "observe" || name == "episode_score";
  return {.name = std::move(name),
          .title = std::move(title),
          .description = std::move(description),
          .input_schema = object_schema(std::move(properties), required),
          .output_schema = std::move(output),
          .read_only = read_only,
          .function = std::move(function)};
}

std::vector<McpTool> episode_tools() {
  const json belief = {
      {"query", text_schema("one of the open questions; the first unless told")},
      {"value", {{"type", "number"}, {"description", "the belief: a number in its range"}}},
      {"refusal", text_schema("instead of a value: why no belief is stated")}};
  return {
      episode_tool("observe", "Look again",
                   "All that was shown so far, and where the episode stands.", json::object(), {},
                   standing_schema(), observe_episode),
      episode_tool("state_belief", "State a belief",
                   "Answers an open question, once a phase, with a number or a refusal.", belief,
                   {}, standing_schema(), state_belief),
      episode_tool("intervene", "Intervene",
                   "Begins the next phase under one of the interventions that the episode lists, "
                   "once every question of this phase is answered. Each can be used once; it "
                   "replaces the one before.",
                   {{"intervention", text_schema("such as sprinkler=on")}}, {"intervention"},
                   standing_schema(), intervene_in_episode),
      episode_tool("episode_score", "Score of an ended episode",
                   "The scores of an episode that has ended, each belief beside its truth, and the "
                   "log.",
                   json::object(), {}, scored_schema(), episode_score),
      episode_tool(
          "leave", "Leave the episode",
          "Ends the episode if it goes on (open questions count as refused, those of phases to "
          "come as not reached), gives its scores and forgets its handle.",
          json::object(), {}, scored_schema(), leave_episode)};
}

}  // namespace

std::vector<McpTool> play_tools() {
  std::vector<McpTool> tools = {list_environments_tool(), enter_environment_tool()};
  for (auto& tool : episode_tools()) tools.push_back(std::move(tool));
  for (auto& tool : tools)
    tool.function = [checked = std::move(tool.function), schema = tool.input_schema](
                        const json& arguments, const ToolContext& context) -> Result<ToolAnswer> {
      CAUSAL_GYM_CHECKED(check_arguments(arguments, schema));
      return checked(arguments, context);
    };
  return tools;
}

}  // namespace causal_gym
