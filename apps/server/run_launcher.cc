#include "apps/server/run_launcher.h"

#include "platform/store/run_id.h"

namespace causal_gym {

namespace {

constexpr std::string_view id_prefix = "server-";

}  // namespace

RunLauncher::RunLauncher(RunStore& store, const Clock& clock, Logger& logger, Observer observer)
    : store_(store), clock_(clock), logger_(logger), observer_(std::move(observer)) {
  queue_unfinished();
  observe();
  worker_ = std::thread([this] { work(); });
}

RunLauncher::~RunLauncher() {
  stopping_.cancel();
  {
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
  }
  worker_.join();
}

void RunLauncher::queue_unfinished() {
  std::optional<std::string> cursor;
  do {
    const auto page = store_.list_runs(run_listing_limit, cursor);
    if (!page) {
      logger_.write(LogLevel::error, "unfinished_runs_not_read",
                    {{"error", std::string_view(page.error().message)}});
      return;
    }
    for (const auto& run : page->runs)
      // Claimed at once: another server that starts leaves it alone, and it is not interrupted.
      if (run.state == RunState::interrupted && run.id.starts_with(id_prefix) &&
          store_.claim_run(run.id))
        waiting_.push_front({run.id, ""});
    cursor = page->next_cursor;
  } while (cursor);
}

Result<RunId> RunLauncher::launch(const ExperimentSpec& spec, const std::string& trace_id,
                                  const std::function<Status(const RunId&)>& before) {
  CAUSAL_GYM_CHECKED(check_experiment(spec));
  const auto now = clock_.now();
  const std::lock_guard lock(mutex_);
  if (waiting_.size() >= waiting_runs_limit)
    return fail(ErrorCode::unavailable, "too many runs are waiting", {},
                "try again when one has finished");
  const NewRun run{std::string(id_prefix) + new_run_id(now), timestamp_text(now), spec};
  CAUSAL_GYM_CHECKED(before(run.id));
  CAUSAL_GYM_CHECKED(store_.create_run(run));
  waiting_.push_back({run.id, trace_id});
  observe();
  changed_.notify_all();
  return run.id;
}

void RunLauncher::work() {
  while (!stopping_.token().cancelled()) {
    Waiting next;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return !waiting_.empty() || stopping_.token().cancelled(); });
      if (stopping_.token().cancelled()) return;
      next = std::move(waiting_.front());
      waiting_.pop_front();
      running_ = 1;
      observe();
    }
    carry_out(next);
    const std::lock_guard lock(mutex_);
    running_ = 0;
    observe();
  }
}

void RunLauncher::observe() const { observer_(waiting_.size(), running_); }

void RunLauncher::carry_out(const Waiting& waiting) {
  const auto& id = waiting.id;
  const LogField run = {"run", std::string_view(id)};
  const LogField trace = {"trace_id", std::string_view(waiting.trace_id)};
  logger_.write(LogLevel::info, "run_started", {run, trace});
  ExperimentOptions options;
  options.cancellation = stopping_.token();
  const auto results = resume_run(store_, id, options);
  if (results) {
    logger_.write(LogLevel::info, "run_finished",
                  {run, trace, {"episodes", static_cast<std::int64_t>(results->size())}});
    return;
  }
  const LogField reason = {"reason", std::string_view(results.error().message)};
  if (results.error().code != ErrorCode::cancelled)
    return logger_.write(LogLevel::error, "run_failed", {run, trace, reason});
  // It was this server that stopped it, so the next one goes on.
  logger_.write(LogLevel::info, "run_interrupted", {run, trace, reason});
  const auto status = store_.set_run_state(id, RunState::interrupted,
                                           "the server stopped; it goes on when it starts again");
  if (!status)
    logger_.write(LogLevel::error, "run_state_not_stored",
                  {run, trace, {"error", std::string_view(status.error().message)}});
}

}  // namespace causal_gym
