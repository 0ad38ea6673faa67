#include "platform/store/run_progress.h"

#include <utility>

#include "platform/store/open_store.h"
#include "platform/store/run_claims.h"
#include "platform/store/run_reader.h"

namespace causal_gym {

namespace {

constexpr int begun_column = 4;
constexpr int claim_column = 6;

const std::string select_progress =
    "SELECT state, reason, episodes_planned,"
    " (SELECT count(*) FROM episodes WHERE experiment = experiments.number AND finished = 1),"
    " claims, (SELECT 1 - paused FROM jobs WHERE experiment = experiments.number), " +
    claim_columns() +
    " FROM experiments LEFT JOIN workers ON workers.experiment = experiments.number"
    " WHERE id = ?1";

Result<RunProgress> progress_of(const Statement& row) {
  CAUSAL_GYM_TRY(state, find_run_state(row.text(0)));
  RunProgress progress{state, row.text(1), row.integer(2), row.integer(3)};
  const auto held = read_claim(row, claim_column);
  progress.state = shown_state(state, held && held->is_live, row.integer(begun_column),
                               row.optional_integer(begun_column + 1) == 1);
  return progress;
}

}  // namespace

Result<RunProgressReader> RunProgressReader::open(const std::string& target) {
  DatabaseOptions options;
  options.read_only = true;
  options.connections = 1;
  CAUSAL_GYM_TRY(pool, open_pool(target, options));
  return RunProgressReader(std::move(pool));
}

Result<std::optional<RunProgress>> RunProgressReader::read(const RunId& run) const {
  std::optional<RunProgress> found;
  CAUSAL_GYM_CHECKED(pool_->transact(TransactionKind::read, [&](Database& database) -> Status {
    found.reset();
    CAUSAL_GYM_TRY(statement, database.statement(select_progress.c_str()));
    statement->bind(1, std::string_view(run));
    return for_each_row(*statement, [&](const Statement& row) -> Status {
      CAUSAL_GYM_TRY(progress, progress_of(row));
      found = std::move(progress);
      return {};
    });
  }));
  return found;
}

}  // namespace causal_gym
