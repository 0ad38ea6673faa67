// Whether who asks may change a run. Cost: a few look-ups.
#pragma once

#include <optional>

#include "apps/server/routes.h"

namespace causal_gym {

// None when the caller may change the run of the path's {id}; what they may not see is not there.
[[nodiscard]] std::optional<HttpResponse> refuse_change(ServerParts& parts, const Call& call);

}  // namespace causal_gym
