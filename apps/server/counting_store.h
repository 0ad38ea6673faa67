// A store that counts, and logs when it cannot be had: each call with its outcome and time,
// experiments as they are created and end, and the beliefs and scores of finished episodes.
//
// What a transaction (together) undoes is not counted as an experiment's or an episode's; its calls
// are, each for itself, and the transaction as one call more. Cost: two counts a call.
#pragma once

#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "platform/store/job_store.h"
#include "platform/telemetry/clock.h"
#include "platform/telemetry/log.h"
#include "platform/telemetry/metrics.h"

namespace causal_gym {

// The values of labels that come from operations, runs and episodes.
[[nodiscard]] MetricNames metric_names();

class CountingStore final : public JobStore {
 public:
  // All outlive it.
  CountingStore(JobStore& store, const Clock& clock, Metrics& metrics, Logger& logger)
      : store_(store), clock_(clock), metrics_(metrics), logger_(logger) {}

  [[nodiscard]] Status create_run(const NewRun& run) override;
  [[nodiscard]] Status claim_run(const RunId& run) override;
  [[nodiscard]] Status append_events(const RunId& run, const EpisodePlan& plan,
                                     std::span<const EpisodeEvent> events) override;
  [[nodiscard]] Status finish_episode(const RunId& run, std::span<const EpisodeEvent> last_events,
                                      const EpisodeResult& result) override;
  [[nodiscard]] Status together(const std::function<Status()>& work) override;
  [[nodiscard]] Status set_run_state(const RunId& run, RunState state,
                                     const std::string& reason) override;
  [[nodiscard]] Result<RunListing> find_runs(const RunQuery& query) override;
  [[nodiscard]] Status keep_model_options(const RunId& run, const std::string& options) override;
  [[nodiscard]] Result<StoredRun> load_run(const RunId& run) override;
  [[nodiscard]] Result<StoredRun> load_episodes(const RunId& run,
                                                const EpisodeRange& range) override;

  [[nodiscard]] Result<ShardOffer> take_shard_of(const RunId& run) override;
  [[nodiscard]] Result<std::optional<Shard>> take_any_shard() override;
  [[nodiscard]] Status end_shard(const Shard& shard, bool done) override;
  [[nodiscard]] Status create_job(const NewRun& run, const JobOptions& options) override;
  [[nodiscard]] Result<std::vector<Job>> take_jobs(std::size_t most) override;
  void begin_job(const Job& job) override { store_.begin_job(job); }
  [[nodiscard]] Result<bool> put_back_job(const RunId& run, const std::string& reason) override;
  [[nodiscard]] Result<JobCounts> count_jobs() override;
  [[nodiscard]] Result<std::int64_t> oldest_wait() override;
  [[nodiscard]] Result<JobPlaces> find_jobs(std::span<const RunId> runs) override;
  [[nodiscard]] Status cancel_job(const RunId& run) override;
  [[nodiscard]] Status pause_job(const RunId& run) override;
  [[nodiscard]] Status resume_job(const RunId& run) override;
  [[nodiscard]] Status set_job_priority(const RunId& run, std::int64_t priority) override;

 private:
  // What happened, told to the metrics once it cannot be undone.
  using Count = std::function<void(Metrics&)>;

  template <class Work>
  auto timed(std::string_view operation, const Work& work);
  void count(Count count);

  JobStore& store_;
  const Clock& clock_;
  Metrics& metrics_;
  Logger& logger_;
  std::mutex mutex_;
  std::map<std::thread::id, std::vector<Count>> transactions_;  // guarded by the mutex
};

}  // namespace causal_gym
