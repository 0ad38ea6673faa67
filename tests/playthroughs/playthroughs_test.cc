// The golden log of one episode in each environment. With CAUSAL_GYM_WRITE_PLAYTHROUGHS=1 in the
// process environment the files are written instead of compared.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "gym/environments/registry.h"
#include "gym/score/episode_scores.h"
#include "tests/playthroughs/played_episode.h"

namespace causal_gym {
namespace {

const std::filesystem::path folder =
    std::filesystem::path(CAUSAL_GYM_SOURCE_DIR) / "tests/playthroughs";

std::string four_digits(std::optional<double> value) {
  if (!value) return "none";
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%.4f", *value);
  return buffer;
}

// The log, then what each belief is judged by, then the scores.
std::string playthrough(const Environment& environment) {
  const auto events = played(environment, "noisy_ideal(0.1)");
  std::string text = log_text(events) + "\nmeasured: phase, belief, truth, seeing, before\n";
  const auto beliefs = measure_beliefs(environment, events);
  EXPECT_TRUE(beliefs) << error_text(beliefs.error());
  for (const auto& belief : *beliefs)
    text += std::to_string(belief.phase) + "  " + four_digits(belief.belief) + "  " +
            four_digits(belief.truth) + "  " + four_digits(belief.seeing) + "  " +
            four_digits(belief.before) + "  " + belief.query +
            (belief.regime.empty() ? "" : " [" + belief.regime + "]") +
            (belief.discriminating ? " discriminating" : "") + "\n";
  text += "\nscores\n";
  for (const auto& score : score_beliefs(*beliefs).scores)
    text += score.name + " " + four_digits(score.value) + "\n";
  return text;
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream all;
  all << in.rdbuf();
  return all.str();
}

TEST(Playthroughs, AreTheGoldenOnes) {
  const char* const write = std::getenv("CAUSAL_GYM_WRITE_PLAYTHROUGHS");
  for (const auto& environment : all_environments()) {
    const auto path = folder / (environment.id + ".txt");
    const auto text = playthrough(environment);
    if (write != nullptr && std::string_view(write) == "1")
      std::ofstream(path, std::ios::binary) << text;
    else
      EXPECT_EQ(text, read_file(path))
          << environment.id << ": regenerate with CAUSAL_GYM_WRITE_PLAYTHROUGHS=1 if meant";
  }
}

TEST(Playthroughs, EveryEnvironmentHasOneAndEveryOneHasAnEnvironment) {
  std::set<std::string> expected, found;
  for (const auto& environment : all_environments()) expected.insert(environment.id + ".txt");
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".txt" && entry.path().filename() != "CMakeLists.txt")
      found.insert(entry.path().filename().string());
  EXPECT_EQ(found, expected);
}

}  // namespace
}  // namespace causal_gym
