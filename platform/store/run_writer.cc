#include "platform/store/run_writer.h"

#include <optional>
#include <string_view>

#include "platform/store/event_codec.h"
#include "platform/store/run_reader.h"

namespace causal_gym {

namespace {

std::optional<std::string_view> text_or_null(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional<std::string_view>(text);
}

}  // namespace

std::int64_t planned_episodes(const ExperimentSpec& spec) {
  return static_cast<std::int64_t>(spec.environments.size() * spec.agents.size()) * spec.trials;
}

Result<std::int64_t> insert_run(Database& database, const NewRun& run) {
  if (!is_run_id(run.id))
    return fail(ErrorCode::invalid_argument, "malformed run id '" + run.id.substr(0, 80) + "'",
                "id", "use 1 to 64 letters, digits, '-' and '_'");
  CAUSAL_GYM_TRY(statement,
                 database.statement("INSERT INTO experiments (id, created_at, specification,"
                                    " episodes_planned, model_options) VALUES (?1, ?2, ?3, ?4, ?5)"
                                    " ON CONFLICT (id) DO NOTHING RETURNING number"));
  statement->bind(1, std::string_view(run.id))
      .bind(2, std::string_view(run.created_at))
      .bind(3, std::string_view(encode_specification(run.spec)))
      .bind(4, planned_episodes(run.spec))
      .bind(5, text_or_null(run.model_options));
  CAUSAL_GYM_TRY(made, statement->step());
  if (!made) return fail(ErrorCode::conflict, "there is already a run '" + run.id + "'", "id");
  const std::int64_t number = statement->integer(0);
  statement->reset();
  return number;
}

// An interrupted run is a running one on which nobody works; so it is also after a kill.
Status write_state(Database& database, std::int64_t experiment, RunState state,
                   const std::string& reason) {
  const auto stored = state == RunState::interrupted ? RunState::running : state;
  CAUSAL_GYM_TRY(statement, database.statement("UPDATE experiments SET state = ?2, reason = ?3"
                                               " WHERE number = ?1"));
  statement->bind(1, experiment).bind(2, run_state_name(stored)).bind(3, std::string_view(reason));
  return statement->run_later();
}

}  // namespace causal_gym
