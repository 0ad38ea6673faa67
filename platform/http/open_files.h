// How many files and connections this process may have open at once. Source: getrlimit(2).
// Cost: two system calls.
#pragma once

#include <cstddef>

namespace causal_gym {

// Raises this process's limit to `wanted` as far as the system allows it without privileges, and
// never lowers it; what the limit is then.
[[nodiscard]] std::size_t allow_open_files(std::size_t wanted);

}  // namespace causal_gym
