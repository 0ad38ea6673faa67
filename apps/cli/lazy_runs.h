// The configured store of runs, opened for reading when the first request asks for it, so that a
// batch without such a request needs no database.
#pragma once

#include <memory>
#include <mutex>

#include "apps/cli/experiment_driver.h"

namespace causal_gym {

// Gives what the store gives, or the error that kept it from being opened; a database that is not
// there yet has no runs.
class LazyRuns final : public RunReader {
 public:
  // A path, or empty: where the configuration says.
  explicit LazyRuns(std::string database) : database_(std::move(database)) {}

  [[nodiscard]] Result<RunListing> find_runs(const RunQuery& query) override;
  [[nodiscard]] Result<StoredRun> load_run(const RunId& run) override;

 private:
  [[nodiscard]] Result<RunStore*> opened();

  std::string database_;
  std::mutex mutex_;
  std::unique_ptr<RunStore> store_;
};

}  // namespace causal_gym
