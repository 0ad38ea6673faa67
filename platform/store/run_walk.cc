#include "platform/store/run_walk.h"

#include <fmt/format.h>

#include <mutex>
#include <set>
#include <variant>

#include "platform/store/sql_rows.h"

namespace causal_gym {

namespace {

// A statement as it is put together, and what its parameters are bound to.
class Sql {
 public:
  void add(std::string_view text) { text_ += text; }
  template <class Value>
  [[nodiscard]] std::string parameter(const Value& value) {
    values_.emplace_back(value);
    return "?" + std::to_string(values_.size());
  }

  [[nodiscard]] Result<Statement*> bound(Database& database) const {
    CAUSAL_GYM_TRY(statement, database.statement(kept(text_)));
    int index = 0;
    for (const auto& value : values_)
      if (const auto* text = std::get_if<std::string>(&value))
        statement->bind(++index, std::string_view(*text));
      else
        statement->bind(++index, std::get<std::int64_t>(value));
    return statement;
  }

 private:
  // Statements live as long as the program. There are as many as there are shapes of a walk: what
  // is asked for are parameters.
  static const char* kept(const std::string& text) {
    static std::mutex mutex;
    static std::set<std::string> statements;
    const std::lock_guard lock(mutex);
    return statements.insert(text).first->c_str();
  }

  std::string text_;
  std::vector<std::variant<std::int64_t, std::string>> values_;
};

bool is_by_size(RunOrder order) {
  return order == RunOrder::most_episodes || order == RunOrder::fewest_episodes;
}

bool is_descending(RunOrder order) {
  return order == RunOrder::newest || order == RunOrder::most_episodes;
}

std::string keys_of(RunOrder order, std::string_view direction) {
  std::string keys;
  for (const char* key : {"episodes_planned", "created_at", "id"})
    if (key != std::string_view("episodes_planned") || is_by_size(order))
      keys += (keys.empty() ? "run." : ", run.") + std::string(key) + std::string(direction);
  return keys;
}

std::string in_order(RunOrder order) {
  return " ORDER BY " + keys_of(order, is_descending(order) ? " DESC" : "");
}

// What the index itself tells: where the page begins, the time, the id.
void add_range(Sql& sql, const RunWalk& walk) {
  const auto& filter = walk.query->filter;
  if (walk.after) {
    const auto order = walk.query->order;
    std::string place = is_by_size(order) ? sql.parameter(walk.after->episodes_planned) + ", " : "";
    place += sql.parameter(walk.after->created_at);
    place += ", " + sql.parameter(walk.after->id);
    sql.add(fmt::format(" AND ({}) {} ({})", keys_of(order, ""), is_descending(order) ? "<" : ">",
                        place));
  }
  if (filter.created_since)
    sql.add(" AND run.created_at >= " + sql.parameter(*filter.created_since));
  if (filter.created_before)
    sql.add(" AND run.created_at < " + sql.parameter(*filter.created_before));
  if (!filter.id_prefix.empty()) {
    sql.add(" AND run.id >= " + sql.parameter(filter.id_prefix));
    sql.add(" AND run.id < " + sql.parameter(filter.id_prefix + "\x7f"));
  }
}

// As shown_state says it: a run that is worked on, or a job that waits for its first turn.
std::string running_part(Sql& sql, const StoredStates& states, const std::string& run) {
  return fmt::format(
      "{}({}.number IN {{numbers_of {}}} OR ({}.claims = 0 AND {}.number NOT IN"
      " (SELECT experiment FROM jobs WHERE paused = 1)))",
      states.running == RunningPart::interrupted ? "NOT " : "", run, sql.parameter(states.live),
      run, run);
}

// The offset keeps PostgreSQL from reading all of the other table first.
constexpr std::string_view one_look_up = " LIMIT 1 OFFSET 0)";
// And this from reading the other list once for each run, where it takes it for a short one.
constexpr std::string_view whole_list = ")) IS TRUE";

void add_lists(Sql& sql, const RunWalk& walk) {
  for (const auto& list : walk.lists) {
    sql.add(
        walk.reads_lists_whole
            ? " AND (run.number IN (SELECT other.experiment FROM run_lists AS other WHERE"
            : " AND EXISTS (SELECT 1 FROM run_lists AS other WHERE other.experiment = run.number"
              " AND");
    sql.add(" other.list = " + sql.parameter(list.list));
    sql.add(" AND other.name = " + sql.parameter(list.name));
    sql.add(walk.reads_lists_whole ? whole_list : one_look_up);
  }
}

void add_states(Sql& sql, const RunWalk& walk) {
  const auto& states = walk.states;
  if (states.any()) return;
  std::string condition;
  for (const auto& state : states.names)
    condition += (condition.empty() ? "e.state IN (" : ", ") + sql.parameter(state);
  if (!condition.empty()) condition += ")";
  if (states.running != RunningPart::whole)
    condition += (condition.empty() ? "" : " OR ") + std::string("(e.state = 'running' AND ") +
                 running_part(sql, states, "e") + ")";
  if (walk.reads_lists_whole)
    sql.add(" AND (run.number IN (SELECT e.number FROM experiments AS e WHERE " + condition +
            std::string(whole_list));
  else
    sql.add(" AND EXISTS (SELECT 1 FROM experiments AS e WHERE e.number = run.number AND (" +
            condition + ")" + std::string(one_look_up));
}

// The runs along the way, under the name `run`.
void add_way(Sql& sql, const RunWalk& walk) {
  const std::string columns =
      (is_by_size(walk.query->order) ? "episodes_planned"
                                     : "CAST(0 AS {integer}) AS episodes_planned") +
      std::string(", created_at, id");
  if (walk.along) {
    sql.add("SELECT experiment AS number, " + columns +
            " FROM run_lists AS run WHERE run.list = " + sql.parameter(walk.along->list));
    sql.add(" AND run.name = " + sql.parameter(walk.along->name));
  } else {
    sql.add("SELECT number, " + columns + " FROM experiments AS run WHERE ");
    sql.add(walk.along_state ? "run.state = " + sql.parameter(*walk.along_state) : "1 = 1");
    if (walk.along_state && walk.states.running != RunningPart::whole)
      sql.add(" AND " + running_part(sql, walk.states, "run"));
  }
  add_range(sql, walk);
}

}  // namespace

Result<std::vector<FoundRun>> walk_runs(Database& database, const RunWalk& walk) {
  const auto order = walk.query->order;
  Sql sql;
  sql.add("SELECT number, episodes_planned, created_at, id FROM (");
  add_way(sql, walk);
  if (walk.budget > 0)
    sql.add(in_order(order) + " LIMIT " + sql.parameter(static_cast<std::int64_t>(walk.budget)));
  sql.add(") AS run WHERE 1 = 1");
  add_lists(sql, walk);
  if (!walk.along_state) add_states(sql, walk);
  sql.add(in_order(order) + " LIMIT " + sql.parameter(static_cast<std::int64_t>(walk.most)));
  CAUSAL_GYM_TRY(statement, sql.bound(database));
  return all_rows<FoundRun>(*statement, [](const Statement& row) {
    return FoundRun{row.integer(0), {row.integer(1), row.text(2), row.text(3)}};
  });
}

Result<std::int64_t> count_list(Database& database, const NamedList& list, std::int64_t most) {
  CAUSAL_GYM_TRY(statement,
                 database.statement("SELECT count(*) FROM (SELECT 1 FROM run_lists"
                                    " WHERE list = ?1 AND name = ?2 LIMIT ?3) AS counted"));
  statement->bind(1, view(list.list)).bind(2, view(list.name)).bind(3, most);
  CAUSAL_GYM_TRY(count, first_row(*statement, [](const Statement& row) { return row.integer(0); }));
  return count.value_or(0);
}

Result<std::int64_t> count_state(Database& database, const std::string& state, std::int64_t most) {
  CAUSAL_GYM_TRY(statement, database.statement("SELECT count(*) FROM (SELECT 1 FROM experiments"
                                               " WHERE state = ?1 LIMIT ?2) AS counted"));
  statement->bind(1, view(state)).bind(2, most);
  CAUSAL_GYM_TRY(count, first_row(*statement, [](const Statement& row) { return row.integer(0); }));
  return count.value_or(0);
}

}  // namespace causal_gym
