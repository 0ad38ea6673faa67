// What the page of a run shows of what came of it: what was found and scored, or why there is
// nothing yet and what can be done about it; and what the run's language models took. Pure.
#pragma once

#include <string>

#include "apps/server/run_page.h"

namespace causal_gym {

// How the run stands, in a sentence; with why, and what to do, when it does not go on by itself.
// Empty for a run that is finished, or goes on and has results.
[[nodiscard]] std::string run_situation(const RunView& view);

// The sections with what was found in the finished episodes; empty when there are none.
[[nodiscard]] std::string run_results(const RunView& view);

// A section with a row for each agent that is a language model which has replied; else empty.
[[nodiscard]] std::string run_usage(const RunView& view);

}  // namespace causal_gym
