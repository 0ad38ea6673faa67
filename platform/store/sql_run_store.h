// The store of runs over SQL, the same for SQLite and PostgreSQL.
//
// A call that has returned survives the death of the process and of the machine; several processes
// may use one database at once. Cost: a write is one transaction with one fsync; on PostgreSQL
// about three round trips, whatever the number of events. Safe from any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "gym/experiment/run_store.h"
#include "platform/store/connection_pool.h"
#include "platform/store/job_store.h"
#include "platform/store/lease_keeper.h"
#include "platform/store/run_claims.h"

namespace causal_gym {

class SqlRunStore final : public JobStore {
 public:
  // Without `writing`, every call that writes is the error unavailable.
  SqlRunStore(std::shared_ptr<ConnectionPool> writing, std::shared_ptr<ConnectionPool> reading,
              std::int64_t lease_seconds);
  // Lets go of its claims. What cannot be let go ends with its lease.
  ~SqlRunStore() override;
  SqlRunStore(const SqlRunStore&) = delete;
  SqlRunStore& operator=(const SqlRunStore&) = delete;

  [[nodiscard]] Status create_run(const NewRun& run) override;
  [[nodiscard]] Status claim_run(const RunId& run) override;
  [[nodiscard]] Status append_events(const RunId& run, const EpisodePlan& plan,
                                     std::span<const EpisodeEvent> events) override;
  [[nodiscard]] Status finish_episode(const RunId& run, std::span<const EpisodeEvent> last_events,
                                      const EpisodeResult& result) override;
  [[nodiscard]] Status together(const std::function<Status()>& work) override;
  [[nodiscard]] Status set_run_state(const RunId& run, RunState state,
                                     const std::string& reason) override;
  [[nodiscard]] Status keep_model_options(const RunId& run, const std::string& options) override;
  [[nodiscard]] Result<RunListing> find_runs(const RunQuery& query) override;
  [[nodiscard]] Result<StoredRun> load_run(const RunId& run) override;
  [[nodiscard]] Result<StoredRun> load_episodes(const RunId& run,
                                                const EpisodeRange& range) override;

  [[nodiscard]] Status create_job(const NewRun& run, const JobOptions& options) override;
  [[nodiscard]] Result<std::vector<Job>> take_jobs(std::size_t most) override;
  void begin_job(const Job& job) override;
  [[nodiscard]] Result<bool> put_back_job(const RunId& run, const std::string& reason) override;
  [[nodiscard]] Result<JobCounts> count_jobs() override;
  [[nodiscard]] Result<std::int64_t> oldest_wait() override;
  [[nodiscard]] Result<JobPlaces> find_jobs(std::span<const RunId> runs) override;
  [[nodiscard]] Result<ShardOffer> take_shard_of(const RunId& run) override;
  [[nodiscard]] Result<std::optional<Shard>> take_any_shard() override;
  [[nodiscard]] Status end_shard(const Shard& shard, bool done) override;
  [[nodiscard]] Status cancel_job(const RunId& run) override;
  [[nodiscard]] Status pause_job(const RunId& run) override;
  [[nodiscard]] Status resume_job(const RunId& run) override;
  [[nodiscard]] Status set_job_priority(const RunId& run, std::int64_t priority) override;

  // What is to be done before jobs are claimed.
  struct Look {
    bool is_ready = false;
    bool is_deserted = false;
    bool is_to_adopt = false;
  };

 private:
  using Work = ConnectionPool::Work;
  class Together;

  // In the transaction that this thread has open with `together`, or in one of its own. The work
  // may be done again, when the connection was lost.
  [[nodiscard]] Status write(const Work& work);
  [[nodiscard]] Together* together_of_this_thread();
  // The run, locked, that no other store works on.
  [[nodiscard]] Result<LockedRun> open_run(Database& database, const RunId& run);
  // The number of the run, in which this thread may write to that episode.
  [[nodiscard]] Result<std::int64_t> open_run_for(Database& database, const RunId& run,
                                                  std::int64_t plan_index);
  [[nodiscard]] std::optional<Shard> shard_of_this_thread() const;
  void keep_shard(const std::optional<Shard>& shard);  // as this thread's

  [[nodiscard]] Result<std::vector<Job>> claim_jobs(std::size_t most, const Look& found);
  // True once in a while: time to look for runs that were deserted, though others are ready.
  [[nodiscard]] bool is_time_to_look_after_runs();
  // With the status of what was to let go of the run: after a refusal it is another one's.
  void forget_taking(const RunId& run, const Status& status);

  const std::shared_ptr<ConnectionPool> writing_;
  const std::shared_ptr<ConnectionPool> reading_;
  const ClaimHolder holder_;
  Takings takings_;
  mutable std::mutex shards_mutex_;
  std::map<std::thread::id, Shard> shards_;
  std::atomic<std::chrono::steady_clock::time_point> look_after_runs_at_{};
  std::atomic<bool> was_given_jobs_ = false;  // at the last call of take_jobs
  std::mutex together_mutex_;
  std::map<std::thread::id, Together*> together_;
  std::unique_ptr<LeaseKeeper> lease_keeper_;
};

}  // namespace causal_gym
