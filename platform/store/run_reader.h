// Reads runs back from the tables; part of the store over SQL. Each call is to be made within one
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
  // Where its log goes on.
  std::int64_t next_sequence = 0;
  bool has_ended = false;
};

[[nodiscard]] Result<std::optional<EpisodeRow>> find_episode(Database& database,
                                                             std::int64_t experiment,
                                                             std::int64_t plan_index);

// The runs of those numbers, in their order; with a reader, a user's id, those among them that the
// user owns or has a share of.
[[nodiscard]] Result<std::vector<RunSummary>> read_summaries(
    Database& database, std::span<const std::int64_t> numbers,
    const std::optional<std::string>& reader);
// As RunStore::load_episodes.
[[nodiscard]] Result<StoredRun> read_run(Database& database, const RunId& run,
                                         const EpisodeRange& range);

// The state that is shown of a stored one: a running run on which nobody works is interrupted,
// unless it is a job that nobody has begun: `begun` says how often it was, `is_ready` whether it is
// a job whose turn may come.
[[nodiscard]] RunState shown_state(RunState stored, bool is_worked_on, std::int64_t begun,
                                   bool is_ready);

// 1 to 64 letters, digits, '-' and '_'.
[[nodiscard]] bool is_run_id(std::string_view text);

}  // namespace causal_gym
