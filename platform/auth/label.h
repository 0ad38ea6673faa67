// Labels of API keys: texts that people choose and read again, in lists and the log.
//
// What makes a text show as another one is none of it: control characters, and those that turn the
// direction of what follows. Source: Unicode UAX #9, table 3; Boucher & Anderson, "Trojan Source"
// (USENIX Security 2023). Cost: linear. Pure.
#pragma once

#include <string_view>

#include "engine/base/result.h"

namespace causal_gym {

// Errors: invalid_argument (not 1 to 100 bytes; not UTF-8; such a character, which is named).
[[nodiscard]] Status check_label(std::string_view label);

}  // namespace causal_gym
