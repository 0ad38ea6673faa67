// Short words for statements: what their rows are read as, and what is bound to them. Cost: the
// statement's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/store/database.h"

namespace causal_gym {

// Of what the statement gives no row of, none.
template <class Read>
[[nodiscard]] auto first_row(Statement& statement, Read read)
    -> Result<std::optional<decltype(read(statement))>> {
  std::optional<decltype(read(statement))> first;
  CAUSAL_GYM_TRY(found, statement.step());
  if (found) first = read(statement);
  statement.reset();
  return first;
}

template <class Value, class Read>
[[nodiscard]] Result<std::vector<Value>> all_rows(Statement& statement, Read read) {
  std::vector<Value> rows;
  CAUSAL_GYM_CHECKED(for_each_row(statement, [&](const Statement& row) -> Status {
    rows.push_back(read(row));
    return {};
  }));
  return rows;
}

// One statement whose rows nobody reads, with its parameters in order.
template <class... Values>
[[nodiscard]] Status run_sql(Database& database, const char* sql, const Values&... values) {
  CAUSAL_GYM_TRY(statement, database.statement(sql));
  int index = 0;
  (statement->bind(++index, values), ...);
  return statement->run();
}

// Of a statement that gives a row of whatever it changes: did it?
template <class... Values>
[[nodiscard]] Result<bool> changed(Database& database, const char* sql, const Values&... values) {
  CAUSAL_GYM_TRY(statement, database.statement(sql));
  int index = 0;
  (statement->bind(++index, values), ...);
  CAUSAL_GYM_TRY(row, first_row(*statement, [](const Statement&) { return true; }));
  return row.has_value();
}

inline std::string_view view(const std::string& text) { return text; }
inline std::int64_t bit(bool value) { return value ? 1 : 0; }

}  // namespace causal_gym
