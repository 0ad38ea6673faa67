#include "apps/server/job_workers.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "platform/models/model_agents.h"

namespace causal_gym {

namespace {

using namespace std::chrono_literals;

constexpr auto look_interval = 1000ms;  // into the queue, for runs that others put there
constexpr auto first_pause = 250ms;     // while the store cannot be had
constexpr auto longest_pause = 2000ms;
constexpr auto helpers_pause = 100ms;  // until it is looked again whether they are done

}  // namespace

JobWorkers::JobWorkers(JobStore& store, Logger& logger, const JobWorkersOptions& options)
    : store_(store), logger_(logger), options_(options), at_work_(options.concurrency) {
  threads_.reserve(options.concurrency);
  for (std::size_t i = 0; i < options.concurrency; ++i) threads_.emplace_back([this] { work(); });
}

JobWorkers::~JobWorkers() {
  stopping_.cancel();
  {
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
  }
  for (auto& thread : threads_) thread.join();
  for (const auto& job : taken_)
    (void)store_.set_run_state(job.run, RunState::interrupted, "who took it stopped first");
}

void JobWorkers::wake() {
  const std::lock_guard lock(mutex_);
  is_new_ = true;
  changed_.notify_all();
}

void JobWorkers::wait(std::chrono::milliseconds pause) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, pause, [this] { return is_new_ || is_stopping(); });
}

void JobWorkers::work() {
  auto pause = first_pause;
  while (!is_stopping()) {
    {
      const std::lock_guard lock(mutex_);
      is_new_ = false;
    }
    const auto job = next_job();
    if (!job) {
      wait(pause);
      pause = std::min(pause * 2, longest_pause);
      continue;
    }
    pause = first_pause;
    if (*job)
      carry_out(**job);
    else if (help())
      continue;
    else if (options_.drain && is_nothing_left())
      break;
    else
      wait(look_interval);
  }
  --at_work_;
}

Result<std::optional<Job>> JobWorkers::next_job() {
  const std::lock_guard looking(looking_);
  if (taken_.empty()) {
    const auto idle = std::min(options_.concurrency - running_, jobs_claim_limit);
    CAUSAL_GYM_TRY(jobs, store_.take_jobs(idle));
    if (jobs.size() > 1) wake();
    taken_.assign(std::make_move_iterator(jobs.begin()), std::make_move_iterator(jobs.end()));
  }
  if (taken_.empty()) return std::optional<Job>();
  std::optional<Job> job = std::move(taken_.front());
  taken_.pop_front();
  ++running_;
  return job;
}

bool JobWorkers::is_nothing_left() {
  const auto jobs = store_.count_jobs();
  return jobs && jobs->waiting == 0;
}

void JobWorkers::carry_out(const Job& job) {
  store_.begin_job(job);
  logger_.write(LogLevel::info, "run_started",
                {{"run", std::string_view(job.run)}, {"trace_id", std::string_view(job.trace_id)}});
  auto pause = first_pause;
  while (!try_to_carry_out(job) && !is_stopping()) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, pause, [this] { return is_stopping(); });
    pause = std::min(pause * 2, longest_pause);
  }
  --running_;
}

bool JobWorkers::try_to_carry_out(const Job& job) {
  const auto stored = store_.load_episodes(job.run, {0, 0});
  if (!stored) return tell_end(job, fail(stored.error()));
  if (!asks_models(stored->summary.spec)) return tell_end(job, play(job, experiment_options()));
  const auto run = ModelRun::begin(store_, job.trace_id, stored->summary, options_.models, logger_,
                                   stopping_.token());
  if (!run) {
    const auto& [error, has_failed] = run.error();
    return has_failed ? end_failed(job, error, {}) : tell_end(job, fail(error));
  }
  const auto episodes = play(job, (*run)->experiment_options());
  if (!episodes && (*run)->has_failed(episodes.error()))
    return end_failed(job, episodes.error(),
                      (*run)->is_at_its_budget(episodes.error())
                          ? FailedEnd{LogLevel::info, "run_at_its_budget"}
                          : FailedEnd());
  return tell_end(job, episodes);
}

bool JobWorkers::tell_end(const Job& job, const Result<std::int64_t>& episodes) {
  const LogField run = {"run", std::string_view(job.run)};
  const LogField trace = {"trace_id", std::string_view(job.trace_id)};
  if (episodes) {
    logger_.write(LogLevel::info, "run_finished", {run, trace, {"episodes", *episodes}});
    return true;
  }
  if (episodes.error().code != ErrorCode::unavailable) return let_go(job, episodes.error());
  logger_.write(LogLevel::warn, "run_delayed",
                {run, trace, {"reason", std::string_view(episodes.error().message)}});
  return false;
}

ExperimentOptions JobWorkers::experiment_options() const {
  ExperimentOptions options;
  options.cancellation = stopping_.token();
  return options;
}

Result<std::int64_t> JobWorkers::play(const Job& job, const ExperimentOptions& options) {
  for (;;) {
    CAUSAL_GYM_TRY(offer, store_.take_shard_of(job.run));
    if (offer.shards == 0) {
      CAUSAL_GYM_TRY(results, go_on_with_run(store_, job.run, options));
      return static_cast<std::int64_t>(results.size());
    }
    if (offer.open == 0) {
      CAUSAL_GYM_CHECKED(store_.set_run_state(job.run, RunState::finished, ""));
      return offer.episodes;
    }
    if (offer.open > 1) wake();
    if (offer.shard) {
      CAUSAL_GYM_CHECKED(play_shard(*offer.shard, options));
    } else {
      CAUSAL_GYM_CHECKED(options.cancellation.check());
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, helpers_pause, [this] { return is_stopping(); });
    }
  }
}

Status JobWorkers::play_shard(const Shard& shard, ExperimentOptions options) {
  options.range = shard.range;
  const auto played = go_on_with_episodes(store_, shard.run, options);
  auto ended = store_.end_shard(shard, played.has_value());
  return played ? std::move(ended) : fail(played.error());
}

Status JobWorkers::play_shard_of_others(const Shard& shard) {
  const auto stored = store_.load_episodes(shard.run, {0, 0});
  if (stored && !asks_models(stored->summary.spec)) return play_shard(shard, experiment_options());
  auto why = stored ? Error() : stored.error();
  if (stored) {
    const auto run = ModelRun::begin(store_, shard.trace_id, stored->summary, options_.models,
                                     logger_, stopping_.token());
    if (run) return play_shard(shard, (*run)->experiment_options());
    why = run.error().error;
  }
  // Its lease would end by itself, but not soon.
  static_cast<void>(store_.end_shard(shard, false));
  return fail(why);
}

bool JobWorkers::help() {
  const auto shard = store_.take_any_shard();
  if (!shard || !*shard) return false;
  ++running_;
  const auto played = play_shard_of_others(**shard);
  --running_;
  const LogField run = {"run", std::string_view((*shard)->run)};
  const LogField trace = {"trace_id", std::string_view((*shard)->trace_id)};
  const LogField first = {"first_episode", (*shard)->range.first};
  if (played) {
    logger_.write(LogLevel::info, "shard_finished",
                  {run, trace, first, {"episodes", (*shard)->range.count}});
    return true;
  }
  // Whoever holds the run says of it what there is to say.
  const bool is_ours = played.error().code == ErrorCode::unavailable;
  logger_.write(is_ours ? LogLevel::warn : LogLevel::info, "shard_left",
                {run, trace, first, {"reason", std::string_view(played.error().message)}});
  return played.error().code == ErrorCode::conflict;
}

bool JobWorkers::end_failed(const Job& job, const Error& error, const FailedEnd& end) {
  const auto reason = error_text(error);
  const auto status = store_.set_run_state(job.run, RunState::failed, reason);
  if (!status) return is_told(job, status.error());
  logger_.write(end.level, end.event,
                {{"run", std::string_view(job.run)},
                 {"trace_id", std::string_view(job.trace_id)},
                 {"reason", std::string_view(reason)}});
  return true;
}

bool JobWorkers::let_go(const Job& job, const Error& error) {
  const LogField run = {"run", std::string_view(job.run)};
  const LogField trace = {"trace_id", std::string_view(job.trace_id)};
  const LogField reason = {"reason", std::string_view(error.message)};
  std::optional<Error> refusal;
  if (error.code == ErrorCode::cancelled) {
    // It was this program that stopped, so another one goes on, or the next.
    logger_.write(LogLevel::info, "run_interrupted", {run, trace, reason});
    const auto status = store_.set_run_state(
        job.run, RunState::interrupted, "who worked on it stopped; another one goes on with it");
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
  return is_told(job, refusal);
}

bool JobWorkers::is_told(const Job& job, const std::optional<Error>& refusal) {
  const LogField run = {"run", std::string_view(job.run)};
  const LogField trace = {"trace_id", std::string_view(job.trace_id)};
  if (!refusal) return true;
  const bool is_ours = refusal->code == ErrorCode::unavailable;
  logger_.write(is_ours ? LogLevel::warn : LogLevel::info, is_ours ? "run_delayed" : "run_left",
                {run, trace, {"reason", std::string_view(refusal->message)}});
  return !is_ours;
}

}  // namespace causal_gym
