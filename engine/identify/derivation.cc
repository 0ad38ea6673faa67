#include "engine/identify/derivation.h"

namespace causal_gym {

std::string_view derivation_step_name(DerivationStepKind kind) {
  switch (kind) {
    case DerivationStepKind::rule_1: return "rule_1";
    case DerivationStepKind::rule_2: return "rule_2";
    case DerivationStepKind::rule_3: return "rule_3";
    case DerivationStepKind::total_probability: return "total_probability";
    case DerivationStepKind::chain_rule: return "chain_rule";
    case DerivationStepKind::conditional_probability: return "conditional_probability";
    case DerivationStepKind::algebra: return "algebra";
  }
  return "algebra";
}

std::optional<DerivationStepKind> derivation_step_kind(std::string_view name) {
  for (const auto kind : all_derivation_step_kinds)
    if (derivation_step_name(kind) == name) return kind;
  return std::nullopt;
}

}  // namespace causal_gym
