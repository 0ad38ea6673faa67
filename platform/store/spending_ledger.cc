#include "platform/store/spending_ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <random>
#include <string_view>
#include <utility>

#include "platform/store/exchange_attempts.h"

namespace causal_gym {

namespace {

using Kind = TransactionKind;

// Of one amount: sums of thousands of them are below 2^63.
constexpr std::int64_t most_counted = 1'000'000'000'000'000;

Charge counted(const Charge& charge) {
  return {std::min(charge.calls, most_counted), std::min(charge.input_tokens, most_counted),
          std::min(charge.output_tokens, most_counted), charge.cost_usd.value_or(0)};
}

Charge charge_of(const Statement& row, int first) {
  return {row.integer(first), row.integer(first + 1), row.integer(first + 2), row.real(first + 3)};
}

void bind_charge(Statement& statement, int first, const Charge& charge) {
  const auto amounts = counted(charge);
  statement.bind(first, amounts.calls)
      .bind(first + 1, amounts.input_tokens)
      .bind(first + 2, amounts.output_tokens)
      .bind(first + 3, *amounts.cost_usd);
}

std::string new_holder() {
  std::random_device entropy;
  return fmt::format("{:08x}{:08x}", entropy(), entropy());
}

// Until the end of the transaction nobody else reserves or settles for the run.
Status lock_spending(Database& database, const std::string& run) {
  CAUSAL_GYM_TRY(lock, database.statement("SELECT run FROM model_spending WHERE run = ?1"
                                          " {for_update}"));
  lock->bind(1, std::string_view(run));
  return lock->run_later();
}

// Who reserved: the holder, and its call.
using Place = std::pair<std::string, std::uint64_t>;

struct Reserved {
  Charge so_far = {};
  Charge worst = {};
};

struct RunSpending {
  Charge on_record = {};
  std::map<Place, Reserved> reserved = {};

  // But for one call: what is spent for certain, and what may be given back.
  [[nodiscard]] std::pair<Charge, Charge> but_for(const Place& place) const {
    std::pair<Charge, Charge> sums = {on_record, {}};
    for (const auto& [each, reservation] : reserved) {
      if (each == place) continue;
      sums.first = sum_of(sums.first, reservation.so_far);
      sums.second = sum_of(sums.second, reservation.worst);
    }
    return sums;
  }
};

// A row of model_reservations; of whoever is not there any more, the worst has come to be.
void add_reservation(const Statement& row, const std::string& own_holder, RunSpending& spending) {
  const Place place = {row.text(0), static_cast<std::uint64_t>(row.integer(1))};
  Reserved reserved = {charge_of(row, 3), charge_of(row, 7)};
  if (row.integer(2) != 0 && place.first != own_holder)
    reserved = {sum_of(reserved.so_far, reserved.worst), {}};
  spending.reserved.emplace(place, reserved);
}

Result<RunSpending> read_spending(Database& database, const std::string& run,
                                  const std::string& own_holder) {
  RunSpending spending;
  CAUSAL_GYM_TRY(counted, database.statement("SELECT calls, input_tokens, output_tokens, cost_usd"
                                             " FROM model_spending WHERE run = ?1"));
  counted->bind(1, std::string_view(run));
  CAUSAL_GYM_CHECKED(for_each_row(*counted, [&](const Statement& row) -> Status {
    spending.on_record = charge_of(row, 0);
    return {};
  }));
  CAUSAL_GYM_TRY(
      reserved,
      database.statement("SELECT holder, call, CASE WHEN {now_seconds} - renewed_at > lease_seconds"
                         " THEN 1 ELSE 0 END, calls, input_tokens, output_tokens, cost_usd,"
                         " worst_calls, worst_input_tokens, worst_output_tokens, worst_cost_usd"
                         " FROM model_reservations WHERE run = ?1"));
  reserved->bind(1, std::string_view(run));
  CAUSAL_GYM_CHECKED(for_each_row(*reserved, [&](const Statement& row) -> Status {
    add_reservation(row, own_holder, spending);
    return {};
  }));
  return spending;
}

Status take_away(Database& database, const Place& place) {
  CAUSAL_GYM_TRY(statement, database.statement("DELETE FROM model_reservations WHERE holder = ?1"
                                               " AND call = ?2"));
  statement->bind(1, std::string_view(place.first))
      .bind(2, static_cast<std::int64_t>(place.second));
  return statement->run_later();
}

Status keep(Database& database, const Place& place, const std::string& run,
            std::int64_t lease_seconds, const Reserved& reserved) {
  if (reserved.so_far == Charge() && reserved.worst == Charge()) return take_away(database, place);
  CAUSAL_GYM_TRY(
      statement,
      database.statement(
          "INSERT INTO model_reservations (holder, call, run, calls, input_tokens, output_tokens,"
          " cost_usd, worst_calls, worst_input_tokens, worst_output_tokens, worst_cost_usd,"
          " renewed_at, lease_seconds)"
          " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, {now_seconds}, ?12)"
          " ON CONFLICT (holder, call) DO UPDATE SET calls = excluded.calls,"
          " input_tokens = excluded.input_tokens, output_tokens = excluded.output_tokens,"
          " cost_usd = excluded.cost_usd, worst_calls = excluded.worst_calls,"
          " worst_input_tokens = excluded.worst_input_tokens,"
          " worst_output_tokens = excluded.worst_output_tokens,"
          " worst_cost_usd = excluded.worst_cost_usd, renewed_at = excluded.renewed_at"));
  statement->bind(1, std::string_view(place.first))
      .bind(2, static_cast<std::int64_t>(place.second))
      .bind(3, std::string_view(run));
  bind_charge(*statement, 4, reserved.so_far);
  bind_charge(*statement, 8, reserved.worst);
  statement->bind(12, lease_seconds);
  return statement->run_later();
}

BudgetVerdict decide(const Reservation& asked, const BudgetLimits& limits, const Place& place,
                     RunSpending& spending) {
  Reserved kept = {counted(asked.so_far), {}};
  BudgetVerdict verdict;
  if (asked.worst) {
    const auto [spent, under_way] = spending.but_for(place);
    verdict = fit_budget(limits, sum_of(spent, kept.so_far), under_way, *asked.worst);
    if (verdict.answer == BudgetAnswer::granted) kept.worst = counted(*asked.worst);
  }
  spending.reserved.insert_or_assign(place, kept);
  return verdict;
}

}  // namespace

SpendingLedger::SpendingLedger(std::shared_ptr<ConnectionPool> pool, std::string run,
                               const BudgetLimits& limits, std::int64_t lease_seconds)
    : pool_(std::move(pool)),
      run_(std::move(run)),
      limits_(limits),
      lease_seconds_(lease_seconds),
      holder_(new_holder()),
      keeper_(std::chrono::seconds(lease_seconds), [this] {
        return pool_->transact(Kind::write, [this](Database& database) -> Status {
          // Before the rows, as everybody does, so that no two wait for each other.
          CAUSAL_GYM_CHECKED(lock_spending(database, run_));
          CAUSAL_GYM_TRY(statement, database.statement("UPDATE model_reservations"
                                                       " SET renewed_at = {now_seconds}"
                                                       " WHERE holder = ?1"));
          statement->bind(1, std::string_view(holder_));
          return statement->run_later();
        });
      }) {}

Result<std::unique_ptr<SpendingLedger>> SpendingLedger::open(std::shared_ptr<ConnectionPool> pool,
                                                             const std::string& run,
                                                             const BudgetLimits& limits,
                                                             std::int64_t lease_seconds) {
  std::unique_ptr<SpendingLedger> ledger(
      new SpendingLedger(std::move(pool), run, limits, lease_seconds));
  CAUSAL_GYM_CHECKED(ledger->count_what_is_on_record());
  ledger->keeper_.start();
  return ledger;
}

// From the exchanges: who plays a run alone, on the command line, counts nothing here.
Status SpendingLedger::count_what_is_on_record() {
  return pool_->transact(Kind::write, [this](Database& database) -> Status {
    CAUSAL_GYM_TRY(row, database.statement("INSERT INTO model_spending (run) VALUES (?1)"
                                           " ON CONFLICT (run) DO NOTHING"));
    row->bind(1, std::string_view(run_));
    CAUSAL_GYM_CHECKED(row->run_later());
    CAUSAL_GYM_CHECKED(lock_spending(database, run_));
    CAUSAL_GYM_TRY(spent, spent_on_record(database, run_));
    on_record_ = spent;
    CAUSAL_GYM_TRY(count, database.statement("UPDATE model_spending SET calls = ?2,"
                                             " input_tokens = ?3, output_tokens = ?4,"
                                             " cost_usd = ?5 WHERE run = ?1"));
    count->bind(1, std::string_view(run_));
    bind_charge(*count, 2, spent.spent);
    return count->run_later();
  });
}

Result<std::vector<BudgetVerdict>> SpendingLedger::reserve(
    std::span<const Reservation> reservations) {
  std::vector<BudgetVerdict> verdicts;
  const auto reserved = pool_->transact(Kind::write, [&](Database& database) -> Status {
    verdicts.clear();
    CAUSAL_GYM_CHECKED(lock_spending(database, run_));
    CAUSAL_GYM_TRY(spending, read_spending(database, run_, holder_));
    for (const auto& each : reservations) {
      const Place place = {holder_, each.call};
      verdicts.push_back(decide(each, limits_, place, spending));
      CAUSAL_GYM_CHECKED(keep(database, place, run_, lease_seconds_, spending.reserved.at(place)));
    }
    return {};
  });
  if (!reserved) return fail(reserved.error());
  return verdicts;
}

Status settle_reservations(Database& database, const std::string& holder,
                           std::span<const Exchange> exchanges) {
  if (exchanges.empty()) return {};
  const auto& run = exchanges.front().key.run;
  CAUSAL_GYM_CHECKED(lock_spending(database, run));
  Charge spent;
  for (const auto& exchange : exchanges) {
    for (const auto& attempt : exchange.attempts) spent = sum_of(spent, counted(attempt.charge));
    if (exchange.call != 0) CAUSAL_GYM_CHECKED(take_away(database, {holder, exchange.call}));
  }
  CAUSAL_GYM_TRY(count, database.statement("UPDATE model_spending SET calls = calls + ?2,"
                                           " input_tokens = input_tokens + ?3,"
                                           " output_tokens = output_tokens + ?4,"
                                           " cost_usd = cost_usd + ?5 WHERE run = ?1"));
  count->bind(1, std::string_view(run));
  bind_charge(*count, 2, spent);
  return count->run_later();
}

}  // namespace causal_gym
