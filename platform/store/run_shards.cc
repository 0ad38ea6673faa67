#include "platform/store/run_shards.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace causal_gym {

namespace {

constexpr std::int64_t least_episodes = 16;  // of a shard: leases cost as much as some episodes
constexpr std::int64_t most_shards = 500;    // of a run

// Of a row of `shards` beside that of its run.
constexpr std::string_view is_free =
    " shards.done = 0 AND (shards.store IS NULL OR shards.run_taking <> experiments.claims"
    " OR {now_seconds} - shards.renewed_at > shards.lease_seconds) ";

// Runs that are worked on are few, however many have shards. The version before holds runs too, but
// shares none.
const std::string free_shards = fmt::format(
    " FROM workers CROSS JOIN jobs CROSS JOIN experiments CROSS JOIN shards"
    " WHERE jobs.experiment = workers.experiment"
    " AND experiments.number = workers.experiment"
    " AND shards.experiment = workers.experiment"
    " AND experiments.state = 'running' AND jobs.paused = 0"
    " AND jobs.shared_in = experiments.claims AND {}"
    " ORDER BY jobs.priority DESC, jobs.turn, shards.experiment, shards.first_episode"
    " LIMIT 1 ",
    is_free);
const std::string look_for_free = "SELECT 1" + free_shards;

constexpr std::string_view lease_to =
    " store = ?1, run_taking = (SELECT claims FROM experiments"
    " WHERE experiments.number = shards.experiment), taking = taking + 1,"
    " renewed_at = {now_seconds}, lease_seconds = ?2 ";
constexpr std::string_view returning =
    " RETURNING experiment, first_episode, episodes, run_taking, taking";

const std::string claim_free = fmt::format(
    "WITH next AS MATERIALIZED (SELECT shards.experiment, shards.first_episode {}"
    "{{for_update_unless_locked shards}})"
    " UPDATE shards SET {} WHERE (experiment, first_episode) IN"
    " (SELECT experiment, first_episode FROM next) {}",
    free_shards, lease_to, returning);
const std::string claim_own = fmt::format(
    "WITH next AS MATERIALIZED (SELECT shards.experiment, shards.first_episode"
    " FROM experiments CROSS JOIN shards WHERE experiments.number = ?3"
    " AND shards.experiment = experiments.number AND {}"
    " ORDER BY shards.first_episode LIMIT 1 {{for_update_unless_locked shards}})"
    " UPDATE shards SET {} WHERE (experiment, first_episode) IN"
    " (SELECT experiment, first_episode FROM next) {}",
    is_free, lease_to, returning);

constexpr const char* let_go =
    "UPDATE shards SET store = NULL, run_taking = NULL, renewed_at = NULL, lease_seconds = NULL ";
const std::string let_go_of_one =
    std::string(let_go) +
    "WHERE experiment = (SELECT number FROM experiments WHERE id = ?1) AND first_episode = ?2"
    " AND taking = ?3";
const std::string let_go_of_all = std::string(let_go) + "WHERE store = ?1";

// The experiment's number and the shard of a row that `returning` gives, but for what is its run's.
struct Leased {
  std::int64_t experiment = 0;
  Shard shard;
};

Result<std::optional<Leased>> step_to_leased(Statement& statement) {
  CAUSAL_GYM_TRY(found, statement.step());
  if (!found) return std::optional<Leased>();
  Leased leased{statement.integer(0),
                {{},
                 {},
                 {statement.integer(1), statement.integer(2)},
                 statement.integer(3),
                 statement.integer(4)}};
  statement.reset();
  return std::optional(std::move(leased));
}

tl::unexpected<Error> taken_away(const Shard& shard) {
  return fail(ErrorCode::conflict,
              fmt::format("episodes {} to {} of run '{}' were given to another one, or the run was"
                          " taken away, while this process stood still",
                          shard.range.first, shard.range.first + shard.range.count - 1, shard.run),
              "run", "leave them to that one");
}

}  // namespace

Status insert_shards(Database& database, std::int64_t experiment, std::int64_t episodes) {
  const auto size = std::max(least_episodes, (episodes + most_shards - 1) / most_shards);
  if (episodes < 2 * size) return {};
  std::string firsts;
  for (std::int64_t first = 0; first < episodes; first += size)
    firsts += (first == 0 ? "[" : ",") + std::to_string(first);
  CAUSAL_GYM_TRY(statement,
                 database.statement("INSERT INTO shards (experiment, first_episode, episodes)"
                                    " SELECT ?1, value, CASE WHEN value + ?3 <= ?4 THEN ?3"
                                    " ELSE ?4 - value END FROM {numbers_of ?2} AS firsts"));
  statement->bind(1, experiment)
      .bind(2, std::string_view(firsts + "]"))
      .bind(3, size)
      .bind(4, episodes);
  return statement->run();
}

Result<ShardOffer> claim_shard_of(Database& database, const LockedRun& locked, const RunId& run,
                                  const ClaimHolder& holder) {
  CAUSAL_GYM_TRY(sharing, database.statement("UPDATE jobs SET shared_in = ?2 WHERE experiment = ?1"
                                             " AND EXISTS (SELECT 1 FROM shards"
                                             " WHERE experiment = ?1)"));
  sharing->bind(1, locked.number).bind(2, locked.takings);
  CAUSAL_GYM_CHECKED(sharing->run_later());
  CAUSAL_GYM_TRY(claiming, database.statement(claim_own.c_str()));
  claiming->bind(1, std::string_view(holder.store))
      .bind(2, holder.lease_seconds)
      .bind(3, locked.number);
  CAUSAL_GYM_TRY(leased, step_to_leased(*claiming));
  ShardOffer offer;
  if (leased) {
    leased->shard.run = run;
    offer.shard = std::move(leased->shard);
  }
  CAUSAL_GYM_TRY(counting,
                 database.statement("SELECT count(*), CAST(coalesce(sum(1 - done), 0) AS bigint),"
                                    " CAST(coalesce(sum(episodes), 0) AS bigint) FROM shards"
                                    " WHERE experiment = ?1"));
  counting->bind(1, locked.number);
  CAUSAL_GYM_CHECKED(for_each_row(*counting, [&](const Statement& row) -> Status {
    offer.shards = row.integer(0);
    offer.open = row.integer(1);
    offer.episodes = row.integer(2);
    return {};
  }));
  return offer;
}

Result<bool> has_free_shard(Database& database) {
  CAUSAL_GYM_TRY(statement, database.statement(look_for_free.c_str()));
  CAUSAL_GYM_TRY(found, statement->step());
  statement->reset();
  return found;
}

Result<std::optional<Shard>> claim_free_shard(Database& database, const ClaimHolder& holder) {
  CAUSAL_GYM_TRY(claiming, database.statement(claim_free.c_str()));
  claiming->bind(1, std::string_view(holder.store)).bind(2, holder.lease_seconds);
  CAUSAL_GYM_TRY(leased, step_to_leased(*claiming));
  if (!leased) return std::optional<Shard>();
  CAUSAL_GYM_TRY(naming, database.statement("SELECT id, trace_id FROM experiments"
                                            " JOIN jobs ON jobs.experiment = experiments.number"
                                            " WHERE number = ?1"));
  naming->bind(1, leased->experiment);
  CAUSAL_GYM_CHECKED(for_each_row(*naming, [&](const Statement& row) -> Status {
    leased->shard.run = row.text(0);
    leased->shard.trace_id = row.text(1);
    return {};
  }));
  return std::optional(std::move(leased->shard));
}

Result<std::int64_t> open_shard(Database& database, const Shard& shard, std::int64_t plan_index) {
  if (!shard.range.holds(plan_index))
    return fail(ErrorCode::invalid_argument,
                fmt::format("episode {} is not one of {} to {}", plan_index, shard.range.first,
                            shard.range.first + shard.range.count - 1),
                "plan");
  CAUSAL_GYM_TRY(of_run, database.statement("SELECT number, state, claims FROM experiments"
                                            " WHERE id = ?1 {for_share}"));
  of_run->bind(1, std::string_view(shard.run));
  std::optional<std::int64_t> number;
  bool is_ours = false;
  CAUSAL_GYM_CHECKED(for_each_row(*of_run, [&](const Statement& row) -> Status {
    number = row.integer(0);
    is_ours = row.text(1) == "running" && row.integer(2) == shard.run_taking;
    return {};
  }));
  if (!number) return fail(ErrorCode::not_found, "no run '" + shard.run + "'", "run");
  if (!is_ours) return taken_away(shard);
  CAUSAL_GYM_TRY(of_shard, database.statement("SELECT taking, run_taking FROM shards"
                                              " WHERE experiment = ?1 AND first_episode = ?2"
                                              " {for_share}"));
  of_shard->bind(1, *number).bind(2, shard.range.first);
  CAUSAL_GYM_CHECKED(for_each_row(*of_shard, [&](const Statement& row) -> Status {
    is_ours =
        row.integer(0) == shard.taking && !row.is_null(1) && row.integer(1) == shard.run_taking;
    return {};
  }));
  if (!is_ours) return taken_away(shard);
  return *number;
}

Status release_shard(Database& database, const Shard& shard) {
  CAUSAL_GYM_TRY(statement, database.statement(let_go_of_one.c_str()));
  statement->bind(1, std::string_view(shard.run)).bind(2, shard.range.first).bind(3, shard.taking);
  return statement->run();
}

Status finish_shard(Database& database, const Shard& shard) {
  CAUSAL_GYM_TRY(number, open_shard(database, shard, shard.range.first));
  CAUSAL_GYM_TRY(
      statement,
      database.statement(
          "UPDATE shards SET done = 1, store = NULL, run_taking = NULL, renewed_at = NULL,"
          " lease_seconds = NULL WHERE experiment = ?1 AND first_episode = ?2 AND episodes ="
          " (SELECT count(*) FROM episodes WHERE episodes.experiment = ?1 AND finished = 1"
          " AND plan_index >= ?2 AND plan_index < ?2 + shards.episodes) RETURNING done"));
  statement->bind(1, number).bind(2, shard.range.first);
  CAUSAL_GYM_TRY(found, statement->step());
  statement->reset();
  if (found) return {};
  return fail(ErrorCode::conflict,
              fmt::format("episodes {} to {} of run '{}' are not all finished", shard.range.first,
                          shard.range.first + shard.range.count - 1, shard.run),
              "run");
}

Status release_all_shards(Database& database, const ClaimHolder& holder) {
  CAUSAL_GYM_TRY(statement, database.statement(let_go_of_all.c_str()));
  statement->bind(1, std::string_view(holder.store));
  return statement->run_later();
}

Status renew_all_shards(Database& database, const ClaimHolder& holder) {
  CAUSAL_GYM_TRY(statement, database.statement("UPDATE shards SET renewed_at = {now_seconds}"
                                               " WHERE store = ?1"));
  statement->bind(1, std::string_view(holder.store));
  return statement->run_later();
}

}  // namespace causal_gym
