// The tables' version: numbered migrations, embedded in the program, bring a database up to date.
//
// Two releases that follow each other may run side by side, however many migrations lie between
// them: a migration whose first line is "-- compatible with: 15 ..." leaves every program that
// knows the versions up to 15 or more able to go on; "-- compatible: ..." says so of the version
// before. A program accepts a database that is newer than it knows when every migration beyond says
// that of it. Such a migration only adds: tables, and columns with a default or null; what is
// removed goes in a later release, once nobody uses it.
#pragma once

#include <span>
#include <string_view>

#include "platform/store/database.h"

namespace causal_gym {

struct Migration {
  std::string_view name;  // of its file: "0001_runs.sql"
  std::string_view sql;   // as dialect.h reads it
};

// In order; the first brings an empty database to version 1. Written by CMake.
[[nodiscard]] std::span<const Migration> migrations();

// Ok for an empty database, or one of ours whose version is in the list, or beyond it by compatible
// migrations alone. Errors: conflict (a version that this program cannot go on with, saying which
// program it takes, or a database of another program); unavailable. Within a transaction.
[[nodiscard]] Status check_schema(Database& database, std::span<const Migration> list);

// Ok when no migration is left to do, as far as a checked database goes. Errors: unavailable.
[[nodiscard]] Status check_up_to_date(Database& database, std::span<const Migration> list);

// Brings the database to the newest version, one transaction for each migration, under a lock: two
// processes may do it at once. Errors: those of check_schema, and then nothing is changed. A
// database that is up to date is not locked.
[[nodiscard]] Status migrate(Database& database, std::span<const Migration> list);

}  // namespace causal_gym
