// Writes a run's own row; part of the store over SQL. Each call is to be made within a transaction.
// Cost: a statement each.
#pragma once

#include <cstdint>
#include <string>

#include "gym/experiment/run_store.h"
#include "platform/store/database.h"

namespace causal_gym {

[[nodiscard]] std::int64_t planned_episodes(const ExperimentSpec& spec);

// The new run's number. Errors: conflict (the id is taken), invalid_argument (a malformed id).
[[nodiscard]] Result<std::int64_t> insert_run(Database& database, const NewRun& run);

// Of a run that is locked, and not finished.
[[nodiscard]] Status write_state(Database& database, std::int64_t experiment, RunState state,
                                 const std::string& reason);

}  // namespace causal_gym
