#include "platform/store/sqlite_store.h"

#include <limits>
#include <mutex>

#include "platform/store/event_codec.h"
#include "platform/store/run_claims.h"
#include "platform/store/run_reader.h"
#include "platform/store/schema.h"

namespace causal_gym {
namespace {

using Kind = Transaction::Kind;

constexpr auto largest_seed = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

std::int64_t planned_episodes(const ExperimentSpec& spec) {
  return static_cast<std::int64_t>(spec.environments.size() * spec.agents.size()) * spec.trials;
}

std::optional<std::string_view> text_or_null(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional<std::string_view>(text);
}

std::string episode_name(const RunId& run, const EpisodePlan& plan) {
  return "episode " + std::to_string(plan.index) + " of run '" + run + "'";
}

class SqliteStore final : public RunStore {
 public:
  // Without `writing`, every call that writes is the error unavailable.
  SqliteStore(std::unique_ptr<Database> writing, std::unique_ptr<Database> reading)
      : database_(std::move(writing)), reading_(std::move(reading)) {}
  ~SqliteStore() override;
  SqliteStore(const SqliteStore&) = delete;
  SqliteStore& operator=(const SqliteStore&) = delete;

  [[nodiscard]] Status create_run(const NewRun& run) override;
  [[nodiscard]] Status claim_run(const RunId& run) override;
  [[nodiscard]] Status append_events(const RunId& run, const EpisodePlan& plan,
                                     std::span<const EpisodeEvent> events) override;
  [[nodiscard]] Status finish_episode(const RunId& run, std::span<const EpisodeEvent> last_events,
                                      const EpisodeResult& result) override;
  [[nodiscard]] Status together(const std::function<Status()>& work) override;
  [[nodiscard]] Status set_run_state(const RunId& run, RunState state,
                                     const std::string& reason) override;
  [[nodiscard]] Status keep_model_options(const RunId& run, const std::string& options) override;
  [[nodiscard]] Result<RunListing> list_runs(std::size_t limit,
                                             const std::optional<std::string>& cursor) override;
  [[nodiscard]] Result<StoredRun> load_run(const RunId& run) override;

 private:
  struct LogEnd {
    std::int64_t next_sequence = 0;
    bool ended = false;
  };

  [[nodiscard]] Result<Transaction> begin_write();
  [[nodiscard]] Result<std::int64_t> open_run(const RunId& run);
  [[nodiscard]] Result<std::int64_t> insert_run(const NewRun& run);
  [[nodiscard]] Result<bool> is_finished(std::int64_t experiment);
  [[nodiscard]] Status write_state(std::int64_t experiment, RunState state,
                                   const std::string& reason);
  [[nodiscard]] Result<std::int64_t> open_episode(const RunId& run, const EpisodePlan& plan);
  [[nodiscard]] Result<std::int64_t> begin_episode(std::int64_t experiment, const RunId& run,
                                                   const EpisodePlan& plan);
  [[nodiscard]] Result<LogEnd> log_end(std::int64_t episode);
  [[nodiscard]] Status insert_event(std::int64_t episode, const EpisodeEvent& event);
  [[nodiscard]] Result<std::int64_t> insert_events(const RunId& run, const EpisodePlan& plan,
                                                   std::span<const EpisodeEvent> events);
  [[nodiscard]] Status insert_scores(std::int64_t episode, std::span<const ScoreValue> scores);
  [[nodiscard]] Status insert_beliefs(std::int64_t episode,
                                      std::span<const BeliefMeasurement> beliefs);
  [[nodiscard]] Status insert_interventions(std::int64_t episode,
                                            std::span<const InterventionRecord> records);
  [[nodiscard]] Status mark_finished(std::int64_t episode, const BeliefCounts& counts);

  // A connection is for one thread at a time; readers have their own, so that they never wait for
  // a write to reach the disk.
  // Held again by the calls that `together` makes.
  std::recursive_mutex mutex_;
  bool is_together_ = false;
  std::unique_ptr<Database> database_;
  std::mutex reading_mutex_;
  std::unique_ptr<Database> reading_;
  const ClaimHolder holder_ = new_claim_holder();
  bool has_claimed_ = false;
};

SqliteStore::~SqliteStore() {
  if (!has_claimed_) return;
  auto transaction = begin_write();
  // What cannot be let go is let go by the end of this process.
  if (transaction && release_all(*database_, holder_)) (void)transaction->commit();
}

Result<Transaction> SqliteStore::begin_write() {
  if (database_ == nullptr)
    return fail(ErrorCode::unavailable,
                "database '" + reading_->path() + "' was opened for reading only",
                reading_->path());
  return is_together_ ? Transaction::inner() : Transaction::begin(*database_, Kind::write);
}

Status SqliteStore::together(const std::function<Status()>& work) {
  const std::lock_guard lock(mutex_);
  CAUSAL_GYM_TRY(transaction, begin_write());
  const bool outer = std::exchange(is_together_, true);
  auto status = work();
  is_together_ = outer;
  if (!status) return status;
  return transaction.commit();
}

// The number of a run that no other store works on.
Result<std::int64_t> SqliteStore::open_run(const RunId& run) {
  CAUSAL_GYM_TRY(experiment, find_experiment(*database_, run));
  CAUSAL_GYM_CHECKED(renew(*database_, experiment, run, holder_));
  return experiment;
}

Result<std::int64_t> SqliteStore::insert_run(const NewRun& run) {
  CAUSAL_GYM_TRY(statement,
                 database_->statement("INSERT INTO experiments (id, created_at, specification,"
                                      " episodes_planned, model_options)"
                                      " VALUES (?1, ?2, ?3, ?4, ?5)"));
  statement->bind(1, std::string_view(run.id))
      .bind(2, std::string_view(run.created_at))
      .bind(3, std::string_view(encode_specification(run.spec)))
      .bind(4, planned_episodes(run.spec))
      .bind(5, text_or_null(run.model_options));
  CAUSAL_GYM_CHECKED(statement->run());
  return database_->last_inserted();
}

Status SqliteStore::create_run(const NewRun& run) {
  if (!is_run_id(run.id))
    return fail(ErrorCode::invalid_argument, "malformed run id '" + run.id.substr(0, 80) + "'",
                "id", "use 1 to 64 letters, digits, '-' and '_'");
  const std::lock_guard lock(mutex_);
  CAUSAL_GYM_TRY(transaction, begin_write());
  const Result<std::int64_t> taken = find_experiment(*database_, run.id);
  if (taken) return fail(ErrorCode::conflict, "there is already a run '" + run.id + "'", "id");
  if (taken.error().code != ErrorCode::not_found) return fail(taken.error());
  CAUSAL_GYM_TRY(experiment, insert_run(run));
  CAUSAL_GYM_CHECKED(claim(*database_, experiment, run.id, holder_));
  has_claimed_ = true;
  return transaction.commit();
}

Status SqliteStore::claim_run(const RunId& run) {
  const std::lock_guard lock(mutex_);
  CAUSAL_GYM_TRY(transaction, begin_write());
  CAUSAL_GYM_TRY(experiment, find_experiment(*database_, run));
  CAUSAL_GYM_TRY(finished, is_finished(experiment));
  if (finished) return fail(ErrorCode::conflict, "run '" + run + "' is finished", "run");
  CAUSAL_GYM_CHECKED(claim(*database_, experiment, run, holder_));
  CAUSAL_GYM_CHECKED(write_state(experiment, RunState::running, ""));
  has_claimed_ = true;
  return transaction.commit();
}

Result<std::int64_t> SqliteStore::begin_episode(std::int64_t experiment, const RunId& run,
                                                const EpisodePlan& plan) {
  if (plan.seed > largest_seed)
    return fail(ErrorCode::invalid_argument, episode_name(run, plan) + ": seed over 2^63 - 1",
                "seed");
  CAUSAL_GYM_TRY(statement, database_->statement("INSERT INTO episodes (experiment, plan_index,"
                                                 " environment, agent, trial, seed)"
                                                 " VALUES (?1, ?2, ?3, ?4, ?5, ?6)"));
  statement->bind(1, experiment)
      .bind(2, plan.index)
      .bind(3, std::string_view(plan.environment))
      .bind(4, std::string_view(plan.agent))
      .bind(5, plan.trial)
      .bind(6, static_cast<std::int64_t>(plan.seed));
  CAUSAL_GYM_CHECKED(statement->run());
  return database_->last_inserted();
}

// The number of the episode, which is begun if it is not.
Result<std::int64_t> SqliteStore::open_episode(const RunId& run, const EpisodePlan& plan) {
  CAUSAL_GYM_TRY(experiment, open_run(run));
  CAUSAL_GYM_TRY(episode, find_episode(*database_, experiment, plan.index));
  if (!episode) return begin_episode(experiment, run, plan);
  if (episode->plan != plan)
    return fail(ErrorCode::conflict, episode_name(run, plan) + " was begun with another plan",
                "plan");
  if (episode->finished)
    return fail(ErrorCode::conflict, episode_name(run, plan) + " is finished", "plan");
  return episode->number;
}

Result<SqliteStore::LogEnd> SqliteStore::log_end(std::int64_t episode) {
  CAUSAL_GYM_TRY(statement, database_->statement("SELECT sequence, kind FROM events WHERE"
                                                 " episode = ?1 ORDER BY sequence DESC LIMIT 1"));
  statement->bind(1, episode);
  CAUSAL_GYM_TRY(found, statement->step());
  if (!found) return LogEnd{};
  LogEnd end{statement->integer(0) + 1,
             statement->text(1) == event_kind_name(EventContent(EpisodeEnded{}))};
  statement->reset();
  return end;
}

Status SqliteStore::insert_event(std::int64_t episode, const EpisodeEvent& event) {
  const EventColumns columns = encode_event(event.content);
  CAUSAL_GYM_TRY(statement,
                 database_->statement("INSERT INTO events (episode, sequence, phase, regime, kind,"
                                      " query, value, text, detail)"
                                      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"));
  statement->bind(1, episode)
      .bind(2, event.sequence)
      .bind(3, std::int64_t{event.phase})
      .bind(4, std::string_view(event.regime))
      .bind(5, std::string_view(columns.kind))
      .bind(6, columns.query)
      .bind(7, columns.value)
      .bind(8, columns.text)
      .bind(9, columns.detail);
  return statement->run();
}

// Appends to the log of an episode, which is begun if it is not; its number.
Result<std::int64_t> SqliteStore::insert_events(const RunId& run, const EpisodePlan& plan,
                                                std::span<const EpisodeEvent> events) {
  CAUSAL_GYM_TRY(episode, open_episode(run, plan));
  CAUSAL_GYM_TRY(end, log_end(episode));
  for (const EpisodeEvent& event : events) {
    if (end.ended)
      return fail(ErrorCode::conflict, "the log of " + episode_name(run, plan) + " has ended",
                  "events");
    if (event.sequence != end.next_sequence)
      return fail(ErrorCode::conflict,
                  "the log of " + episode_name(run, plan) + " goes on with sequence " +
                      std::to_string(end.next_sequence) + ", not " + std::to_string(event.sequence),
                  "events");
    CAUSAL_GYM_CHECKED(insert_event(episode, event));
    end = {event.sequence + 1, std::holds_alternative<EpisodeEnded>(event.content)};
  }
  return episode;
}

Status SqliteStore::append_events(const RunId& run, const EpisodePlan& plan,
                                  std::span<const EpisodeEvent> events) {
  if (events.empty()) return fail(ErrorCode::invalid_argument, "no events to append", "events");
  const std::lock_guard lock(mutex_);
  CAUSAL_GYM_TRY(transaction, begin_write());
  CAUSAL_GYM_CHECKED(insert_events(run, plan, events));
  return transaction.commit();
}

Status SqliteStore::insert_scores(std::int64_t episode, std::span<const ScoreValue> scores) {
  CAUSAL_GYM_TRY(statement, database_->statement("INSERT INTO episode_scores (episode, position,"
                                                 " name, value) VALUES (?1, ?2, ?3, ?4)"));
  std::int64_t position = 0;
  for (const ScoreValue& score : scores) {
    statement->bind(1, episode).bind(2, position++).bind(3, std::string_view(score.name));
    statement->bind(4, score.value);
    CAUSAL_GYM_CHECKED(statement->run());
  }
  return {};
}

Status SqliteStore::insert_beliefs(std::int64_t episode,
                                   std::span<const BeliefMeasurement> beliefs) {
  CAUSAL_GYM_TRY(statement,
                 database_->statement(
                     "INSERT INTO belief_measurements (episode, position, phase, query, regime,"
                     " outcome, belief, truth, seeing, before, range_low, range_high, causal,"
                     " discriminating) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,"
                     " ?13, ?14)"));
  std::int64_t position = 0;
  for (const BeliefMeasurement& each : beliefs) {
    statement->bind(1, episode)
        .bind(2, position++)
        .bind(3, std::int64_t{each.phase})
        .bind(4, std::string_view(each.query))
        .bind(5, std::string_view(each.regime))
        .bind(6, belief_outcome_name(each.outcome))
        .bind(7, each.belief)
        .bind(8, each.truth)
        .bind(9, each.seeing)
        .bind(10, each.before)
        .bind(11, each.range.low)
        .bind(12, each.range.high)
        .bind(13, std::int64_t{each.causal})
        .bind(14, std::int64_t{each.discriminating});
    CAUSAL_GYM_CHECKED(statement->run());
  }
  return {};
}

Status SqliteStore::insert_interventions(std::int64_t episode,
                                         std::span<const InterventionRecord> records) {
  CAUSAL_GYM_TRY(statement,
                 database_->statement("INSERT INTO intervention_records (episode, position, phase,"
                                      " regime, unit) VALUES (?1, ?2, ?3, ?4, ?5)"));
  std::int64_t position = 0;
  for (const InterventionRecord& record : records) {
    statement->bind(1, episode)
        .bind(2, position++)
        .bind(3, std::int64_t{record.phase})
        .bind(4, std::string_view(record.regime))
        .bind(5, std::string_view(encode_unit(record.unit)));
    CAUSAL_GYM_CHECKED(statement->run());
  }
  return {};
}

Status SqliteStore::mark_finished(std::int64_t episode, const BeliefCounts& counts) {
  CAUSAL_GYM_TRY(statement, database_->statement("UPDATE episodes SET finished = 1, requested = ?2,"
                                                 " stated = ?3, refused = ?4, unparseable = ?5,"
                                                 " agent_errors = ?6 WHERE number = ?1"));
  statement->bind(1, episode)
      .bind(2, counts.requested)
      .bind(3, counts.stated)
      .bind(4, counts.refused)
      .bind(5, counts.unparseable)
      .bind(6, counts.agent_errors);
  return statement->run();
}

Status SqliteStore::finish_episode(const RunId& run, std::span<const EpisodeEvent> last_events,
                                   const EpisodeResult& result) {
  const std::lock_guard lock(mutex_);
  CAUSAL_GYM_TRY(transaction, begin_write());
  if (last_events.empty()) {
    CAUSAL_GYM_TRY(experiment, find_experiment(*database_, run));
    CAUSAL_GYM_TRY(begun, find_episode(*database_, experiment, result.plan.index));
    if (!begun)
      return fail(ErrorCode::not_found, episode_name(run, result.plan) + " has not begun", "plan");
  }
  CAUSAL_GYM_TRY(episode, insert_events(run, result.plan, last_events));
  CAUSAL_GYM_TRY(end, log_end(episode));
  if (!end.ended)
    return fail(ErrorCode::conflict,
                "the log of " + episode_name(run, result.plan) + " has not ended", "plan");
  CAUSAL_GYM_CHECKED(insert_scores(episode, result.scores.scores));
  CAUSAL_GYM_CHECKED(insert_beliefs(episode, result.beliefs));
  CAUSAL_GYM_CHECKED(insert_interventions(episode, result.interventions));
  CAUSAL_GYM_CHECKED(mark_finished(episode, result.scores.counts));
  return transaction.commit();
}

Result<bool> SqliteStore::is_finished(std::int64_t experiment) {
  CAUSAL_GYM_TRY(current, database_->statement("SELECT state FROM experiments WHERE number = ?1"));
  current->bind(1, experiment);
  CAUSAL_GYM_TRY(found, current->step());
  const bool finished = found && current->text(0) == run_state_name(RunState::finished);
  current->reset();
  return finished;
}

// An interrupted run is a running one on which nobody works; so it is also after a kill.
Status SqliteStore::write_state(std::int64_t experiment, RunState state,
                                const std::string& reason) {
  const auto stored = state == RunState::interrupted ? RunState::running : state;
  CAUSAL_GYM_TRY(statement, database_->statement("UPDATE experiments SET state = ?2, reason = ?3"
                                                 " WHERE number = ?1"));
  statement->bind(1, experiment).bind(2, run_state_name(stored)).bind(3, std::string_view(reason));
  return statement->run();
}

Status SqliteStore::set_run_state(const RunId& run, RunState state, const std::string& reason) {
  if (state == RunState::running)
    return fail(ErrorCode::invalid_argument, "a run is made running by claiming it", "state");
  const std::lock_guard lock(mutex_);
  CAUSAL_GYM_TRY(transaction, begin_write());
  CAUSAL_GYM_TRY(experiment, open_run(run));
  CAUSAL_GYM_TRY(finished, is_finished(experiment));
  if (finished && state == RunState::finished) return {};
  if (finished) return fail(ErrorCode::conflict, "run '" + run + "' is finished", "run");
  CAUSAL_GYM_CHECKED(write_state(experiment, state, reason));
  CAUSAL_GYM_CHECKED(release(*database_, experiment, holder_));
  return transaction.commit();
}

Status SqliteStore::keep_model_options(const RunId& run, const std::string& options) {
  const std::lock_guard lock(mutex_);
  CAUSAL_GYM_TRY(transaction, begin_write());
  CAUSAL_GYM_TRY(experiment, open_run(run));
  CAUSAL_GYM_TRY(finished, is_finished(experiment));
  if (finished) return fail(ErrorCode::conflict, "run '" + run + "' is finished", "run");
  CAUSAL_GYM_TRY(statement, database_->statement("UPDATE experiments SET model_options = ?2"
                                                 " WHERE number = ?1"));
  statement->bind(1, experiment).bind(2, text_or_null(options));
  CAUSAL_GYM_CHECKED(statement->run());
  return transaction.commit();
}

Result<RunListing> SqliteStore::list_runs(std::size_t limit,
                                          const std::optional<std::string>& cursor) {
  const std::lock_guard lock(reading_mutex_);
  CAUSAL_GYM_TRY(transaction, Transaction::begin(*reading_, Kind::read));
  return read_listing(*reading_, limit, cursor);
}

Result<StoredRun> SqliteStore::load_run(const RunId& run) {
  const std::lock_guard lock(reading_mutex_);
  CAUSAL_GYM_TRY(transaction, Transaction::begin(*reading_, Kind::read));
  return read_run(*reading_, run);
}

}  // namespace

Result<std::unique_ptr<RunStore>> open_sqlite_store(const std::string& path,
                                                    const DatabaseOptions& options) {
  // It would become folders named after its parts, a password among them.
  if (path.find("://") != std::string::npos)
    return fail(ErrorCode::invalid_argument, "the SQLite store is a file, and this is a URL");
  CAUSAL_GYM_TRY(database, Database::open(path, options));
  {
    // One state of the file: another process may be making its tables.
    CAUSAL_GYM_TRY(transaction, Transaction::begin(*database, Kind::read));
    CAUSAL_GYM_CHECKED(check_schema(*database, migrations()));
  }
  if (options.read_only) {
    CAUSAL_GYM_CHECKED(check_up_to_date(*database, migrations()));
    return std::unique_ptr<RunStore>(std::make_unique<SqliteStore>(nullptr, std::move(database)));
  }
  CAUSAL_GYM_CHECKED(database->make_durable());
  CAUSAL_GYM_CHECKED(migrate(*database, migrations()));
  CAUSAL_GYM_TRY(reading, Database::open(path, options));
  return std::unique_ptr<RunStore>(
      std::make_unique<SqliteStore>(std::move(database), std::move(reading)));
}

}  // namespace causal_gym
