// Numbers as texts that lose nothing. Cost: constant.
#pragma once

#include <charconv>
#include <string>

namespace causal_gym {

// The shortest text that reads back to the same double, on every platform.
inline std::string exact_text(double value) {
  char buffer[32];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr};
}

}  // namespace causal_gym
