// environments, environments show, agents: what there is to play with.
#include <memory>

#include "apps/cli/commands.h"
#include "apps/cli/engine_text.h"
#include "apps/cli/text_table.h"
#include "engine/graph/text.h"
#include "gym/agent/built_in.h"
#include "gym/environment/seeing.h"
#include "gym/environments/registry.h"

namespace causal_gym {

namespace {

using nlohmann::json;

std::string environments_text() {
  std::vector<std::vector<std::string>> rows;
  for (const auto& environment : all_environments())
    rows.push_back({environment.id, environment.title,
                    environment.roles.treatment + " -> " + environment.roles.outcome,
                    std::to_string(environment.model.variable_count())});
  return text_table(
      {{"environment"}, {"title"}, {"effect of interest"}, {"variables", Align::right}}, rows);
}

std::string variables_text(const Model& model) {
  std::vector<std::vector<std::string>> rows;
  for (VariableId v = 0; v < static_cast<VariableId>(model.variable_count()); ++v) {
    const auto& variable = model.variable(v);
    std::string states;
    for (const auto& state : variable.states) states += (states.empty() ? "" : ", ") + state;
    rows.push_back(
        {variable.name, variable.label, states, model.graph().is_latent(v) ? "latent" : ""});
  }
  return text_table({{"variable"}, {"meaning"}, {"states"}, {""}}, rows);
}

// Each default query: its truth, and the answer of someone who takes seeing for doing.
Result<std::string> queries_text(const Environment& environment) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& text : environment.queries) {
    CAUSAL_GYM_TRY(query, parse_query(text));
    CAUSAL_GYM_TRY(truth, truth_of(environment.model, {}, query));
    CAUSAL_GYM_TRY(seeing, seeing_answer(environment.model, {}, query));
    rows.push_back({text, plain_number(truth), seeing ? plain_number(*seeing) : "-"});
  }
  return text_table(
      {{"belief asked for"}, {"truth", Align::right}, {"seeing answer", Align::right}}, rows);
}

Result<std::string> environment_text(const Environment& environment) {
  CAUSAL_GYM_TRY(queries, queries_text(environment));
  std::string text =
      environment.id + ": " + environment.title + "\n\n" + wrapped(environment.story) + "\n\n";
  text += "graph\n" + write_graph(environment.model.graph()) + "\n" +
          variables_text(environment.model) + "\n" + queries;
  text += "\ninterventions:";
  for (const auto& intervention : environment.interventions) text += "  " + intervention;
  if (!environment.notes.empty()) text += "\n\n" + wrapped(environment.notes);
  return text + "\n\nsource: " + wrapped(environment.source) + "\n";
}

void show_environment(CommandContext& context, const std::string& id) {
  const auto environment = find_environment(id);
  const auto text = environment ? environment_text(**environment)
                                : Result<std::string>(fail(environment.error()));
  if (!text) {
    context.code = report(context.shell, text.error());
    return;
  }
  context.shell.out << *text;
}

void add_environments(CLI::App& app, CommandContext& context) {
  struct Arguments {
    std::string id;
    bool as_json = false;
  };
  auto arguments = std::make_shared<Arguments>();
  auto* command = app.add_subcommand("environments", "List the environments, or show one");
  command->add_flag("--json", arguments->as_json, "print as JSON, as the HTTP API gives it");
  add_examples(*command, {"causal-gym environments", "causal-gym environments show sprinkler-v1"});
  auto* show = command->add_subcommand(
      "show", "Show one environment: story, graph, numbers and their source");
  show->add_option("ID", arguments->id, "the environment's id")->required();
  show->add_flag("--json", arguments->as_json, "print as JSON, as the HTTP API gives it");
  add_examples(*show, {"causal-gym environments show chain-v1"});
  command->callback([&context, arguments, show] {
    json request = {{"operation", "environments"}};
    if (show->parsed()) request["environment"] = arguments->id;
    if (arguments->as_json)
      run_and_print(context, request, true, {});
    else if (show->parsed())
      show_environment(context, arguments->id);
    else
      context.shell.out << environments_text();
  });
}

void add_agents(CLI::App& app, CommandContext& context) {
  auto as_json = std::make_shared<bool>(false);
  auto* command = app.add_subcommand("agents", "List the built-in agents");
  command->add_flag("--json", *as_json, "print as JSON");
  add_examples(*command, {"causal-gym agents"});
  command->callback([&context, as_json] {
    json list = json::array();
    std::vector<std::vector<std::string>> rows;
    for (const auto& agent : built_in_agents()) {
      const std::string name =
          agent.parameter.empty() ? agent.name : agent.name + "(" + agent.parameter + ")";
      rows.push_back({name, wrapped(agent.summary, 100, std::string(22, ' '))});
      list.push_back(
          {{"name", agent.name}, {"parameter", agent.parameter}, {"summary", agent.summary}});
    }
    context.shell.out << (*as_json ? json{{"agents", list}}.dump(2) + "\n"
                                   : text_table({{"agent"}, {"how it answers"}}, rows));
  });
}

}  // namespace

void add_gym_commands(CLI::App& app, CommandContext& context) {
  add_environments(app, context);
  add_agents(app, context);
}

}  // namespace causal_gym
