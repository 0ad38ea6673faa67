// A bounded number of connections to one database, lent to one thread at a time; new ones in place
// of those that were lost, with ever longer pauses while the database cannot be reached.
//
// Cost: a lock for each loan. Safe from any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "platform/store/database.h"

namespace causal_gym {

struct PoolLimits {
  std::size_t connections = 1;
  std::chrono::milliseconds wait{30'000};      // for one that others use
  std::chrono::milliseconds patience{10'000};  // of a write, for a database that went away
};

class ConnectionPool {
 public:
  using Open = std::function<Result<std::unique_ptr<Database>>()>;
  using Work = std::function<Status(Database&)>;

  // A connection on loan; it goes back with this object.
  class Loan {
   public:
    Loan(ConnectionPool& pool, std::unique_ptr<Database> database)
        : pool_(&pool), database_(std::move(database)) {}
    Loan(Loan&& other) noexcept : pool_(other.pool_), database_(std::move(other.database_)) {}
    Loan& operator=(Loan&&) = delete;
    ~Loan();
    [[nodiscard]] Database& database() const { return *database_; }

   private:
    ConnectionPool* pool_;
    std::unique_ptr<Database> database_;
  };

  // `first`: a connection that is open already.
  ConnectionPool(std::unique_ptr<Database> first, Open open, const PoolLimits& limits);

  // Errors: unavailable (all are in use for too long, or none can be opened: at once when the last
  // try was a moment ago).
  [[nodiscard]] Result<Loan> take();

  // Does the work in one transaction and commits it. When the connection is lost on the way, and
  // nothing is kept for certain, all is done again on another one: a write waits for the database
  // up to its patience, a read does not. Errors: those of the work, which undo it; unavailable.
  [[nodiscard]] Status transact(TransactionKind kind, const Work& work);

  // As transact, for a write that is in the middle: whether it is worth doing again.
  class Attempts {
   public:
    explicit Attempts(const ConnectionPool& pool, TransactionKind kind);
    // Pauses, and says whether to do it again.
    [[nodiscard]] bool again();

   private:
    std::chrono::steady_clock::time_point deadline_;
    std::chrono::milliseconds pause_;
    bool is_first_ = true;
  };

  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  void give_back(std::unique_ptr<Database> database);
  [[nodiscard]] Result<std::unique_ptr<Database>> open_another();

  const Open open_;
  const PoolLimits limits_;
  const std::string name_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<Database>> idle_;
  std::size_t open_count_ = 0;
  std::optional<Error> failed_;  // why the last one could not be opened
  std::chrono::milliseconds backoff_{0};
  std::chrono::steady_clock::time_point next_try_{};
};

}  // namespace causal_gym
