// The reference endpoint: the built-in agents on the wires of OpenAI and Anthropic, under /v1.
//
// Where access is off, any key is taken, in either header, and none is needed: the agents cost
// nothing and know no secret. Where it is on, the key is one of ours.
#pragma once

#include <vector>

#include "apps/server/server_route.h"
#include "platform/telemetry/clock.h"

namespace causal_gym {

// `clock`, which outlives the routes, tells when an answer is made.
// POST /v1/chat/completions, /v1/responses and /v1/messages; GET /v1/models and /v1/models/{id}.
[[nodiscard]] std::vector<ServerRoute> reference_routes(const Clock& clock);

}  // namespace causal_gym
