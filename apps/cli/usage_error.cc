#include "apps/cli/usage_error.h"

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/spelling.h"

namespace causal_gym {

namespace {

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

const CLI::App* find_command(const CLI::App& app, std::string_view word) {
  for (const auto* command : commands_of(app))
    if (command->get_name() == word) return command;
  return nullptr;
}

// "-x" or "--word": what the parser takes for an option and not for a number.
bool looks_like_option(std::string_view word) {
  if (word.size() < 2 || word[0] != '-') return false;
  return std::string_view("0123456789.").find(word[1]) == std::string_view::npos;
}

Error unknown_command(const CLI::App& app, std::string_view word) {
  std::vector<std::string> names;
  for (const auto* command : commands_of(app)) names.push_back(command->get_name());
  auto suggestion = spelling_suggestion(word, names);
  if (suggestion.empty()) suggestion = "see " + app.get_display_name() + " --help";
  return {ErrorCode::unknown_name, "no command '" + std::string(word) + "'", "", suggestion};
}

Error unknown_option(const CLI::App& app, std::string_view word) {
  std::vector<std::string> names;
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    for (const auto& name : option->get_snames()) names.push_back("-" + name);
  }
  auto suggestion = spelling_suggestion(word, names);
  if (suggestion.empty()) suggestion = "an argument that begins with '-' goes after --";
  return {ErrorCode::unknown_name,
          "no option '" + std::string(word) + "' of '" + app.get_display_name() + "'", "",
          suggestion};
}

}  // namespace

std::optional<Error> unknown_word(const CLI::App& app, std::span<const char* const> words) {
  const CLI::App* command = &app;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string word = words[i];
    if (word == "--") return std::nullopt;
    if (looks_like_option(word)) {
      const auto name = word.substr(0, word.find('='));
      const auto* option = command->get_option_no_throw(name);
      if (option == nullptr) return unknown_option(*command, name);
      const bool takes_next = option->get_expected_min() > 0 && name == word;
      if (takes_next) ++i;
    } else if (const auto* next = find_command(*command, word)) {
      command = next;
    } else if (command->get_require_subcommand_min() > 0) {
      return unknown_command(*command, word);
    }
  }
  return std::nullopt;
}

}  // namespace causal_gym
