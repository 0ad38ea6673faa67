// The configured store of runs, opened for reading when the first request asks for it, so that a
// batch without such a request needs no database.
#pragma once

#include <memory>
#include <mutex>

#include "apps/cli/experiment_driver.h"

namespace causal_gym {

// Reading gives what the store gives, or the error that kept it from being opened; a database that
// is not there yet has no runs. Writing is the error unavailable. Safe from any thread.
class LazyRunStore final : public RunStore {
 public:
  // A path, or empty: where the configuration says.
  explicit LazyRunStore(std::string database) : database_(std::move(database)) {}

  [[nodiscard]] Status create_run(const NewRun& run) override;
  [[nodiscard]] Status claim_run(const RunId& run) override;
  [[nodiscard]] Status append_events(const RunId& run, const EpisodePlan& plan,
                                     std::span<const EpisodeEvent> events) override;
  [[nodiscard]] Status finish_episode(const RunId& run, std::span<const EpisodeEvent> last_events,
                                      const EpisodeResult& result) override;
  [[nodiscard]] Status set_run_state(const RunId& run, RunState state,
                                     const std::string& reason) override;
  [[nodiscard]] Status keep_model_options(const RunId& run, const std::string& options) override;
  [[nodiscard]] Result<RunListing> list_runs(std::size_t limit,
                                             const std::optional<std::string>& cursor) override;
  [[nodiscard]] Result<StoredRun> load_run(const RunId& run) override;

 private:
  [[nodiscard]] Result<RunStore*> opened();

  std::string database_;
  std::mutex mutex_;
  std::unique_ptr<RunStore> store_;
};

}  // namespace causal_gym
