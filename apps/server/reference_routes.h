// The reference endpoint: the built-in agents on the wires of OpenAI and Anthropic, under /v1.
//
// Where access is off, any key is taken, in either header, and none is needed: the agents cost
// nothing and know no secret. Where it is on, the key is one of ours.
#pragma once

#include <vector>

#include "apps/server/server_route.h"
#include "platform/http/server_options.h"
#include "platform/telemetry/clock.h"

namespace causal_gym {

// `clock`, which outlives the routes, tells when an answer is made.
// POST /v1/chat/completions, /v1/responses and /v1/messages; GET /v1/models and /v1/models/{id}.
[[nodiscard]] std::vector<ServerRoute> reference_routes(const Clock& clock);

// The same answers, where the server's own errors under /v1 (no such path, another method, no key,
// too many requests) have the shape that the vendors' clients read.
[[nodiscard]] HttpHandler with_wire_errors(HttpHandler answers);

}  // namespace causal_gym
