// Where exchanges with language models are kept: in the database of the runs, in the table
// `exchanges`.
//
// A record is kept also of a run that another one has taken over: it was said, and paid for. Cost:
// a record of any number of exchanges is one transaction with one fsync, and on PostgreSQL one
// round trip; a look-up reads one index.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "platform/llm/exchange.h"
#include "platform/store/connection_pool.h"
#include "platform/store/database_options.h"
#include "platform/store/spending_ledger.h"

namespace causal_gym {

// Which exchanges may give back their reply.
struct ExchangeFilter {
  std::optional<CallKey> call = {};  // of this request of this run alone; absent: of any
  std::int64_t since = 0;            // recorded then or later, in seconds since 1970
};

// A parameter that a model refused, and that was left out from then on.
struct LeftOut {
  std::string provider;
  std::string model;
  std::string parameter;
  friend bool operator==(const LeftOut&, const LeftOut&) = default;
};

// Safe from any thread.
class ExchangeStore {
 public:
  // The place is one that open_store has brought up to date. Errors: unavailable, invalid_argument.
  [[nodiscard]] static Result<std::unique_ptr<ExchangeStore>> open(
      const std::string& target, const DatabaseOptions& options = {});

  // All durable when it returns a value, none kept otherwise. `now`: seconds since 1970. Errors:
  // unavailable; conflict (the run of one is not there). `holder`: of a ledger, whose reservations
  // for these exchanges, all of its run, are settled.
  [[nodiscard]] Status record(std::span<const Exchange> exchanges, std::int64_t now,
                              const std::string& holder = {});
  // As SpendingLedger::open.
  [[nodiscard]] Result<std::unique_ptr<SpendingLedger>> open_ledger(const std::string& run,
                                                                    const BudgetLimits& limits,
                                                                    std::int64_t lease_seconds);
  // The newest whole reply under the key. Errors: unavailable.
  [[nodiscard]] Result<std::optional<WireResponse>> find(std::string_view cache_key,
                                                         const ExchangeFilter& filter = {});
  // The exchanges of a run, in the order of episodes, requests, and time. Errors: unavailable.
  [[nodiscard]] Result<std::vector<StoredExchange>> of_run(const std::string& run);
  // What the requests of a run counted for in its budgets, those that failed included. Errors:
  // unavailable.
  [[nodiscard]] Result<Spending> spent_by(const std::string& run);
  // Each once, in order. Errors: unavailable.
  [[nodiscard]] Result<std::vector<LeftOut>> left_out_by(const std::string& run);
  // Where the run asked last, by provider. Errors: unavailable.
  [[nodiscard]] Result<std::map<std::string, std::string>> addresses_of(const std::string& run);

 private:
  // Calls row for each row of a statement whose only parameter is the run.
  [[nodiscard]] Status read(const char* sql, const std::string& run,
                            const std::function<void(const Statement&)>& row);

  explicit ExchangeStore(std::shared_ptr<ConnectionPool> pool) : pool_(std::move(pool)) {}

  std::shared_ptr<ConnectionPool> pool_;
};

}  // namespace causal_gym
