// serve: the pages and the HTTP API until interrupted.
#include <fmt/format.h>

#include <memory>

#include "apps/cli/commands.h"

namespace causal_gym {

void add_serve_command(CLI::App& app, CommandContext& context) {
  struct Arguments {
    std::optional<std::string> address;
    std::optional<std::uint16_t> port;
    std::optional<std::uint16_t> metrics_port;
    std::optional<std::string> database;
  };
  auto arguments = std::make_shared<Arguments>();
  auto* command = app.add_subcommand("serve", "Serve the pages, the HTTP API and the metrics");
  command->add_option("--address", arguments->address,
                      "the address to listen on (default 127.0.0.1)");
  command->add_option("--port", arguments->port, "pages and API (default 8501; 0: any free port)");
  command->add_option("--metrics-port", arguments->metrics_port,
                      "GET /metrics (default 8090; 0: any free port)");
  command->add_option("--database", arguments->database, "the SQLite file of the runs");
  std::string footer =
      "\nExamples:\n  causal-gym serve\n  causal-gym serve --port 9000 --metrics-port 9001\n\n"
      "Environment variables, which options override:\n";
  for (const auto& setting : settings())
    footer += fmt::format("  {:<32} {}\n", setting.variable, setting.meaning);
  command->footer(footer);
  command->callback([&context, arguments] {
    auto config = read_server_config();
    if (!config) {
      context.code = report(context.shell, config.error());
      return;
    }
    if (arguments->address) config->address = *arguments->address;
    if (arguments->port) config->port = *arguments->port;
    if (arguments->metrics_port) config->metrics_port = *arguments->metrics_port;
    if (arguments->database) config->database_path = *arguments->database;
    context.code = context.shell.serve(*config, context.shell);
  });
}

}  // namespace causal_gym
