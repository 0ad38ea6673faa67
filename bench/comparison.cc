#include "bench/comparison.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <map>

namespace causal_gym {
namespace {

constexpr int repetitions = 5;
constexpr double repetition_seconds = 0.05;

// Keeps the least time of each road and prints nothing itself.
class LeastTimes : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }

  void ReportRuns(const std::vector<Run>& runs) override {
    for (const auto& run : runs) {
      if (run.run_type != Run::RT_Iteration) continue;
      const auto [place, is_new] =
          seconds_.try_emplace(run.run_name.function_name, run.GetAdjustedRealTime() * 1e-9);
      if (!is_new) place->second = std::min(place->second, run.GetAdjustedRealTime() * 1e-9);
    }
  }

  // 0 when the road did not run (a filter left it out).
  [[nodiscard]] double seconds(const std::string& road) const {
    const auto place = seconds_.find(road);
    return place == seconds_.end() ? 0 : place->second;
  }

 private:
  std::map<std::string, double> seconds_;
};

void add_road(const std::string& name, const std::function<double()>& road) {
  benchmark::RegisterBenchmark(name.c_str(),
                               [road](benchmark::State& state) {
                                 for (auto _ : state) benchmark::DoNotOptimize(road());
                               })
      ->Repetitions(repetitions)
      ->MinTime(repetition_seconds);
}

}  // namespace

int run_comparisons(int argc, char** argv, const std::vector<Comparison>& comparisons) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  for (const auto& comparison : comparisons) {
    add_road(comparison.name + ":road", comparison.road);
    add_road(comparison.name + ":plain", comparison.plain);
  }
  LeastTimes times;
  benchmark::RunSpecifiedBenchmarks(&times);
  int status = 0;
  std::printf("%-44s %12s %12s %10s %10s\n", "", "road us", "plain us", "ratio", "gate");
  for (const auto& comparison : comparisons) {
    const double road = times.seconds(comparison.name + ":road");
    const double plain = times.seconds(comparison.name + ":plain");
    if (road == 0 || plain == 0) continue;
    const bool passed = road <= comparison.most_ratio * plain;
    std::printf("%-44s %12.2f %12.2f %10.4f %10.4f%s\n", comparison.name.c_str(), road * 1e6,
                plain * 1e6, road / plain, comparison.most_ratio, passed ? "" : "  OVER ITS GATE");
    if (!passed) status = 1;
  }
  return status;
}

}  // namespace causal_gym
