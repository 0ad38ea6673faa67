#include "api/mcp/random_handle.h"

#include <fmt/format.h>

#include <random>

namespace causal_gym {

std::string random_handle() {
  std::random_device entropy;
  std::string handle;
  for (int i = 0; i < 4; ++i) handle += fmt::format("{:08x}", entropy());
  return handle;
}

}  // namespace causal_gym
