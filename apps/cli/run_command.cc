// run: one experiment from the command line, stored as it goes, summarised at the end.
#include <memory>

#include "api/run_json.h"
#include "apps/cli/commands.h"
#include "apps/cli/dry_run.h"
#include "apps/cli/experiment_driver.h"
#include "apps/cli/replay.h"
#include "gym/agent/built_in.h"
#include "gym/environments/registry.h"
#include "platform/llm/wire.h"

namespace causal_gym {

namespace {

struct RunArguments {
  std::vector<std::string> environments = {"sprinkler-v1", "confounded_treatment-v1",
                                           "smoking_tar_cancer-v1"};
  std::vector<std::string> agents = {"ideal", "seeing", "stubborn"};
  std::vector<std::string> interventions;
  std::vector<std::string> beliefs;
  std::vector<std::string> models;  // more agents
  ExperimentSpec spec;              // interface, first_seed, trials
  bool agents_given = false;
  bool dry_run = false;
  std::string replay;  // a run's id
  DriverOptions driver;
};

ExperimentSpec specification(const RunArguments& arguments) {
  ExperimentSpec spec = arguments.spec;
  spec.environments = arguments.environments;
  if (spec.environments == std::vector<std::string>{"all"}) {
    spec.environments.clear();
    for (const auto& environment : all_environments()) spec.environments.push_back(environment.id);
  }
  spec.agents = arguments.agents;
  if (!arguments.models.empty() && !arguments.agents_given) spec.agents.clear();
  if (spec.agents == std::vector<std::string>{"all"}) {
    spec.agents.clear();
    for (const auto& agent : built_in_agents())
      spec.agents.push_back(agent.parameter.empty() ? agent.name : agent.name + "(0.1)");
  }
  spec.agents.insert(spec.agents.end(), arguments.models.begin(), arguments.models.end());
  if (!arguments.interventions.empty()) spec.interventions = arguments.interventions;
  if (!arguments.beliefs.empty()) spec.beliefs = arguments.beliefs;
  return spec;
}

void add_run_options(CLI::App& command, RunArguments& arguments) {
  command.add_option("-e,--environments", arguments.environments, "ids, or \"all\"")
      ->delimiter(',')
      ->capture_default_str();
  // A comma inside parentheses belongs to the agent, so agents are separated by spaces or repeated.
  command
      .add_option("-a,--agents", arguments.agents,
                  "built-in agents such as ideal or \"noisy_ideal(0.1)\", or \"all\"; also models")
      ->capture_default_str();
  command.add_option(
      "-m,--model", arguments.models,
      "language models, \"provider/name\" or \"provider/name(mode=tools,style=cot)\"; see: "
      "causal-gym models");
  command.add_option("-i,--interventions", arguments.interventions,
                     "regimes to apply, one after the other, instead of each environment's own");
  command.add_option("-b,--beliefs", arguments.beliefs,
                     "queries to ask, instead of each environment's own");
  command
      .add_option(
          "--interface", arguments.spec.interface,
          "correlational or causal; +cot or +causal_cot behind it tells models how to think")
      ->capture_default_str();
  command.add_option("--seed", arguments.spec.first_seed, "seed of the first trial")
      ->check([](const std::string& text) {
        const bool whole = text.find_first_not_of("0123456789") == std::string::npos;
        return whole ? "" : "'" + text + "' is not a whole number from 0";
      })
      ->capture_default_str();
  command
      .add_option("--trials", arguments.spec.trials, "episodes of each agent in each environment")
      ->capture_default_str();
  command.add_flag("--dry-run", arguments.dry_run,
                   "send nothing; print how many calls, tokens and USD it takes at most");
  add_driver_options(command, arguments.driver);
  command.add_option("--replay", arguments.replay,
                     "the id of a finished run: make its report anew from the recorded replies, "
                     "and compare; nothing is sent");
}

// What the run to replay says itself.
Status check_replay(const CLI::App& command) {
  for (const auto* option :
       {"--environments", "--agents", "--model", "--interventions", "--beliefs", "--interface",
        "--seed", "--trials", "--dry-run", "--base-url", "--max-calls", "--max-input-tokens",
        "--max-output-tokens", "--max-cost", "--max-time", "--cache", "--cache-days", "--prices"})
    if (command.count(option) > 0)
      return fail(ErrorCode::invalid_argument,
                  std::string(option) + " does not go with --replay: the run says what it was",
                  option);
  return {};
}

// What may have been meant by a model's name without a provider.
std::string how_to_name(const std::string& model) {
  for (const auto& agent : built_in_agents())
    if (model.substr(0, model.find('(')) == agent.name)
      return "it is a built-in agent: write --agents " + model;
  if (find_provider(model)) return "write " + model + "/MODEL";
  return "write PROVIDER/MODEL, such as openai/" + model;
}

int run(CommandContext& context, RunArguments& arguments, const CLI::App& command) {
  if (command.count("--replay") > 0) {
    if (const auto status = check_replay(command); !status)
      return report(context.shell, status.error());
    return drive_replay(context.shell, arguments.replay, arguments.driver);
  }
  arguments.agents_given = command.count("--agents") > 0;
  for (const auto& model : arguments.models)
    if (!is_model_name(model))
      return report(context.shell,
                    Error{ErrorCode::invalid_argument, "'" + model + "' names no provider",
                          "--model", how_to_name(model)});
  const auto spec = specification(arguments);
  if (arguments.dry_run) return drive_dry_run(context.shell, spec, arguments.driver);
  return drive_experiment(context.shell, spec, arguments.driver);
}

}  // namespace

void add_run_command(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<RunArguments>();
  auto* command = app.add_subcommand(
      "run", "Run an experiment: agents in environments, scored against exact truth");
  add_run_options(*command, *arguments);
  add_examples(*command,
               {"causal-gym run", "causal-gym run -e all -a all --trials 5 --json > results.json",
                "causal-gym run -e sprinkler-v1 -a seeing -i \"set sprinkler=on\" -b \"P(rain)\"",
                "causal-gym run -m openai/gpt-5.5 --dry-run",
                "causal-gym run -m \"ollama/llama3.2(mode=tools)\" -a seeing --max-calls 500"});
  command->callback(
      [&context, arguments, command] { context.code = run(context, *arguments, *command); });
}

}  // namespace causal_gym
