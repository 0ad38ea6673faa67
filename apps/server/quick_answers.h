// Answers of routes that pass no gate, take no time and are the same for everyone, rendered once
// for all who ask within a moment. Cost: a look at the paths and a lock for each request.
#pragma once

#include <chrono>
#include <vector>

#include "platform/http/router.h"
#include "platform/http/server_options.h"
#include "platform/telemetry/clock.h"

namespace causal_gym {

// Answers GET and HEAD of the routes' own paths, which have no parameters, with the same headers as
// behind the gate; every other request is left to the handler. An answer is made again when it is
// older than `kept`. The clock outlives the handler.
[[nodiscard]] QuickHandler quick_answers(std::vector<Route> routes, const Clock& clock,
                                         std::chrono::nanoseconds kept);

// What the first of the two gives, or else the second; either may be empty.
[[nodiscard]] QuickHandler first_of(QuickHandler first, QuickHandler second);

}  // namespace causal_gym
