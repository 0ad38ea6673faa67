// What the requests to language models of one run may spend, counted for all processes that play
// parts of it: what is on record, and what those under way may come to.
//
// A reservation is leased, and renewed while its ledger lives. One whose lease has run out counts
// as spent: the request may have been sent, and nobody will record what it came to. Cost: of any
// number of reservations one transaction with one fsync, linear in those of the run; of opening a
// ledger, linear in the exchanges of the run.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "platform/llm/budget.h"
#include "platform/llm/exchange.h"
#include "platform/store/connection_pool.h"
#include "platform/store/lease_keeper.h"

namespace causal_gym {

// Safe from any thread.
class SpendingLedger {
 public:
  // Counts what is on record of the run. Errors: unavailable; conflict (no such run).
  [[nodiscard]] static Result<std::unique_ptr<SpendingLedger>> open(
      std::shared_ptr<ConnectionPool> pool, const std::string& run, const BudgetLimits& limits,
      std::int64_t lease_seconds);

  // As SharedBudget. Errors: unavailable.
  [[nodiscard]] Result<std::vector<BudgetVerdict>> reserve(
      std::span<const Reservation> reservations);

  // By which record() knows what to take away.
  [[nodiscard]] const std::string& holder() const { return holder_; }
  [[nodiscard]] const Spending& on_record() const { return on_record_; }  // when it was opened

 private:
  SpendingLedger(std::shared_ptr<ConnectionPool> pool, std::string run, const BudgetLimits& limits,
                 std::int64_t lease_seconds);
  [[nodiscard]] Status count_what_is_on_record();

  const std::shared_ptr<ConnectionPool> pool_;
  const std::string run_;
  const BudgetLimits limits_;
  const std::int64_t lease_seconds_;
  const std::string holder_;
  Spending on_record_;
  LeaseKeeper keeper_;  // last: it uses what stands above
};

// Takes away what the holder's calls had reserved, as their exchanges of the run are now on record.
// Is made before they are inserted: from then on nobody else counts.
[[nodiscard]] Status settle_reservations(Database& database, const std::string& holder,
                                         std::span<const Exchange> exchanges);

}  // namespace causal_gym
