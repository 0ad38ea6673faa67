// Reads runs back from the tables; part of the SQLite store. Each call is to be made within one
// transaction, so that it sees one state of the database.
#pragma once

#include "gym/experiment/run_store.h"
#include "platform/store/database.h"

namespace causal_gym {

struct EpisodeRow {
  std::int64_t number = 0;
  EpisodePlan plan;
  bool finished = false;
  BeliefCounts counts;  // when finished
};

// The experiment's number. Errors: not_found.
[[nodiscard]] Result<std::int64_t> find_experiment(Database& database, const RunId& run);
[[nodiscard]] Result<std::optional<EpisodeRow>> find_episode(Database& database,
                                                             std::int64_t experiment,
                                                             std::int64_t plan_index);

// As RunStore::list_runs and load_run.
[[nodiscard]] Result<RunListing> read_listing(Database& database, std::size_t limit,
                                              const std::optional<std::string>& cursor);
[[nodiscard]] Result<StoredRun> read_run(Database& database, const RunId& run);

// 1 to 64 letters, digits, '-' and '_'.
[[nodiscard]] bool is_run_id(std::string_view text);

}  // namespace causal_gym
