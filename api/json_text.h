// JSON text read with care: bounded size and depth, no key twice, no number beyond a double.
//
// The parser itself is nlohmann's; a first pass over the text checks what its document model cannot
// tell any more. Cost: O(length), two passes.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace causal_gym {

struct JsonLimits {
  std::size_t bytes = 32 << 20;  // a 16 MiB model text with its escapes
  std::size_t depth = 64;        // nested lists and objects
};

// Errors: parse_error with "byte B" (from 1), limit_exceeded.
[[nodiscard]] Result<nlohmann::json> parse_json(std::string_view text,
                                                const JsonLimits& limits = {});

// The value on one line; bytes that are not UTF-8 are replaced.
[[nodiscard]] std::string json_line(const nlohmann::json& value);

}  // namespace causal_gym
