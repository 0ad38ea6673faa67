// config: what the server would be started with, whether it is right, and which keys there are.
#include <memory>
#include <set>

#include "apps/cli/commands.h"
#include "platform/config/config_text.h"
#include "platform/llm/provider_config.h"

namespace causal_gym {

namespace {

using nlohmann::json;

struct Arguments {
  std::string file;
  bool as_json = false;
  bool with_sources = false;
};

// What is read; warnings and errors have been told, and the code says which.
ConfigReading read(const Arguments& arguments, CommandContext& context) {
  ConfigInput input{process_environment()};
  input.file = arguments.file;
  auto reading = read_configuration(input);
  for (const auto& warning : reading.warnings)
    context.shell.err << "causal-gym: warning: " << printable(warning) << '\n';
  context.code = report_errors(context.shell, reading);
  return reading;
}

// The variables that hold keys of language models, or name the files of such, and are set.
std::set<std::string> model_keys() {
  std::set<std::string> names;
  const auto environment = process_environment();
  for (const auto& provider : provider_variables())
    for (const auto& name : {provider.key, provider.key + "_FILE"})
      if (!variable_value(environment, name).value_or("").empty()) names.insert(name);
  return names;
}

// Numbers, texts and lists are written by TOML as by JSON.
json value_json(const ConfigKey& key, const Configuration& values) {
  return json::parse(shown_value(key.kind, key.member.read(values)), nullptr, false);
}

json reading_json(const ConfigReading& reading, bool with_sources) {
  json keys = json::object();
  const auto all = all_config_keys();
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto value = value_json(all[i], reading.values);
    const auto& origin = reading.origins[i];
    if (with_sources)
      keys[all[i].name] = {{"value", std::move(value)},
                           {"source", config_source_name(origin.source)},
                           {"place", origin.place}};
    else
      keys[all[i].name] = std::move(value);
  }
  return {{"file", reading.file.empty() ? json(nullptr) : json(reading.file)},
          {"keys", std::move(keys)},
          {"model_keys", model_keys()}};
}

std::string reading_text(const ConfigReading& reading, bool with_sources) {
  auto text = "# file read: " + (reading.file.empty() ? "none" : reading.file) + "\n\n" +
              configuration_toml(reading, with_sources);
  const auto names = model_keys();
  text += "\n# keys of language models that are set:" + std::string(names.empty() ? " none" : "");
  for (const auto& name : names) text += " " + name;
  return text + "\n";
}

void add_check(CLI::App& config, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  auto* command = config.add_subcommand("check", "Tell all that is wrong with the configuration");
  command->add_option("--config", arguments->file, "the configuration file (TOML)");
  add_examples(*command, {"causal-gym config check", "causal-gym config check --config new.toml"});
  command->callback([&context, arguments] {
    const auto reading = read(*arguments, context);
    if (context.code == exit_success)
      context.shell.out << "the configuration is right; file read: "
                        << (reading.file.empty() ? "none" : printable(reading.file)) << '\n';
  });
}

void add_show(CLI::App& config, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  auto* command = config.add_subcommand("show", "Print what holds, with secrets masked");
  command->add_option("--config", arguments->file, "the configuration file (TOML)");
  command->add_flag("--json", arguments->as_json, "print as JSON instead of TOML");
  command->add_flag("--with-sources", arguments->with_sources, "also where each value comes from");
  add_examples(*command, {"causal-gym config show", "causal-gym config show --with-sources",
                          "causal-gym config show --json"});
  command->callback([&context, arguments] {
    const auto reading = read(*arguments, context);
    if (context.code != exit_success) return;
    const bool with_sources = arguments->with_sources;
    context.shell.out << (arguments->as_json ? reading_json(reading, with_sources).dump(2) + "\n"
                                             : printable(reading_text(reading, with_sources)));
  });
}

}  // namespace

int report_errors(Shell& shell, const ConfigReading& reading) {
  for (const auto& error : reading.errors) report(shell, error);
  if (reading.errors_left_out > 0)
    shell.err << "causal-gym: and " << reading.errors_left_out << " more\n";
  return reading.errors.empty() ? exit_success : exit_code(reading.errors[0].code);
}

void add_config_command(CLI::App& app, CommandContext& context) {
  auto* command =
      app.add_subcommand("config", "What the server is configured with, and whether it is right");
  command->require_subcommand(1);
  add_check(*command, context);
  add_show(*command, context);
  auto* docs = command->add_subcommand(
      "docs", "Print the document of all keys (docs/operations/configuration.md)");
  docs->callback([&context] { context.shell.out << configuration_document(); });
}

}  // namespace causal_gym
