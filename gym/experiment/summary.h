// What an experiment found: a row for each agent, a row for each agent in each environment, and
// sentences.
#pragma once

#include <map>

#include "gym/experiment/agent_errors.h"
#include "gym/experiment/experiment.h"
#include "gym/experiment/run_store.h"
#include "gym/score/bootstrap.h"

namespace causal_gym {

struct ScoreSummary {
  std::string name;                      // of all_scores
  std::optional<MeanEstimate> estimate;  // over the scored episodes; absent when none is
};

struct SummaryRow {
  std::string agent;
  std::string environment;  // empty: all environments
  std::int64_t episodes = 0;
  BeliefCounts counts;
  std::vector<ScoreSummary> scores;  // in the order of all_scores
  // Of the episodes of a run; present when a language model replied in one.
  std::optional<ModelUsage> usage = {};
  [[nodiscard]] const ScoreSummary* find(std::string_view score) const;
};

struct ExperimentSummary {
  std::vector<SummaryRow> agents;  // in the order agents first appear
  std::vector<SummaryRow> agents_by_environment;
  std::vector<std::string> findings;
};

// What the findings say of missing beliefs beside their number.
struct SilenceReasons {
  ReasonsByAgent errors;
  ReasonsByAgent unparseable;
};

// Intervals are clustered on environment and keyed by `seed`; with one environment there is none.
[[nodiscard]] ExperimentSummary summarise(std::span<const EpisodeResult> results,
                                          std::uint64_t seed = 0,
                                          const SilenceReasons& reasons = {});
// Of the run's finished episodes, with the reasons in their logs and what their models used.
[[nodiscard]] ExperimentSummary summarise_run(const StoredRun& run);
// The results of the finished episodes, in plan order.
[[nodiscard]] std::vector<EpisodeResult> finished_results(const StoredRun& run);

// One plain sentence for each thing the numbers say: which agent answers doing and which seeing,
// who scores best and by how much (paired on environment and seed), who did not answer. "not
// decisive" when an interval includes zero.
[[nodiscard]] std::vector<std::string> findings(std::span<const EpisodeResult> results,
                                                std::span<const SummaryRow> agents,
                                                std::uint64_t seed = 0,
                                                const SilenceReasons& reasons = {});

}  // namespace causal_gym
