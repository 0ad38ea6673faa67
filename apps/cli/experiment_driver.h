// Runs or resumes an experiment for a person at a terminal: stored as it goes, with progress, ended
// with a table.
#pragma once

#include <memory>
#include <string>

#include "apps/cli/commands.h"
#include "platform/models/model_agents.h"
#include "platform/store/job_store.h"

namespace causal_gym {

struct DriverOptions {
  std::string database;  // empty: where the configuration says
  bool as_json = false;
  bool by_environment = false;
  ModelOptions models;
};

// --database, --json, --by-environment.
void add_driver_options(CLI::App& command, DriverOptions& options);

enum class StoreAccess { read, write };

// The store at the path, or where the configuration says. To read what is there it asks for no
// right to write, waits for no writer and makes no file; tables of an older version are brought up
// to date. Errors: not_found (no file to read), unavailable, and those of the configuration.
[[nodiscard]] Result<std::unique_ptr<JobStore>> open_configured_store(const std::string& database,
                                                                      StoreAccess access);

// The path given, or the one of the configuration. Errors: those of the configuration.
[[nodiscard]] Result<std::string> database_path(const std::string& given);

// Prints what a finished run found, as a table or as JSON.
void print_run(Shell& shell, const StoredRun& run, const DriverOptions& options);

// "causal-gym runs resume ID", with --database when it is given.
[[nodiscard]] std::string resume_command(const RunId& id, const std::string& database);

// Both return an exit code, having printed the table or the JSON, or the error. When interrupted,
// they say how to resume. A run that goes on asks its models as it did before, but for what the
// options say anew, which it keeps.
[[nodiscard]] int drive_experiment(Shell& shell, const ExperimentSpec& spec,
                                   const DriverOptions& options);
[[nodiscard]] int drive_resumption(Shell& shell, const RunId& id, const DriverOptions& options);

}  // namespace causal_gym
