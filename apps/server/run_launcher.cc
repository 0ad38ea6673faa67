#include "apps/server/run_launcher.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "platform/store/run_id.h"

namespace causal_gym {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view id_prefix = "server-";
constexpr auto look_interval = 1000ms;  // into the queue, for runs that others put there
constexpr auto first_pause = 250ms;     // while the store cannot be had
constexpr auto longest_pause = 2000ms;

}  // namespace

RunLauncher::RunLauncher(JobStore& store, const Clock& clock, Logger& logger)
    : store_(store), clock_(clock), logger_(logger), worker_([this] { work(); }) {}

RunLauncher::~RunLauncher() {
  stopping_.cancel();
  {
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
  }
  worker_.join();
}

Result<RunId> RunLauncher::launch(const ExperimentSpec& spec, const std::string& trace_id,
                                  const std::function<Status(const RunId&)>& before) {
  CAUSAL_GYM_CHECKED(check_experiment(spec));
  const auto now = clock_.now();
  const NewRun run{std::string(id_prefix) + new_run_id(now), timestamp_text(now), spec};
  CAUSAL_GYM_CHECKED(before(run.id));
  CAUSAL_GYM_CHECKED(store_.create_job(run, {.trace_id = trace_id}));
  const std::lock_guard lock(mutex_);
  is_launched_ = true;
  changed_.notify_all();
  return run.id;
}

void RunLauncher::wait(std::chrono::milliseconds pause) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, pause, [this] { return is_launched_ || is_stopping(); });
}

void RunLauncher::work() {
  auto pause = first_pause;
  while (!is_stopping()) {
    {
      const std::lock_guard lock(mutex_);
      is_launched_ = false;
    }
    const auto job = store_.take_job();
    if (!job) {
      wait(pause);
      pause = std::min(pause * 2, longest_pause);
      continue;
    }
    pause = first_pause;
    if (*job)
      carry_out(**job);
    else
      wait(look_interval);
  }
}

void RunLauncher::carry_out(const Job& job) {
  running_ = 1;
  logger_.write(LogLevel::info, "run_started",
                {{"run", std::string_view(job.run)}, {"trace_id", std::string_view(job.trace_id)}});
  auto pause = first_pause;
  while (!try_to_carry_out(job) && !is_stopping()) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, pause, [this] { return is_stopping(); });
    pause = std::min(pause * 2, longest_pause);
  }
  running_ = 0;
}

bool RunLauncher::try_to_carry_out(const Job& job) {
  const LogField run = {"run", std::string_view(job.run)};
  const LogField trace = {"trace_id", std::string_view(job.trace_id)};
  ExperimentOptions options;
  options.cancellation = stopping_.token();
  const auto results = go_on_with_run(store_, job.run, options);
  if (results) {
    logger_.write(LogLevel::info, "run_finished",
                  {run, trace, {"episodes", static_cast<std::int64_t>(results->size())}});
    return true;
  }
  if (results.error().code != ErrorCode::unavailable) return let_go(job, results.error());
  logger_.write(LogLevel::warn, "run_delayed",
                {run, trace, {"reason", std::string_view(results.error().message)}});
  return false;
}

bool RunLauncher::let_go(const Job& job, const Error& error) {
  const LogField run = {"run", std::string_view(job.run)};
  const LogField trace = {"trace_id", std::string_view(job.trace_id)};
  const LogField reason = {"reason", std::string_view(error.message)};
  std::optional<Error> refusal;
  if (error.code == ErrorCode::cancelled) {
    // It was this server that stopped it, so another one goes on, or the next.
    logger_.write(LogLevel::info, "run_interrupted", {run, trace, reason});
    const auto status = store_.set_run_state(job.run, RunState::interrupted,
                                             "the server stopped; another one goes on with it");
    if (!status) refusal = status.error();
  } else {
    const auto is_last = store_.put_back_job(job.run, error_text(error));
    if (!is_last)
      refusal = is_last.error();
    else if (*is_last)
      logger_.write(LogLevel::error, "run_failed", {run, trace, reason});
    else
      logger_.write(LogLevel::warn, "run_put_back", {run, trace, reason});
  }
  if (!refusal) return true;
  const bool is_ours = refusal->code == ErrorCode::unavailable;
  logger_.write(is_ours ? LogLevel::warn : LogLevel::info, is_ours ? "run_delayed" : "run_left",
                {run, trace, {"reason", std::string_view(refusal->message)}});
  return !is_ours;
}

}  // namespace causal_gym
