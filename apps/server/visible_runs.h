// The runs that one caller may see: what is not among them is as if it were not there.
//
// Cost: one look-up of accounts for each run; a page costs what the caller's own runs cost.
#pragma once

#include "gym/experiment/run_store.h"
#include "platform/auth/account_store.h"

namespace causal_gym {

// Ok for a run that the caller may see; `accounts` as VisibleRuns'. Errors: not_found.
[[nodiscard]] Status check_visible(AccountStore* accounts, const Caller& caller, const RunId& run);

// What it is given outlives it; `accounts` is not used for a caller who sees all runs, and may then
// be null.
class VisibleRuns final : public RunReader {
 public:
  VisibleRuns(RunReader& runs, AccountStore* accounts, const Caller& caller)
      : runs_(runs), accounts_(accounts), caller_(caller) {}

  [[nodiscard]] Result<RunListing> find_runs(const RunQuery& query) override;
  [[nodiscard]] Result<StoredRun> load_run(const RunId& run) override;
  // As check_visible(), of this caller.
  [[nodiscard]] Status check_visible(const RunId& run);

 private:
  RunReader& runs_;
  AccountStore* accounts_;
  const Caller& caller_;
};

}  // namespace causal_gym
