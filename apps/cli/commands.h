// The commands of `causal-gym`, each added to the CLI11 application by one function.
//
// A command's callback sets context.code; nothing is printed while arguments are parsed.
#pragma once

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "apps/cli/exit_code.h"
#include "apps/cli/shell.h"

namespace causal_gym {

struct CommandContext {
  Shell& shell;
  int code = exit_success;
};

void add_engine_commands(CLI::App& app, CommandContext& context);  // ask
void add_effect_commands(CLI::App& app, CommandContext& context);  // identify, explain, ..._sets
void add_graph_commands(CLI::App& app, CommandContext& context);   // separated, paths, draw, ...
void add_gym_commands(CLI::App& app, CommandContext& context);     // environments, agents
void add_models_command(CLI::App& app, CommandContext& context);   // models
void add_run_command(CLI::App& app, CommandContext& context);      // run
void add_runs_command(CLI::App& app, CommandContext& context);     // runs list|show|...
void add_batch_command(CLI::App& app, CommandContext& context);    // batch
void add_mcp_command(CLI::App& app, CommandContext& context);      // mcp
void add_serve_command(CLI::App& app, CommandContext& context);    // serve
void add_worker_command(CLI::App& app, CommandContext& context);   // worker
void add_users_command(CLI::App& app, CommandContext& context);    // users add|list|...
void add_config_command(CLI::App& app, CommandContext& context);   // config check|show|docs

// Tells every error of a configuration, one a line; returns the exit code of the first, or success.
int report_errors(Shell& shell, const ConfigReading& reading);

// Adds the "Examples:" part of a command's help.
void add_examples(CLI::App& command, std::initializer_list<const char*> lines);

// Runs one operation of the API without a run store, prints its result as JSON or through `print`,
// sets the code.
using ResultPrinter = std::function<std::string(const nlohmann::json& result)>;
void run_and_print(CommandContext& context, const nlohmann::json& request, bool as_json,
                   const ResultPrinter& print);

}  // namespace causal_gym
