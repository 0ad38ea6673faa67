#include "apps/cli/experiment_driver.h"

#include <filesystem>
#include <system_error>

#include "api/run_json.h"
#include "apps/cli/model_flags.h"
#include "apps/cli/progress_bar.h"
#include "apps/cli/run_text.h"
#include "platform/config/read_configuration.h"
#include "platform/models/model_prices.h"
#include "platform/store/database_target.h"
#include "platform/store/open_store.h"
#include "platform/store/run_id.h"
#include "platform/telemetry/clock.h"

namespace causal_gym {

namespace {

std::string runs_command(const std::string& what, const RunId& id, const std::string& database) {
  return "causal-gym runs " + what + " " + id +
         (database.empty() ? "" : " --database '" + shown_target(database) + "'");
}

// A budget that is used up stops it again unless it is raised.
std::string how_to_go_on(const Error& stop, const std::string& command) {
  const bool is_budget = stop.code == ErrorCode::limit_exceeded && stop.where.starts_with("--");
  return "what was recorded is kept; go on with: " + command +
         (is_budget ? " " + stop.where + " N, where N is more than before" : "") + "\n";
}

using Results = Result<std::vector<EpisodeResult>>;

// Runs the work under a progress bar and prints what it found.
int drive(Shell& shell, RunStore& store, const RunId& id, const ExperimentSpec& spec,
          const DriverOptions& options,
          const std::function<Results(const ExperimentOptions&)>& work) {
  const auto path = database_path(options.database);
  if (!path) return report(shell, path.error());
  const auto models = ModelAgents::start(options.models, spec, id, *path, shell.cancellation);
  if (!models) return report(shell, models.error());
  const auto unused = unused_prices_text(options.models.prices, spec.agents, system_sources(),
                                         options.models.base_url);
  if (!unused) return report(shell, unused.error());
  shell.err << *unused;
  Results results;
  {
    ProgressBar bar(shell.err, shell.err_is_terminal, "episodes");
    ExperimentOptions experiment;
    experiment.cancellation = shell.cancellation;
    experiment.progress = [&bar](std::size_t done, std::size_t total) { bar.update(done, total); };
    if (*models) (*models)->join(experiment);
    results = work(experiment);
  }
  if (*models) shell.err << (*models)->left_out_text() << (*models)->spending_text();
  // A run that goes on elsewhere, or was never made, is not this one's to resume.
  const auto run = store.load_run(id);
  if (run) shell.err << agent_errors_lines(*run);
  if (!results) {
    const int code = report_stop(shell, results.error());
    if (run && run->summary.state != RunState::running && run->summary.state != RunState::finished)
      shell.err << how_to_go_on(results.error(), resume_command(id, options.database));
    return code;
  }
  if (!run) return report(shell, run.error());
  print_run(shell, *run, options);
  if (!options.as_json)
    shell.err << "\nstored as run " << id << "; see: " << runs_command("show", id, options.database)
              << '\n';
  return exit_success;
}

// The options with which a run goes on: those given now before those that it keeps. Keys and
// prompts go where they went, unless an address is given.
Result<DriverOptions> as_it_was_asked(const RunSummary& run, const DriverOptions& given) {
  DriverOptions options = given;
  CAUSAL_GYM_TRY(kept, read_model_options(run.model_options));
  options.models = before(given.models, kept);
  if (!asks_models(run.spec) || run.state == RunState::finished) return options;
  CAUSAL_GYM_TRY(path, database_path(given.database));
  const bool may_move = !given.models.base_url.empty();
  CAUSAL_GYM_CHECKED(check_addresses(options.models, run.spec, run.id, path, may_move));
  return options;
}

// Who only reads makes no file.
Status check_is_there(const std::string& target) {
  CAUSAL_GYM_CHECKED(check_target(target));
  std::error_code unreadable;  // which opening it tells better
  if (is_postgres_url(target) || std::filesystem::exists(target, unreadable) || unreadable)
    return {};
  return fail(ErrorCode::not_found, "there is no database '" + target + "'", "",
              "name another with --database, or make one with: causal-gym run");
}

}  // namespace

Result<std::string> database_path(const std::string& given) {
  if (!given.empty()) return given;
  CAUSAL_GYM_TRY(config, configuration_or_error(read_configuration({process_environment()})));
  return config.database.url;
}

void print_run(Shell& shell, const StoredRun& run, const DriverOptions& options) {
  if (options.as_json) {
    shell.out << stored_run_json(run, false).dump(2) << '\n';
    return;
  }
  shell.out << summary_text(summarise_run(run), options.by_environment);
}

void add_driver_options(CLI::App& command, DriverOptions& options) {
  command.add_option("--database", options.database,
                     "where the run is kept: a file, or postgresql://user@host/name");
  command.add_flag("--json", options.as_json, "print the run as JSON instead of a table");
  command.add_flag("--by-environment", options.by_environment,
                   "also a row for each agent in each environment");
  add_model_options(command, options.models);
}

Result<std::unique_ptr<JobStore>> open_configured_store(const std::string& database,
                                                        StoreAccess access) {
  CAUSAL_GYM_TRY(path, database_path(database));
  if (access == StoreAccess::read) {
    CAUSAL_GYM_CHECKED(check_is_there(path));
    DatabaseOptions reading;
    reading.read_only = true;
    if (auto store = open_store(path, reading)) return store;
  }
  return open_store(path);
}

std::string resume_command(const RunId& id, const std::string& database) {
  return runs_command("resume", id, database);
}

int drive_experiment(Shell& shell, const ExperimentSpec& spec, const DriverOptions& options) {
  const auto store = open_configured_store(options.database, StoreAccess::write);
  if (!store) return report(shell, store.error());
  const auto now = std::chrono::system_clock::now();
  const NewRun run{new_run_id(now), timestamp_text(now), spec,
                   asks_models(spec) ? model_options_text(options.models) : ""};
  return drive(shell, **store, run.id, spec, options, [&](const ExperimentOptions& experiment) {
    return run_and_store(**store, run, experiment);
  });
}

int drive_resumption(Shell& shell, const RunId& id, const DriverOptions& options) {
  const auto store = open_configured_store(options.database, StoreAccess::write);
  if (!store) return report(shell, store.error());
  const auto run = (*store)->load_run(id);
  if (!run) return report(shell, run.error());
  const auto& spec = run->summary.spec;
  auto as_before = as_it_was_asked(run->summary, options);
  if (!as_before) return report(shell, as_before.error());
  const auto kept = asks_models(spec) ? model_options_text(as_before->models) : "";
  return drive(shell, **store, id, spec, *as_before, [&](const ExperimentOptions& experiment) {
    return resume_run(**store, id, experiment, kept);
  });
}

}  // namespace causal_gym
