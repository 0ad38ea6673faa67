#include "platform/store/run_claims.h"

#include <fmt/format.h>

#include <random>

namespace causal_gym {

namespace {

const std::string select_claim =
    "SELECT " + claim_columns() + " FROM workers WHERE workers.experiment = ?1";

Result<std::optional<Claim>> find_claim(Database& database, std::int64_t experiment) {
  CAUSAL_GYM_TRY(statement, database.statement(select_claim.c_str()));
  statement->bind(1, experiment);
  CAUSAL_GYM_TRY(found, statement->step());
  if (!found) return std::optional<Claim>();
  auto held = read_claim(*statement, 0);
  statement->reset();
  return held;
}

tl::unexpected<Error> held_by(const RunWorker& worker, const RunId& run) {
  return fail(ErrorCode::conflict,
              fmt::format("run '{}' is being worked on by process {} on {}, since {}", run,
                          worker.process, worker.host, worker.since),
              "run", "wait for it, or end that process and then resume the run");
}

}  // namespace

ClaimHolder new_claim_holder() {
  std::random_device entropy;
  return {fmt::format("{:08x}{:08x}", entropy(), entropy()), this_process()};
}

std::string claim_columns() {
  return "workers.store, workers.process, workers.process_started, workers.machine, workers.host,"
         " workers.since, unixepoch() - workers.renewed_at";
}

std::optional<Claim> read_claim(const Statement& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  const ProcessIdentity identity{row.integer(column + 1), row.text(column + 2),
                                 row.text(column + 3), row.text(column + 4)};
  const bool alive = identity.machine == this_process().machine
                         ? is_alive(identity)
                         : row.integer(column + 6) <= claim_seconds;
  if (!alive) return std::nullopt;
  return Claim{row.text(column), {identity.process, identity.host, row.text(column + 5)}};
}

Status claim(Database& database, std::int64_t experiment, const RunId& run,
             const ClaimHolder& holder) {
  CAUSAL_GYM_TRY(held, find_claim(database, experiment));
  if (held && held->store != holder.store) return held_by(held->worker, run);
  CAUSAL_GYM_TRY(statement, database.statement(
                                "INSERT OR REPLACE INTO workers (experiment, store, process,"
                                " process_started, machine, host, since, renewed_at) VALUES (?1,"
                                " ?2, ?3, ?4, ?5, ?6, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'),"
                                " unixepoch())"));
  statement->bind(1, experiment)
      .bind(2, std::string_view(holder.store))
      .bind(3, holder.identity.process)
      .bind(4, std::string_view(holder.identity.started))
      .bind(5, std::string_view(holder.identity.machine))
      .bind(6, std::string_view(holder.identity.host));
  return statement->run();
}

Status release(Database& database, std::int64_t experiment, const ClaimHolder& holder) {
  CAUSAL_GYM_TRY(statement,
                 database.statement("DELETE FROM workers WHERE experiment = ?1 AND store = ?2"));
  statement->bind(1, experiment).bind(2, std::string_view(holder.store));
  return statement->run();
}

Status release_all(Database& database, const ClaimHolder& holder) {
  CAUSAL_GYM_TRY(statement, database.statement("DELETE FROM workers WHERE store = ?1"));
  statement->bind(1, std::string_view(holder.store));
  return statement->run();
}

Status renew(Database& database, std::int64_t experiment, const RunId& run,
             const ClaimHolder& holder) {
  CAUSAL_GYM_TRY(held, find_claim(database, experiment));
  if (held && held->store != holder.store) return held_by(held->worker, run);
  CAUSAL_GYM_TRY(statement, database.statement("UPDATE workers SET renewed_at = unixepoch()"
                                               " WHERE experiment = ?1 AND store = ?2"));
  statement->bind(1, experiment).bind(2, std::string_view(holder.store));
  return statement->run();
}

}  // namespace causal_gym
