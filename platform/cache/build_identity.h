// Which build this program is: what an older or newer one worked out is not mixed with its own.
// Source: the note NT_GNU_BUILD_ID that the linker writes, a hash of the program.
#pragma once

#include <string>

namespace causal_gym {

// In hexadecimal digits; of a program that was linked without the note, chance of this process.
[[nodiscard]] const std::string& build_identity();

}  // namespace causal_gym
