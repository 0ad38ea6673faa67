// The exit codes of `causal-gym`: one table from error codes to what the shell sees.
#pragma once

#include "engine/base/result.h"

namespace causal_gym {

// 0 success; 1 the program's own fault; 2 bad input or usage; 3 the question has no answer in this
// model (zero_probability, not_determined); 4 a limit, budget or quota; 5 not found; 6 conflict; 7
// unauthorized; 8 unavailable; 130 cancelled by who runs it.
inline constexpr int exit_success = 0;
inline constexpr int exit_internal = 1;
inline constexpr int exit_usage = 2;

[[nodiscard]] int exit_code(ErrorCode code);

// The table as the help text shows it.
[[nodiscard]] const char* exit_code_help();

}  // namespace causal_gym
