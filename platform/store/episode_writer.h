// Writes the log and the result of an episode to the tables; part of the store over SQL. Each call
// is to be made within a transaction that has locked the run. Cost: opening is one statement, or
// two; what is written after it waits for the commit (Statement::run_later).
#pragma once

#include <span>

#include "gym/experiment/run_store.h"
#include "platform/store/database.h"
#include "platform/store/run_reader.h"

namespace causal_gym {

// The episode, begun if it is not. Errors: conflict (begun with another plan, finished);
// invalid_argument (a seed over 2^63 - 1).
[[nodiscard]] Result<EpisodeRow> open_episode(Database& database, std::int64_t experiment,
                                              const RunId& run, const EpisodePlan& plan);

// Errors: conflict (the sequence does not go on, the log has ended).
[[nodiscard]] Status write_events(Database& database, const RunId& run, EpisodeRow& episode,
                                  std::span<const EpisodeEvent> events);

// Errors: conflict (the log has not ended).
[[nodiscard]] Status write_result(Database& database, const RunId& run, const EpisodeRow& episode,
                                  const EpisodeResult& result);

}  // namespace causal_gym
