// A PostgreSQL server as a database.
//
// Source: postgresql.org/docs/15/protocol-flow.html (extended query, pipelining). Cost: a round
// trip for each step, with all that waited for it; the beginning of a transaction waits, and so do
// run_later() and the commit's own, so that any number of rows and the commit are one round trip.
#pragma once

#include <memory>
#include <string>

#include "platform/store/database.h"
#include "platform/store/database_options.h"

namespace causal_gym {

// A connection at the URL. Each write transaction leaves the number of its commit in the table
// `commits`, when there is one, so that a commit whose answer was lost is asked for again: on a new
// connection, within options.patience_ms, it is either found or made impossible. Errors: as
// PostgresConnection::open.
[[nodiscard]] Result<std::unique_ptr<Database>> open_postgres(const std::string& url,
                                                              const DatabaseOptions& options);

}  // namespace causal_gym
