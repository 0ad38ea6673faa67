#include "platform/store/job_queue.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "platform/store/run_claims.h"
#include "platform/store/sql_rows.h"

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

// The order is that of the index jobs_in_turn: nothing is sorted, and no more read than is given.
// The version before may have ended a run without telling its job. To SQLite, CROSS says that jobs
// come first.
constexpr std::string_view ready_jobs =
    " FROM jobs CROSS JOIN experiments WHERE experiments.number = jobs.experiment"
    " AND jobs.waiting = 1 AND jobs.ready_at <= {now_seconds} AND experiments.state = 'running'"
    " ORDER BY jobs.priority DESC, jobs.turn, jobs.experiment ";
const std::string look_for_ready = joined({"SELECT 1", ready_jobs, "LIMIT 1"});
// The job is locked beside its run: one that was claimed since the statement began is locked no
// more, but does not wait either, and the next one is taken in its place.
const std::string next_ready = joined({"next AS MATERIALIZED (SELECT jobs.experiment", ready_jobs,
                                       "LIMIT ?1 {for_update_unless_locked experiments, jobs})"});
constexpr std::string_view mark_next =
    " UPDATE jobs SET waiting = 0 FROM next WHERE jobs.experiment = next.experiment"
    " AND jobs.waiting = 1"
    " RETURNING jobs.experiment, jobs.priority, jobs.turn, jobs.trace_id";
constexpr std::string_view unless_held =
    " AND NOT EXISTS (SELECT 1 FROM workers WHERE workers.experiment = experiments.number)"
    " RETURNING experiments.number, experiments.id, experiments.claims";
const std::string claim_ready = joined({"WITH ", next_ready, mark_next});
const std::string count_takings =
    joined({"UPDATE experiments SET claims = claims + 1, reason = ''"
            " WHERE number IN {numbers_of ?1}",
            unless_held});
// All of it in one, for PostgreSQL, which plans each statement anew.
const std::string claim_at_once =
    joined({"WITH ", next_ready, ", marked AS (", mark_next,
            "), counted AS (UPDATE experiments SET claims = claims + 1, reason = '' FROM marked"
            " WHERE experiments.number = marked.experiment",
            unless_held, "), held AS (", insert_holds("counted"),
            ") SELECT counted.id, marked.trace_id, counted.claims FROM counted"
            " JOIN marked ON marked.experiment = counted.number"
            " ORDER BY marked.priority DESC, marked.turn, marked.experiment"});
// Whoever claims many walks over all that others are just claiming: so many of them at once are
// enough, one that computes and one that waits for the disk.
constexpr std::uint64_t gates = 2;
constexpr const char* wait_at_gate =
    "SELECT pg_advisory_xact_lock(hashtext('causal_gym.claims'), ?1::int)";

// Those under way come first, as they are fewer than those that wait.
const std::string deserted =
    joined({"SELECT experiments.id FROM workers CROSS JOIN jobs CROSS JOIN experiments"
            " WHERE jobs.experiment = workers.experiment"
            " AND experiments.number = workers.experiment"
            " AND experiments.state = 'running' AND jobs.paused = 0"
            " AND (workers.store IN {texts_of ?1}"
            " OR {now_seconds} - workers.renewed_at > workers.lease_seconds)"
            " ORDER BY experiments.number"});

// Those under way, and of the owner also those that wait.
constexpr std::string_view next_turn =
    "(SELECT coalesce(max(turns.turn), 0) FROM ("
    "SELECT max(held.turn) AS turn FROM workers"
    " JOIN jobs AS held ON held.experiment = workers.experiment"
    " UNION ALL SELECT max(own.turn) + 1 FROM workers"
    " JOIN jobs AS own ON own.experiment = workers.experiment WHERE own.user_id = asked.owner"
    " UNION ALL SELECT max(own.turn) + 1 FROM jobs AS own"
    " WHERE own.user_id = asked.owner AND own.waiting = 1) AS turns)";
const std::string insert =
    joined({"INSERT INTO jobs (experiment, user_id, trace_id, priority, turn)"
            " SELECT asked.number, asked.owner, ?2, ?3, ",
            next_turn,
            " FROM (SELECT number, coalesce((SELECT user_id FROM run_owners"
            " WHERE run = experiments.id), '') AS owner FROM experiments WHERE number = ?1)"
            " AS asked"});

const std::string count_open =
    joined({"SELECT jobs.paused, CASE WHEN workers.experiment IS NOT NULL"
            " AND {now_seconds} - workers.renewed_at <= workers.lease_seconds THEN 1 ELSE 0 END"
            " AS held, count(*)",
            open_jobs, "WHERE experiments.state = 'running' GROUP BY 1, 2"});

// Runs launched over HTTP; those of the command line are for whoever started them.
constexpr const char* without_job =
    " FROM experiments WHERE state = 'running' AND id LIKE 'server-%'"
    " AND NOT EXISTS (SELECT 1 FROM jobs WHERE experiment = experiments.number)";

constexpr const char* out_of_queue =
    " FROM jobs WHERE waiting = 0 AND paused = 0"
    " AND experiment IN (SELECT number FROM experiments WHERE state = 'running')"
    " AND NOT EXISTS (SELECT 1 FROM workers WHERE workers.experiment = jobs.experiment)";

// A job that its statement has claimed.
struct Claimed {
  std::int64_t experiment = 0;
  std::int64_t priority = 0;
  std::int64_t turn = 0;
  Job job;
};

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

Result<bool> has_row(Database& database, const char* sql) {
  CAUSAL_GYM_TRY(statement, database.statement(sql));
  CAUSAL_GYM_TRY(found, statement->step());
  statement->reset();
  return found;
}

std::string numbers_of(const std::map<std::int64_t, Job*>& jobs) {
  std::vector<std::int64_t> numbers;
  numbers.reserve(jobs.size());
  for (const auto& [number, job] : jobs) numbers.push_back(number);
  return fmt::format("[{}]", fmt::join(numbers, ","));
}

Result<std::vector<Job>> claim_in_steps(Database& database, std::size_t most,
                                        const ClaimHolder& holder) {
  CAUSAL_GYM_TRY(marking, database.statement(claim_ready.c_str()));
  marking->bind(1, static_cast<std::int64_t>(most));
  std::vector<Claimed> claimed;
  CAUSAL_GYM_CHECKED(for_each_row(*marking, [&](const Statement& row) -> Status {
    claimed.push_back({row.integer(0), row.integer(1), row.integer(2), {"", row.text(3), 0}});
    return {};
  }));
  if (claimed.empty()) return std::vector<Job>();
  std::sort(claimed.begin(), claimed.end(), [](const Claimed& one, const Claimed& other) {
    return std::tuple(-one.priority, one.turn, one.experiment) <
           std::tuple(-other.priority, other.turn, other.experiment);
  });
  std::map<std::int64_t, Job*> by_number;
  for (auto& each : claimed) by_number[each.experiment] = &each.job;
  CAUSAL_GYM_TRY(counting, database.statement(count_takings.c_str()));
  counting->bind(1, std::string_view(numbers_of(by_number)));
  CAUSAL_GYM_CHECKED(for_each_row(*counting, [&](const Statement& row) -> Status {
    Job& job = *by_number.at(row.integer(0));
    job.run = row.text(1);
    job.taking = row.integer(2);
    return {};
  }));
  std::vector<Job> jobs;
  for (auto& each : claimed) {
    if (each.job.run.empty())
      by_number.erase(each.experiment);
    else
      jobs.push_back(std::move(each.job));
  }
  CAUSAL_GYM_CHECKED(hold_runs(database, numbers_of(by_number), holder));
  return jobs;
}

Result<std::vector<Job>> claim_in_one(Database& database, std::size_t most,
                                      const ClaimHolder& holder) {
  if (most > 1) {
    CAUSAL_GYM_TRY(gate, database.statement(wait_at_gate));
    const auto own = static_cast<std::uint64_t>(std::hash<std::string>{}(holder.store)) % gates;
    gate->bind(1, static_cast<std::int64_t>(own));
    CAUSAL_GYM_CHECKED(gate->run_later());
  }
  CAUSAL_GYM_TRY(statement, database.statement(claim_at_once.c_str()));
  statement->bind(1, static_cast<std::int64_t>(most));
  bind_holder(*statement, holder);
  std::vector<Job> jobs;
  CAUSAL_GYM_CHECKED(for_each_row(*statement, [&](const Statement& row) -> Status {
    jobs.push_back({row.text(0), row.text(1), row.integer(2)});
    return {};
  }));
  return jobs;
}

}  // namespace

Status insert_job(Database& database, std::int64_t experiment, const JobOptions& options) {
  CAUSAL_GYM_CHECKED(check_priority(options.priority));
  CAUSAL_GYM_TRY(count, database.statement("SELECT count(*) FROM"
                                           " (SELECT 1 FROM jobs WHERE waiting = 1 LIMIT ?1)"
                                           " AS waiting"));
  count->bind(1, static_cast<std::int64_t>(waiting_jobs_limit));
  CAUSAL_GYM_TRY(waiting, number_of_job(*count));
  if (waiting >= static_cast<std::int64_t>(waiting_jobs_limit))
    return fail(ErrorCode::unavailable, fmt::format("{} runs are waiting already", waiting), {},
                "try again when one has finished");
  CAUSAL_GYM_TRY(statement, database.statement(insert.c_str()));
  statement->bind(1, experiment)
      .bind(2, std::string_view(options.trace_id))
      .bind(3, options.priority);
  return statement->run_later();
}

Result<bool> has_ready_job(Database& database) { return has_row(database, look_for_ready.c_str()); }

Result<std::vector<Job>> claim_ready_jobs(Database& database, std::size_t most,
                                          const ClaimHolder& holder) {
  return database.dialect() == Dialect::postgresql ? claim_in_one(database, most, holder)
                                                   : claim_in_steps(database, most, holder);
}

Result<std::vector<RunId>> deserted_runs(Database& database) {
  CAUSAL_GYM_TRY(ended, ended_stores(database));
  CAUSAL_GYM_TRY(statement, database.statement(deserted.c_str()));
  statement->bind(1, std::string_view(ended));
  std::vector<RunId> runs;
  CAUSAL_GYM_CHECKED(for_each_row(*statement, [&](const Statement& row) -> Status {
    runs.push_back(row.text(0));
    return {};
  }));
  return runs;
}

Result<bool> has_runs_to_adopt(Database& database) {
  static const std::string sql =
      joined({"SELECT 1", without_job, " UNION ALL SELECT 1", out_of_queue, " LIMIT 1"});
  return has_row(database, sql.c_str());
}

Status adopt_runs(Database& database) {
  static const std::string add =
      joined({"INSERT INTO jobs (experiment, user_id, trace_id) SELECT number,"
              " coalesce((SELECT user_id FROM run_owners WHERE run = experiments.id), ''), ''",
              without_job, " ON CONFLICT (experiment) DO NOTHING"});
  static const std::string queue = joined(
      {"UPDATE jobs SET waiting = 1 WHERE experiment IN (SELECT experiment", out_of_queue, ")"});
  for (const auto* sql : {&add, &queue}) {
    CAUSAL_GYM_TRY(statement, database.statement(sql->c_str()));
    CAUSAL_GYM_CHECKED(statement->run_later());
  }
  return {};
}

Status put_into_queue(Database& database, std::int64_t experiment) {
  CAUSAL_GYM_TRY(statement, database.statement("UPDATE jobs SET waiting = 1 WHERE experiment = ?1"
                                               " AND paused = 0"));
  statement->bind(1, experiment);
  return statement->run_later();
}

Status take_out_of_queue(Database& database, std::int64_t experiment) {
  CAUSAL_GYM_TRY(statement, database.statement("UPDATE jobs SET waiting = 0 WHERE experiment = ?1"
                                               " AND waiting = 1"));
  statement->bind(1, experiment);
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

Status forget_crashes_of(Database& database, std::string_view run) {
  CAUSAL_GYM_TRY(statement,
                 database.statement("UPDATE jobs SET crashes = 0 WHERE crashes > 0 AND experiment ="
                                    " (SELECT number FROM experiments WHERE id = ?1)"));
  statement->bind(1, run);
  return statement->run_later();
}

Status set_paused(Database& database, std::int64_t experiment, bool paused) {
  CAUSAL_GYM_TRY(statement,
                 database.statement("UPDATE jobs SET paused = ?2, failures = 0, crashes = 0,"
                                    " ready_at = 0, waiting = CASE WHEN ?2 = 0 AND NOT EXISTS"
                                    " (SELECT 1 FROM workers WHERE workers.experiment = ?1)"
                                    " THEN 1 ELSE 0 END"
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

Result<std::int64_t> read_oldest_wait(Database& database) {
  CAUSAL_GYM_TRY(statement,
                 database.statement("SELECT {now_seconds} - {seconds_of min(created_at)}"
                                    " FROM jobs JOIN experiments ON number = experiment"
                                    " WHERE waiting = 1 AND claims = 0 AND state = 'running'"));
  CAUSAL_GYM_TRY(found, statement->step());
  const auto seconds = found && !statement->is_null(0) ? statement->integer(0) : 0;
  statement->reset();
  return std::max<std::int64_t>(seconds, 0);  // the clock may have been set back
}

Result<std::optional<JobPlace>> read_job_place(Database& database, std::string_view run) {
  CAUSAL_GYM_TRY(statement,
                 database.statement("SELECT priority, paused FROM jobs WHERE experiment ="
                                    " (SELECT number FROM experiments WHERE id = ?1)"));
  statement->bind(1, run);
  return first_row(*statement, [](const Statement& row) {
    return JobPlace{row.integer(0), row.integer(1) != 0};
  });
}

}  // namespace causal_gym
