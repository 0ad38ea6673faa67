#include "platform/store/run_claims.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <random>

namespace causal_gym {

namespace {

const std::string select_locked =
    "SELECT experiments.number, state, claims, " + claim_columns() +
    " FROM experiments LEFT JOIN workers ON workers.experiment = experiments.number"
    " WHERE experiments.id = ?1";

tl::unexpected<Error> held_by(const RunWorker& worker, const RunId& run) {
  return fail(ErrorCode::conflict,
              fmt::format("run '{}' is being worked on by process {} on {}, since {}", run,
                          worker.process, worker.host, worker.since),
              "run", "wait for it, or end that process and then resume the run");
}

bool is_held_by_another(const LockedRun& locked, const ClaimHolder& holder) {
  return locked.claim && locked.claim->is_live && locked.claim->store != holder.store;
}

Status count_taking(Database& database, std::int64_t experiment, std::int64_t taking) {
  CAUSAL_GYM_TRY(count, database.statement("UPDATE experiments SET claims = ?2"
                                           " WHERE number = ?1"));
  count->bind(1, experiment).bind(2, taking);
  return count->run_later();
}

}  // namespace

ClaimHolder new_claim_holder(std::int64_t lease_seconds) {
  std::random_device entropy;
  return {fmt::format("{:08x}{:08x}", entropy(), entropy()), this_process(), lease_seconds};
}

std::string claim_columns() {
  return "workers.store, workers.process, workers.process_started, workers.machine, workers.host,"
         " workers.since, {now_seconds} - workers.renewed_at, workers.lease_seconds";
}

std::optional<Claim> read_claim(const Statement& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  const ProcessIdentity identity{row.integer(column + 1), row.text(column + 2),
                                 row.text(column + 3), row.text(column + 4)};
  const bool is_renewed = row.integer(column + 6) <= row.integer(column + 7);
  const bool has_ended = identity.machine == this_machine() && !is_alive(identity);
  return Claim{row.text(column),
               {identity.process, identity.host, row.text(column + 5)},
               is_renewed && !has_ended};
}

Result<std::string> ended_stores(Database& database) {
  CAUSAL_GYM_TRY(statement,
                 database.statement("SELECT DISTINCT store, process, process_started FROM workers"
                                    " WHERE machine = ?1"));
  statement->bind(1, std::string_view(this_machine()));
  std::vector<std::string> ended;
  CAUSAL_GYM_CHECKED(for_each_row(*statement, [&](const Statement& row) -> Status {
    if (!is_alive({row.integer(1), row.text(2), {}, {}}))
      ended.push_back(fmt::format("\"{}\"", row.text(0)));  // hexadecimal digits
    return {};
  }));
  return fmt::format("[{}]", fmt::join(ended, ","));
}

// The lock goes first: what a statement reads is from before it waited for one.
Result<LockedRun> lock_run(Database& database, const RunId& run) {
  CAUSAL_GYM_TRY(lock, database.statement("SELECT number FROM experiments WHERE id = ?1"
                                          " {for_update}"));
  lock->bind(1, std::string_view(run));
  CAUSAL_GYM_CHECKED(lock->run_later());
  CAUSAL_GYM_TRY(statement, database.statement(select_locked.c_str()));
  statement->bind(1, std::string_view(run));
  CAUSAL_GYM_TRY(found, statement->step());
  if (!found) return fail(ErrorCode::not_found, "no run '" + run + "'", "run");
  const auto state = find_run_state(statement->text(1));
  LockedRun locked{statement->integer(0), state.value_or(RunState::failed), statement->integer(2),
                   read_claim(*statement, 3)};
  statement->reset();
  CAUSAL_GYM_CHECKED(state);
  return locked;
}

std::vector<Takings::Taking>::const_iterator Takings::find(
    const std::vector<Taking>& of_run) const {
  const auto own = std::find_if(of_run.begin(), of_run.end(), [](const Taking& each) {
    return each.thread == std::this_thread::get_id();
  });
  return own == of_run.end() ? std::prev(own) : own;
}

void Takings::keep(const RunId& run, std::int64_t number) {
  const std::lock_guard lock(mutex_);
  auto& of_run = takings_[run];
  const auto thread = std::this_thread::get_id();
  std::erase_if(of_run,
                [&](const Taking& each) { return each.thread == thread || each.number == number; });
  of_run.push_back({thread, number});
}

void Takings::forget(const RunId& run) {
  const std::lock_guard lock(mutex_);
  const auto found = takings_.find(run);
  if (found == takings_.end()) return;
  found->second.erase(find(found->second));
  if (found->second.empty()) takings_.erase(found);
}

std::optional<std::int64_t> Takings::number_of(const RunId& run) const {
  const std::lock_guard lock(mutex_);
  const auto found = takings_.find(run);
  return found == takings_.end() ? std::nullopt : std::optional(find(found->second)->number);
}

Status check_claim(const LockedRun& locked, const RunId& run, const ClaimHolder& holder,
                   std::optional<std::int64_t> taking) {
  if (is_held_by_another(locked, holder)) return held_by(locked.claim->worker, run);
  if (!taking || *taking == locked.takings) return {};
  return fail(
      ErrorCode::conflict,
      fmt::format("run '{}' was taken over by another one while this process stood still", run),
      "run", "leave it to that one, or resume it once it is free");
}

Result<std::int64_t> claim(Database& database, const LockedRun& locked, const RunId& run,
                           const ClaimHolder& holder) {
  if (is_held_by_another(locked, holder)) return held_by(locked.claim->worker, run);
  const bool is_mine = locked.claim && locked.claim->is_live;
  const std::int64_t taking = locked.takings + (is_mine ? 0 : 1);
  if (!is_mine) CAUSAL_GYM_CHECKED(count_taking(database, locked.number, taking));
  CAUSAL_GYM_TRY(job, database.statement("UPDATE jobs SET waiting = 0 WHERE experiment = ?1"
                                         " AND waiting = 1"));
  job->bind(1, locked.number);
  CAUSAL_GYM_CHECKED(job->run_later());
  CAUSAL_GYM_CHECKED(hold_runs(database, "[" + std::to_string(locked.number) + "]", holder));
  return taking;
}

std::string insert_holds(std::string_view runs) {
  return fmt::format(
      "INSERT INTO workers (experiment, store, process, process_started, machine, host, since,"
      " renewed_at, lease_seconds) SELECT number, ?2, ?3, ?4, ?5, ?6, {{now_text}},"
      " {{now_seconds}}, ?7 FROM {}"
      " ON CONFLICT (experiment) DO UPDATE SET store = excluded.store,"
      " process = excluded.process, process_started = excluded.process_started,"
      " machine = excluded.machine, host = excluded.host, since = excluded.since,"
      " renewed_at = excluded.renewed_at, lease_seconds = excluded.lease_seconds",
      runs);
}

void bind_holder(Statement& statement, const ClaimHolder& holder) {
  statement.bind(2, std::string_view(holder.store))
      .bind(3, holder.identity.process)
      .bind(4, std::string_view(holder.identity.started))
      .bind(5, std::string_view(holder.identity.machine))
      .bind(6, std::string_view(holder.identity.host))
      .bind(7, holder.lease_seconds);
}

Status hold_runs(Database& database, const std::string& numbers, const ClaimHolder& holder) {
  static const std::string sql = insert_holds("experiments WHERE number IN {numbers_of ?1}");
  CAUSAL_GYM_TRY(statement, database.statement(sql.c_str()));
  statement->bind(1, std::string_view(numbers));
  bind_holder(*statement, holder);
  return statement->run_later();
}

Status release(Database& database, std::int64_t experiment, const ClaimHolder& holder) {
  CAUSAL_GYM_TRY(
      job, database.statement("UPDATE jobs SET waiting = 1 WHERE experiment = ?1 AND paused = 0"
                              " AND EXISTS (SELECT 1 FROM experiments WHERE number = ?1"
                              " AND state = 'running') AND NOT EXISTS (SELECT 1 FROM workers"
                              " WHERE workers.experiment = ?1 AND store <> ?2)"));
  job->bind(1, experiment).bind(2, std::string_view(holder.store));
  CAUSAL_GYM_CHECKED(job->run_later());
  CAUSAL_GYM_TRY(statement,
                 database.statement("DELETE FROM workers WHERE experiment = ?1 AND store = ?2"));
  statement->bind(1, experiment).bind(2, std::string_view(holder.store));
  return statement->run_later();
}

Status revoke(Database& database, const LockedRun& locked) {
  CAUSAL_GYM_CHECKED(count_taking(database, locked.number, locked.takings + 1));
  CAUSAL_GYM_TRY(statement, database.statement("DELETE FROM workers WHERE experiment = ?1"));
  statement->bind(1, locked.number);
  return statement->run_later();
}

Status release_all(Database& database, const ClaimHolder& holder) {
  CAUSAL_GYM_TRY(jobs,
                 database.statement("UPDATE jobs SET waiting = 1 WHERE paused = 0 AND experiment IN"
                                    " (SELECT experiment FROM workers JOIN experiments"
                                    " ON experiments.number = workers.experiment"
                                    " WHERE store = ?1 AND state = 'running')"));
  jobs->bind(1, std::string_view(holder.store));
  CAUSAL_GYM_CHECKED(jobs->run_later());
  CAUSAL_GYM_TRY(statement, database.statement("DELETE FROM workers WHERE store = ?1"));
  statement->bind(1, std::string_view(holder.store));
  return statement->run_later();
}

Status renew_all(Database& database, const ClaimHolder& holder) {
  CAUSAL_GYM_TRY(statement, database.statement("UPDATE workers SET renewed_at = {now_seconds}"
                                               " WHERE store = ?1"));
  statement->bind(1, std::string_view(holder.store));
  return statement->run_later();
}

}  // namespace causal_gym
