// Files that users name: a model, a table of prices. Cost: one read of at most the limit.
#pragma once

#include <cstddef>
#include <string>

#include "engine/base/result.h"

namespace causal_gym {

// A whole file. Errors: not_found, unavailable, limit_exceeded (over `limit_bytes`), each naming
// the path.
[[nodiscard]] Result<std::string> read_text_file(const std::string& path, std::size_t limit_bytes);

}  // namespace causal_gym
