// Two roads to the same result, timed side by side and reported as a ratio.
//
// A gate is a ratio within one run, never seconds, so that it means the same on every machine. The
// caller compares the results before it hands the roads over: a wrong result has no speed.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace causal_gym {

struct Comparison {
  std::string name;
  std::function<double()> road;   // what is measured; the number only keeps the work from vanishing
  std::function<double()> plain;  // the plain road it is measured against
  double most_ratio = 0;          // time of road / time of plain must not be over this
};

// Runs all, prints a table and returns the exit status: 1 when some ratio is over its gate, else 0.
// Each road's time is the least of several repetitions. Flags are Google Benchmark's.
[[nodiscard]] int run_comparisons(int argc, char** argv,
                                  const std::vector<Comparison>& comparisons);

}  // namespace causal_gym
