// The runs that one caller may see, as a store of their own: what is not among them is as if it
// were not there.
//
// Cost: one look-up of accounts for each run or page; a listing looks at scanned_runs_limit runs at
// most, and then gives what it has found with a cursor to go on from.
#pragma once

#include "gym/experiment/run_store.h"
#include "platform/auth/account_store.h"

namespace causal_gym {

inline constexpr std::size_t scanned_runs_limit = 10'000;

// To read alone: whatever would change a run is the error unauthorized. What it is given outlives
// it; `accounts` is not used for a caller who sees all runs, and may then be null.
class VisibleRuns final : public RunStore {
 public:
  VisibleRuns(RunStore& runs, AccountStore* accounts, const Caller& caller)
      : runs_(runs), accounts_(accounts), caller_(caller) {}

  [[nodiscard]] Result<RunListing> list_runs(std::size_t limit,
                                             const std::optional<std::string>& cursor) override;
  [[nodiscard]] Result<StoredRun> load_run(const RunId& run) override;
  // Ok for a run that the caller may see. Errors: not_found.
  [[nodiscard]] Status check_visible(const RunId& run);

  [[nodiscard]] Status create_run(const NewRun& run) override;
  [[nodiscard]] Status claim_run(const RunId& run) override;
  [[nodiscard]] Status append_events(const RunId& run, const EpisodePlan& plan,
                                     std::span<const EpisodeEvent> events) override;
  [[nodiscard]] Status finish_episode(const RunId& run, std::span<const EpisodeEvent> last_events,
                                      const EpisodeResult& result) override;
  [[nodiscard]] Status set_run_state(const RunId& run, RunState state,
                                     const std::string& reason) override;
  [[nodiscard]] Status keep_model_options(const RunId& run, const std::string& options) override;

 private:
  RunStore& runs_;
  AccountStore* accounts_;
  const Caller& caller_;
};

}  // namespace causal_gym
