// Words that the argument parser does not know are named, with the nearest that it does.
#include "apps/cli/usage_error.h"

#include <gtest/gtest.h>

namespace causal_gym {
namespace {

struct Line {
  std::vector<const char*> words;
  std::string message;  // empty: nothing unknown
  std::string suggestion;
};

TEST(UnknownWord, IsNamedWithTheNearestKnownOne) {
  CLI::App app("", "p");
  app.require_subcommand(1);
  auto* run = app.add_subcommand("run");
  std::string text;
  bool flag = false;
  run->add_option("QUERY", text);
  run->add_option("-s,--seed", text);
  run->add_flag("--json", flag);
  auto* runs = app.add_subcommand("runs");
  runs->require_subcommand(1);
  runs->add_subcommand("list");
  const Line lines[] = {
      {{"bogus"}, "no command 'bogus'", "see p --help"},
      {{"rnu"}, "no command 'rnu'", "did you mean 'run'?"},
      {{"runs", "lst"}, "no command 'lst'", "did you mean 'list'?"},
      {{"run", "--jso"}, "no option '--jso' of 'run'", "did you mean '--json'?"},
      {{"run", "--jso=1"}, "no option '--jso' of 'run'", "did you mean '--json'?"},
      {{"run", "--P(rain)"},
       "no option '--P(rain)' of 'run'",
       "an argument that begins with '-' goes after --"},
      {{"--seed", "1", "run"}, "no option '--seed' of 'p'", ""},
      {{}, "", ""},
      {{"run", "-1", "-.5"}, "", ""},
      {{"run", "--", "--what"}, "", ""},
      {{"run", "--seed", "--what"}, "", ""},
      {{"run", "--seed=3", "-s", "4", "anything"}, "", ""},
      {{"runs", "list"}, "", ""}};
  for (const auto& line : lines) {
    SCOPED_TRACE(line.message);
    const auto error = unknown_word(app, line.words);
    ASSERT_EQ(error.has_value(), !line.message.empty());
    if (!error) continue;
    EXPECT_EQ(error->message, line.message);
    if (!line.suggestion.empty()) {
      EXPECT_EQ(error->suggestion, line.suggestion);
    }
  }
}

}  // namespace
}  // namespace causal_gym
