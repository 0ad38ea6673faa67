// Who works on which run; part of the store over SQL. Each call is to be made within a transaction.
//
// A claim is a lease of an opened store, which renews it while it lives (lease_keeper.h). It ends
// when it is released, when it was not renewed for its lease by the database's clock, or at once
// when its process is of this machine and has ended. Each taking of a run has a number, ever
// higher: a holder that was taken over, however long it was stopped, is known by its lower one.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "gym/experiment/run_store.h"
#include "platform/store/database.h"
#include "platform/store/process_identity.h"

namespace causal_gym {

// Its holder: the opened store and the process that opened it.
struct ClaimHolder {
  std::string store;
  ProcessIdentity identity;
  std::int64_t lease_seconds = 0;
};

// A new one for this process.
[[nodiscard]] ClaimHolder new_claim_holder(std::int64_t lease_seconds);

// The columns that read_claim reads, of a table `workers`.
[[nodiscard]] std::string claim_columns();

struct Claim {
  std::string store;
  RunWorker worker;
  bool is_live = false;
};

// The claim in a row's columns from `column` on; none when there is no row.
[[nodiscard]] std::optional<Claim> read_claim(const Statement& row, int column);

// The stores, as a JSON array, whose process was of this machine and has ended. Cost: O(claims),
// and a look at each process of this machine that holds any.
[[nodiscard]] Result<std::string> ended_stores(Database& database);

// A run as whoever writes to it finds it. It is locked until the end of the transaction.
struct LockedRun {
  std::int64_t number = 0;
  RunState state = RunState::running;  // as stored: running or one that it ended in
  std::int64_t takings = 0;            // the number of the last one
  std::optional<Claim> claim = {};
  [[nodiscard]] bool finished() const { return state == RunState::finished; }
};

// Errors: not_found.
[[nodiscard]] Result<LockedRun> lock_run(Database& database, const RunId& run);

// The takings of one store: each thread that took a run has its own number of it, so that of two
// threads that took it one after the other the first is refused as another store's would be.
// Threads that have none work for whoever took it last. Safe from any thread.
class Takings {
 public:
  // The calling thread has taken the run, or carries out what another one has taken.
  void keep(const RunId& run, std::int64_t number);
  // What number_of gives the calling thread is over.
  void forget(const RunId& run);
  [[nodiscard]] std::optional<std::int64_t> number_of(const RunId& run) const;

 private:
  struct Taking {
    std::thread::id thread;
    std::int64_t number = 0;
  };
  [[nodiscard]] std::vector<Taking>::const_iterator find(const std::vector<Taking>& of_run) const;

  mutable std::mutex mutex_;
  std::map<RunId, std::vector<Taking>> takings_;  // of each run, the last one last; never empty
};

// Errors: conflict, when another store works on the run, or has taken it from this one, whose
// number of it was `taking`.
[[nodiscard]] Status check_claim(const LockedRun& locked, const RunId& run,
                                 const ClaimHolder& holder, std::optional<std::int64_t> taking);

// Takes the run, or renews what one holds and has not lost; the number of the taking. Errors:
// conflict, naming who holds it.
[[nodiscard]] Result<std::int64_t> claim(Database& database, const LockedRun& locked,
                                         const RunId& run, const ClaimHolder& holder);
// Holds the runs whose column `number` is in what follows it. Its parameters from ?2 on are bound
// by bind_holder.
[[nodiscard]] std::string insert_holds(std::string_view runs);
void bind_holder(Statement& statement, const ClaimHolder& holder);
// Holds runs that are locked and nobody's: their numbers as a JSON array.
[[nodiscard]] Status hold_runs(Database& database, const std::string& numbers,
                               const ClaimHolder& holder);
// Its job, if it has one and the run has not ended, waits again. Does nothing when another one
// holds it.
[[nodiscard]] Status release(Database& database, std::int64_t experiment,
                             const ClaimHolder& holder);
// Takes the run away from whoever holds it, without giving it to anybody: the holder's next write
// is refused.
[[nodiscard]] Status revoke(Database& database, const LockedRun& locked);
// Of every claim of the holder.
[[nodiscard]] Status release_all(Database& database, const ClaimHolder& holder);
[[nodiscard]] Status renew_all(Database& database, const ClaimHolder& holder);

}  // namespace causal_gym
