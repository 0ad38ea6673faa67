#include "platform/store/run_id.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <random>

namespace causal_gym {

std::string new_run_id(std::chrono::system_clock::time_point now) {
  std::random_device entropy;
  return fmt::format("{:%Y%m%d-%H%M%S}-{:08x}",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(now)), entropy());
}

}  // namespace causal_gym
