#include "apps/cli/command_line.h"

#include <exception>
#include <span>

#include "api/error_json.h"
#include "api/operations.h"
#include "apps/cli/commands.h"
#include "apps/cli/usage_error.h"

namespace causal_gym {

namespace {

void describe(CLI::App& app) {
  app.set_version_flag("--version", CAUSAL_GYM_VERSION, "print the version");
  app.require_subcommand(1);
  app.set_help_all_flag("--help-all", "print the help of every command");
  app.footer(std::string(
                 "\nExamples:\n"
                 "  causal-gym run                        a small, telling experiment\n"
                 "  causal-gym environments               what there is to play\n"
                 "  causal-gym ask sprinkler-v1 \"P(slippery | do(sprinkler=on))\"\n"
                 "  causal-gym serve                      the pages and the HTTP API on port 8501\n"
                 "  causal-gym COMMAND --help             options and examples of a command\n\n") +
             exit_code_help());
}

}  // namespace

int report(Shell& shell, const Error& error) {
  shell.err << "causal-gym: " << printable(error_text(error)) << '\n';
  return exit_code(error.code);
}

int report_stop(Shell& shell, const Error& error) {
  if (error.code != ErrorCode::cancelled) return report(shell, error);
  shell.err << "causal-gym: cancelled\n";
  return exit_code(error.code);
}

void add_examples(CLI::App& command, std::initializer_list<const char*> lines) {
  std::string text = "\nExamples:\n";
  for (const char* line : lines) text += std::string("  ") + line + "\n";
  command.footer(text);
}

void run_and_print(CommandContext& context, const nlohmann::json& request, bool as_json,
                   const ResultPrinter& print) {
  OperationContext operations;
  operations.cancellation = context.shell.cancellation;
  const auto answer = run_operation(request, operations);
  if (const auto error = error_of(answer)) {
    context.code = report(context.shell, *error);
    return;
  }
  const auto& result = answer.at("result");
  context.shell.out << (as_json ? result.dump(2) + "\n" : print(result));
}

int run_command_line(int argc, const char* const* argv, Shell& shell) {
  CommandContext context{shell};
  CLI::App app(
      "Causal Interface Gym: people and language models in causal environments, scored against "
      "exact truth",
      "causal-gym");
  describe(app);
  add_run_command(app, context);
  add_runs_command(app, context);
  add_gym_commands(app, context);
  add_models_command(app, context);
  add_engine_commands(app, context);
  add_effect_commands(app, context);
  add_graph_commands(app, context);
  add_batch_command(app, context);
  add_mcp_command(app, context);
  add_serve_command(app, context);
  add_worker_command(app, context);
  add_users_command(app, context);
  add_config_command(app, context);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Help of what is no command is no help: "causal-gym export --help".
    const auto words = std::span(argv, argc).subspan(argc > 0 ? 1 : 0);
    const auto seen = error.get_exit_code() != 0 ? words : words.first(words.empty() ? 0 : 1);
    if (const auto unknown = unknown_word(app, seen)) return report(shell, *unknown);
    const int code = app.exit(error, shell.out, shell.err);
    return code == 0 ? exit_success : exit_usage;
  } catch (const std::exception& error) {
    shell.err << "causal-gym: internal error: " << error.what() << '\n';
    return exit_internal;
  }
  return context.code;
}

}  // namespace causal_gym
