// What SQLite and PostgreSQL say differently, in one place. Statements and migrations are written
// once, with the words of the table in dialect.cc in braces, as in "{now_seconds} - renewed_at".
//
// Source: sqlite.org/lang.html; postgresql.org/docs/15/sql.html. Cost: linear in the text. Pure.
#pragma once

#include <string>
#include <string_view>

namespace causal_gym {

enum class Dialect { sqlite, postgresql };

// The text with its words put in the dialect, and for PostgreSQL parameters as $1 instead of ?1.
// A word may have an argument, which takes the place of '%': "{json unit}". Between a line
// "--only sqlite" or "--only postgresql" and the line "--both" it is of that dialect alone.
[[nodiscard]] std::string in_dialect(std::string_view sql, Dialect dialect);

}  // namespace causal_gym
