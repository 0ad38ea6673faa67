// What every fuzz target needs: its input as text, and a check of the errors that parsers return.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/base/check.h"
#include "engine/base/result.h"

namespace causal_gym {

inline std::string_view fuzz_text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// An error must say something, whatever the input.
inline void check_error(const Error& error) {
  CHECK(!error.message.empty());
  CHECK(!error_text(error).empty());
}

}  // namespace causal_gym
