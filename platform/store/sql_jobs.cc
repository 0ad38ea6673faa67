// The store over SQL as a queue of jobs.
#include <fmt/format.h>

#include <chrono>
#include <utility>
#include <vector>

#include "platform/store/job_queue.h"
#include "platform/store/run_shards.h"
#include "platform/store/run_writer.h"
#include "platform/store/sql_run_store.h"

namespace causal_gym {
namespace {

using Kind = TransactionKind;

constexpr std::chrono::seconds look_after_interval{1};

// Whoever lets go of a run has no claim of it any more: this one's worker has crashed. The last
// time the run has failed, else its job waits again.
Status put_back_deserted(Database& database, const RunId& run) {
  CAUSAL_GYM_TRY(locked, lock_run(database, run));
  if (locked.state != RunState::running || !locked.claim || locked.claim->is_live) return {};
  CAUSAL_GYM_TRY(crashes, count_crash(database, locked.number));
  if (crashes < job_crashes_limit) {
    CAUSAL_GYM_CHECKED(put_into_queue(database, locked.number));
    return revoke(database, locked);
  }
  CAUSAL_GYM_CHECKED(revoke(database, locked));
  const auto& worker = locked.claim->worker;
  return write_state(database, locked.number, RunState::failed,
                     fmt::format("whoever worked on it was not heard of any more, {} times in a"
                                 " row; the last one was process {} on {}",
                                 crashes, worker.process, worker.host));
}

// As little is looked at as is needed.
Result<SqlRunStore::Look> look(Database& database, bool after_runs) {
  SqlRunStore::Look look;
  CAUSAL_GYM_TRY(ready, has_ready_job(database));
  look.is_ready = ready;
  if (ready && !after_runs) return look;
  CAUSAL_GYM_TRY(deserted, deserted_runs(database));
  look.is_deserted = !deserted.empty();
  if (ready) return look;
  CAUSAL_GYM_TRY(to_adopt, has_runs_to_adopt(database));
  look.is_to_adopt = to_adopt;
  return look;
}

Status check_open(const LockedRun& locked, const RunId& run) {
  if (locked.state == RunState::running) return {};
  return fail(ErrorCode::conflict,
              "run '" + run + "' is " + std::string(run_state_name(locked.state)), "run");
}

}  // namespace

Status SqlRunStore::create_job(const NewRun& run, const JobOptions& options) {
  return write([run, options](Database& database) -> Status {
    CAUSAL_GYM_TRY(number, insert_run(database, run));
    CAUSAL_GYM_CHECKED(insert_job(database, number, options));
    return options.in_shards ? insert_shards(database, number, planned_episodes(run.spec))
                             : Status();
  });
}

bool SqlRunStore::is_time_to_look_after_runs() {
  const auto now = std::chrono::steady_clock::now();
  auto at = look_after_runs_at_.load();
  return now >= at && look_after_runs_at_.compare_exchange_strong(at, now + look_after_interval);
}

Result<std::vector<Job>> SqlRunStore::take_jobs(std::size_t most) {
  if (most == 0 || most > jobs_claim_limit)
    return fail(ErrorCode::invalid_argument,
                fmt::format("from 1 to {} jobs are taken at once, not {}", jobs_claim_limit, most),
                "most");
  const bool after_runs = is_time_to_look_after_runs();
  // After jobs there are mostly more.
  if (was_given_jobs_.exchange(false) && !after_runs) {
    CAUSAL_GYM_TRY(jobs, claim_jobs(most, Look{.is_ready = true}));
    if (!jobs.empty()) return jobs;
  }
  // Whoever has nothing to do looks often, which must not hold up those who write.
  Look found;
  CAUSAL_GYM_CHECKED(reading_->transact(Kind::read, [&](Database& database) -> Status {
    CAUSAL_GYM_TRY(looked, look(database, after_runs));
    found = looked;
    return {};
  }));
  if (!found.is_ready && !found.is_deserted && !found.is_to_adopt) return std::vector<Job>();
  return claim_jobs(most, found);
}

Result<std::vector<Job>> SqlRunStore::claim_jobs(std::size_t most, const Look& found) {
  auto taken = std::make_shared<std::vector<Job>>();
  const auto status = write([this, most, found, taken](Database& database) -> Status {
    if (found.is_deserted) {
      CAUSAL_GYM_TRY(runs, deserted_runs(database));
      for (const auto& run : runs) CAUSAL_GYM_CHECKED(put_back_deserted(database, run));
    }
    if (found.is_to_adopt) CAUSAL_GYM_CHECKED(adopt_runs(database));
    CAUSAL_GYM_TRY(jobs, claim_ready_jobs(database, most, holder_));
    *taken = std::move(jobs);
    return {};
  });
  if (!status) return fail(status.error());
  if (taken->empty()) return std::vector<Job>();
  for (const auto& job : *taken) begin_job(job);
  was_given_jobs_ = true;
  lease_keeper_->start();
  return *std::move(taken);
}

void SqlRunStore::begin_job(const Job& job) { takings_.keep(job.run, job.taking); }

Result<bool> SqlRunStore::put_back_job(const RunId& run, const std::string& reason) {
  auto is_last = std::make_shared<bool>(false);
  const auto status = write([this, run, reason, is_last](Database& database) -> Status {
    CAUSAL_GYM_TRY(locked, open_run(database, run));
    CAUSAL_GYM_CHECKED(check_open(locked, run));
    CAUSAL_GYM_TRY(failures, count_failure(database, locked.number));
    *is_last = failures >= job_failures_limit;
    CAUSAL_GYM_CHECKED(write_state(database, locked.number,
                                   *is_last ? RunState::failed : RunState::interrupted, reason));
    return release(database, locked.number, holder_);
  });
  forget_taking(run, status);
  if (!status) return fail(status.error());
  return *is_last;
}

void SqlRunStore::forget_taking(const RunId& run, const Status& status) {
  if (status || status.error().code == ErrorCode::conflict) takings_.forget(run);
}

Result<JobCounts> SqlRunStore::count_jobs() {
  JobCounts counts;
  CAUSAL_GYM_CHECKED(reading_->transact(Kind::read, [&](Database& database) -> Status {
    CAUSAL_GYM_TRY(read, read_job_counts(database));
    counts = read;
    return {};
  }));
  return counts;
}

Result<std::int64_t> SqlRunStore::oldest_wait() {
  std::int64_t seconds = 0;
  CAUSAL_GYM_CHECKED(reading_->transact(Kind::read, [&](Database& database) -> Status {
    CAUSAL_GYM_TRY(read, read_oldest_wait(database));
    seconds = read;
    return {};
  }));
  return seconds;
}

Result<JobPlaces> SqlRunStore::find_jobs(std::span<const RunId> runs) {
  JobPlaces places;
  if (runs.empty()) return places;
  CAUSAL_GYM_CHECKED(reading_->transact(Kind::read, [&](Database& database) -> Status {
    places.clear();
    for (const auto& run : runs) {
      CAUSAL_GYM_TRY(place, read_job_place(database, run));
      if (place) places.emplace(run, *place);
    }
    return {};
  }));
  return places;
}

std::optional<Shard> SqlRunStore::shard_of_this_thread() const {
  const std::lock_guard lock(shards_mutex_);
  const auto found = shards_.find(std::this_thread::get_id());
  return found == shards_.end() ? std::nullopt : std::optional(found->second);
}

void SqlRunStore::keep_shard(const std::optional<Shard>& shard) {
  const std::lock_guard lock(shards_mutex_);
  const auto thread = std::this_thread::get_id();
  shards_.erase(thread);
  if (shard) shards_.emplace(thread, *shard);
}

Result<ShardOffer> SqlRunStore::take_shard_of(const RunId& run) {
  auto offer = std::make_shared<ShardOffer>();
  const auto before = shard_of_this_thread();
  const auto status = write([this, run, before, offer](Database& database) -> Status {
    CAUSAL_GYM_TRY(locked, open_run(database, run));
    CAUSAL_GYM_CHECKED(check_open(locked, run));
    if (before) CAUSAL_GYM_CHECKED(release_shard(database, *before));
    CAUSAL_GYM_TRY(claimed, claim_shard_of(database, locked, run, holder_));
    *offer = std::move(claimed);
    return {};
  });
  if (!status) return fail(status.error());
  keep_shard(offer->shard);
  return *std::move(offer);
}

Result<std::optional<Shard>> SqlRunStore::take_any_shard() {
  // As with jobs: who has nothing to do looks often.
  const auto before = shard_of_this_thread();
  bool is_there = before.has_value();
  CAUSAL_GYM_CHECKED(reading_->transact(Kind::read, [&](Database& database) -> Status {
    CAUSAL_GYM_TRY(found, has_free_shard(database));
    is_there = is_there || found;
    return {};
  }));
  if (!is_there) return std::optional<Shard>();
  auto shard = std::make_shared<std::optional<Shard>>();
  const auto status = write([this, before, shard](Database& database) -> Status {
    if (before) CAUSAL_GYM_CHECKED(release_shard(database, *before));
    CAUSAL_GYM_TRY(claimed, claim_free_shard(database, holder_));
    *shard = std::move(claimed);
    return {};
  });
  if (!status) return fail(status.error());
  keep_shard(*shard);
  if (*shard) lease_keeper_->start();
  return *std::move(shard);
}

Status SqlRunStore::end_shard(const Shard& shard, bool done) {
  auto status = write([shard, done](Database& database) -> Status {
    return done ? finish_shard(database, shard) : release_shard(database, shard);
  });
  // What is not done is somebody's to go on with.
  if (!status && status.error().code == ErrorCode::conflict)
    (void)write([shard](Database& database) { return release_shard(database, shard); });
  if (status || status.error().code != ErrorCode::unavailable) keep_shard(std::nullopt);
  return status;
}

Status SqlRunStore::cancel_job(const RunId& run) {
  return write([run](Database& database) -> Status {
    CAUSAL_GYM_TRY(locked, lock_run(database, run));
    if (locked.state == RunState::cancelled) return {};
    if (locked.finished()) return check_open(locked, run);
    CAUSAL_GYM_CHECKED(take_out_of_queue(database, locked.number));
    CAUSAL_GYM_CHECKED(revoke(database, locked));
    return write_state(database, locked.number, RunState::cancelled, "");
  });
}

Status SqlRunStore::pause_job(const RunId& run) {
  return write([run](Database& database) -> Status {
    CAUSAL_GYM_TRY(locked, lock_run(database, run));
    CAUSAL_GYM_CHECKED(check_open(locked, run));
    CAUSAL_GYM_CHECKED(set_paused(database, locked.number, true));
    CAUSAL_GYM_CHECKED(revoke(database, locked));
    return write_state(database, locked.number, RunState::interrupted, "paused");
  });
}

Status SqlRunStore::resume_job(const RunId& run) {
  return write([run](Database& database) -> Status {
    CAUSAL_GYM_TRY(locked, lock_run(database, run));
    if (locked.finished()) return check_open(locked, run);
    CAUSAL_GYM_CHECKED(set_paused(database, locked.number, false));
    if (locked.claim && locked.claim->is_live) return {};
    return write_state(database, locked.number, RunState::running, "");
  });
}

Status SqlRunStore::set_job_priority(const RunId& run, std::int64_t priority) {
  return write([run, priority](Database& database) -> Status {
    CAUSAL_GYM_TRY(locked, lock_run(database, run));
    CAUSAL_GYM_CHECKED(check_open(locked, run));
    return set_priority(database, locked.number, priority);
  });
}

}  // namespace causal_gym
