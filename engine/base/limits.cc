#include "engine/base/limits.h"

#include <string>

namespace causal_gym {

Status check_limit(std::string_view what, std::size_t size, std::size_t limit) {
  if (size <= limit) return {};
  return fail(ErrorCode::limit_exceeded, std::string(what) + ": " + std::to_string(size) +
                                             " is over the limit of " + std::to_string(limit));
}

}  // namespace causal_gym
