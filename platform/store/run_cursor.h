// The place in a listing after which its next page begins, as the text that a client gives back.
//
// Of all runs, newest first, it is "<created_at>/<id>"; of any other listing, base64url (RFC 4648)
// of a JSON object that says which, so that it counts for that one alone. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "gym/experiment/run_query.h"

namespace causal_gym {

// Of the last run of a page, what its order sorts by.
struct RunPlace {
  std::int64_t episodes_planned = 0;  // in the orders by episodes
  std::string created_at;
  RunId id;
  friend bool operator==(const RunPlace&, const RunPlace&) = default;
};

[[nodiscard]] std::string write_cursor(const RunQuery& query, const RunPlace& last);

// Of query.cursor; none where it is none. Errors: invalid_argument (no cursor of ours, or one of
// another order or filter, which the message names).
[[nodiscard]] Result<std::optional<RunPlace>> read_cursor(const RunQuery& query);

}  // namespace causal_gym
