#include "platform/store/sql_run_store.h"

#include <optional>
#include <utility>
#include <vector>

#include "platform/store/episode_writer.h"
#include "platform/store/job_queue.h"
#include "platform/store/run_listing.h"
#include "platform/store/run_reader.h"
#include "platform/store/run_shards.h"
#include "platform/store/run_writer.h"

namespace causal_gym {
namespace {

using Kind = TransactionKind;

tl::unexpected<Error> finished(const RunId& run) {
  return fail(ErrorCode::conflict, "run '" + run + "' is finished", "run");
}

std::optional<std::string_view> text_or_null(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional<std::string_view>(text);
}

}  // namespace

// A transaction over several calls. What they do is remembered, so that it can be done again when
// the connection is lost.
class SqlRunStore::Together {
 public:
  explicit Together(ConnectionPool& pool) : pool_(pool), attempts_(pool, Kind::write) {}

  [[nodiscard]] Status run(const Work& work) {
    return until_it_lasts([&]() -> Status {
      CAUSAL_GYM_CHECKED(work(loan_->database()));
      done_.push_back(work);
      return {};
    });
  }

  [[nodiscard]] Status commit() {
    return until_it_lasts([&] { return transaction_->commit(); });
  }

 private:
  template <class Step>
  [[nodiscard]] Status until_it_lasts(Step step) {
    for (;;) {
      Status status = transaction_ ? Status() : begin();
      if (status) status = step();
      const bool is_lost = !loan_ || loan_->database().is_lost();
      if (status || !is_lost || (loan_ && loan_->database().is_in_doubt())) return status;
      transaction_.reset();
      loan_.reset();
      if (!attempts_.again()) return status;
    }
  }

  [[nodiscard]] Status begin() {
    CAUSAL_GYM_TRY(loan, pool_.take());
    loan_.emplace(std::move(loan));
    CAUSAL_GYM_TRY(transaction, Transaction::begin(loan_->database(), Kind::write));
    transaction_.emplace(std::move(transaction));
    for (const auto& work : done_) CAUSAL_GYM_CHECKED(work(loan_->database()));
    return {};
  }

  ConnectionPool& pool_;
  ConnectionPool::Attempts attempts_;
  std::optional<ConnectionPool::Loan> loan_;
  std::optional<Transaction> transaction_;  // goes before the loan
  std::vector<Work> done_;
};

SqlRunStore::SqlRunStore(std::shared_ptr<ConnectionPool> writing,
                         std::shared_ptr<ConnectionPool> reading, std::int64_t lease_seconds)
    : writing_(std::move(writing)),
      reading_(std::move(reading)),
      holder_(new_claim_holder(lease_seconds)),
      lease_keeper_(std::make_unique<LeaseKeeper>(std::chrono::seconds(lease_seconds), [this] {
        return writing_->transact(Kind::write, [this](Database& database) -> Status {
          CAUSAL_GYM_CHECKED(renew_all(database, holder_));
          return renew_all_shards(database, holder_);
        });
      })) {}

SqlRunStore::~SqlRunStore() {
  const bool has_claimed = lease_keeper_->has_started();
  lease_keeper_.reset();
  if (!has_claimed) return;
  const auto loan = writing_->take();
  if (!loan) return;
  auto transaction = Transaction::begin(loan->database(), Kind::write);
  if (transaction && release_all(loan->database(), holder_) &&
      release_all_shards(loan->database(), holder_))
    (void)transaction->commit();
}

SqlRunStore::Together* SqlRunStore::together_of_this_thread() {
  const std::lock_guard lock(together_mutex_);
  const auto found = together_.find(std::this_thread::get_id());
  return found == together_.end() ? nullptr : found->second;
}

Status SqlRunStore::write(const Work& work) {
  if (writing_ == nullptr)
    return fail(ErrorCode::unavailable,
                "database '" + reading_->name() + "' was opened for reading only",
                reading_->name());
  if (auto* together = together_of_this_thread()) return together->run(work);
  return writing_->transact(Kind::write, work);
}

Status SqlRunStore::together(const std::function<Status()>& work) {
  if (together_of_this_thread() != nullptr) return work();
  if (writing_ == nullptr) return write({});
  Together together(*writing_);
  const auto thread = std::this_thread::get_id();
  {
    const std::lock_guard lock(together_mutex_);
    together_[thread] = &together;
  }
  auto status = work();
  {
    const std::lock_guard lock(together_mutex_);
    together_.erase(thread);
  }
  return status ? together.commit() : status;
}

Result<LockedRun> SqlRunStore::open_run(Database& database, const RunId& run) {
  CAUSAL_GYM_TRY(locked, lock_run(database, run));
  CAUSAL_GYM_CHECKED(check_claim(locked, run, holder_, takings_.number_of(run)));
  return locked;
}

Result<std::int64_t> SqlRunStore::open_run_for(Database& database, const RunId& run,
                                               std::int64_t plan_index) {
  if (const auto shard = shard_of_this_thread(); shard && shard->run == run)
    return open_shard(database, *shard, plan_index);
  CAUSAL_GYM_TRY(locked, open_run(database, run));
  return locked.number;
}

Status SqlRunStore::create_run(const NewRun& run) {
  auto taking = std::make_shared<std::int64_t>(0);
  CAUSAL_GYM_CHECKED(write([this, run, taking](Database& database) -> Status {
    CAUSAL_GYM_TRY(number, insert_run(database, run));
    CAUSAL_GYM_TRY(taken, claim(database, {.number = number}, run.id, holder_));
    *taking = taken;
    return {};
  }));
  takings_.keep(run.id, *taking);
  lease_keeper_->start();
  return {};
}

Status SqlRunStore::claim_run(const RunId& run) {
  auto taking = std::make_shared<std::int64_t>(0);
  CAUSAL_GYM_CHECKED(write([this, run, taking](Database& database) -> Status {
    CAUSAL_GYM_TRY(locked, lock_run(database, run));
    if (locked.finished()) return finished(run);
    CAUSAL_GYM_TRY(taken, claim(database, locked, run, holder_));
    *taking = taken;
    return write_state(database, locked.number, RunState::running, "");
  }));
  takings_.keep(run, *taking);
  lease_keeper_->start();
  return {};
}

Status SqlRunStore::append_events(const RunId& run, const EpisodePlan& plan,
                                  std::span<const EpisodeEvent> events) {
  if (events.empty()) return fail(ErrorCode::invalid_argument, "no events to append", "events");
  std::vector<EpisodeEvent> kept(events.begin(), events.end());
  return write([this, run, plan, kept = std::move(kept)](Database& database) -> Status {
    CAUSAL_GYM_TRY(number, open_run_for(database, run, plan.index));
    CAUSAL_GYM_TRY(episode, open_episode(database, number, run, plan));
    CAUSAL_GYM_CHECKED(forget_crashes(database, number));
    return write_events(database, run, episode, kept);
  });
}

Status SqlRunStore::finish_episode(const RunId& run, std::span<const EpisodeEvent> last_events,
                                   const EpisodeResult& result) {
  std::vector<EpisodeEvent> kept(last_events.begin(), last_events.end());
  return write([this, run, result, kept = std::move(kept)](Database& database) -> Status {
    CAUSAL_GYM_TRY(number, open_run_for(database, run, result.plan.index));
    CAUSAL_GYM_TRY(episode, open_episode(database, number, run, result.plan));
    if (kept.empty() && episode.next_sequence == 0)  // and what was begun now is undone
      return fail(
          ErrorCode::not_found,
          "episode " + std::to_string(result.plan.index) + " of run '" + run + "' has not begun",
          "plan");
    CAUSAL_GYM_CHECKED(forget_crashes(database, number));
    CAUSAL_GYM_CHECKED(write_events(database, run, episode, kept));
    return write_result(database, run, episode, result);
  });
}

Status SqlRunStore::set_run_state(const RunId& run, RunState state, const std::string& reason) {
  if (state == RunState::running)
    return fail(ErrorCode::invalid_argument, "a run is made running by claiming it", "state");
  auto status = write([this, run, state, reason](Database& database) -> Status {
    CAUSAL_GYM_TRY(locked, open_run(database, run));
    if (locked.finished()) return state == RunState::finished ? Status() : finished(run);
    CAUSAL_GYM_CHECKED(write_state(database, locked.number, state, reason));
    return release(database, locked.number, holder_);
  });
  forget_taking(run, status);
  return status;
}

Status SqlRunStore::keep_model_options(const RunId& run, const std::string& options) {
  return write([this, run, options](Database& database) -> Status {
    CAUSAL_GYM_TRY(locked, open_run(database, run));
    if (locked.finished()) return finished(run);
    CAUSAL_GYM_TRY(statement, database.statement("UPDATE experiments SET model_options = ?2"
                                                 " WHERE number = ?1"));
    statement->bind(1, locked.number).bind(2, text_or_null(options));
    return statement->run();
  });
}

Result<RunListing> SqlRunStore::find_runs(const RunQuery& query) {
  RunListing listing;
  CAUSAL_GYM_CHECKED(reading_->transact(Kind::read, [&](Database& database) -> Status {
    CAUSAL_GYM_TRY(read, read_listing(database, query));
    listing = std::move(read);
    return {};
  }));
  return listing;
}

Result<StoredRun> SqlRunStore::load_run(const RunId& run) { return load_episodes(run, {}); }

Result<StoredRun> SqlRunStore::load_episodes(const RunId& run, const EpisodeRange& range) {
  StoredRun stored;
  CAUSAL_GYM_CHECKED(reading_->transact(Kind::read, [&](Database& database) -> Status {
    CAUSAL_GYM_TRY(read, read_run(database, run, range));
    stored = std::move(read);
    return {};
  }));
  return stored;
}

}  // namespace causal_gym
