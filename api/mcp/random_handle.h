// A handle that cannot be guessed: 128 bits of the system's entropy as 32 hexadecimal digits. The
// one impure function here; programs give it to the server, tests give another.
#pragma once

#include <string>

namespace causal_gym {

[[nodiscard]] std::string random_handle();

}  // namespace causal_gym
