// Causal questions whose answers are known: worked out by hand from classic cases, so that an
// engine which answers them can be told right from wrong without trusting it. Cost of asking all:
// about a millisecond.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace causal_gym {

struct KnownAnswer {
  std::string_view model;  // a released environment, or "firing_squad"
  std::string_view query;
  double answer = 0;
};

// Seeing against doing, a reversal, a front door, an instrument, a collider, mediation and
// counterfactuals. known_answers.cc holds each calculation.
[[nodiscard]] std::span<const KnownAnswer> known_answers();

struct AccuracyReport {
  std::size_t asked = 0;
  std::vector<std::string> wrong;      // a sentence for each: what was expected and what was said
  [[nodiscard]] double ratio() const;  // of right answers, in [0, 1]; 1 when nothing was asked
};

// Asks the engine each; right is within 1e-9. What cannot be answered is wrong.
[[nodiscard]] AccuracyReport ask_known(std::span<const KnownAnswer> answers);

}  // namespace causal_gym
