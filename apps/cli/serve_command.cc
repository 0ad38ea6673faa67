// serve: the pages and the HTTP API until interrupted.
#include <fmt/format.h>

#include <map>
#include <memory>

#include "apps/cli/commands.h"

namespace causal_gym {

namespace {

struct Arguments {
  std::string file;
  std::map<std::string, std::string> flags;
};

std::string variables_text() {
  std::string text;
  for (const auto& key : all_config_keys())
    for (const auto& variable : key.variables)
      text += fmt::format("  {:<32} {}\n", variable, key.meaning);
  return text;
}

}  // namespace

void add_serve_command(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  auto* command = app.add_subcommand("serve", "Serve the pages, the HTTP API and the metrics");
  command->add_option("--config", arguments->file, "the configuration file (TOML)");
  for (const auto& key : all_config_keys())
    if (!key.flag.empty())
      command->add_option(key.flag, arguments->flags[key.flag],
                          fmt::format("{} (default {})", key.meaning, default_text(key)));
  command->footer(
      "\nExamples:\n  causal-gym serve\n  causal-gym serve --port 9000 --metrics-port 9001\n"
      "  causal-gym serve --config server.toml\n\n"
      "Options override environment variables, which override the file. Variables:\n" +
      variables_text() + "\nEvery key: causal-gym config docs\n");
  command->callback([&context, command, arguments] {
    ConfigInput input{process_environment()};
    input.file = arguments->file;
    for (const auto& [flag, text] : arguments->flags)
      if (command->count(flag) > 0) input.flags.push_back({flag, text});
    const auto reading = read_configuration(input);
    context.code = report_errors(context.shell, reading);
    if (context.code == exit_success) context.code = context.shell.serve(reading, context.shell);
  });
}

}  // namespace causal_gym
