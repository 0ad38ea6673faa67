// The tables' version: numbered migrations, embedded in the program, bring a database up to date.
//
// Two versions that follow each other may run side by side: a migration whose first line is
// "-- compatible: ..." leaves the program of the version before able to go on, which then accepts
// the database, one version newer than it knows. Such a migration only adds: tables, and columns
// with a default or null; what is removed goes in a later version, once nobody uses it.
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

// Ok for an empty database, or one of ours whose version is in the list, or is the next one and
// compatible. Errors: conflict (a newer version than this program knows, or a database of another
// program); unavailable. Within a transaction.
[[nodiscard]] Status check_schema(Database& database, std::span<const Migration> list);

// Ok when no migration is left to do, as far as a checked database goes. Errors: unavailable.
[[nodiscard]] Status check_up_to_date(Database& database, std::span<const Migration> list);

// Brings the database to the newest version, one transaction for each migration, under a lock: two
// processes may do it at once. Errors: those of check_schema, and then nothing is changed. A
// database that is up to date is not locked.
[[nodiscard]] Status migrate(Database& database, std::span<const Migration> list);

}  // namespace causal_gym
