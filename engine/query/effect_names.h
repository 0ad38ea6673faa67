// The words that name an effect, in the order of EffectKind.
#pragma once

#include <iterator>
#include <string_view>

#include "engine/query/query.h"

namespace causal_gym {

inline constexpr std::string_view effect_names[] = {"ATE", "ATT", "ATU", "CDE", "NDE",
                                                    "NIE", "TE",  "PN",  "PS",  "PNS"};
static_assert(std::size(effect_names) == static_cast<std::size_t>(EffectKind::PNS) + 1);

// Does the effect run through mediators: NDE(X -> M -> Y)?
[[nodiscard]] constexpr bool takes_mediators(EffectKind kind) {
  return kind == EffectKind::NDE || kind == EffectKind::NIE;
}

// Does the effect hold variables at values: CDE(X -> Y; M=m)?
[[nodiscard]] constexpr bool takes_held(EffectKind kind) { return kind == EffectKind::CDE; }

}  // namespace causal_gym
