// The answer of a request whose time was over before it was computed: the error `cancelled`, which
// names the limit. Cost: one pass over such an answer, and none over others.
#pragma once

#include "platform/http/http_message.h"

namespace causal_gym {

// Was that request's time over, and is this the answer of work that was given up?
[[nodiscard]] bool is_out_of_time(const HttpRequest& request, const HttpResponse& response);

// What is said of limits.request_seconds.
[[nodiscard]] Error out_of_time(double request_seconds);

// The answer with that error for its own; an id that is echoed stays.
[[nodiscard]] HttpResponse with_error(HttpResponse response, const Error& error);

}  // namespace causal_gym
