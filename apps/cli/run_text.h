// Runs and what they found, as people read them in a terminal.
#pragma once

#include <span>
#include <string>

#include "gym/experiment/run_store.h"
#include "gym/experiment/summary.h"

namespace causal_gym {

// A row for each agent (and, when `by_environment`, for each agent in each environment), then the
// findings in words.
[[nodiscard]] std::string summary_text(const ExperimentSummary& summary, bool by_environment);

// A line for each agent that has errors: how many, and the commonest.
[[nodiscard]] std::string agent_errors_lines(const StoredRun& run);

[[nodiscard]] std::string run_list_text(std::span<const RunSummary> runs);

// State, specification, summary.
[[nodiscard]] std::string stored_run_text(const StoredRun& run);

}  // namespace causal_gym
