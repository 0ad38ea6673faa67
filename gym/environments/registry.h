// Every environment there is, from an explicit list; one file each.
#pragma once

#include <span>
#include <string_view>

#include "gym/environment/environment.h"

namespace causal_gym {

// In the order of the list; built once, on first use, and never changed. Safe from any thread.
[[nodiscard]] std::span<const Environment> all_environments();

// Errors: unknown_name with the nearest id. The pointer lives as long as the program.
[[nodiscard]] Result<const Environment*> find_environment(std::string_view id);

}  // namespace causal_gym
