// The store over SQL as a queue of jobs.
#include <fmt/format.h>

#include <optional>
#include <utility>

#include "platform/store/job_queue.h"
#include "platform/store/run_writer.h"
#include "platform/store/sql_run_store.h"

namespace causal_gym {
namespace {

using Kind = TransactionKind;

constexpr int tries_of_a_claim = 8;  // while others are quicker

struct Taken {
  Job job;
  std::int64_t number = 0;
};

// Whoever let go of a run has no claim of it any more. True: the run has failed.
Result<bool> has_crashed_too_often(Database& database, const LockedRun& locked) {
  if (!locked.claim) return false;
  CAUSAL_GYM_TRY(crashes, count_crash(database, locked.number));
  if (crashes < job_crashes_limit) return false;
  CAUSAL_GYM_CHECKED(revoke(database, locked));
  CAUSAL_GYM_CHECKED(
      write_state(database, locked.number, RunState::failed,
                  fmt::format("whoever worked on it was not heard of any more, {} times in a row;"
                              " the last one was process {} on {}",
                              crashes, locked.claim->worker.process, locked.claim->worker.host)));
  return true;
}

// What the statement that found the job saw may have changed before its run was locked.
Result<std::optional<Taken>> take_next(Database& database, const ClaimHolder& holder) {
  for (int i = 0; i < tries_of_a_claim; ++i) {
    CAUSAL_GYM_TRY(next, next_job(database, /*only_look=*/false));
    if (!next) return std::optional<Taken>();
    CAUSAL_GYM_TRY(locked, lock_run(database, next->run));
    if (locked.state != RunState::running || (locked.claim && locked.claim->is_live)) continue;
    CAUSAL_GYM_TRY(is_given_up, has_crashed_too_often(database, locked));
    if (is_given_up) continue;
    CAUSAL_GYM_TRY(number, claim(database, locked, next->run, holder));
    CAUSAL_GYM_CHECKED(write_state(database, locked.number, RunState::running, ""));
    return std::optional<Taken>(Taken{*std::move(next), number});
  }
  return std::optional<Taken>();
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
    return insert_job(database, number, options);
  });
}

Result<std::optional<Job>> SqlRunStore::take_job() {
  // Whoever has nothing to do looks often, which must not hold up those who write.
  bool is_any = false;
  CAUSAL_GYM_CHECKED(reading_->transact(Kind::read, [&](Database& database) -> Status {
    CAUSAL_GYM_TRY(next, next_job(database, /*only_look=*/true));
    CAUSAL_GYM_TRY(is_to_adopt, has_runs_to_adopt(database));
    is_any = next.has_value() || is_to_adopt;
    return {};
  }));
  if (!is_any) return std::optional<Job>();
  auto taken = std::make_shared<std::optional<Taken>>();
  const auto status = write([this, taken](Database& database) -> Status {
    CAUSAL_GYM_CHECKED(adopt_runs(database));
    CAUSAL_GYM_TRY(next, take_next(database, holder_));
    *taken = std::move(next);
    return {};
  });
  if (!status) return fail(status.error());
  if (!*taken) return std::optional<Job>();
  takings_.keep((*taken)->job.run, (*taken)->number);
  lease_keeper_->start();
  return std::optional<Job>((*taken)->job);
}

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

Status SqlRunStore::cancel_job(const RunId& run) {
  return write([run](Database& database) -> Status {
    CAUSAL_GYM_TRY(locked, lock_run(database, run));
    if (locked.state == RunState::cancelled) return {};
    if (locked.finished()) return check_open(locked, run);
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
