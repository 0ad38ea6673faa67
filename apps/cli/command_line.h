// The command line `causal-gym`: parses arguments, runs one command, returns its exit code.
#pragma once

#include "apps/cli/shell.h"

namespace causal_gym {

// Results go to shell.out, everything else to shell.err. Never throws.
[[nodiscard]] int run_command_line(int argc, const char* const* argv, Shell& shell);

}  // namespace causal_gym
