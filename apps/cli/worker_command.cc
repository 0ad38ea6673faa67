// worker: carries out runs that servers on the same database were asked for.
#include <memory>

#include "apps/cli/commands.h"

namespace causal_gym {

namespace {

constexpr std::size_t concurrency_limit = 256;

struct Arguments {
  std::string file;
  std::string database;
  std::size_t concurrency = 1;
  bool drain = false;
};

}  // namespace

void add_worker_command(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  auto* command = app.add_subcommand(
      "worker", "Carry out runs that servers on the same database were asked for");
  command->add_option("--config", arguments->file, "the configuration file (TOML), as of serve");
  command->add_option("--database", arguments->database,
                      "where the runs are kept: a file, or postgresql://user@host/name");
  command->add_option("--concurrency", arguments->concurrency, "runs at once")
      ->check(CLI::Range(std::size_t{1}, concurrency_limit))
      ->capture_default_str();
  command->add_flag("--drain", arguments->drain,
                    "end when no run waits, instead of waiting for more");
  command->footer(
      "\nExamples:\n  causal-gym worker --database postgresql://causal_user@db/causal_experiments\n"
      "  causal-gym worker --concurrency 4 --drain\n\n"
      "It keeps nothing: any number of them, anywhere, may be started and ended at any time. On\n"
      "SIGTERM it lets go of its runs, and another one goes on with them from their last stored\n"
      "event. With work.metrics_port (CAUSAL_GYM_WORK_METRICS_PORT) it answers GET /metrics "
      "there.\n"
      "Exit codes: 0 told to stop, or drained; 8 the database or that port cannot be had at the\n"
      "start (later the database is waited for); 2 a configuration that is wrong.\n");
  command->callback([&context, command, arguments] {
    ConfigInput input{process_environment()};
    input.file = arguments->file;
    if (command->count("--database") > 0)
      input.flags.push_back({"--database", arguments->database});
    const auto reading = read_configuration(input);
    context.code = report_errors(context.shell, reading);
    if (context.code == exit_success)
      context.code =
          context.shell.work(reading, arguments->concurrency, arguments->drain, context.shell);
  });
}

}  // namespace causal_gym
