// Where a store is, as people write it: a path of a SQLite file, or postgresql://user@host/name.
//
// Source: postgresql.org/docs/15/libpq-connect.html (connection URIs). Cost: linear.
#pragma once

#include <string>

#include "engine/base/result.h"

namespace causal_gym {

// True for "postgresql://..." and "postgres://...".
[[nodiscard]] bool is_postgres_url(const std::string& target);

// The text without passwords: fit for messages, logs and commands to copy. A path is as it was.
[[nodiscard]] std::string shown_target(const std::string& target);

// Errors: invalid_argument (a URL of another kind of database).
[[nodiscard]] Status check_target(const std::string& target);

}  // namespace causal_gym
