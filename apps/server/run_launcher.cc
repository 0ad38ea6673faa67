#include "apps/server/run_launcher.h"

#include <string>
#include <string_view>

#include "platform/store/run_id.h"

namespace causal_gym {

namespace {

constexpr std::string_view id_prefix = "server-";

}  // namespace

RunLauncher::RunLauncher(JobStore& store, const Clock& clock, Logger& logger,
                         const JobWorkersOptions& options)
    : store_(store), clock_(clock), workers_(store, logger, options) {}

Result<RunId> RunLauncher::launch(const ExperimentSpec& spec, const std::string& trace_id,
                                  const std::function<Status(const RunId&)>& before) {
  CAUSAL_GYM_CHECKED(check_experiment(spec));
  const auto now = clock_.now();
  const NewRun run{std::string(id_prefix) + new_run_id(now), timestamp_text(now), spec};
  CAUSAL_GYM_CHECKED(before(run.id));
  CAUSAL_GYM_CHECKED(store_.create_job(run, {.trace_id = trace_id}));
  workers_.wake();
  return run.id;
}

}  // namespace causal_gym
