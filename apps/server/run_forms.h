// The forms of a run's page: what may be done about the run as it stands, and nothing that would be
// refused. Each is a POST to a path below the run's; cancelling is asked for twice. Pure.
#pragma once

#include <string>

#include "apps/server/run_page.h"

namespace causal_gym {

// Empty when there is nothing that whoever looks may do.
[[nodiscard]] std::string run_forms(const RunView& view);

}  // namespace causal_gym
