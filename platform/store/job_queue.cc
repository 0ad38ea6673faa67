#include "platform/store/job_queue.h"

#include <fmt/format.h>

#include <initializer_list>
#include <string_view>

#include "platform/store/process_identity.h"
#include "platform/store/run_claims.h"

namespace causal_gym {

namespace {

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const auto part : parts) text += part;
  return text;
}

constexpr std::string_view open_jobs =
    " FROM experiments JOIN jobs ON jobs.experiment = experiments.number"
    " LEFT JOIN workers ON workers.experiment = experiments.number ";

// In the order in which they are to be taken.
const std::string look_at_next = joined(
    {"SELECT experiments.id, jobs.trace_id", open_jobs,
     "LEFT JOIN (SELECT busy.user_id, count(*) AS runs FROM jobs AS busy"
     " JOIN workers AS held ON held.experiment = busy.experiment GROUP BY busy.user_id)"
     " AS under_way ON under_way.user_id = jobs.user_id"
     " WHERE experiments.state = 'running' AND jobs.paused = 0 AND jobs.ready_at <= {now_seconds}"
     " AND (workers.experiment IS NULL"
     " OR {now_seconds} - workers.renewed_at > workers.lease_seconds)"
     " ORDER BY jobs.priority DESC, coalesce(under_way.runs, 0), experiments.number LIMIT 1 "});
const std::string lock_next = joined({look_at_next, "{for_update_unless_locked experiments}"});

const std::string held_on_this_machine =
    joined({"SELECT experiments.id, jobs.trace_id, ", claim_columns(), open_jobs,
            "WHERE experiments.state = 'running' AND jobs.paused = 0 AND workers.machine = ?1"
            " ORDER BY jobs.priority DESC, experiments.number"});

const std::string count_open =
    joined({"SELECT jobs.paused, CASE WHEN workers.experiment IS NOT NULL"
            " AND {now_seconds} - workers.renewed_at <= workers.lease_seconds THEN 1 ELSE 0 END"
            " AS held, count(*)",
            open_jobs, "WHERE experiments.state = 'running' GROUP BY 1, 2"});

// Runs launched over HTTP; those of the command line are for whoever started them.
constexpr const char* without_job =
    " FROM experiments WHERE state = 'running' AND id LIKE 'server-%'"
    " AND NOT EXISTS (SELECT 1 FROM jobs WHERE experiment = experiments.number)";

// One of a process that has ended, as nobody has to wait for its lease.
Result<std::optional<Job>> orphaned_job(Database& database) {
  CAUSAL_GYM_TRY(statement, database.statement(held_on_this_machine.c_str()));
  statement->bind(1, std::string_view(this_process().machine));
  std::optional<Job> orphan;
  CAUSAL_GYM_CHECKED(for_each_row(*statement, [&](const Statement& row) -> Status {
    const auto claim = read_claim(row, 2);
    if (!orphan && claim && !claim->is_live) orphan = Job{row.text(0), row.text(1)};
    return {};
  }));
  return orphan;
}

tl::unexpected<Error> no_job() {
  return fail(ErrorCode::not_found, "the run is no job: whoever started it carries it out", "run");
}

Status check_priority(std::int64_t priority) {
  if (priority <= job_priority_limit && priority >= -job_priority_limit) return {};
  return fail(ErrorCode::invalid_argument,
              fmt::format("a priority is from -{0} to {0}, not {1}", job_priority_limit, priority),
              "priority");
}

// The number that an update of a job returns.
Result<std::int64_t> number_of_job(Statement& statement) {
  CAUSAL_GYM_TRY(found, statement.step());
  if (!found) return no_job();
  const std::int64_t number = statement.integer(0);
  statement.reset();
  return number;
}

}  // namespace

Status insert_job(Database& database, std::int64_t experiment, const JobOptions& options) {
  CAUSAL_GYM_CHECKED(check_priority(options.priority));
  CAUSAL_GYM_TRY(counts, read_job_counts(database));
  if (counts.waiting >= waiting_jobs_limit)
    return fail(ErrorCode::unavailable, fmt::format("{} runs are waiting already", counts.waiting),
                {}, "try again when one has finished");
  CAUSAL_GYM_TRY(
      statement,
      database.statement(
          "INSERT INTO jobs (experiment, user_id, trace_id, priority)"
          " SELECT number, coalesce((SELECT user_id FROM run_owners"
          " WHERE run = experiments.id), ''), ?2, ?3 FROM experiments WHERE number = ?1"));
  statement->bind(1, experiment)
      .bind(2, std::string_view(options.trace_id))
      .bind(3, options.priority);
  return statement->run_later();
}

Result<std::optional<Job>> next_job(Database& database, bool only_look) {
  CAUSAL_GYM_TRY(statement, database.statement((only_look ? look_at_next : lock_next).c_str()));
  CAUSAL_GYM_TRY(found, statement->step());
  if (!found) return orphaned_job(database);
  std::optional<Job> job = Job{statement->text(0), statement->text(1)};
  statement->reset();
  return job;
}

Result<bool> has_runs_to_adopt(Database& database) {
  static const std::string sql = joined({"SELECT 1", without_job, " LIMIT 1"});
  CAUSAL_GYM_TRY(statement, database.statement(sql.c_str()));
  CAUSAL_GYM_TRY(found, statement->step());
  statement->reset();
  return found;
}

Status adopt_runs(Database& database) {
  static const std::string sql =
      std::string(
          "INSERT INTO jobs (experiment, user_id, trace_id) SELECT number,"
          " coalesce((SELECT user_id FROM run_owners WHERE run = experiments.id), ''), ''") +
      without_job + " ON CONFLICT (experiment) DO NOTHING";
  CAUSAL_GYM_TRY(statement, database.statement(sql.c_str()));
  return statement->run_later();
}

Result<std::int64_t> count_failure(Database& database, std::int64_t experiment) {
  CAUSAL_GYM_TRY(statement,
                 database.statement("UPDATE jobs SET failures = failures + 1,"
                                    " ready_at = {now_seconds} + (?2 << cast(failures AS int))"
                                    " WHERE experiment = ?1 RETURNING failures"));
  statement->bind(1, experiment).bind(2, job_retry_seconds);
  return number_of_job(*statement);
}

Result<std::int64_t> count_crash(Database& database, std::int64_t experiment) {
  CAUSAL_GYM_TRY(statement, database.statement("UPDATE jobs SET crashes = crashes + 1"
                                               " WHERE experiment = ?1 RETURNING crashes"));
  statement->bind(1, experiment);
  return number_of_job(*statement);
}

Status forget_crashes(Database& database, std::int64_t experiment) {
  CAUSAL_GYM_TRY(statement, database.statement("UPDATE jobs SET crashes = 0"
                                               " WHERE experiment = ?1 AND crashes > 0"));
  statement->bind(1, experiment);
  return statement->run_later();
}

Status set_paused(Database& database, std::int64_t experiment, bool paused) {
  CAUSAL_GYM_TRY(statement,
                 database.statement("UPDATE jobs SET paused = ?2, failures = 0, crashes = 0,"
                                    " ready_at = 0"
                                    " WHERE experiment = ?1 RETURNING experiment"));
  statement->bind(1, experiment).bind(2, std::int64_t{paused ? 1 : 0});
  CAUSAL_GYM_CHECKED(number_of_job(*statement));
  return {};
}

Status set_priority(Database& database, std::int64_t experiment, std::int64_t priority) {
  CAUSAL_GYM_CHECKED(check_priority(priority));
  CAUSAL_GYM_TRY(statement, database.statement("UPDATE jobs SET priority = ?2"
                                               " WHERE experiment = ?1 RETURNING experiment"));
  statement->bind(1, experiment).bind(2, priority);
  CAUSAL_GYM_CHECKED(number_of_job(*statement));
  return {};
}

Result<JobCounts> read_job_counts(Database& database) {
  JobCounts counts;
  CAUSAL_GYM_TRY(statement, database.statement(count_open.c_str()));
  CAUSAL_GYM_CHECKED(for_each_row(*statement, [&](const Statement& row) -> Status {
    const bool held = row.integer(1) != 0;
    auto& count = row.integer(0) != 0 ? counts.paused : held ? counts.running : counts.waiting;
    count += static_cast<std::size_t>(row.integer(2));
    return {};
  }));
  return counts;
}

}  // namespace causal_gym
