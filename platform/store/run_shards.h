// The parts of runs that several workers play at once; part of the store over SQL. Each call is to
// be made within a transaction. Rows are locked after those of runs, jobs and workers.
//
// A shard's lease is of one taking of its run: whatever takes the run from its holder (another
// holder, cancelling, pausing) ends every lease of its shards at once. Each taking of a shard has a
// number, by which whoever was stopped past its lease is refused.
#pragma once

#include <cstdint>
#include <optional>

#include "platform/store/database.h"
#include "platform/store/job_store.h"
#include "platform/store/run_claims.h"

namespace causal_gym {

// The shards of a new run; none when it is not worth the trouble.
[[nodiscard]] Status insert_shards(Database& database, std::int64_t experiment,
                                   std::int64_t episodes);

// The next shard of a locked run, which its holder shares from now on.
[[nodiscard]] Result<ShardOffer> claim_shard_of(Database& database, const LockedRun& locked,
                                                const RunId& run, const ClaimHolder& holder);

// True: a run that its holder shares has a shard for which there is nobody.
[[nodiscard]] Result<bool> has_free_shard(Database& database);
// The next one, of the job whose turn it is.
[[nodiscard]] Result<std::optional<Shard>> claim_free_shard(Database& database,
                                                            const ClaimHolder& holder);

// The number of the shard's run, both locked against their being taken away, when the shard is the
// holder's still. Errors: not_found (no run), conflict (it was taken away), invalid_argument (the
// episode is not of the shard).
[[nodiscard]] Result<std::int64_t> open_shard(Database& database, const Shard& shard,
                                              std::int64_t plan_index);

// Lets go of a shard, if it is the holder's still.
[[nodiscard]] Status release_shard(Database& database, const Shard& shard);
// Errors: those of open_shard, conflict (not all of its episodes are finished).
[[nodiscard]] Status finish_shard(Database& database, const Shard& shard);

// Of every shard of the holder.
[[nodiscard]] Status release_all_shards(Database& database, const ClaimHolder& holder);
[[nodiscard]] Status renew_all_shards(Database& database, const ClaimHolder& holder);

}  // namespace causal_gym
