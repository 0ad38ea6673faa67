// The tables' version: numbered migrations, embedded in the program, bring a file up to date.
#pragma once

#include <span>
#include <string_view>

#include "platform/store/database.h"

namespace causal_gym {

struct Migration {
  std::string_view name;  // of its file: "0001_runs.sql"
  std::string_view sql;
};

// In order; the first brings an empty file to version 1. Written by CMake.
[[nodiscard]] std::span<const Migration> migrations();

// Ok for an empty database, or one of ours whose version is in the list. Errors: conflict (a newer
// version than this program knows, or a database of another program); unavailable.
[[nodiscard]] Status check_schema(Database& database, std::span<const Migration> list);

// Ok when no migration is left to do, as far as a checked database goes. Errors: unavailable.
[[nodiscard]] Status check_up_to_date(Database& database, std::span<const Migration> list);

// Brings the database to the newest version, one transaction for each migration, under the write
// lock: two processes may do it at once. Errors: those of check_schema, and then nothing is
// changed. A database that is up to date is not locked.
[[nodiscard]] Status migrate(Database& database, std::span<const Migration> list);

}  // namespace causal_gym
