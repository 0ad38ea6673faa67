#include "apps/server/counting_store.h"

#include <utility>

#include "api/operations.h"
#include "platform/llm/chat_telemetry.h"

namespace causal_gym {

namespace {

constexpr std::string_view created = "created";

template <class Value>
std::optional<ErrorCode> code_of(const Result<Value>& result) {
  return result ? std::nullopt : std::optional(result.error().code);
}

}  // namespace

MetricNames metric_names() {
  MetricNames names;
  for (const auto& operation : all_operations()) names.operations.emplace_back(operation.name);
  names.experiment_states.emplace_back(created);
  for (const auto state :
       {RunState::finished, RunState::cancelled, RunState::failed, RunState::interrupted})
    names.experiment_states.emplace_back(run_state_name(state));
  for (const auto& score : all_scores()) names.scores.emplace_back(score.name);
  for (const auto outcome :
       {BeliefOutcome::stated, BeliefOutcome::refused, BeliefOutcome::unparseable,
        BeliefOutcome::agent_error, BeliefOutcome::not_reached})
    names.belief_outcomes.emplace_back(belief_outcome_name(outcome));
  names.store_operations = {
      "create_run",    "claim_run",        "append_events", "finish_episode",     "together",
      "set_run_state", "list_runs",        "load_run",      "keep_model_options", "create_job",
      "take_jobs",     "put_back_job",     "count_jobs",    "cancel_job",         "pause_job",
      "resume_job",    "set_job_priority", "load_episodes", "take_shard_of",      "take_any_shard",
      "end_shard",     "oldest_wait",      "find_jobs"};
  names.llm_providers = llm_provider_names();
  names.llm_statuses = llm_status_names();
  return names;
}

template <class Work>
auto CountingStore::timed(std::string_view operation, const Work& work) {
  const Stopwatch stopwatch(clock_);
  auto result = work();
  const auto code = code_of(result);
  metrics_.count_store(operation, code, stopwatch.elapsed());
  if (code == ErrorCode::unavailable)
    logger_.write(LogLevel::error, "db_connection_failed",
                  {{"operation", operation}, {"reason", std::string_view(result.error().message)}});
  return result;
}

void CountingStore::count(Count count) {
  {
    const std::lock_guard lock(mutex_);
    const auto transaction = transactions_.find(std::this_thread::get_id());
    if (transaction != transactions_.end()) return transaction->second.push_back(std::move(count));
  }
  count(metrics_);
}

Status CountingStore::create_run(const NewRun& run) {
  auto status = timed("create_run", [&] { return store_.create_run(run); });
  if (status) count([](Metrics& metrics) { metrics.count_experiment(created); });
  return status;
}

Status CountingStore::claim_run(const RunId& run) {
  return timed("claim_run", [&] { return store_.claim_run(run); });
}

Status CountingStore::append_events(const RunId& run, const EpisodePlan& plan,
                                    std::span<const EpisodeEvent> events) {
  return timed("append_events", [&] { return store_.append_events(run, plan, events); });
}

Status CountingStore::finish_episode(const RunId& run, std::span<const EpisodeEvent> last_events,
                                     const EpisodeResult& result) {
  auto status =
      timed("finish_episode", [&] { return store_.finish_episode(run, last_events, result); });
  if (!status) return status;
  std::map<BeliefOutcome, std::size_t> outcomes;
  for (const auto& belief : result.beliefs) ++outcomes[belief.outcome];
  count([outcomes = std::move(outcomes), scores = result.scores.scores](Metrics& metrics) {
    for (const auto& [outcome, times] : outcomes)
      metrics.count_beliefs(belief_outcome_name(outcome), times);
    for (const auto& score : scores)
      if (score.value) metrics.observe_score(score.name, *score.value);
  });
  return status;
}

Status CountingStore::together(const std::function<Status()>& work) {
  const auto thread = std::this_thread::get_id();
  {
    const std::lock_guard lock(mutex_);
    transactions_[thread].clear();
  }
  auto status = timed("together", [&] { return store_.together(work); });
  std::vector<Count> counts;
  {
    const std::lock_guard lock(mutex_);
    counts = std::move(transactions_[thread]);
    transactions_.erase(thread);
  }
  if (status)
    for (const auto& count : counts) count(metrics_);
  return status;
}

Status CountingStore::set_run_state(const RunId& run, RunState state, const std::string& reason) {
  auto status = timed("set_run_state", [&] { return store_.set_run_state(run, state, reason); });
  if (status) count([state](Metrics& metrics) { metrics.count_experiment(run_state_name(state)); });
  return status;
}

Result<RunListing> CountingStore::find_runs(const RunQuery& query) {
  return timed("list_runs", [&] { return store_.find_runs(query); });
}

Status CountingStore::keep_model_options(const RunId& run, const std::string& options) {
  return timed("keep_model_options", [&] { return store_.keep_model_options(run, options); });
}

Result<StoredRun> CountingStore::load_run(const RunId& run) {
  return timed("load_run", [&] { return store_.load_run(run); });
}

Result<StoredRun> CountingStore::load_episodes(const RunId& run, const EpisodeRange& range) {
  return timed("load_episodes", [&] { return store_.load_episodes(run, range); });
}

Result<ShardOffer> CountingStore::take_shard_of(const RunId& run) {
  return timed("take_shard_of", [&] { return store_.take_shard_of(run); });
}

Result<std::optional<Shard>> CountingStore::take_any_shard() {
  return timed("take_any_shard", [&] { return store_.take_any_shard(); });
}

Status CountingStore::end_shard(const Shard& shard, bool done) {
  return timed("end_shard", [&] { return store_.end_shard(shard, done); });
}

Status CountingStore::create_job(const NewRun& run, const JobOptions& options) {
  auto status = timed("create_job", [&] { return store_.create_job(run, options); });
  if (status) count([](Metrics& metrics) { metrics.count_experiment(created); });
  return status;
}

Result<std::vector<Job>> CountingStore::take_jobs(std::size_t most) {
  return timed("take_jobs", [&] { return store_.take_jobs(most); });
}

Result<bool> CountingStore::put_back_job(const RunId& run, const std::string& reason) {
  auto is_last = timed("put_back_job", [&] { return store_.put_back_job(run, reason); });
  if (is_last && *is_last)
    count([](Metrics& metrics) { metrics.count_experiment(run_state_name(RunState::failed)); });
  return is_last;
}

Result<JobCounts> CountingStore::count_jobs() {
  return timed("count_jobs", [&] { return store_.count_jobs(); });
}

Result<std::int64_t> CountingStore::oldest_wait() {
  return timed("oldest_wait", [&] { return store_.oldest_wait(); });
}

Result<JobPlaces> CountingStore::find_jobs(std::span<const RunId> runs) {
  return timed("find_jobs", [&] { return store_.find_jobs(runs); });
}

Status CountingStore::cancel_job(const RunId& run) {
  auto status = timed("cancel_job", [&] { return store_.cancel_job(run); });
  if (status)
    count([](Metrics& metrics) { metrics.count_experiment(run_state_name(RunState::cancelled)); });
  return status;
}

Status CountingStore::pause_job(const RunId& run) {
  return timed("pause_job", [&] { return store_.pause_job(run); });
}

Status CountingStore::resume_job(const RunId& run) {
  return timed("resume_job", [&] { return store_.resume_job(run); });
}

Status CountingStore::set_job_priority(const RunId& run, std::int64_t priority) {
  return timed("set_job_priority", [&] { return store_.set_job_priority(run, priority); });
}

}  // namespace causal_gym
