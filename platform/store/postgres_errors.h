// What PostgreSQL's error states mean to callers.
// Source: postgresql.org/docs/15/errcodes-appendix.html. Pure.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace causal_gym {

// True for a state after which the server ends the connection: it is stopping, starting, or
// PgBouncer has none to give.
[[nodiscard]] bool ends_connection(std::string_view state);

// Of the five-letter state and the server's message. invalid_argument: a value that its column does
// not take; conflict: another constraint or a trigger; unavailable: all else, naming the database.
[[nodiscard]] Error postgres_error(std::string_view state, const std::string& message,
                                   const std::string& database);

}  // namespace causal_gym
