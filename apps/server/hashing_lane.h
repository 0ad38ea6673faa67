// Which requests go to the server's side lane: those whose handler hashes a password, as the table
// of routes says. What only blocks a user does not: a flood of sign-ins is not to keep an admin
// from ending it. Cost: a look at a handful of patterns, and at a body of up to 4 KiB.
#pragma once

#include <functional>
#include <span>

#include "apps/server/server_route.h"

namespace causal_gym {

// Of these routes; safe from any thread.
[[nodiscard]] std::function<bool(const HttpRequest&)> hashing_requests(
    std::span<const ServerRoute> routes);

}  // namespace causal_gym
