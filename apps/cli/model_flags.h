// The options of language models on the command line. Cost: none.
#pragma once

#include <CLI/CLI.hpp>

#include "platform/models/model_options.h"

namespace causal_gym {

// --base-url, --max-connections, --max-retry-wait, --max-failures, --timeout, --max-calls,
// --max-input-tokens, --max-output-tokens, --max-cost, --max-time, --cache, --no-cache,
// --cache-days, --ca-file, --prices.
void add_model_options(CLI::App& command, ModelOptions& options);

}  // namespace causal_gym
