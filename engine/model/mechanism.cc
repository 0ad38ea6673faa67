#include "engine/model/mechanism.h"

namespace causal_gym {

std::span<const VariableId> mechanism_parents(const Mechanism& mechanism) {
  return std::visit([](const auto& kind) { return std::span<const VariableId>(kind.given); },
                    mechanism);
}

std::size_t joint_state_count(std::span<const std::size_t> cardinalities, std::size_t at_most) {
  std::size_t count = 1;
  for (const auto cardinality : cardinalities) {
    if (cardinality != 0 && count > at_most / cardinality) return at_most + 1;
    count *= cardinality;
  }
  return count;
}

}  // namespace causal_gym
