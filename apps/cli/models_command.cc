// models: which providers of language models there are, what they need, and how a model is named.
#include <memory>

#include "apps/cli/commands.h"
#include "apps/cli/text_table.h"
#include "platform/llm/agent_chat.h"

namespace causal_gym {

namespace {

using nlohmann::json;

bool is_set(const std::string& variable) {
  const auto value = system_sources().variable(variable);
  return value && !value->empty();
}

// What the environment says of a provider; no value is shown.
std::string readiness(const ProviderVariables& variables) {
  const bool has_key = is_set(variables.key) || is_set(variables.key + "_FILE");
  if (variables.needs_key && !has_key) return "no key";
  if (variables.default_address.empty() && !is_set(variables.address)) return "no address";
  return "ready";
}

struct NamedCapability {
  const char* name;
  bool ChatCapabilities::*capability;
};
constexpr NamedCapability capabilities[] = {{"temperature", &ChatCapabilities::temperature},
                                            {"seed", &ChatCapabilities::seed},
                                            {"schema", &ChatCapabilities::schema},
                                            {"tools", &ChatCapabilities::tools},
                                            {"tool_choice", &ChatCapabilities::tool_choice}};

std::string offered(const Provider& provider) {
  std::string text;
  for (const auto& [name, capability] : capabilities)
    if (provider.capabilities.*capability) text += (text.empty() ? "" : ", ") + std::string(name);
  return text;
}

json provider_json(const Provider& provider, const ProviderVariables& variables) {
  json can = json::object();
  for (const auto& [name, capability] : capabilities) can[name] = provider.capabilities.*capability;
  return {{"name", provider.name},
          {"description", provider.description},
          {"key_variable", variables.key},
          {"key_needed", variables.needs_key},
          {"address_variable", variables.address},
          {"default_address", variables.default_address},
          {"state", readiness(variables)},
          {"offers", std::move(can)}};
}

json models_json() {
  json providers = json::array(), options = json::array();
  for (std::size_t i = 0; i < all_providers().size(); ++i)
    providers.push_back(provider_json(all_providers()[i], provider_variables()[i]));
  for (const auto& [name, values, meaning] : chat_agent_options())
    options.push_back({{"name", name}, {"values", values}, {"meaning", meaning}});
  return {{"providers", std::move(providers)}, {"options", std::move(options)}};
}

std::string models_text() {
  std::vector<std::vector<std::string>> providers, options;
  for (std::size_t i = 0; i < all_providers().size(); ++i) {
    const auto& provider = all_providers()[i];
    const auto& variables = provider_variables()[i];
    providers.push_back({std::string(provider.name), readiness(variables),
                         variables.key + (variables.needs_key ? "" : " (if any)"),
                         variables.address, offered(provider)});
  }
  for (const auto& [name, values, meaning] : chat_agent_options())
    options.push_back({std::string(name), std::string(values), std::string(meaning)});
  return text_table({{"provider"}, {"here"}, {"key in"}, {"address in"}, {"offers"}}, providers) +
         "\nA key may also stand in a file that the variable with _FILE at its end names.\n"
         "What tokens cost is built in for some models; causal-gym run --help shows the form of a\n"
         "file with more, for --prices FILE.\n"
         "A model is an agent: causal-gym run -m \"PROVIDER/MODEL(option=value,...)\". "
         "Options:\n\n" +
         text_table({{"option"}, {"values"}, {"meaning"}}, options);
}

}  // namespace

void add_models_command(CLI::App& app, CommandContext& context) {
  auto as_json = std::make_shared<bool>(false);
  auto* command = app.add_subcommand(
      "models", "List the providers of language models: what they need, and a model's options");
  command->add_flag("--json", *as_json, "print as JSON");
  add_examples(*command, {"causal-gym models", "causal-gym models --json"});
  command->callback([&context, as_json] {
    context.shell.out << (*as_json ? models_json().dump(2) + "\n" : models_text());
  });
}

}  // namespace causal_gym
